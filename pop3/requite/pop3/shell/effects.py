"""The body of each effect of the derived machine.

Decides nothing about what may follow: what an effect needs was kept by the effect or the answer
before it, and if it is not there, that is a defect of ours and is raised as one.
"""

import logging
from abc import abstractmethod
from asyncio import Future
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from requite.generated.pop3 import Event, Shell
from requite.pop3.apop import new_stamp
from requite.pop3.errors import InvariantBroken
from requite.pop3.languages import ENGLISH, LANGUAGES, language_listing
from requite.pop3.login import LoginName
from requite.pop3.names import SessionId
from requite.pop3.sasl import Challenge, Claim, Offer, Outcome
from requite.pop3.services import (
    AccountKey,
    AddressKey,
    APOPProof,
    Busy,
    Content,
    Credentials,
    Identity,
    Lease,
    Lock,
    MailboxKey,
    Maildrop,
    Refusal,
    Rejected,
    ServerKey,
    TooSoon,
    Unusable,
)
from requite.pop3.shell.alarm import Alarm
from requite.pop3.shell.connection import Connection
from requite.pop3.shell.exchanging import Exchanging
from requite.pop3.shell.patience import Patience
from requite.pop3.shell.requests import Question, ask
from requite.pop3.shell.sending import MessageSender, scan_listings, unique_ids
from requite.pop3.shell.snapshot import Snapshot
from requite.pop3.shell.surroundings import Surroundings
from requite.pop3.shell.warning import warn_limit_reached
from requite.pop3.wire.capabilities import capabilities, greeting, mechanism_list
from requite.pop3.wire.commands import Command
from requite.pop3.wire.content import TopForm, WireForm
from requite.pop3.wire.lines import UTF8_LINE_OCTETS

__all__ = ("NO_COMMAND", "Effects")

T = TypeVar("T")
logger = logging.getLogger("requite.pop3")
NO_COMMAND: Final = Command(Event.CONNECTED)
"""What stands where no command has come yet, or where one is forgotten with its secret."""
NOTHING_LISTED: Final[Iterator[bytes]] = iter(())
THE_SERVER: Final = ServerKey()


