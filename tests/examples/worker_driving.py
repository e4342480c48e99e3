"""Driving one worker of a real queue along the rows of its table.

Each event is brought about by what brings it about in life: a job that is put in, time that passes,
work that ends. The queue's answers travel until the test lets them arrive, and time stands still
until the test moves it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final, TypeAlias

from examples.turning import Gate, until
from worker.clock import HandClock
from worker.derived import EDGES, HELD, Event, Held, State, Step
from worker.derived.cases import WORDS
from worker.jobs import JobQueue
from worker.shift import Run, Worker

__all__ = ("JOB", "LEASE_S", "Drive", "StubbornWork", "nothing_is_left")

Way: TypeAlias = Callable[[Sequence[Event]], Awaitable[None]]
JOB: Final = "the job"
LEASE_S: Final = 30.0
MARGIN_S: Final = 2.0
POLL_S: Final = 60.0
HEARTBEAT_S: Final = 10.0
NEVER_S: Final = 1e6
ROWS: Final = {(step.source, step.event): step for step in EDGES}


class StubbornWork:
    """Work that ends as the test says, also when it was told to end."""

    def __init__(self) -> None:
        self.end: Final[asyncio.Future[str]] = asyncio.get_running_loop().create_future()
        self.begun = False

    async def __call__(self, job: str) -> str:
        """Do a job; told to end, it cleans up until the test has it end."""
        del job
        self.begun = True
        try:
            return await asyncio.shield(self.end)
        except asyncio.CancelledError:
            await asyncio.wait({self.end})
            if self.end.exception() is None:
                return self.end.result()
            raise


class Drive:
    """A queue, a clock, and the worker whose way is driven."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.answers = Gate()
        self.queue = JobQueue(self.clock, self.answers, lease_s=LEASE_S, poll_s=POLL_S)
        self.seen: list[Step] = []
        self.holders: dict[str, set[Run]] = {}
        self.work = StubbornWork()
        self.worker = self.new_worker(self.work)

    def new_worker(
        self, work: Callable[[str], Awaitable[str]], *, heartbeat_s: float = NEVER_S
    ) -> Worker:
        """Return a worker whose steps are seen."""
        return Worker(
            "a worker",
            self.queue,
            work,
            clock=self.clock,
            heartbeat_s=heartbeat_s,
            margin_s=MARGIN_S,
            observer=self._saw,
        )

    def _saw(self, run: Run, step: Step) -> None:
        self.seen.append(step)
        if run.lease is not None:
            holders = self.holders.setdefault(run.lease.job, set())
            (holders.add if Held.LEASE in HELD[step.target] else holders.discard)(run)
            assert len(holders) <= 1, f"{run.lease.job} is held by {len(holders)} workers"

    async def walk(self, row: Step) -> None:
        """Take a worker along the shortest word to a row, and then along it."""
        word = (*WORDS[row.source], row.event)
        heartbeat_s = HEARTBEAT_S if row.event is Event.HEARTBEAT_DUE else NEVER_S
        self.work = StubbornWork()
        self.worker = self.new_worker(self.work, heartbeat_s=heartbeat_s)
        running = asyncio.create_task(self.worker.run(1))
        self.seen.clear()
        self.queue.results.clear()
        state = State.NEW
        for number, event in enumerate(word):
            step = ROWS[state, event]
            await self._bring(event, word[number + 1 :])
            await until(partial(self.seen.__contains__, step), f"{state.name} x {event.name}")
            state = step.target
        await self.finish(running)

    # --- what brings an event about ---------------------------------------------------------------

    async def _bring(self, event: Event, rest: Sequence[Event]) -> None:
        ways: dict[Event, Way] = {each: getattr(self, f"_{each.name.lower()}") for each in Event}
        await ways[event](rest)

    async def _asked(self, _: Sequence[Event]) -> None:
        """Do nothing: it begins by itself."""

    async def _job_leased(self, _: Sequence[Event]) -> None:
        is_wanted = self.seen[-1].target is State.ASKING
        self.queue.put(JOB)
        self.answers.let_through()
        if is_wanted:
            await until(lambda: self.work.begun, "the work has begun")

    async def _no_job(self, _: Sequence[Event]) -> None:
        self.clock.advance(POLL_S)
        self.answers.let_through()

    async def _heartbeat_due(self, _: Sequence[Event]) -> None:
        self.clock.advance(HEARTBEAT_S)

    async def _work_done(self, rest: Sequence[Event]) -> None:
        if Event.COMPLETION_REFUSED in rest:
            self.queue.remove(JOB)
        self.work.end.set_result("the result")

    async def _work_lost(self, _: Sequence[Event]) -> None:
        self.work.end.set_exception(ChildProcessError("killed"))

    async def _completed(self, _: Sequence[Event]) -> None:
        self.answers.let_through()

    _completion_refused = _completed
    _job_returned = _completed

    async def _lease_expired(self, _: Sequence[Event]) -> None:
        self.clock.advance(LEASE_S - MARGIN_S)

    async def _stopped(self, _: Sequence[Event]) -> None:
        self.worker.stop()

    # --- afterwards -------------------------------------------------------------------------------

    async def finish(self, running: asyncio.Task[None]) -> None:
        """Let everything end, and have the job done by the next if it is still to be done."""
        self.answers.stay_open()
        if not self.work.end.done():
            self.work.end.set_result("the result")
        if self.worker.run_now is not None:
            self.worker.stop()
        self.clock.advance(POLL_S)  # Who asks in vain is told so.
        await until(running.done, "the worker is done")
        self.clock.advance(LEASE_S)  # Whatever lease was forgotten ends now.
        if self.queue.waiting:
            await self._next_worker()

    async def _next_worker(self) -> None:
        async def quick(job: str) -> str:
            return f"{job}, by the next"

        running = asyncio.create_task(self.new_worker(quick).run(1))
        await until(running.done, "the next worker is done")
        assert list(self.queue.results) == [JOB]


def is_idle() -> bool:
    """Say whether no task but this is at work."""
    return all(task is asyncio.current_task() or task.done() for task in asyncio.all_tasks())


async def nothing_is_left(drive: Drive) -> None:
    """Check leases, jobs, who asks, timers and tasks."""
    queue = drive.queue
    assert queue.leases == {}
    assert list(queue.waiting) == []
    assert queue.askers == {}
    assert drive.clock.bells == {}
    assert [holders for holders in drive.holders.values() if holders] == []
    await until(is_idle, "no task is left")
