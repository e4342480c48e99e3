"""A scope that makes no sense is refused, in words that say what was expected."""

from dataclasses import replace
from enum import Enum
from typing import Any

import pytest

from model.explore.drafts import Thing, draft
from requite.lifecycles.abstract_pop3 import ABSTRACT_POP3, Event, Held
from requite.lifecycles.pop3 import POP3_SESSION
from requite.lifecycles.pop3 import Event as Pop3Event
from requite.lifecycles.pop3 import Held as Pop3Held
from requite.model import Per
from requite.model.explore import EVERY, Reduction, ScopeError, explore

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no-session": ({"sessions": 0}, "sessions is 0; expected a number from 1, or EVERY"),
    "fewer-than-none": ({"sessions": -1}, "sessions is -1; expected a number from 1, or EVERY"),
    "no-account": ({"accounts": 0}, "accounts is 0; expected a number from 1"),
    "no-slot": ({"limit": 0}, "limit is 0; expected a limit from 1"),
    "no-slot-of-one": ({"limits": {Held.SLOT: 0}}, "SLOT is 0; expected a limit from 1"),
    "another-resource": (
        {"resources": [Pop3Held.ADDRESS]},
        "Held.ADDRESS is no resource of abstract_pop3; expected some of: SLOT",
    ),
    "another-limit": (
        {"limits": {Pop3Held.ADDRESS: 1}},
        "Held.ADDRESS is no resource of abstract_pop3; expected some of: SLOT",
    ),
    "plain-for-every": (
        {"sessions": EVERY, "reduction": Reduction.PLAIN},
        "PLAIN needs a number of sessions; expected one, or CUT or OPEN for every number",
    ),
    "counted-for-every": (
        {"sessions": EVERY, "reduction": Reduction.COUNTED},
        "COUNTED needs a number of sessions; expected one, or CUT or OPEN for every number",
    ),
    "cut-for-a-number": (
        {"sessions": 3, "reduction": Reduction.CUT},
        "CUT and OPEN cover every number of sessions; leave the number out",
    ),
    "open-for-a-number": (
        {"sessions": 3, "reduction": Reduction.OPEN},
        "CUT and OPEN cover every number of sessions; leave the number out",
    ),
    "another-event": (
        {"fair": [Pop3Event.KICKED]},
        "Event.KICKED is called fair; expected an event of abstract_pop3",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_scope_that_does_not_fit_is_refused(name: str) -> None:
    """The text names what was given, and what was expected."""
    given, says = REFUSED[name]

    with pytest.raises(ScopeError) as caught:
        explore(ABSTRACT_POP3, **given)

    assert str(caught.value) == says


@pytest.mark.parametrize(
    "given", [{"resources": [Pop3Held.SOCKET]}, {"limits": {Pop3Held.SOCKET: 1}}]
)
def test_what_each_session_has_for_itself_has_no_limit(given: dict[str, Any]) -> None:
    """Nobody else can be in the way of a socket."""
    with pytest.raises(ScopeError) as caught:
        explore(POP3_SESSION, **given)

    assert str(caught.value) == "SOCKET has no limit to keep: each session has its own"


def test_an_exclusive_resource_has_no_other_limit() -> None:
    """Two in a maildrop would not be what the declaration says."""
    with pytest.raises(ScopeError) as caught:
        explore(POP3_SESSION, limits={Pop3Held.MAILDROP: 2})

    says = "MAILDROP is exclusive: its limit is 1, and no other can be set"
    assert str(caught.value) == says


def test_an_event_of_the_declaration_may_be_called_fair() -> None:
    """Any of its events, not only the environment's."""
    assert explore(ABSTRACT_POP3, sessions=1, fair=[Event.QUIT]).states == 11


# --- whose key ----------------------------------------------------------------------------------


def _keyed(**changes: dict[str, Any]) -> Any:  # noqa: ANN401 - a draft, right or wrong.
    things = [
        Thing(name="A", held_in="IN", taken_by="CAME"),
        Thing(name="B", held_in="IN", taken_by="CAME", same_key_as="A"),
    ]
    things = [replace(thing, **changes.get(thing.name, {})) for thing in things]
    return draft("BEGIN CAME IN\nIN LEFT END A B", things)


def test_what_has_the_key_of_another_uses_it() -> None:
    """Both are held under the same of two keys: two places besides rest."""
    assert explore(_keyed(), sessions=1, accounts=2).states == 3


def test_a_key_shared_otherwise_is_refused() -> None:
    """One key for all and one for each account cannot be the same."""
    with pytest.raises(ScopeError) as caught:
        explore(_keyed(A={"per": Per.SERVER}), sessions=1)

    assert str(caught.value) == "B has the key of A, but is shared per KEY; expected SERVER"


def test_keys_in_a_circle_are_refused() -> None:
    """Neither has a key of its own."""
    with pytest.raises(ScopeError) as caught:
        explore(_keyed(A={"same_key_as": "B"}), sessions=1)

    assert str(caught.value) == "the key of A is in the end that of A again"


def test_the_key_of_what_is_not_there_is_refused() -> None:
    """The rules refuse such a declaration; a draft need not keep them."""
    elsewhere = Enum("elsewhere", ["NOWHERE"])
    declared = _keyed()
    first, second = declared.resources
    lost = replace(declared, resources=[first, replace(second, same_key_as=elsewhere(1))])

    with pytest.raises(ScopeError) as caught:
        explore(lost, sessions=1)

    assert str(caught.value) == "B has the key of elsewhere.NOWHERE, which draft has not"
