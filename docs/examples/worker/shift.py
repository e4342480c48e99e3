"""The worker itself: it performs the effects that the table orders, and reports what happened.

Decides when the worker stops counting on a lease: a margin before the queue does, so that at no
moment two workers count on one. What may follow is in `worker.py`. Nothing here awaits while a step
is taken, so no cancellation can fall into one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Final, TypeAlias

from .clock import Bell, Clock
from .derived import Event, Machine, Shell, Step
from .jobs import JobQueue, Lease

__all__ = ("Run", "Worker")

Observer: TypeAlias = Callable[["Run", Step], None]
Work: TypeAlias = Callable[[str], Awaitable[str]]


class Countdown:
    """The worker's side of a lease: when to send the next heartbeat, and when it is over."""

    def __init__(self, run: "Run", lease: Lease) -> None:
        self._run = run
        self._heartbeat = self._next_heartbeat()
        self._end = self._end_at(lease.expires_at)

    def heartbeat_sent(self) -> None:
        """Wait for the next."""
        self._heartbeat.cancel()
        self._heartbeat = self._next_heartbeat()

    def runs_to(self, moment: float) -> None:
        """Put the end off."""
        self._end.cancel()
        self._end = self._end_at(moment)

    def stop(self) -> None:
        """Leave nothing with the clock."""
        self._heartbeat.cancel()
        self._end.cancel()

    def _next_heartbeat(self) -> Bell:
        worker = self._run.worker
        return worker.clock.call_later(
            worker.heartbeat_s, lambda: self._run.tell(Event.HEARTBEAT_DUE)
        )

    def _end_at(self, moment: float) -> Bell:
        worker = self._run.worker
        left_s = moment - worker.margin_s - worker.clock.time()
        return worker.clock.call_later(
            max(0.0, left_s), lambda: self._run.tell(Event.LEASE_EXPIRED)
        )


class Run(Shell):
    """One job, from asking for it to being free for the next."""

    def __init__(self, worker: "Worker", tasks: asyncio.TaskGroup) -> None:
        self.worker: Final = worker
        self.over: Final = asyncio.Event()
        self.lease: Lease | None = None
        self._machine = Machine()
        self._tasks = tasks
        self._countdown: Countdown | None = None
        self._work: asyncio.Task[str | None] | None = None
        self._result = ""

    def tell(self, event: Event) -> None:
        """Take the step that an event asks for, and do what it owes."""
        step = self._machine.step(event)
        step.perform(self)
        self.worker.took(self, step)

    @property
    def _leased(self) -> Lease:
        if self.lease is None:
            raise AssertionError("the table speaks of a lease only after JOB_LEASED")
        return self.lease

    # --- what comes later: each in a turn of its own, never within a step -------------------------

    def _taken(self, lease: Lease | None) -> None:
        if lease is None:
            self.tell(Event.NO_JOB)
            return
        self.lease = lease
        self._countdown = Countdown(self, lease)
        self.tell(Event.JOB_LEASED)

    def _work_ended(self, work: asyncio.Task[str | None]) -> None:
        # Also called when the task was cancelled before it began: work that began always ends.
        failed = work.cancelled() or work.exception() is not None
        result = None if failed else work.result()
        self._result = result or ""
        self.tell(Event.WORK_LOST if result is None else Event.WORK_DONE)

    def _renewed(self, moment: float | None) -> None:
        if self._countdown is None:
            return  # The lease was dropped before the answer came, and nobody waits for it.
        if moment is None:
            self.tell(Event.LEASE_EXPIRED)
        else:
            self._countdown.runs_to(moment)

    def _completed(self, taken: bool, /) -> None:  # noqa: FBT001 - the queue's own word.
        self.tell(Event.COMPLETED if taken else Event.COMPLETION_REFUSED)

    # --- effects: done at once, and none of them can fail -----------------------------------------

    def drop_lease(self) -> None:
        """Stop the timers, and forget them; the lease is remembered, as it names the job."""
        if self._countdown is not None:
            self._countdown.stop()
            self._countdown = None

    def take_job(self) -> None:
        """Ask; answered by JOB_LEASED or NO_JOB."""
        self.worker.queue.take(self._taken)

    def start_work(self) -> None:
        """Begin the work; its end is WORK_DONE or WORK_LOST."""
        self._work = self._tasks.create_task(self.worker.result_of(self._leased.job))
        self._work.add_done_callback(self._work_ended)

    def end_work(self) -> None:
        """Cancel the work, which may take its time to end."""
        if self._work is not None:
            self._work.cancel()

    def send_heartbeat(self) -> None:
        """Ask for more time; the answer puts the end off, whenever it comes."""
        if self._countdown is not None:
            self._countdown.heartbeat_sent()
        self.worker.queue.renew(self._leased, self._renewed)

    def complete_job(self) -> None:
        """Offer the result; answered by COMPLETED or COMPLETION_REFUSED."""
        self.worker.queue.complete(self._leased, self._result, self._completed)

    def return_job(self) -> None:
        """Give the job back; answered by JOB_RETURNED."""
        self.worker.queue.give_back(self._leased, lambda: self.tell(Event.JOB_RETURNED))


class Worker:
    """Does one job after the other.

    Args:
        name: what it is called in the story.
        queue: has the jobs.
        work: does a job and returns its result; a failure means that there is none.
        clock: tells the time.
        heartbeat_s: how often to ask for more time, in seconds.
        margin_s: how long before its end a lease is dropped, in seconds.
        observer: is told of each step.
    """

    def __init__(  # noqa: PLR0913 - a worker has this many settings, most of them keyword-only.
        self,
        name: str,
        queue: JobQueue,
        work: Work,
        *,
        clock: Clock,
        heartbeat_s: float,
        margin_s: float,
        observer: Observer | None = None,
    ) -> None:
        self.name: Final = name
        self.queue: Final = queue
        self.clock: Final = clock
        self.heartbeat_s: Final = heartbeat_s
        self.margin_s: Final = margin_s
        self.run_now: Run | None = None
        self.stopped = False
        self._work = work
        self._observer = observer

    async def run(self, asks_max: int | None = None) -> None:
        """Ask for jobs and do them until stopped or cancelled; then see the one at hand ended.

        Args:
            asks_max: after how many to return; without it there is no end.
        """
        asks = count() if asks_max is None else range(asks_max)
        async with asyncio.TaskGroup() as tasks:
            for _ in asks:
                if self.stopped:
                    return
                await self._do_one(tasks)

    async def _do_one(self, tasks: asyncio.TaskGroup) -> None:
        run = Run(self, tasks)
        run.tell(Event.ASKED)
        try:
            await run.over.wait()
        except asyncio.CancelledError:
            self.stop()
            await run.over.wait()
            raise

    def stop(self) -> None:
        """Take no more jobs, and have the one at hand ended."""
        self.stopped = True
        if self.run_now is not None:
            self.run_now.tell(Event.STOPPED)

    async def result_of(self, job: str) -> str | None:
        """Do the work; None comes of it when it fails."""
        try:
            return await self._work(job)
        except Exception:  # noqa: BLE001 - however the work fails, the job is given back.
            return None

    def took(self, run: Run, step: Step) -> None:
        """Keep the books after a step of a run."""
        self.run_now = None if step.final else run
        if self._observer is not None:
            self._observer(run, step)
        if step.final:
            run.over.set()
