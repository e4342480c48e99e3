"""Maildirs for sessions over sockets, and the ways in which a message of one is sent.

Decides what is stored for each way, what has to be sent for it, and what the kernel is made to say.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from requite.pop3.maildrops.maildir import MaildirMaildrops
from requite.pop3.maildrops.paths import MailboxPath

__all__ = ("LONG", "PASSED", "SLOW", "WAYS", "Way", "file_of", "long_ways", "served", "ways")

SLOW: Final = 4_096
"""Buffers so small that a client that does not read is soon waited for."""
HEADER: Final = (b"Subject: sent", b"")
LINES: Final = 30_000
LONG: Final = 2_000_000
"""About what so many lines are."""


@dataclass(frozen=True, slots=True)
class Way:
    """A message, and how it gets to the client."""

    lines: tuple[bytes, ...]
    end: bytes
    """How lines end where they are stored."""
    on_disk: bool = False
    """The kernel has nothing of it in memory."""

    @property
    def stored(self) -> bytes:
        """The file."""
        return b"".join(line + self.end for line in self.lines)

    @property
    def sent(self) -> bytes:
        """What RETR sends after the status line (RFC 1939 section 3), to the final dot."""
        stuffed = (b"." + line if line.startswith(b".") else line for line in self.lines)
        return b"".join(line + b"\r\n" for line in (*stuffed, b"."))

    @property
    def octets(self) -> int:
        """Its size (RFC 1939 section 11)."""
        return sum(len(line) + 2 for line in self.lines)

    def prepare(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have the kernel say what is in memory."""
        if self.on_disk:

            def preadv(*_: object) -> int:
                raise BlockingIOError(11, "Resource temporarily unavailable")

            monkeypatch.setattr(os, "preadv", preadv)


def _text(lines: int, *, dotted: bool) -> tuple[bytes, ...]:
    bodies = (b"%06d " % number + b"x" * 60 for number in range(lines))
    return (*HEADER, *((b"." + body if dotted else body) for body in bodies))


PASSED: Final = Way(_text(LINES, dotted=False), b"\r\n")
"""A long message that is stored as it is sent."""
WAYS: Final = {
    "small": Way(_text(9, dotted=True), b"\n"),
    "small, as sent": Way(_text(9, dotted=False), b"\r\n"),
    "small, in a thread": Way(_text(9, dotted=True), b"\n", on_disk=True),
    "read here": Way(_text(LINES, dotted=True), b"\n"),
    "read in a thread": Way(_text(LINES, dotted=True), b"\n", on_disk=True),
    "CRLF and dots": Way(_text(LINES, dotted=True), b"\r\n"),
    "past us": PASSED,
    "as sent, in a thread": Way(_text(LINES, dotted=False), b"\r\n", on_disk=True),
}
LONG_WAYS: Final = {name: way for name, way in WAYS.items() if len(way.lines) > LINES}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
long_ways = pytest.mark.parametrize("way", LONG_WAYS.values(), ids=LONG_WAYS)


@contextmanager
def served(directory: Path, *stored: bytes) -> Iterator[MaildirMaildrops]:
    """Store messages for alice, and serve them."""
    for folder in ("new", "cur", "tmp"):
        (directory / folder).mkdir()
    for number, one in enumerate(stored, 1):
        file_of(directory, number).write_bytes(one)
    maildrops = MaildirMaildrops(MailboxPath.single(directory))
    yield maildrops
    maildrops.close()


def file_of(directory: Path, number: int) -> Path:
    """Say where a message is."""
    return directory / "new" / f"{number}.M1.host"
