"""The file of Dovecot's session lock: when it is held, when it is stale, and that ours goes.

Decides that no file locks a mailbox for ever, and that none of another's is removed while it is
good. Refuses to ask Dovecot itself, which the tests beside it do.
"""

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from requite.pop3.errors import InvariantBroken
from requite.pop3.maildrops import session_file
from requite.pop3.maildrops.beside_dovecot import BesideDovecot, BothLocks
from requite.pop3.maildrops.maildir import MaildirMaildrops
from requite.pop3.maildrops.paths import MailboxPath
from requite.pop3.maildrops.session_file import FILE_NAME, STALE_S, SessionFile, SessionFiles
from requite.pop3.names import MailboxName
from requite.pop3.services import Busy, Unusable

ALICE: Final = MailboxName("alice")
HOST: Final = socket.gethostname()
NO_PROCESS: Final = 2**22 + 1
"""More than any kernel numbers (PID_MAX_LIMIT, proc_sys_kernel(5))."""


@pytest.fixture
def files() -> Iterator[SessionFiles]:
    """Give the files of this process."""
    made = SessionFiles()
    yield made
    made.close()


@pytest.fixture
def others() -> Iterator[SessionFiles]:
    """Give a second set, as another server has them."""
    made = SessionFiles()
    yield made
    made.close()


@pytest.fixture
def living() -> Iterator[int]:
    """Give the number of another process that lives."""
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        yield process.pid
        process.kill()


def left_behind(maildir: Path, content: str, *, age_s: float = 0.0) -> Path:
    """Write the file as another program does."""
    path = maildir / FILE_NAME
    path.write_text(content, encoding="ascii")
    changed = path.stat().st_mtime - age_s
    os.utime(path, (changed, changed))
    return path


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let the clock of this machine go on."""
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + seconds)


def taken(files: SessionFiles, maildir: Path) -> SessionFile:
    """Take the file, which must be free."""
    file = files.take(maildir)
    assert file is not None
    return file


def test_the_file_says_who_made_it_as_dovecot_writes_it(files: SessionFiles, maildir: Path) -> None:
    """It has the number of the process, a colon and the host's name, and nothing else."""
    file = taken(files, maildir)

    assert (maildir / FILE_NAME).read_text(encoding="ascii") == f"{os.getpid()}:{HOST}"
    file.release()


def test_a_release_leaves_nothing(files: SessionFiles, maildir: Path) -> None:
    """After it the Maildir has what it had before, also no temporary file."""
    before = sorted(maildir.iterdir())
    file = taken(files, maildir)
    assert len(list(maildir.iterdir())) == len(before) + 1

    file.release()

    assert sorted(maildir.iterdir()) == before


def test_sessions_that_share_a_maildrop_share_the_file(files: SessionFiles, maildir: Path) -> None:
    """The second of this process gets it too, and it goes with the last."""
    first, second = taken(files, maildir), taken(files, maildir)

    first.release()
    assert (maildir / FILE_NAME).exists()
    second.release()
    assert not (maildir / FILE_NAME).exists()


def test_a_second_release_is_a_defect(files: SessionFiles, maildir: Path) -> None:
    """Releasing twice is raised, and takes nothing from another session."""
    first, second = taken(files, maildir), taken(files, maildir)
    first.release()

    with pytest.raises(InvariantBroken, match="released twice"):
        first.release()
    assert (maildir / FILE_NAME).exists()
    second.release()


