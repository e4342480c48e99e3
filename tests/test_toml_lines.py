"""Where keys stand in a TOML document, against documents whose author counted the lines.

Decides that the scanner finds every table, key and element of what `tomllib` accepts. Refuses to
test what `tomllib` itself does with a document.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from requite.pop3.configuration._toml_lines import KeyPath, line_of, lines_of

AWKWARD_VALUES = (
    "1",
    "-0.5e1",
    "true",
    "nan",
    "1979-05-27 07:32:32",
    "1979-05-27T07:32:32Z",
    '""',
    "''",
    '"a = 1 # \\" ] }"',
    "'[b] \\'",
    '"""a\n[b]\nc = 1 # """',
    '"""\\\n  x\\""" """',
    '"""""x"""""',
    "'''''x'''''",
    '"""x""""',
    "'''x''''",
    "'''\n'a' = ''\n]\n'''",
)
WAYS_TO_WRITE_A_NAME = ("{}", '"{}"', "'{}'", '"\\u0020{}"', '"{}.[#=\\""', "'{}.\"'")


class _Author:
    """Somebody who writes a document and writes down on which line each thing begins."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._names_given = 0
        self.text = ""
        self.lines: dict[KeyPath, int] = {}

    def write_document(self) -> None:
        self._write_pairs(())
        single: list[tuple[KeyPath, str]] = [((), "")]
        for _ in range(self._draw(st.integers(0, 4))):
            parent, parent_written = self._draw(st.sampled_from(single))
            name, written = self._new_name()
            place, header = (*parent, name), f"{parent_written}{written}"
            if self._draw(st.booleans()):
                self._write_array_of_tables(place, header)
            else:
                self._begin(place, f"[ {header} ] # [x]\n")
                single.append((place, f"{header} . "))
                self._write_pairs(place)

    def _write_array_of_tables(self, place: KeyPath, header: str) -> None:
        for index in range(self._draw(st.integers(1, 3))):
            self.lines.setdefault(place, self._line)
            element = (*place, index)
            self._begin(element, f"[[{header}]]\n")
            self._write_pairs(element)
            name, written = self._new_name()
            self._begin((*element, name), f"[{header}.{written}]\n")
            self._write_pairs((*element, name))

    def _write_pairs(self, table: KeyPath) -> None:
        for _ in range(self._draw(st.integers(0, 3))):
            self.text += self._draw(st.sampled_from(["", "\n", "# a = 1\n", "\t", "\r\n"]))
            self._write_pair(table, depth=0)
            self.text += self._draw(st.sampled_from(["\n", " # '''\n", ' # "]\n', "\r\n"]))

    def _write_pair(self, table: KeyPath, *, depth: int) -> None:
        place = table
        dot = ""
        for _ in range(self._draw(st.integers(1, 3))):
            name, written = self._new_name()
            place = (*place, name)
            self._begin(place, f"{dot}{written}")
            dot = self._draw(st.sampled_from([".", " . "]))
        self.text += " = "
        self._write_value(place, depth=depth)

    def _write_value(self, place: KeyPath, *, depth: int) -> None:
        kinds = ["scalar", "array", "inline table"] if depth < 2 else ["scalar"]
        match self._draw(st.sampled_from(kinds)):
            case "array":
                self._write_array(place, depth=depth)
            case "inline table":
                self._write_inline_table(place, depth=depth)
            case _:
                self.text += self._draw(st.sampled_from(AWKWARD_VALUES))

    def _write_array(self, place: KeyPath, *, depth: int) -> None:
        self.text += "["
        for index in range(self._draw(st.integers(0, 3))):
            self.text += self._draw(st.sampled_from(["", "\n  ", " # ]\n"]))
            self.lines[*place, index] = self._line
            self._write_value((*place, index), depth=depth + 1)
            self.text += ","
        self.text += "]"

    def _write_inline_table(self, place: KeyPath, *, depth: int) -> None:
        self.text += "{ "
        for index in range(self._draw(st.integers(0, 2))):
            self.text += ", " if index else ""
            self._write_pair(place, depth=depth + 1)
        self.text += " }"

    def _new_name(self) -> tuple[str, str]:
        self._names_given += 1
        way = self._draw(st.sampled_from(WAYS_TO_WRITE_A_NAME))
        written = way.format(f"k{self._names_given}")
        (name,) = tomllib.loads(f"{written} = 0")
        return name, written

    def _begin(self, place: KeyPath, written: str) -> None:
        self.lines.setdefault(place, self._line)
        self.text += written

    @property
    def _line(self) -> int:
        return self.text.count("\n") + 1


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[KeyPath, int]]:
    """Draw a document and the line of everything in it."""
    author = _Author(draw)
    author.write_document()
    return author.text, author.lines


def places_in(value: object, place: KeyPath = ()) -> Iterator[KeyPath]:
    """Walk through what `tomllib` has read."""
    inside: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inside.extend(value.items())
    elif isinstance(value, list):
        inside.extend(enumerate(value))
    for part, inner in inside:
        yield (*place, part)
        yield from places_in(inner, (*place, part))


@settings(deadline=None, max_examples=100)
@given(documents())
def test_every_thing_in_a_document_has_the_line_on_which_it_was_written(
    written: tuple[str, dict[KeyPath, int]],
) -> None:
    """The scanner and the author of a document agree on every line."""
    text, lines = written

    assert lines_of(text) == lines


@settings(deadline=None, max_examples=100)
@given(documents())
def test_the_scanner_sees_exactly_what_tomllib_sees(
    written: tuple[str, dict[KeyPath, int]],
) -> None:
    """The places that have a line are the places that have a value."""
    text, _ = written

    assert set(lines_of(text)) == set(places_in(tomllib.loads(text)))


def test_a_file_of_everyday_use_has_each_name_on_its_line() -> None:
    """In our own project file, the line of each key holds the last name of the key."""
    text = (Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8")
    rows = text.splitlines()

    missed = {
        place: line
        for place, line in lines_of(text).items()
        if str(place[-1]) not in rows[line - 1]
    }
    named = {place: line for place, line in missed.items() if isinstance(place[-1], str)}

    assert not named, f"expected each name on its line, found {named}"


@pytest.mark.parametrize(
    ("place", "line"),
    [(("a", "b"), 2), (("a", "missing"), 1), (("missing", "b"), 1), ((), 1)],
    ids=str,
)
def test_what_is_missing_has_the_line_of_what_surrounds_it(place: KeyPath, line: int) -> None:
    """A key that is not there is reported at its table, and a table at the first line."""
    assert line_of(place, lines_of("[a]\nb = 1\n")) == line
