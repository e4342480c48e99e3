"""The lifecycle as tables for people: states, what is held, exits, every row.

Decides the Markdown that the documentation includes; it has no heading of the first level.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum

from requite.model.declaration import Reply
from requite.model.derive.origin import Origin
from requite.model.lifecycle import AnyLifecycle
from requite.model.rules import Row

__all__ = ("reference",)


def reference(lifecycle: AnyLifecycle, origin: Origin) -> str:
    """Return the tables of a lifecycle as Markdown."""
    return "\n".join(_lines(lifecycle, origin)) + "\n"


def _lines(lifecycle: AnyLifecycle, origin: Origin) -> Iterator[str]:
    yield from ("<!--", *origin.notice, "-->", "")
    yield (
        f"{len(lifecycle.rows)} states, {len(lifecycle.events_in_order)} events, "
        f"{len(lifecycle.edges)} rows, {len(lifecycle.exits)} of them exits."
    )
    yield from ("", "## States", "")
    yield from _table(
        ("state", "what it is", "waits for", "holds"),
        (
            (
                f"`{row.state.name}`",
                row.state.value,
                f"`{row.awaits.name}`" if row.awaits else row.waits_for.value,
                _names(held.name for held in lifecycle.held_in(row.state)),
            )
            for row in lifecycle.rows
        ),
    )
    yield from ("", "## What is held", "")
    yield from _table(
        ("resource", "what it is", "taken by", "given back by"),
        (
            (
                f"`{item.resource.name}`",
                f"{item.resource.value} ({item.kind.name.lower()})",
                _names(e.name for e in lifecycle.events_in_order if e in item.taken_by),
                f"`{item.given_back_by.name}`",
            )
            for item in lifecycle.resources
        ),
    )
    yield from ("", "## Exits", "")
    yield "Every row that gives something back: no way out is missing, or the model cannot load."
    yield "Rows of one state with the same end stand together."
    yield ""
    yield from _table(
        ("in", "on", "to", "gives back"),
        (
            (
                f"`{source.name}`",
                _names(edge.event.name for edge in edges),
                f"`{target.name}`",
                _names(held.name for held in given_back),
            )
            for (source, target, given_back), edges in _exits(lifecycle).items()
        ),
    )
    yield from ("", "## Events", "")
    yield from _table(
        ("event", "what happened"),
        ((f"`{event.name}`", event.value) for event in lifecycle.events_in_order),
    )
    yield from ("", "## Effects", "")
    yield from _table(
        ("effect", "what the shell owes"),
        ((f"`{effect.name}`", effect.value) for effect in lifecycle.effects_in_order),
    )
    yield from ("", "## Every row")
    for state in (row.state for row in lifecycle.rows):
        edges = [edge for edge in lifecycle.edges if edge.source is state]
        if edges:
            yield from ("", f"### In {state.name}", "")
            yield from _rows(edges)


def _exits(lifecycle: AnyLifecycle) -> dict[tuple[Enum, Enum, tuple[Enum, ...]], list[Row]]:
    """Return the exits by where they begin, where they end and what they give back."""
    exits: dict[tuple[Enum, Enum, tuple[Enum, ...]], list[Row]] = {}
    for edge in lifecycle.exits:
        end = (edge.source, edge.target, lifecycle.given_back_by(edge))
        exits.setdefault(end, []).append(edge)
    return exits


def _rows(edges: Iterable[Row]) -> Iterator[str]:
    return _table(
        ("on", "to", "owes", "because"),
        (
            (f"`{edge.event.name}`", f"`{edge.target.name}`", _owed(edge), edge.why)
            for edge in edges
        ),
    )


def _owed(edge: Row) -> str:
    return (
        ", ".join(
            f"“{_escaped(effect.text)}”" if isinstance(effect, Reply) else f"`{effect.name}`"
            for effect in edge.effects
        )
        or "nothing"
    )


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "nothing"


def _escaped(text: str) -> str:
    return "".join(f"\\{char}" if char in "[]{}*_|<>`" else char for char in text)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join(' --- ' for _ in head)}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"
