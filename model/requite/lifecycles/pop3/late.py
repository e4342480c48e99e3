"""What a session leaves behind that went away while something was outstanding.

Decides what each late answer costs: whatever it brings is given back at once.
"""

from typing import Final

from requite.lifecycles.pop3.vocabulary import Effect, Event, State
from requite.lifecycles.pop3.ways_out import ENTRY, Rows, only_waits

__all__ = ("LATE",)

LATE: Final[Rows] = (
    *only_waits(
        State.ADMISSION_ABANDONED,
        {
            Event.ADMITTED: ENTRY,
            Event.ADMITTED_FOR_TLS: ENTRY,
            Event.ADMISSION_REFUSED: (),
            Event.ADMISSION_REFUSED_FOR_TLS: (),
            Event.ADMISSION_UNAVAILABLE: (),
            Event.ADMISSION_UNAVAILABLE_FOR_TLS: (),
        },
    ),
    *only_waits(State.HANDSHAKE_ABANDONED, {Event.TLS_ESTABLISHED: (), Event.TLS_FAILED: ()}),
    *only_waits(
        State.VERIFICATION_ABANDONED,
        {
            Event.VERIFIED: ENTRY,
            Event.CHALLENGED: ENTRY,
            Event.REJECTED: ENTRY,
            Event.REJECTED_FOR_GOOD: ENTRY,
            Event.ACCOUNTS_UNAVAILABLE: ENTRY,
        },
    ),
    *only_waits(
        State.SLOT_ABANDONED,
        {
            Event.SLOT_GRANTED: (Effect.RELEASE_SLOT,),
            Event.SLOT_REFUSED: (),
            Event.LOGIN_TOO_SOON: (),
            Event.LEDGER_UNAVAILABLE: (),
        },
    ),
    *only_waits(
        State.LOCK_ABANDONED,
        {
            Event.MAILDROP_LOCKED: (Effect.UNLOCK_MAILDROP,),
            Event.MAILDROP_BUSY: (),
            Event.MAILDROP_STILL_BUSY: (),
            Event.MAILBOX_UNUSABLE: (),
            Event.LOCK_UNAVAILABLE: (),
        },
    ),
    *only_waits(
        State.OPENING_ABANDONED,
        {
            Event.MAILDROP_OPENED: (Effect.UNLOCK_MAILDROP,),
            Event.MAILDROP_UNAVAILABLE: (Effect.UNLOCK_MAILDROP,),
        },
    ),
    *only_waits(
        State.READING_ABANDONED,
        {
            Event.MESSAGE_OPENED: (Effect.CLOSE_MESSAGE,),
            Event.TOP_OPENED: (Effect.CLOSE_MESSAGE,),
            Event.MESSAGE_GONE: (),
            Event.MESSAGE_UNREADABLE: (),
        },
    ),
    *only_waits(
        State.SENDING_ABANDONED,
        {
            Event.MESSAGE_SENT: (Effect.CLOSE_MESSAGE,),
            Event.MESSAGE_BROKEN: (Effect.CLOSE_MESSAGE,),
        },
    ),
    *only_waits(
        State.COMMITTING_ABANDONED,
        {
            Event.COMMITTED: (Effect.UNLOCK_MAILDROP,),
            Event.COMMIT_FAILED: (Effect.UNLOCK_MAILDROP,),
        },
    ),
)
