"""Serve mailboxes from Maildirs, as Postfix, Dovecot and Courier leave them.

Decides what a session gets to see and what it removes: a snapshot of `new` and `cur`, in which a
message stays the same one when another program changes its flags. Refuses to move, flag or write
any message, and to wait on the event loop for more than a few files.
"""

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from enum import Enum, auto
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeAlias

from requite.pop3.maildrops.cache import ListingCache
from requite.pop3.maildrops.columns import Entry, Listing
from requite.pop3.maildrops.conventions import AS_FOUND, Conventions
from requite.pop3.maildrops.index import is_worth_saving, load_index, save_index
from requite.pop3.maildrops.listing import (
    FOLDERS,
    Budget,
    TooMuch,
    list_maildir,
    never,
    refreshed,
)
from requite.pop3.maildrops.lock import DirectoryLock, lock_directory
from requite.pop3.maildrops.paths import NoSuchMailbox
from requite.pop3.maildrops.places import Places
from requite.pop3.maildrops.unique_ids import UniqueIds
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.services import Answer, Busy, Message, Unusable

__all__ = ("MaildirContent", "MaildirMaildrop", "MaildirMaildrops")

AT_ONCE: Final = Budget(entries_max=1_000, unread_max=100, unread_octets_max=262_144)
"""What may be listed on the event loop: at most about 2 ms of looking and 2 ms of reading."""

MESSAGES_CACHED_MAX: Final = 200_000
"""About half a kilobyte each, so at most 100 MB: room for one maildrop of 100,000 and more."""

INDEX_AT_ONCE_OCTETS: Final = 131_072
"""An index of this size, of about a thousand messages, is read on the event loop: under 1 ms."""

THREADS_MAX: Final = 8
SEARCHES_MAX: Final = 3
"""How often to look again for files that another program renames while we read or remove them."""

PATHS_CACHED_MAX: Final = 4_096
MAILDIR_MODE: Final = 0o700

_logger = logging.getLogger(__name__)


