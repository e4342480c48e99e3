"""A story as a Mermaid sequence diagram, read back by its own small grammar."""

import re
from dataclasses import replace
from typing import Final

import pytest

from model.tell.told_stories import NAMES, explored, story_of
from requite.model.explore import Claim
from requite.model.tell import diagram, mermaid

TEXT: Final = r"(?:[^#;\n]|#\d+;)+"
LINES: Final = {
    "participant": re.compile(r"participant (\w+)(?: as [\w ]+)?"),
    "message": re.compile(rf"(\w+)(?:->>|-->>|--x)(\w+): ({TEXT})"),
    "note": re.compile(rf"Note over (\w+)(?:,(\w+))?: ({TEXT})"),
    "loop": re.compile(r"loop [\w ]+"),
    "rect": re.compile(r"rect rgba\(\d+, \d+, \d+, [\d.]+\)"),
    "end": re.compile("end"),
}
"""The lines of Mermaid 11 that we use; each diagram was also drawn by it."""


def parsed(text: str) -> list[tuple[str, re.Match[str]]]:
    """Read a diagram line by line, and check that what is opened is closed."""
    first, *lines = text.splitlines()
    assert first == "sequenceDiagram"
    found = [
        next((kind, m) for kind, line_of in LINES.items() if (m := line_of.fullmatch(line.strip())))
        for line in lines
    ]
    depth = 0
    for kind, _ in found:
        depth += {"loop": 1, "rect": 1, "end": -1}.get(kind, 0)
        assert depth in {0, 1, 2}
    assert depth == 0
    return found


def of_kind(text: str, kind: str) -> list[re.Match[str]]:
    """Return the lines of one kind."""
    return [match for found, match in parsed(text) if found == kind]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_sequence_diagram(name: str) -> None:
    """Every line is one that Mermaid reads, and names participants that are there."""
    text = diagram(explored(name))
    known = {match[1] for match in of_kind(text, "participant")}
    for match in of_kind(text, "message"):
        assert {match[1], match[2]} <= known


@pytest.mark.parametrize(("name", "sessions"), [("forgets", 1), ("refunds", 3), ("endless", 1)])
def test_each_session_takes_part_and_who_counts(name: str, sessions: int) -> None:
    """There is one participant a session, in their order, and the ledger last."""
    found = [match[1] for match in of_kind(mermaid(story_of(explored(name))), "participant")]
    assert found == [*(f"S{number}" for number in range(1, sessions + 1)), "Ledger"]


def test_takes_refusals_and_releases_are_messages() -> None:
    """Three sessions take two slots; the third is refused one, and gives one back."""
    text = mermaid(story_of(explored("refunds")))
    found = [m.group(1, 2, 3) for m in of_kind(text, "message") if m[1] != m[2]]
    assert found == [
        ("Ledger", "S1", "grants SLOT 1"),
        ("Ledger", "S2", "grants SLOT 1"),
        ("Ledger", "S3", "refuses SLOT 1"),
        ("S3", "Ledger", "gives back SLOT 1"),
    ]


def test_what_is_asked_for_comes_after_what_has_come() -> None:
    """A grant is told before the next question that its step asks."""
    text = mermaid(story_of(explored("keeps a slot")))
    found = [m.group(1, 3) for m in of_kind(text, "message") if m[1] != m[2]]
    after = found.index(("Ledger", "grants ACCOUNT 1, MAILBOX 1"))
    assert found[after - 1 : after + 3 : 2] == [
        ("S1", "asks: TAKE_SLOT"),
        ("S1", "asks: LOCK_MAILDROP"),
    ]


def test_the_wrong_step_stands_on_red() -> None:
    """One step of nine is in the coloured part, and its note says what is wrong."""
    text = mermaid(story_of(explored("refunds")))
    inside = text[text.index("rect") : text.index("    end\n")]
    assert "9. REFUSED: AUTH to OVER" in inside
    assert "SLOT 1: 1 counted, 2 held: WRONG" in inside
    assert len(of_kind(text, "rect")) == 1


def test_what_never_ends_is_a_loop() -> None:
    """The steps that can be taken again stand in a loop, and no others."""
    text = mermaid(story_of(explored("endless"), Claim.ENDS))
    inside = text[text.index("loop") : text.index("    end\n")]
    assert re.findall(r"(\d)\. (\w+)", inside) == [("4", "RETR"), ("5", "SENT")]


def test_what_mermaid_would_take_for_its_own_is_escaped() -> None:
    """A sentence with marks of Mermaid in it is still one sentence of one note."""
    story = replace(story_of(explored("forgets")), says='a; b # c <br> "d" %% e\nend')
    note = of_kind(mermaid(story), "note")[-1][3]
    said = re.sub(r"#(\d+);", lambda match: chr(int(match[1])), note.split("<br/>")[0])
    assert said == 'a; b # c <br> "d" %% e end.'


def test_without_a_story_it_says_so() -> None:
    """The diagram of what is proved is a note of the verdict."""
    (note,) = of_kind(diagram(explored("right")), "note")
    assert note[3] == "abstract_pop3: proved for all"
