"""What a small exploration finds of a mutant: a shortest way to what must not be.

Decides how small: one session, then two, then three with a limit of two; two keys. What is found
with few sessions is found with more, so the first that finds something is enough. Two claims are
asked: *always*, each count is the number of its holders and no more than its limit; *sometimes*,
each limit is reached, because a limit that lets nobody in breaks nothing else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from requite.model.declaration import AnyDeclaration, AnyEdge, AnyResource, Per
from requite.model.explore.jumps import fields_of
from requite.model.explore.net import REST, Move, Net, net_of
from requite.model.explore.scope import scope_of
from requite.model.explore.search import Budget, Searched, search
from requite.model.explore.spaces import CountedSpace
from requite.model.mutate.kinds import MeaningMutant, RowMutant

__all__ = ("SIZES", "Exploring", "Found", "found_in")

SIZES: Final = ((1, 1), (2, 1), (3, 2))
"""Sessions and limit of each exploration, in the order in which they are tried."""
KEYS: Final = 2


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


class Exploring:
    """The explorations of a declaration's mutants."""

    def __init__(self, declared: AnyDeclaration) -> None:
        self._declared = declared
        self._net = cache(self._net_of)

    def changes(self, mutant: MeaningMutant) -> bool:
        """Say whether a fault changes any move in any of the scopes."""
        return any(mutant.becomes(net) is not net for _, net in self._sizes(mutant))

    def of_meaning(self, mutant: MeaningMutant) -> Found | None:
        """Return what is found of a fault of meaning, if anything."""
        for sessions, net in self._sizes(mutant):
            faulty = mutant.becomes(net)
            if faulty is not net and (found := found_in(faulty, sessions)):
                return found
        return None

    def of_row(self, mutant: RowMutant) -> Found | None:
        """Return what is found of a row that keeps every rule.

        Its balance is proved for every number of sessions, and whatever takes asks for room. What
        is left is that nobody can move, and that needs a state with no row that is always free.
        """
        declared = mutant.of(self._declared)
        if not any(_may_block(declared)):
            return None
        scope = scope_of(declared, sessions=2, accounts=KEYS, limit=1, crash=False)
        return found_in(net_of(declared, scope), sessions=2)

    def of_the_declaration(self) -> Found | None:
        """Return what is found of the declaration itself, where nothing may be found."""
        for resource in self._declared.resources:
            for sessions, limit in SIZES if resource.per is not Per.SESSION else ():
                if found := found_in(self._net((resource,), limit), sessions):
                    return found
        return None

    def _sizes(self, mutant: MeaningMutant) -> Iterator[tuple[int, Net]]:
        beside = () if mutant.beside is None else (mutant.beside,)
        for sessions, limit in SIZES:
            yield sessions, self._net((mutant.resource, *beside), limit)

    def _net_of(self, resources: tuple[AnyResource, ...], limit: int) -> Net:
        names = [item.resource for item in resources]
        scope = scope_of(self._declared, sessions=None, accounts=KEYS, limit=limit, resources=names)
        return net_of(self._declared, scope)


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


def found_in(net: Net, sessions: int) -> Found | None:
    """Return what is wrong with a net for so many sessions, if anything is."""
    space = CountedSpace(net, sessions)
    searched = search(space, Budget())
    limit = max((item.limit for item in net.scope.limits), default=0)
    if searched.breach is None:
        never = next(_never_full(net, sessions, searched), None)
        return None if never is None else Found(sessions, limit, never)
    trace = _trace(space, searched)
    says = _says(net, trace) if searched.breach.jump else "nobody can move"
    return Found(sessions, limit, says, tuple(_told(net, move) for move in trace))


def _never_full(net: Net, sessions: int, searched: Searched) -> Iterator[str]:
    """Yield what is wrong with each count that never reaches the limit of the scope."""
    limits = {item.resource.resource: item.limit for item in net.scope.limits}
    fields = fields_of(net, len(net.places) * sessions.bit_length())
    for counter, (shift, mask) in zip(net.counters, fields, strict=True):
        limit = limits[counter.resource.resource]
        if not any(
            (state >> shift) & mask >= limit for layer in searched.layers for state in layer
        ):
            yield f"the count of {counter} never reaches its limit"


def _trace(space: CountedSpace, searched: Searched) -> list[Move]:
    """Return the moves to a breach, the breaking one last."""
    breach = searched.breach
    if breach is None:
        return []
    state = breach.state
    moves = [] if breach.jump is None else [breach.jump.moves[0]]
    for layer in reversed(searched.layers[:-1]):
        known = set(layer)
        state, _, jump = next(step for step in space.before(state) if step[0] in known)
        moves.append(jump.moves[0])
    return moves[::-1]


def _says(net: Net, trace: Sequence[Move]) -> str:
    last = trace[-1]
    if last.unbalanced:
        return str(last.unbalanced[0])
    counted = dict.fromkeys(range(len(net.counters)), 0)
    for move in trace:
        for number, by in move.change:
            counted[number] += by
    over = next(n for n, count in counted.items() if count > net.counters[n].limit)
    return f"the count of {net.counters[over]} is {counted[over]}, over its limit"


def _told(net: Net, move: Move) -> str:
    where = net.places[move.source].state.name
    if move.edge is not None and move.edge.source is not net.places[move.source].state:
        return f"{where}: {move.edge.event.name} once more"
    if move.edge is not None:
        return str(move.edge)
    if move.source != REST and move.target == REST:
        return f"{where} --CRASHED"
    return f"{where}: the fault happens"
