"""The capability list, written out for each side on which it is asked.

Decides that CAPA promises what is true there and nothing else. Refuses to test who asks.
"""

import pytest

from requite.pop3.wire.capabilities import capabilities, mechanisms
from requite.pop3.wire.commands import KEYWORDS

ALWAYS = (
    b"TOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\nEXPIRE NEVER\r\n"
    b"IMPLEMENTATION requite\r\n"
)


@pytest.mark.parametrize(
    ("password_allowed", "stls", "more"),
    [
        (True, True, b"USER\r\nSASL PLAIN\r\nSTLS\r\n"),
        (True, False, b"USER\r\nSASL PLAIN\r\n"),
        (False, True, b"STLS\r\n"),
        (False, False, b""),
    ],
)
def test_the_list_is_what_is_true(*, password_allowed: bool, stls: bool, more: bytes) -> None:
    """USER and SASL stand there only where a password may travel, STLS only where TLS can begin."""
    found = capabilities(password_allowed=password_allowed, stls=stls)

    assert found == ALWAYS + more + b".\r\n"


@pytest.mark.parametrize(
    ("password_allowed", "found"), [(True, b"PLAIN\r\n.\r\n"), (False, b".\r\n")]
)
def test_the_mechanisms_are_those_that_may_be_used(*, password_allowed: bool, found: bytes) -> None:
    """AUTH alone lists PLAIN where a password may travel, and nothing where it may not."""
    assert mechanisms(password_allowed=password_allowed) == found


def test_what_is_promised_as_a_command_is_read() -> None:
    """TOP, UIDL, USER and STLS are capabilities named after commands, and each of them is read."""
    promised = capabilities(password_allowed=True, stls=True).split()

    assert {b"TOP", b"UIDL", b"USER", b"STLS"} <= {*promised} & {*KEYWORDS}
