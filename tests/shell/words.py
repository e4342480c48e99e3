"""The messages and the words that transcripts are made of.

Decides what is stored and how it is sent. Refuses to say what is answered.
"""

import base64

import pytest

from requite.pop3.shell import Settings
from running import (
    LOOPS,
    PASSWORD,
)

__all__ = (
    "FIRST",
    "LOGIN",
    "SECOND",
    "SECOND_OCTETS",
    "SECOND_SENT",
    "SETTINGS",
    "both_loops",
    "joined",
    "plain",
    "sized",
)

SETTINGS = Settings()
FIRST = b"Subject: first\n\n" + b"A line of the first message.\n" * 3  # 18 + 3 * 30 octets as sent.
SECOND = b"Subject: second\r\n\r\n.\r\n..\r\n.dot\r\nlast"
SECOND_SENT = [b"Subject: second", b"", b"..", b"...", b"..dot", b"last"]
SECOND_OCTETS = 17 + 2 + 3 + 4 + 6 + 6
LOGIN = (b"USER alice", b"PASS " + PASSWORD)

both_loops = pytest.mark.parametrize("loop", LOOPS)


def sized(octets: int) -> bytes:
    """Make a message of a size, with CRLF as it is sent."""
    start = b"Subject: sized\r\n\r\n"
    return start + b"x" * (octets - len(start) - 2) + b"\r\n"


def joined(*commands: bytes) -> bytes:
    """Write commands as lines."""
    return b"".join(command + b"\r\n" for command in commands)


def plain(message: bytes) -> bytes:
    """Encode a message of SASL PLAIN."""
    return base64.b64encode(message)
