"""A queue of jobs, and some workers who lose their lease in every way.

Run it with `python -m worker.program`. Its clock is moved by hand, so that a minute passes at once.
It prints each step of each worker, and whether anything is left at the end.
"""

import asyncio
import sys
from collections.abc import Callable
from typing import Final

from .clock import HandClock
from .derived import State, Step
from .jobs import JobQueue
from .shift import Run, Work, Worker

__all__ = ("Bakery", "main")

LEASE_S: Final = 30.0
POLL_S: Final = 60.0
HEARTBEAT_S: Final = 10.0
MARGIN_S: Final = 2.0
NEVER_S: Final = 1_000.0


class Bakery:
    """A queue, a clock, and where each worker stands."""

    def __init__(self, tell: Callable[[str], None] = print) -> None:
        self.tell: Final = tell
        self.clock: Final = HandClock()
        soon = asyncio.get_running_loop().call_soon
        self.queue: Final = JobQueue(self.clock, soon, lease_s=LEASE_S, poll_s=POLL_S)
        self.where: Final[dict[str, State]] = {}
        self._moved = asyncio.Event()

    def worker(self, name: str, work: Work, *, heartbeat_s: float = HEARTBEAT_S) -> Worker:
        """Return a new worker."""
        return Worker(
            name,
            self.queue,
            work,
            clock=self.clock,
            heartbeat_s=heartbeat_s,
            margin_s=MARGIN_S,
            observer=self.saw,
        )

    def saw(self, run: Run, step: Step) -> None:
        """Tell of a step."""
        name = run.worker.name
        self.where[name] = step.target
        self.tell(f"  {name}: {step.event.name} -> {step.target.name}")
        self._moved.set()

    async def reached(self, name: str, state: State) -> None:
        """Wait until a worker stands there."""
        while self.where.get(name) is not state:
            self._moved.clear()
            await self._moved.wait()

    async def pass_time(self, seconds: int) -> None:
        """Let time pass second by second, and let everybody act in each."""
        self.tell(f"  ({seconds} seconds pass)")
        for _ in range(seconds):
            self.clock.advance(1)
            await asyncio.sleep(0)
            await asyncio.sleep(0)


async def quick(job: str) -> str:
    """Do a job at once."""
    return f"{job}, quickly"


class SlowWork:
    """Work that ends when the story says so."""

    def __init__(self) -> None:
        self.may_end: Final = asyncio.Event()

    async def __call__(self, job: str) -> str:
        """Do a job."""
        await self.may_end.wait()
        return f"{job}, slowly"


class ProcessWork:
    """Work that is done by a process of its own."""

    def __init__(self) -> None:
        self.process: asyncio.subprocess.Process | None = None
        self.started: Final = asyncio.Event()

    async def __call__(self, job: str) -> str:
        """Do a job, which takes the process for ever."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE
        )
        self.started.set()
        status = await self.process.wait()
        if status:
            raise ChildProcessError(f"{job}: the process ended with {status}")
        return f"{job}, by a process"


async def done_in_time(bakery: Bakery, tasks: asyncio.TaskGroup) -> None:
    """Ada takes longer than a lease, and asks for more time again and again."""
    bakery.tell("Who sends heartbeats keeps the lease.")
    work = SlowWork()
    bakery.queue.put("bread")
    ada = tasks.create_task(bakery.worker("Ada", work).run(1))
    await bakery.reached("Ada", State.WORKING)
    await bakery.pass_time(35)
    work.may_end.set()
    await ada


async def done_too_late(bakery: Bakery, tasks: asyncio.TaskGroup) -> None:
    """Ben sends no heartbeat; Cyd is given the job, and Ben's result comes too late."""
    bakery.tell("A late result is refused if another has the job.")
    slow, slower = SlowWork(), SlowWork()
    bakery.queue.put("cake")
    ben = tasks.create_task(bakery.worker("Ben", slower, heartbeat_s=NEVER_S).run(1))
    await bakery.reached("Ben", State.WORKING)
    await bakery.pass_time(30)
    cyd = tasks.create_task(bakery.worker("Cyd", slow).run(1))
    await bakery.reached("Cyd", State.WORKING)
    slower.may_end.set()
    await ben
    slow.may_end.set()
    await cyd


async def process_killed(bakery: Bakery, tasks: asyncio.TaskGroup) -> None:
    """The process that works for Dan is killed; the job goes straight to Eve."""
    bakery.tell("Work whose process is killed is given to another.")
    work = ProcessWork()
    bakery.queue.put("pie")
    dan = tasks.create_task(bakery.worker("Dan", work).run(1))
    await work.started.wait()
    eve = tasks.create_task(bakery.worker("Eve", quick).run(1))
    await bakery.reached("Eve", State.ASKING)
    if work.process is not None:
        work.process.kill()
    await asyncio.wait({dan, eve})


async def worker_gone(bakery: Bakery, tasks: asyncio.TaskGroup) -> None:
    """Fay's own process is gone: nobody says so, and the end of the lease makes it good."""
    bakery.tell("A worker that is gone keeps a job until its lease ends.")
    bakery.queue.put("tart")
    bakery.queue.take(lambda _: bakery.tell("  Fay: has the job, and is never heard of again"))
    gus = tasks.create_task(bakery.worker("Gus", quick).run(1))
    await bakery.reached("Gus", State.ASKING)
    await bakery.pass_time(30)
    await gus


async def stopped(bakery: Bakery, tasks: asyncio.TaskGroup) -> None:
    """Hal is stopped when a job is on its way, Ida at work; Jon does it."""
    bakery.tell("Who is stopped gives the job back.")
    hal, ida = bakery.worker("Hal", quick), bakery.worker("Ida", SlowWork())
    hal_runs = tasks.create_task(hal.run())
    await bakery.reached("Hal", State.ASKING)
    # The queue grants the lease at once, and Hal has yet to hear of it.
    bakery.queue.put("bun")
    hal.stop()
    await hal_runs
    ida_runs = tasks.create_task(ida.run())
    await bakery.reached("Ida", State.WORKING)
    ida.stop()
    await ida_runs
    await bakery.worker("Jon", quick).run(1)


async def cancelled(bakery: Bakery, tasks: asyncio.TaskGroup) -> None:
    """Kim's task is cancelled; the cancellation goes on when the job is given back."""
    bakery.tell("Who is cancelled gives the job back, and is cancelled all the same.")
    bakery.queue.put("roll")
    kim = tasks.create_task(bakery.worker("Kim", SlowWork()).run())
    await bakery.reached("Kim", State.WORKING)
    kim.cancel()
    await asyncio.wait({kim})  # It ends as cancelled; a cancellation of our own is not lost.
    await bakery.worker("Lea", quick).run(1)


async def main() -> None:
    """Tell the story, then look at what is left."""
    bakery = Bakery()
    async with asyncio.TaskGroup() as tasks:
        await done_in_time(bakery, tasks)
        await done_too_late(bakery, tasks)
        await process_killed(bakery, tasks)
        await worker_gone(bakery, tasks)
        await stopped(bakery, tasks)
        await cancelled(bakery, tasks)
    queue = bakery.queue
    others = asyncio.all_tasks() - {asyncio.current_task()}
    left = [*queue.leases, *queue.askers, *queue.waiting, *bakery.clock.bells, *others]
    if left:
        sys.exit(f"Left: {left}")
    print(f"{len(queue.results)} jobs are done. Nothing is left.")


if __name__ == "__main__":
    asyncio.run(main())
