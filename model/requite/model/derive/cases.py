"""The cases that tests use: the shortest word to each state, and every exit.

Decides which words reach what. Tests pin the numbers, so that a case cannot vanish in silence.
"""

from collections import deque
from collections.abc import Iterator
from enum import Enum

from requite.model.derive.machine import WIDTH, _module_docstring
from requite.model.derive.origin import Origin
from requite.model.lifecycle import AnyLifecycle

__all__ = ("cases", "shortest_words")


def shortest_words(lifecycle: AnyLifecycle) -> dict[Enum, tuple[Enum, ...]]:
    """Return for each state a shortest word of events that leads to it from the initial one.

    Among words of equal length the one whose rows were declared first is taken.
    """
    words: dict[Enum, tuple[Enum, ...]] = {lifecycle.start: ()}
    todo = deque([lifecycle.start])
    while todo:
        state = todo.popleft()
        for edge in lifecycle.edges:
            if edge.source is state and edge.target not in words:
                words[edge.target] = (*words[state], edge.event)
                todo.append(edge.target)
    return words


def cases(lifecycle: AnyLifecycle, origin: Origin) -> str:
    """Return the module with the cases."""
    words = shortest_words(lifecycle)
    lines = [
        _module_docstring(f"The cases of the {lifecycle.title} lifecycle.", origin),
        "",
        "from typing import Final",
        "",
        "from .machine import EDGES, Event, State",
        "",
        '__all__ = ("EXITS", "WORDS")',
        "",
        "WORDS: Final[dict[State, tuple[Event, ...]]] = {",
        *(line for row in lifecycle.rows for line in _word(row.state, words[row.state])),
        "}",
        '"""A shortest word of events to each state."""',
        "",
        "EXITS: Final = tuple(step for step in EDGES if step.gives_back)",
        f'"""The {len(lifecycle.exits)} rows that give something back."""',
    ]
    return "\n".join(lines) + "\n"


def _word(state: Enum, word: tuple[Enum, ...]) -> Iterator[str]:
    items = [f"Event.{event.name}" for event in word]
    line = f"    State.{state.name}: ({', '.join(items)}{',' if len(items) == 1 else ''}),"
    if len(line) <= WIDTH:
        yield line
        return
    yield f"    State.{state.name}: ("
    yield from (f"        {item}," for item in items)
    yield "    ),"
