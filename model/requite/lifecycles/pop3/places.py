"""Where a session waits, what it asks, what it holds and where, what replies may name.

Decides the sets of states in which each resource is held. The rows that enter and leave those
states are elsewhere, and are checked against these sets when the lifecycle is made.
"""

from typing import Final

from requite.lifecycles.pop3.vocabulary import Effect, Event, Held, State, Wait
from requite.model import Fact, Kind, Per, Request, Resource, StateRow

__all__ = ("BRINGS", "FACTS", "REQUESTS", "RESOURCES", "STATES")


def _waits(state: State, wait: Wait, awaits: Effect | None = None) -> StateRow[State, Wait, Effect]:
    """Return the row of one state."""
    return StateRow(state, wait, awaits, main=not state.name.endswith("ABANDONED"))


STATES: Final = (
    _waits(State.NEW, Wait.NOTHING),
    _waits(State.PROXY_HEADER, Wait.HEADER),
    _waits(State.GREETING, Wait.COMPLETION, Effect.ADMIT),
    _waits(State.TLS_HANDSHAKE, Wait.COMPLETION, Effect.START_TLS),
    _waits(State.AUTHORIZATION, Wait.LOGIN),
    _waits(State.USER_GIVEN, Wait.LOGIN),
    _waits(State.SASL_EXCHANGE, Wait.RESPONSE),
    _waits(State.STLS_HANDSHAKE, Wait.COMPLETION, Effect.START_TLS),
    _waits(State.VERIFYING, Wait.COMPLETION, Effect.VERIFY_CREDENTIALS),
    _waits(State.REFUSING, Wait.TIME),
    _waits(State.TAKING_SLOT, Wait.COMPLETION, Effect.TAKE_SLOT),
    _waits(State.LOCKING, Wait.COMPLETION, Effect.LOCK_MAILDROP),
    _waits(State.AWAITING_LOCK, Wait.TIME),
    _waits(State.OPENING, Wait.COMPLETION, Effect.OPEN_MAILDROP),
    _waits(State.TRANSACTION, Wait.COMMAND),
    _waits(State.LISTING, Wait.OUTPUT),
    _waits(State.READING, Wait.COMPLETION, Effect.READ_MESSAGE),
    _waits(State.SENDING, Wait.COMPLETION, Effect.SEND_MESSAGE),
    _waits(State.COMMITTING, Wait.COMPLETION, Effect.COMMIT),
    _waits(State.CLOSING, Wait.OUTPUT),
    _waits(State.ADMISSION_ABANDONED, Wait.COMPLETION, Effect.ADMIT),
    _waits(State.HANDSHAKE_ABANDONED, Wait.COMPLETION, Effect.START_TLS),
    _waits(State.VERIFICATION_ABANDONED, Wait.COMPLETION, Effect.VERIFY_CREDENTIALS),
    _waits(State.SLOT_ABANDONED, Wait.COMPLETION, Effect.TAKE_SLOT),
    _waits(State.LOCK_ABANDONED, Wait.COMPLETION, Effect.LOCK_MAILDROP),
    _waits(State.OPENING_ABANDONED, Wait.COMPLETION, Effect.OPEN_MAILDROP),
    _waits(State.READING_ABANDONED, Wait.COMPLETION, Effect.READ_MESSAGE),
    _waits(State.SENDING_ABANDONED, Wait.COMPLETION, Effect.SEND_MESSAGE),
    _waits(State.COMMITTING_ABANDONED, Wait.COMPLETION, Effect.COMMIT),
    _waits(State.CLOSED, Wait.NOTHING),
)

