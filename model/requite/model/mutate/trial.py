"""Trying a declaration with every mutant: who kills each, and why one may live.

Decides in which order killers are asked. The balance and the other rules come first, because they
know nothing of how the declaration was before; then a small exploration; the derived tests come
last, because they do know. What no killer kills is either shown to behave the same, or it is a
hole in the net, and a failure.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Final

from requite.model.declaration import AnyDeclaration
from requite.model.mutate.exploring import Exploring, Found
from requite.model.mutate.kinds import Kind, MeaningMutant, Mutant, RowMutant
from requite.model.mutate.loading import Loading
from requite.model.mutate.meanings import meaning_mutants
from requite.model.mutate.rows import row_mutants
from requite.model.mutate.testing import Testing

__all__ = ("BALANCE", "EVERY_KILLER", "Fate", "Killer", "Trial", "mutants_of")

BALANCE: Final = "balanced"
"""The rule that is the proof for every number of sessions."""


class Killer(Enum):
    """What kills a mutant."""

    BALANCE = "the balance, when it is loaded"
    RULES = "another rule, when it is loaded"
    EXPLORATION = "a small exploration"
    TESTS = "the derived tests"


EVERY_KILLER: Final = frozenset(Killer)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a mutant."""

    mutant: Mutant
    killer: Killer | None
    """Who killed it first; None if it lives."""
    rules: frozenset[str] = frozenset()
    """Every rule that it breaks, by name."""
    found: Found | None = None
    """What the exploration found, if it was asked and found something."""
    word: tuple[str, ...] = ()
    """The word of the derived tests that it answers otherwise, if they were asked and have one."""
    lives_because: str | None = None
    """Why it may live, if it does and there is a reason."""

    @property
    def is_failure(self) -> bool:
        """Whether it lives and nobody can say why."""
        return self.killer is None and self.lives_because is None


def mutants_of(declared: AnyDeclaration, kinds: Collection[Kind] = tuple(Kind)) -> list[Mutant]:
    """Return every mutant of a declaration of some kinds, kind by kind."""
    made: dict[Kind, list[Mutant]] = {kind: [] for kind in Kind}
    if any(not kind.of_meaning for kind in kinds):
        for row_mutant in row_mutants(declared):
            made[row_mutant.kind].append(row_mutant)
    if any(kind.of_meaning for kind in kinds):
        for mutant in meaning_mutants(declared):
            made[mutant.kind].append(mutant)
    return [mutant for kind in Kind if kind in kinds for mutant in made[kind]]


class Trial:
    """The killers of a declaration's mutants.

    Args:
        declared: what is mutated; it keeps every rule.
        killers: who is asked, in the order of `Killer`.
    """

    def __init__(
        self, declared: AnyDeclaration, killers: Collection[Killer] = EVERY_KILLER
    ) -> None:
        self.loading = Loading(declared)
        self.exploring = Exploring(declared)
        self.testing = Testing(declared)
        self._killers = frozenset(killers)

    def fate(self, mutant: Mutant) -> Fate:
        """Return what becomes of one mutant."""
        if isinstance(mutant, MeaningMutant):
            return self._of_meaning(mutant)
        return self._of_row(mutant)

    def _of_row(self, mutant: RowMutant) -> Fate:
        rules = self.loading.broken_by(mutant)
        if BALANCE in rules and Killer.BALANCE in self._killers:
            return Fate(mutant, Killer.BALANCE, rules)
        if rules - {BALANCE} and Killer.RULES in self._killers:
            return Fate(mutant, Killer.RULES, rules)
        if Killer.EXPLORATION in self._killers and (found := self.exploring.of_row(mutant)):
            return Fate(mutant, Killer.EXPLORATION, rules, found)
        if Killer.TESTS in self._killers and (word := self.testing.failed_by(mutant)) is not None:
            names = self.testing.machine.names(word)
            return Fate(mutant, Killer.TESTS, rules, word=names)
        return Fate(mutant, None, rules, lives_because=self._row_lives_because(mutant))

    def _row_lives_because(self, mutant: RowMutant) -> str | None:
        if self.testing.told_apart_by(mutant) is not None:
            return None
        if mutant.instead is None:
            return "it behaves the same: nothing ever takes the row"
        old, new = mutant.row.target.name, mutant.instead.target.name
        return f"it behaves the same: {old} and {new} answer every word alike"

    def _of_meaning(self, mutant: MeaningMutant) -> Fate:
        if Killer.EXPLORATION in self._killers and (found := self.exploring.of_meaning(mutant)):
            return Fate(mutant, Killer.EXPLORATION, found=found)
        return Fate(mutant, None, lives_because=self.exploring.lives_because(mutant))
