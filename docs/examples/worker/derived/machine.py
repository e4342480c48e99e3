"""The machine of the worker lifecycle.

Derived from worker/worker.py:WORKER; change that instead.
Digest of the declaration: sha256 5abc87e2725c32a47c330e4e6cda0988
Written by: requite derive
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Protocol

__all__ = (
    "EDGES",
    "FINAL",
    "HELD",
    "INITIAL",
    "STEPS",
    "Event",
    "Held",
    "LocalProtocolError",
    "Machine",
    "Shell",
    "State",
    "Step",
    "Wait",
)


class LocalProtocolError(Exception):
    """Something of ours reported an event that cannot follow; a defect, never the peer's doing."""


class Wait(IntEnum):
    """What a state waits for."""

    NOTHING = 0
    """Nothing."""
    QUEUE = 1
    """The answer of the queue, without a lease."""
    QUEUE_LEASED = 2
    """The answer of the queue, while the lease runs."""
    WORK = 3
    """The work, without a lease."""
    WORK_LEASED = 4
    """The work, while the lease runs."""


class State(IntEnum):
    """Where a worker stands with a job."""

    NEW = 0
    """The worker has not asked yet."""
    ASKING = 1
    """A job is asked for."""
    WORKING = 2
    """The work is being done."""
    COMPLETING = 3
    """The result is offered to the queue."""
    ENDING = 4
    """The worker is to stop, and the work was told to end."""
    RETURNING = 5
    """The job is given back undone."""
    OVERDUE = 6
    """The lease is over, and the work goes on."""
    ENDING_LATE = 7
    """The lease is over, and the work was told to end."""
    COMPLETING_LATE = 8
    """A late result is offered to the queue."""
    ASKING_ABANDONED = 9
    """The worker is to stop, and a job may still come."""
    OVER = 10
    """The worker is free."""


class Event(IntEnum):
    """What happened."""

    ASKED = 0
    """The worker has nothing to do."""
    JOB_LEASED = 1
    """There is a job, and a lease on it."""
    NO_JOB = 2
    """There is no job at the moment."""
    HEARTBEAT_DUE = 3
    """The queue has not heard of the worker for a while."""
    WORK_DONE = 4
    """The work has a result."""
    WORK_LOST = 5
    """The work ended without a result: it failed, or its process is gone."""
    COMPLETED = 6
    """The queue has taken the result."""
    COMPLETION_REFUSED = 7
    """The queue has no use for the result."""
    JOB_RETURNED = 8
    """The queue knows that the job is undone."""
    LEASE_EXPIRED = 9
    """The lease is over."""
    STOPPED = 10
    """The worker is to stop."""


class Held(IntEnum):
    """What a worker holds."""

    LEASE = 0
    """The lease on the job."""


class Shell(Protocol):
    """What performs the effects; a type checker refuses one that forgets any."""

    def drop_lease(self) -> None:
        """Count on the lease no more: stop its timers, and forget it."""
        ...

    def take_job(self) -> None:
        """Ask the queue for a job.

        Answered later by one of JOB_LEASED, NO_JOB.
        """
        ...

    def start_work(self) -> None:
        """Begin the work."""
        ...

    def end_work(self) -> None:
        """Tell the work to end."""
        ...

    def send_heartbeat(self) -> None:
        """Ask the queue for more time; its answer puts the end of the lease off."""
        ...

    def complete_job(self) -> None:
        """Offer the result to the queue.

        Answered later by one of COMPLETED, COMPLETION_REFUSED.
        """
        ...

    def return_job(self) -> None:
        """Give the job back to the queue, undone.

        Answered later by one of JOB_RETURNED.
        """
        ...


def new__asked(shell: Shell) -> None:
    """NEW --ASKED--> ASKING.

    The queue answers when there is a job, or after a while without one.
    """
    shell.take_job()


def asking__job_leased(shell: Shell) -> None:
    """ASKING --JOB_LEASED--> WORKING.

    Nobody else is given the job while the lease runs.
    """
    shell.start_work()


