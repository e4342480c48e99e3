"""Every rule of a declaration is broken by one change to a door that keeps them all.

Decides that each rule refuses what it should, alone, and says where and what is missing. The same
rules on the real declaration are in `test_rules_on_pop3`.
"""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final, cast

import pytest

from model.door import (
    DOOR,
    Change,
    Door,
    Effect,
    Event,
    Held,
    State,
    Wait,
    add,
    alter,
    drop,
)
from requite.model import RULES, DeclarationError, Fact, Fault, Kind, Reply, Request


class Elsewhere(Enum):
    """A name that no lifecycle here declares."""

    NOWHERE = "nowhere"


@dataclass(frozen=True, kw_only=True)
class Break:
    """A change to the door that breaks one rule, and what must be said about it."""

    rule: str
    by: str
    change: Change
    where: tuple[str, ...]
    """What each fault names, in order; a row, a state and an event, or a name."""
    says: str
    """What the first fault says, word for word."""

    def __str__(self) -> str:
        return f"{self.rule}: {self.by}"


def wrong(value: object) -> Any:  # noqa: ANN401 - the type checker would refuse it, as it should.
    """Return a value under a type that lets it stand where it must not."""
    return value


def more(**parts: tuple[object, ...]) -> Change:
    """Return the change that lengthens lists of the door."""

    def change(door: Door) -> Door:
        longer = {name: (*getattr(door, name), *items) for name, items in parts.items()}
        return replace(door, **cast("Any", longer))  # The names are those of a door's own lists.

    return change


def key(**new: Any) -> Change:  # noqa: ANN401 - any field of a resource.
    """Return the change that gives the key other fields."""
    return lambda door: replace(
        door, resources=(replace(door.resources[0], **new), *door.resources[1:])
    )


def bell(**new: Any) -> Change:  # noqa: ANN401 - any field of a resource.
    """Return the change that gives the bell other fields."""
    return lambda door: replace(
        door, resources=(*door.resources[:1], replace(door.resources[1], **new))
    )


def waits(state: State, wait: Wait) -> Change:
    """Return the change that lets one state wait for something else."""

    def change(door: Door) -> Door:
        states = tuple(
            replace(row, waits_for=wait) if row.state is state else row for row in door.states
        )
        assert states != door.states, "the change must find its state"
        return replace(door, states=states)

    return change


INSIDE_LEAVES: Final = "INSIDE --WALKED_AWAY--> GONE"
LATE_KEY: Final = "GIVEN_UP --KEY_GRANTED--> GONE"

