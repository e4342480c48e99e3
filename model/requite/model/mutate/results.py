"""What a trial of mutants comes to: for each kind how many, and who killed how many of them first.

Decides the figures. Refuses to decide how they look: that is `requite.model.tell.mutants`.
"""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass

from requite.model.declaration import AnyDeclaration
from requite.model.lifecycle import AnyLifecycle, Lifecycle
from requite.model.mutate.exploring import Found
from requite.model.mutate.kinds import Kind
from requite.model.mutate.trial import EVERY_KILLER, Fate, Killer, Trial, mutants_of

__all__ = ("Count", "Results", "mutate")


@dataclass(frozen=True, slots=True)
class Count:
    """The figures of one kind of mutants."""

    kind: Kind
    mutants: int
    killed: Counter[Killer]
    """How many were killed first by each."""
    same: int
    """How many live because they behave the same."""
    failures: int
    """How many live and nobody can say why."""


@dataclass(frozen=True, slots=True)
class Results:
    """What became of every mutant of a declaration."""

    declared: AnyDeclaration
    fates: tuple[Fate, ...]
    words: int
    """How many words the derived tests have."""
    commands: int
    """How many events all of them have together."""
    refuted: Found | None
    """What an exploration found of the declaration itself, where nothing may be found."""

    @property
    def survivors(self) -> tuple[Fate, ...]:
        """The mutants that live, with a reason or without."""
        return tuple(fate for fate in self.fates if fate.killer is None)

    @property
    def failures(self) -> tuple[Fate, ...]:
        """The mutants that live, and nobody can say why."""
        return tuple(fate for fate in self.fates if fate.is_failure)

    @property
    def is_good(self) -> bool:
        """Whether every mutant was killed or is explained, and the declaration itself lives."""
        return not self.failures and self.refuted is None

    def counts(self) -> tuple[Count, ...]:
        """Return the figures of each kind that has mutants, in the order of the kinds."""
        by_kind: dict[Kind, list[Fate]] = {kind: [] for kind in Kind}
        for fate in self.fates:
            by_kind[fate.mutant.kind].append(fate)
        return tuple(_count(kind, fates) for kind, fates in by_kind.items() if fates)


def _count(kind: Kind, fates: list[Fate]) -> Count:
    return Count(
        kind,
        len(fates),
        Counter(fate.killer for fate in fates if fate.killer is not None),
        sum(fate.killer is None and not fate.is_failure for fate in fates),
        sum(fate.is_failure for fate in fates),
    )


def _say_nothing(_: int, __: int) -> None:
    return


def mutate(
    lifecycle: AnyLifecycle | AnyDeclaration,
    *,
    kinds: Collection[Kind] = tuple(Kind),
    killers: Collection[Killer] = EVERY_KILLER,
    progress: Callable[[int, int], None] = _say_nothing,
) -> Results:
    """Try a lifecycle with every mutant of some kinds, and say what became of each.

    Args:
        lifecycle: a lifecycle, or a declaration that keeps every rule.
        kinds: what is done to it; every kind if it is not said.
        killers: who is asked; everybody if it is not said.
        progress: told before each mutant how many are done, and of how many.
    """
    declared = lifecycle.declaration if isinstance(lifecycle, Lifecycle) else lifecycle
    trial = Trial(declared, killers)
    mutants = mutants_of(declared, kinds)
    fates = []
    for done, mutant in enumerate(mutants):
        progress(done, len(mutants))
        fates.append(trial.fate(mutant))
    words = trial.testing.words
    refuted = trial.exploring.of_the_declaration()
    return Results(declared, tuple(fates), len(words), sum(map(len, words)), refuted)
