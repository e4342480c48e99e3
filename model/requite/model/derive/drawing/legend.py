"""What explains the picture: its heading, the heads of its columns, the key to its signs.

Decides the words that a stranger reads first.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from requite.model.derive.drawing.labels import TEXT
from requite.model.derive.drawing.measure import LANE, LINE, MARGIN, TICK, Columns
from requite.model.derive.drawing.plan import Plan
from requite.model.derive.drawing.shapes import Dot, Group, Panel, Rect, Shape, Wire, line_of
from requite.model.derive.drawing.style import HUES
from requite.model.derive.drawing.words import Span, flowed, spoken, width_of

__all__ = ("heading", "summary")

HEADING = 20
SIGNS = 416
"""How wide the half of the key with the signs is: most of them then take one line."""
SIGN = 46
"""How wide a sign in the key is, with the room after it."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One sign of the key, with what it means."""

    style: str
    sign: tuple[Shape, ...]
    name: str
    text: str


def summary(plan: Plan) -> str:
    """Say how large a lifecycle is."""
    lifecycle = plan.lifecycle
    return (
        f"{len(lifecycle.rows)} states, {len(lifecycle.events_in_order)} events, "
        f"{len(lifecycle.edges)} rows, {len(lifecycle.exits)} of them give something back"
    )


def heading(plan: Plan, columns: Columns, *, ticks: bool) -> tuple[tuple[Group, ...], float]:
    """Return the heading, the key and the heads of the columns, and where they end."""
    title = line_of(MARGIN, 6, (Span("name", f"The lifecycle {plan.lifecycle.title}"),), HEADING)
    counts = line_of(MARGIN, 36, (Span("quiet", summary(plan)),), TEXT)
    groups, y = _key((tuple(_signs(plan, ticks=ticks)), tuple(_resources(plan))), columns, 68)
    y += 14
    heads: list[tuple[float, str]] = (
        [(MARGIN, "Moves")] if columns.box - MARGIN > width_of("Moves", TEXT) * 2 else []
    )
    heads += [(columns.box, "States"), (columns.ways_out, "Ways out")]
    heads += [(columns.lanes[0], "Held")] if columns.lanes else []
    shapes = (line_of(x, y, (Span("name", text),), TEXT) for x, text in heads)
    rule = Wire(((MARGIN, y + 22), (columns.width - MARGIN, y + 22)), style="rule")
    return (Group("note", (title, counts)), *groups, Group("note", (*shapes, rule))), y + 42


def _key(
    halves: tuple[tuple[_Entry, ...], tuple[_Entry, ...]], columns: Columns, top: float
) -> tuple[tuple[Group, ...], float]:
    """Return the key to the signs, in two columns, and where it ends."""
    right = MARGIN + SIGNS + 16
    groups: list[Group] = []
    ends: list[float] = []
    for x, width, entries in (
        (MARGIN, SIGNS, halves[0]),
        (right, columns.width - MARGIN - right, halves[1]),
    ):
        y = top
        for entry in entries:
            spans = [Span("name", entry.name), Span("quiet", entry.text)]
            lines = flowed(spans, TEXT, width - SIGN)
            said = (line_of(x + SIGN, y + n * LINE, line, TEXT) for n, line in enumerate(lines))
            groups.append(Group(entry.style, (*_moved(entry.sign, x, y), *said)))
            y += len(lines) * LINE + 5
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


def _signs(plan: Plan, *, ticks: bool) -> Iterator[_Entry]:
    """Give the signs that occur in this picture."""
    box = Panel(Rect(0, 1, 32, 14), "box", 4)
    wire = Wire(((0, 8), (32, 8)), arrow=True)
    inner = Panel(Rect(17, 4, 12, 8), "box", 2)
    ends = (Dot(5, 8, 4.5, "begin"), Panel(Rect(14, 1, 18, 14), "box", 4), inner)
    yield _Entry("state rests", ends, "Beginning and end", "of a session; it goes downwards")
    yield _Entry("state rests", (box,), "State", "where a session waits")
    if any(row.awaits is not None for row in plan.lifecycle.rows):
        yield _Entry(
            "state asks", (box,), "State", "that waits for the answer to a request of its own"
        )
    yield _Entry("arc moves", (wire,), "Move", "on an event; point at the event to read why")
    yield _Entry("way-out exit", (wire,), "Way out,", "or a move that gives something back")
    if plan.runs:
        rings = (Dot(8, 8, 4.5, "ring"), Dot(24, 8, 4.5, "dot hue-0"))
        yield _Entry("taking hue-0", rings, "Ring and dot:", "taken here, and given back here")
    if ticks:
        marks = tuple(Panel(Rect(n * TICK, 3, TICK - 2, LINE - 6), "mark", 1) for n in range(5))
        yield _Entry("tick moves", marks, "Ticks:", "an event each, on which a session stays")
    yield _Entry(
        "note",
        (),
        "Peer, answer, environment",
        "bring an event: the other side, a request of ours, what can happen at any time",
    )


def _resources(plan: Plan) -> Iterator[_Entry]:
    if plan.runs:
        yield _Entry("note", (), "Coloured lane:", "what is held in the states beside it")
    for number, item in enumerate(plan.lifecycle.resources):
        swatch = Panel(Rect(22, 0, LANE, LINE), "band", 4)
        about = f"{item.resource.value} ({item.kind.name.lower()})"
        yield _Entry(f"lane hue-{number % HUES}", (swatch,), spoken(item.resource), about)
