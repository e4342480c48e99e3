"""The spaces that cover every number of sessions at once.

Decides what is forgotten. Where nothing limited is held, the number of sessions is cut to none,
one or many (Pnueli, Xu and Zuck, Liveness with (0,1,infinity)-counter abstraction, 2002), or is
forgotten altogether: with any number of sessions to come, one more may be in such a place at any
time. What is held is counted exactly, because its limit bounds it. Both add behaviour and take
none away, so what they prove holds; a breach is made concrete before it is shown.
"""

from collections.abc import Iterator, Sequence

from requite.model.explore.jumps import Breach, Jump, jumps_of
from requite.model.explore.net import REST, Net
from requite.model.explore.spaces import blocked, first_breach, stuck_places

__all__ = ("CutSpace", "OpenSpace", "counted_places")

ONE, MANY = 1, 2


def counted_places(net: Net) -> frozenset[int]:
    """Return the places in which something limited is held: a limit bounds their sessions."""
    return frozenset(place for place in range(len(net.places)) if net.holds(place))


class _Layout:
    """Where each place has its field: exact where it is bounded, two bits or none where not."""

    def __init__(self, net: Net, free_bits: int) -> None:
        self.counted = counted_places(net)
        self.shifts: list[int] = []
        self.masks: list[int] = []
        shift = 0
        for place in range(len(net.places)):
            width = free_bits
            if place in self.counted:
                most = min(net.counters[counter].limit for counter in net.holds(place))
                width = (most + 1).bit_length()
            self.shifts.append(shift)
            self.masks.append(((1 << width) - 1) << shift)
            shift += width
        self.end = shift


class CutSpace:
    """Sessions that hold nothing limited are none, one or many in each place."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self._layout = layout = _Layout(net, free_bits=2)
        self.jumps = jumps_of(net, layout.end)
        self._stuck = stuck_places(net, self.jumps)
        self.start = MANY << layout.shifts[REST]

    def expand(self, layer: Sequence[int], fresh: set[int]) -> Breach | None:
        """Add every successor of some states to `fresh`, or return what breaks an invariant."""
        for place, mask in enumerate(self._layout.masks):
            group = [state for state in layer if state & mask]
            if not group:
                continue
            parted: dict[int, list[tuple[int, list[int]]]] = {}
            for jump in self.jumps[place]:
                if jump.shadowed and jump.taken:
                    continue
                if jump.unbalanced or jump.over:
                    states = jump.enabled(group)
                    if states and (breach := first_breach(states, jump)):
                        return breach
                if jump.target not in parted:
                    parted[jump.target] = [*self._parts(place, jump.target, group)]
                self._take(jump, parted[jump.target], fresh)
        return self._stands_still(layer) if self._stuck else None

    def _stands_still(self, layer: Sequence[int]) -> Breach | None:
        return next((Breach(state, None) for state in layer if self._is_stuck(state)), None)

    def _is_stuck(self, state: int) -> bool:
        masks = enumerate(self._layout.masks)
        begun = [place for place, mask in masks if state & mask and place != REST]
        return (
            bool(begun)
            and self._stuck.issuperset(begun)
            and all(
                blocked(self.jumps[place], lambda jump: jump.enabled([state])) for place in begun
            )
        )

    def _take(self, jump: Jump, parts: Sequence[tuple[int, list[int]]], fresh: set[int]) -> None:
        for change, part in parts:
            states = jump.enabled(part) if jump.tests else part
            if states:
                jump.taken += len(states)
                fresh.update(map((change + jump.counters).__add__, states))

    def _parts(self, source: int, target: int, group: list[int]) -> Iterator[tuple[int, list[int]]]:
        """Yield what a move may do to the two places, with the states in which it may."""
        if source == target:
            yield 0, group
            return
        for less, part in self._leaving(source, group):
            for more, rest in self._entering(target, part):
                yield less + more, rest

    def _leaving(self, place: int, group: list[int]) -> Iterator[tuple[int, list[int]]]:
        one = ONE << self._layout.shifts[place]
        if place in self._layout.counted:
            yield -one, group
            return
        many = MANY << self._layout.shifts[place]
        yield -one, [state for state in group if state & one]
        several = [state for state in group if state & many]
        yield -one, several
        yield 0, several

    def _entering(self, place: int, group: list[int]) -> Iterator[tuple[int, list[int]]]:
        one = ONE << self._layout.shifts[place]
        if place in self._layout.counted:
            yield one, group
            return
        many = MANY << self._layout.shifts[place]
        yield one, [state for state in group if not state & many]
        yield 0, [state for state in group if state & many]

    def before(self, state: int) -> Iterator[tuple[int, int, Jump]]:
        """Yield nothing: a trace of this space is made concrete in another."""
        del state
        yield from ()


class OpenSpace:
    """Sessions that hold nothing limited are forgotten: one may be in any such place."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self._layout = layout = _Layout(net, free_bits=0)
        self.jumps = jumps_of(net, layout.end)
        self._stuck = stuck_places(net, self.jumps)
        self.start = 0
        self._steps = [
            [(jump, self._one(jump.target) - self._one(jump.source) + jump.counters) for jump in js]
            for js in self.jumps
        ]

    def _one(self, place: int) -> int:
        return 1 << self._layout.shifts[place] if place in self._layout.counted else 0

    def expand(self, layer: Sequence[int], fresh: set[int]) -> Breach | None:
        """Add every successor of some states to `fresh`, or return what breaks an invariant."""
        everywhere = list(layer)
        for place, mask in enumerate(self._layout.masks):
            counted = place in self._layout.counted
            group = [state for state in layer if state & mask] if counted else everywhere
            if not group:
                continue
            for jump, delta in self._steps[place]:
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
        """Say whether whoever holds something is blocked, and so may be whoever else has begun."""
        counted = self._layout.counted
        begun = [place for place in counted if state & self._layout.masks[place]]
        if not self._stuck.issuperset(begun):
            return False
        if begun:
            return all(
                blocked(self.jumps[place], lambda jump: jump.enabled([state])) for place in begun
            )
        return any(
            blocked(self.jumps[place], lambda jump: jump.enabled([state]))
            for place in self._stuck - counted
        )

    def before(self, state: int) -> Iterator[tuple[int, int, Jump]]:
        """Yield nothing: a trace of this space is made concrete in another."""
        del state
        yield from ()
