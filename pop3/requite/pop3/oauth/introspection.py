"""Introspection: asking whoever has issued a token whether it is good (RFC 7662).

Decides what is asked and how an answer is read. A good answer says `active`; any other is none, so
that an issuer that is down or misunderstood is a failure of ours and refuses nobody.
"""

from collections.abc import Callable
from time import time
from typing import Final

from requite.pop3.names import AccountName
from requite.pop3.oauth.claims import Demands
from requite.pop3.oauth.web import Web, WebError
from requite.pop3.services import TokenRejected

__all__ = ("IntrospectedTokens",)

HINT: Final = "access_token"


class IntrospectedTokens:
    """Says whose a token is, after asking its issuer."""

    def __init__(  # noqa: PLR0913 - each is one thing that the question needs.
        self,
        demands: Demands,
        web: Web,
        url: str,
        *,
        client: str,
        secret: str,
        seconds: Callable[[], float] = time,
    ) -> None:
        """Know whom to ask.

        Args:
            demands: what an answer must say.
            web: asks.
            url: whom.
            client: the name that this server has there.
            secret: its secret.
            seconds: the time, as clocks show it.
        """
        self._demands = demands
        self._web = web
        self._url = url
        self._client = client
        self._secret = secret
        self._seconds = seconds

    async def account_of(self, token: str) -> AccountName | TokenRejected:
        """Ask whose a token is.

        Raises:
            WebError: there is no answer, or none that can be used.
        """
        form = {"token": token, "token_type_hint": HINT}
        claims = await self._web.post(self._url, form, client=self._client, secret=self._secret)
        active = claims.get("active")
        if not isinstance(active, bool):
            raise WebError(f'{self._url}: expected "active" to be true or false')
        if not active:
            return TokenRejected("a token that is not active")
        fault = self._demands.fault_at(self._seconds(), claims)
        return self._demands.account_of(claims) if fault is None else fault
