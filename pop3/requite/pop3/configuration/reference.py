"""The reference of the configuration file, derived from the structures that read it.

Decides how the tables of `docs/reference/configuration.md` look. Refuses to say anything about a
key that does not stand in its structure: names, types, units, defaults and meanings are read
there, the meanings from the docstring under each key.
"""

import ast
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path

import msgspec

from requite.pop3.configuration import _oauth, _tables
from requite.pop3.configuration._tables import Configuration
from requite.pop3.configuration._toml_reading import (
    expected_for,
    is_structure,
    unit_of,
    without_none,
)
from requite.pop3.configuration._values import text_forms
from requite.pop3.maildrops.deletions import DeletePolicy
from requite.pop3.maildrops.unique_ids import UIDLFormat

__all__ = ("BEGIN", "END", "main", "reference_table", "with_reference_table")

BEGIN = "<!-- Derived: python -m requite.pop3.configuration.reference PAGE. Do not edit. -->"
END = "<!-- End of what is derived. -->"
NEEDED = ("file", "path")
"""What has no default, and is missed by the checks between keys and not by its table."""


def reference_table() -> str:
    """Write every table of the configuration file with its keys, in Markdown."""
    meanings = {
        place: meaning
        for module in (_tables, _oauth)
        for place, meaning in _meanings(ast.parse(inspect.getsource(module))).items()
    }
    return "\n".join(
        _section(table.name, structure, meanings, may_be_missing=table.default is None)
        for table in msgspec.structs.fields(Configuration)
        if is_structure(structure := without_none(table.type))
    )


def _section(
    name: str,
    structure: type[msgspec.Struct],
    meanings: Mapping[tuple[str, str], str],
    *,
    may_be_missing: bool,
) -> str:
    rows = (
        (
            f"`{field.name}`",
            _escaped(expected_for(field.type, text_forms(Path()), unit_of(field.name))),
            unit_of(field.name) or ("sessions" if field.name.startswith("sessions") else ""),
            _default(field, may_be_missing=may_be_missing),
            meanings[structure.__name__, field.name],
        )
        for field in msgspec.structs.fields(structure)
    )
    header = ("Key", "Value", "Unit", "Default", "Meaning")
    lines = (header, ("---",) * len(header), *rows)
    table = "\n".join(f"| {' | '.join(cell or ' ' for cell in line)} |" for line in lines)
    return f"## `[{name}]`\n\n{inspect.getdoc(structure)}\n\n{table}\n"


def _escaped(text: str) -> str:
    """Write plain text so that Markdown shows it as it is."""
    return re.sub(r"[\\*|]", r"\\\g<0>", text)


def _default(field: msgspec.structs.FieldInfo, *, may_be_missing: bool) -> str:
    """Write a default; of a table that may be missing, only what it cannot do without is needed."""
    if field.required or (field.name in NEEDED and not may_be_missing):
        return "required"
    if field.default is msgspec.NODEFAULT:
        return "empty"
    if field.default in (None, ()):
        return "none" if field.default is None else "empty"
    return f"`{_written(field.default)}`"


def _written(value: object) -> str:
    """Write a value as the file has it."""
    match value:
        case Enum():
            return f'"{value.value}"'
        case DeletePolicy() | UIDLFormat():
            return f'"{value.text}"'
        case bool():
            return str(value).lower()
        case tuple():
            return f"[{', '.join(map(_written, value))}]"
        case _:
            return str(value)


def _meanings(module: ast.Module) -> Mapping[tuple[str, str], str]:
    """Collect the docstring under each key of each structure."""
    return {
        (structure.name, key): " ".join(meaning.split())
        for structure in module.body
        if isinstance(structure, ast.ClassDef)
        for key, meaning in _documented(structure)
    }


def _documented(structure: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for first, second in zip(structure.body, structure.body[1:], strict=False):
        match first, second:
            case (
                ast.AnnAssign(target=ast.Name(id=key)),
                ast.Expr(value=ast.Constant(value=str(meaning))),
            ):
                yield key, meaning
            case _:  # A method, or the docstring of the structure itself.
                pass


def with_reference_table(page: str) -> str:
    """Put the derived tables between the two marks of a page.

    Raises:
        ValueError: the page has not both marks, each once.
    """
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    if page.count(BEGIN) != 1 or rest.count(END) != 1:
        raise ValueError(f"expected {BEGIN!r} and then {END!r}, each once")
    return f"{before}{BEGIN}\n\n{reference_table()}\n{END}{after}"


def main() -> None:
    """Renew the derived part of the page that the command line names."""
    page = Path(sys.argv[1])
    page.write_text(with_reference_table(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
