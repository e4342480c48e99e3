"""The spaces that hold every state one by one: sessions told apart, or only counted.

Decides how a state is packed and how a layer of states leads to the next. Sessions are
interchangeable (Ip and Dill, Better verification through symmetry, 1996), so that counting them
in each place loses nothing: every counted trace is one of named sessions. States are stepped
group by group, and the addition is done by the interpreter's own loop.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from enum import Enum
from typing import Protocol

from requite.model.explore.jumps import Breach, Jump, fields_of, jumps_of
from requite.model.explore.net import REST, Net

__all__ = ("CountedSpace", "PlainSpace", "Space", "blocked", "first_breach", "stuck_places")


class Space(Protocol):
    """A set of packed states and how each leads to others."""

    @property
    def net(self) -> Net:
        """What is explored."""
        ...

    @property
    def jumps(self) -> Sequence[Sequence[Jump]]:
        """The jumps from each place."""
        ...

    @property
    def start(self) -> int:
        """The state in which no session has begun."""
        ...

    def before(self, state: int) -> Iterator[tuple[int, int, Jump]]:
        """Yield each state that may lead to one, with who would move and how."""
        ...

    def expand(self, layer: Sequence[int], fresh: set[int]) -> Breach | None:
        """Add every successor of some states to `fresh`, or return what breaks an invariant."""
        ...


def stuck_places(net: Net, jumps: Sequence[Sequence[Jump]]) -> frozenset[int]:
    """Return the places in which a session may have to wait for others: no row is always free."""
    return frozenset(
        place
        for place in range(len(net.places))
        if place != REST and not net.always_free(m for jump in jumps[place] for m in jump.moves)
    )


def blocked(
    jumps: Sequence[Jump],
    enabled: Callable[[Jump], object],
    events: Collection[Enum] | None = None,
) -> bool:
    """Say whether a session may wait for keys for which none of its rows can be taken.

    Args:
        jumps: those from where it is.
        enabled: whether a jump can be taken.
        events: the events whose rows are meant; all of them if it is not said.
    """
    able = {id(move) for jump in jumps if enabled(jump) for move in jump.moves}
    rows = (
        move
        for jump in jumps
        for move in jump.moves
        if events is None or (move.edge is not None and move.edge.event in events)
    )
    return not all(any(id(row) in able for row in chosen) for chosen in Net.by_keys(rows))


def first_breach(states: list[int], jump: Jump, slot: int = 0) -> Breach | None:
    """Return how a jump breaks an invariant in one of the states in which it can be taken."""
    if jump.unbalanced:
        return Breach(min(states), jump, slot)
    for test in jump.over:
        if over := test.of(states):
            return Breach(min(over), jump, slot)
    return None


class PlainSpace:
    """Every session has a place of its own."""

    def __init__(self, net: Net, sessions: int) -> None:
        self.net = net
        self.sessions = sessions
        width = max(1, (len(net.places) - 1).bit_length())
        self._mask = (1 << width) - 1
        self._shifts = tuple(slot * width for slot in range(sessions))
        self.jumps = jumps_of(net, sessions * width)
        self._counters = fields_of(net, sessions * width)
        self._stuck = stuck_places(net, self.jumps)
        self.start = 0
        self._steps = [
            [
                [(jump, (((jump.target - jump.source) << shift) + jump.counters)) for jump in jumps]
                for jumps in self.jumps
            ]
            for shift in self._shifts
        ]

    def places_of(self, state: int) -> list[int]:
        """Return the place of each session."""
        return [(state >> shift) & self._mask for shift in self._shifts]

    def counts_of(self, state: int) -> list[int]:
        """Return what each counter says."""
        return [(state >> shift) & mask for shift, mask in self._counters]

    def after(self, state: int) -> Iterator[tuple[int, int, Jump]]:
        """Yield each state that one leads to, with who moves and how."""
        for slot, place in enumerate(self.places_of(state)):
            for jump, delta in self._steps[slot][place]:
                if jump.enabled([state]):
                    yield state + delta, slot, jump

    def expand(self, layer: Sequence[int], fresh: set[int]) -> Breach | None:
        """Add every successor of some states to `fresh`, or return what breaks an invariant."""
        for slot, shift in enumerate(self._shifts):
            mask = self._mask
            groups: list[list[int]] = [[] for _ in self.net.places]
            for state in layer:
                groups[(state >> shift) & mask].append(state)
            for place, group in enumerate(groups):
                if not group:
                    continue
                for jump, delta in self._steps[slot][place]:
                    if jump.shadowed and jump.taken:
                        continue
                    states = jump.enabled(group) if jump.tests else group
                    if not states:
                        continue
                    if (jump.unbalanced or jump.over) and (
                        breach := first_breach(states, jump, slot)
                    ):
                        return breach
                    jump.taken += len(states)
                    fresh.update(map(delta.__add__, states))
        return self._stands_still(layer) if self._stuck else None

    def _stands_still(self, layer: Sequence[int]) -> Breach | None:
        return next((Breach(state, None) for state in layer if self._is_stuck(state)), None)

    def _is_stuck(self, state: int) -> bool:
        begun = [place for place in self.places_of(state) if place != REST]
        return (
            bool(begun)
            and self._stuck.issuperset(begun)
            and all(
                blocked(self.jumps[place], lambda jump: jump.enabled([state])) for place in begun
            )
        )

    def before(self, state: int) -> Iterator[tuple[int, int, Jump]]:
        """Yield each state that may lead to one, with who would move and how."""
        places = self.places_of(state)
        for slot, place in enumerate(places):
            for source, steps in enumerate(self._steps[slot]):
                for jump, delta in steps:
                    if jump.target == place:
                        earlier = state - delta
                        if (
                            earlier >= 0
                            and self.places_of(earlier)[slot] == source
                            and jump.enabled([earlier])
                        ):
                            yield earlier, slot, jump


class CountedSpace:
    """Sessions are interchangeable: a state says how many are in each place."""

    def __init__(self, net: Net, sessions: int) -> None:
        self.net = net
        width = sessions.bit_length()
        self._shifts = tuple(place * width for place in range(len(net.places)))
        self._masks = tuple(((1 << width) - 1) << shift for shift in self._shifts)
        self.jumps = jumps_of(net, len(net.places) * width)
        self._stuck = stuck_places(net, self.jumps)
        self.start = sessions << self._shifts[REST]
        self._steps = [
            [
                (
                    jump,
                    (1 << self._shifts[jump.target])
                    - (1 << self._shifts[jump.source])
                    + jump.counters,
                )
                for jump in jumps
            ]
            for jumps in self.jumps
        ]

    def places_of(self, state: int) -> list[int]:
        """Return the places that are not empty."""
        return [place for place, mask in enumerate(self._masks) if state & mask]

    def expand(self, layer: Sequence[int], fresh: set[int]) -> Breach | None:
        """Add every successor of some states to `fresh`, or return what breaks an invariant."""
        for mask, steps in zip(self._masks, self._steps, strict=True):
            group = [state for state in layer if state & mask]
            if not group:
                continue
            for jump, delta in steps:
                if jump.shadowed and jump.taken:
                    continue
                states = jump.enabled(group) if jump.tests else group
                if not states:
                    continue
                if (jump.unbalanced or jump.over) and (breach := first_breach(states, jump)):
                    return breach
                jump.taken += len(states)
                fresh.update(map(delta.__add__, states))
        return self._stands_still(layer) if self._stuck else None

    def _stands_still(self, layer: Sequence[int]) -> Breach | None:
        return next((Breach(state, None) for state in layer if self._is_stuck(state)), None)

    def _is_stuck(self, state: int) -> bool:
        begun = [place for place in self.places_of(state) if place != REST]
        return (
            bool(begun)
            and self._stuck.issuperset(begun)
            and all(
                blocked(self.jumps[place], lambda jump: jump.enabled([state])) for place in begun
            )
        )

    def before(self, state: int) -> Iterator[tuple[int, int, Jump]]:
        """Yield each state that may lead to one, and how; who moves is not told apart."""
        for mask, steps in zip(self._masks, self._steps, strict=True):
            for jump, delta in steps:
                earlier = state - delta
                if (
                    earlier >= 0
                    and earlier & mask
                    and state & self._masks[jump.target]
                    and jump.enabled([earlier])
                ):
                    yield earlier, 0, jump
