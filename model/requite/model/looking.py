"""What a rule looks at, so that after a change only what the change can touch is asked again.

Decides the kinds of looking and what is shown to each. Refuses to decide what is wrong: that is
`rules`. A rule that looks at one row is shown a declaration with that row alone; what it says of
the whole is what it says of every row. This is what lets some ten thousand mutants of a
declaration be asked in about a second.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

from requite.model.declaration import AnyDeclaration, AnyEdge

__all__ = ("Complaints", "Looks", "Rule", "row_alone")

Complaints: TypeAlias = Iterator[tuple[str, str]]
"""Where something is wrong, and what: the row or the name, and a sentence."""


class Looks(Enum):
    """How much of a declaration a rule looks at."""

    PARTS = "at what is declared beside the rows"
    ROW = "at one row by itself, with the two states that it joins"
    ANSWERS = "at one state and the events that it answers"
    ALL_ROWS = "at all rows together, and another row can only help"


def _nothing(_: AnyEdge) -> Iterable[Hashable]:
    return ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it asks of a declaration, and how much of it that takes.

    Called with a declaration it yields its complaints.
    """

    asks: Callable[[AnyDeclaration], Complaints]
    looks: Looks
    gives: Callable[[AnyEdge], Iterable[Hashable]] = _nothing
    """What a row gives to a rule that looks at all rows: it can only complain of what is gone."""

    def __call__(self, declared: AnyDeclaration) -> Complaints:
        """Yield where and how a declaration breaks the rule."""
        return self.asks(declared)

    @property
    def says(self) -> str:
        """The sentence that is true when the rule is kept."""
        return " ".join((self.asks.__doc__ or "").split())

    def is_broken(self, declared: AnyDeclaration) -> bool:
        """Say whether there is any complaint."""
        return any(True for _ in self.asks(declared))


def row_alone(declared: AnyDeclaration, row: AnyEdge) -> AnyDeclaration:
    """Return what a rule is shown that looks at one row by itself."""
    ends = (row.source, row.target)
    return replace(
        declared, edges=(row,), states=[item for item in declared.states if item.state in ends]
    )
