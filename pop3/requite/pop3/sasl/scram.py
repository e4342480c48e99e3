"""SCRAM-SHA-256 and SCRAM-SHA-256-PLUS: a proof instead of a password (RFC 5802, RFC 7677).

Decides whether a proof is right and whether the login is bound to this very channel. Own code over
the standard library's HMAC: the one server side on PyPI that is alive knows no authorization
identity, takes a bound message where none was offered, and has no types.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from requite.pop3.login import MalformedLogin
from requite.pop3.sasl.binding import END_POINT
from requite.pop3.sasl.exchange import Challenge, Claim, Outcome, settled
from requite.pop3.sasl.scram_keys import scram_hmac
from requite.pop3.sasl.scram_messages import ClientFinal, ClientFirst, read_final, read_first
from requite.pop3.services import Identity, Rejected, ScramAccounts, ScramKeys

__all__ = ("Binding", "ScramExchange")

NONCE_OCTETS: Final = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What this side knows of the channel."""

    end_point: bytes | None
    """The octets of tls-server-end-point, or None where nothing can be bound."""
    required: bool
    """The mechanism is SCRAM-SHA-256-PLUS."""


class ScramExchange:
    """The rounds of SCRAM: who, the proof, and a last word of the client.

    The server's own proof goes out as a challenge, to be answered by an empty response, because
    +OK carries no data (RFC 5034 section 4).
    """

    __slots__ = ("_accounts", "_binding", "_next", "_nonce")

    def __init__(
        self, accounts: ScramAccounts, binding: Binding, *, nonce: str | None = None
    ) -> None:
        """Begin.

        Args:
            accounts: whoever has the keys.
            binding: what this side knows of the channel.
            nonce: the server's part of the nonce; random unless a test gives one.
        """
        self._accounts = accounts
        self._binding = binding
        self._nonce = nonce or secrets.token_urlsafe(NONCE_OCTETS)
        self._next: Callable[[bytes], Claim] = self._read_first

    @property
    def first(self) -> bytes:
        """Ask nothing: the client speaks first."""
        return b""

    def read(self, response: bytes, /) -> Claim:
        """Read what comes next; a message out of turn is none."""
        read, self._next = self._next, _nothing_more
        return read(response)

    def _read_first(self, response: bytes) -> Claim:
        first = read_first(response)
        return lambda: self._begin(first)

    async def _begin(self, first: ClientFirst) -> Outcome:
        """Give the salt of an account, or of nobody, to whoever asks."""
        if (reason := self._unbound(first)) is not None:
            return Rejected(reason)
        keys = await settled(self._accounts.scram_keys(first.who.account))
        nonce = first.nonce + self._nonce
        salt = base64.b64encode(keys.salt).decode("ascii")
        server_first = f"r={nonce},s={salt},i={keys.iterations}".encode()

        def read_proof(response: bytes) -> Claim:
            final = read_final(response)
            said = b",".join((first.bare, server_first, final.unproved))
            return lambda: self._judge(first, final, nonce, keys, said)

        self._next = read_proof
        return Challenge(server_first)

    def _unbound(self, first: ClientFirst) -> str | None:
        """Say why a client's idea of channel binding is not to be trusted, if it is not."""
        bound = first.flag == "p"
        if bound != self._binding.required:
            return f"SCRAM with the flag {first.flag!r} does not go with the mechanism"
        if bound and first.kind != END_POINT:
            return f"a binding by {first.kind!r} is not known here"
        if first.flag == "y" and self._binding.end_point is not None:
            # RFC 5802 section 6: it was offered, and somebody has hidden that from the client.
            return "the client was not told that channel binding is offered"
        return None

    async def _judge(
        self, first: ClientFirst, final: ClientFinal, nonce: str, keys: ScramKeys, said: bytes
    ) -> Outcome:
        """Check what was proved, then the right to open the mailbox."""
        if not self._is_proved(first, final, nonce, keys, said):
            return Rejected(f"no proof of a password of account {first.who.account!r}")
        who = first.who
        answer: Identity | Rejected = await settled(
            self._accounts.authorize(who.account, who.mailbox)
        )
        if isinstance(answer, Rejected):
            return answer
        self._next = _last_word(answer)
        signature = base64.b64encode(scram_hmac(keys.server_key, said))
        return Challenge(b"v=" + signature)

    def _is_proved(
        self, first: ClientFirst, final: ClientFinal, nonce: str, keys: ScramKeys, said: bytes
    ) -> bool:
        bound = self._binding.end_point if self._binding.required else b""
        signature = scram_hmac(keys.stored_key, said)
        client_key = bytes(a ^ b for a, b in zip(final.proof, signature, strict=True))
        proved = hmac.compare_digest(hashlib.sha256(client_key).digest(), keys.stored_key)
        here = final.binding == first.header + (bound or b"")
        return proved and here and final.nonce == nonce


def _last_word(identity: Identity) -> Callable[[bytes], Claim]:
    """Return the reader of the empty response to the server's own proof."""

    def read(response: bytes) -> Claim:
        if response:
            raise MalformedLogin("expected an empty response at the end of SCRAM")
        return lambda: identity

    return read


def _nothing_more(response: bytes) -> Claim:
    del response
    raise MalformedLogin("expected no more of an exchange that is over")
