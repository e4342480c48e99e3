"""Eventually: every session ends, and where a limit is reached there is room again.

Decides that what is proved cannot fail for a few sessions, and that what is refuted is shown by a
real run that never ends, is fair, and comes back to where it was.
"""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from model.explore.comparing import Asked, Declared
from model.explore.declarations import asked
from model.explore.drafts import FAITHFUL_LOCK, KEYED, PHILOSOPHERS, POLLED, RENEWED, Thing, draft
from model.explore.lasting import at_limit, differences_for_ever, faults_of_lasso, never_ends
from requite.lifecycles.abstract_pop3 import ABSTRACT_POP3, FORGETS, REFUNDS, Event, Held
from requite.lifecycles.pop3 import POP3_SESSION
from requite.model import Kind
from requite.model.explore import EVERY, Claim, Reduction, Verdict, explore

SILENT = draft(
    """
    BEGIN CAME IDLE
    IDLE  LEFT END
    """,
    [],
)
"""A session that may leave and need not: no event surely comes."""

SLOTS = draft(
    """
    BEGIN  ASKED    ASKING
    ASKING GRANTED  INSIDE
    ASKING REFUSED  ASKING
    INSIDE LEFT     END    SLOT
    """,
    [
        Thing(
            name="SLOT",
            held_in="INSIDE",
            taken_by="GRANTED",
            refused_by="REFUSED",
            kind=Kind.COUNTED,
        )
    ],
    requests=("GRANTED REFUSED",),
)
"""Who is refused asks again; who is inside need not leave."""


@pytest.mark.parametrize("sessions", [1, 2, 3, EVERY])
def test_a_session_that_no_event_ends_need_never_end(sessions: int | None) -> None:
    """It comes, and then nothing happens any more."""
    finding = explore(SILENT, sessions=sessions).finding(Claim.ENDS)

    assert finding.verdict is Verdict.REFUTED
    assert finding.story is not None
    assert [step.event for step in finding.story.steps] == ["CAME"]
    assert finding.story.again_from == 2


def test_an_event_that_is_called_fair_ends_it() -> None:
    """With the wait's only event fair, the same session always ends."""
    (left,) = [edge.event for edge in SILENT.edges if edge.event.name == "LEFT"]

    finding = explore(SILENT, sessions=EVERY, fair=[left]).finding(Claim.ENDS)

    assert finding.verdict is Verdict.PROVED_FOR_ALL
    assert finding.assumes == ("LEFT comes",)


@pytest.mark.parametrize(
    "declared", [ABSTRACT_POP3.declaration, POP3_SESSION.declaration], ids=["abstract", "served"]
)
def test_every_pop3_session_ends_however_many_there_are(declared: Declared) -> None:
    """Time runs out in each state, and each request is answered."""
    explored = explore(declared, sessions=1)

    assert explored.finding(Claim.ENDS).verdict is Verdict.PROVED_FOR_ALL
    assert explored.finding(Claim.ROOM).verdict is Verdict.PROVED_FOR_ALL


@pytest.mark.parametrize("accounts", [1, 2])
def test_only_a_fair_lock_serves_everybody_who_waits(accounts: int) -> None:
    """Others are served again and again, so that one waits for ever: weak fairness allows it.

    That another key's lock is free is no help.
    """
    finding = explore(FAITHFUL_LOCK, sessions=2, accounts=accounts, crash=False).finding(Claim.ENDS)

    assert finding.verdict is Verdict.REFUTED
    assert finding.story is not None
    assert finding.story.sessions >= 2
    assert {step.session for step in finding.story.steps} > {1}


def test_one_session_alone_is_served_by_any_lock() -> None:
    """Nobody is in the way, which is proved for one session and not for more."""
    finding = explore(FAITHFUL_LOCK, sessions=1, accounts=1).finding(Claim.ENDS)

    assert finding.verdict is Verdict.PROVED_UP_TO_N


