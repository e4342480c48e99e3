"""The net: what each row adds to and takes from every place.

Decides how rows are read as a Petri net. A place is a state, whose tokens are the sessions in it,
or the counter of a resource, whose tokens are what has been taken and not given back. A row moves
one token from its source to its target; its event adds one to each counter that it takes, and each
effect that gives something back removes one. Where a resource is said to be held is not part of
the net, so that it can be found out.
"""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from requite.model.declaration import AnyDeclaration, AnyEdge

__all__ = ("Net", "Vector", "net_of")

Vector: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Net:
    """A declaration as a Petri net."""

    places: tuple[Enum, ...]
    """Every state in the order of the rows, then every resource, which stands for its counter."""
    states: int
    """How many of the places are states."""
    edges: tuple[AnyEdge, ...]
    """The rows; each is a transition of the net."""
    vectors: tuple[Vector, ...]
    """The incidence vector of each row: by how much it changes each place, in their order."""
    initial: Enum
    """The place where every session begins; nothing is anywhere else then."""


def net_of(declared: AnyDeclaration) -> Net:
    """Return a declaration as a Petri net.

    Raises:
        ValueError: a session begins in a state that is not declared, or a row leads from or to one.
    """
    states: list[Enum] = [row.state for row in declared.states]
    counters: list[Enum] = [resource.resource for resource in declared.resources]
    places = (*states, *counters)
    place_of = {id(state): number for number, state in enumerate(states)}
    if id(declared.initial) not in place_of:
        raise ValueError(f"{declared.initial!r} is no declared state, so no session can begin")
    return Net(
        places=places,
        states=len(states),
        edges=tuple(declared.edges),
        vectors=tuple(_vector(declared, edge, place_of, len(places)) for edge in declared.edges),
        initial=declared.initial,
    )


def _vector(
    declared: AnyDeclaration, edge: AnyEdge, place_of: dict[int, int], width: int
) -> Vector:
    vector = [0] * width
    for state, change in ((edge.source, -1), (edge.target, 1)):
        if id(state) not in place_of:
            raise ValueError(f"{edge}: {state!r} is no declared state, so the net has no place")
        vector[place_of[id(state)]] += change
    for counter, resource in enumerate(declared.resources, len(declared.states)):
        taken = edge.event in resource.taken_by
        vector[counter] = taken - edge.effects.count(resource.given_back_by)
    return tuple(vector)
