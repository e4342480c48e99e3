"""What an exploration says: one finding for each claim, with its verdict.

Decides the values and the words. A claim is proved for all, proved up to so many sessions, not
finished, or refuted by a story; what was not finished is never called green.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from requite.model.declaration import AnyDeclaration
from requite.model.explore.scope import Scope
from requite.model.explore.story import Story

__all__ = ("Claim", "Exploration", "Finding", "Reduction", "Verdict", "weakest")


class Verdict(Enum):
    """What is known of a claim."""

    PROVED_FOR_ALL = "proved for all"
    PROVED_UP_TO_N = "proved up to N"
    NOT_FINISHED = "not finished"
    REFUTED = "refuted"


class Claim(Enum):
    """What is claimed of a lifecycle: always, sometimes, or eventually."""

    BALANCE = "always: each count is the number of sessions that hold what it counts"
    LIMIT = "always: no count is below zero or over its limit"
    REST = "always: when no session is there, nothing is held"
    MOVES = "always: some session that has begun can move"
    STATES = "sometimes: each state is reached"
    EDGES = "sometimes: each row is taken"
    ENDS = "eventually: every session ends"
    ROOM = "eventually: where a limit is reached, there is room again"


class Reduction(Enum):
    """How much of a state is told apart."""

    PLAIN = "every session by itself"
    COUNTED = "how many sessions are in each place"
    CUT = "none, one or many sessions where nothing limited is held; covers every number"
    OPEN = "only the sessions that hold something limited; covers every number"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of one claim, how, and the story that refutes it."""

    claim: Claim
    verdict: Verdict
    says: str
    """How it was proved, or what is wrong, in one sentence."""
    story: Story | None = None
    assumes: tuple[str, ...] = ()
    """What is taken to be fair, where that matters."""
    up_to: int | None = None
    """The number of sessions up to which it is proved, if it is not for all."""


@dataclass(frozen=True, slots=True)
class Exploration:
    """What was explored, and what was found."""

    declared: AnyDeclaration
    scope: Scope
    reduction: Reduction
    states: int
    moves: int
    """How many moves lead on from all of them; those that do the same count once."""
    depth: int
    """The length of the longest of the shortest traces."""
    seconds: float
    stopped: str | None
    """Why it ended before everything was seen, if it did."""
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """The weakest verdict among the findings; without all states it is not finished."""
        unseen = (Verdict.NOT_FINISHED,) if self.stopped else ()
        return weakest((*unseen, *(finding.verdict for finding in self.findings)))

    @property
    def refuted(self) -> tuple[Finding, ...]:
        """The findings that are refuted, in the order of the claims."""
        return tuple(item for item in self.findings if item.verdict is Verdict.REFUTED)

    def finding(self, claim: Claim) -> Finding:
        """Return what is known of a claim.

        Raises:
            LookupError: the claim was not asked.
        """
        for finding in self.findings:
            if finding.claim is claim:
                return finding
        raise LookupError(f"{claim.name} was not asked in this exploration")


def weakest(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the weakest of several verdicts; nothing at all is proved for all."""
    order = list(Verdict)
    return max(verdicts, key=order.index, default=Verdict.PROVED_FOR_ALL)
