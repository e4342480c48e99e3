"""The complete suite by the W-method: its words, their number, and that it is complete.

Decides how far the suite can be trusted: whatever differs from a machine in a way that can be seen,
and has no more states than allowed, fails some word. It is asked of every mutant of the POP3
declaration and of machines made up by chance, against the product of both machines.
"""

from itertools import combinations
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.door import DOOR
from requite.lifecycles.abstract_pop3 import ABSTRACT_POP3
from requite.lifecycles.pop3 import POP3_SESSION
from requite.model.mutate.rows import row_mutants
from requite.model.mutate.testing import Testing
from requite.model.suite import (
    Answer,
    Mealy,
    Word,
    characterisation_set,
    complete_suite,
    distinguishing_word,
    mealy_of,
    state_cover,
    transition_cover,
)
from requite.model.suite.words import prefix_free

POP3: Final = mealy_of(POP3_SESSION.declaration)
SMALL: Final = mealy_of(ABSTRACT_POP3.declaration)
ANSWERS: Final[tuple[Answer, ...]] = (None, (), (next(iter(type(POP3_SESSION.edges[0].event))),))
"""Three answers that differ; what they are is all one."""


def fails(machine: Mealy, words: tuple[Word, ...], other: Mealy) -> bool:
    """Say whether a machine answers some word otherwise than another one."""
    return any(machine.answers(word) != other.answers(word) for word in words)


# --- the words -----------------------------------------------------------------------------------


def test_every_state_is_covered() -> None:
    """A shortest word leads to each of the 30 states."""
    cover = state_cover(POP3)
    assert sorted(cover) == list(range(30))
    assert all(POP3.after(word) == state for state, word in cover.items())


def test_every_event_is_tried_in_every_state() -> None:
    """The transition cover has a word for each of the 30 states with each of the 83 events."""
    tried = {(POP3.after(word[:-1]), word[-1]) for word in transition_cover(POP3) if word}
    assert len(tried) == 30 * 83


def test_any_two_states_are_told_apart() -> None:
    """For any two states some word of the characterisation set is answered otherwise."""
    words = characterisation_set(POP3)
    alike = [
        pair
        for pair in combinations(range(len(POP3.states)), 2)
        if not any(answers_from(POP3, pair[0], w) != answers_from(POP3, pair[1], w) for w in words)
    ]
    assert alike == []


def answers_from(machine: Mealy, state: int, word: Word) -> tuple[Answer, ...]:
    """Return what a word is answered with from a state."""
    return Mealy(machine.states, machine.events, state, machine.steps).answers(word)


def test_the_words_are_pinned() -> None:
    """There are so many words of so many events, and the longest has so many."""
    words = complete_suite(POP3)
    found = (
        len(characterisation_set(POP3)),
        len(words),
        sum(map(len, words)),
        max(map(len, words)),
    )
    assert found == (12, 29_532, 199_140, 12)


def test_no_word_begins_another() -> None:
    """A word that begins another is tried with it."""
    words = complete_suite(SMALL)
    begun = {word[:end] for word in words for end in range(len(word))}
    assert [word for word in words if word in begun] == []


def test_what_begins_another_word_is_left_out() -> None:
    """Of words of which one begins another the longer one is kept, once, shorter ones first."""
    assert prefix_free([(1, 2), (1,), (), (3,), (1, 2), (0, 0, 0)]) == ((3,), (1, 2), (0, 0, 0))


# --- that it is complete -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def testing() -> Testing:
    """Return the suite of the POP3 declaration, worked out once."""
    return Testing(POP3_SESSION.declaration)


def test_every_mutant_of_a_row_that_can_be_told_apart_fails(testing: Testing) -> None:
    """Every mutant of a row, loadable or not, fails the suite if any word tells it apart."""
    missed = [
        str(mutant)
        for mutant in row_mutants(POP3_SESSION.declaration)
        if testing.failed_by(mutant) is None and testing.told_apart_by(mutant) is not None
    ]
    assert missed == []


