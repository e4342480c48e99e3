"""The lifecycle as a picture, drawn by our own code.

Decides how shapes are written as SVG; where they stand and how they look is decided in `drawing`.
The same lifecycle gives the same bytes, and no layout engine or font has a say in them.
"""

import re
from collections.abc import Iterator
from html import escape

from requite.model.derive.drawing.arrange import arrange
from requite.model.derive.drawing.legend import summary
from requite.model.derive.drawing.plan import plan_of
from requite.model.derive.drawing.shapes import Dot, Group, Panel, Shape, Wire, Words
from requite.model.derive.drawing.style import ROOT, sheet
from requite.model.derive.origin import Origin
from requite.model.lifecycle import AnyLifecycle

__all__ = ("svg",)

CORNER = 7
TIP = 6
SPACE_EM = 0.32
BASELINE = 0.97
NOT_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


def svg(lifecycle: AnyLifecycle, origin: Origin) -> str:
    """Return the picture of a lifecycle as an SVG document."""
    picture = arrange(lifecycle)
    size = f"{_n(picture.width)} {_n(picture.height)}"
    prefix = f"{ROOT}-{lifecycle.title}"
    lines = [
        "<!--",
        # Two hyphens would end a comment of XML.
        *(line.replace("--", "- -") for line in origin.notice),
        "-->",
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{ROOT}" viewBox="0 0 {size}" '
        f'width="{_n(picture.width)}" style="max-width: 100%; height: auto" role="img" '
        f'aria-labelledby="{prefix}-title {prefix}-about">',
        f'<title id="{prefix}-title">The lifecycle {_text(lifecycle.title)}</title>',
        f'<desc id="{prefix}-about">{_text(summary(plan_of(lifecycle)))}. States from top to '
        "bottom in the order in which a session meets them; moves at the left, what is held as "
        "coloured lanes, ways out at the right.</desc>",
        f"<style>\n{sheet()}\n</style>",
        *(line for group in picture.groups for line in _group(group)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _group(group: Group) -> Iterator[str]:
    data = "".join(f' {name}="{_text(value)}"' for name, value in group.data.items())
    yield f'<g class="{group.style}"{data}>'
    if group.title:
        yield f"<title>{_text(group.title)}</title>"
    for shape in group.shapes:
        yield from _shape(shape)
    yield "</g>"


def _shape(shape: Shape) -> Iterator[str]:
    match shape:
        case Words():
            yield _words(shape)
        case Panel(place=at, style=style, radius=radius):
            yield (
                f'<rect class="{style}" x="{_n(at.x)}" y="{_n(at.y)}" width="{_n(at.width)}" '
                f'height="{_n(at.height)}" rx="{_n(radius)}"/>'
            )
        case Dot(x=x, y=y, radius=radius, style=style):
            yield f'<circle class="{style}" cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"/>'
        case Wire():
            yield from _wire(shape)


def _words(words: Words) -> str:
    at = words.place
    if words.turned:
        x, y = at.x + at.width / 2 + words.size * 0.36, at.bottom - 2
        where = f'transform="translate({_n(x)} {_n(y)}) rotate(-90)"'
    else:
        x, y = at.right if words.anchor == "end" else at.x, at.y + words.size * BASELINE
        where = f'x="{_n(x)}" y="{_n(y)}"'
    if words.anchor != "start":
        where += f' text-anchor="{words.anchor}"'
    spans = "".join(_spans(words))
    return f'<text font-size="{_n(words.size)}" {where}>{spans}</text>'


def _spans(words: Words) -> Iterator[str]:
    """Write spaces between two spans as a distance: some renderers drop those at an end."""
    gap = 0.0
    for span in words.spans:
        inside = span.text.strip(" ")
        before = gap + (len(span.text) - len(span.text.lstrip(" "))) * SPACE_EM * words.size
        away = f' dx="{_n(before)}"' if before else ""
        title = f"<title>{_text(span.title)}</title>" if span.title else ""
        yield f'<tspan class="{span.style}"{away}>{title}{_text(inside)}</tspan>'
        gap = (len(span.text) - len(span.text.rstrip(" "))) * SPACE_EM * words.size


def _wire(wire: Wire) -> Iterator[str]:
    points = list(wire.points)
    (ax, ay), (bx, by) = points[-2:]
    dx, dy = (bx > ax) - (bx < ax), (by > ay) - (by < ay)
    if wire.arrow:
        points[-1] = (bx - dx * TIP, by - dy * TIP)
    path = f"M{_n(points[0][0])} {_n(points[0][1])}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        path += f"L{_toward(corner, before)}Q{_n(corner[0])} {_n(corner[1])} "
        path += _toward(corner, after)
    path += f"L{_n(points[-1][0])} {_n(points[-1][1])}"
    yield f'<path class="near" d="{path}"/>'
    yield f'<path class="{wire.style}" d="{path}"/>'
    if wire.arrow:
        x, y = points[-1]
        side = TIP * 0.6
        yield (
            f'<path class="tip" d="M{_n(bx)} {_n(by)}L{_n(x - dy * side)} {_n(y - dx * side)}'
            f'L{_n(x + dy * side)} {_n(y + dx * side)}Z"/>'
        )


def _toward(corner: tuple[float, float], other: tuple[float, float]) -> str:
    """Return the point a little before a corner, or half way where the piece is short."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = abs(dx) + abs(dy)
    part = min(CORNER, length / 2) / length if length else 0
    return f"{_n(corner[0] + dx * part)} {_n(corner[1] + dy * part)}"


def _n(number: float) -> str:
    """Write a number with at most one decimal."""
    return f"{round(number, 1):g}"


def _text(text: str) -> str:
    """Escape a text; a character that XML cannot carry is shown as one that cannot be."""
    return escape(re.sub(NOT_XML, "\N{REPLACEMENT CHARACTER}", text))
