"""How long one session waits for a maildrop that another one holds.

Decides whether the lock is asked for again or the client is told, and when. Refuses to queue: who
waits asks again, and whoever asks first after the lock is free has it.
"""

from requite.generated.pop3 import Event
from requite.pop3.shell.surroundings import Clock, Settings

__all__ = ("LockWait",)


class LockWait:
    """When a session asks again for a lock, and whether it does."""

    __slots__ = ("_clock", "_deadline", "_settings")

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self._settings = settings
        self._deadline = 0.0

    def begin(self) -> None:
        """Have the whole time, from now on."""
        self._deadline = self._clock.time() + self._settings.lock_s

    def after_busy(self) -> Event:
        """Return whether there is time to ask again."""
        if self._clock.time() < self._deadline:
            return Event.MAILDROP_BUSY
        return Event.MAILDROP_STILL_BUSY

    @property
    def asks_again_at(self) -> float:
        """The moment at which to ask again: for the last time when the time is over."""
        return min(self._clock.time() + self._settings.lock_retry_s, self._deadline)
