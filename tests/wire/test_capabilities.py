"""The capability list, written out for each side on which it is asked.

Decides that CAPA promises what is true there and nothing else. Refuses to test who asks.
"""

import pytest

from requite.pop3.wire.capabilities import Promises, capabilities, mechanism_list
from requite.pop3.wire.commands import KEYWORDS

ALWAYS = (
    b"TOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\nUTF8 USER\r\nLANG\r\n"
    b"EXPIRE NEVER\r\nIMPLEMENTATION requite\r\n"
)


@pytest.mark.rfc(
    "1939-8-retention",
    "2449-5-capa",
    "2449-6.1-top",
    "2449-6.2-user",
    "2449-6.7-expire",
    "2449-6.8-uidl",
    "3206-6-capability",
    "3206-5-capability",
    "2449-8-indicated",
    "2449-6.7-never",
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


@pytest.mark.rfc("1939-8-retention", "2449-6.7-expire", "2449-6.7-policy", "2449-6.7-never")
@pytest.mark.parametrize(
    ("retention_days", "found"), [(0, b"EXPIRE NEVER"), (1, b"EXPIRE 1"), (36_500, b"EXPIRE 36500")]
)
def test_how_long_messages_are_kept_is_listed_once(retention_days: int, found: bytes) -> None:
    """EXPIRE says NEVER where nothing is removed by age, and the days where something is."""
    listed = capabilities(
        password_allowed=True,
        mechanisms=(),
        stls=True,
        promises=Promises(retention_days=retention_days),
    )

    assert [line for line in listed.splitlines() if line.startswith(b"EXPIRE")] == [found]


@pytest.mark.rfc("2449-6.3-sasl", "5034-3-list")
@pytest.mark.parametrize(("names", "found"), [((b"A", b"B"), b"A\r\nB\r\n.\r\n"), ((), b".\r\n")])
def test_the_mechanisms_are_those_that_may_be_used(names: tuple[bytes, ...], found: bytes) -> None:
    """AUTH alone lists each mechanism in a line of its own."""
    assert mechanism_list(names) == found


@pytest.mark.rfc("2449-5-true", "2449-5-named")
def test_what_is_promised_as_a_command_is_read() -> None:
    """TOP, UIDL, USER and STLS are capabilities named after commands, and each of them is read."""
    promised = capabilities(password_allowed=True, mechanisms=(), stls=True).split()

    assert {b"TOP", b"UIDL", b"USER", b"STLS"} <= {*promised} & {*KEYWORDS}


@pytest.mark.rfc("2449-5-length")
def test_a_capability_fits_the_line() -> None:
    """Every line of the list, with the longest values there are, fits RFC 2449 section 5."""
    found = capabilities(
        password_allowed=True,
        mechanisms=(b"PLAIN",),
        stls=True,
        promises=Promises(login_delay_s=86_400, retention_days=36_500),
    )

    assert max(map(len, found.splitlines(keepends=True))) <= 512


@pytest.mark.parametrize(
    ("login_delay_s", "announced", "found"),
    [
        (0, True, [b"IMPLEMENTATION requite"]),
        (60, True, [b"LOGIN-DELAY 60", b"IMPLEMENTATION requite"]),
        (60, False, [b"LOGIN-DELAY 60"]),
    ],
)
def test_the_delay_and_the_name_are_listed_where_they_are_set(
    *, login_delay_s: int, announced: bool, found: list[bytes]
) -> None:
    """LOGIN-DELAY stands there where there is one, IMPLEMENTATION unless it is hidden."""
    listed = capabilities(
        password_allowed=False,
        mechanisms=(),
        stls=False,
        promises=Promises(login_delay_s=login_delay_s, announced=announced),
    ).splitlines()

    assert [line for line in listed if line.startswith((b"LOGIN", b"IMPL"))] == found
