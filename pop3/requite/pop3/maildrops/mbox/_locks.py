"""Lock an mbox against the programs that deliver to it and read it.

Decides in which order the usual locks are taken, what a stale lock file is, and that the file that
was locked is the one that stands there. Refuses to wait: a lock that somebody holds is an answer.
"""

import errno
import fcntl
import os
import socket
import stat
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Final, Self

from requite.pop3.services import Busy

__all__ = ("LOCKS_BY_DEFAULT", "HeldMbox", "MboxLock", "hold", "is_held", "reading_locks")


class MboxLock(StrEnum):
    """One of the ways in which programs lock an mbox (mbox(5))."""

    FCNTL = "fcntl"
    """fcntl(2), as an open file description's own lock: a POSIX lock would be lost as soon as
    any session of this process closed the same file."""
    FLOCK = "flock"
    """flock(2), as programs from BSD do."""
    DOTLOCK = "dotlock"
    """A file of the same name with .lock after it, which is there while the mbox is locked."""


LOCKS_BY_DEFAULT: Final = (MboxLock.FCNTL, MboxLock.DOTLOCK)
"""Debian Policy 11.6: fcntl() first and dot locking after this. So do Postfix, procmail and, in
Debian, Dovecot (`mbox_write_locks = fcntl dotlock`)."""

STALE_S: Final = 300
"""How old a lock file is that nobody holds any more: 5 minutes, as lockfile_create(3) says."""

FLOCK_STRUCT: Final = "@hhqqi0q"
"""struct flock (fcntl_locking(2)): type, whence, start, length and process, 0 for OFD locks."""

_numbers = count(1)
_held_numbers: set[str] = set()
"""The numbers of the lock files that sessions of this process hold."""


class HeldMbox:
    """An mbox that is open and locked; closing it is the release."""

    __slots__ = ("_dotlock", "descriptor", "path")

    def __init__(self, path: Path, descriptor: int, dotlock: "_Dotlock | None") -> None:
        """Own a descriptor that is locked, and a lock file where there is one."""
        self.path = path
        self.descriptor = descriptor
        self._dotlock = dotlock

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Let go of every lock; the lock file goes first, in the opposite order of taking."""
        if self._dotlock is not None:
            self._dotlock.release()
        os.close(self.descriptor)


@dataclass(frozen=True, slots=True)
class _Dotlock:
    """A lock file that this process has made."""

    path: Path
    number: str
    """What tells it from those that this process made before."""

    def release(self) -> None:
        """Remove it. If that fails, it counts as stale from now on."""
        with suppress(OSError):
            self.path.unlink()
        _held_numbers.discard(self.number)


def reading_locks(locks: Sequence[MboxLock]) -> tuple[MboxLock, ...]:
    """Say which locks suffice for reading: those of the kernel, as Dovecot does, if there are any.

    Dovecot's `mbox_read_locks` is fcntl alone: a lock file cannot be shared by readers.
    """
    return tuple(lock for lock in locks if lock is not MboxLock.DOTLOCK) or tuple(locks)


def hold(path: Path, locks: Sequence[MboxLock], *, shared: bool = False) -> HeldMbox | Busy | None:
    """Open and lock an mbox, or say that another program holds it; None if there is none.

    Args:
        path: the mbox.
        locks: which locks, in this order.
        shared: other readers may hold it too, as far as a lock can be shared.

    Raises:
        OSError: it is no file, or cannot be opened or locked.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    dotlock: _Dotlock | None = None
    try:
        _check_file(descriptor, path)
        for lock in locks:
            if lock is MboxLock.DOTLOCK:
                dotlock = _make_dotlock(path)
            else:
                _lock_descriptor(descriptor, lock, shared=shared)
        _check_place(descriptor, path)
    except BaseException as error:
        HeldMbox(path, descriptor, dotlock).release()
        if isinstance(error, BlockingIOError):
            return Busy()
        raise
    return HeldMbox(path, descriptor, dotlock)


