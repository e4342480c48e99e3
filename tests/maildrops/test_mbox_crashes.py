"""However the rewriting of an mbox ends, no message is lost or doubled.

Decides that every call that changes a file can be the last one: the process is killed before it, or
in the middle of a write, mail is appended or not, and the next to lock the mbox may be killed too.
Refuses to test what a disk forgets when the machine fails: that is what fsync is called for.
"""

import os
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from maildrops.mboxes import append, kept_as, letters_of
from requite.pop3.maildrops.contract import KINDS
from requite.pop3.maildrops.mbox import LOCKS_BY_DEFAULT
from requite.pop3.maildrops.mbox._format import scan, without
from requite.pop3.maildrops.mbox._locks import HeldMbox, hold
from requite.pop3.maildrops.mbox._rewrite import journal_of, keep, recover

LETTERS: Final = [kept_as(stored) for kind, stored in KINDS.items() if kind != "a line of 1 MB"]
REMOVED: Final = (1, 2, 5, 9, len(LETTERS) - 1)
LEFT: Final = [letter for index, letter in enumerate(LETTERS) if index not in REMOVED]
LATE: Final = (b"Subject: late\n\nlate\n", b"Subject: later\n\n" + b"later\n" * 99)

CHANGING: Final = ("pwrite", "ftruncate", "fsync", "replace", "unlink", "link", "open")
"""The calls that change what is on the disk, or begin to."""

CALLS_MAX: Final = 99


