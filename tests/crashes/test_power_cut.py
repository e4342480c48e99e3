"""A machine that loses its power after any system call, on a disk that keeps what it must alone.

Decides that what was answered with +OK is gone for good, and nothing else is. Refuses to try a real
disk.
"""

from pathlib import Path
from typing import Final

import pytest

from crashes.killing import Scenario
from crashes.maildirs import CANARIES_WITH_POWER_CUT, WITH_POWER_CUT
from crashes.others import OTHER_CANARIES_WITH_POWER_CUT, OTHERS_WITH_POWER_CUT
from crashes.power import cut_everywhere

SEED: Final = 5


@pytest.mark.parametrize("scenario", [*WITH_POWER_CUT, *OTHERS_WITH_POWER_CUT], ids=str)
def test_a_power_cut_loses_and_brings_back_nothing(scenario: Scenario, tmp_path: Path) -> None:
    """Whatever was not synced may be forgotten, in any order: the next log-in is right."""
    looked, faults = cut_everywhere(scenario, tmp_path, SEED)
    print(f"{scenario}: {looked} states, seed {SEED}")
    assert faults == []
    assert looked >= 20


@pytest.mark.parametrize(
    ("fault", "scenario"),
    [*CANARIES_WITH_POWER_CUT.items(), *OTHER_CANARIES_WITH_POWER_CUT.items()],
    ids=str,
)
def test_a_store_that_does_not_sync_is_found(
    fault: str, scenario: Scenario, tmp_path: Path
) -> None:
    """What was answered too early comes back, and what was copied too lightly is lost."""
    _, faults = cut_everywhere(scenario, tmp_path, SEED)
    assert [one for one in faults if fault in one], f"expected {fault!r}, found {faults}"
