"""The net of a declaration: what each row changes, and the invariants that are found in it.

Decides that what is found is right: every invariant is checked against every row by a sum of its
own, and what a resource should have is among them exactly while no row forgets it. The number of
invariants of the POP3 session is pinned.
"""

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum, IntEnum
from fractions import Fraction
from itertools import islice
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.door import DOOR, Effect, Event, Held, State, alter
from requite.lifecycles.pop3 import POP3_SESSION
from requite.model import (
    AnyDeclaration,
    Declaration,
    Edge,
    Kind,
    Resource,
    StateRow,
    imbalances,
)
from requite.model.balance import (
    PlaceInvariant,
    TooManySemiflowsError,
    count_invariant,
    follows_from,
    net_of,
    place_invariants,
    semiflows,
)
from requite.model.declaration import AnyResource

SESSION: Final = POP3_SESSION.declaration
HOUSE: Final = DOOR.load().declaration
BOTH: Final = (SESSION, HOUSE)


def resource_ids(value: object) -> str:
    """Name a case after its declaration or its resource."""
    return value.name if isinstance(value, Declaration) else str(value)


def changed_by(edge: Edge[Any, Any, Any, Any], declared: AnyDeclaration) -> dict[Enum, int]:
    """Return what a row changes, read from the row by the words of the documentation."""
    changes: dict[Enum, int] = {}
    for place, change in ((edge.source, -1), (edge.target, +1)):
        changes[place] = changes.get(place, 0) + change
    for resource in declared.resources:
        returned = sum(effect is resource.given_back_by for effect in edge.effects)
        changes[resource.resource] = int(edge.event in resource.taken_by) - returned
    return changes


def forgetting(declared: AnyDeclaration, resource: AnyResource) -> list[AnyDeclaration]:
    """Return every declaration that differs in one row, which forgets to give a thing back."""
    rows = list(declared.edges)
    mutants = []
    for place, row in enumerate(rows):
        kept = tuple(effect for effect in row.effects if effect is not resource.given_back_by)
        if kept != row.effects:
            others = [*rows[:place], replace(row, effects=kept), *rows[place + 1 :]]
            mutants.append(declared.with_edges(others))
    return mutants


def is_found(declared: AnyDeclaration, resource: AnyResource) -> bool:
    """Whether "count = holders" of a resource follows from the invariants that are found."""
    return follows_from(count_invariant(declared, resource), place_invariants(declared))


def rank(rows: Sequence[Sequence[int]]) -> int:
    """Return the rank of a matrix, by elimination with fractions: slow, short and independent."""
    matrix = [[Fraction(entry) for entry in row] for row in rows]
    found = 0
    for column in range(len(matrix[0]) if matrix else 0):
        pivot = next((row for row in matrix[found:] if row[column]), None)
        if pivot is None:
            continue
        matrix.remove(pivot)
        matrix.insert(found, pivot)
        for place, row in enumerate(matrix):
            if place != found:
                factor = row[column] / pivot[column]
                matrix[place] = [a - factor * b for a, b in zip(row, pivot, strict=True)]
        found += 1
    return found


# --- the vectors ---------------------------------------------------------------------------------


@pytest.mark.parametrize("declared", BOTH, ids=resource_ids)
def test_each_vector_says_what_its_row_changes(declared: AnyDeclaration) -> None:
    """The vector of each row has what the row adds to and takes from each place, and no more."""
    net = net_of(declared)
    for edge, vector in zip(net.edges, net.vectors, strict=True):
        found = {place: change for place, change in zip(net.places, vector, strict=True) if change}
        assert found == {place: n for place, n in changed_by(edge, declared).items() if n}, edge


def test_the_places_are_states_then_resources() -> None:
    """The places stand in the order of the declaration."""
    assert net_of(HOUSE).places == (*State, *Held)


def test_a_row_without_a_place_is_named() -> None:
    """A row to a state that is not declared has no vector, and the error says which row it is."""
    nowhere = replace(HOUSE, states=[row for row in HOUSE.states if row.state is not State.GONE])
    with pytest.raises(
        ValueError, match=r"KEY_REFUSED--> <State\.GONE|KEY_REFUSED--> GONE: <State"
    ):
        net_of(nowhere)


def test_a_beginning_without_a_place_is_named() -> None:
    """A session that begins in a state that is not declared cannot begin."""
    nowhere = replace(HOUSE, states=HOUSE.states[1:])
    with pytest.raises(ValueError, match=r"OUTSIDE.* is no declared state"):
        net_of(nowhere)


# --- discovery -----------------------------------------------------------------------------------


@pytest.mark.parametrize("declared", BOTH, ids=resource_ids)
def test_no_row_changes_what_is_found(declared: AnyDeclaration) -> None:
    """Every row leaves the weighted sum of each invariant as it was."""
    for invariant in place_invariants(declared):
        for edge in declared.edges:
            changes = changed_by(edge, declared)
            assert sum(w * changes.get(place, 0) for place, w in invariant.weights) == 0


