"""What can be said about a session: rows, and the declaration that they make together.

Decides the words. Refuses to decide whether what they say makes sense: that is `rules`. Every row
is a value: frozen, comparable, with no callable inside. The names in the rows are members of enums
that the author of a lifecycle writes, so that a type checker refuses a misspelt one; the value of
each member is one sentence that says what it means.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from types import MappingProxyType
from typing import Any, Generic, TypeAlias, TypeVar

__all__ = (
    "AnyDeclaration",
    "AnyEdge",
    "AnyResource",
    "Declaration",
    "Edge",
    "EffectT",
    "EventT",
    "Fact",
    "Kind",
    "Per",
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


class Per(Enum):
    """Between which sessions a resource is shared, and so a limit counted."""

    SERVER = "all sessions share it: there is one key"
    KEY = "the sessions of one key share it, such as those of one account"
    SESSION = "each session has its own: nobody else can be in the way"


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
    refused_by: frozenset[EventT] = field(default=frozenset(), kw_only=True)
    """The events that say there is no room for it; without any, who asks waits until there is."""
    per: Per = field(default=Per.KEY, kw_only=True)
    """Between which sessions it is shared."""
    same_key_as: ResourceT | None = field(default=None, kw_only=True)
    """Another resource whose key a session uses for this one too, such as a mailbox's slot."""

    @property
    def contended(self) -> bool:
        """Whether sessions of one key among several can be in each other's way."""
        return self.per is Per.KEY


@dataclass(frozen=True, kw_only=True)
class Declaration(Generic[StateT, EventT, EffectT, ResourceT, WaitT]):
    """Everything that is said about a session, and not yet checked: `Lifecycle` does that.

    A broken one can be held, explored and told about, which is how tests and mutants use it.
    """

    name: str
    """What the derived package is called; a Python identifier."""
    states: Sequence[StateRow[StateT, WaitT, EffectT]]
    """Every state, in the order in which a session meets them."""
    edges: Sequence[Edge[StateT, EventT, EffectT, ResourceT]]
    """Every row of the table."""
    requests: Sequence[Request[EffectT, EventT]]
    """The effects that are answered later, with their completions."""
    resources: Sequence[Resource[ResourceT, StateT, EventT, EffectT]]
    """What is held, and where."""
    environment: Sequence[EventT]
    """The events that can happen in every state that waits."""
    initial: StateT
    """Where a session begins; nothing is held there."""
    final: Sequence[StateT]
    """Where it ends; nothing is held there."""
    brings: Mapping[WaitT, Sequence[EventT]] = field(default_factory=dict, hash=False)
    """The events that each kind of wait can bring, as far as it brings a fixed set."""
    facts: Sequence[Fact] = ()
    """What replies may name."""

    def __post_init__(self) -> None:
        for name in ("states", "edges", "requests", "resources", "environment", "final", "facts"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        brings = {wait: tuple(events) for wait, events in self.brings.items()}
        object.__setattr__(self, "brings", MappingProxyType(brings))

    def held_in(self, state: StateT) -> tuple[ResourceT, ...]:
        """Return the resources that are held in a state, in the order of their declaration."""
        return tuple(item.resource for item in self.resources if state in item.held_in)

    def given_back_by(
        self, edge: Edge[StateT, EventT, EffectT, ResourceT]
    ) -> tuple[ResourceT, ...]:
        """Return the resources that a row gives back."""
        return tuple(item.resource for item in self.resources if item.given_back_by in edge.effects)

    @cached_property
    def exits(self) -> tuple[Edge[StateT, EventT, EffectT, ResourceT], ...]:
        """The rows that give something back: leaving what holds it, or refusing a late grant."""
        return tuple(edge for edge in self.edges if self.given_back_by(edge))

    @cached_property
    def table(self) -> Mapping[tuple[StateT, EventT], Edge[StateT, EventT, EffectT, ResourceT]]:
        """The rows by state and event; a later row of the same pair hides an earlier one."""
        return MappingProxyType({(edge.source, edge.event): edge for edge in self.edges})

    @cached_property
    def events_in_order(self) -> tuple[EventT, ...]:
        """Every event, in the order in which its author wrote the enum."""
        return tuple(type(self.edges[0].event))

    @cached_property
    def effects_in_order(self) -> tuple[EffectT, ...]:
        """Every effect, in the order in which its author wrote the enum."""
        effects = (effect for edge in self.edges for effect in edge.effects)
        named = next((effect for effect in effects if not isinstance(effect, Reply)), None)
        return () if named is None else tuple(type(named))

    def row_of(self, state: StateT) -> StateRow[StateT, WaitT, EffectT]:
        """Return the row that declares a state."""
        return next(row for row in self.states if row.state is state)

    def with_edges(
        self, edges: Iterable[Edge[StateT, EventT, EffectT, ResourceT]]
    ) -> "Declaration[StateT, EventT, EffectT, ResourceT, WaitT]":
        """Return the same declaration with other rows; it is no more checked than this one."""
        return replace(self, edges=tuple(edges))


AnyDeclaration: TypeAlias = Declaration[Any, Any, Any, Any, Any]
AnyEdge: TypeAlias = Edge[Any, Any, Any, Any]
AnyResource: TypeAlias = Resource[Any, Any, Any, Any]
"""Any of them at all, for tools that read one without knowing its vocabulary."""


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
