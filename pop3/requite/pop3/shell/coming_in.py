"""The effects of coming in: admission, TLS, a login, its slot and its maildrop.

Decides what each service is asked and what its answer brings. Nothing about what may follow: what
an effect needs was kept by the effect or the answer before it, and if it is not there, that is a
defect of ours and is raised as one.
"""

import logging
from typing import Final

from requite.generated.pop3 import Event
from requite.pop3.errors import InvariantBroken
from requite.pop3.languages import ENGLISH
from requite.pop3.sasl import Challenge, Claim, Offer, Outcome
from requite.pop3.services import (
    AccountKey,
    AddressKey,
    APOPProof,
    Busy,
    Credentials,
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
from requite.pop3.shell.holding import log_holders
from requite.pop3.shell.keeping import NO_COMMAND, Keeping, there
from requite.pop3.shell.requests import Question
from requite.pop3.shell.snapshot import Snapshot
from requite.pop3.shell.warning import warn_limit_reached
from requite.pop3.wire.capabilities import mechanism_list
from requite.pop3.wire.commands import Command

__all__ = ("ComingIn",)

logger = logging.getLogger("requite.pop3")
THE_SERVER: Final = ServerKey()


class ComingIn(Keeping):
    """What a session does until its maildrop is open."""

    __slots__ = ()

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

    # --- orders ---------------------------------------------------------

    def warn_limit_reached(self) -> None:
        """Log event 1009."""
        warn_limit_reached(self.id, there(self._refusal, "a refusal"))

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

    def send_mechanisms(self) -> None:
        """Send the SASL mechanisms on offer."""
        self._connection.output.send(mechanism_list(self._mechanisms))

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
        context = there(self._surroundings.tls, "a certificate")
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
            name = there(command.name, "a name given by APOP")
            apop = there(services.apop, "accounts that know digests")
            proof = APOPProof(name.account, name.mailbox, self._stamp, command.digest)
            return lambda: apop.verify_apop(proof)
        name = there(self._login_name, "a name given by USER")
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
        who = there(self._identity, "an identity")
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
        self._lock_wait.begin()
        return Event.SLOT_GRANTED

    def lock_maildrop(self) -> None:
        """Ask for the maildrop's lock."""
        mailbox = there(self._identity, "an identity").mailbox
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
            return self._busy(answer)
        self._lock = answer
        self._locked_at = self._surroundings.clock.time()
        return Event.MAILDROP_LOCKED

    def _busy(self, answer: Busy) -> Event:
        event = self._lock_wait.after_busy()
        if event is Event.MAILDROP_STILL_BUSY:
            mailbox = there(self._identity, "an identity").mailbox
            log_holders(self._surroundings, self.id, mailbox, answer)
        return event

    def open_maildrop(self) -> None:
        """Ask for the list of messages."""
        who = there(self._identity, "an identity")
        question: Question[Maildrop] = Question(
            lambda: self._surroundings.services.maildrops.open(who.mailbox, who.account),
            self._maildrop_answer,
            Event.MAILDROP_UNAVAILABLE,
        )
        self._opening = self._ask(question)

    def stop_opening(self) -> None:
        """List no further."""
        if self._opening is not None:
            self._opening.cancel()

    def _maildrop_answer(self, answer: Maildrop) -> Event:
        self._opening = None
        self._snapshot = Snapshot(answer)
        return Event.MAILDROP_OPENED
