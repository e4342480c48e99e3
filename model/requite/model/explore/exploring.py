"""`explore`: what can be reached by several sessions of a lifecycle, and what is claimed of it.

Decides which space is searched, and which claim each find answers. What holds for every number of
sessions by the look of each move alone is said so; what was only seen is said to be proved up to
the number of sessions that were there.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from requite.model.declaration import AnyDeclaration, AnyEdge
from requite.model.explore.bitmaps import BitmapSpace, sweep
from requite.model.explore.cuts import CutSpace, OpenSpace, counted_places
from requite.model.explore.eventually import ends, room
from requite.model.explore.few import few_that_break, few_that_take, rows_taken
from requite.model.explore.jumps import Breach
from requite.model.explore.net import REST, Move, Net, net_of
from requite.model.explore.report import Claim, Exploration, Finding, Reduction, Verdict
from requite.model.explore.scope import ScopeError, scope_of
from requite.model.explore.search import Budget, Searched, search
from requite.model.explore.spaces import CountedSpace, PlainSpace, Space, stuck_places
from requite.model.explore.story import told
from requite.model.explore.traces import trace
from requite.model.lifecycle import AnyLifecycle, Lifecycle

__all__ = ("explore", "explore_net")

CUT_PLACES = 6
"""So many places are cut to none, one or many before they are forgotten: 3 ** 6 states and more."""


def explore(  # noqa: PLR0913 - one keyword for each thing that can be asked.
    lifecycle: AnyLifecycle | AnyDeclaration,
    *,
    sessions: int | None = 3,
    accounts: int = 2,
    limit: int = 2,
    resources: Iterable[Enum] | None = None,
    limits: Mapping[Enum, int] | None = None,
    crash: bool = True,
    reduction: Reduction | None = None,
    fair: Iterable[Enum] | None = None,
    budget: Budget | None = None,
) -> Exploration:
    """Explore all interleavings of several sessions, and say what holds.

    Args:
        lifecycle: a lifecycle, or a declaration that need not keep the rules.
        sessions: how many sessions there are at once; EVERY covers every number of them.
        accounts: how many keys there are of each resource whose limit is counted for each key.
        limit: how many sessions of one key may hold a counted resource; an exclusive one has 1.
        resources: which limits are kept; if it is not said, of all that are shared by key, or of
            those that the whole server shares where there is none; and always of those for which a
            session has to wait.
        limits: other limits than `limit`, by resource.
        crash: whether the process of a session can die; what it held is then given back.
        reduction: how much of a state is told apart. Sessions are counted if it is not said; for
            EVERY they are cut, or forgotten where there are many places.
        fair: the events that surely come while they can; those of the environment by default. That
            each request is answered is always assumed.
        budget: how much time, memory and states it may take.

    Raises:
        ScopeError: a number is too small, a resource is not declared, the reduction does not fit
            or an event that is called fair is in no row.
    """
    declared = lifecycle.declaration if isinstance(lifecycle, Lifecycle) else lifecycle
    scope = scope_of(
        declared,
        sessions=sessions,
        accounts=accounts,
        limit=limit,
        resources=resources,
        limits=limits,
        crash=crash,
    )
    return explore_net(
        net_of(declared, scope),
        reduction=reduction,
        fair=declared.environment if fair is None else tuple(fair),
        budget=budget or Budget(),
    )


def explore_net(
    net: Net, *, reduction: Reduction | None, fair: Iterable[Enum], budget: Budget
) -> Exploration:
    """Explore a net that is already there, such as one that means something wrong on purpose.

    Raises:
        ScopeError: the reduction does not fit, or no row is about an event that is called fair.
    """
    fair = tuple(fair)
    _known(net.declared, fair)
    chosen, space = _space(net, reduction)
    searched = sweep(space, budget) if isinstance(space, BitmapSpace) else search(space, budget)
    jumps = [jump for jumps in space.jumps for jump in jumps]
    return Exploration(
        net.declared,
        net.scope,
        chosen,
        searched.states,
        sum(jump.taken for jump in jumps if not jump.shadowed),
        len(searched.layers) - 1,
        searched.seconds,
        searched.stopped,
        tuple(_Found(net, space, searched, fair, budget).findings()),
    )


def _known(declared: AnyDeclaration, fair: Iterable[Enum]) -> None:
    known = {*declared.environment, *(edge.event for edge in declared.edges)}
    for event in fair:
        if event not in known:
            raise ScopeError(f"{event} is called fair; expected an event of {declared.name}")


def _space(net: Net, reduction: Reduction | None) -> tuple[Reduction, Space | BitmapSpace]:
    sessions = net.scope.sessions
    if reduction is None:
        if sessions is not None:
            reduction = Reduction.COUNTED
        else:
            free = len(net.places) - len(counted_places(net))
            reduction = Reduction.CUT if free <= CUT_PLACES else Reduction.OPEN
    match reduction:
        case Reduction.PLAIN | Reduction.COUNTED:
            if sessions is None:
                raise ScopeError(
                    f"{reduction.name} needs a number of sessions; expected one, "
                    "or CUT or OPEN for every number"
                )
            if reduction is Reduction.COUNTED:
                return reduction, CountedSpace(net, sessions)
            if BitmapSpace.fits(net, sessions):
                return reduction, BitmapSpace(net, sessions)
            return reduction, PlainSpace(net, sessions)
        case Reduction.CUT:
            return reduction, CutSpace(_every(net))
        case Reduction.OPEN:
            return reduction, OpenSpace(_every(net))


def _every(net: Net) -> Net:
    if net.scope.sessions is None:
        return net
    raise ScopeError("CUT and OPEN cover every number of sessions; leave the number out")


@dataclass(frozen=True)
class _Found:
    """The answer to each claim after a search."""

    net: Net
    space: Space | BitmapSpace
    searched: Searched
    fair: tuple[Enum, ...]
    budget: Budget

    def findings(self) -> Iterator[Finding]:
        unbalanced = [move for move in self.net.moves if move.unbalanced]
        over = [jump for jumps in self.space.jumps for jump in jumps if jump.over]
        breach = self.searched.breach
        broken = self._broken(breach) if breach else None
        taken = rows_taken(self.space)
        balance = self._always(
            Claim.BALANCE,
            broken,
            by_look=not unbalanced,
            says="each row changes a count and its holders alike",
        )
        limit = self._always(
            Claim.LIMIT,
            broken,
            by_look=not unbalanced and not over,
            says="whatever is counted is granted only while there is room",
        )
        yield balance
        yield limit
        yield self._rest(balance)
        moves = self._always(
            Claim.MOVES,
            broken,
            by_look=not stuck_places(self.net, self.space.jumps),
            says="in each state something can happen whatever the others do",
        )
        free = (f"{name} is there whenever it is asked for" for name in self.net.granted_freely)
        yield replace(moves, assumes=tuple(free))
        yield from self._sometimes(taken)
        yield ends(self.net, self.fair, balance, self.budget)
        yield room(self.net, self.fair, balance, self.budget)

    # --- always --------------------------------------------------------------------

    def _seen(self) -> Verdict:
        if self.searched.stopped or self.searched.breach:
            return Verdict.NOT_FINISHED
        if self.net.scope.sessions is None:
            return Verdict.PROVED_FOR_ALL
        return Verdict.PROVED_UP_TO_N

    def _how(self) -> str:
        if self.searched.stopped:
            return f"the search ended before all was seen: {self.searched.stopped}"
        if self.searched.breach:
            return "the search ended where another claim is broken"
        return f"seen in all {self.searched.states:,} states"

    def _always(self, claim: Claim, broken: Finding | None, *, by_look: bool, says: str) -> Finding:
        if broken is not None and broken.claim is claim:
            return broken
        if by_look:
            seen = self._seen() is not Verdict.NOT_FINISHED
            says = f"{says}; {self._how()}" if seen else says
            return Finding(claim, Verdict.PROVED_FOR_ALL, says)
        return Finding(claim, self._seen(), self._how(), up_to=self.net.scope.sessions)

    def _rest(self, balance: Finding) -> Finding:
        rest = self.net.places[REST].state
        held = [
            item.resource.name
            for item in self.net.declared.resources
            for state in (rest, *self.net.declared.final)
            if state in item.held_in
        ]
        if held:
            return Finding(
                Claim.REST, Verdict.REFUTED, f"{', '.join(held)} is held where no session is left"
            )
        if balance.verdict in (Verdict.PROVED_FOR_ALL, Verdict.PROVED_UP_TO_N):
            says = "it follows: nobody holds anything then"
            return Finding(Claim.REST, balance.verdict, says, up_to=balance.up_to)
        return Finding(Claim.REST, Verdict.NOT_FINISHED, "it would follow from the first claim")

    def _broken(self, breach: Breach) -> Finding:
        """Return the finding of a breach, made concrete where sessions were cut."""
        if self.net.scope.sessions is not None:
            return self._refuted(breach, self.net, self.space, self.searched)
        few = few_that_break(self.net, self.budget)
        if few is not None and few.searched.breach is not None:
            return self._refuted(few.searched.breach, few.net, few.space, few.searched)
        claim, says = self._meaning(breach)
        says += "; no number of sessions was found, within the budget, that really do so"
        return Finding(claim, Verdict.NOT_FINISHED, says)

    def _refuted(
        self, breach: Breach, net: Net, space: Space | BitmapSpace, searched: Searched
    ) -> Finding:
        claim, says = self._meaning(breach)
        story = told(net, trace(space, searched.layers, breach), says)
        return Finding(claim, Verdict.REFUTED, says, story)

    def _meaning(self, breach: Breach) -> tuple[Claim, str]:
        if breach.jump is None:
            return Claim.MOVES, "no session that has begun can move any more"
        move = breach.jump.moves[0]
        if move.unbalanced:
            what = "; ".join(str(item) for item in move.unbalanced)
            return Claim.BALANCE, f"{_row(move)}: {what}"
        over = ", ".join(
            str(self.net.counters[number]) for number, change in move.change if change > 0
        )
        return Claim.LIMIT, f"{_row(move)}: {over} goes over its limit"

    # --- sometimes -------------------------------------------------------------------

    def _sometimes(self, taken: set[AnyEdge]) -> Iterator[Finding]:
        """Yield what was seen; where sessions are cut, a few must show that it can be."""
        ended = self.searched.stopped is not None or self.searched.breach is not None
        shown, by = taken, ""
        if self.net.scope.sessions is None and not ended:
            sessions, shown = few_that_take(self.net, taken, self.budget)
            by = f" with {sessions} sessions"
        for claim, what, missed in (
            (Claim.STATES, "state", self._states_missed),
            (Claim.EDGES, "row", self._rows_missed),
        ):
            yield self._seen_or_not(claim, what, [*missed(taken)], [*missed(shown)], by)

    def _states_missed(self, taken: set[AnyEdge]) -> Iterator[str]:
        met = {self.net.declared.initial, *(edge.target for edge in taken)}
        yield from (row.state.name for row in self.net.declared.states if row.state not in met)

    def _rows_missed(self, taken: set[AnyEdge]) -> Iterator[str]:
        yield from (str(edge) for edge in self.net.declared.edges if edge not in taken)

    def _seen_or_not(
        self, claim: Claim, what: str, missed: list[str], not_shown: list[str], by: str
    ) -> Finding:
        ended = self.searched.stopped is not None or self.searched.breach is not None
        if ended and (missed or self.net.scope.sessions is None):
            says = f"; not seen yet: {_some(missed)}" if missed else ""
            return Finding(claim, Verdict.NOT_FINISHED, self._how() + says)
        if not not_shown:
            return Finding(claim, Verdict.PROVED_FOR_ALL, f"each {what} was seen{by}")
        if not missed:
            says = f"not seen{by}, nor ruled out for more: {_some(not_shown)}"
            return Finding(claim, Verdict.NOT_FINISHED, says)
        hint = "" if self.net.scope.sessions is None else "; try more sessions than a limit allows"
        return Finding(claim, Verdict.REFUTED, f"never seen: {_some(missed)}{hint}")


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"  # noqa: PLR2004 - three fit a line.


def _row(move: Move) -> str:
    return "the death of a session's process" if move.edge is None else str(move.edge)
