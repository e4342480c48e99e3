"""TRANSACTION and UPDATE: RFC 1939 sections 5 and 6.

Decides what a logged-in client may do with its maildrop, and how it leaves.
"""

from typing import Final

from requite.lifecycles.pop3.vocabulary import Effect, Event, State
from requite.lifecycles.pop3.ways_out import (
    IN_MAILDROP,
    LOGGED_IN,
    Row,
    Rows,
    leaves_a_line,
    leaves_at_once,
    refuses,
    say_and_close,
    says_unreadable,
    speaks,
)
from requite.model import Edge, Reply

__all__ = ("LEAVING", "USING")

LOGIN_COMMANDS: Final = (
    Event.USER_RECEIVED,
    Event.PASS_RECEIVED,
    Event.AUTH_RECEIVED,
    Event.CREDENTIALS_RECEIVED,
    Event.RESPONSE_MALFORMED,
    Event.APOP_RECEIVED,
    Event.APOP_UNAVAILABLE,
    Event.UTF8_RECEIVED,
    Event.MECHANISMS_ASKED,
    Event.MECHANISM_UNKNOWN,
    Event.PLAINTEXT_FORBIDDEN,
    Event.STLS_RECEIVED,
    Event.STLS_UNAVAILABLE,
)
LOGGED_IN_ALREADY: Final = Reply("-ERR You are logged in already.")


def _answers(event: Event, *effects: Effect | Reply, why: str) -> Row:
    """Return the row of a command in TRANSACTION that is answered at once."""
    timed = (Effect.START_IDLE_TIMER, *effects)
    return Edge(State.TRANSACTION, event, State.TRANSACTION, timed, why=why)


def _lists(event: Event, effect: Effect, reply: str) -> Row:
    """Return the row of a command in TRANSACTION that is answered with a listing."""
    effects = (Effect.STOP_TIMER, Reply(reply), effect)
    why = "RFC 1939 section 3: a multi-line response; a long one waits for its reader"
    return Edge(State.TRANSACTION, event, State.LISTING, effects, why=why)


def _reads(event: Event) -> Row:
    """Return the row of a command in TRANSACTION that needs a message."""
    effects = (Effect.START_IDLE_TIMER, Effect.READ_MESSAGE)
    why = "The message may have to come from a disk, and another program may have removed it"
    return Edge(State.TRANSACTION, event, State.READING, effects, why=why)


def _opened(event: Event, reply: str, why: str) -> Row:
    """Return the row of a message that has been opened and is sent now."""
    effects = (Effect.STOP_TIMER, Reply(reply), Effect.SEND_MESSAGE)
    return Edge(State.READING, event, State.SENDING, effects, why=why)


def _back_to_transaction(source: State, event: Event, *effects: Effect | Reply, why: str) -> Row:
    """Return the row of an answer that is complete."""
    return Edge(source, event, State.TRANSACTION, effects, why=why)


STAYS: Final = (Event.END_OF_STREAM, Event.DRAINED)

