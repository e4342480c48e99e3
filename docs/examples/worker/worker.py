"""A worker and one job, from asking for it to being free for the next.

Decides in which states the worker counts on the lease, and what becomes of the job when it no
longer does. Refuses to decide what a late result is worth: the queue does.
"""

from enum import Enum
from typing import Final, TypeAlias

from requite.model import Edge, Kind, Lifecycle, Request, Resource, StateRow

__all__ = ("WORKER", "Effect", "Event", "Held", "State", "Wait")


class Wait(Enum):
    """What a state waits for."""

    NOTHING = "nothing"
    QUEUE = "the answer of the queue, without a lease"
    QUEUE_LEASED = "the answer of the queue, while the lease runs"
    WORK = "the work, without a lease"
    WORK_LEASED = "the work, while the lease runs"


class State(Enum):
    """Where a worker stands with a job."""

    NEW = "the worker has not asked yet"
    ASKING = "a job is asked for"
    WORKING = "the work is being done"
    COMPLETING = "the result is offered to the queue"
    ENDING = "the worker is to stop, and the work was told to end"
    RETURNING = "the job is given back undone"
    OVERDUE = "the lease is over, and the work goes on"
    ENDING_LATE = "the lease is over, and the work was told to end"
    COMPLETING_LATE = "a late result is offered to the queue"
    ASKING_ABANDONED = "the worker is to stop, and a job may still come"
    OVER = "the worker is free"


class Event(Enum):
    """What happened."""

    ASKED = "the worker has nothing to do"
    JOB_LEASED = "there is a job, and a lease on it"
    NO_JOB = "there is no job at the moment"
    HEARTBEAT_DUE = "the queue has not heard of the worker for a while"
    WORK_DONE = "the work has a result"
    WORK_LOST = "the work ended without a result: it failed, or its process is gone"
    COMPLETED = "the queue has taken the result"
    COMPLETION_REFUSED = "the queue has no use for the result"
    JOB_RETURNED = "the queue knows that the job is undone"
    LEASE_EXPIRED = "the lease is over"
    STOPPED = "the worker is to stop"


class Effect(Enum):
    """What the worker owes."""

    DROP_LEASE = "count on the lease no more: stop its timers, and forget it"
    TAKE_JOB = "ask the queue for a job"
    START_WORK = "begin the work"
    END_WORK = "tell the work to end"
    SEND_HEARTBEAT = "ask the queue for more time; its answer puts the end of the lease off"
    COMPLETE_JOB = "offer the result to the queue"
    RETURN_JOB = "give the job back to the queue, undone"


class Held(Enum):
    """What a worker holds."""

    LEASE = "the lease on the job"


Row: TypeAlias = Edge[State, Event, Effect, Held]

ASKING: Final[tuple[Row, ...]] = (
    Edge(
        State.NEW,
        Event.ASKED,
        State.ASKING,
        (Effect.TAKE_JOB,),
        why="The queue answers when there is a job, or after a while without one",
    ),
    Edge(
        State.ASKING,
        Event.JOB_LEASED,
        State.WORKING,
        (Effect.START_WORK,),
        why="Nobody else is given the job while the lease runs",
    ),
    Edge(
        State.ASKING,
        Event.NO_JOB,
        State.OVER,
        why="Whoever wants to go on waiting asks again",
    ),
    Edge(
        State.ASKING,
        Event.STOPPED,
        State.ASKING_ABANDONED,
        why="The queue does not know, and may be granting a lease at this moment",
    ),
    Edge(
        State.ASKING_ABANDONED,
        Event.JOB_LEASED,
        State.RETURNING,
        (Effect.DROP_LEASE, Effect.RETURN_JOB),
        why="Nobody will do it here, and its lease would keep it from the others",
    ),
    Edge(
        State.ASKING_ABANDONED,
        Event.NO_JOB,
        State.OVER,
        why="The queue has granted nothing",
    ),
)

WORKING: Final[tuple[Row, ...]] = (
    Edge(
        State.WORKING,
        Event.HEARTBEAT_DUE,
        State.WORKING,
        (Effect.SEND_HEARTBEAT,),
        why="Nobody waits for the answer: it puts the end off, or the end comes",
    ),
    Edge(
        State.WORKING,
        Event.WORK_DONE,
        State.COMPLETING,
        (Effect.COMPLETE_JOB,),
        why="A result that the queue does not have can still be lost",
    ),
    Edge(
        State.WORKING,
        Event.WORK_LOST,
        State.RETURNING,
        (Effect.DROP_LEASE, Effect.RETURN_JOB),
        why="Another try need not wait for the end of the lease",
    ),
    Edge(
        State.WORKING,
        Event.LEASE_EXPIRED,
        State.OVERDUE,
        (Effect.DROP_LEASE,),
        why="The work may be nearly done, and the queue decides what a late result is worth",
    ),
    Edge(
        State.WORKING,
        Event.STOPPED,
        State.ENDING,
        (Effect.END_WORK,),
        why="Work that was told to end has to clean up, and the lease still protects it",
    ),
    Edge(
        State.ENDING,
        Event.HEARTBEAT_DUE,
        State.ENDING,
        (Effect.SEND_HEARTBEAT,),
        why="Until the work has ended nobody else may begin it",
    ),
    Edge(
        State.ENDING,
        Event.WORK_DONE,
        State.COMPLETING,
        (Effect.COMPLETE_JOB,),
        why="It was done before it heard that it was to end",
    ),
    Edge(
        State.ENDING,
        Event.WORK_LOST,
        State.RETURNING,
        (Effect.DROP_LEASE, Effect.RETURN_JOB),
        why="Another worker can begin it at once",
    ),
    Edge(
        State.ENDING,
        Event.LEASE_EXPIRED,
        State.ENDING_LATE,
        (Effect.DROP_LEASE,),
        why="Cleaning up took longer than the lease",
    ),
)

