"""Serve mailboxes from mbox files: lock, list, read and remove.

Decides what a session sees and removes: a snapshot in which a message stays the same one when
another program appends to the mbox or rewrites it. The mbox is locked for as long as it is read or
rewritten, never for a whole session, so that mail is delivered meanwhile; sessions keep each other
out by a lock of their own. Refuses to work on the event loop.
"""

import asyncio
import errno
import fcntl
import logging
import os
import tempfile
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from requite.pop3.maildrops.lock import DirectoryLock
from requite.pop3.maildrops.mbox._format import Entry, chunks, never, scan, without
from requite.pop3.maildrops.mbox._locks import (
    LOCKS_BY_DEFAULT,
    HeldMbox,
    MboxLock,
    hold,
    is_held,
    reading_locks,
)
from requite.pop3.maildrops.mbox._rewrite import journal_of, keep, recover
from requite.pop3.maildrops.paths import NoSuchMailbox
from requite.pop3.maildrops.stopping import Stopping
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.services import Answer, Busy, Message, Unusable

__all__ = ("MboxContent", "MboxMaildrop", "MboxMaildrops")

T = TypeVar("T")

THREADS_MAX: Final = 8
TRIES_MAX: Final = 200
TRY_S: Final = 0.05
"""A session that is let in waits for a delivery in progress, in a thread: at most 10 s, as long as
Postfix tries by twenty times a second; a delivery takes milliseconds."""

CACHED_MAX: Final = 64
"""Of how many mailboxes the listing is remembered: a tenth of a kilobyte for each message."""

SETTLED_NS: Final = 2_000_000_000
"""A file may change without a new time for as long as the coarsest clock of a file system takes."""

IN_MEMORY_OCTETS_MAX: Final = 1_048_576
"""A larger message that is read is copied to a file without a name."""

FILE_MODE: Final = 0o600
DIRECTORY_MODE: Final = 0o700

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Listing:
    """The messages of an mbox, and how its file looked."""

    entries: Sequence[Entry]
    stamp: tuple[int, int, int] | None
    """Inode, size and time of change; None where the file may change without them."""


