"""The capability list, written out for each side on which it is asked.

Decides that CAPA promises what is true there and nothing else. Refuses to test who asks.
"""

import pytest

from requite.pop3.wire.capabilities import capabilities, mechanism_list
from requite.pop3.wire.commands import KEYWORDS

ALWAYS = (
    b"TOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\nEXPIRE NEVER\r\n"
    b"IMPLEMENTATION requite\r\n"
)


@pytest.mark.parametrize(
    ("password_allowed", "names", "stls", "more"),
    [
        (True, (b"PLAIN",), True, b"USER\r\nSASL PLAIN\r\nSTLS\r\n"),
        (True, (b"A", b"B"), False, b"USER\r\nSASL A B\r\n"),
        (False, (b"A",), True, b"SASL A\r\nSTLS\r\n"),
        (False, (), True, b"STLS\r\n"),
        (False, (), False, b""),
    ],
)
def test_the_list_is_what_is_true(
    *, password_allowed: bool, names: tuple[bytes, ...], stls: bool, more: bytes
) -> None:
    """USER stands there only where a password may travel, STLS only where TLS can begin."""
    found = capabilities(password_allowed=password_allowed, mechanisms=names, stls=stls)

    assert found == ALWAYS + more + b".\r\n"


@pytest.mark.parametrize(("names", "found"), [((b"A", b"B"), b"A\r\nB\r\n.\r\n"), ((), b".\r\n")])
def test_the_mechanisms_are_those_that_may_be_used(names: tuple[bytes, ...], found: bytes) -> None:
    """AUTH alone lists each mechanism in a line of its own."""
    assert mechanism_list(names) == found


def test_what_is_promised_as_a_command_is_read() -> None:
    """TOP, UIDL, USER and STLS are capabilities named after commands, and each of them is read."""
    promised = capabilities(password_allowed=True, mechanisms=(), stls=True).split()

    assert {b"TOP", b"UIDL", b"USER", b"STLS"} <= {*promised} & {*KEYWORDS}
