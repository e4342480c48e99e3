r"""Read names and credentials from what a client sends.

Decides, at this one place, which account logs in and which mailbox it asks for: ``alice`` opens her
own, ``alice\support`` and ``support*alice`` open a shared one, and so does an authorization
identity. Refuses to decide whether any of them exists, and whether the password is right.
"""

import binascii
import re
from dataclasses import dataclass
from typing import Final

from requite.pop3.names import AccountName, MailboxName
from requite.pop3.services import Credentials

__all__ = (
    "LoginName",
    "MalformedLogin",
    "decode_base64",
    "read_credentials",
    "read_identities",
    "read_name",
    "read_plain",
    "read_wish",
)

PLAIN_PARTS: Final = 3
"""RFC 4616 section 2: authorization identity, authentication identity, password."""

CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""A control character of ASCII or of ISO/IEC 6429, C0 and C1."""


class MalformedLogin(ValueError):  # noqa: N818  # It describes the peer's words, not a failure of ours.
    """What a client sent cannot be read as a name or as credentials."""


@dataclass(frozen=True, slots=True)
class LoginName:
    """Who logs in, and what it asks to open."""

    account: AccountName
    mailbox: MailboxName | None
    """None asks for the account's own mailbox."""


def read_name(sent: bytes) -> LoginName:
    r"""Read the name that a client logs in by.

    The last backslash divides, so that ``domain\alice\support`` is the account ``domain\alice``.

    Raises:
        MalformedLogin: it is not UTF-8, has a control character, an empty part, or both dividers.

    Example:
        >>> read_name(b"alice")
        LoginName(account='alice', mailbox=None)
        >>> read_name(b"alice\\support") == read_name(b"support*alice")
        True
    """
    name = _text(sent, "name")
    if "*" in name:
        return _name_with_star(name)
    account, divider, mailbox = name.rpartition("\\")
    if not divider:
        return LoginName(AccountName(_part(name)), None)
    return LoginName(AccountName(_part(account)), MailboxName(_part(mailbox)))


def read_credentials(name: bytes, password: bytes) -> Credentials:
    """Read what USER and PASS bring.

    Raises:
        MalformedLogin: the name cannot be read.
    """
    login = read_name(name)
    return Credentials(login.account, login.mailbox, password)


def read_plain(message: bytes) -> Credentials:
    r"""Read the one message of SASL PLAIN (RFC 4616 section 2).

    An authorization identity that differs from the authentication identity is the mailbox to open.

    Raises:
        MalformedLogin: the message has not three parts, a part is empty or cannot be read, or it
            asks for two different mailboxes.

    Example:
        >>> read_plain(b"support\0alice\0secret").mailbox
        'support'
    """
    parts = message.split(b"\0")
    if len(parts) != PLAIN_PARTS:
        raise MalformedLogin(f"expected {PLAIN_PARTS} parts of a PLAIN message, found {len(parts)}")
    authorization, authentication, password = parts
    if not password:
        raise MalformedLogin("expected a password in a PLAIN message, found none")
    login = read_identities(authorization, authentication)
    return Credentials(login.account, login.mailbox, password)


def read_identities(authorization: bytes, authentication: bytes) -> LoginName:
    """Read the two identities of a SASL mechanism (RFC 4422 section 2).

    An authorization identity that differs from the authentication identity is the mailbox to open.

    Raises:
        MalformedLogin: one of them cannot be read, or they ask for two different mailboxes.
    """
    login = read_name(authentication)
    if authorization in (b"", authentication):
        return login
    mailbox = MailboxName(_part(_text(authorization, "authorization identity")))
    if login.mailbox not in (None, mailbox):
        raise MalformedLogin("expected one mailbox, found two different ones")
    return LoginName(login.account, mailbox)


def read_wish(asked: bytes, account: AccountName) -> LoginName | None:
    r"""Read what somebody asks to open whose account is known already, by a token.

    A name that differs from the account's own is the mailbox to open; with a divider it names the
    account as well.

    Returns:
        None where another account is named.

    Raises:
        MalformedLogin: the name cannot be read.

    Example:
        >>> read_wish(b"support", AccountName("alice"))
        LoginName(account='alice', mailbox='support')
        >>> read_wish(b"bob\\support", AccountName("alice"))
    """
    if asked in (b"", account.encode()):
        return LoginName(account, None)
    login = read_name(asked)
    if login.mailbox is None:
        return LoginName(account, MailboxName(login.account))
    return login if login.account == account else None


def decode_base64(text: bytes) -> bytes:
    """Decode base64 as strictly as RFC 4648 allows (sections 3.2, 3.3 and 3.5).

    Raises:
        MalformedLogin: it has a foreign character, wrong padding, or bits that mean nothing.
    """
    try:
        decoded = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error as error:
        raise MalformedLogin(f"expected base64: {error}") from None
    if binascii.b2a_base64(decoded, newline=False) != text:
        raise MalformedLogin("expected base64 in its one canonical form")
    return decoded


def _name_with_star(name: str) -> LoginName:
    """Read ``mailbox*account``, which leaves no room for another divider."""
    mailbox, _, account = name.partition("*")
    if "*" in account or "\\" in name:
        raise MalformedLogin("expected one divider in a name, found more")
    return LoginName(AccountName(_part(account)), MailboxName(_part(mailbox)))


def _text(sent: bytes, what: str) -> str:
    """Decode strictly, and let nothing through that could break a line of a log."""
    try:
        text = sent.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedLogin(f"expected UTF-8 in the {what}") from None
    if CONTROL.search(text):
        raise MalformedLogin(f"expected no control character in the {what}")
    return text


def _part(text: str) -> str:
    """Refuse an empty part of a name."""
    if not text:
        raise MalformedLogin("expected a name, found an empty one")
    return text
