"""The check: every row changes the count of a resource and its holders alike.

Read as a Petri net, "the counter of a resource = the sessions in the states that hold it" is a
place invariant (T. Murata, Petri nets: properties, analysis and applications, Proceedings of the
IEEE 77(4), 1989, section V). It holds for every number of sessions, of keys and for every limit,
if it holds at the start, where nothing is held, and every row changes both sides by the same
amount. Decides that; refuses to explore. Guards are ignored, which is sound: they only take
behaviour away.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

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

    @property
    def owed(self) -> int:
        """How often the row should give the resource back; below zero, it should take it."""
        return self.taken - self.holders

    def __str__(self) -> str:
        name = self.resource.resource.name
        if self.owed < 0:
            return (
                f"it enters a state that holds {name} with nothing that takes it; expected an "
                f"event out of {', '.join(sorted(e.name for e in self.resource.taken_by))}"
            )
        back = self.resource.given_back_by.name
        remedy = f"write {back} {_times(self.owed)} in" if self.owed else f"take {back} out of"
        return (
            f"{self._what_it_does()}: {name} is given back {_times(self.given_back)} where "
            f"{_times(self.owed)} is right; {remedy} its effects"
        )

    def _what_it_does(self) -> str:
        name = self.resource.resource.name
        takes = f"it takes {name}" if self.taken else f"it takes no {name}"
        if self.holders < 0:
            return f"{takes} and leaves what holds it"
        if self.holders > 0:
            return f"{takes} and enters what holds it"
        return f"{takes} and holds no more and no less than before"


def _times(number: int) -> str:
    return {0: "no time", 1: "once", 2: "twice"}.get(number, f"{number} times")


def imbalances(declared: AnyDeclaration) -> Iterator[Imbalance]:
    """Yield every row that breaks the invariant of a resource; none means proved for all."""
    suspects = tuple(_suspects(declared)) if declared.resources else ()
    for resource in declared.resources if suspects else ():
        held_in, taken_by = resource.held_in, resource.taken_by
        back = resource.given_back_by
        for edge in suspects:
            holders = (edge.target in held_in) - (edge.source in held_in)
            taken = int(edge.event in taken_by)
            given_back = edge.effects.count(back)
            if holders != taken - given_back:
                yield Imbalance(edge, resource, taken, given_back, holders)


def _suspects(declared: AnyDeclaration) -> Iterator[AnyEdge]:
    """Yield the rows that break the invariant of some resource, whichever it is.

    One bit stands for each resource, so that all of them are compared at once; members of enums
    are looked up by identity, because their hash is computed in Python.
    """
    held, taken, given_back = (
        _bits(declared, "held_in"),
        _bits(declared, "taken_by"),
        _backs(declared),
    )
    for edge in declared.edges:
        back, twice = 0, 0
        for effect in edge.effects:
            bits = given_back.get(id(effect), 0)
            twice |= back & bits
            back |= bits
        before, after = held.get(id(edge.source), 0), held.get(id(edge.target), 0)
        take = taken.get(id(edge.event), 0)
        # For each bit: after + back = before + take, where each of them is 0 or 1.
        if twice or (after ^ back) != (before ^ take) or (after & back) != (before & take):
            yield edge


def _bits(declared: AnyDeclaration, part: str) -> Mapping[int, int]:
    bits: dict[int, int] = {}
    for number, resource in enumerate(declared.resources):
        members: frozenset[Any] = getattr(resource, part)
        for member in members:
            bits[id(member)] = bits.get(id(member), 0) | 1 << number
    return bits


def _backs(declared: AnyDeclaration) -> Mapping[int, int]:
    bits: dict[int, int] = {}
    for number, resource in enumerate(declared.resources):
        effect = id(resource.given_back_by)
        bits[effect] = bits.get(effect, 0) | 1 << number
    return bits
