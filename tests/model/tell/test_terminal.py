"""A story as lines for a terminal: everything that happened, and the wrong step marked."""

import re

import pytest

from model.tell.told_stories import explored, story_of
from requite.model.explore import Claim
from requite.model.tell import report, trace

FORGETS = """\
abstract_pop3, 3 sessions; SLOT at most 2 for each of 2 keys

  1  S1  ACCEPTED      CLOSED -> CONNECTED
         Every session begins so.
  2  S1  GREETED       CONNECTED -> AUTH
         RFC 1939 section 4: a greeting first.
  3  S1  LOGGED_IN     AUTH -> TRANS        takes SLOT 1; SLOT 1: 0 -> 1
         RFC 1939 section 4: a lock is acquired.
  4  S1  RETR          TRANS -> STREAM
         RFC 1939 section 5: RETR.
> 5  S1  DISCONNECTED  STREAM -> OVER
         gives back nothing; SLOT 1: counted 1, held 1 -> 0  <- WRONG
         Whatever ends a session ends what it holds.

What is wrong: STREAM --DISCONNECTED--> OVER: the count of SLOT of key 1 changes by +0, its holders
by -1.
STREAM --DISCONNECTED--> OVER owes nothing; it should owe RELEASE.
"""
STEP = re.compile(r"^(>?) +(\d+)  (S\d+)  (\w+) +(\w+) -> (\w+)", re.MULTILINE)
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def test_a_slot_that_is_kept_is_told_as_it_is_shown_here() -> None:
    """The whole text, as a person reads it."""
    assert trace(story_of(explored("forgets"))) == FORGETS


@pytest.mark.parametrize("name", ["forgets", "refunds", "endless"])
def test_every_step_has_its_line(name: str) -> None:
    """Each step stands on a line with its number, session, event, source and target."""
    story = story_of(explored(name))
    found = [match.groups()[1:] for match in STEP.finditer(trace(story))]
    assert found == [
        (str(number), f"S{step.session}", step.event, step.source, step.target)
        for number, step in enumerate(story.steps, 1)
    ]


def test_a_slot_that_was_never_taken_is_marked_where_it_is_given_back() -> None:
    """Of nine steps of three sessions the last is marked, with both numbers."""
    text = trace(story_of(explored("refunds")))
    assert [match[2] for match in STEP.finditer(text) if match[1]] == ["9"]
    assert "is refused SLOT 1; gives back SLOT 1; SLOT 1: counted 2 -> 1, held 2  <- WRONG" in text
    assert "AUTH --REFUSED--> OVER owes RELEASE; it should owe nothing." in text


def test_a_way_that_never_ends_shows_where_it_begins_anew() -> None:
    """The loop is announced before its first step, and told at the end."""
    text = trace(story_of(explored("endless"), Claim.ENDS))
    before, again, after = text.partition("  again and again:\n")
    assert again
    assert STEP.findall(before)[-1][1] == "3"
    assert STEP.findall(after)[0][1] == "4"
    assert text.endswith("Steps 4 to 5 can be taken again and again, for ever.\n")


def test_what_has_no_books_in_the_scope_is_marked_all_the_same() -> None:
    """A message that is never closed has no counter, and is told by what it changes."""
    text = trace(story_of(explored("keeps a message")))
    assert "the count of MESSAGE changes by +0, its holders by -1  <- WRONG" in text
    assert "owes nothing; it should owe CLOSE_MESSAGE." in text


def test_what_was_wrong_before_is_not_marked_again() -> None:
    """Where a leak goes on, only the steps that make it worse are marked."""
    text = trace(story_of(explored("forgets"), Claim.ROOM))
    assert [match[2] for match in STEP.finditer(text) if match[1]] == ["5", "10"]
    assert "SLOT 1: counted 1 -> 2, held 0 -> 1  <- still wrong" in text


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_no_line_is_wider_than_it_may_be(width: int) -> None:
    """Sentences and books go on below; only the way of a step itself is never broken."""
    text = trace(story_of(explored("keeps a slot")), width)
    assert max(len(line) for line in text.splitlines() if not STEP.match(line)) <= width


@pytest.mark.parametrize("name", ["forgets", "refunds", "endless"])
def test_colours_change_no_word(name: str) -> None:
    """Without its colours the coloured text is the plain one."""
    story = story_of(explored(name))
    coloured = trace(story, colour=True)
    assert coloured != trace(story)
    assert ESCAPE.sub("", coloured) == trace(story)


def test_the_report_tells_every_claim() -> None:
    """Each claim has its line."""
    exploration = explored("forgets")
    assert all(finding.claim.value in report(exploration) for finding in exploration.findings)


def test_the_report_tells_the_first_story_of_each_wrong_row() -> None:
    """One row refutes two claims: its shorter story stands as it does by itself, the other not."""
    exploration = explored("forgets")
    first, second = (item.story for item in exploration.findings if item.story)
    text = report(exploration)
    assert (trace(first) in text, trace(second) in text) == (True, False)
