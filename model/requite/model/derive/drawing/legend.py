"""What explains the picture: its heading, the heads of its columns, the key to its signs.

Decides the words that a stranger reads first.
"""

from collections.abc import Iterator

from requite.model.derive.drawing.measure import LANE, LINE, MARGIN, TEXT, Columns
from requite.model.derive.drawing.plan import Plan
from requite.model.derive.drawing.shapes import Dot, Group, Panel, Rect, Shape, Wire, line_of
from requite.model.derive.drawing.words import listed, width_of, wrapped

__all__ = ("heading", "key", "summary")

HEADING = 20
SIGN = 46
"""How wide a sign in the key is, with the room after it."""


def summary(plan: Plan) -> str:
    """Say how large a lifecycle is."""
    lifecycle = plan.lifecycle
    return (
        f"{len(lifecycle.rows)} states, {len(lifecycle.events_in_order)} events, "
        f"{len(lifecycle.edges)} rows, {len(lifecycle.exits)} of them give something back"
    )


def heading(plan: Plan, columns: Columns) -> tuple[tuple[Group, ...], float]:
    """Return the heading and the heads of the columns, and where they end."""
    top = 8.0
    title = line_of(MARGIN, top, (("heading name", plan.lifecycle.title),), HEADING)
    counts = line_of(MARGIN, top + 30, (("quiet", summary(plan)),), TEXT)
    y = top + 68
    heads = [
        (columns.box, "start", "State"),
        (columns.lanes[0], "start", "Held") if columns.lanes else (0, "start", ""),
        (columns.ways_out, "start", "Ways out"),
    ]
    if plan.main and columns.label_width >= width_of("Moves", TEXT, bold=True):
        heads.append((columns.box - 8, "end", "Moves"))
    shapes = tuple(
        line_of(x, y, (("head name", text),), TEXT, anchor=anchor) for x, anchor, text in heads if text
    )
    rule = Wire(((MARGIN, y + 22), (columns.width - MARGIN, y + 22)), style="rule")
    return (Group("note", (title, counts)), Group("note", (*shapes, rule))), y + 40


def key(plan: Plan, columns: Columns, top: float) -> tuple[tuple[Group, ...], float]:
    """Return the key to the signs, in two columns, and where it ends."""
    rule = Wire(((MARGIN, top), (columns.width - MARGIN, top)), style="rule")
    head = line_of(MARGIN, top + 14, (("head name", "How to read it"),), TEXT)
    width = (columns.width - 2 * MARGIN) / 2 - 12
    groups = [Group("note", (rule, head))]
    ends: list[float] = []
    for x, entries in (
        (MARGIN, tuple(_signs())),
        (MARGIN + width + 24, tuple(_resources(plan))),
    ):
        y = top + 42
        for style, sign, text in entries:
            lines = wrapped(text, TEXT, width - SIGN)
            shapes: list[Shape] = [*_moved(sign, x, y)]
            shapes += [
                line_of(x + SIGN, y + n * LINE, (("quiet", line),), TEXT)
                for n, line in enumerate(lines)
            ]
            groups.append(Group(style, tuple(shapes)))
            y += len(lines) * LINE + 7
        ends.append(y)
    return tuple(groups), max(ends)


def _moved(sign: tuple[Shape, ...], dx: float, dy: float) -> Iterator[Shape]:
    for shape in sign:
        match shape:
            case Wire(points=points, arrow=arrow, style=style):
                yield Wire(tuple((x + dx, y + dy) for x, y in points), arrow, style)
            case Panel(place=at, style=style, radius=radius):
                yield Panel(Rect(at.x + dx, at.y + dy, at.width, at.height), style, radius)
            case Dot(x=x, y=y, radius=radius, style=style):
                yield Dot(x + dx, y + dy, radius, style)
            case _:
                raise TypeError(f"a sign of the key is drawn without words; found {shape!r}")


def _signs() -> Iterator[tuple[str, tuple[Shape, ...], str]]:
    box = Rect(0, 1, 32, 14)
    yield (
        "state rests",
        (Panel(box, "box", 4),),
        "A state: where a session waits. States in CAPITALS, what happens in small letters.",
    )
    yield (
        "state asks",
        (Panel(box, "box", 4),),
        "A state that waits for the answer to a request of ours, which comes even when it is late.",
    )
    yield (
        "arc moves",
        (Wire(((0, 8), (32, 8)), arrow=True),),
        "A move. Its label says what happens; point at it for the reason of each.",
    )
    yield (
        "way-out exit",
        (Wire(((0, 8), (32, 8)), arrow=True),),
        "A way out, or a move that gives something back. Behind it stands the state it leads to.",
    )
    yield (
        "taking hue-0",
        (Dot(8, 8, 4.5, "ring"), Dot(24, 8, 4.5, "dot hue-0")),
        "Ring: taken here. Dot: given back on this way out.",
    )


def _resources(plan: Plan) -> Iterator[tuple[str, tuple[Shape, ...], str]]:
    for number, item in enumerate(plan.lifecycle.resources):
        yield (
            f"lane hue-{number % 8}",
            (Panel(Rect(8, 0, LANE, LINE), "band", 4),),
            f"{listed((item.resource,))}: {item.resource.value}; {item.kind.value.split(',')[0]}",
        )
