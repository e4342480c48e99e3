"""The kinds of stored messages that have made mail programs miscount.

Decides which octets every store is tried with. Refuses to decide what a store does to them on
delivery: a store whose format cannot hold some of them says so (`StoreUnderTest.kept_as`).
"""

from collections.abc import Mapping
from typing import Final

__all__ = ("KINDS", "letter")

LONG_LINE_OCTETS: Final = 1_048_576
"""A line of 1 MB: longer than any buffer that a store reads with."""

KINDS: Final[Mapping[str, bytes]] = {
    "lines that end with LF": b"Subject: a\n\nb\nc\n",
    "lines that end with CRLF": b"Subject: a\r\n\r\nb\r\nc\r\n",
    "lines that end with either": b"Subject: a\r\n\nb\nc\r\n\r\nd\n",
    "a bare CR": b"Subject: a\n\nb\rc\n\r\r\n",
    "a NUL": b"Subject: a\n\nb\0c\n",
    "8-bit octets": b"Subject: \xe4\xf6\xfc\n\n\xff\xfe\x80\n",
    "no final newline": b"Subject: a\n\nb",
    "a final CR": b"Subject: a\n\nb\r",
    "nothing": b"",
    "one empty line": b"\n",
    "empty lines at the end": b"Subject: a\n\nb\n\n\n",
    "empty lines of CRLF at the end": b"Subject: a\r\n\r\nb\r\n\r\n\r\n",
    "a lone dot": b"Subject: a\n\n.\n..\nb\n",
    "a dot first": b".Subject: a\n\nb\n",
    "a dot alone": b".",
    "a line as between messages of an mbox": (
        b"Subject: a\n\nb\n\nFrom c@example.org Sat Jan  3 01:05:34 1996\n>From d\n"
    ),
    "a line of 1 MB": b"Subject: a\n\n" + b"x" * LONG_LINE_OCTETS + b"\n.\n",
}
"""Stored octets by what is odd about them."""


def letter(name: str) -> bytes:
    """Give a small message that differs from that of any other name."""
    return f"Subject: {name}\n\nThis is {name}.\n".encode()
