"""What a picture is made of: texts, wires, panels and dots in named groups, each with its place.

Decides the vocabulary of geometry, so that a test can ask whether two texts overlap. Knows no
lifecycle and writes no SVG.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

from requite.model.derive.drawing.words import Line, width_of_line

__all__ = ("Dot", "Group", "Panel", "Picture", "Rect", "Shape", "Wire", "Words", "line_of")

LEADING = 1.22
"""The height of a line of text as a part of its size: a little over that of DejaVu Sans."""
Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rect:
    """A place in the picture."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Where it ends, to the right."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Where it ends, below."""
        return self.y + self.height

    def overlaps(self, other: "Rect") -> bool:
        """Return whether the two share more than a border."""
        return (
            self.x < other.right
            and other.x < self.right
            and self.y < other.bottom
            and other.y < self.bottom
        )


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text in its place; each span has a style and follows the one before it."""

    place: Rect
    spans: Line
    size: float
    anchor: str = "start"
    turned: bool = False
    """Whether it reads upwards."""


@dataclass(frozen=True, slots=True)
class Wire:
    """A line with right angles between its points, which are drawn round."""

    points: tuple[Point, ...]
    arrow: bool = False
    style: str = "wire"

    @property
    def segments(self) -> Iterator[Rect]:
        """Each straight piece, as a place of no width or no height."""
        for (ax, ay), (bx, by) in pairwise(self.points):
            yield Rect(min(ax, bx), min(ay, by), abs(ax - bx), abs(ay - by))


@dataclass(frozen=True, slots=True)
class Panel:
    """A filled place."""

    place: Rect
    style: str
    radius: float = 6


@dataclass(frozen=True, slots=True)
class Dot:
    """A small circle."""

    x: float
    y: float
    radius: float
    style: str


Shape: TypeAlias = Words | Wire | Panel | Dot


@dataclass(frozen=True, slots=True)
class Group:
    """Shapes that are one thing for the reader, with what a pointer is told about it."""

    style: str
    shapes: tuple[Shape, ...]
    title: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that is drawn, in the order of drawing."""

    width: float
    height: float
    groups: tuple[Group, ...]

    @property
    def texts(self) -> tuple[Words, ...]:
        """Every line of text."""
        return tuple(s for group in self.groups for s in group.shapes if isinstance(s, Words))

    @property
    def wires(self) -> tuple[Wire, ...]:
        """Every wire."""
        return tuple(s for group in self.groups for s in group.shapes if isinstance(s, Wire))


def line_of(x: float, top: float, line: Line, size: float, *, anchor: str = "start") -> Words:
    """Return one line of text whose place begins, or ends, at x."""
    width = width_of_line(line, size)
    left = x - width if anchor == "end" else x
    return Words(Rect(left, top, width, size * LEADING), line, size, anchor)
