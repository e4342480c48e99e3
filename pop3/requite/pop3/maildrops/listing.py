"""List a Maildir: which messages it holds, in which order, how large and under which id.

Decides what counts as a message, the order of delivery, the unique id and the exact size on the
wire. Reads a message only if no earlier listing knows its size. Refuses to lock, to keep listings
(`cache` does), to open a message for a session or to remove one.
"""

import hashlib
import logging
import os
import re
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from requite.pop3.services import Message
from requite.pop3.wire.content import WireOctets, wire_octets

__all__ = (
    "FOLDERS",
    "Budget",
    "Entry",
    "Listing",
    "Stamps",
    "TooMuch",
    "base_of",
    "list_maildir",
    "places_in",
    "refreshed",
    "settled",
    "stamps_of",
)

FOLDERS: Final = ("new", "cur")
"""Where messages stand. `new` first: one that moves meanwhile is seen twice, rather than never."""

LISTINGS_MAX: Final = 3
"""How often to list again while other programs rename; after that, what was seen stands."""

STATS_AT_LOGIN_MAX: Final = 1_000
"""Up to so many messages, each is looked at on each log-in: about 1 us each. In a larger maildrop
the two directories' times alone are trusted, as Dovecot trusts them, and reading verifies."""

GRANULE_NS: Final = 2_000_000_000
"""The coarsest clock of a file system (FAT: 2 s). A directory that changed so shortly before it was
listed may change again without a new time, so its names are not trusted without listing."""

READ_OCTETS: Final = 262_144
DIGEST_OCTETS: Final = 16

UID = re.compile(r"[!-~]{1,70}")  # RFC 1939 section 7.
DELIVERY = re.compile(r"([0-9]+)(?:\.[^.]*?M([0-9]+))?")

_logger = logging.getLogger(__name__)


class TooMuch(Exception):  # noqa: N818  # It says where to work, not that something failed.
    """Listing would take longer than an event loop may stand still."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a listing may do before it gives up."""

    entries_max: int
    unread_max: int
    unread_octets_max: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One message's file, as it was found and measured."""

    place: str
    """Its folder and its name: ``cur/1700000000.M1P2.host:2,S``."""
    inode: int
    stored_octets: int
    mtime_ns: int
    message: Message

    @property
    def base(self) -> str:
        """The part of its name that stays when flags change."""
        return base_of(self.place)

    def measures(self, status: os.stat_result) -> bool:
        """Say whether the file is still the one that was measured."""
        return (
            status.st_mtime_ns == self.mtime_ns
            and status.st_size == self.stored_octets
            and status.st_ino == self.inode
        )


@dataclass(frozen=True, slots=True)
class Stamps:
    """What shows that a folder's names have changed: inode and time of each."""

    of_each: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A Maildir at one moment. Sessions share it: nothing in it ever changes."""

    entries: tuple[Entry, ...]
    messages: tuple[Message, ...]
    stamps: Stamps
    names_trusted: bool
    """While the stamps stay, the names do: the folders had settled and nothing was skipped."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A file that a folder holds, beside what an earlier listing knows of it."""

    place: str
    base: str
    status: os.stat_result
    known: Entry | None


def list_maildir(directory: str, known: Listing | None, budget: Budget | None) -> Listing:
    """List a Maildir, reading only the messages that are new or changed.

    Args:
        directory: the Maildir. A folder that it lacks is empty.
        known: an earlier listing of it.
        budget: when to give up; None never does.

    Raises:
        TooMuch: the budget does not suffice. No message has been read.
    """
    began_ns, stamps, places = _steady_places(directory, budget)
    found = tuple(_found(directory, places, _by_base(known)))
    if budget is not None:
        _check_unread(found, budget)
    entries = _with_unique_ids(_measured(directory, found))
    return Listing(
        entries=entries,
        messages=tuple(entry.message for entry in entries),
        stamps=stamps,
        names_trusted=len(entries) == len(places) and settled(stamps, at_ns=began_ns),
    )


def refreshed(directory: str, listing: Listing, budget: Budget | None) -> Listing | None:
    """Give a listing that holds what an earlier one does, or None if it no longer holds true.

    Raises:
        TooMuch: the folders hold more than the budget allows to look at.
    """
    began_ns, stamps = time.time_ns(), stamps_of(directory)
    small = len(listing.entries) <= STATS_AT_LOGIN_MAX
    if not (listing.names_trusted and stamps == listing.stamps):
        if not small or not _same_places(directory, listing, budget):
            return None
        trusted = settled(stamps, at_ns=began_ns)
        listing = Listing(listing.entries, listing.messages, stamps, trusted)
    return listing if not small or _same_files(directory, listing) else None


def stamps_of(directory: str) -> Stamps:
    """Look at the folders of a Maildir without listing them."""
    return Stamps(tuple(_stamp(f"{directory}/{folder}") for folder in FOLDERS))


def settled(stamps: Stamps, *, at_ns: int) -> bool:
    """Say whether any later change must show in the stamps, given when they were taken."""
    return all(mtime_ns + GRANULE_NS < at_ns for _, mtime_ns in stamps.of_each)


def places_in(directory: str) -> Iterator[str]:
    """Give the place of each file that may be a message; dot files never are (maildir(5))."""
    for folder in FOLDERS:
        try:
            with os.scandir(f"{directory}/{folder}") as entries:
                for entry in entries:
                    name = entry.name
                    if name[0] != ".":
                        yield f"{folder}/{name}"
        except FileNotFoundError:
            continue


