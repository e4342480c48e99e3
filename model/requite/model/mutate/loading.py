"""Which rules a changed row breaks, asked of no more than the change can touch.

Decides what need not be asked again. The declaration itself keeps every rule, so a mutant breaks
those that its own row breaks, those that its state breaks now that an event has no row, and those
that look at all rows and lack what the old row alone gave them. To ask every rule of every mutant
takes half a minute where this takes a second; the tests compare both.
"""

from collections import Counter
from collections.abc import Hashable, Mapping

from requite.model.declaration import AnyDeclaration, AnyEdge
from requite.model.looking import Looks, row_alone
from requite.model.mutate.kinds import RowMutant
from requite.model.rules import RULES

__all__ = ("Loading",)


def _rules(looks: Looks) -> tuple[str, ...]:
    return tuple(name for name, rule in RULES.items() if rule.looks is looks)


class Loading:
    """The rules, as they would be asked when a mutant of a declaration is loaded."""

    def __init__(self, declared: AnyDeclaration) -> None:
        self._declared = declared
        self._given: Mapping[str, Counter[Hashable]] = {
            name: Counter(given for row in declared.edges for given in set(RULES[name].gives(row)))
            for name in _rules(Looks.ALL_ROWS)
        }

    def broken_by(self, mutant: RowMutant) -> frozenset[str]:
        """Return the names of the rules that a mutant breaks."""
        broken = set() if mutant.instead is None else self._broken_by_row(mutant.instead)
        if mutant.instead is None or not _answers_alike(mutant.row, mutant.instead):
            broken |= self._broken_in_state(mutant)
        return frozenset(broken | self._broken_without(mutant))

    def _broken_by_row(self, row: AnyEdge) -> set[str]:
        alone = row_alone(self._declared, row)
        return {name for name in _rules(Looks.ROW) if RULES[name].is_broken(alone)}

    def _broken_in_state(self, mutant: RowMutant) -> set[str]:
        whole = mutant.of(self._declared)
        return {name for name in _rules(Looks.ANSWERS) if RULES[name].is_broken(whole)}

    def _broken_without(self, mutant: RowMutant) -> set[str]:
        """Return the rules about all rows that lack something which only the old row gave."""
        broken = set()
        for name, given in self._given.items():
            gives = RULES[name].gives
            gone = set(gives(mutant.row)) - set(gives(mutant.instead) if mutant.instead else ())
            if any(given[item] == 1 for item in gone):
                broken |= {name} if RULES[name].is_broken(mutant.of(self._declared)) else set()
        return broken


def _answers_alike(row: AnyEdge, instead: AnyEdge) -> bool:
    return (row.source, row.event) == (instead.source, instead.event)
