"""How many states there are, and how long the shortest traces: pinned, so that none vanishes.

Decides the numbers on which every exact checker agrees (two accounts, two slots each), and those
of the POP3 session in small scopes.
"""

import pytest

from requite.lifecycles.abstract_pop3 import ABSTRACT_POP3, FORGETS, REFUNDS
from requite.lifecycles.pop3 import POP3_SESSION, Held
from requite.model.explore import EVERY, Claim, Reduction, Verdict, explore


@pytest.mark.parametrize(("sessions", "states"), [(3, 1_277), (4, 12_751), (5, 119_525)])
def test_named_sessions_have_as_many_states_as_in_every_checker(sessions: int, states: int) -> None:
    """Sessions told apart have the number of states that SPIN, TLC and others report."""
    explored = explore(ABSTRACT_POP3, sessions=sessions, reduction=Reduction.PLAIN)

    assert explored.states == states
    assert explored.verdict is Verdict.PROVED_FOR_ALL


@pytest.mark.parametrize(
    ("sessions", "states"),
    [(3, 266), (4, 811), (5, 2_001), (6, 4_236), (7, 8_016), (20, 607_251)],
)
def test_counted_sessions_have_as_many_states_as_in_every_checker(
    sessions: int, states: int
) -> None:
    """Interchangeable sessions have the number of states that other checkers report."""
    assert explore(ABSTRACT_POP3, sessions=sessions).states == states


def test_cut_sessions_have_as_many_states_as_in_every_checker() -> None:
    """None, one or many where nothing is held: every number of sessions in 24,288 states."""
    explored = explore(ABSTRACT_POP3, sessions=EVERY, reduction=Reduction.CUT)

    assert explored.states == 24_288
    assert explored.verdict is Verdict.PROVED_FOR_ALL


def test_open_sessions_are_those_that_hold_a_slot() -> None:
    """Three places and two slots for each of two accounts: 10 states each, and so 100."""
    assert explore(ABSTRACT_POP3, sessions=EVERY, reduction=Reduction.OPEN).states == 100


@pytest.mark.parametrize(("sessions", "states"), [(1, 88), (2, 3_918), (3, 78_026)])
def test_the_pop3_session_has_so_many_counted_states(sessions: int, states: int) -> None:
    """The declaration that is served, with two keys and two slots for each."""
    assert explore(POP3_SESSION, sessions=sessions).states == states


@pytest.mark.parametrize(
    ("reduction", "sessions", "states"),
    [(Reduction.PLAIN, 2, 514), (Reduction.COUNTED, 3, 1_470), (Reduction.OPEN, EVERY, 42)],
)
def test_the_pop3_session_has_so_many_states_for_one_key(
    reduction: Reduction, sessions: int | None, states: int
) -> None:
    """The declaration that is served, where all want the same mailbox and one of them gets it."""
    explored = explore(POP3_SESSION, sessions=sessions, accounts=1, limit=1, reduction=reduction)

    assert explored.states == states


def test_the_pop3_session_is_proved_for_every_number_of_sessions() -> None:
    """Two slots for a mailbox and an account, three for an address: each refusal is real."""
    explored = explore(POP3_SESSION, sessions=EVERY, accounts=1, limit=2, limits={Held.ADDRESS: 3})

    assert explored.verdict is Verdict.PROVED_FOR_ALL


def test_a_limit_of_the_whole_server_can_be_kept_too() -> None:
    """What all sessions share has one key, and its refusals are then real ones."""
    kept = [Held.CONNECTION, Held.ACCOUNT]

    explored = explore(POP3_SESSION, sessions=2, accounts=1, limit=1, resources=kept)

    assert explored.states == 282


# --- seeded bugs ---------------------------------------------------------------------------------

EVERY_WAY = [
    (Reduction.PLAIN, 3),
    (Reduction.COUNTED, 3),
    (Reduction.CUT, EVERY),
    (Reduction.OPEN, EVERY),
]


@pytest.mark.parametrize(("reduction", "sessions"), EVERY_WAY)
def test_the_forgotten_release_is_found_in_five_steps(
    reduction: Reduction, sessions: int | None
) -> None:
    """Connect, greet, log in, ask for a message, be lost: no way is shorter."""
    finding = explore(FORGETS, sessions=sessions, reduction=reduction).finding(Claim.BALANCE)

    assert finding.story is not None
    assert len(finding.story.steps) == 5


@pytest.mark.parametrize("limit", [1, 2, 3])
@pytest.mark.parametrize(("reduction", "beyond"), [(Reduction.COUNTED, 1), (Reduction.CUT, None)])
def test_the_refund_of_a_refused_login_needs_one_session_more_than_the_limit(
    reduction: Reduction, beyond: int | None, limit: int
) -> None:
    """Every slot is taken in three steps, and so is the refusal that gives one back."""
    sessions = EVERY if beyond is None else limit + beyond
    explored = explore(REFUNDS, sessions=sessions, limit=limit, reduction=reduction)
    story = explored.finding(Claim.BALANCE).story

    assert story is not None
    assert len(story.steps) == 3 * limit + 3
    assert story.scope.sessions == limit + 1


@pytest.mark.parametrize("reduction", [Reduction.PLAIN, Reduction.COUNTED])
def test_the_refund_stays_unseen_while_nobody_can_be_refused(reduction: Reduction) -> None:
    """With as many sessions as slots it is proved only up to that number."""
    explored = explore(REFUNDS, sessions=2, limit=2, reduction=reduction)

    assert explored.finding(Claim.BALANCE).verdict is Verdict.PROVED_UP_TO_N
