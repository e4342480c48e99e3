"""The picture of a lifecycle says everything, in its place, and nothing stands on anything else."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from itertools import combinations
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from requite.lifecycles.pop3 import POP3_SESSION
from requite.model import AnyLifecycle, Edge, Kind, Lifecycle, Resource, StateRow
from requite.model.derive.drawing.arrange import arrange
from requite.model.derive.drawing.shapes import Group, Panel, Picture, Rect
from requite.model.derive.drawing.style import ROOT
from requite.model.derive.drawing.words import width_of, wrapped
from requite.model.derive.origin import Origin
from requite.model.derive.svg import svg

SVG: Final = "{http://www.w3.org/2000/svg}"

# --- a small lifecycle ---------------------------------------------------------------------------


class Place(Enum):
    """Where a guest is."""

    OUTSIDE = "not here yet"
    QUEUEING = "the guest stands in line, behind < 10 & more others"
    SEATED = "the guest has a seat"
    GONE = "the guest has left"


class Happening(Enum):
    """What happened."""

    ARRIVED = "a guest has arrived"
    SEAT_FREED = "a seat is free"
    CALLED_AWAY = "somebody wants to talk to the guest"
    SANG = "the guest has sung a song"
    LEFT = "the guest leaves"
    FIRE = "there is a fire"


class Deed(Enum):
    """What is owed."""

    FREE_SEAT = "give the seat to somebody else"


class Thing(Enum):
    """What a guest holds."""

    SEAT = "a seat"


class Need(Enum):
    """What a guest waits for."""

    NOTHING = "nothing"
    SEAT = "a seat that is free"
    END = 'the end of the "play"'


FREE: Final = (Deed.FREE_SEAT,)
WHY: Final = "The house has <few> seats & no other rule"
SMALL: Final[AnyLifecycle] = Lifecycle(
    name="guest",
    states=(
        StateRow(Place.OUTSIDE, Need.NOTHING),
        StateRow(Place.QUEUEING, Need.SEAT),
        StateRow(Place.SEATED, Need.END),
        StateRow(Place.GONE, Need.NOTHING),
    ),
    edges=(
        Edge(Place.OUTSIDE, Happening.ARRIVED, Place.QUEUEING, why=WHY),
        Edge(Place.QUEUEING, Happening.SEAT_FREED, Place.SEATED, why=WHY),
        Edge(Place.QUEUEING, Happening.LEFT, Place.GONE, why=WHY),
        Edge(Place.QUEUEING, Happening.FIRE, Place.GONE, why=WHY),
        Edge(Place.SEATED, Happening.SANG, Place.SEATED, why=WHY),
        Edge(Place.SEATED, Happening.CALLED_AWAY, Place.QUEUEING, FREE, why=WHY),
        Edge(Place.SEATED, Happening.LEFT, Place.GONE, FREE, why=WHY),
        Edge(Place.SEATED, Happening.FIRE, Place.GONE, FREE, why=WHY),
    ),
    requests=(),
    resources=(
        Resource(
            Thing.SEAT,
            Kind.COUNTED,
            frozenset({Place.SEATED}),
            frozenset({Happening.SEAT_FREED}),
            Deed.FREE_SEAT,
        ),
    ),
    environment=(Happening.FIRE,),
    initial=Place.OUTSIDE,
    final=(Place.GONE,),
)

# --- a crowded one: long names, many resources, one that is held here and there ------------------


class Stage(Enum):
    """Where a crowded session is."""

    BEFORE_ANYTHING_AT_ALL_HAS_HAPPENED = "nothing yet, and for a long time nothing at all to see"
    HOLDING = "everything is held"
    NOT_HOLDING = "nothing is held here, between two states in which something is"
    HOLDINGAGAINWITHANAMETHATHASNOJOINTANYWHEREINIT = "everything is held here too"
    OVER = "over"


class Turn(Enum):
    """What happened."""

    GRANTED_AFTER_A_LONG_AND_CAREFUL_DELIBERATION = "all is granted"
    REFUSED = "nothing is granted"
    MOVED = "on"
    MOVED_BACK = "back"
    STOPPED = "it must stop"


class Order(Enum):
    """What is owed."""

    GIVE_ALL_BACK = "give all back"


class Stock(Enum):
    """What is held: more things than there are colours."""

    A = "the first"
    SECOND_THING_WITH_A_LONG_NAME = "the second"
    C = "the third"
    D = "the fourth"
    E = "the fifth"
    F = "the sixth"
    G = "the seventh"
    H = "the eighth"
    NINTH = "the ninth"


HELD_IN: Final = frozenset({Stage.HOLDING, Stage.HOLDINGAGAINWITHANAMETHATHASNOJOINTANYWHEREINIT})
GRANTED: Final = Turn.GRANTED_AFTER_A_LONG_AND_CAREFUL_DELIBERATION
BACK: Final = (Order.GIVE_ALL_BACK,)
AGAIN: Final = Stage.HOLDINGAGAINWITHANAMETHATHASNOJOINTANYWHEREINIT
CROWDED: Final[AnyLifecycle] = Lifecycle(
    name="crowded",
    states=tuple(StateRow(stage, Need.END) for stage in Stage),
    edges=(
        Edge(Stage.BEFORE_ANYTHING_AT_ALL_HAS_HAPPENED, GRANTED, Stage.HOLDING, why=WHY),
        Edge(Stage.BEFORE_ANYTHING_AT_ALL_HAS_HAPPENED, Turn.REFUSED, Stage.NOT_HOLDING, why=WHY),
        Edge(Stage.HOLDING, Turn.MOVED, AGAIN, why=WHY),
        Edge(Stage.HOLDING, Turn.REFUSED, Stage.NOT_HOLDING, BACK, why=WHY),
        Edge(Stage.HOLDING, Turn.STOPPED, Stage.OVER, BACK, why=WHY),
        Edge(Stage.NOT_HOLDING, GRANTED, AGAIN, why=WHY),
        Edge(Stage.NOT_HOLDING, Turn.STOPPED, Stage.OVER, why=WHY),
        Edge(AGAIN, Turn.MOVED_BACK, Stage.NOT_HOLDING, BACK, why=WHY),
        Edge(AGAIN, Turn.MOVED, Stage.HOLDING, why=WHY),
        Edge(AGAIN, Turn.STOPPED, Stage.OVER, BACK, why=WHY),
    ),
    requests=(),
    resources=tuple(
        Resource(stock, Kind.EXCLUSIVE, HELD_IN, frozenset({GRANTED}), Order.GIVE_ALL_BACK)
        for stock in Stock
    ),
    environment=(Turn.STOPPED,),
    initial=Stage.BEFORE_ANYTHING_AT_ALL_HAS_HAPPENED,
    final=(Stage.OVER,),
)

LIFECYCLES: Final = (POP3_SESSION, SMALL, CROWDED)
every_lifecycle = pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=lambda item: item.title)


def drawn(lifecycle: AnyLifecycle) -> str:
    """Return the picture as text."""
    return svg(lifecycle, Origin(lifecycle, "tests:LIFECYCLE"))


def parsed(lifecycle: AnyLifecycle) -> ET.Element:
    """Return the picture as a tree; it is our own text, so no foreign XML is read."""
    return ET.fromstring(drawn(lifecycle))  # noqa: S314


def things(tree: ET.Element, attribute: str) -> list[ET.Element]:
    """Return the groups that carry an attribute."""
    return [group for group in tree.iter(f"{SVG}g") if attribute in group.attrib]


def title_of(group: ET.Element) -> str:
    """Return what a pointer is told about a group."""
    return group.findtext(f"{SVG}title") or ""


def span_of(group: ET.Element) -> tuple[float, float]:
    """Return where the first panel of a group begins and ends, from top to bottom."""
    panel = group.find(f"{SVG}rect")
    assert panel is not None
    top = float(panel.attrib["y"])
    return top, top + float(panel.attrib["height"])


# --- what it says ----------------------------------------------------------------------------


@every_lifecycle
def test_every_state_stands_there_once_with_its_sentence(lifecycle: AnyLifecycle) -> None:
    """Each state is one box, whose title has the sentence of the state."""
    boxes = [(box.attrib["data-state"], title_of(box)) for box in _boxes(parsed(lifecycle))]

    assert sorted(name for name, _ in boxes) == sorted(row.state.name for row in lifecycle.rows)
    told = dict(boxes)
    assert all(row.state.value in told[row.state.name] for row in lifecycle.rows)


def _boxes(tree: ET.Element) -> list[ET.Element]:
    return [g for g in things(tree, "data-state") if g.attrib["class"].startswith("state ")]


@every_lifecycle
def test_the_main_way_stands_in_the_order_of_declaration(lifecycle: AnyLifecycle) -> None:
    """From top to bottom: the main way, then what waits for a late answer, then the end."""
    boxes = sorted(_boxes(parsed(lifecycle)), key=span_of)
    groups = (
        [r for r in lifecycle.rows if r.main and r.state not in lifecycle.final],
        [r for r in lifecycle.rows if not r.main and r.state not in lifecycle.final],
        [r for r in lifecycle.rows if r.state in lifecycle.final],
    )

    assert [b.attrib["data-state"] for b in boxes] == [r.state.name for g in groups for r in g]


@every_lifecycle
def test_every_row_is_told_with_its_reason(lifecycle: AnyLifecycle) -> None:
    """Each row is in exactly one arrow, and the title of that arrow has its event and its why."""
    told = {
        (g.attrib["data-source"], event, g.attrib["data-target"]): title_of(g)
        for g in things(parsed(lifecycle), "data-events")
        for event in g.attrib["data-events"].split()
    }
    rows = {(e.source.name, e.event.name, e.target.name): e for e in lifecycle.edges}

    assert told.keys() == rows.keys()
    assert all(f"{row.event.name}" in told[key] for key, row in rows.items())
    assert all(row.why in told[key] for key, row in rows.items())


@every_lifecycle
def test_no_row_is_told_twice(lifecycle: AnyLifecycle) -> None:
    """The arrows have as many events as the lifecycle has rows."""
    arrows = things(parsed(lifecycle), "data-events")

    assert sum(len(g.attrib["data-events"].split()) for g in arrows) == len(lifecycle.edges)


@every_lifecycle
def test_exits_and_only_they_and_ways_out_have_the_exit_colour(lifecycle: AnyLifecycle) -> None:
    """An arrow is drawn as an exit if it gives something back or leaves the main way."""
    for arrow in things(parsed(lifecycle), "data-events"):
        style = arrow.attrib["class"].split()
        leaves = bool(arrow.attrib["data-gives"]) or "way-out" in style

        assert ("exit" in style) == leaves, title_of(arrow)


@every_lifecycle
def test_every_exit_says_what_it_gives_back(lifecycle: AnyLifecycle) -> None:
    """The arrow of each exit names the resources that its rows give back."""
    drawn_gives = {
        (g.attrib["data-source"], event): tuple(g.attrib["data-gives"].split())
        for g in things(parsed(lifecycle), "data-gives")
        for event in g.attrib["data-events"].split()
    }

    assert drawn_gives == {
        (e.source.name, e.event.name): tuple(held.name for held in lifecycle.given_back_by(e))
        for e in lifecycle.edges
    }


@every_lifecycle
def test_a_lane_runs_along_the_states_that_hold(lifecycle: AnyLifecycle) -> None:
    """The lanes of a resource pass by the boxes of the states that hold it, and by no others."""
    tree = parsed(lifecycle)
    boxes = {box.attrib["data-state"]: span_of(box) for box in _boxes(tree)}
    beside: dict[str, set[str]] = {item.resource.name: set() for item in lifecycle.resources}
    for lane in things(tree, "data-resource"):
        top, bottom = span_of(lane)
        passed = [name for name, (a, b) in boxes.items() if a < bottom and top < b]
        assert passed == lane.attrib["data-states"].split()
        assert all(top <= boxes[name][0] and boxes[name][1] <= bottom for name in passed)
        beside[lane.attrib["data-resource"]] |= set(passed)

    assert beside == {
        item.resource.name: {state.name for state in item.held_in} for item in lifecycle.resources
    }


# --- that it can be read -----------------------------------------------------------------------


def collisions(picture: Picture) -> Iterator[str]:
    """Return what stands on something else, by the picture's own geometry."""
    for one, other in combinations(picture.texts, 2):
        if one.place.overlaps(other.place):
            yield f"{one.spans} on {other.spans}"
    for wire in picture.wires:
        for text in picture.texts:
            if any(segment.overlaps(text.place) for segment in wire.segments):
                yield f"a wire through {text.spans}"
    page = Rect(0, 0, picture.width, picture.height)
    for text in picture.texts:
        at = text.place
        if not (page.x <= at.x and page.y <= at.y and at.right <= page.right):
            yield f"{text.spans} leaves the page"
    yield from _through_boxes(picture)


