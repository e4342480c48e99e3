"""The contract itself: what a session relies on, whatever store it reads.

Decides what every store of maildrops must do. Refuses to say how, to know any store, and to ask
more than a session needs.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from requite.pop3.errors import InvariantBroken
from requite.pop3.maildrops.contract._kinds import KINDS, letter
from requite.pop3.maildrops.contract._store import ALICE, BOB, Bench, StoreUnderTest
from requite.pop3.names import AccountName
from requite.pop3.services import Busy
from requite.pop3.wire.content import wire_form

__all__ = ("MaildropContract",)

UID: Final = re.compile(r"[\x21-\x7E]{1,70}")
"""RFC 1939 section 7."""

FIVE: Final = tuple(letter(name) for name in ("one", "two", "three", "four", "five"))
PIECES_OCTETS: Final = (61, 65_536)


class MaildropContract(StoreUnderTest):
    """Subclass it, write the three methods of `StoreUnderTest`, and have pytest run the class."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[Bench]:
        """Give the store with exclusive locks."""
        bench = Bench(self, tmp_path, exclusive=True)
        yield bench
        bench.close()

    @pytest.fixture
    def shared(self, tmp_path: Path) -> Iterator[Bench]:
        """Give the store with shared locks."""
        bench = Bench(self, tmp_path, exclusive=False)
        yield bench
        bench.close()

    # --- what a mailbox holds --------------------------------------------------------------

    def test_a_mailbox_without_mail_is_empty(self, bench: Bench) -> None:
        """Who has got no mail yet can log in, and has no messages of no octets."""
        with bench.session() as maildrop:
            assert (len(maildrop.messages), maildrop.octets) == (0, 0)

    def test_a_mailbox_has_its_own_mail_only(self, bench: Bench) -> None:
        """What is delivered to one mailbox is not seen in another."""
        bench.deliver(FIVE[0])

        with bench.session(BOB) as maildrop:
            assert len(maildrop.messages) == 0

    def test_messages_stand_in_the_order_of_delivery(self, bench: Bench) -> None:
        """Message number n is the one that was delivered as the n-th."""
        bench.deliver(*FIVE)

        assert bench.there() == [bench.kept_as(stored) for stored in FIVE]

    def test_whoever_looks_may_be_named(self, bench: Bench) -> None:
        """The account that looks at a mailbox is told to the store."""
        bench.deliver(*FIVE)

        with bench.session(account=AccountName("alice")) as maildrop:
            assert len(maildrop.messages) == len(FIVE)

    # --- sizes and octets ------------------------------------------------------------------

    @pytest.mark.parametrize("kind", KINDS)
    def test_what_is_read_is_what_was_delivered(self, bench: Bench, kind: str) -> None:
        """Reading gives the stored octets, in pieces of any size."""
        bench.deliver(FIVE[0], KINDS[kind], FIVE[1])
        wanted = bench.kept_as(KINDS[kind])

        with bench.session() as maildrop:
            for size_octets in PIECES_OCTETS:
                assert bench.octets_of(maildrop, 2, size_octets=size_octets) == wanted

    @pytest.mark.parametrize("kind", KINDS)
    def test_the_stored_size_is_that_of_what_is_read(self, bench: Bench, kind: str) -> None:
        """An open message knows how many octets reading will give."""
        bench.deliver(FIVE[0], KINDS[kind], FIVE[1])

        with bench.session() as maildrop:
            content = bench.opened(maildrop, 2)
            assert content is not None
            assert content.stored_octets == len(bench.kept_as(KINDS[kind]))

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_size_is_what_is_sent(self, bench: Bench, kind: str) -> None:
        """The octets of a message are those that RETR sends, without what dots cost."""
        bench.deliver(FIVE[0], KINDS[kind], FIVE[1])

        with bench.session() as maildrop:
            assert maildrop.messages[1].octets == _sent_octets(bench.kept_as(KINDS[kind]))

    def test_the_maildrop_has_the_octets_of_its_messages(self, bench: Bench) -> None:
        """STAT gives the sum of what LIST gives."""
        bench.deliver(*KINDS.values())

        with bench.session() as maildrop:
            assert maildrop.octets == sum(message.octets for message in maildrop.messages) > 0

    # --- unique ids ------------------------------------------------------------------------

    def test_an_id_can_be_sent(self, bench: Bench) -> None:
        """Every unique id is of 1 to 70 characters of 0x21 to 0x7E (RFC 1939 section 7)."""
        bench.deliver(*KINDS.values())

        assert [uid for uid in bench.uids() if not UID.fullmatch(uid)] == []

    def test_each_message_has_an_id_of_its_own(self, bench: Bench) -> None:
        """No two messages have the same unique id, not even if they have the same octets."""
        bench.deliver(*FIVE, *FIVE, b"", b"")
        uids = bench.uids()

        assert len(set(uids)) == len(uids) == 2 * len(FIVE) + 2

    def test_ids_last_to_the_next_session(self, bench: Bench) -> None:
        """A message has the same unique id in the next session, whatever came after it."""
        bench.deliver(*FIVE)
        first = bench.uids()
        bench.deliver(letter("late"))

        assert bench.uids()[: len(FIVE)] == first

    def test_ids_last_over_a_new_store(self, bench: Bench) -> None:
        """A second server gives the messages the same unique ids."""
        bench.deliver(*FIVE)

        assert bench.uids(bench.another()) == bench.uids()

    def test_ids_last_over_a_commit(self, bench: Bench) -> None:
        """The messages that are left have their unique ids still."""
        bench.deliver(*FIVE)
        first = bench.uids()
        with bench.session() as maildrop:
            bench.commit(maildrop, 1, 3)

        assert bench.uids() == [first[1], first[3], first[4]]

    # --- a snapshot ------------------------------------------------------------------------

    def test_what_comes_during_a_session_waits_for_the_next(self, bench: Bench) -> None:
        """A delivery during a session is not seen in it, and is seen in the next one."""
        bench.deliver(FIVE[0])
        with bench.session() as maildrop:
            octets = maildrop.octets
            bench.deliver(FIVE[1])
            assert (len(maildrop.messages), maildrop.octets) == (1, octets)

        assert bench.there() == [bench.kept_as(stored) for stored in FIVE[:2]]

    def test_what_another_program_removed_cannot_be_read(self, bench: Bench) -> None:
        """A message that has gone since keeps its number, and reading it gives None."""
        bench.deliver(*FIVE)
        with bench.session() as maildrop:
            bench.remove(2)
            assert bench.opened(maildrop, 2) is None

    def test_its_neighbours_can_be_read(self, bench: Bench) -> None:
        """When another program removes a message, the others have their numbers still."""
        bench.deliver(*FIVE)
        with bench.session() as maildrop:
            bench.remove(2)
            read = [bench.octets_of(maildrop, number) for number in (1, 3, 4, 5)]

        assert read == [bench.kept_as(FIVE[index]) for index in (0, 2, 3, 4)]

    def test_removing_what_is_gone_succeeds(self, bench: Bench) -> None:
        """What another program removed counts as removed, and no other message goes for it."""
        bench.deliver(*FIVE)
        with bench.session() as maildrop:
            bench.remove(2)
            assert bench.commit(maildrop, 2, 4) == 0

        assert bench.there() == [bench.kept_as(FIVE[index]) for index in (0, 2, 4)]

    # --- reading ---------------------------------------------------------------------------

    def test_a_message_can_be_read_twice(self, bench: Bench) -> None:
        """Reading changes nothing: the second time gives the same octets."""
        bench.deliver(FIVE[0])
        with bench.session() as maildrop:
            read = [bench.octets_of(maildrop, 1) for _ in range(2)]

        assert read == [bench.kept_as(FIVE[0])] * 2

    def test_two_messages_can_be_open_at_once(self, bench: Bench) -> None:
        """Reading from one message moves nothing in another, nor in itself opened again."""
        bench.deliver(*FIVE)
        with bench.session() as maildrop:
            opened = [bench.opened(maildrop, number) for number in (1, 2, 1)]
            starts = [b"" if one is None else one.read(5) for one in opened]
            rests = [b"" if one is None else bench.rest_of(one) for one in opened]

        read = [start + rest for start, rest in zip(starts, rests, strict=True)]
        assert read == [bench.kept_as(FIVE[index]) for index in (0, 1, 0)]

    def test_closing_twice_does_nothing(self, bench: Bench) -> None:
        """A message that is closed already may be closed again, half read or not."""
        bench.deliver(FIVE[0], FIVE[1])
        with bench.session() as maildrop:
            content = bench.opened(maildrop, 1)
            assert content is not None
            content.read(1)
            content.close()
            content.close()

            assert bench.octets_of(maildrop, 2) == bench.kept_as(FIVE[1])

    # --- commit ----------------------------------------------------------------------------

    @pytest.mark.parametrize("numbers", [(1,), (5,), (2, 4), (4, 2), (1, 2, 3, 4, 5)], ids=str)
    def test_commit_removes_what_it_is_told(self, bench: Bench, numbers: tuple[int, ...]) -> None:
        """The numbered messages are gone, in whatever order they were named; the others are not."""
        bench.deliver(*FIVE)
        with bench.session() as maildrop:
            assert bench.commit(maildrop, *numbers) == 0

        left = [stored for number, stored in enumerate(FIVE, 1) if number not in numbers]
        assert bench.there() == [bench.kept_as(stored) for stored in left]

    def test_commit_removes_one_of_two_that_are_equal(self, bench: Bench) -> None:
        """Of two messages with the same octets, one is removed and one stays."""
        bench.deliver(FIVE[0], FIVE[0])
        with bench.session() as maildrop:
            assert bench.commit(maildrop, 2) == 0

        assert bench.there() == [bench.kept_as(FIVE[0])]

    def test_commit_of_nothing_removes_nothing(self, bench: Bench) -> None:
        """Without a number, every message stays."""
        bench.deliver(*FIVE)
        with bench.session() as maildrop:
            assert bench.commit(maildrop) == 0

        assert bench.there() == [bench.kept_as(stored) for stored in FIVE]

    def test_commit_keeps_what_came_meanwhile(self, bench: Bench) -> None:
        """What was delivered during the session is there after its deletions."""
        bench.deliver(FIVE[0], FIVE[1])
        with bench.session() as maildrop:
            bench.deliver(FIVE[2])
            assert bench.commit(maildrop, 1) == 0

        assert bench.there() == [bench.kept_as(stored) for stored in FIVE[1:3]]

    @pytest.mark.parametrize("kind", KINDS)
    def test_commit_leaves_every_kind_of_neighbour_as_it_was(self, bench: Bench, kind: str) -> None:
        """What stands before and after a removed message keeps each octet."""
        bench.deliver(KINDS[kind], FIVE[0], KINDS[kind])
        with bench.session() as maildrop:
            assert bench.commit(maildrop, 2) == 0

        assert bench.there() == [bench.kept_as(KINDS[kind])] * 2

    def test_what_is_removed_is_removed_for_a_second_server_too(self, bench: Bench) -> None:
        """A second store over the same place sees what the first has left."""
        bench.deliver(*FIVE)
        with bench.session() as maildrop:
            bench.commit(maildrop, 1, 2, 3, 4)

        with bench.session(store=bench.another()) as maildrop:
            assert bench.octets_of(maildrop, len(maildrop.messages)) == bench.kept_as(FIVE[4])
            assert len(maildrop.messages) == 1

    def test_without_commit_nothing_is_removed(self, bench: Bench) -> None:
        """A session that ends without a commit leaves every message (RFC 1939 section 6)."""
        bench.deliver(*FIVE)
        with bench.session() as maildrop:
            bench.octets_of(maildrop, 1)

        assert len(bench.uids()) == len(FIVE)

    # --- locks -----------------------------------------------------------------------------

    def test_an_exclusive_lock_keeps_others_out(self, bench: Bench) -> None:
        """While one session holds a maildrop, the next is told at once that it is busy."""
        bench.held()

        assert bench.lock() == Busy()

    def test_an_exclusive_lock_keeps_a_second_server_out(self, bench: Bench) -> None:
        """A second store over the same place is told that the maildrop is busy."""
        bench.held()

        assert bench.lock(store=bench.another()) == Busy()

    def test_a_released_lock_is_free(self, bench: Bench) -> None:
        """After a release the next session gets in, as often as one likes."""
        for _ in range(3):
            bench.release(bench.held())

        assert bench.held() is not None

    def test_a_refused_session_changes_nothing(self, bench: Bench) -> None:
        """Who was told that the maildrop is busy has neither taken nor freed anything."""
        first = bench.held()
        bench.lock()
        assert bench.lock() == Busy()

        bench.release(first)

        assert bench.held() is not None

    def test_mailboxes_are_locked_one_by_one(self, bench: Bench) -> None:
        """Holding one mailbox's maildrop leaves another's free."""
        bench.held(ALICE)

        assert bench.held(BOB) is not None

    def test_a_shared_lock_lets_several_in(self, shared: Bench) -> None:
        """With shared locks several sessions of several servers hold one maildrop."""
        another = shared.another()
        shared.deliver(FIVE[0])
        with shared.session() as first, shared.session(store=another) as second:
            assert len(first.messages) == len(second.messages) == 1

    def test_sessions_of_one_maildrop_remove_one_by_one(self, shared: Bench) -> None:
        """What one of two sessions has removed is gone for the other, and nothing else is."""
        shared.deliver(*FIVE)
        with shared.session() as first, shared.session() as second:
            assert shared.commit(first, 1, 2) == 0
            assert shared.opened(second, 1) is None
            assert shared.commit(second, 2, 4) == 0

        assert shared.there() == [shared.kept_as(FIVE[index]) for index in (2, 4)]

    def test_a_second_release_is_a_defect(self, bench: Bench) -> None:
        """Releasing twice is raised, and takes nothing from who holds the maildrop now."""
        first = bench.held()
        bench.release(first)
        bench.held()

        with pytest.raises(InvariantBroken):
            first.release()
        assert bench.lock() == Busy()


def _sent_octets(stored: bytes) -> int:
    """Count what RETR sends, without the doubled dots and the final line."""
    lines = wire_form(stored).removesuffix(b".\r\n").split(b"\n")
    return sum(len(line) - line.startswith(b".") for line in lines) + len(lines) - 1
