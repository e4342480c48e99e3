"""SASL mechanisms: what a client's responses claim, one module a mechanism (RFC 4422, RFC 5034).

Decides how each mechanism reads a response and what it asks next. Refuses to decide what may follow
in a session, and who may log in: the declaration and the accounts do.
"""

from requite.pop3.sasl.binding import BoundContext, end_point_of
from requite.pop3.sasl.exchange import Challenge, Claim, Exchange, Outcome
from requite.pop3.sasl.external import Certified, CertifiedAccounts
from requite.pop3.sasl.mechanisms import MECHANISMS, Mechanism, Offer

__all__ = (
    "MECHANISMS",
    "BoundContext",
    "Certified",
    "CertifiedAccounts",
    "Challenge",
    "Claim",
    "Exchange",
    "Mechanism",
    "Offer",
    "Outcome",
    "end_point_of",
)
