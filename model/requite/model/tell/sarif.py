"""An exploration as SARIF 2.1.0, for whatever shows findings beside the source.

Decides what a refutation is there: a result at the line of its row, whose code flow is the story.
What was not finished is a result of the kind "open", which is no pass. Nothing of the machine and
no date stands in it.
"""

import json
from pathlib import PurePosixPath
from typing import Final, TypeAlias
from urllib.parse import quote

from requite.model.declaration import AnyDeclaration
from requite.model.explore.report import Claim, Exploration, Finding, Verdict
from requite.model.explore.story import Step, Story
from requite.model.tell.rows import Place, place_of, place_of_declaration
from requite.model.tell.words import (
    entries,
    is_wrong,
    loops,
    ought,
    session_name,
    why,
    wrong_number,
)

__all__ = ("sarif",)

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


def sarif(exploration: Exploration) -> str:
    """Return an exploration as SARIF 2.1.0."""
    claims = [finding.claim for finding in exploration.findings]
    log: dict[str, Json] = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "requite", "rules": [*map(_rule, claims)]}},
                "invocations": [_invocation(exploration)],
                "results": [
                    _result(exploration.declared, number, finding)
                    for number, finding in enumerate(exploration.findings)
                    if finding.verdict in (Verdict.REFUTED, Verdict.NOT_FINISHED)
                ],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(claim: Claim) -> Json:
    return {
        "id": claim.name,
        "shortDescription": {"text": f"{claim.value}."},
        "defaultConfiguration": {"level": "error"},
    }


def _invocation(exploration: Exploration) -> Json:
    if exploration.stopped is None:
        return {"executionSuccessful": True}
    return {
        "executionSuccessful": False,
        "toolExecutionNotifications": [
            {"level": "error", "message": {"text": f"The search ended: {exploration.stopped}."}}
        ],
    }


def _result(declared: AnyDeclaration, number: int, finding: Finding) -> Json:
    refuted = finding.verdict is Verdict.REFUTED
    place, row = _where(declared, finding.story)
    result: dict[str, Json] = {
        "ruleId": finding.claim.name,
        "ruleIndex": number,
        "kind": "fail" if refuted else "open",
        "level": "error" if refuted else "none",
        "message": {"text": _message(finding)},
        "locations": [_location(place, f"{declared.name}.{row}" if row else declared.name)],
        "partialFingerprints": {"requiteRow/v1": f"{declared.name}/{finding.claim.name}/{row}"},
    }
    if finding.story is not None:
        result["codeFlows"] = [_flow(finding.story)]
    return result


def _where(declared: AnyDeclaration, story: Story | None) -> tuple[Place, str]:
    """Return the place of the row that is to blame, and the row; or that of the lifecycle."""
    number = None if story is None else wrong_number(story)
    edge = None if story is None or number is None else story.steps[number - 1].move.edge
    if edge is None:
        return place_of_declaration(declared), ""
    return place_of(declared, edge), f"{edge.source.name}.{edge.event.name}"


def _message(finding: Finding) -> str:
    sentences = [f"{finding.says}."]
    story = finding.story
    if story is not None:
        number, again = wrong_number(story), loops(story)
        sentences += ought(story, story.steps[number - 1]) if number is not None else ()
        sentences += (again,) if again is not None else ()
    return " ".join(sentences)


def _location(place: Place, name: str) -> dict[str, Json]:
    physical: dict[str, Json] = {
        "artifactLocation": {"uri": quote(str(PurePosixPath(place.path))), "uriBaseId": "%SRCROOT%"}
    }
    if place.line is not None:
        physical["region"] = {"startLine": place.line}
    return {
        "physicalLocation": physical,
        "logicalLocations": [{"fullyQualifiedName": name, "kind": "element"}],
    }


def _flow(story: Story) -> Json:
    steps = enumerate(story.steps, 1)
    return {
        "message": {"text": f"{story.declared.name}, {story.scope}."},
        "threadFlows": [{"locations": [_step(story, number, step) for number, step in steps]}],
    }


def _step(story: Story, number: int, step: Step) -> Json:
    edge = step.move.edge
    declared = story.declared
    place = place_of_declaration(declared) if edge is None else place_of(declared, edge)
    told = "; ".join(map(str, entries(step)))
    text = f"{number}. {session_name(step)} {step.event}: {step.source} to {step.target}"
    location = _location(place, f"{declared.name}.{step.source}.{step.event}")
    location["message"] = {"text": f"{text}{f'; {told}' if told else ''}. {why(step)}."}
    return {
        "executionOrder": number,
        "importance": "essential" if is_wrong(step) else "important",
        "location": location,
    }