def asking__no_job(shell: Shell) -> None:
    """ASKING --NO_JOB--> OVER.

    Whoever wants to go on waiting asks again.
    """


def asking__stopped(shell: Shell) -> None:
    """ASKING --STOPPED--> ASKING_ABANDONED.

    The queue does not know, and may be granting a lease at this moment.
    """


def asking_abandoned__job_leased(shell: Shell) -> None:
    """ASKING_ABANDONED --JOB_LEASED--> RETURNING.

    Nobody will do it here, and its lease would keep it from the others.
    """
    shell.drop_lease()
    shell.return_job()


def asking_abandoned__no_job(shell: Shell) -> None:
    """ASKING_ABANDONED --NO_JOB--> OVER.

    The queue has granted nothing.
    """


def working__heartbeat_due(shell: Shell) -> None:
    """WORKING --HEARTBEAT_DUE--> WORKING.

    Nobody waits for the answer: it puts the end off, or the end comes.
    """
    shell.send_heartbeat()


def working__work_done(shell: Shell) -> None:
    """WORKING --WORK_DONE--> COMPLETING.

    A result that the queue does not have can still be lost.
    """
    shell.complete_job()


def working__work_lost(shell: Shell) -> None:
    """WORKING --WORK_LOST--> RETURNING.

    Another try need not wait for the end of the lease.
    """
    shell.drop_lease()
    shell.return_job()


def working__lease_expired(shell: Shell) -> None:
    """WORKING --LEASE_EXPIRED--> OVERDUE.

    The work may be nearly done, and the queue decides what a late result is worth.
    """
    shell.drop_lease()


def working__stopped(shell: Shell) -> None:
    """WORKING --STOPPED--> ENDING.

    Work that was told to end has to clean up, and the lease still protects it.
    """
    shell.end_work()


def ending__heartbeat_due(shell: Shell) -> None:
    """ENDING --HEARTBEAT_DUE--> ENDING.

    Until the work has ended nobody else may begin it.
    """
    shell.send_heartbeat()


def ending__work_done(shell: Shell) -> None:
    """ENDING --WORK_DONE--> COMPLETING.

    It was done before it heard that it was to end.
    """
    shell.complete_job()


def ending__work_lost(shell: Shell) -> None:
    """ENDING --WORK_LOST--> RETURNING.

    Another worker can begin it at once.
    """
    shell.drop_lease()
    shell.return_job()


def ending__lease_expired(shell: Shell) -> None:
    """ENDING --LEASE_EXPIRED--> ENDING_LATE.

    Cleaning up took longer than the lease.
    """
    shell.drop_lease()


def completing__completed(shell: Shell) -> None:
    """COMPLETING --COMPLETED--> OVER.

    The lease ends with the job.
    """
    shell.drop_lease()


def completing__completion_refused(shell: Shell) -> None:
    """COMPLETING --COMPLETION_REFUSED--> OVER.

    The queue took the job away, for instance because nobody wants it any more.
    """
    shell.drop_lease()


def completing__heartbeat_due(shell: Shell) -> None:
    """COMPLETING --HEARTBEAT_DUE--> COMPLETING.

    Until the queue has the result nobody else may begin the work.
    """
    shell.send_heartbeat()


def completing__lease_expired(shell: Shell) -> None:
    """COMPLETING --LEASE_EXPIRED--> COMPLETING_LATE.

    The result is on its way, and may arrive before or after the end.
    """
    shell.drop_lease()


def returning__job_returned(shell: Shell) -> None:
    """RETURNING --JOB_RETURNED--> OVER.

    The worker has not counted on the lease since it gave the job back.
    """


def overdue__work_done(shell: Shell) -> None:
    """OVERDUE --WORK_DONE--> COMPLETING_LATE.

    If nobody has taken the job since, the result is as good as any.
    """
    shell.complete_job()


def overdue__work_lost(shell: Shell) -> None:
    """OVERDUE --WORK_LOST--> OVER.

    The queue took the job back when the lease ended.
    """


def overdue__stopped(shell: Shell) -> None:
    """OVERDUE --STOPPED--> ENDING_LATE.

    Without a lease the work goes on only in the hope of a use for it.
    """
    shell.end_work()


