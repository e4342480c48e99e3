"""The machine of the pop3 lifecycle.

Derived from requite.lifecycles.pop3:POP3_SESSION; change that instead.
Digest of the declaration: sha256 9db3bd342ae613936a40927f029509b6
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
    """Nothing: no session yet, or no session any more."""
    COMMAND = 1
    """A command line from the client."""
    LOGIN = 2
    """A command line from the client, which has not logged in."""
    RESPONSE = 3
    """A SASL response line from the client."""
    COMPLETION = 4
    """The answer to a request of ours."""
    TIME = 5
    """A set time to pass."""
    HEADER = 6
    """The header of a proxy, which says for whom it connects."""
    OUTPUT = 7
    """The client to take what was sent."""


class State(IntEnum):
    """Where a session waits, for exactly one kind of thing."""

    NEW = 0
    """No client yet."""
    PROXY_HEADER = 1
    """A proxy has connected, and is to say for whom (PROXY protocol)."""
    GREETING = 2
    """The client has connected; the ledger is asked whether one more may come in."""
    TLS_HANDSHAKE = 3
    """Implicit TLS is being agreed, before the banner (RFC 8314)."""
    AUTHORIZATION = 4
    """The client may log in (RFC 1939 section 4)."""
    USER_GIVEN = 5
    """USER has named the account; PASS is due."""
    SASL_EXCHANGE = 6
    """AUTH has begun; the client's next line is a SASL response (RFC 5034)."""
    STLS_HANDSHAKE = 7
    """TLS is being agreed after STLS (RFC 2595 section 4)."""
    VERIFYING = 8
    """The credentials are being verified."""
    REFUSING = 9
    """The credentials were wrong; the refusal is held back for a while."""
    TAKING_SLOT = 10
    """The ledger is asked for a slot of the account."""
    LOCKING = 11
    """The maildrop's lock is asked for."""
    AWAITING_LOCK = 12
    """Another session holds the maildrop; its lock is asked for again in a moment."""
    OPENING = 13
    """The maildrop is locked and its messages are being listed."""
    TRANSACTION = 14
    """The client may use the maildrop (RFC 1939 section 5)."""
    LISTING = 15
    """A listing is being sent."""
    READING = 16
    """A message is being opened."""
    SENDING = 17
    """A message is being sent."""
    COMMITTING = 18
    """UPDATE: the messages marked as deleted are being removed (RFC 1939 section 6)."""
    CLOSING = 19
    """All is given back but the socket; the farewell is being taken by the client."""
    ADMISSION_ABANDONED = 20
    """The client left before the ledger answered about the connection."""
    HANDSHAKE_ABANDONED = 21
    """The session ended before the TLS handshake did."""
    VERIFICATION_ABANDONED = 22
    """The client left before its credentials were verified."""
    SLOT_ABANDONED = 23
    """The client left before the ledger answered about the slot."""
    LOCK_ABANDONED = 24
    """The client left before the maildrop's lock was granted."""
    OPENING_ABANDONED = 25
    """The client left before its maildrop was listed."""
    READING_ABANDONED = 26
    """The client left before the message was opened."""
    SENDING_ABANDONED = 27
    """The client left while a part of the message was being read."""
    COMMITTING_ABANDONED = 28
    """The client left, or time ran out, while messages were being removed."""
    CLOSED = 29
    """The session is over and nothing of it is left."""


class Event(IntEnum):
    """What happened."""

    CONNECTED = 0
    """A client has connected."""
    PROXIED = 1
    """A proxy has connected."""
    PROXY_NAMED = 2
    """The proxy has said for whom it connects."""
    PROXY_UNREADABLE = 3
    """What came first is no header of a proxy."""
    PROXY_DISTRUSTED = 4
    """Who has connected is no proxy that is trusted."""
    USER_RECEIVED = 5
    """USER with a name that can be read."""
    PASS_RECEIVED = 6
    """PASS with a password."""
    AUTH_RECEIVED = 7
    """AUTH with a mechanism that is offered and no initial response."""
    CREDENTIALS_RECEIVED = 8
    """A complete SASL message, with AUTH or as a response."""
    RESPONSE_CANCELLED = 9
    """A SASL response that is a lone asterisk."""
    RESPONSE_MALFORMED = 10
    """A SASL message that cannot be read."""
    APOP_RECEIVED = 11
    """APOP with a name and a digest, where it is offered."""
    APOP_UNAVAILABLE = 12
    """APOP where it is not offered."""
    MECHANISMS_ASKED = 13
    """AUTH with no argument."""
    MECHANISM_UNKNOWN = 14
    """AUTH with a mechanism that is not offered."""
    PLAINTEXT_FORBIDDEN = 15
    """A password offered in the clear where the configuration forbids it."""
    STLS_RECEIVED = 16
    """STLS where TLS can begin."""
    STLS_UNAVAILABLE = 17
    """STLS where there is no certificate, or TLS already."""
    UTF8_RECEIVED = 18
    """UTF8."""
    LANGUAGES_ASKED = 19
    """LANG with no argument."""
    LANGUAGE_CHOSEN = 20
    """LANG with a language that is there."""
    LANGUAGE_UNKNOWN = 21
    """LANG with a language that is not there."""
    CAPA_RECEIVED = 22
    """CAPA."""
    STAT_RECEIVED = 23
    """STAT."""
    LIST_RECEIVED = 24
    """LIST with no argument."""
    SCAN_RECEIVED = 25
    """LIST with the number of a message that is there."""
    UIDL_RECEIVED = 26
    """UIDL with no argument."""
    UNIQUE_ID_RECEIVED = 27
    """UIDL with the number of a message that is there."""
    RETR_RECEIVED = 28
    """RETR of a message that is there."""
    TOP_RECEIVED = 29
    """TOP of a message that is there."""
    DELE_RECEIVED = 30
    """DELE of a message that is there."""
    DELETION_REFUSED = 31
    """DELE of a message that must be kept."""
    DELETION_FORBIDDEN = 32
    """DELE in a mailbox whose messages are never deleted."""
    NO_SUCH_MESSAGE = 33
    """A command with the number of a message that is not there, or deleted."""
    NOOP_RECEIVED = 34
    """NOOP."""
    RSET_RECEIVED = 35
    """RSET."""
    QUIT_RECEIVED = 36
    """QUIT."""
    COMMAND_UNKNOWN = 37
    """A command that this server does not know."""
    COMMAND_MALFORMED = 38
    """A command with arguments that it does not take."""
    LINE_TOO_LONG = 39
    """A line over the limit, skipped to its end."""
    LINE_ENDLESS = 40
    """A line so long that its end is no longer looked for."""
    MISTAKES_EXHAUSTED = 41
    """One more line that cannot be read than a connection may send."""
    COMMANDS_EXHAUSTED = 42
    """One more command before the login than a connection may send."""
    ANSWER_TAKEN = 43
    """The client has taken the listing that was being sent."""
    END_OF_STREAM = 44
    """The client sends no more (FIN), and all that it sent is handled."""
    CONNECTION_LOST = 45
    """The connection is gone, by reset or closed on both sides."""
    TIME_EXPIRED = 46
    """The time that the session was given has run out."""
    WRITE_STALLED = 47
    """The client has taken too little of what was sent for too long."""
    KICKED = 48
    """The administrator ends this session."""
    DRAINED = 49
    """The server is stopping."""
    FAULTED = 50
    """Something of ours has failed."""
    ADMITTED = 51
    """The connection may come in."""
    ADMITTED_FOR_TLS = 52
    """The connection may come in, and its listener begins with TLS."""
    ADMISSION_REFUSED = 53
    """A limit on connections has no room."""
    ADMISSION_REFUSED_FOR_TLS = 54
    """The connection may not come in, and only TLS could say so."""
    ADMISSION_UNAVAILABLE = 55
    """The ledger could not be asked about the connection."""
    ADMISSION_UNAVAILABLE_FOR_TLS = 56
    """The ledger could not be asked, and only TLS could say so."""
    TLS_ESTABLISHED = 57
    """The TLS handshake has succeeded."""
    TLS_FAILED = 58
    """The TLS handshake has failed, or the client left during it."""
    VERIFIED = 59
    """The credentials are right."""
    CHALLENGED = 60
    """The mechanism asks for one more response of the client."""
    REJECTED = 61
    """The credentials are wrong, or open no such mailbox."""
    REJECTED_FOR_GOOD = 62
    """The credentials are wrong, and were so as often as a connection may try."""
    ACCOUNTS_UNAVAILABLE = 63
    """The credentials could not be verified."""
    SLOT_GRANTED = 64
    """The slot is taken."""
    SLOT_REFUSED = 65
    """A limit of the account or the mailbox has no room."""
    LOGIN_TOO_SOON = 66
    """The account has logged in too short a time ago."""
    LEDGER_UNAVAILABLE = 67
    """The ledger could not be asked about the slot."""
    MAILDROP_LOCKED = 68
    """The maildrop's lock is taken."""
    MAILDROP_BUSY = 69
    """Another session holds the maildrop, and there is time to ask again."""
    MAILDROP_STILL_BUSY = 70
    """Another session holds the maildrop, and the time to wait for it is over."""
    MAILBOX_UNUSABLE = 71
    """The mailbox is such that no session can open it until somebody mends it."""
    LOCK_UNAVAILABLE = 72
    """The maildrop could not be locked."""
    MAILDROP_OPENED = 73
    """The messages of the maildrop are listed."""
    MAILDROP_UNAVAILABLE = 74
    """The messages of the maildrop could not be listed."""
    MESSAGE_OPENED = 75
    """The message is open, to be sent whole."""
    TOP_OPENED = 76
    """The message is open, to be sent in part."""
    MESSAGE_GONE = 77
    """Another program has removed the message."""
    MESSAGE_UNREADABLE = 78
    """The message could not be opened."""
    MESSAGE_SENT = 79
    """The client has taken the message."""
    MESSAGE_BROKEN = 80
    """The message could not be read to its end."""
    COMMITTED = 81
    """Every message marked as deleted is removed."""
    COMMIT_FAILED = 82
    """Some of the messages marked as deleted could not be removed."""


class Held(IntEnum):
    """What a session holds."""

    SOCKET = 0
    """The client's socket."""
    CONNECTION = 1
    """A slot of the server."""
    ADDRESS = 2
    """A slot of the client's address."""
    ACCOUNT = 3
    """A slot of the account that logged in."""
    MAILBOX = 4
    """A slot of the mailbox that is open."""
    MAILDROP = 5
    """The lock of the maildrop."""
    MESSAGE = 6
    """A message that is open for reading."""


class Shell(Protocol):
    """What performs the effects; a type checker refuses one that forgets any."""

    @property
    def challenge(self) -> str:
        """What the mechanism asks, in base64; empty where it only listens."""
        ...

    @property
    def greeting(self) -> str:
        """What the server says of itself, with a timestamp where APOP is offered."""
        ...

    @property
    def language(self) -> str:
        """The tag of the language that answers are in."""
        ...

    @property
    def message_count(self) -> int:
        """How many messages are not marked as deleted."""
        ...

    @property
    def maildrop_octets(self) -> int:
        """The octets of the messages not marked as deleted."""
        ...

    @property
    def number(self) -> int:
        """The number of the message that the command names."""
        ...

    @property
    def message_octets(self) -> int:
        """The exact size of that message."""
        ...

    @property
    def unique_id(self) -> str:
        """The unique id of that message."""
        ...

    def send_reply(self, text: str, /, **facts: str | int) -> None:
        """Queue one line for the peer; the line end is the shell's.

        With facts, the text is as it was declared, for `str.format` to fill them in;
        without any, it is ready to be said.
        """
        ...

    def release_slot(self) -> None:
        """Give the slot of the account and of the mailbox back."""
        ...

    def release_connection(self) -> None:
        """Give the slot of the server and of the address back."""
        ...

    def unlock_maildrop(self) -> None:
        """Let go of the maildrop's lock."""
        ...

    def close_message(self) -> None:
        """Close the message that is open."""
        ...

    def drop_socket(self) -> None:
        """Close the socket at once, its timers with it, and hear no more of it."""
        ...

    def start_proxy_timer(self) -> None:
        """Give the proxy its time to say for whom it connects."""
        ...

    def start_handshake_timer(self) -> None:
        """Give the TLS handshake its time."""
        ...

    def start_login_timer(self) -> None:
        """Give the session what is left of its time to log in."""
        ...

    def start_refusal_timer(self) -> None:
        """Hold the refusal back."""
        ...

    def start_lock_timer(self) -> None:
        """Wait a moment before the maildrop's lock is asked for again."""
        ...

    def start_idle_timer(self) -> None:
        """Give the session its idle time anew."""
        ...

    def start_commit_timer(self) -> None:
        """Give the removal of messages its time."""
        ...

    def start_closing_timer(self) -> None:
        """Give the client a moment, anew while it takes what was sent."""
        ...

    def stop_timer(self) -> None:
        """Let the session take its time; what it sends is watched by the write timer."""
        ...

    def warn_limit_reached(self) -> None:
        """Log event 1009 with the account, the number held and the limit."""
        ...

    def keep_name(self) -> None:
        """Remember the name that USER gave."""
        ...

    def forget_plaintext(self) -> None:
        """Forget what was learned and received in the clear (RFC 2595 section 4)."""
        ...

    def enable_utf8(self) -> None:
        """Take longer command lines from now on, as UTF-8 needs them."""
        ...

    def choose_language(self) -> None:
        """Answer in the language that the command names."""
        ...

    def send_languages(self) -> None:
        """Send the languages of answers, to the final dot."""
        ...

    def send_mechanisms(self) -> None:
        """Send the SASL mechanisms on offer, to the final dot."""
        ...

    def send_capabilities(self) -> None:
        """Send the capabilities, to the final dot."""
        ...

    def send_scan_listings(self) -> None:
        """Begin to send a scan listing of each message."""
        ...

    def send_unique_ids(self) -> None:
        """Begin to send the unique id of each message."""
        ...

    def mark_deleted(self) -> None:
        """Mark the message as deleted."""
        ...

    def unmark_all(self) -> None:
        """Unmark every message."""
        ...

    def protect_message(self) -> None:
        """Refuse to delete this message in this session."""
        ...

    def stop_opening(self) -> None:
        """List no further: nobody waits for the messages any more."""
        ...

    def stop_sending(self) -> None:
        """Read no further in the message that is being sent."""
        ...

    def close_socket(self) -> None:
        """Send what is queued, say that no more comes, and wait for the client's end."""
        ...

    def admit(self) -> None:
        """Ask the ledger for a slot of the server and of the address.

        Answered later by one of ADMITTED, ADMITTED_FOR_TLS, ADMISSION_REFUSED,
        ADMISSION_REFUSED_FOR_TLS, ADMISSION_UNAVAILABLE, ADMISSION_UNAVAILABLE_FOR_TLS.
        """
        ...

    def start_tls(self) -> None:
        """Begin the TLS handshake.

        Answered later by one of TLS_ESTABLISHED, TLS_FAILED.
        """
        ...

    def verify_credentials(self) -> None:
        """Ask who this is, and whose mailbox may be opened.

        Answered later by one of VERIFIED, CHALLENGED, REJECTED, REJECTED_FOR_GOOD,
        ACCOUNTS_UNAVAILABLE.
        """
        ...

    def take_slot(self) -> None:
        """Ask the ledger for a slot of the account and of the mailbox.

        Answered later by one of SLOT_GRANTED, SLOT_REFUSED, LOGIN_TOO_SOON, LEDGER_UNAVAILABLE.
        """
        ...

    def lock_maildrop(self) -> None:
        """Ask for the maildrop's lock.

        Answered later by one of MAILDROP_LOCKED, MAILDROP_BUSY, MAILDROP_STILL_BUSY,
        MAILBOX_UNUSABLE, LOCK_UNAVAILABLE.
        """
        ...

    def open_maildrop(self) -> None:
        """Ask for the list of messages.

        Answered later by one of MAILDROP_OPENED, MAILDROP_UNAVAILABLE.
        """
        ...

    def read_message(self) -> None:
        """Ask for the message.

        Answered later by one of MESSAGE_OPENED, TOP_OPENED, MESSAGE_GONE, MESSAGE_UNREADABLE.
        """
        ...

    def send_message(self) -> None:
        """Send the message, to the final dot.

        Answered later by one of MESSAGE_SENT, MESSAGE_BROKEN.
        """
        ...

    def commit(self) -> None:
        """Ask for the removal of the messages marked as deleted.

        Answered later by one of COMMITTED, COMMIT_FAILED.
        """
        ...


def new__connected(shell: Shell) -> None:
    """NEW --CONNECTED--> GREETING.

    A connection is counted before anything is said, so that a flood costs little.
    """
    shell.start_login_timer()
    shell.admit()


def new__proxied(shell: Shell) -> None:
    """NEW --PROXIED--> PROXY_HEADER.

    PROXY protocol section 2: the receiver waits for the header before anything else.
    """
    shell.start_proxy_timer()


def proxy_header__proxy_named(shell: Shell) -> None:
    """PROXY_HEADER --PROXY_NAMED--> GREETING.

    Whom the proxy speaks for is whom the limits by address are about.
    """
    shell.start_login_timer()
    shell.admit()


def proxy_header__proxy_unreadable(shell: Shell) -> None:
    """PROXY_HEADER --PROXY_UNREADABLE--> CLOSED.

    PROXY protocol section 2: without a valid header the connection is aborted.
    """
    shell.drop_socket()


def proxy_header__proxy_distrusted(shell: Shell) -> None:
    """PROXY_HEADER --PROXY_DISTRUSTED--> CLOSED.

    PROXY protocol section 2: a header is taken from known proxies only.
    """
    shell.drop_socket()


def proxy_header__end_of_stream(shell: Shell) -> None:
    """PROXY_HEADER --END_OF_STREAM--> CLOSED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.drop_socket()


def proxy_header__connection_lost(shell: Shell) -> None:
    """PROXY_HEADER --CONNECTION_LOST--> CLOSED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.drop_socket()


def proxy_header__time_expired(shell: Shell) -> None:
    """PROXY_HEADER --TIME_EXPIRED--> CLOSED.

    What is outstanding takes too long to be waited for with a slot held.
    """
    shell.drop_socket()


def proxy_header__write_stalled(shell: Shell) -> None:
    """PROXY_HEADER --WRITE_STALLED--> CLOSED.

    A client that does not read cannot be told anything.
    """
    shell.drop_socket()


def proxy_header__kicked(shell: Shell) -> None:
    """PROXY_HEADER --KICKED--> CLOSED.

    The administrator does not wait for what is outstanding.
    """
    shell.drop_socket()


def proxy_header__drained(shell: Shell) -> None:
    """PROXY_HEADER --DRAINED--> CLOSED.

    What is outstanding may take longer than the server has.
    """
    shell.drop_socket()


def proxy_header__faulted(shell: Shell) -> None:
    """PROXY_HEADER --FAULTED--> CLOSED.

    After a fault of ours nothing more is begun.
    """
    shell.drop_socket()


def greeting__admitted(shell: Shell) -> None:
    """GREETING --ADMITTED--> AUTHORIZATION.

    RFC 1939 section 4: the server issues a one-line greeting, then AUTHORIZATION begins.
    """
    shell.send_reply("+OK {greeting}", greeting=shell.greeting)


def greeting__admitted_for_tls(shell: Shell) -> None:
    """GREETING --ADMITTED_FOR_TLS--> TLS_HANDSHAKE.

    RFC 8314 section 3: with implicit TLS the handshake comes before the greeting.
    """
    shell.start_handshake_timer()
    shell.start_tls()


def greeting__admission_refused(shell: Shell) -> None:
    """GREETING --ADMISSION_REFUSED--> CLOSING.

    RFC 3206 section 4: SYS/TEMP says that the same attempt may succeed later.
    """
    shell.warn_limit_reached()
    shell.start_closing_timer()
    shell.send_reply("-ERR [SYS/TEMP] Too many connections; try again later.")
    shell.close_socket()


def greeting__admission_refused_for_tls(shell: Shell) -> None:
    """GREETING --ADMISSION_REFUSED_FOR_TLS--> CLOSED.

    Before the handshake a reply in the clear would be taken for a broken one.
    """
    shell.drop_socket()
    shell.warn_limit_reached()


def greeting__admission_unavailable(shell: Shell) -> None:
    """GREETING --ADMISSION_UNAVAILABLE--> CLOSING.

    A connection that cannot be counted is not let in: a limit that fails open is none.
    """
    shell.start_closing_timer()
    shell.send_reply("-ERR [SYS/TEMP] The server cannot count connections; try later.")
    shell.close_socket()


def greeting__admission_unavailable_for_tls(shell: Shell) -> None:
    """GREETING --ADMISSION_UNAVAILABLE_FOR_TLS--> CLOSED.

    Before the handshake a reply in the clear would be taken for a broken one.
    """
    shell.drop_socket()


def greeting__end_of_stream(shell: Shell) -> None:
    """GREETING --END_OF_STREAM--> ADMISSION_ABANDONED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.drop_socket()


def greeting__connection_lost(shell: Shell) -> None:
    """GREETING --CONNECTION_LOST--> ADMISSION_ABANDONED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.drop_socket()


def greeting__time_expired(shell: Shell) -> None:
    """GREETING --TIME_EXPIRED--> ADMISSION_ABANDONED.

    What is outstanding takes too long to be waited for with a slot held.
    """
    shell.drop_socket()


def greeting__write_stalled(shell: Shell) -> None:
    """GREETING --WRITE_STALLED--> ADMISSION_ABANDONED.

    A client that does not read cannot be told anything.
    """
    shell.drop_socket()


def greeting__kicked(shell: Shell) -> None:
    """GREETING --KICKED--> ADMISSION_ABANDONED.

    The administrator does not wait for what is outstanding.
    """
    shell.drop_socket()


def greeting__drained(shell: Shell) -> None:
    """GREETING --DRAINED--> ADMISSION_ABANDONED.

    What is outstanding may take longer than the server has.
    """
    shell.drop_socket()


