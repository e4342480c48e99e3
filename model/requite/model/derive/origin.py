"""Where a derived file comes from, said at its head.

Decides the digest of a declaration and the words of the notice. No date, no host, no version.
"""

import hashlib
from dataclasses import dataclass

from requite.model.lifecycle import AnyLifecycle
from requite.model.plain import to_json

__all__ = ("Origin",)


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
        digest = hashlib.sha256(to_json(self.lifecycle.declaration).encode()).hexdigest()
        return (
            f"Derived from {self.declared_at}; change that instead.",
            f"Digest of the declaration: sha256 {digest[:32]}",
            f"Written by: {self.written_by}",
        )
