"""The library's spaces unpacked, and everything in which they differ from the reference.

Decides what it means that a reduction agrees: the same situations at the same distance where
sessions are told apart or counted, and nothing left out where they are cut.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from model.explore.reference import Reference, Searched, Session, Situation, in_order
from model.explore.retelling import faults_of_story
from requite.model import Declaration, Kind
from requite.model.explore import (
    EVERY,
    Budget,
    Claim,
    Exploration,
    Reduction,
    Scope,
    Verdict,
    explore_net,
)
from requite.model.explore.bitmaps import BitmapSpace, sweep
from requite.model.explore.cuts import CutSpace, OpenSpace, counted_places
from requite.model.explore.jumps import fields_of
from requite.model.explore.net import Net, net_of
from requite.model.explore.scope import scope_of
from requite.model.explore.search import Searched as Found
from requite.model.explore.search import search
from requite.model.explore.spaces import CountedSpace, PlainSpace, Space

__all__ = ("Asked", "Declared", "Image", "differences", "layers_of", "safety_of")

Declared = Declaration[Any, Any, Any, Any, Any]
Image = tuple[frozenset[tuple[Session, int]], tuple[tuple[Enum, int, int], ...]]
"""How many sessions stand where, and the counts that are kept."""
SAFETY = (Claim.BALANCE, Claim.LIMIT, Claim.MOVES)
SESSIONS_MAX = 3
"""So many sessions the reference explores in a moment."""
BOUND = Budget(states=100_000, seconds=60)


@dataclass(frozen=True)
class Asked:
    """A declaration in a scope, for the library and for the reference."""

    declared: Declared
    sessions: int
    accounts: int = 2
    limit: int = 2
    resources: tuple[Enum, ...] | None = None
    crash: bool = True

    def scope(self, sessions: int | None) -> Scope:
        """Return the library's scope."""
        return scope_of(
            self.declared,
            sessions=sessions,
            accounts=self.accounts,
            limit=self.limit,
            resources=self.resources,
            crash=self.crash,
        )

    def net(self, sessions: int | None) -> Net:
        """Return the library's net."""
        return net_of(self.declared, self.scope(sessions))

    def reference(self, sessions: int) -> Reference:
        """Return the reference of the same scope."""
        limits = {
            item.resource.resource: (
                item.keys,
                1 if item.resource.kind is Kind.EXCLUSIVE else self.limit,
            )
            for item in self.scope(sessions).limits
        }
        return Reference(self.declared, sessions, limits, self.crash)

    def explored(self, reduction: Reduction, budget: Budget = BOUND) -> Exploration:
        """Explore with the library."""
        whole = reduction in {Reduction.CUT, Reduction.OPEN}
        net = self.net(EVERY if whole else self.sessions)
        return explore_net(net, reduction=reduction, fair=self.declared.environment, budget=budget)


# --- unpacking -----------------------------------------------------------------------------------


def _session(net: Net, place: int) -> Session:
    where = net.places[place]
    keys = [(name, key) for name, key in zip(net.classes, where.keys, strict=True) if key]
    return Session(where.state, in_order(keys))


def _counts(net: Net, state: int, shift: int) -> tuple[tuple[Enum, int, int], ...]:
    fields = zip(net.counters, fields_of(net, shift), strict=True)
    counts = [(c.resource.resource, c.key, (state >> at) & mask) for c, (at, mask) in fields]
    return in_order(count for count in counts if count[2])


def _image(net: Net, sessions: Mapping[int, int], state: int, shift: int) -> Image:
    there = {_session(net, place): number for place, number in sessions.items() if number}
    return frozenset(there.items()), _counts(net, state, shift)


def _plain(space: PlainSpace, state: int) -> tuple[tuple[Session, ...], Any]:
    width = max(1, (len(space.net.places) - 1).bit_length())
    slots = [(state >> slot * width) & ((1 << width) - 1) for slot in range(space.sessions)]
    sessions = tuple(_session(space.net, place) for place in slots)
    return sessions, _counts(space.net, state, space.sessions * width)


def _of_bitmap(space: BitmapSpace, state: int) -> tuple[tuple[Session, ...], Any]:
    places = space.places_of(state)
    held = Counter(counter for place in places for counter in space.net.holds(place))
    counts = [
        (space.net.counters[n].resource.resource, space.net.counters[n].key, number)
        for n, number in held.items()
    ]
    return tuple(_session(space.net, place) for place in places), in_order(counts)