def _through_boxes(picture: Picture) -> Iterator[str]:
    boxes = [
        shape.place
        for group in picture.groups
        if "data-state" in group.data
        for shape in group.shapes
        if isinstance(shape, Panel)
    ]
    for wire in picture.wires:
        if any(s.overlaps(box) for s in wire.segments for box in boxes):
            yield f"a wire through a box: {wire.points}"
    for text in picture.texts:
        for box in boxes:
            inside = box.x <= text.place.x and text.place.right <= box.right
            if text.place.overlaps(box) and not inside:
                yield f"{text.spans} leaves its box"


@every_lifecycle
def test_nothing_stands_on_anything_else(lifecycle: AnyLifecycle) -> None:
    """No two texts overlap, no wire passes through a text or a box, nothing leaves the page."""
    assert list(collisions(arrange(lifecycle))) == []


def test_a_text_upon_a_text_is_found() -> None:
    """The check above can fail: a text that is drawn twice is a collision."""
    picture = arrange(SMALL)
    twice = replace(picture, groups=(*picture.groups, Group("again", picture.texts[:1])))

    assert list(collisions(twice)) != []


@every_lifecycle
def test_no_text_is_small(lifecycle: AnyLifecycle) -> None:
    """At a width of 960 pixels every text has at least 11."""
    picture = arrange(lifecycle)

    assert min(text.size * 960 / picture.width for text in picture.texts) >= 11


