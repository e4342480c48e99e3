"""The mechanisms there are, and which of them are true here and now.

Decides what is on offer: a mechanism by password where a password may travel, one by token there
too if anybody is asked about tokens, SCRAM where any account has keys for it, its bound form where
the channel has a binding, EXTERNAL where the client has shown a certificate that names an account.
Each list is in the order of preference, the strongest first.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, assert_never

from requite.pop3.sasl.bearer import BearerExchange
from requite.pop3.sasl.exchange import Exchange
from requite.pop3.sasl.external import Certified, ExternalExchange
from requite.pop3.sasl.login import LoginExchange
from requite.pop3.sasl.oauthbearer import OAUTHBEARER
from requite.pop3.sasl.plain import PlainExchange
from requite.pop3.sasl.scram import Binding, ScramExchange
from requite.pop3.sasl.xoauth2 import XOAUTH2
from requite.pop3.services import Accounts, ScramAccounts, TokenAccounts

__all__ = ("MECHANISMS", "Mechanism", "Offer")


class Mechanism(Enum):
    """A mechanism, by its registered name."""

    EXTERNAL = "EXTERNAL"
    SCRAM_SHA_256_PLUS = "SCRAM-SHA-256-PLUS"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    OAUTHBEARER = "OAUTHBEARER"
    XOAUTH2 = "XOAUTH2"
    PLAIN = "PLAIN"
    LOGIN = "LOGIN"

    @property
    def sends_the_password(self) -> bool:
        """Whether whoever listens in the clear has the password, or a token that is as good."""
        return self not in (Mechanism.SCRAM_SHA_256, Mechanism.SCRAM_SHA_256_PLUS)


MECHANISMS: Final = {mechanism.value.encode("ascii"): mechanism for mechanism in Mechanism}
"""Each mechanism by its name on the wire, which is in any case."""
TOKEN_FORMS: Final = {Mechanism.OAUTHBEARER: OAUTHBEARER, Mechanism.XOAUTH2: XOAUTH2}
"""How each mechanism by bearer token writes its messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What there is to offer to one client."""

    accounts: Accounts
    scram: ScramAccounts | None
    """Who has keys for SCRAM, if anybody has."""
    end_point: bytes | None
    """The binding of the channel, if it has one."""
    certified: Certified | None = None
    """Who the client's certificate says it is, if it has shown one that names an account."""
    tokens: TokenAccounts | None = None
    """Who is asked about bearer tokens, if anybody is."""

    def has(self, mechanism: Mechanism) -> bool:
        """Say whether a mechanism can be used, wherever a password may travel."""
        match mechanism:
            case Mechanism.PLAIN | Mechanism.LOGIN:
                return True
            case Mechanism.EXTERNAL:
                return self.certified is not None
            case Mechanism.SCRAM_SHA_256:
                return self.scram is not None
            case Mechanism.OAUTHBEARER | Mechanism.XOAUTH2:
                return self.tokens is not None
            case Mechanism.SCRAM_SHA_256_PLUS:
                return self.scram is not None and self.end_point is not None
            case _:
                assert_never(mechanism)

    def listed(self, *, password_allowed: bool) -> tuple[bytes, ...]:
        """Give the names of what CAPA and AUTH list."""
        return tuple(
            name
            for name, mechanism in MECHANISMS.items()
            if self.has(mechanism) and (password_allowed or not mechanism.sends_the_password)
        )

    def begin(self, mechanism: Mechanism) -> Exchange:
        """Begin an exchange.

        Raises:
            ValueError: the mechanism is not on offer.
        """
        if mechanism is Mechanism.PLAIN:
            return PlainExchange(self.accounts)
        if mechanism is Mechanism.LOGIN:
            return LoginExchange(self.accounts)
        if mechanism is Mechanism.EXTERNAL and self.certified is not None:
            return ExternalExchange(self.certified)
        form = TOKEN_FORMS.get(mechanism)
        if form is not None and self.tokens is not None:
            return BearerExchange(self.tokens, form)
        if form is not None or self.scram is None or not self.has(mechanism):
            raise ValueError(f"expected a mechanism on offer, found {mechanism.value}")
        required = mechanism is Mechanism.SCRAM_SHA_256_PLUS
        return ScramExchange(self.scram, Binding(end_point=self.end_point, required=required))
