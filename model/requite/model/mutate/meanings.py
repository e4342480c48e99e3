"""Every mutant that leaves the rows as they are, and has them mean something else.

Decides which resources a fault of meaning is tried on: those that sessions share, because what
each session has for itself is nobody else's; those with several keys, where the fault is about
keys; those with a limit above one, where one session has to be over it.
"""

from collections.abc import Callable, Iterator
from typing import Final

from requite.model.declaration import AnyDeclaration, AnyEdge, AnyResource, Per
from requite.model.declaration import Kind as HeldKind
from requite.model.explore import faulty
from requite.model.explore.net import Net
from requite.model.explore.scope import contended
from requite.model.mutate.kinds import Kind, MeaningMutant

__all__ = ("meaning_mutants",)

Fault = Callable[[Net, AnyResource], Net]

OF_SHARED: Final[dict[Kind, Fault]] = {
    Kind.COUNTED_LATE: faulty.counted_late,
    Kind.ASKED_EARLY: faulty.asked_early,
    Kind.STOLEN: lambda net, resource: faulty.asked_early(net, resource, when_told=True),
    Kind.TAKEN_AGAIN: faulty.taken_again,
    Kind.COUNTED_TWICE: faulty.counted_twice,
    Kind.FIRST_UNCOUNTED: faulty.first_uncounted,
    Kind.LIMIT_OVER: faulty.limit_over,
    Kind.LIMIT_UNDER: faulty.limit_under,
    Kind.CRASH_KEEPS: faulty.crash_keeps,
    Kind.COUNTS_WIPED: lambda net, resource: faulty.counts_wiped(net, resource, every=True),
}
"""What is done to every resource that sessions share."""
OF_KEYED: Final[dict[Kind, Fault]] = {
    Kind.KEY_CHANGED: faulty.another_key_asked,
    Kind.COUNT_REBUILT: lambda net, resource: faulty.counts_wiped(net, resource, every=False),
}
"""What is done to every resource that has a key."""
OF_COUNTED: Final[dict[Kind, Fault]] = {Kind.LIMIT_LOWERED: faulty.limit_lowered}
"""What is done to every resource with a limit of one's own choice."""


def meaning_mutants(declared: AnyDeclaration) -> Iterator[MeaningMutant]:
    """Yield every fault of meaning that a declaration can be tried with, kind by kind."""
    keyed = contended(declared)
    shared = tuple(item for item in declared.resources if item.per is not Per.SESSION)
    counted = tuple(item for item in shared if item.kind is HeldKind.COUNTED)
    yield from _wrong_keys(declared)
    yield from _differing_keys(keyed)
    for faults, resources in ((OF_KEYED, keyed), (OF_SHARED, shared), (OF_COUNTED, counted)):
        for kind, fault in faults.items():
            for resource in resources:
                yield MeaningMutant(kind, resource, _of(fault, resource), kind.value)


def _of(fault: Fault, resource: AnyResource) -> Callable[[Net], Net]:
    return lambda net: fault(net, resource)


def _wrong_keys(declared: AnyDeclaration) -> Iterator[MeaningMutant]:
    for row in declared.edges:
        for resource in contended(declared):
            if resource.given_back_by in row.effects:
                says = f"{resource.resource.name} is given back under another key"
                becomes = _wrong_key(resource, row)
                yield MeaningMutant(Kind.WRONG_KEY, resource, becomes, says, row)


def _wrong_key(resource: AnyResource, row: AnyEdge) -> Callable[[Net], Net]:
    return lambda net: faulty.another_key_given_back(net, resource, row)


def _differing_keys(keyed: tuple[AnyResource, ...]) -> Iterator[MeaningMutant]:
    """Yield a mutant for each resource and each other class of keys that a session may have."""
    classes = [item for item in keyed if item.same_key_as is None]
    for resource in keyed:
        for other in classes:
            if other.resource not in {resource.resource, resource.same_key_as}:
                name, key = resource.resource.name, other.resource.name
                says = f"{name} stays where the keys of {name} and {key} differ"
                becomes = _kept(resource, other)
                yield MeaningMutant(Kind.KEYS_DIFFER, resource, becomes, says, beside=other)


def _kept(resource: AnyResource, other: AnyResource) -> Callable[[Net], Net]:
    return lambda net: faulty.kept_where_keys_differ(net, resource, other)
