"""The picture of a lifecycle says everything, in its place, and nothing stands on anything else."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from model.door import DOOR
from model.pictured import BUSY, CROWDED, ODD, SMALL
from requite.lifecycles.pop3 import POP3_SESSION
from requite.model import AnyLifecycle
from requite.model.derive.drawing.arrange import arrange
from requite.model.derive.drawing.plan import plan_of
from requite.model.derive.drawing.shapes import Dot, Group, Panel, Picture, Rect, Shape, Wire, Words
from requite.model.derive.drawing.style import ROOT
from requite.model.derive.drawing.tell import about_row
from requite.model.derive.origin import Origin
from requite.model.derive.svg import svg

WAY_OUT: Final = "way-out exit"
SVG: Final = "{http://www.w3.org/2000/svg}"

LIFECYCLES: Final = (POP3_SESSION, DOOR.load(), SMALL, CROWDED, ODD, BUSY)
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
    assert all(_shown(row.state.value) in told[row.state.name] for row in lifecycle.rows)


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
def test_every_row_is_in_one_arrow(lifecycle: AnyLifecycle) -> None:
    """Each row belongs to exactly one arrow, whose title names its event."""
    told = {
        (g.attrib["data-source"], event, g.attrib["data-target"]): title_of(g)
        for g in things(parsed(lifecycle), "data-events")
        for event in g.attrib["data-events"].split()
    }
    rows = {(e.source.name, e.event.name, e.target.name): e for e in lifecycle.edges}

    assert told.keys() == rows.keys()
    assert all(row.event.name in told[key] for key, row in rows.items())


@every_lifecycle
def test_every_row_has_a_title_of_its_own(lifecycle: AnyLifecycle) -> None:
    """There are as many titles of rows as rows, and each is what is to be told about its row."""
    plan = plan_of(lifecycle)
    titles = {text for title in parsed(lifecycle).iter(f"{SVG}title") if (text := title.text)}
    of_rows = {title for title in titles if "\nWhy: " in title}

    assert len(of_rows) == len(lifecycle.edges)
    assert of_rows == {_shown(about_row(plan, row)) for row in lifecycle.edges}


def _shown(text: str) -> str:
    """Return a text as XML can carry it."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def test_the_title_of_a_row_says_everything_that_the_row_says() -> None:
    """Who brings it, what it owes, what it gives back, its guard and its reason."""
    lifecycle = DOOR.load()
    told = {str(row): about_row(plan_of(lifecycle), row) for row in lifecycle.edges}

    assert told["INSIDE --WALKED_AWAY--> GONE"] == (
        "INSIDE --WALKED_AWAY--> GONE\nWALKED_AWAY (peer): the guest has left.\n"
        "Owes TAKE_KEY_BACK, WAVE.\nGives back KEY.\nWhy: The only way out takes the key back."
    )
    assert told["ASKING --KEY_GRANTED--> INSIDE"] == (
        "ASKING --KEY_GRANTED--> INSIDE\nKEY_GRANTED (answer): there is a key.\n"
        "Only while there is room for KEY.\nOwes “Come in, there are {guests} of you.”.\n"
        "Why: Nobody comes in without a key."
    )
    assert "(environment)" in told["INSIDE --CLOSING_TIME--> INSIDE"]


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
def test_the_events_of_a_way_out_stand_by_who_brings_them(lifecycle: AnyLifecycle) -> None:
    """Behind "peer:", "answer:" and "environment:" stand the events of each, and no others."""
    said: dict[str, set[str]] = {"peer": set(), "answer": set(), "environment": set()}
    for group in arrange(lifecycle).groups:
        who = ""
        texts = [s for s in group.shapes if isinstance(s, Words) and "data-events" in group.data]
        for span in (span for text in texts for span in text.spans if group.style == WAY_OUT):
            who = span.text[:-1] if span.text[:-1] in said else who
            if span.style == "event":
                said[who].add(span.title.split("\n")[1].partition(" ")[0])
    answers = {event.name for request in lifecycle.requests for event in request.completions}
    around = {event.name for event in lifecycle.environment}

    assert said["environment"] <= around
    assert said["answer"] <= answers - around
    assert said["peer"].isdisjoint(answers | around)
    assert any(said.values())


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
    yield from _on_texts(picture)
    yield from _off_the_page(picture)
    yield from _through_boxes(picture)


