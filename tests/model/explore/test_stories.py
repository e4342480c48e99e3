"""A counterexample is a real run: played by the reference, it ends where it says.

Decides what a story owes its reader: that it can happen, that its books are right, that it tells
about the claim that is refuted, and that no other number of sessions has a shorter one.
"""

from dataclasses import replace

import pytest

from model.explore.comparing import Declared
from model.explore.drafts import Thing, draft
from model.explore.retelling import faults_of_story
from requite.lifecycles.abstract_pop3 import FORGETS, REFUNDS
from requite.model import Kind
from requite.model.explore import (
    EVERY,
    Budget,
    Claim,
    Exploration,
    Reduction,
    Verdict,
    explore,
    explore_net,
)
from requite.model.explore.net import REST, Net, net_of
from requite.model.explore.scope import scope_of

EVERY_WAY = [
    (Reduction.PLAIN, 3),
    (Reduction.COUNTED, 4),
    (Reduction.CUT, EVERY),
    (Reduction.OPEN, EVERY),
]


@pytest.mark.parametrize("declared", [FORGETS, REFUNDS], ids=["forgets", "refunds"])
@pytest.mark.parametrize(("reduction", "sessions"), EVERY_WAY)
def test_a_story_can_be_played(
    declared: Declared, reduction: Reduction, sessions: int | None
) -> None:
    """Each step is one that the declaration allows, and the books are those of the reference."""
    finding = explore(declared, sessions=sessions, reduction=reduction).finding(Claim.BALANCE)

    assert finding.story is not None
    assert [*faults_of_story(declared, finding.story, Claim.BALANCE)] == []


def test_only_the_last_step_breaks_the_books() -> None:
    """Until the client is lost, the slot is counted and held; after it, only counted."""
    story = explore(FORGETS, sessions=1, accounts=1).finding(Claim.BALANCE).story

    assert story is not None
    told = [[str(book) for book in step.changed] for step in story.steps]
    assert told == [
        [],
        [],
        ["SLOT_1: 1 counted, 1 held"],
        [],
        ["SLOT_1: 1 counted, 0 held"],
    ]


# --- a story of what really happens, where the cut space broke something else --------------------

TWO_FAULTS = draft(
    """
    BEGIN   PASSED   FIRST
    FIRST   BLOCKED  BLOCKING
    FIRST   LEFT     END      GATE
    BLOCKING WENT_ON BLOCKING
    BEGIN   CAME     SECOND
    SECOND  STAYED   THIRD
    THIRD   LEFT     END      GATE
    """,
    [
        Thing(
            name="GATE",
            held_in="BLOCKING",
            taken_by="BLOCKED",
            refused_by="PASSED",
            kind=Kind.COUNTED,
        )
    ],
)
"""Two rows give back what was not taken; nobody ever gets to the first of them."""


def test_what_is_told_is_what_the_few_sessions_of_the_story_do() -> None:
    """The open space breaks the books at FIRST at once; what one session really does is THIRD."""
    finding = explore(TWO_FAULTS, sessions=EVERY, accounts=1, reduction=Reduction.OPEN).finding(
        Claim.BALANCE
    )

    assert finding.verdict is Verdict.REFUTED
    assert finding.story is not None
    assert finding.story.steps[-1].source == "THIRD"
    assert finding.says.startswith("THIRD --LEFT--> END: ")
    assert finding.story.says == finding.says


def test_a_breach_that_no_few_sessions_do_is_not_finished() -> None:
    """Without the second fault nothing is refuted; it is not green either."""
    first = replace(TWO_FAULTS, edges=TWO_FAULTS.edges[:4])

    explored = explore(first, sessions=EVERY, accounts=1, reduction=Reduction.OPEN)

    assert explored.finding(Claim.BALANCE).verdict is Verdict.NOT_FINISHED
    assert explored.verdict is Verdict.NOT_FINISHED


# --- the death of a process -----------------------------------------------------------------------


def _kept_after_death(sessions: int | None) -> Net:
    """Return the net in which a process that dies keeps its slot, and no row is wrong."""
    declared = FORGETS.with_edges(
        row for row in FORGETS.edges if not (row.source.name == "STREAM" and not row.effects)
    )
    scope = scope_of(declared, sessions=sessions, accounts=1, limit=1)
    net = net_of(declared, scope)
    moves = []
    for move in net.moves:
        if move.edge is None and move.change:
            (unbalanced,) = [
                replace(item, counted=0, holders=-1)
                for other in net_of(FORGETS, scope).moves
                for item in other.unbalanced
            ]
            moves.append(replace(move, change=(), unbalanced=(unbalanced,)))
        else:
            moves.append(move)
    return replace(net, moves=tuple(moves))


def _explored(net: Net, reduction: Reduction) -> Exploration:
    return explore_net(net, reduction=reduction, fair=(), budget=Budget())


@pytest.mark.parametrize(("reduction", "sessions"), EVERY_WAY)
def test_a_death_that_keeps_what_was_held_is_told(
    reduction: Reduction, sessions: int | None
) -> None:
    """Log in and die: four steps, of which the last is no row of the table."""
    finding = _explored(_kept_after_death(sessions), reduction).finding(Claim.BALANCE)

    assert finding.verdict is Verdict.REFUTED
    assert finding.says.startswith("the death of a session's process: ")
    assert finding.story is not None
    last = finding.story.steps[-1]
    assert (last.event, last.move.edge, last.target) == ("CRASHED", None, "OVER")
    assert [str(book) for book in last.changed] == ["SLOT_1: 1 counted, 0 held"]
    assert len(finding.story.steps) == 4


def test_a_grant_beyond_a_limit_is_told() -> None:
    """A net whose grant asks for no room breaks the limit with one session more than it."""
    scope = scope_of(FORGETS, sessions=3, accounts=1, limit=2)
    net = net_of(FORGETS, scope)
    careless = replace(net, moves=tuple(replace(m, room=()) for m in net.moves if not m.unbalanced))

    for reduction in (Reduction.PLAIN, Reduction.COUNTED):
        finding = _explored(careless, reduction).finding(Claim.LIMIT)

        assert finding.verdict is Verdict.REFUTED
        assert finding.story is not None
        assert len(finding.story.steps) == 9
        assert finding.says.endswith("SLOT_1 goes over its limit")


def test_sessions_are_numbered_as_they_begin() -> None:
    """A new session has a new number, and whoever moved last goes on if it can."""
    story = explore(REFUNDS, sessions=3, limit=2).finding(Claim.BALANCE).story

    assert story is not None
    begins = [step.session for step in story.steps if step.move.source == REST]
    assert begins == [1, 2, 3]
    assert story.sessions == 3
