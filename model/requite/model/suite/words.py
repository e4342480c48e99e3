"""The words of a complete test suite: covers, what tells states apart, and their product.

Decides which words are tried. The suite is that of the W-method (T. S. Chow, Testing software
design modeled by finite-state machines, IEEE Transactions on Software Engineering 4(3), 1978):
it fails on every faulty implementation of no more states than the declaration has, or of so many
more as it is made for. It needs no look inside. The same declaration gives the same words in the
same order: among words of equal length those come first whose events were declared first.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import combinations, product
from typing import TypeAlias

from requite.model.suite.mealy import Mealy

__all__ = (
    "Word",
    "characterisation_set",
    "complete_suite",
    "prefix_free",
    "state_cover",
    "transition_cover",
)

Word: TypeAlias = tuple[int, ...]
"""Events by their number in the machine's alphabet."""
Pair: TypeAlias = tuple[int, int]


def state_cover(machine: Mealy) -> dict[int, Word]:
    """Return for each state that can be reached a shortest word to it."""
    words: dict[int, Word] = {machine.start: ()}
    todo = deque([machine.start])
    while todo:
        state = todo.popleft()
        for event, (_, target) in enumerate(machine.steps[state]):
            if target not in words:
                words[target] = (*words[state], event)
                todo.append(target)
    return words


def transition_cover(machine: Mealy) -> tuple[Word, ...]:
    """Return the words of the state cover, each by itself and followed by every event."""
    events = range(len(machine.events))
    cover = state_cover(machine).values()
    return (*cover, *((*word, event) for word in cover for event in events))


def characterisation_set(machine: Mealy) -> tuple[Word, ...]:
    """Return words that tell any two states apart that anything can tell apart.

    There may be fewer that do it: of the shortest words for each pair those are kept, one by one,
    that tell most of the pairs apart that are left.
    """
    told = _told_apart(machine)
    words = sorted(set(told.values()), key=lambda word: (len(word), word))
    kept: list[Word] = []
    left = set(told)
    while left:
        pairs = {word: {pair for pair in left if _tells(machine, word, pair)} for word in words}
        best = max(words, key=lambda word: len(pairs[word]))
        kept.append(best)
        left -= pairs[best]
    return tuple(sorted(kept, key=lambda word: (len(word), word)))


def _told_apart(machine: Mealy) -> dict[Pair, Word]:
    """Return a shortest word for each pair of states that some word tells apart."""
    told: dict[Pair, Word] = {}
    left = list(combinations(sorted(state_cover(machine)), 2))
    found = True
    while found:
        # All pairs of one round are told apart by words of one length: by those of the last one.
        fresh = {pair: word for pair in left if (word := _splits(machine, pair, told)) is not None}
        left = [pair for pair in left if pair not in fresh]
        told |= fresh
        found = bool(fresh)
    return told


def _splits(machine: Mealy, pair: Pair, told: dict[Pair, Word]) -> Word | None:
    """Return a word that tells a pair apart at once, or after one step that nothing is seen of."""
    steps = zip(machine.steps[pair[0]], machine.steps[pair[1]], strict=True)
    later: Word | None = None
    for event, ((one, first), (other, second)) in enumerate(steps):
        if one != other:
            return (event,)
        after = (min(first, second), max(first, second))
        if later is None and after in told:
            later = (event, *told[after])
    return later


def _tells(machine: Mealy, word: Word, pair: Pair) -> bool:
    first, second = pair
    for event in word:
        one, first = machine.steps[first][event]
        other, second = machine.steps[second][event]
        if one != other:
            return True
    return False


def complete_suite(machine: Mealy, extra_states: int = 0) -> tuple[Word, ...]:
    """Return the words of the W-method, none of them the beginning of another.

    Args:
        machine: what an implementation should be.
        extra_states: by how many states an implementation may have more than the machine. Each
            multiplies the words by the number of events.
    """
    cover = transition_cover(machine)
    tells = characterisation_set(machine) or ((),)
    between = list(_up_to(extra_states, len(machine.events)))
    return prefix_free(
        (*word, *middle, *end) for word in cover for middle in between for end in tells
    )


def _up_to(length: int, events: int) -> Iterator[Word]:
    for exactly in range(length + 1):
        yield from product(range(events), repeat=exactly)


def prefix_free(words: Iterable[Word]) -> tuple[Word, ...]:
    """Return the words that begin no other, in order of length, then of their events."""
    in_order = sorted(set(words))
    kept = [
        word
        for word, following in zip(in_order, (*in_order[1:], ()), strict=True)
        if following[: len(word)] != word or not following
    ]
    return tuple(sorted(kept, key=lambda word: (len(word), word)))