BREAKS: Final = (
    # --- vocabulary ---
    Break(
        rule="no-wildcard",
        by="a source that means any state",
        change=alter(State.INSIDE, Event.WALKED_AWAY, source="*"),
        where=("row '*'/<Event.WALKED_AWAY: 'the guest has left'>",),
        says="its source is '*'; expected one declared state. A wildcard or a list "
        "hides final states: write one row for each state",
    ),
    Break(
        rule="no-wildcard",
        by="a target that means the same state",
        change=alter(State.INSIDE, Event.CLOSING_TIME, target="="),
        where=(
            "row <State.INSIDE: 'the guest is in, with a key'>/"
            "<Event.CLOSING_TIME: 'the house closes'>",
        ),
        says="its target is '='; expected one declared state. A wildcard or a list "
        "hides final states: write one row for each state",
    ),
    Break(
        rule="no-wildcard",
        by="a state of another lifecycle",
        change=alter(State.INSIDE, Event.CLOSING_TIME, target=Elsewhere.NOWHERE),
        where=(
            "row <State.INSIDE: 'the guest is in, with a key'>/"
            "<Event.CLOSING_TIME: 'the house closes'>",
        ),
        says="its target is <Elsewhere.NOWHERE: 'nowhere'>; expected one declared state. A "
        "wildcard or a list hides final states: write one row for each state",
    ),
    Break(
        rule="no-wildcard",
        by="an event of another lifecycle",
        change=alter(State.INSIDE, Event.WALKED_AWAY, event=Elsewhere.NOWHERE),
        where=("row <State.INSIDE: 'the guest is in, with a key'>/<Elsewhere.NOWHERE: 'nowhere'>",),
        says="its event is not a member of Event",
    ),
    Break(
        rule="no-wildcard",
        by="a word in the place of an effect",
        change=alter(State.INSIDE, Event.WALKED_AWAY, effects=("TAKE_KEY_BACK", Effect.WAVE)),
        where=(
            "row <State.INSIDE: 'the guest is in, with a key'>/"
            "<Event.WALKED_AWAY: 'the guest has left'>",
        ),
        says="its effects are ('TAKE_KEY_BACK', <Effect.WAVE: 'wave after the guest'>); expected "
        "a tuple of effects and replies",
    ),
    Break(
        rule="resources-name-members",
        by="a key that is held in a state of another lifecycle",
        change=key(held_in=frozenset({State.INSIDE, Elsewhere.NOWHERE})),
        where=("KEY",),
        says="it is held in <Elsewhere.NOWHERE: 'nowhere'>, which is no declared state",
    ),
    Break(
        rule="resources-name-members",
        by="a key that is held in any state",
        change=key(held_in=frozenset({"*"})),
        where=("KEY",),
        says="it is held in '*', which is no declared state",
    ),
    Break(
        rule="resources-name-members",
        by="a key that is held in an event",
        change=key(held_in=frozenset({State.INSIDE, Event.KNOCKED})),
        where=("KEY",),
        says="it is held in <Event.KNOCKED: 'a guest has knocked'>, which is no declared state",
    ),
    Break(
        rule="resources-name-members",
        by="a key that an event of another lifecycle brings",
        change=key(taken_by=frozenset({Event.KEY_GRANTED, Elsewhere.NOWHERE})),
        where=("KEY",),
        says="<Elsewhere.NOWHERE: 'nowhere'> is not a member of Event",
    ),
    Break(
        rule="resources-name-members",
        by="a bell that an event of another lifecycle can cost",
        change=bell(lost_by=frozenset({Elsewhere.NOWHERE})),
        where=("BELL",),
        says="<Elsewhere.NOWHERE: 'nowhere'> is not a member of Event",
    ),
    Break(
        rule="declared-once",
        by="a state twice",
        change=more(states=DOOR.states[2:3]),
        where=("State.INSIDE",),
        says="this state is declared twice; keep one",
    ),
    Break(
        rule="declared-once",
        by="a request twice",
        change=more(requests=(Request(Effect.ASK_FOR_KEY, (Event.KEY_GRANTED,)),)),
        where=("Effect.ASK_FOR_KEY",),
        says="this request is declared twice; keep one",
    ),
    Break(
        rule="declared-once",
        by="a resource twice",
        change=more(resources=DOOR.resources[:1]),
        where=("Held.KEY",),
        says="this resource is declared twice; keep one",
    ),
    Break(
        rule="declared-once",
        by="a fact twice",
        change=more(facts=(Fact("guests", str, "who is inside"),)),
        where=("guests",),
        says="this fact is declared twice; keep one",
    ),
    Break(
        rule="declared-once",
        by="a beginning that is no state",
        change=lambda door: replace(door, initial=wrong(Elsewhere.NOWHERE)),
        where=("Elsewhere.NOWHERE",),
        says="the initial state is not among the states; declare it",
    ),
    Break(
        rule="declared-once",
        by="an end that is no state",
        change=lambda door: replace(door, final=(*door.final, wrong(Elsewhere.NOWHERE))),
        where=("Elsewhere.NOWHERE",),
        says="this final state is not among the states; declare it",
    ),
    Break(
        rule="one-row-each",
        by="a second row for a state and an event",
        change=add(State.INSIDE, Event.WALKED_AWAY, State.INSIDE),
        where=(INSIDE_LEAVES,),
        says="there are 2 rows for this state and event, to GONE, INSIDE; keep one",
    ),
    # --- names, reasons and replies ---
    Break(
        rule="nothing-unused",
        by="an effect that no row owes any more",
        change=alter(State.INSIDE, Event.WALKED_AWAY, effects=(Effect.TAKE_KEY_BACK,)),
        where=("Effect.WAVE",),
        says="no row uses this name; write its rows or delete it",
    ),
    Break(
        rule="why",
        by="a row with an empty reason",
        change=alter(State.INSIDE, Event.WALKED_AWAY, why="  "),
        where=(INSIDE_LEAVES,),
        says="it does not say why; quote a section or write one sentence",
    ),
    Break(
        rule="known-facts",
        by="a reply that names no fact",
        change=alter(State.ASKING, Event.KEY_REFUSED, effects=(Reply("{rooms} rooms."),)),
        where=("ASKING --KEY_REFUSED--> GONE",),
        says="its reply names 'rooms', which is no declared fact",
    ),
    Break(
        rule="known-facts",
        by="a reply of two lines",
        change=alter(State.ASKING, Event.KEY_REFUSED, effects=(Reply("Full.\r\nSorry."),)),
        where=("ASKING --KEY_REFUSED--> GONE",),
        says=r"its reply 'Full.\r\nSorry.' has a line end; a reply is one line",
    ),
    # --- waits and requests ---
    Break(
        rule="environment-everywhere",
        by="a state that only waits for an answer, and not at closing time",
        change=drop(State.GIVEN_UP, Event.CLOSING_TIME),
        where=("GIVEN_UP x CLOSING_TIME",),
        says="there is no row, and this can happen in every state that waits; add it",
    ),
    Break(
        rule="wait-is-answered",
        by="a wait that brings what its state does not answer",
        change=lambda door: replace(
            door, brings={Wait.GUEST: (Event.KEY_REFUSED, Event.WALKED_AWAY, Event.KNOCKED)}
        ),
        where=("INSIDE x KEY_REFUSED", "INSIDE x KNOCKED"),
        says="there is no row, and it waits for GUEST, which can bring this; add it",
    ),
    Break(
        rule="wait-is-answered",
        by="a second state that waits for the guest",
        change=waits(State.GIVEN_UP, Wait.GUEST),
        where=("GIVEN_UP x WALKED_AWAY",),
        says="there is no row, and it waits for GUEST, which can bring this; add it",
    ),
    Break(
        rule="wait-is-answered",
        by="a beginning that waits for the guest",
        change=waits(State.OUTSIDE, Wait.GUEST),
        where=("OUTSIDE x WALKED_AWAY",),
        says="there is no row, and it waits for GUEST, which can bring this; add it",
    ),
    Break(
        rule="loss-is-handled",
        by="a key that a second knock can cost",
        change=key(lost_by=frozenset({Event.WALKED_AWAY, Event.KNOCKED})),
        where=("INSIDE x KNOCKED",),
        says="there is no row, and KEY is held here and can be lost by it; add it",
    ),
    Break(
        rule="completions-are-awaited",
        by="an answer that nobody hears",
        change=drop(State.GIVEN_UP, Event.KEY_REFUSED),
        where=("GIVEN_UP x KEY_REFUSED",),
        says="there is no row, and ASK_FOR_KEY can be answered so; add it",
    ),
    Break(
        rule="completions-are-awaited",
        by="an answer to what nobody asked",
        change=add(State.INSIDE, Event.KEY_REFUSED, State.INSIDE),
        where=("INSIDE --KEY_REFUSED--> INSIDE",),
        says="KEY_REFUSED answers ASK_FOR_KEY, which INSIDE does not await; drop the row or "
        "declare the wait",
    ),
    Break(
        rule="completions-are-awaited",
        by="a wait for what can never be answered",
        change=lambda door: replace(
            door,
            states=tuple(
                replace(row, awaits=Effect.WAVE) if row.state is State.INSIDE else row
                for row in door.states
            ),
        ),
        where=("INSIDE",),
        says="it awaits WAVE, which is no declared request",
    ),
    Break(
        rule="pending-until-answered",
        by="a session that ends before its answer",
        change=alter(State.GIVEN_UP, Event.CLOSING_TIME, target=State.GONE),
        where=("GIVEN_UP --CLOSING_TIME--> GONE",),
        says="ASK_FOR_KEY is still outstanding in GONE, which does not await it: a late answer "
        "would find nobody. Go to a state that awaits it",
    ),
    Break(
        rule="pending-until-answered",
        by="a second question before the first answer",
        change=alter(State.ASKING, Event.CLOSING_TIME, effects=(Effect.ASK_FOR_KEY,)),
        where=("ASKING --CLOSING_TIME--> GIVEN_UP",),
        says="ASK_FOR_KEY and ASK_FOR_KEY would be outstanding together; await one before the next",
    ),
    Break(
        rule="pending-until-answered",
        by="a wait for what nobody asked",
        change=alter(
            State.INSIDE,
            Event.CLOSING_TIME,
            target=State.GIVEN_UP,
            effects=(Effect.TAKE_KEY_BACK,),
        ),
        where=("INSIDE --CLOSING_TIME--> GIVEN_UP",),
        says="GIVEN_UP awaits ASK_FOR_KEY, and nothing asked for it; make the request in this row",
    ),
    # --- resources ---
    Break(
        rule="balanced",
        by="a late grant that is kept (M11)",
        change=alter(State.GIVEN_UP, Event.KEY_GRANTED, effects=()),
        where=(LATE_KEY,),
        says="it takes KEY and holds no more and no less than before: KEY is given back no time "
        "where once is right; write TAKE_KEY_BACK once in its effects",
    ),
    Break(
        rule="balanced",
        by="a key given back twice (M8)",
        change=alter(
            State.INSIDE,
            Event.WALKED_AWAY,
            effects=(Effect.TAKE_KEY_BACK, Effect.TAKE_KEY_BACK, Effect.WAVE),
        ),
        where=(INSIDE_LEAVES,),
        says="it takes no KEY and leaves what holds it: KEY is given back twice where once is "
        "right; write TAKE_KEY_BACK once in its effects",
    ),
    Break(
        rule="balanced",
        by="a key given back three times",
        change=alter(
            State.INSIDE, Event.WALKED_AWAY, effects=(*(Effect.TAKE_KEY_BACK,) * 3, Effect.WAVE)
        ),
        where=(INSIDE_LEAVES,),
        says="it takes no KEY and leaves what holds it: KEY is given back 3 times where once is "
        "right; write TAKE_KEY_BACK once in its effects",
    ),
    Break(
        rule="balanced",
        by="a second key for a guest who has one",
        change=lambda door: replace(
            alter(State.ASKING, Event.WALKED_AWAY, effects=(Effect.TAKE_KEY_BACK,))(door),
            resources=key(taken_by=frozenset({Event.KEY_GRANTED, Event.WALKED_AWAY}))(
                door
            ).resources,
        ),
        where=(INSIDE_LEAVES,),
        says="it takes KEY and leaves what holds it: KEY is given back once where twice is right; "
        "write TAKE_KEY_BACK twice in its effects",
    ),
    Break(
        rule="balanced",
        by="a key given back on refusal (M9)",
        change=alter(State.ASKING, Event.KEY_REFUSED, effects=(Effect.TAKE_KEY_BACK,)),
        where=("ASKING --KEY_REFUSED--> GONE",),
        says="it takes no KEY and holds no more and no less than before: KEY is given back once "
        "where no time is right; take TAKE_KEY_BACK out of its effects",
    ),
    Break(
        rule="balanced",
        by="a key given back on the way in",
        change=alter(State.ASKING, Event.KEY_GRANTED, effects=(Effect.TAKE_KEY_BACK,), guard=None),
        where=("ASKING --KEY_GRANTED--> INSIDE",),
        says="it takes KEY and enters what holds it: KEY is given back once where no time is "
        "right; take TAKE_KEY_BACK out of its effects",
    ),
    Break(
        rule="balanced",
        by="a way in without a key",
        change=alter(State.ASKING, Event.KEY_REFUSED, target=State.INSIDE),
        where=("ASKING --KEY_REFUSED--> INSIDE",),
        says="it enters a state that holds KEY with nothing that takes it; expected an event "
        "out of KEY_GRANTED",
    ),
    Break(
        rule="nothing-at-rest",
        by="a bell that is held before and after everything",
        change=bell(held_in=frozenset(State)),
        where=("OUTSIDE", "GONE"),
        says="BELL is held here, where no session is left to give it back; take the state out "
        "of held_in",
    ),
    Break(
        rule="exits-are-free",
        by="an exit with a guard",
        change=alter(State.INSIDE, Event.WALKED_AWAY, guard=Held.KEY),
        where=(INSIDE_LEAVES,),
        says="it gives something back and has a guard; an exit must always be free",
    ),
    Break(
        rule="exits-are-free",
        by="a guard on what is not counted",
        change=key(kind=Kind.EXCLUSIVE),
        where=("ASKING --KEY_GRANTED--> INSIDE",),
        says="its guard KEY is not a counted resource",
    ),
    Break(
        rule="giving-back-comes-first",
        by="a key that waits for a wave",
        change=alter(State.INSIDE, Event.WALKED_AWAY, effects=(Effect.WAVE, Effect.TAKE_KEY_BACK)),
        where=(INSIDE_LEAVES,),
        says="Effect.TAKE_KEY_BACK comes after effects that could fail; give back first",
    ),
    # --- the graph ---
    Break(
        rule="reachable",
        by="a state with no way out",
        change=alter(State.INSIDE, Event.WALKED_AWAY, target=State.INSIDE, effects=(Effect.WAVE,)),
        where=("INSIDE",),
        says="no final state can be reached from it",
    ),
    Break(
        rule="reachable",
        by="a state with no way in",
        change=alter(
            State.ASKING,
            Event.KEY_GRANTED,
            target=State.GONE,
            effects=(Effect.TAKE_KEY_BACK,),
            guard=None,
        ),
        where=("INSIDE",),
        says="it cannot be reached from OUTSIDE",
    ),
    Break(
        rule="final-is-final",
        by="a row that leaves the end",
        change=add(State.GONE, Event.KNOCKED, State.GONE, Effect.LET_GO_OF_BELL),
        where=("GONE --KNOCKED--> GONE",),
        says="it leaves a final state; delete it or take the state out of final",
    ),
    Break(
        rule="final-is-final",
        by="a row back to the beginning",
        change=alter(
            State.INSIDE,
            Event.CLOSING_TIME,
            target=State.OUTSIDE,
            effects=(Effect.TAKE_KEY_BACK,),
        ),
        where=("INSIDE --CLOSING_TIME--> OUTSIDE",),
        says="it returns to the initial state; a session begins once",
    ),
)


