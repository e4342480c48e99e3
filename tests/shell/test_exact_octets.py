"""The octets of STAT, LIST, RETR and TOP, for every kind of file, from memory and from a Maildir.

Decides that the sizes announced are the octets sent before dot-stuffing, and what TOP sends. The
octets of each kind are written out here, so that no code of the server is asked what is right.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from requite.pop3.maildrops.maildir import MaildirMaildrops
from requite.pop3.maildrops.paths import MailboxPath
from requite.pop3.services import Maildrops
from running import logged_in, memory, run, running_server
from shell.words import both_loops

MEGABYTE: Final = 1_048_576
LONG: Final = b"x" * MEGABYTE


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: as stored, its lines, and how many of them TOP 0 sends."""

    stored: bytes
    lines: tuple[bytes, ...]
    header: int
    """The lines to the blank one, which is one of them; all where there is no body."""


KINDS: Final = {
    "LF": Kind(b"S: a\n\nb\nc\n", (b"S: a", b"", b"b", b"c"), 2),
    "CRLF": Kind(b"S: a\r\n\r\nb\r\nc\r\n", (b"S: a", b"", b"b", b"c"), 2),
    "mixed line ends": Kind(b"S: a\r\n\nb\nc\r\n", (b"S: a", b"", b"b", b"c"), 2),
    "bare CR": Kind(b"S: a\n\nb\rc\n\r\r\nd", (b"S: a", b"", b"b\rc", b"\r", b"d"), 2),
    "CR at the end": Kind(b"S: a\n\nb\r", (b"S: a", b"", b"b\r"), 2),
    "NUL": Kind(b"S: a\n\n\0b\0\n\0", (b"S: a", b"", b"\0b\0", b"\0"), 2),
    "8-bit": Kind(b"S: \xe4\n\n\xff\xfe\x80\n", (b"S: \xe4", b"", b"\xff\xfe\x80"), 2),
    "no final newline": Kind(b"S: a\n\nb", (b"S: a", b"", b"b"), 2),
    "empty": Kind(b"", (), 0),
    "one newline": Kind(b"\n", (b"",), 1),
    "a lone dot": Kind(b".", (b".",), 1),
    "a lone dot and a newline": Kind(b".\n", (b".",), 1),
    "a lone dot in the body": Kind(b"S: a\n\n.\n", (b"S: a", b"", b"."), 2),
    "a lone dot last, unended": Kind(b"S: a\n\n.", (b"S: a", b"", b"."), 2),
    "a first byte that is a dot": Kind(b".S: a\n\n..b\n", (b".S: a", b"", b"..b"), 2),
    "the end of an answer": Kind(b"S: a\n\n\r\n.\r\nb\n", (b"S: a", b"", b"", b".", b"b"), 2),
    "no body": Kind(b"S: a\nT: b\n", (b"S: a", b"T: b"), 2),
    "no body, a blank line": Kind(b"S: a\n\n", (b"S: a", b""), 2),
    "no header": Kind(b"\nb\nc\n", (b"", b"b", b"c"), 1),
    "a blank line in the body": Kind(b"S: a\n\nb\n\nc\n", (b"S: a", b"", b"b", b"", b"c"), 2),
    "lines of 1 MB": Kind(b"S: a\n\n" + LONG + b"\n." + LONG, (b"S: a", b"", LONG, b"." + LONG), 2),
    "a header of 1 MB": Kind(LONG + b"\n\nb\n", (LONG, b"", b"b"), 2),
}
kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
stores = pytest.mark.parametrize("store", ["memory", "maildir"])


@contextmanager
def stored(kind: Kind, store: str, directory: Path) -> Iterator[Maildrops]:
    """Store one message for alice."""
    if store == "memory":
        yield memory(kind.stored)
        return
    for folder in ("new", "cur", "tmp"):
        (directory / folder).mkdir()
    (directory / "new" / "1.one.host").write_bytes(kind.stored)
    maildrops = MaildirMaildrops(MailboxPath.single(directory))
    yield maildrops
    maildrops.close()


def stuffed(lines: tuple[bytes, ...]) -> list[bytes]:
    """Write lines as they are sent (RFC 1939 section 3)."""
    return [b"." + line if line.startswith(b".") else line for line in lines]


def octets(kind: Kind) -> int:
    """Count what is sent before dot-stuffing, without the final line."""
    return sum(len(line) + 2 for line in kind.lines)


@pytest.mark.rfc("1939-5-stat", "1939-5-list", "1939-5-retr", "1939-11-octets")
@both_loops
@stores
@kinds
def test_the_sizes_are_the_octets_that_are_sent(
    kind: Kind, store: str, loop: str, tmp_path: Path
) -> None:
    """STAT, LIST, LIST 1 and RETR announce what RETR sends, not counting the stuffed dots."""

    async def story() -> None:
        with stored(kind, store, tmp_path) as maildrops:
            async with running_server(maildrops=maildrops) as running, logged_in(running) as peer:
                assert await peer.ask(b"STAT") == b"+OK 1 %d" % octets(kind)
                assert await peer.ask(b"LIST 1") == b"+OK 1 %d" % octets(kind)
                assert await peer.ask_listing(b"LIST") == [b"1 %d" % octets(kind)]
                assert await peer.ask(b"RETR 1") == b"+OK %d octets" % octets(kind)
                assert await peer.listing() == stuffed(kind.lines)

    run(story(), loop=loop)


@pytest.mark.rfc("1939-7-top")
@both_loops
@stores
@kinds
@pytest.mark.parametrize("wanted", [0, 1, 2, 99_999_999])
def test_top_counts_the_lines_of_the_body(
    kind: Kind, store: str, wanted: int, loop: str, tmp_path: Path
) -> None:
    """TOP sends the header, the blank line and n lines; without a body it is no error."""

    async def story() -> None:
        with stored(kind, store, tmp_path) as maildrops:
            async with running_server(maildrops=maildrops) as running, logged_in(running) as peer:
                sent = await peer.ask_listing(b"TOP 1 %d" % wanted)
                assert sent == stuffed(kind.lines[: kind.header + wanted])

    run(story(), loop=loop)


def test_the_kinds_are_pinned() -> None:
    """No kind of file vanishes from these tests in silence."""
    assert len(KINDS) == 22
    assert {kind.stored.count(b"\n") > 0 for kind in KINDS.values()} == {True, False}
