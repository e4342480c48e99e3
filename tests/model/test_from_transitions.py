"""A machine that somebody has becomes a declaration, and what comes of it moves alike.

Decides that nothing which a machine would do is lost on the way: its moves, and its callbacks in
their order, for machines drawn at random. What cannot be carried is refused, and the text is
pinned, because it is what somebody who starts reads first.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import Enum
from functools import partial
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transitions import Machine, MachineError
from transitions.extensions import HierarchicalMachine
from transitions.extensions.asyncio import AsyncMachine

from model.door import DOOR
from requite.lifecycles.pop3 import POP3_SESSION
from requite.model import (
    AnyDeclaration,
    AnyLifecycle,
    Kind,
    Lifecycle,
    Reply,
    faults_of,
    imbalances,
)
from requite.model.declaration import AnyEdge
from requite.model.derive import derive
from requite.model.interchange import InterchangeError, from_transitions, to_transitions

STATES: Final = ("idle", "active", "waiting", "gone")
TRIGGERS: Final = ("go", "stop", "poll")
CALLS: Final = ("first", "second", "third")


class Recorder:
    """A model whose callbacks write down that they were called."""

    def __init__(self) -> None:
        self.called: list[str] = []

    def first(self) -> None:
        """Write it down."""
        self.called.append("first")

    def second(self) -> None:
        """Write it down."""
        self.called.append("second")

    def third(self) -> None:
        """Write it down."""
        self.called.append("third")


class Named(Enum):
    """States that are members of an enum."""

    IDLE = "nobody is there"
    ACTIVE = "somebody is there"
    GONE = 3


# --- alike ---------------------------------------------------------------------------------------

CALLBACKS: Final = st.lists(st.sampled_from(CALLS), max_size=2)
TRANSITIONS: Final = st.fixed_dictionaries(
    {
        "trigger": st.sampled_from(TRIGGERS),
        "source": st.sampled_from(STATES)
        | st.just("*")
        | st.lists(st.sampled_from(STATES), min_size=1, unique=True),
        "dest": st.sampled_from((*STATES, "=", None)),
    },
    optional={"before": CALLBACKS, "after": CALLBACKS, "prepare": CALLBACKS},
)


def state_dicts(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw one state with its callbacks."""
    return st.fixed_dictionaries(
        {"name": st.just(name)},
        optional={"on_enter": CALLBACKS, "on_exit": CALLBACKS, "final": st.booleans()},
    )


CONFIGURATIONS: Final = st.fixed_dictionaries(
    {
        "states": st.tuples(*map(state_dicts, STATES)).map(list),
        "transitions": st.lists(TRANSITIONS, min_size=1, max_size=8),
        "initial": st.sampled_from(STATES),
        "auto_transitions": st.booleans(),
    },
    optional=dict.fromkeys(
        (
            "prepare_event",
            "before_state_change",
            "after_state_change",
            "finalize_event",
            "on_final",
        ),
        CALLBACKS,
    ),
)
WORDS: Final = st.lists(st.sampled_from(TRIGGERS), max_size=8)


def walk(machine: Machine, model: object, word: list[str]) -> list[str]:
    """Return the states that a machine goes through; a trigger that it refuses moves nothing."""
    met = [machine.get_model_state(model).name]
    for trigger in word:
        event = machine.events.get(trigger)
        if event is not None:
            with suppress(MachineError):
                event.trigger(model)
        met.append(machine.get_model_state(model).name)
    return met


def names_of(row: AnyEdge) -> list[str]:
    """Return what a row owes by the names of callbacks."""
    return [
        "send_reply" if isinstance(effect, Reply) else effect.name.lower() for effect in row.effects
    ]


def table_walk(declared: AnyDeclaration, word: list[str]) -> tuple[list[str], list[str]]:
    """Return the states that the rows go through, and the effects that they owe on the way."""
    table = {(row.source.name, row.event.name): row for row in declared.edges}
    met, owed = [declared.initial.name], []
    for trigger in word:
        row = table.get((met[-1], trigger))
        met.append(met[-1] if row is None else row.target.name)
        owed += [] if row is None else names_of(row)
    return met, owed


@settings(deadline=None, max_examples=200)
@given(CONFIGURATIONS, WORDS)
def test_any_machine_moves_and_calls_as_its_declaration(
    configuration: dict[str, Any], word: list[str]
) -> None:
    """A random word leads machine and rows through one list of states, with one list of calls."""
    model = Recorder()
    machine = Machine(model, **configuration)
    met, owed = table_walk(from_transitions(machine, holds={}), word)
    assert walk(machine, model, word) == met
    # The library calls what finalizes and what prepares an event also where it refuses it.
    if not {"prepare_event", "finalize_event"} & configuration.keys():
        assert model.called == owed


