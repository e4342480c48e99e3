"""What tests of Maildirs have in common: deliveries, settled folders, and opening a maildrop."""

import asyncio
import os
from pathlib import Path
from typing import Final

from requite.pop3.maildrops.maildir import MaildirMaildrop, MaildirMaildrops
from requite.pop3.names import MailboxName

__all__ = ("ALICE", "LONG_AGO_S", "deliver", "opened", "settle")

ALICE: Final = MailboxName("alice")
LONG_AGO_S: Final = 1_600_000_000


def deliver(maildir: Path, place: str, stored: bytes = b"Subject: x\n\nbody\n") -> Path:
    """Write a message's file."""
    path = maildir / place
    path.write_bytes(stored)
    return path


def settle(maildir: Path) -> None:
    """Let the folders look as if nothing had changed for long."""
    for folder in ("new", "cur"):
        os.utime(maildir / folder, (LONG_AGO_S, LONG_AGO_S))


def opened(maildrops: MaildirMaildrops, mailbox: MailboxName = ALICE) -> MaildirMaildrop:
    """Open a maildrop, whether it answers at once or later."""

    async def answer() -> MaildirMaildrop:
        given = maildrops.open(mailbox)
        return given if isinstance(given, MaildirMaildrop) else await given

    return asyncio.run(answer())
