"""One deadline that is cheap to move.

Decides when to ask the clock: a deadline that moves away is only written down, so that a session
that is busy does not make and cancel a timer with each command.
"""

from collections.abc import Callable

from requite.pop3.shell.surroundings import Clock, Handle

__all__ = ("Alarm", "nobody")


def nobody() -> None:
    """Stand for who is called no more."""


class Alarm:
    """Calls back once, when its deadline has passed."""

    __slots__ = ("_clock", "_deadline", "_due", "_handle", "_ring")

    def __init__(self, clock: Clock, ring: Callable[[], None]) -> None:
        self._clock = clock
        self._ring = ring
        self._deadline: float | None = None
        self._handle: Handle | None = None
        self._due = 0.0
        """When the handle calls."""

    def start(self, delay_s: float) -> None:
        """Set the deadline anew."""
        deadline = self._clock.time() + delay_s
        if self._handle is None or deadline < self._due:
            self.start_at(deadline)
        else:
            self._deadline = deadline

    def start_at(self, deadline: float) -> None:
        """Set the deadline to a moment of the clock."""
        self._deadline = deadline
        if self._handle is not None and deadline < self._due:
            self._handle.cancel()
            self._handle = None
        if self._handle is None:
            self._wait(deadline)

    def stop(self) -> None:
        """Have no deadline, for now."""
        self._deadline = None

    def close(self) -> None:
        """Have no deadline any more, leave nothing with the clock, and let go of who was called."""
        self._deadline = None
        self._ring = nobody
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _wait(self, deadline: float) -> None:
        self._due = deadline
        self._handle = self._clock.call_later(max(0.0, deadline - self._clock.time()), self._look)

    def _look(self) -> None:
        self._handle = None
        if self._deadline is None:
            return
        if self._clock.time() < self._deadline:
            self._wait(self._deadline)
            return
        self._deadline = None
        self._ring()