@settings(deadline=None, max_examples=200)
@given(CONFIGURATIONS, WORDS)
def test_any_machine_comes_back_as_a_machine(
    configuration: dict[str, Any], word: list[str]
) -> None:
    """What is made of the declaration again moves as the machine that somebody had."""
    ours, theirs = Recorder(), Recorder()
    declared = from_transitions(configuration, holds={})
    back = Machine(ours, **to_transitions(declared, callbacks=True))
    assert walk(back, ours, word) == walk(Machine(theirs, **configuration), theirs, word)


@settings(deadline=None, max_examples=200)
@given(CONFIGURATIONS, st.sets(st.sampled_from(STATES)))
def test_derived_releases_always_balance(configuration: dict[str, Any], inside: set[str]) -> None:
    """Where no callback gives back, each row is given what it owes: nothing is out of balance."""
    try:
        declared = from_transitions(configuration, holds={"SLOT": inside})
    except InterchangeError as error:
        assert "brings it in" in str(error)  # noqa: PT017 - the only refusal of such a machine.
    else:
        assert [*imbalances(declared)] == []


@pytest.mark.parametrize("lifecycle", [POP3_SESSION, DOOR.load()], ids=["pop3", "door"])
@settings(deadline=None, max_examples=60)
@given(choices=st.lists(st.integers(0, 2**16), max_size=40))
def test_a_lifecycle_moves_alike_on_every_way(lifecycle: AnyLifecycle, choices: list[int]) -> None:
    """The plain machine, the configuration and its way back go through one list of states."""
    word, state = [], lifecycle.start
    for choice in choices:
        rows = [row for row in lifecycle.edges if row.source is state]
        if rows:
            word.append(rows[choice % len(rows)].event.name)
            state = rows[choice % len(rows)].target
    models = [Recorder(), Recorder(), Recorder()]
    configuration = to_transitions(lifecycle.declaration)
    again = to_transitions(from_transitions(configuration, holds={}))
    met = [
        walk(lifecycle.plain_machine(models[0]), models[0], word),
        walk(Machine(models[1], **configuration), models[1], word),
        walk(Machine(models[2], **again), models[2], word),
    ]
    assert met[0][-1] == state.name
    assert met[0] == met[1] == met[2]


def test_a_session_comes_back_with_what_it_holds() -> None:
    """The POP3 session as a machine, and the words of its resources, prove the same balance."""
    session = POP3_SESSION.declaration
    back = from_transitions(
        to_transitions(session, callbacks=True),
        holds={r.resource.name: r.held_in for r in session.resources},
        gives_back={r.resource.name: r.given_back_by.name.lower() for r in session.resources},
        taken_by={r.resource.name: {e.name for e in r.taken_by} for r in session.resources},
        environment=[event.name for event in session.environment],
    )
    assert faults_of(back) == []
    assert {str(row): names_of(row) for row in back.edges} == {
        str(row): names_of(row) for row in session.edges
    }


# --- what is read ---------------------------------------------------------------------------------

LEAKY: Final[Mapping[str, Any]] = {
    "states": ["idle", "active", {"name": "closed", "final": True}],
    "transitions": [
        ["login", "idle", "active"],
        {"trigger": "quit", "source": "active", "dest": "closed", "before": "release_slot"},
        {"trigger": "drop", "source": ["idle", "active"], "dest": "closed", "after": "log"},
    ],
    "initial": "idle",
}
SLOT: Final = {"SLOT": {"active"}}


def leaks_of(declared: AnyDeclaration) -> list[str]:
    """Return the rows that are out of balance."""
    return [str(item.edge) for item in imbalances(declared)]


def test_the_rows_that_leak_are_named() -> None:
    """With the callback that gives back, each way out that does not call it is named."""
    declared = from_transitions(LEAKY, holds=SLOT, gives_back={"SLOT": "release_slot"})
    assert leaks_of(declared) == ["active --drop--> closed"]


def test_the_rows_that_owe_are_told_without_a_callback() -> None:
    """Without one, each row that has to give back is an exit, and gives back first."""
    declared = from_transitions(LEAKY, holds=SLOT)
    assert {str(row): names_of(row)[0] for row in declared.exits} == {
        "active --quit--> closed": "give_back_slot",
        "active --drop--> closed": "give_back_slot",
    }
    assert faults_of(declared) == []


def test_a_whole_lifecycle_can_be_derived_from_a_machine() -> None:
    """What follows from a lifecycle follows from one that was a machine, code included."""
    lifecycle = Lifecycle.of(from_transitions(LEAKY, holds=SLOT, name="session"))
    text = derive(lifecycle, "machine.py:SESSION")["machine.py"]
    module: dict[str, Any] = {"__name__": "derived"}
    exec(compile(text, "machine.py", "exec"), module)  # noqa: S102 - our own derived text.
    machine = module["Machine"]()
    machine.step(module["Event"].login)
    step = machine.step(module["Event"].drop)
    assert (step.target.name, [held.name for held in step.gives_back]) == ("closed", ["SLOT"])


