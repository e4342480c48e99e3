"""Small declarations at random, right ones and wrong ones.

Decides what they are made of: some states in the middle, up to two resources of every kind, rows
that are balanced unless one is spoilt on purpose, guards, requests with a grant and a refusal.
"""

from dataclasses import replace
from enum import Enum, unique
from typing import Final, Literal, TypeAlias

from hypothesis import strategies as st

from model.explore.comparing import Asked
from requite.model import Declaration, Edge, Kind, Per, Request, Resource, StateRow

__all__ = ("Effect", "Event", "Held", "State", "Wait", "asked")


@unique
class State(Enum):
    """Where a session stands."""

    BEGIN = "b"
    ONE = "1"
    TWO = "2"
    THREE = "3"
    FOUR = "4"
    END = "e"


@unique
class Event(Enum):
    """What happens."""

    A_GRANTED = "a+"
    B_GRANTED = "b+"
    BOTH_GRANTED = "ab+"
    A_REFUSED = "a-"
    B_REFUSED = "b-"
    BOTH_REFUSED = "ab-"
    STEPPED = "s"
    JUMPED = "j"
    TIMED_OUT = "t"


@unique
class Effect(Enum):
    """What is owed."""

    GIVE_A = "a"
    GIVE_B = "b"
    ASK_A = "?"


@unique
class Held(Enum):
    """What is held."""

    A = "a"
    B = "b"


@unique
class Wait(Enum):
    """What a state waits for."""

    ANYTHING = "*"


Spoilt: TypeAlias = Literal["never", "often", "leak"]
Row: TypeAlias = Edge[State, Event, Effect, Held]
Thing: TypeAlias = Resource[Held, State, Event, Effect]
MIDDLE: Final = (State.ONE, State.TWO, State.THREE, State.FOUR)
FREE: Final = (Event.STEPPED, Event.JUMPED, Event.TIMED_OUT)
REFUSALS: Final = (Event.A_REFUSED, Event.B_REFUSED, Event.BOTH_REFUSED)
GRANTS: Final = {
    frozenset({Held.A}): Event.A_GRANTED,
    frozenset({Held.B}): Event.B_GRANTED,
    frozenset({Held.A, Held.B}): Event.BOTH_GRANTED,
}
LOTS: Final = st.integers(0, 9)


@st.composite
def _resource(draw: st.DrawFn, name: Held, middle: tuple[State, ...]) -> Thing:
    own = Event.A_REFUSED if name is Held.A else Event.B_REFUSED
    granted = Event.A_GRANTED if name is Held.A else Event.B_GRANTED
    return Resource(
        name,
        draw(st.sampled_from(Kind)),
        draw(st.frozensets(st.sampled_from(middle), min_size=1, max_size=3)),
        frozenset({granted, Event.BOTH_GRANTED}),
        Effect.GIVE_A if name is Held.A else Effect.GIVE_B,
        refused_by=draw(st.sampled_from([frozenset({own}), frozenset({own, Event.BOTH_REFUSED})])),
        per=draw(st.sampled_from([Per.KEY, Per.KEY, Per.SERVER, Per.SESSION])),
    )


@st.composite
def _row(
    draw: st.DrawFn, source: State, targets: tuple[State, ...], things: tuple[Thing, ...]
) -> Row:
    target = draw(st.sampled_from(targets))
    entered = frozenset(
        t.resource for t in things if target in t.held_in and source not in t.held_in
    )
    event = GRANTS[entered] if entered else draw(st.sampled_from([*FREE, *REFUSALS, *Event]))
    effects: list[Effect] = []
    for thing in things:
        holders = (target in thing.held_in) - (source in thing.held_in)
        effects += [thing.given_back_by] * ((event in thing.taken_by) - holders)
    if draw(LOTS) == 0 and source is not State.BEGIN:
        guard = draw(st.sampled_from([t.resource for t in things]))
    else:
        guard = None
    return Edge(source, event, target, tuple(effects), why="It is drawn", guard=guard)


@st.composite
def _spoilt(draw: st.DrawFn, rows: tuple[Row, ...], spoilt: Spoilt) -> tuple[Row, ...]:
    number = draw(st.integers(0, len(rows) - 1))
    row = rows[number]
    forgotten = row.effects[1:]
    twice = [(*row.effects, effect) for effect in (Effect.GIVE_A, Effect.GIVE_B)]
    effects = draw(st.sampled_from([forgotten] if spoilt == "leak" else [forgotten, *twice]))
    return (*rows[:number], replace(row, effects=effects), *rows[number + 1 :])


@st.composite
def asked(draw: st.DrawFn, *, spoilt: Spoilt = "often") -> Asked:
    """Draw a declaration and a scope.

    Args:
        draw: as in any strategy.
        spoilt: whether one row gives back too little or too much; a leak gives back too little.
    """
    middle = MIDDLE[: draw(st.integers(1, 4))]
    first = draw(_resource(Held.A, middle))
    things: tuple[Thing, ...] = (first,)
    if draw(st.booleans()):
        second = draw(_resource(Held.B, middle))
        if second.per is Per.KEY and first.per is Per.KEY and draw(st.booleans()):
            second = replace(second, same_key_as=Held.A)
        things = (first, second)
    rows: dict[tuple[State, Event], Row] = {}
    for source in (State.BEGIN, *middle):
        for _ in range(draw(st.integers(1, 3))):
            row = draw(_row(source, (*middle, *middle, State.END, State.BEGIN), things))
            rows.setdefault((row.source, row.event), row)
    edges = tuple(rows.values())
    if spoilt == "leak" or (spoilt == "often" and draw(LOTS) < 4):
        edges = draw(_spoilt(edges, spoilt))
    declared = Declaration(
        name="drawn",
        states=tuple(StateRow(state, Wait.ANYTHING) for state in State),
        edges=edges,
        requests=(Request(Effect.ASK_A, (Event.A_GRANTED, Event.A_REFUSED)),),
        resources=things,
        environment=(Event.TIMED_OUT,),
        initial=State.BEGIN,
        final=(State.END,),
    )
    kept = [thing.resource for thing in things if thing.per is not Per.SESSION]
    chosen = draw(st.sampled_from([tuple(kept), tuple(kept[:1]), tuple(kept[1:])]))
    return Asked(
        declared,
        draw(st.integers(1, 3)),
        accounts=draw(st.integers(1, 2)),
        limit=draw(st.integers(1, 2)),
        resources=chosen,
        crash=draw(st.booleans()),
    )
