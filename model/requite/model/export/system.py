"""The net of a declaration as every exporter writes it: named places, counts and steps.

Decides which moves are one step (those that change a state alike), what each count is compared
with, and which names are safe to write. A resource outside the scope has one count for all keys
and no limit, so that whoever reads the text still checks that it is given back.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from textwrap import wrap
from typing import TypeAlias

from requite.model.declaration import AnyResource
from requite.model.derive.origin import digest
from requite.model.explore.net import REST, Move, Net
from requite.model.explore.story import CRASHED

__all__ = ("Count", "ExportError", "Names", "Step", "System", "system_of", "wrapped")

IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)


class ExportError(ValueError):
    """A declaration that a language cannot say; the text says why."""


class Names:
    """Names that stand in one text, none of them twice and none of them reserved."""

    def __init__(self, reserved: Collection[str]) -> None:
        self._taken = {word.casefold() for word in reserved}

    def __call__(self, name: str) -> str:
        """Return the name, with underscores behind it for as long as it is taken.

        Raises:
            ExportError: it has letters that the languages do not know.
        """
        if not IDENTIFIER.fullmatch(name):
            raise ExportError(
                f"{name!r} cannot be written; expected a name of ASCII letters, digits and "
                "underscores that begins with a letter"
            )
        while name.casefold() in self._taken:
            name += "_"
        self._taken.add(name.casefold())
        return name


@dataclass(frozen=True, slots=True)
class Count:
    """What is counted of one resource, for one key or for all, and the places that hold it."""

    resource: AnyResource
    name: str
    """The resource, with the key where keys are told apart."""
    limit: int | None
    """None where no limit is kept: the resource is outside the scope."""
    held_in: tuple[int, ...]
    lowest: int
    """The lowest value that it has before something is found to be wrong."""
    highest: int

    @property
    def about(self) -> str:
        """What it counts, in one sentence."""
        of = "" if self.limit is None else f", at most {self.limit_name} of them"
        return " ".join(f"{self.resource.resource.value}{of}".split())

    @property
    def limit_name(self) -> str:
        """The name of its limit, which is the same for every key."""
        return f"LIMIT_{self.resource.resource.name}"


@dataclass(frozen=True, slots=True)
class Step:
    """Moves of one session that change every state alike."""

    source: int
    target: int
    room: tuple[int, ...]
    """Counts that must be below their limit."""
    full: tuple[int, ...]
    """Counts that must have reached their limit."""
    change: tuple[tuple[int, int], ...]
    """What is added to counts."""
    events: tuple[str, ...] = ()
    whys: tuple[str, ...] = ()

    @property
    def free(self) -> bool:
        """Whether it can be taken whatever the counts are."""
        return not self.room and not self.full


@dataclass(frozen=True)
class System:
    """Everything that an exporter writes."""

    net: Net
    declared_at: str
    sessions: int
    places: tuple[str, ...]
    counts: tuple[Count, ...]
    steps: tuple[Step, ...]

    @property
    def name(self) -> str:
        """The name of the declaration."""
        return self.net.declared.name

    @cached_property
    def limits(self) -> dict[str, int]:
        """The limits that are kept, by name."""
        return {item.limit_name: item.limit for item in self.counts if item.limit is not None}

    @cached_property
    def leaving(self) -> tuple[tuple[Step, ...], ...]:
        """The steps from each place."""
        found: list[list[Step]] = [[] for _ in self.places]
        for step in self.steps:
            found[step.source].append(step)
        return tuple(map(tuple, found))

    @cached_property
    def waiting(self) -> tuple[int, ...]:
        """The places from which no step is always free: a session there may have to wait."""
        return tuple(
            place
            for place, steps in enumerate(self.leaving)
            if place != REST and not any(step.free for step in steps)
        )

    def conditions(self, step: Step) -> Iterator[str]:
        """Yield what must hold of the counts for a step; Promela and Murphi write it alike."""
        for number in step.room:
            yield f"count_{self.counts[number].name} < {self.counts[number].limit_name}"
        for number in step.full:
            yield f"count_{self.counts[number].name} >= {self.counts[number].limit_name}"

    def ways(self, there: str, *, both: str, either: str) -> Iterator[str]:
        """Yield each condition under which a session that has begun can move, place by place.

        Args:
            there: how it is said that a session is in the place `{}`.
            both: what stands between two conditions that must hold.
            either: what stands between two of which one must hold.
        """
        for place, steps in enumerate(self.leaving):
            if place == REST or not steps:
                continue
            here = there.format(self.places[place])
            if place in self.waiting:
                ways = dict.fromkeys(both.join(self.conditions(step)) for step in steps)
                here = f"{here}{both}({either.join(f'({way})' for way in ways)})"
            yield here

    def title(self, step: Step) -> str:
        """Return a step in the names of the declaration."""
        return (
            f"{self.places[step.source]} --{', '.join(step.events)}--> {self.places[step.target]}"
        )

    def story(self, step: Step) -> str:
        """Return a step in the words of the declaration: its rows, and why they are there."""
        return f"{self.title(step)}: {'; '.join(step.whys)}" if step.whys else self.title(step)

    def notice(self, language: str, how: Iterable[str], *, counted: bool) -> Iterator[str]:
        """Yield the lines at the head of a text, without comment marks.

        Args:
            language: what it is written in.
            how: how to ask the tool, and what it answers.
            counted: whether sessions are not told apart.
        """
        form = ", which are not told apart" if counted else ""
        yield f"{self.name} in {language}: {self.net.scope}{form}."
        yield f"Derived from {self.declared_at}; change that instead."
        yield f"Digest of the declaration: sha256 {digest(self.net.declared)}"
        yield "Written by: requite export"
        yield ""
        yield from how


def system_of(net: Net, declared_at: str, reserved: Collection[str]) -> System:
    """Return what exporters write of a net.

    Args:
        net: places, counters and moves.
        declared_at: where the declaration stands, such as "module:name".
        reserved: words that the language or the text keeps for itself.

    Raises:
        ExportError: the number of sessions has no end, or a name cannot be written.
    """
    if net.scope.sessions is None:
        raise ExportError("every number of sessions at once can be said in SMT-LIB alone; name one")
    counts = tuple(_counts(net, net.scope.sessions))
    ours = (f"{word}_{count.name}" for count in counts for word in ("count", "holders"))
    names = Names((*reserved, "SESSIONS", *ours, *(count.limit_name for count in counts)))
    return System(
        net,
        declared_at,
        net.scope.sessions,
        tuple(names(str(place)) for place in net.places),
        counts,
        tuple(_steps(net)),
    )


def wrapped(text: str) -> list[str]:
    """Return the lines of a comment, none of them wide."""
    return wrap(text, 88, break_long_words=False, break_on_hyphens=False)


# --- counts --------------------------------------------------------------------------------------

_Counted: TypeAlias = tuple[AnyResource, str, int | None, tuple[int, ...]]


def _outside(net: Net) -> tuple[AnyResource, ...]:
    """Return the resources whose limit is not kept."""
    kept = {counter.resource.resource for counter in net.counters}
    return tuple(item for item in net.declared.resources if item.resource not in kept)


def _counts(net: Net, sessions: int) -> Iterator[Count]:
    changes: dict[int, list[int]] = {}
    for move in net.moves:
        for number, change in _changes(net, move):
            changes.setdefault(number, [0]).append(change)
    names = Names(())
    for number, (resource, name, limit, held_in) in enumerate((*_kept(net), *_not_kept(net))):
        by = changes.get(number, [0])
        most = sessions if limit is None else limit
        yield Count(resource, names(name), limit, held_in, min(by), most + max(by))


def _kept(net: Net) -> Iterator[_Counted]:
    holds = [net.holds(place) for place in range(len(net.places))]
    for number, counter in enumerate(net.counters):
        held_in = tuple(place for place, held in enumerate(holds) if number in held)
        yield counter.resource, str(counter), counter.limit, held_in


def _not_kept(net: Net) -> Iterator[_Counted]:
    for resource in _outside(net):
        held_in = (n for n, place in enumerate(net.places) if place.state in resource.held_in)
        yield resource, resource.resource.name, None, tuple(held_in)


def _changes(net: Net, move: Move) -> tuple[tuple[int, int], ...]:
    """Return what a move adds to each count, those outside the scope included."""
    outside = (
        (number, _change(net, move, resource))
        for number, resource in enumerate(_outside(net), len(net.counters))
    )
    return (*move.change, *((number, change) for number, change in outside if change))


def _change(net: Net, move: Move, resource: AnyResource) -> int:
    if move.edge is None:
        return -int(net.places[move.source].state in resource.held_in)
    taken = int(move.edge.event in resource.taken_by)
    return taken - move.edge.effects.count(resource.given_back_by)


# --- steps ---------------------------------------------------------------------------------------


def _steps(net: Net) -> Iterator[Step]:
    alike: dict[Step, list[Move]] = {}
    for move in net.moves:
        change = _changes(net, move)
        if move.source == move.target == REST and not change:
            continue  # A session that rests goes on resting: nobody has moved.
        room = tuple(dict.fromkeys(number for number, _ in move.room))
        step = Step(move.source, move.target, room, move.full, change)
        alike.setdefault(step, []).append(move)
    for step, moves in alike.items():
        events = (CRASHED if move.edge is None else move.edge.event.name for move in moves)
        whys = (move.edge.why for move in moves if move.edge is not None)
        yield replace(step, events=tuple(dict.fromkeys(events)), whys=tuple(dict.fromkeys(whys)))
