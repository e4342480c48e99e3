"""Explorations that refute something, each of another kind, for every form to be tried on."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Final

from requite.lifecycles import pop3
from requite.lifecycles.abstract_pop3 import (
    ABSTRACT_POP3,
    FORGETS,
    REFUNDS,
    Effect,
    Event,
    Held,
    State,
    Wait,
)
from requite.model import Declaration
from requite.model.declaration import AnyDeclaration
from requite.model.explore import Claim, Exploration, Story, explore

__all__ = ("NAMES", "endless", "explored", "pop3_with", "story_of")

Pop3Row = tuple[pop3.State, pop3.Event]

STAYS: Final = (Event.TIMED_OUT, Event.CRASHED, Event.DISCONNECTED)
NAMES: Final = ("forgets", "refunds", "endless", "right", "unfinished")


def endless() -> Declaration[State, Event, Effect, Held, Wait]:
    """Return the declaration without the ends of a message that is being sent."""
    declared = ABSTRACT_POP3.declaration
    return declared.with_edges(
        row for row in declared.edges if not (row.source is State.STREAM and row.event in STAYS)
    )


@cache
def explored(name: str) -> Exploration:
    """Return an exploration by what it shows."""
    match name:
        case "forgets":
            return explore(FORGETS)
        case "refunds":
            return explore(REFUNDS)
        case "endless":
            return explore(endless())
        case "right":
            return explore(ABSTRACT_POP3)
        case "unfinished":
            whole = explore(ABSTRACT_POP3)
            return replace(whole, stopped="its 0 seconds are used up")
        case _:
            raise LookupError(name)


def story_of(exploration: Exploration, claim: Claim | None = None) -> Story:
    """Return the story that refutes a claim, or the first there is."""
    for finding in exploration.findings:
        if finding.story is not None and claim in (None, finding.claim):
            return finding.story
    raise LookupError(f"nothing refutes {claim}")


def pop3_with(row: Pop3Row, effects: Iterable[pop3.Effect], *, without: bool) -> AnyDeclaration:
    """Return the POP3 declaration with effects added to a row, or taken out of it."""
    changed = tuple(effects)
    declared = pop3.POP3_SESSION.declaration
    return declared.with_edges(
        replace(
            edge,
            effects=tuple(effect for effect in edge.effects if effect not in changed)
            if without
            else (*changed, *edge.effects),
        )
        if (edge.source, edge.event) == row
        else edge
        for edge in declared.edges
    )
