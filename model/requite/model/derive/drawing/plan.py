"""What a picture shows of a lifecycle: which rows are one arrow, and what kind of move it is.

Decides by the rows alone. Refuses to know where anything stands.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from requite.model.lifecycle import AnyLifecycle
from requite.model.rules import Row

__all__ = ("Bringer", "Bundle", "Move", "Plan", "Run", "plan_of")


class Bringer(Enum):
    """Who brings an event."""

    PEER = "peer"
    ANSWER = "answer"
    ENVIRONMENT = "environment"


class Move(Enum):
    """What an arrow is to a reader who goes down the main way."""

    STAYS = "the session stays where it is"
    NEXT = "on to the state that stands below"
    FORWARD = "further down, over other states"
    BACK = "up again"
    OUT = "off the main way, to its end or to what only waits for a late answer"


@dataclass(frozen=True, slots=True)
class Bundle:
    """The rows between two states that give back the same: one arrow."""

    source: Enum
    target: Enum
    rows: tuple[Row, ...]
    gives: tuple[Enum, ...]
    held: tuple[Enum, ...]
    """What is held before."""
    move: Move

    @property
    def events(self) -> tuple[Enum, ...]:
        """What happens, in the order of the declaration."""
        return tuple(row.event for row in self.rows)

    @property
    def keeps(self) -> tuple[Enum, ...]:
        """What is held before and is not given back."""
        return tuple(held for held in self.held if held not in self.gives)

    @property
    def gives_what_it_held(self) -> bool:
        """Whether it gives back what was held, and not what a late answer brings."""
        return set(self.gives) <= set(self.held)


@dataclass(frozen=True, slots=True)
class Run:
    """States that stand one below the other and hold a resource."""

    resource: Enum
    states: tuple[Enum, ...]
    taken_on: tuple[Enum, ...]
    """The events that bring it into these states; none where it is only held on."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A lifecycle as its picture shows it."""

    lifecycle: AnyLifecycle
    main: tuple[Enum, ...]
    late: tuple[Enum, ...]
    final: tuple[Enum, ...]
    bundles: tuple[Bundle, ...]
    runs: tuple[Run, ...]

    def leaving(self, state: Enum, *moves: Move) -> tuple[Bundle, ...]:
        """Return the arrows that begin in a state and are moves of these kinds."""
        return tuple(b for b in self.bundles if b.source is state and b.move in moves)

    def bringer(self, event: Enum) -> Bringer:
        """Return who brings an event; the peer does whatever nobody else is declared to bring."""
        if event in self.lifecycle.environment:
            return Bringer.ENVIRONMENT
        answers = any(event in request.completions for request in self.lifecycle.requests)
        return Bringer.ANSWER if answers else Bringer.PEER

    def by_bringer(self, rows: Iterable[Row]) -> Mapping[Bringer, tuple[Row, ...]]:
        """Return rows by who brings their events; only those who bring one."""
        listed = tuple(rows)
        parts = {
            bringer: tuple(row for row in listed if self.bringer(row.event) is bringer)
            for bringer in Bringer
        }
        return {bringer: part for bringer, part in parts.items() if part}

    def sources(self, state: Enum, move: Move) -> tuple[Enum, ...]:
        """Return the states from which a session comes to this one by moves of a kind."""
        found = (b.source for b in self.bundles if b.target is state and b.move is move)
        return tuple(dict.fromkeys(found))


def plan_of(lifecycle: AnyLifecycle) -> Plan:
    """Return what the picture of a lifecycle shows."""
    final = tuple(row.state for row in lifecycle.rows if row.state in lifecycle.final)
    main = tuple(row.state for row in lifecycle.rows if row.main and row.state not in final)
    late = tuple(row.state for row in lifecycle.rows if not row.main and row.state not in final)
    runs = (run for states in (main, late) for run in _runs(lifecycle, states))
    return Plan(lifecycle, main, late, final, _bundles(lifecycle, main), tuple(runs))


def _bundles(lifecycle: AnyLifecycle, main: tuple[Enum, ...]) -> tuple[Bundle, ...]:
    found: dict[tuple[Enum, Enum, tuple[Enum, ...]], list[Row]] = {}
    for edge in lifecycle.edges:
        key = (edge.source, edge.target, tuple(lifecycle.given_back_by(edge)))
        found.setdefault(key, []).append(edge)
    farewells = _farewells(lifecycle, main)
    place = {state: number for number, state in enumerate(main)}
    straight: set[Enum] = set()
    bundles: list[Bundle] = []
    for (source, target, gives), rows in found.items():
        move = _move(source, target, place, farewells)
        if move is Move.NEXT and source in straight:
            move = Move.FORWARD
        if move is Move.NEXT:
            straight.add(source)
        held = tuple(lifecycle.held_in(source))
        bundles.append(Bundle(source, target, tuple(rows), gives, held, move))
    return tuple(bundles)


def _move(source: Enum, target: Enum, place: dict[Enum, int], farewells: tuple[Enum, ...]) -> Move:
    if source is target:
        return Move.STAYS
    if source not in place or target not in place:
        return Move.OUT
    steps = place[target] - place[source]
    if steps == 1:
        return Move.NEXT
    if target in farewells:
        return Move.OUT
    return Move.FORWARD if steps > 0 else Move.BACK


def _farewells(lifecycle: AnyLifecycle, main: tuple[Enum, ...]) -> tuple[Enum, ...]:
    """Return the states that lead to the end only and are entered by giving something back."""
    leads_on = {e.source for e in lifecycle.edges if e.target not in {e.source, *lifecycle.final}}
    entered = {
        e.target for e in lifecycle.edges if e.source is not e.target and lifecycle.given_back_by(e)
    }
    return tuple(s for s in main if s in entered and s not in leads_on)


def _runs(lifecycle: AnyLifecycle, states: tuple[Enum, ...]) -> list[Run]:
    runs: list[Run] = []
    for item in lifecycle.resources:
        streak: list[Enum] = []
        for state in (*states, None):
            if state is not None and state in item.held_in:
                streak.append(state)
            elif streak:
                brought = {
                    e.event
                    for e in lifecycle.edges
                    if e.target in streak
                    and e.source not in item.held_in
                    and e.event in item.taken_by
                }
                taken_on = tuple(e for e in lifecycle.events_in_order if e in brought)
                runs.append(Run(item.resource, tuple(streak), taken_on))
                streak = []
    return runs
