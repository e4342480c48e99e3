"""An exploration as JSON, for programs.

Decides the names in it, which `VERSION` numbers: a name that is there keeps its meaning within one
version, and more may come. It has no duration unless it is asked for, so that the same exploration
gives the same bytes.
"""

import json
from typing import Final, TypeAlias

from requite.model.explore.report import Exploration, Finding
from requite.model.explore.scope import Scope
from requite.model.explore.story import Step, Story
from requite.model.tell.words import (
    book_name,
    gives_back,
    is_wrong,
    ought,
    refused,
    session_name,
    takes,
    why,
    wrong_number,
)

__all__ = ("FORMAT", "VERSION", "as_json", "story_as_json")

FORMAT: Final = "requite.exploration"
VERSION: Final = 1

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


def as_json(exploration: Exploration, *, seconds: bool = False) -> str:
    """Return an exploration as JSON.

    Args:
        exploration: what was found.
        seconds: whether to say how long it took, which is another number each time.
    """
    found: dict[str, Json] = {
        "format": FORMAT,
        "version": VERSION,
        "lifecycle": exploration.declared.name,
        "scope": _scope(exploration.scope),
        "reduction": exploration.reduction.name,
        "verdict": exploration.verdict.name,
        "states": exploration.states,
        "moves": exploration.moves,
        "depth": exploration.depth,
        "stopped": exploration.stopped,
        "findings": [_finding(finding) for finding in exploration.findings],
    }
    if seconds:
        found["seconds"] = round(exploration.seconds, 3)
    return _text(found)


def story_as_json(story: Story) -> str:
    """Return a story by itself as JSON, as it stands in an exploration."""
    return _text(_story(story))


def _text(value: Json) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _scope(scope: Scope) -> Json:
    return {
        "sessions": scope.sessions,
        "crash": scope.crash,
        "limits": [
            {"resource": item.resource.resource.name, "keys": item.keys, "limit": item.limit}
            for item in scope.limits
        ],
    }


def _finding(finding: Finding) -> Json:
    return {
        "claim": finding.claim.name,
        "about": finding.claim.value,
        "verdict": finding.verdict.name,
        "up_to": finding.up_to,
        "says": finding.says,
        "assumes": [*finding.assumes],
        "story": None if finding.story is None else _story(finding.story),
    }


def _story(story: Story) -> Json:
    wrong = wrong_number(story)
    return {
        "says": story.says,
        "sessions": story.sessions,
        "wrong_step": wrong,
        "ought": [] if wrong is None else [*ought(story, story.steps[wrong - 1])],
        "again_from": story.again_from,
        "steps": [_step(story, number, step) for number, step in enumerate(story.steps, 1)],
    }


def _step(story: Story, number: int, step: Step) -> Json:
    return {
        "number": number,
        "session": session_name(step),
        "event": step.event,
        "source": step.source,
        "target": step.target,
        "effects": [*step.effects],
        "why": why(step),
        "takes": [*takes(story, step)],
        "refused": [*refused(story, step)],
        "gives_back": [*gives_back(story, step)],
        "wrong": is_wrong(step),
        "unbalanced": [str(item) for item in step.move.unbalanced],
        "books": [
            {
                "name": book_name(new.counter),
                "limit": new.counter.limit,
                "counted_before": old.counted,
                "held_before": old.holders,
                "counted": new.counted,
                "held": new.holders,
            }
            for old, new in zip(step.before, step.after, strict=True)
        ],
    }
