"""The texts for Mermaid and Graphviz say what the lifecycle says, whatever its names and texts are.

Decides what stands in them, line by line; that Graphviz takes one is left to Graphviz itself.
"""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from model.door import DOOR
from model.pictured import BUSY, CROWDED, ODD, SMALL
from requite.lifecycles.pop3 import POP3_SESSION
from requite.model import AnyLifecycle
from requite.model.derive import draw
from requite.model.derive.drawing.plan import plan_of
from requite.model.derive.drawing.tell import about_row, about_state

SVG: Final = "{http://www.w3.org/2000/svg}"
TOLD: Final = "{http://www.w3.org/1999/xlink}title"
LIFECYCLES: Final = (POP3_SESSION, DOOR.load(), SMALL, CROWDED, ODD, BUSY)
every_lifecycle = pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=lambda item: item.title)
MERMAID_LIMIT_LETTERS: Final = 50_000
"""The `maxTextSize` that Mermaid has by default."""
MERMAID_LIMIT_ARROWS: Final = 500
"""The `maxEdges` that it has by default."""
PATIENCE_S: Final = 60
"""Real time that Graphviz may take; it needs a second for the largest."""

# --- Mermaid --------------------------------------------------------------------------------------


def mermaid_lines(lifecycle: AnyLifecycle) -> list[str]:
    """Return the lines of a Mermaid text, without their indentation and without comments."""
    lines = (line.strip() for line in draw(lifecycle, "mermaid").splitlines())
    return [line for line in lines if not line.startswith("%%")]


def mermaid_arrows(lifecycle: AnyLifecycle) -> list[tuple[str, str, list[str]]]:
    """Return each arrow between two states: from where, to where, and what it says."""
    arrow = re.compile(r"s_(\w+) --> s_(\w+) : (.+)")
    found = (arrow.fullmatch(line) for line in mermaid_lines(lifecycle))
    return [(m[1], m[2], m[3].split("<br/>")) for m in found if m]


@every_lifecycle
def test_mermaid_gets_a_state_diagram_of_statements_that_it_knows(lifecycle: AnyLifecycle) -> None:
    """Each line is a state, an arrow, or the look of what only waits for a late answer."""
    known = re.compile(
        r'state "\w+" as s_\w+|\[\*\] --> s_\w+|s_\w+ --> \[\*\]|s_\w+ --> s_\w+ : [\w ,</>]+'
        r"|classDef late stroke-dasharray: 5 3|class s_\w+(,s_\w+)* late"
    )
    first, *others = mermaid_lines(lifecycle)

    assert first == "stateDiagram-v2"
    assert [line for line in others if not known.fullmatch(line)] == []


@every_lifecycle
def test_mermaid_gets_every_state_in_the_order_of_declaration(lifecycle: AnyLifecycle) -> None:
    """The states stand first, each with its name as it was declared."""
    names = [row.state.name for row in lifecycle.rows]

    assert mermaid_lines(lifecycle)[1 : 1 + len(names)] == [
        f'state "{name}" as s_{name}' for name in names
    ]


@every_lifecycle
def test_mermaid_gets_every_row(lifecycle: AnyLifecycle) -> None:
    """Every row is named on its arrow, or counted there if it is one of many that stay."""
    assert rows_said(mermaid_arrows(lifecycle)) == rows_declared(lifecycle)


def rows_declared(lifecycle: AnyLifecycle) -> Counter[tuple[str, str]]:
    """Return how many rows lead from a state to another."""
    return Counter((row.source.name, row.target.name) for row in lifecycle.edges)


def rows_said(arrows: Iterable[tuple[str, str, list[str]]]) -> Counter[tuple[str, str]]:
    """Return how many rows arrows stand for: one for each event, or the number that is said."""
    said: Counter[tuple[str, str]] = Counter()
    for source, target, words in arrows:
        for word in words:
            if counted := re.fullmatch(r"(\d+) events", word):
                said[source, target] += int(counted[1])
            elif not word.startswith("gives back "):
                said[source, target] += 1
    return said