ANSWERED: Final[tuple[Row, ...]] = (
    Edge(
        State.COMPLETING,
        Event.COMPLETED,
        State.OVER,
        (Effect.DROP_LEASE,),
        why="The lease ends with the job",
    ),
    Edge(
        State.COMPLETING,
        Event.COMPLETION_REFUSED,
        State.OVER,
        (Effect.DROP_LEASE,),
        why="The queue took the job away, for instance because nobody wants it any more",
    ),
    Edge(
        State.COMPLETING,
        Event.HEARTBEAT_DUE,
        State.COMPLETING,
        (Effect.SEND_HEARTBEAT,),
        why="Until the queue has the result nobody else may begin the work",
    ),
    Edge(
        State.COMPLETING,
        Event.LEASE_EXPIRED,
        State.COMPLETING_LATE,
        (Effect.DROP_LEASE,),
        why="The result is on its way, and may arrive before or after the end",
    ),
    Edge(
        State.RETURNING,
        Event.JOB_RETURNED,
        State.OVER,
        why="The worker has not counted on the lease since it gave the job back",
    ),
)

LATE: Final[tuple[Row, ...]] = (
    Edge(
        State.OVERDUE,
        Event.WORK_DONE,
        State.COMPLETING_LATE,
        (Effect.COMPLETE_JOB,),
        why="If nobody has taken the job since, the result is as good as any",
    ),
    Edge(
        State.OVERDUE,
        Event.WORK_LOST,
        State.OVER,
        why="The queue took the job back when the lease ended",
    ),
    Edge(
        State.OVERDUE,
        Event.STOPPED,
        State.ENDING_LATE,
        (Effect.END_WORK,),
        why="Without a lease the work goes on only in the hope of a use for it",
    ),
    Edge(
        State.ENDING_LATE,
        Event.WORK_DONE,
        State.COMPLETING_LATE,
        (Effect.COMPLETE_JOB,),
        why="It was done before it heard that it was to end",
    ),
    Edge(
        State.ENDING_LATE,
        Event.WORK_LOST,
        State.OVER,
        why="The queue took the job back when the lease ended",
    ),
    Edge(
        State.COMPLETING_LATE,
        Event.COMPLETED,
        State.OVER,
        why="Nobody had taken the job since; no lease is left to give back",
    ),
    Edge(
        State.COMPLETING_LATE,
        Event.COMPLETION_REFUSED,
        State.OVER,
        why="Another has the job or has done it, and the lease is the other's",
    ),
)

UNMOVED: Final = {
    State.COMPLETING: "A result is worth the wait for one answer",
    State.ENDING: "The work knows already",
    State.RETURNING: "The job is given back already",
    State.ENDING_LATE: "The work knows already",
    State.COMPLETING_LATE: "A result is worth the wait for one answer",
    State.ASKING_ABANDONED: "The answer is still to come",
}
STOPPED: Final[tuple[Row, ...]] = tuple(
    Edge(state, Event.STOPPED, state, why=why) for state, why in UNMOVED.items()
)

WORKER: Final = Lifecycle(
    name="worker",
    states=(
        StateRow(State.NEW, Wait.NOTHING),
        StateRow(State.ASKING, Wait.QUEUE, awaits=Effect.TAKE_JOB),
        StateRow(State.WORKING, Wait.WORK_LEASED),
        StateRow(State.COMPLETING, Wait.QUEUE_LEASED, awaits=Effect.COMPLETE_JOB),
        StateRow(State.ENDING, Wait.WORK_LEASED),
        StateRow(State.RETURNING, Wait.QUEUE, awaits=Effect.RETURN_JOB),
        StateRow(State.OVERDUE, Wait.WORK),
        StateRow(State.ENDING_LATE, Wait.WORK, main=False),
        StateRow(State.COMPLETING_LATE, Wait.QUEUE, awaits=Effect.COMPLETE_JOB, main=False),
        StateRow(State.ASKING_ABANDONED, Wait.QUEUE, awaits=Effect.TAKE_JOB, main=False),
        StateRow(State.OVER, Wait.NOTHING),
    ),
    edges=(*ASKING, *WORKING, *ANSWERED, *LATE, *STOPPED),
    requests=(
        Request(Effect.TAKE_JOB, (Event.JOB_LEASED, Event.NO_JOB)),
        Request(Effect.COMPLETE_JOB, (Event.COMPLETED, Event.COMPLETION_REFUSED)),
        Request(Effect.RETURN_JOB, (Event.JOB_RETURNED,)),
    ),
    resources=(
        Resource(
            Held.LEASE,
            Kind.EXCLUSIVE,
            held_in=frozenset({State.WORKING, State.ENDING, State.COMPLETING}),
            taken_by=frozenset({Event.JOB_LEASED}),
            given_back_by=Effect.DROP_LEASE,
            lost_by=frozenset({Event.LEASE_EXPIRED}),
        ),
    ),
    environment=(Event.STOPPED,),
    initial=State.NEW,
    final=(State.OVER,),
    brings={
        Wait.WORK: (Event.WORK_DONE, Event.WORK_LOST),
        Wait.WORK_LEASED: (Event.WORK_DONE, Event.WORK_LOST, Event.HEARTBEAT_DUE),
        Wait.QUEUE_LEASED: (Event.HEARTBEAT_DUE,),
    },
)
