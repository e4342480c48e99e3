"""What holds for every test: in CI none is skipped.

Decides that a tool which is missing there is a failure, so that green means that all was run.
"""

import os
from collections.abc import Generator

import pytest

CI_ON = os.environ.get("CI", "").lower() in {"true", "1"}


Reports = Generator[None, pytest.TestReport, pytest.TestReport]
Collections = Generator[None, pytest.CollectReport, pytest.CollectReport]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Reports:
    """Turn the skip of a test into a failure in CI."""
    report = yield
    if CI_ON and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: skipped, which CI does not allow: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Collections:
    """Turn the skip of a whole module into a failure in CI."""
    report = yield
    if CI_ON and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid}: skipped, which CI does not allow"
    return report