class MboxMaildrops:
    """The maildrops of a tree of mbox files."""

    def __init__(
        self,
        path_of: Callable[[MailboxName], Path],
        *,
        exclusive: bool = True,
        make_below: Path | None = None,
        locks: Sequence[MboxLock] = LOCKS_BY_DEFAULT,
    ) -> None:
        """Serve the mbox files that `path_of` names; nothing is touched yet.

        Args:
            path_of: where a mailbox's mbox stands. One that is not there is empty: the delivery
                agent makes it.
            exclusive: one session at a time holds a maildrop (RFC 1939 section 4); otherwise
                several do, each with its own snapshot.
            make_below: an existing directory below which the directory of an mbox is made when it
                is first locked; with None, one that is missing is an error.
            locks: how the mbox is locked against other programs, in this order. None at all is an
                error, because mail would be lost.

        Raises:
            ValueError: no lock is named.
        """
        if not locks:
            raise ValueError("expected a lock for an mbox, found none; fcntl and dotlock are usual")
        self._path_of = path_of
        self._exclusive = exclusive
        self._make_below = make_below
        self._locks = tuple(locks)
        self._listings: OrderedDict[Path, _Listing] = OrderedDict()
        self._listings_lock = threading.Lock()
        self._pool = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="requite-mbox")

    def lock(self, mailbox: MailboxName, /) -> DirectoryLock | Busy | Unusable:
        """Take the maildrop's lock, or say that a session or another program holds it.

        Raises:
            OSError: its directory is missing and may not be made, or it cannot be locked now.
        """
        try:
            path = self._path_of(mailbox)
            if _is_beside_an_mbox(path.name):
                return Unusable(f"{path}: this name belongs to a file beside an mbox")
            self._make_directory(path.parent)
            return self._lock(path)
        except NoSuchMailbox as error:
            return Unusable(str(error))
        except IsADirectoryError as error:
            told = f"{error.filename}: {error.strerror}"
            return Unusable(f'{told}; correct [mailboxes] path, or format = "maildir" if it is one')
        except (PermissionError, NotADirectoryError) as error:
            return Unusable(f"{error.filename}: {error.strerror}; correct its owner or mode")

    def _make_directory(self, directory: Path) -> None:
        if self._make_below is None or directory.is_dir() or not self._make_below.is_dir():
            return
        if directory.is_relative_to(self._make_below):
            directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)

    def _lock(self, path: Path) -> DirectoryLock | Busy:
        """Keep other sessions out, unless another program holds the mbox just now."""
        session = path.with_name(f".{path.name}.requite-session")
        descriptor = os.open(session, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        lock = DirectoryLock(descriptor)
        try:
            mode = fcntl.LOCK_EX if self._exclusive else fcntl.LOCK_SH
            fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
            held = is_held(path, self._locks)
        except BlockingIOError:
            lock.release()
            return Busy()
        except BaseException:
            lock.release()
            raise
        if held:
            lock.release()
            return Busy()
        return lock

    def open(
        self, mailbox: MailboxName, account: AccountName | None = None, /
    ) -> "Answer[MboxMaildrop]":
        """Take a snapshot, in a thread.

        Whoever cancels what is awaited has the thread stop after the message in hand, and is
        answered when it has: until then it may hold the mbox.
        """
        del account  # Everybody sees the same.
        path = self._path_of(mailbox)
        stop = threading.Event()
        listed = self._pool.submit(lambda: MboxMaildrop(self, path, self.listed(path, stop.is_set)))
        return Stopping(listed, stop)

    def close(self) -> None:
        """Let go of the threads, after what they are doing; no session may follow."""
        self._pool.shutdown()

    def run(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        """Work in a thread."""
        return asyncio.get_running_loop().run_in_executor(self._pool, work)

    def listed(self, path: Path, stopped: Callable[[], bool] = never) -> _Listing:
        """List an mbox under its locks."""
        try:
            with self.held(path, stopped, shared=True) as held:
                return self.listing_of(held, stopped)
        except FileNotFoundError:
            return _Listing((), None)

    def held(
        self, path: Path, stopped: Callable[[], bool] = never, *, shared: bool = False
    ) -> HeldMbox:
        """Lock an mbox, in a thread, once other programs let go of it.

        What a crash has left undone is done first, for which every lock is needed.

        Raises:
            FileNotFoundError: there is none.
            OSError: another program holds it for too long.
        """
        if shared and journal_of(path).exists():
            self.held(path, stopped).release()
        locks = reading_locks(self._locks) if shared else self._locks
        for _ in range(TRIES_MAX):
            held = hold(path, locks, shared=shared)
            if held is None:
                raise FileNotFoundError(errno.ENOENT, "there is no mbox", str(path))
            if not isinstance(held, Busy):
                return held if shared else _recovered(held)
            if stopped():
                break
            time.sleep(TRY_S)
        raise OSError(errno.EAGAIN, "another program holds the mbox", str(path))

    def listing_of(self, held: HeldMbox, stopped: Callable[[], bool] = never) -> _Listing:
        """List an mbox that is locked; one that looks as it did is not read again."""
        began_ns, status = time.time_ns(), os.fstat(held.descriptor)
        stamp = (status.st_ino, status.st_size, status.st_mtime_ns)
        with self._listings_lock:
            known = self._listings.get(held.path)
        if known is not None and known.stamp == stamp:
            return known
        entries = scan(held.descriptor, stopped)
        settled = status.st_mtime_ns + SETTLED_NS < began_ns and not stopped()
        listing = _Listing(entries, stamp if settled else None)
        with self._listings_lock:
            self._listings[held.path] = listing
            self._listings.move_to_end(held.path)
            if len(self._listings) > CACHED_MAX:
                self._listings.popitem(last=False)
        return listing


class MboxMaildrop:
    """A snapshot of one mbox, for one session."""

    __slots__ = ("_listing", "_messages", "_octets", "_path", "_store")

    def __init__(self, store: MboxMaildrops, path: Path, listing: _Listing) -> None:
        """Stand on a listing that other sessions may share."""
        self._store = store
        self._path = path
        self._listing = listing
        self._messages = tuple(entry.message for entry in listing.entries)
        self._octets = sum(message.octets for message in self._messages)

    @property
    def messages(self) -> Sequence[Message]:
        """The messages in the order in which they stand in the mbox."""
        return self._messages

    @property
    def octets(self) -> int:
        """What the messages have together."""
        return self._octets

    @property
    def deletable(self) -> bool:
        """Whether messages may be marked as deleted: always."""
        return True

    def read(self, number: int, /) -> "Answer[MboxContent | None]":
        """Copy one message, wherever it stands now, or give None when it is gone.

        It is copied under the lock, so that a slow client keeps nobody from delivering, and no
        client is sent a message of which another program rewrites the half meanwhile.
        """
        return self._store.run(lambda: self._read(self._listing.entries[number - 1]))

    def _read(self, wanted: Entry) -> "MboxContent | None":
        try:
            held = self._store.held(self._path, shared=True)
        except FileNotFoundError:
            return None
        with held:
            entry = _found(self._store.listing_of(held).entries, wanted)
            return None if entry is None else MboxContent(held.descriptor, entry)

    def commit(self, numbers: Sequence[int], /) -> Answer[int]:
        """Remove messages for good: all of them or none, and say how many could not be removed.

        Raises:
            OSError: the removal is decided and not finished; it will be by who locks it next.
        """
        wanted = [self._listing.entries[number - 1] for number in numbers]
        return self._store.run(lambda: self._remove(wanted)) if wanted else 0

    def _remove(self, wanted: Sequence[Entry]) -> int:
        try:
            held = self._store.held(self._path)
        except FileNotFoundError:
            return 0
        with held:
            there = self._store.listing_of(held).entries
            gone = _to_remove(there, wanted, self._listing.entries)
            if not gone:
                return 0
            try:
                keep(held, without(gone, os.fstat(held.descriptor).st_size))
            except OSError as error:
                if journal_of(self._path).exists():
                    raise
                # No traceback: the cause is the disk's, not a place in our code.
                _logger.error("could not rewrite %s: %s", self._path, error.strerror)  # noqa: TRY400
                return len(gone)
        return 0


class MboxContent:
    """A message of an mbox, copied, that is open for reading."""

    __slots__ = ("_file", "_stored_octets")

    def __init__(self, descriptor: int, entry: Entry) -> None:
        """Copy a message from an mbox that is locked."""
        self._stored_octets = entry.end - entry.begin
        self._file = tempfile.SpooledTemporaryFile(IN_MEMORY_OCTETS_MAX)  # noqa: SIM115  # `close`.
        for chunk in chunks(descriptor, entry.begin, entry.end):
            self._file.write(chunk)
        self._file.seek(0)

    @property
    def stored_octets(self) -> int:
        """The size as stored."""
        return self._stored_octets

    def read(self, size_octets: int, /) -> bytes:
        """Read on, at most that many octets; empty at the end."""
        return self._file.read(size_octets)

    def close(self) -> None:
        """Let go of the copy; closing it again does nothing."""
        self._file.close()


def _recovered(held: HeldMbox) -> HeldMbox:
    """Finish what a crash has left undone, or let go."""
    try:
        recover(held)
    except BaseException:
        held.release()
        raise
    return held


def _found(there: Sequence[Entry], wanted: Entry) -> Entry | None:
    """Find a message again: that copy of it, or the last one before it that is left."""
    copies = [entry for entry in there if entry.digest == wanted.digest]
    return copies[min(wanted.copy, len(copies) - 1)] if copies else None


def _to_remove(
    there: Sequence[Entry], wanted: Sequence[Entry], seen: Sequence[Entry]
) -> Sequence[Entry]:
    """Say which messages are to go, so that as many copies stay as the client has left.

    When another program has removed a copy, nobody can say which of them: what is wanted less what
    is gone already then goes.
    """
    copies_seen = Counter(entry.digest for entry in seen)
    copies_there = Counter(entry.digest for entry in there)
    copies_wanted: dict[str, set[int]] = {}
    for entry in wanted:
        copies_wanted.setdefault(entry.digest, set()).add(entry.copy)
    for digest, numbers in copies_wanted.items():
        lost = copies_seen[digest] - copies_there[digest]
        if lost > 0:
            copies_wanted[digest] = set(range(max(0, len(numbers) - lost)))
    return [entry for entry in there if entry.copy in copies_wanted.get(entry.digest, ())]


def _is_beside_an_mbox(name: str) -> bool:
    """Say whether a mailbox of that name would be taken for a lock or a journal."""
    return name.endswith(".lock") or (name.startswith(".") and ".requite-" in name)
