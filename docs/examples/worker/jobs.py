"""A queue of jobs, each given to one worker at a time, under a lease.

Decides who has a job: whoever was given the last lease on it, until that is over. Decides what a
late result is worth: it is taken if nobody was given the job since. Every answer comes in a later
turn of the event loop, as that of a queue on another host would.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from .clock import Bell, Clock

__all__ = ("JobQueue", "Lease")


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do a job, for a time."""

    job: str
    number: int
    """Each lease has a greater one than those before it, so that an old one can be told."""
    expires_at: float


Answer: TypeAlias = Callable[[Lease | None], None]


class JobQueue:
    """Jobs, leases and results. Which leases run is what `leases` holds, and nothing else.

    Args:
        clock: tells the time.
        soon: calls something in a later turn.
        lease_s: how long a lease runs, in seconds.
        poll_s: how long who asks waits for a job, in seconds, before the answer is "none".
    """

    def __init__(
        self,
        clock: Clock,
        soon: Callable[[Callable[[], None]], object],
        *,
        lease_s: float,
        poll_s: float,
    ) -> None:
        self.waiting: Final[deque[str]] = deque()
        self.askers: Final[dict[Answer, Bell]] = {}
        self.leases: Final[dict[str, Lease]] = {}
        self.results: Final[dict[str, str]] = {}
        self._last_lease: dict[str, int] = {}
        self._ends: dict[str, Bell] = {}
        self._granted = 0
        self._clock = clock
        self._soon = soon
        self._lease_s = lease_s
        self._poll_s = poll_s

    def put(self, job: str) -> None:
        """Add a job, behind the others."""
        self.waiting.append(job)
        self._serve()

    def remove(self, job: str) -> None:
        """Have a job done by nobody, whoever has a lease on it."""
        self._end_lease(job)
        self._last_lease.pop(job, None)
        if job in self.waiting:
            self.waiting.remove(job)

    # --- what workers ask -------------------------------------------------------------------------

    def take(self, answer: Answer) -> None:
        """Answer with a lease on a job, when it is the asker's turn, or with None after a while."""
        self.askers[answer] = self._clock.call_later(self._poll_s, lambda: self._give_up(answer))
        self._serve()

    def renew(self, lease: Lease, answer: Callable[[float | None], None]) -> None:
        """Answer with the moment to which a lease now runs, or with None if it is over."""
        renewed = self._start_lease(lease.job, lease.number) if self._runs(lease) else None
        self._soon(lambda: answer(renewed.expires_at if renewed else None))

    def complete(self, lease: Lease, result: str, answer: Callable[[bool], None]) -> None:
        """Answer whether the result was taken: not if somebody was given the job since."""
        taken = self._last_lease.get(lease.job) == lease.number
        if taken:
            self.results[lease.job] = result
            self.remove(lease.job)
        self._soon(lambda: answer(taken))

    def give_back(self, lease: Lease, answer: Callable[[], None]) -> None:
        """Take a job back undone, for the next who asks; answer when it is so."""
        if self._runs(lease):
            self._end_lease(lease.job)
            self._next(lease.job)
        self._soon(answer)

    # --- leases ----------------------------------------------------------------------------------

    def _runs(self, lease: Lease) -> bool:
        return lease.job in self.leases and self.leases[lease.job].number == lease.number

    def _start_lease(self, job: str, number: int) -> Lease:
        self._end_lease(job)
        lease = Lease(job, number, self._clock.time() + self._lease_s)
        self.leases[job] = lease
        self._ends[job] = self._clock.call_later(self._lease_s, lambda: self._expire(job))
        return lease

    def _end_lease(self, job: str) -> None:
        if job in self.leases:
            del self.leases[job]
            self._ends.pop(job).cancel()

    def _expire(self, job: str) -> None:
        self._end_lease(job)
        self._next(job)

    def _next(self, job: str) -> None:
        self.waiting.appendleft(job)
        self._serve()

    # --- who asks ---------------------------------------------------------------------------------

    def _serve(self) -> None:
        while self.waiting and self.askers:
            first = next(iter(self.askers))
            self.askers.pop(first).cancel()
            job = self.waiting.popleft()
            self._granted += 1
            self._last_lease[job] = self._granted
            self._answer(first, self._start_lease(job, self._granted))

    def _give_up(self, answer: Answer) -> None:
        del self.askers[answer]
        self._answer(answer, None)

    def _answer(self, answer: Answer, lease: Lease | None) -> None:
        self._soon(lambda: answer(lease))
