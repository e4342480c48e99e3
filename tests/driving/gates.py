"""Services that a test holds up: every question waits until the test answers it.

While a gate is open it answers at once, as the real service does.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Final

from requite.pop3.ledger import HeldLease, ProcessLedger
from requite.pop3.maildrops.memory import MemoryLock, MemoryMaildrops
from requite.pop3.names import AccountName, MailboxName, SessionId
from requite.pop3.services import (
    Answer,
    APOPProof,
    Busy,
    Content,
    Credentials,
    Identity,
    Key,
    Lease,
    Lock,
    Maildrop,
    Message,
    Refusal,
    Rejected,
    TooSoon,
)

__all__ = ("ACCOUNT", "DIGEST", "Gate", "HeldContent", "HeldServices")

ACCOUNT: Final = AccountName("alice")
DIGEST: Final = b"0" * 32
"""The one digest that is right here, whatever the timestamp is."""
MAILBOX: Final = MailboxName("support")
LONG_OCTETS: Final = 1_000_000
MESSAGES: Final = 6_000
"""Enough for a listing that no small socket buffer takes at once."""


class Gate:
    """Questions that wait for their answer, the oldest first."""

    def __init__(self, *, heeds_cancelling: bool = True) -> None:
        self.open = True
        self._heeds_cancelling = heeds_cancelling
        """Whether a question ends when nobody waits any more, or only when the test says so."""
        self._waiting: list[tuple[asyncio.Future[object], Callable[[], object]]] = []

    def ask(self, answer: Callable[[], object]) -> Answer[object]:
        """Answer at once while the gate is open; otherwise when the test says so."""
        if self.open:
            return answer()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[object] = (
            loop.create_future() if self._heeds_cancelling else _Stubborn(loop=loop)
        )
        self._waiting.append((future, answer))
        return future

    def let_through(self) -> None:
        """Give the answer that the real service gives."""
        future, answer = self._waiting.pop(0)
        future.set_result(answer())

    def refuse(self, instead: Refusal | Busy) -> None:
        """Give the answer of the real service if it refuses; else another refusal in its place."""
        future, answer = self._waiting.pop(0)
        given = answer()
        if isinstance(given, HeldLease | MemoryLock):
            given.release()
            given = instead
        future.set_result(given)

    def answer(self, with_what: object) -> None:
        """Give another answer than the real service would."""
        future, _ = self._waiting.pop(0)
        future.set_result(with_what)

    def fail(self, error: Exception) -> None:
        """Raise."""
        future, _ = self._waiting.pop(0)
        future.set_exception(error)

    def __len__(self) -> int:
        return len(self._waiting)


class _Stubborn(asyncio.Future[object]):
    """What is waited for of a service that cannot be stopped."""

    def cancel(self, msg: object = None) -> bool:
        """Go on, whoever waits or does not."""
        del msg
        return False


class HeldContent:
    """A long message whose reading waits in its thread until the test lets it go on."""

    stored_octets = LONG_OCTETS

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.error: OSError | None = None
        self.closed = 0
        self._left = LONG_OCTETS

    def read(self, size_octets: int, /) -> bytes:
        """Wait, then read or fail."""
        if not self.go_on.wait(timeout=10):
            raise TimeoutError("the test forgot a reader")
        if self.error is not None:
            raise self.error
        taken = min(size_octets, self._left)
        self._left -= taken
        return b"x" * taken

    def close(self) -> None:
        """Count."""
        self.closed += 1


class HeldMaildrop:
    """A maildrop with many messages, each of them long."""

    def __init__(self, services: "HeldServices") -> None:
        self._services = services
        self.messages: Sequence[Message] = [Message(LONG_OCTETS + 2, "u" * 70)] * MESSAGES
        self.octets = MESSAGES * (LONG_OCTETS + 2)
        self.deletable = True

    def read(self, number: int, /) -> Answer[Content | None]:
        """Open a message."""
        del number
        return self._services.read.ask(self._services.make_content)  # type: ignore[return-value]

    def commit(self, numbers: Sequence[int], /) -> Answer[int]:
        """Remove nothing."""
        del numbers
        return self._services.commit.ask(lambda: 0)  # type: ignore[return-value]


class HeldServices:
    """Accounts, a ledger and maildrops in one, with a gate before each question.

    The gates speak of `object`: what comes out is what the wrapped service gives, or what a test
    puts in its place on purpose, and the session must cope with both. Hence the ignored types.
    """

    def __init__(self, ledger: ProcessLedger, *, exclusive: bool = True) -> None:
        self.ledger = ledger
        self.maildrops = MemoryMaildrops(exclusive=exclusive)
        self.maildrops.add(MAILBOX, b"Subject: one\n\n.\n")
        self.verify_gate = Gate()
        self.take_gate = Gate()
        self.lock_gate = Gate()
        self.open_gate = Gate(heeds_cancelling=False)
        self.read = Gate()
        self.commit = Gate()
        self.contents: list[HeldContent] = []

    @property
    def gates(self) -> tuple[Gate, ...]:
        """Every gate."""
        return (
            self.verify_gate,
            self.take_gate,
            self.lock_gate,
            self.open_gate,
            self.read,
            self.commit,
        )

    def set_open(self, *, to: bool) -> None:
        """Open or close every gate."""
        for gate in self.gates:
            gate.open = to

    def make_content(self) -> HeldContent:
        """Open a message that waits."""
        content = HeldContent()
        self.contents.append(content)
        return content

    def verify(self, credentials: Credentials, /) -> Answer[Identity | Rejected]:
        """Know one account, that opens a mailbox it does not own."""

        def answer() -> Identity | Rejected:
            if credentials.password == b"secret":
                return Identity(credentials.account, MAILBOX)
            return Rejected("wrong password")

        return self.verify_gate.ask(answer)  # type: ignore[return-value]

    def verify_apop(self, proof: APOPProof, /) -> Answer[Identity | Rejected]:
        """Know one digest, as `verify` knows one password."""
        password = b"secret" if proof.digest == DIGEST else b""
        return self.verify(Credentials(proof.account, proof.mailbox, password))

    def take(self, session: SessionId, keys: Sequence[Key], /) -> Answer[Lease | Refusal | TooSoon]:
        """Ask the real ledger, when the gate lets it."""
        return self.take_gate.ask(lambda: self.ledger.take(session, keys))  # type: ignore[return-value]

    def lock(self, mailbox: MailboxName, /) -> Answer[Lock | Busy]:
        """Lock for real, when the gate lets it."""
        return self.lock_gate.ask(lambda: self.maildrops.lock(mailbox))  # type: ignore[return-value]

    def open(self, mailbox: MailboxName, account: AccountName | None = None, /) -> Answer[Maildrop]:
        """Take a snapshot, when the gate lets it."""
        del mailbox, account
        return self.open_gate.ask(lambda: HeldMaildrop(self))  # type: ignore[return-value]
