"""A story as lines for a terminal: who did what, and what was held before and after.

Decides the columns and what stands below them. One line a step; what does not fit beside the
arrow goes on below it, and the reason of the row stands under each step.
"""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import click

from requite.model.explore.report import Exploration
from requite.model.explore.story import Step, Story
from requite.model.tell.summary import summary
from requite.model.tell.words import (
    NOTHING,
    entries,
    gives_back,
    is_wrong,
    loops,
    ought,
    refused,
    session_name,
    stories,
    takes,
    why,
    wrong_number,
)

__all__ = ("WIDTH", "report", "trace")

WIDTH: Final = 100
NARROWEST: Final = 20
"""So much is left for words however narrow the terminal is."""
COLOURS: Final = ("cyan", "magenta", "yellow", "blue", "green")


def trace(story: Story, width: int = WIDTH, *, colour: bool = False) -> str:
    """Return a story as text, for people.

    Args:
        story: what happened.
        width: how many columns there are.
        colour: whether to use the colours of a terminal.
    """
    return "\n".join(_Lines(story, width, colour=colour).lines()) + "\n"


def report(exploration: Exploration, width: int = WIDTH, *, colour: bool = False) -> str:
    """Return every claim with its verdict, and the story of each row that refutes any.

    One wrong row, or one way round, may refute several claims; its first story is enough to read.
    """
    texts = [summary(exploration, colour=colour)]
    texts += [trace(story, width, colour=colour) for story in _of_each_row(exploration)]
    return "\n".join(texts)


def _of_each_row(exploration: Exploration) -> Iterator[Story]:
    told: set[object] = set()
    for _, story in stories(exploration):
        number = wrong_number(story)
        row = None if number is None else story.steps[number - 1].move.edge
        about = [(step.session, step.move.edge) for step in story.steps]
        key = str(about if row is None else row)
        if key not in told:
            yield story
        told.add(key)


@dataclass(frozen=True, slots=True)
class _Columns:
    number: int
    session: int
    event: int
    way: int

    @property
    def indent(self) -> int:
        """Where the event stands: what is said below a step begins there."""
        return 2 + self.number + 2 + self.session + 2


class _Lines:
    def __init__(self, story: Story, width: int, *, colour: bool) -> None:
        self._story = story
        self._width = width
        self._colour = colour
        steps = story.steps
        self._columns = _Columns(
            len(str(len(steps))),
            max((len(session_name(step)) for step in steps), default=0),
            max((len(step.event) for step in steps), default=0),
            max((len(_way(step)) for step in steps), default=0),
        )

    def lines(self) -> Iterator[str]:
        story = self._story
        yield from textwrap.wrap(f"{story.declared.name}, {story.scope}", self._width)
        yield ""
        for number, step in enumerate(story.steps, 1):
            if number == story.again_from:
                yield self._styled("  again and again:", bold=True)
            yield from self._step(number, step)
        yield ""
        yield from self._end()

    def _step(self, number: int, step: Step) -> Iterator[str]:
        wrong = is_wrong(step)
        columns = self._columns
        head = (
            f"{'>' if wrong else ' '} {number:>{columns.number}}  "
            f"{session_name(step):<{columns.session}}  {step.event:<{columns.event}}  "
        )
        colour = "red" if wrong else COLOURS[step.session % len(COLOURS)]
        for line in self._with_details(head + _way(step), self._details(step)):
            yield self._styled(line, fg=colour, bold=wrong)
        for line in self._wrapped(why(step) + ".", " " * columns.indent):
            yield self._styled(line, dim=True)

    def _with_details(self, head: str, details: Sequence[str]) -> Iterator[str]:
        beside = self._columns.indent + self._columns.event + 2 + self._columns.way + 2
        told = "; ".join(details)
        line = f"{head:<{beside}}{told}".rstrip()
        if len(line) <= self._width:
            yield line
            return
        yield head
        indent = " " * self._columns.indent
        fits = len(indent) + len(told) <= self._width
        for detail in (told,) if fits else details:
            yield from self._wrapped(detail, indent)

    def _details(self, step: Step) -> list[str]:
        story = self._story
        told = [
            f"{verb} {', '.join(names)}"
            for verb, names in (
                ("takes", takes(story, step)),
                ("is refused", refused(story, step)),
                ("gives back", gives_back(story, step) or ((NOTHING,) if is_wrong(step) else ())),
            )
            if names
        ]
        told += [
            f"{entry}  <- {entry.mark}" if entry.mark else str(entry) for entry in entries(step)
        ]
        unseen = [item for item in step.move.unbalanced if item.key is None]
        return told + [f"{item}  <- WRONG" for item in unseen]

    def _end(self) -> Iterator[str]:
        story = self._story
        for line in self._wrapped(f"What is wrong: {story.says}.", ""):
            yield self._styled(line, fg="red", bold=True)
        sentences: list[str] = []
        number = wrong_number(story)
        if number is not None:
            sentences += ought(story, story.steps[number - 1])
        again = loops(story)
        if again is not None:
            sentences.append(again)
        for sentence in sentences:
            yield from self._wrapped(sentence, "")

    def _wrapped(self, text: str, indent: str) -> list[str]:
        width = max(self._width, len(indent) + NARROWEST)
        return textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent)

    def _styled(
        self, line: str, *, fg: str | None = None, bold: bool = False, dim: bool = False
    ) -> str:
        if not self._colour:
            return line
        return click.style(line, fg=fg, bold=bold or None, dim=dim or None)


def _way(step: Step) -> str:
    return f"{step.source} -> {step.target}"
