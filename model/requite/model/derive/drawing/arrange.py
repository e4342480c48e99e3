"""Where everything in the picture of a lifecycle stands.

Decides positions only. The states of the main way stand in one column in the order in which a
session meets them, then those that only wait for a late answer, then the final ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from requite.model.derive.drawing.legend import heading, key
from requite.model.derive.drawing.measure import (
    LANE,
    LINE,
    MARGIN,
    NAME,
    PAD,
    TEXT,
    Cell,
    Chip,
    Columns,
    Line,
    Port,
    Rail,
    cell_of,
    columns_of,
    given,
    rails_of,
)
from requite.model.derive.drawing.plan import Bundle, Move, Plan, Run, plan_of
from requite.model.derive.drawing.shapes import (
    Dot,
    Group,
    Panel,
    Picture,
    Rect,
    Shape,
    Wire,
    Words,
    line_of,
)
from requite.model.derive.drawing.tell import about_bundle, about_lane, about_state, names
from requite.model.derive.drawing.words import listed, width_of, wrapped
from requite.model.lifecycle import AnyLifecycle

__all__ = ("arrange",)

GAP = 14
"""Between two states with no arrow straight from one to the next."""
ARROW_GAP = 26
SOURCES_MAX = 4
"""How many states are named from which a session comes to a late or final one."""


def arrange(lifecycle: AnyLifecycle) -> Picture:
    """Return the picture of a lifecycle."""
    plan = plan_of(lifecycle)
    rails = rails_of(plan)
    columns = columns_of(plan, rails)
    states = (*plan.main, *plan.late, *plan.final)
    cells = {state: cell_of(plan, state, rails, columns) for state in states}
    head, top = heading(plan, columns)
    tops, notes, bottom = _stacked(plan, cells, columns, top)
    sheet = Sheet(plan, columns, cells, tops)
    groups = (*head, *notes, *sheet.groups())
    foot, bottom = key(plan, columns, bottom + 30)
    return Picture(columns.width, bottom + MARGIN, (*groups, *foot))


def _stacked(
    plan: Plan, cells: dict[Enum, Cell], columns: Columns, top: float
) -> tuple[dict[Enum, float], list[Group], float]:
    """Return where each box begins, the headings between the blocks, and where all ends."""
    tops: dict[Enum, float] = {}
    notes: list[Group] = []
    for state in (*plan.main, *plan.late, *plan.final):
        if plan.late and state is plan.late[0]:
            top += 34
            notes.append(_late_heading(columns, top))
            top += 34
        top += _lead(plan, state, columns)
        tops[state] = top
        top += cells[state].height
    return tops, notes, top


def _late_heading(columns: Columns, top: float) -> Group:
    said = (
        ("name", "Only waiting for a late answer. "),
        ("quiet", "The session is gone; what the answer still brings is given back at once."),
    )
    rule = Wire(((MARGIN, top - 10), (columns.width - MARGIN, top - 10)), style="rule")
    return Group("note", (rule, line_of(MARGIN, top, said, TEXT)))


def _lead(plan: Plan, state: Enum, columns: Columns) -> float:
    """Return the room above a box, for the arrow from the box before and for what is taken."""
    room = float(GAP)
    arrow = _straight_to(plan, state)
    if arrow is not None:
        room = max(room, ARROW_GAP, len(_straight_label(arrow, columns)) * LINE + 14)
    taken = len(_taken(plan, state, columns))
    if taken:
        room = max(room, taken * LINE + 10)
    return room


def _straight_to(plan: Plan, state: Enum) -> Bundle | None:
    return next((b for b in plan.bundles if b.target is state and b.move is Move.NEXT), None)


def _straight_label(bundle: Bundle, columns: Columns) -> tuple[Line, ...]:
    room = columns.box_width - 30
    style = "out" if bundle.gives else "event"
    gives = wrapped(given(bundle), TEXT, room) if bundle.gives else ()
    return (
        *(Line("event", text) for text in wrapped(listed(bundle.events), TEXT, room)),
        *(Line(style, text) for text in gives),
    )


def _starting(plan: Plan, state: Enum) -> tuple[Run, ...]:
    return tuple(run for run in plan.runs if run.states[0] is state)


def _taken(plan: Plan, state: Enum, columns: Columns) -> tuple[str, ...]:
    """Return the lines that say what is held from a state on."""
    said: dict[tuple[Enum, ...], list[Enum]] = {}
    for run in _starting(plan, state):
        said.setdefault(run.taken_on, []).append(run.resource)
    return tuple(
        line
        for events, resources in said.items()
        for line in wrapped(
            f"{listed(tuple(resources))} "
            + (f"taken on {listed(events)}" if events else "still held"),
            TEXT,
            columns.ways_out_width,
        )
    )


@dataclass(frozen=True)
class Sheet:
    """The states in their places; from here everything else is drawn."""

    plan: Plan
    columns: Columns
    cells: dict[Enum, Cell]
    tops: dict[Enum, float]

    def groups(self) -> Iterator[Group]:
        """Return what is drawn: lanes lowest, then wires, then boxes and texts."""
        for run in self.plan.runs:
            yield self._lane(run)
        for state, cell in self.cells.items():
            yield from self._taking(state)
            for port in cell.ports:
                if port.bundle is not None:
                    yield self._arc(port.rail, port.bundle, port)
            for chip in cell.chips:
                yield self._way_out(state, chip)
            straight = _straight_to(self.plan, state)
            if straight is not None:
                yield self._straight(straight)
            if state not in self.plan.main:
                yield self._coming(state)
        for cell in self.cells.values():
            yield self._box(cell)
            yield from self._staying(cell)

    def _place(self, state: Enum) -> Rect:
        columns = self.columns
        return Rect(columns.box, self.tops[state], columns.box_width, self.cells[state].height)

    def _lane_x(self, resource: Enum) -> float:
        order = [item.resource for item in self.plan.lifecycle.resources]
        return self.columns.lanes[order.index(resource)]

    def _hue(self, resource: Enum) -> str:
        order = [item.resource for item in self.plan.lifecycle.resources]
        return f"hue-{order.index(resource) % 8}"

    # --- lanes ---------------------------------------------------------------------------------

    def _lane(self, run: Run) -> Group:
        x = self._lane_x(run.resource)
        first, last = self._place(run.states[0]), self._place(run.states[-1])
        place = Rect(x, first.y - 3, LANE, last.bottom - first.y + 6)
        hue = self._hue(run.resource)
        return Group(
            f"lane {hue}",
            (Panel(place, "band", 5), *self._lane_names(run, place)),
            about_lane(self.plan, run),
            {
                "data-resource": run.resource.name,
                "data-from": run.states[0].name,
                "data-to": run.states[-1].name,
                "data-states": " ".join(state.name for state in run.states),
            },
        )

    def _lane_names(self, run: Run, lane: Rect) -> Iterator[Words]:
        """Write the name of the resource into its lane, where no wire crosses it."""
        text = listed((run.resource,))
        length = width_of(text, TEXT) + 4
        crossings = [lane.y, *self._crossings(run), lane.bottom]
        free = -1000.0
        for above, below in zip(crossings, crossings[1:], strict=False):
            start = max(above + 5, free + 300)
            if start + length + 5 <= below:
                place = Rect(lane.x, start, LANE, length)
                yield Words(place, (("lane-name", text),), TEXT, turned=True)
                free = start + length

    def _crossings(self, run: Run) -> Iterator[float]:
        for state in run.states:
            if state is not run.states[0] and _starting(self.plan, state):
                yield self.tops[state] - 8
            yield from (self._chip_wire(state, chip) for chip in self.cells[state].chips)

    def _taking(self, state: Enum) -> Iterator[Group]:
        """Draw what is held from here on: a ring on each lane that begins, and the words."""
        runs = _starting(self.plan, state)
        if not runs:
            return
        columns = self.columns
        y = self.tops[state] - 3
        lines = _taken(self.plan, state, columns)
        middles = [self._lane_x(run.resource) + LANE / 2 for run in runs]
        wire_y = y - 5
        shapes: list[Shape] = [
            Wire(((min(middles), wire_y), (columns.ways_out - 6, wire_y)), style="wire taken")
        ]
        top = wire_y + 8 - len(lines) * LINE
        for number, line in enumerate(lines):
            said = (("quiet", line),)
            shapes.append(line_of(columns.ways_out, top + number * LINE, said, TEXT))
        yield Group("taking", tuple(shapes), data={"data-state": state.name})
        for run, x in zip(runs, middles, strict=True):
            ring = Dot(x, wire_y, 4.5, "ring")
            yield Group(f"ring-of {self._hue(run.resource)}", (ring,), about_lane(self.plan, run))

    # --- arrows --------------------------------------------------------------------------------

    def _arc(self, rail: Rail, bundle: Bundle, port: Port) -> Group:
        columns = self.columns
        x = columns.tracks - rail.track * 13
        start = self.tops[bundle.source] + port.wire
        entry = next(
            p for p in self.cells[bundle.target].ports if p.rail == rail and p.bundle is None
        )
        end = self.tops[bundle.target] + entry.wire
        wire = Wire(((columns.box, start), (x, start), (x, end), (columns.box - 1, end)), arrow=True)
        right = columns.box - 8
        labels = tuple(
            line_of(
                right,
                self.tops[bundle.source] + port.top + number * LINE,
                ((line.style, line.text),),
                TEXT,
                anchor="end",
            )
            for number, line in enumerate(port.lines)
        )
        return self._bundle("arc", bundle, (wire, *labels))

    def _straight(self, bundle: Bundle) -> Group:
        before, after = self._place(bundle.source), self._place(bundle.target)
        x = before.x + 16
        wire = Wire(((x, before.bottom), (x, after.y - 1)), arrow=True)
        lines = _straight_label(bundle, self.columns)
        top = (before.bottom + after.y - len(lines) * LINE) / 2 - 1
        labels = tuple(
            line_of(x + 12, top + number * LINE, ((line.style, line.text),), TEXT)
            for number, line in enumerate(lines)
        )
        return self._bundle("straight", bundle, (wire, *labels))

    def _bundle(self, style: str, bundle: Bundle, shapes: tuple[Shape, ...]) -> Group:
        leaves = bool(bundle.gives) or bundle.move is Move.OUT
        return Group(
            f"{style} {'exit' if leaves else 'moves'}",
            shapes,
            about_bundle(bundle),
            {
                "data-source": bundle.source.name,
                "data-target": bundle.target.name,
                "data-events": " ".join(event.name for event in bundle.events),
                "data-gives": " ".join(held.name for held in bundle.gives),
            },
        )

    # --- ways out ------------------------------------------------------------------------------

    def _chip_wire(self, state: Enum, chip: Chip) -> float:
        return self.tops[state] + chip.top + LINE / 2

    def _way_out(self, state: Enum, chip: Chip) -> Group:
        columns = self.columns
        y = self._chip_wire(state, chip)
        right = columns.box + columns.box_width
        wire = Wire(((right, y), (columns.ways_out - 5, y)), arrow=True)
        dots = (
            Dot(self._lane_x(held) + LANE / 2, y, 4.5, f"dot {self._hue(held)}")
            for held in chip.bundle.gives
        )
        return self._bundle("way-out", chip.bundle, (wire, *dots, *self._said(chip, y - LINE / 2)))

    def _said(self, chip: Chip, top: float) -> Iterator[Words]:
        x = self.columns.ways_out
        for number, text in enumerate(chip.target):
            last = number == len(chip.target) - 1
            beside = (("out", f"  {chip.beside}"),) if last and chip.beside else ()
            yield line_of(x, top + number * LINE, (("out-name", text), *beside), TEXT)
        top += len(chip.target) * LINE
        for number, line in enumerate(chip.lines):
            yield line_of(x, top + number * LINE, ((line.style, line.text),), TEXT)

    # --- states --------------------------------------------------------------------------------

    def _coming(self, state: Enum) -> Group:
        """Say beside a late or final state from where a session comes to it."""
        columns, place = self.columns, self._place(state)
        sources = self.plan.sources(state)
        many = len(sources) > SOURCES_MAX
        text = f"from {len(sources)} states" if many else f"from {names(sources)}"
        lines = wrapped(text, TEXT, columns.box - 26 - MARGIN)
        y = place.y + place.height / 2
        top = y - len(lines) * LINE / 2
        wire = Wire(((columns.box - 22, y), (columns.box - 1, y)), arrow=True)
        words = (
            line_of(columns.box - 28, top + n * LINE, (("out", line),), TEXT, anchor="end")
            for n, line in enumerate(lines)
        )
        return Group("coming exit", (wire, *words), f"To {state.name} from {names(sources)}")

    def _box(self, cell: Cell) -> Group:
        state, place = cell.state, self._place(cell.state)
        row = self.plan.lifecycle.row_of(state)
        style = "asks" if row.awaits is not None else "rests"
        lines = [line for line in cell.lines if line.style != "stays"]
        return Group(
            f"state {style}",
            (Panel(place, "box"), *self._ends(state, place), *self._lines(lines, place, 0)),
            about_state(self.plan, state),
            {"data-state": state.name},
        )

    def _ends(self, state: Enum, place: Rect) -> Iterator[Shape]:
        """Mark the first state by a dot and an arrow, a final one by a second border."""
        if state is self.plan.lifecycle.start:
            x = place.x + 16
            yield Dot(x, place.y - 16, 4.5, "begin")
            yield Wire(((x, place.y - 12), (x, place.y - 1)), arrow=True)
        if state in self.plan.final:
            yield Panel(Rect(place.x + 3, place.y + 3, place.width - 6, place.height - 6), "box", 4)

    def _staying(self, cell: Cell) -> Iterator[Group]:
        """Write the note about the events that leave a state where it is."""
        lines = [line for line in cell.lines if line.style == "stays"]
        before = len(cell.lines) - len(lines)
        for bundle in self.plan.leaving(cell.state, Move.STAYS):
            shapes = tuple(self._lines(lines, self._place(cell.state), before))
            yield self._bundle("stay", bundle, shapes)
            lines = []

    def _lines(self, lines: list[Line], place: Rect, before: int) -> Iterator[Words]:
        for number, line in enumerate(lines, before):
            size = NAME if line.style == "name" else TEXT
            top = place.y + PAD + number * LINE
            yield line_of(place.x + PAD, top, ((line.style, line.text),), size)
