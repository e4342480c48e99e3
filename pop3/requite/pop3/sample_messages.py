"""Thirty-odd messages that are legal, awkward, and the same in every run.

Decides what each of them is made of; its subject says honestly what is awkward about it, as far as
it has a header to say it in. Refuses to write them anywhere: `sample` does.
"""

import base64
from dataclasses import dataclass
from typing import Final

from requite.pop3.names import MailboxName

__all__ = ("SAMPLE_MESSAGES", "SampleMessage")

ALICE: Final = MailboxName("alice")
SUPPORT: Final = MailboxName("support")

LONG_LINE_OCTETS: Final = 1_000_000
LARGE_OCTETS: Final = 5_000_000


@dataclass(frozen=True, slots=True)
class SampleMessage:
    """One message of the sample, as it is stored."""

    mailbox: MailboxName
    about: str
    """What is awkward about it, which is its subject where it has one."""
    stored: bytes
    flags: str | None = None
    """None for one that nobody has seen and that stands in `new`; otherwise its flags."""


def _header(subject: str, *more: str, end: str = "\n") -> bytes:
    """Write a header that ends in a blank line."""
    lines = (
        "From: Requite <requite@example.org>",
        "To: Alice <alice@example.org>",
        "Date: Tue, 14 Nov 2023 22:13:20 +0000",
        f"Subject: {subject}",
        *more,
        "",
        "",
    )
    return end.join(lines).encode("utf-8")


def _alice(about: str, body: bytes, *more: str, end: str = "\n") -> SampleMessage:
    return SampleMessage(ALICE, about, _header(about, *more, end=end) + body)


def _support(about: str, body: bytes, flags: str | None = None) -> SampleMessage:
    return SampleMessage(SUPPORT, about, _header(about) + body, flags)


def _large() -> bytes:
    """Give 5 MB of numbered lines, of which some begin with a dot."""
    lines = []
    size = number = 0
    while size < LARGE_OCTETS:
        number += 1
        dot = "." if number % 1000 == 0 else ""
        lines.append(f"{dot}line {number:08d} of a message that is five million octets long\n")
        size += len(lines[-1])
    return "".join(lines).encode("ascii")


def _multipart() -> bytes:
    """Give a text and an attachment of every octet there is."""
    attachment = base64.encodebytes(bytes(range(256)) * 16)
    return (
        b"--requite\nContent-Type: text/plain\n\nSee the attachment.\n"
        b"--requite\nContent-Type: application/octet-stream\n"
        b"Content-Transfer-Encoding: base64\n"
        b'Content-Disposition: attachment; filename="octets.bin"\n\n'
        + attachment
        + b"\n--requite--\n"
    )


EIGHT_BIT: Final = bytes(octet for octet in range(128, 256)) + b"\n"
DOT_LINES: Final = b"..\n...\n. \n.\n.a\n\n.\n"

LINE_ENDS: Final = (
    _alice("Lines that end in LF", b"One.\nTwo.\nThree.\n"),
    _alice("Lines that end in CRLF", b"One.\r\nTwo.\r\nThree.\r\n", end="\r\n"),
    _alice("Lines that end in LF and in CRLF", b"LF.\nCRLF.\r\nLF again.\n"),
    _alice("Carriage returns alone", b"before\rafter\n\r\rtwo before\r\r\nand three\r\r\r\n"),
    _alice("No line end after the last line", b"The last line just ends"),
    _alice("No line end, but a carriage return last", b"The last octet is a carriage return\r"),
    _alice("Blank lines only", b"\n\n\r\n\n\r\n\n"),
    _alice("Blanks before line ends", b"one blank \ntwo  \na tab\t\n \n\t\n"),
)

OCTETS: Final = (
    _alice("NUL octets", b"before\0after\n\0\n\0\0\0\n"),
    _alice("Every octet above 127", EIGHT_BIT, "Content-Transfer-Encoding: 8bit"),
    _alice("Grüße, приветы, ご挨拶: UTF-8 in the header", "Viele Grüße\n".encode()),
    _alice("Control characters", bytes(range(1, 10)) + b"\x0b\x0c\x1b[31m\x7f\x1a\n"),
)

DOTS: Final = (
    _alice("A dot alone in the first line of the body", b".\nThe dot stood alone.\n"),
    _alice("A dot alone in the last line", b"A dot follows.\n.\n"),
    _alice("A dot as the very last octet", b"A dot follows.\n."),
    _alice("Lines that begin with dots", DOT_LINES),
    _alice("A dot after a lone carriage return is no first one", b"no line begins here:\r.\n"),
    SampleMessage(
        ALICE, "The first octet is a dot", b".dot: first\nSubject: The first octet is a dot\n\n.\n"
    ),
    SampleMessage(ALICE, "Nothing but a dot", b"."),
)

HEADERS: Final = (
    SampleMessage(ALICE, "Empty", b""),
    SampleMessage(
        ALICE, "A header without a blank line", b"Subject: A header without a blank line\n"
    ),
    SampleMessage(ALICE, "A header that does not end", b"Subject: A header that does not end"),
    SampleMessage(ALICE, "No header", b"\nNo header, and the body begins at once.\n"),
    _alice("No body after the blank line", b""),
    _alice(
        "A subject that is folded\n over three lines,\n\tone of them by a tab",
        b"The header is longer than its lines.\n",
    ),
    _alice("A very long header", b"Short.\n", "X-Long: " + "abcdefghi " * 20_000),
    _alice("Two hundred headers", b"Short.\n", *(f"X-Number-{n}: {n}" for n in range(200))),
    SampleMessage(
        ALICE,
        "A From line of mbox",
        b"From alice Tue Nov 14 22:13:20 2023\n" + _header("A From line of mbox"),
    ),
    _alice("A line that begins with From in the body", b"From here on it is easy.\n>From mbox.\n"),
)

PARTS: Final = (
    _alice(
        "An attachment",
        _multipart(),
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="requite"',
    ),
    _alice(
        "A message in a message",
        _header("The inner message") + b".\nInner body.\n",
        "MIME-Version: 1.0",
        "Content-Type: message/rfc822",
    ),
)

SIZES: Final = (
    _alice("One line of a million octets", b"." + b"x" * LONG_LINE_OCTETS + b"\n"),
    _alice("Five million octets", _large()),
)

SHARED: Final = (
    _support("A request nobody has read", b"My printer is on fire.\n"),
    _support("A request that was read", b"It still is.\n", "S"),
    _support("A request that was answered", b"Thank you, it is out.\n..\n", "RS"),
    _support("A request that is flagged", b"It is burning again", "FS"),
)

SAMPLE_MESSAGES: Final[tuple[SampleMessage, ...]] = (
    *LINE_ENDS,
    *OCTETS,
    *DOTS,
    *HEADERS,
    *PARTS,
    *SIZES,
    *SHARED,
)
"""All of them, in the order in which they were delivered."""
