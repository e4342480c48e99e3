"""Every mutant that writes one row of a declaration otherwise.

Decides the single-row operators. Two effects that change places are neighbours in one row: to
exchange the targets of two rows is two wrong targets, each of which is a mutant of its own.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from requite.model.declaration import AnyDeclaration, AnyEdge, Reply
from requite.model.mutate.kinds import Kind, RowMutant

__all__ = ("row_mutants",)


def row_mutants(declared: AnyDeclaration) -> Iterator[RowMutant]:
    """Yield every mutant of every row, in the order of the declaration."""
    releases = tuple(dict.fromkeys(item.given_back_by for item in declared.resources))
    states = tuple(row.state for row in declared.states)
    for row in declared.edges:
        yield from _given_back(row, releases)
        yield from _other_effects(row, releases)
        yield from _swapped(row, releases)
        yield RowMutant(Kind.DROPPED, row, None, "the row is missing")
        for target in states:
            if target is not row.target:
                says = f"it leads to {target.name}"
                yield RowMutant(Kind.RETARGETED, row, replace(row, target=target), says)


def _given_back(row: AnyEdge, releases: Sequence[Any]) -> Iterator[RowMutant]:
    """Yield the mutants of what a row gives back."""
    for place, effect in enumerate(row.effects):
        if effect not in releases or isinstance(effect, Reply):
            continue
        before, after = row.effects[:place], row.effects[place + 1 :]
        name = effect.name
        yield _with(row, Kind.FORGOTTEN, before + after, f"{name} is forgotten")
        yield _with(row, Kind.DOUBLED, (*before, effect, effect, *after), f"{name} comes twice")
        for other in releases:
            if other is not effect:
                says = f"{other.name} stands in the place of {name}"
                yield _with(row, Kind.OTHER_RELEASE, (*before, other, *after), says)
        if any(rest not in releases for rest in after):
            yield _with(row, Kind.LATE, (*before, *after, effect), f"{name} comes last")
    for release in releases:
        if release not in row.effects:
            says = f"{release.name} is owed as well"
            yield _with(row, Kind.ADDED, (release, *row.effects), says)


def _other_effects(row: AnyEdge, releases: Sequence[Any]) -> Iterator[RowMutant]:
    """Yield the mutants of what a row does besides."""
    for place, effect in enumerate(row.effects):
        if effect in releases:
            continue
        before, after, name = row.effects[:place], row.effects[place + 1 :], _name(effect)
        yield _with(row, Kind.OMITTED, before + after, f"{name} is left out")
        yield _with(row, Kind.REPEATED, (*before, effect, effect, *after), f"{name} comes twice")


def _swapped(row: AnyEdge, releases: Sequence[Any]) -> Iterator[RowMutant]:
    """Yield the mutants of the order of effects, but for those that only put one release last."""
    for place, (first, second) in enumerate(zip(row.effects, row.effects[1:], strict=False)):
        is_late = first in releases and second not in releases and place == len(row.effects) - 2
        if first != second and not is_late:
            effects = (*row.effects[:place], second, first, *row.effects[place + 2 :])
            says = f"{_name(second)} comes before {_name(first)}"
            yield _with(row, Kind.SWAPPED, effects, says)


def _with(row: AnyEdge, kind: Kind, effects: Iterable[Any], says: str) -> RowMutant:
    return RowMutant(kind, row, replace(row, effects=tuple(effects)), says)


def _name(effect: Any) -> str:  # noqa: ANN401 - an effect of any lifecycle, or a reply.
    return repr(effect.text) if isinstance(effect, Reply) else str(effect.name)
