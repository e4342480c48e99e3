"""Keep beside a Maildir which of its messages each account has deleted for itself.

Decides what such a file is called and looks like, and that it is replaced whole: a message that is
hidden has been deleted, and stays hidden after a crash. A file that is damaged hides nothing,
because a message that is seen twice is better than one that nobody sees. Refuses to decide who has
a view, and which messages there are.
"""

import fcntl
import logging
import os
import re
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from requite.pop3.maildrops.listing import TooMuch
from requite.pop3.maildrops.removal import make_durable
from requite.pop3.names import AccountName

__all__ = ("VIEWS_NAME", "View", "view_name")

VIEWS_NAME: Final = "requite-views"
"""Its name in the Maildir; no folder of Maildir++ has such a name, which would begin with a dot."""

FIRST_LINE: Final = "requite view 1"
LAST_LINE: Final = "end"
UID: Final = re.compile(r"[!-~]{1,70}")
FILE_OCTETS_MAX: Final = 1_073_741_824
"""Fifteen million messages; a larger file is none of ours."""
NAME_OCTETS_MAX: Final = 200
"""Well below the 255 of file systems, with what may follow it here."""
DIGEST_OCTETS: Final = 16
NEVER_ELSEWHERE: Final = os.O_NONBLOCK | os.O_NOFOLLOW
"""Neither wait at a pipe nor follow a link, which would lead out of the Maildir."""
PLAIN: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_@")

_logger = logging.getLogger(__name__)


def view_name(account: AccountName) -> str:
    """Give the name of an account's file: another one for each account, and never a path.

    Capitals are encoded too, so that it holds where file names know no case.

    Example:
        >>> view_name(AccountName("alice")), view_name(AccountName("../Bob"))
        ('alice.view', '%2e%2e%2f%42ob.view')
    """
    octets = account.encode("utf-8", "surrogatepass")
    name = "".join(chr(octet) if octet in PLAIN else f"%{octet:02x}" for octet in octets)
    if len(name) > NAME_OCTETS_MAX:
        # No name that is short enough has anything but two digits after a percent sign.
        name = f"%%{blake2b(octets, digest_size=DIGEST_OCTETS).hexdigest()}"
    return f"{name}.view"


@dataclass(frozen=True, slots=True)
class View:
    """What one account no longer sees of one Maildir."""

    directory: str
    """The Maildir."""
    account: AccountName

    @property
    def _folder(self) -> str:
        return f"{self.directory}/{VIEWS_NAME}"

    @property
    def _path(self) -> str:
        return f"{self._folder}/{view_name(self.account)}"

    def hidden(self, *, octets_max: int | None = None) -> frozenset[str]:
        """Give the unique ids of what the account has deleted; none if the file is damaged.

        Args:
            octets_max: give up on a larger file.

        Raises:
            TooMuch: it is larger.
            OSError: it cannot be read now, so that nobody knows what it hides.
        """
        try:
            return self._read(octets_max)
        except ValueError as error:
            _logger.error(  # noqa: TRY400  # What is wrong is in the file, not in our code.
                "%r is damaged, so %r sees all messages again: %s", self._path, self.account, error
            )
            return frozenset()

    def hide(self, uids: Collection[str], *, gone: Collection[str], fsync: bool) -> None:
        """Hide messages, beside those that are hidden, and wait until that outlasts a crash.

        Args:
            uids: which messages.
            gone: what is hidden, and is forgotten because it is no longer there.
            fsync: wait for the disk; otherwise for the system alone.

        Raises:
            OSError: they may not be hidden, or not for good.
        """
        with self._locked(fsync=fsync):
            kept = self._before().difference(gone)
            self._write(kept.union(uids), fsync=fsync)

    def _read(self, octets_max: int | None) -> frozenset[str]:
        try:
            # Whoever owns the Maildir may have put a pipe there, for whose writer nobody waits.
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | NEVER_ELSEWHERE)
        except FileNotFoundError:
            return frozenset()
        # Not by `open`, which refuses a directory and then leaves its descriptor open.
        try:
            octets = os.fstat(descriptor).st_size
            if octets_max is not None and octets > octets_max:
                raise TooMuch
            if octets > FILE_OCTETS_MAX:
                raise ValueError(f"expected {FILE_OCTETS_MAX} octets at most, found {octets}")
            return _uids(os.read(descriptor, octets))
        finally:
            os.close(descriptor)

    def _before(self) -> frozenset[str]:
        """Give what is hidden already; a damaged file is put aside for whoever can mend it."""
        try:
            return self._read(None)
        except ValueError as error:
            aside = f"{self._path}.damaged"
            _logger.error("%r is put aside as %r: %s", self._path, aside, error)  # noqa: TRY400
            os.replace(self._path, aside)  # noqa: PTH105  # Texts, as everywhere here.
            return frozenset()

    def _write(self, uids: Collection[str], *, fsync: bool) -> None:
        """Put a new file in the place of the old one; what a crash leaves is written over."""
        unfinished = f"{self._path}.new"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | NEVER_ELSEWHERE
        with open(os.open(unfinished, flags, 0o600), "wb") as file:  # noqa: PTH123  # A descriptor.
            file.write("\n".join((FIRST_LINE, *sorted(uids), LAST_LINE, "")).encode())
            file.flush()
            if fsync:
                os.fsync(file.fileno())
        os.replace(unfinished, self._path)  # noqa: PTH105  # Texts, as everywhere here.

    @contextmanager
    def _locked(self, *, fsync: bool) -> Iterator[None]:
        """Keep other sessions and other processes from writing meanwhile; the disk has it after."""
        descriptor = self._opened_folder()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # For as long as another one writes a file.
            yield
            if fsync:
                os.fsync(descriptor)
                make_durable(self.directory)  # Whoever made the folder need not have done it yet.
        finally:
            os.close(descriptor)

    def _opened_folder(self) -> int:
        """Open the directory of the views; one that is missing is made first."""
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        try:
            return os.open(self._folder, flags)
        except FileNotFoundError:
            mode = stat.S_IMODE(os.stat(self.directory).st_mode)  # noqa: PTH116  # A text.
        os.makedirs(self._folder, mode=mode, exist_ok=True)  # noqa: PTH103  # A text.
        return os.open(self._folder, flags)


def _uids(octets: bytes) -> frozenset[str]:
    """Read a file of a view.

    Raises:
        ValueError: it is not whole.
    """
    lines = octets.decode("ascii").split("\n")
    if lines[0] != FIRST_LINE or lines[-2:] != [LAST_LINE, ""]:
        raise ValueError(f"expected lines from {FIRST_LINE!r} to {LAST_LINE!r}")
    uids = lines[1:-2]
    for uid in uids:
        if not UID.fullmatch(uid):
            raise ValueError(f"expected a unique id, found {uid!r}")
    return frozenset(uids)
