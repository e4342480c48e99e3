"""Stores with one planted defect each, and the test of the contract that must find it.

Decides which mistakes the contract is known to catch. Refuses to run it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from maildrops.plain_store import Contract, Drop, Letter, Plain, PlainLock, Shelf
from requite.pop3.maildrops.memory import MemoryContent
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.services import Busy, Content, Lock, Maildrop, Message

__all__ = ("CANARIES", "Contract", "Plain")


class RaisesWithoutMail(Plain):
    """Knows no mailbox that nobody wrote to."""

    def open(self, mailbox: MailboxName, account: AccountName | None = None, /) -> Maildrop:
        """Raise where there is no mail."""
        if mailbox not in self.shelf.mail:
            raise FileNotFoundError(mailbox)
        return super().open(mailbox, account)


class OneMailboxForAll(Plain):
    """Shows everybody the same mail."""

    def letters(self, mailbox: MailboxName) -> list[Letter]:
        """Ignore whose it is."""
        del mailbox
        return super().letters(MailboxName("all"))


class NewestFirst(Plain):
    """Lists what came last first."""

    def open(self, mailbox: MailboxName, account: AccountName | None = None, /) -> Maildrop:
        """Turn the order round."""
        del account
        drop = Drop(self, mailbox)
        drop.letters = drop.letters[::-1]
        return drop


class NobodyLooks(Plain):
    """Is not told who looks."""

    def open(self, mailbox: MailboxName, account: AccountName | None = None, /) -> Maildrop:
        """Refuse an account."""
        if account is not None:
            raise TypeError("open() takes a mailbox")
        return super().open(mailbox)


class ReadsText(Plain):
    """Reads messages as text, and so changes the ends of lines."""

    def content(self, letter: Letter) -> Content:
        """Make each end of a line LF."""
        return MemoryContent(letter.stored.replace(b"\r\n", b"\n"))


class CountsWhatIsSent(Plain):
    """Says of an open message what it has on the wire."""

    def content(self, letter: Letter) -> Content:
        """Say the other size."""
        return OtherSize(letter.stored)


class OtherSize(MemoryContent):
    """Has another size than it says."""

    __slots__ = ()

    @property
    def stored_octets(self) -> int:
        """The size on the wire."""
        return super().stored_octets + 2


class SizeOfTheFile(Plain):
    """Gives the size as stored for the size as sent."""

    def octets(self, letter: Letter) -> int:
        """Count no carriage return that is added."""
        return len(letter.stored)


class OffByTwo(Plain):
    """Adds a CRLF to every message, also to those that end with one."""

    def octets(self, letter: Letter) -> int:
        """Count two too many."""
        return super().octets(letter) + 2


class TotalAsStored(Plain):
    """Gives the size of the file for that of the maildrop."""

    def total(self, messages: Sequence[Message]) -> int:
        """Count one octet for each message too many."""
        return super().total(messages) + len(messages)


class IdWithSpaces(Plain):
    """Has ids with a character that cannot be sent."""

    def uid(self, letter: Letter, index: int) -> str:
        """Put a space in it."""
        return f"{super().uid(letter, index)} b"


class IdOfOctets(Plain):
    """Makes ids of the octets alone."""

    def uid(self, letter: Letter, index: int) -> str:
        """Give equal messages equal ids."""
        del index
        return f"{hash(letter.stored):x}"


class IdOfTheSession(Plain):
    """Counts ids on from one session to the next."""

    opened = 0

    def open(self, mailbox: MailboxName, account: AccountName | None = None, /) -> Maildrop:
        """Count."""
        self.opened += 1
        return super().open(mailbox, account)

    def uid(self, letter: Letter, index: int) -> str:
        """Put the count in it."""
        return f"{super().uid(letter, index)}.{self.opened}"


class IdOfTheStore(Plain):
    """Makes ids that another process does not know."""

    def uid(self, letter: Letter, index: int) -> str:
        """Put the place in memory in it."""
        return f"{super().uid(letter, index)}.{id(self)}"


class IdOfTheNumber(Plain):
    """Gives a message's number for its id."""

    def uid(self, letter: Letter, index: int) -> str:
        """Count."""
        del letter
        return f"{index + 1}"


class SeesNewMail(Plain):
    """Shows what comes during a session."""

    def open(self, mailbox: MailboxName, account: AccountName | None = None, /) -> Maildrop:
        """Give what stays the same list as the mailbox."""
        del account
        drop = Drop(self, mailbox)
        drop.letters = self.letters(mailbox)
        return drop


