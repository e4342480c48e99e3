"""Nets that count otherwise than their rows say, and the shortest way to see it.

Decides how much a small exploration is worth: each fault of meaning that a lifecycle can show is
found, with the fewest sessions and in the fewest steps, which are pinned; and it is found by the
search, not by having been marked: the marks come from one property, which says nothing of a sound
net.
"""

from dataclasses import replace
from typing import Final

import pytest

from requite.lifecycles.abstract_pop3 import ABSTRACT_POP3, FORGETS, REFUNDS
from requite.lifecycles.pop3 import POP3_SESSION, Held
from requite.model import AnyDeclaration
from requite.model.declaration import AnyResource
from requite.model.explore import faulty
from requite.model.explore.net import Net, net_of
from requite.model.explore.scope import scope_of
from requite.model.mutate import Kind, MeaningMutant, mutants_of
from requite.model.mutate.exploring import SIZES, Exploring, explored

MEANINGS: Final = tuple(kind for kind in Kind if kind.of_meaning)
EXPLORING: Final = Exploring(POP3_SESSION.declaration)
SLOT: Final[AnyResource] = ABSTRACT_POP3.resources[0]


def small_net(
    declared: AnyDeclaration = ABSTRACT_POP3.declaration, *, limit: int = 1, keys: int = 2
) -> Net:
    """Return the net of the small POP3 session, or of a draft of it."""
    return net_of(declared, scope_of(declared, sessions=3, accounts=keys, limit=limit))


def account_mutant(kind: Kind) -> MeaningMutant:
    """Return a mutant of a kind that is about the slots of an account, and of its mailbox."""
    return next(
        mutant
        for mutant in mutants_of(POP3_SESSION.declaration, (kind,))
        if isinstance(mutant, MeaningMutant)
        and mutant.resource.resource is Held.ACCOUNT
        and (mutant.beside is None or mutant.beside.resource is Held.MAILBOX)
    )


# --- what is found -------------------------------------------------------------------------------

FOUND: Final[dict[Kind, tuple[int, int, int, str]]] = {
    Kind.WRONG_KEY: (1, 1, 6, "the count of ACCOUNT of key 1 changes by +0, its holders by -1"),
    Kind.KEYS_DIFFER: (1, 1, 6, "the count of ACCOUNT of key 1 changes by +0, its holders by -1"),
    Kind.KEY_CHANGED: (2, 1, 10, "the count of ACCOUNT_1 is 2, over its limit"),
    Kind.COUNTED_LATE: (1, 1, 5, "the count of ACCOUNT of key 1 changes by +0, its holders by +1"),
    Kind.ASKED_EARLY: (2, 1, 10, "the count of ACCOUNT_1 is 2, over its limit"),
    Kind.STOLEN: (2, 1, 11, "the count of ACCOUNT_1 is 2, over its limit"),
    Kind.TAKEN_AGAIN: (1, 1, 6, "the count of ACCOUNT of key 1 changes by +0, its holders by -1"),
    Kind.COUNTED_TWICE: (1, 1, 5, "the count of ACCOUNT of key 1 changes by +2, its holders by +1"),
    Kind.FIRST_UNCOUNTED: (
        1,
        1,
        5,
        "the count of ACCOUNT of key 1 changes by +0, its holders by +1",
    ),
    Kind.LIMIT_OVER: (2, 1, 10, "the count of ACCOUNT_1 is 2, over its limit"),
    Kind.LIMIT_UNDER: (1, 1, 0, "TAKING_SLOT --SLOT_GRANTED--> LOCKING is never taken"),
    Kind.LIMIT_LOWERED: (3, 2, 16, "the count of ACCOUNT_1 is 3, over its limit"),
    Kind.CRASH_KEEPS: (1, 1, 6, "the count of ACCOUNT of key 1 changes by +0, its holders by -1"),
    Kind.COUNTS_WIPED: (1, 1, 6, "the count of ACCOUNT of key 1 changes by -1, its holders by +0"),
    Kind.COUNT_REBUILT: (1, 1, 6, "the count of ACCOUNT of key 1 changes by -1, its holders by +0"),
}
"""Of a fault in the slots of an account: sessions, limit, steps of the shortest trace, and what."""


@pytest.mark.parametrize("kind", MEANINGS, ids=lambda kind: kind.name)
def test_each_fault_is_found_by_the_fewest_sessions_in_the_fewest_steps(kind: Kind) -> None:
    """A fault in the slots of an account is found so."""
    found = EXPLORING.of_meaning(account_mutant(kind))
    assert found is not None
    assert (found.sessions, found.limit, len(found.trace), found.says) == FOUND[kind]