def greeting__faulted(shell: Shell) -> None:
    """GREETING --FAULTED--> ADMISSION_ABANDONED.

    After a fault of ours nothing more is begun.
    """
    shell.drop_socket()


def tls_handshake__tls_established(shell: Shell) -> None:
    """TLS_HANDSHAKE --TLS_ESTABLISHED--> AUTHORIZATION.

    RFC 8314 section 3: after the handshake the session goes on as on the other port.
    """
    shell.start_login_timer()
    shell.send_reply("+OK {greeting}", greeting=shell.greeting)


def tls_handshake__tls_failed(shell: Shell) -> None:
    """TLS_HANDSHAKE --TLS_FAILED--> CLOSED.

    RFC 8446 section 6.2: a failed handshake ends the connection.
    """
    shell.release_connection()
    shell.drop_socket()


def tls_handshake__end_of_stream(shell: Shell) -> None:
    """TLS_HANDSHAKE --END_OF_STREAM--> HANDSHAKE_ABANDONED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.release_connection()
    shell.drop_socket()


def tls_handshake__connection_lost(shell: Shell) -> None:
    """TLS_HANDSHAKE --CONNECTION_LOST--> HANDSHAKE_ABANDONED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.release_connection()
    shell.drop_socket()


def tls_handshake__time_expired(shell: Shell) -> None:
    """TLS_HANDSHAKE --TIME_EXPIRED--> HANDSHAKE_ABANDONED.

    What is outstanding takes too long to be waited for with a slot held.
    """
    shell.release_connection()
    shell.drop_socket()


def tls_handshake__write_stalled(shell: Shell) -> None:
    """TLS_HANDSHAKE --WRITE_STALLED--> HANDSHAKE_ABANDONED.

    A client that does not read cannot be told anything.
    """
    shell.release_connection()
    shell.drop_socket()


def tls_handshake__kicked(shell: Shell) -> None:
    """TLS_HANDSHAKE --KICKED--> HANDSHAKE_ABANDONED.

    The administrator does not wait for what is outstanding.
    """
    shell.release_connection()
    shell.drop_socket()


def tls_handshake__drained(shell: Shell) -> None:
    """TLS_HANDSHAKE --DRAINED--> HANDSHAKE_ABANDONED.

    What is outstanding may take longer than the server has.
    """
    shell.release_connection()
    shell.drop_socket()


def tls_handshake__faulted(shell: Shell) -> None:
    """TLS_HANDSHAKE --FAULTED--> HANDSHAKE_ABANDONED.

    After a fault of ours nothing more is begun.
    """
    shell.release_connection()
    shell.drop_socket()


def authorization__user_received(shell: Shell) -> None:
    """AUTHORIZATION --USER_RECEIVED--> USER_GIVEN.

    RFC 1939 section 7: USER is answered alike whether or not the mailbox exists.
    """
    shell.keep_name()
    shell.send_reply("+OK Password, please.")


def authorization__auth_received(shell: Shell) -> None:
    """AUTHORIZATION --AUTH_RECEIVED--> SASL_EXCHANGE.

    RFC 5034 section 4: the first challenge, empty where the mechanism only listens.
    """
    shell.send_reply("+ {challenge}", challenge=shell.challenge)


def authorization__credentials_received(shell: Shell) -> None:
    """AUTHORIZATION --CREDENTIALS_RECEIVED--> VERIFYING.

    RFC 5034 section 4: an initial response saves a round trip.
    """
    shell.verify_credentials()


def authorization__apop_received(shell: Shell) -> None:
    """AUTHORIZATION --APOP_RECEIVED--> VERIFYING.

    RFC 1939 section 7: the digest of the timestamp and a secret proves who it is.
    """
    shell.verify_credentials()


def authorization__apop_unavailable(shell: Shell) -> None:
    """AUTHORIZATION --APOP_UNAVAILABLE--> AUTHORIZATION.

    RFC 1939 section 7: APOP is optional, and is there if the banner has a timestamp.
    """
    shell.send_reply("-ERR APOP is not available here.")


def authorization__utf8_received(shell: Shell) -> None:
    """AUTHORIZATION --UTF8_RECEIVED--> AUTHORIZATION.

    RFC 6856 section 2: UTF8 is given in AUTHORIZATION and holds for the session.
    """
    shell.enable_utf8()
    shell.send_reply("+OK UTF8 is enabled.")


def authorization__languages_asked(shell: Shell) -> None:
    """AUTHORIZATION --LANGUAGES_ASKED--> AUTHORIZATION.

    RFC 6856 section 3: without an argument LANG lists the languages.
    """
    shell.send_reply("+OK Languages follow.")
    shell.send_languages()


def authorization__language_chosen(shell: Shell) -> None:
    """AUTHORIZATION --LANGUAGE_CHOSEN--> AUTHORIZATION.

    RFC 6856 section 3: the answer is in the new language already.
    """
    shell.choose_language()
    shell.send_reply("+OK {language} The language is chosen.", language=shell.language)


def authorization__language_unknown(shell: Shell) -> None:
    """AUTHORIZATION --LANGUAGE_UNKNOWN--> AUTHORIZATION.

    RFC 6856 section 3: what cannot be chosen leaves the language as it is.
    """
    shell.send_reply("-ERR That language is not there; LANG lists those that are.")


def authorization__response_malformed(shell: Shell) -> None:
    """AUTHORIZATION --RESPONSE_MALFORMED--> AUTHORIZATION.

    RFC 5034 section 4: a response that cannot be decoded fails the exchange.
    """
    shell.send_reply("-ERR That is not a valid initial response.")


def authorization__mechanisms_asked(shell: Shell) -> None:
    """AUTHORIZATION --MECHANISMS_ASKED--> AUTHORIZATION.

    Old clients ask for the mechanisms by AUTH alone; CAPA says the same.
    """
    shell.send_reply("+OK Mechanisms follow.")
    shell.send_mechanisms()


def authorization__mechanism_unknown(shell: Shell) -> None:
    """AUTHORIZATION --MECHANISM_UNKNOWN--> AUTHORIZATION.

    RFC 5034 section 4: a mechanism that is not supported is refused.
    """
    shell.send_reply("-ERR That mechanism is not offered; CAPA lists those that are.")


def authorization__plaintext_forbidden(shell: Shell) -> None:
    """AUTHORIZATION --PLAINTEXT_FORBIDDEN--> AUTHORIZATION.

    RFC 8314 section 3: no password in the clear where TLS can be had.
    """
    shell.send_reply("-ERR [AUTH] A password is not accepted in the clear; use TLS.")


def authorization__stls_received(shell: Shell) -> None:
    """AUTHORIZATION --STLS_RECEIVED--> STLS_HANDSHAKE.

    RFC 2595 section 4: the handshake begins right after the +OK.
    """
    shell.send_reply("+OK Begin TLS.")
    shell.forget_plaintext()
    shell.start_handshake_timer()
    shell.start_tls()


def authorization__stls_unavailable(shell: Shell) -> None:
    """AUTHORIZATION --STLS_UNAVAILABLE--> AUTHORIZATION.

    RFC 2595 section 4: STLS is refused when TLS is active or not configured.
    """
    shell.send_reply("-ERR TLS is not available here.")


def authorization__capa_received(shell: Shell) -> None:
    """AUTHORIZATION --CAPA_RECEIVED--> AUTHORIZATION.

    RFC 2449 section 5: CAPA is valid in AUTHORIZATION and in TRANSACTION.
    """
    shell.send_reply("+OK Capabilities follow.")
    shell.send_capabilities()


def authorization__quit_received(shell: Shell) -> None:
    """AUTHORIZATION --QUIT_RECEIVED--> CLOSING.

    RFC 1939 section 4: QUIT in AUTHORIZATION ends the session without UPDATE.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.send_reply("+OK Goodbye.")
    shell.close_socket()


def authorization__stat_received(shell: Shell) -> None:
    """AUTHORIZATION --STAT_RECEIVED--> AUTHORIZATION.

    RFC 1939 section 5: these commands are valid in TRANSACTION only.
    """
    shell.send_reply("-ERR Log in first.")


def authorization__list_received(shell: Shell) -> None:
    """AUTHORIZATION --LIST_RECEIVED--> AUTHORIZATION.

    RFC 1939 section 5: these commands are valid in TRANSACTION only.
    """
    shell.send_reply("-ERR Log in first.")


def authorization__scan_received(shell: Shell) -> None:
    """AUTHORIZATION --SCAN_RECEIVED--> AUTHORIZATION.

    RFC 1939 section 5: these commands are valid in TRANSACTION only.
    """
    shell.send_reply("-ERR Log in first.")


def authorization__uidl_received(shell: Shell) -> None:
    """AUTHORIZATION --UIDL_RECEIVED--> AUTHORIZATION.

    RFC 1939 section 5: these commands are valid in TRANSACTION only.
    """
    shell.send_reply("-ERR Log in first.")


def authorization__unique_id_received(shell: Shell) -> None:
    """AUTHORIZATION --UNIQUE_ID_RECEIVED--> AUTHORIZATION.

    RFC 1939 section 5: these commands are valid in TRANSACTION only.
    """
    shell.send_reply("-ERR Log in first.")


def authorization__retr_received(shell: Shell) -> None:
    """AUTHORIZATION --RETR_RECEIVED--> AUTHORIZATION.

    RFC 1939 section 5: these commands are valid in TRANSACTION only.
    """
    shell.send_reply("-ERR Log in first.")


def authorization__top_received(shell: Shell) -> None:
    """AUTHORIZATION --TOP_RECEIVED--> AUTHORIZATION.

    RFC 1939 section 5: these commands are valid in TRANSACTION only.
    """
    shell.send_reply("-ERR Log in first.")


def authorization__dele_received(shell: Shell) -> None:
    """AUTHORIZATION --DELE_RECEIVED--> AUTHORIZATION.

    RFC 1939 section 5: these commands are valid in TRANSACTION only.
    """
    shell.send_reply("-ERR Log in first.")


def authorization__noop_received(shell: Shell) -> None:
    """AUTHORIZATION --NOOP_RECEIVED--> AUTHORIZATION.

    RFC 1939 section 5: these commands are valid in TRANSACTION only.
    """
    shell.send_reply("-ERR Log in first.")


def authorization__rset_received(shell: Shell) -> None:
    """AUTHORIZATION --RSET_RECEIVED--> AUTHORIZATION.

    RFC 1939 section 5: these commands are valid in TRANSACTION only.
    """
    shell.send_reply("-ERR Log in first.")


def authorization__command_unknown(shell: Shell) -> None:
    """AUTHORIZATION --COMMAND_UNKNOWN--> AUTHORIZATION.

    RFC 1939 section 3: what is not recognised or not valid is answered with -ERR.
    """
    shell.send_reply("-ERR Unknown command.")


def authorization__command_malformed(shell: Shell) -> None:
    """AUTHORIZATION --COMMAND_MALFORMED--> AUTHORIZATION.

    RFC 1939 section 3: what is not recognised or not valid is answered with -ERR.
    """
    shell.send_reply("-ERR That command does not take these arguments.")


def authorization__line_too_long(shell: Shell) -> None:
    """AUTHORIZATION --LINE_TOO_LONG--> AUTHORIZATION.

    RFC 1939 section 3: what is not recognised or not valid is answered with -ERR.
    """
    shell.send_reply("-ERR The line is too long; it has been skipped.")


def authorization__line_endless(shell: Shell) -> None:
    """AUTHORIZATION --LINE_ENDLESS--> CLOSING.

    RFC 2449 section 4: a command line has at most 255 octets; a limit is needed.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.send_reply("-ERR The line has no end.")
    shell.close_socket()


def authorization__mistakes_exhausted(shell: Shell) -> None:
    """AUTHORIZATION --MISTAKES_EXHAUSTED--> CLOSING.

    Who goes on sending what is no command is no client of ours.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.send_reply("-ERR Too many lines could not be read.")
    shell.close_socket()


def authorization__commands_exhausted(shell: Shell) -> None:
    """AUTHORIZATION --COMMANDS_EXHAUSTED--> CLOSING.

    Who does not log in may not keep the server busy for ever.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.send_reply("-ERR Too many commands before a login.")
    shell.close_socket()


def authorization__end_of_stream(shell: Shell) -> None:
    """AUTHORIZATION --END_OF_STREAM--> CLOSING.

    RFC 1939 section 6: without QUIT no UPDATE; what was answered still goes out.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.close_socket()


def authorization__connection_lost(shell: Shell) -> None:
    """AUTHORIZATION --CONNECTION_LOST--> CLOSED.

    RFC 1939 section 6: a session that ends without QUIT never enters UPDATE.
    """
    shell.release_connection()
    shell.drop_socket()


def authorization__time_expired(shell: Shell) -> None:
    """AUTHORIZATION --TIME_EXPIRED--> CLOSED.

    RFC 1939 section 3: autologout closes without a response and without UPDATE.
    """
    shell.release_connection()
    shell.drop_socket()


def authorization__write_stalled(shell: Shell) -> None:
    """AUTHORIZATION --WRITE_STALLED--> CLOSED.

    A client that does not read cannot be told anything.
    """
    shell.release_connection()
    shell.drop_socket()


def authorization__kicked(shell: Shell) -> None:
    """AUTHORIZATION --KICKED--> CLOSING.

    An -ERR just before the end is a true answer to any command it crosses.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.send_reply("-ERR [SYS/TEMP] The administrator has ended this session.")
    shell.close_socket()


def authorization__drained(shell: Shell) -> None:
    """AUTHORIZATION --DRAINED--> CLOSING.

    An -ERR just before the end is a true answer to any command it crosses.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.send_reply("-ERR [SYS/TEMP] The server is stopping; try again later.")
    shell.close_socket()


def authorization__faulted(shell: Shell) -> None:
    """AUTHORIZATION --FAULTED--> CLOSING.

    An -ERR just before the end is a true answer to any command it crosses.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.send_reply("-ERR [SYS/TEMP] Something failed in the server; try again later.")
    shell.close_socket()


def authorization__pass_received(shell: Shell) -> None:
    """AUTHORIZATION --PASS_RECEIVED--> AUTHORIZATION.

    RFC 1939 section 7: PASS is valid only right after USER.
    """
    shell.send_reply("-ERR Give USER first.")


def user_given__pass_received(shell: Shell) -> None:
    """USER_GIVEN --PASS_RECEIVED--> VERIFYING.

    RFC 1939 section 7: the server uses the pair of USER and PASS to decide.
    """
    shell.verify_credentials()


def user_given__user_received(shell: Shell) -> None:
    """USER_GIVEN --USER_RECEIVED--> USER_GIVEN.

    RFC 1939 section 7: USER is answered alike whether or not the mailbox exists.
    """
    shell.keep_name()
    shell.send_reply("+OK Password, please.")


def user_given__auth_received(shell: Shell) -> None:
    """USER_GIVEN --AUTH_RECEIVED--> SASL_EXCHANGE.

    RFC 5034 section 4: the first challenge, empty where the mechanism only listens.
    """
    shell.send_reply("+ {challenge}", challenge=shell.challenge)


def user_given__credentials_received(shell: Shell) -> None:
    """USER_GIVEN --CREDENTIALS_RECEIVED--> VERIFYING.

    RFC 5034 section 4: an initial response saves a round trip.
    """
    shell.verify_credentials()


def user_given__apop_received(shell: Shell) -> None:
    """USER_GIVEN --APOP_RECEIVED--> VERIFYING.

    RFC 1939 section 7: the digest of the timestamp and a secret proves who it is.
    """
    shell.verify_credentials()


def user_given__apop_unavailable(shell: Shell) -> None:
    """USER_GIVEN --APOP_UNAVAILABLE--> USER_GIVEN.

    RFC 1939 section 7: APOP is optional, and is there if the banner has a timestamp.
    """
    shell.send_reply("-ERR APOP is not available here.")


def user_given__utf8_received(shell: Shell) -> None:
    """USER_GIVEN --UTF8_RECEIVED--> USER_GIVEN.

    RFC 6856 section 2: UTF8 is given in AUTHORIZATION and holds for the session.
    """
    shell.enable_utf8()
    shell.send_reply("+OK UTF8 is enabled.")


def user_given__languages_asked(shell: Shell) -> None:
    """USER_GIVEN --LANGUAGES_ASKED--> USER_GIVEN.

    RFC 6856 section 3: without an argument LANG lists the languages.
    """
    shell.send_reply("+OK Languages follow.")
    shell.send_languages()


def user_given__language_chosen(shell: Shell) -> None:
    """USER_GIVEN --LANGUAGE_CHOSEN--> USER_GIVEN.

    RFC 6856 section 3: the answer is in the new language already.
    """
    shell.choose_language()
    shell.send_reply("+OK {language} The language is chosen.", language=shell.language)


def user_given__language_unknown(shell: Shell) -> None:
    """USER_GIVEN --LANGUAGE_UNKNOWN--> USER_GIVEN.

    RFC 6856 section 3: what cannot be chosen leaves the language as it is.
    """
    shell.send_reply("-ERR That language is not there; LANG lists those that are.")


def user_given__response_malformed(shell: Shell) -> None:
    """USER_GIVEN --RESPONSE_MALFORMED--> USER_GIVEN.

    RFC 5034 section 4: a response that cannot be decoded fails the exchange.
    """
    shell.send_reply("-ERR That is not a valid initial response.")


def user_given__mechanisms_asked(shell: Shell) -> None:
    """USER_GIVEN --MECHANISMS_ASKED--> USER_GIVEN.

    Old clients ask for the mechanisms by AUTH alone; CAPA says the same.
    """
    shell.send_reply("+OK Mechanisms follow.")
    shell.send_mechanisms()


def user_given__mechanism_unknown(shell: Shell) -> None:
    """USER_GIVEN --MECHANISM_UNKNOWN--> USER_GIVEN.

    RFC 5034 section 4: a mechanism that is not supported is refused.
    """
    shell.send_reply("-ERR That mechanism is not offered; CAPA lists those that are.")


def user_given__plaintext_forbidden(shell: Shell) -> None:
    """USER_GIVEN --PLAINTEXT_FORBIDDEN--> USER_GIVEN.

    RFC 8314 section 3: no password in the clear where TLS can be had.
    """
    shell.send_reply("-ERR [AUTH] A password is not accepted in the clear; use TLS.")


def user_given__stls_received(shell: Shell) -> None:
    """USER_GIVEN --STLS_RECEIVED--> STLS_HANDSHAKE.

    RFC 2595 section 4: the handshake begins right after the +OK.
    """
    shell.send_reply("+OK Begin TLS.")
    shell.forget_plaintext()
    shell.start_handshake_timer()
    shell.start_tls()


def user_given__stls_unavailable(shell: Shell) -> None:
    """USER_GIVEN --STLS_UNAVAILABLE--> USER_GIVEN.

    RFC 2595 section 4: STLS is refused when TLS is active or not configured.
    """
    shell.send_reply("-ERR TLS is not available here.")


def user_given__capa_received(shell: Shell) -> None:
    """USER_GIVEN --CAPA_RECEIVED--> USER_GIVEN.

    RFC 2449 section 5: CAPA is valid in AUTHORIZATION and in TRANSACTION.
    """
    shell.send_reply("+OK Capabilities follow.")
    shell.send_capabilities()


def user_given__quit_received(shell: Shell) -> None:
    """USER_GIVEN --QUIT_RECEIVED--> CLOSING.

    RFC 1939 section 4: QUIT in AUTHORIZATION ends the session without UPDATE.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.send_reply("+OK Goodbye.")
    shell.close_socket()


def user_given__stat_received(shell: Shell) -> None:
    """USER_GIVEN --STAT_RECEIVED--> USER_GIVEN.

    RFC 1939 section 5: these commands are valid in TRANSACTION only.
    """
    shell.send_reply("-ERR Log in first.")


def user_given__list_received(shell: Shell) -> None:
    """USER_GIVEN --LIST_RECEIVED--> USER_GIVEN.

    RFC 1939 section 5: these commands are valid in TRANSACTION only.
    """
    shell.send_reply("-ERR Log in first.")


def user_given__scan_received(shell: Shell) -> None:
    """USER_GIVEN --SCAN_RECEIVED--> USER_GIVEN.

    RFC 1939 section 5: these commands are valid in TRANSACTION only.
    """
    shell.send_reply("-ERR Log in first.")


def user_given__uidl_received(shell: Shell) -> None:
    """USER_GIVEN --UIDL_RECEIVED--> USER_GIVEN.

    RFC 1939 section 5: these commands are valid in TRANSACTION only.
    """
    shell.send_reply("-ERR Log in first.")


def user_given__unique_id_received(shell: Shell) -> None:
    """USER_GIVEN --UNIQUE_ID_RECEIVED--> USER_GIVEN.

    RFC 1939 section 5: these commands are valid in TRANSACTION only.
    """
    shell.send_reply("-ERR Log in first.")


def user_given__retr_received(shell: Shell) -> None:
    """USER_GIVEN --RETR_RECEIVED--> USER_GIVEN.

    RFC 1939 section 5: these commands are valid in TRANSACTION only.
    """
    shell.send_reply("-ERR Log in first.")


def user_given__top_received(shell: Shell) -> None:
    """USER_GIVEN --TOP_RECEIVED--> USER_GIVEN.

    RFC 1939 section 5: these commands are valid in TRANSACTION only.
    """
    shell.send_reply("-ERR Log in first.")


def user_given__dele_received(shell: Shell) -> None:
    """USER_GIVEN --DELE_RECEIVED--> USER_GIVEN.

    RFC 1939 section 5: these commands are valid in TRANSACTION only.
    """
    shell.send_reply("-ERR Log in first.")


def user_given__noop_received(shell: Shell) -> None:
    """USER_GIVEN --NOOP_RECEIVED--> USER_GIVEN.

    RFC 1939 section 5: these commands are valid in TRANSACTION only.
    """
    shell.send_reply("-ERR Log in first.")


def user_given__rset_received(shell: Shell) -> None:
    """USER_GIVEN --RSET_RECEIVED--> USER_GIVEN.

    RFC 1939 section 5: these commands are valid in TRANSACTION only.
    """
    shell.send_reply("-ERR Log in first.")


def user_given__command_unknown(shell: Shell) -> None:
    """USER_GIVEN --COMMAND_UNKNOWN--> USER_GIVEN.

    RFC 1939 section 3: what is not recognised or not valid is answered with -ERR.
    """
    shell.send_reply("-ERR Unknown command.")


def user_given__command_malformed(shell: Shell) -> None:
    """USER_GIVEN --COMMAND_MALFORMED--> USER_GIVEN.

    RFC 1939 section 3: what is not recognised or not valid is answered with -ERR.
    """
    shell.send_reply("-ERR That command does not take these arguments.")


def user_given__line_too_long(shell: Shell) -> None:
    """USER_GIVEN --LINE_TOO_LONG--> USER_GIVEN.

    RFC 1939 section 3: what is not recognised or not valid is answered with -ERR.
    """
    shell.send_reply("-ERR The line is too long; it has been skipped.")


def user_given__line_endless(shell: Shell) -> None:
    """USER_GIVEN --LINE_ENDLESS--> CLOSING.

    RFC 2449 section 4: a command line has at most 255 octets; a limit is needed.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.send_reply("-ERR The line has no end.")
    shell.close_socket()


