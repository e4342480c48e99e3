"""The docstrings of attributes, kept from being read as "type: description".

Decides that a colon in the first sentence of an attribute is a colon: napoleon would take what
stands before it for a type. The docstrings have no sections, so nothing else is lost.
"""

from typing import Final

from sphinx.application import Sphinx

__all__ = ("AFTER_NAPOLEON", "BEFORE_NAPOLEON", "AttributeDocstrings")

BEFORE_NAPOLEON: Final = 400
AFTER_NAPOLEON: Final = 600
KINDS: Final = frozenset({"attribute", "property"})


class AttributeDocstrings:
    """Keeps the lines of an attribute's docstring, and puts them back as they were."""

    def __init__(self) -> None:
        self._kept: list[str] = []

    def keep(  # noqa: PLR0913, PLR0917 - what Sphinx calls it with.
        self, app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
    ) -> None:
        """Remember the lines."""
        del app, what, name, obj, options
        self._kept = list(lines)

    def put_back(  # noqa: PLR0913, PLR0917 - what Sphinx calls it with.
        self, app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
    ) -> None:
        """Undo what was made of them."""
        del app, name, obj, options
        if what in KINDS:
            lines[:] = self._kept
