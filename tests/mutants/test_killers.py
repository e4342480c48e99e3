"""Who kills which mutant, that each killer is needed, and that a survivor's reason is true.

Decides that nothing is killed by habit: without a killer the mutants that only it kills live, and
that is a failure with no reason to be found.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import product
from typing import Final

import pytest

from model.door import DOOR
from mutants.forks import FORKS
from mutants.forks import Event as Fork
from mutants.forks import State as Table
from mutants.twins import TWINS, Event, Row, State
from requite.lifecycles.abstract_pop3 import ABSTRACT_POP3
from requite.lifecycles.pop3 import POP3_SESSION
from requite.model import AnyLifecycle
from requite.model.mutate import OPERATORS, Fate, Killer, Kind, Results, RowMutant, mutate
from requite.model.mutate.trial import EVERY_KILLER

HOUSE_DOOR: Final = DOOR.load()
BY_LOADING: Final = frozenset({Killer.BALANCE, Killer.RULES})
NOT_TOLD: Final = EVERY_KILLER - {Killer.TESTS}
"""Those that know nothing of how the declaration was before it was changed."""


@pytest.fixture(scope="module")
def pop3() -> Results:
    """Return what became of every mutant of the POP3 declaration."""
    return mutate(POP3_SESSION)


# --- the POP3 declaration ------------------------------------------------------------------------

TOTALS: Final[dict[Kind, tuple[int, int, int, int]]] = {
    Kind.FORGOTTEN: (330, 0, 0, 0),
    Kind.DOUBLED: (330, 0, 0, 0),
    Kind.OTHER_RELEASE: (1320, 0, 0, 0),
    Kind.ADDED: (1475, 0, 0, 0),
    Kind.LATE: (0, 96, 0, 0),
    Kind.SWAPPED: (0, 32, 0, 303),
    Kind.OMITTED: (0, 28, 0, 287),
    Kind.REPEATED: (0, 20, 0, 295),
    Kind.DROPPED: (0, 361, 0, 0),
    Kind.RETARGETED: (8748, 1442, 0, 279),
    Kind.WRONG_KEY: (0, 0, 268, 0),
    Kind.KEYS_DIFFER: (0, 0, 8, 0),
    Kind.KEY_CHANGED: (0, 0, 4, 0),
    Kind.COUNTED_LATE: (0, 0, 5, 0),
    Kind.ASKED_EARLY: (0, 0, 5, 0),
    Kind.STOLEN: (0, 0, 5, 0),
    Kind.TAKEN_AGAIN: (0, 0, 5, 0),
    Kind.COUNTED_TWICE: (0, 0, 5, 0),
    Kind.FIRST_UNCOUNTED: (0, 0, 5, 0),
    Kind.LIMIT_OVER: (0, 0, 5, 0),
    Kind.LIMIT_UNDER: (0, 0, 5, 0),
    Kind.LIMIT_LOWERED: (0, 0, 4, 0),
    Kind.CRASH_KEEPS: (0, 0, 5, 0),
    Kind.COUNTS_WIPED: (0, 0, 5, 0),
    Kind.COUNT_REBUILT: (0, 0, 4, 0),
}
"""How many mutants of each kind the balance, the rules, the exploration and the tests kill."""


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
def test_who_kills_the_mutants_of_pop3_is_pinned(kind: Kind, pop3: Results) -> None:
    """Each killer is the first to kill so many of a kind."""
    count = next(count for count in pop3.counts() if count.kind is kind)
    assert tuple(count.killed[killer] for killer in Killer) == TOTALS[kind]


def test_every_mutant_of_pop3_is_killed(pop3: Results) -> None:
    """None of the 15,684 mutants lives, with a reason or without."""
    assert (len(pop3.fates), pop3.survivors, pop3.is_good) == (15_684, (), True)


@pytest.mark.parametrize(
    "lifecycle", [HOUSE_DOOR, ABSTRACT_POP3, TWINS, FORKS], ids=lambda lifecycle: lifecycle.title
)
def test_no_mutant_of_a_small_lifecycle_is_a_failure(lifecycle: AnyLifecycle) -> None:
    """Of other lifecycles too every mutant is killed, or it is said why it lives."""
    assert mutate(lifecycle).failures == ()


# --- each killer is needed -----------------------------------------------------------------------


def kinds_that_live(results: Results) -> frozenset[str]:
    """Return the kinds of mutants that live and nobody can say why."""
    return frozenset(fate.mutant.kind.name for fate in results.failures)


def test_without_the_balance_what_is_given_back_can_be_anything() -> None:
    """Of what is asked at loading nothing but the balance sees what is given back."""
    live = kinds_that_live(mutate(ABSTRACT_POP3, killers={Killer.RULES}))
    assert live >= {"FORGOTTEN", "DOUBLED", "ADDED"}
    assert kinds_that_live(mutate(ABSTRACT_POP3, killers=BY_LOADING)).isdisjoint(
        {"FORGOTTEN", "DOUBLED", "ADDED"}
    )


def test_without_the_rules_a_row_can_be_missing() -> None:
    """Of what knows nothing of the right table nothing but the rules sees a missing row."""
    live = kinds_that_live(mutate(HOUSE_DOOR, killers=NOT_TOLD - {Killer.RULES}))
    assert live >= {"DROPPED", "LATE"}


def test_without_the_exploration_no_fault_of_meaning_is_seen() -> None:
    """Where every row is as it was neither loading nor the derived tests see anything."""
    live = kinds_that_live(mutate(HOUSE_DOOR, killers=EVERY_KILLER - {Killer.EXPLORATION}))
    assert live == {kind.name for kind in Kind if kind.of_meaning} - {"KEYS_DIFFER"}


def test_without_the_tests_what_is_said_and_ordered_can_be_anything() -> None:
    """Only the derived tests see a reply left out, an order doubled, a target that holds alike."""
    live = kinds_that_live(mutate(HOUSE_DOOR, killers=NOT_TOLD))
    assert live == {"OMITTED", "REPEATED", "DROPPED", "RETARGETED"}


def test_without_the_exploration_everybody_may_wait_for_ever() -> None:
    """A guest who may no longer give up keeps every rule; only together do two guests wait."""
    results = mutate(FORKS, kinds=(Kind.DROPPED,), killers=NOT_TOLD)
    killed = [fate for fate in results.fates if fate.killer is Killer.EXPLORATION]
    alone = mutate(FORKS, kinds=(Kind.DROPPED,), killers=BY_LOADING)

    assert [fate.found and (fate.found.says, fate.found.trace) for fate in killed] == [
        (
            "nobody can move any more",
            (
                "session 1: OUTSIDE --RIGHT_FIRST--> WITH_RIGHT",
                "session 2: OUTSIDE --LEFT_FIRST--> WITH_LEFT",
            ),
        )
    ]
    assert str(killed[0].mutant) in {str(fate.mutant) for fate in alone.failures}


def test_a_lifecycle_in_which_everybody_may_wait_is_refuted() -> None:
    """A declaration that keeps every rule and stands still is not good, whatever kills mutants."""
    kept = (row for row in FORKS.edges if (row.source, row.event) != (Table.WITH_LEFT, Fork.WENT))
    results = mutate(FORKS.with_edges(kept), kinds=(Kind.FORGOTTEN,))
    assert (results.failures, results.is_good) == ((), False)
    assert results.refuted is not None
    assert results.refuted.says == "nobody can move any more"


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
def test_nothing_is_killed_when_nobody_is_asked(kind: Kind) -> None:
    """With no killer every mutant of POP3 lives, and none of them behaves the same."""
    results = mutate(POP3_SESSION, kinds=(kind,), killers=())
    assert results.failures == results.fates


def test_each_rule_that_kills_a_row_is_needed(pop3: Results) -> None:
    """For each rule that kills any there is a mutant of POP3 that it kills alone."""
    alone = {rule for fate in pop3.fates if len(fate.rules) == 1 for rule in fate.rules}
    killing = {rule for fate in pop3.fates for rule in fate.rules}
    assert (len(killing), killing - alone) == (10, set())


# --- survivors -----------------------------------------------------------------------------------


def survivors_of(lifecycle: AnyLifecycle) -> dict[str, str | None]:
    """Return each mutant of a lifecycle that lives with the reason."""
    return {str(fate.mutant): fate.lives_because for fate in mutate(lifecycle).survivors}


def test_rooms_that_are_alike_can_be_mistaken_for_each_other() -> None:
    """Of two states that answer every word alike either will do, and that is the reason given."""
    reason = "it behaves the same: LEFT and RIGHT answer every word alike"
    assert survivors_of(TWINS) == {
        "OUTSIDE --CAME--> LEFT: it leads to RIGHT": reason,
        "RIGHT --CROSSED--> LEFT: it leads to RIGHT": reason,
    }


@pytest.mark.parametrize("fate", mutate(TWINS).survivors, ids=lambda fate: str(fate.mutant))
def test_what_lives_answers_every_word_alike(fate: Fate) -> None:
    """Every word of six events is answered alike by the mutant, run row by row."""
    assert isinstance(fate.mutant, RowMutant)
    table = {(row.source, row.event): row for row in fate.mutant.of(TWINS.declaration).edges}
    for word in product(TWINS.events_in_order, repeat=6):
        assert effects_of(word, table) == effects_of(word, TWINS.table)


def effects_of(word: Iterable[Event], table: Mapping[tuple[State, Event], Row]) -> list[object]:
    """Return what is owed after each event of a word; None where it is refused."""
    state, owed = State.OUTSIDE, list[object]()
    for event in word:
        row = table.get((state, event))
        owed.append(None if row is None else row.effects)
        state = state if row is None else row.target
    return owed


def test_what_is_given_back_as_soon_as_it_is_taken_cannot_be_counted_wrongly() -> None:
    """The bell of the door is let go in the row that rings it, so most faults change nothing."""
    reasons = Counter(survivors_of(HOUSE_DOOR).values())
    assert reasons == {
        "it changes nothing that BELL does here": 9,
        "it changes nothing that KEY does here": 1,
        "BELL is never in such a state: 3 sessions reach the same ones as before": 2,
    }


def test_a_mutant_that_lives_without_a_reason_is_a_failure(pop3: Results) -> None:
    """What nothing kills and what does not behave the same makes the whole a failure."""
    fate = Fate(pop3.fates[0].mutant, None)
    results = Results(pop3.declared, (fate,), 0, 0, None)
    assert (results.failures, results.is_good) == ((fate,), False)


# --- the operators -------------------------------------------------------------------------------


def test_every_operator_is_there_once_in_order() -> None:
    """M1 to M32."""
    assert [operator.number for operator in OPERATORS] == list(range(1, 33))


def test_every_operator_says_how_it_is_made_or_why_not() -> None:
    """An operator has kinds, or a reason that says where else it belongs."""
    assert [
        operator.name
        for operator in OPERATORS
        if not operator.reason
        or (not operator.kinds)
        is not operator.reason.startswith(("a mistake of code", "needs several processes"))
    ] == []


def test_every_kind_of_meaning_comes_from_a_real_failure() -> None:
    """No fault of meaning is made up: each stands with an operator."""
    drawn = {kind for operator in OPERATORS for kind in operator.kinds}
    assert {kind for kind in Kind if kind.of_meaning} <= drawn