def user_given__mistakes_exhausted(shell: Shell) -> None:
    """USER_GIVEN --MISTAKES_EXHAUSTED--> CLOSING.

    Who goes on sending what is no command is no client of ours.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.send_reply("-ERR Too many lines could not be read.")
    shell.close_socket()


def user_given__commands_exhausted(shell: Shell) -> None:
    """USER_GIVEN --COMMANDS_EXHAUSTED--> CLOSING.

    Who does not log in may not keep the server busy for ever.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.send_reply("-ERR Too many commands before a login.")
    shell.close_socket()


def user_given__end_of_stream(shell: Shell) -> None:
    """USER_GIVEN --END_OF_STREAM--> CLOSING.

    RFC 1939 section 6: without QUIT no UPDATE; what was answered still goes out.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.close_socket()


def user_given__connection_lost(shell: Shell) -> None:
    """USER_GIVEN --CONNECTION_LOST--> CLOSED.

    RFC 1939 section 6: a session that ends without QUIT never enters UPDATE.
    """
    shell.release_connection()
    shell.drop_socket()


def user_given__time_expired(shell: Shell) -> None:
    """USER_GIVEN --TIME_EXPIRED--> CLOSED.

    RFC 1939 section 3: autologout closes without a response and without UPDATE.
    """
    shell.release_connection()
    shell.drop_socket()


def user_given__write_stalled(shell: Shell) -> None:
    """USER_GIVEN --WRITE_STALLED--> CLOSED.

    A client that does not read cannot be told anything.
    """
    shell.release_connection()
    shell.drop_socket()


def user_given__kicked(shell: Shell) -> None:
    """USER_GIVEN --KICKED--> CLOSING.

    An -ERR just before the end is a true answer to any command it crosses.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.send_reply("-ERR [SYS/TEMP] The administrator has ended this session.")
    shell.close_socket()


def user_given__drained(shell: Shell) -> None:
    """USER_GIVEN --DRAINED--> CLOSING.

    An -ERR just before the end is a true answer to any command it crosses.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.send_reply("-ERR [SYS/TEMP] The server is stopping; try again later.")
    shell.close_socket()


def user_given__faulted(shell: Shell) -> None:
    """USER_GIVEN --FAULTED--> CLOSING.

    An -ERR just before the end is a true answer to any command it crosses.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.send_reply("-ERR [SYS/TEMP] Something failed in the server; try again later.")
    shell.close_socket()


def sasl_exchange__credentials_received(shell: Shell) -> None:
    """SASL_EXCHANGE --CREDENTIALS_RECEIVED--> VERIFYING.

    RFC 5034 section 4: each response is for the mechanism to judge.
    """
    shell.verify_credentials()


def sasl_exchange__response_cancelled(shell: Shell) -> None:
    """SASL_EXCHANGE --RESPONSE_CANCELLED--> AUTHORIZATION.

    RFC 5034 section 4: a lone asterisk cancels, and is answered with -ERR.
    """
    shell.send_reply("-ERR The exchange is cancelled.")


def sasl_exchange__response_malformed(shell: Shell) -> None:
    """SASL_EXCHANGE --RESPONSE_MALFORMED--> AUTHORIZATION.

    RFC 5034 section 4: a response that cannot be decoded fails the exchange.
    """
    shell.send_reply("-ERR That is not a valid response.")


def sasl_exchange__line_too_long(shell: Shell) -> None:
    """SASL_EXCHANGE --LINE_TOO_LONG--> AUTHORIZATION.

    RFC 5034 section 4: lines of an exchange have a limit of their own.
    """
    shell.send_reply("-ERR The response is too long; it has been skipped.")


def sasl_exchange__line_endless(shell: Shell) -> None:
    """SASL_EXCHANGE --LINE_ENDLESS--> CLOSING.

    RFC 2449 section 4: a command line has at most 255 octets; a limit is needed.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.send_reply("-ERR The line has no end.")
    shell.close_socket()


def sasl_exchange__mistakes_exhausted(shell: Shell) -> None:
    """SASL_EXCHANGE --MISTAKES_EXHAUSTED--> CLOSING.

    Who goes on sending what is no command is no client of ours.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.send_reply("-ERR Too many lines could not be read.")
    shell.close_socket()


def sasl_exchange__commands_exhausted(shell: Shell) -> None:
    """SASL_EXCHANGE --COMMANDS_EXHAUSTED--> CLOSING.

    Who does not log in may not keep the server busy for ever.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.send_reply("-ERR Too many commands before a login.")
    shell.close_socket()


def sasl_exchange__end_of_stream(shell: Shell) -> None:
    """SASL_EXCHANGE --END_OF_STREAM--> CLOSING.

    RFC 1939 section 6: without QUIT no UPDATE; what was answered still goes out.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.close_socket()


def sasl_exchange__connection_lost(shell: Shell) -> None:
    """SASL_EXCHANGE --CONNECTION_LOST--> CLOSED.

    RFC 1939 section 6: a session that ends without QUIT never enters UPDATE.
    """
    shell.release_connection()
    shell.drop_socket()


def sasl_exchange__time_expired(shell: Shell) -> None:
    """SASL_EXCHANGE --TIME_EXPIRED--> CLOSED.

    RFC 1939 section 3: autologout closes without a response and without UPDATE.
    """
    shell.release_connection()
    shell.drop_socket()


def sasl_exchange__write_stalled(shell: Shell) -> None:
    """SASL_EXCHANGE --WRITE_STALLED--> CLOSED.

    A client that does not read cannot be told anything.
    """
    shell.release_connection()
    shell.drop_socket()


def sasl_exchange__kicked(shell: Shell) -> None:
    """SASL_EXCHANGE --KICKED--> CLOSING.

    An -ERR just before the end is a true answer to any command it crosses.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.send_reply("-ERR [SYS/TEMP] The administrator has ended this session.")
    shell.close_socket()


def sasl_exchange__drained(shell: Shell) -> None:
    """SASL_EXCHANGE --DRAINED--> CLOSING.

    An -ERR just before the end is a true answer to any command it crosses.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.send_reply("-ERR [SYS/TEMP] The server is stopping; try again later.")
    shell.close_socket()


def sasl_exchange__faulted(shell: Shell) -> None:
    """SASL_EXCHANGE --FAULTED--> CLOSING.

    An -ERR just before the end is a true answer to any command it crosses.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.send_reply("-ERR [SYS/TEMP] Something failed in the server; try again later.")
    shell.close_socket()


def stls_handshake__tls_established(shell: Shell) -> None:
    """STLS_HANDSHAKE --TLS_ESTABLISHED--> AUTHORIZATION.

    RFC 2595 section 4: after the handshake the session starts over, with no greeting.
    """
    shell.start_login_timer()


def stls_handshake__tls_failed(shell: Shell) -> None:
    """STLS_HANDSHAKE --TLS_FAILED--> CLOSED.

    RFC 8446 section 6.2: a failed handshake ends the connection.
    """
    shell.release_connection()
    shell.drop_socket()


def stls_handshake__end_of_stream(shell: Shell) -> None:
    """STLS_HANDSHAKE --END_OF_STREAM--> HANDSHAKE_ABANDONED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.release_connection()
    shell.drop_socket()


def stls_handshake__connection_lost(shell: Shell) -> None:
    """STLS_HANDSHAKE --CONNECTION_LOST--> HANDSHAKE_ABANDONED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.release_connection()
    shell.drop_socket()


def stls_handshake__time_expired(shell: Shell) -> None:
    """STLS_HANDSHAKE --TIME_EXPIRED--> HANDSHAKE_ABANDONED.

    What is outstanding takes too long to be waited for with a slot held.
    """
    shell.release_connection()
    shell.drop_socket()


def stls_handshake__write_stalled(shell: Shell) -> None:
    """STLS_HANDSHAKE --WRITE_STALLED--> HANDSHAKE_ABANDONED.

    A client that does not read cannot be told anything.
    """
    shell.release_connection()
    shell.drop_socket()


def stls_handshake__kicked(shell: Shell) -> None:
    """STLS_HANDSHAKE --KICKED--> HANDSHAKE_ABANDONED.

    The administrator does not wait for what is outstanding.
    """
    shell.release_connection()
    shell.drop_socket()


def stls_handshake__drained(shell: Shell) -> None:
    """STLS_HANDSHAKE --DRAINED--> HANDSHAKE_ABANDONED.

    What is outstanding may take longer than the server has.
    """
    shell.release_connection()
    shell.drop_socket()


def stls_handshake__faulted(shell: Shell) -> None:
    """STLS_HANDSHAKE --FAULTED--> HANDSHAKE_ABANDONED.

    After a fault of ours nothing more is begun.
    """
    shell.release_connection()
    shell.drop_socket()


def verifying__verified(shell: Shell) -> None:
    """VERIFYING --VERIFIED--> TAKING_SLOT.

    Only who has proved a password can hold a slot of the account.
    """
    shell.take_slot()


def verifying__challenged(shell: Shell) -> None:
    """VERIFYING --CHALLENGED--> SASL_EXCHANGE.

    RFC 5034 section 4: a mechanism may take several rounds of challenge and response.
    """
    shell.send_reply("+ {challenge}", challenge=shell.challenge)


def verifying__rejected_for_good(shell: Shell) -> None:
    """VERIFYING --REJECTED_FOR_GOOD--> CLOSING.

    Guessing is cut off; who guesses on must connect again, and is counted there.
    """
    shell.release_connection()
    shell.start_closing_timer()
    shell.send_reply("-ERR [AUTH] Wrong name or password, once too often.")
    shell.close_socket()


def verifying__rejected(shell: Shell) -> None:
    """VERIFYING --REJECTED--> REFUSING.

    Guessing is slowed down without holding anything of the account.
    """
    shell.start_refusal_timer()


def verifying__accounts_unavailable(shell: Shell) -> None:
    """VERIFYING --ACCOUNTS_UNAVAILABLE--> AUTHORIZATION.

    RFC 3206 section 4: SYS/TEMP keeps a client from asking for another password.
    """
    shell.send_reply("-ERR [SYS/TEMP] Accounts cannot be looked up at the moment; try again later.")


def verifying__end_of_stream(shell: Shell) -> None:
    """VERIFYING --END_OF_STREAM--> VERIFICATION_ABANDONED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.drop_socket()


def verifying__connection_lost(shell: Shell) -> None:
    """VERIFYING --CONNECTION_LOST--> VERIFICATION_ABANDONED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.drop_socket()


def verifying__time_expired(shell: Shell) -> None:
    """VERIFYING --TIME_EXPIRED--> VERIFICATION_ABANDONED.

    What is outstanding takes too long to be waited for with a slot held.
    """
    shell.drop_socket()


def verifying__write_stalled(shell: Shell) -> None:
    """VERIFYING --WRITE_STALLED--> VERIFICATION_ABANDONED.

    A client that does not read cannot be told anything.
    """
    shell.drop_socket()


def verifying__kicked(shell: Shell) -> None:
    """VERIFYING --KICKED--> VERIFICATION_ABANDONED.

    The administrator does not wait for what is outstanding.
    """
    shell.drop_socket()


def verifying__drained(shell: Shell) -> None:
    """VERIFYING --DRAINED--> VERIFICATION_ABANDONED.

    What is outstanding may take longer than the server has.
    """
    shell.drop_socket()


def verifying__faulted(shell: Shell) -> None:
    """VERIFYING --FAULTED--> VERIFICATION_ABANDONED.

    After a fault of ours nothing more is begun.
    """
    shell.drop_socket()


def refusing__end_of_stream(shell: Shell) -> None:
    """REFUSING --END_OF_STREAM--> CLOSED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.release_connection()
    shell.drop_socket()


def refusing__connection_lost(shell: Shell) -> None:
    """REFUSING --CONNECTION_LOST--> CLOSED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.release_connection()
    shell.drop_socket()


def refusing__time_expired(shell: Shell) -> None:
    """REFUSING --TIME_EXPIRED--> AUTHORIZATION.

    RFC 3206 section 5: AUTH says that the credentials are at fault; staying open keeps clients from
    connecting again at once.
    """
    shell.start_login_timer()
    shell.send_reply("-ERR [AUTH] Wrong name or password.")


def refusing__write_stalled(shell: Shell) -> None:
    """REFUSING --WRITE_STALLED--> CLOSED.

    A client that does not read cannot be told anything.
    """
    shell.release_connection()
    shell.drop_socket()


def refusing__kicked(shell: Shell) -> None:
    """REFUSING --KICKED--> CLOSED.

    The administrator does not wait for what is outstanding.
    """
    shell.release_connection()
    shell.drop_socket()


def refusing__drained(shell: Shell) -> None:
    """REFUSING --DRAINED--> CLOSED.

    What is outstanding may take longer than the server has.
    """
    shell.release_connection()
    shell.drop_socket()


def refusing__faulted(shell: Shell) -> None:
    """REFUSING --FAULTED--> CLOSED.

    After a fault of ours nothing more is begun.
    """
    shell.release_connection()
    shell.drop_socket()


def taking_slot__slot_granted(shell: Shell) -> None:
    """TAKING_SLOT --SLOT_GRANTED--> LOCKING.

    The slot comes before the lock, so that a session refused by a limit locks nothing.
    """
    shell.lock_maildrop()


def taking_slot__slot_refused(shell: Shell) -> None:
    """TAKING_SLOT --SLOT_REFUSED--> AUTHORIZATION.

    RFC 2449 section 8.1.1: IN-USE tells the client that the credentials were right.
    """
    shell.warn_limit_reached()
    shell.send_reply(
        "-ERR [IN-USE] Too many sessions are open for this account. Close one, or wait a minute, and try again."
    )


def taking_slot__login_too_soon(shell: Shell) -> None:
    """TAKING_SLOT --LOGIN_TOO_SOON--> AUTHORIZATION.

    RFC 2449 section 8.1.1: LOGIN-DELAY says that the credentials were right.
    """
    shell.send_reply(
        "-ERR [LOGIN-DELAY] This account has logged in a moment ago; wait, and try again."
    )


def taking_slot__ledger_unavailable(shell: Shell) -> None:
    """TAKING_SLOT --LEDGER_UNAVAILABLE--> AUTHORIZATION.

    A session that cannot be counted is not let in: a limit that fails open is none.
    """
    shell.send_reply("-ERR [SYS/TEMP] Sessions cannot be counted at the moment; try again later.")


def taking_slot__end_of_stream(shell: Shell) -> None:
    """TAKING_SLOT --END_OF_STREAM--> SLOT_ABANDONED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.release_connection()
    shell.drop_socket()


def taking_slot__connection_lost(shell: Shell) -> None:
    """TAKING_SLOT --CONNECTION_LOST--> SLOT_ABANDONED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.release_connection()
    shell.drop_socket()


def taking_slot__time_expired(shell: Shell) -> None:
    """TAKING_SLOT --TIME_EXPIRED--> SLOT_ABANDONED.

    What is outstanding takes too long to be waited for with a slot held.
    """
    shell.release_connection()
    shell.drop_socket()


def taking_slot__write_stalled(shell: Shell) -> None:
    """TAKING_SLOT --WRITE_STALLED--> SLOT_ABANDONED.

    A client that does not read cannot be told anything.
    """
    shell.release_connection()
    shell.drop_socket()


def taking_slot__kicked(shell: Shell) -> None:
    """TAKING_SLOT --KICKED--> SLOT_ABANDONED.

    The administrator does not wait for what is outstanding.
    """
    shell.release_connection()
    shell.drop_socket()


def taking_slot__drained(shell: Shell) -> None:
    """TAKING_SLOT --DRAINED--> SLOT_ABANDONED.

    What is outstanding may take longer than the server has.
    """
    shell.release_connection()
    shell.drop_socket()


def taking_slot__faulted(shell: Shell) -> None:
    """TAKING_SLOT --FAULTED--> SLOT_ABANDONED.

    After a fault of ours nothing more is begun.
    """
    shell.release_connection()
    shell.drop_socket()


def locking__maildrop_locked(shell: Shell) -> None:
    """LOCKING --MAILDROP_LOCKED--> OPENING.

    RFC 1939 section 4: the lock is acquired before the messages are numbered.
    """
    shell.open_maildrop()


def locking__maildrop_busy(shell: Shell) -> None:
    """LOCKING --MAILDROP_BUSY--> AWAITING_LOCK.

    A session that is about to end is waited for, so that a client may come straight back.
    """
    shell.start_lock_timer()


def locking__maildrop_still_busy(shell: Shell) -> None:
    """LOCKING --MAILDROP_STILL_BUSY--> AUTHORIZATION.

    RFC 1939 section 4: when the lock cannot be acquired the server answers -ERR.
    """
    shell.release_slot()
    shell.send_reply("-ERR [IN-USE] Another session has this mailbox open; try again later.")


def locking__mailbox_unusable(shell: Shell) -> None:
    """LOCKING --MAILBOX_UNUSABLE--> AUTHORIZATION.

    RFC 3206 section 4: SYS/PERM says that nothing but somebody's help changes the answer.
    """
    shell.release_slot()
    shell.send_reply("-ERR [SYS/PERM] This mailbox cannot be used; ask the administrator.")


def locking__lock_unavailable(shell: Shell) -> None:
    """LOCKING --LOCK_UNAVAILABLE--> AUTHORIZATION.

    RFC 3206 section 4: SYS/TEMP says that the same attempt may succeed later.
    """
    shell.release_slot()
    shell.send_reply("-ERR [SYS/TEMP] The mailbox cannot be locked at the moment; try again later.")


def locking__end_of_stream(shell: Shell) -> None:
    """LOCKING --END_OF_STREAM--> LOCK_ABANDONED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()


def locking__connection_lost(shell: Shell) -> None:
    """LOCKING --CONNECTION_LOST--> LOCK_ABANDONED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()


def locking__time_expired(shell: Shell) -> None:
    """LOCKING --TIME_EXPIRED--> LOCK_ABANDONED.

    What is outstanding takes too long to be waited for with a slot held.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()


def locking__write_stalled(shell: Shell) -> None:
    """LOCKING --WRITE_STALLED--> LOCK_ABANDONED.

    A client that does not read cannot be told anything.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()


def locking__kicked(shell: Shell) -> None:
    """LOCKING --KICKED--> LOCK_ABANDONED.

    The administrator does not wait for what is outstanding.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()


def locking__drained(shell: Shell) -> None:
    """LOCKING --DRAINED--> LOCK_ABANDONED.

    What is outstanding may take longer than the server has.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()


def locking__faulted(shell: Shell) -> None:
    """LOCKING --FAULTED--> LOCK_ABANDONED.

    After a fault of ours nothing more is begun.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()


def awaiting_lock__end_of_stream(shell: Shell) -> None:
    """AWAITING_LOCK --END_OF_STREAM--> CLOSED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()


def awaiting_lock__connection_lost(shell: Shell) -> None:
    """AWAITING_LOCK --CONNECTION_LOST--> CLOSED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()


def awaiting_lock__time_expired(shell: Shell) -> None:
    """AWAITING_LOCK --TIME_EXPIRED--> LOCKING.

    No kernel tells a waiter that a lock is free without a thread for each that waits.
    """
    shell.start_login_timer()
    shell.lock_maildrop()


def awaiting_lock__write_stalled(shell: Shell) -> None:
    """AWAITING_LOCK --WRITE_STALLED--> CLOSED.

    A client that does not read cannot be told anything.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()


def awaiting_lock__kicked(shell: Shell) -> None:
    """AWAITING_LOCK --KICKED--> CLOSED.

    The administrator does not wait for what is outstanding.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()


def awaiting_lock__drained(shell: Shell) -> None:
    """AWAITING_LOCK --DRAINED--> CLOSED.

    What is outstanding may take longer than the server has.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()


def awaiting_lock__faulted(shell: Shell) -> None:
    """AWAITING_LOCK --FAULTED--> CLOSED.

    After a fault of ours nothing more is begun.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()


def opening__maildrop_opened(shell: Shell) -> None:
    """OPENING --MAILDROP_OPENED--> TRANSACTION.

    RFC 1939 section 4: with the maildrop locked and opened TRANSACTION begins.
    """
    shell.start_idle_timer()
    shell.send_reply(
        "+OK Logged in, {message_count} messages ({maildrop_octets} octets).",
        message_count=shell.message_count,
        maildrop_octets=shell.maildrop_octets,
    )


