"""Declarations in a few words: one row a line, for examples that break one thing.

Decides how short an example can be: `WAITING GOT INSIDE` is a row, and what it gives back stands
behind it. A draft begins in BEGIN and ends in END; it need not keep any rule.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias, cast

from requite.model import Declaration, Edge, Kind, Per, Request, Resource, StateRow

__all__ = (
    "FAITHFUL_LOCK",
    "HEIRS",
    "KEYED",
    "ONE_BY_ONE",
    "PHILOSOPHERS",
    "POLLED",
    "RENEWED",
    "Draft",
    "Thing",
    "draft",
)

Draft: TypeAlias = Declaration[Any, Any, Any, Any, Any]


@dataclass(frozen=True, kw_only=True)
class Thing:
    """A resource in words; names of states and events are separated by spaces."""

    name: str
    held_in: str
    taken_by: str
    refused_by: str = ""
    kind: Kind = Kind.EXCLUSIVE
    per: Per = Per.KEY
    same_key_as: str | None = None


def _named(kind: str, names: Iterable[str]) -> dict[str, Enum]:
    unique = [*dict.fromkeys(names)]
    # The names of a draft are only known here, so that no checker knows the members.
    made = cast("type[Enum]", Enum(kind, unique))
    return {member.name: member for member in made}


def draft(
    rows: str,
    things: Sequence[Thing],
    *,
    environment: str = "",
    requests: Sequence[str] = (),
    guards: dict[str, str] | None = None,
) -> Draft:
    """Return the declaration that some lines say.

    Args:
        rows: source, event, target and the names of what is given back, a row a line.
        things: the resources.
        environment: the events that surely come.
        requests: for each request its completions.
        guards: the resource that a row needs room of, by the source and event of the row.
    """
    lines = [line.split() for line in rows.strip().splitlines()]
    said = [*environment.split(), *(name for item in requests for name in item.split())]
    said += [n for thing in things for n in f"{thing.taken_by} {thing.refused_by}".split()]
    held_in = [name for thing in things for name in thing.held_in.split()]
    at_rows = [name for line in lines for name in line[:3:2]]
    states = _named("State", ["BEGIN", *at_rows, *held_in, "END"])
    events = _named("Event", [*(line[1] for line in lines), *said])
    effects = _named("Effect", [*(f"GIVE_{thing.name}" for thing in things), *_asks(requests)])
    held = _named("Held", [thing.name for thing in things]) if things else {}
    guarded = guards or {}
    return Declaration(
        name="draft",
        states=tuple(StateRow(state, state) for state in states.values()),
        edges=tuple(
            Edge(
                states[source],
                events[event],
                states[target],
                tuple(effects[f"GIVE_{name}"] for name in back),
                why="The example says so",
                guard=held.get(guarded.get(f"{source} {event}", "")),
            )
            for source, event, target, *back in lines
        ),
        requests=tuple(
            Request(effects[ask], tuple(events[name] for name in item.split()))
            for ask, item in zip(_asks(requests), requests, strict=True)
        ),
        resources=tuple(
            Resource(
                held[thing.name],
                thing.kind,
                frozenset(states[name] for name in thing.held_in.split()),
                frozenset(events[name] for name in thing.taken_by.split()),
                effects[f"GIVE_{thing.name}"],
                refused_by=frozenset(events[name] for name in thing.refused_by.split()),
                per=thing.per,
                same_key_as=None if thing.same_key_as is None else held[thing.same_key_as],
            )
            for thing in things
        ),
        environment=tuple(events[name] for name in environment.split()),
        initial=states["BEGIN"],
        final=(states["END"],),
    )


def _asks(requests: Sequence[str]) -> list[str]:
    return [f"ASK_{number}" for number, _ in enumerate(requests, 1)]


PHILOSOPHERS = draft(
    """
    BEGIN      SAT_LEFT   LEFT_FIRST
    BEGIN      SAT_RIGHT  RIGHT_FIRST
    LEFT_FIRST  GOT_LEFT  HAS_LEFT
    HAS_LEFT    GOT_RIGHT EATING
    RIGHT_FIRST GOT_RIGHT HAS_RIGHT
    HAS_RIGHT   GOT_LEFT  EATING
    EATING      ATE       END      LEFT RIGHT
    """,
    [
        Thing(name="LEFT", held_in="HAS_LEFT EATING", taken_by="GOT_LEFT"),
        Thing(name="RIGHT", held_in="HAS_RIGHT EATING", taken_by="GOT_RIGHT"),
    ],
    requests=("GOT_LEFT", "GOT_RIGHT"),
)
"""Two forks, taken in either order by whoever waits for them: two can wait for each other."""

FAITHFUL_LOCK = draft(
    """
    BEGIN   ASKED     WAITING
    WAITING LOCKED    INSIDE
    INSIDE  TIMED_OUT END      LOCK
    """,
    [Thing(name="LOCK", held_in="INSIDE", taken_by="LOCKED")],
    environment="TIMED_OUT",
    requests=("LOCKED",),
)
"""A lock for which sessions wait: everybody gives it back, but nobody says whose turn it is."""

RENEWED = draft(
    """
    BEGIN  LOCKED   INSIDE
    INSIDE RENEWED  AGAIN  LOCK
    AGAIN  LOCKED   INSIDE LOCK
    INSIDE LEFT     END    LOCK
    AGAIN  LEFT     END    LOCK
    """,
    [Thing(name="LOCK", held_in="INSIDE AGAIN", taken_by="LOCKED RENEWED")],
    environment="LEFT",
)
"""A lock that its holder asks for again: while it is held there is no room for that."""

ONE_BY_ONE = draft(
    """
    BEGIN   PASSED   FIRST
    FIRST   BLOCKED  BLOCKING
    BLOCKING LEFT    END     GATE
    FIRST   WENT_ON  END
    """,
    [
        Thing(
            name="GATE",
            held_in="BLOCKING",
            taken_by="BLOCKED",
            refused_by="PASSED",
            kind=Kind.COUNTED,
        )
    ],
)
"""Only while the gate is blocked does anybody come, and only who has come blocks it."""

HEIRS = draft(
    """
    BEGIN   LOCKED  KEEPING
    KEEPING STAYED  KEEPING
    BEGIN   REFUSED WAITING
    WAITING LOCKED  HEIR
    HEIR    STAYED  HEIR
    """,
    [Thing(name="LOCK", held_in="KEEPING HEIR", taken_by="LOCKED", refused_by="REFUSED")],
)
"""Who keeps the lock gives it back by dying only, and whoever was refused may then have it."""

KEYED = draft(
    """
    BEGIN  ASKED    ASKING
    ASKING GRANTED  HAVING
    ASKING REFUSED  END
    HAVING LOCKED   BOTH
    BOTH   LEFT     HAVING LOCK
    HAVING LEFT     END    SLOT
    """,
    [
        Thing(
            name="SLOT",
            held_in="HAVING BOTH",
            taken_by="GRANTED",
            refused_by="REFUSED",
            kind=Kind.COUNTED,
        ),
        Thing(name="LOCK", held_in="BOTH", taken_by="LOCKED", same_key_as="SLOT"),
    ],
    requests=("GRANTED REFUSED",),
    environment="LEFT",
)
"""A slot, and a lock with the key of the slot, for which its holder may wait."""

POLLED = draft(
    """
    BEGIN   ASKED     WAITING
    WAITING TIMED_OUT WAITING
    WAITING LOCKED    INSIDE
    INSIDE  TIMED_OUT END     LOCK
    """,
    [Thing(name="LOCK", held_in="INSIDE", taken_by="LOCKED")],
    environment="TIMED_OUT",
    requests=("LOCKED",),
)
"""A lock for which sessions wait, and are woken for nothing while they do."""
