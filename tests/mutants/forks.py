"""Two guests and two forks: a lifecycle in which a missing row lets everybody wait for ever.

Decides the smallest declaration without an environment event in which a session waits for what
another holds, and in which only one row keeps them from waiting for each other.
"""

from enum import Enum, unique
from typing import Final, TypeAlias

from requite.model import Edge, Kind, Lifecycle, Per, Resource, StateRow

__all__ = ("FORKS", "Effect", "Event", "Held", "State", "Wait")


@unique
class Wait(Enum):
    """What a state waits for."""

    NOTHING = "nothing"
    FORK = "a fork, or the guest to give up"
    GUEST = "what the guest does"


@unique
class State(Enum):
    """Where a guest stands."""

    OUTSIDE = "nobody has come"
    WITH_LEFT = "with the left fork, waiting for the right one"
    WITH_RIGHT = "with the right fork, waiting for the left one"
    EATING = "with both forks"
    GONE = "the guest is gone"


@unique
class Event(Enum):
    """What happened."""

    LEFT_FIRST = "the guest has come and taken the left fork"
    RIGHT_FIRST = "the guest has come and taken the right fork"
    LEFT_THEN = "the left fork has come as well"
    RIGHT_THEN = "the right fork has come as well"
    WENT = "the guest has left"


@unique
class Effect(Enum):
    """What the house owes."""

    LAY_LEFT = "lay the left fork down"
    LAY_RIGHT = "lay the right fork down"


@unique
class Held(Enum):
    """What a guest holds."""

    LEFT = "the left fork"
    RIGHT = "the right fork"


Row: TypeAlias = Edge[State, Event, Effect, Held]


def _row(source: State, event: Event, target: State, *effects: Effect) -> Row:
    return Edge(source, event, target, effects, why="Nobody eats with one fork")


FORKS: Final = Lifecycle(
    name="forks",
    states=(
        StateRow(State.OUTSIDE, Wait.NOTHING),
        StateRow(State.WITH_LEFT, Wait.FORK),
        StateRow(State.WITH_RIGHT, Wait.FORK),
        StateRow(State.EATING, Wait.GUEST),
        StateRow(State.GONE, Wait.NOTHING),
    ),
    edges=(
        _row(State.OUTSIDE, Event.LEFT_FIRST, State.WITH_LEFT),
        _row(State.OUTSIDE, Event.RIGHT_FIRST, State.WITH_RIGHT),
        _row(State.WITH_LEFT, Event.RIGHT_THEN, State.EATING),
        _row(State.WITH_LEFT, Event.WENT, State.GONE, Effect.LAY_LEFT),
        _row(State.WITH_RIGHT, Event.LEFT_THEN, State.EATING),
        _row(State.EATING, Event.WENT, State.GONE, Effect.LAY_LEFT, Effect.LAY_RIGHT),
    ),
    requests=(),
    resources=(
        Resource(
            Held.LEFT,
            Kind.EXCLUSIVE,
            held_in=frozenset({State.WITH_LEFT, State.EATING}),
            taken_by=frozenset({Event.LEFT_FIRST, Event.LEFT_THEN}),
            given_back_by=Effect.LAY_LEFT,
            per=Per.SERVER,
        ),
        Resource(
            Held.RIGHT,
            Kind.EXCLUSIVE,
            held_in=frozenset({State.WITH_RIGHT, State.EATING}),
            taken_by=frozenset({Event.RIGHT_FIRST, Event.RIGHT_THEN}),
            given_back_by=Effect.LAY_RIGHT,
            per=Per.SERVER,
        ),
    ),
    environment=(),
    initial=State.OUTSIDE,
    final=(State.GONE,),
)
"""A lifecycle that keeps every rule, and in which somebody can always move."""
