"""Moves as the search takes them: those that change a state alike are one jump.

Decides how a condition on a counter is asked of a whole group of packed states at once. A state is
one integer of packed fields; what a jump does to it is the addition of one integer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from requite.model.explore.net import Move, Net

__all__ = ("Breach", "Jump", "Test", "Tests", "fields_of", "jumps_of")


@dataclass(frozen=True, slots=True)
class Test:
    """A condition on one counter: from one number to another, both allowed."""

    counter: int
    at_least: int
    at_most: int
    mask: int
    """Where a packed state has the counter."""
    low: int
    high: int
    """Both numbers, in their place in a packed state."""

    def of(self, states: Iterable[int]) -> list[int]:
        """Return the states for which it holds."""
        mask, low, high = self.mask, self.low, self.high
        if not low:
            return [state for state in states if state & mask <= high]
        if high == mask:
            return [state for state in states if state & mask >= low]
        return [state for state in states if low <= state & mask <= high]


Tests = tuple[Test, ...]


@dataclass(slots=True)
class Jump:
    """Moves from one place to another under the same conditions with the same change."""

    source: int
    target: int
    moves: list[Move]
    tests: Tests
    """What must hold of the counters before."""
    over: Tests
    """Counters that it raises unasked, each above its limit: where one holds, a limit is broken."""
    counters: int
    """What it adds to the packed counters."""
    taken: int = field(default=0)
    """How many times the search has taken it."""
    shadowed: bool = field(default=False)
    """Whether another jump does the same without a condition: to see it once is enough."""

    @property
    def unbalanced(self) -> bool:
        """Whether it makes a count differ from its holders."""
        return bool(self.moves[0].unbalanced)

    def enabled(self, states: list[int]) -> list[int]:
        """Return the states of a group in which it can be taken."""
        for test in self.tests:
            states = test.of(states)
        return states


@dataclass(frozen=True, slots=True)
class Breach:
    """A jump that breaks an invariant, and the state in which it does; or a state that is stuck."""

    state: int
    jump: Jump | None
    """The jump; None where no session can move."""
    slot: int = 0
    """Which session takes it, where sessions are told apart."""


def fields_of(net: Net, shift: int) -> tuple[tuple[int, int], ...]:
    """Return shift and mask of the field of each counter, from a bit on."""
    fields = []
    for counter in net.counters:
        # Room for one more than the limit, where the search stops.
        width = (counter.limit + 1).bit_length()
        fields.append((shift, (1 << width) - 1))
        shift += width
    return tuple(fields)


def jumps_of(net: Net, shift: int) -> tuple[tuple[Jump, ...], ...]:
    """Return the jumps from each place, for counters that are packed from a bit on."""
    fields = fields_of(net, shift)
    alike: list[dict[object, Jump]] = [{} for _ in net.places]
    for move in net.moves:
        key = (move.target, move.room, move.full, move.change, move.unbalanced)
        jump = alike[move.source].get(key)
        if jump is None:
            alike[move.source][key] = _jump(net, move, fields)
        else:
            jump.moves.append(move)
    for jumps in alike:
        _cast_shadows([*jumps.values()])
    return tuple(tuple(jumps.values()) for jumps in alike)


def _cast_shadows(jumps: Sequence[Jump]) -> None:
    """Mark the jumps that lead nowhere where a free one does not lead too."""
    free = {(jump.target, jump.counters) for jump in jumps if not jump.tests and not jump.over}
    for jump in jumps:
        sound = not jump.unbalanced and not jump.over
        jump.shadowed = bool(jump.tests) and sound and (jump.target, jump.counters) in free


def _jump(net: Net, move: Move, fields: Sequence[tuple[int, int]]) -> Jump:
    bounds = dict(move.room)
    tests = [_test(number, fields, 0, bound - 1) for number, bound in bounds.items()]
    tests += [
        _test(number, fields, net.counters[number].limit, fields[number][1]) for number in move.full
    ]
    return Jump(
        move.source,
        move.target,
        [move],
        tuple(tests),
        _over(net, move, bounds, fields),
        sum(change << fields[number][0] for number, change in move.change),
    )


def _over(
    net: Net, move: Move, bounds: Mapping[int, int], fields: Sequence[tuple[int, int]]
) -> Tests:
    """Return the tests of the counters that a move may raise over their limit."""
    over = []
    for number, change in move.change:
        limit = net.counters[number].limit
        highest = bounds.get(number, fields[number][1]) - 1 + change
        if change > 0 and highest > limit:
            over.append(_test(number, fields, limit + 1 - change, fields[number][1]))
    return tuple(over)


def _test(counter: int, fields: Sequence[tuple[int, int]], low: int, high: int) -> Test:
    shift, mask = fields[counter]
    return Test(counter, low, high, mask << shift, low << shift, high << shift)
