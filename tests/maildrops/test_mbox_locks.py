"""The locks of an mbox keep other programs out, and theirs keep us out.

Decides that real programs agree: dotlockfile and the kernel's locks of another process. Refuses to
wait for any lock.
"""

import fcntl
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from maildrops.mboxes import append
from requite.pop3.maildrops.mbox import LOCKS_BY_DEFAULT, MboxLock, _locks
from requite.pop3.maildrops.mbox._locks import HeldMbox, hold, is_held, reading_locks
from requite.pop3.services import Busy

PROGRAM_OF = {
    MboxLock.FCNTL: "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'r+b'), {})",
    MboxLock.FLOCK: "import fcntl, sys; fcntl.flock(open(sys.argv[1], 'r+b'), {})",
}
ENDED_PROCESS = 4_194_304 + 1  # Linux has no higher process id than 2 to the power of 22.


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give an mbox with a message."""
    append(tmp_path / "alice", b"a\n")
    return tmp_path / "alice"


def held(path: Path, locks: Sequence[MboxLock] = LOCKS_BY_DEFAULT) -> HeldMbox:
    """Take locks that are free."""
    taken = hold(path, locks)
    assert isinstance(taken, HeldMbox)
    return taken


def another_gets(path: Path, lock: MboxLock) -> bool:
    """Say whether another process can take a lock at once."""
    if lock is MboxLock.DOTLOCK:
        order = ["dotlockfile", "-r", "0", "-l", f"{path}.lock"]
    else:
        program = PROGRAM_OF[lock].format("fcntl.LOCK_EX | fcntl.LOCK_NB")
        order = [sys.executable, "-c", program, str(path)]
    return subprocess.run(order, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("lock", MboxLock)
def test_what_is_held_keeps_another_program_out(path: Path, lock: MboxLock) -> None:
    """Each of the locks is the one that other programs mean."""
    with held(path, [lock]):
        assert not another_gets(path, lock)

    assert another_gets(path, lock)


@pytest.mark.parametrize("lock", [MboxLock.FCNTL, MboxLock.FLOCK])
def test_a_lock_that_is_not_named_is_not_taken(path: Path, lock: MboxLock) -> None:
    """Each lock can be left out."""
    with held(path, [other for other in MboxLock if other is not lock]):
        assert another_gets(path, lock)


def test_a_lock_file_that_is_not_named_is_not_made(path: Path) -> None:
    """Without dotlock no file is made beside the mbox."""
    with held(path, [MboxLock.FCNTL, MboxLock.FLOCK]):
        assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("lock", PROGRAM_OF)
def test_what_another_program_holds_is_busy(path: Path, lock: MboxLock) -> None:
    """While another process holds a lock of the kernel, ours is refused, and nothing is left."""
    program = f"{PROGRAM_OF[lock].format('fcntl.LOCK_EX')}; print(flush=True); input()"
    # The file stays open, and so locked, for as long as the name of a temporary keeps it.
    program = program.replace("open(", "(kept := open(", 1).replace("'r+b')", "'r+b'))", 1)
    with subprocess.Popen(
        [sys.executable, "-c", program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert hold(path, [lock, MboxLock.DOTLOCK]) == Busy()
        assert hold(path, [MboxLock.DOTLOCK, lock]) == Busy()
        other.communicate(b"\n")

    assert list(path.parent.iterdir()) == [path]
    held(path).release()


def test_two_sessions_of_one_process_exclude_each_other(path: Path) -> None:
    """A second session is refused; that it closes the file takes nothing from the first."""
    for lock in MboxLock:
        with held(path, [lock]):
            assert hold(path, [lock]) == Busy()
            assert not another_gets(path, lock)


def test_readers_share_the_locks_of_the_kernel(path: Path) -> None:
    """Two readers hold an mbox at once, and no writer beside them."""
    locks = reading_locks(tuple(MboxLock))
    first = hold(path, locks, shared=True)
    second = hold(path, locks, shared=True)
    assert isinstance(first, HeldMbox)
    assert isinstance(second, HeldMbox)

    assert hold(path, [MboxLock.FCNTL]) == hold(path, [MboxLock.FLOCK]) == Busy()
    first.release()
    second.release()


def test_a_lock_file_alone_is_for_readers_too() -> None:
    """Where dotlock is all there is, readers take it."""
    assert reading_locks([MboxLock.DOTLOCK]) == (MboxLock.DOTLOCK,)


@pytest.mark.parametrize(
    ("text", "age_s", "stale"),
    [
        (f"{ENDED_PROCESS}:{socket.gethostname()}", 0, True),
        (f"{os.getpid()}:{socket.gethostname()}:0", 0, True),
        (f"{os.getppid()}:{socket.gethostname()}", 0, False),
        (f"{ENDED_PROCESS}:elsewhere.example.org", 0, False),
        (f"{ENDED_PROCESS}", 0, False),
        ("0", 0, False),
        ("", 0, False),
        ("", 299, False),
        ("", 302, True),
        (f"{os.getppid()}:{socket.gethostname()}", 302, True),
    ],
)
def test_a_stale_lock_file_locks_nobody_out(
    path: Path, text: str, age_s: int, *, stale: bool
) -> None:
    """A lock file counts if it is young and its process is not known to be gone."""
    dotlock = Path(f"{path}.lock")
    dotlock.write_text(text)
    made_s = dotlock.stat().st_mtime - age_s
    os.utime(dotlock, (made_s, made_s))
    taken = hold(path, LOCKS_BY_DEFAULT)

    assert isinstance(taken, HeldMbox) == stale
    if isinstance(taken, HeldMbox):
        taken.release()
    assert dotlock.exists() != stale


def test_a_replaced_mbox_is_not_taken(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another program renames a new file into place meanwhile, the old one is let go."""
    really = fcntl.flock

    def replace(descriptor: int, mode: int) -> None:
        append(path.with_name("new"), b"b\n")
        path.with_name("new").replace(path)
        really(descriptor, mode)

    with monkeypatch.context() as patched:
        patched.setattr(fcntl, "flock", replace)
        assert hold(path, [MboxLock.FLOCK]) == Busy()

    held(path, [MboxLock.FLOCK]).release()


