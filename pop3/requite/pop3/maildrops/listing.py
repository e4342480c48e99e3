"""List a Maildir: which messages it holds, in which order, how large and under which id.

Decides what counts as a message, the order of delivery, the unique id and the exact size on the
wire. Reads a message only if no earlier listing knows its size, and looks at a file of a large
maildrop only if its name or its inode is new. Refuses to lock, to keep listings (`cache` and
`index` do), to open a message for a session or to remove one.
"""

import hashlib
import logging
import os
import re
import stat
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, TypeAlias

from requite.pop3.maildrops.columns import Columns, Entries, Entry, Listing, Stamps, base_of
from requite.pop3.services import Message
from requite.pop3.wire.content import WireOctets

__all__ = (
    "FOLDERS",
    "Budget",
    "TooMuch",
    "list_maildir",
    "never",
    "places_in",
    "refreshed",
    "settled",
    "stamps_of",
)

FOLDERS: Final = ("new", "cur")
"""Where messages stand. `new` first: one that moves meanwhile is seen twice, rather than never."""

LISTINGS_MAX: Final = 3
"""How often to list while other programs rename. Whatever was seen once stands: a folder that is
listed may lack what is renamed meanwhile (readdir(3) leaves that open), and show it the next time.
"""

TICK_NS: Final = 20_000_000
"""Linux marks a change with the time of its last tick, at most 10 ms ago, so a folder that changed
so shortly before it was listed may have changed meanwhile without a new time."""

STATS_AT_LOGIN_MAX: Final = 250
"""Up to so many messages, each is looked at on each log-in: about 2 us each, so that a log-in costs
no more than Dovecot's. In a larger maildrop names and inodes alone are trusted, as Dovecot trusts
names, and reading verifies."""

GRANULE_NS: Final = 2_000_000_000
"""The coarsest clock of a file system (FAT: 2 s). A directory that changed so shortly before it was
listed may change again without a new time, so its names are not trusted without listing."""

ENTRIES_MAX: Final = 100
"""How many messages are objects at a time while a maildrop is read: so few that the collector,
which begins after 700 new ones, is not called for them."""

SORTED_AT_ONCE: Final = 1_000
"""As many on average, and hardly ever ten times as many: 1 us each."""

READ_OCTETS: Final = 262_144
DIGEST_OCTETS: Final = 16

UID = re.compile(r"[!-~]{1,70}")  # RFC 1939 section 7.
DELIVERY = re.compile(r"([0-9]+)(?:\.[^.]*?M([0-9]+))?")

File: TypeAlias = tuple[str, int]
"""The place of a file that may be a message, and its inode."""

_logger = logging.getLogger(__name__)


class TooMuch(Exception):  # noqa: N818  # It says where to work, not that something failed.
    """Listing would take longer than an event loop may stand still."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a listing may do before it gives up."""

    entries_max: int
    unread_max: int
    unread_octets_max: int


def never() -> bool:
    """Go on to the end."""
    return False


def list_maildir(
    directory: str,
    known: Listing | None,
    budget: Budget | None,
    stopped: Callable[[], bool] = never,
) -> Listing:
    """List a Maildir, reading only the messages that are new or changed.

    Args:
        directory: the Maildir. A folder that it lacks is empty.
        known: an earlier listing of it.
        budget: when to give up; None never does.
        stopped: says that nobody waits any more. What has been read until then is listed, so that
            whoever comes next goes on from there.

    Raises:
        TooMuch: the budget does not suffice. No message has been read.
    """
    began_ns, stamps, files = _steady_files(directory, budget)
    again, others = _known_again(directory, files, known)
    if budget is not None:
        _check_unread(directory, others, budget)
    measured = _found_again(directory, *_measured(directory, others, stopped), stopped)
    columns = _joined(known, again, measured)
    whole = len(columns) == len(files)
    return Listing(
        columns=columns,
        stamps=stamps,
        names_trusted=whole and settled(stamps, at_ns=began_ns),
        unsaved=len(measured) + (known.unsaved if known is not None else 0),
    )


def refreshed(directory: str, listing: Listing) -> Listing | None:
    """Give a listing again if a look at the folders suffices to say that it holds, or None."""
    if not listing.names_trusted or stamps_of(directory) != listing.stamps:
        return None
    small = len(listing) <= STATS_AT_LOGIN_MAX
    return listing if not small or _same_files(directory, listing) else None


def stamps_of(directory: str) -> Stamps:
    """Look at the folders of a Maildir without listing them."""
    return Stamps(tuple(_stamp(f"{directory}/{folder}") for folder in FOLDERS))


