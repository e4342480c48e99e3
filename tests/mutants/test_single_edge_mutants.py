"""Every single-row mutant of the POP3 declaration, and which rule kills it when it is loaded.

Decides how much the rules are worth: for each kind of mistake how many mutants there are, how many
each rule kills, and which survive. Totals are pinned. What survives loading is left to the
exploration and to the derived tests.
"""

from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import Final, TypeAlias

import pytest

from requite.lifecycles.pop3 import POP3_SESSION, Held, State
from requite.model import RULES, DeclarationError, faults_of
from requite.model.looking import Looks, row_alone
from requite.model.mutate import Kind, RowMutant
from requite.model.mutate.loading import Loading
from requite.model.mutate.rows import row_mutants

Killed: TypeAlias = list[tuple[RowMutant, frozenset[str]]]

SESSION: Final = POP3_SESSION.declaration
KINDS: Final = tuple(kind for kind in Kind if not kind.of_meaning)


@pytest.fixture(scope="module")
def killed_by() -> Killed:
    """Return each mutant with the rules that kill it, worked out once."""
    loading = Loading(SESSION)
    return [(mutant, loading.broken_by(mutant)) for mutant in row_mutants(SESSION)]


def of_kind(kind: Kind, killed_by: Killed) -> Killed:
    """Return the mutants of one kind with what kills them."""
    return [(mutant, rules) for mutant, rules in killed_by if mutant.kind is kind]


def survivors(kind: Kind, killed_by: Killed) -> list[RowMutant]:
    """Return the mutants of one kind that nothing kills, in the order of the declaration."""
    return [mutant for mutant, rules in of_kind(kind, killed_by) if not rules]


def rules_of(mutant: RowMutant) -> frozenset[str]:
    """Return the rules that complain of a mutant when it is loaded."""
    return frozenset(fault.rule for fault in faults_of(mutant.of(SESSION)))


# --- totals --------------------------------------------------------------------------------------

TOTALS: Final[dict[Kind, tuple[int, int, dict[str, int]]]] = {
    Kind.FORGOTTEN: (330, 0, {"balanced": 330}),
    Kind.DOUBLED: (330, 0, {"balanced": 330}),
    Kind.OTHER_RELEASE: (1320, 0, {"balanced": 1320}),
    Kind.ADDED: (1475, 0, {"balanced": 1475}),
    Kind.LATE: (96, 0, {"giving-back-comes-first": 96}),
    Kind.SWAPPED: (335, 303, {"giving-back-comes-first": 32}),
    Kind.OMITTED: (315, 287, {"nothing-unused": 11, "pending-until-answered": 20}),
    Kind.REPEATED: (315, 295, {"pending-until-answered": 20}),
    Kind.DROPPED: (
        361,
        0,
        {
            "completions-are-awaited": 66,
            "environment-everywhere": 140,
            "loss-is-handled": 38,
            "nothing-unused": 19,
            "reachable": 10,
            "wait-is-answered": 111,
        },
    ),
    Kind.RETARGETED: (
        10469,
        279,
        {"balanced": 8748, "final-is-final": 361, "pending-until-answered": 8052, "reachable": 286},
    ),
}
"""For each kind: how many mutants, how many of them survive loading, how many each rule kills."""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_totals_are_pinned(kind: Kind, killed_by: Killed) -> None:
    """So many mutants of a kind, so many survivors, so many kills of each rule."""
    mutants = of_kind(kind, killed_by)
    kills = Counter(rule for _, rules in mutants for rule in rules)
    found = (len(mutants), len(survivors(kind, killed_by)), dict(sorted(kills.items())))
    print(f"{kind.name}: {found[0]} mutants, {found[1]} survive, {found[2]}")
    assert found == TOTALS[kind], (
        "the declaration, a rule or the operators changed; if on purpose, pin what was found"
    )


MUST_DIE: Final = (Kind.FORGOTTEN, Kind.DOUBLED, Kind.OTHER_RELEASE, Kind.ADDED, Kind.LATE)


@pytest.mark.parametrize("kind", MUST_DIE, ids=lambda kind: kind.name)
def test_no_mistake_in_giving_back_survives(kind: Kind, killed_by: Killed) -> None:
    """Nothing can be forgotten, doubled, exchanged, added or put off in any row that loads."""
    assert survivors(kind, killed_by) == []


@pytest.mark.parametrize("kind", MUST_DIE[:4], ids=lambda kind: kind.name)
def test_the_balance_alone_would_do(kind: Kind, killed_by: Killed) -> None:
    """The one rule that is the proof kills every mistake in what is given back by itself."""
    assert all("balanced" in rules for _, rules in of_kind(kind, killed_by))


def test_no_row_can_be_left_out(killed_by: Killed) -> None:
    """No row can be missing: no command, no response, no loss, no answer, no expiry."""
    assert survivors(Kind.DROPPED, killed_by) == []


def test_a_line_that_is_not_answered_is_seen_by_one_rule_only(
    killed_by: Killed,
) -> None:
    """Of the 99 rows that answer a line 89 are missed by no rule but the one about waits."""
    alone = [
        mutant.row
        for mutant, rules in of_kind(Kind.DROPPED, killed_by)
        if rules == {"wait-is-answered"}
    ]
    assert len(alone) == 101


