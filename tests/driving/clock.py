"""Time that passes when a test says so."""

import heapq
from collections.abc import Callable
from itertools import count

__all__ = ("ManualClock",)


class Bell:
    """Something that rings at a moment, unless it is cancelled."""

    def __init__(self, clock: "ManualClock", number: int) -> None:
        self._clock = clock
        self.number = number

    def cancel(self) -> None:
        """Do not ring."""
        self._clock.bells.pop(self.number, None)


class ManualClock:
    """A clock for `Server(clock=...)` that stands still until it is moved."""

    def __init__(self) -> None:
        self._now = 1_000.0
        self._due: list[tuple[float, int]] = []
        self._numbers = count()
        self.bells: dict[int, Callable[[], object]] = {}

    def time(self) -> float:
        """Return the seconds since some moment."""
        return self._now

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Bell:
        """Ring after so many seconds."""
        bell = Bell(self, next(self._numbers))
        self.bells[bell.number] = callback
        heapq.heappush(self._due, (self._now + delay, bell.number))
        return bell

    def advance(self, seconds: float) -> None:
        """Let time pass, and ring what is due, in order."""
        end = self._now + seconds
        while self._due and self._due[0][0] <= end:
            moment, number = heapq.heappop(self._due)
            self._now = max(self._now, moment)
            callback = self.bells.pop(number, None)
            if callback is not None:
                callback()
        self._now = end
