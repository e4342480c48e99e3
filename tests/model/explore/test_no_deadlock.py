"""No session waits for ever for what another keeps: some session that has begun can move.

Decides that a deadlock is found in every reduction, and that neither the death of a process nor
a refusal that has to wait itself hides it.
"""

import pytest

from model.explore.comparing import Asked, differences
from model.explore.drafts import PHILOSOPHERS, Thing, draft
from requite.lifecycles.abstract_pop3 import ABSTRACT_POP3
from requite.model import Per
from requite.model.explore import EVERY, Claim, Reduction, Verdict, explore

EVERY_WAY = [
    (Reduction.PLAIN, 2),
    (Reduction.COUNTED, 2),
    (Reduction.COUNTED, 3),
    (Reduction.CUT, EVERY),
    (Reduction.OPEN, EVERY),
]


@pytest.mark.parametrize("accounts", [1, 2])
@pytest.mark.parametrize("crash", [True, False], ids=["dies", "lives"])
@pytest.mark.parametrize(("reduction", "sessions"), EVERY_WAY)
def test_two_philosophers_who_wait_for_each_other_are_found(
    reduction: Reduction, sessions: int | None, accounts: int, *, crash: bool
) -> None:
    """Each has one fork and waits for the other's: four steps, whether or not one could die.

    Forks of another key, which nobody has, are no help to who waits for this one.
    """
    finding = explore(
        PHILOSOPHERS, sessions=sessions, accounts=accounts, reduction=reduction, crash=crash
    ).finding(Claim.MOVES)

    assert finding.verdict is Verdict.REFUTED
    assert finding.story is not None
    assert len(finding.story.steps) == 4
    assert finding.story.sessions == 2


def test_one_philosopher_is_not_stuck() -> None:
    """Nobody keeps the other fork."""
    finding = explore(PHILOSOPHERS, sessions=1, accounts=1).finding(Claim.MOVES)

    assert finding.verdict is Verdict.PROVED_UP_TO_N


def test_the_pop3_session_never_waits_for_another() -> None:
    """A grant and its refusal together can always be taken, for every number of sessions."""
    finding = explore(ABSTRACT_POP3, sessions=EVERY).finding(Claim.MOVES)

    assert finding.verdict is Verdict.PROVED_FOR_ALL


def test_a_refusal_that_has_to_wait_itself_makes_nobody_free() -> None:
    """Both the grant and the refusal need room for a second thing, which another may keep."""
    guarded = draft(
        """
        BEGIN   CAME    ASKING
        BEGIN   KEPT    KEEPING
        ASKING  GRANTED END     SLOT GATE
        ASKING  REFUSED END
        """,
        [
            Thing(name="SLOT", held_in="", taken_by="GRANTED", refused_by="REFUSED"),
            Thing(name="GATE", held_in="KEEPING", taken_by="GRANTED KEPT"),
        ],
        guards={"ASKING REFUSED": "GATE"},
    )
    question = Asked(guarded, 2, accounts=1, limit=1, crash=False)

    explored = question.explored(Reduction.PLAIN)

    assert explored.finding(Claim.MOVES).verdict is Verdict.REFUTED
    assert [*differences(question)] == []


def test_a_lock_of_the_whole_server_that_is_waited_for_is_kept_without_asking() -> None:
    """Granted freely, it would hide that two wait for each other."""
    shared = draft(
        """
        BEGIN GOT_A HAS_A
        BEGIN GOT_B HAS_B
        HAS_A GOT_B BOTH
        HAS_B GOT_A BOTH
        BOTH  LEFT  END   A B
        """,
        [
            Thing(name="A", held_in="HAS_A BOTH", taken_by="GOT_A", per=Per.SERVER),
            Thing(name="B", held_in="HAS_B BOTH", taken_by="GOT_B", per=Per.SERVER),
        ],
    )

    explored = explore(shared, sessions=2)

    assert [item.resource.resource.name for item in explored.scope.limits] == ["A", "B"]
    assert explored.finding(Claim.MOVES).verdict is Verdict.REFUTED


def test_a_refused_thing_of_the_server_is_kept_beside_one_that_is_waited_for() -> None:
    """Where nothing is shared by key, all that the whole server shares is kept."""
    shared = draft(
        """
        BEGIN LET_IN  IN
        BEGIN TURNED  END
        IN    LOCKED  BOTH
        BOTH  LEFT    END   SEAT LOCK
        """,
        [
            Thing(
                name="SEAT",
                held_in="IN BOTH",
                taken_by="LET_IN",
                refused_by="TURNED",
                per=Per.SERVER,
            ),
            Thing(name="LOCK", held_in="BOTH", taken_by="LOCKED", per=Per.SERVER),
        ],
    )

    explored = explore(shared, sessions=2)

    assert [item.resource.resource.name for item in explored.scope.limits] == ["SEAT", "LOCK"]