@pytest.mark.parametrize("declared", BOTH, ids=resource_ids)
def test_nothing_is_left_to_be_found(declared: AnyDeclaration) -> None:
    """There are as many as places minus the rank of the vectors, and none is a sum of others."""
    net, found = net_of(declared), place_invariants(declared)
    assert len(found) == len(net.places) - rank(net.vectors)
    rows = [[dict(item.weights).get(place, 0) for place in net.places] for item in found]
    assert rank(rows) == len(found)


def test_the_invariants_of_the_session_are_pinned() -> None:
    """The POP3 session has 8: one for each of its 7 resources, and "a session is somewhere"."""
    assert len(place_invariants(SESSION)) == 8


@pytest.mark.parametrize("resource", SESSION.resources, ids=lambda item: item.resource.name)
def test_the_count_of_each_resource_is_found(resource: AnyResource) -> None:
    """That the count is the number of holders follows from what is found in the POP3 session."""
    assert is_found(SESSION, resource)


@pytest.mark.parametrize("resource", SESSION.resources, ids=lambda item: item.resource.name)
def test_a_forgotten_release_is_not_found(resource: AnyResource) -> None:
    """In twenty rows and more that forget it, spread evenly, the invariant is gone."""
    mutants = forgetting(SESSION, resource)
    for mutant in islice(mutants, 0, None, max(1, len(mutants) // 20)):
        assert not is_found(mutant, resource)


def test_discovery_agrees_with_the_check() -> None:
    """For each mutant of the small house, what the check accepts is found, and nothing else."""
    for resource in HOUSE.resources:
        for mutant in forgetting(HOUSE, resource):
            accused = {item.resource.resource for item in imbalances(mutant)}
            found = {item.resource for item in mutant.resources if is_found(mutant, item)}
            assert found.isdisjoint(accused)
            assert found | accused == set(Held)


def test_where_it_is_held_is_found_without_being_told() -> None:
    """Discovery does not look at `held_in`: with none declared it still finds where the key is."""
    untold = replace(HOUSE, resources=[replace(r, held_in=frozenset()) for r in HOUSE.resources])
    assert [str(invariant) for invariant in place_invariants(untold)] == [
        "OUTSIDE + ASKING + INSIDE + GIVEN_UP + GONE = 1",
        "KEY - INSIDE = 0",
        "BELL = 0",
    ]


def test_a_wrong_constant_does_not_follow() -> None:
    """The same weights with another sum are another claim."""
    (key, _) = HOUSE.resources
    right = count_invariant(HOUSE, key)
    assert not follows_from(replace(right, constant=1), place_invariants(HOUSE))


def test_a_multiple_and_a_sum_follow() -> None:
    """What is proved is closed under sums and multiples, with their constants."""
    somewhere, key, _ = place_invariants(HOUSE)
    weights = dict(somewhere.weights)
    for place, weight in key.weights:
        weights[place] = weights.get(place, 0) - 3 * weight
    both = PlaceInvariant(tuple(weights.items()), somewhere.constant)
    assert follows_from(both, (somewhere, key))


class Number(IntEnum):
    """States that are numbers."""

    ONE = 1
    TWO = 2


class Thing(IntEnum):
    """What is held, with the numbers of the states."""

    FIRST = 1
    SECOND = 2


def test_members_that_are_equal_numbers_are_told_apart() -> None:
    """A state and a resource whose numbers are equal are two places."""
    resources: list[AnyResource] = [
        Resource(thing, Kind.COUNTED, frozenset(), frozenset({Event.KNOCKED}), Effect.WAVE)
        for thing in Thing
    ]
    rows: Any = [Edge(Number.ONE, Event.KNOCKED, Number.TWO, (Effect.WAVE,), why="It is so")]
    numbers: Any = replace(
        HOUSE,
        states=[StateRow(number, HOUSE.states[0].waits_for) for number in Number],
        edges=rows,
        resources=resources,
        initial=Number.ONE,
        final=[Number.TWO],
    )
    assert [str(item) for item in place_invariants(numbers)] == [
        "ONE + TWO = 1",
        "FIRST = 0",
        "SECOND = 0",
    ]
    assert is_found(numbers, resources[0])
    assert not follows_from(PlaceInvariant(((Number.ONE, 1),), 0), place_invariants(numbers))


@st.composite
def any_rows(draw: st.DrawFn) -> AnyDeclaration:
    """Draw the small house with rows that make no sense."""
    edges = draw(
        st.lists(
            st.builds(
                Edge,
                st.sampled_from(State),
                st.sampled_from(Event),
                st.sampled_from(State),
                st.lists(st.sampled_from(Effect), max_size=4).map(tuple),
                why=st.just("It is drawn"),
            ),
            max_size=12,
        )
    )
    return HOUSE.with_edges(edges)


@settings(deadline=None)
@given(any_rows())
def test_the_quick_check_says_what_the_definition_says(declared: AnyDeclaration) -> None:
    """In any rows at all, the check names what the sum over each row and resource names."""
    expected = []
    for resource in declared.resources:
        for edge in declared.edges:
            holders = (edge.target in resource.held_in) - (edge.source in resource.held_in)
            if changed_by(edge, declared)[resource.resource] != holders:
                expected.append((edge, resource))
    assert [(item.edge, item.resource) for item in imbalances(declared)] == expected


@settings(deadline=None)
@given(any_rows())
def test_in_any_rows_everything_is_found(declared: AnyDeclaration) -> None:
    """In any rows at all there are as many invariants as the rank leaves, and each holds."""
    net, found = net_of(declared), place_invariants(declared)
    assert len(found) == len(net.places) - rank(net.vectors)
    for item in found:
        weights = dict(item.weights)
        for vector in net.vectors:
            pairs = zip(net.places, vector, strict=True)
            assert sum(weights.get(place, 0) * n for place, n in pairs) == 0


# --- semiflows -----------------------------------------------------------------------------------


def test_the_semiflows_of_the_house_are_its_invariants_without_a_minus() -> None:
    """A session is somewhere, and a key is with a holder or in the room that is left."""
    assert {str(flow) for flow in semiflows(HOUSE)} == {
        "OUTSIDE + ASKING + INSIDE + GIVEN_UP + GONE",
        "INSIDE + KEY",
        "BELL",
    }


def test_the_semiflows_of_the_session_are_pinned() -> None:
    """The POP3 session has 8 as well: each resource is where it is held, or free."""
    flows = {frozenset(flow.weights) for flow in semiflows(SESSION)}
    told = {
        frozenset({(state, 1) for state in item.held_in} | {(item.resource, 1)})
        for item in SESSION.resources
    }
    assert (len(flows), told < flows) == (8, True)


@settings(deadline=None)
@given(any_rows())
def test_a_semiflow_is_an_invariant_of_smallest_support(declared: AnyDeclaration) -> None:
    """No row changes it, no weight is negative, and no other one has its places and fewer."""
    net, flows = net_of(declared), semiflows(declared)
    supports = [{place for place, _ in flow.weights} for flow in flows]
    for flow, support in zip(flows, supports, strict=True):
        weights = dict(flow.weights)
        assert all(weight > 0 for weight in weights.values())
        assert not any(other < support for other in supports)
        for vector in net.vectors:
            changes = dict(zip(net.places, vector, strict=True))
            held = sum(weights.get(place, 0) * changes[place] for place in Held)
            assert sum(weights.get(place, 0) * changes[place] for place in State) == held


class Token(Enum):
    """Three things."""

    X = "one"
    Y = "another"
    Z = "a third"


def test_a_sum_that_contains_a_smaller_one_is_left_out() -> None:
    """Two rows that take and give back across each other have eight semiflows, and no ninth."""
    granted, knocked = Event.KEY_GRANTED, Event.KNOCKED
    taken_by = ({granted, knocked}, {granted}, {Event.WALKED_AWAY})
    resources: list[AnyResource] = [
        Resource(thing, Kind.COUNTED, frozenset(), frozenset(events), effect)
        for thing, events, effect in zip(Token, taken_by, Effect, strict=False)
    ]
    rows: list[Edge[State, Event, Effect, Held]] = [
        Edge(State.GONE, granted, State.GIVEN_UP, (Effect.WAVE,), why="It gives back a third"),
        Edge(State.GIVEN_UP, knocked, State.INSIDE, (Effect.LET_GO_OF_BELL,), why="And another"),
    ]
    crossed: Any = replace(HOUSE, edges=rows, resources=resources)
    assert {str(flow) for flow in semiflows(crossed)} == {
        "OUTSIDE",
        "ASKING",
        "INSIDE + GIVEN_UP + GONE",
        "2 INSIDE + GIVEN_UP + X",
        "INSIDE + X + Z",
        "X + Y + 2 Z",
        "GIVEN_UP + Y",
        "GONE + Z",
    }


def test_too_many_semiflows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Past its bound the search says so, and what to ask instead."""
    monkeypatch.setattr("requite.model.balance._semiflows.KEPT_AT_MOST", 2)
    with pytest.raises(TooManySemiflowsError, match="ask for its place_invariants"):
        semiflows(HOUSE)


# --- what is said --------------------------------------------------------------------------------


def test_an_imbalance_says_what_is_owed() -> None:
    """The row, what it takes and how often it should give that back can be read, not only said."""
    late = alter(State.GIVEN_UP, Event.KEY_GRANTED, effects=())(DOOR)
    (found,) = imbalances(replace(HOUSE, edges=late.edges))
    assert (str(found.edge), found.taken, found.given_back, found.owed) == (
        "GIVEN_UP --KEY_GRANTED--> GONE",
        1,
        0,
        1,
    )
