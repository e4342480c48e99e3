"""A house with two rooms that are alike: a lifecycle of which some mutants behave the same.

Decides the smallest declaration with two states that no word of events tells apart.
"""

from enum import Enum, unique
from typing import Final, TypeAlias

from requite.model import Edge, Lifecycle, StateRow

__all__ = ("TWINS", "Effect", "Event", "Held", "Row", "State", "Wait")


@unique
class Wait(Enum):
    """What a state waits for."""

    NOTHING = "nothing"
    GUEST = "what the guest does"


@unique
class State(Enum):
    """Where a guest is."""

    OUTSIDE = "nobody has come"
    LEFT = "in the room on the left"
    RIGHT = "in the room on the right"
    GONE = "the guest is gone"


@unique
class Event(Enum):
    """What happened."""

    CAME = "a guest has come"
    CROSSED = "the guest has gone to the other room"
    WENT = "the guest has left"


@unique
class Effect(Enum):
    """What the house owes."""

    WAVE = "wave after the guest"


@unique
class Held(Enum):
    """What a guest holds: nothing."""


Row: TypeAlias = Edge[State, Event, Effect, Held]


def _row(source: State, event: Event, target: State, *effects: Effect) -> Row:
    return Edge(source, event, target, effects, why="Both rooms are alike")


TWINS: Final[Lifecycle[State, Event, Effect, Held, Wait]] = Lifecycle(
    name="twins",
    states=(
        StateRow(State.OUTSIDE, Wait.NOTHING),
        StateRow(State.LEFT, Wait.GUEST),
        StateRow(State.RIGHT, Wait.GUEST),
        StateRow(State.GONE, Wait.NOTHING),
    ),
    edges=(
        _row(State.OUTSIDE, Event.CAME, State.LEFT),
        _row(State.LEFT, Event.CROSSED, State.RIGHT),
        _row(State.LEFT, Event.WENT, State.GONE, Effect.WAVE),
        _row(State.RIGHT, Event.CROSSED, State.LEFT),
        _row(State.RIGHT, Event.WENT, State.GONE, Effect.WAVE),
    ),
    requests=(),
    resources=(),
    environment=(Event.WENT,),
    initial=State.OUTSIDE,
    final=(State.GONE,),
)
"""A lifecycle that keeps every rule."""
