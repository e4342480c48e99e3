"""How much room each state needs, and where the columns of the picture stand.

Decides widths and heights. From left to right: the tracks of the arrows between states, their
labels, the boxes of the states, one lane for each resource, the ways out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from requite.model.derive.drawing.plan import Bundle, Move, Plan
from requite.model.derive.drawing.words import listed, width_of, wrapped

__all__ = (
    "LINE",
    "MARGIN",
    "NAME",
    "PAD",
    "TEXT",
    "Cell",
    "Chip",
    "Columns",
    "Line",
    "Port",
    "Rail",
    "cell_of",
    "columns_of",
    "given",
    "rails_of",
)

PAGE = 960
MARGIN = 12
TEXT = 12
NAME = 13
LINE = 16
PAD = 9
TRACK = 13
LANE = 16
LANE_GAP = 4
WAYS_OUT_MIN = 260
LABEL_LINES_MAX = 3
"""How many lines of events an arrow's label may have before it only counts them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text and its style."""

    style: str
    text: str


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
    target: tuple[str, ...]
    beside: str
    lines: tuple[Line, ...]
    top: float

    @property
    def height(self) -> float:
        """How much room it needs."""
        return (len(self.target) + len(self.lines)) * LINE


@dataclass(frozen=True, slots=True)
class Cell:
    """A state, with everything that stands beside it."""

    state: Enum
    lines: tuple[Line, ...]
    ports: tuple[Port, ...]
    chips: tuple[Chip, ...]
    height: float


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the columns stand."""

    tracks: float
    label: float
    label_width: float
    box: float
    box_width: float
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
            key = (bundle.target, bundle.move, bool(bundle.gives))
            shared.setdefault(key, []).append(bundle.source)
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
    tracks = 1 + max((rail.track for rail in rails), default=-1)
    labels = [b for b in plan.bundles if b.move in {Move.FORWARD, Move.BACK}]
    words = [width_of(listed((event,)), TEXT) for bundle in labels for event in bundle.events]
    late = 110 if plan.late else 0
    label_width = max(min(max(words, default=0) + 8, 160), late, 64 - tracks * TRACK)
    names = [width_of(row.state.name, NAME, bold=True) for row in plan.lifecycle.rows]
    box_width = min(max(*names, 130) + 2 * PAD, 180)
    label = MARGIN + tracks * TRACK
    box = label + label_width + 10
    first = box + box_width + 12
    count = len(plan.lifecycle.resources)
    lanes = tuple(first + n * (LANE + LANE_GAP) for n in range(count))
    ways_out = first + count * (LANE + LANE_GAP) + 22
    width = max(PAGE, ways_out + WAYS_OUT_MIN + MARGIN)
    return Columns(
        tracks=label - TRACK / 2,
        label=label,
        label_width=label_width,
        box=box,
        box_width=box_width,
        lanes=lanes,
        ways_out=ways_out,
        ways_out_width=width - MARGIN - ways_out,
        width=width,
    )


def cell_of(plan: Plan, state: Enum, rails: Iterable[Rail], columns: Columns) -> Cell:
    """Return a state with what stands beside it, measured."""
    lines = _box_lines(plan, state, columns.box_width - 2 * PAD)
    ports = _ports(plan, state, rails, columns.label_width)
    chips = _chips(plan, state, columns.ways_out_width)
    inside = 2 * PAD + len(lines) * LINE
    left = ports[-1].wire + 12 if ports else 0
    right = chips[-1].top + chips[-1].height + 2 if chips else 0
    return Cell(state, lines, ports, chips, max(inside, left, right))


def given(bundle: Bundle) -> str:
    """Say what an arrow gives back, in as few words as are exact."""
    if not bundle.gives:
        return f"keeps {listed(bundle.keeps)}" if bundle.keeps else "nothing is held"
    several = len(bundle.gives) > 1 and bundle.gives_what_it_held
    if several and not bundle.keeps:
        return "gives back all"
    if several and len(bundle.keeps) == 1:
        return f"gives back all but {listed(bundle.keeps)}"
    return f"gives back {listed(bundle.gives)}"


def _box_lines(plan: Plan, state: Enum, room: float) -> tuple[Line, ...]:
    row = plan.lifecycle.row_of(state)
    resting = state in {plan.lifecycle.start, *plan.final}
    if resting:
        about = state.value
    elif row.awaits is not None:
        about = f"waits for the answer to: {listed((row.awaits,))}"
    else:
        about = f"waits for {row.waits_for.value}"
    lines = [Line("name", text) for text in wrapped(state.name, NAME, room, bold=True)]
    lines += [Line("quiet", text) for text in wrapped(about, TEXT, room)]
    stays = [event for b in plan.leaving(state, Move.STAYS) for event in b.events]
    if stays:
        few = len(stays) <= 1
        text = f"stays on {listed((stays[0],)) if few else f'{len(stays)} events'}"
        lines += [Line("stays", line) for line in wrapped(text, TEXT, room)]
    return tuple(lines)


def _ports(
    plan: Plan, state: Enum, rails: Iterable[Rail], room: float
) -> tuple[Port, ...]:
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
        lines = _label(bundle, room) if bundle else ()
        wire = top + len(lines) * LINE + (4 if lines else 8)
        ports.append(Port(rail, bundle, lines, top, wire))
        top = wire + 4
    return tuple(ports)


def _label(bundle: Bundle, room: float) -> tuple[Line, ...]:
    style = "out" if bundle.gives else "event"
    events = wrapped(listed(bundle.events), TEXT, room)
    if len(events) > LABEL_LINES_MAX:
        events = (f"{len(bundle.events)} events",)
    gives = wrapped(given(bundle), TEXT, room) if bundle.gives else ()
    return (*(Line("event", text) for text in events), *(Line(style, text) for text in gives))


def _chips(plan: Plan, state: Enum, room: float) -> tuple[Chip, ...]:
    chips: list[Chip] = []
    top: float = 2
    for bundle in plan.leaving(state, Move.OUT):
        target = wrapped(bundle.target.name, TEXT, room, bold=True)
        gives = given(bundle)
        left = room - width_of(target[-1], TEXT, bold=True) - 10
        fits = width_of(gives, TEXT) <= left
        lines = [] if fits else [Line("out", text) for text in wrapped(gives, TEXT, room)]
        lines += [Line("event", text) for text in wrapped(f"on {listed(bundle.events)}", TEXT, room)]
        chip = Chip(bundle, target, gives if fits else "", tuple(lines), top)
        chips.append(chip)
        top += chip.height + 7
    return tuple(chips)