class MaildirMaildrops:
    """The maildrops of a tree of Maildirs."""

    def __init__(
        self,
        path_of: Callable[[MailboxName], Path],
        *,
        exclusive: bool = True,
        make_below: Path | None = None,
        messages_cached_max: int = MESSAGES_CACHED_MAX,
        conventions: Conventions = AS_FOUND,
    ) -> None:
        """Serve the Maildirs that `path_of` names; nothing is touched yet.

        Args:
            path_of: where a mailbox's Maildir stands, as `MailboxPath` says.
            exclusive: one session at a time holds a maildrop (RFC 1939 section 4); otherwise
                several do, each with its own snapshot.
            make_below: an existing directory below which a missing Maildir is made when it is
                first locked, as Dovecot does: who has got no mail yet has an empty maildrop. With
                None, or if that directory is missing (not mounted), a missing Maildir is an error.
            messages_cached_max: of how many messages sizes are remembered.
            conventions: what is agreed about all of them.
        """
        self._path_of = lru_cache(maxsize=PATHS_CACHED_MAX)(path_of)
        self._exclusive = exclusive
        self._make_below = make_below
        self._conventions = conventions
        self._unique_ids = UniqueIds(conventions.unique_ids)
        self._cache = ListingCache(messages_max=messages_cached_max)
        self._pool = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="requite-maildir")

    def lock(self, mailbox: MailboxName, /) -> DirectoryLock | Busy | Unusable:
        """Take the maildrop's lock, or say that nobody ever can.

        That is so where it is no directory, may not be read, or the name can be no mailbox's.

        Raises:
            OSError: the Maildir is missing and may not be made, or cannot be locked now.
        """
        try:
            return self._lock(
                self._path_of(mailbox), may_make=mailbox not in self._conventions.folders
            )
        except NoSuchMailbox as error:
            return Unusable(str(error))
        except (PermissionError, NotADirectoryError) as error:
            return Unusable(f"{error.filename}: {error.strerror}; correct its owner or mode")

    def _lock(self, path: Path, *, may_make: bool) -> DirectoryLock | Busy:
        """Lock a Maildir; one that is missing is made first, where that is allowed."""
        try:
            return lock_directory(path, exclusive=self._exclusive)
        except FileNotFoundError:
            if not may_make or self._make_below is None or not self._make_below.is_dir():
                raise
        _make_maildir(path, below=self._make_below)
        return lock_directory(path, exclusive=self._exclusive)

    def open(
        self, mailbox: MailboxName, account: AccountName | None = None, /
    ) -> "Answer[MaildirMaildrop]":
        """Take a snapshot: at once where little has to be read, in a thread otherwise.

        Whoever cancels what is awaited has the thread stop after the message in hand.
        """
        del account  # Everybody sees the same.
        directory = str(self._path_of(mailbox))
        try:
            return self._snapshot(directory, AT_ONCE)
        except TooMuch:
            stop = threading.Event()
            future = asyncio.get_running_loop().run_in_executor(
                self._pool, self._snapshot, directory, None, stop.is_set
            )
            future.add_done_callback(lambda done: stop.set() if done.cancelled() else None)
            return future

    def close(self) -> None:
        """Let go of the threads, after what they are doing; no session may follow."""
        self._pool.shutdown()

    def _snapshot(
        self, directory: str, budget: Budget | None, stopped: Callable[[], bool] = never
    ) -> "MaildirMaildrop":
        known = self._cache.get(directory)
        if known is None:  # An empty listing is known as well.
            known = self._indexed(directory, budget)
        listing = None
        if known is not None and self._unique_ids.still_holds(directory, known.ids_given_by):
            listing = refreshed(directory, known)
        if listing is None:
            listing = list_maildir(directory, known, budget, stopped, self._unique_ids)
        if self._conventions.keeps_index and is_worth_saving(listing):
            self._pool.submit(save_index, directory, listing)
            # Whether or not that goes well: what cannot be written is not tried at each log-in.
            listing = replace(listing, unsaved=0)
        if listing is not known:
            self._cache.put(directory, listing)
        return MaildirMaildrop(directory, listing, cache=self._cache, pool=self._pool)

    def _indexed(self, directory: str, budget: Budget | None) -> Listing | None:
        """Give what is kept beside a Maildir; only a small file is read on the event loop."""
        if not self._conventions.keeps_index:
            return None
        at_most = {} if budget is None else {"octets_max": INDEX_AT_ONCE_OCTETS}
        return load_index(directory, **at_most)


class MaildirMaildrop:
    """A snapshot of one Maildir, for one session."""

    __slots__ = ("_cache", "_directory", "_listing", "_places", "_pool")

    def __init__(
        self, directory: str, listing: Listing, *, cache: ListingCache, pool: ThreadPoolExecutor
    ) -> None:
        """Stand on a listing that other sessions share."""
        self._directory = directory
        self._listing = listing
        self._cache = cache
        self._pool = pool
        self._places: Places | None = None

    @property
    def messages(self) -> Sequence[Message]:
        """The messages in the order of delivery."""
        return self._listing.messages

    @property
    def octets(self) -> int:
        """What the messages have together."""
        return self._listing.octets

    def read(self, number: int, /) -> "MaildirContent | None":
        """Open one message wherever it has moved, or give None when it is gone.

        Another program may rename it between the search and the opening, so one vain search does
        not yet mean that it is gone.

        Raises:
            OSError: it is there, and cannot be opened.
        """
        entry = self._listing.entries[number - 1]
        content = _open(f"{self._directory}/{entry.place}") or self._open_moved(entry)
        if content is not None and not entry.measures(content.status):
            self._cache.forget(self._directory)
            _logger.warning("%r in %r changed after delivery", entry.place, self._directory)
        return content

    def commit(self, numbers: Sequence[int], /) -> Answer[int]:
        """Remove messages for good, and say how many could not be removed.

        Raises:
            OSError: what was removed may come back after a crash of the machine.
        """
        if not numbers:
            return 0
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._pool, self._remove_all, tuple(numbers))

    def _remove_all(self, numbers: Iterable[int]) -> int:
        """Remove files where they were seen, and those that have moved where they are now."""
        entries = [self._listing.entries[number - 1] for number in numbers]
        pending: _Sought = [(entry, f"{self._directory}/{entry.place}") for entry in entries]
        failures = 0
        for _ in range(SEARCHES_MAX):
            outcomes = [(entry, _unlink(path, inode=entry.inode)) for entry, path in pending]
            failures += sum(outcome is _Outcome.FAILED for _, outcome in outcomes)
            missed = [entry for entry, outcome in outcomes if outcome is _Outcome.MISSED]
            pending = self._search(missed)
        kept = [path for _, path in pending if path is not None]
        for path in kept:
            _logger.error("could not remove %r: it was renamed each time it was found", path)
        for folder in FOLDERS:
            _make_durable(f"{self._directory}/{folder}")
        return failures + len(kept)

    def _search(self, missed: Sequence[Entry]) -> "_Sought":
        """Look where files are now; the folders are listed once for all, and not for none."""
        if not missed:
            return []
        places = Places(self._directory)
        return [(entry, places.path_of(entry)) for entry in missed]

    def _open_moved(self, entry: Entry) -> "MaildirContent | None":
        """Open a file that was renamed, and may be renamed again before it is open."""
        for _ in range(SEARCHES_MAX):
            path = self._find_again(entry)
            content = None if path is None else _open(path)
            if content is not None:
                return content
        return None

    def _find_again(self, entry: Entry) -> str | None:
        """Find a file that was renamed, listing the folders once for many that were."""
        path = self._places.path_of(entry) if self._places is not None else None
        if path is None and (self._places is None or not self._places.current):
            self._places = Places(self._directory)
            path = self._places.path_of(entry)
        return path


