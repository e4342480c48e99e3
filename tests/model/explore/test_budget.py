"""What a search may use, and that ending early is never green.

Decides that each bound ends the search as not finished, that what was covered is told, and that
what holds by the look of the rows alone is still said.
"""

from dataclasses import replace
from itertools import count
from types import SimpleNamespace

import pytest

from model.explore.drafts import FAITHFUL_LOCK
from requite.lifecycles.abstract_pop3 import ABSTRACT_POP3, FORGETS, REFUNDS
from requite.model.explore import (
    EVERY,
    Budget,
    Claim,
    Exploration,
    Progress,
    Reduction,
    Verdict,
    explore,
    lassos,
    search,
)
from requite.model.explore.report import weakest


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each look at the clock take a second."""
    seconds = count()
    clock = SimpleNamespace(monotonic=lambda: float(next(seconds)))
    monkeypatch.setattr(search, "time", clock)
    monkeypatch.setattr(lassos, "time", clock)


def _unfinished(explored: Exploration, why: str) -> None:
    assert explored.stopped == why
    assert explored.verdict is Verdict.NOT_FINISHED
    assert 0 < explored.states < 119_525
    assert explored.finding(Claim.EDGES).verdict is Verdict.NOT_FINISHED


@pytest.mark.parametrize("reduction", [Reduction.PLAIN, Reduction.COUNTED])
def test_a_bound_on_states_ends_it(reduction: Reduction) -> None:
    """It stops at the first look after so many were found."""
    explored = explore(ABSTRACT_POP3, sessions=5, reduction=reduction, budget=Budget(states=100))

    _unfinished(explored, "it may find 100 states and found more")


def test_a_bound_on_states_that_is_not_passed_changes_nothing() -> None:
    """As many as there are may be found."""
    explored = explore(ABSTRACT_POP3, sessions=3, budget=Budget(states=266))

    assert explored.stopped is None
    assert explored.verdict is Verdict.PROVED_FOR_ALL


def test_a_bound_one_below_the_number_of_states_ends_it() -> None:
    """One fewer than there are is too few."""
    explored = explore(ABSTRACT_POP3, sessions=3, budget=Budget(states=265))

    assert explored.verdict is Verdict.NOT_FINISHED


@pytest.mark.usefixtures("ticking")
def test_a_bound_on_time_ends_it() -> None:
    """After so many seconds of its clock."""
    explored = explore(ABSTRACT_POP3, sessions=5, budget=Budget(seconds=4))

    _unfinished(explored, "its 4 seconds are used up")


def test_a_bound_on_memory_ends_it() -> None:
    """A process of Python has more than a MiB at once."""
    explored = explore(ABSTRACT_POP3, sessions=5, budget=Budget(memory_mib=1))

    _unfinished(explored, "its 1 MiB of memory are used up")


def test_a_call_to_stop_ends_it_and_what_was_covered_is_told() -> None:
    """As on Ctrl-C: the states and the depth so far, and what is proved without them."""
    looks = count()

    explored = explore(ABSTRACT_POP3, sessions=5, budget=Budget(stop=lambda: next(looks) >= 4))

    _unfinished(explored, "it was interrupted")
    assert explored.depth == 4
    assert explored.finding(Claim.BALANCE).verdict is Verdict.PROVED_FOR_ALL
    assert "it was interrupted" in explored.finding(Claim.EDGES).says


@pytest.mark.parametrize(
    ("reduction", "sessions"),
    [(Reduction.PLAIN, 3), (Reduction.COUNTED, 3), (Reduction.CUT, EVERY), (Reduction.OPEN, EVERY)],
)
def test_an_end_before_the_beginning_is_not_green(
    reduction: Reduction, sessions: int | None
) -> None:
    """Stopped at the first look, nothing was seen, and it says so."""
    explored = explore(
        ABSTRACT_POP3,
        sessions=sessions,
        reduction=reduction,
        budget=Budget(stop=lambda: True),
    )

    assert explored.states == 1
    assert explored.verdict is Verdict.NOT_FINISHED


def test_a_breach_of_a_cut_space_is_not_told_when_the_budget_ends_before_it_is_real() -> None:
    """Found under the cut at once; interrupted while it is made concrete, it stays open."""
    looks = count()
    budget = Budget(stop=lambda: next(looks) >= 7)

    explored = explore(REFUNDS, sessions=EVERY, reduction=Reduction.CUT, budget=budget)

    assert explored.finding(Claim.BALANCE).verdict is Verdict.NOT_FINISHED
    assert explored.finding(Claim.BALANCE).story is None
    assert explored.verdict is Verdict.NOT_FINISHED


def test_a_breach_found_within_the_budget_is_refuted() -> None:
    """What is refuted needs no more than its story."""
    explored = explore(FORGETS, sessions=5, budget=Budget(states=1_000))

    assert explored.verdict is Verdict.REFUTED


def test_the_graph_of_named_sessions_ends_with_the_budget_too() -> None:
    """Interrupted after the search, *eventually* is not finished."""
    looks = count()
    layers = explore(FAITHFUL_LOCK, sessions=3, accounts=1).depth + 1
    budget = Budget(stop=lambda: next(looks) >= layers)

    explored = explore(FAITHFUL_LOCK, sessions=3, accounts=1, budget=budget)

    assert explored.stopped is None
    assert explored.finding(Claim.ENDS).verdict is Verdict.NOT_FINISHED
    assert explored.finding(Claim.ENDS).says.endswith("it was interrupted")


@pytest.mark.usefixtures("ticking")
def test_progress_is_told_as_the_search_goes_on() -> None:
    """Each word says more states than the one before, and how deep they are."""
    told: list[Progress] = []

    explored = explore(ABSTRACT_POP3, sessions=3, budget=Budget(progress=told.append))

    assert len(told) == explored.depth + 1
    assert [word.states for word in told] == sorted({word.states for word in told})
    assert [word.depth for word in told] == [*range(len(told))]
    assert told[-1].states == explored.states
    assert all(0 < word.frontier <= explored.states for word in told)


def test_progress_is_not_told_of_a_search_that_is_over_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Below half a second there is nothing to tell."""
    monkeypatch.setattr(search, "time", SimpleNamespace(monotonic=lambda: 0.0))
    told: list[Progress] = []

    explore(ABSTRACT_POP3, sessions=3, budget=Budget(progress=told.append))

    assert told == []


def test_the_weakest_verdict_counts() -> None:
    """Refuted is weaker than not finished, which is weaker than any proof."""
    assert weakest(Verdict) is Verdict.REFUTED
    assert weakest([*Verdict][:3]) is Verdict.NOT_FINISHED
    assert weakest([]) is Verdict.PROVED_FOR_ALL


def test_an_unfinished_search_is_not_green_even_if_each_claim_is() -> None:
    """The search itself counts: what it did not see may be anything."""
    whole = explore(ABSTRACT_POP3, sessions=3)

    assert replace(whole, stopped="it was interrupted").verdict is Verdict.NOT_FINISHED