REQUESTS: Final = (
    Request(
        Effect.ADMIT,
        (
            Event.ADMITTED,
            Event.ADMITTED_FOR_TLS,
            Event.ADMISSION_REFUSED,
            Event.ADMISSION_REFUSED_FOR_TLS,
            Event.ADMISSION_UNAVAILABLE,
            Event.ADMISSION_UNAVAILABLE_FOR_TLS,
        ),
    ),
    Request(Effect.START_TLS, (Event.TLS_ESTABLISHED, Event.TLS_FAILED)),
    Request(
        Effect.VERIFY_CREDENTIALS,
        (
            Event.VERIFIED,
            Event.CHALLENGED,
            Event.REJECTED,
            Event.REJECTED_FOR_GOOD,
            Event.ACCOUNTS_UNAVAILABLE,
        ),
    ),
    Request(
        Effect.TAKE_SLOT,
        (
            Event.SLOT_GRANTED,
            Event.SLOT_REFUSED,
            Event.LOGIN_TOO_SOON,
            Event.LEDGER_UNAVAILABLE,
        ),
    ),
    Request(
        Effect.LOCK_MAILDROP,
        (
            Event.MAILDROP_LOCKED,
            Event.MAILDROP_BUSY,
            Event.MAILDROP_STILL_BUSY,
            Event.MAILBOX_UNUSABLE,
            Event.LOCK_UNAVAILABLE,
        ),
    ),
    Request(Effect.OPEN_MAILDROP, (Event.MAILDROP_OPENED, Event.MAILDROP_UNAVAILABLE)),
    Request(
        Effect.READ_MESSAGE,
        (
            Event.MESSAGE_OPENED,
            Event.TOP_OPENED,
            Event.MESSAGE_GONE,
            Event.MESSAGE_UNREADABLE,
        ),
    ),
    Request(Effect.SEND_MESSAGE, (Event.MESSAGE_SENT, Event.MESSAGE_BROKEN)),
    Request(Effect.COMMIT, (Event.COMMITTED, Event.COMMIT_FAILED)),
)

ENTERED: Final = frozenset(
    {
        State.TLS_HANDSHAKE,
        State.AUTHORIZATION,
        State.USER_GIVEN,
        State.SASL_EXCHANGE,
        State.STLS_HANDSHAKE,
        State.VERIFYING,
        State.REFUSING,
        State.TAKING_SLOT,
        State.LOCKING,
        State.AWAITING_LOCK,
        State.OPENING,
        State.TRANSACTION,
        State.LISTING,
        State.READING,
        State.SENDING,
        State.COMMITTING,
    }
)
CHARGED: Final = ENTERED | {State.VERIFICATION_ABANDONED}
"""A check that nobody waits for still costs a thread: the limits on connections bound those too."""
COUNTED: Final = frozenset(
    {
        State.LOCKING,
        State.AWAITING_LOCK,
        State.OPENING,
        State.TRANSACTION,
        State.LISTING,
        State.READING,
        State.SENDING,
        State.COMMITTING,
    }
)
LOCKED: Final = (COUNTED - {State.LOCKING, State.AWAITING_LOCK}) | {
    State.OPENING_ABANDONED,
    State.COMMITTING_ABANDONED,
}
ADMISSIONS: Final = frozenset({Event.ADMITTED, Event.ADMITTED_FOR_TLS})
NO_ADMISSION: Final = frozenset({Event.ADMISSION_REFUSED, Event.ADMISSION_REFUSED_FOR_TLS})

