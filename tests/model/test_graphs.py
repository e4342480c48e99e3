"""The texts for Mermaid and Graphviz say what the lifecycle says, whatever its names and texts are.

Decides what stands in them, line by line; that Graphviz takes one is left to Graphviz itself.
"""

import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable
from typing import Final

import pytest

from model.door import DOOR
from model.pictured import BUSY, CROWDED, ODD, SMALL
from requite.lifecycles.pop3 import POP3_SESSION
from requite.model import AnyLifecycle, draw
from requite.model.derive.drawing.plan import plan_of
from requite.model.derive.drawing.tell import about_row

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


def graphviz(text: str) -> dict[str, object]:
    """Return what Graphviz makes of a text; without Graphviz the test is skipped, but not in CI."""
    program = shutil.which("dot")
    if program is None:
        pytest.skip("Graphviz is not installed; `make tools` installs it")
    done = subprocess.run(
        [program, "-Tdot_json"],
        input=text.encode(),
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, done.stderr.decode()) == (0, "")
    read: dict[str, object] = json.loads(done.stdout)
    return read


def parts(read: dict[str, object], key: str) -> list[dict[str, str]]:
    """Return the nodes or the arrows that Graphviz has found."""
    found = read[key]
    assert isinstance(found, list)
    return [part for part in found if "nodes" not in part]


@every_lifecycle
def test_graphviz_finds_every_state_with_its_sentence(lifecycle: AnyLifecycle) -> None:
    """No name is taken for a word of the language, and no text loses or gains a letter."""
    nodes = parts(graphviz(draw(lifecycle, "dot")), "objects")
    told = {node["name"]: _unescaped(node["tooltip"]) for node in nodes}

    assert told.keys() == {row.state.name for row in lifecycle.rows}
    assert all(_shown(row.state.value) in told[row.state.name] for row in lifecycle.rows)


@every_lifecycle
def test_graphviz_finds_every_row_with_its_reason(lifecycle: AnyLifecycle) -> None:
    """What a pointer is told of the arrows is what is to be told of each row, once."""
    plan = plan_of(lifecycle)
    told = [
        _unescaped(edge["tooltip"]) for edge in parts(graphviz(draw(lifecycle, "dot")), "edges")
    ]
    rows = [row for text in told for row in text.split("\n\n")]

    assert sorted(rows) == sorted(_shown(about_row(plan, row)) for row in lifecycle.edges)


def _unescaped(text: str) -> str:
    """Read a string of the language as Graphviz shows it."""
    escapes = {r"\\": "\\", r"\n": "\n", "&amp;": "&"}
    return re.sub(r"\\\\|\\n|&amp;", lambda found: escapes[found[0]], text)


def _shown(text: str) -> str:
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def test_a_state_has_a_stripe_for_each_thing_held() -> None:
    """A state has as many colours as it holds things, and none if it holds nothing."""
    read = graphviz(draw(POP3_SESSION, "dot"))
    stripes = {
        node["name"]: len(node.get("fillcolor", "").split(":")) if "fillcolor" in node else 0
        for node in parts(read, "objects")
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