def test_an_arrow_says_what_it_gives_back() -> None:
    """What is given back stands below the events, on arrows of both kinds of text."""
    assert ("INSIDE", "GONE", ["WALKED_AWAY", "gives back KEY"]) in mermaid_arrows(DOOR.load())
    assert '"INSIDE" -> "GONE" [label="WALKED_AWAY\\ngives back KEY"' in draw(DOOR.load(), "dot")


def test_mermaid_and_its_hosts_take_the_largest() -> None:
    """The text of the POP3 session is within what Mermaid renders without being told to."""
    assert len(draw(POP3_SESSION, "mermaid")) < MERMAID_LIMIT_LETTERS
    assert len(mermaid_arrows(POP3_SESSION)) < MERMAID_LIMIT_ARROWS


# --- Graphviz -------------------------------------------------------------------------------------


def graphviz(lifecycle: AnyLifecycle) -> ET.Element:
    """Return what Graphviz draws; without Graphviz the test is skipped, but not in CI."""
    program = shutil.which("dot")
    if program is None:
        pytest.skip("Graphviz is not installed: make tools")
    done = subprocess.run(
        [program, "-Tsvg"],
        input=draw(lifecycle, "dot").encode(),
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, done.stderr.decode()) == (0, "")
    return ET.fromstring(done.stdout)  # noqa: S314 - it is made of our own text.


def parts(drawn: ET.Element, kind: str) -> list[ET.Element]:
    """Return the nodes or the arrows of a drawing."""
    return [group for group in drawn.iter(f"{SVG}g") if group.get("class") == kind]


def name_of(part: ET.Element) -> str:
    """Return the name of a node, or the names at both ends of an arrow."""
    return part.findtext(f"{SVG}title") or ""


def told_of(part: ET.Element) -> str:
    """Return what a pointer is told about a node or an arrow."""
    return next(link.attrib[TOLD] for link in part.iter(f"{SVG}a"))


@every_lifecycle
def test_graphviz_draws_every_state_with_its_sentence(lifecycle: AnyLifecycle) -> None:
    """No name is taken for a word of the language, and no text loses or gains a letter."""
    plan = plan_of(lifecycle)

    assert {name_of(node): told_of(node) for node in parts(graphviz(lifecycle), "node")} == {
        row.state.name: _shown(about_state(plan, row.state)) for row in lifecycle.rows
    }


@every_lifecycle
def test_graphviz_draws_every_row_with_its_reason(lifecycle: AnyLifecycle) -> None:
    """What a pointer is told of the arrows is what is to be told of each row, once."""
    plan = plan_of(lifecycle)
    told = [told_of(arrow).split("\n\n") for arrow in parts(graphviz(lifecycle), "edge")]

    assert sorted(row for rows in told for row in rows) == sorted(
        _shown(about_row(plan, row)) for row in lifecycle.edges
    )


def _shown(text: str) -> str:
    """Return a text as XML can carry it."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def test_a_state_has_a_stripe_for_each_thing_held() -> None:
    """A state has as many colours as it holds things, and none if it holds nothing."""
    stripes = {
        name_of(node): sum(shape.get("fill") != "none" for shape in node.iter(f"{SVG}polygon"))
        for node in parts(graphviz(POP3_SESSION), "node")
    }

    assert stripes == {
        row.state.name: len(POP3_SESSION.held_in(row.state)) for row in POP3_SESSION.rows
    }


# --- both, and the picture ------------------------------------------------------------------------


def test_an_unknown_format_is_refused_with_those_that_there_are() -> None:
    """The text names what was asked for and what can be."""
    with pytest.raises(ValueError, match="no format 'png'; expected one of svg, mermaid, dot"):
        draw(SMALL, "png")


@pytest.mark.parametrize("form", ["svg", "mermaid", "dot"])
def test_a_drawing_says_where_it_comes_from(form: str) -> None:
    """The head names the declaration if it was told, and the lifecycle if it was not."""
    assert "Derived from house:DOOR; change that instead." in draw(
        SMALL, form, declared_at="house:DOOR"
    )
    assert "Derived from the lifecycle guest; change that instead." in draw(SMALL, form)
