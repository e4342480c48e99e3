"""A login by a bearer token: what OAUTHBEARER and XOAUTH2 have in common.

Decides that a token is asked about first and the right to a mailbox then, and that a client is told
why it fails before it fails. Refuses to decide how a mechanism writes its messages (`oauthbearer`,
`xoauth2`), and what makes a token good.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from requite.pop3.login import MalformedLogin, read_name, read_wish
from requite.pop3.names import AccountName
from requite.pop3.sasl.exchange import Challenge, Claim, Outcome, settled
from requite.pop3.sasl.preparation import check_query
from requite.pop3.services import (
    Identity,
    Rejected,
    TokenAccounts,
    TokenFault,
    TokenHints,
    TokenRejected,
)

__all__ = ("BearerExchange", "BearerForm", "BearerMessage", "read_bearer")

BEARER: Final = re.compile(rb"(?i:bearer) +(?P<token>[A-Za-z0-9._~+/-]+=*)")
"""RFC 6750 section 2.1; RFC 9110 section 11.1: the name of a scheme is in any case."""


@dataclass(frozen=True, slots=True)
class BearerMessage:
    """The one message of a client."""

    asked: bytes
    """Whom it names: itself, a mailbox, or both; empty names nobody."""
    token: str = field(repr=False)
    """Empty from a client that asks where it can get one."""

    def __post_init__(self) -> None:
        """Refuse a name that cannot be read, before anybody is asked about the token."""
        if self.asked:
            check_query(self.asked)
            read_name(self.asked)


@dataclass(frozen=True, slots=True)
class BearerForm:
    """How a mechanism writes its messages."""

    read: Callable[[bytes], BearerMessage]
    """Raises MalformedLogin."""
    told: Callable[[TokenFault, TokenHints], dict[str, str]]
    """What a refused client is told, as an object of JSON."""


def read_bearer(credentials: bytes) -> str:
    """Read what HTTP would have in its field Authorization.

    Raises:
        MalformedLogin: it is no bearer token.
    """
    match = BEARER.fullmatch(credentials)
    if match is None:
        raise MalformedLogin("expected a bearer token")
    return match["token"].decode("ascii")


class BearerExchange:
    """The one message, and one more line of a client that has been told why it fails."""

    __slots__ = ("_form", "_tokens")

    def __init__(self, tokens: TokenAccounts, form: BearerForm) -> None:
        """Begin.

        Args:
            tokens: whoever knows whose a token is.
            form: how the mechanism writes its messages.
        """
        self._tokens = tokens
        self._form = form

    @property
    def first(self) -> bytes:
        """Ask nothing: the client speaks first."""
        return b""

    def read(self, response: bytes, /) -> Claim:
        """Read the message."""
        message = self._form.read(response)
        return lambda: self._judge(message)

    async def _judge(self, message: BearerMessage) -> Outcome:
        answer = await self._identity(message)
        if isinstance(answer, Identity):
            return answer
        told = self._form.told(answer.fault, self._tokens.hints)
        words = json.dumps(told, separators=(",", ":")).encode("ascii")
        return Challenge(words, verdict=Rejected(answer.reason))

    async def _identity(self, message: BearerMessage) -> Identity | TokenRejected:
        if not message.token:
            return TokenRejected("the client has no token, and asks where to get one")
        account: AccountName | TokenRejected = await settled(self._tokens.account_of(message.token))
        if isinstance(account, TokenRejected):
            return account
        login = read_wish(message.asked, account)
        if login is None:
            reason = f"a token of account {account!r} does not prove another account"
            return TokenRejected(reason, TokenFault.INSUFFICIENT)
        answer: Identity | Rejected = await settled(
            self._tokens.authorize(login.account, login.mailbox)
        )
        if isinstance(answer, Rejected):
            return TokenRejected(answer.reason, TokenFault.INSUFFICIENT)
        return answer
