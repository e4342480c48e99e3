"""What is seen where every number of sessions is covered, shown with a few of them.

Decides how many are tried. A space for every number of sessions adds behaviour, so what it shows
may be nobody's: a breach is told, and a row is called taken, only once so many sessions really do
it.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from requite.model.declaration import AnyEdge
from requite.model.explore.bitmaps import BitmapSpace
from requite.model.explore.net import Net
from requite.model.explore.search import Budget, Searched, search
from requite.model.explore.spaces import CountedSpace, Space

__all__ = ("Few", "few_that_break", "few_that_take", "rows_taken")

STATES_MAX: Final = 200_000
"""What is looked at for a row that nobody seems to take: a second or so for each number."""


@dataclass(frozen=True)
class Few:
    """The space of some number of sessions, and what was found in it."""

    net: Net
    space: CountedSpace
    searched: Searched


def rows_taken(space: Space | BitmapSpace) -> set[AnyEdge]:
    """Return the rows that the search of a space has taken."""
    taken = (move for jumps in space.jumps for jump in jumps if jump.taken for move in jump.moves)
    return {move.edge for move in taken if move.edge is not None}


def few_that_break(net: Net, budget: Budget) -> Few | None:
    """Return the fewest sessions that break an invariant, if so many as could matter do."""
    for sessions in range(1, _most(net) + 1):
        few = _few(net, sessions, budget)
        if few.searched.stopped:
            return None
        if few.searched.breach is not None:
            return few
    return None


def few_that_take(net: Net, rows: Collection[AnyEdge], budget: Budget) -> tuple[int, set[AnyEdge]]:
    """Return how many sessions were tried to take some rows, and which of them were taken."""
    wanted, taken = set(rows), set[AnyEdge]()
    sessions = first = max((counter.limit for counter in net.counters), default=0) + 1
    states = min(STATES_MAX, budget.states or STATES_MAX)
    for sessions in range(first, _most(net) + 1):
        space = _space(net, sessions)
        stop = partial(_enough, space, wanted - taken, budget)
        found = search(space, replace(budget, states=states, stop=stop))
        taken |= rows_taken(space)
        if wanted <= taken or found.stopped:
            break
    return sessions, taken & wanted


def _enough(space: Space, wanted: Collection[AnyEdge], budget: Budget) -> bool:
    return rows_taken(space).issuperset(wanted) or budget.stop()


def _most(net: Net) -> int:
    """Return how many can matter at once: those that hold, one that moves, one that waits."""
    return sum(counter.limit for counter in net.counters) + 2


def _space(net: Net, sessions: int) -> CountedSpace:
    return CountedSpace(replace(net, scope=replace(net.scope, sessions=sessions)), sessions)


def _few(net: Net, sessions: int, budget: Budget) -> Few:
    space = _space(net, sessions)
    return Few(space.net, space, search(space, budget))
