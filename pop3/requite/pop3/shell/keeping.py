"""What one session keeps: its facts, its timers, and the way back of each thing that it holds.

Decides that nothing is given back twice, and that one thing that cannot be given back holds up no
other. Refuses to decide when: each effect is owed by a row of the derived machine.
"""

import logging
from abc import abstractmethod
from asyncio import Future
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from requite.generated.pop3 import Event, Shell
from requite.pop3.apop import new_stamp
from requite.pop3.errors import InvariantBroken
from requite.pop3.languages import ENGLISH
from requite.pop3.login import LoginName
from requite.pop3.names import MailboxName, SessionId
from requite.pop3.services import Content, Identity, Lease, Lock, Maildrop, Refusal
from requite.pop3.shell.alarm import Alarm
from requite.pop3.shell.connection import Connection
from requite.pop3.shell.exchanging import Exchanging
from requite.pop3.shell.patience import Patience
from requite.pop3.shell.requests import Question, ask
from requite.pop3.shell.sending import MessageSender
from requite.pop3.shell.snapshot import Snapshot
from requite.pop3.shell.surroundings import Surroundings
from requite.pop3.shell.waiting import LockWait
from requite.pop3.wire.capabilities import greeting
from requite.pop3.wire.commands import Command

__all__ = ("NO_COMMAND", "Keeping", "there")

T = TypeVar("T")
logger = logging.getLogger("requite.pop3")
NO_COMMAND: Final = Command(Event.CONNECTED)
"""What stands where no command has come yet, or where one is forgotten with its secret."""
NOTHING_LISTED: Final[Iterator[bytes]] = iter(())


class Keeping(Shell):
    """What one session keeps, with its timers and its facts."""

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
        "_lock_wait",
        "_locked_at",
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
        self._lock_wait = LockWait(surroundings.settings, surroundings.clock)
        self._locked_at = 0.0
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
    def locked_mailbox(self) -> MailboxName | None:
        """The mailbox whose maildrop this session has locked, if any."""
        return None if self._lock is None or self._identity is None else self._identity.mailbox

    @property
    def locked_s(self) -> float:
        """For how many seconds it has done so."""
        return self._surroundings.clock.time() - self._locked_at

    def _ask(self, question: Question[T]) -> Future[T] | None:
        return ask(self._surroundings, question, self.report)

    def _time_expired(self) -> None:
        """Report that time is up; who closes has it anew for as long as the client takes anything.

        A message that is still on its way after QUIT has been removed: it must not be cut off.
        """
        if self._connection.closing and self._connection.output.progressed():
            self.start_closing_timer()
        else:
            self.report(Event.TIME_EXPIRED)

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

    # --- timers ---------------------------------------------------------

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

    def start_lock_timer(self) -> None:
        """Wait a moment before the maildrop's lock is asked for again."""
        self._alarm.start_at(self._lock_wait.asks_again_at)

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


def there(thing: T | None, what: str) -> T:
    """Return what a step before must have brought."""
    if thing is None:
        raise InvariantBroken(f"an effect needs {what}, and there is none")
    return thing
