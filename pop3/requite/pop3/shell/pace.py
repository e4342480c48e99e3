"""How fast a client sends the lines that it has begun.

Decides when a client that finishes its lines, but octet by octet, has had its time: a command
begins the idle time anew, and so would one that takes a minute. Only the time counts in which a
line is unfinished, so that whoever sends whole lines may be as silent between them as it likes.
Refuses to decide what becomes of such a client: that is a row of the declaration.
"""

from collections.abc import Callable

from requite.pop3.shell.alarm import Alarm, nobody
from requite.pop3.shell.surroundings import Clock, Settings

__all__ = ("Pace",)


class Pace:
    """Looks at the lines of one connection, in windows of `write_s`.

    Args:
        settings: the window and the floor.
        clock: time.
        crawls: is called at the end of a window of which more than half was spent within lines,
            at less than `line_floor_octets_per_s` in that time.
    """

    __slots__ = ("_alarm", "_begun_at", "_clock", "_crawls", "_octets", "_settings", "_spent_s")

    def __init__(self, settings: Settings, clock: Clock, crawls: Callable[[], None]) -> None:
        self._settings = settings
        self._clock = clock
        self._crawls = crawls
        self._alarm: Alarm | None = None
        self._begun_at: float | None = None
        """When the line that is unfinished was seen to be, or the window if that is later."""
        self._spent_s = 0.0
        """What went by within the other lines of this window."""
        self._octets = 0
        """What was received in this window."""

    def received(self, data: bytes) -> None:
        """Count what was received; where no window is open, only the last may begin a line.

        A line is ended here, and not where it is taken: it may have to wait for its turn.
        """
        self._octets = len(data) if self._alarm is None else self._octets + len(data)
        if b"\n" in data:
            self.line_ended()

    def line_begun(self) -> None:
        """Note that a line has been begun and is unfinished; a window begins with the first."""
        if self._begun_at is not None:
            return
        self._begun_at = self._clock.time()
        if self._alarm is None:
            self._alarm = Alarm(self._clock, self._look)
            self._open_window()

    def line_ended(self) -> None:
        """Note that no line is unfinished any more."""
        if self._begun_at is not None:
            self._spent_s += self._clock.time() - self._begun_at
            self._begun_at = None

    def close(self) -> None:
        """Look no more, and leave nothing with the clock."""
        self._crawls = nobody
        self._stop()

    def _open_window(self) -> None:
        self._spent_s = 0.0
        if self._alarm is not None:
            self._alarm.start(self._settings.write_s)

    def _stop(self) -> None:
        alarm, self._alarm = self._alarm, None
        self._begun_at = None
        if alarm is not None:
            alarm.close()

    def _look(self) -> None:
        is_within = self._begun_at is not None
        self.line_ended()
        floor = self._settings.line_floor_octets_per_s * self._spent_s
        if self._spent_s * 2 > self._settings.write_s and self._octets < floor:
            self._stop()
            self._crawls()
        elif is_within:
            self._begun_at = self._clock.time()
            self._octets = 0
            self._open_window()
        else:
            self._stop()
