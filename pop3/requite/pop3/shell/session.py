"""One session: what happens to it becomes events, and events become steps of the derived machine.

Decides in which order events are taken, and what a line is when only the session can know: whether
the message is there, whether a password may travel here, and whether it is one line too many. It
holds no `if` that mentions a state.
"""

import logging
from typing import Final

from requite.generated.pop3 import Event, LocalProtocolError, Machine, Step, Wait
from requite.pop3.names import SessionId
from requite.pop3.shell.connection import Connection
from requite.pop3.shell.effects import Effects
from requite.pop3.shell.keeping import NO_COMMAND
from requite.pop3.shell.snapshot import Snapshot
from requite.pop3.shell.surroundings import Observer, Surroundings
from requite.pop3.wire.commands import Command

__all__ = ("Session",)

logger = logging.getLogger("requite.pop3")

NAMES_A_MESSAGE: Final = frozenset(
    {
        Event.SCAN_RECEIVED,
        Event.UNIQUE_ID_RECEIVED,
        Event.RETR_RECEIVED,
        Event.TOP_RECEIVED,
        Event.DELE_RECEIVED,
    }
)
OFFERS_A_PASSWORD: Final = frozenset(
    {
        Event.USER_RECEIVED,
        Event.PASS_RECEIVED,
    }
)


class Session(Effects):
    """A session, from the connection to its end."""

    __slots__ = ("_events", "_machine", "_stepping", "waits_for")

    def __init__(
        self, surroundings: Surroundings, connection: Connection, session_id: SessionId
    ) -> None:
        super().__init__(surroundings, connection, session_id)
        self.waits_for = Wait.NOTHING
        self._machine = Machine()
        self._events: list[Event] = []
        self._stepping = False

    @property
    def machine(self) -> Machine:
        """Where the session stands."""
        return self._machine

    @property
    def unsent(self) -> int:
        """The octets on their way to the client."""
        return self._connection.output.unsent

    def report(self, event: Event, /) -> None:
        """Take the step that an event asks for, then the steps that follow from its effects."""
        if self._stepping:
            self._events.append(event)
            return
        self._stepping = True
        try:
            self._take(event)
            while self._events:
                self._take(self._events.pop(0))
        finally:
            self._stepping = False
        self._connection.advance()

    def _take(self, event: Event) -> None:
        try:
            step = self._machine.step(event)
        except LocalProtocolError:
            logger.exception("Session %s was told what cannot happen.", self.id)
            if event is not Event.FAULTED:
                self._events.insert(0, Event.FAULTED)
            return
        self.waits_for = step.waits_for
        try:
            step.perform(self)
        except Exception:
            logger.exception("Session %s failed after %s.", self.id, event.name)
            if not step.final:
                self._events.insert(0, Event.FAULTED)
        if self._surroundings.observer is not None:
            self._tell(self._surroundings.observer, step)
        if step.final:
            self._surroundings.ended(self.id)

    def _tell(self, observer: Observer, step: Step) -> None:
        try:
            observer(self.id, step)
        except Exception:
            logger.exception("The observer failed at a step of session %s.", self.id)

    def handle(self, command: Command, /) -> None:
        """Take the step that a line asks for."""
        self._command = command
        logged_in = self._snapshot is not None
        self.report(self._patience.after_line(self._event_of(command), logged_in=logged_in))
        if command.password or command.response is not None or command.digest:
            # Refused or asked about: in both cases the secret is needed no more.
            self._command = NO_COMMAND
        self._exchanging.take_claim()

    def _event_of(self, command: Command) -> Event:
        """Look at what only the session knows: its messages, and whether it is in the clear."""
        event = command.event
        if self._exchanging.reads(event):
            return self._exchanging.event_of(
                command, self._offer, password_allowed=self._password_allowed
            )
        self._exchanging.drop()
        if self._snapshot is not None and event in NAMES_A_MESSAGE:
            return self._event_about(command, self._snapshot)
        if event in OFFERS_A_PASSWORD and not self._password_allowed:
            return Event.PLAINTEXT_FORBIDDEN
        if event is Event.APOP_RECEIVED and self._surroundings.services.apop is None:
            return Event.APOP_UNAVAILABLE
        if event is Event.STLS_RECEIVED and not self._tls_can_begin:
            return Event.STLS_UNAVAILABLE
        return event

    @staticmethod
    def _event_about(command: Command, snapshot: Snapshot) -> Event:
        """Look whether the message is there, and whether it may be deleted."""
        if command.number not in snapshot:
            return Event.NO_SUCH_MESSAGE
        if command.event is not Event.DELE_RECEIVED:
            return command.event
        if not snapshot.maildrop.deletable:
            return Event.DELETION_FORBIDDEN
        return Event.DELETION_REFUSED if snapshot.is_kept(command.number) else command.event
