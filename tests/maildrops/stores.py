"""One mailbox of support, in memory and as a Maildir, behind one face.

Decides what a test of policies asks of either store: deliveries with a time, an account that opens
it, a new start of the server, and what is left. Refuses to hold a check.
"""

import asyncio
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from inspect import isawaitable
from pathlib import Path
from typing import Final, TypeVar

from requite.pop3.maildrops.deletions import DeletePolicy, Deletions
from requite.pop3.maildrops.maildir import MaildirMaildrops
from requite.pop3.maildrops.memory import MemoryMaildrops
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.services import Answer, Maildrop, Maildrops

__all__ = (
    "ALICE",
    "BOB",
    "DAY_S",
    "MAILBOX",
    "MaildirStore",
    "MemoryStore",
    "Store",
    "answered",
    "deletions",
    "texts",
)

MAILBOX: Final = MailboxName("support")
ALICE: Final = AccountName("alice")
BOB: Final = AccountName("bob")
DAY_S: Final = 86_400
OCTETS_MAX: Final = 1_000
T = TypeVar("T")


def deletions(policy: str, *, retention_days: int = 0, fsync: bool = True) -> Deletions:
    """Give support a policy, and every other mailbox the default one."""
    return Deletions(
        of_mailbox={MAILBOX: DeletePolicy.parse(policy)},
        retention_days=retention_days,
        fsync=fsync,
    )


class Store(ABC):
    """One mailbox that several accounts open."""

    @property
    @abstractmethod
    def maildrops(self) -> Maildrops:
        """The service that a session asks."""

    @abstractmethod
    def deliver(self, text: str, *, age_days: float = 0) -> None:
        """Deliver a message, or one that was delivered some days ago."""

    @abstractmethod
    def remove(self, text: str) -> None:
        """Remove a message as another program would."""

    @abstractmethod
    def restart(self) -> None:
        """Start anew, as after the end of the process, as far as the store outlasts that."""

    @abstractmethod
    def kept(self, folder: str = "") -> list[str]:
        """Give the messages that are there, or in a folder, sorted."""

    @abstractmethod
    def close(self) -> None:
        """Let go of what was opened."""

    def opened(self, account: AccountName = ALICE) -> Maildrop:
        """Open the mailbox."""
        return answered(lambda: self.maildrops.open(MAILBOX, account))

    def seen(self, account: AccountName = ALICE) -> list[str]:
        """Open the mailbox and read all messages."""
        return texts(self.opened(account))

    def commit(self, maildrop: Maildrop, *deleted: str) -> int:
        """Delete messages by what stands in them, and say how many are still there."""
        numbers = [number for number, text in enumerate(texts(maildrop), 1) if text in deleted]
        return self.commit_numbers(maildrop, numbers)

    @staticmethod
    def commit_numbers(maildrop: Maildrop, numbers: Sequence[int]) -> int:
        """Delete messages by their numbers, and say how many are still there."""
        return answered(lambda: maildrop.commit(numbers))

    def delete(self, account: AccountName, *deleted: str) -> int:
        """Delete messages in a session of their own."""
        return self.commit(self.opened(account), *deleted)


class MemoryStore(Store):
    """The mailbox in memory."""

    def __init__(self, rules: Deletions) -> None:
        self._maildrops = MemoryMaildrops(exclusive=False, deletions=rules)

    @property
    def maildrops(self) -> MemoryMaildrops:
        """The store."""
        return self._maildrops

    def deliver(self, text: str, *, age_days: float = 0) -> None:
        """Add it."""
        delivered_s = time.time() - age_days * DAY_S
        self.maildrops.add(MAILBOX, text.encode(), uid=text, delivered_s=delivered_s)

    def remove(self, text: str) -> None:
        """Remove it."""
        self.maildrops.remove(MAILBOX, text)

    def restart(self) -> None:
        """Do nothing: it lives as long as the object."""

    def kept(self, folder: str = "") -> list[str]:
        """Look into the store."""
        return sorted(one.decode() for one in self.maildrops.stored(MAILBOX, folder=folder))

    def close(self) -> None:
        """Do nothing: memory needs no closing."""


class MaildirStore(Store):
    """The mailbox as a Maildir."""

    def __init__(self, rules: Deletions, path: Path) -> None:
        self.path = path
        self._rules = rules
        for folder in ("tmp", "new", "cur"):
            (path / folder).mkdir(parents=True, exist_ok=True)
        self._maildrops = self._started()
        self._delivered = 0

    @property
    def maildrops(self) -> MaildirMaildrops:
        """The store."""
        return self._maildrops

    def _started(self) -> MaildirMaildrops:
        return MaildirMaildrops(lambda _: self.path, exclusive=False, deletions=self._rules)

    def deliver(self, text: str, *, age_days: float = 0) -> None:
        """Write its file, whose name has the time that the file has."""
        self._delivered += 1
        delivered_s = int(time.time() - age_days * DAY_S)
        path = self.path / "new" / f"{delivered_s}.M{self._delivered}P1.{text}"
        path.write_bytes(text.encode())
        os.utime(path, (delivered_s, delivered_s))

    def remove(self, text: str) -> None:
        """Remove its file."""
        [path] = self.path.glob(f"new/*.{text}")
        path.unlink()

    def restart(self) -> None:
        """Serve it by a store that remembers nothing."""
        self.maildrops.close()
        self._maildrops = self._started()

    def kept(self, folder: str = "") -> list[str]:
        """Look at the disk."""
        place = self.path / f".{folder}" if folder else self.path
        return sorted(path.read_text() for path in place.glob("[nc][eu][wr]/*"))

    def close(self) -> None:
        """Let go of the threads."""
        self.maildrops.close()


def texts(maildrop: Maildrop) -> list[str]:
    """Read all messages of a snapshot that are still there."""
    contents = [
        answered(partial(maildrop.read, number)) for number in range(1, len(maildrop.messages) + 1)
    ]
    found = [content.read(OCTETS_MAX).decode() for content in contents if content is not None]
    for content in contents:
        if content is not None:
            content.close()
    return found


def answered(ask: Callable[[], Answer[T]]) -> T:
    """Ask, whether that is answered at once or later."""

    async def story() -> T:
        answer = ask()
        return await answer if isawaitable(answer) else answer

    return asyncio.run(story())
