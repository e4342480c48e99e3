"""Find a Maildir's list of unique ids, and read it again only when it has changed.

Decides which list a form has, how large one may be, and that a list that cannot be read costs ids
and a warning, never the maildrop. Refuses to write one.
"""

import logging
import os
import stat
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from threading import Lock
from typing import Final, TypeAlias, assert_never

from requite.pop3.maildrops.unique_ids.courier import COURIER_LIST, read_courier
from requite.pop3.maildrops.unique_ids.dovecot import DOVECOT_LIST, read_dovecot
from requite.pop3.maildrops.unique_ids.known import Known, Unreadable
from requite.pop3.maildrops.unique_ids.uidl_format import UIDLFormat

__all__ = ("FILE_NAMES", "LIST_OCTETS_MAX", "Found", "IdsOf", "Scheme", "UniqueIds", "scheme_of")

LIST_OCTETS_MAX: Final = 134_217_728
"""A line is of some 100 octets, so a million messages; a larger list is not read."""

LIST_AT_ONCE_OCTETS: Final = 65_536
"""A list of this size, of some 600 messages, is read on the event loop: about 2 ms."""

LINES_KEPT_MAX: Final = 200_000
"""About a quarter of a kilobyte each, so at most 50 MB, as many as messages are kept."""

Stamp: TypeAlias = tuple[int, int, int]
"""What shows that a list has changed: its inode, the time of its change and its size."""

_MISSING: Final[Stamp] = (0, 0, 0)
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Scheme:
    """One form of unique ids."""

    name: str
    """Kept beside the ids that were given by it; no two schemes have the same."""
    of_unknown: Callable[[str], str]
    """Gives the id of a message that no list knows, by the base of its file's name."""
    list_name: str | None = None
    read: Callable[[bytes], Known] | None = None


def _itself(base: str) -> str:
    return base


FILE_NAMES: Final = Scheme("", _itself)
"""The base of each file's name, as far as RFC 1939 allows it."""

_COURIER: Final = Scheme("courier", _itself, COURIER_LIST, read_courier)


class IdsOf(StrEnum):
    """Whose unique ids clients know."""

    FILE_NAMES = "file-name"
    DOVECOT = "dovecot"
    COURIER = "courier"


def scheme_of(ids: IdsOf, uidl_format: UIDLFormat) -> Scheme:
    """Give the form of ids.

    Args:
        ids: whose they are.
        uidl_format: how Dovecot writes them.
    """
    match ids:
        case IdsOf.FILE_NAMES:
            return FILE_NAMES
        case IdsOf.COURIER:
            return _COURIER
        case IdsOf.DOVECOT:
            return Scheme(
                name=f"dovecot {uidl_format.text}",
                # A form that tells nothing but names can be written for each message.
                of_unknown=_itself if uidl_format.needs_list else uidl_format.of_file_name,
                list_name=DOVECOT_LIST,
                read=partial(read_dovecot, uidl_format=uidl_format),
            )
        case _:
            assert_never(ids)


@dataclass(frozen=True, slots=True)
class Found:
    """What a Maildir's list says, and what to keep beside the ids that are given by it."""

    known: Known
    given_by: str
    """The scheme; if its list is damaged, with the list's stamp, because it may be mended."""


class UniqueIds:
    """The ids of one scheme; used by the event loop and by executor threads."""

    def __init__(self, scheme: Scheme = FILE_NAMES) -> None:
        """Begin with nothing read."""
        self.scheme = scheme
        self._found: OrderedDict[str, tuple[Stamp, Found]] = OrderedDict()
        self._lines = 0
        self._lock = Lock()

    def still_holds(self, directory: str, given_by: str) -> bool:
        """Say whether ids that were given stay.

        They stay whatever a list says later, because clients have been told them. They are asked
        for again after a change of scheme, and once a damaged list has changed.
        """
        if given_by == self.scheme.name:
            return True
        path = self._path(directory)
        if path is None or not given_by.startswith(self.scheme.name):
            return False
        return given_by == self._given_by(_stamp(path))

    def look_up(self, directory: str, *, at_once: bool) -> Found | None:
        """Read the list of a Maildir, unless it is the one that was read before.

        Args:
            directory: the Maildir.
            at_once: give None instead if that takes longer than an event loop may stand still.
        """
        path = self._path(directory)
        if path is None:
            return Found(Known(), self.scheme.name)
        stamp = _stamp(path)
        with self._lock:
            kept = self._found.get(directory)
            if kept is not None and kept[0] == stamp:
                self._found.move_to_end(directory)
                return kept[1]
        if at_once and stamp[2] > LIST_AT_ONCE_OCTETS:
            return None
        found = self._read(path, stamp)
        self._keep(directory, stamp, found)
        return found

    def _path(self, directory: str) -> str | None:
        return None if self.scheme.list_name is None else f"{directory}/{self.scheme.list_name}"

    def _given_by(self, stamp: Stamp) -> str:
        return f"{self.scheme.name} damaged {' '.join(map(str, stamp))}"

    def _read(self, path: str, stamp: Stamp) -> Found:
        """Read a list; what is wrong with it is told once, here."""
        if stamp == _MISSING or self.scheme.read is None:
            return Found(Known(), self.scheme.name)
        try:
            known = self.scheme.read(_octets(path))
        except FileNotFoundError:
            return Found(Known(), self.scheme.name)
        except (OSError, Unreadable) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            _logger.warning("unique ids of %r are not kept: %s", path, reason)
            return Found(Known(), self._given_by(stamp))
        if not known.damaged_lines:
            return Found(known, self.scheme.name)
        _logger.warning(
            "%d unique ids of %r are not kept: its line %d is damaged",
            len(known.damaged_lines),
            path,
            known.damaged_lines[0],
        )
        return Found(known, self._given_by(stamp))

    def _keep(self, directory: str, stamp: Stamp, found: Found) -> None:
        """Keep what was read, and forget what was used longest ago if it is too much."""
        with self._lock:
            _, before = self._found.pop(directory, (stamp, None))
            self._lines -= 0 if before is None else len(before.known) + 1
            self._found[directory] = (stamp, found)
            self._lines += len(found.known) + 1
            while self._lines > LINES_KEPT_MAX:
                _, (_, oldest) = self._found.popitem(last=False)
                self._lines -= len(oldest.known) + 1


def _stamp(path: str) -> Stamp:
    try:
        status = os.stat(path)  # noqa: PTH116  # Path.stat costs twice as much.
    except OSError:
        return _MISSING
    return (status.st_ino, status.st_mtime_ns, status.st_size)


def _octets(path: str) -> bytes:
    """Read a file, and never wait for one that is a named pipe.

    Raises:
        Unreadable: it is no file, or too large.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123  # It is a descriptor.
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("it is not a file")
        if status.st_size > LIST_OCTETS_MAX:
            raise Unreadable(f"it is larger than {LIST_OCTETS_MAX} octets")
        return file.read(LIST_OCTETS_MAX)
