"""Read the files of a Maildir for what they are on the wire.

Decides the order of delivery, what is no message, and the exact size of what is one. Refuses to
decide which files are to be read: `listing` does.
"""

import os
import re
import stat
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from requite.pop3.maildrops.columns import Columns, Entries, Entry, base_of
from requite.pop3.services import Message
from requite.pop3.wire.content import WireOctets

__all__ = ("File", "Measured", "by_delivery", "delivery", "measured", "same")

READ_OCTETS: Final = 262_144

LOOKS_MAX: Final = 3
"""How often to look for a file that is renamed each time it is found."""

ENTRIES_MAX: Final = 100
"""How many messages are objects at a time while a maildrop is read: so few that the collector,
which begins after 700 new ones, is not called for them."""

SORTED_AT_ONCE: Final = 1_000
"""As many on average, and hardly ever ten times as many: 1 us each."""

DELIVERY = re.compile(r"([0-9]+)(?:\.[^.]*?M([0-9]+))?")

File: TypeAlias = tuple[str, int]
"""The place of a file that may be a message, and its inode."""


class _NoMessage(Exception):  # noqa: N818  # It is what was found, not a failure.
    """What was found where messages are is none; the text says why."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What reading files has brought."""

    columns: Columns
    skipped: dict[str, str] = field(default_factory=dict)
    """The places of what is no message or cannot be read, each with the reason."""
    missed: Sequence[File] = ()
    """The files that were not there any more."""


def measured(
    directory: str,
    files: Sequence[File],
    stopped: Callable[[], bool],
    look: Callable[[], Iterable[File]],
) -> Measured:
    """Read files, each once, in the order of delivery; find those that are renamed meanwhile.

    Args:
        directory: the Maildir.
        files: what to read.
        stopped: says that nobody waits any more; then what has been read until then is given.
        look: gives the files that are there now.
    """
    first = _read_all(directory, files, stopped)
    sought = {same(*file) for file in first.missed}
    if sought:
        sought.difference_update(map(same, first.columns.places, first.columns.inodes))
    entries: list[Entry] = []
    skipped = first.skipped
    for _ in range(LOOKS_MAX):
        if not sought or stopped():
            break
        again = [file for file in look() if same(*file) in sought]
        found = _read_all(directory, again, stopped)
        sought.difference_update(map(same, found.columns.places, found.columns.inodes))
        entries += Entries(found.columns)
        skipped |= found.skipped
    if not entries:
        return first
    return Measured(by_delivery([*Entries(first.columns), *entries]), skipped)


def same(place: str, inode: int) -> tuple[str, int]:
    """Give what a file keeps when it is renamed."""
    return base_of(place), inode


def by_delivery(entries: list[Entry]) -> Columns:
    """Put messages in the order of delivery."""
    entries.sort(key=lambda entry: delivery(entry.place))
    return Columns.of(entries)


def delivery(place: str) -> tuple[int, int, str]:
    """Sort by the time that leads the name, its microseconds where given, then by name."""
    base = base_of(place)
    leading = DELIVERY.match(base)
    if leading is None:
        return (0, 0, base)
    return (int(leading[1]), int(leading[2] or 0), base)


def _read_all(directory: str, files: Sequence[File], stopped: Callable[[], bool]) -> Measured:
    """Read files for their size on the wire, each file once, in the order of delivery.

    Objects for all messages at once would be walked over and over by the garbage collector, during
    which no other thread runs; so a few at a time are put in columns.
    """
    parts: list[Columns] = []
    entries: dict[tuple[str, int], Entry] = {}
    skipped: dict[str, str] = {}
    missed: list[File] = []
    before = ""
    for place, inode in _in_order(files):
        if stopped():
            break
        base = base_of(place)
        if len(entries) >= ENTRIES_MAX and base != before:
            parts.append(Columns.of([*entries.values()]))
            entries.clear()
        before = base
        try:
            entry = _measure(directory, place)
        except _NoMessage as reason:
            skipped[place] = str(reason)
        except OSError as error:
            if os.path.lexists(f"{directory}/{place}"):
                skipped[place] = error.strerror or str(error)
            else:
                missed.append((place, inode))
        else:
            # One file under one base in both folders is one that moved while we looked; the order
            # puts the two beside each other.
            entries[base, entry.inode] = entry
    return Measured(Columns.joined([*parts, Columns.of([*entries.values()])]), skipped, missed)


def _in_order(files: Sequence[File]) -> Iterator[File]:
    """Give files in the order of delivery, like `sorted`, during which no other thread runs.

    So no more than some thousands are sorted at a time, between borders that a sample gives.
    """
    keyed = [(*delivery(place), number) for number, (place, _) in enumerate(files)]
    borders = sorted(keyed[SORTED_AT_ONCE::SORTED_AT_ONCE])
    pieces: list[list[tuple[int, int, str, int]]] = [[] for _ in range(len(borders) + 1)]
    for key in keyed:
        pieces[bisect_right(borders, key)].append(key)
    del keyed  # What is freed at once is freed while no other thread runs, too.
    pieces.reverse()
    while pieces:
        piece = sorted(pieces.pop())
        for _, _, _, number in piece:
            yield files[number]


def _measure(directory: str, place: str) -> Entry:
    """Read one file.

    Raises:
        _NoMessage: it is no file.
        OSError: it cannot be read.
    """
    descriptor = os.open(f"{directory}/{place}", os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _NoMessage("it is not a file")
        count = _counted(descriptor, status.st_size)
    finally:
        os.close(descriptor)
    base = base_of(place)
    return Entry(
        place=place,
        inode=status.st_ino,
        stored_octets=status.st_size,
        mtime_ns=status.st_mtime_ns,
        message=Message(count.octets, base),
        sent_as_stored=count.sent_as_stored,
    )


def _counted(descriptor: int, stored_octets: int) -> WireOctets:
    """Read a file and count what it is on the wire.

    One octet more than there should be is asked for: what a small file has comes at once, and a
    buffer of its size costs a third of a large one.
    """
    size_octets = min(stored_octets + 1, READ_OCTETS)
    count = WireOctets()
    while chunk := os.read(descriptor, size_octets):
        count.feed(chunk)
        if len(chunk) < size_octets:
            break  # A file gives what it has; the end needs no second look.
        size_octets = READ_OCTETS
    return count
