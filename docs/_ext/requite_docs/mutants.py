"""The directives `mutants` and `operators`: what becomes of every mutant of a lifecycle.

Decides how the figures look on a page. They are worked out while the page is built, by the same
function that the command line calls.
"""

from collections.abc import Iterable
from typing import ClassVar

from docutils import nodes  # type: ignore[import-untyped] # docutils ships no types.
from sphinx.util.docutils import SphinxDirective

from requite.model.loading import load_lifecycle
from requite.model.mutate import OPERATORS, Kind, mutate
from requite.model.tell.mutants import COLUMNS, cells

__all__ = ("KindsDirective", "MutantsDirective", "OperatorsDirective", "markdown_table")


def markdown_table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table in Markdown."""
    titles = [*head]
    lines = [titles, ["---"] * len(titles), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


class MutantsDirective(SphinxDirective):
    """Try the lifecycle MODULE:NAME with every mutant; show who killed how many of each kind."""

    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        """Return the table, and a sentence about the derived tests."""
        results = mutate(load_lifecycle(self.arguments[0]))
        if not results.is_good:
            raise self.error(f"a mutant of {self.arguments[0]} lives; `requite mutate` names it")
        counts = results.counts()
        totals = [sum(column) for column in zip(*map(cells, counts), strict=True)]
        rows = [(f"`{count.kind.name}`", *map(_figure, cells(count))) for count in counts]
        table = markdown_table(("", *COLUMNS), [*rows, ("all", *map(_figure, totals))])
        tests = f"The derived tests are {results.words:,} words of {results.commands:,} events."
        found: list[nodes.Node] = self.parse_text_to_nodes(f"{table}\n\n{tests}")
        return found


def _figure(number: int) -> str:
    return f"{number:,}" if number else "·"


class KindsDirective(SphinxDirective):
    """List what is done to a declaration; each kind can be linked to as `mutant-NAME`."""

    def run(self) -> list[nodes.Node]:
        """Return a definition list."""
        items = nodes.definition_list()
        for kind in Kind:
            term = nodes.term("", "", nodes.literal(text=kind.name), ids=[f"mutant-{kind.name}"])
            says = nodes.paragraph(text=f"{kind.value[0].upper()}{kind.value[1:]}.")
            items += nodes.definition_list_item("", term, nodes.definition("", says))
        return [items]


class OperatorsDirective(SphinxDirective):
    """List the operators drawn from real failures, with the kinds that each is made by."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        rows = (
            (
                operator.name,
                operator.what,
                ", ".join(f"`{kind.name}`" for kind in operator.kinds) or "no",
                operator.reason,
            )
            for operator in OPERATORS
        )
        head = ("", "what went wrong", "tried as", "how, or why not")
        found: list[nodes.Node] = self.parse_text_to_nodes(markdown_table(head, rows))
        return found
