"""The way from the beginning to a breach, found backwards through the layers of a search.

Decides which of several shortest traces is told: the first in the order of the declaration.
"""

from collections.abc import Sequence

from requite.model.explore.bitmaps import BitmapSpace
from requite.model.explore.jumps import Breach, Jump
from requite.model.explore.net import Move
from requite.model.explore.search import Layer
from requite.model.explore.spaces import PlainSpace, Space

__all__ = ("trace",)


def trace(
    space: Space | BitmapSpace, layers: Sequence[Layer], breach: Breach
) -> list[tuple[int | None, Move]]:
    """Return who moves and how, from the start to what a breach names.

    Args:
        space: what was searched; sessions are told apart in it or counted.
        layers: the states by their distance from the start; the breach is in the last.
        breach: what was found.
    """
    named = isinstance(space, PlainSpace | BitmapSpace)
    steps: list[tuple[int, Jump]] = []
    if breach.jump is not None:
        steps.append((breach.slot, breach.jump))
    state = breach.state
    for layer in reversed(layers[:-1]):
        earlier, slot, jump = next(step for step in space.before(state) if step[0] in layer)
        steps.append((slot, jump))
        state = earlier
    return [(slot if named else None, jump.moves[0]) for slot, jump in reversed(steps)]
