"""A declaration that no type checker has read is refused with a fault, never with a traceback.

Decides what happens to values that mypy would refuse: lists where one name belongs, words where
members belong, braces that name nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final

import pytest

from model.door import DOOR, Change, Effect, Event, State, alter
from requite.model import DeclarationError, Reply


class Elsewhere(Enum):
    """A name that no lifecycle here declares."""

    NOWHERE = "nowhere"


NOWHERE: Final[Any] = Elsewhere.NOWHERE


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """A change to the door after which it must not load."""

    by: str
    change: Change
    rule: str
    where: tuple[str, ...]
    """What each fault names, in order."""

    def __str__(self) -> str:
        return self.by


def leaves(**new: object) -> Change:
    """Return the change that gives the way out of the house other fields."""
    return alter(State.INSIDE, Event.WALKED_AWAY, **new)


def says(text: str) -> Change:
    """Return the change that answers a guest without a key so."""
    return alter(State.ASKING, Event.KEY_REFUSED, effects=(Reply(text),))


WRONG: Final = (
    Wrong(
        by="a list of sources",
        change=leaves(source=[State.INSIDE, State.ASKING]),
        rule="no-wildcard",
        where=(f"row {[State.INSIDE, State.ASKING]!r}/{Event.WALKED_AWAY!r}",),
    ),
    Wrong(
        by="a list of targets",
        change=leaves(target=[State.GONE, State.INSIDE]),
        rule="no-wildcard",
        where=(f"row {State.INSIDE!r}/{Event.WALKED_AWAY!r}",),
    ),
    Wrong(
        by="a list of events",
        change=leaves(event=[Event.WALKED_AWAY]),
        rule="no-wildcard",
        where=(f"row {State.INSIDE!r}/{[Event.WALKED_AWAY]!r}",),
    ),
    Wrong(
        by="no target",
        change=leaves(target=None),
        rule="no-wildcard",
        where=(f"row {State.INSIDE!r}/{Event.WALKED_AWAY!r}",),
    ),
    Wrong(
        by="a word as an effect",
        change=leaves(effects=("TAKE_KEY_BACK", Effect.WAVE)),
        rule="no-wildcard",
        where=(f"row {State.INSIDE!r}/{Event.WALKED_AWAY!r}",),
    ),
    Wrong(
        by="a function as an effect",
        change=leaves(effects=(Effect.TAKE_KEY_BACK, Effect.WAVE, print)),
        rule="no-wildcard",
        where=(f"row {State.INSIDE!r}/{Event.WALKED_AWAY!r}",),
    ),
    Wrong(
        by="an effect that is no tuple",
        change=leaves(effects=Effect.TAKE_KEY_BACK),
        rule="no-wildcard",
        where=(f"row {State.INSIDE!r}/{Event.WALKED_AWAY!r}",),
    ),
    Wrong(
        by="an undeclared state that holds",
        change=lambda door: replace(
            door,
            resources=tuple(
                replace(item, held_in=frozenset({*item.held_in, NOWHERE}))
                for item in door.resources
            ),
        ),
        rule="resources-name-members",
        where=("KEY", "BELL"),
    ),
    Wrong(
        by="an undeclared event that takes",
        change=lambda door: replace(
            door,
            resources=tuple(
                replace(item, taken_by=frozenset({*item.taken_by, NOWHERE}))
                for item in door.resources
            ),
        ),
        rule="resources-name-members",
        where=("KEY", "BELL"),
    ),
    Wrong(
        by="a state that awaits what is no request",
        change=lambda door: replace(
            door,
            states=tuple(
                replace(row, awaits=Effect.WAVE) if row.state is State.INSIDE else row
                for row in door.states
            ),
        ),
        rule="completions-are-awaited",
        where=("INSIDE",),
    ),
    Wrong(
        by="a reply with braces around nothing",
        change=says("{} rooms."),
        rule="known-facts",
        where=("ASKING --KEY_REFUSED--> GONE",),
    ),
    Wrong(
        by="a reply with a brace that is not closed",
        change=says("{guests"),
        rule="known-facts",
        where=("ASKING --KEY_REFUSED--> GONE",),
    ),
    Wrong(
        by="a reply with a name inside a format",
        change=says("{guests:{rooms}}"),
        rule="known-facts",
        where=("ASKING --KEY_REFUSED--> GONE",),
    ),
    Wrong(
        by="a reply that converts a fact",
        change=says("{guests!x}"),
        rule="known-facts",
        where=("ASKING --KEY_REFUSED--> GONE",),
    ),
)


@pytest.mark.parametrize("example", WRONG, ids=str)
def test_what_only_a_type_checker_would_see_is_refused_too(example: Wrong) -> None:
    """It cannot be loaded, and the error is the one that names what is wrong."""
    with pytest.raises(DeclarationError) as refused:
        example.change(DOOR).load()
    assert [(fault.rule, fault.where) for fault in refused.value.faults] == [
        (example.rule, where) for where in example.where
    ]


@pytest.mark.parametrize(
    "read",
    [lambda: DOOR.load().events_in_order, lambda: DOOR.load().effects_in_order],
    ids=["events", "effects"],
)
def test_a_vocabulary_is_read_in_its_authors_order(read: Callable[[], tuple[Enum, ...]]) -> None:
    """Events and effects come in the order of their enums, not in that of the rows."""
    names = read()
    assert names == tuple(type(names[0]))


def test_a_lifecycle_that_holds_nothing_has_its_effects_too() -> None:
    """The effects are those of the rows also where no resource is declared."""
    free = replace(
        DOOR,
        resources=(),
        edges=tuple(replace(row, guard=None) for row in DOOR.edges),
    )
    assert free.load().effects_in_order == tuple(Effect)
