"""A story as a Mermaid sequence diagram: the sessions, and who counts.

Decides the text; how it looks is Mermaid's. What a session takes and gives back is a message to
who counts or from it, what changes in the books is a note, and the wrong step stands on red.
"""

import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from requite.model.explore.report import Exploration
from requite.model.explore.story import Step, Story
from requite.model.tell.words import (
    Entry,
    asks,
    entries,
    gives_back,
    is_wrong,
    loops,
    ought,
    refused,
    session_name,
    stories,
    takes,
)

__all__ = ("diagram", "mermaid")

LEDGER: Final = "Ledger"
RED: Final = "rgba(255, 0, 0, 0.15)"
"""Seen on a white page and on a dark one."""
NOTE_WIDTH: Final = 44
SPECIAL: Final = frozenset("#;<>&\"'`%\\{}")


def mermaid(story: Story) -> str:
    """Return a story as the text of a Mermaid `sequenceDiagram`."""
    return "\n".join(_lines(story)) + "\n"


def diagram(exploration: Exploration) -> str:
    """Return the diagram of the first story that refutes a claim; of none, that there is none."""
    for _, story in stories(exploration):
        return mermaid(story)
    said = _escaped(f"{exploration.declared.name}: {exploration.verdict.value}")
    return "\n".join(
        ("sequenceDiagram", f"    participant {LEDGER}", f"    Note over {LEDGER}: {said}", "")
    )


def _lines(story: Story) -> Iterator[str]:
    yield "sequenceDiagram"
    names = dict.fromkeys(session_name(step) for step in story.steps)
    yield from (f"    participant {name}" for name in names)
    yield f"    participant {LEDGER} as who counts"
    for number, step in enumerate(story.steps, 1):
        if number == story.again_from:
            yield "    loop for ever"
        red = is_wrong(step)
        if red:
            yield f"    rect {RED}"
        yield from (f"    {line}" for line in _step(story, number, step))
        if red:
            yield "    end"
    if story.again_from is not None and story.again_from <= len(story.steps):
        yield "    end"
    everybody = ",".join((*[*names][:1], LEDGER))
    yield f"    Note over {everybody}: {_lined(_end(story))}"


def _step(story: Story, number: int, step: Step) -> Iterator[str]:
    name = session_name(step)
    said = f"{number}. {step.event}: {step.source} to {step.target}"
    yield f"{name}->>{name}: {_escaped(said)}"
    for arrow, verb, things in (
        (f"{LEDGER}-->>{name}", "grants", takes(story, step)),
        (f"{LEDGER}--x{name}", "refuses", refused(story, step)),
        (f"{name}->>{LEDGER}", "gives back", gives_back(story, step)),
        (f"{name}->>{LEDGER}", "asks:", asks(story, step)),
    ):
        if things:
            yield f"{arrow}: {_escaped(verb + ' ' + ', '.join(things))}"
    told = [_told(entry) for entry in entries(step)]
    told += [f"{item}: WRONG" for item in step.move.unbalanced if item.key is None]
    if told:
        yield f"Note over {LEDGER}: {_lined(told)}"


def _told(entry: Entry) -> str:
    book = entry.after
    wrong = f": {entry.mark}" if entry.mark else ""
    return f"{entry.name}: {book.counted} counted, {book.holders} held{wrong}"


def _end(story: Story) -> Iterator[str]:
    yield f"{story.says}."
    for step in story.steps:
        if is_wrong(step):
            yield from ought(story, step)
            break
    again = loops(story)
    if again is not None:
        yield again


def _lined(sentences: Iterable[str]) -> str:
    """Break sentences into lines: Mermaid draws a note as wide as its longest."""
    return "<br/>".join(
        _escaped(line) for sentence in sentences for line in textwrap.wrap(sentence, NOTE_WIDTH)
    )


def _escaped(text: str) -> str:
    """Write what Mermaid would take for its own as numbers."""
    return "".join(
        f"#{ord(char)};" if char in SPECIAL or not char.isprintable() else char for char in text
    )
