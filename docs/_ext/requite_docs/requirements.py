"""The directive `requirements`: what standards ask of a server, and which test shows it.

Decides how the rows of `reference/requirements/*.toml` meet the tests that name them by the marker
`rfc`, and how they look on a page. The tests are read and not run: `make test` runs them.
"""

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from docutils import nodes  # type: ignore[import-untyped] # docutils ships no types.
from sphinx.util.docutils import SphinxDirective

from requite_docs.mutants import markdown_table

__all__ = (
    "LEVELS",
    "Requirement",
    "RequirementsDirective",
    "Standard",
    "marked_tests",
    "problems",
    "standards",
    "table",
)

PROJECT: Final = Path(__file__).parent.parent.parent.parent
ROWS: Final = PROJECT / "docs" / "reference" / "requirements"
TESTS: Final = PROJECT / "tests"
LEVELS: Final = ("MUST", "SHOULD", "MAY")
"""RFC 2119's words; MUST NOT is a MUST. What is stated without one of them is taken for a MUST."""

Shown = Mapping[str, Sequence[str]]
"""For the id of a requirement, the tests that show it."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that a standard asks of a server."""

    id: str
    section: str
    level: str
    asks: str
    deviation: str = ""
    """Why the server does otherwise, or can be told to; empty where it does not."""


@dataclass(frozen=True, slots=True)
class Standard:
    """An RFC, or a document that is none, with all that it asks of a server."""

    number: int | str
    """The number of an RFC; the name of what is none."""
    title: str
    requirements: tuple[Requirement, ...]

    @property
    def name(self) -> str:
        """How the standard is called in a sentence."""
        return f"RFC {self.number}" if isinstance(self.number, int) else self.number


def standards(directory: Path = ROWS) -> tuple[Standard, ...]:
    """Read every file of requirements, by number; what has a name instead comes last."""
    read = [tomllib.loads(path.read_text(encoding="utf-8")) for path in directory.glob("*.toml")]
    return tuple(
        Standard(
            one["number"],
            one["title"],
            tuple(Requirement(**row) for row in one["requirement"]),
        )
        for one in sorted(read, key=lambda one: str(one["number"]))
    )


def marked_tests(directory: Path = TESTS) -> Shown:
    """Find which tests name which requirements, as `tests/file.py::test_name`."""
    shown: dict[str, list[str]] = defaultdict(list)
    for path in sorted(directory.rglob("test_*.py")):
        for test, requirement in _marks(ast.parse(path.read_text(encoding="utf-8"))):
            shown[requirement].append(f"{path.relative_to(directory.parent)}::{test}")
    return shown


def _marks(module: ast.Module) -> Iterator[tuple[str, str]]:
    for function in ast.walk(module):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for mark in function.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.rfc":
                    for argument in mark.args:
                        yield function.name, str(ast.literal_eval(argument))


def problems(read: Sequence[Standard], shown: Shown) -> Iterator[str]:
    """Say what is wrong: a row with neither a test nor a reason, and a mark of no row."""
    known: set[str] = set()
    for standard in read:
        for row in standard.requirements:
            if not row.id.startswith(f"{standard.number}-{row.section}-"):
                yield f"{row.id}: expected an id of {standard.name} section {row.section}"
            if row.id in known:
                yield f"{row.id}: expected each id once"
            known.add(row.id)
            if row.level not in LEVELS:
                yield f"{row.id}: expected a level of {', '.join(LEVELS)}, found {row.level}"
            if not shown.get(row.id) and not row.deviation:
                yield f"{row.id}: expected a test that shows it, or a deviation with its reason"
    for requirement, tests in shown.items():
        if requirement not in known:
            yield f"{tests[0]}: expected a requirement that is listed, found {requirement}"


def table(standard: Standard, shown: Shown) -> str:
    """Return the requirements of one standard as a table in Markdown."""
    rows = (
        (
            row.section,
            row.level,
            _told(row),
            "<br>".join(_test(one) for one in shown.get(row.id, ())),
        )
        for row in standard.requirements
    )
    return markdown_table(("Section", "", "What is asked", "Shown by"), rows)


def _told(row: Requirement) -> str:
    return f"{row.asks} **Deviation**: {row.deviation}" if row.deviation else row.asks


def _test(name: str) -> str:
    file, _, test = name.partition("::")
    return f"`{test}` in `{Path(file).name}`"


class RequirementsDirective(SphinxDirective):
    """Show what the RFC of a number, or another standard, asks, and which tests show it."""

    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        read, shown = standards(), marked_tests()
        for problem in problems(read, shown):
            raise self.error(problem)
        for path in ROWS.glob("*.toml"):
            self.env.note_dependency(str(path))
        [standard] = [one for one in read if str(one.number) == self.arguments[0]]
        found: list[nodes.Node] = self.parse_text_to_nodes(table(standard, shown))
        return found