class Calls:
    """Counts the calls that change a file, and has something happen at one of them."""

    def __init__(self, at: int, happen: Callable[[], None]) -> None:
        self.count = 0
        self._at = at
        self._happen = happen
        self._pwrite = os.pwrite

    def wrapped(self, name: str) -> Callable[..., object]:
        """Give a call that counts."""
        really = getattr(os, name)

        def call(*arguments: object, **named: object) -> object:
            self.count += 1
            if self.count == self._at:
                if name == "pwrite":
                    self._half(*arguments)
                self._happen()
            return really(*arguments, **named)

        return call

    def _half(self, *arguments: object) -> None:
        descriptor, octets, at = arguments
        assert isinstance(descriptor, int)
        assert isinstance(octets, memoryview)
        assert isinstance(at, int)
        self._pwrite(descriptor, octets[: len(octets) // 2], at)


@contextmanager
def disturbed(at: int, happen: Callable[[], None]) -> Iterator[Calls]:
    """Have something happen at the n-th call that changes a file."""
    calls = Calls(at, happen)
    with pytest.MonkeyPatch.context() as patched:
        for name in CHANGING:
            patched.setattr(os, name, calls.wrapped(name))
        yield calls


def die() -> None:
    """End this process as nothing can be done about."""
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    """Fail as a disk does."""
    raise OSError(5, "Input/output error")


def survives(work: Callable[[], None], *, killed_at: int) -> bool:
    """Do something in a process that is killed at a call; say whether it ended before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # The child uses no thread of ours.
        child = os.fork()
    if child == 0:
        try:
            with disturbed(killed_at, die):
                work()
        except BaseException:  # noqa: BLE001  # Nothing of the test may go on in the child.
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status in {0, signal.SIGKILL}, f"expected an end or a kill, found {status}"
    return status == 0


def locked(path: Path) -> HeldMbox:
    """Lock an mbox."""
    held = hold(path, LOCKS_BY_DEFAULT)
    assert isinstance(held, HeldMbox)
    return held


def remove(path: Path) -> None:
    """Remove what `REMOVED` says, as a commit does."""
    with locked(path) as held:
        entries = scan(held.descriptor)
        gone = [entries[index] for index in REMOVED]
        keep(held, without(gone, os.fstat(held.descriptor).st_size))


def finish(path: Path) -> None:
    """Lock an mbox, and finish what was left undone."""
    with locked(path) as held:
        recover(held)


def filled(path: Path) -> Path:
    """Make an mbox that holds every kind of message."""
    path.unlink(missing_ok=True)
    for letter in LETTERS:
        append(path, letter)
    return path


def is_told_truly(found: list[bytes], late: list[bytes]) -> bool:
    """Say whether an mbox holds all that was there before, or all but what was removed."""
    return found in (LETTERS + late, LEFT + late)


def test_an_undisturbed_commit_is_many_calls(tmp_path: Path) -> None:
    """The rewriting that is disturbed below has calls to be disturbed at, and does its work."""
    path = filled(tmp_path / "alice")
    with disturbed(0, die) as calls:
        remove(path)

    assert calls.count > len(CHANGING)
    assert letters_of(path) == LEFT


@pytest.mark.parametrize("late", [(), LATE[:1], LATE], ids=len)
def test_a_kill_at_any_call_loses_and_doubles_nothing(
    tmp_path: Path, late: tuple[bytes, ...]
) -> None:
    """After a kill at any call, mail that came then, and a recovery, each message is there once."""
    path = tmp_path / "alice"
    for call in range(1, CALLS_MAX):
        filled(path)
        survived = survives(lambda: remove(path), killed_at=call)
        for stored in late:
            append(path, stored)
        finish(path)

        assert is_told_truly(letters_of(path), list(late)), f"call {call}"
        assert not journal_of(path).exists()
        if survived:
            break
    else:
        pytest.fail("expected an end of the calls")


def test_a_second_kill_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """After a kill at any call and one of the recovery at any call, each message is there once."""
    path = tmp_path / "alice"
    outcomes = set()
    for first in range(3, CALLS_MAX, 2):
        done = False
        for second in range(2, CALLS_MAX, 3):
            filled(path)
            done = survives(lambda: remove(path), killed_at=first)
            append(path, LATE[0])
            recovered = survives(lambda: finish(path), killed_at=second)
            append(path, LATE[1])
            finish(path)

            found = letters_of(path)
            assert is_told_truly(found, list(LATE)), f"calls {first} and {second}"
            outcomes.add(len(found))
            if recovered:
                break
        if done:
            break

    assert outcomes == {len(LEFT) + len(LATE), len(LETTERS) + len(LATE)}


def test_an_error_at_any_call_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Where a call fails, either nothing was removed or the next to lock it removes it."""
    path = tmp_path / "alice"
    for call in range(1, CALLS_MAX):
        filled(path)
        with disturbed(call, fail) as calls:
            try:
                remove(path)
            except OSError:
                decided = journal_of(path).exists()
                was_cut = letters_of(path) == LEFT
            else:
                decided = was_cut = True
        append(path, LATE[0])
        finish(path)

        found = letters_of(path)
        assert found == (LEFT if decided or was_cut else LETTERS) + [LATE[0]], f"call {call}"
        if calls.count < call:
            break
    else:
        pytest.fail("expected an end of the calls")


def test_a_journal_is_not_applied_to_another_mbox(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Where another program has put a new file in its place, that stays, and the log says so."""
    path = filled(tmp_path / "alice")
    call = 0
    while not journal_of(path).exists():
        call += 1
        assert not survives(lambda: remove(path), killed_at=call)
    other = tmp_path / "other"
    larger = [LATE[1]] * 20
    for stored in larger:
        append(other, stored)
    assert other.stat().st_size > path.stat().st_size
    other.replace(path)
    finish(path)

    assert letters_of(path) == larger
    assert str(journal_of(path)) in caplog.text


def test_a_journal_is_not_applied_to_a_shorter_mbox(tmp_path: Path) -> None:
    """Where another program has emptied the mbox meanwhile, it stays empty."""
    path = filled(tmp_path / "alice")
    call = 0
    while not journal_of(path).exists():
        call += 1
        assert not survives(lambda: remove(path), killed_at=call)
    path.write_bytes(b"")
    finish(path)

    assert path.read_bytes() == b""


@pytest.mark.parametrize("head", [b"", b"X{}", b'W{"version": 2}', b'W{"version": 1}'])
def test_a_journal_of_another_program_stops_everything(tmp_path: Path, head: bytes) -> None:
    """What is no journal of ours is neither applied nor removed."""
    path = filled(tmp_path / "alice")
    journal_of(path).write_bytes(head)

    with pytest.raises(OSError, match="no journal of this program"):
        finish(path)
    assert (letters_of(path), journal_of(path).read_bytes()) == (LETTERS, head)