class Effects(Shell):
    """What one session keeps and does; `Session` adds when."""

    __slots__ = (
        "_alarm",
        "_command",
        "_connection",
        "_content",
        "_entry",
        "_exchanging",
        "_identity",
        "_language",
        "_listing",
        "_lock",
        "_login_deadline",
        "_login_name",
        "_opening",
        "_patience",
        "_refusal",
        "_sender",
        "_slot",
        "_snapshot",
        "_stamp",
        "_surroundings",
        "id",
    )

    def __init__(
        self, surroundings: Surroundings, connection: Connection, session_id: SessionId
    ) -> None:
        self.id = session_id
        self._surroundings = surroundings
        self._connection = connection
        self._alarm = Alarm(surroundings.clock, self._time_expired)
        self._login_deadline = 0.0
        self._patience = Patience(surroundings.settings)
        self._command = NO_COMMAND
        self._login_name: LoginName | None = None
        self._stamp = "" if surroundings.services.apop is None else new_stamp()
        self._identity: Identity | None = None
        self._refusal: Refusal | None = None
        self._entry: Lease | None = None
        self._exchanging = Exchanging()
        self._language = ENGLISH
        self._slot: Lease | None = None
        self._lock: Lock | None = None
        self._opening: Future[Maildrop] | None = None
        self._snapshot: Snapshot | None = None
        self._content: Content | None = None
        self._sender: MessageSender | None = None
        self._listing = NOTHING_LISTED

    @abstractmethod
    def report(self, event: Event, /) -> None:
        """Take the step that an event asks for."""

    @property
    def identity(self) -> Identity | None:
        """Who has logged in, if anybody has."""
        return self._identity

    @property
    def _password_allowed(self) -> bool:
        policy = self._surroundings.settings.plaintext_without_tls
        return (
            self._connection.tls_active
            or policy == "always"
            or (policy == "loopback" and self._connection.is_local)
        )

    @property
    def _tls_can_begin(self) -> bool:
        return self._surroundings.tls is not None and not self._connection.tls_active

    def _ask(self, question: Question[T]) -> "Future[T] | None":
        return ask(self._surroundings, question, self.report)

    def _time_expired(self) -> None:
        """Report that time is up; who closes has it anew for as long as the client takes anything.

        A message that is still on its way after QUIT has been removed: it must not be cut off.
        """
        if self._connection.closing and self._connection.output.progressed():
            self.start_closing_timer()
        else:
            self.report(Event.TIME_EXPIRED)

    @property
    def _offer(self) -> Offer:
        """The mechanisms that are true here and now."""
        services = self._surroundings.services
        return Offer(
            accounts=services.accounts,
            scram=services.scram,
            end_point=self._connection.end_point,
            certified=self._connection.certified,
            tokens=services.tokens,
        )

    @property
    def _mechanisms(self) -> tuple[bytes, ...]:
        return self._offer.listed(password_allowed=self._password_allowed)

    # --- facts ---------------------------------------------------------

    @property
    def challenge(self) -> str:
        """What the mechanism asks, in base64."""
        return self._exchanging.challenge

    @property
    def greeting(self) -> str:
        """What the server says of itself, with a timestamp where APOP is offered."""
        return greeting(announced=self._surroundings.settings.announce, stamp=self._stamp)

    @property
    def language(self) -> str:
        """The tag of the language that answers are in."""
        return self._language.tag

    @property
    def message_count(self) -> int:
        """How many messages are not marked as deleted."""
        return self._opened.count

    @property
    def maildrop_octets(self) -> int:
        """The octets of the messages not marked as deleted."""
        return self._opened.octets

    @property
    def number(self) -> int:
        """The number of the message that the command names."""
        return self._command.number

    @property
    def message_octets(self) -> int:
        """The exact size of that message."""
        return self._opened[self.number].octets

    @property
    def unique_id(self) -> str:
        """The unique id of that message."""
        return self._opened[self.number].uid

    @property
    def _opened(self) -> Snapshot:
        if self._snapshot is None:
            raise InvariantBroken("an effect needs an open maildrop, and there is none")
        return self._snapshot

    # --- giving back ---------------------------------------------------------

    def release_slot(self) -> None:
        """Give the slot of the account and of the mailbox back."""
        slot, self._slot = self._slot, None
        self._give_back("a slot", slot.release if slot else None)

    def release_connection(self) -> None:
        """Give the slot of the server and of the address back."""
        entry, self._entry = self._entry, None
        self._give_back("a counted connection", entry.release if entry else None)

    def unlock_maildrop(self) -> None:
        """Let go of the maildrop's lock."""
        lock, self._lock = self._lock, None
        self._give_back("a locked maildrop", lock.release if lock else None)

    def close_message(self) -> None:
        """Close the message that is open."""
        content, self._content = self._content, None
        self._sender = None
        self._give_back("an open message", content.close if content else None)

    def _give_back(self, what: str, release: Callable[[], None] | None) -> None:
        """Give one thing back; whatever becomes of it, what comes after it is given back too."""
        if release is None:
            logger.critical("Session %s is to give %s back and has none.", self.id, what)
            return
        try:
            release()
        except Exception:
            logger.critical("Session %s could not give %s back.", self.id, what, exc_info=True)

    def drop_socket(self) -> None:
        """Close the socket at once, its timers with it, and hear no more of it."""
        self._alarm.close()
        self._connection.drop()

    # --- orders ---------------------------------------------------------

    def send_reply(self, text: str, /, **facts: int | str) -> None:
        """Queue one line for the client, in its language."""
        spoken = self._language.texts.get(text, text)
        line = spoken.format_map(facts) if facts else spoken
        self._connection.output.send(f"{line}\r\n".encode())

    def start_proxy_timer(self) -> None:
        """Give the proxy its time to say for whom it connects."""
        self._alarm.start(self._surroundings.settings.proxy_s)

    def start_handshake_timer(self) -> None:
        """Give the TLS handshake its time."""
        self._alarm.start(self._surroundings.settings.handshake_s)

    def start_login_timer(self) -> None:
        """Give the session what is left of its time to log in."""
        if not self._login_deadline:
            now = self._surroundings.clock.time()
            self._login_deadline = now + self._surroundings.settings.login_s
        self._alarm.start_at(self._login_deadline)

    def start_refusal_timer(self) -> None:
        """Hold the refusal back."""
        self._alarm.start(self._surroundings.settings.refusal_s)

    def start_idle_timer(self) -> None:
        """Give the session its idle time anew."""
        self._alarm.start(self._surroundings.settings.idle_s)

    def start_commit_timer(self) -> None:
        """Give the removal of messages its time."""
        self._alarm.start(self._surroundings.settings.commit_s)

    def start_closing_timer(self) -> None:
        """Give the client a moment to take the farewell."""
        self._alarm.start(self._surroundings.settings.close_s)

    def stop_timer(self) -> None:
        """Let the session take its time."""
        self._alarm.stop()

    def warn_limit_reached(self) -> None:
        """Log event 1009."""
        warn_limit_reached(self.id, _there(self._refusal, "a refusal"))

    def keep_name(self) -> None:
        """Remember the name that USER gave."""
        self._login_name = self._command.name

    def forget_plaintext(self) -> None:
        """Forget what was learned and received in the clear."""
        self._command = NO_COMMAND
        self._login_name = self._identity = self._refusal = None
        self._language = ENGLISH
        self._connection.line_octets = self._surroundings.settings.line_octets
        self._connection.forget_input()

    def enable_utf8(self) -> None:
        """Take longer command lines from now on."""
        connection = self._connection
        connection.line_octets = max(connection.line_octets, UTF8_LINE_OCTETS)

    def choose_language(self) -> None:
        """Answer in the language that the command names, or that the administrator prefers."""
        preferred = LANGUAGES[self._surroundings.settings.language]
        self._language = self._command.language or preferred

    def send_languages(self) -> None:
        """Send the languages of answers."""
        self._connection.output.send(language_listing())

    def send_mechanisms(self) -> None:
        """Send the SASL mechanisms on offer."""
        self._connection.output.send(mechanism_list(self._mechanisms))

    def send_capabilities(self) -> None:
        """Send the capabilities."""
        self._connection.output.send(
            capabilities(
                password_allowed=self._password_allowed,
                mechanisms=self._mechanisms,
                stls=self._tls_can_begin and self._snapshot is None,
                promises=self._surroundings.settings.promises,
            )
        )

    def send_scan_listings(self) -> None:
        """Begin to send a scan listing of each message."""
        self._listing = scan_listings(self._opened.maildrop.messages, self._opened.deleted)
        self._send_listing()

    def send_unique_ids(self) -> None:
        """Begin to send the unique id of each message."""
        self._listing = unique_ids(self._opened.maildrop.messages, self._opened.deleted)
        self._send_listing()

    def _send_listing(self) -> None:
        for piece in self._listing:
            self._connection.output.send(piece)
            if self._connection.output.congested:
                self._connection.output.when_taken(self._send_listing)
                return
        if self._connection.output.drained:
            self.report(Event.ANSWER_TAKEN)
        else:
            self._connection.output.when_taken(lambda: self.report(Event.ANSWER_TAKEN))

    def mark_deleted(self) -> None:
        """Mark the message as deleted."""
        self._opened.mark(self.number)

    def unmark_all(self) -> None:
        """Unmark every message."""
        self._opened.unmark_all()

    def protect_message(self) -> None:
        """Refuse to delete this message in this session."""
        self._opened.keep(self.number)

    def stop_opening(self) -> None:
        """List no further."""
        if self._opening is not None:
            self._opening.cancel()

    def stop_sending(self) -> None:
        """Read no further in the message that is being sent."""
        _there(self._sender, "a message being sent").stop()

    def close_socket(self) -> None:
        """Send what is queued, say that no more comes, and wait for the client's end."""
        self._connection.shut()
        self._surroundings.lingers(self.id)

    # --- requests ---------------------------------------------------------

    def admit(self) -> None:
        """Ask the ledger for a slot of the server and of the address."""
        keys = (THE_SERVER, AddressKey(self._connection.peer))
        tls = self._connection.tls_first
        question: Question[Lease | Refusal | TooSoon] = Question(
            lambda: self._surroundings.services.ledger.take(self.id, keys),
            self._admission,
            Event.ADMISSION_UNAVAILABLE_FOR_TLS if tls else Event.ADMISSION_UNAVAILABLE,
        )
        self._ask(question)

    def _admission(self, answer: Lease | Refusal | TooSoon) -> Event:
        tls = self._connection.tls_first
        if isinstance(answer, TooSoon):
            raise InvariantBroken("a connection is no login, and cannot come too soon after one")
        if isinstance(answer, Refusal):
            self._refusal = answer
            return Event.ADMISSION_REFUSED_FOR_TLS if tls else Event.ADMISSION_REFUSED
        self._entry = answer
        return Event.ADMITTED_FOR_TLS if tls else Event.ADMITTED

    def start_tls(self) -> None:
        """Begin the TLS handshake."""
        context = _there(self._surroundings.tls, "a certificate")
        question: Question[bool] = Question(
            lambda: self._connection.start_tls(context),
            lambda agreed: Event.TLS_ESTABLISHED if agreed else Event.TLS_FAILED,
            Event.TLS_FAILED,
        )
        self._ask(question)

    def verify_credentials(self) -> None:
        """Ask who this is, and whose mailbox may be opened."""
        command = self._command
        claim = self._exchanging.take_claim() or self._claim(command)
        # The command is forgotten with its password; only the question is still asked.
        self._command = NO_COMMAND
        self._ask(Question(claim, self._verification, Event.ACCOUNTS_UNAVAILABLE))

    def _claim(self, command: Command) -> Claim:
        """Return what asks about what a command without a SASL message claims."""
        services = self._surroundings.services
        if command.digest:
            name = _there(command.name, "a name given by APOP")
            apop = _there(services.apop, "accounts that know digests")
            proof = APOPProof(name.account, name.mailbox, self._stamp, command.digest)
            return lambda: apop.verify_apop(proof)
        name = _there(self._login_name, "a name given by USER")
        credentials = Credentials(name.account, name.mailbox, command.password)
        return lambda: services.accounts.verify(credentials)

    def _verification(self, answer: Outcome) -> Event:
        if isinstance(answer, Challenge):
            self._exchanging.go_on(answer)
            return Event.CHALLENGED
        if isinstance(answer, Rejected):
            logger.info("Session %s: %s.", self.id, answer.reason)
            return self._patience.after_failed_login()
        self._identity = answer
        return Event.VERIFIED

    def take_slot(self) -> None:
        """Ask the ledger for a slot of the account and of the mailbox."""
        who = _there(self._identity, "an identity")
        keys = (AccountKey(who.account), MailboxKey(who.mailbox))
        question: Question[Lease | Refusal | TooSoon] = Question(
            lambda: self._surroundings.services.ledger.take(self.id, keys),
            self._slot_answer,
            Event.LEDGER_UNAVAILABLE,
        )
        self._ask(question)

    def _slot_answer(self, answer: Lease | Refusal | TooSoon) -> Event:
        if isinstance(answer, TooSoon):
            logger.info(
                "Session %s: account %r has logged in less than %d s ago.",
                self.id,
                answer.account,
                answer.delay_s,
            )
            return Event.LOGIN_TOO_SOON
        if isinstance(answer, Refusal):
            self._refusal = answer
            return Event.SLOT_REFUSED
        self._slot = answer
        return Event.SLOT_GRANTED

    def lock_maildrop(self) -> None:
        """Ask for the maildrop's lock."""
        mailbox = _there(self._identity, "an identity").mailbox
        question: Question[Lock | Busy | Unusable] = Question(
            lambda: self._surroundings.services.maildrops.lock(mailbox),
            self._lock_answer,
            Event.LOCK_UNAVAILABLE,
        )
        self._ask(question)

    def _lock_answer(self, answer: Lock | Busy | Unusable) -> Event:
        if isinstance(answer, Unusable):
            logger.error("Session %s: %s.", self.id, answer.reason)
            return Event.MAILBOX_UNUSABLE
        if isinstance(answer, Busy):
            return Event.MAILDROP_BUSY
        self._lock = answer
        return Event.MAILDROP_LOCKED

    def open_maildrop(self) -> None:
        """Ask for the list of messages."""
        mailbox = _there(self._identity, "an identity").mailbox
        question: Question[Maildrop] = Question(
            lambda: self._surroundings.services.maildrops.open(mailbox),
            self._maildrop_answer,
            Event.MAILDROP_UNAVAILABLE,
        )
        self._opening = self._ask(question)

    def _maildrop_answer(self, answer: Maildrop) -> Event:
        self._opening = None
        self._snapshot = Snapshot(answer)
        return Event.MAILDROP_OPENED

    def read_message(self) -> None:
        """Ask for the message."""
        question: Question[Content | None] = Question(
            lambda: self._opened.maildrop.read(self.number),
            self._message_answer,
            Event.MESSAGE_UNREADABLE,
        )
        self._ask(question)

    def _message_answer(self, answer: Content | None) -> Event:
        if answer is None:
            return Event.MESSAGE_GONE
        self._content = answer
        return Event.MESSAGE_OPENED if self._command.lines is None else Event.TOP_OPENED

    def send_message(self) -> None:
        """Send the message, to the final dot."""
        content = _there(self._content, "an open message")
        lines = self._command.lines
        as_wire = content.stored_octets == self.message_octets
        form = (
            WireForm(stored_as_wire=as_wire)
            if lines is None
            else TopForm(lines, stored_as_wire=as_wire)
        )
        self._sender = MessageSender(
            content,
            form,
            self._connection.output,
            self._surroundings.readers,
            self._message_ended,
        )
        self._sender.start()

    def _message_ended(self, sent: bool) -> None:  # noqa: FBT001 - a callback's one argument.
        self.report(Event.MESSAGE_SENT if sent else Event.MESSAGE_BROKEN)

    def commit(self) -> None:
        """Ask for the removal of the messages marked as deleted."""
        question: Question[int] = Question(
            lambda: self._opened.maildrop.commit(sorted(self._opened.deleted)),
            self._commit_answer,
            Event.COMMIT_FAILED,
        )
        self._ask(question)

    def _commit_answer(self, not_removed: int) -> Event:
        if not_removed:
            logger.error("Session %s: %d messages could not be removed.", self.id, not_removed)
        return Event.COMMIT_FAILED if not_removed else Event.COMMITTED


def _there(thing: T | None, what: str) -> T:
    """Return what a step before must have brought."""
    if thing is None:
        raise InvariantBroken(f"an effect needs {what}, and there is none")
    return thing
