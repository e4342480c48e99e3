"""How much room each state needs, and where the columns of the picture stand.

Decides widths and heights. From left to right: the tracks of the arrows between states, their
labels, the boxes of the states, one lane for each resource, the ways out.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from requite.model.derive.drawing.labels import (
    NAME,
    TEXT,
    Stay,
    arrow_label,
    box_lines,
    coming_lines,
    given,
    stays_of,
    taken_lines,
    way_out_lines,
)
from requite.model.derive.drawing.plan import Bundle, Move, Plan
from requite.model.derive.drawing.words import Line, spoken, width_of, width_of_line

__all__ = (
    "LANE",
    "LINE",
    "MARGIN",
    "PAD",
    "TICK",
    "TRACK",
    "Cell",
    "Chip",
    "Columns",
    "Port",
    "Rail",
    "cell_of",
    "columns_of",
    "rails_of",
    "stay_height",
    "straight_label",
    "ticks_of",
)

PAGE = 960
PAGE_SMALL = 720
"""As wide as a column of text; for a lifecycle that needs no more."""
MARGIN = 8
LINE = 16
PAD = 9
TRACK = 11
LANE = 14
LANE_GAP = 3
HELD_MIN = 28
"""Room for the head of the column."""
BEFORE_WAYS_OUT = 16
"""Room for the tips of the arrows."""
TICK = 6
"""From one tick to the next."""
WAYS_OUT_MIN = 260
WAYS_OUT_ENOUGH = 400
"""About 60 letters: a longer line is no easier to read."""
LABEL_MAX = 158
LEFT = 64
LEFT_LATE = 180
"""The least room beside the boxes: for the names of the states from which one comes there."""
BOX_MAX = 164
BOX_LATE = 240


@dataclass(frozen=True, slots=True)
class Rail:
    """The track that arrows to one state share."""

    target: Enum
    move: Move
    gives: bool
    sources: tuple[Enum, ...]
    track: int
    """How far from the labels it runs; the innermost is 0."""


@dataclass(frozen=True, slots=True)
class Port:
    """Where an arrow leaves or meets the left side of a box, with its label above the wire."""

    rail: Rail
    bundle: Bundle | None
    lines: tuple[Line, ...]
    top: float
    wire: float


@dataclass(frozen=True, slots=True)
class Chip:
    """One way out: where it leads, what it gives back, on which events."""

    bundle: Bundle
    lines: tuple[Line, ...]
    top: float

    @property
    def bottom(self) -> float:
        """Where it ends."""
        return self.top + len(self.lines) * LINE


@dataclass(frozen=True, slots=True)
class Cell:
    """A state, with everything that stands beside it."""

    state: Enum
    lines: tuple[Line, ...]
    stays: tuple[Stay, ...]
    coming: tuple[Line, ...]
    """The note about the states from which a way out leads here."""
    ports: tuple[Port, ...]
    chips: tuple[Chip, ...]
    height: float


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the columns stand."""

    tracks: float
    """Where the innermost track runs."""
    label_width: float
    box: float
    box_width: float
    late: float
    """How much further to the left the boxes begin that only wait for a late answer."""
    lanes: tuple[float, ...]
    ways_out: float
    ways_out_width: float
    width: float


def rails_of(plan: Plan) -> tuple[Rail, ...]:
    """Return the tracks of the arrows that pass over other states, short ones innermost."""
    place = {state: number for number, state in enumerate(plan.main)}
    shared: dict[tuple[Enum, Move, bool], list[Enum]] = {}
    for bundle in plan.bundles:
        if bundle.move in {Move.FORWARD, Move.BACK}:
            shared.setdefault((bundle.target, bundle.move, bool(bundle.gives)), []).append(
                bundle.source
            )
    spans = {
        key: (min(place[s] for s in (key[0], *sources)), max(place[s] for s in (key[0], *sources)))
        for key, sources in shared.items()
    }
    taken: list[list[tuple[int, int]]] = []
    rails: list[Rail] = []
    for key in sorted(spans, key=lambda key: (spans[key][1] - spans[key][0], spans[key][0])):
        first, last = spans[key]
        track = next(
            (n for n, used in enumerate(taken) if all(last < a or b < first for a, b in used)),
            len(taken),
        )
        if track == len(taken):
            taken.append([])
        taken[track].append((first, last))
        rails.append(Rail(*key, sources=tuple(shared[key]), track=track))
    return tuple(rails)


def columns_of(plan: Plan, rails: Iterable[Rail]) -> Columns:
    """Return where the columns stand; the ways out get what the others leave."""
    tracks = TRACK * (1 + max((rail.track for rail in rails), default=-1))
    label_width = max(_label_width(plan), (LEFT_LATE if plan.late else LEFT) - tracks)
    names = [width_of(row.state.name, NAME, bold=True) for row in plan.lifecycle.rows]
    box_width = min(max(*names, 130) + 2 * PAD, BOX_MAX)
    late = min(max(*names, box_width) + 2 * PAD, BOX_LATE) - box_width if plan.late else 0
    resources = plan.lifecycle.resources
    lanes = max(len(resources) * (LANE + LANE_GAP), HELD_MIN if resources else 0)
    taken = 2 * MARGIN + tracks + label_width + 10 + box_width + 10 + lanes + BEFORE_WAYS_OUT
    # Where there is room to spare, boxes and labels become wider; it reads better than one side.
    wanted = min(max(_ways_out_width(plan), WAYS_OUT_MIN), WAYS_OUT_ENOUGH)
    page = PAGE_SMALL if taken + wanted <= PAGE_SMALL else PAGE
    spare = max(0.0, page - taken - wanted)
    label_width += min(spare / 3, 60)
    box_width += min(spare / 3, 70)
    box = MARGIN + tracks + label_width + 10
    first = box + box_width + 10
    ways_out = first + lanes + BEFORE_WAYS_OUT
    width = max(page, ways_out + WAYS_OUT_MIN + MARGIN)
    return Columns(
        tracks=MARGIN + tracks - TRACK / 2,
        label_width=label_width,
        box=box,
        box_width=box_width,
        late=max(late, 0),
        lanes=tuple(first + n * (LANE + LANE_GAP) for n in range(len(resources))),
        ways_out=ways_out,
        ways_out_width=width - MARGIN - ways_out,
        width=width,
    )


