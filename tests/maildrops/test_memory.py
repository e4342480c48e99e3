"""Maildrops in memory: what is delivered is seen, and what is held is given back.

Decides that they behave as a Maildir does, as far as a session can tell. Refuses to test a session.
"""

import pytest

from requite.pop3.maildrops.memory import MemoryLock, MemoryMaildrops
from requite.pop3.names import MailboxName
from requite.pop3.services import Busy, Maildrops

ALICE = MailboxName("alice")
BOB = MailboxName("bob")


def held(maildrops: MemoryMaildrops, mailbox: MailboxName) -> MemoryLock:
    """Take a lock that is free."""
    lock = maildrops.lock(mailbox)
    assert isinstance(lock, MemoryLock)
    return lock


def test_it_is_a_service_of_maildrops() -> None:
    """The type checker accepts it where a session asks for maildrops."""
    maildrops: Maildrops = MemoryMaildrops()

    assert maildrops.lock(ALICE) is not None


def test_a_mailbox_that_nobody_wrote_to_is_empty() -> None:
    """Opening an unknown mailbox gives no messages."""
    assert MemoryMaildrops().open(ALICE).messages == ()


def test_messages_have_their_size_on_the_wire() -> None:
    """A message's octets are those of its wire form, and its id is the one that was given."""
    maildrops = MemoryMaildrops()
    maildrops.add(ALICE, b"a\n.", uid="first")

    [message] = maildrops.open(ALICE).messages

    assert (message.octets, message.uid) == (6, "first")


@pytest.mark.rfc("1939-7-uid-unique", "1939-7-uid-reused")
def test_an_id_is_given_once() -> None:
    """A second message of the same id is refused."""
    maildrops = MemoryMaildrops()
    maildrops.add(ALICE, b"a", uid="first")

    with pytest.raises(ValueError, match="new to 'alice', found 'first'"):
        maildrops.add(ALICE, b"b", uid="first")


def test_ids_without_a_wish_differ() -> None:
    """Messages that were delivered without an id have different ones."""
    maildrops = MemoryMaildrops()

    assert len({maildrops.add(ALICE, b"same") for _ in range(20)}) == 20


def test_reading_gives_the_stored_form_in_pieces() -> None:
    """What is read, in pieces of any size, is the stored message."""
    maildrops = MemoryMaildrops()
    maildrops.add(ALICE, b"0123456789")
    content = maildrops.open(ALICE).read(1)
    assert content is not None

    assert [content.read(4) for _ in range(4)] == [b"0123", b"4567", b"89", b""]


def test_a_snapshot_does_not_grow() -> None:
    """A message delivered after the opening is not seen before the next one."""
    maildrops = MemoryMaildrops()
    before = maildrops.open(ALICE)
    maildrops.add(ALICE, b"late")

    assert (len(before.messages), len(maildrops.open(ALICE).messages)) == (0, 1)


def test_a_message_removed_elsewhere_is_gone() -> None:
    """Reading a message that another program removed gives None, and its number stays."""
    maildrops = MemoryMaildrops()
    uid = maildrops.add(ALICE, b"a")
    maildrops.add(ALICE, b"b")
    maildrop = maildrops.open(ALICE)
    maildrops.remove(ALICE, uid)

    assert maildrop.read(1) is None
    assert maildrop.read(2) is not None


def test_commit_removes_exactly_what_it_is_told() -> None:
    """After a commit the other messages are left, in their order."""
    maildrops = MemoryMaildrops()
    for stored in (b"a", b"b", b"c", b"d"):
        maildrops.add(ALICE, stored)

    assert maildrops.open(ALICE).commit([2, 4]) == 0
    assert maildrops.stored(ALICE) == (b"a", b"c")


def test_an_exclusive_lock_is_refused_until_it_is_released() -> None:
    """A second session is told that the maildrop is busy, and gets it after the release."""
    maildrops = MemoryMaildrops()
    first = held(maildrops, ALICE)
    assert maildrops.lock(ALICE) == Busy()

    first.release()

    held(maildrops, ALICE)
    assert maildrops.holders(ALICE) == 1


def test_locks_of_two_mailboxes_have_nothing_to_do_with_each_other() -> None:
    """Holding one mailbox's maildrop leaves another's free."""
    maildrops = MemoryMaildrops()
    held(maildrops, ALICE)

    held(maildrops, BOB)


def test_a_shared_lock_is_held_by_many() -> None:
    """With shared locks several sessions hold a maildrop, and all give it back."""
    maildrops = MemoryMaildrops(exclusive=False)
    locks = [held(maildrops, ALICE) for _ in range(5)]
    assert maildrops.holders(ALICE) == 5

    for lock in locks:
        lock.release()

    assert maildrops.holders(ALICE) == 0


def test_a_second_release_is_a_defect() -> None:
    """Releasing twice is raised, and gives back nothing that somebody else holds."""
    maildrops = MemoryMaildrops()
    first = held(maildrops, ALICE)
    first.release()
    held(maildrops, ALICE)

    with pytest.raises(RuntimeError, match="released twice"):
        first.release()
    assert maildrops.lock(ALICE) == Busy()
