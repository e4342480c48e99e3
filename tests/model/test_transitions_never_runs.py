"""The library declares and validates; no session ever runs on it.

Decides that a `Lifecycle` has nothing that could be run, and that the server can do without the
library altogether. Why it must: measured with transitions 0.9.3, a release in any callback slot can
be skipped by an exception or a cancellation.
"""

import os
import subprocess
import sys
from typing import Any, Final, TypeAlias

import pytest
from transitions import Machine

from requite.lifecycles.pop3 import POP3_SESSION, Effect, Event, Held, State, Wait
from requite.model.lifecycle import EdgeTransition, HoldingState, Lifecycle

Session: TypeAlias = Lifecycle[State, Event, Effect, Held, Wait]

ROW: Final = POP3_SESSION.table[State.NEW, Event.CONNECTED]


def in_a_new_process(code: str) -> str:
    """Run code in an interpreter that has imported nothing yet, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        check=False,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def loaded_by(module: str, *unwanted: str) -> str:
    """Return which of the unwanted modules are loaded by importing one."""
    return in_a_new_process(
        f"import {module}, sys\nprint(*(name for name in {unwanted!r} if name in sys.modules))"
    )


# --- the lifecycle -------------------------------------------------------------------------------


def test_a_lifecycle_is_a_machine_of_the_library() -> None:
    """The declaration is made with `transitions`: its tools can read it."""
    assert isinstance(POP3_SESSION, Machine)


def test_a_lifecycle_moves_nothing() -> None:
    """It has no model, so there is nothing whose state it could change."""
    assert POP3_SESSION.models == []


def test_a_lifecycle_has_the_declared_events_only() -> None:
    """There is no `to_CLOSED`, which would skip the rows and what they give back."""
    assert set(POP3_SESSION.events) == {event.name for event in Event}


class Room:
    """An object on which the library can set a state and its triggers."""


def test_the_reference_has_the_declared_events_only() -> None:
    """The plain machine that the derived one is compared with has no `to_CLOSED` either."""
    assert set(POP3_SESSION.plain_machine(Room()).events) == {event.name for event in Event}


def test_every_transition_carries_its_row() -> None:
    """The library's transitions are the rows, one for one."""
    carried = [
        transition.row
        for transition in POP3_SESSION.get_transitions()
        if isinstance(transition, EdgeTransition)
    ]
    assert sorted(carried, key=str) == sorted(POP3_SESSION.edges, key=str)


def test_no_transition_calls_back() -> None:
    """No transition has a callback or a condition in any of the library's slots."""
    assert not [
        transition
        for transition in POP3_SESSION.get_transitions()
        if transition.prepare or transition.before or transition.after or transition.conditions
    ]


def test_no_state_calls_back() -> None:
    """No state has anything to do when it is entered or left."""
    assert not [s for s in POP3_SESSION.states.values() if s.on_enter or s.on_exit]


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_a_state_of_the_machine_knows_what_is_held(state: State) -> None:
    """What the declaration says is held there can be read off the library's state."""
    found = POP3_SESSION.get_state(state)
    assert isinstance(found, HoldingState)
    assert found.holds == tuple(held.name for held in POP3_SESSION.held_in(state))


def test_something_is_held_in_transaction() -> None:
    """Six resources are held while a client uses its maildrop, in the declared order."""
    found = POP3_SESSION.get_state(State.TRANSACTION)
    assert isinstance(found, HoldingState)
    assert found.holds == (
        "SOCKET",
        "CONNECTION",
        "ADDRESS",
        "ACCOUNT",
        "MAILBOX",
        "MAILDROP",
    )


def test_one_state_is_final() -> None:
    """The library knows CLOSED, and no other, as final."""
    assert [s.name for s in POP3_SESSION.states.values() if s.final] == ["CLOSED"]


def test_the_table_cannot_be_changed() -> None:
    """A lifecycle that was checked stays as it was checked."""
    table: Any = POP3_SESSION.table
    with pytest.raises(TypeError, match="does not support item assignment"):
        table[State.NEW, Event.CONNECTED] = ROW


# --- what it refuses -----------------------------------------------------------------------------

SLOTS: Final = ("conditions", "unless", "before", "after", "prepare")
CLOSED_TO_ROWS: Final = "pop3 is declared; a row for {event} belongs in its edges"


