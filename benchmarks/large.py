"""Maildirs from ten messages to a hundred thousand, and what other programs do to them.

Decides what each holds, how a message is delivered, how its flags change, and that everything is
afterwards as it was laid out, so that each server and each round begins with the same. Refuses to
decide who is measured on them.
"""

import os
import pwd
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.corpus import DELIVERED_AT, Corpus, Kind, message_text

__all__ = ("HUGE", "HUGE_AS_ON_THE_WIRE", "Mailbox", "lay_out_large", "sent_octets")

SMALL_OCTETS: Final = 1_000
"""Smaller than most mail, so that what a message costs shows, and not what an octet costs."""
HUGE_OCTETS: Final = 50_000_000
HUGE: Final = Kind("huge", 1, HUGE_OCTETS, b"\n")
HUGE_AS_ON_THE_WIRE: Final = Kind("hugewire", 1, HUGE_OCTETS, b"\r\n")
SETTLED_S: Final = DELIVERED_AT + 1_000_000
"""When the folders changed last: so long ago that no clock is too coarse to tell."""
LATER: Final = f"{DELIVERED_AT + 2_000_000}.M1P1.example"
REQUITE_INDEX: Final = "requite-index"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One Maildir."""

    name: str
    maildir: Path
    messages: int

    def reset(self) -> None:
        """Make it what it was, without an index of ours; peers keep theirs elsewhere."""
        (self.maildir / REQUITE_INDEX).unlink(missing_ok=True)
        for late in (f"new/{LATER}", f"cur/{LATER}:2,"):
            (self.maildir / late).unlink(missing_ok=True)
        if (self.maildir / self._flagged).exists():
            (self.maildir / self._flagged).rename(self.maildir / self._first)
        self._settle()

    def deliver(self) -> None:
        """Add a message, as maildir(5) says: written in `tmp`, then moved to `new`."""
        unfinished = self.maildir / "tmp" / LATER
        unfinished.write_bytes((self.maildir / self._first).read_bytes())
        unfinished.rename(self.maildir / "new" / LATER)

    def flag(self) -> None:
        """Change the flags of one message."""
        (self.maildir / self._first).rename(self.maildir / self._flagged)

    @property
    def _first(self) -> str:
        return f"cur/{_name(0)}:2,S"

    @property
    def _flagged(self) -> str:
        return f"cur/{_name(0)}:2,FS"

    def _settle(self) -> None:
        for folder in ("new", "cur"):
            os.utime(self.maildir / folder, (SETTLED_S, SETTLED_S))


def sent_octets(kind: Kind) -> int:
    """Return what RETR sends for the message of a kind, the final line "." included."""
    lines = message_text(kind, 0).splitlines()
    return sum(len(line) + 2 + line.startswith(b".") for line in lines) + len(b".\r\n")


def lay_out_large(
    directory: Path, sizes: Sequence[int], say: Callable[[str], None]
) -> tuple[Corpus, Sequence[Mailbox]]:
    """Write a Maildir of each size, and the two with one huge message each."""
    mail = directory / "mail"
    corpus = Corpus(mail, directory / "accounts", secrets.token_hex(8), 0)
    mailboxes = []
    for size in sizes:
        say(f"laying out {size:,} messages")
        kind = Kind(f"holds{size}", size, SMALL_OCTETS, b"\n")
        mailboxes.append(_fill(mail, kind))
    say(f"laying out two messages of {HUGE_OCTETS / 1e6:.0f} MB")
    names = [mailbox.name for mailbox in mailboxes]
    names += [_fill(mail, kind).name for kind in (HUGE, HUGE_AS_ON_THE_WIRE)]
    lines = [f"{name}:{{PLAIN}}{corpus.password}\n" for name in names]
    corpus.accounts_file.write_text("".join(lines), encoding="ascii")
    return corpus, mailboxes


def _name(number: int) -> str:
    """Name a file without `S=` or `W=`: not every delivery agent writes them."""
    return f"{DELIVERED_AT + number}.M{number}P1.example"


def _fill(mail: Path, kind: Kind) -> Mailbox:
    mailbox = Mailbox(kind.prefix, mail / kind.prefix / "Maildir", kind.messages)
    for folder in ("cur", "new", "tmp"):
        (mailbox.maildir / folder).mkdir(parents=True)
        if os.geteuid() == 0:
            # Dovecot, which moves what is new to `cur`, then reads mail as this user.
            os.chown(mailbox.maildir / folder, pwd.getpwnam("nobody").pw_uid, -1)
    text = message_text(kind, 0)
    for number in range(kind.messages):
        (mailbox.maildir / "cur" / f"{_name(number)}:2,S").write_bytes(text)
    mailbox.reset()
    return mailbox