def opening__maildrop_unavailable(shell: Shell) -> None:
    """OPENING --MAILDROP_UNAVAILABLE--> AUTHORIZATION.

    RFC 1939 section 4: a maildrop that cannot be opened is let go, and AUTHORIZATION goes on.
    """
    shell.release_slot()
    shell.unlock_maildrop()
    shell.send_reply("-ERR [SYS/TEMP] The mailbox cannot be opened at the moment; try again later.")


def opening__end_of_stream(shell: Shell) -> None:
    """OPENING --END_OF_STREAM--> OPENING_ABANDONED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()
    shell.stop_opening()


def opening__connection_lost(shell: Shell) -> None:
    """OPENING --CONNECTION_LOST--> OPENING_ABANDONED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()
    shell.stop_opening()


def opening__time_expired(shell: Shell) -> None:
    """OPENING --TIME_EXPIRED--> OPENING_ABANDONED.

    What is outstanding takes too long to be waited for with a slot held.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()
    shell.stop_opening()


def opening__write_stalled(shell: Shell) -> None:
    """OPENING --WRITE_STALLED--> OPENING_ABANDONED.

    A client that does not read cannot be told anything.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()
    shell.stop_opening()


def opening__kicked(shell: Shell) -> None:
    """OPENING --KICKED--> OPENING_ABANDONED.

    The administrator does not wait for what is outstanding.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()
    shell.stop_opening()


def opening__drained(shell: Shell) -> None:
    """OPENING --DRAINED--> OPENING_ABANDONED.

    What is outstanding may take longer than the server has.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()
    shell.stop_opening()


def opening__faulted(shell: Shell) -> None:
    """OPENING --FAULTED--> OPENING_ABANDONED.

    After a fault of ours nothing more is begun.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()
    shell.stop_opening()


def transaction__stat_received(shell: Shell) -> None:
    """TRANSACTION --STAT_RECEIVED--> TRANSACTION.

    RFC 1939 section 5: a drop listing counts what is not marked as deleted.
    """
    shell.start_idle_timer()
    shell.send_reply(
        "+OK {message_count} {maildrop_octets}",
        message_count=shell.message_count,
        maildrop_octets=shell.maildrop_octets,
    )


def transaction__list_received(shell: Shell) -> None:
    """TRANSACTION --LIST_RECEIVED--> LISTING.

    RFC 1939 section 3: a multi-line response; a long one waits for its reader.
    """
    shell.stop_timer()
    shell.send_reply(
        "+OK {message_count} messages ({maildrop_octets} octets)",
        message_count=shell.message_count,
        maildrop_octets=shell.maildrop_octets,
    )
    shell.send_scan_listings()


def transaction__scan_received(shell: Shell) -> None:
    """TRANSACTION --SCAN_RECEIVED--> TRANSACTION.

    RFC 1939 section 5: a scan listing has the number and the exact size.
    """
    shell.start_idle_timer()
    shell.send_reply(
        "+OK {number} {message_octets}", number=shell.number, message_octets=shell.message_octets
    )


def transaction__uidl_received(shell: Shell) -> None:
    """TRANSACTION --UIDL_RECEIVED--> LISTING.

    RFC 1939 section 3: a multi-line response; a long one waits for its reader.
    """
    shell.stop_timer()
    shell.send_reply("+OK Unique ids follow.")
    shell.send_unique_ids()


def transaction__unique_id_received(shell: Shell) -> None:
    """TRANSACTION --UNIQUE_ID_RECEIVED--> TRANSACTION.

    RFC 1939 section 7: a unique-id listing has the number and the unique id.
    """
    shell.start_idle_timer()
    shell.send_reply("+OK {number} {unique_id}", number=shell.number, unique_id=shell.unique_id)


def transaction__retr_received(shell: Shell) -> None:
    """TRANSACTION --RETR_RECEIVED--> READING.

    The message may have to come from a disk, and another program may have removed it.
    """
    shell.start_idle_timer()
    shell.read_message()


def transaction__top_received(shell: Shell) -> None:
    """TRANSACTION --TOP_RECEIVED--> READING.

    The message may have to come from a disk, and another program may have removed it.
    """
    shell.start_idle_timer()
    shell.read_message()


def transaction__dele_received(shell: Shell) -> None:
    """TRANSACTION --DELE_RECEIVED--> TRANSACTION.

    RFC 1939 section 5: DELE marks; nothing is removed before UPDATE.
    """
    shell.start_idle_timer()
    shell.mark_deleted()
    shell.send_reply("+OK Message {number} is marked as deleted.", number=shell.number)


def transaction__deletion_refused(shell: Shell) -> None:
    """TRANSACTION --DELETION_REFUSED--> TRANSACTION.

    Some clients delete what they could not read; a message must not be lost that way.
    """
    shell.start_idle_timer()
    shell.send_reply(
        "-ERR [SYS/TEMP] Message {number} could not be read, and is not deleted.",
        number=shell.number,
    )


def transaction__deletion_forbidden(shell: Shell) -> None:
    """TRANSACTION --DELETION_FORBIDDEN--> TRANSACTION.

    RFC 3206 section 4: who asks again is refused again; few clients read a -ERR to QUIT.
    """
    shell.start_idle_timer()
    shell.send_reply("-ERR [SYS/PERM] Messages of this mailbox cannot be deleted.")


def transaction__no_such_message(shell: Shell) -> None:
    """TRANSACTION --NO_SUCH_MESSAGE--> TRANSACTION.

    RFC 1939 section 5: a number over the last one or of a deleted message is refused.
    """
    shell.start_idle_timer()
    shell.send_reply("-ERR No such message.")


def transaction__noop_received(shell: Shell) -> None:
    """TRANSACTION --NOOP_RECEIVED--> TRANSACTION.

    RFC 1939 section 5: NOOP gets a positive answer.
    """
    shell.start_idle_timer()
    shell.send_reply("+OK")


def transaction__rset_received(shell: Shell) -> None:
    """TRANSACTION --RSET_RECEIVED--> TRANSACTION.

    RFC 1939 section 5: RSET unmarks what was marked as deleted.
    """
    shell.start_idle_timer()
    shell.unmark_all()
    shell.send_reply(
        "+OK {message_count} messages ({maildrop_octets} octets)",
        message_count=shell.message_count,
        maildrop_octets=shell.maildrop_octets,
    )


def transaction__capa_received(shell: Shell) -> None:
    """TRANSACTION --CAPA_RECEIVED--> TRANSACTION.

    RFC 2449 section 5: CAPA is valid in AUTHORIZATION and in TRANSACTION.
    """
    shell.start_idle_timer()
    shell.send_reply("+OK Capabilities follow.")
    shell.send_capabilities()


def transaction__quit_received(shell: Shell) -> None:
    """TRANSACTION --QUIT_RECEIVED--> COMMITTING.

    RFC 1939 section 6: QUIT in TRANSACTION enters UPDATE, and nothing else does.
    """
    shell.start_commit_timer()
    shell.commit()


def transaction__user_received(shell: Shell) -> None:
    """TRANSACTION --USER_RECEIVED--> TRANSACTION.

    RFC 1939 section 4: logging in is for AUTHORIZATION only.
    """
    shell.start_idle_timer()
    shell.send_reply("-ERR You are logged in already.")


def transaction__pass_received(shell: Shell) -> None:
    """TRANSACTION --PASS_RECEIVED--> TRANSACTION.

    RFC 1939 section 4: logging in is for AUTHORIZATION only.
    """
    shell.start_idle_timer()
    shell.send_reply("-ERR You are logged in already.")


def transaction__auth_received(shell: Shell) -> None:
    """TRANSACTION --AUTH_RECEIVED--> TRANSACTION.

    RFC 1939 section 4: logging in is for AUTHORIZATION only.
    """
    shell.start_idle_timer()
    shell.send_reply("-ERR You are logged in already.")


def transaction__credentials_received(shell: Shell) -> None:
    """TRANSACTION --CREDENTIALS_RECEIVED--> TRANSACTION.

    RFC 1939 section 4: logging in is for AUTHORIZATION only.
    """
    shell.start_idle_timer()
    shell.send_reply("-ERR You are logged in already.")


def transaction__response_malformed(shell: Shell) -> None:
    """TRANSACTION --RESPONSE_MALFORMED--> TRANSACTION.

    RFC 1939 section 4: logging in is for AUTHORIZATION only.
    """
    shell.start_idle_timer()
    shell.send_reply("-ERR You are logged in already.")


def transaction__apop_received(shell: Shell) -> None:
    """TRANSACTION --APOP_RECEIVED--> TRANSACTION.

    RFC 1939 section 4: logging in is for AUTHORIZATION only.
    """
    shell.start_idle_timer()
    shell.send_reply("-ERR You are logged in already.")


def transaction__apop_unavailable(shell: Shell) -> None:
    """TRANSACTION --APOP_UNAVAILABLE--> TRANSACTION.

    RFC 1939 section 4: logging in is for AUTHORIZATION only.
    """
    shell.start_idle_timer()
    shell.send_reply("-ERR You are logged in already.")


def transaction__utf8_received(shell: Shell) -> None:
    """TRANSACTION --UTF8_RECEIVED--> TRANSACTION.

    RFC 1939 section 4: logging in is for AUTHORIZATION only.
    """
    shell.start_idle_timer()
    shell.send_reply("-ERR You are logged in already.")


def transaction__mechanisms_asked(shell: Shell) -> None:
    """TRANSACTION --MECHANISMS_ASKED--> TRANSACTION.

    RFC 1939 section 4: logging in is for AUTHORIZATION only.
    """
    shell.start_idle_timer()
    shell.send_reply("-ERR You are logged in already.")


def transaction__mechanism_unknown(shell: Shell) -> None:
    """TRANSACTION --MECHANISM_UNKNOWN--> TRANSACTION.

    RFC 1939 section 4: logging in is for AUTHORIZATION only.
    """
    shell.start_idle_timer()
    shell.send_reply("-ERR You are logged in already.")


def transaction__plaintext_forbidden(shell: Shell) -> None:
    """TRANSACTION --PLAINTEXT_FORBIDDEN--> TRANSACTION.

    RFC 1939 section 4: logging in is for AUTHORIZATION only.
    """
    shell.start_idle_timer()
    shell.send_reply("-ERR You are logged in already.")


def transaction__stls_received(shell: Shell) -> None:
    """TRANSACTION --STLS_RECEIVED--> TRANSACTION.

    RFC 1939 section 4: logging in is for AUTHORIZATION only.
    """
    shell.start_idle_timer()
    shell.send_reply("-ERR You are logged in already.")


def transaction__stls_unavailable(shell: Shell) -> None:
    """TRANSACTION --STLS_UNAVAILABLE--> TRANSACTION.

    RFC 1939 section 4: logging in is for AUTHORIZATION only.
    """
    shell.start_idle_timer()
    shell.send_reply("-ERR You are logged in already.")


def transaction__languages_asked(shell: Shell) -> None:
    """TRANSACTION --LANGUAGES_ASKED--> TRANSACTION.

    RFC 6856 section 3: without an argument LANG lists the languages.
    """
    shell.start_idle_timer()
    shell.send_reply("+OK Languages follow.")
    shell.send_languages()


def transaction__language_chosen(shell: Shell) -> None:
    """TRANSACTION --LANGUAGE_CHOSEN--> TRANSACTION.

    RFC 6856 section 3: the answer is in the new language already.
    """
    shell.start_idle_timer()
    shell.choose_language()
    shell.send_reply("+OK {language} The language is chosen.", language=shell.language)


def transaction__language_unknown(shell: Shell) -> None:
    """TRANSACTION --LANGUAGE_UNKNOWN--> TRANSACTION.

    RFC 6856 section 3: what cannot be chosen leaves the language as it is.
    """
    shell.start_idle_timer()
    shell.send_reply("-ERR That language is not there; LANG lists those that are.")


def transaction__command_unknown(shell: Shell) -> None:
    """TRANSACTION --COMMAND_UNKNOWN--> TRANSACTION.

    RFC 1939 section 3: what is not recognised or not valid is answered with -ERR.
    """
    shell.start_idle_timer()
    shell.send_reply("-ERR Unknown command.")


def transaction__command_malformed(shell: Shell) -> None:
    """TRANSACTION --COMMAND_MALFORMED--> TRANSACTION.

    RFC 1939 section 3: what is not recognised or not valid is answered with -ERR.
    """
    shell.start_idle_timer()
    shell.send_reply("-ERR That command does not take these arguments.")


def transaction__line_too_long(shell: Shell) -> None:
    """TRANSACTION --LINE_TOO_LONG--> TRANSACTION.

    RFC 1939 section 3: what is not recognised or not valid is answered with -ERR.
    """
    shell.start_idle_timer()
    shell.send_reply("-ERR The line is too long; it has been skipped.")


def transaction__line_endless(shell: Shell) -> None:
    """TRANSACTION --LINE_ENDLESS--> CLOSING.

    RFC 2449 section 4: a command line has at most 255 octets; a limit is needed.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.start_closing_timer()
    shell.send_reply("-ERR The line has no end.")
    shell.close_socket()


def transaction__mistakes_exhausted(shell: Shell) -> None:
    """TRANSACTION --MISTAKES_EXHAUSTED--> CLOSING.

    Who goes on sending what is no command is no client of ours.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.start_closing_timer()
    shell.send_reply("-ERR Too many lines could not be read.")
    shell.close_socket()


def transaction__end_of_stream(shell: Shell) -> None:
    """TRANSACTION --END_OF_STREAM--> CLOSING.

    RFC 1939 section 6: without QUIT no UPDATE; what was answered still goes out.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.start_closing_timer()
    shell.close_socket()


def transaction__connection_lost(shell: Shell) -> None:
    """TRANSACTION --CONNECTION_LOST--> CLOSED.

    RFC 1939 section 6: a session that ends without QUIT never enters UPDATE.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.drop_socket()


def transaction__time_expired(shell: Shell) -> None:
    """TRANSACTION --TIME_EXPIRED--> CLOSED.

    RFC 1939 section 3: autologout closes without a response and without UPDATE.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.drop_socket()


def transaction__write_stalled(shell: Shell) -> None:
    """TRANSACTION --WRITE_STALLED--> CLOSED.

    A client that does not read cannot be told anything.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.drop_socket()


def transaction__kicked(shell: Shell) -> None:
    """TRANSACTION --KICKED--> CLOSING.

    An -ERR just before the end is a true answer to any command it crosses.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.start_closing_timer()
    shell.send_reply("-ERR [SYS/TEMP] The administrator has ended this session.")
    shell.close_socket()


def transaction__drained(shell: Shell) -> None:
    """TRANSACTION --DRAINED--> CLOSING.

    An -ERR just before the end is a true answer to any command it crosses.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.start_closing_timer()
    shell.send_reply("-ERR [SYS/TEMP] The server is stopping; try again later.")
    shell.close_socket()


def transaction__faulted(shell: Shell) -> None:
    """TRANSACTION --FAULTED--> CLOSING.

    An -ERR just before the end is a true answer to any command it crosses.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.start_closing_timer()
    shell.send_reply("-ERR [SYS/TEMP] Something failed in the server; try again later.")
    shell.close_socket()


def listing__answer_taken(shell: Shell) -> None:
    """LISTING --ANSWER_TAKEN--> TRANSACTION.

    A long download is not idle time: the clock starts when it is over.
    """
    shell.start_idle_timer()


def listing__end_of_stream(shell: Shell) -> None:
    """LISTING --END_OF_STREAM--> LISTING.

    A client may close its half and still read the answer it waits for.
    """


def listing__connection_lost(shell: Shell) -> None:
    """LISTING --CONNECTION_LOST--> CLOSED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.drop_socket()


def listing__time_expired(shell: Shell) -> None:
    """LISTING --TIME_EXPIRED--> CLOSED.

    What is outstanding takes too long to be waited for with a slot held.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.drop_socket()


def listing__write_stalled(shell: Shell) -> None:
    """LISTING --WRITE_STALLED--> CLOSED.

    A client that does not read cannot be told anything.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.drop_socket()


def listing__kicked(shell: Shell) -> None:
    """LISTING --KICKED--> CLOSED.

    The administrator does not wait for what is outstanding.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.drop_socket()


def listing__drained(shell: Shell) -> None:
    """LISTING --DRAINED--> LISTING.

    The command in hand is finished; the drain is met at the next command.
    """


def listing__faulted(shell: Shell) -> None:
    """LISTING --FAULTED--> CLOSED.

    After a fault of ours nothing more is begun.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.drop_socket()


def reading__message_opened(shell: Shell) -> None:
    """READING --MESSAGE_OPENED--> SENDING.

    RFC 1939 section 5: the answer to RETR is a multi-line response.
    """
    shell.stop_timer()
    shell.send_reply("+OK {message_octets} octets", message_octets=shell.message_octets)
    shell.send_message()


def reading__top_opened(shell: Shell) -> None:
    """READING --TOP_OPENED--> SENDING.

    RFC 1939 section 7: TOP sends the header, the blank line and the lines asked for.
    """
    shell.stop_timer()
    shell.send_reply("+OK The top of message {number} follows.", number=shell.number)
    shell.send_message()


def reading__message_gone(shell: Shell) -> None:
    """READING --MESSAGE_GONE--> TRANSACTION.

    The numbers of a session stand still though the maildrop does not.
    """
    shell.protect_message()
    shell.start_idle_timer()
    shell.send_reply(
        "-ERR Message {number} has been removed by another program.", number=shell.number
    )


def reading__message_unreadable(shell: Shell) -> None:
    """READING --MESSAGE_UNREADABLE--> TRANSACTION.

    Some clients delete what they could not read; a message must not be lost that way.
    """
    shell.protect_message()
    shell.start_idle_timer()
    shell.send_reply(
        "-ERR [SYS/TEMP] Message {number} cannot be read at the moment.", number=shell.number
    )


def reading__end_of_stream(shell: Shell) -> None:
    """READING --END_OF_STREAM--> READING.

    A client may close its half and still read the answer it waits for.
    """


def reading__connection_lost(shell: Shell) -> None:
    """READING --CONNECTION_LOST--> READING_ABANDONED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.drop_socket()


def reading__time_expired(shell: Shell) -> None:
    """READING --TIME_EXPIRED--> READING_ABANDONED.

    What is outstanding takes too long to be waited for with a slot held.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.drop_socket()


def reading__write_stalled(shell: Shell) -> None:
    """READING --WRITE_STALLED--> READING_ABANDONED.

    A client that does not read cannot be told anything.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.drop_socket()


def reading__kicked(shell: Shell) -> None:
    """READING --KICKED--> READING_ABANDONED.

    The administrator does not wait for what is outstanding.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.drop_socket()


def reading__drained(shell: Shell) -> None:
    """READING --DRAINED--> READING.

    The command in hand is finished; the drain is met at the next command.
    """


def reading__faulted(shell: Shell) -> None:
    """READING --FAULTED--> READING_ABANDONED.

    After a fault of ours nothing more is begun.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.drop_socket()


def sending__message_sent(shell: Shell) -> None:
    """SENDING --MESSAGE_SENT--> TRANSACTION.

    A long download is not idle time: the clock starts when it is over.
    """
    shell.close_message()
    shell.start_idle_timer()


def sending__message_broken(shell: Shell) -> None:
    """SENDING --MESSAGE_BROKEN--> CLOSED.

    POP3 cannot say in the middle of a message that the rest is missing; the end can.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.close_message()
    shell.drop_socket()


def sending__end_of_stream(shell: Shell) -> None:
    """SENDING --END_OF_STREAM--> SENDING.

    A client may close its half and still read the answer it waits for.
    """


def sending__connection_lost(shell: Shell) -> None:
    """SENDING --CONNECTION_LOST--> SENDING_ABANDONED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.drop_socket()
    shell.stop_sending()


def sending__time_expired(shell: Shell) -> None:
    """SENDING --TIME_EXPIRED--> SENDING_ABANDONED.

    What is outstanding takes too long to be waited for with a slot held.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.drop_socket()
    shell.stop_sending()


def sending__write_stalled(shell: Shell) -> None:
    """SENDING --WRITE_STALLED--> SENDING_ABANDONED.

    A client that does not read cannot be told anything.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.drop_socket()
    shell.stop_sending()


def sending__kicked(shell: Shell) -> None:
    """SENDING --KICKED--> SENDING_ABANDONED.

    The administrator does not wait for what is outstanding.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.drop_socket()
    shell.stop_sending()


def sending__drained(shell: Shell) -> None:
    """SENDING --DRAINED--> SENDING.

    The command in hand is finished; the drain is met at the next command.
    """


def sending__faulted(shell: Shell) -> None:
    """SENDING --FAULTED--> SENDING_ABANDONED.

    After a fault of ours nothing more is begun.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.drop_socket()
    shell.stop_sending()


def committing__committed(shell: Shell) -> None:
    """COMMITTING --COMMITTED--> CLOSING.

    RFC 1939 section 6: the answer comes after the removal; the slot is back before it.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.start_closing_timer()
    shell.send_reply("+OK Goodbye.")
    shell.close_socket()


def committing__commit_failed(shell: Shell) -> None:
    """COMMITTING --COMMIT_FAILED--> CLOSING.

    RFC 1939 section 6: when some messages could not be removed the answer is -ERR.
    """
    shell.release_slot()
    shell.release_connection()
    shell.unlock_maildrop()
    shell.start_closing_timer()
    shell.send_reply("-ERR [SYS/TEMP] Some deleted messages are not removed.")
    shell.close_socket()


def committing__end_of_stream(shell: Shell) -> None:
    """COMMITTING --END_OF_STREAM--> COMMITTING.

    A client may close its half and still read the answer it waits for.
    """


def committing__connection_lost(shell: Shell) -> None:
    """COMMITTING --CONNECTION_LOST--> COMMITTING_ABANDONED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()


def committing__time_expired(shell: Shell) -> None:
    """COMMITTING --TIME_EXPIRED--> COMMITTING_ABANDONED.

    What is outstanding takes too long to be waited for with a slot held.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()


def committing__write_stalled(shell: Shell) -> None:
    """COMMITTING --WRITE_STALLED--> COMMITTING_ABANDONED.

    A client that does not read cannot be told anything.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()


