"""Signed tokens: JWTs, verified by the keys of their issuer (RFC 7519, RFC 9068).

Decides whether a token is signed by whom it should be, is meant for this server, and now. The
library does the cryptography and the claims; which algorithm may be used is decided before it.
"""

from collections.abc import Awaitable, Callable, Collection
from typing import Final, TypeAlias

import jwt

from requite.pop3.names import AccountName
from requite.pop3.oauth.claims import Claims, Demands
from requite.pop3.oauth.keys import SigningKey
from requite.pop3.services import TokenRejected

__all__ = ("KeysNamed", "SignedTokens")

KeysNamed: TypeAlias = Callable[[str | None], Awaitable[tuple[SigningKey, ...]]]
REQUIRED: Final = ["exp", "iss", "aud"]


class SignedTokens:
    """Says whose a signed token is."""

    def __init__(self, demands: Demands, keys: KeysNamed, *, algorithms: Collection[str]) -> None:
        """Know what to ask of a token.

        Args:
            demands: what it must say; an issuer and audiences among it.
            keys: gives the keys of a name.
            algorithms: the ones that are allowed; all of them with public keys.

        Raises:
            ValueError: no issuer or no audience is demanded.
        """
        if demands.issuer is None or not demands.audiences:
            raise ValueError("expected an issuer and an audience to demand of a signed token")
        self._demands = demands
        self._keys = keys
        self._algorithms = frozenset(algorithms)

    async def account_of(self, token: str) -> AccountName | TokenRejected:
        """Verify a token and say whose it is.

        Raises:
            Exception: the keys cannot be had.
        """
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError, RecursionError) as error:
            return _rejected(error)
        algorithm, kid = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in self._algorithms:
            return TokenRejected("a token signed by an algorithm that is not allowed")
        keys = [key for key in await self._keys(kid) if key.fits(algorithm)]
        verdict = TokenRejected("a token signed by a key that is not known")
        for key in keys:
            try:
                claims = self._claims(token, key, algorithm)
            except (jwt.PyJWTError, ValueError, RecursionError) as error:
                verdict = _rejected(error)
                continue
            return self._demands.account_of(claims)
        return verdict

    def _claims(self, token: str, key: SigningKey, algorithm: str) -> Claims:
        demands = self._demands
        claims: Claims = jwt.decode(
            token,
            key.public,
            algorithms=[algorithm],
            audience=demands.audiences,
            issuer=demands.issuer,
            leeway=demands.leeway_s,
            options={"require": REQUIRED},
        )
        return claims


def _rejected(error: Exception) -> TokenRejected:
    """Name the kind of an error alone: its text may have parts of the token."""
    return TokenRejected(f"a token that is not good: {type(error).__name__}")
