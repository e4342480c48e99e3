"""How much room each state needs, and where the columns of the picture stand.

Decides widths and heights. From left to right: the tracks of the arrows between states, their
labels, the boxes of the states, one lane for each resource, the ways out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from requite.model.derive.drawing.plan import Bundle, Move, Plan
from requite.model.derive.drawing.words import NO_BREAK, listed, spoken, width_of, wrapped

__all__ = (
    "LINE",
    "MARGIN",
    "NAME",
    "PAD",
    "TEXT",
    "TRACK",
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
    "straight_label",
    "toned",
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
WAYS_OUT_ENOUGH = 360
"""About 55 letters: a longer line is no easier to read."""
LABEL_MAX = 144
LEFT = 64
LEFT_LATE = 200
"""The least room beside the boxes: for the names of the states from which one comes there."""
BOX_MAX = 180
BOX_LATE = 240
SPACE = 2 * NO_BREAK
"""Between a target and what is given back on the way to it."""
SOURCES_MAX = 4
"""How many states are named from which a way out leads to a state."""
LABEL_LINES_MAX = 3
"""How many lines of events an arrow's label may have before it only counts them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text, in pieces that each have a style."""

    spans: tuple[tuple[str, str], ...]


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
    stays: tuple[Line, ...]
    """The note about the events on which it stays."""
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
    lanes = len(plan.lifecycle.resources) * (LANE + LANE_GAP)
    taken = 2 * MARGIN + tracks + label_width + 10 + box_width + 12 + lanes + 22
    # Where there is room to spare, boxes and labels become wider; it reads better than one side.
    spare = max(0.0, PAGE - taken - WAYS_OUT_ENOUGH)
    label_width += min(spare / 3, 60)
    box_width += min(spare / 3, 70)
    box = MARGIN + tracks + label_width + 10
    first = box + box_width + 12
    ways_out = first + lanes + 22
    width = max(PAGE, ways_out + WAYS_OUT_MIN + MARGIN)
    return Columns(
        tracks=MARGIN + tracks - TRACK / 2,
        label_width=label_width,
        box=box,
        box_width=box_width,
        late=max(late, 0),
        lanes=tuple(first + n * (LANE + LANE_GAP) for n in range(len(plan.lifecycle.resources))),
        ways_out=ways_out,
        ways_out_width=width - MARGIN - ways_out,
        width=width,
    )


def _label_width(plan: Plan) -> float:
    """Return the room for the labels of arrows, so that most events stay on one line."""
    labelled = [b for b in plan.bundles if b.move in {Move.FORWARD, Move.BACK}]
    words = [spoken(event) for bundle in labelled for event in bundle.events]
    words += [given(bundle) for bundle in labelled if bundle.gives]
    return min(max((width_of(text, TEXT) for text in words), default=0) + 8, LABEL_MAX)


def cell_of(plan: Plan, state: Enum, rails: Iterable[Rail], columns: Columns) -> Cell:
    """Return a state with what stands beside it, measured."""
    room = columns.box_width - 2 * PAD + (columns.late if state in plan.late else 0)
    lines = _box_lines(plan, state, room)
    stays = _stays(plan, state, room)
    ports = _ports(plan, state, rails, columns.label_width)
    coming = () if ports else _coming(plan, state, columns)
    chips = _chips(plan, state, columns.ways_out_width)
    inside = 2 * PAD + (len(lines) + len(stays)) * LINE
    left = ports[-1].wire + 12 if ports else len(coming) * LINE + 4
    right = chips[-1].bottom + 2 if chips else 0
    return Cell(state, lines, stays, coming, ports, chips, max(inside, left, right))


def toned(lead: tuple[str, str], rest: tuple[str, str], room: float) -> tuple[Line, ...]:
    """Break a text into lines whose beginning has another style than what follows."""
    left = len(lead[1])
    lines: list[Line] = []
    for text in wrapped(lead[1] + rest[1], TEXT, room):
        spans = ((lead[0], text[:left]), (rest[0], text[left:]))
        lines.append(Line(tuple(span for span in spans if span[1])))
        # The space at which the line was broken is gone.
        left = max(0, left - len(text) - 1)
    return tuple(lines)


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
    if state in {plan.lifecycle.start, *plan.final}:
        about = state.value
    elif row.awaits is None:
        about = f"waits for {row.waits_for.value}"
    elif state in plan.late:
        about = f"answer to: {spoken(row.awaits)}"
    else:
        about = f"waits for the answer to: {spoken(row.awaits)}"
    return (
        *_lines("name", wrapped(state.name, NAME, room, bold=True)),
        *_lines("quiet", wrapped(about, TEXT, room)),
    )


def _stays(plan: Plan, state: Enum, room: float) -> tuple[Line, ...]:
    events = [event for b in plan.leaving(state, Move.STAYS) for event in b.events]
    if not events:
        return ()
    what = spoken(events[0]) if len(events) == 1 else f"{len(events)} events"
    return toned(("quiet", "stays on "), ("event stays", what), room)


def _coming(plan: Plan, state: Enum, columns: Columns) -> tuple[Line, ...]:
    sources = plan.sources(state, Move.OUT)
    if not sources:
        return ()
    if len(sources) > SOURCES_MAX:
        text = f"from {len(sources)} states"
    else:
        text = f"from {', '.join(source.name for source in sources)}"
    room = columns.box - MARGIN - 28 - (columns.late if state in plan.late else 0)
    return _lines("out", wrapped(text, TEXT, room))


def _lines(style: str, texts: Iterable[str]) -> tuple[Line, ...]:
    return tuple(Line(((style, text),)) for text in texts)


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
        lines = _label(bundle, room) if bundle else ()
        wire = top + len(lines) * LINE + (4 if lines else 8)
        ports.append(Port(rail, bundle, lines, top, wire))
        top = wire + 4
    return tuple(ports)


def _label(bundle: Bundle, room: float) -> tuple[Line, ...]:
    events = wrapped(listed(bundle.events), TEXT, room)
    if len(events) > LABEL_LINES_MAX:
        events = (f"{len(bundle.events)} events",)
    return (*_lines("event", events), *_gives(bundle, room))


def _gives(bundle: Bundle, room: float) -> tuple[Line, ...]:
    return _lines("out", wrapped(given(bundle), TEXT, room)) if bundle.gives else ()


def straight_label(bundle: Bundle, columns: Columns) -> tuple[Line, ...]:
    """Return the label of an arrow to the state below, which stands between the boxes."""
    return _label(bundle, columns.box_width - 30)


def _chips(plan: Plan, state: Enum, room: float) -> tuple[Chip, ...]:
    chips: list[Chip] = []
    top: float = 2
    for bundle in plan.leaving(state, Move.OUT):
        *targets, target = wrapped(bundle.target.name, TEXT, room, bold=True)
        gives, style = given(bundle), "out" if bundle.gives else "quiet"
        last = Line((("out-name", target), (style, SPACE + gives)))
        fits = sum(width_of(text, TEXT, bold="name" in how) for how, text in last.spans) <= room
        lines = (
            *_lines("out-name", targets),
            last if fits else Line((("out-name", target),)),
            *(() if fits else _lines(style, wrapped(gives, TEXT, room))),
            *toned(("quiet", "on "), ("event", listed(bundle.events)), room),
        )
        chips.append(Chip(bundle, lines, top))
        top = chips[-1].bottom + 7
    return tuple(chips)