@every_lifecycle
def test_the_picture_has_a_name_for_those_who_do_not_see_it(lifecycle: AnyLifecycle) -> None:
    """It is an image, and what labels it are elements that are there."""
    tree = parsed(lifecycle)
    labels = tree.attrib["aria-labelledby"].split()

    assert tree.attrib["role"] == "img"
    assert [e.attrib["id"] for e in tree if "id" in e.attrib] == labels


@every_lifecycle
def test_it_says_where_it_comes_from(lifecycle: AnyLifecycle) -> None:
    """The comment at the head has every line of the notice."""
    head = drawn(lifecycle).partition("-->")[0]

    assert all(line in head for line in Origin(lifecycle, "tests:LIFECYCLE").notice)


def test_no_style_leaks_into_the_page() -> None:
    """Every selector of the style sheet stands under the class of the picture."""
    style = parsed(SMALL).findtext(f"{SVG}style") or ""
    selectors = re.findall(r"([^{}]+)\{(?=[^{}]*\})", style)

    assert len(selectors) > 20
    assert all(f".{ROOT}" in part for selector in selectors for part in selector.split(","))


def test_both_colour_schemes_name_the_same_colours() -> None:
    """Each block of custom properties sets each of them: none keeps the value of the other."""
    style = parsed(SMALL).findtext(f"{SVG}style") or ""
    used = set(re.findall(r"var\((--[\w-]+)\)", style))
    blocks = [b for b in re.findall(r"\{([^{}]+)\}", style) if b.strip().startswith("--")]

    assert [set(re.findall(r"(--[\w-]+):", block)) for block in blocks] == [used] * 4


# --- that it is always the same ------------------------------------------------------------------


def test_the_same_lifecycle_gives_the_same_bytes_under_every_hash_seed() -> None:
    """Two processes with different hash seeds draw the same."""
    program = (
        "import sys; from requite.lifecycles.pop3 import POP3_SESSION as it; "
        "from requite.model.derive.origin import Origin; from requite.model.derive.svg import svg; "
        "sys.stdout.buffer.write(svg(it, Origin(it, 'x')).encode())"
    )
    first, second = (
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "20")
    )

    assert len(first) > 10_000
    assert first == second


# --- words -------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", [40.0, 90.0, 300.0])
@pytest.mark.parametrize(
    "text", ["a few short words", "A_NAME_WITH_JOINTS and more", "ONEWITHOUTANYJOINTATALL"]
)
def test_every_line_fits_and_no_letter_is_lost(text: str, room: float) -> None:
    """Lines are no wider than the room, and together they are the text."""
    lines = wrapped(text, 12, room)

    assert all(width_of(line, 12) <= room for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
