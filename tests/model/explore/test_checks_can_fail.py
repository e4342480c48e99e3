"""Every comparison is seen to fail: the explorer, broken in one place, differs from the reference.

Decides what the tests of this folder are worth: each mutant is one slip of one line, made by
patching, and the comparisons that find nothing in the real explorer find it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from model.explore.comparing import Asked, differences
from model.explore.drafts import (
    FAITHFUL_LOCK,
    HEIRS,
    KEYED,
    ONE_BY_ONE,
    PHILOSOPHERS,
    POLLED,
    RENEWED,
)
from model.explore.lasting import differences_for_ever
from requite.lifecycles.abstract_pop3 import ABSTRACT_POP3, REFUNDS
from requite.model.explore import (
    EVERY,
    Verdict,
    eventually,
    explore,
    exploring,
    fairness,
    jumps,
    lassos,
    net,
    search,
)
from requite.model.explore.bitmaps import BitmapSpace
from requite.model.explore.cuts import CutSpace, OpenSpace
from requite.model.explore.fairness import Fairness
from requite.model.explore.jumps import Jump
from requite.model.explore.net import Move
from requite.model.explore.spaces import CountedSpace, PlainSpace
from requite.model.explore.story import _Telling

Patch = pytest.MonkeyPatch
Mutant = Callable[[Patch], None]

QUESTIONS = (
    Asked(REFUNDS, 2, accounts=1, limit=1),
    Asked(ABSTRACT_POP3.declaration, 2, accounts=1, limit=1),
    Asked(PHILOSOPHERS, 2, accounts=1),
    Asked(PHILOSOPHERS, 2, accounts=2, crash=False),
    Asked(KEYED, 3, accounts=2, limit=2),
    Asked(FAITHFUL_LOCK, 2, accounts=1, crash=False),
    Asked(POLLED, 2, accounts=1, crash=False),
    Asked(RENEWED, 1, accounts=1),
    Asked(HEIRS, 2, accounts=1),
    Asked(ONE_BY_ONE, 1, accounts=1, limit=1),
)


def _differences() -> Iterator[str]:
    for question in QUESTIONS:
        yield from differences(question)
    for question in QUESTIONS[1:]:
        yield from differences_for_ever(question)
    explored = explore(ABSTRACT_POP3, sessions=EVERY, accounts=1)
    if explored.verdict is not Verdict.PROVED_FOR_ALL:
        yield f"the problem of all checkers is {explored.verdict.name}"


def _moves(change: Callable[[Move], Move]) -> Mutant:
    """Return the mutant that reads each move of the net otherwise."""
    real = jumps._jump

    def read(whole: net.Net, move: Move, fields: Any) -> Jump:  # noqa: ANN401 - as it is called.
        return real(whole, change(move), fields)

    return lambda patch: patch.setattr(jumps, "_jump", read)


def _crashes(change: Callable[[Move], Move]) -> Mutant:
    real = net._Building._crash
    return lambda patch: patch.setattr(
        net._Building, "_crash", lambda self, at, place: change(real(self, at, place))
    )


def _own_key(_: Any, resource: Any) -> Any:  # noqa: ANN401 - as it is called.
    return resource.resource


def _one_from_many(self: CutSpace, place: int, group: list[int]) -> Iterator[tuple[int, list[int]]]:
    """Leave many as many: the one that is left is forgotten."""
    parts = [*REAL_LEAVING(self, place, group)]
    yield from parts if len(parts) == 1 else (parts[0], parts[2])


REAL_LEAVING = CutSpace._leaving
REAL_FAIRNESS = fairness.fairness_of
REAL_KEPT = net._Building._kept
REAL_SEARCHED = search.Watch.searched


def _requests_are_not_answered(whole: net.Net, fair: Any) -> tuple[Fairness, ...]:  # noqa: ANN401 - as it is called.
    return tuple(item for item in REAL_FAIRNESS(whole, fair) if item.about.endswith("comes"))


def _one_layer_too_few(
    self: search.Watch,
    layers: Sequence[search.Layer],
    breach: jumps.Breach | None,
    stopped: str | None,
) -> search.Searched:
    return REAL_SEARCHED(self, layers if breach else layers[:-1], breach, stopped)


def _patched(owner: object, name: str, instead: object) -> Mutant:
    return lambda patch: patch.setattr(owner, name, instead)


MUTANTS: dict[str, Mutant] = {
    "a grant asks for no room": _moves(lambda move: replace(move, room=())),
    "a refusal comes at any time": _moves(lambda move: replace(move, full=())),
    "a count does not change": _moves(lambda move: replace(move, change=())),
    "what is unbalanced is not seen": _moves(lambda move: replace(move, unbalanced=())),
    "a dead session keeps what it held": _crashes(lambda move: replace(move, change=())),
    "a dead session stays where it is": _crashes(
        lambda move: replace(move, target=move.source, change=())
    ),
    "each resource has its own key": _patched(net, "_root", _own_key),
    "no key is kept": _patched(net._Building, "_kept", lambda _, __, keys: tuple(0 for _ in keys)),
    "every key is kept": _patched(net._Building, "_kept", lambda _, __, keys: keys),
    "many never become one": _patched(CutSpace, "_leaving", _one_from_many),
    "many do not stay many": _patched(
        CutSpace, "_leaving", lambda self, place, group: [*REAL_LEAVING(self, place, group)][:2]
    ),
    "a bitmap is never stuck": _patched(BitmapSpace, "_is_stuck", lambda _, __: False),
    "a plain space is never stuck": _patched(PlainSpace, "_is_stuck", lambda _, __: False),
    "a counted space is never stuck": _patched(CountedSpace, "_is_stuck", lambda _, __: False),
    "a cut space is never stuck": _patched(CutSpace, "_is_stuck", lambda _, __: False),
    "an open space is never stuck": _patched(OpenSpace, "_is_stuck", lambda _, __: False),
    "to die is to move": _patched(net.Net, "by_keys", staticmethod(lambda moves: [[*moves]])),
    "who waits takes any key": _patched(
        net.Net,
        "by_keys",
        staticmethod(lambda moves: [[move for move in moves if move.edge is not None]]),
    ),
    "every place is free": _patched(net.Net, "always_free", lambda _, __: True),
    "no place is free": _patched(net.Net, "always_free", lambda _, __: False),
    "the last layer is lost": _patched(search.Watch, "searched", _one_layer_too_few),
    "what is cut is told as seen": _patched(
        exploring, "few_that_take", lambda _, rows, __: (1, {*rows})
    ),
    "sessions are all one in a story": _patched(
        _Telling, "_session", lambda self, _, __: self._places.append(0) or 0
    ),
    "requests are not answered": _patched(eventually, "fairness_of", _requests_are_not_answered),
    "nothing is fair": _patched(eventually, "fairness_of", lambda _, __: ()),
    "nobody is ever trapped": _patched(eventually, "trap_in", lambda *_, **__: None),
    "nothing lasts": _patched(eventually, "lasso_in", lambda *_, **__: None),
    "fairness asks for nothing in a loop": _patched(lassos, "blocked", lambda _, __, ___: True),
    "a loop never takes what is fair": _patched(lassos, "_asked", lambda _, __: False),
    "a story of one that stays needs no room": _patched(
        eventually, "_possible", lambda _, __: True
    ),
    "the first breach is any breach": _patched(
        exploring, "trace", lambda _, __, breach: [(None, m) for m in breach.jump.moves[:1]]
    ),
}


def test_the_explorer_as_it_is_differs_in_nothing() -> None:
    """What the mutants are measured by is not wrong itself."""
    assert [*_differences()] == []


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_explorer_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At least one comparison tells it from the reference."""
    MUTANTS[name](monkeypatch)

    try:
        found = next(_differences(), None)
    except (LookupError, StopIteration, AttributeError, AssertionError) as error:
        found = repr(error)

    print(name, "->", found)
    assert found is not None, f"expected a difference while {name}, found none"
