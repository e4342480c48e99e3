"""The rows of which a lifecycle is made: states, edges, requests, resources, facts.

Decides what can be said about a session. Refuses to decide whether it makes sense: that is
`rules`. Every row is a value: frozen, comparable, with no callable inside. The names in the rows
are members of enums that the author of a lifecycle writes, so that a type checker refuses a
misspelt one; the value of each member is one sentence that says what it means.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import Enum
from typing import Generic, TypeVar

__all__ = (
    "Edge",
    "EffectT",
    "EventT",
    "Fact",
    "Kind",
    "Reply",
    "Request",
    "Resource",
    "ResourceT",
    "StateRow",
    "StateT",
    "WaitT",
    "members",
    "repeated",
)

StateT = TypeVar("StateT", bound=Enum)
EventT = TypeVar("EventT", bound=Enum)
EffectT = TypeVar("EffectT", bound=Enum)
ResourceT = TypeVar("ResourceT", bound=Enum)
WaitT = TypeVar("WaitT", bound=Enum)


@dataclass(frozen=True, slots=True)
class Reply:
    """An order with an argument: queue this text for the peer.

    The text stands in the table beside its edge. A name in braces is a `Fact` that the shell
    knows at that moment; doubled braces are literal ones.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a shell knows while it performs an effect, to be named in a reply."""

    name: str
    type: type[int] | type[str]
    about: str


@dataclass(frozen=True, slots=True)
class StateRow(Generic[StateT, WaitT, EffectT]):
    """One state: where a session waits, for exactly one kind of thing."""

    state: StateT
    waits_for: WaitT
    awaits: EffectT | None = None
    """The request whose completion is outstanding in this state, if any."""
    main: bool = True
    """Whether pictures show it on the main way; False for what only waits for a late answer."""


@dataclass(frozen=True, slots=True)
class Edge(Generic[StateT, EventT, EffectT, ResourceT]):
    """One row of the table: in this state, on this event, go there and owe these effects."""

    source: StateT
    event: EventT
    target: StateT
    effects: tuple[EffectT | Reply, ...] = ()
    why: str = field(kw_only=True)
    """A section of an RFC, or one sentence that could be false."""
    guard: ResourceT | None = field(default=None, kw_only=True)
    """Taken only while there is room under the limit of this resource; never on an exit."""

    def __str__(self) -> str:
        return f"{self.source.name} --{self.event.name}--> {self.target.name}"


@dataclass(frozen=True, slots=True)
class Request(Generic[EffectT, EventT]):
    """An effect that is answered later by exactly one of its named completions."""

    effect: EffectT
    completions: tuple[EventT, ...]


class Kind(Enum):
    """How many sessions may hold a resource."""

    COUNTED = "up to a limit for each key, such as the slots of an account"
    EXCLUSIVE = "one at a time, such as the lock of a maildrop"


@dataclass(frozen=True, slots=True)
class Resource(Generic[ResourceT, StateT, EventT, EffectT]):
    """Something held, with the states in which it is held and what takes and gives it back."""

    resource: ResourceT
    kind: Kind
    held_in: frozenset[StateT]
    taken_by: frozenset[EventT]
    """The events that bring it, wherever they happen: a grant may arrive too late."""
    given_back_by: EffectT
    lost_by: frozenset[EventT] = frozenset()
    """Events that can announce its loss at any moment while it is held."""


def members(example: Enum) -> tuple[Enum, ...]:
    """Return every member of the enum that a name belongs to, in its author's order."""
    return tuple(type(example))


def repeated(items: list[Hashable]) -> list[Hashable]:
    """Return each item that occurs more than once, in order of its first repetition."""
    seen: set[Hashable] = set()
    twice: list[Hashable] = []
    for item in items:
        if item in seen and item not in twice:
            twice.append(item)
        seen.add(item)
    return twice
