"""What the contract asks of a store's author, and the bench on which a store is tried.

Decides which few things differ from store to store, and how an answer is awaited where it is one to
await. Refuses to know any store, and to hold a test.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from inspect import isawaitable
from pathlib import Path
from typing import Final, TypeVar, cast

from requite.pop3.names import AccountName, MailboxName
from requite.pop3.services import Answer, Busy, Content, Lock, Maildrop, Maildrops, Unusable

__all__ = ("ALICE", "BOB", "Bench", "StoreUnderTest")

T = TypeVar("T")

ALICE: Final = MailboxName("alice")
BOB: Final = MailboxName("bob")


class StoreUnderTest:
    """What a store's author says about the store: three methods, and three with a default."""

    def make_store(self, place: Path, *, exclusive: bool) -> Maildrops:
        """Make a store over what is kept in a directory, which is empty the first time.

        In it, the mailboxes `alice` and `bob` exist or come to exist, and are empty.

        Args:
            place: a directory of this test alone.
            exclusive: one session at a time holds a maildrop; otherwise several do.
        """
        raise NotImplementedError

    def deliver(self, store: Maildrops, place: Path, mailbox: MailboxName, stored: bytes) -> None:
        """Deliver a message as a delivery agent does: the stored octets come after all others."""
        raise NotImplementedError

    def remove(self, store: Maildrops, place: Path, mailbox: MailboxName, number: int) -> None:
        """Remove a message as another program does, whatever sessions are open.

        Args:
            store: what `make_store` gave.
            place: the directory that it was made over.
            mailbox: whose maildrop.
            number: the message's place in the order of delivery among those that are there now;
                the first is 1.
        """
        raise NotImplementedError

    def make_another(self, store: Maildrops, place: Path, *, exclusive: bool) -> Maildrops:
        """Make a second store over the same directory, as a second server process would.

        A store that lives in its process alone gives itself.
        """
        del store
        return self.make_store(place, exclusive=exclusive)

    def kept_as(self, stored: bytes) -> bytes:
        """Say what the store keeps of delivered octets, where its format cannot keep just them."""
        return stored

    def close_store(self, store: Maildrops) -> None:
        """Let go of what a store holds: its method `close`, if it has one."""
        close = getattr(store, "close", None)
        if close is not None:
            close()


class Bench:
    """A store on which a test tries things: it awaits what is to be awaited, and cleans up."""

    def __init__(self, author: StoreUnderTest, place: Path, *, exclusive: bool) -> None:
        """Make the store."""
        self._author = author
        self._place = place
        self._exclusive = exclusive
        self._runner = asyncio.Runner()
        self._locks: list[Lock] = []
        self._contents: list[Content] = []
        self.store = author.make_store(place, exclusive=exclusive)
        self._stores = [self.store]

    def ask(self, call: Callable[[], Answer[T]]) -> T:
        """Call within an event loop, and await what it gives if that is to be awaited."""

        async def answered() -> T:
            given = call()
            if isawaitable(given):
                later: Awaitable[T] = given
                return await later
            return given

        return self._runner.run(answered())

    def deliver(self, *letters: bytes, mailbox: MailboxName = ALICE) -> None:
        """Deliver messages, one after the other."""
        for stored in letters:
            self._author.deliver(self.store, self._place, mailbox, stored)

    def remove(self, number: int) -> None:
        """Remove one of alice's messages as another program does."""
        self._author.remove(self.store, self._place, ALICE, number)

    def kept_as(self, stored: bytes) -> bytes:
        """Say what the store keeps of delivered octets."""
        return self._author.kept_as(stored)

    def another(self) -> Maildrops:
        """Make a second store over the same directory."""
        made = self._author.make_another(self.store, self._place, exclusive=self._exclusive)
        self._stores.append(made)
        return made

    def lock(
        self, mailbox: MailboxName = ALICE, store: Maildrops | None = None
    ) -> Lock | Busy | Unusable:
        """Ask for a maildrop's lock."""
        served = self.store if store is None else store
        # A lock is not to be awaited; the type checker cannot know that of a protocol.
        lock = cast("Lock | Busy | Unusable", self.ask(lambda: served.lock(mailbox)))
        if not isinstance(lock, Busy | Unusable):
            self._locks.append(lock)
        return lock

    def held(self, mailbox: MailboxName = ALICE, store: Maildrops | None = None) -> Lock:
        """Take a lock that must be free."""
        lock = self.lock(mailbox, store)
        if isinstance(lock, Busy | Unusable):
            raise AssertionError(f"expected the lock of {mailbox!r}, found {lock}")  # noqa: TRY004
        return lock

    def release(self, lock: Lock) -> None:
        """Release a lock."""
        self._locks = [other for other in self._locks if other is not lock]
        self.ask(lock.release)

    @contextmanager
    def session(
        self,
        mailbox: MailboxName = ALICE,
        *,
        store: Maildrops | None = None,
        account: AccountName | None = None,
    ) -> Iterator[Maildrop]:
        """Hold a maildrop's lock, and give the snapshot that was taken under it."""
        served = self.store if store is None else store
        lock = self.held(mailbox, store)
        yield self.ask(lambda: served.open(mailbox, account))
        self.release(lock)

    def opened(self, maildrop: Maildrop, number: int) -> Content | None:
        """Open a message for reading, or give None where it is gone."""
        content = self.ask(lambda: maildrop.read(number))
        if content is not None:
            self._contents.append(content)
        return content

    def octets_of(self, maildrop: Maildrop, number: int, *, size_octets: int = 65_536) -> bytes:
        """Read a whole message that is there, in pieces of that size, and close it."""
        content = self.opened(maildrop, number)
        if content is None:
            raise AssertionError(f"expected message {number}, found that it is gone")
        read = self.rest_of(content, size_octets=size_octets)
        content.close()
        return read

    def rest_of(self, content: Content, *, size_octets: int = 65_536) -> bytes:
        """Read what is left of an open message."""
        pieces = iter(lambda: self._piece(content, size_octets), b"")
        return b"".join(pieces)

    def _piece(self, content: Content, size_octets: int) -> bytes:
        piece = content.read(size_octets)
        if len(piece) > size_octets:
            raise AssertionError(f"expected {size_octets} octets at most, found {len(piece)}")
        return piece

    def commit(self, maildrop: Maildrop, *numbers: int) -> int:
        """Remove messages, and say how many could not be removed."""
        return self.ask(lambda: maildrop.commit(numbers))

    def there(self) -> list[bytes]:
        """Give the stored octets of alice's messages as a new session reads them."""
        with self.session() as maildrop:
            numbers = range(1, len(maildrop.messages) + 1)
            return [self.octets_of(maildrop, number) for number in numbers]

    def uids(self, store: Maildrops | None = None) -> list[str]:
        """Give the unique ids of alice's messages as a new session sees them."""
        with self.session(store=store) as maildrop:
            return [message.uid for message in maildrop.messages]

    def close(self) -> None:
        """Let go of whatever a test has left, also of one that failed."""
        for content in self._contents:
            content.close()
        for lock in self._locks:
            self.ask(lock.release)
        for store in {id(store): store for store in self._stores}.values():
            self._author.close_store(store)
        self._runner.close()
