"""An exploration in a few lines: what was explored, and the verdict of each claim.

Decides what a person reads first. The story of a refuted claim is told by `trace`.
"""

from collections.abc import Iterator
from textwrap import wrap
from typing import Final

import click

from requite.model.explore import Exploration, Finding, Verdict

__all__ = ("summary",)

WIDTH: Final = 100
INDENT: Final = " " * 4
COLOURS: Final = {
    Verdict.PROVED_FOR_ALL: "green",
    Verdict.PROVED_UP_TO_N: "green",
    Verdict.NOT_FINISHED: "yellow",
    Verdict.REFUTED: "red",
}


def summary(exploration: Exploration, *, colour: bool = False) -> str:
    """Return what was explored and what was found, as lines for a terminal."""
    return "\n".join(_lines(exploration, colour=colour)) + "\n"


def _lines(exploration: Exploration, *, colour: bool) -> Iterator[str]:
    yield f"{exploration.declared.name}: {exploration.scope}"
    seen = f"{exploration.states:,} states, {exploration.moves:,} moves, {exploration.depth} deep"
    yield from _wrapped(
        f"{seen}; {exploration.reduction.name.lower()}: {exploration.reduction.value}", INDENT
    )
    if exploration.stopped:
        yield from _wrapped(f"Not finished: {exploration.stopped}.", INDENT)
    yield ""
    width = max(len(_verdict(item)) for item in exploration.findings)
    said = ""
    for finding in exploration.findings:
        verdict = _verdict(finding).ljust(width)
        shown = click.style(verdict, fg=COLOURS[finding.verdict]) if colour else verdict
        yield f"{shown}  {finding.claim.value}"
        if finding.says != said:
            for line in _wrapped(finding.says, " " * (width + 2)):
                yield click.style(line, dim=True) if colour else line
        said = finding.says
    assumed = next((item.assumes for item in exploration.findings if item.assumes), ())
    if assumed:
        yield ""
        yield from _wrapped(f"Eventually, if {', '.join(assumed)}.", "")


def _verdict(finding: Finding) -> str:
    if finding.verdict is Verdict.PROVED_UP_TO_N:
        return f"proved up to {finding.up_to}"
    return str(finding.verdict.value)


def _wrapped(text: str, indent: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)
