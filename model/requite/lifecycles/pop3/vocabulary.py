"""The names of the POP3 session: states, events, effects and what is held.

Decides which words there are; each has one sentence that says what it means. Refuses to decide
what follows from what: that is `table`. The order is the order in which a session meets them.
"""

from enum import Enum, unique

__all__ = ("Effect", "Event", "Held", "State", "Wait")


@unique
class Wait(Enum):
    """What a state waits for."""

    NOTHING = "nothing: no session yet, or no session any more"
    COMMAND = "a command line from the client"
    LOGIN = "a command line from the client, which has not logged in"
    RESPONSE = "a SASL response line from the client"
    COMPLETION = "the answer to a request of ours"
    TIME = "a set time to pass"
    HEADER = "the header of a proxy, which says for whom it connects"
    OUTPUT = "the client to take what was sent"


@unique
class State(Enum):
    """Where a session waits, for exactly one kind of thing."""

    NEW = "no client yet"
    PROXY_HEADER = "a proxy has connected, and is to say for whom (PROXY protocol)"
    GREETING = "the client has connected; the ledger is asked whether one more may come in"
    TLS_HANDSHAKE = "implicit TLS is being agreed, before the banner (RFC 8314)"
    AUTHORIZATION = "the client may log in (RFC 1939 section 4)"
    USER_GIVEN = "USER has named the account; PASS is due"
    SASL_EXCHANGE = "AUTH has begun; the client's next line is a SASL response (RFC 5034)"
    STLS_HANDSHAKE = "TLS is being agreed after STLS (RFC 2595 section 4)"
    VERIFYING = "the credentials are being verified"
    REFUSING = "the credentials were wrong; the refusal is held back for a while"
    TAKING_SLOT = "the ledger is asked for a slot of the account"
    LOCKING = "the maildrop's lock is asked for"
    AWAITING_LOCK = "another session holds the maildrop; its lock is asked for again in a moment"
    OPENING = "the maildrop is locked and its messages are being listed"
    TRANSACTION = "the client may use the maildrop (RFC 1939 section 5)"
    LISTING = "a listing is being sent"
    READING = "a message is being opened"
    SENDING = "a message is being sent"
    COMMITTING = "UPDATE: the messages marked as deleted are being removed (RFC 1939 section 6)"
    CLOSING = "all is given back but the socket; the farewell is being taken by the client"
    ADMISSION_ABANDONED = "the client left before the ledger answered about the connection"
    HANDSHAKE_ABANDONED = "the session ended before the TLS handshake did"
    VERIFICATION_ABANDONED = "the client left before its credentials were verified"
    SLOT_ABANDONED = "the client left before the ledger answered about the slot"
    LOCK_ABANDONED = "the client left before the maildrop's lock was granted"
    OPENING_ABANDONED = "the client left before its maildrop was listed"
    READING_ABANDONED = "the client left before the message was opened"
    SENDING_ABANDONED = "the client left while a part of the message was being read"
    COMMITTING_ABANDONED = "the client left, or time ran out, while messages were being removed"
    CLOSED = "the session is over and nothing of it is left"


