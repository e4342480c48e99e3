"""The directive `rules`: every rule of a declaration with the sentence that it keeps.

Decides how a rule looks on a page. Refuses to say it in other words than its own.
"""

from docutils import nodes  # type: ignore[import-untyped] # docutils ships no types.
from sphinx.util.docutils import SphinxDirective

from requite.model import RULES

__all__ = ("RulesDirective", "sentences")


def sentences() -> dict[str, str]:
    """Return the sentence of each rule by its name, in the order in which they are asked."""
    return {name: rule.says for name, rule in RULES.items()}


class RulesDirective(SphinxDirective):
    """List every rule; each can be linked to as `rule-NAME`."""

    def run(self) -> list[nodes.Node]:
        """Return a definition list."""
        items = nodes.definition_list()
        for name, sentence in sentences().items():
            term = nodes.term("", "", nodes.literal(text=name), ids=[f"rule-{name}"])
            items += nodes.definition_list_item(
                "", term, nodes.definition("", nodes.paragraph(text=sentence))
            )
        return [items]
