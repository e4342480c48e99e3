"""Whether a session can stay somewhere for ever, for every number of sessions: a look at its graph.

Decides *eventually* under weak fairness: what can go on happening to a session without a pause
happens some day. Each request is answered by one of its completions, and each event that is named
as fair comes. A session stays for ever only in a part of its own graph that fairness does not
force it to leave; where there is none, it leaves, whatever the others do (Lamport, The temporal
logic of actions, 1994, rule WF1).
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from requite.model.explore.graph import components
from requite.model.explore.net import REST, Move, Net

__all__ = ("Fairness", "Trap", "fairness_of", "trap_in", "way_to")


@dataclass(frozen=True, slots=True)
class Fairness:
    """Events of which one comes, when one of them could come all the time."""

    about: str
    events: frozenset[Enum]


@dataclass(frozen=True, slots=True)
class Trap:
    """Places that a session need never leave, and how it goes round in them."""

    places: frozenset[int]
    loop: tuple[Move, ...]
    """A way round; empty where the session just stays."""

    @property
    def first(self) -> int:
        """The place where the way round begins."""
        return self.loop[0].source if self.loop else min(self.places)


def fairness_of(net: Net, fair: Iterable[Enum]) -> tuple[Fairness, ...]:
    """Return the fairness of a net: of each request's answer, and of each event that is named."""
    return (
        *(
            Fairness(f"{request.effect.name} is answered", frozenset(request.completions))
            for request in net.declared.requests
        ),
        *(Fairness(f"{event.name} comes", frozenset({event})) for event in fair),
    )


def trap_in(
    net: Net, inside: Callable[[int], bool], fairness: Sequence[Fairness], *, alone: bool
) -> Trap | None:
    """Return where a session can stay for ever among some places, if anywhere.

    Args:
        net: the places and moves.
        inside: which places are meant.
        fairness: what surely comes.
        alone: whether a move that has to wait for others counts as one that can be taken. If so, a
            trap is one that others have no part in; if not, no trap at all is a proof.
    """
    among = [place for place in range(len(net.places)) if inside(place)]
    moves: dict[int, list[Move]] = {place: [] for place in among}
    for move in net.moves:
        if move.source in moves and move.edge is not None:
            moves[move.source].append(move)
    within = {
        place: [move for move in moves[place] if move.target in moves and move.source != REST]
        for place in among
    }
    for part in components({p: [move.target for move in within[p]] for p in among}):
        steps = [move for place in part for move in within[place] if move.target in part]
        witnesses = [_witness(net, part, moves, steps, fair, alone=alone) for fair in fairness]
        if all(witness is not None for witness in witnesses):
            return Trap(frozenset(part), _round(part, steps, [w for w in witnesses if w]))
    return None


def _witness(  # noqa: PLR0913 - one part of the question each; asked in one place.
    net: Net,
    part: Collection[int],
    moves: dict[int, list[Move]],
    steps: Iterable[Move],
    fair: Fairness,
    *,
    alone: bool,
) -> tuple[int, Move | None] | None:
    """Return why fairness does not force a session out: where it asks nothing, or a move within."""
    for place in sorted(part):
        coming = [move for move in moves[place] if _event(move) in fair.events]
        if not coming if alone else not net.always_free(coming):
            return place, None
    for move in steps:
        if _event(move) in fair.events:
            return move.source, move
    return None


def _event(move: Move) -> Enum | None:
    return None if move.edge is None else move.edge.event


def _round(
    part: Collection[int], steps: Sequence[Move], witnesses: Sequence[tuple[int, Move | None]]
) -> tuple[Move, ...]:
    """Return a way round a strongly connected part that passes every witness."""
    if not steps:
        return ()
    begin = here = min(part)
    way: list[Move] = []
    for place, move in witnesses:
        way += way_to(here, {place}, steps)
        here = place
        if move is not None:
            way.append(move)
            here = move.target
    if not way:
        way = [next(move for move in steps if move.source == begin)]
        here = way[-1].target
    return (*way, *way_to(here, {begin}, steps))


def way_to(source: int, targets: Collection[int], moves: Iterable[Move]) -> list[Move]:
    """Return a shortest way of one session over some moves; one that has to be there.

    Raises:
        LookupError: there is none.
    """
    leaving: dict[int, list[Move]] = {}
    for move in moves:
        leaving.setdefault(move.source, []).append(move)
    ways: dict[int, list[Move]] = {source: []}
    todo = deque([source])
    while todo:
        place = todo.popleft()
        if place in targets:
            return ways[place]
        for move in leaving.get(place, ()):
            if move.target not in ways:
                ways[move.target] = [*ways[place], move]
                todo.append(move.target)
    raise LookupError(f"no way leads from place {source} to any of {sorted(targets)}")
