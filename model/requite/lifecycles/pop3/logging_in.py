"""From the greeting to an open maildrop: RFC 1939 section 4, RFC 5034, RFC 2595.

Decides how a client proves who it is and what must be had before TRANSACTION: a slot, the lock and
the list of messages, in this order.
"""

from typing import Final

from requite.lifecycles.pop3.vocabulary import Effect, Event, State
from requite.lifecycles.pop3.ways_out import (
    ENTRY,
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

__all__ = ("LOGGING_IN",)

TRANSACTION_COMMANDS: Final = (
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
)
LOGIN_FIRST: Final = Reply("-ERR Log in first.")


def _offers_login(source: State) -> Rows:
    """Return what AUTHORIZATION and USER_GIVEN have in common: the ways to log in, and others."""
    return (
        Edge(
            source,
            Event.USER_RECEIVED,
            State.USER_GIVEN,
            (Effect.KEEP_NAME, Reply("+OK Password, please.")),
            why="RFC 1939 section 7: USER is answered alike whether or not the mailbox exists",
        ),
        Edge(
            source,
            Event.AUTH_RECEIVED,
            State.SASL_EXCHANGE,
            (Reply("+ {challenge}"),),
            why="RFC 5034 section 4: the first challenge, empty where the mechanism only listens",
        ),
        Edge(
            source,
            Event.CREDENTIALS_RECEIVED,
            State.VERIFYING,
            (Effect.VERIFY_CREDENTIALS,),
            why="RFC 5034 section 4: an initial response saves a round trip",
        ),
        Edge(
            source,
            Event.APOP_RECEIVED,
            State.VERIFYING,
            (Effect.VERIFY_CREDENTIALS,),
            why="RFC 1939 section 7: the digest of the timestamp and a secret proves who it is",
        ),
        *refuses(
            source,
            (Event.APOP_UNAVAILABLE,),
            Reply("-ERR APOP is not available here."),
            "RFC 1939 section 7: APOP is optional, and is there if the banner has a timestamp",
        ),
        Edge(
            source,
            Event.UTF8_RECEIVED,
            source,
            (Effect.ENABLE_UTF8, Reply("+OK UTF8 is enabled.")),
            why="RFC 6856 section 2: UTF8 is given in AUTHORIZATION and holds for the session",
        ),
        *speaks(source),
        *refuses(
            source,
            (Event.RESPONSE_MALFORMED,),
            Reply("-ERR That is not a valid initial response."),
            "RFC 5034 section 4: a response that cannot be decoded fails the exchange",
        ),
        Edge(
            source,
            Event.MECHANISMS_ASKED,
            source,
            (Reply("+OK Mechanisms follow."), Effect.SEND_MECHANISMS),
            why="Old clients ask for the mechanisms by AUTH alone; CAPA says the same",
        ),
        *refuses(
            source,
            (Event.MECHANISM_UNKNOWN,),
            Reply("-ERR That mechanism is not offered; CAPA lists those that are."),
            "RFC 5034 section 4: a mechanism that is not supported is refused",
        ),
        *refuses(
            source,
            (Event.PLAINTEXT_FORBIDDEN,),
            Reply("-ERR [AUTH] A password is not accepted in the clear; use TLS."),
            "RFC 8314 section 3: no password in the clear where TLS can be had",
        ),
        Edge(
            source,
            Event.STLS_RECEIVED,
            State.STLS_HANDSHAKE,
            (
                Reply("+OK Begin TLS."),
                Effect.FORGET_PLAINTEXT,
                Effect.START_HANDSHAKE_TIMER,
                Effect.START_TLS,
            ),
            why="RFC 2595 section 4: the handshake begins right after the +OK",
        ),
        *refuses(
            source,
            (Event.STLS_UNAVAILABLE,),
            Reply("-ERR TLS is not available here."),
            "RFC 2595 section 4: STLS is refused when TLS is active or not configured",
        ),
        Edge(
            source,
            Event.CAPA_RECEIVED,
            source,
            (Reply("+OK Capabilities follow."), Effect.SEND_CAPABILITIES),
            why="RFC 2449 section 5: CAPA is valid in AUTHORIZATION and in TRANSACTION",
        ),
        Edge(
            source,
            Event.QUIT_RECEIVED,
            State.CLOSING,
            (*ENTRY, *say_and_close(Reply("+OK Goodbye."))),
            why="RFC 1939 section 4: QUIT in AUTHORIZATION ends the session without UPDATE",
        ),
        *refuses(
            source,
            TRANSACTION_COMMANDS,
            LOGIN_FIRST,
            "RFC 1939 section 5: these commands are valid in TRANSACTION only",
        ),
        *says_unreadable(source),
        *leaves_a_line(source, ENTRY),
    )


def _fails_exchange(event: Event, reply: Reply, why: str) -> Row:
    """Return the row of a SASL exchange that ends without credentials."""
    return Edge(State.SASL_EXCHANGE, event, State.AUTHORIZATION, (reply,), why=why)


LOGGING_IN: Final[Rows] = (
    *_offers_login(State.AUTHORIZATION),
    *refuses(
        State.AUTHORIZATION,
        (Event.PASS_RECEIVED,),
        Reply("-ERR Give USER first."),
        "RFC 1939 section 7: PASS is valid only right after USER",
    ),
    Edge(
        State.USER_GIVEN,
        Event.PASS_RECEIVED,
        State.VERIFYING,
        (Effect.VERIFY_CREDENTIALS,),
        why="RFC 1939 section 7: the server uses the pair of USER and PASS to decide",
    ),
    *_offers_login(State.USER_GIVEN),
    Edge(
        State.SASL_EXCHANGE,
        Event.CREDENTIALS_RECEIVED,
        State.VERIFYING,
        (Effect.VERIFY_CREDENTIALS,),
        why="RFC 5034 section 4: each response is for the mechanism to judge",
    ),
    _fails_exchange(
        Event.RESPONSE_CANCELLED,
        Reply("-ERR The exchange is cancelled."),
        "RFC 5034 section 4: a lone asterisk cancels, and is answered with -ERR",
    ),
    _fails_exchange(
        Event.RESPONSE_MALFORMED,
        Reply("-ERR That is not a valid response."),
        "RFC 5034 section 4: a response that cannot be decoded fails the exchange",
    ),
    _fails_exchange(
        Event.LINE_TOO_LONG,
        Reply("-ERR The response is too long; it has been skipped."),
        "RFC 5034 section 4: lines of an exchange have a limit of their own",
    ),
    *leaves_a_line(State.SASL_EXCHANGE, ENTRY),
    Edge(
        State.STLS_HANDSHAKE,
        Event.TLS_ESTABLISHED,
        State.AUTHORIZATION,
        (Effect.START_LOGIN_TIMER,),
        why="RFC 2595 section 4: after the handshake the session starts over, with no greeting",
    ),
    Edge(
        State.STLS_HANDSHAKE,
        Event.TLS_FAILED,
        State.CLOSED,
        (*ENTRY, Effect.DROP_SOCKET),
        why="RFC 8446 section 6.2: a failed handshake ends the connection",
    ),
    *leaves_at_once(State.STLS_HANDSHAKE, State.HANDSHAKE_ABANDONED, (*ENTRY, Effect.DROP_SOCKET)),
    Edge(
        State.VERIFYING,
        Event.VERIFIED,
        State.TAKING_SLOT,
        (Effect.TAKE_SLOT,),
        why="Only who has proved a password can hold a slot of the account",
    ),
    Edge(
        State.VERIFYING,
        Event.CHALLENGED,
        State.SASL_EXCHANGE,
        (Reply("+ {challenge}"),),
        why="RFC 5034 section 4: a mechanism may take several rounds of challenge and response",
    ),
    Edge(
        State.VERIFYING,
        Event.REJECTED_FOR_GOOD,
        State.CLOSING,
        (*ENTRY, *say_and_close(Reply("-ERR [AUTH] Wrong name or password, once too often."))),
        why="Guessing is cut off; who guesses on must connect again, and is counted there",
    ),
    Edge(
        State.VERIFYING,
        Event.REJECTED,
        State.REFUSING,
        (Effect.START_REFUSAL_TIMER,),
        why="Guessing is slowed down without holding anything of the account",
    ),
    Edge(
        State.VERIFYING,
        Event.ACCOUNTS_UNAVAILABLE,
        State.AUTHORIZATION,
        (Reply("-ERR [SYS/TEMP] Accounts cannot be looked up at the moment; try again later."),),
        why="RFC 3206 section 4: SYS/TEMP keeps a client from asking for another password",
    ),
    *leaves_at_once(State.VERIFYING, State.VERIFICATION_ABANDONED, (Effect.DROP_SOCKET,)),
    *(
        row
        if row.event is not Event.TIME_EXPIRED
        else Edge(
            State.REFUSING,
            Event.TIME_EXPIRED,
            State.AUTHORIZATION,
            (Effect.START_LOGIN_TIMER, Reply("-ERR [AUTH] Wrong name or password.")),
            why="RFC 3206 section 5: AUTH says that the credentials are at fault; staying open "
            "keeps clients from connecting again at once",
        )
        for row in leaves_at_once(State.REFUSING, State.CLOSED, (*ENTRY, Effect.DROP_SOCKET))
    ),
    Edge(
        State.TAKING_SLOT,
        Event.SLOT_GRANTED,
        State.LOCKING,
        (Effect.LOCK_MAILDROP,),
        why="The slot comes before the lock, so that a session refused by a limit locks nothing",
    ),
    Edge(
        State.TAKING_SLOT,
        Event.SLOT_REFUSED,
        State.AUTHORIZATION,
        (
            Effect.WARN_LIMIT_REACHED,
            Reply(
                "-ERR [IN-USE] Too many sessions are open for this account. "
                "Close one, or wait a minute, and try again."
            ),
        ),
        why="RFC 2449 section 8.1.1: IN-USE tells the client that the credentials were right",
    ),
    Edge(
        State.TAKING_SLOT,
        Event.LOGIN_TOO_SOON,
        State.AUTHORIZATION,
        (
            Reply(
                "-ERR [LOGIN-DELAY] This account has logged in a moment ago; wait, and try again."
            ),
        ),
        why="RFC 2449 section 8.1.1: LOGIN-DELAY says that the credentials were right",
    ),
    Edge(
        State.TAKING_SLOT,
        Event.LEDGER_UNAVAILABLE,
        State.AUTHORIZATION,
        (Reply("-ERR [SYS/TEMP] Sessions cannot be counted at the moment; try again later."),),
        why="A session that cannot be counted is not let in: a limit that fails open is none",
    ),
    *leaves_at_once(State.TAKING_SLOT, State.SLOT_ABANDONED, (*ENTRY, Effect.DROP_SOCKET)),
    Edge(
        State.LOCKING,
        Event.MAILDROP_LOCKED,
        State.OPENING,
        (Effect.OPEN_MAILDROP,),
        why="RFC 1939 section 4: the lock is acquired before the messages are numbered",
    ),
    Edge(
        State.LOCKING,
        Event.MAILDROP_BUSY,
        State.AWAITING_LOCK,
        (Effect.START_LOCK_TIMER,),
        why="A session that is about to end is waited for, so that a client may come straight back",
    ),
    Edge(
        State.LOCKING,
        Event.MAILDROP_STILL_BUSY,
        State.AUTHORIZATION,
        (
            Effect.RELEASE_SLOT,
            Reply("-ERR [IN-USE] Another session has this mailbox open; try again later."),
        ),
        why="RFC 1939 section 4: when the lock cannot be acquired the server answers -ERR",
    ),
    Edge(
        State.LOCKING,
        Event.MAILBOX_UNUSABLE,
        State.AUTHORIZATION,
        (
            Effect.RELEASE_SLOT,
            Reply("-ERR [SYS/PERM] This mailbox cannot be used; ask the administrator."),
        ),
        why="RFC 3206 section 4: SYS/PERM says that nothing but somebody's help changes the answer",
    ),
    Edge(
        State.LOCKING,
        Event.LOCK_UNAVAILABLE,
        State.AUTHORIZATION,
        (
            Effect.RELEASE_SLOT,
            Reply("-ERR [SYS/TEMP] The mailbox cannot be locked at the moment; try again later."),
        ),
        why="RFC 3206 section 4: SYS/TEMP says that the same attempt may succeed later",
    ),
    *leaves_at_once(State.LOCKING, State.LOCK_ABANDONED, (*LOGGED_IN, Effect.DROP_SOCKET)),
    *(
        row
        if row.event is not Event.TIME_EXPIRED
        else Edge(
            State.AWAITING_LOCK,
            Event.TIME_EXPIRED,
            State.LOCKING,
            (Effect.START_LOGIN_TIMER, Effect.LOCK_MAILDROP),
            why="No kernel tells a waiter that a lock is free without a thread for each that waits",
        )
        for row in leaves_at_once(
            State.AWAITING_LOCK, State.CLOSED, (*LOGGED_IN, Effect.DROP_SOCKET)
        )
    ),
    Edge(
        State.OPENING,
        Event.MAILDROP_OPENED,
        State.TRANSACTION,
        (
            Effect.START_IDLE_TIMER,
            Reply("+OK Logged in, {message_count} messages ({maildrop_octets} octets)."),
        ),
        why="RFC 1939 section 4: with the maildrop locked and opened TRANSACTION begins",
    ),
    Edge(
        State.OPENING,
        Event.MAILDROP_UNAVAILABLE,
        State.AUTHORIZATION,
        (
            Effect.RELEASE_SLOT,
            Effect.UNLOCK_MAILDROP,
            Reply("-ERR [SYS/TEMP] The mailbox cannot be opened at the moment; try again later."),
        ),
        why="RFC 1939 section 4: a maildrop that cannot be opened is let go, and AUTHORIZATION "
        "goes on",
    ),
    *leaves_at_once(
        State.OPENING,
        State.OPENING_ABANDONED,
        (*LOGGED_IN, Effect.DROP_SOCKET, Effect.STOP_OPENING),
    ),
)
