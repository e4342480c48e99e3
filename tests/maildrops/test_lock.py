"""The lock of a Maildir: held against everybody, and let go of in every way.

Decides that what is taken is given back, by a release or by the kernel. Refuses to test a session.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from requite.pop3.maildrops.lock import DirectoryLock
from requite.pop3.maildrops.maildir import MaildirMaildrops
from requite.pop3.maildrops.paths import MailboxPath
from requite.pop3.names import MailboxName
from requite.pop3.services import Busy

ALICE = MailboxName("alice")


def held(maildrops: MaildirMaildrops, mailbox: MailboxName = ALICE) -> DirectoryLock:
    """Take a lock that is free."""
    lock = maildrops.lock(mailbox)
    assert isinstance(lock, DirectoryLock)
    return lock


def test_an_exclusive_lock_is_refused_until_it_is_released(maildrops: MaildirMaildrops) -> None:
    """A second session is told that the maildrop is busy, and gets it after the release."""
    first = held(maildrops)
    assert maildrops.lock(ALICE) == Busy()

    first.release()

    held(maildrops).release()


def test_shared_locks_are_held_by_many_and_keep_an_exclusive_one_out(
    root: Path, maildrops: MaildirMaildrops
) -> None:
    """Several sessions share a maildrop, and an exclusive one comes in when the last has left."""
    shared = MaildirMaildrops(MailboxPath("{mailbox}/Maildir", base=root), exclusive=False)
    locks = [held(shared) for _ in range(3)]
    for lock in locks:
        assert maildrops.lock(ALICE) == Busy()
        lock.release()

    held(maildrops).release()
    shared.close()


def test_a_second_release_is_a_defect(maildrops: MaildirMaildrops) -> None:
    """Releasing twice is raised, and closes no descriptor of somebody else."""
    first = held(maildrops)
    first.release()
    second = held(maildrops)

    with pytest.raises(RuntimeError, match="released twice"):
        first.release()
    assert maildrops.lock(ALICE) == Busy()
    second.release()


HOLDER = """
import fcntl, os, sys
descriptor = os.open(sys.argv[1], os.O_RDONLY)
fcntl.flock(descriptor, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_the_kernel_lets_go_of_what_a_killed_process_held(
    maildrops: MaildirMaildrops, maildir: Path
) -> None:
    """Another process keeps a maildrop busy while it lives, and not a moment after SIGKILL."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(maildir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        while_it_lived = maildrops.lock(ALICE)
        holder.kill()

    assert while_it_lived == Busy()
    held(maildrops).release()


def test_a_descriptor_of_a_lock_is_not_inherited(maildrops: MaildirMaildrops) -> None:
    """A program started while a lock is held does not keep it after the release."""
    lock = held(maildrops)
    child = subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        close_fds=False,
    )
    assert child.stdout is not None
    # Until it speaks, the kernel may still be closing what it must not inherit.
    child.stdout.readline()
    lock.release()
    after = maildrops.lock(ALICE)
    child.communicate(b"\n")

    assert isinstance(after, DirectoryLock)
    after.release()


def test_a_lock_leaves_no_file(maildrops: MaildirMaildrops, maildir: Path) -> None:
    """While a lock is held, nothing is in the Maildir that was not there before."""
    before = sorted(maildir.rglob("*"))
    lock = held(maildrops)

    assert sorted(maildir.rglob("*")) == before
    lock.release()
