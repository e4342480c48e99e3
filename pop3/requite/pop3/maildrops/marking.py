"""Mark messages of a Maildir as seen, as a mail program does that shows them.

Decides what a file is called when its message has been seen, and that no file takes another's name.
Refuses to decide which messages those are, and to fail: what cannot be marked is logged, and is new
to the next program.
"""

import logging
import os
from collections.abc import Sequence
from typing import Final, TypeAlias

from requite.pop3.maildrops.columns import Entry, base_of
from requite.pop3.maildrops.places import Places
from requite.pop3.maildrops.removal import SEARCHES_MAX, make_durable
from requite.pop3.maildrops.renaming import rename_to_a_free_name

__all__ = ("mark_seen", "seen_place")

SEEN: Final = "S"
INFO: Final = ":2,"
"""Between what stays of a name and its flags (maildir(5))."""

_Sought: TypeAlias = list[tuple[Entry, str]]
"""Messages that are to be marked, each with the place where it was seen last."""

_logger = logging.getLogger(__name__)


def seen_place(place: str) -> str:
    """Give the place of a file whose message has been seen.

    As Dovecot writes it (maildir-filename-flags.c): flags are sorted by their ASCII codes, those
    that nobody knows are kept, and so is all that follows a comma.

    Example:
        >>> seen_place("new/1.M2P3.host,S=5"), seen_place("cur/1.M2P3.host:2,Ta,x")
        ('cur/1.M2P3.host,S=5:2,S', 'cur/1.M2P3.host:2,STa,x')
    """
    flags, comma, more = place.partition(INFO)[2].partition(",")
    marked = flags if SEEN in flags else "".join(sorted(flags + SEEN))
    return f"cur/{base_of(place)}{INFO}{marked}{comma}{more}"


def mark_seen(directory: str, entries: Sequence[Entry], *, fsync: bool = True) -> None:
    """Mark messages, those as well that other programs have renamed; what is gone is passed over.

    Args:
        directory: the Maildir.
        entries: the messages.
        fsync: wait until the disk has it.
    """
    pending: _Sought = [(entry, entry.place) for entry in entries]
    for _ in range(SEARCHES_MAX):
        missed = [entry for entry, place in pending if not _is_done(directory, entry, place)]
        pending = _search(directory, missed)
    for _, place in pending:
        _tell(f"{directory}/{place}", "it was renamed each time it was found, or there is no cur")
    if fsync:
        _wait_for_the_disk(directory)


def _search(directory: str, missed: Sequence[Entry]) -> _Sought:
    """Look where files are now that were not where they had been seen; for none, nowhere."""
    if not missed:
        return []
    try:
        places = Places(directory)
        found = [(entry, places.path_of(entry)) for entry in missed]
    except OSError as error:
        _tell(directory, error.strerror)
        return []
    return [(entry, path.removeprefix(f"{directory}/")) for entry, path in found if path]


def _is_done(directory: str, entry: Entry, place: str) -> bool:
    """Mark one message, and say whether it need not be looked for again.

    As with a removal, what comes over a name between the two calls is taken for the message.
    """
    path, target = f"{directory}/{place}", f"{directory}/{seen_place(place)}"
    try:
        if os.stat(path).st_ino != entry.inode:  # noqa: PTH116  # Path.stat costs twice as much.
            return False
        if path != target:
            rename_to_a_free_name(path, target)
    except FileNotFoundError:
        return False
    except OSError as error:
        _tell(path, error.strerror)
    return True


def _wait_for_the_disk(directory: str) -> None:
    """Have the disk keep where messages are now, then where they were."""
    for folder in ("cur", "new"):
        try:
            make_durable(f"{directory}/{folder}")
        except OSError as error:
            _tell(f"{directory}/{folder}", error.strerror)


def _tell(path: str, reason: str | None) -> None:
    _logger.warning("could not mark %r as seen: %s", path, reason)
