"""Maildirs pass the contract of every store.

Decides how a delivery agent writes to a Maildir and how another program removes from it. Refuses to
test what a Maildir alone does.
"""

from pathlib import Path

from requite.pop3.maildrops.contract import MaildropContract
from requite.pop3.maildrops.maildir import MaildirMaildrops
from requite.pop3.maildrops.paths import MailboxPath
from requite.pop3.names import MailboxName
from requite.pop3.services import Maildrops


class TestMaildir(MaildropContract):
    """The contract, for `MaildirMaildrops`."""

    def make_store(self, place: Path, *, exclusive: bool) -> Maildrops:
        """Serve a tree of Maildirs that are made when they are first locked."""
        path_of = MailboxPath("{mailbox}", base=place)
        return MaildirMaildrops(path_of, exclusive=exclusive, make_below=path_of.root)

    def deliver(self, store: Maildrops, place: Path, mailbox: MailboxName, stored: bytes) -> None:
        """Write a file in `tmp`, under the next second, and move it to `new` (maildir(5))."""
        del store
        maildir = place / mailbox
        for folder in ("tmp", "new", "cur"):
            (maildir / folder).mkdir(parents=True, exist_ok=True)
        last = max((int(path.name.split(".")[0]) for path in standing(maildir)), default=1_000)
        name = f"{last + 1}.M1P1.example"
        (maildir / "tmp" / name).write_bytes(stored)
        (maildir / "tmp" / name).rename(maildir / "new" / name)

    def remove(self, store: Maildrops, place: Path, mailbox: MailboxName, number: int) -> None:
        """Unlink the file that stands at that place."""
        del store
        standing(place / mailbox)[number - 1].unlink()


def standing(maildir: Path) -> list[Path]:
    """Give the files of a Maildir in the order of their delivery."""
    return sorted((*maildir.glob("new/*"), *maildir.glob("cur/*")), key=lambda path: path.name)
