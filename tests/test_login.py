"""How names and credentials are read from what a client sends.

Decides that each written form means one account and one mailbox, and that nothing else is let in.
Refuses to ask whether they exist.
"""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requite.pop3.login import (
    LoginName,
    MalformedLogin,
    decode_base64,
    read_credentials,
    read_name,
    read_plain,
)
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.services import Credentials

ALICE = AccountName("alice")
SUPPORT = MailboxName("support")


@pytest.mark.parametrize(
    ("sent", "account", "mailbox"),
    [
        (b"alice", "alice", None),
        (b"alice\\support", "alice", "support"),
        (b"support*alice", "alice", "support"),
        (b"domain\\alice\\support", "domain\\alice", "support"),
        (b"alice@example.org", "alice@example.org", None),
        ("älice\\ünterstützung".encode(), "älice", "ünterstützung"),
    ],
)
def test_each_form_of_a_name_means_one_thing(
    sent: bytes, account: str, mailbox: str | None
) -> None:
    """A name gives the account that logs in and the mailbox it asks for, or none."""
    expected = LoginName(AccountName(account), None if mailbox is None else MailboxName(mailbox))

    assert read_name(sent) == expected


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\\support",
        b"alice\\",
        b"*alice",
        b"support*",
        b"a*b*c",
        b"support*alice\\other",
        b"\xff",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"a\0b",
        b"a\tb",
        b"a\x1bb",
        b"a\x7fb",
        b"a\xc2\x85b",
    ],
)
def test_what_is_no_name_is_malformed(sent: bytes) -> None:
    """Empty parts, several dividers, control characters and broken UTF-8 are refused."""
    with pytest.raises(MalformedLogin):
        read_name(sent)


def test_user_and_pass_make_credentials() -> None:
    """USER's name and PASS's octets, blanks and 8-bit included, are the credentials."""
    expected = Credentials(ALICE, SUPPORT, b" p\xff ")

    assert read_credentials(b"alice\\support", b" p\xff ") == expected


@pytest.mark.rfc("4422-3.4.1-empty", "4422-3.4.1-requested", "4616-2-message", "4616-2-derived")
@pytest.mark.parametrize(
    ("message", "mailbox"),
    [
        (b"\0alice\0pw", None),
        (b"alice\0alice\0pw", None),
        (b"support\0alice\0pw", SUPPORT),
        (b"\0alice\\support\0pw", SUPPORT),
        (b"\0support*alice\0pw", SUPPORT),
        (b"support\0alice\\support\0pw", SUPPORT),
        (b"alice\\support\0alice\\support\0pw", SUPPORT),
    ],
)
def test_plain_names_the_account_and_the_mailbox(
    message: bytes, mailbox: MailboxName | None
) -> None:
    """Alice logs in, and an authorization identity that is not her name is the mailbox."""
    assert read_plain(message) == Credentials(ALICE, mailbox, b"pw")


@pytest.mark.rfc("4422-3.4.1-form", "4616-2-message", "5034-4-unprepared", "4422-3.6-malformed")
@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"alice",
        b"alice\0pw",
        b"\0alice\0pw\0",
        b"\0\0pw",
        b"\0alice\0",
        b"\xff\0alice\0pw",
        b"\0\xff\0pw",
        b"sales\0alice\\support\0pw",
        b"a\nb\0alice\0pw",
    ],
)
def test_what_is_no_plain_message_is_malformed(message: bytes) -> None:
    """Missing, empty and contradictory parts of a PLAIN message are refused."""
    with pytest.raises(MalformedLogin):
        read_plain(message)


def test_a_malformed_login_never_repeats_a_password() -> None:
    """The text of the error, which may reach a log, holds nothing of the message."""
    with pytest.raises(MalformedLogin) as caught:
        read_plain(b"\0alice\0secret\0secret")

    assert "secret" not in str(caught.value)


@given(st.binary(max_size=60))
def test_base64_gives_back_what_was_encoded(message: bytes) -> None:
    """Whatever was encoded is decoded."""
    assert decode_base64(base64.b64encode(message)) == message


@pytest.mark.rfc("5034-4-base")
@pytest.mark.parametrize(
    "text",
    [
        b"YWI",
        b"YWI==",
        b"YWJj=",
        b"YW I=",
        b"YWI=\n",
        b"YWJ=",
        b"YR==",
        b"=YWI",
        b"YWI=YWI=",
        b"YW-_",
        b"=",
        b"====",
        b"\xff\xff\xff\xff",
    ],
)
def test_what_is_not_strictly_base64_is_malformed(text: bytes) -> None:
    """Foreign characters, wrong padding and bits that mean nothing are refused."""
    with pytest.raises(MalformedLogin):
        decode_base64(text)


@given(st.binary(max_size=12) | st.text("YWJj=+/A", max_size=12).map(str.encode))
def test_only_the_canonical_form_is_decoded(text: bytes) -> None:
    """Text that is decoded at all is exactly what encoding the result gives."""
    try:
        decoded = decode_base64(text)
    except MalformedLogin:
        return
    assert base64.b64encode(decoded) == text
