"""Whether something can last for ever among so many named sessions: a look at the whole graph.

Decides *eventually* where sessions wait for each other, so that the graph of one does not tell. A
run that never ends goes round in a strongly connected part of the space; weak fairness forbids
it, unless for each session and each fairness the part has a state that asks nothing of it, or a
move that is what it asks for (Lichtenstein and Pnueli, 1985).
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from requite.model.explore.fairness import Fairness
from requite.model.explore.graph import components
from requite.model.explore.jumps import Jump
from requite.model.explore.net import REST, Move
from requite.model.explore.search import Budget
from requite.model.explore.spaces import PlainSpace, blocked

__all__ = ("Lasso", "lasso_in")

LOOK_EVERY: Final = 1_000
"""States between two looks at the budget: some hundredths of a second of work."""


@dataclass(frozen=True, slots=True)
class Lasso:
    """A way that leads to a loop: who moves, and how."""

    stem: tuple[tuple[int, Move], ...]
    loop: tuple[tuple[int, Move], ...]
    """Empty where nothing need move any more."""


@dataclass(frozen=True, slots=True)
class _Arc:
    source: int
    target: int
    slot: int
    jump: Jump


def lasso_in(
    space: PlainSpace,
    lasts: Callable[[int], bool],
    fairness: Sequence[Fairness],
    *,
    states_max: int,
    budget: Budget,
) -> Lasso | None:
    """Return a fair run after which something lasts for ever, if there is one.

    Args:
        space: named sessions.
        lasts: whether it holds in a packed state.
        fairness: what surely comes, for each session.
        states_max: how many states may be built.
        budget: what it may use.

    Raises:
        OverflowError: the space has more states than that, or the budget is used up.
    """
    graph = _graph(space, states_max, budget)
    lasting = {state: arcs for state, arcs in graph.items() if lasts(state)}
    within = {
        state: [arc for arc in arcs if arc.target in lasting] for state, arcs in lasting.items()
    }
    found: tuple[int, list[int | _Arc], list[_Arc]] | None = None
    order = {state: number for number, state in enumerate(_ways(space.start, graph))}
    for part in components({s: [arc.target for arc in arcs] for s, arcs in within.items()}):
        begin = min(part, key=order.__getitem__)
        if found is not None and order[found[0]] < order[begin]:
            continue
        arcs = [arc for state in part for arc in within[state] if arc.target in part]
        witnesses = _witnesses(space, [begin, *part], arcs, fairness)
        if witnesses is not None:
            found = begin, witnesses, arcs
    if found is None:
        return None
    begin, witnesses, arcs = found
    stem = _way(space.start, begin, graph)
    return Lasso(_moves(stem, fairness), _moves(_round(begin, arcs, witnesses), fairness))


def _graph(space: PlainSpace, states_max: int, budget: Budget) -> dict[int, list[_Arc]]:
    began = time.monotonic()
    graph: dict[int, list[_Arc]] = {}
    todo = [space.start]
    while todo:
        state = todo.pop()
        if state in graph:
            continue
        if len(graph) >= states_max:
            raise OverflowError(f"there are more than {states_max:,} states")
        if len(graph) % LOOK_EVERY == 0 and (why := budget.spent(time.monotonic() - began)):
            raise OverflowError(why)
        graph[state] = [_Arc(state, *rest) for rest in space.after(state)]
        todo += [arc.target for arc in graph[state]]
    return graph


def _asked(arc: _Arc, fair: Fairness) -> bool:
    return any(m.edge is not None and m.edge.event in fair.events for m in arc.jump.moves)


def _asks_nothing(space: PlainSpace, state: int, slot: int, fair: Fairness) -> bool:
    """Say whether fairness asks nothing of a session; of one that has not begun it never does."""
    place = space.places_of(state)[slot]
    return place == REST or blocked(
        space.jumps[place], lambda jump: jump.enabled([state]), fair.events
    )


def _witnesses(
    space: PlainSpace,
    part: Iterable[int],
    arcs: Sequence[_Arc],
    fairness: Sequence[Fairness],
) -> list[int | _Arc] | None:
    """Return why each fairness of each session allows the part, or None if one forbids it."""
    witnesses: list[int | _Arc] = []
    for slot in range(space.sessions):
        for fair in fairness:
            witness: int | _Arc | None = next(
                (state for state in part if _asks_nothing(space, state, slot, fair)),
                None,
            )
            if witness is None:
                witness = next((a for a in arcs if a.slot == slot and _asked(a, fair)), None)
            if witness is None:
                return None
            witnesses.append(witness)
    return witnesses


def _round(begin: int, arcs: Sequence[_Arc], witnesses: Sequence[int | _Arc]) -> list[_Arc]:
    if all(witness == begin for witness in witnesses):
        return []
    leaving: dict[int, list[_Arc]] = {}
    for arc in arcs:
        leaving.setdefault(arc.source, []).append(arc)
    here = begin
    way: list[_Arc] = []
    for witness in witnesses:
        if isinstance(witness, int):
            passed, goal = witness in {here, *(arc.source for arc in way)}, witness
        else:
            passed, goal = witness in way, witness.source
        if passed:
            continue
        way += _way(here, goal, leaving)
        here = goal
        if isinstance(witness, _Arc):
            way.append(witness)
            here = witness.target
    return [*way, *_way(here, begin, leaving)]


def _ways(source: int, graph: dict[int, list[_Arc]]) -> dict[int, _Arc | None]:
    """Return the last arc of a shortest way to each state, the nearest first."""
    ways: dict[int, _Arc | None] = {source: None}
    todo = deque([source])
    while todo:
        for arc in graph.get(todo.popleft(), ()):
            if arc.target not in ways:
                ways[arc.target] = arc
                todo.append(arc.target)
    return ways


def _way(source: int, target: int, graph: dict[int, list[_Arc]]) -> list[_Arc]:
    ways = _ways(source, graph)
    way: list[_Arc] = []
    last = ways[target]
    while last is not None:
        way.append(last)
        last = ways[last.source]
    return way[::-1]


def _moves(arcs: Sequence[_Arc], fairness: Sequence[Fairness]) -> tuple[tuple[int, Move], ...]:
    """Return who moves and how; of moves that do the same, one that is asked for comes first."""
    wanted = frozenset().union(*(fair.events for fair in fairness))
    return tuple(
        (
            arc.slot,
            next(
                (m for m in arc.jump.moves if m.edge is not None and m.edge.event in wanted),
                arc.jump.moves[0],
            ),
        )
        for arc in arcs
    )