USING: Final[Rows] = (
    _answers(
        Event.STAT_RECEIVED,
        Reply("+OK {message_count} {maildrop_octets}"),
        why="RFC 1939 section 5: a drop listing counts what is not marked as deleted",
    ),
    _lists(
        Event.LIST_RECEIVED,
        Effect.SEND_SCAN_LISTINGS,
        "+OK {message_count} messages ({maildrop_octets} octets)",
    ),
    _answers(
        Event.SCAN_RECEIVED,
        Reply("+OK {number} {message_octets}"),
        why="RFC 1939 section 5: a scan listing has the number and the exact size",
    ),
    _lists(Event.UIDL_RECEIVED, Effect.SEND_UNIQUE_IDS, "+OK Unique ids follow."),
    _answers(
        Event.UNIQUE_ID_RECEIVED,
        Reply("+OK {number} {unique_id}"),
        why="RFC 1939 section 7: a unique-id listing has the number and the unique id",
    ),
    _reads(Event.RETR_RECEIVED),
    _reads(Event.TOP_RECEIVED),
    _answers(
        Event.DELE_RECEIVED,
        Effect.MARK_DELETED,
        Reply("+OK Message {number} is marked as deleted."),
        why="RFC 1939 section 5: DELE marks; nothing is removed before UPDATE",
    ),
    _answers(
        Event.DELETION_REFUSED,
        Reply("-ERR [SYS/TEMP] Message {number} could not be read, and is not deleted."),
        why="Some clients delete what they could not read; a message must not be lost that way",
    ),
    _answers(
        Event.DELETION_FORBIDDEN,
        Reply("-ERR [SYS/PERM] Messages of this mailbox cannot be deleted."),
        why="RFC 3206 section 4: who asks again is refused again; few clients read a -ERR to QUIT",
    ),
    _answers(
        Event.NO_SUCH_MESSAGE,
        Reply("-ERR No such message."),
        why="RFC 1939 section 5: a number over the last one or of a deleted message is refused",
    ),
    _answers(
        Event.NOOP_RECEIVED, Reply("+OK"), why="RFC 1939 section 5: NOOP gets a positive answer"
    ),
    _answers(
        Event.RSET_RECEIVED,
        Effect.UNMARK_ALL,
        Reply("+OK {message_count} messages ({maildrop_octets} octets)"),
        why="RFC 1939 section 5: RSET unmarks what was marked as deleted",
    ),
    _answers(
        Event.CAPA_RECEIVED,
        Reply("+OK Capabilities follow."),
        Effect.SEND_CAPABILITIES,
        why="RFC 2449 section 5: CAPA is valid in AUTHORIZATION and in TRANSACTION",
    ),
    Edge(
        State.TRANSACTION,
        Event.QUIT_RECEIVED,
        State.COMMITTING,
        (Effect.START_COMMIT_TIMER, Effect.COMMIT),
        why="RFC 1939 section 6: QUIT in TRANSACTION enters UPDATE, and nothing else does",
    ),
    *refuses(
        State.TRANSACTION,
        LOGIN_COMMANDS,
        LOGGED_IN_ALREADY,
        "RFC 1939 section 4: logging in is for AUTHORIZATION only",
    ),
    *speaks(State.TRANSACTION),
    *says_unreadable(State.TRANSACTION),
    *leaves_a_line(State.TRANSACTION, IN_MAILDROP),
    _back_to_transaction(
        State.LISTING,
        Event.ANSWER_TAKEN,
        Effect.START_IDLE_TIMER,
        why="A long download is not idle time: the clock starts when it is over",
    ),
    *leaves_at_once(
        State.LISTING, State.CLOSED, (*IN_MAILDROP, Effect.DROP_SOCKET), stays_on=STAYS
    ),
    _opened(
        Event.MESSAGE_OPENED,
        "+OK {message_octets} octets",
        "RFC 1939 section 5: the answer to RETR is a multi-line response",
    ),
    _opened(
        Event.TOP_OPENED,
        "+OK The top of message {number} follows.",
        "RFC 1939 section 7: TOP sends the header, the blank line and the lines asked for",
    ),
    _back_to_transaction(
        State.READING,
        Event.MESSAGE_GONE,
        Effect.PROTECT_MESSAGE,
        Effect.START_IDLE_TIMER,
        Reply("-ERR Message {number} has been removed by another program."),
        why="The numbers of a session stand still though the maildrop does not",
    ),
    _back_to_transaction(
        State.READING,
        Event.MESSAGE_UNREADABLE,
        Effect.PROTECT_MESSAGE,
        Effect.START_IDLE_TIMER,
        Reply("-ERR [SYS/TEMP] Message {number} cannot be read at the moment."),
        why="Some clients delete what they could not read; a message must not be lost that way",
    ),
    *leaves_at_once(
        State.READING,
        State.READING_ABANDONED,
        (*IN_MAILDROP, Effect.DROP_SOCKET),
        stays_on=STAYS,
    ),
    _back_to_transaction(
        State.SENDING,
        Event.MESSAGE_SENT,
        Effect.CLOSE_MESSAGE,
        Effect.START_IDLE_TIMER,
        why="A long download is not idle time: the clock starts when it is over",
    ),
    Edge(
        State.SENDING,
        Event.MESSAGE_BROKEN,
        State.CLOSED,
        (*IN_MAILDROP, Effect.CLOSE_MESSAGE, Effect.DROP_SOCKET),
        why="POP3 cannot say in the middle of a message that the rest is missing; the end can",
    ),
    *leaves_at_once(
        State.SENDING,
        State.SENDING_ABANDONED,
        (*IN_MAILDROP, Effect.DROP_SOCKET, Effect.STOP_SENDING),
        stays_on=STAYS,
    ),
)

# --- leaving --------------------------------------------------------------------------------

LEAVING: Final[Rows] = (
    Edge(
        State.COMMITTING,
        Event.COMMITTED,
        State.CLOSING,
        (*IN_MAILDROP, *say_and_close(Reply("+OK Goodbye."))),
        why="RFC 1939 section 6: the answer comes after the removal; the slot is back before it",
    ),
    Edge(
        State.COMMITTING,
        Event.COMMIT_FAILED,
        State.CLOSING,
        (
            *IN_MAILDROP,
            *say_and_close(Reply("-ERR [SYS/TEMP] Some deleted messages are not removed.")),
        ),
        why="RFC 1939 section 6: when some messages could not be removed the answer is -ERR",
    ),
    *leaves_at_once(
        State.COMMITTING,
        State.COMMITTING_ABANDONED,
        (*LOGGED_IN, Effect.DROP_SOCKET),
        stays_on=STAYS,
    ),
    *leaves_at_once(State.CLOSING, State.CLOSED, (Effect.DROP_SOCKET,), stays_on=(Event.DRAINED,)),
)