@pytest.mark.parametrize("kind", MEANINGS, ids=lambda kind: kind.name)
def test_no_smaller_exploration_finds_it(kind: Kind) -> None:
    """A sound net finds nothing where the faulty one does: the fault is what was found."""
    found = EXPLORING.of_meaning(account_mutant(kind))
    size = next(size for size in SIZES if found is not None and size[0] == found.sessions)
    resources = [Held.ACCOUNT, Held.MAILBOX] if kind is Kind.KEYS_DIFFER else [Held.ACCOUNT]
    declared = POP3_SESSION.declaration
    scope = scope_of(declared, sessions=None, accounts=2, limit=size[1], resources=resources)
    assert explored(net_of(declared, scope), size).broken is None


def test_the_seed_of_it_all_is_told() -> None:
    """Where account and mailbox differ nothing is given back: one session, six steps, told."""
    found = EXPLORING.of_meaning(account_mutant(Kind.KEYS_DIFFER))
    assert found is not None
    assert found.trace == (
        "session 1: NEW --CONNECTED--> GREETING",
        "session 1: GREETING --ADMITTED--> AUTHORIZATION",
        "session 1: AUTHORIZATION --CREDENTIALS_RECEIVED--> VERIFYING",
        "session 1: VERIFYING --VERIFIED--> TAKING_SLOT",
        "session 1: TAKING_SLOT --SLOT_GRANTED--> LOCKING",
        found.trace[-1],
    )


# --- the marks -----------------------------------------------------------------------------------


@pytest.mark.parametrize("declared", [FORGETS, REFUNDS, ABSTRACT_POP3.declaration], ids=str)
def test_marking_anew_marks_what_the_net_marks(declared: AnyDeclaration) -> None:
    """The property by which faulty nets are marked finds in a draft what building its net finds."""
    net = small_net(declared)
    bare = replace(net, moves=tuple(replace(move, unbalanced=()) for move in net.moves))
    changed = (*bare.moves, bare.moves[0])  # One move more, so that it is another net.
    marked = faulty._with(bare, changed)
    assert marked.moves[:-1] == net.moves


@pytest.mark.parametrize(
    "fault",
    [
        faulty.asked_early,
        faulty.another_key_asked,
        faulty.limit_over,
        faulty.limit_under,
        faulty.limit_lowered,
    ],
    ids=lambda fault: fault.__name__,
)
def test_a_fault_of_asking_marks_nothing(fault: object) -> None:
    """What only asks for room wrongly keeps count and holders alike: the search has to find it."""
    assert callable(fault)
    net = fault(small_net(limit=2), SLOT)
    assert [move for move in net.moves if move.unbalanced] == []


# --- single faults -------------------------------------------------------------------------------


def test_a_limit_that_is_lowered_rightly_breaks_nothing() -> None:
    """Sessions over the new limit stay, nobody else comes in: no count goes over the old one."""
    net = faulty.limit_lowered(small_net(limit=2), SLOT, only_equal=False)
    assert explored(net, (4, 2)).broken is None


def test_after_a_limit_is_lowered_a_count_over_it_only_falls() -> None:
    """No move raises a count that is at the lowered limit or over it."""
    net = faulty.limit_lowered(small_net(limit=2), SLOT, only_equal=False)
    switch = len(net.counters) - 1
    raising = [
        dict(move.room)[number]
        for move in net.moves
        if switch in move.full
        for number, by in move.change
        if by > 0
    ]
    assert set(raising) == {1}


def test_a_limit_of_one_cannot_be_lowered() -> None:
    """There is no limit below one to lower it to, so the net stays the very same."""
    net = small_net(limit=1)
    assert faulty.limit_lowered(net, SLOT) is net


def test_room_that_is_asked_when_it_is_granted_is_kept() -> None:
    """The split by itself is no fault: with the room asked again at the grant nothing breaks."""
    split = faulty.asked_early(small_net(), SLOT)
    asked_again = tuple(
        replace(
            move, room=tuple({*move.room, *((number, 1) for number, by in move.change if by > 0)})
        )
        for move in split.moves
    )
    assert explored(replace(split, moves=asked_again), (3, 1)).broken is None


def test_one_key_is_never_mistaken_for_another() -> None:
    """Where there is one key the room of another cannot be asked: the net stays the very same."""
    net = small_net(keys=1)
    assert faulty.another_key_asked(net, SLOT) is net


def test_a_session_that_asks_at_once_is_not_split() -> None:
    """Where nothing waits for the grant there is nothing to split: the net stays the very same."""
    net = small_net()
    none_wait = replace(net, moves=tuple(replace(move, source=0) for move in net.moves))
    assert faulty.asked_early(none_wait, SLOT) is none_wait
