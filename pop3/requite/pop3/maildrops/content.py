"""A message's file that is open for reading.

Decides how its octets are had: read, read or sent at once where no disk is waited for, and never to
an end that the file had not when it was opened. Refuses to decide which file that is, and whether
its octets are what a listing says: `maildir` does.
"""

import logging
import os
import stat
import sys
from collections.abc import Iterator
from typing import Final

from requite.pop3.wire.content import WireOctets

__all__ = ("MaildirContent", "measured_again", "open_file")

READ_OCTETS: Final = 262_144

PROBED_OCTETS: Final = 65_536
"""One octet of so many is looked for in memory, and stands for all of them: half of what the kernel
reads ahead at least, 128 KiB. What it has dropped in between is waited for: one read of a disk."""

_logger = logging.getLogger(__name__)


class MaildirContent:
    """A message's file that is open for reading."""

    __slots__ = ("_at", "_descriptor", "_sent_as_stored", "status")

    def __init__(self, descriptor: int, status: os.stat_result) -> None:
        """Own an open descriptor."""
        self._descriptor: int | None = descriptor
        self._at = 0
        self._sent_as_stored = False
        self.status = status

    @property
    def stored_octets(self) -> int:
        """The size as stored."""
        return self.status.st_size

    def promise(self, *, sent_as_stored: bool) -> None:
        """Note that RETR sends exactly these octets, or that they have to be looked at."""
        self._sent_as_stored = sent_as_stored

    def sent_as_stored(self) -> bool:
        """Say whether RETR sends exactly these octets."""
        return self._sent_as_stored

    def read(self, size_octets: int, /) -> bytes:
        """Read on, at most that many octets; empty at the end.

        Raises:
            ValueError: it was closed before.
            OSError: it cannot be read, or its end was reached and it is not what it was.
        """
        chunk = os.pread(self._opened, size_octets, self._at)
        self._advance(len(chunk))
        return chunk

    def read_at_once(self, size_octets: int, /) -> bytes | None:
        """Read on, or give None where a disk would be waited for; raises as `read` does."""
        wanted = min(size_octets, self.stored_octets - self._at)
        if wanted <= PROBED_OCTETS:
            return self._read_from_memory(wanted)
        return self.read(wanted) if self._is_in_memory(wanted) else None

    def send_at_once(self, socket: int, size_octets: int, /) -> int:
        """Have the kernel send on, at most that many octets, and say how many it took.

        Whatever keeps it from that is met again by whoever reads and writes instead, and told then.

        Raises:
            ValueError: it was closed before.
            OSError: its end was reached, and it is not what it was.
        """
        wanted = min(size_octets, self.stored_octets - self._at)
        if not self._is_in_memory(wanted):
            return 0
        try:
            sent = os.sendfile(socket, self._opened, self._at, wanted)
        except OSError:
            return 0
        if sent:
            self._advance(sent)
        return sent

    def chunks(self, size_octets: int, /) -> Iterator[bytes]:
        """Read all of it, and be at its beginning again; raises as `read` does."""
        while chunk := self.read(size_octets):
            yield chunk
        self._at = 0

    def close(self) -> None:
        """Close the file without fail; closing it again does nothing."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        try:
            os.close(descriptor)
        except OSError as error:
            # Linux closes the descriptor whatever close() answers, and it was only read from.
            _logger.warning("closing a message failed: %s", error.strerror)

    @property
    def _opened(self) -> int:
        if self._descriptor is None:
            raise ValueError("a message was read after it had been closed")
        return self._descriptor

    def _advance(self, octets: int) -> None:
        """Go on; at the end, wherever it is met, the file must be the one that was opened."""
        self._at += octets
        if octets and self._at < self.stored_octets:
            return
        now = os.fstat(self._opened)
        if (now.st_size, now.st_mtime_ns) != (self.status.st_size, self.status.st_mtime_ns):
            raise OSError("the file of a message changed while it was read")

    def _read_from_memory(self, size_octets: int) -> bytes | None:
        """Read what the kernel has, which is the certain way; what is long is copied once more."""
        if sys.platform != "linux":
            return None
        room = bytearray(size_octets)
        try:
            octets = os.preadv(self._opened, [room], self._at, os.RWF_NOWAIT)
        except OSError:
            return None  # As below.
        self._advance(octets)
        return bytes(room) if octets == size_octets else bytes(room[:octets])

    def _is_in_memory(self, size_octets: int) -> bool:
        """Say whether what comes next can be had without a disk, as far as the kernel tells."""
        if sys.platform != "linux":
            return False
        octet = [bytearray(1)]
        last = max(self._at, self._at + size_octets - 1)
        try:
            for at in (*range(self._at, last, PROBED_OCTETS), last):
                os.preadv(self._opened, octet, at, os.RWF_NOWAIT)
        except OSError:
            return False  # It is on the disk, or where the kernel does not tell, or cannot be read.
        return True


def open_file(path: str) -> MaildirContent | None:
    """Open a file for reading, or give None if it is not there.

    Raises:
        OSError: it is there, and cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    try:
        return MaildirContent(descriptor, os.fstat(descriptor))
    except OSError:
        os.close(descriptor)
        raise


def measured_again(content: MaildirContent, octets: int) -> MaildirContent:
    """Give a file that has changed since it was listed, if it still has as many octets.

    Raises:
        OSError: it has not, or cannot be read; it is closed then.
    """
    try:
        content.promise(sent_as_stored=_sent_as_stored(content, octets))
    except BaseException:
        content.close()
        raise
    return content


def _sent_as_stored(content: MaildirContent, octets: int) -> bool:
    if not stat.S_ISREG(content.status.st_mode):
        raise OSError("what was a message is no file any more")
    count = WireOctets()
    for chunk in content.chunks(READ_OCTETS):
        count.feed(chunk)
    if count.octets != octets:
        raise OSError(f"expected a message of {octets} octets as listed, found {count.octets}")
    return count.sent_as_stored
