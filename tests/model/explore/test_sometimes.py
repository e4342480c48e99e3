"""Sometimes: each state is reached and each row is taken, or it is said which is not.

Decides that what is called seen was done by some number of sessions, also where a space for every
number of them adds behaviour; and that what is called never seen is really out of reach.
"""

import pytest

from model.explore.comparing import Asked, Declared, differences
from model.explore.drafts import ONE_BY_ONE, Thing, draft
from requite.lifecycles.abstract_pop3 import ABSTRACT_POP3, FORGETS
from requite.model import Kind
from requite.model.explore import EVERY, Budget, Claim, Reduction, Verdict, explore

EVERY_WAY = [
    (Reduction.PLAIN, 2),
    (Reduction.COUNTED, 2),
    (Reduction.CUT, EVERY),
    (Reduction.OPEN, EVERY),
]
SLOT = Thing(
    name="SLOT", held_in="INSIDE", taken_by="GRANTED", refused_by="REFUSED", kind=Kind.COUNTED
)

TURNED_AWAY = draft(
    """
    BEGIN  GRANTED INSIDE
    BEGIN  REFUSED END
    INSIDE LEFT    END    SLOT
    """,
    [SLOT],
)
"""A session that is refused at once, before it has begun: it is over without having been."""

NEVER_FULL = draft(
    """
    BEGIN   CAME    ASKING
    ASKING  REFUSED OUTSIDE
    OUTSIDE LEFT    END
    """,
    [SLOT],
)
"""Nobody ever takes a slot, so that nobody is refused, and nobody is outside."""


@pytest.mark.parametrize(("reduction", "sessions"), EVERY_WAY)
def test_a_row_from_rest_to_rest_is_taken(reduction: Reduction, sessions: int | None) -> None:
    """A refusal right at the beginning is seen, although nothing has changed after it."""
    explored = explore(
        TURNED_AWAY, sessions=sessions, accounts=1, limit=1, reduction=reduction, crash=False
    )

    assert explored.finding(Claim.EDGES).verdict is Verdict.PROVED_FOR_ALL
    assert explored.finding(Claim.STATES).verdict is Verdict.PROVED_FOR_ALL


@pytest.mark.parametrize("declared", [NEVER_FULL, ONE_BY_ONE], ids=["never-full", "one-by-one"])
@pytest.mark.parametrize(("reduction", "sessions"), EVERY_WAY)
def test_a_row_that_nobody_can_take_is_never_called_seen(
    declared: Declared, reduction: Reduction, sessions: int | None
) -> None:
    """What follows a refusal that cannot come is not seen, however sessions are cut."""
    explored = explore(declared, sessions=sessions, accounts=1, reduction=reduction)

    assert explored.finding(Claim.EDGES).verdict in {Verdict.REFUTED, Verdict.NOT_FINISHED}
    assert explored.finding(Claim.STATES).verdict in {Verdict.REFUTED, Verdict.NOT_FINISHED}


def test_what_only_forgotten_sessions_do_is_not_finished() -> None:
    """The open space thinks that somebody is in FIRST; no number of sessions gets there."""
    finding = explore(ONE_BY_ONE, sessions=EVERY, reduction=Reduction.OPEN).finding(Claim.EDGES)

    assert finding.verdict is Verdict.NOT_FINISHED
    assert finding.says.startswith("not seen with 6 sessions, nor ruled out for more: BEGIN")


@pytest.mark.parametrize("limit", [1, 2])
def test_what_every_number_of_sessions_does_is_shown_with_one_more_than_a_limit(
    limit: int,
) -> None:
    """A refusal needs that many, and so many are named."""
    finding = explore(ABSTRACT_POP3, sessions=EVERY, limit=limit).finding(Claim.EDGES)

    assert finding.verdict is Verdict.PROVED_FOR_ALL
    assert finding.says == f"each row was seen with {limit + 1} sessions"


def test_a_refusal_is_not_seen_by_as_many_sessions_as_there_are_slots() -> None:
    """The finding names the rows, and says what to try."""
    finding = explore(ABSTRACT_POP3, sessions=2, limit=2).finding(Claim.EDGES)

    assert finding.verdict is Verdict.REFUTED
    assert finding.says == (
        "never seen: AUTH --REFUSED--> OVER, SASL --REFUSED--> OVER; "
        "try more sessions than a limit allows"
    )


@pytest.mark.parametrize("reduction", [Reduction.CUT, Reduction.OPEN])
def test_nothing_is_called_seen_where_a_search_of_every_number_ended_early(
    reduction: Reduction,
) -> None:
    """Up to a breach, what a cut space has done may be nobody's."""
    explored = explore(FORGETS, sessions=EVERY, reduction=reduction)

    assert explored.finding(Claim.STATES).verdict is Verdict.NOT_FINISHED
    assert explored.finding(Claim.EDGES).verdict is Verdict.NOT_FINISHED


def test_a_row_that_is_sought_in_vain_costs_no_more_than_the_budget() -> None:
    """The search with a few sessions stops where the whole search would."""
    budget = Budget(states=40)

    explored = explore(
        ONE_BY_ONE, sessions=EVERY, accounts=1, reduction=Reduction.OPEN, budget=budget
    )

    assert explored.finding(Claim.EDGES).verdict is Verdict.NOT_FINISHED


@pytest.mark.parametrize("declared", [TURNED_AWAY, NEVER_FULL, ONE_BY_ONE])
@pytest.mark.parametrize("sessions", [1, 2, 3])
def test_these_drafts_mean_the_same_in_every_reduction(declared: Declared, sessions: int) -> None:
    """The reference takes the same rows."""
    assert [*differences(Asked(declared, sessions, accounts=1))] == []
