"""The order of a comparison, and how it says where it is.

Decides that every server is visited in each round, so that a machine that slows down slows all of
them, and that whoever is told to end leaves no child behind. Refuses to measure, and to show a
figure.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NoReturn, TypeAlias, TypeVar

__all__ = ("Say", "end", "narrator", "visits")

Say: TypeAlias = Callable[[str], None]
T = TypeVar("T")


def narrator() -> Say:
    """Return what prints a line to standard error, with the time since now."""
    start = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - start:5.1f} s] {text}", file=sys.stderr, flush=True)

    return say


def visits(servers: Sequence[T], rounds: int) -> Iterator[tuple[int, T]]:
    """Visit every server in each round; who comes first changes from round to round."""
    for number in range(rounds):
        turn = number % len(servers)
        for server in (*servers[turn:], *servers[:turn]):
            yield number + 1, server


def end(_number: int, _frame: object) -> NoReturn:
    """Leave through every `finally`, so that no child outlives us."""
    raise SystemExit("terminated")
