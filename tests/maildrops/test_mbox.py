"""An mbox is served beside the programs that deliver to it and read it.

Decides what a session sees and removes while procmail delivers and others rewrite. Refuses to test
what the contract of every store has, how the mbox is locked, and how it is rewritten.
"""

import asyncio
import os
import subprocess
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from maildrops.mboxes import FROM_LINE, append, kept_as, letters_of
from requite.pop3.maildrops.lock import DirectoryLock
from requite.pop3.maildrops.mbox import MboxContent, MboxLock, MboxMaildrop, MboxMaildrops
from requite.pop3.maildrops.mbox import _store as store_module
from requite.pop3.maildrops.mbox._locks import HeldMbox, hold
from requite.pop3.maildrops.mbox._rewrite import journal_of
from requite.pop3.maildrops.paths import MailboxPath
from requite.pop3.names import MailboxName
from requite.pop3.services import Answer, Busy, Unusable

T = TypeVar("T")

ALICE = MailboxName("alice")
LETTER = b"Subject: a\n\na\n"
LONG_AGO_S = 1_600_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the place of alice's mbox."""
    return tmp_path / "alice"


@pytest.fixture
def maildrops(tmp_path: Path) -> Iterator[MboxMaildrops]:
    """Serve a spool, one session at a time for each mailbox."""
    served = MboxMaildrops(MailboxPath("{mailbox}", base=tmp_path))
    yield served
    served.close()


def answered(call: Callable[[], Answer[T]]) -> T:
    """Call within an event loop, and await the answer."""

    async def answer() -> T:
        given = call()
        return await given if isinstance(given, Awaitable) else given

    return asyncio.run(answer())


def opened(maildrops: MboxMaildrops) -> MboxMaildrop:
    """Take a snapshot of alice's maildrop."""
    return answered(lambda: maildrops.open(ALICE))


def read(maildrop: MboxMaildrop, number: int) -> bytes | None:
    """Read a message that is there."""
    content = answered(lambda: maildrop.read(number))
    if content is None:
        return None
    whole = content.read(content.stored_octets + 1)
    content.close()
    return whole


def uids(maildrops: MboxMaildrops) -> list[str]:
    """Give the ids of alice's messages."""
    return [message.uid for message in opened(maildrops).messages]


def deliver_by_procmail(path: Path, stored: bytes) -> None:
    """Have procmail deliver a message, as a mail server does."""
    subprocess.run(
        ["procmail", "-f", "bob@example.org", f"DEFAULT={path}", "LOCKSLEEP=1", "/dev/null"],
        input=stored,
        check=True,
    )


def test_what_procmail_delivers_is_read_to_the_octet(maildrops: MboxMaildrops, path: Path) -> None:
    """Messages that a delivery agent has appended are read as it has stored them."""
    letters = [LETTER, b"Subject: b\n\n\nFrom c\n\n\n", b"Subject: c\n\n.\n\xff"]
    for stored in letters:
        deliver_by_procmail(path, stored)
    maildrop = opened(maildrops)

    assert [read(maildrop, number) for number in (1, 2, 3)] == [
        LETTER,
        b"Subject: b\n\n\n>From c\n\n",  # Procmail adds no second empty line.
        b"Subject: c\n\n.\n\xff\n",
    ]


def test_what_procmail_delivers_during_a_session_stays(
    maildrops: MboxMaildrops, path: Path
) -> None:
    """A session that is open keeps nobody from delivering, and its commit keeps what came."""
    deliver_by_procmail(path, LETTER)
    lock = maildrops.lock(ALICE)
    maildrop = opened(maildrops)
    deliver_by_procmail(path, b"Subject: b\n\nb\n")

    assert isinstance(lock, DirectoryLock)
    assert answered(lambda: maildrop.commit([1])) == 0
    lock.release()
    assert read(opened(maildrops), 1) == b"Subject: b\n\nb\n"


