"""Breadth first through a space, within a budget, with word of how far it is.

Decides the order, so that the first breach found is a shortest one, and when to stop. Refuses to
say what a breach means: that is the space's and the report's.
"""

import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from requite.model.explore.jumps import Breach
from requite.model.explore.spaces import Space

__all__ = ("Budget", "Progress", "Searched", "memory_mib", "search")

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


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search has found."""

    layers: tuple[Sequence[int], ...]
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


def search(space: Space, budget: Budget) -> Searched:
    """Find every state of a space, or the first breach, or as much as a budget allows."""
    return _Search(space, budget).run()


class _Search:
    def __init__(self, space: Space, budget: Budget) -> None:
        self._space = space
        self._budget = budget
        self._began = self._told = time.monotonic()
        self._layers: list[list[int]] = [[space.start]]
        self._seen = {space.start}

    def run(self) -> Searched:
        breach: Breach | None = None
        stopped: str | None = None
        while self._layers[-1] and breach is None and stopped is None:
            breach, stopped, fresh = self._step(self._layers[-1])
            if breach is None:
                found = fresh - self._seen
                self._seen |= found
                self._layers.append(list(found))
        return Searched(
            tuple(layer for layer in self._layers if layer),
            breach,
            stopped,
            time.monotonic() - self._began,
        )

    def _step(self, layer: list[int]) -> tuple[Breach | None, str | None, set[int]]:
        fresh: set[int] = set()
        for begin in range(0, len(layer), CHUNK):
            if stopped := self._stopped(len(layer) - begin, len(fresh)):
                return None, stopped, fresh
            if breach := self._space.expand(layer[begin : begin + CHUNK], fresh):
                return breach, None, fresh
        return None, None, fresh

    def _stopped(self, frontier: int, fresh: int) -> str | None:
        """Tell how far the search is when it is time to, and say why it must stop, if it must."""
        budget, now = self._budget, time.monotonic()
        states = len(self._seen)
        if now - self._told >= TELL_EVERY_S:
            self._told = now
            budget.progress(
                Progress(states, frontier + fresh, len(self._layers) - 1, now - self._began)
            )
        if budget.states is not None and states > budget.states:
            return f"it may find {budget.states:,} states and found more"
        return budget.spent(now - self._began)
