"""Our own opinion beside that of another checker, and where the two differ.

Decides what must be equal: the verdict; the number of states where everything was seen, which is
where it is proved; the length of the trace where something is wrong, for both search breadth first.
"""

from requite.model.balance import imbalances
from requite.model.declaration import AnyDeclaration
from requite.model.explore.jumps import Breach
from requite.model.explore.net import Net
from requite.model.explore.search import Budget, search
from requite.model.explore.spaces import CountedSpace, PlainSpace
from requite.model.export.opinions import TIMEOUT_S, Opinion, OpinionError
from requite.model.export.system import ExportError

__all__ = ("differences", "own_opinion", "own_proof")


def own_opinion(net: Net, *, counted: bool = False, timeout_s: float = TIMEOUT_S) -> Opinion:
    """Return what our own search says of a net for a number of sessions.

    Args:
        net: places, counters and moves.
        counted: whether sessions are only counted in each place, not told apart.
        timeout_s: the real time that it may take.

    Raises:
        ExportError: the number of sessions has no end.
        OpinionError: it came to no verdict in time.
    """
    if net.scope.sessions is None:
        raise ExportError("every number of sessions at once has no states to be counted; name one")
    space = (CountedSpace if counted else PlainSpace)(net, net.scope.sessions)
    found = search(space, Budget(seconds=timeout_s))
    if found.stopped is not None:
        raise OpinionError(f"requite came to no verdict: {found.stopped}")
    if found.breach is None:
        return Opinion(tool="requite", states=found.states)
    depth = len(found.layers) - 1
    return Opinion(
        tool="requite",
        states=found.states,
        broken=_broken(found.breach),
        trace=depth if found.breach.jump is None else depth + 1,
    )


def own_proof(declared: AnyDeclaration) -> Opinion:
    """Return what our own proof for any number of sessions says of a declaration."""
    broken = "; ".join(f"{item.edge}: {item}" for item in imbalances(declared))
    return Opinion(tool="requite", broken=broken or None)


def differences(ours: Opinion, theirs: Opinion) -> list[str]:
    """Return one sentence for each thing in which two opinions of one text differ."""
    if ours.proved != theirs.proved:
        return [f"{ours.tool} and {theirs.tool} differ in the verdict"]
    compared = [("number of states", ours.states, theirs.states)] if ours.proved else []
    compared.append(("length of the trace", ours.trace, theirs.trace))
    return [
        f"{ours.tool} and {theirs.tool} differ in the {what}: {first:,} and {second:,}"
        for what, first, second in compared
        if first is not None and second is not None and first != second
    ]


def _broken(breach: Breach) -> str:
    if breach.jump is None:
        return "no session that has begun can move"
    move = breach.jump.moves[0]
    return "; ".join(map(str, move.unbalanced)) or f"{move.edge} raises a count over its limit"
