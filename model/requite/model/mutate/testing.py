"""What the derived tests find of a mutant: a word of events that it answers otherwise.

Decides how the complete suite is run. A mutant differs from its declaration in one row, so a word
that never takes the row is answered alike, and only the words that take it are run. A mutant that
fails no word is walked through side by side with the declaration: either no word at all tells the
two apart, and the mutant is no fault, or the suite has a hole.
"""

from collections.abc import Iterator
from functools import cached_property

from requite.model.declaration import AnyDeclaration
from requite.model.mutate.kinds import RowMutant
from requite.model.suite import Mealy, Word, complete_suite, distinguishing_word, mealy_of

__all__ = ("Testing",)


class Testing:
    """The complete suite of a declaration, run on its mutants."""

    __test__ = False  # The name is meant; pytest need not look for tests in it.

    def __init__(self, declared: AnyDeclaration) -> None:
        self.machine = mealy_of(declared)
        self._state = {state: number for number, state in enumerate(self.machine.states)}
        self._event = {event: number for number, event in enumerate(self.machine.events)}

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """The words of the suite."""
        return complete_suite(self.machine)

    @cached_property
    def _taking(self) -> dict[tuple[int, int], list[Word]]:
        """The words that take each row, by its state and its event."""
        taking: dict[tuple[int, int], list[Word]] = {}
        for word in self.words:
            for step in dict.fromkeys(self._steps_of(word)):
                taking.setdefault(step, []).append(word)
        return taking

    def _steps_of(self, word: Word) -> Iterator[tuple[int, int]]:
        state = self.machine.start
        for event in word:
            yield state, event
            state = self.machine.steps[state][event][1]

    def machine_of(self, mutant: RowMutant) -> Mealy:
        """Return a mutant as a test sees it."""
        state, event = self._state[mutant.row.source], self._event[mutant.row.event]
        if mutant.instead is None:
            return self.machine.with_step(state, event, None, state)
        target = self._state[mutant.instead.target]
        return self.machine.with_step(state, event, mutant.instead.effects, target)

    def failed_by(self, mutant: RowMutant) -> Word | None:
        """Return the first word of the suite that a mutant answers otherwise, if there is one."""
        other = self.machine_of(mutant)
        row = self._state[mutant.row.source], self._event[mutant.row.event]
        for word in self._taking.get(row, ()):
            if other.answers(word) != self.machine.answers(word):
                return word
        return None

    def told_apart_by(self, mutant: RowMutant) -> Word | None:
        """Return a shortest word that tells a mutant apart; None proves that nothing does."""
        return distinguishing_word(self.machine, self.machine_of(mutant))
