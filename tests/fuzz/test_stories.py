"""Whole sessions of a real server in memory, played from stories that are nearly right.

Decides that what `fuzz.sessions` checks holds for what Hypothesis makes and for the corpus.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, find, given, settings

from fuzz.guided import CORPUS
from fuzz.log import ErrorLog, watched_log
from fuzz.sessions import play_both_ways, predictable
from fuzz.strategies import STORIES
from requite.generated.pop3 import EDGES, Event, State
from requite.pop3.shell.effects import Effects

INPUTS = sorted((CORPUS / "sessions").iterdir())
HEALTH = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
REACHED_BY_THE_CORPUS = 250
"""Rows that the corpus reaches at least; a few may go as the table changes, a heap may not."""


@pytest.fixture(scope="module", autouse=True)
def log() -> Iterator[ErrorLog]:
    """Play every story of this module predictably, and look at the log of each."""
    with watched_log() as errors, predictable():
        yield errors


@settings(
    max_examples=2_000,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=HEALTH,
)
@given(octets=STORIES)
def test_no_story_breaks_a_session(log: ErrorLog, octets: bytes) -> None:
    """Whatever a client sends and whatever happens, a session does what the model says."""
    play_both_ways(octets, log)


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.name)
def test_no_kept_story_breaks_a_session(log: ErrorLog, path: Path) -> None:
    """Each story that was kept for what it reaches, or for what it once broke, breaks nothing."""
    play_both_ways(path.read_bytes(), log)


def rows_of_the_corpus(log: ErrorLog) -> set[tuple[State, Event]]:
    """Play the corpus, and give the rows that were taken."""
    traces = [play_both_ways(path.read_bytes(), log).trace for path in INPUTS]
    return {(step.source, step.event) for trace in traces for step in trace if step is not None}


def test_the_corpus_reaches_many_rows(log: ErrorLog) -> None:
    """The corpus takes most rows of the table, so that not much of it has gone stale."""
    taken = rows_of_the_corpus(log)

    assert len(taken) >= REACHED_BY_THE_CORPUS
    assert taken <= {(edge.source, edge.event) for edge in EDGES}


def test_a_planted_leak_is_found(log: ErrorLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slot that is kept where a client leaves after a mistake is found by stories like these."""
    release = Effects.release_slot

    def keep(self: Effects) -> None:
        if self._command.event not in {Event.COMMAND_UNKNOWN, Event.COMMAND_MALFORMED}:
            release(self)

    monkeypatch.setattr(Effects, "release_slot", keep)
    found = find(
        STORIES,
        lambda octets: breaks(octets, log),
        settings=settings(
            max_examples=3_000, derandomize=True, database=None, suppress_health_check=HEALTH
        ),
    )

    with pytest.raises(AssertionError, match="expected an empty ledger"):
        play_both_ways(found, log)


def breaks(octets: bytes, log: ErrorLog) -> bool:
    """Say whether a story breaks something."""
    try:
        play_both_ways(octets, log)
    except AssertionError:
        return True
    return False