def test_no_mutant_that_behaves_the_same_fails(testing: Testing) -> None:
    """The declaration itself answers each word of its suite as it should: nothing fails it."""
    assert not fails(testing.machine, testing.words, mealy_of(POP3_SESSION.declaration))


def test_the_words_that_take_a_row_are_enough() -> None:
    """To run the whole suite on every mutant of the door fails the same ones."""
    testing = Testing(DOOR.load().declaration)
    differ = [
        str(mutant)
        for mutant in row_mutants(DOOR.load().declaration)
        if fails(testing.machine, testing.words, testing.machine_of(mutant))
        is (testing.failed_by(mutant) is None)
    ]
    assert differ == []


def test_all_transitions_alone_miss_what_the_suite_finds(testing: Testing) -> None:
    """Without the characterisation set most wrong targets go unseen; every twentieth is tried."""
    cover = prefix_free(transition_cover(POP3))
    wrong_targets = [
        m for m in row_mutants(POP3_SESSION.declaration) if m.kind.name == "RETARGETED"
    ]
    missed = [
        mutant
        for mutant in wrong_targets[::20]
        if not fails(POP3, cover, testing.machine_of(mutant))
    ]
    assert (len(missed), len(wrong_targets[::20])) == (481, 524)


@st.composite
def machines(draw: st.DrawFn, states: int) -> Mealy:
    """Draw a complete machine over two events with up to so many states."""
    step = st.tuples(st.sampled_from(ANSWERS), st.integers(0, states - 1))
    steps = draw(st.lists(st.tuples(step, step), min_size=states, max_size=states))
    events = tuple(type(POP3_SESSION.edges[0].event))[:2]
    return Mealy(POP3.states[:states], events, 0, tuple(steps))


def is_minimal(machine: Mealy) -> bool:
    """Say whether every state can be reached and any two can be told apart."""
    states = range(len(machine.states))
    words = characterisation_set(machine)
    told = {tuple(answers_from(machine, state, word) for word in words) for state in states}
    return len(state_cover(machine)) == len(told) == len(machine.states)


@settings(max_examples=300, deadline=None)
@given(machines(4), machines(4))
def test_any_machine_of_no_more_states_fails_or_is_the_same(right: Mealy, other: Mealy) -> None:
    """Two machines by chance: the suite of one fails on the other if any word tells them apart."""
    if is_minimal(right):
        differ = distinguishing_word(right, other) is not None
        assert fails(right, complete_suite(right), other) is differ


@settings(max_examples=300, deadline=None)
@given(machines(3), machines(4))
def test_one_more_state_is_found_if_allowed_for(right: Mealy, other: Mealy) -> None:
    """With one extra state allowed for, a machine of one more state fails or is the same."""
    if is_minimal(right):
        differ = distinguishing_word(right, other) is not None
        assert fails(right, complete_suite(right, 1), other) is differ


def test_one_more_state_is_missed_if_not_allowed_for() -> None:
    """A machine that goes wrong one step later than it has states for passes the plain suite."""
    events = POP3.events[:1]
    right = Mealy(POP3.states[:1], events, 0, ((((), 0),),))
    other = Mealy(POP3.states[:3], events, 0, ((((), 1),), (((), 2),), ((None, 2),)))

    missed = not fails(right, complete_suite(right), other)
    found = fails(right, complete_suite(right, 2), other)

    assert (missed, found) == (True, True)


@settings(max_examples=200, deadline=None)
@given(machines(4), machines(4))
def test_a_distinguishing_word_is_answered_otherwise(first: Mealy, second: Mealy) -> None:
    """The word that tells two machines apart does so, and only with its last event."""
    word = distinguishing_word(first, second)
    if word is not None:
        assert first.answers(word) != second.answers(word)
        assert first.answers(word[:-1]) == second.answers(word[:-1])