class MaildirContent:
    """A message's file that is open for reading."""

    __slots__ = ("_descriptor", "status")

    def __init__(self, descriptor: int, status: os.stat_result) -> None:
        """Own an open descriptor."""
        self._descriptor: int | None = descriptor
        self.status = status

    @property
    def stored_octets(self) -> int:
        """The size as stored."""
        return self.status.st_size

    def read(self, size_octets: int, /) -> bytes:
        """Read on, at most that many octets; empty at the end.

        Raises:
            ValueError: it was closed before.
        """
        if self._descriptor is None:
            raise ValueError("a message was read after it had been closed")
        return os.read(self._descriptor, size_octets)

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


def _open(path: str) -> MaildirContent | None:
    """Open a file for reading, or give None if it is not there."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    return MaildirContent(descriptor, os.fstat(descriptor))


class _Outcome(Enum):
    """What became of a file that was to be removed."""

    REMOVED = auto()
    MISSED = auto()
    FAILED = auto()


_Sought: TypeAlias = list[tuple[Entry, str | None]]
"""Messages that are to be removed, each with the path where it was seen last, if it was."""


def _unlink(path: str | None, *, inode: int) -> _Outcome:
    """Remove a file if it is still the one that was seen; log why if that fails.

    No call removes a name only if it still belongs to an inode, so what comes over the name between
    the two calls is removed: that leaves microseconds instead of a whole session.
    """
    if path is None:
        return _Outcome.MISSED
    try:
        if os.stat(path).st_ino != inode:  # noqa: PTH116  # Path.stat costs twice as much.
            return _Outcome.MISSED
        os.unlink(path)  # noqa: PTH108  # A Path for each of many files costs more than the call.
    except FileNotFoundError:
        return _Outcome.MISSED
    except OSError as error:
        # No traceback: the cause is the disk's, not a place in our code.
        _logger.error("could not remove %r: %s", path, error.strerror)  # noqa: TRY400
        return _Outcome.FAILED
    return _Outcome.REMOVED


def _make_durable(folder_path: str) -> None:
    """Have the disk keep what was removed from a folder."""
    try:
        descriptor = os.open(folder_path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return  # A folder that is gone holds nothing that could come back.
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_maildir(path: Path, *, below: Path) -> None:
    """Make an empty Maildir, for its owner alone."""
    if not path.is_relative_to(below):
        raise FileNotFoundError(f"expected a Maildir below {below}, found none at {path}")
    for folder in ("tmp", *FOLDERS):
        (path / folder).mkdir(mode=MAILDIR_MODE, parents=True, exist_ok=True)
    path.chmod(MAILDIR_MODE)
