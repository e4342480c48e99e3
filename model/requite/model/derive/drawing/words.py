"""How wide a text is, where its lines break and how a name is spoken.

Decides by an estimate, because a picture that asked a font would differ between machines. The
widths are those of DejaVu Sans, which is wider than what the common systems use.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

__all__ = ("NO_BREAK", "Line", "Span", "flowed", "listed", "spoken", "width_of", "width_of_line")

NO_BREAK = "\u00a0"
SPACES = f"[^\\S{NO_BREAK}]+"
"""Where a line may end: any space but the one that keeps words together."""
BOLD = 1.18
"""How much wider a bold text is; measured on DejaVu Sans, whose narrow letters grow most."""
EMS = {
    char: em
    for em, chars in {
        0.28: "'ijl",
        0.3: "IJ",
        0.32: f" ,.{NO_BREAK}",
        0.34: "/:;\\|",
        0.36: "f",
        0.4: "()[]t-",
        0.42: "!r",
        0.46: '"',
        0.5: "*_`",
        0.54: "?sz",
        0.56: "Lc",
        0.6: "Fkvxy",
        0.62: "PTYaeo",
        0.64: "$0123456789ESbdghnpqu{}",
        0.7: "ABCKRVXZ",
        0.76: "HNU",
        0.78: "&DG",
        0.84: "#+<=>OQ^w~",
        1.0: "%@MWm",
    }.items()
    for char in chars
}
"""The widths of letters as parts of their size, rounded up."""
OTHER_EM = 1.0
"""A letter of another script may be as wide as it is high."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text in one style."""

    style: str
    text: str
    title: str = ""
    """What a pointer is told about it."""

    @property
    def bold(self) -> bool:
        """Whether it is set in bold: names are."""
        return "name" in self.style


Line: TypeAlias = tuple[Span, ...]


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Return how many pixels a text takes at most, in a common font of this size."""
    return sum(EMS.get(char, OTHER_EM) for char in text) * size * (BOLD if bold else 1)


def width_of_line(line: Line, size: float) -> float:
    """Return how many pixels a line of text takes at most."""
    return sum(width_of(span.text, size, bold=span.bold) for span in line)


def flowed(spans: Iterable[Span], size: float, room: float) -> tuple[Line, ...]:
    """Set pieces one after the other, with a space between, in lines that fit.

    A line ends between two words, or inside of a word that is wider than the room.
    """
    lines: list[Line] = []
    for word in _words(spans):
        spaced = replace(word, text=f" {word.text}")
        if lines and width_of_line((*lines[-1], spaced), size) <= room:
            lines[-1] = _joined(lines[-1], spaced)
        else:
            lines += [
                (replace(word, text=piece),)
                for piece in _pieces(word.text, size, room, bold=word.bold)
            ]
    return tuple(lines)


def _words(spans: Iterable[Span]) -> Iterator[Span]:
    for span in spans:
        yield from (replace(span, text=word) for word in re.split(SPACES, span.text) if word)


def _joined(line: Line, word: Span) -> Line:
    """Put a word at the end of a line, into the last piece if it is one of the same kind."""
    *before, last = line
    if (last.style, last.title) == (word.style, word.title):
        return (*before, replace(last, text=last.text + word.text))
    return (*line, word)


def _pieces(word: str, size: float, room: float, *, bold: bool) -> list[str]:
    """Break one word: after its joints if it has any, inside of what is too long even so."""
    joints = [part for part in re.split(f"(?<=[_{NO_BREAK}])", word) if part]
    pieces = [""]
    for joint in joints:
        for atom in [joint] if width_of(joint, size, bold=bold) <= room else joint:
            if pieces[-1] and width_of(pieces[-1] + atom, size, bold=bold) > room:
                pieces.append("")
            pieces[-1] += atom
    return [piece.strip(NO_BREAK) for piece in pieces]


def spoken(name: Enum) -> str:
    """Return a name as words that stay on one line: small letters, no underscores."""
    return name.name.lower().replace("_", NO_BREAK)


def listed(names: tuple[Enum, ...]) -> str:
    """Return names as words with commas between them; a line may end after a comma."""
    return ", ".join(spoken(name) for name in names)
