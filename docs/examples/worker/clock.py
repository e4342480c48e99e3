"""Time, for whoever needs to wait for it: the event loop's own, or a clock that is moved by hand.

Decides when what was to happen later happens. With a clock that is moved by hand a story of hours
is told in no time, and always in the same order.
"""

import heapq
from collections.abc import Callable
from itertools import count
from typing import Protocol

__all__ = ("Bell", "Clock", "HandClock")


class Bell(Protocol):
    """Something that happens later, unless it is cancelled."""

    def cancel(self) -> None:
        """Do not happen."""
        ...


class Clock(Protocol):
    """What tells the time; an asyncio event loop is one."""

    def time(self) -> float:
        """Return the seconds since some moment."""
        ...

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Bell:
        """Call something after so many seconds."""
        ...


class _HandBell:
    def __init__(self, clock: "HandClock", number: int) -> None:
        self._clock = clock
        self._number = number

    def cancel(self) -> None:
        self._clock.bells.pop(self._number, None)


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.bells: dict[int, Callable[[], object]] = {}
        self._now = 0.0
        self._due: list[tuple[float, int]] = []
        self._numbers = count()

    def time(self) -> float:
        """Return the seconds since the clock was made."""
        return self._now

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Bell:
        """Call something when the clock has been moved so far."""
        number = next(self._numbers)
        self.bells[number] = callback
        heapq.heappush(self._due, (self._now + delay, number))
        return _HandBell(self, number)

    def advance(self, seconds: float) -> None:
        """Let time pass: whatever is due happens, in order."""
        end = self._now + seconds
        while self._due and self._due[0][0] <= end:
            self._now, number = heapq.heappop(self._due)
            callback = self.bells.pop(number, None)
            if callback is not None:
                callback()
        self._now = end
