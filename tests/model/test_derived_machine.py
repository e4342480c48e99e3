"""The derived machine moves as `transitions` does, and owes what the declaration says.

Decides that deriving loses nothing. Two references share no code with it: the plain
`transitions.Machine` for the moves, and the rows of the declaration for the effects.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest
from transitions import MachineError

from model.recording_shell import FACTS, RecordingShell
from requite.generated.pop3 import (
    EDGES,
    FINAL,
    HELD,
    INITIAL,
    STEPS,
    Event,
    Held,
    LocalProtocolError,
    Machine,
    Shell,
    State,
    Step,
    Wait,
)
from requite.generated.pop3.cases import EXITS, WORDS
from requite.lifecycles.pop3 import POP3_SESSION
from requite.lifecycles.pop3 import Effect as DeclaredEffect
from requite.lifecycles.pop3 import Event as DeclaredEvent
from requite.lifecycles.pop3 import Held as DeclaredHeld
from requite.lifecycles.pop3 import State as DeclaredState
from requite.model import Reply

TABLE: Final = POP3_SESSION.table
REFUSED: Final = "refused"


class Reference:
    """A plain machine of the library, put into any state and asked for one move."""

    def __init__(self) -> None:
        self.machine = POP3_SESSION.plain_machine(self)

    def begin_at(self, state: str) -> None:
        """Stand in a state, however one gets there."""
        self.machine.set_state(state)

    def move(self, event: str) -> str:
        """Return where the library goes from where it stands, or that it refuses."""
        try:
            self.machine.events[event].trigger(self)
        except MachineError:
            return REFUSED
        return self.machine.get_model_state(self).name


def derived_move(state: State, event: Event) -> str:
    """Return where the derived machine goes from a state, or that it refuses."""
    machine = Machine()
    machine.state = state
    try:
        step = machine.step(event)
    except LocalProtocolError:
        assert machine.state is state, "a refused event must not move the machine"
        return REFUSED
    assert step.target is machine.state
    return machine.state.name


# --- moves ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reference() -> Reference:
    """Return the library's machine, made once."""
    return Reference()


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_both_machines_make_the_same_move(state: State, reference: Reference) -> None:
    """From this state every one of the 69 events leads both to one state, or is refused by both."""
    derived = {event.name: derived_move(state, event) for event in Event}
    library = {}
    for event in Event:
        reference.begin_at(state.name)
        library[event.name] = reference.move(event.name)
    assert derived == library


def test_the_product_is_whole() -> None:
    """30 states times 83 events are compared; 361 of them are moves and the rest refusals."""
    moves = [derived_move(state, event) for state in State for event in Event]
    assert (len(moves), sum(move is not REFUSED for move in moves)) == (2490, 361)


@dataclass(frozen=True, slots=True)
class Seen:
    """One event of a walk, and what the derived machine made of it."""

    before: State
    event: Event
    after: str


def walk(seed: int) -> Iterator[Seen]:
    """Walk through 10,000 events, three in ten of them drawn without asking what can happen.

    By chance alone hardly any session gets as far as TRANSACTION: each goes along the word to some
    state first, and strays from there.
    """
    chance = random.Random(seed)  # noqa: S311 - a repeatable walk, not a secret.
    possible = {state: [event for event in Event if STEPS[state][event]] for state in State}
    state, word = State.CLOSED, list[Event]()
    for _ in range(10_000):
        if state in FINAL:
            state, word = INITIAL, list(WORDS[chance.choice(list(State))])
        drawn = possible[state] if chance.random() < 0.7 else list(Event)
        event = word.pop(0) if word else chance.choice(drawn)
        after = derived_move(state, event)
        yield Seen(state, event, after)
        state = state if after is REFUSED else State[after]


@pytest.mark.parametrize("seed", [1939, 2449, 5034])
def test_both_machines_walk_alike(seed: int) -> None:
    """Over 10,000 events, possible and impossible ones, both stand in the same state."""
    library = Reference()
    for number, seen in enumerate(walk(seed)):
        if seen.before is INITIAL:
            library.begin_at(INITIAL.name)
        assert library.move(seen.event.name) == seen.after, f"seed {seed}, event {number}: {seen}"


@pytest.mark.parametrize("seed", [1939, 2449, 5034])
def test_a_walk_meets_every_state(seed: int) -> None:
    """Sometimes: a walk goes through each of the states, and is refused now and then."""
    met = {seen.after for seen in walk(seed)}
    assert met == {*(state.name for state in State if state is not INITIAL), REFUSED}, seed


def test_a_refusal_names_state_and_event() -> None:
    """An event of ours that cannot follow is reported with both names."""
    with pytest.raises(LocalProtocolError, match=r"^ADMITTED cannot happen in NEW$"):
        Machine().step(Event.ADMITTED)


def test_a_machine_has_a_state_and_nothing_else() -> None:
    """A session's machine is one slot, so that nothing of a session can hide in it."""
    assert Machine.__slots__ == ("state",)


# --- the table -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("derived", "declared"),
    [
        (State, DeclaredState),
        (Event, DeclaredEvent),
        (Held, DeclaredHeld),
    ],
    ids=["states", "events", "held"],
)
def test_the_names_are_the_declared_ones(derived: Any, declared: Any) -> None:  # noqa: ANN401 - three enums.
    """The derived enums have the declared members, in their order."""
    assert [member.name for member in derived] == [member.name for member in declared]


def test_every_row_became_a_step() -> None:
    """The steps are the declared rows, one for one, in their order."""
    assert [(s.source.name, s.event.name, s.target.name, s.why) for s in EDGES] == [
        (row.source.name, row.event.name, row.target.name, row.why) for row in POP3_SESSION.edges
    ]


