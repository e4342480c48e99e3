"""What is explored: how many sessions, which limited resources, how many keys, which limits.

Decides the size of an exploration. A resource in the scope has its limit kept and its keys told
apart; every other one is granted and refused freely, as if somebody outside could be in the way,
which only adds behaviour.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from requite.model.declaration import AnyDeclaration, AnyResource, Kind, Per

__all__ = ("EVERY", "Limit", "Scope", "ScopeError", "contended", "scope_of", "waited_for")

EVERY = None
"""In the place of a number of sessions: every number of them at once."""


class ScopeError(ValueError):
    """A scope that makes no sense for a lifecycle; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How many sessions of one key may hold a resource, and how many keys there are."""

    resource: AnyResource
    keys: int
    """How many keys are told apart."""
    limit: int
    """How many sessions of one key may hold it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The bounds of an exploration."""

    sessions: int | None
    """How many sessions there are at once; None for every number."""
    limits: tuple[Limit, ...]
    """The resources whose limits are kept, in the order of the declaration."""
    crash: bool = True
    """Whether the process of a session can die; what it held is given back by who counts."""

    def __str__(self) -> str:
        sessions = "every number of sessions" if self.sessions is None else _n(self.sessions)
        limits = ", ".join(
            f"{item.resource.resource.name} at most {item.limit} for each of {item.keys} keys"
            if item.keys > 1
            else f"{item.resource.resource.name} at most {item.limit}"
            for item in self.limits
        )
        return sessions + (f"; {limits}" if limits else "")


def _n(sessions: int) -> str:
    return "1 session" if sessions == 1 else f"{sessions} sessions"


def contended(declared: AnyDeclaration) -> tuple[AnyResource, ...]:
    """Return the resources for which sessions of one key among several can be in the way."""
    return tuple(item for item in declared.resources if item.per is Per.KEY)


def waited_for(declared: AnyDeclaration) -> tuple[AnyResource, ...]:
    """Return the shared resources that are never refused: who asks for one waits until it is free.

    Granted freely, such a resource would hide that sessions wait for each other.
    """
    return tuple(
        item
        for item in declared.resources
        if item.per is not Per.SESSION and item.taken_by and not item.refused_by
    )


def scope_of(  # noqa: PLR0913 - a scope has this many parts, all of them keyword-only.
    declared: AnyDeclaration,
    *,
    sessions: int | None,
    accounts: int,
    limit: int,
    resources: Iterable[Enum] | None = None,
    limits: Mapping[Enum, int] | None = None,
    crash: bool = True,
) -> Scope:
    """Return the scope of an exploration.

    Args:
        declared: what is explored.
        sessions: how many sessions there are at once, or EVERY.
        accounts: how many keys each resource has whose limit is counted for each key.
        limit: the limit of each counted resource for each key; an exclusive one has 1.
        resources: which limits are kept. If it is not said, of all resources that are shared by
            key, or of those that the whole server shares where there is none; and always of those
            for which a session has to wait.
        limits: other limits than `limit`, by resource.
        crash: whether the process of a session can die.

    Raises:
        ScopeError: a number is too small, or a resource is not declared.
    """
    _positive("sessions", sessions, "a number from 1, or EVERY")
    _positive("accounts", accounts, "a number from 1")
    other = dict(limits or {})
    for name, number in (("limit", limit), *((key.name, value) for key, value in other.items())):
        _positive(name, number, "a limit from 1")
    chosen = _chosen(declared, resources, other)
    return Scope(
        sessions,
        tuple(
            Limit(
                item,
                keys=accounts if item.per is Per.KEY else 1,
                limit=1 if item.kind is Kind.EXCLUSIVE else other.get(item.resource, limit),
            )
            for item in chosen
        ),
        crash,
    )


def _positive(name: str, number: int | None, expected: str) -> None:
    if number is not None and number < 1:
        raise ScopeError(f"{name} is {number}; expected {expected}")


def _usual(declared: AnyDeclaration) -> tuple[Enum, ...]:
    """Return the resources whose limits are kept if nobody says which."""
    of_server = tuple(item for item in declared.resources if item.per is Per.SERVER)
    kept = (*(contended(declared) or of_server), *waited_for(declared))
    return tuple(item.resource for item in kept)


def _chosen(
    declared: AnyDeclaration, resources: Iterable[Enum] | None, limits: Mapping[Enum, int]
) -> tuple[AnyResource, ...]:
    by_name = {item.resource: item for item in declared.resources}
    wanted = {*_usual(declared)} if resources is None else {*resources}
    wanted |= limits.keys()
    for name in sorted(wanted, key=str):
        if name not in by_name:
            known = ", ".join(resource.name for resource in by_name) or "none"
            raise ScopeError(f"{name} is no resource of {declared.name}; expected some of: {known}")
        if by_name[name].per is Per.SESSION:
            raise ScopeError(f"{name.name} has no limit to keep: each session has its own")
        if name in limits and by_name[name].kind is Kind.EXCLUSIVE:
            raise ScopeError(f"{name.name} is exclusive: its limit is 1, and no other can be set")
        _one_family(declared, by_name, name)
    return tuple(item for item in declared.resources if item.resource in wanted)


def _one_family(declared: AnyDeclaration, by_name: Mapping[Enum, AnyResource], name: Enum) -> None:
    """Refuse a resource whose key is that of none, of itself, or of one shared otherwise."""
    met = [name]
    while (other := by_name[met[-1]].same_key_as) is not None:
        if other not in by_name:
            raise ScopeError(f"{name.name} has the key of {other}, which {declared.name} has not")
        if other in met:
            raise ScopeError(f"the key of {name.name} is in the end that of {other.name} again")
        if by_name[other].per is not by_name[name].per:
            raise ScopeError(
                f"{name.name} has the key of {other.name}, but is shared per "
                f"{by_name[name].per.name}; expected {by_name[other].per.name}"
            )
        met.append(other)
