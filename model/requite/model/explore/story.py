"""A trace told: who did what, and what was held before and after.

Decides what a counterexample is made of: steps of named sessions, each with the row that it took.
Refuses to decide how it looks: texts, diagrams and files are made elsewhere from these values.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from requite.model.declaration import AnyDeclaration, Reply
from requite.model.explore.net import REST, Counter, Move, Net
from requite.model.explore.scope import Scope

__all__ = ("CRASHED", "Book", "Step", "Story", "told")

CRASHED = "CRASHED"
"""The name of the event that a session's process dies, which no declaration has."""


@dataclass(frozen=True, slots=True)
class Book:
    """What one counter says, and how many sessions really hold what it counts."""

    counter: Counter
    counted: int
    holders: int

    def __str__(self) -> str:
        return f"{self.counter}: {self.counted} counted, {self.holders} held"


@dataclass(frozen=True, slots=True)
class Step:
    """One session takes one row."""

    session: int
    """Its number, from 1; sessions that are over are not numbered again."""
    move: Move
    event: str
    source: str
    target: str
    effects: tuple[str, ...]
    """What the row owes: names of effects, and replies in quotes."""
    keys: tuple[str, ...]
    """The keys that the row is about, such as "ACCOUNT 1"."""
    before: tuple[Book, ...]
    """The books of every counter before the step."""
    after: tuple[Book, ...]

    @property
    def changed(self) -> tuple[Book, ...]:
        """The books that the step has changed, as they are afterwards."""
        return tuple(new for old, new in zip(self.before, self.after, strict=True) if old != new)


@dataclass(frozen=True, slots=True)
class Story:
    """A shortest way to something that must not be, or a way that never ends."""

    declared: AnyDeclaration
    scope: Scope
    steps: tuple[Step, ...]
    says: str
    """What is wrong after the last step, in one sentence."""
    again_from: int | None = None
    """For a way that never ends: the number of the step with which it begins anew."""

    @property
    def sessions(self) -> int:
        """How many sessions take part."""
        return max((step.session for step in self.steps), default=0)


def told(
    net: Net, moves: Sequence[tuple[int | None, Move]], says: str, *, again_from: int | None = None
) -> Story:
    """Return the story of a trace.

    Args:
        net: what the moves are of.
        moves: who moves and how; None where sessions are not told apart: any that can will do.
        says: what is wrong after the last of them.
        again_from: for a way that never ends, where it begins anew.
    """
    telling = _Telling(net)
    steps = tuple(telling.step(who, move) for who, move in moves)
    return Story(net.declared, net.scope, steps, says, again_from)


class _Telling:
    """The books while a story is told."""

    def __init__(self, net: Net) -> None:
        self._net = net
        self._counts = [0] * len(net.counters)
        self._places: list[int] = []
        self._names: dict[int, int] = {}
        self._last = 0

    def step(self, who: int | None, move: Move) -> Step:
        session = self._session(who, move)
        before = self._books()
        for counter, change in move.change:
            self._counts[counter] += change
        self._places[session] = move.target
        self._last = session
        edge = move.edge
        source = self._net.places[move.source].state.name
        return Step(
            session=session + 1,
            move=move,
            event=CRASHED if edge is None else edge.event.name,
            source=source,
            target=source if edge is None and move.source == REST else self._target(move),
            effects=() if edge is None else tuple(map(_effect, edge.effects)),
            keys=tuple(self._keys(move)),
            before=before,
            after=self._books(),
        )

    def _target(self, move: Move) -> str:
        if move.edge is None:
            return str(self._net.declared.final[0].name)
        return str(move.edge.target.name)

    def _keys(self, move: Move) -> Iterable[str]:
        for name, key in zip(self._net.classes, move.keys, strict=True):
            if key:
                yield f"{name.name} {key}"

    def _session(self, who: int | None, move: Move) -> int:
        """Return which session moves: the one named, or the one that moved last if it can."""
        if who is None:
            if move.source == REST:
                return self._begins()
            can = [n for n, place in enumerate(self._places) if place == move.source]
            return self._last if self._last in can else can[0]
        if move.source == REST or who not in self._names:
            self._names[who] = self._begins()
        return self._names[who]

    def _begins(self) -> int:
        self._places.append(REST)
        return len(self._places) - 1

    def _books(self) -> tuple[Book, ...]:
        holders = [0] * len(self._counts)
        for place in self._places:
            for counter in self._net.holds(place):
                holders[counter] += 1
        return tuple(
            Book(*row) for row in zip(self._net.counters, self._counts, holders, strict=True)
        )


def _effect(effect: object) -> str:
    return repr(effect.text) if isinstance(effect, Reply) else str(getattr(effect, "name", effect))