def settled(stamps: Stamps, *, at_ns: int, granule_ns: int = GRANULE_NS) -> bool:
    """Say whether any later change must show in the stamps, given when they were taken."""
    return all(mtime_ns + granule_ns < at_ns for _, mtime_ns in stamps.of_each)


def places_in(directory: str) -> Iterator[str]:
    """Give the place of each file that may be a message; dot files never are (maildir(5))."""
    return (place for place, _ in _files_in(directory))


def _files_in(directory: str) -> Iterator[File]:
    for folder in FOLDERS:
        try:
            with os.scandir(f"{directory}/{folder}") as entries:
                for entry in entries:
                    name = entry.name
                    if name[0] != ".":
                        yield f"{folder}/{name}", entry.inode()
        except FileNotFoundError:
            continue


def _stamp(folder_path: str) -> tuple[int, int]:
    try:
        status = os.stat(folder_path)  # noqa: PTH116  # Path.stat costs twice as much.
    except FileNotFoundError:
        return (0, 0)
    return (status.st_ino, status.st_mtime_ns)


def _steady_files(directory: str, budget: Budget | None) -> tuple[int, Stamps, Sequence[File]]:
    """List the folders until nothing changes meanwhile: when, under which stamps, what files.

    Where something always does, each file that was seen is given, where it was seen last.
    """
    began_ns, stamps = time.time_ns(), stamps_of(directory)
    files = _files(directory, budget)
    for _ in range(LISTINGS_MAX - 1):
        after = stamps_of(directory)
        if after == stamps and settled(stamps, at_ns=began_ns, granule_ns=TICK_NS):
            break
        began_ns, stamps = time.time_ns(), after
        now = _files(directory, budget)
        files = [*_only_before(files, now), *now]
    return began_ns, stamps, files


def _only_before(before: Sequence[File], now: Sequence[File]) -> Sequence[File]:
    """Give the files that were listed before and are not now: renamed meanwhile, or removed."""
    listed = {_same(*file) for file in now}
    return [file for file in before if _same(*file) not in listed]


def _same(place: str, inode: int) -> tuple[str, int]:
    """Give what a file keeps when it is renamed."""
    return base_of(place), inode


def _files(directory: str, budget: Budget | None) -> Sequence[File]:
    """Give each file of a Maildir, as far as the budget reaches."""
    if budget is None:
        return list(_files_in(directory))
    files = list(islice(_files_in(directory), budget.entries_max + 1))
    if len(files) > budget.entries_max:
        raise TooMuch
    return files


def _known_again(
    directory: str, files: Sequence[File], known: Listing | None
) -> tuple[dict[int, str], Sequence[File]]:
    """Tell the files that an earlier listing knows, by their rows in it, from the others.

    The same file is the same inode under the same base. A file that moves from `new` to `cur` while
    we look is seen twice, and is where it is seen last.
    """
    if known is None:
        return {}, files
    columns, known_places = known.columns, known.columns.places
    row_of = dict(zip(columns.inodes, range(len(columns)), strict=True))
    looks = len(files) <= STATS_AT_LOGIN_MAX
    again: dict[int, str] = {}
    others: list[File] = []
    changed: set[int] = set()
    for place, inode in files:
        row = row_of.get(inode)
        if row is None or (
            place != (before := known_places[row]) and base_of(before) != base_of(place)
        ):
            others.append((place, inode))
        elif looks and not _is_unchanged(columns, row, f"{directory}/{place}"):
            others.append((place, inode))
            changed.add(row)
        else:
            again[row] = place
    for row in changed:  # It is read anew, whichever of the names that were listed it has now.
        again.pop(row, None)
    return again, others


def _same_files(directory: str, listing: Listing) -> bool:
    """Say whether every file is still the one that was measured."""
    columns = listing.columns
    return all(
        _is_unchanged(columns, row, f"{directory}/{place}")
        for row, place in enumerate(columns.places)
    )


def _is_unchanged(columns: Columns, row: int, path: str) -> bool:
    try:
        status = os.stat(path)  # noqa: PTH116  # Path.stat costs twice as much.
    except OSError:
        return False
    return (
        status.st_mtime_ns == columns.mtimes_ns[row]
        and status.st_size == columns.stored_octets[row]
        and status.st_ino == columns.inodes[row]
    )


def _check_unread(directory: str, files: Sequence[File], budget: Budget) -> None:
    """Give up before reading anything if there is more to read than the budget allows."""
    if len(files) > budget.unread_max:
        raise TooMuch
    octets = 0
    for place, _ in files:
        try:
            octets += os.stat(f"{directory}/{place}").st_size  # noqa: PTH116  # As above.
        except OSError:
            continue  # It is skipped, with its reason, when it is to be read.
    if octets > budget.unread_octets_max:
        raise TooMuch


