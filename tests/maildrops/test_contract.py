"""The contract of stores finds every planted defect, and needs pytest alone.

Decides that each test of the contract is seen to fail for the defect that it is there for. Refuses
to test a store that is served.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from maildrops.canaries import CANARIES, Contract, Plain
from requite.pop3.maildrops.contract import MaildropContract
from requite.pop3.names import MailboxName

ALICE: Final = MailboxName("alice")
HEALTHY: Final = Plain.__name__
TESTS: Final = frozenset(name for name in dir(MaildropContract) if name.startswith("test_"))


class Failures:
    """A plugin that remembers which tests of which class have failed, and how many there were."""

    def __init__(self) -> None:
        self.of_store: dict[str, set[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember a failure; a test that merely ran leaves its store's name."""
        _, store, test = report.nodeid.split("::")
        failed = self.of_store.setdefault(store, set())
        if report.failed:
            failed.add(test.partition("[")[0])


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, set[str]]:
    """Run the whole contract on a healthy store, and on each canary what must find it."""
    place = tmp_path_factory.mktemp("contract")
    (place / "pytest.ini").write_text("[pytest]\n")
    names = [HEALTHY, *(store.__name__ for store in CANARIES)]
    classes = [
        f"class Test{name}(canaries.Contract): store_class = canaries.{name}" for name in names
    ]
    path = place / "test_canaries_of_the_contract.py"
    path.write_text("\n".join(("from maildrops import canaries", *classes, "")))
    seen = Failures()
    wanted = [f"{path}::Test{HEALTHY}"]
    wanted += [f"{path}::Test{store.__name__}::{test}" for store, test in CANARIES.items()]
    pytest.main(["-q", "-p", "no:cacheprovider", "--tb=no", *wanted], plugins=[seen])
    return {store.removeprefix("Test"): failed for store, failed in seen.of_store.items()}


def test_a_healthy_store_passes(failures: Mapping[str, set[str]]) -> None:
    """No test fails where nothing was planted."""
    assert failures[HEALTHY] == set()


@pytest.mark.parametrize("store", CANARIES, ids=lambda store: store.__name__)
def test_each_planted_defect_is_found(failures: Mapping[str, set[str]], store: type[Plain]) -> None:
    """The test that is there for a defect fails where it was planted."""
    assert CANARIES[store] in failures[store.__name__]


def test_each_test_of_the_contract_can_fail() -> None:
    """Every test of the contract is there for one of the planted defects."""
    assert set(CANARIES.values()) == TESTS


def test_an_author_has_three_methods_to_write() -> None:
    """What a subclass leaves out is an error that no test passes over."""
    author = MaildropContract()
    place = Path(os.devnull)
    store = Contract().make_store(place, exclusive=True)
    for call in (
        lambda: author.make_store(place, exclusive=True),
        lambda: author.deliver(store, place, ALICE, b""),
        lambda: author.remove(store, place, ALICE, 1),
    ):
        with pytest.raises(NotImplementedError):
            call()


def test_without_pytest_its_import_says_what_to_run() -> None:
    """Where pytest is missing, the error names the command that brings it."""
    program = "import sys; sys.modules['pytest'] = None; import requite.pop3.maildrops.contract"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert done.stderr.endswith("run: pip install 'requite[testing]'\n")
