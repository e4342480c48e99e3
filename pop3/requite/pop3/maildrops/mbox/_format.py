r"""Find the messages of an mbox, their exact octets and ids that last.

Decides what begins and ends a message. A message begins after a line that starts with "From " and
has a date as asctime(3) writes it, at the start of any line, as Dovecot has it: not every program
leaves an empty line before. One empty line before the next such line, or at the end, is between
messages and belongs to none. What was quoted as ">From " stays so, as with Dovecot and popa3d:
mboxo and mboxcl quote in a way that cannot be undone, and nothing in the file tells them from
mboxrd. Content-Length is not believed, because senders can write one: mboxcl2, which does not
quote, is therefore not read. Refuses to lock and to write.

The standard library's `mailbox` has no sizes, splits at lines without a date, and rewrites by
renaming a new file over the old one, on which a delivery agent may be waiting.
"""

import errno
import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from requite.pop3.services import Message
from requite.pop3.wire.content import WireOctets

__all__ = ("CHUNK_OCTETS", "Entry", "chunks", "never", "scan", "without")

CHUNK_OCTETS: Final = 262_144
HEADER_OCTETS_MAX: Final = 1_048_576
"""Where a header is longer, what follows counts as body for the id."""

DIGEST_OCTETS: Final = 16

FROM_LINE_OCTETS_MAX: Final = 998
"""RFC 5322 section 2.1.1: no line is longer; a sender of 256 octets and a date are less."""

FROM_LINE: Final = re.compile(
    rb"\nFrom [^\n]{0,%d}[A-Z][a-z]{2} [A-Z][a-z]{2} +[0-9]{1,2} +[0-9]{1,2}:[0-9]{2}[^\n]{0,99}\n"
    % FROM_LINE_OCTETS_MAX
)
OVERLAP_OCTETS: Final = FROM_LINE_OCTETS_MAX + 256
"""No line that `FROM_LINE` finds is longer than this."""

CHANGING: Final = re.compile(
    rb"^(?:Status|X-Status|X-Keywords|X-UID|X-IMAPbase|X-IMAP|Content-Length|Lines):"
    rb"[^\n]*\n(?:[ \t][^\n]*\n)*",
    re.IGNORECASE | re.MULTILINE,
)
"""Header fields that mail readers write into an mbox: they change, and the message does not."""

FOLDER_DATA: Final = re.compile(rb"^X-IMAP:", re.IGNORECASE | re.MULTILINE)
"""In the first message: the data of a folder, which c-client wrote and Dovecot does not show."""

BLANK: Final = re.compile(rb"\n\r?\n|\A\r?\n")


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of an mbox: where it stands, and what a listing says of it."""

    start: int
    """Where its From_ line begins."""
    begin: int
    """Where the message itself begins."""
    end: int
    """Where it ends."""
    stop: int
    """Where the next one's From_ line begins, or the file ends."""
    digest: str
    copy: int
    """How many messages of the same digest stand before it."""
    message: Message


def never() -> bool:
    """Go on to the end."""
    return False


def scan(descriptor: int, stopped: Callable[[], bool] = never) -> tuple[Entry, ...]:
    """Find every message of an mbox that is locked.

    Args:
        descriptor: the open mbox.
        stopped: says that nobody waits any more; then what was found until then is given.

    Raises:
        OSError: it cannot be read, or is no mbox.
    """
    size = os.fstat(descriptor).st_size
    lines = list(_from_lines(descriptor))
    if size and (not lines or lines[0][0] != 0):
        raise OSError(errno.EINVAL, "expected an mbox, found a file that begins without a From_")
    stops = [start for start, _ in lines[1:]] + [size]
    seen: Counter[str] = Counter()
    entries = []
    for (start, begin), stop in zip(lines, stops, strict=bool(lines)):
        if stopped():
            break
        entry = _entry(descriptor, start, begin, stop, seen)
        if entry is not None:
            entries.append(entry)
    return tuple(entries)


def _from_lines(descriptor: int) -> Iterator[tuple[int, int]]:
    """Give where each From_ line begins, and where the message after it does."""
    held, at, last = b"\n", -1, -1  # A file begins as a line does.
    while chunk := os.pread(descriptor, CHUNK_OCTETS, at + len(held)):
        held += chunk
        place = 0
        while found := FROM_LINE.search(held, place):
            start = at + found.start() + 1
            if start > last:
                yield start, at + found.end()
                last = start
            place = found.end() - 1  # Its line end may come before the next one.
        at += max(0, len(held) - OVERLAP_OCTETS)
        held = held[-OVERLAP_OCTETS:]


def _entry(descriptor: int, start: int, begin: int, stop: int, seen: Counter[str]) -> Entry | None:
    """Read one message for its size and its id; None where it is a folder's own data."""
    end = stop - _separator_octets(os.pread(descriptor, min(3, stop - begin), max(begin, stop - 3)))
    head = os.pread(descriptor, min(end - begin, HEADER_OCTETS_MAX), begin)
    blank = BLANK.search(head)
    header = head[: blank.end()] if blank else head
    if start == 0 and FOLDER_DATA.search(header):
        return None
    digest = hashlib.blake2b(os.pread(descriptor, begin - start, start), digest_size=DIGEST_OCTETS)
    digest.update(CHANGING.sub(b"", header))
    count = WireOctets()
    count.feed(header)
    for chunk in chunks(descriptor, begin + len(header), end):
        digest.update(chunk)
        count.feed(chunk)
    uid = digest.hexdigest()
    copy = seen[uid]
    seen[uid] += 1
    message = Message(count.octets, f"{uid}.{copy + 1}" if copy else uid)
    return Entry(start, begin, end, stop, uid, copy, message)


def _separator_octets(last: bytes) -> int:
    """Say how long the empty line is that ends what stands between two From_ lines."""
    match [last[-3:], last[-2:]]:
        case [b"\n\r\n", _] | [b"\r\n", _]:
            return 2
        case [_, b"\n\n"] | [b"\n", _]:
            return 1
        case _:
            return 0


def chunks(descriptor: int, begin: int, end: int) -> Iterator[bytes]:
    """Read a part of a file.

    Raises:
        OSError: it ends before.
    """
    while begin < end:
        chunk = os.pread(descriptor, min(CHUNK_OCTETS, end - begin), begin)
        if not chunk:
            raise OSError(errno.EIO, "expected more of an mbox, found its end")
        yield chunk
        begin += len(chunk)


def without(entries: Sequence[Entry], size: int) -> tuple[tuple[int, int], ...]:
    """Give the parts of an mbox of that size that stay when messages are removed from it."""
    begins = [0, *(entry.stop for entry in entries)]
    ends = [*(entry.start for entry in entries), size]
    return tuple((a, b) for a, b in zip(begins, ends, strict=True) if a < b)