RESOURCES: Final = (
    Resource(
        Held.SOCKET,
        Kind.EXCLUSIVE,
        held_in=ENTERED | {State.PROXY_HEADER, State.GREETING, State.CLOSING},
        taken_by=frozenset({Event.CONNECTED, Event.PROXIED}),
        given_back_by=Effect.DROP_SOCKET,
        lost_by=frozenset({Event.END_OF_STREAM, Event.CONNECTION_LOST}),
        per=Per.SESSION,
    ),
    Resource(
        Held.CONNECTION,
        Kind.COUNTED,
        CHARGED,
        ADMISSIONS,
        Effect.RELEASE_CONNECTION,
        refused_by=NO_ADMISSION,
        per=Per.SERVER,
    ),
    Resource(
        Held.ADDRESS,
        Kind.COUNTED,
        CHARGED,
        ADMISSIONS,
        Effect.RELEASE_CONNECTION,
        refused_by=NO_ADMISSION,
    ),
    Resource(
        Held.ACCOUNT,
        Kind.COUNTED,
        COUNTED,
        frozenset({Event.SLOT_GRANTED}),
        Effect.RELEASE_SLOT,
        refused_by=frozenset({Event.SLOT_REFUSED}),
    ),
    Resource(
        Held.MAILBOX,
        Kind.COUNTED,
        COUNTED,
        frozenset({Event.SLOT_GRANTED}),
        Effect.RELEASE_SLOT,
        refused_by=frozenset({Event.SLOT_REFUSED}),
    ),
    Resource(
        Held.MAILDROP,
        Kind.EXCLUSIVE,
        LOCKED,
        frozenset({Event.MAILDROP_LOCKED}),
        Effect.UNLOCK_MAILDROP,
        refused_by=frozenset({Event.MAILDROP_BUSY, Event.MAILDROP_STILL_BUSY}),
        same_key_as=Held.MAILBOX,
    ),
    Resource(
        Held.MESSAGE,
        Kind.EXCLUSIVE,
        frozenset({State.SENDING, State.SENDING_ABANDONED}),
        frozenset({Event.MESSAGE_OPENED, Event.TOP_OPENED}),
        Effect.CLOSE_MESSAGE,
        per=Per.SESSION,
    ),
)

FACTS: Final = (
    Fact("challenge", str, "what the mechanism asks, in base64; empty where it only listens"),
    Fact("greeting", str, "what the server says of itself, with a timestamp where APOP is offered"),
    Fact("language", str, "the tag of the language that answers are in"),
    Fact("message_count", int, "how many messages are not marked as deleted"),
    Fact("maildrop_octets", int, "the octets of the messages not marked as deleted"),
    Fact("number", int, "the number of the message that the command names"),
    Fact("message_octets", int, "the exact size of that message"),
    Fact("unique_id", str, "the unique id of that message"),
)

BRINGS: Final = {
    Wait.COMMAND: (
        Event.USER_RECEIVED,
        Event.PASS_RECEIVED,
        Event.AUTH_RECEIVED,
        Event.CREDENTIALS_RECEIVED,
        Event.RESPONSE_MALFORMED,
        Event.APOP_RECEIVED,
        Event.APOP_UNAVAILABLE,
        Event.UTF8_RECEIVED,
        Event.LANGUAGES_ASKED,
        Event.LANGUAGE_CHOSEN,
        Event.LANGUAGE_UNKNOWN,
        Event.MECHANISMS_ASKED,
        Event.MECHANISM_UNKNOWN,
        Event.PLAINTEXT_FORBIDDEN,
        Event.STLS_RECEIVED,
        Event.STLS_UNAVAILABLE,
        Event.CAPA_RECEIVED,
        Event.STAT_RECEIVED,
        Event.LIST_RECEIVED,
        Event.SCAN_RECEIVED,
        Event.UIDL_RECEIVED,
        Event.UNIQUE_ID_RECEIVED,
        Event.RETR_RECEIVED,
        Event.TOP_RECEIVED,
        Event.DELE_RECEIVED,
        Event.NOOP_RECEIVED,
        Event.RSET_RECEIVED,
        Event.QUIT_RECEIVED,
        Event.COMMAND_UNKNOWN,
        Event.COMMAND_MALFORMED,
        Event.LINE_TOO_LONG,
        Event.LINE_ENDLESS,
        Event.MISTAKES_EXHAUSTED,
    ),
    Wait.HEADER: (
        Event.PROXY_NAMED,
        Event.PROXY_UNREADABLE,
        Event.PROXY_DISTRUSTED,
    ),
    Wait.RESPONSE: (
        Event.CREDENTIALS_RECEIVED,
        Event.RESPONSE_CANCELLED,
        Event.RESPONSE_MALFORMED,
        Event.LINE_TOO_LONG,
        Event.LINE_ENDLESS,
        Event.MISTAKES_EXHAUSTED,
    ),
}
"""What a line can be, where a line is waited for; every such state answers all of it."""

BRINGS[Wait.LOGIN] = (*BRINGS[Wait.COMMAND], Event.COMMANDS_EXHAUSTED)
BRINGS[Wait.RESPONSE] += (Event.COMMANDS_EXHAUSTED,)
