"""Semiflows: the place invariants of smallest support that never subtract.

Found by the Farkas algorithm as Martinez and Silva use it (J. Martinez, M. Silva, A simple and
fast algorithm to obtain all invariants of a generalised Petri net, Informatik-Fachberichte 52,
Springer, 1982), with the choice of the next row by J. M. Colom and M. Silva (Convex geometry and
semiflows in P/T nets, Advances in Petri Nets 1990, LNCS 483, Springer, 1991). The counter of a
resource only ever stands against its holders, so here its place is the room that is left instead:
what a row takes leaves that place, what it gives back returns to it. Decides all of them exactly;
there may be very many, so it refuses to go on past a bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import gcd
from typing import Final, TypeAlias

from requite.model.balance._discovery import terms
from requite.model.balance._net import net_of
from requite.model.declaration import AnyDeclaration

__all__ = ("Semiflow", "TooManySemiflowsError", "semiflows")

KEPT_AT_MOST: Final = 2000
"""How many candidates are kept at a time: a session has a handful, and their number can double
with each row of a net that is made for it."""

Candidate: TypeAlias = tuple[int, tuple[int, ...], tuple[int, ...]]
"""The support as bits, the weights of the places, and what each row still changes of the sum."""


class TooManySemiflowsError(Exception):
    """There are more candidates than can be kept; `place_invariants` has no such bound."""


@dataclass(frozen=True, slots=True)
class Semiflow:
    """A sum of places with positive weights that no row changes, and none with fewer places."""

    weights: tuple[tuple[Enum, int], ...]
    """The places with their weights; a resource stands for the room that is left of it."""

    def __str__(self) -> str:
        """Write it as a sum: `SEATED + SEAT`."""
        return terms(self.weights)


def semiflows(declared: AnyDeclaration) -> tuple[Semiflow, ...]:
    """Find every place invariant of minimal support whose weights are all positive.

    Args:
        declared: a declaration, broken or not. Where its resources are held is not looked at.

    Raises:
        ValueError: a row leads from or to a state that is not declared.
        TooManySemiflowsError: there are too many candidates.
    """
    net = net_of(declared)
    signs = [1 if place < net.states else -1 for place in range(len(net.places))]
    vectors = [vector for vector in dict.fromkeys(net.vectors) if any(vector)]
    candidates: list[Candidate] = [
        (
            1 << place,
            tuple(int(other == place) for other in range(len(net.places))),
            tuple(signs[place] * vector[place] for vector in vectors),
        )
        for place in range(len(net.places))
    ]
    todo = set(range(len(vectors)))
    while todo:
        column = min(todo, key=lambda column: (_growth(candidates, column), column))
        todo.remove(column)
        candidates = _annulled(candidates, column)
        if len(candidates) > KEPT_AT_MOST:
            raise TooManySemiflowsError(
                f"there are more than {KEPT_AT_MOST} candidates for semiflows of "
                f"{declared.name}; ask for its place_invariants"
            )
    return tuple(
        Semiflow(
            tuple((net.places[place], weight) for place, weight in enumerate(weights) if weight)
        )
        for _, weights, _ in candidates
    )


def _growth(candidates: Sequence[Candidate], column: int) -> int:
    """Return how many more candidates there may be once a row changes none of them."""
    up = sum(changes[column] > 0 for _, _, changes in candidates)
    down = sum(changes[column] < 0 for _, _, changes in candidates)
    return up * down - up - down


def _annulled(candidates: Sequence[Candidate], column: int) -> list[Candidate]:
    """Return the candidates that a row does not change, and the sums of pairs that it does."""
    kept = [item for item in candidates if not item[2][column]]
    up = [item for item in candidates if item[2][column] > 0]
    down = [item for item in candidates if item[2][column] < 0]
    sums = [_sum(first, second, column) for first in up for second in down]
    return _minimal([*kept, *sums])


def _sum(first: Candidate, second: Candidate, column: int) -> Candidate:
    rise, fall = first[2][column], -second[2][column]
    common = gcd(rise, fall)
    ours, theirs = fall // common, rise // common
    weights = tuple(ours * a + theirs * b for a, b in zip(first[1], second[1], strict=True))
    changes = tuple(ours * a + theirs * b for a, b in zip(first[2], second[2], strict=True))
    divisor = gcd(*weights)
    return (
        first[0] | second[0],
        tuple(weight // divisor for weight in weights),
        tuple(change // divisor for change in changes),
    )


def _minimal(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates whose support contains no other's, each support once."""
    unique = {support: (support, weights, changes) for support, weights, changes in candidates}
    return [
        item
        for item in unique.values()
        if not any(other != item[0] and other & item[0] == other for other in unique)
    ]
