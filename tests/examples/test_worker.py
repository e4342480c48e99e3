"""The worker of the examples, driven through every row of its table."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from examples import worker_driving
from examples.turning import run, until
from examples.worker_driving import JOB, LEASE_S, Drive, StubbornWork, nothing_is_left
from requite.model import DeclarationError
from worker import shift
from worker.derived import EDGES, Event, LocalProtocolError, State, Step
from worker.derived.cases import EXITS
from worker.jobs import JobQueue, Lease
from worker.shift import Run, Worker
from worker.worker import WORKER, Effect
from worker.worker import Event as DeclaredEvent
from worker.worker import State as Declared

ROWS_PINNED: Final = 33
EXITS_PINNED: Final = 8


def name_of(step: Step) -> str:
    """Name a row."""
    return f"{step.source.name}-{step.event.name}"


def test_the_numbers_of_rows_and_exits_are_pinned() -> None:
    """No row vanishes from these tests in silence."""
    assert len(EDGES) == ROWS_PINNED
    assert len(EXITS) == EXITS_PINNED


# --- every row --------------------------------------------------------------------------------


async def walk_twice(row: Step) -> None:
    """Take a row twice with one queue; each time the job is done by somebody, or taken away."""
    drive = Drive()
    for _ in range(2):
        drive.answers.open = False
        await drive.walk(row)
        await nothing_is_left(drive)


@pytest.mark.parametrize("row", EDGES, ids=name_of)
def test_every_row_is_taken_and_nothing_is_left(row: Step) -> None:
    """After any row, twice, no lease, timer or task is left, and no job is lost or held twice."""
    run(walk_twice(row))


# --- what is not a row ------------------------------------------------------------------------


async def at_work(drive: Drive) -> "asyncio.Task[None]":
    """Bring the worker to work, with a queue that answers at once."""
    drive.answers.stay_open()
    drive.queue.put(JOB)
    running = asyncio.create_task(drive.worker.run(1))
    await until(lambda: drive.work.begun, "the work has begun")
    return running


async def pass_time(drive: Drive, seconds: int) -> None:
    """Let time pass second by second."""
    for _ in range(seconds):
        drive.clock.advance(1)
        for _ in range(3):
            await asyncio.sleep(0)


def states(drive: Drive) -> list[State]:
    """Return where the worker went."""
    return [step.target for step in drive.seen]


def test_heartbeats_keep_a_lease_for_as_long_as_the_work_takes() -> None:
    """After ten times the length of a lease the result is still taken."""

    async def story() -> None:
        drive = Drive()
        drive.worker = drive.new_worker(drive.work, heartbeat_s=10)
        running = await at_work(drive)
        await pass_time(drive, 10 * int(LEASE_S))
        drive.work.end.set_result("long")
        await running
        assert Event.LEASE_EXPIRED not in {step.event for step in drive.seen}
        assert drive.queue.results == {JOB: "long"}

    run(story())


def test_a_late_result_is_taken_if_nobody_was_given_the_job_since() -> None:
    """The job was waiting for somebody, and waits no more."""

    async def story() -> None:
        drive = Drive()
        running = await at_work(drive)
        await pass_time(drive, int(LEASE_S))
        assert list(drive.queue.waiting) == [JOB]
        drive.work.end.set_result("late")
        await running
        assert drive.queue.results == {JOB: "late"}
        await nothing_is_left(drive)

    run(story())


async def late_with_another_at_work(drive: Drive) -> None:
    """Have the lease expire, another be given the job, and then the late result come."""
    running = await at_work(drive)
    await pass_time(drive, int(LEASE_S))
    other_work = StubbornWork()
    other = asyncio.create_task(drive.new_worker(other_work).run(1))
    await until(lambda: other_work.begun, "the other has begun")
    drive.work.end.set_result("late")
    await until(running.done, "the late one is done")
    other_work.end.set_result("in time")
    await until(other.done, "the other is done")


def test_a_late_result_is_refused_if_another_has_the_job() -> None:
    """The result is the other's, and so is the lease."""

    async def story() -> None:
        drive = Drive()
        await late_with_another_at_work(drive)
        assert drive.queue.results == {JOB: "in time"}
        assert [step.event for step in drive.seen].count(Event.COMPLETION_REFUSED) == 1
        await nothing_is_left(drive)

    run(story())


def test_the_queue_can_end_a_lease_before_its_time() -> None:
    """The answer to the next heartbeat says so, and the worker counts on the lease no more."""

    async def story() -> None:
        drive = Drive()
        drive.worker = drive.new_worker(drive.work, heartbeat_s=10)
        running = await at_work(drive)
        drive.queue.remove(JOB)
        await pass_time(drive, 11)
        assert states(drive)[-1] is State.OVERDUE
        drive.work.end.set_result("for nobody")
        await running
        await nothing_is_left(drive)

    run(story())


def test_work_that_is_ended_before_it_began_is_given_back() -> None:
    """A task that is cancelled before its first step never runs, and is reported all the same."""

    async def story() -> None:
        drive = Drive()
        drive.answers.stay_open()

        def stop_at_work(run_: Run, step: Step) -> None:
            drive._saw(run_, step)
            if step.target is State.WORKING:
                drive.worker.stop()

        drive.worker._observer = stop_at_work
        running = asyncio.create_task(drive.worker.run(1))
        await until(lambda: State.ASKING in states(drive), "it asks")
        drive.queue.put(JOB)
        await until(running.done, "it is done")
        assert not drive.work.begun
        assert list(drive.queue.waiting) == [JOB]

    run(story())


