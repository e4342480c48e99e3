"""Named sessions, with a set of states as one integer: bit n says whether state n is in it.

Decides how a whole layer leads to the next by a few shifts and masks. A state is a number with one
digit for each session, its place; what a move does is to add a fixed number, so that a set of
states moves by one shift. Counts need no digits: up to the first breach each is the number of
sessions that hold, which the digits say. Worth it while most numbers are states.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from requite.model.explore.jumps import Breach, Jump, Test, jumps_of
from requite.model.explore.net import REST, Move, Net
from requite.model.explore.search import Budget, Searched, Watch
from requite.model.explore.spaces import blocked, stuck_places

__all__ = ("BITS_MAX", "BitmapSpace", "States", "sweep")

BITS_MAX: Final = 1 << 26
"""The largest bitmap that is tried: 8 MiB. One mask for each place of each session is kept."""


class States:
    """A set of states: which numbers have their bit set."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self._octets: bytes | None = None

    def __len__(self) -> int:
        return self.bits.bit_count()

    def __contains__(self, state: int) -> bool:
        octet, bit = divmod(state, 8)
        octets = self._packed()
        return octet < len(octets) and bool(octets[octet] >> bit & 1)

    def __iter__(self) -> Iterator[int]:
        for number, octet in enumerate(self._packed()):
            if octet:
                yield from (number * 8 + bit for bit in range(8) if octet >> bit & 1)

    def _packed(self) -> bytes:
        if self._octets is None:
            self._octets = self.bits.to_bytes((self.bits.bit_length() + 7) // 8, "little")
        return self._octets


def _told_by_places(net: Net, move: Move) -> bool:
    """Say whether a move changes counts as its holders change, or breaks an invariant."""
    before, after = net.holds(move.source), net.holds(move.target)
    held = {n: (n in after) - (n in before) for n in {*before, *after}}
    changed = {n: by for n, by in held.items() if by}
    return bool(move.unbalanced) or changed == {n: by for n, by in move.change if by}


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def _repeated(block: int, width: int, times: int) -> int:
    """Return a block of bits written so many times, one after the other."""
    result, done, piece, size = 0, 0, block, 1
    while times:
        if times & 1:
            result |= piece << done * width
            done += size
        piece |= piece << size * width
        size *= 2
        times >>= 1
    return result


class BitmapSpace:
    """Every session has a digit of its own: its place."""

    def __init__(self, net: Net, sessions: int) -> None:
        self.net = net
        self.sessions = sessions
        self.jumps = jumps_of(net, 0)
        self.start = 0
        self._base = base = len(net.places)
        self._weights = [base**slot for slot in range(sessions)]
        self._masks = [
            [
                _repeated(
                    ((1 << weight) - 1) << place * weight,
                    weight * base,
                    base ** (sessions - 1 - slot),
                )
                for place in range(base)
            ]
            for slot, weight in enumerate(self._weights)
        ]
        self._holding = [
            [number in net.holds(place) for place in range(base)]
            for number in range(len(net.counters))
        ]
        self._stuck = self._only_in(stuck_places(net, self.jumps) | {REST}) & ~1
        self._where = cache(self._counted)

    @staticmethod
    def fits(net: Net, sessions: int) -> bool:
        """Say whether the bitmaps of a net are small enough, and each count is told by places."""
        bits: int = len(net.places) ** sessions
        return bits <= BITS_MAX and all(_told_by_places(net, move) for move in net.moves)

    def places_of(self, state: int) -> list[int]:
        """Return the place of each session."""
        return [state // weight % self._base for weight in self._weights]

    def _only_in(self, places: frozenset[int]) -> int:
        """Return the states in which every session is in one of some places."""
        bits = 1
        for weight in self._weights:
            bits = _union(bits << place * weight for place in places)
        return bits

    def _counted(self, counter: int, at_least: int, at_most: int) -> int:
        """Return the states in which so many sessions hold what a counter counts."""
        by_count = {0: 1}
        for weight in self._weights:
            longer: dict[int, int] = {}
            for count, bits in by_count.items():
                for place, holds in enumerate(self._holding[counter]):
                    key = count + holds
                    longer[key] = longer.get(key, 0) | bits << place * weight
            by_count = longer
        return _union(bits for n, bits in by_count.items() if at_least <= n <= at_most)

    def _of(self, test: Test) -> int:
        return self._where(test.counter, test.at_least, test.at_most)

    def _enabled(self, bits: int, jump: Jump) -> int:
        for test in jump.tests:
            bits &= self._of(test)
        return bits

    def advance(self, layer: int) -> tuple[int, Breach | None]:
        """Return the successors of a set of states, or what breaks an invariant."""
        fresh = 0
        for slot, weight in enumerate(self._weights):
            for place, mask in enumerate(self._masks[slot]):
                group = layer & mask
                if not group:
                    continue
                for jump in self.jumps[place]:
                    if jump.shadowed and jump.taken:
                        continue
                    bits = self._enabled(group, jump) if jump.tests else group
                    if not bits:
                        continue
                    if (jump.unbalanced or jump.over) and (broken := self._broken(bits, jump)):
                        return fresh, Breach(_lowest(broken), jump, slot)
                    jump.taken += bits.bit_count()
                    step = (jump.target - place) * weight
                    fresh |= bits << step if step >= 0 else bits >> -step
        return fresh, self._stands_still(layer)

    def _broken(self, bits: int, jump: Jump) -> int:
        return bits if jump.unbalanced else bits & _union(map(self._of, jump.over))

    def _stands_still(self, layer: int) -> Breach | None:
        return next(
            (Breach(state, None) for state in States(layer & self._stuck) if self._is_stuck(state)),
            None,
        )

    def _is_stuck(self, state: int) -> bool:
        begun = [place for place in self.places_of(state) if place != REST]
        return all(
            blocked(self.jumps[place], lambda jump: self._enabled(1 << state, jump))
            for place in begun
        )

    def before(self, state: int) -> Iterator[tuple[int, int, Jump]]:
        """Yield each state that may lead to one, with who would move and how."""
        for slot, place in enumerate(self.places_of(state)):
            for source, jumps in enumerate(self.jumps):
                earlier = state - (place - source) * self._weights[slot]
                for jump in jumps:
                    if jump.target == place and self._enabled(1 << earlier, jump):
                        yield earlier, slot, jump


def _union(sets: Iterable[int]) -> int:
    result = 0
    for bits in sets:
        result |= bits
    return result


def sweep(space: BitmapSpace, budget: Budget) -> Searched:
    """Find every state of a space, or the first breach, or as much as a budget allows."""
    watch = Watch(budget)
    layer = seen = 1 << space.start
    layers: list[States] = [States(layer)]
    breach: Breach | None = None
    states = 1
    while layer:
        stopped = watch.stopped(states, len(layers[-1]), len(layers) - 1)
        if stopped:
            return watch.searched(layers, None, stopped)
        fresh, breach = space.advance(layer)
        if breach:
            break
        layer = fresh ^ (fresh & seen)
        seen |= layer
        if layer:
            layers.append(States(layer))
            states += len(layers[-1])
    return watch.searched(layers, breach, None)