def test_a_refused_session_can_be_admitted_once_others_leave() -> None:
    """If whoever is inside leaves some day, a limit that is reached has room again."""
    (left,) = {edge.event for edge in SLOTS.edges if edge.event.name == "LEFT"}

    finding = explore(SLOTS, sessions=EVERY, limit=2, fair=[left]).finding(Claim.ROOM)

    assert finding.verdict is Verdict.PROVED_FOR_ALL


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_limit_is_held_for_ever_only_by_as_many_as_it_allows(limit: int) -> None:
    """The story of a limit without room has a session for each slot, not one for all."""
    finding = explore(SLOTS, sessions=EVERY, accounts=1, limit=limit).finding(Claim.ROOM)
    (slot,) = [item.resource for item in SLOTS.resources]

    assert finding.verdict is Verdict.REFUTED
    assert finding.story is not None
    assert finding.story.sessions == limit
    assert faults_of_lasso(finding.story, at_limit(slot, 1), ()) == []


def test_fewer_sessions_than_a_limit_never_fill_it() -> None:
    """With one session and two slots there is always room, whoever stays."""
    finding = explore(SLOTS, sessions=1, accounts=1, limit=2).finding(Claim.ROOM)

    assert finding.verdict is Verdict.PROVED_UP_TO_N


def test_a_limit_that_takes_more_sessions_than_are_looked_at_is_not_called_proved() -> None:
    """Where five have to wait for each other, three cannot show that there is room again."""
    gated = draft(
        """
        BEGIN  ASKED    ASKING
        ASKING GRANTED  INSIDE
        INSIDE OPENED   GATE
        GATE   LEFT     END    SLOT GATE
        """,
        [
            Thing(name="SLOT", held_in="INSIDE GATE", taken_by="GRANTED", kind=Kind.COUNTED),
            Thing(name="GATE", held_in="GATE", taken_by="OPENED"),
        ],
        environment="LEFT",
        requests=("GRANTED", "OPENED"),
    )

    finding = explore(gated, sessions=6, accounts=1, limit=5, crash=False).finding(Claim.ROOM)

    assert finding.verdict is Verdict.NOT_FINISHED
    assert "it takes 5 sessions, and 3 are looked at together" in finding.says


def test_who_asks_for_what_it_holds_is_not_told_to_go_on() -> None:
    """A loop that needs room which its own session takes is no run."""
    assert [*differences_for_ever(Asked(RENEWED, 2, accounts=1))] == []


@pytest.mark.parametrize("sessions", [1, 2, 3])
@pytest.mark.parametrize("accounts", [1, 2])
@pytest.mark.parametrize("crash", [True, False], ids=["dies", "lives"])
@pytest.mark.parametrize(
    "declared",
    [FAITHFUL_LOCK, SLOTS, SILENT, RENEWED, KEYED, POLLED],
    ids=["lock", "slots", "silent", "renewed", "keyed", "polled"],
)
def test_examples_last_for_ever_only_where_brute_force_says_so(
    declared: Declared, accounts: int, sessions: int, *, crash: bool
) -> None:
    """Both answers, and the loop of each story."""
    question = Asked(declared, sessions, accounts=accounts, limit=1, crash=crash)

    assert [*differences_for_ever(question)] == []


@settings(max_examples=200, deadline=None, derandomize=True, print_blob=True)
@given(asked(spoilt="never"))
def test_drawn_declarations_last_for_ever_only_where_brute_force_says_so(question: Asked) -> None:
    """Balanced ones: proved means that no few sessions can, refuted that the story is real."""
    assert [*differences_for_ever(question)] == []


# --- where counts are not kept -------------------------------------------------------------------