def _on_texts(picture: Picture) -> Iterator[str]:
    """Return each shape but a panel that has a text under it; ticks count, as they are marks."""
    shapes = [s for group in picture.groups for s in group.shapes]
    marks = [s for s in shapes if not isinstance(s, Panel) or s.style == "mark"]
    for one, text in product(marks, picture.texts):
        if one is not text and any(place.overlaps(text.place) for place in places_of(one)):
            yield f"{one} on {text.spans}"


def _off_the_page(picture: Picture) -> Iterator[str]:
    page = Rect(0, 0, picture.width, picture.height)
    for shape in (shape for group in picture.groups for shape in group.shapes):
        if not all(_inside(place, page) for place in places_of(shape)):
            yield f"{shape} leaves the page"


def places_of(shape: Shape) -> list[Rect]:
    """Return the places that a shape takes."""
    match shape:
        case Words(place=place) | Panel(place=place):
            return [place]
        case Dot(x=x, y=y, radius=radius):
            return [Rect(x - radius, y - radius, 2 * radius, 2 * radius)]
        case _:
            return list(shape.segments)


def _inside(place: Rect, page: Rect) -> bool:
    return (
        page.x <= place.x
        and page.y <= place.y
        and place.right <= page.right
        and place.bottom <= page.bottom
    )


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
    shapes = [s for group in picture.groups for s in group.shapes]
    ticks = [s.place for s in shapes if isinstance(s, Panel) and s.style == "mark"]
    for place in (*(text.place for text in picture.texts), *ticks):
        if any(place.overlaps(box) and not _inside(place, box) for box in boxes):
            yield f"{place} leaves its box"


@every_lifecycle
def test_nothing_stands_on_anything_else(lifecycle: AnyLifecycle) -> None:
    """No two texts overlap, no wire passes through a text or a box, nothing leaves the page."""
    assert list(collisions(arrange(lifecycle))) == []


def test_a_text_upon_a_text_is_found() -> None:
    """The check above can fail: a text that is drawn twice is a collision."""
    picture = arrange(SMALL)
    again = replace(picture.texts[0])
    twice = replace(picture, groups=(*picture.groups, Group("again", (again,))))

    assert list(collisions(twice)) != []


@pytest.mark.parametrize(
    "shape",
    [
        Panel(Rect(-1, 5, 10, 10), "mark"),
        Dot(5, 1, 4, "dot"),
        Words(Rect(950, 5, 20, 10), (), 12),
        Wire(((5, 5), (5, 100_000))),
    ],
    ids=lambda shape: type(shape).__name__,
)
def test_a_shape_that_leaves_the_page_is_found(shape: Shape) -> None:
    """The check above can fail: a shape that is cut at an edge of the page is named."""
    picture = arrange(SMALL)
    cut = replace(picture, groups=(*picture.groups, Group("cut", (shape,))))

    assert [said for said in collisions(cut) if "leaves the page" in said] == [
        f"{shape} leaves the page"
    ]


def test_lanes_pass_by_boxes() -> None:
    """A lane stands beside the boxes, and no box stands on one."""
    for lifecycle in LIFECYCLES:
        panels = [
            (shape.style, shape.place)
            for group in arrange(lifecycle).groups
            if group.data
            for shape in group.shapes
            if isinstance(shape, Panel)
        ]
        boxes = [place for style, place in panels if style == "box"]
        bands = [place for style, place in panels if style == "band"]
        assert not any(band.overlaps(box) for band in bands for box in boxes)


@every_lifecycle
def test_no_text_is_small(lifecycle: AnyLifecycle) -> None:
    """On a page of 800 pixels the smallest letters have 10."""
    picture = arrange(lifecycle)

    assert min(text.size * 800 / picture.width for text in picture.texts) >= 10


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