@unique
class Event(Enum):
    """What happened."""

    # Peer: what the client does.
    CONNECTED = "a client has connected"
    PROXIED = "a proxy has connected"
    PROXY_NAMED = "the proxy has said for whom it connects"
    PROXY_UNREADABLE = "what came first is no header of a proxy"
    PROXY_DISTRUSTED = "who has connected is no proxy that is trusted"
    USER_RECEIVED = "USER with a name that can be read"
    PASS_RECEIVED = "PASS with a password"  # noqa: S105 - the name of an event
    AUTH_RECEIVED = "AUTH with a mechanism that is offered and no initial response"
    CREDENTIALS_RECEIVED = "a complete SASL message, with AUTH or as a response"
    RESPONSE_CANCELLED = "a SASL response that is a lone asterisk"
    RESPONSE_MALFORMED = "a SASL message that cannot be read"
    APOP_RECEIVED = "APOP with a name and a digest, where it is offered"
    APOP_UNAVAILABLE = "APOP where it is not offered"
    MECHANISMS_ASKED = "AUTH with no argument"
    MECHANISM_UNKNOWN = "AUTH with a mechanism that is not offered"
    PLAINTEXT_FORBIDDEN = "a password offered in the clear where the configuration forbids it"
    STLS_RECEIVED = "STLS where TLS can begin"
    STLS_UNAVAILABLE = "STLS where there is no certificate, or TLS already"
    UTF8_RECEIVED = "UTF8"
    LANGUAGES_ASKED = "LANG with no argument"
    LANGUAGE_CHOSEN = "LANG with a language that is there"
    LANGUAGE_UNKNOWN = "LANG with a language that is not there"
    CAPA_RECEIVED = "CAPA"
    STAT_RECEIVED = "STAT"
    LIST_RECEIVED = "LIST with no argument"
    SCAN_RECEIVED = "LIST with the number of a message that is there"
    UIDL_RECEIVED = "UIDL with no argument"
    UNIQUE_ID_RECEIVED = "UIDL with the number of a message that is there"
    RETR_RECEIVED = "RETR of a message that is there"
    TOP_RECEIVED = "TOP of a message that is there"
    DELE_RECEIVED = "DELE of a message that is there"
    DELETION_REFUSED = "DELE of a message that must be kept"
    DELETION_FORBIDDEN = "DELE in a mailbox whose messages are never deleted"
    NO_SUCH_MESSAGE = "a command with the number of a message that is not there, or deleted"
    NOOP_RECEIVED = "NOOP"
    RSET_RECEIVED = "RSET"
    QUIT_RECEIVED = "QUIT"
    COMMAND_UNKNOWN = "a command that this server does not know"
    COMMAND_MALFORMED = "a command with arguments that it does not take"
    LINE_TOO_LONG = "a line over the limit, skipped to its end"
    LINE_ENDLESS = "a line so long that its end is no longer looked for"
    MISTAKES_EXHAUSTED = "one more line that cannot be read than a connection may send"
    COMMANDS_EXHAUSTED = "one more command before the login than a connection may send"
    ANSWER_TAKEN = "the client has taken the listing that was being sent"
    END_OF_STREAM = "the client sends no more (FIN), and all that it sent is handled"
    CONNECTION_LOST = "the connection is gone, by reset or closed on both sides"

    # Environment: what can happen in every state that waits.
    TIME_EXPIRED = "the time that the session was given has run out"
    WRITE_STALLED = "the client has taken too little of what was sent for too long"
    KICKED = "the administrator ends this session"
    DRAINED = "the server is stopping"
    FAULTED = "something of ours has failed"

    # Completions: the answer to a request.
    ADMITTED = "the connection may come in"
    ADMITTED_FOR_TLS = "the connection may come in, and its listener begins with TLS"
    ADMISSION_REFUSED = "a limit on connections has no room"
    ADMISSION_REFUSED_FOR_TLS = "the connection may not come in, and only TLS could say so"
    ADMISSION_UNAVAILABLE = "the ledger could not be asked about the connection"
    ADMISSION_UNAVAILABLE_FOR_TLS = "the ledger could not be asked, and only TLS could say so"
    TLS_ESTABLISHED = "the TLS handshake has succeeded"
    TLS_FAILED = "the TLS handshake has failed, or the client left during it"
    VERIFIED = "the credentials are right"
    CHALLENGED = "the mechanism asks for one more response of the client"
    REJECTED = "the credentials are wrong, or open no such mailbox"
    REJECTED_FOR_GOOD = "the credentials are wrong, and were so as often as a connection may try"
    ACCOUNTS_UNAVAILABLE = "the credentials could not be verified"
    SLOT_GRANTED = "the slot is taken"
    SLOT_REFUSED = "a limit of the account or the mailbox has no room"
    LOGIN_TOO_SOON = "the account has logged in too short a time ago"
    LEDGER_UNAVAILABLE = "the ledger could not be asked about the slot"
    MAILDROP_LOCKED = "the maildrop's lock is taken"
    MAILDROP_BUSY = "another session holds the maildrop, and there is time to ask again"
    MAILDROP_STILL_BUSY = "another session holds the maildrop, and the time to wait for it is over"
    MAILBOX_UNUSABLE = "the mailbox is such that no session can open it until somebody mends it"
    LOCK_UNAVAILABLE = "the maildrop could not be locked"
    MAILDROP_OPENED = "the messages of the maildrop are listed"
    MAILDROP_UNAVAILABLE = "the messages of the maildrop could not be listed"
    MESSAGE_OPENED = "the message is open, to be sent whole"
    TOP_OPENED = "the message is open, to be sent in part"
    MESSAGE_GONE = "another program has removed the message"
    MESSAGE_UNREADABLE = "the message could not be opened"
    MESSAGE_SENT = "the client has taken the message"
    MESSAGE_BROKEN = "the message could not be read to its end"
    COMMITTED = "every message marked as deleted is removed"
    COMMIT_FAILED = "some of the messages marked as deleted could not be removed"