def test_the_table_is_the_list_of_steps() -> None:
    """Looking a step up finds the one that stands in the list, and nothing else is there."""
    assert [step for row in STEPS for step in row if step] == sorted(
        EDGES, key=lambda step: (step.source, step.event)
    )


def test_beginning_and_end_are_the_declared_ones() -> None:
    """A session begins in NEW and ends in CLOSED."""
    assert INITIAL is State.NEW
    assert frozenset({State.CLOSED}) == FINAL


@pytest.mark.parametrize("step", EDGES, ids=lambda step: step.perform.__name__)
def test_a_step_knows_where_it_leads(step: Step) -> None:
    """What the target waits for, and whether it is the end, are those of the declaration."""
    row = POP3_SESSION.row_of(DeclaredState[step.target.name])
    assert (step.waits_for, step.final) == (
        Wait[row.waits_for.name],
        row.state in POP3_SESSION.final,
    )


@pytest.mark.parametrize("step", EDGES, ids=lambda step: step.perform.__name__)
def test_a_step_performs_its_own_function(step: Step) -> None:
    """A step has the function named after its row, also where another owes the same."""
    assert step.perform.__name__ == f"{step.source.name}__{step.event.name}".lower()


# --- effects -------------------------------------------------------------------------------------


def owed_by(step: Step) -> list[str]:
    """Return what the declaration says that a row owes, as the recording shell writes it."""
    row = TABLE[DeclaredState[step.source.name], DeclaredEvent[step.event.name]]
    return [
        f"reply {effect.text.format(**FACTS)}" if isinstance(effect, Reply) else effect.name
        for effect in row.effects
    ]


@pytest.mark.parametrize("step", EDGES, ids=lambda step: step.perform.__name__)
def test_a_step_performs_what_its_row_owes(step: Step) -> None:
    """The derived function performs the row's effects, each once and in the row's order."""
    recorder = RecordingShell()
    shell: Shell = recorder
    step.perform(shell)
    assert recorder.done == owed_by(step)


def test_every_effect_is_performed_somewhere() -> None:
    """The recorder has seen each of the 32 effects, so that none is compared with nothing."""
    recorder = RecordingShell()
    for step in EDGES:
        step.perform(recorder)
    seen = {name for name in recorder.done if not name.startswith("reply ")}
    assert seen == {effect.name for effect in DeclaredEffect}


def test_every_fact_is_told_somewhere() -> None:
    """Each fact has a value of its own in the replies, so that no two can be exchanged unseen."""
    recorder = RecordingShell()
    for step in EDGES:
        step.perform(recorder)
    said = " ".join(name for name in recorder.done if name.startswith("reply "))
    assert all(str(value) in said for value in FACTS.values())


# --- what is held --------------------------------------------------------------------------------


def taken_by(event: Event) -> set[Held]:
    """Return what an event brings, as declared."""
    return {
        Held[item.resource.name]
        for item in POP3_SESSION.resources
        if DeclaredEvent[event.name] in item.taken_by
    }


@pytest.mark.parametrize("step", EDGES, ids=lambda step: step.perform.__name__)
def test_a_step_gives_back_what_it_stops_holding(step: Step) -> None:
    """What is given back is what was held or just brought, and is not held any more."""
    had = {*HELD[step.source], *taken_by(step.event)}
    assert set(step.gives_back) == had - set(HELD[step.target])


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_what_is_held_is_what_was_declared(state: State) -> None:
    """The derived table of what is held says what the declaration says, in its order."""
    declared = POP3_SESSION.held_in(DeclaredState[state.name])
    assert [held.name for held in HELD[state]] == [held.name for held in declared]


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_a_session_that_counts_for_itself_agrees(state: State) -> None:
    """Taking and giving back along the word to a state leaves what the table says is held."""
    machine, holds = Machine(), list[Held]()
    for event in WORDS[state]:
        step = machine.step(event)
        holds += taken_by(event)
        for held in step.gives_back:
            holds.remove(held)
    assert sorted(holds) == sorted(HELD[state])


# --- cases ---------------------------------------------------------------------------------------


def distances() -> dict[State, int]:
    """Return how many events each state is away from the beginning, by widening a circle."""
    found = {INITIAL: 0}
    for distance in range(1, len(State) + 1):
        rim = {state for state, away in found.items() if away == distance - 1}
        for step in EDGES:
            if step.source in rim and step.target not in found:
                found[step.target] = distance
    return found


def test_every_state_has_a_word() -> None:
    """The words name all 30 states."""
    assert (list(WORDS), len(WORDS)) == (list(State), 30)


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_a_word_leads_to_its_state(state: State) -> None:
    """The machine takes the word and stands in the state that it is for."""
    machine = Machine()
    for event in WORDS[state]:
        machine.step(event)
    assert machine.state is state


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_no_shorter_word_leads_there(state: State) -> None:
    """A search that shares no code with the deriver finds no shorter word."""
    assert len(WORDS[state]) == distances()[state]


def test_the_exits_are_pinned() -> None:
    """167 rows give something back; a row that comes or goes is looked at by a person."""
    assert len(EXITS) == 167, (
        f"{len(EXITS)} exits: read the change in reference.md, then pin the new number here"
    )


def test_the_exits_are_those_that_stop_holding() -> None:
    """A row is an exit if something is held less after it, or a grant is not kept."""
    stops = [
        step
        for step in EDGES
        if {*HELD[step.source], *taken_by(step.event)} - set(HELD[step.target])
    ]
    assert list(EXITS) == stops


def test_no_exit_takes() -> None:
    """After an exit nothing is held that was not held before it."""
    assert all(set(HELD[step.target]) <= set(HELD[step.source]) for step in EXITS)