def test_formail_finds_the_messages_that_are_left(maildrops: MboxMaildrops, path: Path) -> None:
    """After a commit another program finds the others, and they are what they were."""
    for number in range(5):
        deliver_by_procmail(path, f"Subject: {number}\n\n{number}\n".encode())
    maildrop = opened(maildrops)
    answered(lambda: maildrop.commit([2, 5]))
    split = subprocess.run(
        ["formail", "-s", "formail", "-zx", "Subject:"],
        input=path.read_bytes(),
        capture_output=True,
        check=True,
    )

    assert split.stdout.split() == [b"0", b"2", b"3"]


def test_a_mailbox_that_another_program_holds_is_busy(maildrops: MboxMaildrops, path: Path) -> None:
    """Who logs in while an mbox is locked is told so at once, and gets in afterwards."""
    append(path, LETTER)
    dotlock = Path(f"{path}.lock")
    dotlock.touch()
    assert maildrops.lock(ALICE) == Busy()
    dotlock.unlink()

    lock = maildrops.lock(ALICE)
    assert isinstance(lock, DirectoryLock)
    lock.release()


def test_a_reader_keeps_nobody_out(maildrops: MboxMaildrops, path: Path) -> None:
    """Who logs in while another session reads a message just then gets in."""
    append(path, LETTER)
    reader = hold(path, [MboxLock.FCNTL], shared=True)
    assert isinstance(reader, HeldMbox)
    lock = maildrops.lock(ALICE)
    reader.release()

    assert isinstance(lock, DirectoryLock)
    lock.release()