def is_held(path: Path, locks: Sequence[MboxLock]) -> bool:
    """Say whether another program holds an mbox just now; no file is made, and no disk waited for.

    Readers count as nobody, as far as a lock can be shared.

    Raises:
        OSError: it is no file, or cannot be opened or locked.
    """
    kernels = [lock for lock in locks if lock is not MboxLock.DOTLOCK]
    held = hold(path, kernels, shared=True)
    if not isinstance(held, HeldMbox):
        return held is not None
    with held:
        return MboxLock.DOTLOCK in locks and not _is_stale(_dotlock_of(path))


def _lock_descriptor(descriptor: int, lock: MboxLock, *, shared: bool) -> None:
    """Take a lock of the kernel.

    Raises:
        BlockingIOError: somebody holds it.
    """
    if lock is MboxLock.FLOCK:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        return
    kind = fcntl.F_RDLCK if shared else fcntl.F_WRLCK
    whole_file = struct.pack(FLOCK_STRUCT, kind, os.SEEK_SET, 0, 0, 0)
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, whole_file)
    except PermissionError as error:  # fcntl(2): EACCES or EAGAIN, as the system likes.
        raise BlockingIOError(errno.EAGAIN, "another program holds it") from error


def _check_file(descriptor: int, path: Path) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise OSError(errno.EINVAL, "expected a file, found something else", str(path))


def _check_place(descriptor: int, path: Path) -> None:
    """Refuse what was locked if the path names another file by now: it is nobody's mbox."""
    try:
        is_same = os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        is_same = False
    if not is_same:
        raise BlockingIOError(errno.EAGAIN, "another program has replaced it")


def _make_dotlock(path: Path) -> _Dotlock:
    """Make the lock file, by a link as mbox(5) says, so that it works over NFS.

    The disk has its text before it has its name: a loss of power would otherwise leave it empty,
    and nobody could tell that its process is gone.

    Raises:
        BlockingIOError: somebody holds it.
    """
    made_by = _Dotlock(_dotlock_of(path), f"{next(_numbers)}")
    made = path.with_name(f".{path.name}.lock.{os.getpid()}.{made_by.number}")
    text = f"{os.getpid()}:{socket.gethostname()}:{made_by.number}\n"
    _held_numbers.add(made_by.number)
    try:
        _write_maker(made, text)
        _link(made, made_by.path)
    except BaseException as error:
        _held_numbers.discard(made_by.number)
        if isinstance(error, FileExistsError):
            raise BlockingIOError(errno.EAGAIN, "another program holds it") from error
        raise
    finally:
        with suppress(OSError):
            made.unlink()
    return made_by


def _dotlock_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


def _write_maker(made: Path, text: str) -> None:
    """Write who makes a lock file; on a full disk it stays empty, and holds all the same.

    Reading needs no room, so a disk that is full must not keep the owner of the mail out. No file
    that is there already is written over, nor one that a link in its place points to.
    """
    with made.open("xb", buffering=0) as file:
        try:
            file.write(text.encode())
            os.fsync(file.fileno())
        except OSError:
            file.truncate(0)


def _link(made: Path, dotlock: Path) -> None:
    """Give the lock file its name; one that is stale goes first."""
    try:
        dotlock.hardlink_to(made)
    except FileExistsError:
        if not _is_stale(dotlock):
            raise
        # Who else takes it for stale holds the kernel's lock first, as we do: one at a time.
        dotlock.unlink(missing_ok=True)
        dotlock.hardlink_to(made)


def _is_stale(dotlock: Path) -> bool:
    """Say whether nobody holds a lock file any more.

    A process is looked for only where the file names this host, as ours and Dovecot's do: on a
    shared file system the same number is another process elsewhere (lockfile_create(3)).
    """
    try:
        age_s = time.time() - dotlock.stat().st_mtime
        text = dotlock.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return True
    process, host, number = (*text.strip().split(":"), "", "")[:3]
    if host == socket.gethostname() and process.isdecimal():
        is_ours = int(process) == os.getpid()
        if number not in _held_numbers if is_ours and number else not _runs(int(process)):
            return True
    return age_s > STALE_S


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
