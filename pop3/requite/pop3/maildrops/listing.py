"""List a Maildir: which messages it holds, in which order, how large and under which id.

Decides what counts as a message, the order of delivery and the exact size on the wire, for which
each message is read once: what its name says of sizes (`S=`, `W=`) is not believed. Reads it again
only if no earlier listing knows it, and looks at a file of a large maildrop only if its name or its
inode is new. Refuses to lock, to keep listings (`cache` and `index` do), to make up ids
(`unique_ids` does), to open a message for a session or to remove one.
"""

import logging
import os
import re
import stat
import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeAlias

from requite.pop3.maildrops.columns import Columns, Entry, Listing, Stamps, base_of
from requite.pop3.maildrops.unique_ids import Found, UniqueIds, with_ids
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
"""How often to list again while other programs rename; after that, what was seen stands."""

STATS_AT_LOGIN_MAX: Final = 1_000
"""Up to so many messages, each is looked at on each log-in: about 1 us each. In a larger maildrop
names and inodes alone are trusted, as Dovecot trusts names, and reading verifies."""

GRANULE_NS: Final = 2_000_000_000
"""The coarsest clock of a file system (FAT: 2 s). A directory that changed so shortly before it was
listed may change again without a new time, so its names are not trusted without listing."""

READ_OCTETS: Final = 262_144

DELIVERY = re.compile(r"([0-9]+)(?:\.[^.]*?M([0-9]+))?")

File: TypeAlias = tuple[str, int]
"""The place of a file that may be a message, and its inode."""

_logger = logging.getLogger(__name__)


_FILE_NAMES: Final = UniqueIds()


class _NoMessage(Exception):  # noqa: N818  # It is what was found, not a failure.
    """What was found where messages are is none; the text says why."""


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
    unique_ids: UniqueIds = _FILE_NAMES,
) -> Listing:
    """List a Maildir, reading only the messages that are new or changed.

    Args:
        directory: the Maildir. A folder that it lacks is empty.
        known: an earlier listing of it.
        budget: when to give up; None never does.
        stopped: says that nobody waits any more. What has been read until then is listed, so that
            whoever comes next goes on from there.
        unique_ids: who gives the ids of the messages that no client has been told of.

    Raises:
        TooMuch: the budget does not suffice. No message has been read.
    """
    began_ns, stamps, files = _steady_files(directory, budget)
    again, others = _known_again(directory, files, known)
    if budget is not None:
        _check_unread(directory, others, budget)
    keeps_ids = known is not None and unique_ids.still_holds(directory, known.ids_given_by)
    found = None
    if others or not keeps_ids:
        found = unique_ids.look_up(directory, at_once=budget is not None)
        if found is None:
            raise TooMuch
    measured, skipped = _measured(directory, others, stopped)
    _tell(directory, skipped, {} if known is None else known.skipped)
    columns = _joined(known, again, measured)
    if found is not None:
        new = {entry.place for entry in measured} if keeps_ids else {*columns.places}
        told = _ids_of_others(known, again) if keeps_ids else {}
        columns = with_ids(columns, new, found.known, unique_ids.scheme.of_unknown, told)
    whole = len(columns) == len(files)
    return Listing(
        columns=columns,
        stamps=stamps,
        names_trusted=whole and settled(stamps, at_ns=began_ns),
        unsaved=_unsaved(known, measured, renamed=not keeps_ids),
        ids_given_by=_given_by(known, found),
        skipped=skipped,
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


def settled(stamps: Stamps, *, at_ns: int) -> bool:
    """Say whether any later change must show in the stamps, given when they were taken."""
    return all(mtime_ns + GRANULE_NS < at_ns for _, mtime_ns in stamps.of_each)


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
    """List the folders until nothing changes meanwhile: when, under which stamps, what files."""
    began_ns, stamps = time.time_ns(), stamps_of(directory)
    files = _files(directory, budget)
    for _ in range(LISTINGS_MAX - 1):
        after = stamps_of(directory)
        if after == stamps:
            break
        began_ns, stamps = time.time_ns(), after
        files = _files(directory, budget)
    return began_ns, stamps, files


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
) -> tuple[dict[int, str], Sequence[str]]:
    """Tell the files that an earlier listing knows, by their rows in it, from the others.

    The same file is the same inode under the same base. A file that moves from `new` to `cur` while
    we look is seen twice, and is where it is seen last.
    """
    if known is None:
        return {}, [place for place, _ in files]
    columns = known.columns
    row_of = dict(zip(columns.inodes, range(len(columns)), strict=True))
    looks = len(files) <= STATS_AT_LOGIN_MAX
    again: dict[int, str] = {}
    others = []
    for place, inode in files:
        row = row_of.get(inode)
        if (
            row is None
            or (columns.places[row] != place and base_of(columns.places[row]) != base_of(place))
            or (looks and not _is_unchanged(columns.entry(row), f"{directory}/{place}"))
        ):
            others.append(place)
        else:
            again[row] = place
    return again, others


