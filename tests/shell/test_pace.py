"""The floor on the rate of lines that are sent: at the limit, and one octet or one second past it.

Decides which time counts and when it is looked at. Refuses to use sockets: `test_patience` does.
"""

from typing import Final

import pytest

from requite.pop3.shell import Settings
from requite.pop3.shell.pace import Pace
from running import ManualClock

WINDOW_S: Final = 100.0
FLOOR: Final = 2
SETTINGS: Final = Settings(write_s=WINDOW_S, line_floor_octets_per_s=FLOOR)
LEAST: Final = int(FLOOR * WINDOW_S)


def paced() -> tuple[ManualClock, Pace, list[str]]:
    """Make a pace, and a list that tells when a client crawls."""
    clock, told = ManualClock(), list[str]()
    return clock, Pace(SETTINGS, clock, lambda: told.append("crawls")), told


def begun(pace: Pace, octets: int) -> None:
    """Receive so many octets of a line that is unfinished."""
    pace.received(b"x" * octets)
    pace.line_begun()


@pytest.mark.parametrize(("octets", "told"), [(LEAST, []), (LEAST - 1, ["crawls"])])
def test_the_floor_is_met_to_the_octet(octets: int, told: list[str]) -> None:
    """Over a window within a line the floor is enough, and one octet less is too little."""
    clock, pace, found = paced()
    begun(pace, octets)
    clock.advance(WINDOW_S)

    assert found == told
    pace.close()


@pytest.mark.parametrize(("within_s", "told"), [(50.0, []), (50.1, ["crawls"])])
def test_half_of_a_window_may_be_spent_within_lines(within_s: float, told: list[str]) -> None:
    """Whoever is within no line for half of the time has no floor, however slow it is then."""
    clock, pace, found = paced()
    begun(pace, 1)
    clock.advance(within_s)
    pace.received(b"\n")
    clock.advance(WINDOW_S - within_s)

    assert found == told
    pace.close()


def test_a_line_that_waits_for_its_turn_is_ended() -> None:
    """From its end on a line is the server's, though it is not taken and another has begun."""
    clock, pace, found = paced()
    begun(pace, 1)
    pace.received(b"\nNO")
    clock.advance(WINDOW_S)

    assert found == []
    pace.close()


def test_each_window_is_a_window_of_its_own() -> None:
    """What was sent in an earlier window does not count in a later one."""
    clock, pace, found = paced()
    begun(pace, 3 * LEAST)
    clock.advance(WINDOW_S)
    assert found == []
    clock.advance(WINDOW_S)

    assert found == ["crawls"]
    pace.close()


def test_whoever_was_spared_is_looked_at_again() -> None:
    """A session that waited for something else just then is told of the next window as well."""
    clock, pace, found = paced()
    for _ in range(2):
        begun(pace, 1)
        clock.advance(WINDOW_S)

    assert found == ["crawls"] * 2
    pace.close()


def test_between_lines_nothing_is_left_with_the_clock() -> None:
    """A window that ends within no line is the last, until a line is begun."""
    clock, pace, _ = paced()
    begun(pace, 1)
    pace.received(b"\n")
    clock.advance(WINDOW_S)

    assert clock.pending == 0


def test_a_closed_pace_tells_nothing() -> None:
    """Who is dropped is not looked at any more."""
    clock, pace, found = paced()
    begun(pace, 1)
    pace.close()
    clock.advance(WINDOW_S)

    assert (found, clock.pending) == ([], 0)
