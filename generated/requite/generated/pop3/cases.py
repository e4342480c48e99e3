"""The cases of the pop3 lifecycle.

Derived from requite.lifecycles.pop3:POP3_SESSION; change that instead.
Digest of the declaration: sha256 9db3bd342ae613936a40927f029509b6
Written by: requite derive
"""

from typing import Final

from .machine import EDGES, Event, State

__all__ = ("EXITS", "WORDS")

WORDS: Final[dict[State, tuple[Event, ...]]] = {
    State.NEW: (),
    State.PROXY_HEADER: (Event.PROXIED,),
    State.GREETING: (Event.CONNECTED,),
    State.TLS_HANDSHAKE: (Event.CONNECTED, Event.ADMITTED_FOR_TLS),
    State.AUTHORIZATION: (Event.CONNECTED, Event.ADMITTED),
    State.USER_GIVEN: (Event.CONNECTED, Event.ADMITTED, Event.USER_RECEIVED),
    State.SASL_EXCHANGE: (Event.CONNECTED, Event.ADMITTED, Event.AUTH_RECEIVED),
    State.STLS_HANDSHAKE: (Event.CONNECTED, Event.ADMITTED, Event.STLS_RECEIVED),
    State.VERIFYING: (Event.CONNECTED, Event.ADMITTED, Event.CREDENTIALS_RECEIVED),
    State.REFUSING: (Event.CONNECTED, Event.ADMITTED, Event.CREDENTIALS_RECEIVED, Event.REJECTED),
    State.TAKING_SLOT: (
        Event.CONNECTED,
        Event.ADMITTED,
        Event.CREDENTIALS_RECEIVED,
        Event.VERIFIED,
    ),
    State.LOCKING: (
        Event.CONNECTED,
        Event.ADMITTED,
        Event.CREDENTIALS_RECEIVED,
        Event.VERIFIED,
        Event.SLOT_GRANTED,
    ),
    State.AWAITING_LOCK: (
        Event.CONNECTED,
        Event.ADMITTED,
        Event.CREDENTIALS_RECEIVED,
        Event.VERIFIED,
        Event.SLOT_GRANTED,
        Event.MAILDROP_BUSY,
    ),
    State.OPENING: (
        Event.CONNECTED,
        Event.ADMITTED,
        Event.CREDENTIALS_RECEIVED,
        Event.VERIFIED,
        Event.SLOT_GRANTED,
        Event.MAILDROP_LOCKED,
    ),
    State.TRANSACTION: (
        Event.CONNECTED,
        Event.ADMITTED,
        Event.CREDENTIALS_RECEIVED,
        Event.VERIFIED,
        Event.SLOT_GRANTED,
        Event.MAILDROP_LOCKED,
        Event.MAILDROP_OPENED,
    ),
    State.LISTING: (
        Event.CONNECTED,
        Event.ADMITTED,
        Event.CREDENTIALS_RECEIVED,
        Event.VERIFIED,
        Event.SLOT_GRANTED,
        Event.MAILDROP_LOCKED,
        Event.MAILDROP_OPENED,
        Event.LIST_RECEIVED,
    ),
    State.READING: (
        Event.CONNECTED,
        Event.ADMITTED,
        Event.CREDENTIALS_RECEIVED,
        Event.VERIFIED,
        Event.SLOT_GRANTED,
        Event.MAILDROP_LOCKED,
        Event.MAILDROP_OPENED,
        Event.RETR_RECEIVED,
    ),
    State.SENDING: (
        Event.CONNECTED,
        Event.ADMITTED,
        Event.CREDENTIALS_RECEIVED,
        Event.VERIFIED,
        Event.SLOT_GRANTED,
        Event.MAILDROP_LOCKED,
        Event.MAILDROP_OPENED,
        Event.RETR_RECEIVED,
        Event.MESSAGE_OPENED,
    ),
    State.COMMITTING: (
        Event.CONNECTED,
        Event.ADMITTED,
        Event.CREDENTIALS_RECEIVED,
        Event.VERIFIED,
        Event.SLOT_GRANTED,
        Event.MAILDROP_LOCKED,
        Event.MAILDROP_OPENED,
        Event.QUIT_RECEIVED,
    ),
    State.CLOSING: (Event.CONNECTED, Event.ADMISSION_REFUSED),
    State.ADMISSION_ABANDONED: (Event.CONNECTED, Event.END_OF_STREAM),
    State.HANDSHAKE_ABANDONED: (Event.CONNECTED, Event.ADMITTED_FOR_TLS, Event.END_OF_STREAM),
    State.VERIFICATION_ABANDONED: (
        Event.CONNECTED,
        Event.ADMITTED,
        Event.CREDENTIALS_RECEIVED,
        Event.END_OF_STREAM,
    ),
    State.SLOT_ABANDONED: (
        Event.CONNECTED,
        Event.ADMITTED,
        Event.CREDENTIALS_RECEIVED,
        Event.VERIFIED,
        Event.END_OF_STREAM,
    ),
    State.LOCK_ABANDONED: (
        Event.CONNECTED,
        Event.ADMITTED,
        Event.CREDENTIALS_RECEIVED,
        Event.VERIFIED,
        Event.SLOT_GRANTED,
        Event.END_OF_STREAM,
    ),
    State.OPENING_ABANDONED: (
        Event.CONNECTED,
        Event.ADMITTED,
        Event.CREDENTIALS_RECEIVED,
        Event.VERIFIED,
        Event.SLOT_GRANTED,
        Event.MAILDROP_LOCKED,
        Event.END_OF_STREAM,
    ),
    State.READING_ABANDONED: (
        Event.CONNECTED,
        Event.ADMITTED,
        Event.CREDENTIALS_RECEIVED,
        Event.VERIFIED,
        Event.SLOT_GRANTED,
        Event.MAILDROP_LOCKED,
        Event.MAILDROP_OPENED,
        Event.RETR_RECEIVED,
        Event.CONNECTION_LOST,
    ),
    State.SENDING_ABANDONED: (
        Event.CONNECTED,
        Event.ADMITTED,
        Event.CREDENTIALS_RECEIVED,
        Event.VERIFIED,
        Event.SLOT_GRANTED,
        Event.MAILDROP_LOCKED,
        Event.MAILDROP_OPENED,
        Event.RETR_RECEIVED,
        Event.MESSAGE_OPENED,
        Event.CONNECTION_LOST,
    ),
    State.COMMITTING_ABANDONED: (
        Event.CONNECTED,
        Event.ADMITTED,
        Event.CREDENTIALS_RECEIVED,
        Event.VERIFIED,
        Event.SLOT_GRANTED,
        Event.MAILDROP_LOCKED,
        Event.MAILDROP_OPENED,
        Event.QUIT_RECEIVED,
        Event.CONNECTION_LOST,
    ),
    State.CLOSED: (Event.CONNECTED, Event.ADMISSION_REFUSED_FOR_TLS),
}
"""A shortest word of events to each state."""

EXITS: Final = tuple(step for step in EDGES if step.gives_back)
"""The 167 rows that give something back."""
