"""What comes about in the end: every session ends, and a limit that is reached has room again.

Decides both claims. The graph of one session settles most of it for every number of sessions;
where sessions wait for each other, the whole graph of a few is asked.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import Enum
from functools import partial
from typing import Final

from requite.model.explore.fairness import Fairness, Trap, fairness_of, trap_in, way_to
from requite.model.explore.lassos import lasso_in
from requite.model.explore.net import REST, Move, Net
from requite.model.explore.report import Claim, Finding, Verdict
from requite.model.explore.search import Budget
from requite.model.explore.spaces import PlainSpace
from requite.model.explore.story import Story, told

__all__ = ("ends", "room")

SESSIONS_MAX: Final = 3
STATES_MAX: Final = 200_000
"""The graph of named sessions is built whole: so many of both take some seconds at most."""
KEPT: Final = (Verdict.PROVED_FOR_ALL, Verdict.PROVED_UP_TO_N)
"""What the first claim must be, so that a count means something for ever."""


def ends(net: Net, fair: Sequence[Enum], balance: Finding, budget: Budget) -> Finding:
    """Say whether every session ends, in a final state."""
    return _Asked(
        net,
        fairness_of(net, fair),
        Claim.ENDS,
        lambda place: place != REST,
        _has_begun,
        "a session need never end",
        budget,
        kept=balance.verdict in KEPT or _only_leaks(net),
    ).finding()


def room(net: Net, fair: Sequence[Enum], balance: Finding, budget: Budget) -> Finding:
    """Say whether there is room again wherever a limit is reached, because who holds goes on."""
    kept = balance.verdict in KEPT
    if not kept and not _only_leaks(net):
        says = "it is not asked where more is given back than was taken: see the first claim"
        return Finding(Claim.ROOM, Verdict.NOT_FINISHED, says)
    if not net.counters:
        return Finding(Claim.ROOM, Verdict.PROVED_FOR_ALL, "no limit is kept in this scope")
    findings = []
    leaking = _leaking(net)
    for number in sorted(range(len(net.counters)), key=lambda number: number not in leaking):
        asked = _Asked(
            net,
            fairness_of(net, fair),
            Claim.ROOM,
            _holding(net, number),
            _at_limit(net, number),
            f"{net.counters[number]} may stay at its limit for ever",
            budget,
            sessions=net.counters[number].limit,
        )
        findings.append(asked.finding() if kept else asked.together())
        if findings[-1].verdict is Verdict.REFUTED:
            break
    return max(findings, key=lambda finding: [*Verdict].index(finding.verdict))


def _leaking(net: Net) -> set[int]:
    """Return the counters that some move leaves too high: those may well stay at their limit."""
    return {
        number
        for number, counter in enumerate(net.counters)
        for move in net.moves
        for item in move.unbalanced
        if item.resource is counter.resource and item.key == counter.key
    }


def _only_leaks(net: Net) -> bool:
    """Say that a count can be too high but never too low, so that its field can hold it."""
    return all(item.counted >= item.holders for move in net.moves for item in move.unbalanced)


def _holding(net: Net, number: int) -> Callable[[int], bool]:
    return lambda place: number in net.holds(place)


def _has_begun(space: PlainSpace, state: int) -> bool:
    return space.places_of(state)[0] != REST


def _at_limit(net: Net, number: int) -> Callable[[PlainSpace, int], bool]:
    return lambda space, state: space.counts_of(state)[number] == net.counters[number].limit


class _Asked:
    """One claim, asked of the graph of one session and, if need be, of the graph of a few."""

    def __init__(  # noqa: PLR0913, PLR0917 - a claim has this many parts, given once each above.
        self,
        net: Net,
        fairness: Sequence[Fairness],
        claim: Claim,
        inside: Callable[[int], bool],
        lasts: Callable[[PlainSpace, int], bool],
        says: str,
        budget: Budget,
        *,
        sessions: int = 1,
        kept: bool = True,
    ) -> None:
        self._net = net
        self._fairness = fairness
        self._claim = claim
        self._inside = inside
        self._lasts = lasts
        self._says = says
        self._budget = budget
        self._sessions = sessions
        self._kept = kept

    def finding(self) -> Finding:
        """Ask the graph of one session first."""
        if trap_in(self._net, self._inside, self._fairness, alone=False) is None:
            says = "fairness forces a session on wherever it is, whatever the others do"
            return self._finding(Verdict.PROVED_FOR_ALL, says)
        trap = trap_in(self._net, self._inside, self._fairness, alone=True)
        story = self._alone(trap) if trap is not None else None
        if story is not None:
            return self._finding(Verdict.REFUTED, self._says, story)
        if not self._kept:
            says = "sessions wait for counts that are not kept: see the first claim"
            return self._finding(Verdict.NOT_FINISHED, says)
        return self.together()

    def _alone(self, trap: Trap) -> Story | None:
        """Tell how each of so many sessions stays for ever, if none of them waits for another."""
        if self._net.scope.sessions is not None and self._net.scope.sessions < self._sessions:
            return None
        try:
            way = way_to(REST, {trap.first}, self._net.moves)
        except LookupError:
            return None
        who = range(self._sessions)
        stem = [(session, move) for session in who for move in way]
        loop = [(session, move) for session in who for move in trap.loop]
        if not _possible(self._net, [*stem, *loop]):
            return None
        return told(self._net, [*stem, *loop], self._says, again_from=len(stem) + 1)

    def together(self) -> Finding:
        """Ask the graph of one named session, of two and so on: the first run found is short."""
        most = min(self._net.scope.sessions or SESSIONS_MAX, SESSIONS_MAX)
        for sessions in range(1, most + 1):
            net = replace(self._net, scope=replace(self._net.scope, sessions=sessions))
            space = PlainSpace(net, sessions)
            try:
                lasso = lasso_in(
                    space,
                    partial(self._lasts, space),
                    self._fairness,
                    states_max=STATES_MAX,
                    budget=self._budget,
                )
            except OverflowError as error:
                says = f"the graph of {sessions} sessions is not finished: {error}"
                return self._finding(Verdict.NOT_FINISHED, says)
            if lasso is not None:
                moves = [*lasso.stem, *lasso.loop]
                story = told(net, moves, self._says, again_from=len(lasso.stem) + 1)
                return self._finding(Verdict.REFUTED, self._says, story)
        if most < self._sessions and most != self._net.scope.sessions:
            says = f"it takes {self._sessions} sessions, and {most} are looked at together"
            return self._finding(Verdict.NOT_FINISHED, says)
        says = f"no run of up to {most} sessions that is fair goes on so for ever"
        return self._finding(Verdict.PROVED_UP_TO_N, says, up_to=most)

    def _finding(
        self, verdict: Verdict, says: str, story: Story | None = None, *, up_to: int | None = None
    ) -> Finding:
        fair = (item.about for item in self._fairness)
        free = (f"{name} is there whenever it is asked for" for name in self._net.granted_freely)
        return Finding(self._claim, verdict, says, story, (*fair, *free), up_to)


def _possible(net: Net, moves: Iterable[tuple[int, Move]]) -> bool:
    """Say whether moves can be taken one after the other, all of them keeping the counts."""
    counts = [0] * len(net.counters)
    for _, move in moves:
        room = all(counts[number] < bound for number, bound in move.room)
        full = all(counts[number] >= net.counters[number].limit for number in move.full)
        if not room or not full or move.unbalanced:
            return False
        for number, change in move.change:
            counts[number] += change
    return True
