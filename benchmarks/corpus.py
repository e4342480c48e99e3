"""Maildirs that every server of one comparison reads.

Decides what mail there is: small messages for log-ins and polls, one large message for RETR, as
most delivery agents store it (LF) and as it goes over the wire (CRLF). Refuses to decide who
serves it. The same bytes in every run: nothing here is random but the password.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path

__all__ = (
    "BIG",
    "BIG_AS_ON_THE_WIRE",
    "DELIVERED_AT",
    "SMALL",
    "Corpus",
    "Kind",
    "lay_out",
    "message_text",
)

SMALL_MESSAGES = 10
SMALL_OCTETS = 4 * 1024
"""What most messages without an attachment are, and what `anchors.md` was measured with."""
BIG_OCTETS = 10 * 1000 * 1000
BIG_MAILBOXES = 2
"""One for each session of a RETR run: no server with an exclusive lock should see contention."""
DELIVERED_AT = 1_700_000_000
"""Any moment: a Maildir name begins with one, and the servers sort by it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Mailboxes that hold the same messages: `prefix` and a number are their names."""

    prefix: str
    messages: int
    octets_each: int
    line_end: bytes
    dotted: bool = True
    """Every fiftieth line begins with a dot, to be stuffed on the wire."""


SMALL = Kind("user", SMALL_MESSAGES, SMALL_OCTETS, b"\n")
BIG = Kind("big", 1, BIG_OCTETS, b"\n")
BIG_AS_ON_THE_WIRE = Kind("wire", 1, BIG_OCTETS, b"\r\n", dotted=False)


@dataclass(frozen=True, slots=True)
class Corpus:
    """What was laid out, and the password that opens all of it."""

    mail: Path
    """Holds MAILBOX/Maildir."""
    accounts_file: Path
    """Lines `name:{PLAIN}password`, as Dovecot's passwd-file and requite's accounts."""
    password: str
    small_mailboxes: int

    def mailboxes_of(self, kind: Kind) -> int:
        """Return how many mailboxes of a kind there are."""
        return self.small_mailboxes if kind is SMALL else BIG_MAILBOXES


def _line(number: int, *, dotted: bool) -> bytes:
    """Return a line of text."""
    text = b"%08d the quick brown fox jumps over the lazy dog, again and again and" % number
    return b"." + text if dotted and number % 50 == 0 else text


def message_text(kind: Kind, number: int) -> bytes:
    """Return a message as it is stored, of about `kind.octets_each` octets on the wire."""
    lines = [
        b"From: Sender <sender@example.org>",
        b"To: Reader <reader@example.org>",
        b"Subject: message %d of %s" % (number, kind.prefix.encode()),
        b"Date: Tue, 14 Nov 2023 22:13:20 +0000",
        b"Message-ID: <%d.%s@example.org>" % (number, kind.prefix.encode()),
        b"",
    ]
    octets = sum(len(line) + 2 for line in lines)
    while octets < kind.octets_each:
        lines.append(_line(number * 7 + len(lines), dotted=kind.dotted))
        octets += len(lines[-1]) + 2
    return kind.line_end.join([*lines, b""])


def _fill(mail: Path, kind: Kind, count: int) -> None:
    texts = [message_text(kind, number) for number in range(kind.messages)]
    for mailbox in range(count):
        maildir = mail / f"{kind.prefix}{mailbox}" / "Maildir"
        for folder in ("cur", "new", "tmp"):
            (maildir / folder).mkdir(parents=True)
        for number, text in enumerate(texts):
            # No `S=` or `W=` in the name: not every delivery agent writes them.
            name = f"{DELIVERED_AT + number}.M{number}P1.example:2,S"
            (maildir / "cur" / name).write_bytes(text)


def lay_out(directory: Path, small_mailboxes: int) -> Corpus:
    """Write all Maildirs and the file of accounts below a directory that exists."""
    mail = directory / "mail"
    accounts_file = directory / "accounts"
    corpus = Corpus(mail, accounts_file, secrets.token_hex(8), small_mailboxes)
    names: list[str] = []
    for kind in (SMALL, BIG, BIG_AS_ON_THE_WIRE):
        count = corpus.mailboxes_of(kind)
        _fill(mail, kind, count)
        names += (f"{kind.prefix}{mailbox}" for mailbox in range(count))
    lines = [f"{name}:{{PLAIN}}{corpus.password}\n" for name in names]
    accounts_file.write_text("".join(lines), encoding="ascii")
    return corpus