def base_of(place: str) -> str:
    """Give the part of a file's name that stays when its folder and flags change.

    Example:
        >>> base_of("cur/1700000000.M1P2.host,S=120:2,RS")
        '1700000000.M1P2.host,S=120'
    """
    return place.partition("/")[2].partition(":2,")[0]


def _stamp(folder_path: str) -> tuple[int, int]:
    try:
        status = os.stat(folder_path)  # noqa: PTH116  # Path.stat costs twice as much.
    except FileNotFoundError:
        return (0, 0)
    return (status.st_ino, status.st_mtime_ns)


def _steady_places(directory: str, budget: Budget | None) -> tuple[int, Stamps, Sequence[str]]:
    """List the folders until nothing changes meanwhile: when, under which stamps, what places."""
    began_ns, stamps = time.time_ns(), stamps_of(directory)
    places = _places(directory, budget)
    for _ in range(LISTINGS_MAX - 1):
        after = stamps_of(directory)
        if after == stamps:
            break
        began_ns, stamps = time.time_ns(), after
        places = _places(directory, budget)
    return began_ns, stamps, places


def _places(directory: str, budget: Budget | None) -> Sequence[str]:
    """Give each place of a Maildir, as far as the budget reaches."""
    if budget is None:
        return list(places_in(directory))
    places = list(islice(places_in(directory), budget.entries_max + 1))
    if len(places) > budget.entries_max:
        raise TooMuch
    return places


def _same_places(directory: str, listing: Listing, budget: Budget | None) -> bool:
    """Say whether the folders hold what a listing has, under the same names."""
    return {entry.place for entry in listing.entries} == {*_places(directory, budget)}


def _same_files(directory: str, listing: Listing) -> bool:
    """Say whether every file is still the one that was measured."""
    look = os.stat
    try:
        for entry in listing.entries:
            if not entry.measures(look(f"{directory}/{entry.place}")):
                return False
    except OSError:
        return False
    return True


def _by_base(listing: Listing | None) -> Mapping[str, Entry]:
    return {entry.base: entry for entry in listing.entries} if listing is not None else {}


def _found(directory: str, places: Sequence[str], known: Mapping[str, Entry]) -> Iterator[_Found]:
    """Look at each file; skip what is no message, with a warning that names it."""
    for place in places:
        path = f"{directory}/{place}"
        try:
            status = os.stat(path)  # noqa: PTH116  # Path.stat costs twice as much.
        except OSError as error:
            _skip(path, error)
            continue
        if not stat.S_ISREG(status.st_mode):
            _logger.warning("skipped %r: it is not a file", path)
            continue
        base = base_of(place)
        entry = known.get(base)
        same = entry is not None and entry.measures(status)
        yield _Found(place, base, status, entry if same else None)


def _check_unread(found: Sequence[_Found], budget: Budget) -> None:
    """Give up before reading anything if there is more to read than the budget allows."""
    sizes = [one.status.st_size for one in found if one.known is None]
    if len(sizes) > budget.unread_max or sum(sizes) > budget.unread_octets_max:
        raise TooMuch


def _measured(directory: str, found: Sequence[_Found]) -> Sequence[Entry]:
    """Give every file its size on the wire, each file once, in the order of delivery."""
    entries: dict[tuple[str, int], Entry] = {}
    for one in sorted(found, key=_delivery):
        try:
            entry = _entry(directory, one)
        except OSError as error:
            _skip(f"{directory}/{one.place}", error)
            continue
        # One file under one base in both folders is one message that moved while we looked.
        entries[one.base, entry.inode] = entry
    return tuple(entries.values())


def _delivery(found: _Found) -> tuple[int, int, str]:
    """Sort by the time that leads the name, its microseconds where given, then by name."""
    leading = DELIVERY.match(found.base)
    if leading is None:
        return (0, 0, found.base)
    return (int(leading[1]), int(leading[2] or 0), found.base)


def _entry(directory: str, found: _Found) -> Entry:
    """Take a file's size from what is known of it, or read the file."""
    if found.known is not None:
        same = found.known.place == found.place
        return found.known if same else replace(found.known, place=found.place)
    octets = _octets_of_file(f"{directory}/{found.place}", found.status.st_size)
    return Entry(
        place=found.place,
        inode=found.status.st_ino,
        stored_octets=found.status.st_size,
        mtime_ns=found.status.st_mtime_ns,
        message=Message(octets, found.base if UID.fullmatch(found.base) else _digest(found.base)),
    )


def _octets_of_file(path: str, size: int) -> int:
    """Read a file and count what it is on the wire."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        chunk = os.read(descriptor, READ_OCTETS)
        if len(chunk) == size:
            return wire_octets(chunk)
        count = WireOctets()
        while chunk:
            count.feed(chunk)
            chunk = os.read(descriptor, READ_OCTETS)
        return count.octets
    finally:
        os.close(descriptor)


def _with_unique_ids(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Give a second message of the same id another one, so that every id is unique."""
    taken: set[str] = set()
    unique = []
    for entry in entries:
        uid, tries = entry.message.uid, 0
        while uid in taken:
            tries += 1
            uid = _digest(f"{entry.base}\0{tries}")
        taken.add(uid)
        same = uid == entry.message.uid
        message = entry.message if same else replace(entry.message, uid=uid)
        unique.append(entry if same else replace(entry, message=message))
    return tuple(unique)


def _digest(text: str) -> str:
    """Give an id for a name that cannot be one itself."""
    return hashlib.blake2b(os.fsencode(text), digest_size=DIGEST_OCTETS).hexdigest()


def _skip(path: str, error: OSError) -> None:
    """Warn of an entry that cannot be read, unless it has just been removed or renamed."""
    if os.path.lexists(path):
        _logger.warning("skipped %r: %s", path, error.strerror)
