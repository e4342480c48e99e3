"""What a good token must say, whoever vouches for it.

Decides which claims are looked at and when they do. Refuses to decide whether they are true: a
signature or the issuer's own word does.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from requite.pop3.names import AccountName
from requite.pop3.services import TokenFault, TokenRejected

__all__ = ("Claims", "Demands")

Claims = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What is asked of a token."""

    account_claim: str
    """The claim that names the account."""
    scope: str | None = None
    issuer: str | None = None
    audiences: tuple[str, ...] = ()
    """Whom a token may be for; one of them suffices."""
    leeway_s: float = 0.0
    """How far the clocks of two machines may be apart."""

    def account_of(self, claims: Claims) -> AccountName | TokenRejected:
        """Say whose a token is that is good otherwise.

        Example:
            >>> Demands(account_claim="sub").account_of({"sub": "alice"})
            'alice'
        """
        if self.scope is not None and self.scope not in _scopes(claims):
            return TokenRejected("a token without the scope", TokenFault.INSUFFICIENT)
        account = claims.get(self.account_claim)
        if not isinstance(account, str) or not account or not account.isprintable():
            return TokenRejected(f"a token without a text as its {self.account_claim!r}")
        return AccountName(account)

    def fault_at(self, now_s: float, claims: Claims) -> TokenRejected | None:
        """Say what is wrong with the time, the issuer or the audience of a token, if anything is.

        What an introspection leaves out is the issuer's to judge (RFC 7662 section 2.2), unless it
        is demanded here.
        """
        if not _is_time(claims, "exp") or not _is_time(claims, "nbf"):
            return TokenRejected("a token whose times are no numbers")
        if now_s >= _number(claims, "exp", now_s + 1) + self.leeway_s:
            return TokenRejected("a token whose time is over")
        if now_s < _number(claims, "nbf", now_s) - self.leeway_s:
            return TokenRejected("a token whose time has not come")
        if self.issuer is not None and claims.get("iss") != self.issuer:
            return TokenRejected("a token of another issuer")
        if self.audiences and not _named(claims.get("aud")) & {*self.audiences}:
            return TokenRejected("a token for another audience")
        return None


def _is_time(claims: Claims, name: str) -> bool:
    value = claims.get(name)
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _number(claims: Claims, name: str, otherwise: float) -> float:
    value = claims.get(name)
    return value if isinstance(value, int | float) else otherwise


def _named(value: object) -> frozenset[str]:
    """Read one text, or an array of them."""
    values = value if isinstance(value, list) else [value]
    return frozenset(one for one in values if isinstance(one, str))


def _scopes(claims: Claims) -> frozenset[str]:
    """Give the scopes of a token (RFC 6749 section 3.3), which Microsoft calls `scp`."""
    return frozenset(
        scope
        for name in ("scope", "scp")
        for text in _named(claims.get(name))
        for scope in text.split(" ")
    )