def test_a_wrong_target_that_loads_holds_the_same(
    killed_by: Killed,
) -> None:
    """A row that leads elsewhere and loads leads to a state with the same things held."""
    assert [
        str(mutant)
        for mutant in survivors(Kind.RETARGETED, killed_by)
        if mutant.instead
        and POP3_SESSION.held_in(mutant.instead.target) != POP3_SESSION.held_in(mutant.row.target)
    ] == []


def test_a_wrong_target_that_loads_awaits_the_same(
    killed_by: Killed,
) -> None:
    """A row that leads elsewhere and loads leads to a state that awaits the same answer."""
    assert [
        str(mutant)
        for mutant in survivors(Kind.RETARGETED, killed_by)
        if mutant.instead
        and POP3_SESSION.row_of(mutant.instead.target).awaits
        is not POP3_SESSION.row_of(mutant.row.target).awaits
    ] == []


# --- the declaration of what is held ------------------------------------------------------------


@pytest.mark.parametrize("held", Held, ids=lambda held: held.name)
@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_no_state_can_hold_more_or_less_than_it_does(state: State, held: Held) -> None:
    """To say of any one state that it holds a thing, or does not, otherwise than it is, is seen."""
    resources = tuple(
        replace(item, held_in=item.held_in ^ {state}) if item.resource is held else item
        for item in POP3_SESSION.resources
    )
    session = replace(SESSION, resources=resources)
    assert any(True for _ in RULES["balanced"](session))


# --- honesty -------------------------------------------------------------------------------------


def test_the_declaration_itself_is_not_killed() -> None:
    """A rule that complained of everything would kill every mutant."""
    assert faults_of(SESSION) == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_short_way_agrees_with_loading(kind: Kind, killed_by: Killed) -> None:
    """For a hundred mutants of the kind, spread evenly, asking every rule gives the same answer."""
    mutants = of_kind(kind, killed_by)
    sample = mutants[:: max(1, len(mutants) // 100)]
    assert [str(mutant) for mutant, rules in sample if rules_of(mutant) != rules] == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_mutant_that_is_killed_cannot_be_loaded(kind: Kind, killed_by: Killed) -> None:
    """Being killed means that the lifecycle cannot be made: tried on ten mutants of the kind."""
    killed = [mutant for mutant, rules in of_kind(kind, killed_by) if rules]
    for mutant in islice(killed, 0, None, max(1, len(killed) // 10)):
        with pytest.raises(DeclarationError):
            POP3_SESSION.with_edges(mutant.of(SESSION).edges)


# --- what a rule looks at ------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.looks is Looks.ROW])
def test_a_rule_that_looks_at_a_row_says_of_the_whole_what_it_says_of_each(
    name: str, killed_by: Killed
) -> None:
    """Every twentieth mutant, whole and row by row, draws the same complaints from the rule."""
    differ = []
    for mutant, _ in islice(killed_by, 0, None, len(killed_by) // 20):
        whole = mutant.of(SESSION)
        alone = [item for row in whole.edges for item in RULES[name](row_alone(whole, row))]
        if sorted(alone) != sorted(RULES[name](whole)):
            differ.append(str(mutant))
    assert differ == []


@pytest.mark.parametrize(
    "name", [name for name, rule in RULES.items() if rule.looks is Looks.PARTS]
)
def test_a_rule_that_looks_at_no_row_says_the_same_without_any(name: str) -> None:
    """What a state that holds something at rest draws is the same with and without the rows."""
    held = tuple(replace(item, held_in=frozenset(State)) for item in SESSION.resources)
    states = (*SESSION.states, SESSION.states[0])
    broken = replace(SESSION, resources=held, states=states)
    assert [*RULES[name](broken)] == [*RULES[name](broken.with_edges(()))]


@pytest.mark.parametrize(
    "name", [name for name, rule in RULES.items() if rule.looks is Looks.ALL_ROWS]
)
def test_a_rule_that_looks_at_all_rows_is_kept_with_more_of_them(
    name: str, killed_by: Killed
) -> None:
    """To put a wrong row beside the right one breaks no rule of which more rows can only help."""
    wrong = [mutant.instead for mutant, _ in killed_by if mutant.instead is not None]
    more = SESSION.with_edges((*SESSION.edges, *wrong[:: len(wrong) // 50]))
    assert [*RULES[name](more)] == []


@pytest.mark.parametrize(
    "name", [name for name, rule in RULES.items() if rule.looks is Looks.ANSWERS]
)
def test_a_rule_that_looks_at_answers_does_not_look_at_targets_or_effects(name: str) -> None:
    """With every row led to one state and owing nothing the rule says what it said."""
    for gone in range(0, len(SESSION.edges), 20):
        rows = (*SESSION.edges[:gone], *SESSION.edges[gone + 1 :])
        bare = tuple(replace(row, target=State.CLOSED, effects=()) for row in rows)
        said = [where for where, _ in RULES[name](SESSION.with_edges(rows)) if " x " in where]
        bare_said = [where for where, _ in RULES[name](SESSION.with_edges(bare)) if " x " in where]
        assert said == bare_said
