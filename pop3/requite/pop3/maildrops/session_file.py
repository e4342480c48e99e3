"""Take and honour the session lock of Dovecot's POP3 server: a file in each Maildir.

Decides when that file is held, when it is stale, and that ours is removed on every way out. What
Dovecot does is in its file-dotlock.c and in pop3-client.c, read in 2.3.19: with
`pop3_lock_session` it makes `dovecot-pop3-session.lock` in the root of the indexes, which is the
Maildir unless `INDEX=` says otherwise; in it stands `pid:hostname`. Refuses to keep two of our own
processes apart: `lock` does that, without a file.
"""

import logging
import os
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from requite.pop3.errors import InvariantBroken
from requite.pop3.maildrops.holders import process_text

__all__ = ("FILE_NAME", "STALE_S", "SessionFile", "SessionFiles", "holders_of")

FILE_NAME: Final = "dovecot-pop3-session.lock"
STALE_S: Final = 300.0
"""After so many seconds without a change Dovecot overrides what no process of this host holds
(POP3_SESSION_DOTLOCK_STALE_TIMEOUT_SECS)."""
TOUCH_S: Final = 60.0
"""Seconds between two touches of what we hold, so that other hosts see that we live; Dovecot does
it each 300 s, the very time after which it is overridden. Chosen as a fifth of that."""
CONTENT_OCTETS_MAX: Final = 511
"""As much as Dovecot reads."""
TRIES: Final = 3
"""How often a file that others make and remove meanwhile is looked at before it counts as held."""

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Held:
    """A file of ours, and how many sessions stand on it."""

    inode: int
    sessions: int = 0


class SessionFile:
    """The proof that a session has a part in a file that keeps Dovecot's sessions out."""

    __slots__ = ("_files", "_path")

    def __init__(self, files: "SessionFiles", path: str) -> None:
        """Stand for one session that has been counted already."""
        self._files: SessionFiles | None = files
        self._path = path

    def release(self) -> None:
        """Give it back, at once and without fail; the last one removes the file.

        Raises:
            InvariantBroken: it was released before.
        """
        files, self._files = self._files, None
        if files is None:
            raise InvariantBroken("a session file was released twice")
        files.leave(self._path)


class SessionFiles:
    """The files that this process holds; sessions that share a maildrop share its file."""

    def __init__(self) -> None:
        """Begin with none; a thread that touches them is there once there is one."""
        self._held: dict[str, _Held] = {}
        self._guard = threading.Lock()
        self._closed = threading.Event()
        self._toucher: threading.Thread | None = None

    def take(self, directory: Path) -> SessionFile | None:
        """Take the file of a Maildir, or give None while somebody else holds it.

        Raises:
            OSError: it can be neither made nor looked at.
        """
        path = f"{directory}/{FILE_NAME}"
        with self._guard:
            held = self._held.get(path)
            if held is None:
                inode = _make(path)
                if inode is None:
                    return None
                held = self._held[path] = _Held(inode)
            held.sessions += 1
        self._touch_from_now_on()
        return SessionFile(self, path)

    def leave(self, path: str) -> None:
        """Count one session less, and remove the file after the last; says so if that fails."""
        with self._guard:
            held = self._held[path]
            held.sessions -= 1
            if held.sessions:
                return
            del self._held[path]
            _remove(path, held.inode)

    def touch(self) -> None:
        """Let every file that is held look as new as it is."""
        with self._guard:
            paths = tuple(self._held)
        for path in paths:
            try:
                os.utime(path, follow_symlinks=False)
            except OSError as error:
                _logger.warning("%r could not be touched: %s", path, error.strerror)

    def close(self) -> None:
        """Let go of the thread; no session may follow."""
        self._closed.set()
        if self._toucher is not None:
            self._toucher.join()

    def _touch_from_now_on(self) -> None:
        if self._toucher is None:
            self._toucher = threading.Thread(
                target=self._touch_by_and_by, name="requite-session-files", daemon=True
            )
            self._toucher.start()

    def _touch_by_and_by(self) -> None:
        while not self._closed.wait(TOUCH_S):
            self.touch()


def holders_of(directory: Path) -> tuple[str, ...]:
    """Name who holds the file of a Maildir, as it says itself.

    Raises:
        OSError: it is gone, or cannot be read.
    """
    owner = _owner(f"{directory}/{FILE_NAME}")
    if owner is None:
        return (f"whoever made {FILE_NAME}",)
    pid, host = owner
    who = process_text(pid) if host == socket.gethostname() else f"process {pid} of {host}"
    return (f"{who} by {FILE_NAME}",)


