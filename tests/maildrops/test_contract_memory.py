"""Maildrops in memory pass the contract of every store.

Decides how mail gets into memory and is taken from it. Refuses to test what memory alone does.
"""

from pathlib import Path
from typing import cast

from requite.pop3.maildrops.contract import MaildropContract
from requite.pop3.maildrops.memory import MemoryMaildrops
from requite.pop3.names import MailboxName
from requite.pop3.services import Maildrops


class TestMemory(MaildropContract):
    """The contract, for `MemoryMaildrops`."""

    def make_store(self, place: Path, *, exclusive: bool) -> Maildrops:
        """Make an empty one."""
        del place
        return MemoryMaildrops(exclusive=exclusive)

    def make_another(self, store: Maildrops, place: Path, *, exclusive: bool) -> Maildrops:
        """Give the same one: what is in memory is in this process alone."""
        del place, exclusive
        return store

    def deliver(self, store: Maildrops, place: Path, mailbox: MailboxName, stored: bytes) -> None:
        """Add a message."""
        del place
        memory(store).add(mailbox, stored)

    def remove(self, store: Maildrops, place: Path, mailbox: MailboxName, number: int) -> None:
        """Remove the message of that number."""
        del place
        memory(store).remove(mailbox, memory(store).open(mailbox).messages[number - 1].uid)


def memory(store: Maildrops) -> MemoryMaildrops:
    """Say that a store is the one that was made here."""
    return cast("MemoryMaildrops", store)  # `make_store` makes no other.