@pytest.mark.parametrize("sessions", [1, 2, 3])
def test_nothing_is_asked_of_a_session_that_has_not_begun(sessions: int) -> None:
    """One that stays alone stays, though an answer could also be what begins another."""
    begun_by_answer = draft(
        """
        BEGIN  GRANTED INSIDE
        INSIDE REFUSED END    SLOT
        """,
        [
            Thing(
                name="SLOT",
                held_in="INSIDE",
                taken_by="GRANTED",
                refused_by="REFUSED",
                kind=Kind.COUNTED,
            )
        ],
        requests=("GRANTED REFUSED",),
    )
    question = Asked(begun_by_answer, sessions, accounts=1, limit=2, crash=False)

    assert question.explored(Reduction.COUNTED).finding(Claim.ENDS).verdict is Verdict.REFUTED
    assert [*differences_for_ever(question)] == []


@pytest.mark.parametrize("sessions", [1, 2, EVERY])
def test_forgotten_slots_fill_a_limit_for_ever(sessions: int | None) -> None:
    """One session after another is lost and keeps the slot: a real run, and nobody gives back."""
    finding = explore(FORGETS, sessions=sessions, accounts=1).finding(Claim.ROOM)

    assert finding.verdict is Verdict.REFUTED
    assert finding.story is not None
    assert faults_of_lasso(finding.story, at_limit(Held.SLOT, 1), FORGETS.environment) == []


def test_room_is_not_asked_where_more_is_given_back_than_was_taken() -> None:
    """A count below zero means nothing; the first claim says what to mend."""
    explored = explore(REFUNDS, sessions=3, limit=1)

    assert explored.finding(Claim.BALANCE).verdict is Verdict.REFUTED
    assert explored.finding(Claim.ROOM).verdict is Verdict.NOT_FINISHED


def test_waiting_for_a_count_that_falls_too_low_is_not_called_proved() -> None:
    """A lock that is given back twice may be had by two; the first claim says why."""
    twice = [replace(edge, effects=edge.effects * 2) for edge in FAITHFUL_LOCK.edges]

    explored = explore(replace(FAITHFUL_LOCK, edges=twice), sessions=2, accounts=1)

    assert explored.finding(Claim.BALANCE).verdict is Verdict.REFUTED
    assert explored.finding(Claim.ENDS).verdict is Verdict.NOT_FINISHED


@settings(max_examples=100, deadline=None, derandomize=True, print_blob=True)
@given(asked(spoilt="leak"))
def test_drawn_leaks_last_for_ever_only_where_brute_force_says_so(question: Asked) -> None:
    """One row forgets to give back: what is said of the end and of room is still right."""
    assert [*differences_for_ever(question)] == []


# --- what is taken for granted ------------------------------------------------------------------


def test_two_who_wait_for_each_other_may_be_a_way_that_never_ends() -> None:
    """Whoever eats ends, and yet not everybody does."""
    (ate,) = {edge.event for edge in PHILOSOPHERS.edges if edge.event.name == "ATE"}

    explored = explore(PHILOSOPHERS, sessions=2, accounts=1, crash=False, fair=[ate])
    finding = explored.finding(Claim.ENDS)

    assert finding.verdict is Verdict.REFUTED
    assert finding.story is not None
    assert faults_of_lasso(finding.story, never_ends, [ate]) == []


def test_a_limit_that_is_not_kept_is_said_to_be_assumed() -> None:
    """Who waits for what is granted freely here is told about what that takes for granted."""
    explored = explore(FAITHFUL_LOCK, sessions=2, resources=())

    assumed = "LOCK is there whenever it is asked for"
    assert assumed in explored.finding(Claim.ENDS).assumes
    assert assumed in explored.finding(Claim.MOVES).assumes


def test_fair_events_are_the_environments_unless_others_are_named() -> None:
    """The three ways in which a session is ended from outside."""
    finding = explore(ABSTRACT_POP3, sessions=1, resources=[Held.SLOT]).finding(Claim.ENDS)

    ends = (Event.DISCONNECTED, Event.TIMED_OUT, Event.CRASHED)
    assert finding.assumes == tuple(f"{event.name} comes" for event in ends)
