"""Mutants of a declaration: every mistake that can be made in one place, and who would see it.

`mutate` tries a declaration with each of them. A mutant is killed by the balance, by another rule,
by a small exploration or by the derived tests; one that lives behaves the same, and it is said
why, or the net has a hole.
"""

from requite.model.mutate.exploring import Found
from requite.model.mutate.kinds import Kind, MeaningMutant, Mutant, RowMutant
from requite.model.mutate.operators import OPERATORS, Operator
from requite.model.mutate.results import Count, Results, mutate
from requite.model.mutate.trial import Fate, Killer, Trial, mutants_of

__all__ = (
    "OPERATORS",
    "Count",
    "Fate",
    "Found",
    "Killer",
    "Kind",
    "MeaningMutant",
    "Mutant",
    "Operator",
    "Results",
    "RowMutant",
    "Trial",
    "mutants_of",
    "mutate",
)