@unique
class Effect(Enum):
    """What the shell owes after a step."""

    # Orders that give back. They come first in a row and cannot fail.
    RELEASE_SLOT = "give the slot of the account and of the mailbox back"
    RELEASE_CONNECTION = "give the slot of the server and of the address back"
    UNLOCK_MAILDROP = "let go of the maildrop's lock"
    CLOSE_MESSAGE = "close the message that is open"
    DROP_SOCKET = "close the socket at once, its timers with it, and hear no more of it"

    # Orders.
    START_PROXY_TIMER = "give the proxy its time to say for whom it connects"
    START_HANDSHAKE_TIMER = "give the TLS handshake its time"
    START_LOGIN_TIMER = "give the session what is left of its time to log in"
    START_REFUSAL_TIMER = "hold the refusal back"
    START_LOCK_TIMER = "wait a moment before the maildrop's lock is asked for again"
    START_IDLE_TIMER = "give the session its idle time anew"
    START_COMMIT_TIMER = "give the removal of messages its time"
    START_CLOSING_TIMER = "give the client a moment, anew while it takes what was sent"
    STOP_TIMER = "let the session take its time; what it sends is watched by the write timer"
    WARN_LIMIT_REACHED = "log event 1009 with the account, the number held and the limit"
    KEEP_NAME = "remember the name that USER gave"
    FORGET_PLAINTEXT = "forget what was learned and received in the clear (RFC 2595 section 4)"
    ENABLE_UTF8 = "take longer command lines from now on, as UTF-8 needs them"
    CHOOSE_LANGUAGE = "answer in the language that the command names"
    SEND_LANGUAGES = "send the languages of answers, to the final dot"
    SEND_MECHANISMS = "send the SASL mechanisms on offer, to the final dot"
    SEND_CAPABILITIES = "send the capabilities, to the final dot"
    SEND_SCAN_LISTINGS = "begin to send a scan listing of each message"
    SEND_UNIQUE_IDS = "begin to send the unique id of each message"
    MARK_DELETED = "mark the message as deleted"
    UNMARK_ALL = "unmark every message"
    PROTECT_MESSAGE = "refuse to delete this message in this session"
    STOP_OPENING = "list no further: nobody waits for the messages any more"
    STOP_SENDING = "read no further in the message that is being sent"
    CLOSE_SOCKET = "send what is queued, say that no more comes, and wait for the client's end"

    # Requests.
    ADMIT = "ask the ledger for a slot of the server and of the address"
    START_TLS = "begin the TLS handshake"
    VERIFY_CREDENTIALS = "ask who this is, and whose mailbox may be opened"
    TAKE_SLOT = "ask the ledger for a slot of the account and of the mailbox"
    LOCK_MAILDROP = "ask for the maildrop's lock"
    OPEN_MAILDROP = "ask for the list of messages"
    READ_MESSAGE = "ask for the message"
    SEND_MESSAGE = "send the message, to the final dot"
    COMMIT = "ask for the removal of the messages marked as deleted"


@unique
class Held(Enum):
    """What a session holds."""

    SOCKET = "the client's socket"
    CONNECTION = "a slot of the server"
    ADDRESS = "a slot of the client's address"
    ACCOUNT = "a slot of the account that logged in"
    MAILBOX = "a slot of the mailbox that is open"
    MAILDROP = "the lock of the maildrop"
    MESSAGE = "a message that is open for reading"
