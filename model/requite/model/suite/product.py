"""Telling two machines apart: a shortest word that they answer differently, if there is one.

Decides equivalence: both machines are walked through side by side, so that no word that tells them
apart can be missed, and the absence of one is a proof.
"""

from collections import deque

from requite.model.suite.mealy import Mealy

__all__ = ("distinguishing_word",)


def distinguishing_word(first: Mealy, second: Mealy) -> tuple[int, ...] | None:
    """Return a shortest word that two machines of one alphabet answer differently, or None."""
    start = (first.start, second.start)
    came: dict[tuple[int, int], tuple[tuple[int, int], int] | None] = {start: None}
    todo = deque([start])
    while todo:
        pair = todo.popleft()
        ours, theirs = first.steps[pair[0]], second.steps[pair[1]]
        # The same row in both, reached alike, answers alike; only where to go on is left.
        for event, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            if one[0] != other[0]:
                return (*_word_to(pair, came), event)
            after = (one[1], other[1])
            if after not in came:
                came[after] = (pair, event)
                todo.append(after)
    return None


def _word_to(
    pair: tuple[int, int], came: dict[tuple[int, int], tuple[tuple[int, int], int] | None]
) -> tuple[int, ...]:
    word: list[int] = []
    step = came[pair]
    while step is not None:
        earlier, event = step
        word.append(event)
        step = came[earlier]
    return tuple(reversed(word))