def test_no_mbox_is_no_lock(path: Path) -> None:
    """Where there is no mbox there is nothing to hold, and no lock file is made."""
    path.unlink()

    assert hold(path, LOCKS_BY_DEFAULT) is None
    assert list(path.parent.iterdir()) == []


def test_a_directory_is_no_mbox(path: Path) -> None:
    """What is no file is an error, and nobody waits for a named pipe."""
    path.unlink()
    os.mkfifo(path)

    with pytest.raises(OSError, match="expected a file"):
        hold(path, LOCKS_BY_DEFAULT)


def test_a_lock_file_that_cannot_be_removed_becomes_stale(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where releasing fails, the next session of this process gets in all the same."""
    first = held(path)

    def refuse(_: Path) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)
        first.release()
    assert Path(f"{path}.lock").exists()

    held(path).release()


def test_the_disk_has_the_text_of_a_lock_file_before_its_name(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loss of power leaves no empty lock file, of which nobody knows whose it is."""
    really_sync, really_link = os.fsync, os.link
    calls: list[str] = []

    def sync(descriptor: int) -> None:
        calls.append(f"sync of {os.fstat(descriptor).st_size > 0}")
        really_sync(descriptor)

    def link(source: Path, target: Path) -> None:
        calls.append("link")
        really_link(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", sync)
        patched.setattr(os, "link", link)
        held(path, [MboxLock.DOTLOCK]).release()

    assert calls == ["sync of True", "link"]


@pytest.mark.parametrize("lock", MboxLock)
def test_who_only_asks_makes_no_file(
    path: Path, lock: MboxLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether another holds an mbox is found out without a lock file, for which a disk waits."""
    with held(path, [lock]):
        assert is_held(path, [lock])

    monkeypatch.setattr(os, "link", None)
    assert not is_held(path, [lock])
    assert list(path.parent.iterdir()) == [path]


def test_a_stale_lock_file_holds_nothing(path: Path) -> None:
    """Who asks is told that the mbox is free, as who takes it would find it."""
    Path(f"{path}.lock").write_text(f"{ENDED_PROCESS}:{socket.gethostname()}")

    assert not is_held(path, LOCKS_BY_DEFAULT)


def test_a_full_disk_keeps_nobody_out(path: Path) -> None:
    """Where there is no room for the content of a lock file it is empty, and keeps others out."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        taken = hold(path, LOCKS_BY_DEFAULT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert isinstance(taken, HeldMbox)
    with taken:
        assert Path(f"{path}.lock").read_bytes() == b""
        assert not another_gets(path, MboxLock.DOTLOCK)
    assert list(path.parent.iterdir()) == [path]


def test_no_link_in_the_place_of_a_lock_file_is_followed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may write to the spool cannot have a file elsewhere written over."""
    elsewhere = path.with_name("elsewhere")
    elsewhere.write_text("precious")
    with monkeypatch.context() as patched:
        patched.setattr(_locks, "_numbers", iter([0]))
        path.with_name(f".{path.name}.lock.{os.getpid()}.0").symlink_to(elsewhere)
        assert hold(path, LOCKS_BY_DEFAULT) == Busy()

    assert elsewhere.read_text() == "precious"
    held(path).release()
