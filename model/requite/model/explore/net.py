"""A declaration as a Petri net for one scope: places, counters, and the moves between them.

Decides what each row does to a session and to the counters: a place is a state with the keys that
the session holds, a counter is the count of one resource for one key, a move is one row for one
choice of keys. Everything that explores, exports or proves reads this net, so that all mean the
same. A final state and the initial one are one place: a session that is over makes room for the
next (Murata, Petri nets: properties, analysis and applications, 1989, section II).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import product
from typing import Any

from requite.model.declaration import AnyDeclaration, AnyEdge, AnyResource, Per
from requite.model.explore.scope import Scope, waited_for

__all__ = ("REST", "Counter", "Move", "Net", "Place", "Unbalanced", "net_of")

REST = 0
"""The number of the place where a session has not begun, or is over."""


@dataclass(frozen=True, slots=True)
class Place:
    """A state, with the key that a session holds in each class of keys; 0 for none."""

    state: Enum
    keys: tuple[int, ...]

    def __str__(self) -> str:
        return "_".join((self.state.name, *(str(key) for key in self.keys if key)))


@dataclass(frozen=True, slots=True)
class Counter:
    """The count of one resource for one key."""

    resource: AnyResource
    key: int
    limit: int

    def __str__(self) -> str:
        return f"{self.resource.resource.name}_{self.key}"


@dataclass(frozen=True, slots=True)
class Unbalanced:
    """What makes a count differ from its holders: both changes, which ought to be equal."""

    resource: AnyResource
    key: int | None
    """The key whose count it is; None where keys are not told apart."""
    counted: int
    holders: int

    def __str__(self) -> str:
        of = "" if self.key is None else f" of key {self.key}"
        name = f"{self.resource.resource.name}{of}"
        return f"the count of {name} changes by {self.counted:+d}, its holders by {self.holders:+d}"


@dataclass(frozen=True, slots=True)
class Move:
    """One row for one choice of keys, or the death of a session's process where `edge` is None."""

    edge: AnyEdge | None
    source: int
    target: int
    keys: tuple[int, ...] = ()
    """The key of each class that the move is about; 0 for none."""
    room: tuple[tuple[int, int], ...] = ()
    """Counters that must be below a bound, each with its bound."""
    full: tuple[int, ...] = ()
    """Counters that must be at their limit."""
    change: tuple[tuple[int, int], ...] = ()
    """What is added to counters."""
    unbalanced: tuple[Unbalanced, ...] = ()


@dataclass(frozen=True)
class Net:
    """Places, counters and moves of a declaration in a scope."""

    declared: AnyDeclaration
    scope: Scope
    classes: tuple[Enum, ...]
    """The resource that names each class of keys."""
    places: tuple[Place, ...]
    counters: tuple[Counter, ...]
    moves: tuple[Move, ...]

    def holds(self, place: int) -> tuple[int, ...]:
        """Return the counters that count a session in a place."""
        where = self.places[place]
        return tuple(
            number
            for number, counter in enumerate(self.counters)
            if where.state in counter.resource.held_in
            and where.keys[self.class_of(counter.resource)] == counter.key
        )

    def class_of(self, resource: AnyResource) -> int:
        """Return the number of the class of keys of a resource in the scope."""
        return self.classes.index(_root(self.declared, resource))

    @property
    def granted_freely(self) -> tuple[str, ...]:
        """The resources for which a session waits, and whose limits are not kept here."""
        kept = [item.resource for item in self.scope.limits]
        return tuple(r.resource.name for r in waited_for(self.declared) if r not in kept)

    @staticmethod
    def by_keys(moves: Iterable[Move]) -> Iterator[list[Move]]:
        """Yield the rows among the moves of a place for each choice of keys; dying is no row.

        Who waits for one key is not helped by another, and the declaration does not say for which
        it waits. So what has to be possible must be so for each choice.
        """
        rows = [move for move in moves if move.edge is not None]
        wanted = [
            {key for key in keys if key} or {0}
            for keys in zip(*(row.keys for row in rows), strict=True)
        ]
        for choice in product(*map(sorted, wanted)):
            yield [
                row
                for row in rows
                if all(key in {0, own} for key, own in zip(row.keys, choice, strict=True))
            ]

    def always_free(self, moves: Iterable[Move]) -> bool:
        """Say whether one of some rows can be taken whatever the counters and the keys are.

        A grant and its refusal together are always free: one of the two can be taken.
        """
        return all(map(self._free, self.by_keys(moves)))

    def _free(self, rows: Sequence[Move]) -> bool:
        if any(not row.room and not row.full for row in rows):
            return True
        refused = {row.full[0] for row in rows if row.full and not row.room}
        return any(
            not row.full
            and all(
                counter in refused and self.counters[counter].limit <= bound
                for counter, bound in row.room
            )
            for row in rows
        )


def net_of(declared: AnyDeclaration, scope: Scope) -> Net:
    """Return the net of a declaration in a scope."""
    return _Building(declared, scope).net()


def _root(declared: AnyDeclaration, resource: AnyResource) -> Enum:
    """Return the resource under whose name the key of another is kept."""
    by_name = {item.resource: item for item in declared.resources}
    seen = []
    while resource.same_key_as is not None and resource.resource not in seen:
        seen.append(resource.resource)
        resource = by_name[resource.same_key_as]
    root: Enum = resource.resource
    return root


