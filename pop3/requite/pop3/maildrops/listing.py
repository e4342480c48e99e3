"""List a Maildir: which messages it holds, in which order, how large and under which id.

Decides which files there are, and which of them are to be read: a message only if no earlier
listing knows its size, and a file of a large maildrop is looked at only if its name or its inode is
new. Refuses to read a message (`measuring` does), to give ids (`unique_ids` does), to lock, to keep
listings (`cache` and `index` do), and to open a message for a session or to remove one.
"""

import logging
import os
import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from requite.pop3.maildrops.columns import Columns, Entries, Listing, Stamps, base_of
from requite.pop3.maildrops.measuring import File, by_delivery, delivery, measured, same
from requite.pop3.maildrops.unique_ids import Found, UniqueIds, with_ids

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

_FILE_NAMES: Final = UniqueIds()

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
    read = measured(directory, others, stopped, lambda: _files_in(directory))
    _tell(directory, read.skipped, {} if known is None else known.skipped)
    columns = _joined(known, again, read.columns)
    if found is not None:
        new = {*(read.columns if keeps_ids else columns).places}
        told = _ids_of_others(known, again) if keeps_ids else {}
        columns = with_ids(columns, new, found.known, unique_ids.scheme.of_unknown, told)
    whole = len(columns) == len(files)
    return Listing(
        columns=columns,
        stamps=stamps,
        names_trusted=whole and settled(stamps, at_ns=began_ns),
        unsaved=_unsaved(known, len(read.columns), renamed=not keeps_ids),
        ids_given_by=_given_by(known, found),
        skipped=read.skipped,
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
    listed = {same(*file) for file in now}
    return [file for file in before if same(*file) not in listed]


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


def _tell(directory: str, skipped: Mapping[str, str], told: Mapping[str, str]) -> None:
    """Warn of what is no message or cannot be read: once, and again when the reason is another."""
    for place, reason in skipped.items():
        if told.get(place) != reason:
            _logger.warning("skipped %r: %s", f"{directory}/{place}", reason)


def _joined(known: Listing | None, again: dict[int, str], new: Columns) -> Columns:
    """Put what was known and what is new in the order of delivery."""
    if known is None:
        return new
    rows = [row for row in range(len(known.columns)) if row in again]
    columns = known.columns.picked(rows, [again[row] for row in rows])
    if not len(new):
        return columns
    if rows and delivery(new.places[0]) < delivery(columns.places[-1]):
        return by_delivery([*Entries(columns), *Entries(new)])
    return Columns.joined([columns, new])


def _ids_of_others(known: Listing | None, again: Container[int]) -> Mapping[str, str]:
    """Give the ids that clients were told of files that have been changed, or are gone."""
    told: dict[str, str] = {}
    if known is not None:
        for row, place in enumerate(known.columns.places):
            if row not in again:
                told.setdefault(base_of(place), known.columns.uid(row))
    return told


def _unsaved(known: Listing | None, read: int, *, renamed: bool) -> int:
    if known is None:
        return read
    # All ids are other ones than in the file, which is no use before it is written again.
    return read + max(known.unsaved, len(known) if renamed else 0)


def _given_by(known: Listing | None, found: Found | None) -> str:
    if found is not None:
        return found.given_by
    return "" if known is None else known.ids_given_by
