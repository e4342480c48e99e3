"""Mbox files pass the contract of every store.

Decides how mail is appended to an mbox and how another program rewrites it. Refuses to test what an
mbox alone does.
"""

from pathlib import Path

from maildrops.mboxes import FROM_LINE, append, kept_as
from requite.pop3.maildrops.contract import MaildropContract
from requite.pop3.maildrops.mbox import MboxMaildrops
from requite.pop3.maildrops.paths import MailboxPath
from requite.pop3.names import MailboxName
from requite.pop3.services import Maildrops


class TestMbox(MaildropContract):
    """The contract, for `MboxMaildrops`."""

    def make_store(self, place: Path, *, exclusive: bool) -> Maildrops:
        """Serve the files of a spool."""
        return MboxMaildrops(MailboxPath("{mailbox}", base=place), exclusive=exclusive)

    def deliver(self, store: Maildrops, place: Path, mailbox: MailboxName, stored: bytes) -> None:
        """Append to the file."""
        del store
        append(place / mailbox, stored)

    def remove(self, store: Maildrops, place: Path, mailbox: MailboxName, number: int) -> None:
        """Write the file without the message of that number."""
        del store
        path = place / mailbox
        letters = path.read_bytes().split(FROM_LINE)[1:]
        del letters[number - 1]
        path.write_bytes(b"".join(FROM_LINE + letter for letter in letters))

    def kept_as(self, stored: bytes) -> bytes:
        """Say what an mbox makes of a message."""
        return kept_as(stored)
