"""Keep maildrops in memory, for tests of mail software and for trying things out.

Decides nothing that a Maildir would not decide in the same way: a snapshot for each session, an
exclusive or a shared lock, a mailbox that nobody wrote to is empty. Refuses to survive the process.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from requite.pop3.errors import InvariantBroken
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.services import Busy, Message
from requite.pop3.wire.content import wire_octets

__all__ = ("MemoryContent", "MemoryLock", "MemoryMaildrop", "MemoryMaildrops")


@dataclass(frozen=True, slots=True)
class _Kept:
    """One message as it is kept: its stored form and what a listing says of it."""

    stored: bytes
    message: Message


class MemoryMaildrops:
    r"""Maildrops that live as long as this object does.

    Example:
        >>> maildrops = MemoryMaildrops()
        >>> maildrops.add(MailboxName("alice"), b"Subject: hello\n\nHello.\n")
        '0000000001'
        >>> maildrops.open(MailboxName("alice")).messages
        (Message(octets=26, uid='0000000001'),)
    """

    def __init__(self, *, exclusive: bool = True) -> None:
        """Begin with every mailbox empty.

        Args:
            exclusive: one session at a time holds a maildrop; otherwise any number does.
        """
        self._exclusive = exclusive
        self._kept: dict[MailboxName, dict[str, _Kept]] = {}
        self._holders: Counter[MailboxName] = Counter()
        self._added = 0

    def add(self, mailbox: MailboxName, stored: bytes, *, uid: str | None = None) -> str:
        """Deliver a message to a mailbox and give its unique id.

        Raises:
            ValueError: the mailbox holds a message of that id already.
        """
        self._added += 1
        uid = f"{self._added:010d}" if uid is None else uid
        kept = self._kept.setdefault(mailbox, {})
        if uid in kept:
            raise ValueError(f"expected an id that is new to {mailbox!r}, found {uid!r}")
        kept[uid] = _Kept(stored, Message(wire_octets(stored), uid))
        return uid

    def remove(self, mailbox: MailboxName, uid: str) -> None:
        """Remove a message as another program would, whatever sessions are open.

        Raises:
            KeyError: there is no such message.
        """
        del self._kept[mailbox][uid]

    def stored(self, mailbox: MailboxName) -> tuple[bytes, ...]:
        """Give the stored form of a mailbox's messages as they are now."""
        return tuple(kept.stored for kept in self._kept.get(mailbox, {}).values())

    def holders(self, mailbox: MailboxName) -> int:
        """Count the locks that are held on a mailbox's maildrop."""
        return self._holders[mailbox]

    def lock(self, mailbox: MailboxName, /) -> "MemoryLock | Busy":
        """Take the maildrop's lock, exclusive or shared as configured."""
        if self._exclusive and self._holders[mailbox]:
            return Busy()
        self._holders[mailbox] += 1
        return MemoryLock(self._holders, mailbox)

    def open(self, mailbox: MailboxName, account: AccountName | None = None, /) -> "MemoryMaildrop":
        """Take a snapshot of a maildrop."""
        del account  # Everybody sees the same.
        return MemoryMaildrop(self._kept.setdefault(mailbox, {}))


class MemoryLock:
    """The proof that a session holds a maildrop in memory."""

    __slots__ = ("_holders", "_mailbox", "_released")

    def __init__(self, holders: Counter[MailboxName], mailbox: MailboxName) -> None:
        """Stand for one holder that has been counted already."""
        self._holders = holders
        self._mailbox = mailbox
        self._released = False

    def release(self) -> None:
        """Let go, at once and without fail.

        Raises:
            InvariantBroken: it was released before.
        """
        if self._released:
            raise InvariantBroken("a maildrop's lock was released twice")
        self._released = True
        self._holders[self._mailbox] -= 1


class MemoryMaildrop:
    """A snapshot of one mailbox in memory, for one session."""

    __slots__ = ("_kept", "_messages")

    def __init__(self, kept: dict[str, _Kept]) -> None:
        """Remember what the mailbox holds now; `kept` stays the mailbox's own."""
        self._kept = kept
        self._messages = tuple(one.message for one in kept.values())

    @property
    def messages(self) -> Sequence[Message]:
        """The messages in the order in which they were delivered."""
        return self._messages

    @property
    def octets(self) -> int:
        """What the messages have together."""
        return sum(message.octets for message in self._messages)

    def read(self, number: int, /) -> "MemoryContent | None":
        """Open one message, or give None when it has been removed since."""
        kept = self._kept.get(self._messages[number - 1].uid)
        return None if kept is None else MemoryContent(kept.stored)

    def commit(self, numbers: Sequence[int], /) -> int:
        """Remove messages for good; none can fail to be removed."""
        for number in numbers:
            self._kept.pop(self._messages[number - 1].uid, None)
        return 0


class MemoryContent:
    """A message in memory that is open for reading."""

    __slots__ = ("_at", "_stored")

    def __init__(self, stored: bytes) -> None:
        """Begin at its first octet."""
        self._stored = stored
        self._at = 0

    @property
    def stored_octets(self) -> int:
        """The size as stored."""
        return len(self._stored)

    def read(self, size_octets: int, /) -> bytes:
        """Read on, at most that many octets; empty at the end."""
        chunk = self._stored[self._at : self._at + size_octets]
        self._at += len(chunk)
        return chunk

    def close(self) -> None:
        """Let go of nothing: memory needs no closing."""