@pytest.mark.parametrize("age_s", [0.0, STALE_S + 1])
def test_a_living_process_of_this_host_holds_it_however_old_it_is(
    files: SessionFiles, maildir: Path, living: int, age_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dovecot's rule: who lives is not overridden."""
    path = left_behind(maildir, f"{living}:{HOST}")
    later(monkeypatch, age_s)

    assert files.take(maildir) is None
    assert path.read_text(encoding="ascii") == f"{living}:{HOST}"


def test_who_lives_and_is_older_than_the_file_holds_it_for_ever(
    files: SessionFiles, maildir: Path, living: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session that goes on for long is not taken for one that was killed."""
    left_behind(maildir, f"{living}:{HOST}")
    monkeypatch.setattr(session_file, "_began", lambda _: 0.0)
    later(monkeypatch, 100 * STALE_S)

    assert files.take(maildir) is None


def test_what_was_left_in_the_middle_of_making_it_is_in_nobodys_way(
    files: SessionFiles, maildir: Path
) -> None:
    """A temporary file of a process with our number is made anew, and is gone afterwards."""
    leftover = Path(session_file._temporary(f"{maildir}/{FILE_NAME}"))
    leftover.write_text("half", encoding="ascii")

    taken(files, maildir).release()

    assert not leftover.exists()


def test_a_file_that_another_has_written_its_name_into_is_not_removed(
    files: SessionFiles, maildir: Path
) -> None:
    """The number of a file alone does not make it ours: it is given out again."""
    file = taken(files, maildir)
    (maildir / FILE_NAME).write_text("1:another.example", encoding="ascii")

    file.release()

    assert (maildir / FILE_NAME).exists()


GONE: Final = (f"{NO_PROCESS}:{HOST}", f"{NO_PROCESS}:{HOST}\n", f"{2**70}:{HOST}")
UNKNOWN: Final = ("", "1", "x:y", "1:another.example", f"0:{HOST}", f"-1:{HOST}", ":")


@pytest.mark.parametrize("content", GONE)
def test_what_a_dead_process_of_this_host_left_is_taken_over_at_once(
    files: SessionFiles, maildir: Path, content: str
) -> None:
    """However new the file is, nobody is locked out by it."""
    left_behind(maildir, content)

    taken(files, maildir).release()

    assert not (maildir / FILE_NAME).exists()


def test_what_a_process_with_our_number_left_is_taken_over(
    files: SessionFiles, maildir: Path
) -> None:
    """In a container every server has the same number; Dovecot does so too."""
    left_behind(maildir, f"{os.getpid()}:{HOST}")

    taken(files, maildir).release()


@pytest.mark.parametrize("content", UNKNOWN)
def test_what_says_no_process_of_this_host_is_held_until_it_is_old(
    files: SessionFiles, maildir: Path, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dovecot's rule: what has not changed for five minutes is stale."""
    left_behind(maildir, content)
    with monkeypatch.context() as soon:
        later(soon, STALE_S - 30)
        assert files.take(maildir) is None
    later(monkeypatch, STALE_S + 30)

    taken(files, maildir).release()


def test_a_time_in_the_future_does_not_keep_it_for_ever(
    files: SessionFiles, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A modification time that has not come yet is not believed."""
    left_behind(maildir, "", age_s=-1_000_000)
    later(monkeypatch, STALE_S + 30)

    taken(files, maildir).release()


def test_a_number_that_another_process_has_got_since_locks_nobody_out(
    files: SessionFiles, maildir: Path, living: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is older than the process it names, and long not touched, is stale."""
    left_behind(maildir, f"{living}:{HOST}")
    monkeypatch.setattr(session_file, "_began", lambda _: time.time())
    assert files.take(maildir) is None

    later(monkeypatch, 2 * STALE_S + 30)

    taken(files, maildir).release()


def test_when_a_process_began_is_known(living: int) -> None:
    """It is before now and not long ago; of nobody it is not told."""
    began = session_file._began(living)

    assert time.time() - 600 < began < time.time() + 1
    assert session_file._began(NO_PROCESS) == 0.0


def test_a_file_that_came_instead_of_a_stale_one_is_put_back(
    files: SessionFiles, maildir: Path, living: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the taking over another was faster; it keeps what it has."""
    path = left_behind(maildir, f"{NO_PROCESS}:{HOST}")
    really = session_file._take_away

    def too_late(where: str, seen: os.stat_result) -> None:
        path.unlink()
        (maildir / "new-file").write_text(f"{living}:{HOST}", encoding="ascii")
        (maildir / "new-file").rename(path)
        really(where, seen)

    monkeypatch.setattr(session_file, "_take_away", too_late)

    assert files.take(maildir) is None
    assert path.read_text(encoding="ascii") == f"{living}:{HOST}"
    assert sorted(one.name for one in maildir.iterdir()) == ["cur", FILE_NAME, "new", "tmp"]


def test_a_file_of_somebody_else_is_not_removed(
    files: SessionFiles, maildir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever overrides ours keeps its own; the log says that ours was not there."""
    file = taken(files, maildir)
    (maildir / FILE_NAME).rename(maildir / "was-ours")
    left_behind(maildir, "1:another.example")

    file.release()

    assert (maildir / FILE_NAME).read_text(encoding="ascii") == "1:another.example"
    assert "another has taken its place" in caplog.text


def test_a_file_that_is_gone_is_released_all_the_same(
    files: SessionFiles, maildir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A release cannot fail; what is odd is logged."""
    file = taken(files, maildir)
    (maildir / FILE_NAME).unlink()

    file.release()

    assert "No such file" in caplog.text
    taken(files, maildir).release()


def test_a_full_disk_keeps_nobody_out(
    files: SessionFiles, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing can be written the file is empty, holds all the same, and is given back."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    file = taken(files, maildir)
    assert (maildir / FILE_NAME).read_bytes() == b""

    file.release()

    assert not (maildir / FILE_NAME).exists()


def test_what_is_held_is_touched(files: SessionFiles, maildir: Path) -> None:
    """Other hosts, who know no process of this one, see that it is not left behind."""
    file = taken(files, maildir)
    os.utime(maildir / FILE_NAME, (1, 1))

    files.touch()

    assert (maildir / FILE_NAME).stat().st_mtime > 1
    file.release()


def test_it_is_touched_by_and_by(
    files: SessionFiles, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While there is a file, a thread touches it again and again."""
    monkeypatch.setattr(session_file, "TOUCH_S", 0.001)
    again = threading.Event()
    monkeypatch.setattr(files, "touch", again.set)

    file = taken(files, maildir)

    assert again.wait(10)
    file.release()


# --- with the lock of the Maildir itself ---------------------------------------------------------


def beside(root: Path, *, exclusive: bool = True) -> BesideDovecot:
    """Serve the tree beside Dovecot."""
    path_of = MailboxPath("{mailbox}/Maildir", base=root)
    return BesideDovecot(MaildirMaildrops(path_of, exclusive=exclusive), path_of)


@pytest.fixture(params=[True, False], ids=["exclusive", "shared"])
def served(root: Path, request: pytest.FixtureRequest) -> Iterator[BesideDovecot]:
    """Give each kind of lock."""
    maildrops = beside(root, exclusive=request.param)
    yield maildrops
    maildrops.close()


def test_who_finds_the_file_held_holds_nothing(
    served: BesideDovecot, maildrops: MaildirMaildrops, maildir: Path, living: int
) -> None:
    """The Maildir's own lock is let go of again, and the answer says who holds the file."""
    left_behind(maildir, f"{living}:{HOST}")

    busy = served.lock(ALICE)

    assert isinstance(busy, Busy)
    assert busy.others is not None
    [text] = busy.others()
    assert text.startswith(f"process {living} (python")
    assert text.endswith(f") by {FILE_NAME}")
    own = maildrops.lock(ALICE)
    assert not isinstance(own, Busy | Unusable)
    own.release()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("7:another.example", f"process 7 of another.example by {FILE_NAME}"),
        ("", f"whoever made {FILE_NAME}"),
    ],
)
def test_a_holder_that_is_no_process_here_is_told_as_the_file_says(
    served: BesideDovecot, maildir: Path, content: str, told: str
) -> None:
    """A process of another host is told with its host; who wrote nothing is not known."""
    left_behind(maildir, content)
    busy = served.lock(ALICE)

    assert isinstance(busy, Busy)
    assert busy.others is not None
    assert busy.others() == (told,)


def test_a_maildir_that_nothing_can_be_written_to_is_unusable(
    served: BesideDovecot,
    maildrops: MaildirMaildrops,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The operator is told what to mend, and nothing stays locked."""

    def refuse(directory: Path) -> None:
        raise PermissionError(13, os.strerror(13), f"{directory}/{FILE_NAME}")

    monkeypatch.setattr(served._files, "take", refuse)
    answer = served.lock(ALICE)

    assert isinstance(answer, Unusable)
    assert answer.reason.endswith("Permission denied; correct its owner or mode")
    own = maildrops.lock(ALICE)
    assert not isinstance(own, Busy | Unusable)
    own.release()


def test_a_disk_that_fails_leaves_nothing_locked(
    served: BesideDovecot,
    maildrops: MaildirMaildrops,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What cannot be taken now is an error, and the Maildir's own lock is let go of."""

    def fail(_: Path) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(served._files, "take", fail)
    with pytest.raises(OSError, match="No space left"):
        served.lock(ALICE)

    own = maildrops.lock(ALICE)
    assert not isinstance(own, Busy | Unusable)
    own.release()


def test_both_are_held_and_let_go_of(
    served: BesideDovecot, maildrops: MaildirMaildrops, maildir: Path
) -> None:
    """While a session is there, neither we nor Dovecot come in; afterwards both do."""
    lock = served.lock(ALICE)
    assert isinstance(lock, BothLocks)
    assert maildrops.lock(ALICE) == Busy()
    assert (maildir / FILE_NAME).exists()

    lock.release()

    assert not (maildir / FILE_NAME).exists()
    own = maildrops.lock(ALICE)
    assert not isinstance(own, Busy | Unusable)
    own.release()


# --- a process that is killed --------------------------------------------------------------------

HOLDER = """
import os, sys
from pathlib import Path
from requite.pop3.maildrops import session_file
point = sys.argv[2]
if point != "held":
    really = getattr(os, point)
    def stop(*arguments, **options):
        if point == "link":
            really(*arguments, **options)
        print("stopped", flush=True)
        sys.stdin.read()
    setattr(os, point, stop)
files = session_file.SessionFiles()
files.take(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("point", ["write", "fstat", "link", "held"])
def test_after_sigkill_at_any_moment_the_file_is_taken_over_at_once(
    point: str, files: SessionFiles, maildir: Path
) -> None:
    """A process that is killed while it makes the file, or holds it, locks nobody out."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(maildir), point],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() in (b"held", b"stopped")
        while_it_lived = (maildir / FILE_NAME).exists() and files.take(maildir)
        holder.send_signal(signal.SIGKILL)

    assert not while_it_lived
    taken(files, maildir).release()