class FindsWhatIsGone(Plain):
    """Keeps open what another program has removed."""

    def find(self, drop: Drop, number: int) -> Letter | None:
        """Do not look."""
        return drop.letters[number - 1]

    def commit(self, drop: Drop, numbers: Sequence[int]) -> int:
        """Look."""
        return sum(super(FindsWhatIsGone, self).find(drop, number) is None for number in numbers)


class FindsByNumber(Plain):
    """Counts messages anew when one has gone."""

    def find(self, drop: Drop, number: int) -> Letter | None:
        """Take what stands at that place now."""
        return dict(enumerate(self.letters(drop.mailbox), 1)).get(number)


class FailsWhereNothingIs(Plain):
    """Counts what is gone already as not removed."""

    def commit(self, drop: Drop, numbers: Sequence[int]) -> int:
        """Count it."""
        gone = sum(self.find(drop, number) is None for number in numbers)
        return super().commit(drop, numbers) + gone


class ReadsOnce(Plain):
    """Gives each message once."""

    def content(self, letter: Letter) -> Content:
        """Take it away."""
        stored, letter.stored = letter.stored, b""
        return MemoryContent(stored)


class OneReader(Plain):
    """Reads every message with one file."""

    reader: MemoryContent | None = None

    def content(self, letter: Letter) -> Content:
        """Move what was opened before."""
        if self.reader is None:
            self.reader = MemoryContent(letter.stored)
        else:
            self.reader.__init__(letter.stored)  # type: ignore[misc]  # It is what goes wrong.
        return self.reader


class ClosesOnce(Plain):
    """Fails when a message is closed again."""

    def content(self, letter: Letter) -> Content:
        """Give what can be closed once."""
        return OneClose(letter.stored)


class OneClose(MemoryContent):
    """Can be closed once."""

    closed = False

    def close(self) -> None:
        """Fail the second time."""
        if self.closed:
            raise ValueError("closed already")
        self.closed = True


class RemovesANeighbour(Plain):
    """Removes the message before too."""

    def commit(self, drop: Drop, numbers: Sequence[int]) -> int:
        """Begin one too early."""
        return super().commit(drop, [*numbers, *(number - 1 for number in numbers if number > 1)])


class RemovesEquals(Plain):
    """Removes every message of the same octets."""

    def commit(self, drop: Drop, numbers: Sequence[int]) -> int:
        """Compare octets."""
        gone = {drop.letters[number - 1].stored for number in numbers}
        self.letters(drop.mailbox)[:] = [
            letter for letter in self.letters(drop.mailbox) if letter.stored not in gone
        ]
        return 0


class RemovesAllForNone(Plain):
    """Takes no number to mean all."""

    def commit(self, drop: Drop, numbers: Sequence[int]) -> int:
        """Remove all."""
        return super().commit(drop, numbers or range(1, len(drop.letters) + 1))


class LosesNewMail(Plain):
    """Writes the snapshot back without what was removed."""

    def commit(self, drop: Drop, numbers: Sequence[int]) -> int:
        """Write it back."""
        super().commit(drop, numbers)
        self.letters(drop.mailbox)[:] = [
            letter for letter in drop.letters if letter in self.letters(drop.mailbox)
        ]
        return 0


class RewritesNeighbours(Plain):
    """Ends the last line of what it leaves."""

    def commit(self, drop: Drop, numbers: Sequence[int]) -> int:
        """Write the others anew."""
        failures = super().commit(drop, numbers)
        for letter in self.letters(drop.mailbox):
            letter.stored = letter.stored.rstrip(b"\n") + b"\n"
        return failures


class RemovesForItselfAlone(Plain):
    """Hides what was removed, and removes nothing."""

    def __init__(self, shelf: Shelf, *, exclusive: bool) -> None:
        super().__init__(shelf, exclusive=exclusive)
        self.hidden: list[Letter] = []

    def open(self, mailbox: MailboxName, account: AccountName | None = None, /) -> Maildrop:
        """Leave out what is hidden."""
        del account
        drop = Drop(self, mailbox)
        drop.letters = [letter for letter in drop.letters if letter not in self.hidden]
        return drop

    def commit(self, drop: Drop, numbers: Sequence[int]) -> int:
        """Hide."""
        self.hidden += [drop.letters[number - 1] for number in numbers]
        return 0


class RemovesWhatIsRead(Plain):
    """Removes what was read, without being asked to."""

    def content(self, letter: Letter) -> Content:
        """Remove it."""
        for letters in self.shelf.mail.values():
            if letter in letters:
                letters.remove(letter)
        return super().content(letter)


class KeepsNobodyOut(Plain):
    """Lets everybody in."""

    def refuse(self, held: str) -> Lock | Busy:
        """Do not."""
        self.shelf.holders[held] += 1
        return PlainLock(self, held)