def told_by(made: Session, event: str, source: State | str, **parts: object) -> str:
    """Return what is said when a row to CLOSED is added beside the table, and nothing changes."""
    before = (list(made.events), made.get_transitions())
    with pytest.raises(TypeError) as refused:
        made.add_transition(event, source, State.CLOSED, **parts)
    assert (list(made.events), made.get_transitions()) == before
    return str(refused.value)


@pytest.fixture
def made() -> Session:
    """Return a session of this test's own, made as every other."""
    return POP3_SESSION.with_edges(POP3_SESSION.edges)


@pytest.mark.parametrize("slot", SLOTS)
def test_a_callback_is_refused(made: Session, slot: str) -> None:
    """A row with a callback in any of the library's slots is refused once the session is made."""
    callback: dict[str, object] = {slot: lambda: None}
    told = told_by(made, "CONNECTED", State.NEW, row=ROW, **callback)
    assert told == CLOSED_TO_ROWS.format(event="CONNECTED")


@pytest.mark.parametrize("slot", SLOTS)
def test_a_transition_without_its_row_is_refused(made: Session, slot: str) -> None:
    """What is added in the library's own way, with a callback and no row, is refused."""
    callback: dict[str, object] = {slot: lambda: None}
    told = told_by(made, "CONNECTED", State.NEW, **callback)
    assert told == CLOSED_TO_ROWS.format(event="CONNECTED")


def test_a_wildcard_beside_the_table_is_refused(made: Session) -> None:
    """The library's `*` cannot be added after the check either, nor the event it is for."""
    assert told_by(made, "MOVED", "*") == CLOSED_TO_ROWS.format(event="MOVED")


def test_a_row_added_after_the_check_is_refused(made: Session) -> None:
    """What was checked stays as it was: a row that comes later is refused, too."""
    told = told_by(made, "CONNECTED", State.NEW, row=ROW)
    assert told == CLOSED_TO_ROWS.format(event="CONNECTED")


def test_a_list_of_rows_added_after_the_check_is_refused(made: Session) -> None:
    """The library's way to add many at once is closed as the way to add one."""
    late: dict[str, Any] = {"trigger": "MOVED", "source": State.NEW, "dest": State.CLOSED}
    with pytest.raises(TypeError) as refused:
        made.add_transitions([late])
    assert str(refused.value) == CLOSED_TO_ROWS.format(event="MOVED")


def test_a_model_is_refused(made: Session) -> None:
    """Nobody can run a session on a lifecycle: a model is refused, and told what can run one."""
    with pytest.raises(TypeError) as refused:
        made.add_model(Room())
    assert str(refused.value) == (
        "pop3 declares and validates; derive a machine from it to run a session, or build its "
        "plain_machine"
    )


def test_a_refused_model_is_left_alone(made: Session) -> None:
    """A model that is refused has no state and no triggers, and the lifecycle does not know it."""
    room = Room()
    with pytest.raises(TypeError):
        made.add_model(room)
    assert (vars(room), made.models) == ({}, [])


@pytest.mark.parametrize("place", range(len(SLOTS)), ids=SLOTS)
def test_a_transition_takes_no_callback(place: int) -> None:
    """The transitions of a lifecycle have no slot for a callback, and say what to write instead."""
    callbacks: list[Any] = [None] * len(SLOTS)
    callbacks[place] = lambda: None
    with pytest.raises(TypeError) as refused:
        EdgeTransition("NEW", "GREETING", *callbacks, row=ROW)
    assert str(refused.value) == (
        "NEW --CONNECTED--> GREETING has a callback; say what it owes in the row's effects instead"
    )


def test_a_transition_needs_its_row() -> None:
    """No transition of a lifecycle can be made without the row that says why."""
    transition: Any = EdgeTransition
    with pytest.raises(TypeError, match=r"required keyword-only argument: 'row'"):
        transition("NEW", "GREETING")


# --- the server ----------------------------------------------------------------------------------


def test_the_server_does_not_load_the_library() -> None:
    """The server runs on what was derived; neither library nor declaration is imported."""
    assert (
        loaded_by("requite.pop3.server", "transitions", "requite.model", "requite.lifecycles") == ""
    )


def test_the_derived_machine_loads_the_standard_library_only() -> None:
    """Importing the derived machine brings no module from outside Python and the derived ones."""
    code = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "import requite.generated.pop3.cases\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(*sorted(new - sys.stdlib_module_names))"
    )
    assert in_a_new_process(code) == "requite"


def test_the_check_of_imports_can_fail() -> None:
    """Importing the declaration does load the library: the tests above would notice."""
    assert loaded_by("requite.lifecycles.pop3", "transitions", "asyncio") == "transitions"
