"""What is written beside and inside of each part of a picture, in lines that fit.

Decides the words and where they break. Every event is written as a piece of its own, which tells
a pointer the row it stands for; where there are too many to write, the row is a tick.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from requite.model.derive.drawing.plan import Bundle, Move, Plan, Run
from requite.model.derive.drawing.tell import about_row
from requite.model.derive.drawing.words import Line, Span, flowed, listed, spoken
from requite.model.rules import Row

__all__ = (
    "NAME",
    "TEXT",
    "Stay",
    "arrow_label",
    "box_lines",
    "coming_lines",
    "given",
    "starting",
    "stays_of",
    "taken_lines",
    "way_out_lines",
)

TEXT = 12
NAME = 13
"""The sizes of letters, in pixels of a picture that is as wide as it was drawn."""
SOURCES_MAX = 4
"""How many states are named from which a way out leads to a state."""
STAY_LINES_MAX = 2
"""How many lines of events may say on what a state stays, before they are only counted."""


@dataclass(frozen=True, slots=True)
class Stay:
    """The note about events that leave a state where it is."""

    bundle: Bundle
    lines: tuple[Line, ...]
    ticks: tuple[Row, ...]
    """The rows that the note only counts."""


def _events_of(plan: Plan, rows: Iterable[Row]) -> Iterator[Span]:
    """Write the event of each row, with commas between them."""
    in_order = tuple(rows)
    for row in in_order:
        comma = "" if row is in_order[-1] else ","
        yield Span("event", spoken(row.event) + comma, about_row(plan, row))


def given(bundle: Bundle) -> str:
    """Say what an arrow gives back, in as few words as are exact."""
    if not bundle.gives:
        return f"keeps {listed(bundle.keeps)}" if bundle.keeps else "nothing to give back"
    several = len(bundle.gives) > 1 and bundle.gives_what_it_held
    if several and not bundle.keeps:
        return "gives back all"
    if several and len(bundle.keeps) == 1:
        return f"gives back all but {listed(bundle.keeps)}"
    return f"gives back {listed(bundle.gives)}"


def box_lines(state: Enum, room: float) -> tuple[Line, ...]:
    """Write the name of a state, and its sentence."""
    return (
        *flowed([Span("name", state.name)], NAME, room),
        *flowed([Span("quiet", state.value)], TEXT, room),
    )


def stays_of(plan: Plan, state: Enum, room: float) -> tuple[Stay, ...]:
    """Write on what a state stays: the events if they are few, or how many, and whose."""
    return tuple(_stay(plan, bundle, room) for bundle in plan.leaving(state, Move.STAYS))


def _stay(plan: Plan, bundle: Bundle, room: float) -> Stay:
    gives = (Span("out", f"{given(bundle)},"),) if bundle.gives else ()
    lead = (*gives, Span("quiet", "stays on"))
    lines = flowed((*lead, *_events_of(plan, bundle.rows)), TEXT, room)
    if len(lines) <= STAY_LINES_MAX:
        return Stay(bundle, lines, ())
    counted = Span("quiet", f"{len(bundle.rows)} events")
    return Stay(bundle, flowed((*lead, counted), TEXT, room), bundle.rows)


def coming_lines(plan: Plan, state: Enum, room: float) -> tuple[Line, ...]:
    """Write from which states a way out leads to this one."""
    sources = plan.sources(state, Move.OUT)
    if not sources:
        return ()
    if len(sources) > SOURCES_MAX:
        text = f"from {len(sources)} states"
    else:
        text = f"from {', '.join(source.name for source in sources)}"
    return flowed([Span("out", text)], TEXT, room)


def arrow_label(plan: Plan, bundle: Bundle, room: float, *, target: bool) -> tuple[Line, ...]:
    """Write where an arrow leads, if its end is not in sight, on what, and what it gives back."""
    head = [Span("quiet", "to"), Span("target-name", bundle.target.name)] if target else []
    gives = [Span("out", given(bundle))] if bundle.gives else []
    return (
        *flowed(head, TEXT, room),
        *flowed(_events_of(plan, bundle.rows), TEXT, room),
        *flowed(gives, TEXT, room),
    )


def way_out_lines(plan: Plan, bundle: Bundle, room: float) -> tuple[Line, ...]:
    """Write where a way out leads and what it gives back, then what brings it about, by whom."""
    gives = Span("out" if bundle.gives else "quiet", given(bundle))
    head = flowed([Span("out-name", bundle.target.name), gives], TEXT, room)
    parts = plan.by_bringer(bundle.rows).items()
    return (
        *head,
        *(
            line
            for bringer, rows in parts
            for line in flowed(
                [Span("quiet", f"{bringer.value}:"), *_events_of(plan, rows)], TEXT, room
            )
        ),
    )


def starting(plan: Plan, state: Enum) -> tuple[Run, ...]:
    """Return the lanes that begin at a state."""
    return tuple(run for run in plan.runs if run.states[0] is state)


def taken_lines(plan: Plan, state: Enum, room: float) -> tuple[Line, ...]:
    """Write what is held from a state on, and what brings it."""
    said: dict[tuple[Enum, ...], list[Enum]] = {}
    for run in starting(plan, state):
        said.setdefault(run.taken_on, []).append(run.resource)
    lines: list[Line] = []
    for events, resources in said.items():
        how = "taken on" if events else "still held"
        spans = [Span("quiet", f"{listed(tuple(resources))} {how}"), Span("event", listed(events))]
        lines += flowed(spans, TEXT, room)
    return tuple(lines)