def test_a_cancellation_gives_the_job_back_and_goes_on() -> None:
    """The task of a worker that is cancelled ends as cancelled, and the job waits for another."""

    async def story() -> None:
        drive = Drive()
        running = await at_work(drive)
        running.cancel()
        drive.work.end.set_exception(ChildProcessError("killed"))
        await asyncio.wait({running})
        assert running.cancelled()
        assert drive.queue.leases == {}
        assert list(drive.queue.waiting) == [JOB]

    run(story())


# --- mutants of the program ---------------------------------------------------------------------


class IgnoresLateGrant(Run):
    """A job that comes when the worker is to stop is nobody's (M11)."""

    def _taken(self, lease: Lease | None) -> None:
        if not self.worker.stopped:
            super()._taken(lease)


class KeepsTimers(Run):
    """The lease is forgotten, and its timers are not."""

    def drop_lease(self) -> None:
        """Forget only."""
        self._countdown = None


class ForgetsLostWork(Run):
    """Work that ends without a result is not reported (B46)."""

    def _work_ended(self, work: asyncio.Task[str | None]) -> None:
        if not work.cancelled() and work.result() is not None:
            super()._work_ended(work)


class ReturnsInSilence(Run):
    """The queue is not told that the job is undone, and the worker waits for its answer."""

    def return_job(self) -> None:
        """Hope that somebody notices."""


CAUGHT_BY: Final[dict[type[Run], set[str]]] = {
    IgnoresLateGrant: {"ASKING_ABANDONED-JOB_LEASED"},
    KeepsTimers: {name_of(row) for row in EXITS},
    ForgetsLostWork: {"WORKING-WORK_LOST", "ENDING-WORK_LOST"},
    ReturnsInSilence: {"WORKING-WORK_LOST", "ENDING-WORK_LOST", "ASKING_ABANDONED-JOB_LEASED"},
}
"""Each mutant with the exits after which something is left, or somebody waits for ever."""


def exits_that_fail() -> set[str]:
    """Return the exits that cannot be taken so that nothing is left."""
    failed = set()
    for row in EXITS:
        try:
            run(walk_twice(row))
        except (AssertionError, LocalProtocolError):
            failed.add(name_of(row))
    return failed


@pytest.mark.parametrize("mutant", CAUGHT_BY, ids=lambda mutant: mutant.__name__)
def test_each_mutant_of_the_worker_is_caught(
    mutant: type[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker with the mistake fails after the exits that it forgets, and after no other."""
    monkeypatch.setattr(shift, "Run", mutant)

    assert exits_that_fail() == CAUGHT_BY[mutant]


def test_a_worker_that_reports_only_work_that_began_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A `finally` in the task is no way to report its end: the task may never begin."""

    async def in_the_task(self: Worker, job: str) -> str | None:
        result = None
        try:
            result = await self._work(job)
        finally:
            assert self.run_now is not None
            self.run_now.tell(Event.WORK_LOST if result is None else Event.WORK_DONE)
        return result

    monkeypatch.setattr(Worker, "result_of", in_the_task)
    monkeypatch.setattr(Run, "_work_ended", lambda *_: None)
    with pytest.raises(AssertionError, match="it never happened: it is done"):
        test_work_that_is_ended_before_it_began_is_given_back()


def test_a_worker_that_counts_on_its_lease_too_long_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without the margin two workers count on one lease, and that is seen."""
    monkeypatch.setattr(worker_driving, "MARGIN_S", -5.0)
    with pytest.raises(AssertionError, match="is held by 2 workers"):
        test_a_late_result_is_refused_if_another_has_the_job()


def test_a_queue_that_takes_every_late_result_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the number of the lease the late result ends the lease of another (B44)."""

    def complete(self: JobQueue, lease: Lease, result: str, answer: Callable[[bool], None]) -> None:
        self.results[lease.job] = result
        self.remove(lease.job)
        self._soon(lambda: answer(True))  # noqa: FBT003 - the queue's own word.

    monkeypatch.setattr(JobQueue, "complete", complete)
    with pytest.raises(AssertionError):
        test_a_late_result_is_refused_if_another_has_the_job()


# --- mutants of the declaration -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "event", "change", "says"),
    [
        pytest.param(
            Declared.ASKING_ABANDONED,
            DeclaredEvent.JOB_LEASED,
            {"effects": (Effect.RETURN_JOB,)},
            "LEASE is given back no time where once is right",
            id="late-grant-kept",
        ),
        pytest.param(
            Declared.COMPLETING_LATE,
            DeclaredEvent.COMPLETION_REFUSED,
            {"effects": (Effect.DROP_LEASE,)},
            "LEASE is given back once where no time is right",
            id="given-back-after-expiry",
        ),
        pytest.param(
            Declared.ASKING,
            DeclaredEvent.STOPPED,
            {"target": Declared.OVER},
            "a late answer would find nobody",
            id="nobody-waits-for-the-grant",
        ),
    ],
)
def test_a_declaration_with_the_mistake_cannot_be_loaded(
    source: Declared, event: DeclaredEvent, change: dict[str, Any], says: str
) -> None:
    """The row is named, with what is wrong."""
    with pytest.raises(DeclarationError, match=f"{source.name} --{event.name}.*{says}"):
        WORKER.with_edges(
            replace(row, **change) if (row.source, row.event) == (source, event) else row
            for row in WORKER.edges
        )
