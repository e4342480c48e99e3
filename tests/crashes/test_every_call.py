"""A process that is really killed at every system call of a commit and of an index's writing.

Decides that the next log-in finds each message whole or deleted after QUIT, and that the harness
finds stores which are broken. Refuses to lose what the kernel has taken; the power cut does.
"""

from pathlib import Path

import pytest

from crashes.killing import Scenario, crashes_of, killed_everywhere
from crashes.maildirs import CANARIES, SCENARIOS
from crashes.others import OTHER_CANARIES, OTHER_SCENARIOS


@pytest.mark.parametrize("scenario", [*SCENARIOS, *OTHER_SCENARIOS], ids=str)
def test_a_death_at_any_call_loses_and_doubles_nothing(scenario: Scenario, tmp_path: Path) -> None:
    """Before and after each call, and half way through each write: the next log-in is right."""
    trace, faults = killed_everywhere(scenario, tmp_path)
    print(f"{scenario}: {len(trace.calls)} calls, {len(crashes_of(trace))} deaths")
    assert faults == []
    assert len(crashes_of(trace)) >= 8, f"expected a work of several calls, found {trace}"


@pytest.mark.parametrize(
    ("fault", "scenario"),
    [
        *((fault, scenario) for fault, broken in CANARIES.items() for scenario in broken),
        *OTHER_CANARIES.items(),
    ],
    ids=str,
)
def test_a_broken_store_is_found(fault: str, scenario: Scenario, tmp_path: Path) -> None:
    """What loses, doubles, tears or locks out at some call is said to."""
    _, faults = killed_everywhere(scenario, tmp_path)
    print(*faults, sep="\n")
    assert [one for one in faults if fault in one], f"expected {fault!r}, found {faults}"
