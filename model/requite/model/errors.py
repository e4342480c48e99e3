"""What can be wrong with a declaration or with data that should be one, and how it is said.

Decides the shape of a complaint. Refuses to decide what is wrong: that is `rules`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from requite.model.declaration import AnyDeclaration

__all__ = ("DeclarationError", "Fault", "InterchangeError")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a declaration."""

    rule: str
    """The rule that is broken, by its name in `requite.model.rules`."""
    where: str
    """The row or the name that breaks it."""
    says: str
    """What was expected, what was found and what to do."""

    def __str__(self) -> str:
        return f"{self.where}: {self.says} [{self.rule}]"


class DeclarationError(ValueError):
    """A declaration that breaks a rule; it cannot be loaded.

    Attributes:
        declaration: what was written; it can still be explored, to see what would go wrong.
        faults: everything that is wrong, in the order of the declaration.
    """

    def __init__(self, declaration: "AnyDeclaration", faults: Sequence[Fault]) -> None:
        self.declaration = declaration
        self.faults = tuple(faults)
        lines = "".join(f"\n  {fault}" for fault in self.faults)
        count = "1 fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        super().__init__(f"the lifecycle {declaration.name!r} cannot be loaded, {count}:{lines}")


class InterchangeError(ValueError):
    """Data or a machine that no declaration can be made of, or a declaration with no such form.

    Attributes:
        where: the place, as a JSON pointer into the data or as a row of the machine.
        says: what was expected, what was found and what to do.
    """

    def __init__(self, where: str, says: str) -> None:
        self.where = where
        self.says = says
        super().__init__(f"{where}: {says}" if where else says)
