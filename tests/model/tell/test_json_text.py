"""An exploration as JSON, read back."""

import json
from typing import Any

import pytest

from model.tell.told_stories import NAMES, explored, story_of
from requite.model.explore import Claim
from requite.model.tell import as_json


def read(name: str) -> Any:  # noqa: ANN401 - what a program has that reads it.
    """Read an exploration back."""
    return json.loads(as_json(explored(name)))


@pytest.mark.parametrize("name", NAMES)
def test_the_format_says_what_it_is(name: str) -> None:
    """The format and its version come first, and the lifecycle."""
    found = read(name)
    assert [*found][:3] == ["format", "version", "lifecycle"]
    assert (found["format"], found["version"]) == ("requite.exploration", 1)


@pytest.mark.parametrize("name", NAMES)
def test_every_finding_is_there(name: str) -> None:
    """Each claim has its verdict by name, in the order of the claims."""
    found = read(name)
    exploration = explored(name)
    assert [(item["claim"], item["verdict"]) for item in found["findings"]] == [
        (item.claim.name, item.verdict.name) for item in exploration.findings
    ]
    assert found["verdict"] == exploration.verdict.name
    assert found["states"] == exploration.states


@pytest.mark.parametrize("name", ["forgets", "refunds", "endless"])
def test_the_books_of_every_step_are_there(name: str) -> None:
    """What is counted and held before and after each step, for each counter."""
    story = story_of(explored(name))
    told = next(item["story"] for item in read(name)["findings"] if item["story"])
    for step, found in zip(story.steps, told["steps"], strict=True):
        assert [(book["counted"], book["held"]) for book in found["books"]] == [
            (book.counted, book.holders) for book in step.after
        ]
        assert [(book["counted_before"], book["held_before"]) for book in found["books"]] == [
            (book.counted, book.holders) for book in step.before
        ]


def test_the_wrong_step_is_named_with_what_it_ought() -> None:
    """A program need not compare the books itself."""
    told = next(item["story"] for item in read("forgets")["findings"] if item["story"])
    assert told["wrong_step"] == 5
    assert [step["number"] for step in told["steps"] if step["wrong"]] == [5]
    assert told["ought"] == ["STREAM --DISCONNECTED--> OVER owes nothing; it should owe RELEASE."]


def test_a_way_that_never_ends_says_where_it_begins_anew() -> None:
    """The number of the step is there, and it is no step that is wrong."""
    (told,) = (f["story"] for f in read("endless")["findings"] if f["claim"] == Claim.ENDS.name)
    assert (told["again_from"], told["wrong_step"]) == (4, None)


def test_how_long_it_took_is_said_only_when_asked() -> None:
    """The same exploration gives the same bytes, unless its duration is wanted."""
    exploration = explored("right")
    assert "seconds" not in json.loads(as_json(exploration))
    assert json.loads(as_json(exploration, seconds=True))["seconds"] >= 0