def committing__kicked(shell: Shell) -> None:
    """COMMITTING --KICKED--> COMMITTING_ABANDONED.

    The administrator does not wait for what is outstanding.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()


def committing__drained(shell: Shell) -> None:
    """COMMITTING --DRAINED--> COMMITTING.

    The command in hand is finished; the drain is met at the next command.
    """


def committing__faulted(shell: Shell) -> None:
    """COMMITTING --FAULTED--> COMMITTING_ABANDONED.

    After a fault of ours nothing more is begun.
    """
    shell.release_slot()
    shell.release_connection()
    shell.drop_socket()


def closing__end_of_stream(shell: Shell) -> None:
    """CLOSING --END_OF_STREAM--> CLOSED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.drop_socket()


def closing__connection_lost(shell: Shell) -> None:
    """CLOSING --CONNECTION_LOST--> CLOSED.

    The client has left; nobody is there for what is outstanding.
    """
    shell.drop_socket()


def closing__time_expired(shell: Shell) -> None:
    """CLOSING --TIME_EXPIRED--> CLOSED.

    What is outstanding takes too long to be waited for with a slot held.
    """
    shell.drop_socket()


def closing__write_stalled(shell: Shell) -> None:
    """CLOSING --WRITE_STALLED--> CLOSED.

    A client that does not read cannot be told anything.
    """
    shell.drop_socket()


def closing__kicked(shell: Shell) -> None:
    """CLOSING --KICKED--> CLOSED.

    The administrator does not wait for what is outstanding.
    """
    shell.drop_socket()


def closing__drained(shell: Shell) -> None:
    """CLOSING --DRAINED--> CLOSING.

    The command in hand is finished; the drain is met at the next command.
    """


def closing__faulted(shell: Shell) -> None:
    """CLOSING --FAULTED--> CLOSED.

    After a fault of ours nothing more is begun.
    """
    shell.drop_socket()


def admission_abandoned__admitted(shell: Shell) -> None:
    """ADMISSION_ABANDONED --ADMITTED--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """
    shell.release_connection()


def admission_abandoned__admitted_for_tls(shell: Shell) -> None:
    """ADMISSION_ABANDONED --ADMITTED_FOR_TLS--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """
    shell.release_connection()


def admission_abandoned__admission_refused(shell: Shell) -> None:
    """ADMISSION_ABANDONED --ADMISSION_REFUSED--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """


def admission_abandoned__admission_refused_for_tls(shell: Shell) -> None:
    """ADMISSION_ABANDONED --ADMISSION_REFUSED_FOR_TLS--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """


def admission_abandoned__admission_unavailable(shell: Shell) -> None:
    """ADMISSION_ABANDONED --ADMISSION_UNAVAILABLE--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """


def admission_abandoned__admission_unavailable_for_tls(shell: Shell) -> None:
    """ADMISSION_ABANDONED --ADMISSION_UNAVAILABLE_FOR_TLS--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """


def admission_abandoned__time_expired(shell: Shell) -> None:
    """ADMISSION_ABANDONED --TIME_EXPIRED--> ADMISSION_ABANDONED.

    The answer is still to come, and may bring something.
    """


def admission_abandoned__write_stalled(shell: Shell) -> None:
    """ADMISSION_ABANDONED --WRITE_STALLED--> ADMISSION_ABANDONED.

    The answer is still to come, and may bring something.
    """


def admission_abandoned__kicked(shell: Shell) -> None:
    """ADMISSION_ABANDONED --KICKED--> ADMISSION_ABANDONED.

    The answer is still to come, and may bring something.
    """


def admission_abandoned__drained(shell: Shell) -> None:
    """ADMISSION_ABANDONED --DRAINED--> ADMISSION_ABANDONED.

    The answer is still to come, and may bring something.
    """


def admission_abandoned__faulted(shell: Shell) -> None:
    """ADMISSION_ABANDONED --FAULTED--> ADMISSION_ABANDONED.

    The answer is still to come, and may bring something.
    """


def handshake_abandoned__tls_established(shell: Shell) -> None:
    """HANDSHAKE_ABANDONED --TLS_ESTABLISHED--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """


def handshake_abandoned__tls_failed(shell: Shell) -> None:
    """HANDSHAKE_ABANDONED --TLS_FAILED--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """


def handshake_abandoned__time_expired(shell: Shell) -> None:
    """HANDSHAKE_ABANDONED --TIME_EXPIRED--> HANDSHAKE_ABANDONED.

    The answer is still to come, and may bring something.
    """


def handshake_abandoned__write_stalled(shell: Shell) -> None:
    """HANDSHAKE_ABANDONED --WRITE_STALLED--> HANDSHAKE_ABANDONED.

    The answer is still to come, and may bring something.
    """


def handshake_abandoned__kicked(shell: Shell) -> None:
    """HANDSHAKE_ABANDONED --KICKED--> HANDSHAKE_ABANDONED.

    The answer is still to come, and may bring something.
    """


def handshake_abandoned__drained(shell: Shell) -> None:
    """HANDSHAKE_ABANDONED --DRAINED--> HANDSHAKE_ABANDONED.

    The answer is still to come, and may bring something.
    """


def handshake_abandoned__faulted(shell: Shell) -> None:
    """HANDSHAKE_ABANDONED --FAULTED--> HANDSHAKE_ABANDONED.

    The answer is still to come, and may bring something.
    """


def verification_abandoned__verified(shell: Shell) -> None:
    """VERIFICATION_ABANDONED --VERIFIED--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """
    shell.release_connection()


def verification_abandoned__challenged(shell: Shell) -> None:
    """VERIFICATION_ABANDONED --CHALLENGED--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """
    shell.release_connection()


def verification_abandoned__rejected(shell: Shell) -> None:
    """VERIFICATION_ABANDONED --REJECTED--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """
    shell.release_connection()


def verification_abandoned__rejected_for_good(shell: Shell) -> None:
    """VERIFICATION_ABANDONED --REJECTED_FOR_GOOD--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """
    shell.release_connection()


def verification_abandoned__accounts_unavailable(shell: Shell) -> None:
    """VERIFICATION_ABANDONED --ACCOUNTS_UNAVAILABLE--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """
    shell.release_connection()


def verification_abandoned__time_expired(shell: Shell) -> None:
    """VERIFICATION_ABANDONED --TIME_EXPIRED--> VERIFICATION_ABANDONED.

    The answer is still to come, and may bring something.
    """


def verification_abandoned__write_stalled(shell: Shell) -> None:
    """VERIFICATION_ABANDONED --WRITE_STALLED--> VERIFICATION_ABANDONED.

    The answer is still to come, and may bring something.
    """


def verification_abandoned__kicked(shell: Shell) -> None:
    """VERIFICATION_ABANDONED --KICKED--> VERIFICATION_ABANDONED.

    The answer is still to come, and may bring something.
    """


def verification_abandoned__drained(shell: Shell) -> None:
    """VERIFICATION_ABANDONED --DRAINED--> VERIFICATION_ABANDONED.

    The answer is still to come, and may bring something.
    """


def verification_abandoned__faulted(shell: Shell) -> None:
    """VERIFICATION_ABANDONED --FAULTED--> VERIFICATION_ABANDONED.

    The answer is still to come, and may bring something.
    """


def slot_abandoned__slot_granted(shell: Shell) -> None:
    """SLOT_ABANDONED --SLOT_GRANTED--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """
    shell.release_slot()


def slot_abandoned__slot_refused(shell: Shell) -> None:
    """SLOT_ABANDONED --SLOT_REFUSED--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """


def slot_abandoned__login_too_soon(shell: Shell) -> None:
    """SLOT_ABANDONED --LOGIN_TOO_SOON--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """


def slot_abandoned__ledger_unavailable(shell: Shell) -> None:
    """SLOT_ABANDONED --LEDGER_UNAVAILABLE--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """


def slot_abandoned__time_expired(shell: Shell) -> None:
    """SLOT_ABANDONED --TIME_EXPIRED--> SLOT_ABANDONED.

    The answer is still to come, and may bring something.
    """


def slot_abandoned__write_stalled(shell: Shell) -> None:
    """SLOT_ABANDONED --WRITE_STALLED--> SLOT_ABANDONED.

    The answer is still to come, and may bring something.
    """


def slot_abandoned__kicked(shell: Shell) -> None:
    """SLOT_ABANDONED --KICKED--> SLOT_ABANDONED.

    The answer is still to come, and may bring something.
    """


def slot_abandoned__drained(shell: Shell) -> None:
    """SLOT_ABANDONED --DRAINED--> SLOT_ABANDONED.

    The answer is still to come, and may bring something.
    """


def slot_abandoned__faulted(shell: Shell) -> None:
    """SLOT_ABANDONED --FAULTED--> SLOT_ABANDONED.

    The answer is still to come, and may bring something.
    """


def lock_abandoned__maildrop_locked(shell: Shell) -> None:
    """LOCK_ABANDONED --MAILDROP_LOCKED--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """
    shell.unlock_maildrop()


def lock_abandoned__maildrop_busy(shell: Shell) -> None:
    """LOCK_ABANDONED --MAILDROP_BUSY--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """


def lock_abandoned__maildrop_still_busy(shell: Shell) -> None:
    """LOCK_ABANDONED --MAILDROP_STILL_BUSY--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """


def lock_abandoned__mailbox_unusable(shell: Shell) -> None:
    """LOCK_ABANDONED --MAILBOX_UNUSABLE--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """


def lock_abandoned__lock_unavailable(shell: Shell) -> None:
    """LOCK_ABANDONED --LOCK_UNAVAILABLE--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """


def lock_abandoned__time_expired(shell: Shell) -> None:
    """LOCK_ABANDONED --TIME_EXPIRED--> LOCK_ABANDONED.

    The answer is still to come, and may bring something.
    """


def lock_abandoned__write_stalled(shell: Shell) -> None:
    """LOCK_ABANDONED --WRITE_STALLED--> LOCK_ABANDONED.

    The answer is still to come, and may bring something.
    """


def lock_abandoned__kicked(shell: Shell) -> None:
    """LOCK_ABANDONED --KICKED--> LOCK_ABANDONED.

    The answer is still to come, and may bring something.
    """


def lock_abandoned__drained(shell: Shell) -> None:
    """LOCK_ABANDONED --DRAINED--> LOCK_ABANDONED.

    The answer is still to come, and may bring something.
    """


def lock_abandoned__faulted(shell: Shell) -> None:
    """LOCK_ABANDONED --FAULTED--> LOCK_ABANDONED.

    The answer is still to come, and may bring something.
    """


def opening_abandoned__maildrop_opened(shell: Shell) -> None:
    """OPENING_ABANDONED --MAILDROP_OPENED--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """
    shell.unlock_maildrop()


def opening_abandoned__maildrop_unavailable(shell: Shell) -> None:
    """OPENING_ABANDONED --MAILDROP_UNAVAILABLE--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """
    shell.unlock_maildrop()


def opening_abandoned__time_expired(shell: Shell) -> None:
    """OPENING_ABANDONED --TIME_EXPIRED--> OPENING_ABANDONED.

    The answer is still to come, and may bring something.
    """


def opening_abandoned__write_stalled(shell: Shell) -> None:
    """OPENING_ABANDONED --WRITE_STALLED--> OPENING_ABANDONED.

    The answer is still to come, and may bring something.
    """


def opening_abandoned__kicked(shell: Shell) -> None:
    """OPENING_ABANDONED --KICKED--> OPENING_ABANDONED.

    The answer is still to come, and may bring something.
    """


def opening_abandoned__drained(shell: Shell) -> None:
    """OPENING_ABANDONED --DRAINED--> OPENING_ABANDONED.

    The answer is still to come, and may bring something.
    """


def opening_abandoned__faulted(shell: Shell) -> None:
    """OPENING_ABANDONED --FAULTED--> OPENING_ABANDONED.

    The answer is still to come, and may bring something.
    """


def reading_abandoned__message_opened(shell: Shell) -> None:
    """READING_ABANDONED --MESSAGE_OPENED--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """
    shell.close_message()


def reading_abandoned__top_opened(shell: Shell) -> None:
    """READING_ABANDONED --TOP_OPENED--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """
    shell.close_message()


def reading_abandoned__message_gone(shell: Shell) -> None:
    """READING_ABANDONED --MESSAGE_GONE--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """


def reading_abandoned__message_unreadable(shell: Shell) -> None:
    """READING_ABANDONED --MESSAGE_UNREADABLE--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """


def reading_abandoned__time_expired(shell: Shell) -> None:
    """READING_ABANDONED --TIME_EXPIRED--> READING_ABANDONED.

    The answer is still to come, and may bring something.
    """


def reading_abandoned__write_stalled(shell: Shell) -> None:
    """READING_ABANDONED --WRITE_STALLED--> READING_ABANDONED.

    The answer is still to come, and may bring something.
    """


def reading_abandoned__kicked(shell: Shell) -> None:
    """READING_ABANDONED --KICKED--> READING_ABANDONED.

    The answer is still to come, and may bring something.
    """


def reading_abandoned__drained(shell: Shell) -> None:
    """READING_ABANDONED --DRAINED--> READING_ABANDONED.

    The answer is still to come, and may bring something.
    """


def reading_abandoned__faulted(shell: Shell) -> None:
    """READING_ABANDONED --FAULTED--> READING_ABANDONED.

    The answer is still to come, and may bring something.
    """


def sending_abandoned__message_sent(shell: Shell) -> None:
    """SENDING_ABANDONED --MESSAGE_SENT--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """
    shell.close_message()


def sending_abandoned__message_broken(shell: Shell) -> None:
    """SENDING_ABANDONED --MESSAGE_BROKEN--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """
    shell.close_message()


def sending_abandoned__time_expired(shell: Shell) -> None:
    """SENDING_ABANDONED --TIME_EXPIRED--> SENDING_ABANDONED.

    The answer is still to come, and may bring something.
    """


def sending_abandoned__write_stalled(shell: Shell) -> None:
    """SENDING_ABANDONED --WRITE_STALLED--> SENDING_ABANDONED.

    The answer is still to come, and may bring something.
    """


def sending_abandoned__kicked(shell: Shell) -> None:
    """SENDING_ABANDONED --KICKED--> SENDING_ABANDONED.

    The answer is still to come, and may bring something.
    """


def sending_abandoned__drained(shell: Shell) -> None:
    """SENDING_ABANDONED --DRAINED--> SENDING_ABANDONED.

    The answer is still to come, and may bring something.
    """


def sending_abandoned__faulted(shell: Shell) -> None:
    """SENDING_ABANDONED --FAULTED--> SENDING_ABANDONED.

    The answer is still to come, and may bring something.
    """


def committing_abandoned__committed(shell: Shell) -> None:
    """COMMITTING_ABANDONED --COMMITTED--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """
    shell.unlock_maildrop()


def committing_abandoned__commit_failed(shell: Shell) -> None:
    """COMMITTING_ABANDONED --COMMIT_FAILED--> CLOSED.

    What a late answer brings is given back by the one who asked for it.
    """
    shell.unlock_maildrop()


def committing_abandoned__time_expired(shell: Shell) -> None:
    """COMMITTING_ABANDONED --TIME_EXPIRED--> COMMITTING_ABANDONED.

    The answer is still to come, and may bring something.
    """


def committing_abandoned__write_stalled(shell: Shell) -> None:
    """COMMITTING_ABANDONED --WRITE_STALLED--> COMMITTING_ABANDONED.

    The answer is still to come, and may bring something.
    """


def committing_abandoned__kicked(shell: Shell) -> None:
    """COMMITTING_ABANDONED --KICKED--> COMMITTING_ABANDONED.

    The answer is still to come, and may bring something.
    """


def committing_abandoned__drained(shell: Shell) -> None:
    """COMMITTING_ABANDONED --DRAINED--> COMMITTING_ABANDONED.

    The answer is still to come, and may bring something.
    """


