"""Discovery: every place invariant of the net, found without being told one.

A place invariant weighs the places so that no row changes the weighted sum: it is a solution of
one linear equation a row (T. Murata, Petri nets: properties, analysis and applications,
Proceedings of the IEEE 77(4), 1989, section V). Decides a basis of all of them, exactly: integers
only, no rounding. Refuses to judge them; `count_invariant` says which one a resource should have.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from math import gcd, lcm
from typing import Final, TypeAlias

from requite.model.balance._net import Net, net_of
from requite.model.declaration import AnyDeclaration, AnyResource

__all__ = ("PlaceInvariant", "count_invariant", "follows_from", "place_invariants", "terms")

Row: TypeAlias = dict[int, int]
"""The entries of a vector that are not zero, by column."""
CONSTANT: Final = -1
"""The column of a sum's value, which is no place's."""


@dataclass(frozen=True, slots=True)
class PlaceInvariant:
    """A weighted sum of places that no row changes."""

    weights: tuple[tuple[Enum, int], ...]
    """The places with a weight that is not zero, in the order of the net."""
    constant: int
    """What the sum is, times the number of sessions: the weight of the place where one begins."""

    def __str__(self) -> str:
        """Write it as an equation: `SEAT - SEATED = 0`."""
        return f"{terms(self.weights)} = {self.constant}"


def terms(weights: Iterable[tuple[Enum, int]]) -> str:
    """Write a weighted sum: `2 SEAT - SEATED`."""
    written = ""
    for place, weight in sorted(weights, key=lambda pair: pair[1] < 0):
        sign = " - " if weight < 0 else " + "
        written += f"{sign}{abs(weight) if abs(weight) > 1 else ''} ".rstrip() + f" {place.name}"
    return written.strip().removeprefix("+ ")


def place_invariants(declared: AnyDeclaration) -> tuple[PlaceInvariant, ...]:
    """Find a basis of all place invariants of a declaration.

    Every place invariant is a sum of multiples of those returned, and none of them is such a sum
    of the others. Each has integer weights without a common divisor.

    Args:
        declared: a declaration, broken or not. Where its resources are held is not looked at.

    Raises:
        ValueError: a row leads from or to a state that is not declared.
    """
    net = net_of(declared)
    order = _order(net)
    column_of = {place: column for column, place in enumerate(order)}
    pivots = _reduced(
        {column_of[place]: change for place, change in enumerate(vector) if change}
        for vector in dict.fromkeys(net.vectors)
    )
    return tuple(
        _invariant(net, {order[column]: weight for column, weight in solution.items()})
        for solution in _null_space(pivots, len(order))
    )


def count_invariant(declared: AnyDeclaration, resource: AnyResource) -> PlaceInvariant:
    """Return the invariant that a resource should have: its count is the number of its holders."""
    holders = ((row.state, -1) for row in declared.states if row.state in resource.held_in)
    return PlaceInvariant(
        weights=(*holders, (resource.resource, 1)),
        constant=-int(declared.initial in resource.held_in),
    )


def follows_from(wanted: PlaceInvariant, found: Sequence[PlaceInvariant]) -> bool:
    """Whether an invariant is a sum of multiples of others, and so proved when they are."""
    # Members are told apart by identity: those of two enums of numbers may be equal.
    pivots = _reduced(_row_of(item) for item in found)
    return not _cancelled(_row_of(wanted), pivots)


def _row_of(invariant: PlaceInvariant) -> Row:
    row = {id(place): weight for place, weight in invariant.weights}
    return row | ({CONSTANT: invariant.constant} if invariant.constant else {})


def _order(net: Net) -> tuple[int, ...]:
    """Return the places in the order in which they are solved for.

    What comes last stays free, and each free place has one invariant of the basis to itself: the
    counters, so that each is told in terms of states, and before them the state that begins,
    which no resource is held in.
    """
    initial = net.places.index(net.initial)
    counters = range(net.states, len(net.places))
    solved = (place for place in range(net.states) if place != initial)
    return (*solved, initial, *counters)


def _reduced(rows: Iterable[Row]) -> dict[int, Row]:
    """Return the reduced row echelon form: for each pivot column its row."""
    pivots: dict[int, Row] = {}
    for entering in rows:
        row = _cancelled(entering, pivots)
        if not row:
            continue
        column = min(row)
        for other, kept in pivots.items():
            if column in kept:
                pivots[other] = _without(column, kept, row)
        pivots[column] = row
    return pivots


def _cancelled(row: Row, pivots: Mapping[int, Row]) -> Row:
    for column in [column for column in row if column in pivots]:
        row = _without(column, row, pivots[column])
    return row


def _without(column: int, row: Row, pivot: Row) -> Row:
    """Return a multiple of a row minus a multiple of another, so that a column is zero."""
    common = gcd(row[column], pivot[column])
    keep, subtract = pivot[column] // common, row[column] // common
    left = {place: keep * entry for place, entry in row.items()}
    for place, entry in pivot.items():
        left[place] = left.get(place, 0) - subtract * entry
    divisor = gcd(*left.values()) or 1
    return {place: entry // divisor for place, entry in left.items() if entry}


def _null_space(pivots: Mapping[int, Row], width: int) -> Iterator[Row]:
    """Yield for each free column the smallest integer solution that is zero in the others."""
    for free in range(width):
        if free in pivots:
            continue
        bound = {column: row for column, row in pivots.items() if free in row}
        scale = lcm(*(row[column] // gcd(row[column], row[free]) for column, row in bound.items()))
        yield {
            free: scale,
            **{column: -row[free] * scale // row[column] for column, row in bound.items()},
        }


def _invariant(net: Net, weights: Mapping[int, int]) -> PlaceInvariant:
    return PlaceInvariant(
        weights=tuple((net.places[place], weights[place]) for place in sorted(weights)),
        constant=weights.get(net.places.index(net.initial), 0),
    )