def ending_late__work_done(shell: Shell) -> None:
    """ENDING_LATE --WORK_DONE--> COMPLETING_LATE.

    It was done before it heard that it was to end.
    """
    shell.complete_job()


def ending_late__work_lost(shell: Shell) -> None:
    """ENDING_LATE --WORK_LOST--> OVER.

    The queue took the job back when the lease ended.
    """


def completing_late__completed(shell: Shell) -> None:
    """COMPLETING_LATE --COMPLETED--> OVER.

    Nobody had taken the job since; no lease is left to give back.
    """


def completing_late__completion_refused(shell: Shell) -> None:
    """COMPLETING_LATE --COMPLETION_REFUSED--> OVER.

    Another has the job or has done it, and the lease is the other's.
    """


def completing__stopped(shell: Shell) -> None:
    """COMPLETING --STOPPED--> COMPLETING.

    A result is worth the wait for one answer.
    """


def ending__stopped(shell: Shell) -> None:
    """ENDING --STOPPED--> ENDING.

    The work knows already.
    """


def returning__stopped(shell: Shell) -> None:
    """RETURNING --STOPPED--> RETURNING.

    The job is given back already.
    """


def ending_late__stopped(shell: Shell) -> None:
    """ENDING_LATE --STOPPED--> ENDING_LATE.

    The work knows already.
    """


def completing_late__stopped(shell: Shell) -> None:
    """COMPLETING_LATE --STOPPED--> COMPLETING_LATE.

    A result is worth the wait for one answer.
    """