class LocksItselfAlone(Plain):
    """Has a lock that another process does not see."""

    def held_under(self, mailbox: MailboxName) -> str:
        """Name itself."""
        return f"{mailbox} {id(self)}"


class NeverReleases(Plain):
    """Keeps what it has locked."""

    def release(self, held: str, *, again: bool) -> None:
        """Do nothing."""


class FreesWhenItRefuses(Plain):
    """Lets go of the first lock while it refuses the second."""

    def refuse(self, held: str) -> Lock | Busy:
        """Let go."""
        self.shelf.holders[held] -= 1
        return Busy()


class OneLockForAll(Plain):
    """Locks all maildrops at once."""

    def held_under(self, mailbox: MailboxName) -> str:
        """Ignore the mailbox."""
        del mailbox
        return "all"


class SharesWithNobody(Plain):
    """Is exclusive however it was made."""

    def __init__(self, shelf: Shelf, *, exclusive: bool) -> None:
        del exclusive
        super().__init__(shelf, exclusive=True)


class RemovesByNumber(Plain):
    """Removes what has the number now."""

    def commit(self, drop: Drop, numbers: Sequence[int]) -> int:
        """Count anew, unless it is gone."""
        there = dict(enumerate(list(self.letters(drop.mailbox)), 1))
        for number in numbers:
            if self.find(drop, number) is not None:
                self.letters(drop.mailbox).remove(there[min(number, len(there))])
        return 0


class ReleasesAgain(Plain):
    """Gives back a second time what another holds now."""

    def release(self, held: str, *, again: bool) -> None:
        """Ask nothing."""
        del again
        super().release(held, again=False)


class ReleasesInSilence(Plain):
    """Passes over a second release."""

    def release(self, held: str, *, again: bool) -> None:
        """Do nothing the second time."""
        if not again:
            super().release(held, again=False)


CANARIES: Final[Mapping[type[Plain], str]] = {
    RaisesWithoutMail: "test_a_mailbox_without_mail_is_empty",
    OneMailboxForAll: "test_a_mailbox_has_its_own_mail_only",
    NewestFirst: "test_messages_stand_in_the_order_of_delivery",
    NobodyLooks: "test_whoever_looks_may_be_named",
    ReadsText: "test_what_is_read_is_what_was_delivered",
    CountsWhatIsSent: "test_the_stored_size_is_that_of_what_is_read",
    SizeOfTheFile: "test_a_size_is_what_is_sent",
    OffByTwo: "test_a_size_is_what_is_sent",
    TotalAsStored: "test_the_maildrop_has_the_octets_of_its_messages",
    IdWithSpaces: "test_an_id_can_be_sent",
    IdOfOctets: "test_each_message_has_an_id_of_its_own",
    IdOfTheSession: "test_ids_last_to_the_next_session",
    IdOfTheStore: "test_ids_last_over_a_new_store",
    IdOfTheNumber: "test_ids_last_over_a_commit",
    SeesNewMail: "test_what_comes_during_a_session_waits_for_the_next",
    FindsWhatIsGone: "test_what_another_program_removed_cannot_be_read",
    FindsByNumber: "test_its_neighbours_can_be_read",
    FailsWhereNothingIs: "test_removing_what_is_gone_succeeds",
    ReadsOnce: "test_a_message_can_be_read_twice",
    OneReader: "test_two_messages_can_be_open_at_once",
    ClosesOnce: "test_closing_twice_does_nothing",
    RemovesANeighbour: "test_commit_removes_what_it_is_told",
    RemovesEquals: "test_commit_removes_one_of_two_that_are_equal",
    RemovesAllForNone: "test_commit_of_nothing_removes_nothing",
    LosesNewMail: "test_commit_keeps_what_came_meanwhile",
    RewritesNeighbours: "test_commit_leaves_every_kind_of_neighbour_as_it_was",
    RemovesForItselfAlone: "test_what_is_removed_is_removed_for_a_second_server_too",
    RemovesWhatIsRead: "test_without_commit_nothing_is_removed",
    KeepsNobodyOut: "test_an_exclusive_lock_keeps_others_out",
    LocksItselfAlone: "test_an_exclusive_lock_keeps_a_second_server_out",
    NeverReleases: "test_a_released_lock_is_free",
    FreesWhenItRefuses: "test_a_refused_session_changes_nothing",
    OneLockForAll: "test_mailboxes_are_locked_one_by_one",
    SharesWithNobody: "test_a_shared_lock_lets_several_in",
    RemovesByNumber: "test_sessions_of_one_maildrop_remove_one_by_one",
    ReleasesAgain: "test_a_second_release_is_a_defect",
    ReleasesInSilence: "test_a_second_release_is_a_defect",
}
"""Each planted defect, with the test that is there for it."""