def _measured(
    directory: str, files: Sequence[File], stopped: Callable[[], bool]
) -> tuple[Columns, Sequence[File]]:
    """Read files for their size on the wire, each file once, in the order of delivery.

    Objects for all messages at once would be walked over and over by the garbage collector, during
    which no other thread runs; so a few at a time are put in columns.

    Returns:
        What was read, and the files that are not there any more.
    """
    parts: list[Columns] = []
    entries: dict[tuple[str, int], Entry] = {}
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
        except FileNotFoundError:
            missed.append((place, inode))
            continue
        if entry is not None:
            # One file under one base in both folders is one that moved while we looked; the order
            # puts the two beside each other.
            entries[base, entry.inode] = entry
    return Columns.joined([*parts, Columns.of([*entries.values()])]), missed


def _in_order(files: Sequence[File]) -> Iterator[File]:
    """Give files in the order of delivery, like `sorted`, during which no other thread runs.

    So no more than some thousands are sorted at a time, between borders that a sample gives.
    """
    keyed = [(*_delivery(place), number) for number, (place, _) in enumerate(files)]
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


def _found_again(
    directory: str, measured: Columns, missed: Sequence[File], stopped: Callable[[], bool]
) -> Columns:
    """Add what was renamed between the listing and the reading, in its place in the order."""
    sought = {_same(*file) for file in missed}
    if sought:
        sought.difference_update(map(_same, measured.places, measured.inodes))
    entries: list[Entry] = []
    for _ in range(LISTINGS_MAX):
        if not sought or stopped():
            break
        again = [file for file in _files_in(directory) if _same(*file) in sought]
        found, _ = _measured(directory, again, stopped)
        sought.difference_update(map(_same, found.places, found.inodes))
        entries += Entries(found)
    if not entries:
        return measured
    return _by_delivery([*Entries(measured), *entries])


def _by_delivery(entries: list[Entry]) -> Columns:
    entries.sort(key=lambda entry: _delivery(entry.place))
    return Columns.of(entries)


def _delivery(place: str) -> tuple[int, int, str]:
    """Sort by the time that leads the name, its microseconds where given, then by name."""
    base = base_of(place)
    leading = DELIVERY.match(base)
    if leading is None:
        return (0, 0, base)
    return (int(leading[1]), int(leading[2] or 0), base)


def _measure(directory: str, place: str) -> Entry | None:
    """Read one file; skip what is no message, with a warning that names it.

    Raises:
        FileNotFoundError: it has been renamed or removed.
    """
    path = f"{directory}/{place}"
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                _logger.warning("skipped %r: it is not a file", path)
                return None
            count = _counted(descriptor, status.st_size)
        finally:
            os.close(descriptor)
    except OSError as error:
        _skip(path, error)
        return None
    base = base_of(place)
    return Entry(
        place=place,
        inode=status.st_ino,
        stored_octets=status.st_size,
        mtime_ns=status.st_mtime_ns,
        message=Message(count.octets, base if UID.fullmatch(base) else _digest(base)),
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


def _joined(known: Listing | None, again: dict[int, str], measured: Columns) -> Columns:
    """Put what was known and what is new in the order of delivery, each under an id of its own."""
    if known is None:
        return _with_unique_ids(measured)
    rows = [row for row in range(len(known.columns)) if row in again]
    columns = known.columns.picked(rows, [again[row] for row in rows])
    if not len(measured):
        return columns
    if rows and _delivery(measured.places[0]) < _delivery(columns.places[-1]):
        return _with_unique_ids(_by_delivery([*Entries(columns), *Entries(measured)]))
    return _with_unique_ids(Columns.joined([columns, measured]))


def _with_unique_ids(columns: Columns) -> Columns:
    """Give a second message of the same id another one, so that every id is unique."""
    uids = list(map(columns.uid, range(len(columns))))
    if len(set(uids)) == len(uids):
        return columns
    taken: set[str] = set()
    others = dict(columns.other_ids)
    for row, uid in enumerate(uids):
        tries = 0
        while uid in taken:
            tries += 1
            uid = _digest(f"{base_of(columns.places[row])}\0{tries}")  # noqa: PLW2901
        if tries:
            others[row] = uid
        taken.add(uid)
    return replace(columns, other_ids=others)


def _digest(text: str) -> str:
    """Give an id for a name that cannot be one itself."""
    return hashlib.blake2b(os.fsencode(text), digest_size=DIGEST_OCTETS).hexdigest()


def _skip(path: str, error: OSError) -> None:
    """Warn of an entry that cannot be read.

    Raises:
        FileNotFoundError: it has just been removed or renamed.
    """
    if not os.path.lexists(path):
        raise FileNotFoundError(path) from error
    _logger.warning("skipped %r: %s", path, error.strerror)
