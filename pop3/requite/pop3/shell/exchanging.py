"""The SASL exchange of a session, from AUTH to its outcome.

Decides that an exchange lives from a challenge to the very next line, and longer only if that line
is answered by another challenge: a cancel, a line that cannot be read, STLS and the end leave
nothing of it. Refuses to decide what may follow, and what a mechanism asks.
"""

import base64
from typing import Final

from requite.generated.pop3 import Event
from requite.pop3.errors import InvariantBroken
from requite.pop3.login import MalformedLogin
from requite.pop3.sasl import Challenge, Claim, Exchange, Offer
from requite.pop3.services import Rejected
from requite.pop3.wire.commands import Command

__all__ = ("OF_AN_EXCHANGE", "Exchanging")

OF_AN_EXCHANGE: Final = frozenset(
    {Event.AUTH_RECEIVED, Event.CREDENTIALS_RECEIVED, Event.RESPONSE_MALFORMED}
)
"""What a line of a mechanism that there is can be, before the mechanism has read it."""
ENDS_A_ROUND: Final = OF_AN_EXCHANGE | {Event.RESPONSE_CANCELLED, Event.LINE_TOO_LONG}
"""What the one line can be that still comes after the mechanism has told why it fails."""


class Exchanging:
    """The exchange of one session, or none."""

    __slots__ = ("_claim", "_exchange", "_read_by", "_verdict", "challenge")

    def __init__(self) -> None:
        """Begin with none."""
        self._exchange: Exchange | None = None
        self._read_by: Exchange | None = None
        self._claim: Claim | None = None
        self._verdict: Rejected | None = None
        self.challenge = ""
        """The last challenge, in base64."""

    def drop(self) -> None:
        """Let go of the exchange, if there is one."""
        self._exchange = self._verdict = None

    def reads(self, event: Event) -> bool:
        """Say whether a line is for the exchange to read, and not for itself."""
        return event in (OF_AN_EXCHANGE if self._verdict is None else ENDS_A_ROUND)

    def event_of(self, command: Command, offer: Offer, *, password_allowed: bool) -> Event:
        """Read a line by the mechanism that it names, or by the one that goes on."""
        exchange, self._exchange = self._exchange, None
        verdict, self._verdict = self._verdict, None
        if verdict is not None:
            # Nobody may try one secret after another by cancelling each before it has failed.
            self._claim = lambda: verdict
            return Event.CREDENTIALS_RECEIVED
        mechanism = command.mechanism
        if mechanism is not None:
            if not offer.has(mechanism):
                return Event.MECHANISM_UNKNOWN
            if mechanism.sends_the_password and not password_allowed:
                return Event.PLAINTEXT_FORBIDDEN
            exchange = offer.begin(mechanism)
        if exchange is None:
            raise InvariantBroken("a response has come, and there is no exchange")
        if command.event is Event.AUTH_RECEIVED:
            self._ask(exchange, exchange.first)
        elif command.response is not None:
            return self._read(exchange, command.response)
        return command.event

    def _read(self, exchange: Exchange, response: bytes) -> Event:
        try:
            self._claim = exchange.read(response)
        except MalformedLogin:
            return Event.RESPONSE_MALFORMED
        self._read_by = exchange
        return Event.CREDENTIALS_RECEIVED

    def take_claim(self) -> Claim | None:
        """Give what the last response claims, once; None where none has come."""
        claim, self._claim = self._claim, None
        return claim

    def go_on(self, challenge: Challenge) -> None:
        """Keep the exchange for one more response."""
        if self._read_by is None:
            raise InvariantBroken("a challenge has come, and there is no exchange")
        self._ask(self._read_by, challenge.octets)
        self._verdict = challenge.verdict

    def _ask(self, exchange: Exchange, octets: bytes) -> None:
        self._exchange = exchange
        self.challenge = base64.b64encode(octets).decode("ascii")
