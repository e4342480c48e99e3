"""An exploration as SARIF 2.1.0, read back by classes that were made from its schema."""

import importlib
import json
from pathlib import Path
from typing import Any, Final

import pytest

from model.tell.told_stories import NAMES, explored, story_of
from requite.lifecycles import abstract_pop3
from requite.model.explore import Verdict
from requite.model.tell import sarif

ROOT: Final = Path(__file__).parents[3]
SCHEMA: Final[Any] = importlib.import_module("pydantic_sarif.model")
"""Made from the JSON schema of SARIF 2.1.0; it has no types of its own that mypy reads."""
Log: Final = SCHEMA.StaticAnalysisResultsFormatSarifVersion210JsonSchema


@pytest.fixture(autouse=True)
def _in_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are those that a build in the root of the project shows."""
    monkeypatch.chdir(ROOT)


def read(name: str) -> Any:  # noqa: ANN401 - what a program has that reads it.
    """Read a log back, and return its one run."""
    (run,) = json.loads(sarif(explored(name)))["runs"]
    return run


def line_of(place: Any) -> str:  # noqa: ANN401 - a part of what was read.
    """Return the line of the source that a location names."""
    physical = place["physicalLocation"]
    text = (ROOT / physical["artifactLocation"]["uri"]).read_text(encoding="utf-8")
    line: str = text.splitlines()[physical["region"]["startLine"] - 1]
    return line.strip()


@pytest.mark.parametrize("name", NAMES)
def test_it_keeps_to_the_schema(name: str) -> None:
    """Everything in the log is in the schema, and everything that is needed is there."""
    Log.model_validate_json(sarif(explored(name)))


def test_the_schema_sees_what_does_not_belong() -> None:
    """A property that SARIF does not have is complained of."""
    log = json.loads(sarif(explored("forgets")))
    log["runs"][0]["results"][0]["colour"] = "red"
    with pytest.raises(ValueError, match="colour"):
        Log.model_validate(log)


@pytest.mark.parametrize("name", NAMES)
def test_each_claim_is_a_rule_and_each_refutation_a_failure(name: str) -> None:
    """Results name their rule twice, alike; what was not finished is open, and no failure."""
    exploration = explored(name)
    run = read(name)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == [finding.claim.name for finding in exploration.findings]
    kinds = {Verdict.REFUTED: ("fail", "error"), Verdict.NOT_FINISHED: ("open", "none")}
    assert [(r["ruleId"], r["kind"], r["level"]) for r in run["results"]] == [
        (finding.claim.name, *kinds[finding.verdict])
        for finding in exploration.findings
        if finding.verdict in kinds
    ]
    assert all(rules[r["ruleIndex"]] == r["ruleId"] for r in run["results"])


def test_a_result_stands_at_the_line_of_its_row() -> None:
    """The one call that names the row's state and event is where it is shown."""
    place = read("refunds")["results"][0]["locations"][0]
    assert line_of(place).startswith("REFUNDS: Final = _instead(State.AUTH, Event.REFUSED")


def test_each_step_stands_at_the_line_of_its_row() -> None:
    """The code flow leads through the declaration, step by step."""
    flow = read("forgets")["results"][0]["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [item["executionOrder"] for item in flow] == [1, 2, 3, 4, 5]
    assert [line_of(item["location"]) for item in flow[:2]] == [
        '_row(State.CLOSED, Event.ACCEPTED, State.CONNECTED, why="Every session begins so"),',
        '_row(State.CONNECTED, Event.GREETED, State.AUTH, why="RFC 1939 section 4: a greeting '
        'first"),',
    ]
    assert [item["importance"] for item in flow[-2:]] == ["important", "essential"]


def test_a_row_that_is_made_in_a_loop_stands_at_its_lifecycle() -> None:
    """Where no one call makes the row, no line is guessed."""
    (run,) = json.loads(sarif(explored("keeps a slot")))["runs"]
    result = run["results"][0]
    assert line_of(result["locations"][0]).startswith("POP3_SESSION: Final")
    logical = result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]
    assert logical == "pop3.SENDING.CONNECTION_LOST"


def test_elsewhere_paths_are_those_of_imports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside the project no path of the machine is told."""
    monkeypatch.chdir(tmp_path)
    place = read("refunds")["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "requite/lifecycles/abstract_pop3.py"


def test_a_search_that_was_stopped_did_not_succeed() -> None:
    """Whoever reads the log sees that it says less than it should."""
    (invocation,) = read("unfinished")["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "0 seconds" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_the_message_says_what_the_row_ought() -> None:
    """The sentence that a forge shows beside the line is enough to mend it."""
    text = read("forgets")["results"][0]["message"]["text"]
    assert text.endswith("owes nothing; it should owe RELEASE.")
    assert story_of(explored("forgets")).says in text
    assert abstract_pop3.Effect.RELEASE.name in text