def test_a_late_grant_is_a_row_that_owes() -> None:
    """A trigger that brings the thing and leads into no state that holds it has to give it back."""
    late = {**LEAKY, "transitions": [*LEAKY["transitions"], ["login", "closed", "closed"]]}
    assert leaks_of(from_transitions(late, holds=SLOT, gives_back={"SLOT": "release_slot"})) == [
        "active --drop--> closed",
        "closed --login--> closed",
    ]


def test_states_of_an_enum_keep_their_words() -> None:
    """A member's name is the state's, and its value what the state means, where it is words."""
    declared = from_transitions(
        {
            "states": Named,
            "initial": Named.IDLE,
            "transitions": [["come", Named.IDLE, Named.ACTIVE]],
        },
        holds={"SEAT": {Named.ACTIVE}},
    )
    assert {row.state.name: row.state.value for row in declared.states} == {
        "IDLE": "nobody is there",
        "ACTIVE": "somebody is there",
        "GONE": "the machine is in GONE",
    }
    assert [state.name for state in declared.resources[0].held_in] == ["ACTIVE"]


def test_automatic_transitions_are_left_out() -> None:
    """`to_STATE` leads from everywhere to everywhere, and is no row."""
    machine = Machine(states=["a", "b"], initial="a", transitions=[["go", "a", "b"]])
    assert "to_b" in machine.events
    assert [str(row) for row in from_transitions(machine, holds={}).edges] == ["a --go--> b"]


def test_a_name_that_is_none_in_python_is_made_one() -> None:
    """Spaces, hyphens and words of the language are spelt so that they can be members."""
    declared = from_transitions(
        {"states": ["not here", "class"], "initial": "not here", "transitions": [["1", "*", "="]]},
        holds={},
    )
    assert [row.state.name for row in declared.states] == ["not_here", "state_class"]
    assert declared.edges[0].event.name == "event_1"


def test_conditions_can_be_split_into_events() -> None:
    """Each outcome becomes an event of its own, in the order in which the machine asks."""
    declared = from_transitions(
        {
            "states": ["a", "b", "c"],
            "initial": "a",
            "transitions": [
                {"trigger": "go", "source": "a", "dest": "b", "conditions": "ready"},
                {"trigger": "go", "source": "a", "dest": "c", "unless": ["full", "late"]},
                ["go", "a", "a"],
                ["go", "a", "b"],
            ],
        },
        holds={"SEAT": {"b", "c"}},
        environment=["go"],
        split_conditions=True,
    )
    assert [str(row) for row in declared.edges] == [
        "a --go_if_ready--> b",
        "a --go_unless_full_unless_late--> c",
        "a --go--> a",
    ]
    assert [event.name for event in declared.environment] == [
        "go_if_ready",
        "go_unless_full_unless_late",
        "go",
    ]


def test_what_is_exclusive_and_final_can_be_said() -> None:
    """What a machine does not say is taken from the arguments."""
    declared = from_transitions(
        LEAKY, holds=SLOT, exclusive=["SLOT"], final=["idle"], environment=["drop"]
    )
    assert declared.resources[0].kind is Kind.EXCLUSIVE
    assert [state.name for state in declared.final] == ["idle"]
    assert [event.name for event in declared.environment] == ["drop"]


def test_a_configuration_is_left_as_it_was() -> None:
    """Reading a configuration changes nothing in it."""
    before = repr(LEAKY)
    from_transitions(LEAKY, holds=SLOT)
    assert repr(LEAKY) == before


# --- what is refused ------------------------------------------------------------------------------


async def waits() -> None:
    """Wait, as a callback of a table must not."""


class Waiting:
    """A model with a callback that waits."""

    async def save(self) -> None:
        """Wait."""


def going(**parts: object) -> dict[str, Any]:
    """Return a machine with one transition."""
    return {
        "states": ["a", "b"],
        "initial": "a",
        "transitions": [{"trigger": "go", "source": "a", "dest": "b", **parts}],
    }


