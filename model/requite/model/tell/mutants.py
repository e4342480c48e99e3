"""A trial of mutants told: a table of kinds and killers, the survivors, or the whole as JSON.

Decides how it looks on a terminal and in a file. In the table each mutant is counted where it was
killed first; what another killer would have found of it is not asked.
"""

import json
from collections.abc import Iterator
from textwrap import wrap
from typing import Any, Final

import click

from requite.model.mutate import Count, Fate, Killer, MeaningMutant, Results

__all__ = ("COLUMNS", "as_json", "cells", "lines_of_survivors", "table")

COLUMNS: Final = ("mutants", "balance", "rules", "exploration", "tests", "same", "LIVE")
"""What the columns after the kind hold."""
WIDTH: Final = 100


def cells(count: Count) -> tuple[int, ...]:
    """Return the figures of one kind, in the order of the columns."""
    return (
        count.mutants,
        *(count.killed[killer] for killer in Killer),
        count.same,
        count.failures,
    )


def table(results: Results, *, colour: bool = False) -> str:
    """Return the kinds with who killed how many of each, then the survivors."""
    return "\n".join([*_table(results, colour=colour)]) + "\n"


def _table(results: Results, *, colour: bool) -> Iterator[str]:
    yield f"{results.declared.name}: {len(results.fates):,} mutants"
    yield ""
    counts = results.counts()
    rows = [(count.kind.name, *(_figure(number) for number in cells(count))) for count in counts]
    totals = [sum(column) for column in zip(*map(cells, counts), strict=True)]
    rows.append(("all", *map(_figure, totals or [0] * len(COLUMNS))))
    widths = [
        max(len(row[place]) for row in (("", *COLUMNS), *rows)) for place in range(len(COLUMNS) + 1)
    ]
    yield _line(("", *COLUMNS), widths)
    for row in rows:
        line = _line(row, widths)
        yield click.style(line, fg="red") if colour and row[-1] != "." else line
    yield ""
    if any(fate.killer is Killer.TESTS for fate in results.fates):
        yield f"The derived tests are {results.words:,} words of {results.commands:,} events."
    yield from lines_of_survivors(results, colour=colour)


def _figure(number: int) -> str:
    return f"{number:,}" if number else "."


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    first, *others = (
        cell.rjust(width) if place else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join((first, *others)).rstrip()


def lines_of_survivors(results: Results, *, colour: bool = False) -> Iterator[str]:
    """Yield each mutant that lives with the reason, and last whether that is well."""
    for fate in results.survivors:
        yield from wrap(
            f"{fate.mutant} [{fate.mutant.kind.name}]: {_reason(fate)}.",
            WIDTH,
            subsequent_indent="    ",
        )
    if results.refuted is not None:
        yield f"The lifecycle itself is refuted: {results.refuted}."
        yield from (f"    {step}" for step in results.refuted.trace)
    says = "Every mutant is killed or behaves the same."
    if results.failures:
        says = f"Nothing kills {len(results.failures):,} of the mutants."
    if colour:
        says = click.style(says, fg="green" if results.is_good else "red")
    yield says


def _reason(fate: Fate) -> str:
    return fate.lives_because or "NOTHING KILLS IT, and it is not shown to behave the same"


def as_json(results: Results) -> str:
    """Return everything about every mutant; the keys stay as they are."""
    value = {
        "lifecycle": results.declared.name,
        "good": results.is_good,
        "tests": {"words": results.words, "events": results.commands},
        "refuted": None if results.refuted is None else str(results.refuted),
        "kinds": [
            {
                "kind": count.kind.name,
                "says": count.kind.value,
                "mutants": count.mutants,
                "killed": {killer.name: count.killed[killer] for killer in Killer},
                "same": count.same,
                "live": count.failures,
            }
            for count in results.counts()
        ],
        "mutants": [_mutant(fate) for fate in results.fates],
    }
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def _mutant(fate: Fate) -> dict[str, Any]:
    mutant = fate.mutant
    about: dict[str, Any] = {"kind": mutant.kind.name, "says": mutant.says}
    if mutant.row is not None:
        about["row"] = str(mutant.row)
    if isinstance(mutant, MeaningMutant):
        about["resource"] = mutant.resource.resource.name
    about["killer"] = None if fate.killer is None else fate.killer.name
    if fate.rules:
        about["rules"] = sorted(fate.rules)
    if fate.found is not None:
        about["found"] = str(fate.found)
        about["trace"] = list(fate.found.trace)
    if fate.killer is Killer.TESTS:
        about["word"] = list(fate.word)
    if fate.killer is None:
        about["reason"] = fate.lives_because
    return about
