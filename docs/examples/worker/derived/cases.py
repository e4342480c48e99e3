"""The cases of the worker lifecycle.

Derived from worker/worker.py:WORKER; change that instead.
Digest of the declaration: sha256 5abc87e2725c32a47c330e4e6cda0988
Written by: requite derive
"""

from typing import Final

from .machine import EDGES, Event, State

__all__ = ("EXITS", "WORDS")

WORDS: Final[dict[State, tuple[Event, ...]]] = {
    State.NEW: (),
    State.ASKING: (Event.ASKED,),
    State.WORKING: (Event.ASKED, Event.JOB_LEASED),
    State.COMPLETING: (Event.ASKED, Event.JOB_LEASED, Event.WORK_DONE),
    State.ENDING: (Event.ASKED, Event.JOB_LEASED, Event.STOPPED),
    State.RETURNING: (Event.ASKED, Event.JOB_LEASED, Event.WORK_LOST),
    State.OVERDUE: (Event.ASKED, Event.JOB_LEASED, Event.LEASE_EXPIRED),
    State.ENDING_LATE: (Event.ASKED, Event.JOB_LEASED, Event.LEASE_EXPIRED, Event.STOPPED),
    State.COMPLETING_LATE: (Event.ASKED, Event.JOB_LEASED, Event.WORK_DONE, Event.LEASE_EXPIRED),
    State.ASKING_ABANDONED: (Event.ASKED, Event.STOPPED),
    State.OVER: (Event.ASKED, Event.NO_JOB),
}
"""A shortest word of events to each state."""

EXITS: Final = tuple(step for step in EDGES if step.gives_back)
"""The 8 rows that give something back."""
