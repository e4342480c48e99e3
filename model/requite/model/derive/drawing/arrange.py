"""Where everything in the picture of a lifecycle stands.

Decides positions only. The states of the main way stand in one column in the order in which a
session meets them, then those that only wait for a late answer, then the final ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from requite.model.derive.drawing.labels import NAME, TEXT, Stay, starting, taken_lines
from requite.model.derive.drawing.legend import heading
from requite.model.derive.drawing.measure import (
    LANE,
    LINE,
    MARGIN,
    PAD,
    TICK,
    TRACK,
    Cell,
    Chip,
    Columns,
    Port,
    Rail,
    cell_of,
    columns_of,
    rails_of,
    stay_height,
    straight_label,
    ticks_of,
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
from requite.model.derive.drawing.style import HUES
from requite.model.derive.drawing.tell import (
    about_bundle,
    about_lane,
    about_row,
    about_state,
    names,
)
from requite.model.derive.drawing.words import Line, Span, listed, width_of
from requite.model.lifecycle import AnyLifecycle

__all__ = ("arrange",)

GAP = 14
"""Between two states with no arrow straight from one to the next."""
ARROW_GAP = 26


def arrange(lifecycle: AnyLifecycle) -> Picture:
    """Return the picture of a lifecycle."""
    plan = plan_of(lifecycle)
    rails = rails_of(plan)
    columns = columns_of(plan, rails)
    states = (*plan.main, *plan.late, *plan.final)
    cells = {state: cell_of(plan, state, rails, columns) for state in states}
    ticks = any(stay.ticks for cell in cells.values() for stay in cell.stays)
    head, top = heading(plan, columns, ticks=ticks)
    tops, notes, bottom = _stacked(plan, cells, columns, top)
    sheet = _Sheet(plan, columns, cells, tops)
    return Picture(columns.width, bottom + MARGIN, (*head, *notes, *sheet.groups()))


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
        if plan.late and state is plan.final[0]:
            top += GAP
        top += _lead(plan, state, columns)
        tops[state] = top
        top += cells[state].height
    return tops, notes, top


def _late_heading(columns: Columns, top: float) -> Group:
    said = (
        Span("head name", "Only waiting for a late answer. "),
        Span("quiet", "The session is gone; what the answer still brings is given back at once."),
    )
    rule = Wire(((MARGIN, top - 10), (columns.width - MARGIN, top - 10)), style="rule")
    return Group("note", (rule, line_of(MARGIN, top, said, TEXT)))


def _lead(plan: Plan, state: Enum, columns: Columns) -> float:
    """Return the room above a box, for the arrow from the box before and for what is taken."""
    room = float(GAP)
    arrow = _straight_to(plan, state)
    if arrow is not None:
        room = max(room, ARROW_GAP, len(straight_label(plan, arrow, columns)) * LINE + 14)
    taken = len(taken_lines(plan, state, columns.ways_out_width))
    if taken:
        room = max(room, taken * LINE + 10)
    return room


def _straight_to(plan: Plan, state: Enum) -> Bundle | None:
    return next((b for b in plan.bundles if b.target is state and b.move is Move.NEXT), None)


@dataclass(frozen=True)
class _Sheet:
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
            if cell.coming:
                yield self._coming(cell)
        for cell in self.cells.values():
            yield self._box(cell)
            yield from self._staying(cell)

    def _place(self, state: Enum) -> Rect:
        columns = self.columns
        wider = columns.late if state in self.plan.late else 0
        width = columns.box_width + wider
        return Rect(columns.box - wider, self.tops[state], width, self.cells[state].height)

    def _lane_x(self, resource: Enum) -> float:
        order = [item.resource for item in self.plan.lifecycle.resources]
        return self.columns.lanes[order.index(resource)]

    def _hue(self, resource: Enum) -> str:
        order = [item.resource for item in self.plan.lifecycle.resources]
        return f"hue-{order.index(resource) % HUES}"

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
        for above, below in pairwise(crossings):
            start = max(above + 5, free + 300)
            if start + length + 5 <= below:
                place = Rect(lane.x, start, LANE, length)
                yield Words(place, (Span("lane-name", text),), TEXT, turned=True)
                free = start + length

    def _crossings(self, run: Run) -> Iterator[float]:
        for state in run.states:
            if state is not run.states[0] and starting(self.plan, state):
                yield self.tops[state] - 8
            yield from (self._chip_wire(state, chip) for chip in self.cells[state].chips)

    def _taking(self, state: Enum) -> Iterator[Group]:
        """Draw what is held from here on: a ring on each lane that begins, and the words."""
        runs = starting(self.plan, state)
        if not runs:
            return
        columns = self.columns
        y = self.tops[state] - 3
        lines = taken_lines(self.plan, state, columns.ways_out_width)
        middles = [self._lane_x(run.resource) + LANE / 2 for run in runs]
        wire_y = y - 5
        shapes: list[Shape] = [
            Wire(
                ((min(middles), y), (min(middles), wire_y), (columns.ways_out - 6, wire_y)),
                style="wire taken",
            )
        ]
        top = wire_y + 8 - len(lines) * LINE
        shapes += _set(lines, columns.ways_out, top)
        yield Group("taking", tuple(shapes), data={"data-state": state.name})
        for run, x in ((run, x) for run, x in zip(runs, middles, strict=True) if run.taken_on):
            ring = Dot(x, wire_y, 4.5, "ring")
            yield Group(f"ring-of {self._hue(run.resource)}", (ring,), about_lane(self.plan, run))

    # --- arrows --------------------------------------------------------------------------------

    def _arc(self, rail: Rail, bundle: Bundle, port: Port) -> Group:
        columns = self.columns
        x = columns.tracks - rail.track * TRACK
        start = self.tops[bundle.source] + port.wire
        entry = next(
            p for p in self.cells[bundle.target].ports if p.rail == rail and p.bundle is None
        )
        end = self.tops[bundle.target] + entry.wire
        wire = Wire(
            ((columns.box, start), (x, start), (x, end), (columns.box - 1, end)), arrow=True
        )
        top = self.tops[bundle.source] + port.top
        labels = _set(port.lines, columns.box - 8, top, anchor="end")
        return self._bundle("arc", bundle, (wire, *labels))

    def _straight(self, bundle: Bundle) -> Group:
        before, after = self._place(bundle.source), self._place(bundle.target)
        x = before.x + 16
        wire = Wire(((x, before.bottom), (x, after.y - 1)), arrow=True)
        lines = straight_label(self.plan, bundle, self.columns)
        top = (before.bottom + after.y - len(lines) * LINE) / 2 - 1
        labels = _set(lines, x + 12, top)
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
        said = _set(chip.lines, columns.ways_out, y - LINE / 2)
        return self._bundle("way-out", chip.bundle, (wire, *dots, *said))

    # --- states --------------------------------------------------------------------------------

    def _coming(self, cell: Cell) -> Group:
        """Say beside a state from where ways out lead to it."""
        place = self._place(cell.state)
        y = place.y + place.height / 2
        wire = Wire(((place.x - 22, y), (place.x - 1, y)), arrow=True)
        top = y - len(cell.coming) * LINE / 2
        words = _set(cell.coming, place.x - 28, top, anchor="end")
        title = f"To {cell.state.name} from {names(self.plan.sources(cell.state, Move.OUT))}"
        return Group("coming exit", (wire, *words), title)

    def _box(self, cell: Cell) -> Group:
        state, place = cell.state, self._place(cell.state)
        row = self.plan.lifecycle.row_of(state)
        style = "asks" if row.awaits is not None else "rests"
        words = _set(cell.lines, place.x + PAD, place.y + PAD)
        return Group(
            f"state {style}",
            (Panel(place, "box"), *self._ends(state, place), *words),
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
        """Write the notes about the events that leave a state where it is."""
        place = self._place(cell.state)
        x, top = place.x + PAD, place.y + PAD + len(cell.lines) * LINE
        room = place.width - 2 * PAD
        for stay in cell.stays:
            yield self._bundle("stay", stay.bundle, _set(stay.lines, x, top))
            yield from self._ticks(stay, Rect(x, top, room, stay_height(stay, room)))
            top += stay_height(stay, room)

    def _ticks(self, stay: Stay, place: Rect) -> Iterator[Group]:
        """Draw one tick for each row that is only counted, so that it can be pointed at."""
        style = "tick exit" if stay.bundle.gives else "tick moves"
        start, beside = ticks_of(stay, place.width)
        top = place.y + (len(stay.lines) - (1 if start else 0)) * LINE + 3
        for number, row in enumerate(stay.ticks):
            line, column = divmod(number, beside)
            mark = Rect(place.x + start + column * TICK, top + line * LINE, TICK - 2, LINE - 6)
            yield Group(style, (Panel(mark, "mark", 1),), about_row(self.plan, row))


def _set(
    lines: tuple[Line, ...], x: float, top: float, *, anchor: str = "start"
) -> tuple[Words, ...]:
    """Set lines one below the other; a name is a little larger."""
    return tuple(
        line_of(
            x,
            top + number * LINE,
            line,
            NAME if line[0].style == "name" else TEXT,
            anchor=anchor,
        )
        for number, line in enumerate(lines)
    )
