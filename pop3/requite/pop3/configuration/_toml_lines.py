"""Where each key of a TOML document stands.

Decides on which line a key, a table or an element of an array begins, because `tomllib` gives
values and no positions. Refuses to decide whether the document is TOML: it takes only what
`tomllib` has accepted, and asks `tomllib` again what a quoted or dotted key means.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ("KeyPath", "line_of", "lines_of")

KeyPath: TypeAlias = tuple[str | int, ...]
"""The way to a value: names of tables and keys, and indices of elements, from 0."""

_TOKEN = re.compile(
    r"""
    (?P<blank>[ \t\r\n]+ | \#[^\n]*)
    | (?P<sign>[\[\]{}=,])
    | (?P<word>
        "{3}(?:\\.|[^\\])*?"{3,5}   # A string of several lines may end in two quotes of its own.
        | '{3}.*?'{3,5}
        | "(?:\\.|[^"\\\n])*"
        | '[^'\n]*'
        | [^\s\#\[\]{}=,"']+
    )
    """,
    re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    line: int
    is_sign: bool


def _tokens(text: str) -> Iterator[_Token]:
    """Cut a document into signs and words, without blanks and comments."""
    line = 1
    for found in _TOKEN.finditer(text):
        if found.lastgroup != "blank":
            yield _Token(found.group(), line, is_sign=found.lastgroup == "sign")
        line += found.group().count("\n")


class _Scanner:
    """A walk over the tokens of one document that writes down where things begin."""

    def __init__(self, text: str) -> None:
        self._tokens = (*_tokens(text), _Token("", 0, is_sign=True))
        self._next = 0
        self._elements: dict[KeyPath, int] = {}
        self.lines: dict[KeyPath, int] = {}

    def scan(self) -> None:
        """Walk over the whole document."""
        table: KeyPath = ()
        while self._next < len(self._tokens) - 1:
            if self._sees("["):
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> KeyPath:
        """Walk over `[table]` or `[[table]]`, and give the way to what it opens."""
        line = self._take().line
        many = self._sees("[")
        if many:
            self._take()
        *parents, last = self._key()
        place = self._note((), parents, line)
        place = self._note(place, (last,), line, follow=not many)
        if many:
            index = self._elements[place] = self._elements.get(place, -1) + 1
            place = (*place, index)
            self.lines[place] = line
            self._take()
        self._take()
        return place

    def _pair(self, table: KeyPath) -> None:
        """Walk over `key = value`."""
        line = self._tokens[self._next].line
        place = self._note(table, self._key(), line)
        self._take()
        self._value(place)

    def _note(
        self, place: KeyPath, names: tuple[str, ...] | list[str], line: int, *, follow: bool = True
    ) -> KeyPath:
        """Write down the first line of each table and key on a way, and give its end."""
        for name in names:
            place = (*place, name)
            self.lines.setdefault(place, line)
            if follow and place in self._elements:
                place = (*place, self._elements[place])
        return place

    def _key(self) -> tuple[str, ...]:
        """Walk over a key up to the sign after it, and give the names that it is made of."""
        words = []
        while not self._tokens[self._next].is_sign:
            words.append(self._take().text)
        value: object = tomllib.loads(f"{''.join(words)} = 0")
        names = []
        while isinstance(value, dict):
            ((name, value),) = value.items()
            names.append(name)
        return tuple(names)

    def _value(self, place: KeyPath) -> None:
        """Walk over a value, and write down what stands inside it."""
        if self._sees("["):
            self._take()
            self._array(place)
        elif self._sees("{"):
            self._take()
            self._inline_table(place)
        else:  # A scalar; a date and its time may be two words, and always stand on one line.
            line = self._take().line
            while not self._tokens[self._next].is_sign and self._tokens[self._next].line == line:
                self._take()

    def _array(self, place: KeyPath) -> None:
        index = 0
        while not self._sees("]"):
            element = (*place, index)
            self.lines[element] = self._tokens[self._next].line
            self._value(element)
            index += 1
            if self._sees(","):
                self._take()
        self._take()

    def _inline_table(self, place: KeyPath) -> None:
        while not self._sees("}"):
            self._pair(place)
            if self._sees(","):
                self._take()
        self._take()

    def _sees(self, sign: str) -> bool:
        token = self._tokens[self._next]
        return token.is_sign and token.text == sign

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        self._next += 1
        return token


def lines_of(text: str) -> Mapping[KeyPath, int]:
    """Find the line on which each table, key and element of a document begins.

    Args:
        text: a document that `tomllib` accepts.

    Returns:
        The lines, counted from 1; a table that is opened several times has its first one.
    """
    scanner = _Scanner(text)
    scanner.scan()
    return scanner.lines


def line_of(place: KeyPath, lines: Mapping[KeyPath, int]) -> int:
    """Give the line of a key, or of the nearest thing around it when it is not there."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)
