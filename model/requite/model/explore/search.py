"""Breadth first through a space, within a budget, with word of how far it is.

Decides the order, so that the first breach found is a shortest one, and when to stop. Refuses to
say what a breach means: that is the space's and the report's.
"""

import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from requite.model.explore.jumps import Breach
from requite.model.explore.spaces import Space

__all__ = ("Budget", "Layer", "Progress", "Searched", "Watch", "memory_mib", "search")

CHUNK: Final = 20_000
"""States between two looks at the clock: a fraction of a second of work."""
TELL_EVERY_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is."""

    states: int
    """States found."""
    frontier: int
    """States found whose successors are not known yet."""
    depth: int
    """The length of the shortest trace to the states of the frontier, in moves."""
    seconds: float


def _go_on() -> bool:
    return False


def _say_nothing(_: Progress) -> None:
    return


@dataclass(frozen=True, slots=True)
class Budget:
    """What a search may use before it ends unfinished."""

    seconds: float | None = None
    states: int | None = None
    memory_mib: int | None = None
    """The process's largest resident set so far, in MiB."""
    stop: Callable[[], bool] = _go_on
    """Asked now and then; True ends the search unfinished, such as on Ctrl-C."""
    progress: Callable[[Progress], None] = _say_nothing
    """Told how far the search is, about twice a second."""

    def spent(self, seconds: float) -> str | None:
        """Say why what has run for so many seconds must stop, if it must."""
        if self.stop():
            return "it was interrupted"
        if self.seconds is not None and seconds > self.seconds:
            return f"its {self.seconds:g} seconds are used up"
        if self.memory_mib is not None and memory_mib() > self.memory_mib:
            return f"its {self.memory_mib:,} MiB of memory are used up"
        return None


class Layer(Protocol):
    """A set of packed states."""

    def __len__(self) -> int: ...
    def __contains__(self, state: int, /) -> bool: ...
    def __iter__(self) -> Iterator[int]: ...


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search has found."""

    layers: tuple[Layer, ...]
    """The states by the length of the shortest trace to each."""
    breach: Breach | None
    """What breaks an invariant in a state of the last layer, if anything does."""
    stopped: str | None
    """Why the search ended before the space did, if so."""
    seconds: float

    @property
    def states(self) -> int:
        """How many states were found."""
        return sum(map(len, self.layers))


def memory_mib() -> int:
    """Return the largest resident set that this process has had, in MiB."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used // (1024 * 1024 if sys.platform == "darwin" else 1024)


class Watch:
    """The budget of one search while it is used up."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._began = self._told = time.monotonic()

    def stopped(self, states: int, frontier: int, depth: int) -> str | None:
        """Tell how far the search is when it is time to, and say why it must stop, if it must."""
        budget, now = self._budget, time.monotonic()
        if now - self._told >= TELL_EVERY_S:
            self._told = now
            budget.progress(Progress(states, frontier, depth, now - self._began))
        if budget.states is not None and states > budget.states:
            return f"it may find {budget.states:,} states and found more"
        return budget.spent(now - self._began)

    def searched(
        self, layers: Sequence[Layer], breach: Breach | None, stopped: str | None
    ) -> Searched:
        """Return what was found, with the time that it took."""
        return Searched(tuple(layers), breach, stopped, time.monotonic() - self._began)


def search(space: Space, budget: Budget) -> Searched:
    """Find every state of a space, or the first breach, or as much as a budget allows."""
    watch = Watch(budget)
    seen = {space.start}
    layers: list[set[int]] = [{space.start}]
    while True:
        layer, fresh = list(layers[-1]), set[int]()
        for begin in range(0, len(layer), CHUNK):
            frontier = len(layer) - begin + len(fresh)
            if stopped := watch.stopped(len(seen), frontier, len(layers) - 1):
                return watch.searched(layers, None, stopped)
            if breach := space.expand(layer[begin : begin + CHUNK], fresh):
                return watch.searched(layers, breach, None)
        fresh = fresh - seen
        if not fresh:
            return watch.searched(layers, None, None)
        seen |= fresh
        layers.append(fresh)
