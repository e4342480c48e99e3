"""Explorations that refute something, each of another kind, for every form to be tried on."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from typing import Final, TypeAlias

from model.tell.forks import FORKS
from model.tell.forks import Held as Fork
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
from requite.model.declaration import AnyDeclaration, Reply
from requite.model.explore import Claim, Exploration, Story, explore

__all__ = ("NAMES", "endless", "explored", "story_of")

Owed: TypeAlias = pop3.Effect | Reply
Change: TypeAlias = Callable[[Iterable[Owed]], Iterable[Owed]]

STAYS: Final = (Event.TIMED_OUT, Event.CRASHED, Event.DISCONNECTED)
NAMES: Final = ("forgets", "refunds", "endless", "right", "unfinished", "stuck")


def endless() -> Declaration[State, Event, Effect, Held, Wait]:
    """Return the declaration without the ends of a message that is being sent."""
    declared = ABSTRACT_POP3.declaration
    return declared.with_edges(
        row for row in declared.edges if not (row.source is State.STREAM and row.event in STAYS)
    )


def unfinished() -> Exploration:
    """Return an exploration that was stopped before it had seen all."""
    return replace(explore(ABSTRACT_POP3), stopped="its 0 seconds are used up")


def without(source: pop3.State, event: pop3.Event, effect: pop3.Effect) -> Exploration:
    """Return what one session of POP3 does where one row forgets to give something back."""
    changed = pop3_with(source, event, lambda owed: [one for one in owed if one is not effect])
    return explore(changed, sessions=1, accounts=1)


def gives_back_too_much() -> Exploration:
    """Return what sessions of POP3 do where a refusal gives a slot back."""
    state, event = pop3.State.TAKING_SLOT, pop3.Event.SLOT_REFUSED
    return explore(pop3_with(state, event, lambda owed: [pop3.Effect.RELEASE_SLOT, *owed]))


EXPLORATIONS: Final[dict[str, Callable[[], Exploration]]] = {
    "forgets": lambda: explore(FORGETS),
    "refunds": lambda: explore(REFUNDS),
    "endless": lambda: explore(endless()),
    "right": lambda: explore(ABSTRACT_POP3),
    "unfinished": unfinished,
    "keeps a slot": lambda: without(
        pop3.State.SENDING, pop3.Event.CONNECTION_LOST, pop3.Effect.RELEASE_SLOT
    ),
    "keeps a message": lambda: without(
        pop3.State.SENDING_ABANDONED, pop3.Event.MESSAGE_SENT, pop3.Effect.CLOSE_MESSAGE
    ),
    "gives back too much": gives_back_too_much,
    "stuck": lambda: explore(FORKS, sessions=2, resources=[*Fork], crash=False),
}


@cache
def explored(name: str) -> Exploration:
    """Return an exploration by what it shows."""
    return EXPLORATIONS[name]()


def story_of(exploration: Exploration, claim: Claim | None = None) -> Story:
    """Return the story that refutes a claim, or the first there is."""
    for finding in exploration.findings:
        if finding.story is not None and claim in (None, finding.claim):
            return finding.story
    raise LookupError(f"nothing refutes {claim}")


def pop3_with(source: pop3.State, event: pop3.Event, change: Change) -> AnyDeclaration:
    """Return the POP3 declaration with other effects in one row."""
    declared = pop3.POP3_SESSION.declaration
    return declared.with_edges(
        replace(row, effects=tuple(change(row.effects)))
        if (row.source, row.event) == (source, event)
        else row
        for row in declared.edges
    )
