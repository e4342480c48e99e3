"""What a small exploration finds of a mutant: a shortest way to what must not be.

Decides how small: one session, then two, then three with a limit of two; two keys. What is found
with few sessions is found with more, so the first that finds something is enough. Two claims are
asked: *always*, each count is the number of its holders and no more than its limit; *sometimes*,
each row is taken, because a limit that lets nobody in breaks nothing else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from requite.model.declaration import AnyDeclaration, AnyEdge, AnyResource, Per
from requite.model.explore.net import REST, Move, Net, net_of
from requite.model.explore.scope import scope_of
from requite.model.explore.search import Budget, search
from requite.model.explore.spaces import CountedSpace
from requite.model.explore.story import told
from requite.model.explore.traces import trace
from requite.model.mutate.kinds import MeaningMutant, RowMutant

__all__ = ("SIZES", "Explored", "Exploring", "Found", "explored")

SIZES: Final = ((1, 1), (2, 1), (3, 2))
"""Sessions and limit of each exploration, in the order in which they are tried."""
KEYS: Final = 2
STATES_MAX: Final = 500_000
"""What a search may find before it is given up: a hundred times what any of our own finds."""


@dataclass(frozen=True, slots=True)
class Found:
    """What an exploration found."""

    sessions: int
    limit: int
    says: str
    """What is wrong, in one sentence."""
    trace: tuple[str, ...] = ()
    """A shortest way to it; empty where it is something that never happens."""

    def __str__(self) -> str:
        sessions = "1 session" if self.sessions == 1 else f"{self.sessions} sessions"
        steps = f" after {len(self.trace)} steps" if self.trace else ""
        return f"{self.says}{steps} ({sessions}, limit {self.limit})"


@dataclass(frozen=True, slots=True)
class Explored:
    """What one search of one net saw."""

    broken: Found | None
    """What must never be and was found, if anything."""
    finished: bool
    states: frozenset[int]
    taken: tuple[AnyEdge, ...]
    """The rows that were taken, in the order of the declaration."""


class Exploring:
    """The explorations of a declaration's mutants."""

    def __init__(self, declared: AnyDeclaration) -> None:
        self._declared = declared
        self._net = cache(self._net_of)
        self._sound = cache(self._explored)
        self._blocks = any(True for _ in _may_block(declared))

    def of_meaning(self, mutant: MeaningMutant) -> Found | None:
        """Return what is found of a fault of meaning, if anything."""
        for size in SIZES:
            net, faulty = self._nets(mutant, size)
            if faulty is net:
                continue
            seen = explored(faulty, size)
            if found := seen.broken or self._never(seen, mutant, size):
                return found
        return None

    def _never(self, seen: Explored, mutant: MeaningMutant, size: tuple[int, int]) -> Found | None:
        """Return a row that is taken of a sound net and never of the faulty one, if one is."""
        if not seen.finished:
            return None
        taken = {id(row) for row in seen.taken}
        sound = self._sound(_resources(mutant), size)
        never = next((row for row in sound.taken if id(row) not in taken), None)
        return None if never is None else Found(*size, f"{never} is never taken")

    def lives_because(self, mutant: MeaningMutant) -> str | None:
        """Say why a fault of meaning need not be found, if it changes nothing that can be seen."""
        nets = [(size, *self._nets(mutant, size)) for size in SIZES]
        name = mutant.resource.resource.name
        if all(net is faulty for _, net, faulty in nets):
            return f"it changes nothing that {name} does here"
        if all(self._same_states(mutant, *item) for item in nets):
            most = max(sessions for sessions, _ in SIZES)
            return f"{name} is never in such a state: {most} sessions reach the same ones as before"
        return None

    def _same_states(
        self, mutant: MeaningMutant, size: tuple[int, int], net: Net, faulty: Net
    ) -> bool:
        if (net.places, net.counters) != (faulty.places, faulty.counters):
            return False
        seen, sound = explored(faulty, size), self._sound(_resources(mutant), size)
        return seen.finished and sound.finished and seen.states == sound.states

    def of_row(self, mutant: RowMutant) -> Found | None:
        """Return what is found of a row that keeps every rule.

        Its balance is proved for every number of sessions, and whatever takes asks for room. What
        is left is that nobody can move, and that needs a state with no row that is always free:
        only a row that is missing can make one.
        """
        if mutant.instead is not None and not self._blocks:
            return None
        declared = mutant.of(self._declared)
        return self._stuck(declared) if any(True for _ in _may_block(declared)) else None

    def _stuck(self, declared: AnyDeclaration) -> Found | None:
        shared = [item.resource for item in declared.resources if item.per is not Per.SESSION]
        scope = scope_of(
            declared, sessions=2, accounts=KEYS, limit=1, resources=shared, crash=False
        )
        return explored(net_of(declared, scope), (2, 1)).broken

    def of_the_declaration(self) -> Found | None:
        """Return what is found of the declaration itself, where nothing may be found."""
        if self._blocks and (found := self._stuck(self._declared)):
            return found
        for resource in self._declared.resources:
            for size in SIZES if resource.per is not Per.SESSION else ():
                if found := self._sound((resource,), size).broken:
                    return found
        return None

    def _nets(self, mutant: MeaningMutant, size: tuple[int, int]) -> tuple[Net, Net]:
        net = self._net(_resources(mutant), size[1])
        return net, mutant.becomes(net)

    def _explored(self, resources: tuple[AnyResource, ...], size: tuple[int, int]) -> Explored:
        return explored(self._net(resources, size[1]), size)

    def _net_of(self, resources: tuple[AnyResource, ...], limit: int) -> Net:
        names = [item.resource for item in resources]
        scope = scope_of(self._declared, sessions=None, accounts=KEYS, limit=limit, resources=names)
        return net_of(self._declared, scope)


