"""Where a derived file comes from, said at its head.

Decides the digest of a declaration and the words of the notice. No date, no host, no version.
"""

import hashlib
from dataclasses import dataclass

from requite.model.declaration import AnyDeclaration
from requite.model.lifecycle import AnyLifecycle
from requite.model.plain import to_json

__all__ = ("Origin", "digest")


@dataclass(frozen=True)
class Origin:
    """The declaration that a file is derived from."""

    lifecycle: AnyLifecycle
    declared_at: str
    written_by: str = "requite derive"
    """The command that writes the file."""

    @property
    def notice(self) -> tuple[str, ...]:
        """Lines that say what this was derived from and how, without comment marks."""
        return (
            f"Derived from {self.declared_at}; change that instead.",
            f"Digest of the declaration: sha256 {digest(self.lifecycle.declaration)}",
            f"Written by: {self.written_by}",
        )


def digest(declared: AnyDeclaration) -> str:
    """Return a few hexadecimal digits that differ whenever what is declared does."""
    return hashlib.sha256(to_json(declared).encode()).hexdigest()[:32]