def _same_files(directory: str, listing: Listing) -> bool:
    """Say whether every file is still the one that was measured."""
    return all(_is_unchanged(entry, f"{directory}/{entry.place}") for entry in listing.entries)


def _is_unchanged(entry: Entry, path: str) -> bool:
    try:
        return entry.measures(os.stat(path))  # noqa: PTH116  # Path.stat costs twice as much.
    except OSError:
        return False


def _check_unread(directory: str, places: Sequence[str], budget: Budget) -> None:
    """Give up before reading anything if there is more to read than the budget allows."""
    if len(places) > budget.unread_max:
        raise TooMuch
    octets = 0
    for place in places:
        try:
            octets += os.stat(f"{directory}/{place}").st_size  # noqa: PTH116  # As above.
        except OSError:
            continue  # It is skipped, with its reason, when it is to be read.
    if octets > budget.unread_octets_max:
        raise TooMuch


def _measured(
    directory: str, places: Sequence[str], stopped: Callable[[], bool]
) -> tuple[Sequence[Entry], Mapping[str, str]]:
    """Read files for their size on the wire, each file once, in the order of delivery.

    Returns:
        The messages, and the places of what is none or cannot be read, each with the reason.
    """
    entries: dict[tuple[str, int], Entry] = {}
    skipped: dict[str, str] = {}
    for place in sorted(places, key=_delivery):
        if stopped():
            break
        try:
            entry = _measure(directory, place)
        except _NoMessage as reason:
            skipped[place] = str(reason)
        except OSError as error:
            if os.path.lexists(f"{directory}/{place}"):  # Else it was just removed or renamed.
                skipped[place] = error.strerror or str(error)
        else:
            # One file under one base in both folders is one that moved while we looked.
            entries[entry.base, entry.inode] = entry
    return tuple(entries.values()), skipped


def _tell(directory: str, skipped: Mapping[str, str], told: Mapping[str, str]) -> None:
    """Warn of what is no message or cannot be read: once, and again when the reason is another."""
    for place, reason in skipped.items():
        if told.get(place) != reason:
            _logger.warning("skipped %r: %s", f"{directory}/{place}", reason)


def _delivery(place: str) -> tuple[int, int, str]:
    """Sort by the time that leads the name, its microseconds where given, then by name."""
    base = base_of(place)
    leading = DELIVERY.match(base)
    if leading is None:
        return (0, 0, base)
    return (int(leading[1]), int(leading[2] or 0), base)


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
        count = _counted(descriptor)
    finally:
        os.close(descriptor)
    return Entry(
        place=place,
        inode=status.st_ino,
        stored_octets=status.st_size,
        mtime_ns=status.st_mtime_ns,
        message=Message(count.octets, base_of(place)),
        sent_as_stored=count.sent_as_stored,
    )


def _counted(descriptor: int) -> WireOctets:
    """Read a file and count what it is on the wire."""
    count = WireOctets()
    while chunk := os.read(descriptor, READ_OCTETS):
        count.feed(chunk)
        if len(chunk) < READ_OCTETS:
            break  # A file gives what it has; the end needs no second look.
    return count


def _joined(known: Listing | None, again: dict[int, str], measured: Sequence[Entry]) -> Columns:
    """Put what was known and what is new in the order of delivery."""
    if known is None:
        return Columns.of(measured)
    rows = sorted(again)
    columns = known.columns.picked(rows, [again[row] for row in rows])
    if not measured:
        return columns
    if rows and _delivery(measured[0].place) < _delivery(columns.places[-1]):
        entries = [*map(columns.entry, range(len(columns))), *measured]
        entries.sort(key=lambda entry: _delivery(entry.place))
        return Columns.of(entries)
    return columns.followed_by(Columns.of(measured))


def _ids_of_others(known: Listing | None, again: Container[int]) -> Mapping[str, str]:
    """Give the ids that clients were told of files that have been changed, or are gone."""
    told: dict[str, str] = {}
    if known is not None:
        for row, place in enumerate(known.columns.places):
            if row not in again:
                told.setdefault(base_of(place), known.columns.uid(row))
    return told


def _unsaved(known: Listing | None, measured: Sequence[Entry], *, renamed: bool) -> int:
    if known is None:
        return len(measured)
    # All ids are other ones than in the file, which is no use before it is written again.
    return len(measured) + max(known.unsaved, len(known) if renamed else 0)


def _given_by(known: Listing | None, found: Found | None) -> str:
    if found is not None:
        return found.given_by
    return "" if known is None else known.ids_given_by
