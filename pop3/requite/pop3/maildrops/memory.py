"""Keep maildrops in memory, for tests of mail software and for trying things out.

Decides nothing that a Maildir would not decide in the same way: a snapshot for each session, an
exclusive or a shared lock, a mailbox that nobody wrote to is empty, and what becomes of a deleted
message. Refuses to survive the process.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from requite.pop3.errors import InvariantBroken
from requite.pop3.maildrops.deletions import Deletion, Deletions
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.services import Busy, Message
from requite.pop3.wire.content import wire_octets

__all__ = ("MemoryContent", "MemoryLock", "MemoryMaildrop", "MemoryMaildrops")


@dataclass(frozen=True, slots=True)
class _Kept:
    """One message as it is kept: its stored form and what a listing says of it."""

    stored: bytes
    message: Message
    delivered_s: float


@dataclass(slots=True)
class _Box:
    """One mailbox."""

    kept: dict[str, _Kept] = field(default_factory=dict)
    folders: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    hidden: dict[AccountName, set[str]] = field(default_factory=lambda: defaultdict(set))


class MemoryMaildrops:
    r"""Maildrops that live as long as this object does.

    Example:
        >>> maildrops = MemoryMaildrops()
        >>> maildrops.add(MailboxName("alice"), b"Subject: hello\n\nHello.\n")
        '0000000001'
        >>> maildrops.open(MailboxName("alice")).messages
        (Message(octets=26, uid='0000000001'),)
    """

    def __init__(self, *, exclusive: bool = True, deletions: Deletions | None = None) -> None:
        """Begin with every mailbox empty.

        Args:
            exclusive: one session at a time holds a maildrop; otherwise any number does.
            deletions: what becomes of deleted messages; without it, they are removed.
        """
        self._exclusive = exclusive
        self._deletions = Deletions() if deletions is None else deletions
        self._boxes: defaultdict[MailboxName, _Box] = defaultdict(_Box)
        self._holders: Counter[MailboxName] = Counter()
        self._added = 0

    def add(
        self,
        mailbox: MailboxName,
        stored: bytes,
        *,
        uid: str | None = None,
        delivered_s: float | None = None,
    ) -> str:
        """Deliver a message to a mailbox and give its unique id.

        Args:
            mailbox: whose mailbox.
            stored: the message.
            uid: its unique id; without it, one is chosen.
            delivered_s: when it was delivered, in seconds since 1970; now, if this is left out.

        Raises:
            ValueError: the mailbox holds a message of that id already.
        """
        self._added += 1
        uid = f"{self._added:010d}" if uid is None else uid
        kept = self._boxes[mailbox].kept
        if uid in kept:
            raise ValueError(f"expected an id that is new to {mailbox!r}, found {uid!r}")
        moment_s = time.time() if delivered_s is None else delivered_s
        kept[uid] = _Kept(stored, Message(wire_octets(stored), uid), moment_s)
        return uid

    def remove(self, mailbox: MailboxName, uid: str) -> None:
        """Remove a message as another program would, whatever sessions are open.

        Raises:
            KeyError: there is no such message.
        """
        del self._boxes[mailbox].kept[uid]

    def stored(self, mailbox: MailboxName, *, folder: str = "") -> tuple[bytes, ...]:
        """Give the stored form of a mailbox's messages as they are now, or of those in a folder."""
        box = self._boxes[mailbox]
        if folder:
            return tuple(box.folders[folder])
        return tuple(kept.stored for kept in box.kept.values())

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
        who = AccountName(mailbox) if account is None else account
        return MemoryMaildrop(self._boxes[mailbox], mailbox, who, self._deletions)


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

    __slots__ = ("_box", "_deletions", "_hidden", "_messages", "_policy")

    def __init__(
        self, box: _Box, mailbox: MailboxName, account: AccountName, deletions: Deletions
    ) -> None:
        """Remember what the mailbox holds now; `box` stays the mailbox's own."""
        self._box = box
        self._deletions = deletions
        self._policy = deletions.policy_of(mailbox)
        self._hidden = box.hidden[account]
        self._messages = tuple(
            one.message for uid, one in box.kept.items() if uid not in self._hidden
        )

    @property
    def messages(self) -> Sequence[Message]:
        """The messages in the order in which they were delivered."""
        return self._messages

    @property
    def octets(self) -> int:
        """What the messages have together."""
        return sum(message.octets for message in self._messages)

    @property
    def deletable(self) -> bool:
        """Whether messages may be marked as deleted."""
        return self._policy.deletion is not Deletion.NEVER

    def read(self, number: int, /) -> "MemoryContent | None":
        """Open one message, or give None when it has been removed since."""
        kept = self._box.kept.get(self._messages[number - 1].uid)
        return None if kept is None else MemoryContent(kept.stored)

    def commit(self, numbers: Sequence[int], /) -> int:
        """Do with messages what the mailbox's policy says; that cannot fail."""
        uids = [self._messages[number - 1].uid for number in numbers]
        if not self.deletable:
            kept = len(uids)
        elif self._policy.deletion is Deletion.HIDE:
            kept = 0
            self._hidden.intersection_update(self._box.kept)
            self._hidden.update(uids)
        else:
            kept = 0
            self._take_out(uids)
        self._take_out(self._old())
        return kept

    def _take_out(self, uids: Sequence[str]) -> None:
        """Remove messages, or move them to the folder of the policy."""
        for uid in uids:
            kept = self._box.kept.pop(uid, None)
            if kept is not None and self._policy.folder:
                self._box.folders[self._policy.folder].append(kept.stored)

    def _old(self) -> Sequence[str]:
        now_s = time.time()
        return [
            uid
            for uid, kept in self._box.kept.items()
            if self._deletions.is_old(kept.delivered_s, now_s=now_s)
        ]


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
