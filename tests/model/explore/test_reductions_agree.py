"""Every reduction against a reference that shares no code with it.

Decides that the library means what it says: on the problem that all checkers know, on drafts
that break one thing, and on small declarations drawn at random.
"""

import pytest
from hypothesis import given, settings

from model.explore.comparing import Asked, Declared, differences
from model.explore.declarations import asked
from model.explore.drafts import FAITHFUL_LOCK, PHILOSOPHERS
from requite.lifecycles.abstract_pop3 import ABSTRACT_POP3, FORGETS, REFUNDS
from requite.lifecycles.pop3 import POP3_SESSION
from requite.model.explore import Budget, Reduction, explore_net, search
from requite.model.explore.faulty import limit_lowered
from requite.model.explore.spaces import PlainSpace

DECLARED: dict[str, Declared] = {
    "right": ABSTRACT_POP3.declaration,
    "forgets": FORGETS,
    "refunds": REFUNDS,
    "philosophers": PHILOSOPHERS,
    "lock": FAITHFUL_LOCK,
}


@pytest.mark.parametrize("crash", [True, False], ids=["dies", "lives"])
@pytest.mark.parametrize("sessions", [1, 2, 3])
@pytest.mark.parametrize("name", DECLARED)
def test_examples_mean_the_same_in_every_reduction(
    name: str, sessions: int, *, crash: bool
) -> None:
    """Situations, distances, rows, breaches and stories are those of the reference."""
    question = Asked(DECLARED[name], sessions, accounts=2, limit=1, crash=crash)

    assert [*differences(question)] == []


def test_two_slots_for_each_of_two_accounts_mean_the_same() -> None:
    """The scope in which checkers are compared, with three sessions."""
    assert [*differences(Asked(ABSTRACT_POP3.declaration, 3))] == []


def test_the_pop3_session_means_the_same() -> None:
    """The declaration that is served, with two sessions at one account and one address."""
    question = Asked(POP3_SESSION.declaration, 2, accounts=1, limit=1)

    assert [*differences(question, every=False)] == []


@settings(max_examples=200, deadline=None, derandomize=True, print_blob=True)
@given(asked())
def test_drawn_declarations_mean_the_same_in_every_reduction(question: Asked) -> None:
    """Right or wrong, whatever is drawn is explored as the reference explores it."""
    assert [*differences(question)] == []


def test_the_size_of_a_chunk_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look at the clock after each state leads to the same answers."""
    monkeypatch.setattr(search, "CHUNK", 1)

    assert [*differences(Asked(REFUNDS, 2, limit=1))] == []


def test_a_count_that_no_place_tells_keeps_its_digits() -> None:
    """Where a limit is lowered while sessions live, a bitmap of places does not say whether."""
    net = Asked(ABSTRACT_POP3.declaration, 2, accounts=1).net(2)
    lowered = limit_lowered(net, net.counters[0].resource)

    explored = explore_net(lowered, reduction=Reduction.PLAIN, fair=(), budget=Budget())

    assert explored.states == search.search(PlainSpace(lowered, 2), Budget()).states