# --- making and removing -------------------------------------------------------------------------


def _make(path: str) -> int | None:
    """Make the file and give its inode, or None while somebody else holds it."""
    for _ in range(TRIES):
        try:
            status = os.lstat(path)
        except FileNotFoundError:
            status = None
        if status is not None and not _is_stale(path, status):
            return None
        if status is not None:
            _logger.warning("%r is stale: whoever made it is gone; taking it over", path)
            _take_away(path, status)
        with suppress(FileExistsError):
            return _link(path)
    return None


def _link(path: str) -> int:
    """Let the file appear with its content, never without: who reads it needs the number.

    Raises:
        FileExistsError: somebody else was faster.
    """
    temporary = _temporary(path)
    # A process of our number may have been killed in the middle of this.
    Path(temporary).unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        _write_ourselves(descriptor)
        inode = os.fstat(descriptor).st_ino
        os.link(temporary, path)
    finally:
        os.close(descriptor)
        Path(temporary).unlink()
    return inode


def _write_ourselves(descriptor: int) -> None:
    """Write who makes a file; on a full disk it stays empty, as Dovecot leaves it, and holds.

    Who deletes mail makes room: a disk that is full must not keep its owner out.
    """
    try:
        os.write(descriptor, ":".join(map(str, _ourselves())).encode())
    except OSError:
        os.ftruncate(descriptor, 0)


def _temporary(path: str) -> str:
    """Name a file beside it that no other process uses, as Dovecot names its own."""
    return f"{Path(path).parent}/.temp.{socket.gethostname()}.{os.getpid()}.requite"


def _take_away(path: str, seen: os.stat_result) -> None:
    """Remove a stale file, and put back what has come in its place meanwhile."""
    aside = _temporary(path)
    try:
        Path(path).rename(aside)
    except FileNotFoundError:
        return
    status = os.lstat(aside)
    # The number alone may be that of a file that is gone, given out again.
    if (status.st_ino, status.st_mtime_ns) != (seen.st_ino, seen.st_mtime_ns):
        with suppress(FileExistsError):
            os.link(aside, path, follow_symlinks=False)
    Path(aside).unlink()


def _remove(path: str, inode: int) -> None:
    """Remove a file of ours, unless another has taken its place."""
    try:
        if os.lstat(path).st_ino == inode and _owner(path) in {None, _ourselves()}:
            Path(path).unlink()
            return
        reason = "another has taken its place"
    except OSError as error:
        reason = error.strerror or str(error)
    _logger.warning("%r could not be given back: %s", path, reason)


# --- who holds it --------------------------------------------------------------------------------


def _ourselves() -> tuple[int, str]:
    """Give this process and this host, as the file has them."""
    return os.getpid(), socket.gethostname()


def _owner(path: str) -> tuple[int, str] | None:
    """Read the process and the host that made a file, or give None where it does not say."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        content = os.read(descriptor, CONTENT_OCTETS_MAX).decode(errors="replace")
    finally:
        os.close(descriptor)
    pid, colon, host = content.removesuffix("\n").partition(":")
    if not colon or not (pid.isascii() and pid.isdecimal() and int(pid)):
        return None
    return int(pid), host


def _is_stale(path: str, status: os.stat_result) -> bool:
    """Say whether nobody holds a file, by Dovecot's rules but for one.

    A process of this host holds it for as long as it lives. Dovecot believes so too when another
    process has got the number of one that was killed; here what has long not been touched, and is
    older than that process, is stale.
    """
    now = time.time()
    # As Dovecot: the later one of the two, unless a modification time lies in the future.
    changed = max(status.st_ctime, status.st_mtime if status.st_mtime <= now else 0.0)
    too_old = now > changed + STALE_S
    try:
        owner = _owner(path)
    except FileNotFoundError:
        return False  # It has just been given back; it is looked at anew.
    except OSError:
        owner = None
    if owner is None or owner[1] != socket.gethostname():
        return too_old
    pid, _ = owner
    if owner == _ourselves() or not _is_alive(pid):
        return True
    return now > changed + 2 * STALE_S and _began(pid) > changed


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _began(pid: int) -> float:
    """Give when a process began, by this machine's clock, or 0.0 where that is not told.

    Its 22nd field says so, in ticks since the machine began (proc_pid_stat(5)).
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0.0
    ticks = int(text.rpartition(")")[2].split()[19])
    age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    return time.time() - age_s
