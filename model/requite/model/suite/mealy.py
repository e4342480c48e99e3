"""A declaration seen through its outputs only: what is owed after each event, or a refusal.

Decides what a test can see: whether an event is accepted, and the effects in their order with the
texts of the replies. Refuses to see a state. In each state every event can be tried: one without a
row is refused and changes nothing, as the derived machine does it, so that the machine is complete.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from requite.model.declaration import AnyDeclaration, Reply

__all__ = ("Answer", "Mealy", "mealy_of")

Answer: TypeAlias = "tuple[Enum | Reply, ...] | None"
"""What an event is answered with: the effects of its row, or None where it is refused."""


@dataclass(frozen=True, slots=True)
class Mealy:
    """A complete deterministic machine; its states and inputs are numbers."""

    states: tuple[Enum, ...]
    events: tuple[Enum, ...]
    start: int
    steps: tuple[tuple[tuple[Answer, int], ...], ...]
    """For each state and each event what it is answered with, and the state after it."""

    def answers(self, word: Iterable[int]) -> tuple[Answer, ...]:
        """Return what each event of a word is answered with, from the start."""
        state = self.start
        seen = []
        for event in word:
            answer, state = self.steps[state][event]
            seen.append(answer)
        return tuple(seen)

    def after(self, word: Iterable[int], start: int | None = None) -> int:
        """Return the state after a word, from the start or from a state."""
        state = self.start if start is None else start
        for event in word:
            state = self.steps[state][event][1]
        return state

    def with_step(self, state: int, event: int, answer: Answer, target: int) -> "Mealy":
        """Return the machine that differs in what it does in one state on one event."""
        row = list(self.steps[state])
        row[event] = (answer, target)
        steps = (*self.steps[:state], tuple(row), *self.steps[state + 1 :])
        return Mealy(self.states, self.events, self.start, steps)

    def names(self, word: Iterable[int]) -> tuple[str, ...]:
        """Return the names of the events of a word."""
        return tuple(self.events[event].name for event in word)


def mealy_of(declared: AnyDeclaration) -> Mealy:
    """Return the machine that a declaration is, as a test sees it."""
    states: tuple[Any, ...] = tuple(row.state for row in declared.states)
    number = {state: place for place, state in enumerate(states)}
    events: tuple[Any, ...] = declared.events_in_order
    place = {event: number for number, event in enumerate(events)}
    steps: list[list[tuple[Answer, int]]] = [
        [(None, state)] * len(events) for state in range(len(states))
    ]
    for edge in declared.table.values():
        steps[number[edge.source]][place[edge.event]] = (edge.effects, number[edge.target])
    return Mealy(states, events, number[declared.initial], tuple(map(tuple, steps)))
