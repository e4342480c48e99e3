"""The proof for any number of sessions: every row changes count and holders alike.

Read as a Petri net, "the counter of a resource = the sessions in the states that hold it" is a
place invariant (Murata, Petri nets: properties, analysis and applications, 1989, section V). It
holds for every number of sessions, of keys and for every limit, if it holds at the start, where
nothing is held, and every row changes both sides by the same amount. Decides that; refuses to
explore. Guards are ignored, which is sound: they only take behaviour away.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from requite.model.declaration import AnyDeclaration, AnyEdge, AnyResource

__all__ = ("Imbalance", "imbalances")


@dataclass(frozen=True, slots=True)
class Imbalance:
    """A row that changes the count of a resource and its holders by different amounts."""

    edge: AnyEdge
    resource: AnyResource
    taken: int
    given_back: int
    holders: int
    """By how much the row changes the number of sessions in states that hold the resource."""

    def __str__(self) -> str:
        name = self.resource.resource.name
        owed = self.taken - self.holders
        if owed < 0:
            return (
                f"it enters a state that holds {name} with nothing that takes it; expected an "
                f"event out of {', '.join(sorted(e.name for e in self.resource.taken_by))}"
            )
        return (
            f"{name} is given back {_times(self.given_back)} where {_times(owed)} is right; "
            f"write {self.resource.given_back_by.name} {_times(owed)} in its effects"
        )


def _times(number: int) -> str:
    return {0: "no time", 1: "once", 2: "twice"}.get(number, f"{number} times")


def imbalances(declared: AnyDeclaration) -> Iterator[Imbalance]:
    """Yield every row that breaks the invariant of a resource; none means proved for all."""
    for resource in declared.resources:
        held_in, taken_by = resource.held_in, resource.taken_by
        back = resource.given_back_by
        for edge in declared.edges:
            holders = (edge.target in held_in) - (edge.source in held_in)
            taken = int(edge.event in taken_by)
            given_back = edge.effects.count(back)
            if holders != taken - given_back:
                yield Imbalance(edge, resource, taken, given_back, holders)