NEXT: Final = {
    "states": ["a", "b", "c"],
    "initial": "a",
    "transitions": [["next", "a", "b"], ["next", "b", "c"]],
}
REFUSED: Final[dict[str, tuple[Callable[[], object], str]]] = {
    "a condition": (
        lambda: from_transitions(going(conditions="ready", unless="full"), holds={}),
        "a --go--> b: it has a condition (if ready and unless full), and a table has one row for "
        "each state and event; give each outcome a trigger of its own, or pass "
        "split_conditions=True to have events made of them",
    ),
    "a function that waits": (
        lambda: from_transitions(going(before=waits), holds={}),
        "a --go--> b: its callback waits waits; give the wait a state of its own, and its answer "
        "a trigger",
    ),
    "a method that waits": (
        lambda: from_transitions(Machine(Waiting(), **going(after="save")), holds={}),
        "a --go--> b: its callback save waits; give the wait a state of its own, and its answer "
        "a trigger",
    ),
    "an asynchronous machine": (
        lambda: from_transitions(AsyncMachine(model=None, **going()), holds={}),
        "AsyncMachine: its callbacks wait inside a transition, where a cancellation skips what "
        "comes after; give each wait a state of its own and its answer a trigger, in a plain "
        "Machine",
    ),
    "states in states": (
        lambda: from_transitions(HierarchicalMachine(model=None, **going()), holds={}),
        "HierarchicalMachine: its states have states in them; write one state for each innermost "
        "one, with the transitions and callbacks that it inherits, in a plain Machine",
    ),
    "states in states of a configuration": (
        lambda: from_transitions(
            {**going(), "states": ["a", {"name": "b", "children": ["c"]}]}, holds={}
        ),
        "HierarchicalMachine: its states have states in them; write one state for each innermost "
        "one, with the transitions and callbacks that it inherits, in a plain Machine",
    ),
    "a callback with arguments": (
        lambda: from_transitions(going(before=partial(print, "a")), holds={}),
        "a --go--> b: its callback functools.partial(<built-in function print>, 'a') has no name; "
        "write a function or a method with one",
    ),
    "a target that is no state": (
        lambda: from_transitions(going(dest="q"), holds={}),
        "a --go--> q: it leads to 'q', which is no state of the machine",
    ),
    "no beginning": (
        lambda: from_transitions({**going(), "initial": None}, holds={}),
        "initial: the machine does not say where it begins; make it with initial=STATE",
    ),
    "what the library refuses": (
        lambda: from_transitions({"states": ["a"], "transitions": [["go"]]}, holds={}),
        "transitions can make no machine of this: ",
    ),
    "a state that is not there": (
        lambda: from_transitions(going(), holds={"SLOT": {"c"}}),
        "holds['SLOT']: expected a state of the machine, found 'c' (a, b)",
    ),
    "a word for a set": (
        lambda: from_transitions(going(), holds={"SLOT": "a"}),
        "holds['SLOT']: expected names, found a word; write {'a'}",
    ),
    "a callback that is not there": (
        lambda: from_transitions(LEAKY, holds=SLOT, gives_back={"SLOT": "relase_slot"}),
        "gives_back['SLOT']: expected a callback of the machine, found 'relase_slot'; did you "
        "mean release_slot?; leave it out to have the rows that owe it worked out",
    ),
    "a thing that is not held": (
        lambda: from_transitions(LEAKY, holds={}, gives_back={"SLOT": "release_slot"}),
        "gives_back: expected a name in holds, found 'SLOT' (there is none)",
    ),
    "a trigger that is not there": (
        lambda: from_transitions(LEAKY, holds=SLOT, taken_by={"SLOT": {"log_in"}}),
        "taken_by['SLOT']: expected a trigger of the machine, found 'log_in'; did you mean login?",
    ),
    "a transition that is not there": (
        lambda: from_transitions(LEAKY, holds=SLOT, renamed={("idle", "quit"): "x"}),
        "renamed: the machine has no transition ('idle', 'quit')",
    ),
    "a trigger that brings and leaves": (
        lambda: from_transitions(NEXT, holds={"SLOT": {"b"}}),
        "holds['SLOT']: next brings it in a --next--> b and cannot be said to bring it in "
        "b --next--> c; name one of the two otherwise, as in renamed={('b', 'next'): 'NAME'}, or "
        "say what brings it in taken_by",
    ),
    "two names that read alike": (
        lambda: from_transitions({"states": ["a b", "a-b"], "initial": "a b"}, holds={}),
        "a-b: expected a name of its own, found one that reads as that of a b",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_carried_is_refused_with_a_way_out(what: str) -> None:
    """The text names the row or the argument, and says what to do."""
    make, says = REFUSED[what]
    with pytest.raises(InterchangeError) as refused:
        make()
    assert str(refused.value).startswith(says)


def test_what_was_refused_can_be_named_otherwise() -> None:
    """With the name that the text asks for, the same machine is read."""
    declared = from_transitions(NEXT, holds={"SLOT": {"b"}}, renamed={("b", "next"): "finish"})
    assert [str(row) for row in declared.exits] == ["b --finish--> c"]
