"""Serve mailboxes from Maildirs, as Postfix, Dovecot and Courier leave them.

Decides what a session gets to see and what it removes: a snapshot of `new` and `cur`, in which a
message stays the same one when another program changes its flags. Refuses to write any message, and
to wait on the event loop for more than a few files.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from requite.pop3.maildrops.cache import ListingCache
from requite.pop3.maildrops.columns import Entry, Listing
from requite.pop3.maildrops.committing import Committing, Sight
from requite.pop3.maildrops.content import MaildirContent, measured_again, open_file
from requite.pop3.maildrops.conventions import AS_FOUND, Conventions
from requite.pop3.maildrops.deletions import Deletions
from requite.pop3.maildrops.index import is_worth_saving, load_index, remove_index, save_index
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
from requite.pop3.maildrops.removal import SEARCHES_MAX
from requite.pop3.maildrops.stopping import Stopping
from requite.pop3.maildrops.unique_ids import UniqueIds
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.services import Answer, Busy, Message, Unusable

__all__ = ("MaildirContent", "MaildirMaildrop", "MaildirMaildrops")

AT_ONCE: Final = Budget(entries_max=1_000, unread_max=100, unread_octets_max=262_144)
"""What may be listed on the event loop: at most about 2 ms of looking and 2 ms of reading."""

MESSAGES_CACHED_MAX: Final = 500_000
"""About 100 octets each and as many as its name is long (measured with tracemalloc: 127 with names
of 30), so at most 100 MB: room for a few maildrops of 100,000."""

INDEX_AT_ONCE_OCTETS: Final = 131_072
"""An index of this size, of about a thousand messages, is read on the event loop: under 1 ms."""

THREADS_MAX: Final = 8
PATHS_CACHED_MAX: Final = 4_096
MAILDIR_MODE: Final = 0o700

_logger = logging.getLogger(__name__)


class MaildirMaildrops:
    """The maildrops of a tree of Maildirs."""

    def __init__(  # noqa: PLR0913 - one keyword for each thing that an administrator decides.
        self,
        path_of: Callable[[MailboxName], Path],
        *,
        exclusive: bool = True,
        make_below: Path | None = None,
        messages_cached_max: int = MESSAGES_CACHED_MAX,
        conventions: Conventions = AS_FOUND,
        deletions: Deletions | None = None,
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
            deletions: what becomes of deleted messages; without it, their files are removed.
        """
        self._path_of = lru_cache(maxsize=PATHS_CACHED_MAX)(path_of)
        self._exclusive = exclusive
        self._make_below = make_below
        self._conventions = conventions
        self._unique_ids = UniqueIds(conventions.unique_ids)
        self.deletions = Deletions() if deletions is None else deletions
        """What becomes of deleted messages, and of old ones."""
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
        except NotADirectoryError as error:
            told = f"{error.filename}: {error.strerror}"
            return Unusable(f'{told}; correct [mailboxes] path, or format = "mbox" if it is one')
        except PermissionError as error:
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

        Whoever cancels what is awaited has the thread stop after the message in hand, and is
        answered when it has: until then it may be at work in the Maildir.
        """
        who = AccountName(mailbox) if account is None else account
        directory = str(self._path_of(mailbox))
        is_folder = mailbox in self._conventions.folders
        maildir = str(self._path_of(mailbox).parent) if is_folder else ""
        committing = Committing.of(directory, mailbox, who, self.deletions, maildir=maildir)
        try:
            return self._snapshot(committing, AT_ONCE)
        except TooMuch:
            stop = threading.Event()
            snapshot = self._pool.submit(self._snapshot, committing, None, stop.is_set)
            return Stopping(snapshot, stop)

    def close(self) -> None:
        """Let go of the threads, after what they are doing; no session may follow."""
        self._pool.shutdown()

    def _snapshot(
        self, committing: Committing, budget: Budget | None, stopped: Callable[[], bool] = never
    ) -> "MaildirMaildrop":
        hidden = committing.hidden(octets_max=None if budget is None else INDEX_AT_ONCE_OCTETS)
        sight = Sight.of(
            self._listing(committing.directory, budget, stopped),
            hidden,
            messages_max=None if budget is None else budget.entries_max,
        )
        return MaildirMaildrop(
            committing,
            sight,
            cache=self._cache,
            pool=self._pool,
            marks_seen=self._conventions.marks_seen,
        )

    def _listing(
        self, directory: str, budget: Budget | None, stopped: Callable[[], bool]
    ) -> Listing:
        known = self._cache.get(directory)
        if known is None:  # An empty listing is known as well.
            known = self._indexed(directory, budget)
        listing = None
        if known is not None and self._unique_ids.still_holds(directory, known.ids_given_by):
            listing = refreshed(directory, known)
        if listing is None:
            listing = list_maildir(directory, known, budget, stopped, self._unique_ids)
        if self._conventions.keeps_index and is_worth_saving(listing):
            self._save(directory, listing)
            # Whether or not that goes well: what cannot be written is not tried at each log-in.
            listing = replace(listing, unsaved=0)
        if listing is not known:
            self._cache.put(directory, listing)
        return listing

    def _save(self, directory: str, listing: Listing) -> None:
        """Write an index in another thread, or in this one if it is the last that still works."""
        try:
            self._pool.submit(save_index, directory, listing)
        except RuntimeError:  # The threads were let go while this one was reading.
            save_index(directory, listing)

    def _indexed(self, directory: str, budget: Budget | None) -> Listing | None:
        """Give what is kept beside a Maildir; only a small file is read on the event loop."""
        if not self._conventions.keeps_index:
            return None
        at_most = {} if budget is None else {"octets_max": INDEX_AT_ONCE_OCTETS}
        return load_index(directory, **at_most)


class MaildirMaildrop:
    """A snapshot of one Maildir, for one session."""

    __slots__ = (
        "_cache",
        "_committing",
        "_directory",
        "_listing",
        "_marks_seen",
        "_places",
        "_pool",
        "_retrieved",
        "_sight",
    )

    def __init__(
        self,
        committing: Committing,
        sight: Sight,
        *,
        cache: ListingCache,
        pool: ThreadPoolExecutor,
        marks_seen: bool = False,
    ) -> None:
        """Stand on a listing that other sessions share."""
        self._committing = committing
        self._sight = sight
        self._directory = committing.directory
        self._listing = sight.seen
        self._cache = cache
        self._pool = pool
        self._places: Places | None = None
        self._marks_seen = marks_seen
        self._retrieved: set[int] = set()

    @property
    def messages(self) -> Sequence[Message]:
        """The messages in the order of delivery."""
        return self._listing.messages

    @property
    def octets(self) -> int:
        """What the messages have together."""
        return self._listing.octets

    def read(self, number: int, /) -> Answer[MaildirContent | None]:
        """Open one message wherever it has moved, or give None when it is gone.

        Another program may rename it between the search and the opening, so one vain search does
        not yet mean that it is gone. One that has changed since it was listed is measured again
        before a word of it is said, in a thread where that takes long.

        Raises:
            OSError: it is there, and cannot be opened, or has not the octets that were listed.
        """
        entry = self._listing.entries[number - 1]
        content = open_file(f"{self._directory}/{entry.place}") or self._open_moved(entry)
        if content is None:
            return None
        if entry.measures(content.status):
            content.promise(sent_as_stored=entry.sent_as_stored)
            return content
        self._cache.forget(self._directory)
        remove_index(self._directory)  # In a large maildrop it would be believed again.
        _logger.warning("%r in %r changed after delivery", entry.place, self._directory)
        if content.stored_octets <= AT_ONCE.unread_octets_max:
            return measured_again(content, entry.message.octets)
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._pool, measured_again, content, entry.message.octets)

    @property
    def deletable(self) -> bool:
        """Whether messages may be marked as deleted."""
        return self._committing.deletable

    def note_retrieved(self, number: int, /) -> None:
        """Take note of what a client has got whole; `commit` marks it as seen, if it is to."""
        if self._marks_seen:
            self._retrieved.add(number)

    def commit(self, numbers: Sequence[int], /) -> Answer[int]:
        """Do with messages what the mailbox's policy says, and say how many are still there.

        Those that were retrieved and not deleted are marked as seen; that may fail unseen.

        Raises:
            OSError: what was removed may come back after a crash of the machine.
        """
        keeps_all = not self._committing.deletions.retention_days
        seen = sorted(self._retrieved.difference(numbers))
        if not numbers and not seen and (keeps_all or not self._sight.whole):
            return 0
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._pool, self._commit, tuple(numbers), seen)

    def _commit(self, numbers: Sequence[int], seen: Sequence[int]) -> int:
        return self._committing.commit(self._entries(numbers), self._sight, self._entries(seen))

    def _entries(self, numbers: Sequence[int]) -> Sequence[Entry]:
        return [self._listing.entries[number - 1] for number in numbers]

    def _open_moved(self, entry: Entry) -> MaildirContent | None:
        """Open a file that was renamed, and may be renamed again before it is open."""
        for _ in range(SEARCHES_MAX):
            path = self._find_again(entry)
            content = None if path is None else open_file(path)
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


def _make_maildir(path: Path, *, below: Path) -> None:
    """Make an empty Maildir, for its owner alone."""
    if not path.is_relative_to(below):
        raise FileNotFoundError(f"expected a Maildir below {below}, found none at {path}")
    for folder in ("tmp", *FOLDERS):
        (path / folder).mkdir(mode=MAILDIR_MODE, parents=True, exist_ok=True)
    path.chmod(MAILDIR_MODE)
