"""What every mechanism is to a session: responses in; challenges, an identity or a rejection out.

Decides the terms alone. A response is read first, which needs nobody and fails at once where it
cannot be read; what it claims is asked about afterwards, as every other question to a service is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Protocol, TypeAlias, TypeVar

from requite.pop3.services import Answer, Identity, Rejected

__all__ = ("Challenge", "Claim", "Exchange", "Outcome", "settled")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Challenge:
    """The mechanism asks for one more response."""

    octets: bytes = field(repr=False)
    """As the mechanism has it; the wire writes it in base64."""
    verdict: Rejected | None = None
    """What the login comes to whatever the next line says, a cancel among it; None leaves that to
    the response. It is for a mechanism that tells in a challenge why it fails."""


Outcome: TypeAlias = Challenge | Identity | Rejected
Claim: TypeAlias = Callable[[], Answer[Outcome]]
"""What a response claims: call it to ask whether it is true. Whatever it raises is no answer."""


class Exchange(Protocol):
    """One attempt to log in by one mechanism, from AUTH to its outcome."""

    @property
    def first(self) -> bytes:
        """What is asked where AUTH came without an initial response."""
        ...

    def read(self, response: bytes, /) -> Claim:
        """Read the next response of the client.

        Raises:
            MalformedLogin: it is not what the mechanism takes here.
        """
        ...


async def settled(answer: Answer[T]) -> T:
    """Wait for an answer that may be there already."""
    if isawaitable(answer):
        result: T = await answer
        return result
    return answer