def test_who_is_let_in_waits_for_a_delivery(
    maildrops: MboxMaildrops, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit that meets another program's lock is done once that lets go."""
    append(path, LETTER)
    maildrop = opened(maildrops)
    other = hold(path, [MboxLock.FCNTL])
    assert isinstance(other, HeldMbox)
    waits: list[float] = []

    def let_go(wait_s: float) -> None:
        waits.append(wait_s)
        if len(waits) == 3:
            other.release()

    monkeypatch.setattr(time, "sleep", let_go)

    assert answered(lambda: maildrop.commit([1])) == 0
    assert (len(waits), letters_of(path)) == (3, [])


def test_nobody_waits_for_ever(
    maildrops: MboxMaildrops, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When another program does not let go, a commit fails, and nothing is removed."""
    append(path, LETTER)
    maildrop = opened(maildrops)
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    other = hold(path, [MboxLock.FCNTL])
    assert isinstance(other, HeldMbox)
    with pytest.raises(OSError, match="another program holds the mbox"):
        answered(lambda: maildrop.commit([1]))
    other.release()

    assert (len(waits), letters_of(path)) == (store_module.TRIES_MAX, [LETTER])


def test_a_message_that_has_moved_is_found(maildrops: MboxMaildrops, path: Path) -> None:
    """When a mail reader writes into the mbox, each number is the same message still."""
    append(path, b"Subject: a\n\na\n")
    append(path, b"Subject: b\n\nb\n")
    maildrop = opened(maildrops)
    path.write_bytes(path.read_bytes().replace(b"a\n\n", b"a\nStatus: RO\n\n", 1))

    assert read(maildrop, 2) == b"Subject: b\n\nb\n"
    assert answered(lambda: maildrop.commit([1])) == 0
    assert letters_of(path) == [b"Subject: b\n\nb\n"]


def test_a_large_message_is_copied_whole(maildrops: MboxMaildrops, path: Path) -> None:
    """A message that does not stay in memory is the same, and closing it twice does nothing."""
    stored = b"Subject: a\n\n" + b"0123456789abcdef\n" * 100_000
    append(path, stored)
    maildrop = opened(maildrops)
    content = answered(lambda: maildrop.read(1))
    assert isinstance(content, MboxContent)
    assert content.read(len(stored)) == stored
    path.unlink()

    content.close()
    content.close()


@pytest.mark.parametrize(
    ("deleted", "removed_elsewhere", "left"),
    [([1], 0, 2), ([3], 0, 2), ([1, 2], 1, 1), ([3], 1, 2), ([1, 2, 3], 2, 0), ([2], 3, 0)],
)
def test_of_equal_messages_as_many_stay_as_the_client_left(
    maildrops: MboxMaildrops, path: Path, deleted: list[int], removed_elsewhere: int, left: int
) -> None:
    """What another program has removed of three copies counts as one that was to be removed."""
    for _ in range(3):
        append(path, LETTER)
    maildrop = opened(maildrops)
    text = path.read_bytes()
    path.write_bytes(text[: len(text) * (3 - removed_elsewhere) // 3])

    assert answered(lambda: maildrop.commit(deleted)) == 0
    assert letters_of(path) == [LETTER] * left


def test_copies_of_a_message_have_ids_of_their_own(maildrops: MboxMaildrops, path: Path) -> None:
    """The second and third copy have a number after their id."""
    for _ in range(3):
        append(path, LETTER)
    first, *others = uids(maildrops)

    assert others == [f"{first}.2", f"{first}.3"]


def test_an_mbox_that_has_not_changed_is_not_read_again(
    maildrops: MboxMaildrops, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second session reads no message of an mbox that looks as it did long after its change."""
    append(path, LETTER)
    os.utime(path, (LONG_AGO_S, LONG_AGO_S))
    first = uids(maildrops)
    monkeypatch.setattr(store_module, "scan", None)

    assert uids(maildrops) == first


def test_an_mbox_that_has_just_changed_is_read_again(maildrops: MboxMaildrops, path: Path) -> None:
    """A change that leaves size and time as they were is seen, if it came soon."""
    append(path, b"Subject: a\n\na\n")
    times = path.stat()
    first = uids(maildrops)
    path.write_bytes(path.read_bytes().replace(b"a\n", b"b\n"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    assert uids(maildrops) != first


def test_listings_are_remembered_of_a_few_mailboxes(
    maildrops: MboxMaildrops, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that was listed longest ago is forgotten, and is read again."""
    monkeypatch.setattr(store_module, "CACHED_MAX", 1)
    for name in ("alice", "bob", "alice"):
        append(tmp_path / name, LETTER)
        mailbox = MailboxName(name)
        assert answered(lambda: maildrops.open(mailbox)).messages  # noqa: B023  # It is over here.


def test_a_removal_that_was_not_finished_is_finished(
    maildrops: MboxMaildrops, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit that fails once it is decided raises, and the next session finds it done."""
    append(path, LETTER)
    append(path, b"Subject: b\n\nb\n")
    maildrop = opened(maildrops)

    def refuse(descriptor: int, size: int) -> None:
        raise OSError(5, f"Input/output error on {descriptor} at {size}")

    with monkeypatch.context() as patched:
        patched.setattr(os, "ftruncate", refuse)
        with pytest.raises(OSError, match="Input/output error"):
            answered(lambda: maildrop.commit([1]))
    assert journal_of(path).exists()

    assert read(opened(maildrops), 1) == b"Subject: b\n\nb\n"
    assert not journal_of(path).exists()


def test_what_cannot_be_finished_lets_go_of_the_mbox(maildrops: MboxMaildrops, path: Path) -> None:
    """A journal that cannot be read fails the session, and no lock is left."""
    append(path, LETTER)
    journal_of(path).write_bytes(b"?")
    with pytest.raises(OSError, match="no journal"):
        opened(maildrops)

    taken = hold(path, tuple(MboxLock))
    assert isinstance(taken, HeldMbox)
    taken.release()


def test_without_room_for_the_journal_nothing_is_removed(
    maildrops: MboxMaildrops,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """On a full disk every message counts as not removed, is there still, and nothing is left."""
    append(path, LETTER)
    append(path, LETTER)
    maildrop = opened(maildrops)

    def refuse(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", refuse)
        assert answered(lambda: maildrop.commit([1, 2])) == 2

    assert letters_of(path) == [LETTER, LETTER]
    assert "No space left on device" in caplog.text
    assert not [one for one in path.parent.iterdir() if "journal" in one.name]


def test_an_mbox_that_has_gone_has_nothing_to_remove(maildrops: MboxMaildrops, path: Path) -> None:
    """When another program removes the mbox, its messages are gone, and count as removed."""
    append(path, LETTER)
    maildrop = opened(maildrops)
    path.unlink()

    assert read(maildrop, 1) is None
    assert answered(lambda: maildrop.commit([1])) == 0


def test_a_snapshot_that_nobody_waits_for_ends(
    maildrops: MboxMaildrops, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread whose session has gone waits for no lock."""
    append(path, LETTER)
    other = hold(path, [MboxLock.FCNTL])
    assert isinstance(other, HeldMbox)
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    with pytest.raises(OSError, match="another program"):
        maildrops.listed(path, lambda: True)
    other.release()

    assert waits == []


def test_who_leaves_is_answered_when_nobody_works_on_the_mbox_any_more(
    maildrops: MboxMaildrops, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listing that is cancelled ends with its thread, so that its lock is not let go before."""
    append(path, LETTER)
    begun, go_on = threading.Event(), threading.Event()
    really = maildrops.listing_of

    def wait(held: HeldMbox, stopped: Callable[[], bool]) -> object:
        begun.set()
        assert go_on.wait(timeout=10)
        assert stopped()
        return really(held)

    monkeypatch.setattr(maildrops, "listing_of", wait)

    async def leave() -> None:
        answer = maildrops.open(ALICE)
        assert isinstance(answer, asyncio.Future)
        await asyncio.to_thread(begun.wait, 10)
        answer.cancel()
        await asyncio.sleep(0)
        assert not answer.done()
        go_on.set()
        await answer

    asyncio.run(leave())


@pytest.mark.parametrize(
    "name", ["alice.lock", ".alice.requite-session", ".alice.requite-journal", "../alice", ""]
)
def test_a_file_beside_an_mbox_is_no_mailbox(maildrops: MboxMaildrops, name: str) -> None:
    """Nobody logs in to a lock, a journal, or out of the spool."""
    assert isinstance(maildrops.lock(MailboxName(name)), Unusable)


def test_a_spool_that_is_missing_is_an_error(tmp_path: Path) -> None:
    """A directory is made where that was allowed, and nowhere else."""
    path_of = MailboxPath("{mailbox}/mbox", base=tmp_path)
    strict, making = MboxMaildrops(path_of), MboxMaildrops(path_of, make_below=tmp_path)
    with pytest.raises(FileNotFoundError):
        strict.lock(ALICE)
    lock = making.lock(ALICE)
    strict.close()
    making.close()

    assert isinstance(lock, DirectoryLock)
    lock.release()
    assert (tmp_path / "alice").stat().st_mode & 0o777 == 0o700


def test_a_spool_that_is_a_file_is_unusable(tmp_path: Path) -> None:
    """What an operator has to mend is told apart from what passes."""
    (tmp_path / "alice").touch()
    maildrops = MboxMaildrops(MailboxPath("{mailbox}/mbox", base=tmp_path))
    told = maildrops.lock(ALICE)
    maildrops.close()

    assert isinstance(told, Unusable)
    assert told.reason.endswith("Not a directory; correct its owner or mode")


def test_a_maildir_is_no_mbox(maildrops: MboxMaildrops, path: Path) -> None:
    """Whoever has Maildirs and says mbox is told which setting to correct."""
    (path / "new").mkdir(parents=True)
    told = maildrops.lock(ALICE)

    assert isinstance(told, Unusable)
    assert told.reason == (
        f'{path}: Is a directory; correct [mailboxes] path, or format = "maildir" if it is one'
    )


def test_an_mbox_without_locks_is_refused(tmp_path: Path) -> None:
    """Who names no lock is told which are usual."""
    with pytest.raises(ValueError, match="fcntl and dotlock are usual"):
        MboxMaildrops(MailboxPath("{mailbox}", base=tmp_path), locks=())


def test_nothing_is_left_open(maildrops: MboxMaildrops, path: Path) -> None:
    """After locking, listing, reading, removing and releasing, no descriptor is left."""
    append(path, LETTER)
    opened(maildrops)  # The threads have what they need from here on.
    before = sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208  # Numbers, not files.
    lock = maildrops.lock(ALICE)
    assert isinstance(lock, DirectoryLock)
    assert maildrops.lock(ALICE) == Busy()
    maildrop = opened(maildrops)
    assert read(maildrop, 1) == kept_as(LETTER)
    answered(lambda: maildrop.commit([1]))
    lock.release()

    assert sorted(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
    assert FROM_LINE not in path.read_bytes()