def _counted(net: Net, width: int, state: int) -> Image:
    mask = (1 << width) - 1
    there = {place: (state >> place * width) & mask for place in range(len(net.places))}
    return _image(net, there, state, len(net.places) * width)


def _cut(space: CutSpace | OpenSpace, state: int) -> Image:
    layout, net = space._layout, space.net
    there = {
        place: (state & mask) >> shift
        for place, (shift, mask) in enumerate(zip(layout.shifts, layout.masks, strict=True))
    }
    return _image(net, there, state, layout.end)


def layers_of(space: Space | BitmapSpace, found: Found) -> list[set[Any]]:
    """Return what a search found, unpacked, layer by layer."""
    if isinstance(space, PlainSpace):
        return [{_plain(space, state) for state in layer} for layer in found.layers]
    if isinstance(space, BitmapSpace):
        return [{_of_bitmap(space, state) for state in layer} for layer in found.layers]
    if isinstance(space, CountedSpace):
        width = (space.start).bit_length()
        return [{_counted(space.net, width, state) for state in layer} for layer in found.layers]
    assert isinstance(space, CutSpace | OpenSpace)
    return [{_cut(space, state) for state in layer} for layer in found.layers]


def _kept(asked: Asked, now: Situation) -> tuple[tuple[Enum, int, int], ...]:
    limits = {item.resource.resource for item in asked.scope(1).limits}
    return tuple(count for count in now.counts if count[0] in limits)


def _multiset(asked: Asked, now: Situation) -> Image:
    return frozenset(Counter(now.sessions).items()), _kept(asked, now)


def _abstract(asked: Asked, net: Net, now: Situation, *, most: int) -> Image:
    """Return a situation as a cut space sees it: no more than `most` where nothing is held."""
    counted = {_session(net, place) for place in counted_places(net)}
    sessions, counts = _multiset(asked, now)
    cut = [(s, n if s in counted else min(n, most)) for s, n in sessions]
    return frozenset((s, n) for s, n in cut if n), counts


# --- the answers ---------------------------------------------------------------------------------


def safety_of(explored: Exploration) -> str | None:
    """Return the claim of safety that is refuted, if one is."""
    refuted = [item.claim.name for item in explored.refuted if item.claim in SAFETY]
    assert len(refuted) <= 1
    return refuted[0] if refuted else None


def _rows(net: Net, space: Space | BitmapSpace) -> set[int]:
    numbers = {id(edge): number for number, edge in enumerate(net.declared.edges)}
    moves = [m for jumps in space.jumps for jump in jumps if jump.taken for m in jump.moves]
    return {numbers[id(move.edge)] for move in moves if move.edge is not None}


def differences(asked: Asked, *, every: bool = True) -> Iterator[str]:
    """Yield everything in which the library and the reference differ.

    Args:
        asked: what is explored.
        every: whether the spaces that cover every number of sessions are compared too.
    """
    few = {n: asked.reference(n).search() for n in range(1, asked.sessions + 1)}
    expected = few[asked.sessions]
    plain = PlainSpace(asked.net(asked.sessions), asked.sessions)
    bitmap = BitmapSpace(asked.net(asked.sessions), asked.sessions)
    counted = CountedSpace(asked.net(asked.sessions), asked.sessions)
    layers = [{(s.sessions, _kept(asked, s)) for s in layer} for layer in expected.layers]
    yield from _exactly("plain", plain, layers, expected)
    yield from _exactly("bitmap", bitmap, layers, expected)
    images = [{_multiset(asked, now) for now in layer} for layer in expected.layers]
    yield from _exactly("counted", counted, images, expected)
    for reduction in (Reduction.PLAIN, Reduction.COUNTED):
        yield from _told(asked, expected, reduction)
    if every:
        yield from _covered(asked, few)


def _exactly(
    name: str, space: Space | BitmapSpace, expected: Sequence[set[Any]], searched: Searched
) -> Iterator[str]:
    found = sweep(space, BOUND) if isinstance(space, BitmapSpace) else search(space, BOUND)
    layers = layers_of(space, found)
    if layers != expected:
        sizes = [*map(len, expected)], [*map(len, layers)]
        yield f"{name}: layers of {sizes[0]} situations expected, found {sizes[1]}"
    if (found.breach is None) != (searched.breach is None):
        yield f"{name}: a breach of {searched.breach} expected, found {found.breach}"
    elif found.breach is None and _rows(space.net, space) != searched.taken:
        rows = searched.taken, _rows(space.net, space)
        yield f"{name}: rows {sorted(rows[0])} taken expected, found {sorted(rows[1])}"


