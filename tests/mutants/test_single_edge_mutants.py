"""Every single-row mutant of the POP3 declaration, and which rule kills it when it is loaded.

Decides how much the rules are worth: for each kind of mistake (M1, M8, M9, M11 and the wrong key of
M3 among the operators drawn from real failures) how many mutants there are, how many each rule
kills, and which survive. Totals are pinned. What survives loading is left to the exploration and
to the tests of the server.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import islice
from typing import Final, TypeAlias

import pytest

from requite.lifecycles.pop3 import POP3_SESSION, Effect, Event, Held, State
from requite.model import RULES, DeclarationError, Edge, Reply, faults_of

Row: TypeAlias = Edge[State, Event, Effect, Held]

ROWS: Final = POP3_SESSION.edges
RELEASES: Final = tuple(
    dict.fromkeys(resource.given_back_by for resource in POP3_SESSION.resources)
)
ALONE: Final = (
    "why",
    "known-facts",
    "pending-until-answered",
    "balanced",
    "exits-are-free",
    "giving-back-comes-first",
    "final-is-final",
)
"""The rules that look at rows one by one: of these a row's own faults are faults of the whole."""


class Kind(Enum):
    """What is done to one row."""

    FORGOTTEN = "one thing is no longer given back (M1; on a late grant M11)"
    DOUBLED = "one thing is given back twice (M8)"
    WRONG_KEY = "another thing is given back in its place (M3, M15)"
    ADDED = "a thing is given back that the row does not owe (M9)"
    LATE = "one thing is given back last, after what could fail (M10)"
    DROPPED = "the row is missing"
    RETARGETED = "the row leads to another state"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A row of the declaration, and what stands in its place."""

    kind: Kind
    row: Row
    instead: Row | None

    def __str__(self) -> str:
        return f"{self.row} [{self.kind.name}] {self.instead or 'no row'}"


# --- the mutants ---------------------------------------------------------------------------------


def with_effects(kind: Kind, row: Row, effects: Iterable[Effect | Reply]) -> Mutant:
    """Return the mutant of a row that owes something else."""
    return Mutant(kind, row, replace(row, effects=tuple(effects)))


def places(row: Row) -> Iterator[tuple[int, Effect]]:
    """Yield each thing that a row gives back, with its place among the effects."""
    for place, effect in enumerate(row.effects):
        if effect in RELEASES and not isinstance(effect, Reply):
            yield place, effect


def mutants_of(row: Row) -> Iterator[Mutant]:
    """Yield every mutant of one row."""
    owed = row.effects
    for place, effect in places(row):
        before, after = owed[:place], owed[place + 1 :]
        yield with_effects(Kind.FORGOTTEN, row, before + after)
        yield with_effects(Kind.DOUBLED, row, (*before, effect, effect, *after))
        for other in RELEASES:
            if other is not effect:
                yield with_effects(Kind.WRONG_KEY, row, (*before, other, *after))
        if any(rest not in RELEASES for rest in after):
            yield with_effects(Kind.LATE, row, (*before, *after, effect))
    for release in RELEASES:
        if release not in owed:
            yield with_effects(Kind.ADDED, row, (release, *owed))
    yield Mutant(Kind.DROPPED, row, None)
    for target in State:
        if target is not row.target:
            yield Mutant(Kind.RETARGETED, row, replace(row, target=target))


MUTANTS: Final = tuple(mutant for row in ROWS for mutant in mutants_of(row))


# --- what kills them -----------------------------------------------------------------------------


def rows_with(mutant: Mutant) -> tuple[Row, ...]:
    """Return all rows of the declaration with the mutant in its place."""
    rows = list(ROWS)
    place = rows.index(mutant.row)
    rows[place : place + 1] = [mutant.instead] if mutant.instead else []
    return tuple(rows)


def rules_of(rows: Sequence[Row], names: Iterable[str] | None = None) -> frozenset[str]:
    """Return the rules that complain of the session with other rows; all are asked, or some."""
    session = POP3_SESSION.declaration.with_edges(rows)
    if names is None:
        return frozenset(fault.rule for fault in faults_of(session))
    return frozenset(name for name in names if any(True for _ in RULES[name](session)))


def killers(mutant: Mutant) -> frozenset[str]:
    """Return the rules that kill a mutant.

    The declaration as it is has no fault, so a mutant has those of its own row, those of the
    graph, and those of a missing row. Only what the mutation can touch is asked again: the whole
    takes half a minute. `test_the_short_way_agrees_with_loading` keeps this honest.
    """
    if mutant.instead is None:
        return rules_of(rows_with(mutant))
    alone = rules_of((mutant.instead,), ALONE)
    if mutant.kind is not Kind.RETARGETED:
        return alone
    return alone | rules_of(rows_with(mutant), ("reachable",))


@pytest.fixture(scope="module")
def killed_by() -> dict[Mutant, frozenset[str]]:
    """Return for each mutant the rules that kill it, worked out once."""
    return {mutant: killers(mutant) for mutant in MUTANTS}


def of_kind(kind: Kind, killed_by: dict[Mutant, frozenset[str]]) -> dict[Mutant, frozenset[str]]:
    """Return the mutants of one kind with what kills them."""
    return {mutant: rules for mutant, rules in killed_by.items() if mutant.kind is kind}


def survivors(kind: Kind, killed_by: dict[Mutant, frozenset[str]]) -> list[Mutant]:
    """Return the mutants of one kind that nothing kills, in the order of the declaration."""
    return [mutant for mutant, rules in of_kind(kind, killed_by).items() if not rules]


# --- totals --------------------------------------------------------------------------------------

TOTALS: Final[dict[Kind, tuple[int, int, dict[str, int]]]] = {
    Kind.FORGOTTEN: (290, 0, {"balanced": 290}),
    Kind.DOUBLED: (290, 0, {"balanced": 290}),
    Kind.WRONG_KEY: (1160, 0, {"balanced": 1160}),
    Kind.ADDED: (1245, 0, {"balanced": 1245}),
    Kind.LATE: (64, 0, {"giving-back-comes-first": 64}),
    Kind.DROPPED: (
        307,
        0,
        {
            "completions-are-awaited": 56,
            "environment-everywhere": 130,
            "loss-is-handled": 34,
            "nothing-unused": 14,
            "reachable": 9,
            "wait-is-answered": 83,
        },
    ),
    Kind.RETARGETED: (
        8289,
        198,
        {"balanced": 6872, "final-is-final": 307, "pending-until-answered": 6728, "reachable": 240},
    ),
}
"""For each kind: how many mutants, how many of them survive loading, how many each rule kills."""


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
def test_the_totals_are_pinned(kind: Kind, killed_by: dict[Mutant, frozenset[str]]) -> None:
    """So many mutants of a kind, so many survivors, so many kills of each rule."""
    mutants = of_kind(kind, killed_by)
    kills = Counter(rule for rules in mutants.values() for rule in rules)
    found = (len(mutants), len(survivors(kind, killed_by)), dict(sorted(kills.items())))
    print(f"{kind.name}: {found[0]} mutants, {found[1]} survive, {found[2]}")
    assert found == TOTALS[kind], (
        "the declaration, a rule or the operators changed; if on purpose, pin what was found"
    )


MUST_DIE: Final = (Kind.FORGOTTEN, Kind.DOUBLED, Kind.WRONG_KEY, Kind.ADDED, Kind.LATE)


@pytest.mark.parametrize("kind", MUST_DIE, ids=lambda kind: kind.name)
def test_no_mistake_in_giving_back_survives(
    kind: Kind, killed_by: dict[Mutant, frozenset[str]]
) -> None:
    """Nothing can be forgotten, doubled, exchanged, added or put off in any row that loads."""
    assert survivors(kind, killed_by) == []


@pytest.mark.parametrize("kind", MUST_DIE[:4], ids=lambda kind: kind.name)
def test_the_balance_alone_would_do(kind: Kind, killed_by: dict[Mutant, frozenset[str]]) -> None:
    """The one rule that is the proof kills every mistake in what is given back by itself."""
    assert all("balanced" in rules for rules in of_kind(kind, killed_by).values())


def test_no_row_can_be_left_out(killed_by: dict[Mutant, frozenset[str]]) -> None:
    """No row can be missing: no command, no response, no loss, no answer, no expiry."""
    assert survivors(Kind.DROPPED, killed_by) == []


def test_a_line_that_is_not_answered_is_seen_by_one_rule_only(
    killed_by: dict[Mutant, frozenset[str]],
) -> None:
    """Of the 83 rows that answer a line 76 are missed by no rule but the one about waits."""
    alone = [
        mutant.row
        for mutant, rules in of_kind(Kind.DROPPED, killed_by).items()
        if rules == {"wait-is-answered"}
    ]
    assert len(alone) == 76


def test_a_wrong_target_that_loads_holds_the_same(
    killed_by: dict[Mutant, frozenset[str]],
) -> None:
    """A row that leads elsewhere and loads leads to a state with the same things held."""
    assert [
        str(mutant)
        for mutant in survivors(Kind.RETARGETED, killed_by)
        if mutant.instead
        and POP3_SESSION.held_in(mutant.instead.target) != POP3_SESSION.held_in(mutant.row.target)
    ] == []


def test_a_wrong_target_that_loads_awaits_the_same(
    killed_by: dict[Mutant, frozenset[str]],
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
    session = replace(POP3_SESSION.declaration, resources=resources)
    assert any(True for _ in RULES["balanced"](session))


# --- honesty -------------------------------------------------------------------------------------


def test_the_declaration_itself_is_not_killed() -> None:
    """A rule that complained of everything would kill every mutant."""
    assert rules_of(ROWS) == frozenset()


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
def test_the_short_way_agrees_with_loading(
    kind: Kind, killed_by: dict[Mutant, frozenset[str]]
) -> None:
    """For a hundred mutants of the kind, spread evenly, asking every rule gives the same answer."""
    mutants = list(of_kind(kind, killed_by))
    sample = mutants[:: max(1, len(mutants) // 100)]
    assert [str(m) for m in sample if rules_of(rows_with(m)) != killed_by[m]] == []


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
def test_a_mutant_that_is_killed_cannot_be_loaded(
    kind: Kind, killed_by: dict[Mutant, frozenset[str]]
) -> None:
    """Being killed means that the lifecycle cannot be made: tried on ten mutants of the kind."""
    killed = [mutant for mutant, rules in of_kind(kind, killed_by).items() if rules]
    for mutant in islice(killed, 0, None, len(killed) // 10):
        with pytest.raises(DeclarationError):
            POP3_SESSION.with_edges(rows_with(mutant))
