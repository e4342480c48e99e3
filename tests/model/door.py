"""A door with a lease: a small lifecycle that keeps every rule, for tests that break one.

Decides what a right declaration looks like at its smallest: a request that may be answered too
late, a counted resource, an environment event, a wait that brings a fixed set of events, a reply
with a fact. Refuses to break anything:
the tests do, each by one change to `DOOR`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, unique
from typing import Any, Final, TypeAlias

from requite.model import (
    AnyLifecycle,
    Edge,
    Fact,
    Kind,
    Lifecycle,
    Reply,
    Request,
    Resource,
    StateRow,
)

__all__ = (
    "DOOR",
    "Change",
    "Door",
    "Effect",
    "Event",
    "Held",
    "Row",
    "State",
    "Wait",
    "add",
    "alter",
    "drop",
)


@unique
class Wait(Enum):
    """What a state waits for."""

    NOTHING = "nothing"
    GUEST = "what the guest does"
    COMPLETION = "the answer to a request"


@unique
class State(Enum):
    """Where a guest stands."""

    OUTSIDE = "nobody has knocked"
    ASKING = "the porter is asked for a key"
    INSIDE = "the guest is in, with a key"
    GIVEN_UP = "the guest left before the porter answered"
    GONE = "the guest is gone"


@unique
class Event(Enum):
    """What happened."""

    KNOCKED = "a guest has knocked"
    WALKED_AWAY = "the guest has left"
    CLOSING_TIME = "the house closes"
    KEY_GRANTED = "there is a key"
    KEY_REFUSED = "there is no key left"


@unique
class Effect(Enum):
    """What the house owes."""

    TAKE_KEY_BACK = "take the key back"
    LET_GO_OF_BELL = "let go of the bell"
    WAVE = "wave after the guest"
    ASK_FOR_KEY = "ask the porter for a key"


@unique
class Held(Enum):
    """What a guest holds."""

    KEY = "one of the keys"
    BELL = "the bell"


Row: TypeAlias = Edge[State, Event, Effect, Held]
Change: TypeAlias = Callable[["Door"], "Door"]


@dataclass(frozen=True, kw_only=True)
class Door:
    """The parts of a lifecycle, not yet checked, so that one of them can be changed."""

    states: tuple[StateRow[State, Wait, Effect], ...]
    edges: tuple[Row, ...]
    requests: tuple[Request[Effect, Event], ...]
    resources: tuple[Resource[Held, State, Event, Effect], ...]
    environment: tuple[Event, ...]
    initial: State
    final: tuple[State, ...]
    brings: Mapping[Wait, tuple[Event, ...]]
    facts: tuple[Fact, ...]

    def load(self) -> AnyLifecycle:
        """Make the lifecycle, which checks it."""
        return Lifecycle(
            name="door",
            states=self.states,
            edges=self.edges,
            requests=self.requests,
            resources=self.resources,
            environment=self.environment,
            initial=self.initial,
            final=self.final,
            brings=self.brings,
            facts=self.facts,
        )


def drop(source: State, event: Event) -> Change:
    """Return the change that leaves a row out."""

    def change(door: Door) -> Door:
        kept = tuple(row for row in door.edges if (row.source, row.event) != (source, event))
        assert len(kept) == len(door.edges) - 1, "the change must find its row"
        return replace(door, edges=kept)

    return change


def alter(source: State, event: Event, /, **new: Any) -> Change:  # noqa: ANN401 - as wrong as can be.
    """Return the change that gives one row other fields, right or wrong."""

    def altered(rows: Iterable[Row]) -> tuple[Row, ...]:
        return tuple(
            replace(row, **new) if (row.source, row.event) == (source, event) else row
            for row in rows
        )

    def change(door: Door) -> Door:
        edges = altered(door.edges)
        assert edges != door.edges, "the change must find its row"
        return replace(door, edges=edges)

    return change


def add(source: State, event: Event, target: State, *effects: Effect | Reply) -> Change:
    """Return the change that adds a row."""
    row: Row = Edge(source, event, target, effects, why="It is one row too many")
    return lambda door: replace(door, edges=(*door.edges, row))


DOOR: Final = Door(
    states=(
        StateRow(State.OUTSIDE, Wait.NOTHING),
        StateRow(State.ASKING, Wait.COMPLETION, Effect.ASK_FOR_KEY),
        StateRow(State.INSIDE, Wait.GUEST),
        StateRow(State.GIVEN_UP, Wait.COMPLETION, Effect.ASK_FOR_KEY, main=False),
        StateRow(State.GONE, Wait.NOTHING),
    ),
    edges=(
        Edge(
            State.OUTSIDE,
            Event.KNOCKED,
            State.ASKING,
            (Effect.LET_GO_OF_BELL, Effect.ASK_FOR_KEY),
            why="The bell is held for as long as the knock takes, and no state waits with it",
        ),
        Edge(
            State.ASKING,
            Event.KEY_GRANTED,
            State.INSIDE,
            (Reply("Come in, there are {guests} of you."),),
            why="Nobody comes in without a key",
            guard=Held.KEY,
        ),
        Edge(
            State.ASKING,
            Event.KEY_REFUSED,
            State.GONE,
            (Reply("We are full."),),
            why="A guest without a key holds nothing",
        ),
        Edge(
            State.ASKING,
            Event.WALKED_AWAY,
            State.GIVEN_UP,
            why="The porter may still bring a key",
        ),
        Edge(
            State.ASKING,
            Event.CLOSING_TIME,
            State.GIVEN_UP,
            why="The porter may still bring a key",
        ),
        Edge(
            State.INSIDE,
            Event.WALKED_AWAY,
            State.GONE,
            (Effect.TAKE_KEY_BACK, Effect.WAVE),
            why="The only way out takes the key back",
        ),
        Edge(
            State.INSIDE,
            Event.CLOSING_TIME,
            State.INSIDE,
            (Reply("Last orders."),),
            why="A guest may finish the glass",
        ),
        Edge(
            State.GIVEN_UP,
            Event.KEY_GRANTED,
            State.GONE,
            (Effect.TAKE_KEY_BACK,),
            why="A key that comes too late goes straight back",
        ),
        Edge(
            State.GIVEN_UP,
            Event.KEY_REFUSED,
            State.GONE,
            why="Nothing was brought",
        ),
        Edge(
            State.GIVEN_UP,
            Event.CLOSING_TIME,
            State.GIVEN_UP,
            why="The answer is still to come",
        ),
    ),
    requests=(Request(Effect.ASK_FOR_KEY, (Event.KEY_GRANTED, Event.KEY_REFUSED)),),
    resources=(
        Resource(
            Held.KEY,
            Kind.COUNTED,
            held_in=frozenset({State.INSIDE}),
            taken_by=frozenset({Event.KEY_GRANTED}),
            given_back_by=Effect.TAKE_KEY_BACK,
            lost_by=frozenset({Event.WALKED_AWAY}),
        ),
        Resource(
            Held.BELL,
            Kind.EXCLUSIVE,
            held_in=frozenset(),
            taken_by=frozenset({Event.KNOCKED}),
            given_back_by=Effect.LET_GO_OF_BELL,
        ),
    ),
    environment=(Event.CLOSING_TIME,),
    initial=State.OUTSIDE,
    final=(State.GONE,),
    brings={Wait.GUEST: (Event.WALKED_AWAY,)},
    facts=(Fact("guests", int, "how many guests are inside"),),
)
"""The right one: it loads, and every example in the tests is one change away from it."""