def _resources(mutant: MeaningMutant) -> tuple[AnyResource, ...]:
    beside = () if mutant.beside is None else (mutant.beside,)
    return (mutant.resource, *beside)


def _may_block(declared: AnyDeclaration) -> Iterator[object]:
    """Yield each state that a session may have to stay in until others give something back."""
    rows: dict[object, list[AnyEdge]] = {}
    for edge in declared.edges:
        rows.setdefault(edge.source, []).append(edge)
    shared = [item for item in declared.resources if item.per is not Per.SESSION]
    for state, leaving in rows.items():
        if state is not declared.initial and all(
            edge.guard is not None or any(edge.event in item.taken_by for item in shared)
            for edge in leaving
        ):
            yield state


# --- one net -------------------------------------------------------------------------------------


def explored(net: Net, size: tuple[int, int]) -> Explored:
    """Search a net for so many sessions; the limit of the size is that of the net."""
    sessions, limit = size
    space = CountedSpace(net, sessions)
    searched = search(space, Budget(states=STATES_MAX))
    rows = {
        id(move.edge)
        for jumps in space.jumps
        for jump in jumps
        if jump.taken
        for move in jump.moves
    }
    taken = tuple(row for row in net.declared.edges if id(row) in rows)
    states = frozenset(state for layer in searched.layers for state in layer)
    broken = None
    if searched.breach is not None:
        moves = [move for _, move in trace(space, searched.layers, searched.breach)]
        says = _says(net, moves) if searched.breach.jump else "nobody can move any more"
        broken = Found(sessions, limit, says, tuple(_steps(net, moves)))
    finished = searched.breach is None and searched.stopped is None
    return Explored(broken, finished, states, taken)


def _says(net: Net, moves: Sequence[Move]) -> str:
    """Say what the last of some moves breaks."""
    if moves[-1].unbalanced:
        return str(moves[-1].unbalanced[0])
    counted = dict.fromkeys(range(len(net.counters)), 0)
    for move in moves:
        for number, by in move.change:
            counted[number] += by
    over = next(n for n, count in counted.items() if count > net.counters[n].limit)
    return f"the count of {net.counters[over]} is {counted[over]}, over its limit"


def _steps(net: Net, moves: Sequence[Move]) -> Iterator[str]:
    """Yield each move in words, with the number of the session that makes it."""
    of_sessions = [move for move in moves if not _is_outside(move)]
    steps = iter(told(net, [(None, move) for move in of_sessions], "").steps)
    for move in moves:
        if _is_outside(move):
            yield "the fault happens"
        else:
            yield f"session {next(steps).session}: {_told(net, move)}"


def _is_outside(move: Move) -> bool:
    """Say whether a move is none of a session's."""
    return move.source == move.target == REST


def _told(net: Net, move: Move) -> str:
    where = net.places[move.source].state
    if move.edge is None:
        return f"{where.name} {'crashes' if move.target == REST else 'meets the fault'}"
    if move.edge.source is not where:
        return f"{where.name} --{move.edge.event.name}--> once more"
    return str(move.edge)
