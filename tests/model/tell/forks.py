"""Two kinds of guests who take two forks in opposite orders, and wait for each other for ever.

Decides a declaration that balances, and is stuck with two sessions: nobody refuses a fork, so who
asks waits until there is one.
"""

from enum import Enum
from typing import Final

from requite.model import Declaration, Edge, Kind, Per, Resource, StateRow

__all__ = ("FORKS",)


class Wait(Enum):
    """What a state waits for."""

    NOTHING = "nothing"
    FORK = "a fork"


class State(Enum):
    """Where a guest stands."""

    AWAY = "nobody has come yet"
    HUNGRY = "no fork is held"
    HAS_LEFT = "the left fork is held"
    HAS_RIGHT = "the right fork is held"
    FULL = "the guest has eaten"


class Event(Enum):
    """What happened."""

    CAME = "a guest has come"
    GOT_LEFT = "the left fork is there"
    GOT_RIGHT = "the right fork is there"
    ATE = "the guest has eaten"


class Effect(Enum):
    """What is owed."""

    LAY_LEFT_DOWN = "give the left fork back"
    LAY_RIGHT_DOWN = "give the right fork back"


class Held(Enum):
    """What a guest holds."""

    LEFT = "the left fork"
    RIGHT = "the right fork"


def _row(
    source: State, event: Event, target: State, *effects: Effect
) -> Edge[State, Event, Effect, Held]:
    return Edge(source, event, target, effects, why="A guest needs both forks")


FORKS: Final = Declaration(
    name="forks",
    states=tuple(StateRow(state, Wait.FORK) for state in State),
    edges=(
        _row(State.AWAY, Event.CAME, State.HUNGRY),
        _row(State.HUNGRY, Event.GOT_LEFT, State.HAS_LEFT),
        _row(State.HUNGRY, Event.GOT_RIGHT, State.HAS_RIGHT),
        _row(State.HAS_LEFT, Event.GOT_RIGHT, State.FULL, *Effect),
        _row(State.HAS_RIGHT, Event.GOT_LEFT, State.FULL, *Effect),
    ),
    requests=(),
    resources=(
        Resource(
            Held.LEFT,
            Kind.EXCLUSIVE,
            frozenset({State.HAS_LEFT}),
            frozenset({Event.GOT_LEFT}),
            Effect.LAY_LEFT_DOWN,
            per=Per.SERVER,
        ),
        Resource(
            Held.RIGHT,
            Kind.EXCLUSIVE,
            frozenset({State.HAS_RIGHT}),
            frozenset({Event.GOT_RIGHT}),
            Effect.LAY_RIGHT_DOWN,
            per=Per.SERVER,
        ),
    ),
    environment=(),
    initial=State.AWAY,
    final=(State.FULL,),
)