def committing_abandoned__faulted(shell: Shell) -> None:
    """COMMITTING_ABANDONED --FAULTED--> COMMITTING_ABANDONED.

    The answer is still to come, and may bring something.
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
FINAL: Final = frozenset({State.CLOSED})

HELD: Final[dict[State, tuple[Held, ...]]] = {
    State.NEW: (),
    State.PROXY_HEADER: (Held.SOCKET,),
    State.GREETING: (Held.SOCKET,),
    State.TLS_HANDSHAKE: (Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
    State.AUTHORIZATION: (Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
    State.USER_GIVEN: (Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
    State.SASL_EXCHANGE: (Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
    State.STLS_HANDSHAKE: (Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
    State.VERIFYING: (Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
    State.REFUSING: (Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
    State.TAKING_SLOT: (Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
    State.LOCKING: (Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
    State.AWAITING_LOCK: (Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
    State.OPENING: (
        Held.SOCKET,
        Held.CONNECTION,
        Held.ADDRESS,
        Held.ACCOUNT,
        Held.MAILBOX,
        Held.MAILDROP,
    ),
    State.TRANSACTION: (
        Held.SOCKET,
        Held.CONNECTION,
        Held.ADDRESS,
        Held.ACCOUNT,
        Held.MAILBOX,
        Held.MAILDROP,
    ),
    State.LISTING: (
        Held.SOCKET,
        Held.CONNECTION,
        Held.ADDRESS,
        Held.ACCOUNT,
        Held.MAILBOX,
        Held.MAILDROP,
    ),
    State.READING: (
        Held.SOCKET,
        Held.CONNECTION,
        Held.ADDRESS,
        Held.ACCOUNT,
        Held.MAILBOX,
        Held.MAILDROP,
    ),
    State.SENDING: (
        Held.SOCKET,
        Held.CONNECTION,
        Held.ADDRESS,
        Held.ACCOUNT,
        Held.MAILBOX,
        Held.MAILDROP,
        Held.MESSAGE,
    ),
    State.COMMITTING: (
        Held.SOCKET,
        Held.CONNECTION,
        Held.ADDRESS,
        Held.ACCOUNT,
        Held.MAILBOX,
        Held.MAILDROP,
    ),
    State.CLOSING: (Held.SOCKET,),
    State.ADMISSION_ABANDONED: (),
    State.HANDSHAKE_ABANDONED: (),
    State.VERIFICATION_ABANDONED: (Held.CONNECTION, Held.ADDRESS),
    State.SLOT_ABANDONED: (),
    State.LOCK_ABANDONED: (),
    State.OPENING_ABANDONED: (Held.MAILDROP,),
    State.READING_ABANDONED: (),
    State.SENDING_ABANDONED: (Held.MESSAGE,),
    State.COMMITTING_ABANDONED: (Held.MAILDROP,),
    State.CLOSED: (),
}
"""What is held in each state."""

EDGES: Final = (
    Step(
        State.NEW,
        Event.CONNECTED,
        State.GREETING,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=new__connected,
        why="A connection is counted before anything is said, so that a flood costs little",
    ),
    Step(
        State.NEW,
        Event.PROXIED,
        State.PROXY_HEADER,
        waits_for=Wait.HEADER,
        final=False,
        gives_back=(),
        perform=new__proxied,
        why="PROXY protocol section 2: the receiver waits for the header before anything else",
    ),
    Step(
        State.PROXY_HEADER,
        Event.PROXY_NAMED,
        State.GREETING,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=proxy_header__proxy_named,
        why="Whom the proxy speaks for is whom the limits by address are about",
    ),
    Step(
        State.PROXY_HEADER,
        Event.PROXY_UNREADABLE,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET,),
        perform=proxy_header__proxy_unreadable,
        why="PROXY protocol section 2: without a valid header the connection is aborted",
    ),
    Step(
        State.PROXY_HEADER,
        Event.PROXY_DISTRUSTED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET,),
        perform=proxy_header__proxy_distrusted,
        why="PROXY protocol section 2: a header is taken from known proxies only",
    ),
    Step(
        State.PROXY_HEADER,
        Event.END_OF_STREAM,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET,),
        perform=proxy_header__end_of_stream,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.PROXY_HEADER,
        Event.CONNECTION_LOST,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET,),
        perform=proxy_header__connection_lost,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.PROXY_HEADER,
        Event.TIME_EXPIRED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET,),
        perform=proxy_header__time_expired,
        why="What is outstanding takes too long to be waited for with a slot held",
    ),
    Step(
        State.PROXY_HEADER,
        Event.WRITE_STALLED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET,),
        perform=proxy_header__write_stalled,
        why="A client that does not read cannot be told anything",
    ),
    Step(
        State.PROXY_HEADER,
        Event.KICKED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET,),
        perform=proxy_header__kicked,
        why="The administrator does not wait for what is outstanding",
    ),
    Step(
        State.PROXY_HEADER,
        Event.DRAINED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET,),
        perform=proxy_header__drained,
        why="What is outstanding may take longer than the server has",
    ),
    Step(
        State.PROXY_HEADER,
        Event.FAULTED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET,),
        perform=proxy_header__faulted,
        why="After a fault of ours nothing more is begun",
    ),
    Step(
        State.GREETING,
        Event.ADMITTED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=greeting__admitted,
        why="RFC 1939 section 4: the server issues a one-line greeting, then AUTHORIZATION begins",
    ),
    Step(
        State.GREETING,
        Event.ADMITTED_FOR_TLS,
        State.TLS_HANDSHAKE,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=greeting__admitted_for_tls,
        why="RFC 8314 section 3: with implicit TLS the handshake comes before the greeting",
    ),
    Step(
        State.GREETING,
        Event.ADMISSION_REFUSED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(),
        perform=greeting__admission_refused,
        why="RFC 3206 section 4: SYS/TEMP says that the same attempt may succeed later",
    ),
    Step(
        State.GREETING,
        Event.ADMISSION_REFUSED_FOR_TLS,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET,),
        perform=greeting__admission_refused_for_tls,
        why="Before the handshake a reply in the clear would be taken for a broken one",
    ),
    Step(
        State.GREETING,
        Event.ADMISSION_UNAVAILABLE,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(),
        perform=greeting__admission_unavailable,
        why="A connection that cannot be counted is not let in: a limit that fails open is none",
    ),
    Step(
        State.GREETING,
        Event.ADMISSION_UNAVAILABLE_FOR_TLS,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET,),
        perform=greeting__admission_unavailable_for_tls,
        why="Before the handshake a reply in the clear would be taken for a broken one",
    ),
    Step(
        State.GREETING,
        Event.END_OF_STREAM,
        State.ADMISSION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET,),
        perform=greeting__end_of_stream,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.GREETING,
        Event.CONNECTION_LOST,
        State.ADMISSION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET,),
        perform=greeting__connection_lost,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.GREETING,
        Event.TIME_EXPIRED,
        State.ADMISSION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET,),
        perform=greeting__time_expired,
        why="What is outstanding takes too long to be waited for with a slot held",
    ),
    Step(
        State.GREETING,
        Event.WRITE_STALLED,
        State.ADMISSION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET,),
        perform=greeting__write_stalled,
        why="A client that does not read cannot be told anything",
    ),
    Step(
        State.GREETING,
        Event.KICKED,
        State.ADMISSION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET,),
        perform=greeting__kicked,
        why="The administrator does not wait for what is outstanding",
    ),
    Step(
        State.GREETING,
        Event.DRAINED,
        State.ADMISSION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET,),
        perform=greeting__drained,
        why="What is outstanding may take longer than the server has",
    ),
    Step(
        State.GREETING,
        Event.FAULTED,
        State.ADMISSION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET,),
        perform=greeting__faulted,
        why="After a fault of ours nothing more is begun",
    ),
    Step(
        State.TLS_HANDSHAKE,
        Event.TLS_ESTABLISHED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=tls_handshake__tls_established,
        why="RFC 8314 section 3: after the handshake the session goes on as on the other port",
    ),
    Step(
        State.TLS_HANDSHAKE,
        Event.TLS_FAILED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=tls_handshake__tls_failed,
        why="RFC 8446 section 6.2: a failed handshake ends the connection",
    ),
    Step(
        State.TLS_HANDSHAKE,
        Event.END_OF_STREAM,
        State.HANDSHAKE_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=tls_handshake__end_of_stream,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.TLS_HANDSHAKE,
        Event.CONNECTION_LOST,
        State.HANDSHAKE_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=tls_handshake__connection_lost,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.TLS_HANDSHAKE,
        Event.TIME_EXPIRED,
        State.HANDSHAKE_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=tls_handshake__time_expired,
        why="What is outstanding takes too long to be waited for with a slot held",
    ),
    Step(
        State.TLS_HANDSHAKE,
        Event.WRITE_STALLED,
        State.HANDSHAKE_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=tls_handshake__write_stalled,
        why="A client that does not read cannot be told anything",
    ),
    Step(
        State.TLS_HANDSHAKE,
        Event.KICKED,
        State.HANDSHAKE_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=tls_handshake__kicked,
        why="The administrator does not wait for what is outstanding",
    ),
    Step(
        State.TLS_HANDSHAKE,
        Event.DRAINED,
        State.HANDSHAKE_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=tls_handshake__drained,
        why="What is outstanding may take longer than the server has",
    ),
    Step(
        State.TLS_HANDSHAKE,
        Event.FAULTED,
        State.HANDSHAKE_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=tls_handshake__faulted,
        why="After a fault of ours nothing more is begun",
    ),
    Step(
        State.AUTHORIZATION,
        Event.USER_RECEIVED,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__user_received,
        why="RFC 1939 section 7: USER is answered alike whether or not the mailbox exists",
    ),
    Step(
        State.AUTHORIZATION,
        Event.AUTH_RECEIVED,
        State.SASL_EXCHANGE,
        waits_for=Wait.RESPONSE,
        final=False,
        gives_back=(),
        perform=authorization__auth_received,
        why="RFC 5034 section 4: the first challenge, empty where the mechanism only listens",
    ),
    Step(
        State.AUTHORIZATION,
        Event.CREDENTIALS_RECEIVED,
        State.VERIFYING,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=authorization__credentials_received,
        why="RFC 5034 section 4: an initial response saves a round trip",
    ),
    Step(
        State.AUTHORIZATION,
        Event.APOP_RECEIVED,
        State.VERIFYING,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=authorization__apop_received,
        why="RFC 1939 section 7: the digest of the timestamp and a secret proves who it is",
    ),
    Step(
        State.AUTHORIZATION,
        Event.APOP_UNAVAILABLE,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__apop_unavailable,
        why="RFC 1939 section 7: APOP is optional, and is there if the banner has a timestamp",
    ),
    Step(
        State.AUTHORIZATION,
        Event.UTF8_RECEIVED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__utf8_received,
        why="RFC 6856 section 2: UTF8 is given in AUTHORIZATION and holds for the session",
    ),
    Step(
        State.AUTHORIZATION,
        Event.LANGUAGES_ASKED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__languages_asked,
        why="RFC 6856 section 3: without an argument LANG lists the languages",
    ),
    Step(
        State.AUTHORIZATION,
        Event.LANGUAGE_CHOSEN,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__language_chosen,
        why="RFC 6856 section 3: the answer is in the new language already",
    ),
    Step(
        State.AUTHORIZATION,
        Event.LANGUAGE_UNKNOWN,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__language_unknown,
        why="RFC 6856 section 3: what cannot be chosen leaves the language as it is",
    ),
    Step(
        State.AUTHORIZATION,
        Event.RESPONSE_MALFORMED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__response_malformed,
        why="RFC 5034 section 4: a response that cannot be decoded fails the exchange",
    ),
    Step(
        State.AUTHORIZATION,
        Event.MECHANISMS_ASKED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__mechanisms_asked,
        why="Old clients ask for the mechanisms by AUTH alone; CAPA says the same",
    ),
    Step(
        State.AUTHORIZATION,
        Event.MECHANISM_UNKNOWN,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__mechanism_unknown,
        why="RFC 5034 section 4: a mechanism that is not supported is refused",
    ),
    Step(
        State.AUTHORIZATION,
        Event.PLAINTEXT_FORBIDDEN,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__plaintext_forbidden,
        why="RFC 8314 section 3: no password in the clear where TLS can be had",
    ),
    Step(
        State.AUTHORIZATION,
        Event.STLS_RECEIVED,
        State.STLS_HANDSHAKE,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=authorization__stls_received,
        why="RFC 2595 section 4: the handshake begins right after the +OK",
    ),
    Step(
        State.AUTHORIZATION,
        Event.STLS_UNAVAILABLE,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__stls_unavailable,
        why="RFC 2595 section 4: STLS is refused when TLS is active or not configured",
    ),
    Step(
        State.AUTHORIZATION,
        Event.CAPA_RECEIVED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__capa_received,
        why="RFC 2449 section 5: CAPA is valid in AUTHORIZATION and in TRANSACTION",
    ),
    Step(
        State.AUTHORIZATION,
        Event.QUIT_RECEIVED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=authorization__quit_received,
        why="RFC 1939 section 4: QUIT in AUTHORIZATION ends the session without UPDATE",
    ),
    Step(
        State.AUTHORIZATION,
        Event.STAT_RECEIVED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__stat_received,
        why="RFC 1939 section 5: these commands are valid in TRANSACTION only",
    ),
    Step(
        State.AUTHORIZATION,
        Event.LIST_RECEIVED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__list_received,
        why="RFC 1939 section 5: these commands are valid in TRANSACTION only",
    ),
    Step(
        State.AUTHORIZATION,
        Event.SCAN_RECEIVED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__scan_received,
        why="RFC 1939 section 5: these commands are valid in TRANSACTION only",
    ),
    Step(
        State.AUTHORIZATION,
        Event.UIDL_RECEIVED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__uidl_received,
        why="RFC 1939 section 5: these commands are valid in TRANSACTION only",
    ),
    Step(
        State.AUTHORIZATION,
        Event.UNIQUE_ID_RECEIVED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__unique_id_received,
        why="RFC 1939 section 5: these commands are valid in TRANSACTION only",
    ),
    Step(
        State.AUTHORIZATION,
        Event.RETR_RECEIVED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__retr_received,
        why="RFC 1939 section 5: these commands are valid in TRANSACTION only",
    ),
    Step(
        State.AUTHORIZATION,
        Event.TOP_RECEIVED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__top_received,
        why="RFC 1939 section 5: these commands are valid in TRANSACTION only",
    ),
    Step(
        State.AUTHORIZATION,
        Event.DELE_RECEIVED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__dele_received,
        why="RFC 1939 section 5: these commands are valid in TRANSACTION only",
    ),
    Step(
        State.AUTHORIZATION,
        Event.NOOP_RECEIVED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__noop_received,
        why="RFC 1939 section 5: these commands are valid in TRANSACTION only",
    ),
    Step(
        State.AUTHORIZATION,
        Event.RSET_RECEIVED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__rset_received,
        why="RFC 1939 section 5: these commands are valid in TRANSACTION only",
    ),
    Step(
        State.AUTHORIZATION,
        Event.COMMAND_UNKNOWN,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__command_unknown,
        why="RFC 1939 section 3: what is not recognised or not valid is answered with -ERR",
    ),
    Step(
        State.AUTHORIZATION,
        Event.COMMAND_MALFORMED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__command_malformed,
        why="RFC 1939 section 3: what is not recognised or not valid is answered with -ERR",
    ),
    Step(
        State.AUTHORIZATION,
        Event.LINE_TOO_LONG,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__line_too_long,
        why="RFC 1939 section 3: what is not recognised or not valid is answered with -ERR",
    ),
    Step(
        State.AUTHORIZATION,
        Event.LINE_ENDLESS,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=authorization__line_endless,
        why="RFC 2449 section 4: a command line has at most 255 octets; a limit is needed",
    ),
    Step(
        State.AUTHORIZATION,
        Event.MISTAKES_EXHAUSTED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=authorization__mistakes_exhausted,
        why="Who goes on sending what is no command is no client of ours",
    ),
    Step(
        State.AUTHORIZATION,
        Event.COMMANDS_EXHAUSTED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=authorization__commands_exhausted,
        why="Who does not log in may not keep the server busy for ever",
    ),
    Step(
        State.AUTHORIZATION,
        Event.END_OF_STREAM,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=authorization__end_of_stream,
        why="RFC 1939 section 6: without QUIT no UPDATE; what was answered still goes out",
    ),
    Step(
        State.AUTHORIZATION,
        Event.CONNECTION_LOST,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=authorization__connection_lost,
        why="RFC 1939 section 6: a session that ends without QUIT never enters UPDATE",
    ),
    Step(
        State.AUTHORIZATION,
        Event.TIME_EXPIRED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=authorization__time_expired,
        why="RFC 1939 section 3: autologout closes without a response and without UPDATE",
    ),
    Step(
        State.AUTHORIZATION,
        Event.WRITE_STALLED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=authorization__write_stalled,
        why="A client that does not read cannot be told anything",
    ),
    Step(
        State.AUTHORIZATION,
        Event.KICKED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=authorization__kicked,
        why="An -ERR just before the end is a true answer to any command it crosses",
    ),
    Step(
        State.AUTHORIZATION,
        Event.DRAINED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=authorization__drained,
        why="An -ERR just before the end is a true answer to any command it crosses",
    ),
    Step(
        State.AUTHORIZATION,
        Event.FAULTED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=authorization__faulted,
        why="An -ERR just before the end is a true answer to any command it crosses",
    ),
    Step(
        State.AUTHORIZATION,
        Event.PASS_RECEIVED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=authorization__pass_received,
        why="RFC 1939 section 7: PASS is valid only right after USER",
    ),
    Step(
        State.USER_GIVEN,
        Event.PASS_RECEIVED,
        State.VERIFYING,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=user_given__pass_received,
        why="RFC 1939 section 7: the server uses the pair of USER and PASS to decide",
    ),
    Step(
        State.USER_GIVEN,
        Event.USER_RECEIVED,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__user_received,
        why="RFC 1939 section 7: USER is answered alike whether or not the mailbox exists",
    ),
    Step(
        State.USER_GIVEN,
        Event.AUTH_RECEIVED,
        State.SASL_EXCHANGE,
        waits_for=Wait.RESPONSE,
        final=False,
        gives_back=(),
        perform=user_given__auth_received,
        why="RFC 5034 section 4: the first challenge, empty where the mechanism only listens",
    ),
    Step(
        State.USER_GIVEN,
        Event.CREDENTIALS_RECEIVED,
        State.VERIFYING,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=user_given__credentials_received,
        why="RFC 5034 section 4: an initial response saves a round trip",
    ),
    Step(
        State.USER_GIVEN,
        Event.APOP_RECEIVED,
        State.VERIFYING,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=user_given__apop_received,
        why="RFC 1939 section 7: the digest of the timestamp and a secret proves who it is",
    ),
    Step(
        State.USER_GIVEN,
        Event.APOP_UNAVAILABLE,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__apop_unavailable,
        why="RFC 1939 section 7: APOP is optional, and is there if the banner has a timestamp",
    ),
    Step(
        State.USER_GIVEN,
        Event.UTF8_RECEIVED,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__utf8_received,
        why="RFC 6856 section 2: UTF8 is given in AUTHORIZATION and holds for the session",
    ),
    Step(
        State.USER_GIVEN,
        Event.LANGUAGES_ASKED,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__languages_asked,
        why="RFC 6856 section 3: without an argument LANG lists the languages",
    ),
    Step(
        State.USER_GIVEN,
        Event.LANGUAGE_CHOSEN,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__language_chosen,
        why="RFC 6856 section 3: the answer is in the new language already",
    ),
    Step(
        State.USER_GIVEN,
        Event.LANGUAGE_UNKNOWN,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__language_unknown,
        why="RFC 6856 section 3: what cannot be chosen leaves the language as it is",
    ),
    Step(
        State.USER_GIVEN,
        Event.RESPONSE_MALFORMED,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__response_malformed,
        why="RFC 5034 section 4: a response that cannot be decoded fails the exchange",
    ),
    Step(
        State.USER_GIVEN,
        Event.MECHANISMS_ASKED,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__mechanisms_asked,
        why="Old clients ask for the mechanisms by AUTH alone; CAPA says the same",
    ),
    Step(
        State.USER_GIVEN,
        Event.MECHANISM_UNKNOWN,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__mechanism_unknown,
        why="RFC 5034 section 4: a mechanism that is not supported is refused",
    ),
    Step(
        State.USER_GIVEN,
        Event.PLAINTEXT_FORBIDDEN,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__plaintext_forbidden,
        why="RFC 8314 section 3: no password in the clear where TLS can be had",
    ),
    Step(
        State.USER_GIVEN,
        Event.STLS_RECEIVED,
        State.STLS_HANDSHAKE,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=user_given__stls_received,
        why="RFC 2595 section 4: the handshake begins right after the +OK",
    ),
    Step(
        State.USER_GIVEN,
        Event.STLS_UNAVAILABLE,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__stls_unavailable,
        why="RFC 2595 section 4: STLS is refused when TLS is active or not configured",
    ),
    Step(
        State.USER_GIVEN,
        Event.CAPA_RECEIVED,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__capa_received,
        why="RFC 2449 section 5: CAPA is valid in AUTHORIZATION and in TRANSACTION",
    ),
    Step(
        State.USER_GIVEN,
        Event.QUIT_RECEIVED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=user_given__quit_received,
        why="RFC 1939 section 4: QUIT in AUTHORIZATION ends the session without UPDATE",
    ),
    Step(
        State.USER_GIVEN,
        Event.STAT_RECEIVED,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__stat_received,
        why="RFC 1939 section 5: these commands are valid in TRANSACTION only",
    ),
    Step(
        State.USER_GIVEN,
        Event.LIST_RECEIVED,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__list_received,
        why="RFC 1939 section 5: these commands are valid in TRANSACTION only",
    ),
    Step(
        State.USER_GIVEN,
        Event.SCAN_RECEIVED,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__scan_received,
        why="RFC 1939 section 5: these commands are valid in TRANSACTION only",
    ),
    Step(
        State.USER_GIVEN,
        Event.UIDL_RECEIVED,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__uidl_received,
        why="RFC 1939 section 5: these commands are valid in TRANSACTION only",
    ),
    Step(
        State.USER_GIVEN,
        Event.UNIQUE_ID_RECEIVED,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__unique_id_received,
        why="RFC 1939 section 5: these commands are valid in TRANSACTION only",
    ),
    Step(
        State.USER_GIVEN,
        Event.RETR_RECEIVED,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__retr_received,
        why="RFC 1939 section 5: these commands are valid in TRANSACTION only",
    ),
    Step(
        State.USER_GIVEN,
        Event.TOP_RECEIVED,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__top_received,
        why="RFC 1939 section 5: these commands are valid in TRANSACTION only",
    ),
    Step(
        State.USER_GIVEN,
        Event.DELE_RECEIVED,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__dele_received,
        why="RFC 1939 section 5: these commands are valid in TRANSACTION only",
    ),
    Step(
        State.USER_GIVEN,
        Event.NOOP_RECEIVED,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__noop_received,
        why="RFC 1939 section 5: these commands are valid in TRANSACTION only",
    ),
    Step(
        State.USER_GIVEN,
        Event.RSET_RECEIVED,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__rset_received,
        why="RFC 1939 section 5: these commands are valid in TRANSACTION only",
    ),
    Step(
        State.USER_GIVEN,
        Event.COMMAND_UNKNOWN,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__command_unknown,
        why="RFC 1939 section 3: what is not recognised or not valid is answered with -ERR",
    ),
    Step(
        State.USER_GIVEN,
        Event.COMMAND_MALFORMED,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__command_malformed,
        why="RFC 1939 section 3: what is not recognised or not valid is answered with -ERR",
    ),
    Step(
        State.USER_GIVEN,
        Event.LINE_TOO_LONG,
        State.USER_GIVEN,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=user_given__line_too_long,
        why="RFC 1939 section 3: what is not recognised or not valid is answered with -ERR",
    ),
    Step(
        State.USER_GIVEN,
        Event.LINE_ENDLESS,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=user_given__line_endless,
        why="RFC 2449 section 4: a command line has at most 255 octets; a limit is needed",
    ),
    Step(
        State.USER_GIVEN,
        Event.MISTAKES_EXHAUSTED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=user_given__mistakes_exhausted,
        why="Who goes on sending what is no command is no client of ours",
    ),
    Step(
        State.USER_GIVEN,
        Event.COMMANDS_EXHAUSTED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=user_given__commands_exhausted,
        why="Who does not log in may not keep the server busy for ever",
    ),
    Step(
        State.USER_GIVEN,
        Event.END_OF_STREAM,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=user_given__end_of_stream,
        why="RFC 1939 section 6: without QUIT no UPDATE; what was answered still goes out",
    ),
    Step(
        State.USER_GIVEN,
        Event.CONNECTION_LOST,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=user_given__connection_lost,
        why="RFC 1939 section 6: a session that ends without QUIT never enters UPDATE",
    ),
    Step(
        State.USER_GIVEN,
        Event.TIME_EXPIRED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=user_given__time_expired,
        why="RFC 1939 section 3: autologout closes without a response and without UPDATE",
    ),
    Step(
        State.USER_GIVEN,
        Event.WRITE_STALLED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=user_given__write_stalled,
        why="A client that does not read cannot be told anything",
    ),
    Step(
        State.USER_GIVEN,
        Event.KICKED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=user_given__kicked,
        why="An -ERR just before the end is a true answer to any command it crosses",
    ),
    Step(
        State.USER_GIVEN,
        Event.DRAINED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=user_given__drained,
        why="An -ERR just before the end is a true answer to any command it crosses",
    ),
    Step(
        State.USER_GIVEN,
        Event.FAULTED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=user_given__faulted,
        why="An -ERR just before the end is a true answer to any command it crosses",
    ),
    Step(
        State.SASL_EXCHANGE,
        Event.CREDENTIALS_RECEIVED,
        State.VERIFYING,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=sasl_exchange__credentials_received,
        why="RFC 5034 section 4: each response is for the mechanism to judge",
    ),
    Step(
        State.SASL_EXCHANGE,
        Event.RESPONSE_CANCELLED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=sasl_exchange__response_cancelled,
        why="RFC 5034 section 4: a lone asterisk cancels, and is answered with -ERR",
    ),
    Step(
        State.SASL_EXCHANGE,
        Event.RESPONSE_MALFORMED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=sasl_exchange__response_malformed,
        why="RFC 5034 section 4: a response that cannot be decoded fails the exchange",
    ),
    Step(
        State.SASL_EXCHANGE,
        Event.LINE_TOO_LONG,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=sasl_exchange__line_too_long,
        why="RFC 5034 section 4: lines of an exchange have a limit of their own",
    ),
    Step(
        State.SASL_EXCHANGE,
        Event.LINE_ENDLESS,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=sasl_exchange__line_endless,
        why="RFC 2449 section 4: a command line has at most 255 octets; a limit is needed",
    ),
    Step(
        State.SASL_EXCHANGE,
        Event.MISTAKES_EXHAUSTED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=sasl_exchange__mistakes_exhausted,
        why="Who goes on sending what is no command is no client of ours",
    ),
    Step(
        State.SASL_EXCHANGE,
        Event.COMMANDS_EXHAUSTED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=sasl_exchange__commands_exhausted,
        why="Who does not log in may not keep the server busy for ever",
    ),
    Step(
        State.SASL_EXCHANGE,
        Event.END_OF_STREAM,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=sasl_exchange__end_of_stream,
        why="RFC 1939 section 6: without QUIT no UPDATE; what was answered still goes out",
    ),
    Step(
        State.SASL_EXCHANGE,
        Event.CONNECTION_LOST,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=sasl_exchange__connection_lost,
        why="RFC 1939 section 6: a session that ends without QUIT never enters UPDATE",
    ),
    Step(
        State.SASL_EXCHANGE,
        Event.TIME_EXPIRED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=sasl_exchange__time_expired,
        why="RFC 1939 section 3: autologout closes without a response and without UPDATE",
    ),
    Step(
        State.SASL_EXCHANGE,
        Event.WRITE_STALLED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=sasl_exchange__write_stalled,
        why="A client that does not read cannot be told anything",
    ),
    Step(
        State.SASL_EXCHANGE,
        Event.KICKED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=sasl_exchange__kicked,
        why="An -ERR just before the end is a true answer to any command it crosses",
    ),
    Step(
        State.SASL_EXCHANGE,
        Event.DRAINED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=sasl_exchange__drained,
        why="An -ERR just before the end is a true answer to any command it crosses",
    ),
    Step(
        State.SASL_EXCHANGE,
        Event.FAULTED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=sasl_exchange__faulted,
        why="An -ERR just before the end is a true answer to any command it crosses",
    ),
    Step(
        State.STLS_HANDSHAKE,
        Event.TLS_ESTABLISHED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=stls_handshake__tls_established,
        why="RFC 2595 section 4: after the handshake the session starts over, with no greeting",
    ),
    Step(
        State.STLS_HANDSHAKE,
        Event.TLS_FAILED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=stls_handshake__tls_failed,
        why="RFC 8446 section 6.2: a failed handshake ends the connection",
    ),
    Step(
        State.STLS_HANDSHAKE,
        Event.END_OF_STREAM,
        State.HANDSHAKE_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=stls_handshake__end_of_stream,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.STLS_HANDSHAKE,
        Event.CONNECTION_LOST,
        State.HANDSHAKE_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=stls_handshake__connection_lost,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.STLS_HANDSHAKE,
        Event.TIME_EXPIRED,
        State.HANDSHAKE_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=stls_handshake__time_expired,
        why="What is outstanding takes too long to be waited for with a slot held",
    ),
    Step(
        State.STLS_HANDSHAKE,
        Event.WRITE_STALLED,
        State.HANDSHAKE_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=stls_handshake__write_stalled,
        why="A client that does not read cannot be told anything",
    ),
    Step(
        State.STLS_HANDSHAKE,
        Event.KICKED,
        State.HANDSHAKE_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=stls_handshake__kicked,
        why="The administrator does not wait for what is outstanding",
    ),
    Step(
        State.STLS_HANDSHAKE,
        Event.DRAINED,
        State.HANDSHAKE_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=stls_handshake__drained,
        why="What is outstanding may take longer than the server has",
    ),
    Step(
        State.STLS_HANDSHAKE,
        Event.FAULTED,
        State.HANDSHAKE_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=stls_handshake__faulted,
        why="After a fault of ours nothing more is begun",
    ),
    Step(
        State.VERIFYING,
        Event.VERIFIED,
        State.TAKING_SLOT,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=verifying__verified,
        why="Only who has proved a password can hold a slot of the account",
    ),
    Step(
        State.VERIFYING,
        Event.CHALLENGED,
        State.SASL_EXCHANGE,
        waits_for=Wait.RESPONSE,
        final=False,
        gives_back=(),
        perform=verifying__challenged,
        why="RFC 5034 section 4: a mechanism may take several rounds of challenge and response",
    ),
    Step(
        State.VERIFYING,
        Event.REJECTED_FOR_GOOD,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=verifying__rejected_for_good,
        why="Guessing is cut off; who guesses on must connect again, and is counted there",
    ),
    Step(
        State.VERIFYING,
        Event.REJECTED,
        State.REFUSING,
        waits_for=Wait.TIME,
        final=False,
        gives_back=(),
        perform=verifying__rejected,
        why="Guessing is slowed down without holding anything of the account",
    ),
    Step(
        State.VERIFYING,
        Event.ACCOUNTS_UNAVAILABLE,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=verifying__accounts_unavailable,
        why="RFC 3206 section 4: SYS/TEMP keeps a client from asking for another password",
    ),
    Step(
        State.VERIFYING,
        Event.END_OF_STREAM,
        State.VERIFICATION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET,),
        perform=verifying__end_of_stream,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.VERIFYING,
        Event.CONNECTION_LOST,
        State.VERIFICATION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET,),
        perform=verifying__connection_lost,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.VERIFYING,
        Event.TIME_EXPIRED,
        State.VERIFICATION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET,),
        perform=verifying__time_expired,
        why="What is outstanding takes too long to be waited for with a slot held",
    ),
    Step(
        State.VERIFYING,
        Event.WRITE_STALLED,
        State.VERIFICATION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET,),
        perform=verifying__write_stalled,
        why="A client that does not read cannot be told anything",
    ),
    Step(
        State.VERIFYING,
        Event.KICKED,
        State.VERIFICATION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET,),
        perform=verifying__kicked,
        why="The administrator does not wait for what is outstanding",
    ),
    Step(
        State.VERIFYING,
        Event.DRAINED,
        State.VERIFICATION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET,),
        perform=verifying__drained,
        why="What is outstanding may take longer than the server has",
    ),
    Step(
        State.VERIFYING,
        Event.FAULTED,
        State.VERIFICATION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET,),
        perform=verifying__faulted,
        why="After a fault of ours nothing more is begun",
    ),
    Step(
        State.REFUSING,
        Event.END_OF_STREAM,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=refusing__end_of_stream,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.REFUSING,
        Event.CONNECTION_LOST,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=refusing__connection_lost,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.REFUSING,
        Event.TIME_EXPIRED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=refusing__time_expired,
        why="RFC 3206 section 5: AUTH says that the credentials are at fault; staying open keeps clients from connecting again at once",
    ),
    Step(
        State.REFUSING,
        Event.WRITE_STALLED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=refusing__write_stalled,
        why="A client that does not read cannot be told anything",
    ),
    Step(
        State.REFUSING,
        Event.KICKED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=refusing__kicked,
        why="The administrator does not wait for what is outstanding",
    ),
    Step(
        State.REFUSING,
        Event.DRAINED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=refusing__drained,
        why="What is outstanding may take longer than the server has",
    ),
    Step(
        State.REFUSING,
        Event.FAULTED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=refusing__faulted,
        why="After a fault of ours nothing more is begun",
    ),
    Step(
        State.TAKING_SLOT,
        Event.SLOT_GRANTED,
        State.LOCKING,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=taking_slot__slot_granted,
        why="The slot comes before the lock, so that a session refused by a limit locks nothing",
    ),
    Step(
        State.TAKING_SLOT,
        Event.SLOT_REFUSED,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=taking_slot__slot_refused,
        why="RFC 2449 section 8.1.1: IN-USE tells the client that the credentials were right",
    ),
    Step(
        State.TAKING_SLOT,
        Event.LOGIN_TOO_SOON,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=taking_slot__login_too_soon,
        why="RFC 2449 section 8.1.1: LOGIN-DELAY says that the credentials were right",
    ),
    Step(
        State.TAKING_SLOT,
        Event.LEDGER_UNAVAILABLE,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(),
        perform=taking_slot__ledger_unavailable,
        why="A session that cannot be counted is not let in: a limit that fails open is none",
    ),
    Step(
        State.TAKING_SLOT,
        Event.END_OF_STREAM,
        State.SLOT_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=taking_slot__end_of_stream,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.TAKING_SLOT,
        Event.CONNECTION_LOST,
        State.SLOT_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=taking_slot__connection_lost,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.TAKING_SLOT,
        Event.TIME_EXPIRED,
        State.SLOT_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=taking_slot__time_expired,
        why="What is outstanding takes too long to be waited for with a slot held",
    ),
    Step(
        State.TAKING_SLOT,
        Event.WRITE_STALLED,
        State.SLOT_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=taking_slot__write_stalled,
        why="A client that does not read cannot be told anything",
    ),
    Step(
        State.TAKING_SLOT,
        Event.KICKED,
        State.SLOT_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=taking_slot__kicked,
        why="The administrator does not wait for what is outstanding",
    ),
    Step(
        State.TAKING_SLOT,
        Event.DRAINED,
        State.SLOT_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=taking_slot__drained,
        why="What is outstanding may take longer than the server has",
    ),
    Step(
        State.TAKING_SLOT,
        Event.FAULTED,
        State.SLOT_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS),
        perform=taking_slot__faulted,
        why="After a fault of ours nothing more is begun",
    ),
    Step(
        State.LOCKING,
        Event.MAILDROP_LOCKED,
        State.OPENING,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=locking__maildrop_locked,
        why="RFC 1939 section 4: the lock is acquired before the messages are numbered",
    ),
    Step(
        State.LOCKING,
        Event.MAILDROP_BUSY,
        State.AWAITING_LOCK,
        waits_for=Wait.TIME,
        final=False,
        gives_back=(),
        perform=locking__maildrop_busy,
        why="A session that is about to end is waited for, so that a client may come straight back",
    ),
    Step(
        State.LOCKING,
        Event.MAILDROP_STILL_BUSY,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(Held.ACCOUNT, Held.MAILBOX),
        perform=locking__maildrop_still_busy,
        why="RFC 1939 section 4: when the lock cannot be acquired the server answers -ERR",
    ),
    Step(
        State.LOCKING,
        Event.MAILBOX_UNUSABLE,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(Held.ACCOUNT, Held.MAILBOX),
        perform=locking__mailbox_unusable,
        why="RFC 3206 section 4: SYS/PERM says that nothing but somebody's help changes the answer",
    ),
    Step(
        State.LOCKING,
        Event.LOCK_UNAVAILABLE,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(Held.ACCOUNT, Held.MAILBOX),
        perform=locking__lock_unavailable,
        why="RFC 3206 section 4: SYS/TEMP says that the same attempt may succeed later",
    ),
    Step(
        State.LOCKING,
        Event.END_OF_STREAM,
        State.LOCK_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=locking__end_of_stream,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.LOCKING,
        Event.CONNECTION_LOST,
        State.LOCK_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=locking__connection_lost,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.LOCKING,
        Event.TIME_EXPIRED,
        State.LOCK_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=locking__time_expired,
        why="What is outstanding takes too long to be waited for with a slot held",
    ),
    Step(
        State.LOCKING,
        Event.WRITE_STALLED,
        State.LOCK_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=locking__write_stalled,
        why="A client that does not read cannot be told anything",
    ),
    Step(
        State.LOCKING,
        Event.KICKED,
        State.LOCK_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=locking__kicked,
        why="The administrator does not wait for what is outstanding",
    ),
    Step(
        State.LOCKING,
        Event.DRAINED,
        State.LOCK_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=locking__drained,
        why="What is outstanding may take longer than the server has",
    ),
    Step(
        State.LOCKING,
        Event.FAULTED,
        State.LOCK_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=locking__faulted,
        why="After a fault of ours nothing more is begun",
    ),
    Step(
        State.AWAITING_LOCK,
        Event.END_OF_STREAM,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=awaiting_lock__end_of_stream,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.AWAITING_LOCK,
        Event.CONNECTION_LOST,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=awaiting_lock__connection_lost,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.AWAITING_LOCK,
        Event.TIME_EXPIRED,
        State.LOCKING,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=awaiting_lock__time_expired,
        why="No kernel tells a waiter that a lock is free without a thread for each that waits",
    ),
    Step(
        State.AWAITING_LOCK,
        Event.WRITE_STALLED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=awaiting_lock__write_stalled,
        why="A client that does not read cannot be told anything",
    ),
    Step(
        State.AWAITING_LOCK,
        Event.KICKED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=awaiting_lock__kicked,
        why="The administrator does not wait for what is outstanding",
    ),
    Step(
        State.AWAITING_LOCK,
        Event.DRAINED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=awaiting_lock__drained,
        why="What is outstanding may take longer than the server has",
    ),
    Step(
        State.AWAITING_LOCK,
        Event.FAULTED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=awaiting_lock__faulted,
        why="After a fault of ours nothing more is begun",
    ),
    Step(
        State.OPENING,
        Event.MAILDROP_OPENED,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=opening__maildrop_opened,
        why="RFC 1939 section 4: with the maildrop locked and opened TRANSACTION begins",
    ),
    Step(
        State.OPENING,
        Event.MAILDROP_UNAVAILABLE,
        State.AUTHORIZATION,
        waits_for=Wait.LOGIN,
        final=False,
        gives_back=(Held.ACCOUNT, Held.MAILBOX, Held.MAILDROP),
        perform=opening__maildrop_unavailable,
        why="RFC 1939 section 4: a maildrop that cannot be opened is let go, and AUTHORIZATION goes on",
    ),
    Step(
        State.OPENING,
        Event.END_OF_STREAM,
        State.OPENING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=opening__end_of_stream,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.OPENING,
        Event.CONNECTION_LOST,
        State.OPENING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=opening__connection_lost,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.OPENING,
        Event.TIME_EXPIRED,
        State.OPENING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=opening__time_expired,
        why="What is outstanding takes too long to be waited for with a slot held",
    ),
    Step(
        State.OPENING,
        Event.WRITE_STALLED,
        State.OPENING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=opening__write_stalled,
        why="A client that does not read cannot be told anything",
    ),
    Step(
        State.OPENING,
        Event.KICKED,
        State.OPENING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=opening__kicked,
        why="The administrator does not wait for what is outstanding",
    ),
    Step(
        State.OPENING,
        Event.DRAINED,
        State.OPENING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=opening__drained,
        why="What is outstanding may take longer than the server has",
    ),
    Step(
        State.OPENING,
        Event.FAULTED,
        State.OPENING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=opening__faulted,
        why="After a fault of ours nothing more is begun",
    ),
    Step(
        State.TRANSACTION,
        Event.STAT_RECEIVED,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__stat_received,
        why="RFC 1939 section 5: a drop listing counts what is not marked as deleted",
    ),
    Step(
        State.TRANSACTION,
        Event.LIST_RECEIVED,
        State.LISTING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(),
        perform=transaction__list_received,
        why="RFC 1939 section 3: a multi-line response; a long one waits for its reader",
    ),
    Step(
        State.TRANSACTION,
        Event.SCAN_RECEIVED,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__scan_received,
        why="RFC 1939 section 5: a scan listing has the number and the exact size",
    ),
    Step(
        State.TRANSACTION,
        Event.UIDL_RECEIVED,
        State.LISTING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(),
        perform=transaction__uidl_received,
        why="RFC 1939 section 3: a multi-line response; a long one waits for its reader",
    ),
    Step(
        State.TRANSACTION,
        Event.UNIQUE_ID_RECEIVED,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__unique_id_received,
        why="RFC 1939 section 7: a unique-id listing has the number and the unique id",
    ),
    Step(
        State.TRANSACTION,
        Event.RETR_RECEIVED,
        State.READING,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=transaction__retr_received,
        why="The message may have to come from a disk, and another program may have removed it",
    ),
    Step(
        State.TRANSACTION,
        Event.TOP_RECEIVED,
        State.READING,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=transaction__top_received,
        why="The message may have to come from a disk, and another program may have removed it",
    ),
    Step(
        State.TRANSACTION,
        Event.DELE_RECEIVED,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__dele_received,
        why="RFC 1939 section 5: DELE marks; nothing is removed before UPDATE",
    ),
    Step(
        State.TRANSACTION,
        Event.DELETION_REFUSED,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__deletion_refused,
        why="Some clients delete what they could not read; a message must not be lost that way",
    ),
    Step(
        State.TRANSACTION,
        Event.DELETION_FORBIDDEN,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__deletion_forbidden,
        why="RFC 3206 section 4: who asks again is refused again; few clients read a -ERR to QUIT",
    ),
    Step(
        State.TRANSACTION,
        Event.NO_SUCH_MESSAGE,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__no_such_message,
        why="RFC 1939 section 5: a number over the last one or of a deleted message is refused",
    ),
    Step(
        State.TRANSACTION,
        Event.NOOP_RECEIVED,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__noop_received,
        why="RFC 1939 section 5: NOOP gets a positive answer",
    ),
    Step(
        State.TRANSACTION,
        Event.RSET_RECEIVED,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__rset_received,
        why="RFC 1939 section 5: RSET unmarks what was marked as deleted",
    ),
    Step(
        State.TRANSACTION,
        Event.CAPA_RECEIVED,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__capa_received,
        why="RFC 2449 section 5: CAPA is valid in AUTHORIZATION and in TRANSACTION",
    ),
    Step(
        State.TRANSACTION,
        Event.QUIT_RECEIVED,
        State.COMMITTING,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=transaction__quit_received,
        why="RFC 1939 section 6: QUIT in TRANSACTION enters UPDATE, and nothing else does",
    ),
    Step(
        State.TRANSACTION,
        Event.USER_RECEIVED,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__user_received,
        why="RFC 1939 section 4: logging in is for AUTHORIZATION only",
    ),
    Step(
        State.TRANSACTION,
        Event.PASS_RECEIVED,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__pass_received,
        why="RFC 1939 section 4: logging in is for AUTHORIZATION only",
    ),
    Step(
        State.TRANSACTION,
        Event.AUTH_RECEIVED,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__auth_received,
        why="RFC 1939 section 4: logging in is for AUTHORIZATION only",
    ),
    Step(
        State.TRANSACTION,
        Event.CREDENTIALS_RECEIVED,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__credentials_received,
        why="RFC 1939 section 4: logging in is for AUTHORIZATION only",
    ),
    Step(
        State.TRANSACTION,
        Event.RESPONSE_MALFORMED,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__response_malformed,
        why="RFC 1939 section 4: logging in is for AUTHORIZATION only",
    ),
    Step(
        State.TRANSACTION,
        Event.APOP_RECEIVED,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__apop_received,
        why="RFC 1939 section 4: logging in is for AUTHORIZATION only",
    ),
    Step(
        State.TRANSACTION,
        Event.APOP_UNAVAILABLE,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__apop_unavailable,
        why="RFC 1939 section 4: logging in is for AUTHORIZATION only",
    ),
    Step(
        State.TRANSACTION,
        Event.UTF8_RECEIVED,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__utf8_received,
        why="RFC 1939 section 4: logging in is for AUTHORIZATION only",
    ),
    Step(
        State.TRANSACTION,
        Event.MECHANISMS_ASKED,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__mechanisms_asked,
        why="RFC 1939 section 4: logging in is for AUTHORIZATION only",
    ),
    Step(
        State.TRANSACTION,
        Event.MECHANISM_UNKNOWN,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__mechanism_unknown,
        why="RFC 1939 section 4: logging in is for AUTHORIZATION only",
    ),
    Step(
        State.TRANSACTION,
        Event.PLAINTEXT_FORBIDDEN,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__plaintext_forbidden,
        why="RFC 1939 section 4: logging in is for AUTHORIZATION only",
    ),
    Step(
        State.TRANSACTION,
        Event.STLS_RECEIVED,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__stls_received,
        why="RFC 1939 section 4: logging in is for AUTHORIZATION only",
    ),
    Step(
        State.TRANSACTION,
        Event.STLS_UNAVAILABLE,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__stls_unavailable,
        why="RFC 1939 section 4: logging in is for AUTHORIZATION only",
    ),
    Step(
        State.TRANSACTION,
        Event.LANGUAGES_ASKED,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__languages_asked,
        why="RFC 6856 section 3: without an argument LANG lists the languages",
    ),
    Step(
        State.TRANSACTION,
        Event.LANGUAGE_CHOSEN,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__language_chosen,
        why="RFC 6856 section 3: the answer is in the new language already",
    ),
    Step(
        State.TRANSACTION,
        Event.LANGUAGE_UNKNOWN,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__language_unknown,
        why="RFC 6856 section 3: what cannot be chosen leaves the language as it is",
    ),
    Step(
        State.TRANSACTION,
        Event.COMMAND_UNKNOWN,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__command_unknown,
        why="RFC 1939 section 3: what is not recognised or not valid is answered with -ERR",
    ),
    Step(
        State.TRANSACTION,
        Event.COMMAND_MALFORMED,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__command_malformed,
        why="RFC 1939 section 3: what is not recognised or not valid is answered with -ERR",
    ),
    Step(
        State.TRANSACTION,
        Event.LINE_TOO_LONG,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=transaction__line_too_long,
        why="RFC 1939 section 3: what is not recognised or not valid is answered with -ERR",
    ),
    Step(
        State.TRANSACTION,
        Event.LINE_ENDLESS,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX, Held.MAILDROP),
        perform=transaction__line_endless,
        why="RFC 2449 section 4: a command line has at most 255 octets; a limit is needed",
    ),
    Step(
        State.TRANSACTION,
        Event.MISTAKES_EXHAUSTED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX, Held.MAILDROP),
        perform=transaction__mistakes_exhausted,
        why="Who goes on sending what is no command is no client of ours",
    ),
    Step(
        State.TRANSACTION,
        Event.END_OF_STREAM,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX, Held.MAILDROP),
        perform=transaction__end_of_stream,
        why="RFC 1939 section 6: without QUIT no UPDATE; what was answered still goes out",
    ),
    Step(
        State.TRANSACTION,
        Event.CONNECTION_LOST,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(
            Held.SOCKET,
            Held.CONNECTION,
            Held.ADDRESS,
            Held.ACCOUNT,
            Held.MAILBOX,
            Held.MAILDROP,
        ),
        perform=transaction__connection_lost,
        why="RFC 1939 section 6: a session that ends without QUIT never enters UPDATE",
    ),
    Step(
        State.TRANSACTION,
        Event.TIME_EXPIRED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(
            Held.SOCKET,
            Held.CONNECTION,
            Held.ADDRESS,
            Held.ACCOUNT,
            Held.MAILBOX,
            Held.MAILDROP,
        ),
        perform=transaction__time_expired,
        why="RFC 1939 section 3: autologout closes without a response and without UPDATE",
    ),
    Step(
        State.TRANSACTION,
        Event.WRITE_STALLED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(
            Held.SOCKET,
            Held.CONNECTION,
            Held.ADDRESS,
            Held.ACCOUNT,
            Held.MAILBOX,
            Held.MAILDROP,
        ),
        perform=transaction__write_stalled,
        why="A client that does not read cannot be told anything",
    ),
    Step(
        State.TRANSACTION,
        Event.KICKED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX, Held.MAILDROP),
        perform=transaction__kicked,
        why="An -ERR just before the end is a true answer to any command it crosses",
    ),
    Step(
        State.TRANSACTION,
        Event.DRAINED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX, Held.MAILDROP),
        perform=transaction__drained,
        why="An -ERR just before the end is a true answer to any command it crosses",
    ),
    Step(
        State.TRANSACTION,
        Event.FAULTED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX, Held.MAILDROP),
        perform=transaction__faulted,
        why="An -ERR just before the end is a true answer to any command it crosses",
    ),
    Step(
        State.LISTING,
        Event.ANSWER_TAKEN,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=listing__answer_taken,
        why="A long download is not idle time: the clock starts when it is over",
    ),
    Step(
        State.LISTING,
        Event.END_OF_STREAM,
        State.LISTING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(),
        perform=listing__end_of_stream,
        why="A client may close its half and still read the answer it waits for",
    ),
    Step(
        State.LISTING,
        Event.CONNECTION_LOST,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(
            Held.SOCKET,
            Held.CONNECTION,
            Held.ADDRESS,
            Held.ACCOUNT,
            Held.MAILBOX,
            Held.MAILDROP,
        ),
        perform=listing__connection_lost,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.LISTING,
        Event.TIME_EXPIRED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(
            Held.SOCKET,
            Held.CONNECTION,
            Held.ADDRESS,
            Held.ACCOUNT,
            Held.MAILBOX,
            Held.MAILDROP,
        ),
        perform=listing__time_expired,
        why="What is outstanding takes too long to be waited for with a slot held",
    ),
    Step(
        State.LISTING,
        Event.WRITE_STALLED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(
            Held.SOCKET,
            Held.CONNECTION,
            Held.ADDRESS,
            Held.ACCOUNT,
            Held.MAILBOX,
            Held.MAILDROP,
        ),
        perform=listing__write_stalled,
        why="A client that does not read cannot be told anything",
    ),
    Step(
        State.LISTING,
        Event.KICKED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(
            Held.SOCKET,
            Held.CONNECTION,
            Held.ADDRESS,
            Held.ACCOUNT,
            Held.MAILBOX,
            Held.MAILDROP,
        ),
        perform=listing__kicked,
        why="The administrator does not wait for what is outstanding",
    ),
    Step(
        State.LISTING,
        Event.DRAINED,
        State.LISTING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(),
        perform=listing__drained,
        why="The command in hand is finished; the drain is met at the next command",
    ),
    Step(
        State.LISTING,
        Event.FAULTED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(
            Held.SOCKET,
            Held.CONNECTION,
            Held.ADDRESS,
            Held.ACCOUNT,
            Held.MAILBOX,
            Held.MAILDROP,
        ),
        perform=listing__faulted,
        why="After a fault of ours nothing more is begun",
    ),
    Step(
        State.READING,
        Event.MESSAGE_OPENED,
        State.SENDING,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=reading__message_opened,
        why="RFC 1939 section 5: the answer to RETR is a multi-line response",
    ),
    Step(
        State.READING,
        Event.TOP_OPENED,
        State.SENDING,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=reading__top_opened,
        why="RFC 1939 section 7: TOP sends the header, the blank line and the lines asked for",
    ),
    Step(
        State.READING,
        Event.MESSAGE_GONE,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=reading__message_gone,
        why="The numbers of a session stand still though the maildrop does not",
    ),
    Step(
        State.READING,
        Event.MESSAGE_UNREADABLE,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(),
        perform=reading__message_unreadable,
        why="Some clients delete what they could not read; a message must not be lost that way",
    ),
    Step(
        State.READING,
        Event.END_OF_STREAM,
        State.READING,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=reading__end_of_stream,
        why="A client may close its half and still read the answer it waits for",
    ),
    Step(
        State.READING,
        Event.CONNECTION_LOST,
        State.READING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(
            Held.SOCKET,
            Held.CONNECTION,
            Held.ADDRESS,
            Held.ACCOUNT,
            Held.MAILBOX,
            Held.MAILDROP,
        ),
        perform=reading__connection_lost,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.READING,
        Event.TIME_EXPIRED,
        State.READING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(
            Held.SOCKET,
            Held.CONNECTION,
            Held.ADDRESS,
            Held.ACCOUNT,
            Held.MAILBOX,
            Held.MAILDROP,
        ),
        perform=reading__time_expired,
        why="What is outstanding takes too long to be waited for with a slot held",
    ),
    Step(
        State.READING,
        Event.WRITE_STALLED,
        State.READING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(
            Held.SOCKET,
            Held.CONNECTION,
            Held.ADDRESS,
            Held.ACCOUNT,
            Held.MAILBOX,
            Held.MAILDROP,
        ),
        perform=reading__write_stalled,
        why="A client that does not read cannot be told anything",
    ),
    Step(
        State.READING,
        Event.KICKED,
        State.READING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(
            Held.SOCKET,
            Held.CONNECTION,
            Held.ADDRESS,
            Held.ACCOUNT,
            Held.MAILBOX,
            Held.MAILDROP,
        ),
        perform=reading__kicked,
        why="The administrator does not wait for what is outstanding",
    ),
    Step(
        State.READING,
        Event.DRAINED,
        State.READING,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=reading__drained,
        why="The command in hand is finished; the drain is met at the next command",
    ),
    Step(
        State.READING,
        Event.FAULTED,
        State.READING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(
            Held.SOCKET,
            Held.CONNECTION,
            Held.ADDRESS,
            Held.ACCOUNT,
            Held.MAILBOX,
            Held.MAILDROP,
        ),
        perform=reading__faulted,
        why="After a fault of ours nothing more is begun",
    ),
    Step(
        State.SENDING,
        Event.MESSAGE_SENT,
        State.TRANSACTION,
        waits_for=Wait.COMMAND,
        final=False,
        gives_back=(Held.MESSAGE,),
        perform=sending__message_sent,
        why="A long download is not idle time: the clock starts when it is over",
    ),
    Step(
        State.SENDING,
        Event.MESSAGE_BROKEN,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(
            Held.SOCKET,
            Held.CONNECTION,
            Held.ADDRESS,
            Held.ACCOUNT,
            Held.MAILBOX,
            Held.MAILDROP,
            Held.MESSAGE,
        ),
        perform=sending__message_broken,
        why="POP3 cannot say in the middle of a message that the rest is missing; the end can",
    ),
    Step(
        State.SENDING,
        Event.END_OF_STREAM,
        State.SENDING,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=sending__end_of_stream,
        why="A client may close its half and still read the answer it waits for",
    ),
    Step(
        State.SENDING,
        Event.CONNECTION_LOST,
        State.SENDING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(
            Held.SOCKET,
            Held.CONNECTION,
            Held.ADDRESS,
            Held.ACCOUNT,
            Held.MAILBOX,
            Held.MAILDROP,
        ),
        perform=sending__connection_lost,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.SENDING,
        Event.TIME_EXPIRED,
        State.SENDING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(
            Held.SOCKET,
            Held.CONNECTION,
            Held.ADDRESS,
            Held.ACCOUNT,
            Held.MAILBOX,
            Held.MAILDROP,
        ),
        perform=sending__time_expired,
        why="What is outstanding takes too long to be waited for with a slot held",
    ),
    Step(
        State.SENDING,
        Event.WRITE_STALLED,
        State.SENDING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(
            Held.SOCKET,
            Held.CONNECTION,
            Held.ADDRESS,
            Held.ACCOUNT,
            Held.MAILBOX,
            Held.MAILDROP,
        ),
        perform=sending__write_stalled,
        why="A client that does not read cannot be told anything",
    ),
    Step(
        State.SENDING,
        Event.KICKED,
        State.SENDING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(
            Held.SOCKET,
            Held.CONNECTION,
            Held.ADDRESS,
            Held.ACCOUNT,
            Held.MAILBOX,
            Held.MAILDROP,
        ),
        perform=sending__kicked,
        why="The administrator does not wait for what is outstanding",
    ),
    Step(
        State.SENDING,
        Event.DRAINED,
        State.SENDING,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=sending__drained,
        why="The command in hand is finished; the drain is met at the next command",
    ),
    Step(
        State.SENDING,
        Event.FAULTED,
        State.SENDING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(
            Held.SOCKET,
            Held.CONNECTION,
            Held.ADDRESS,
            Held.ACCOUNT,
            Held.MAILBOX,
            Held.MAILDROP,
        ),
        perform=sending__faulted,
        why="After a fault of ours nothing more is begun",
    ),
    Step(
        State.COMMITTING,
        Event.COMMITTED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX, Held.MAILDROP),
        perform=committing__committed,
        why="RFC 1939 section 6: the answer comes after the removal; the slot is back before it",
    ),
    Step(
        State.COMMITTING,
        Event.COMMIT_FAILED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX, Held.MAILDROP),
        perform=committing__commit_failed,
        why="RFC 1939 section 6: when some messages could not be removed the answer is -ERR",
    ),
    Step(
        State.COMMITTING,
        Event.END_OF_STREAM,
        State.COMMITTING,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=committing__end_of_stream,
        why="A client may close its half and still read the answer it waits for",
    ),
    Step(
        State.COMMITTING,
        Event.CONNECTION_LOST,
        State.COMMITTING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=committing__connection_lost,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.COMMITTING,
        Event.TIME_EXPIRED,
        State.COMMITTING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=committing__time_expired,
        why="What is outstanding takes too long to be waited for with a slot held",
    ),
    Step(
        State.COMMITTING,
        Event.WRITE_STALLED,
        State.COMMITTING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=committing__write_stalled,
        why="A client that does not read cannot be told anything",
    ),
    Step(
        State.COMMITTING,
        Event.KICKED,
        State.COMMITTING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=committing__kicked,
        why="The administrator does not wait for what is outstanding",
    ),
    Step(
        State.COMMITTING,
        Event.DRAINED,
        State.COMMITTING,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=committing__drained,
        why="The command in hand is finished; the drain is met at the next command",
    ),
    Step(
        State.COMMITTING,
        Event.FAULTED,
        State.COMMITTING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(Held.SOCKET, Held.CONNECTION, Held.ADDRESS, Held.ACCOUNT, Held.MAILBOX),
        perform=committing__faulted,
        why="After a fault of ours nothing more is begun",
    ),
    Step(
        State.CLOSING,
        Event.END_OF_STREAM,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET,),
        perform=closing__end_of_stream,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.CLOSING,
        Event.CONNECTION_LOST,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET,),
        perform=closing__connection_lost,
        why="The client has left; nobody is there for what is outstanding",
    ),
    Step(
        State.CLOSING,
        Event.TIME_EXPIRED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET,),
        perform=closing__time_expired,
        why="What is outstanding takes too long to be waited for with a slot held",
    ),
    Step(
        State.CLOSING,
        Event.WRITE_STALLED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET,),
        perform=closing__write_stalled,
        why="A client that does not read cannot be told anything",
    ),
    Step(
        State.CLOSING,
        Event.KICKED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET,),
        perform=closing__kicked,
        why="The administrator does not wait for what is outstanding",
    ),
    Step(
        State.CLOSING,
        Event.DRAINED,
        State.CLOSING,
        waits_for=Wait.OUTPUT,
        final=False,
        gives_back=(),
        perform=closing__drained,
        why="The command in hand is finished; the drain is met at the next command",
    ),
    Step(
        State.CLOSING,
        Event.FAULTED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.SOCKET,),
        perform=closing__faulted,
        why="After a fault of ours nothing more is begun",
    ),
    Step(
        State.ADMISSION_ABANDONED,
        Event.ADMITTED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=admission_abandoned__admitted,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.ADMISSION_ABANDONED,
        Event.ADMITTED_FOR_TLS,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=admission_abandoned__admitted_for_tls,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.ADMISSION_ABANDONED,
        Event.ADMISSION_REFUSED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=admission_abandoned__admission_refused,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.ADMISSION_ABANDONED,
        Event.ADMISSION_REFUSED_FOR_TLS,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=admission_abandoned__admission_refused_for_tls,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.ADMISSION_ABANDONED,
        Event.ADMISSION_UNAVAILABLE,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=admission_abandoned__admission_unavailable,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.ADMISSION_ABANDONED,
        Event.ADMISSION_UNAVAILABLE_FOR_TLS,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=admission_abandoned__admission_unavailable_for_tls,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.ADMISSION_ABANDONED,
        Event.TIME_EXPIRED,
        State.ADMISSION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=admission_abandoned__time_expired,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.ADMISSION_ABANDONED,
        Event.WRITE_STALLED,
        State.ADMISSION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=admission_abandoned__write_stalled,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.ADMISSION_ABANDONED,
        Event.KICKED,
        State.ADMISSION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=admission_abandoned__kicked,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.ADMISSION_ABANDONED,
        Event.DRAINED,
        State.ADMISSION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=admission_abandoned__drained,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.ADMISSION_ABANDONED,
        Event.FAULTED,
        State.ADMISSION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=admission_abandoned__faulted,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.HANDSHAKE_ABANDONED,
        Event.TLS_ESTABLISHED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=handshake_abandoned__tls_established,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.HANDSHAKE_ABANDONED,
        Event.TLS_FAILED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=handshake_abandoned__tls_failed,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.HANDSHAKE_ABANDONED,
        Event.TIME_EXPIRED,
        State.HANDSHAKE_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=handshake_abandoned__time_expired,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.HANDSHAKE_ABANDONED,
        Event.WRITE_STALLED,
        State.HANDSHAKE_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=handshake_abandoned__write_stalled,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.HANDSHAKE_ABANDONED,
        Event.KICKED,
        State.HANDSHAKE_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=handshake_abandoned__kicked,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.HANDSHAKE_ABANDONED,
        Event.DRAINED,
        State.HANDSHAKE_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=handshake_abandoned__drained,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.HANDSHAKE_ABANDONED,
        Event.FAULTED,
        State.HANDSHAKE_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=handshake_abandoned__faulted,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.VERIFICATION_ABANDONED,
        Event.VERIFIED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=verification_abandoned__verified,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.VERIFICATION_ABANDONED,
        Event.CHALLENGED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=verification_abandoned__challenged,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.VERIFICATION_ABANDONED,
        Event.REJECTED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=verification_abandoned__rejected,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.VERIFICATION_ABANDONED,
        Event.REJECTED_FOR_GOOD,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=verification_abandoned__rejected_for_good,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.VERIFICATION_ABANDONED,
        Event.ACCOUNTS_UNAVAILABLE,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.CONNECTION, Held.ADDRESS),
        perform=verification_abandoned__accounts_unavailable,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.VERIFICATION_ABANDONED,
        Event.TIME_EXPIRED,
        State.VERIFICATION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=verification_abandoned__time_expired,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.VERIFICATION_ABANDONED,
        Event.WRITE_STALLED,
        State.VERIFICATION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=verification_abandoned__write_stalled,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.VERIFICATION_ABANDONED,
        Event.KICKED,
        State.VERIFICATION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=verification_abandoned__kicked,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.VERIFICATION_ABANDONED,
        Event.DRAINED,
        State.VERIFICATION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=verification_abandoned__drained,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.VERIFICATION_ABANDONED,
        Event.FAULTED,
        State.VERIFICATION_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=verification_abandoned__faulted,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.SLOT_ABANDONED,
        Event.SLOT_GRANTED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.ACCOUNT, Held.MAILBOX),
        perform=slot_abandoned__slot_granted,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.SLOT_ABANDONED,
        Event.SLOT_REFUSED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=slot_abandoned__slot_refused,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.SLOT_ABANDONED,
        Event.LOGIN_TOO_SOON,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=slot_abandoned__login_too_soon,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.SLOT_ABANDONED,
        Event.LEDGER_UNAVAILABLE,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=slot_abandoned__ledger_unavailable,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.SLOT_ABANDONED,
        Event.TIME_EXPIRED,
        State.SLOT_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=slot_abandoned__time_expired,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.SLOT_ABANDONED,
        Event.WRITE_STALLED,
        State.SLOT_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=slot_abandoned__write_stalled,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.SLOT_ABANDONED,
        Event.KICKED,
        State.SLOT_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=slot_abandoned__kicked,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.SLOT_ABANDONED,
        Event.DRAINED,
        State.SLOT_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=slot_abandoned__drained,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.SLOT_ABANDONED,
        Event.FAULTED,
        State.SLOT_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=slot_abandoned__faulted,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.LOCK_ABANDONED,
        Event.MAILDROP_LOCKED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.MAILDROP,),
        perform=lock_abandoned__maildrop_locked,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.LOCK_ABANDONED,
        Event.MAILDROP_BUSY,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=lock_abandoned__maildrop_busy,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.LOCK_ABANDONED,
        Event.MAILDROP_STILL_BUSY,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=lock_abandoned__maildrop_still_busy,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.LOCK_ABANDONED,
        Event.MAILBOX_UNUSABLE,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=lock_abandoned__mailbox_unusable,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.LOCK_ABANDONED,
        Event.LOCK_UNAVAILABLE,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=lock_abandoned__lock_unavailable,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.LOCK_ABANDONED,
        Event.TIME_EXPIRED,
        State.LOCK_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=lock_abandoned__time_expired,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.LOCK_ABANDONED,
        Event.WRITE_STALLED,
        State.LOCK_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=lock_abandoned__write_stalled,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.LOCK_ABANDONED,
        Event.KICKED,
        State.LOCK_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=lock_abandoned__kicked,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.LOCK_ABANDONED,
        Event.DRAINED,
        State.LOCK_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=lock_abandoned__drained,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.LOCK_ABANDONED,
        Event.FAULTED,
        State.LOCK_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=lock_abandoned__faulted,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.OPENING_ABANDONED,
        Event.MAILDROP_OPENED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.MAILDROP,),
        perform=opening_abandoned__maildrop_opened,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.OPENING_ABANDONED,
        Event.MAILDROP_UNAVAILABLE,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.MAILDROP,),
        perform=opening_abandoned__maildrop_unavailable,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.OPENING_ABANDONED,
        Event.TIME_EXPIRED,
        State.OPENING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=opening_abandoned__time_expired,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.OPENING_ABANDONED,
        Event.WRITE_STALLED,
        State.OPENING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=opening_abandoned__write_stalled,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.OPENING_ABANDONED,
        Event.KICKED,
        State.OPENING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=opening_abandoned__kicked,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.OPENING_ABANDONED,
        Event.DRAINED,
        State.OPENING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=opening_abandoned__drained,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.OPENING_ABANDONED,
        Event.FAULTED,
        State.OPENING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=opening_abandoned__faulted,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.READING_ABANDONED,
        Event.MESSAGE_OPENED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.MESSAGE,),
        perform=reading_abandoned__message_opened,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.READING_ABANDONED,
        Event.TOP_OPENED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.MESSAGE,),
        perform=reading_abandoned__top_opened,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.READING_ABANDONED,
        Event.MESSAGE_GONE,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=reading_abandoned__message_gone,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.READING_ABANDONED,
        Event.MESSAGE_UNREADABLE,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(),
        perform=reading_abandoned__message_unreadable,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.READING_ABANDONED,
        Event.TIME_EXPIRED,
        State.READING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=reading_abandoned__time_expired,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.READING_ABANDONED,
        Event.WRITE_STALLED,
        State.READING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=reading_abandoned__write_stalled,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.READING_ABANDONED,
        Event.KICKED,
        State.READING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=reading_abandoned__kicked,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.READING_ABANDONED,
        Event.DRAINED,
        State.READING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=reading_abandoned__drained,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.READING_ABANDONED,
        Event.FAULTED,
        State.READING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=reading_abandoned__faulted,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.SENDING_ABANDONED,
        Event.MESSAGE_SENT,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.MESSAGE,),
        perform=sending_abandoned__message_sent,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.SENDING_ABANDONED,
        Event.MESSAGE_BROKEN,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.MESSAGE,),
        perform=sending_abandoned__message_broken,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.SENDING_ABANDONED,
        Event.TIME_EXPIRED,
        State.SENDING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=sending_abandoned__time_expired,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.SENDING_ABANDONED,
        Event.WRITE_STALLED,
        State.SENDING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=sending_abandoned__write_stalled,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.SENDING_ABANDONED,
        Event.KICKED,
        State.SENDING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=sending_abandoned__kicked,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.SENDING_ABANDONED,
        Event.DRAINED,
        State.SENDING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=sending_abandoned__drained,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.SENDING_ABANDONED,
        Event.FAULTED,
        State.SENDING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=sending_abandoned__faulted,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.COMMITTING_ABANDONED,
        Event.COMMITTED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.MAILDROP,),
        perform=committing_abandoned__committed,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.COMMITTING_ABANDONED,
        Event.COMMIT_FAILED,
        State.CLOSED,
        waits_for=Wait.NOTHING,
        final=True,
        gives_back=(Held.MAILDROP,),
        perform=committing_abandoned__commit_failed,
        why="What a late answer brings is given back by the one who asked for it",
    ),
    Step(
        State.COMMITTING_ABANDONED,
        Event.TIME_EXPIRED,
        State.COMMITTING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=committing_abandoned__time_expired,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.COMMITTING_ABANDONED,
        Event.WRITE_STALLED,
        State.COMMITTING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=committing_abandoned__write_stalled,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.COMMITTING_ABANDONED,
        Event.KICKED,
        State.COMMITTING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=committing_abandoned__kicked,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.COMMITTING_ABANDONED,
        Event.DRAINED,
        State.COMMITTING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=committing_abandoned__drained,
        why="The answer is still to come, and may bring something",
    ),
    Step(
        State.COMMITTING_ABANDONED,
        Event.FAULTED,
        State.COMMITTING_ABANDONED,
        waits_for=Wait.COMPLETION,
        final=False,
        gives_back=(),
        perform=committing_abandoned__faulted,
        why="The answer is still to come, and may bring something",
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