def faults(door: Door) -> tuple[Fault, ...]:
    """Return what is said when a door cannot be loaded."""
    with pytest.raises(DeclarationError) as refused:
        door.load()
    return refused.value.faults


def test_the_right_door_loads() -> None:
    """A declaration that keeps every rule is loaded, with all its rows."""
    assert DOOR.load().edges == DOOR.edges


def test_every_rule_has_an_example_that_breaks_it() -> None:
    """No rule stands without an example that it refuses, and no example without its rule."""
    assert {example.rule for example in BREAKS} == set(RULES), (
        "give each new rule an example in BREAKS, and delete those of a rule that is gone"
    )


@pytest.mark.parametrize("example", BREAKS, ids=str)
def test_one_change_breaks_this_rule_alone(example: Break) -> None:
    """The changed door cannot be loaded, and no other rule complains of it."""
    assert {fault.rule for fault in faults(example.change(DOOR))} == {example.rule}


@pytest.mark.parametrize("example", BREAKS, ids=str)
def test_a_fault_names_what_breaks_the_rule(example: Break) -> None:
    """The fault stands at the row, or the state and event, or the name that was changed."""
    assert tuple(fault.where for fault in faults(example.change(DOOR))) == example.where


@pytest.mark.parametrize("example", BREAKS, ids=str)
def test_a_fault_says_what_is_missing(example: Break) -> None:
    """The text says what was found or expected and what to do about it."""
    assert faults(example.change(DOOR))[0].says == example.says