def _told(asked: Asked, expected: Searched, reduction: Reduction) -> Iterator[str]:
    explored = asked.explored(reduction)
    name = reduction.name
    if safety_of(explored) != expected.breach:
        yield f"{name}: {expected.breach} expected to be refuted, found {safety_of(explored)}"
        return
    yield from _stories(asked, explored, expected)
    if expected.breach is None:
        missed = {str(row) for n, row in enumerate(asked.declared.edges) if n not in expected.taken}
        proved = explored.finding(Claim.EDGES).verdict is Verdict.PROVED_FOR_ALL
        if proved != (not missed):
            yield f"{name}: rows never taken are {sorted(missed)}, which it does not say"


def _stories(asked: Asked, explored: Exploration, expected: Searched) -> Iterator[str]:
    for finding in explored.refuted:
        if finding.claim not in SAFETY:
            continue
        if finding.story is None:
            yield f"{explored.reduction.name}: {finding.claim.name} is refuted without a story"
            continue
        if len(finding.story.steps) != expected.length:
            found = len(finding.story.steps)
            yield f"{explored.reduction.name}: {expected.length} steps expected, found {found}"
        for fault in faults_of_story(asked.declared, finding.story, finding.claim):
            yield f"{explored.reduction.name}: {fault}"


def _covered(asked: Asked, few: dict[int, Searched]) -> Iterator[str]:
    """Yield what a space for every number of sessions leaves out of what a few can do."""
    fewest = next((n for n, found in few.items() if found.breach), None)
    for reduction, kind, most in ((Reduction.CUT, CutSpace, 2), (Reduction.OPEN, OpenSpace, 0)):
        explored = asked.explored(reduction)
        yield from _every(asked, explored, few, fewest)
        net = asked.net(EVERY)
        space = kind(net)
        found = search(space, BOUND)
        if found.breach is not None:
            continue
        covered = set[Any]().union(*layers_of(space, found))
        # One session alone is a run of two of which the other never begins.
        for sessions in range(2, asked.sessions + 1):
            wanted = {_abstract(asked, net, s, most=most) for s in few[sessions].states}
            if few[sessions].breach is None and not wanted <= covered:
                missing = min(wanted - covered, key=str)
                yield f"{reduction.name}: {sessions} sessions reach {missing}, left out"


def _every(
    asked: Asked, explored: Exploration, few: dict[int, Searched], fewest: int | None
) -> Iterator[str]:
    name = explored.reduction.name
    if fewest is not None:
        yield from _found(asked, explored, few[fewest], fewest)
    else:
        # More sessions than were tried may do it; then the story says how many.
        for item in explored.refuted:
            if item.story is None or item.claim not in SAFETY:
                continue
            if item.story.scope.sessions in few:
                yield f"{name}: {item.claim.name} refuted, and no {asked.sessions} sessions do"
            for fault in faults_of_story(asked.declared, item.story, item.claim):
                yield f"{name}: {fault}"
    yield from _every_row(asked, explored, few)


def _found(asked: Asked, explored: Exploration, expected: Searched, fewest: int) -> Iterator[str]:
    """Yield what is wrong with the breach that so many sessions are the fewest to do."""
    name = explored.reduction.name
    refuted = safety_of(explored)
    if refuted != expected.breach:
        yield f"{name}: {fewest} sessions break {expected.breach}, refuted is {refuted}"
        return
    story = explored.finding(Claim[refuted or ""]).story
    if story is None or story.scope.sessions != fewest:
        yield f"{name}: a story of {fewest} sessions expected, found {story}"
    yield from _stories(asked, explored, expected)


def _every_row(asked: Asked, explored: Exploration, few: dict[int, Searched]) -> Iterator[str]:
    """Yield what is wrong with what is said to be seen, or never seen."""
    name = explored.reduction.name
    everything = {*range(len(asked.declared.edges))}
    taken = set[int]().union(*(found.taken for found in few.values()))
    finding = explored.finding(Claim.EDGES)
    if finding.verdict is Verdict.REFUTED and taken == everything:
        yield f"{name}: each row is taken by so few sessions, but it says {finding.says}"
    if finding.verdict is Verdict.PROVED_FOR_ALL:
        sessions = int(finding.says.removesuffix(" sessions").rpartition(" ")[2])
        if sessions <= SESSIONS_MAX:
            if sessions not in few:
                few[sessions] = asked.reference(sessions).search()
            taken |= few[sessions].taken
            if taken != everything:
                yield f"{name}: not each row is taken by {sessions} sessions, but it says so"
