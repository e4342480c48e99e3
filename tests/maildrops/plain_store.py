"""A small store without a defect, with a hook for everything that can be done wrong.

Decides what planted defects (`canaries`) are planted in. Refuses to have one itself.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from requite.pop3.errors import InvariantBroken
from requite.pop3.maildrops.contract import MaildropContract
from requite.pop3.maildrops.memory import MemoryContent
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.services import Busy, Content, Lock, Maildrop, Maildrops, Message
from requite.pop3.wire.content import wire_octets

__all__ = ("Contract", "Drop", "Letter", "Plain", "PlainLock", "Shelf")


@dataclass(slots=True, eq=False)
class Letter:
    """One message; two of the same octets are two."""

    stored: bytes
    uid: str


@dataclass(slots=True)
class Shelf:
    """What outlasts a store: the mail, and who holds it."""

    mail: dict[MailboxName, list[Letter]] = field(default_factory=dict)
    holders: Counter[str] = field(default_factory=Counter)
    delivered: int = 0


class Plain:
    """A store without a defect; each hook is a place to plant one."""

    def __init__(self, shelf: Shelf, *, exclusive: bool) -> None:
        self.shelf = shelf
        self.exclusive = exclusive

    def letters(self, mailbox: MailboxName) -> list[Letter]:
        """Give a mailbox's mail as it is now."""
        return self.shelf.mail.setdefault(mailbox, [])

    def lock(self, mailbox: MailboxName, /) -> Lock | Busy:
        """Lock a maildrop."""
        held = self.held_under(mailbox)
        if self.exclusive and self.shelf.holders[held]:
            return self.refuse(held)
        self.shelf.holders[held] += 1
        return PlainLock(self, held)

    def held_under(self, mailbox: MailboxName) -> str:
        """Say under which name a mailbox is held."""
        return mailbox

    def refuse(self, held: str) -> Lock | Busy:
        """Refuse a second one."""
        del held
        return Busy()

    def release(self, held: str, *, again: bool) -> None:
        """Release a lock."""
        if again:
            raise InvariantBroken("a lock was released twice")
        self.shelf.holders[held] -= 1

    def open(self, mailbox: MailboxName, account: AccountName | None = None, /) -> Maildrop:
        """Take a snapshot."""
        del account
        return Drop(self, mailbox)

    def uid(self, letter: Letter, index: int) -> str:
        """Give a message's id."""
        del index
        return letter.uid

    def octets(self, letter: Letter) -> int:
        """Give a message's size."""
        return wire_octets(letter.stored)

    def total(self, messages: Sequence[Message]) -> int:
        """Give the size of all."""
        return sum(message.octets for message in messages)

    def find(self, drop: "Drop", number: int) -> Letter | None:
        """Find a message again."""
        letter = drop.letters[number - 1]
        return letter if letter in self.letters(drop.mailbox) else None

    def content(self, letter: Letter) -> Content:
        """Open a message."""
        return MemoryContent(letter.stored)

    def commit(self, drop: "Drop", numbers: Sequence[int]) -> int:
        """Remove messages."""
        for number in numbers:
            letter = self.find(drop, number)
            if letter is not None:
                self.letters(drop.mailbox).remove(letter)
        return 0


class PlainLock:
    """A lock of `Plain`."""

    def __init__(self, store: Plain, held: str) -> None:
        self._store = store
        self._held = held
        self._released = False

    def release(self) -> None:
        """Let go."""
        again, self._released = self._released, True
        self._store.release(self._held, again=again)


class Drop:
    """A snapshot of `Plain`."""

    def __init__(self, store: Plain, mailbox: MailboxName) -> None:
        self.store = store
        self.mailbox = mailbox
        self.letters: Sequence[Letter] = tuple(store.letters(mailbox))

    @property
    def messages(self) -> Sequence[Message]:
        """The messages in order."""
        store = self.store
        return [
            Message(store.octets(one), store.uid(one, index))
            for index, one in enumerate(self.letters)
        ]

    @property
    def octets(self) -> int:
        """What they have together."""
        return self.store.total(self.messages)

    @property
    def deletable(self) -> bool:
        """Whether messages may be marked as deleted: always."""
        return True

    async def read(self, number: int, /) -> Content | None:
        """Open a message, later."""
        letter = self.store.find(self, number)
        return None if letter is None else self.store.content(letter)

    def commit(self, numbers: Sequence[int], /) -> int:
        """Remove messages, at once."""
        return self.store.commit(self, numbers)


class Contract(MaildropContract):
    """The contract for `Plain`, and for what is made of it."""

    store_class: type[Plain] = Plain

    def make_store(self, place: Path, *, exclusive: bool) -> Maildrops:
        """Make one on an empty shelf."""
        del place
        return self.store_class(Shelf(), exclusive=exclusive)

    def make_another(self, store: Maildrops, place: Path, *, exclusive: bool) -> Maildrops:
        """Make one on the same shelf."""
        del place
        return self.store_class(cast("Plain", store).shelf, exclusive=exclusive)

    def deliver(self, store: Maildrops, place: Path, mailbox: MailboxName, stored: bytes) -> None:
        """Put a letter on the shelf."""
        del place
        plain = cast("Plain", store)
        plain.shelf.delivered += 1
        plain.letters(mailbox).append(Letter(stored, f"{plain.shelf.delivered}"))

    def remove(self, store: Maildrops, place: Path, mailbox: MailboxName, number: int) -> None:
        """Take a letter from the shelf."""
        del place
        del cast("Plain", store).letters(mailbox)[number - 1]
