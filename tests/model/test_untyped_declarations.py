"""A declaration that no type checker has read is refused with a fault, never with a traceback.

Decides what happens to values that mypy would refuse: lists where one name belongs, words where
members belong, braces that name nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final

import pytest
from _pytest.mark import ParameterSet

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
    defect: str = ""
    """What happens today instead; the test turns red when it no longer does."""

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
        defect="TypeError: unhashable",
        change=leaves(source=[State.INSIDE, State.ASKING]),
    ),
    Wrong(
        by="a list of targets",
        defect="TypeError: unhashable",
        change=leaves(target=[State.GONE, State.INSIDE]),
    ),
    Wrong(
        by="a list of events",
        defect="TypeError: unhashable",
        change=leaves(event=[Event.WALKED_AWAY]),
    ),
    Wrong(by="no target", change=leaves(target=None)),
    Wrong(
        by="a word as an effect",
        defect="TypeError: type is not iterable",
        change=leaves(effects=("TAKE_KEY_BACK", Effect.WAVE)),
    ),
    Wrong(
        by="a function as an effect",
        defect="TypeError: type is not iterable",
        change=leaves(effects=(Effect.TAKE_KEY_BACK, Effect.WAVE, print)),
    ),
    Wrong(
        by="an effect that is no tuple",
        defect="TypeError: an effect is not iterable",
        change=leaves(effects=Effect.TAKE_KEY_BACK),
    ),
    Wrong(
        by="an undeclared state that holds",
        defect="it loads",
        change=lambda door: replace(
            door,
            resources=tuple(
                replace(item, held_in=frozenset({*item.held_in, NOWHERE}))
                for item in door.resources
            ),
        ),
    ),
    Wrong(
        by="an undeclared event that takes",
        defect="it loads",
        change=lambda door: replace(
            door,
            resources=tuple(
                replace(item, taken_by=frozenset({*item.taken_by, NOWHERE}))
                for item in door.resources
            ),
        ),
    ),
    Wrong(
        by="a state that awaits what is no request",
        defect="KeyError before the fault is said",
        change=lambda door: replace(
            door,
            states=tuple(
                replace(row, awaits=Effect.WAVE) if row.state is State.INSIDE else row
                for row in door.states
            ),
        ),
    ),
    Wrong(
        by="a reply with braces around nothing",
        defect="it loads, and the derived code is no Python",
        change=says("{} rooms."),
    ),
    Wrong(
        by="a reply with a brace that is not closed",
        defect="ValueError of the formatter, without the row",
        change=says("{guests"),
    ),
    Wrong(
        by="a reply with a name inside a format",
        defect="it loads, and the derived code names nothing",
        change=says("{guests:{rooms}}"),
    ),
    Wrong(
        by="a reply that converts a fact",
        defect="it loads, and the derived code is no Python",
        change=says("{guests!x}"),
    ),
)


def case(example: Wrong) -> ParameterSet:
    """Return the example as a case of the test, expected to fail while its defect lasts."""
    marks = [pytest.mark.xfail(strict=True, reason=example.defect)] if example.defect else []
    return pytest.param(example, id=str(example), marks=marks)


@pytest.mark.parametrize("example", [case(example) for example in WRONG])
def test_what_only_a_type_checker_would_see_is_refused_too(example: Wrong) -> None:
    """It cannot be loaded, and the error is the one that names what is wrong."""
    with pytest.raises(DeclarationError):
        example.change(DOOR).load()


@pytest.mark.parametrize(
    "read",
    [lambda: DOOR.load().events_in_order, lambda: DOOR.load().effects_in_order],
    ids=["events", "effects"],
)
def test_a_vocabulary_is_read_in_its_authors_order(read: Callable[[], tuple[Enum, ...]]) -> None:
    """Events and effects come in the order of their enums, not in that of the rows."""
    names = read()
    assert names == tuple(type(names[0]))


@pytest.mark.xfail(strict=True, reason="IndexError: the effects are read off the first resource")
def test_a_lifecycle_that_holds_nothing_has_its_effects_too() -> None:
    """The effects are those of the rows also where no resource is declared."""
    free = replace(
        DOOR,
        resources=(),
        edges=tuple(replace(row, guard=None) for row in DOOR.edges),
    )
    assert free.load().effects_in_order == tuple(Effect)