@pytest.mark.parametrize("example", BREAKS, ids=str)
def test_the_error_shows_the_row_and_the_rule(example: Break) -> None:
    """Who only sees the message of the exception sees every row and every rule in it."""
    with pytest.raises(DeclarationError) as refused:
        example.change(DOOR).load()
    assert all(
        f"{where}: " in str(refused.value) and f"[{example.rule}]" in str(refused.value)
        for where in example.where
    )


def test_the_error_counts_the_faults() -> None:
    """The message says how many faults there are, so that none is overlooked."""
    example = next(item for item in BREAKS if len(item.where) == 2)
    with pytest.raises(DeclarationError, match=r"'door' cannot be loaded, 2 faults:"):
        example.change(DOOR).load()


def test_a_broken_vocabulary_is_reported_without_its_consequences() -> None:
    """While a name is wrong the rules of meaning are not asked: they would complain of it too."""
    both = alter(State.INSIDE, Event.WALKED_AWAY, target="=", why="")
    assert {fault.rule for fault in faults(both(DOOR))} == {"no-wildcard"}


def test_the_order_of_rows_decides_nothing() -> None:
    """The door loads with its rows in the opposite order, and has the same table."""
    turned = replace(DOOR, edges=DOOR.edges[::-1])
    assert turned.load().table == DOOR.load().table