def asking_abandoned__stopped(shell: Shell) -> None:
    """ASKING_ABANDONED --STOPPED--> ASKING_ABANDONED.

    The answer is still to come.
    """


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table, ready to be taken."""

    source: State
    event: Event
    target: State
    waits_for: Wait
    """What the target waits for."""
    final: bool
    """Whether the session is over then."""
    gives_back: tuple[Held, ...]
    """What the row gives back; a row that gives anything back is an exit."""
    perform: Callable[[Shell], None]
    """Do what the row owes, in its order."""
    why: str


INITIAL: Final = State.NEW
FINAL: Final = frozenset({State.OVER})

HELD: Final[dict[State, tuple[Held, ...]]] = {
    State.NEW: (),
    State.ASKING: (),
    State.WORKING: (Held.LEASE,),
    State.COMPLETING: (Held.LEASE,),
    State.ENDING: (Held.LEASE,),
    State.RETURNING: (),
    State.OVERDUE: (),
    State.ENDING_LATE: (),
    State.COMPLETING_LATE: (),
    State.ASKING_ABANDONED: (),
    State.OVER: (),
}
"""What is held in each state."""

EDGES: Final = (
    Step(
        State.NEW,
        Event.ASKED,
        State.ASKING,
        waits_for=Wait.QUEUE,
        final=False,
        gives_back=(),
        perform=new__asked,
        why="The queue answers when there is a job, or after a while without one",
    ),
    Step(
        State.ASKING,
        Event.JOB_LEASED,
        State.WORKING,
        waits_for=Wait.WORK_LEASED,
        final=False,
        gives_back=(),
        perform=asking__job_leased,
        why="Nobody else is given the job while the lease runs",
    ),
    Step(
        State.ASKING,
        Event.NO_JOB,
        State.OVER,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=asking__no_job,
        why="Whoever wants to go on waiting asks again",
    ),
    Step(
        State.ASKING,
        Event.STOPPED,
        State.ASKING_ABANDONED,
        waits_for=Wait.QUEUE,
        final=False,
        gives_back=(),
        perform=asking__stopped,
        why="The queue does not know, and may be granting a lease at this moment",
    ),
    Step(
        State.ASKING_ABANDONED,
        Event.JOB_LEASED,
        State.RETURNING,
        waits_for=Wait.QUEUE,
        final=False,
        gives_back=(Held.LEASE,),
        perform=asking_abandoned__job_leased,
        why="Nobody will do it here, and its lease would keep it from the others",
    ),
    Step(
        State.ASKING_ABANDONED,
        Event.NO_JOB,
        State.OVER,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=asking_abandoned__no_job,
        why="The queue has granted nothing",
    ),
    Step(
        State.WORKING,
        Event.HEARTBEAT_DUE,
        State.WORKING,
        waits_for=Wait.WORK_LEASED,
        final=False,
        gives_back=(),
        perform=working__heartbeat_due,
        why="Nobody waits for the answer: it puts the end off, or the end comes",
    ),
    Step(
        State.WORKING,
        Event.WORK_DONE,
        State.COMPLETING,
        waits_for=Wait.QUEUE_LEASED,
        final=False,
        gives_back=(),
        perform=working__work_done,
        why="A result that the queue does not have can still be lost",
    ),
    Step(
        State.WORKING,
        Event.WORK_LOST,
        State.RETURNING,
        waits_for=Wait.QUEUE,
        final=False,
        gives_back=(Held.LEASE,),
        perform=working__work_lost,
        why="Another try need not wait for the end of the lease",
    ),
    Step(
        State.WORKING,
        Event.LEASE_EXPIRED,
        State.OVERDUE,
        waits_for=Wait.WORK,
        final=False,
        gives_back=(Held.LEASE,),
        perform=working__lease_expired,
        why="The work may be nearly done, and the queue decides what a late result is worth",
    ),
    Step(
        State.WORKING,
        Event.STOPPED,
        State.ENDING,
        waits_for=Wait.WORK_LEASED,
        final=False,
        gives_back=(),
        perform=working__stopped,
        why="Work that was told to end has to clean up, and the lease still protects it",
    ),
    Step(
        State.ENDING,
        Event.HEARTBEAT_DUE,
        State.ENDING,
        waits_for=Wait.WORK_LEASED,
        final=False,
        gives_back=(),
        perform=ending__heartbeat_due,
        why="Until the work has ended nobody else may begin it",
    ),
    Step(
        State.ENDING,
        Event.WORK_DONE,
        State.COMPLETING,
        waits_for=Wait.QUEUE_LEASED,
        final=False,
        gives_back=(),
        perform=ending__work_done,
        why="It was done before it heard that it was to end",
    ),
    Step(
        State.ENDING,
        Event.WORK_LOST,
        State.RETURNING,
        waits_for=Wait.QUEUE,
        final=False,
        gives_back=(Held.LEASE,),
        perform=ending__work_lost,
        why="Another worker can begin it at once",
    ),
    Step(
        State.ENDING,
        Event.LEASE_EXPIRED,
        State.ENDING_LATE,
        waits_for=Wait.WORK,
        final=False,
        gives_back=(Held.LEASE,),
        perform=ending__lease_expired,
        why="Cleaning up took longer than the lease",
    ),
    Step(
        State.COMPLETING,
        Event.COMPLETED,
        State.OVER,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.LEASE,),
        perform=completing__completed,
        why="The lease ends with the job",
    ),
    Step(
        State.COMPLETING,
        Event.COMPLETION_REFUSED,
        State.OVER,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.LEASE,),
        perform=completing__completion_refused,
        why="The queue took the job away, for instance because nobody wants it any more",
    ),
    Step(
        State.COMPLETING,
        Event.HEARTBEAT_DUE,
        State.COMPLETING,
        waits_for=Wait.QUEUE_LEASED,
        final=False,
        gives_back=(),
        perform=completing__heartbeat_due,
        why="Until the queue has the result nobody else may begin the work",
    ),
    Step(
        State.COMPLETING,
        Event.LEASE_EXPIRED,
        State.COMPLETING_LATE,
        waits_for=Wait.QUEUE,
        final=False,
        gives_back=(Held.LEASE,),
        perform=completing__lease_expired,
        why="The result is on its way, and may arrive before or after the end",
    ),
    Step(
        State.RETURNING,
        Event.JOB_RETURNED,
        State.OVER,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=returning__job_returned,
        why="The worker has not counted on the lease since it gave the job back",
    ),
    Step(
        State.OVERDUE,
        Event.WORK_DONE,
        State.COMPLETING_LATE,
        waits_for=Wait.QUEUE,
        final=False,
        gives_back=(),
        perform=overdue__work_done,
        why="If nobody has taken the job since, the result is as good as any",
    ),
    Step(
        State.OVERDUE,
        Event.WORK_LOST,
        State.OVER,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=overdue__work_lost,
        why="The queue took the job back when the lease ended",
    ),
    Step(
        State.OVERDUE,
        Event.STOPPED,
        State.ENDING_LATE,
        waits_for=Wait.WORK,
        final=False,
        gives_back=(),
        perform=overdue__stopped,
        why="Without a lease the work goes on only in the hope of a use for it",
    ),
    Step(
        State.ENDING_LATE,
        Event.WORK_DONE,
        State.COMPLETING_LATE,
        waits_for=Wait.QUEUE,
        final=False,
        gives_back=(),
        perform=ending_late__work_done,
        why="It was done before it heard that it was to end",
    ),
    Step(
        State.ENDING_LATE,
        Event.WORK_LOST,
        State.OVER,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=ending_late__work_lost,
        why="The queue took the job back when the lease ended",
    ),
    Step(
        State.COMPLETING_LATE,
        Event.COMPLETED,
        State.OVER,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=completing_late__completed,
        why="Nobody had taken the job since; no lease is left to give back",
    ),
    Step(
        State.COMPLETING_LATE,
        Event.COMPLETION_REFUSED,
        State.OVER,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=completing_late__completion_refused,
        why="Another has the job or has done it, and the lease is the other's",
    ),
    Step(
        State.COMPLETING,
        Event.STOPPED,
        State.COMPLETING,
        waits_for=Wait.QUEUE_LEASED,
        final=False,
        gives_back=(),
        perform=completing__stopped,
        why="A result is worth the wait for one answer",
    ),
    Step(
        State.ENDING,
        Event.STOPPED,
        State.ENDING,
        waits_for=Wait.WORK_LEASED,
        final=False,
        gives_back=(),
        perform=ending__stopped,
        why="The work knows already",
    ),
    Step(
        State.RETURNING,
        Event.STOPPED,
        State.RETURNING,
        waits_for=Wait.QUEUE,
        final=False,
        gives_back=(),
        perform=returning__stopped,
        why="The job is given back already",
    ),
    Step(
        State.ENDING_LATE,
        Event.STOPPED,
        State.ENDING_LATE,
        waits_for=Wait.WORK,
        final=False,
        gives_back=(),
        perform=ending_late__stopped,
        why="The work knows already",
    ),
    Step(
        State.COMPLETING_LATE,
        Event.STOPPED,
        State.COMPLETING_LATE,
        waits_for=Wait.QUEUE,
        final=False,
        gives_back=(),
        perform=completing_late__stopped,
        why="A result is worth the wait for one answer",
    ),
    Step(
        State.ASKING_ABANDONED,
        Event.STOPPED,
        State.ASKING_ABANDONED,
        waits_for=Wait.QUEUE,
        final=False,
        gives_back=(),
        perform=asking_abandoned__stopped,
        why="The answer is still to come",
    ),
)
"""Every row of the table, in the order of the declaration."""


def _rows(steps: Iterable[Step]) -> tuple[tuple[Step | None, ...], ...]:
    table: list[list[Step | None]] = [[None] * len(Event) for _ in State]
    for step in steps:
        table[step.source][step.event] = step
    return tuple(tuple(row) for row in table)


STEPS: Final = _rows(EDGES)
"""The step for each state and event, or None where the event cannot happen."""


class Machine:
    """Where one session stands. It has no clock, no socket, no log and waits for nothing."""

    __slots__ = ("state",)

    def __init__(self) -> None:
        self.state = INITIAL

    def step(self, event: Event) -> Step:
        """Take the step that an event asks for, and return it; its effects are owed.

        Raises:
            LocalProtocolError: the event cannot happen in this state.
        """
        step = STEPS[self.state][event]
        if step is None:
            raise LocalProtocolError(f"{event.name} cannot happen in {self.state.name}")
        self.state = step.target
        return step