def _label_width(plan: Plan) -> float:
    """Return the room for the labels of arrows, so that most events stay on one line."""
    labelled = [b for b in plan.bundles if b.move in {Move.FORWARD, Move.BACK}]
    words = [spoken(event) for bundle in labelled for event in bundle.events]
    words += [given(bundle) for bundle in labelled if bundle.gives]
    widths = [width_of(text, TEXT) for text in words]
    to = width_of("to ", TEXT)
    widths += [to + width_of(bundle.target.name, TEXT, bold=True) for bundle in labelled]
    return min(max(widths, default=0) + 8, LABEL_MAX)


def _ways_out_width(plan: Plan) -> float:
    """Return how wide the ways out would be if no line had to end early."""
    chips = (way_out_lines(plan, b, math.inf) for b in plan.bundles if b.move is Move.OUT)
    lines = [line for lines in chips for line in lines]
    lines += [
        line for row in plan.lifecycle.rows for line in taken_lines(plan, row.state, math.inf)
    ]
    return max((width_of_line(line, TEXT) for line in lines), default=0)


def cell_of(plan: Plan, state: Enum, rails: Iterable[Rail], columns: Columns) -> Cell:
    """Return a state with what stands beside it, measured."""
    wider = columns.late if state in plan.late else 0
    room = columns.box_width - 2 * PAD + wider
    lines = box_lines(state, room)
    stays = stays_of(plan, state, room)
    ports = _ports(plan, state, rails, columns.label_width)
    coming = () if ports else coming_lines(plan, state, columns.box - MARGIN - 28 - wider)
    chips = _chips(plan, state, columns.ways_out_width)
    inside = 2 * PAD + len(lines) * LINE + sum(stay_height(stay, room) for stay in stays)
    left = ports[-1].wire + 12 if ports else len(coming) * LINE + 4
    right = chips[-1].bottom + 2 if chips else 0
    return Cell(state, lines, stays, coming, ports, chips, max(inside, left, right))


def ticks_of(stay: Stay, room: float) -> tuple[float, int]:
    """Return where ticks begin, seen from the last line of the note, and how many fit in a line.

    They stand behind the last line if all of them fit there, else below.
    """
    used = width_of_line(stay.lines[-1], TEXT) + TICK
    if used + len(stay.ticks) * TICK <= room:
        return used, len(stay.ticks)
    return 0, max(int(room // TICK), 1)


def stay_height(stay: Stay, room: float) -> float:
    """Return how much room the note about staying takes, with its ticks."""
    used, beside = ticks_of(stay, room)
    below = 0 if used or not stay.ticks else -(-len(stay.ticks) // beside)
    return (len(stay.lines) + below) * LINE


def _ports(plan: Plan, state: Enum, rails: Iterable[Rail], room: float) -> tuple[Port, ...]:
    """Return the left side of a box from top to bottom, so that few wires cross.

    What leads up stands above what leads down. Of two wires that lead up the one on the inner
    track stands first, of two that lead down the one on the outer track.
    """
    ups: list[tuple[Rail, Bundle | None]] = []
    downs: list[tuple[Rail, Bundle | None]] = []
    for rail in rails:
        if rail.target is state:
            (ups if rail.move is Move.FORWARD else downs).append((rail, None))
        if state in rail.sources:
            bundles = plan.leaving(state, rail.move)
            mine = [b for b in bundles if b.target is rail.target and bool(b.gives) == rail.gives]
            (downs if rail.move is Move.FORWARD else ups).extend((rail, b) for b in mine)
    ups.sort(key=lambda end: end[0].track)
    downs.sort(key=lambda end: -end[0].track)
    ports: list[Port] = []
    top: float = 4
    for rail, bundle in (*ups, *downs):
        lines = arrow_label(plan, bundle, room, target=True) if bundle else ()
        wire = top + len(lines) * LINE + (4 if lines else 8)
        ports.append(Port(rail, bundle, lines, top, wire))
        top = wire + 4
    return tuple(ports)


def straight_label(plan: Plan, bundle: Bundle, columns: Columns) -> tuple[Line, ...]:
    """Return the label of an arrow to the state below, which stands between the boxes."""
    return arrow_label(plan, bundle, columns.box_width - 30, target=False)


def _chips(plan: Plan, state: Enum, room: float) -> tuple[Chip, ...]:
    chips: list[Chip] = []
    top: float = 2
    for bundle in plan.leaving(state, Move.OUT):
        chips.append(Chip(bundle, way_out_lines(plan, bundle, room), top))
        top = chips[-1].bottom + 7
    return tuple(chips)