class _Building:
    """The net while it is built, place by place, from where a session rests."""

    def __init__(self, declared: AnyDeclaration, scope: Scope) -> None:
        self._declared = declared
        self._scope = scope
        self._roots = {
            limit.resource.resource: _root(declared, limit.resource) for limit in scope.limits
        }
        self._classes = tuple(dict.fromkeys(self._roots.values()))
        self._class_of = {
            resource: self._classes.index(root) for resource, root in self._roots.items()
        }
        self._keys = [
            max(item.keys for item in scope.limits if self._roots[item.resource.resource] is root)
            for root in self._classes
        ]
        self._counters = tuple(
            Counter(item.resource, key, item.limit)
            for item in scope.limits
            for key in range(1, item.keys + 1)
        )
        self._counter_at = {
            (counter.resource.resource, counter.key): number
            for number, counter in enumerate(self._counters)
        }
        self._rest = {declared.initial, *declared.final}
        self._places: dict[Place, int] = {}
        self._edges: dict[Any, list[AnyEdge]] = {}
        for edge in declared.edges:
            self._edges.setdefault(edge.source, []).append(edge)

    def net(self) -> Net:
        self._number(Place(self._declared.initial, (0,) * len(self._classes)))
        moves: list[Move] = []
        todo = 0
        while todo < len(self._places):
            place = [*self._places][todo]
            for edge in self._edges.get(place.state, ()):
                moves += self._moves(todo, place, edge)
            if self._scope.crash and todo != REST:
                moves.append(self._crash(todo, place))
            todo += 1
        return Net(
            self._declared,
            self._scope,
            self._classes,
            tuple(self._places),
            self._counters,
            tuple(moves),
        )

    def _number(self, place: Place) -> int:
        if place.state in self._rest:
            place = Place(self._declared.initial, (0,) * len(self._classes))
        return self._places.setdefault(place, len(self._places))

    # --- one row -------------------------------------------------------------------

    def _moves(self, source: int, place: Place, edge: AnyEdge) -> Iterator[Move]:
        refusing = self._refusing(edge)
        touched = {
            self._class_of[resource]
            for resource in self._roots
            if self._touches(edge, resource, refusing)
        }
        choices = [
            range(1, self._keys[number] + 1) if not key and number in touched else (key,)
            for number, key in enumerate(place.keys)
        ]
        for keys in product(*choices):
            move = self._move(source, edge, keys)
            if not refusing:
                yield move
            for resource in refusing:
                counter = self._counter_at[resource.resource, self._key(resource, keys)]
                yield replace(move, full=(counter,))

    def _refusing(self, edge: AnyEdge) -> tuple[AnyResource, ...]:
        """Return the resources one of which must be full; none where others may refuse freely."""
        refusing = [r for r in self._declared.resources if edge.event in r.refused_by]
        if any(
            item.resource not in self._roots and item.per is not Per.SESSION for item in refusing
        ):
            return ()
        return tuple(item for item in refusing if item.resource in self._roots)

    def _touches(self, edge: AnyEdge, name: Enum, refusing: tuple[AnyResource, ...]) -> bool:
        resource = next(r for r in self._declared.resources if r.resource is name)
        return (
            edge.event in resource.taken_by
            or edge.guard is name
            or resource.given_back_by in edge.effects
            or (edge.target in resource.held_in and edge.source not in resource.held_in)
            or resource in refusing
        )

    def _key(self, resource: AnyResource, keys: tuple[int, ...]) -> int:
        return keys[self._class_of[resource.resource]]

    def _move(self, source: int, edge: AnyEdge, keys: tuple[int, ...]) -> Move:
        room: list[tuple[int, int]] = []
        change: list[tuple[int, int]] = []
        unbalanced: list[Unbalanced] = []
        for resource in self._declared.resources:
            taken = int(edge.event in resource.taken_by)
            counted = taken - edge.effects.count(resource.given_back_by)
            holders = (edge.target in resource.held_in) - (edge.source in resource.held_in)
            key = self._key(resource, keys) if resource.resource in self._roots else None
            if counted != holders:
                unbalanced.append(Unbalanced(resource, key, counted, holders))
            if not key:
                continue
            counter = self._counter_at[resource.resource, key]
            if taken or edge.guard is resource.resource:
                room.append((counter, self._counters[counter].limit))
            if counted:
                change.append((counter, counted))
        return Move(
            edge,
            source,
            self._number(Place(edge.target, self._kept(edge.target, keys))),
            keys,
            tuple(room),
            (),
            tuple(change),
            tuple(unbalanced),
        )

    def _kept(self, state: Enum, keys: tuple[int, ...]) -> tuple[int, ...]:
        """Return the keys that a session still has in a state: those of what is held there."""
        held = {
            self._class_of[item.resource]
            for item in self._declared.resources
            if item.resource in self._roots and state in item.held_in
        }
        return tuple(key if number in held else 0 for number, key in enumerate(keys))

    def _crash(self, source: int, place: Place) -> Move:
        change = tuple(
            (self._counter_at[item.resource, self._key(item, place.keys)], -1)
            for item in self._declared.resources
            if item.resource in self._roots and place.state in item.held_in
        )
        return Move(None, source, REST, place.keys, change=change)
