"""Driving one session of a real server, over a loopback socket, through a word of events.

Each event is brought about by what brings it about in life: a line, a handshake, the answer of a
service that was held up, time that passes, a reset. The few that nothing in life can bring about
here are named in `REPORTED`, with the reason, and are reported to the session directly.
"""

import asyncio
import base64
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from ipaddress import ip_network
from itertools import product
from typing import Any, Final, Self

from driving.clock import ManualClock
from driving.gates import ACCOUNT, DIGEST, Gate, HeldServices
from requite.generated.pop3 import HELD, Event, Held, State, Step
from requite.pop3.names import SessionId
from requite.pop3.sasl import Challenge
from requite.pop3.server import Server
from requite.pop3.services import Busy, Refusal, Rejected, ServerKey, TooSoon, Unusable
from requite.pop3.shell import Services, Session, Settings

__all__ = ("FOR_TLS", "HEADER", "PATIENCE_S", "REPORTED", "SETTINGS", "USES_UP", "Story")

PATIENCE_S: Final = 10.0
"""How long a test waits for what must come; only a failing test ever waits so long."""

SETTINGS: Final = Settings(
    idle_s=1_000.0,
    login_s=1_000.0,
    write_s=5.0,
    refusal_s=500.0,
    commit_s=1_000.0,
    lock_s=700.0,
    lock_retry_s=500.0,
    close_s=1_000.0,
    drain_s=100_000.0,
    output_octets=16_384,
    proxies_trusted=(ip_network("127.0.0.1"),),
    commands_before_login_max=1_000,
    mistakes_max=2,
    failed_logins_max=2,
)
STRANGER: Final = "127.0.0.2"
"""Who is no proxy that is trusted."""
HEADER: Final = "PROXY TCP4 {client} 127.0.0.1 49152 110\r\n"
SMALL_BUFFER: Final = 4_096
APOP: Final = b"APOP alice " + DIGEST + b"\r\n"
NO_COMMAND: Final = b"XYZZY\r\n"
CREDENTIALS: Final = base64.b64encode(f"support\0{ACCOUNT}\0secret".encode())

NOTHING_SENT: Final = "nothing is sent before the greeting, so nothing can stall"
ONLY_TLS_KNOWS: Final = "during a handshake asyncio reports the client's leaving as its failure"
NO_TIMER: Final = "a long answer has no timer but the write timer; the row is there by rule"
NO_INPUT: Final = "nothing is read from the client any more, so nothing of that can fail"
STOPPED: Final = "the sender was stopped and says so; the row is there because the answer could be"

REPORTED: Final[dict[tuple[State, Event], str]] = {
    (State.PROXY_HEADER, Event.WRITE_STALLED): NOTHING_SENT,
    (State.GREETING, Event.WRITE_STALLED): NOTHING_SENT,
    (State.TLS_HANDSHAKE, Event.WRITE_STALLED): NOTHING_SENT,
    (State.TLS_HANDSHAKE, Event.END_OF_STREAM): ONLY_TLS_KNOWS,
    (State.TLS_HANDSHAKE, Event.CONNECTION_LOST): ONLY_TLS_KNOWS,
    (State.TLS_HANDSHAKE, Event.FAULTED): ONLY_TLS_KNOWS,
    (State.STLS_HANDSHAKE, Event.END_OF_STREAM): ONLY_TLS_KNOWS,
    (State.STLS_HANDSHAKE, Event.CONNECTION_LOST): ONLY_TLS_KNOWS,
    (State.STLS_HANDSHAKE, Event.FAULTED): ONLY_TLS_KNOWS,
    (State.LISTING, Event.TIME_EXPIRED): NO_TIMER,
    (State.SENDING, Event.TIME_EXPIRED): NO_TIMER,
    (State.CLOSING, Event.FAULTED): NO_INPUT,
    (State.SENDING_ABANDONED, Event.MESSAGE_SENT): STOPPED,
}
"""Events that are reported to the session directly, because nothing in life brings them about."""


class Broken:
    """A reader of lines, or of a proxy's header, that fails, for a fault of ours."""

    kept = b""
    """What waits to be read: nothing."""

    def __len__(self) -> int:
        return 0

    def feed(self, received: bytes) -> None:
        """Fail."""
        del received
        raise RuntimeError("a fault that the test made")

    def forget(self) -> None:
        """Keep nothing."""


class Story:
    """One server and, one after the other, the sessions that a test drives through it."""

    def __init__(
        self,
        services: HeldServices,
        *,
        server_tls: ssl.SSLContext | None = None,
        client_tls: ssl.SSLContext | None = None,
    ) -> None:
        self.services = services
        self.clock = ManualClock()
        self.trace: list[tuple[SessionId, Step]] = []
        self.taken = 0
        """How much of the trace has been waited for."""
        self._server_tls = server_tls
        self._client_tls = client_tls
        self._ports: dict[tuple[bool, bool], int] = {}
        self._clients: list[socket.socket] = []
        self._wrapped: list[asyncio.Transport] = []
        self.server = self._new_server()

    def _new_server(self) -> Server:
        ours = self.services
        services = Services(accounts=ours, ledger=ours, maildrops=ours, apop=ours)
        return Server(
            services,
            SETTINGS,
            tls=self._server_tls,
            clock=self.clock,
            observer=lambda session, step: self.trace.append((session, step)),
        )

    async def listen(self) -> None:
        """Listen, with buffers so small that a client that does not read is soon noticed."""
        kinds = product((False, True) if self._server_tls else (False,), (False, True))
        for tls_first, proxied in kinds:
            listener = socket.create_server(("127.0.0.1", 0))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BUFFER)
            endpoint = await self.server.listen(listener, tls_first=tls_first, proxied=proxied)
            self._ports[tls_first, proxied] = endpoint.port

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave nothing of the test behind, however it ended."""
        await self.settle()
        await self.server.stop()

    async def another_server(self) -> None:
        """Go on with a fresh server over the same services; the old one has drained."""
        await self.server.stop()
        self.server = self._new_server()
        await self.listen()

    # --- waiting -------------------------------------------------------------

    async def saw(self, event: Event) -> Step:
        """Wait until a step was taken on an event, after those waited for before."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for position in range(self.taken, len(self.trace)):
                    if self.trace[position][1].event is event:
                        self.taken = position + 1
                        return self.trace[position][1]
                await asyncio.sleep(0)

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():  # noqa: ASYNC110 - whatever it is, no event tells of it.
                await asyncio.sleep(0)

    # --- the way of one session -------------------------------------------------

    async def walk(self, word: tuple[Event, ...], source: State) -> Step:
        """Drive a new session through a word whose last event happens in `source`."""
        self.services.set_open(to=False)
        self.taken = len(self.trace)
        tls_first = bool(FOR_TLS.intersection(word))
        stalls = word[-1] is Event.WRITE_STALLED
        uses_up = USES_UP.get(word[-1])
        step: Step | None = None
        for number, event in enumerate(word):
            if number == len(word) - 1 and (source, event) in REPORTED:
                self._session.report(event)
            elif event is Event.CONNECTED:
                await self.connect(tls_first=tls_first)
            elif event is Event.PROXIED:
                stranger = STRANGER if Event.PROXY_DISTRUSTED in word else None
                await self.connect(tls_first=tls_first, proxied=True, from_address=stranger)
            else:
                await ACTIONS[event](self)
            step = await self.saw(event)
            if stalls and step.target is State.AUTHORIZATION:
                await self._stall()
            if uses_up and step.event is Event.ADMITTED:
                await uses_up(self, len(word) - number - 2)
        assert step is not None
        return step

    @property
    def _session(self) -> Session:
        return list(self.server.sessions.values())[-1]

    @property
    def _connection(self) -> Any:  # noqa: ANN401 - a test that reaches inside, on purpose.
        return self._session._connection

    @property
    def _client(self) -> socket.socket:
        return self._clients[-1]

    async def connect(
        self, *, tls_first: bool = False, proxied: bool = False, from_address: str | None = None
    ) -> None:
        """Connect a new client, which reads only what it is told to."""
        client = socket.socket()
        if from_address is not None:
            client.bind((from_address, 0))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        client.settimeout(0)
        address = ("127.0.0.1", self._ports[tls_first, proxied])
        self._clients.append(client)
        await asyncio.get_running_loop().sock_connect(client, address)

    async def send(self, octets: bytes) -> None:
        """Send from the client."""
        await asyncio.get_running_loop().sock_sendall(self._client, octets)

    async def _stall(self) -> None:
        """Ask and do not read, until something of the answers cannot be sent."""
        for _ in range(100):
            await self.send(b"CAPA\r\n" * 10)
            for _ in range(10):
                await self.saw(Event.CAPA_RECEIVED)
            if await self._stays_stalled():
                return
        raise AssertionError("expected a client that does not read to stall the server")

    async def use_up_mistakes(self, lines_to_come: int) -> None:
        """Send as many lines that cannot be read as a connection may."""
        del lines_to_come  # They can be read.
        for _ in range(SETTINGS.mistakes_max):
            await self.send(NO_COMMAND)
            await self.saw(Event.COMMAND_UNKNOWN)

    async def use_up_commands(self, lines_to_come: int) -> None:
        """Send as many commands as a connection may, but for those that the word still needs."""
        for _ in range(SETTINGS.commands_before_login_max - lines_to_come):
            await self.send(b"PASS x\r\n")
            await self.saw(Event.PASS_RECEIVED)

    async def use_up_logins(self, lines_to_come: int) -> None:
        """Fail to log in as often as a connection may, but for once."""
        del lines_to_come
        for _ in range(SETTINGS.failed_logins_max - 1):
            await self.log_in()
            await self.until(lambda: len(self.services.verify_gate))
            self.services.verify_gate.answer(Rejected("the test says so"))
            await self.saw(Event.REJECTED)
            self.clock.advance(SETTINGS.refusal_s)
            await self.saw(Event.TIME_EXPIRED)

    async def _stays_stalled(self) -> bool:
        """Say whether the kernels on the way have room for nothing more, not just for now."""
        for _ in range(50):
            if not self._connection.output._paused:
                return False
            await asyncio.sleep(0)
        return True

    # --- bringing events about ---------------------------------------------------

    async def let_time_pass(self) -> None:
        """Pass more time than any timer but the write timer has."""
        self.clock.advance(SETTINGS.idle_s)

    async def let_the_write_timer_run_out(self) -> None:
        """Pass the write timer's time until it sees no progress any more."""
        seen = len(self.trace)
        for _ in range(20):
            self.clock.advance(SETTINGS.write_s)
            await asyncio.sleep(0)
            if len(self.trace) > seen:
                return

    async def kick(self) -> None:
        """End the session as an administrator does."""
        self.server.kick(self._session.id)

    async def drain(self) -> None:
        """Stop the server as a signal does."""
        self.server.drain()

    async def fail(self) -> None:
        """Let the reading of lines, or of a header, fail, and send something to read."""
        self._connection._lines = Broken()
        self._connection._header = self._connection._header and Broken()
        await self.send(b"x")

    async def half_close(self) -> None:
        """Send no more (FIN)."""
        self._client.shutdown(socket.SHUT_WR)

    async def reset(self) -> None:
        """Break the connection (RST)."""
        self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._client.close()

    async def shake_hands(self) -> None:
        """Agree TLS, as a client that accepts our certificate."""
        loop = asyncio.get_running_loop()
        if self._client.getsockname()[1] and self._plain_reply_is_due:
            await self.read_until(b"+OK Begin TLS.\r\n")
        transport, _ = await loop.create_connection(
            asyncio.Protocol,
            sock=self._client,
            ssl=self._client_tls,
            server_hostname="localhost",
        )
        self._wrapped.append(transport)

    @property
    def _plain_reply_is_due(self) -> bool:
        return self.trace[-1][1].target is State.STLS_HANDSHAKE

    async def break_the_handshake(self) -> None:
        """Answer a handshake with what is none."""
        await self.send(b"this is no handshake\r\n" * 10)

    async def take_the_message(self) -> None:
        """Let the message be read from its disk, and take it from the socket."""
        self.services.contents[-1].go_on.set()
        while self.trace[-1][1].event is not Event.MESSAGE_SENT:
            await asyncio.get_running_loop().sock_recv(self._client, 65_536)

    async def break_the_message(self) -> None:
        """Let the message's disk fail."""
        self.services.contents[-1].error = OSError("the test says that the disk is broken")
        self.services.contents[-1].go_on.set()

    async def stay_busy(self) -> None:
        """Answer that another session holds the maildrop, when the time to wait for it is over."""
        self.clock.advance(SETTINGS.lock_s)
        self.services.lock_gate.answer(Busy())

    # --- afterwards --------------------------------------------------------------

    async def read_until(self, mark: bytes) -> bytes:
        """Read at the client until a mark has come."""
        got = b""
        async with asyncio.timeout(PATIENCE_S):
            while mark not in got:
                chunk = await asyncio.get_running_loop().sock_recv(self._client, 65_536)
                assert chunk, f"expected {mark!r}, found the end after {got[-200:]!r}"
                got += chunk
        return got

    async def log_in(self) -> None:
        """Ask to log in, and do not wait for the answer."""
        await self.send(b"AUTH PLAIN " + CREDENTIALS + b"\r\n")

    async def log_in_and_out(self, *, connect: bool = True) -> None:
        """Log in at once, on a new connection or on the present one, and leave by QUIT."""
        self.services.set_open(to=True)
        self.taken = len(self.trace)
        if connect:
            await self.connect()
        await self.log_in()
        await self.read_until(b"+OK Logged in")
        await self.send(b"QUIT\r\n")
        await self.read_until(b"+OK Goodbye.\r\n")
        self._client.close()
        await self.saw(Event.COMMITTED)

    def told(self) -> str:
        """Return the steps of the last session and the books, for whoever reads a failure."""
        last = self.trace[-1][0]
        lines = [
            f"  {step.source.name} --{step.event.name}--> {step.target.name}"
            + (f"  gives back {', '.join(h.name for h in step.gives_back)}" * bool(step.gives_back))
            for session, step in self.trace
            if session == last
        ]
        books = self.services.ledger.books()
        return "\n".join([f"session {last}:", *lines, f"the ledger then holds: {books}"])

    async def settle(self) -> None:
        """Give every answer that is still owed, the most generous one, and leave."""
        for gate in self.services.gates:
            while len(gate):
                gate.let_through()
        for content in self.services.contents:
            content.go_on.set()
        for transport in self._wrapped:
            transport.abort()
        for client in self._clients:
            client.close()
        self._wrapped.clear()
        self._clients.clear()
        await self.until(lambda: not self.server.sessions)

    async def log_in_after(self, step: Step) -> None:
        """Log in again as soon as the exit has been taken, before any late answer has come."""
        held = HELD[step.target]
        if step.target is State.AUTHORIZATION and Held.ACCOUNT not in held:
            await self.log_in_and_out(connect=False)
        if step.event is Event.DRAINED:
            await self.settle()
            await self.another_server()
        elif Held.CONNECTION in held or Held.MAILDROP in held:
            await self.settle()
        await self.log_in_and_out()
        await self.settle()


Action = Callable[[Story], Awaitable[None]]
GateOf = Callable[[HeldServices], Gate]


def says(line: bytes) -> Action:
    """Return what sends a line."""
    return lambda story: story.send(line)


async def waits(_: Story) -> None:
    """Do nothing: it has been brought about already."""


def grants(gate: GateOf) -> Action:
    """Return what lets the real service answer."""

    async def act(story: Story) -> None:
        gate(story.services).let_through()

    return act


def answers(gate: GateOf, what: object) -> Action:
    """Return what answers in the service's place."""

    async def act(story: Story) -> None:
        gate(story.services).answer(what)

    return act


def breaks(gate: GateOf) -> Action:
    """Return what lets the service fail."""

    async def act(story: Story) -> None:
        gate(story.services).fail(OSError("the test says that the service is down"))

    return act


def _take(services: HeldServices) -> Gate:
    return services.take_gate


def _verify(services: HeldServices) -> Gate:
    return services.verify_gate


def _lock(services: HeldServices) -> Gate:
    return services.lock_gate


def _open(services: HeldServices) -> Gate:
    return services.open_gate


def _read(services: HeldServices) -> Gate:
    return services.read


def _commit(services: HeldServices) -> Gate:
    return services.commit


FOR_TLS: Final = {
    Event.ADMITTED_FOR_TLS,
    Event.ADMISSION_REFUSED_FOR_TLS,
    Event.ADMISSION_UNAVAILABLE_FOR_TLS,
}
REFUSAL: Final = Refusal(ServerKey(), 1, 1)
ACTIONS: Final[dict[Event, Action]] = {
    Event.PROXY_NAMED: says(HEADER.format(client="192.0.2.1").encode()),
    Event.PROXY_UNREADABLE: says(b"CAPA\r\n"),
    Event.PROXY_DISTRUSTED: waits,
    Event.USER_RECEIVED: says(b"USER alice\r\n"),
    Event.PASS_RECEIVED: says(b"PASS secret\r\n"),
    Event.AUTH_RECEIVED: says(b"AUTH PLAIN\r\n"),
    Event.CREDENTIALS_RECEIVED: says(b"AUTH PLAIN " + CREDENTIALS + b"\r\n"),
    Event.APOP_RECEIVED: says(APOP),
    Event.STLS_RECEIVED: says(b"STLS\r\n"),
    Event.QUIT_RECEIVED: says(b"QUIT\r\n"),
    Event.LIST_RECEIVED: says(b"LIST\r\n"),
    Event.RETR_RECEIVED: says(b"RETR 1\r\n"),
    Event.TOP_RECEIVED: says(b"TOP 1 3\r\n"),
    Event.LINE_ENDLESS: says(b"x" * 80_000),
    Event.MISTAKES_EXHAUSTED: says(NO_COMMAND),
    Event.COMMANDS_EXHAUSTED: says(b"AUTH\r\n"),
    Event.END_OF_STREAM: Story.half_close,
    Event.CONNECTION_LOST: Story.reset,
    Event.TIME_EXPIRED: Story.let_time_pass,
    Event.WRITE_STALLED: Story.let_the_write_timer_run_out,
    Event.KICKED: Story.kick,
    Event.DRAINED: Story.drain,
    Event.FAULTED: Story.fail,
    Event.ADMITTED: grants(_take),
    Event.ADMITTED_FOR_TLS: grants(_take),
    Event.ADMISSION_REFUSED: answers(_take, REFUSAL),
    Event.ADMISSION_REFUSED_FOR_TLS: answers(_take, REFUSAL),
    Event.ADMISSION_UNAVAILABLE: breaks(_take),
    Event.ADMISSION_UNAVAILABLE_FOR_TLS: breaks(_take),
    Event.TLS_ESTABLISHED: Story.shake_hands,
    Event.TLS_FAILED: Story.break_the_handshake,
    Event.VERIFIED: grants(_verify),
    Event.CHALLENGED: answers(_verify, Challenge(b"the test asks for more")),
    Event.REJECTED: answers(_verify, Rejected("the test says so")),
    Event.REJECTED_FOR_GOOD: answers(_verify, Rejected("the test says so")),
    Event.ACCOUNTS_UNAVAILABLE: breaks(_verify),
    Event.SLOT_GRANTED: grants(_take),
    Event.SLOT_REFUSED: answers(_take, REFUSAL),
    Event.LOGIN_TOO_SOON: answers(_take, TooSoon(ACCOUNT, 60)),
    Event.LEDGER_UNAVAILABLE: breaks(_take),
    Event.MAILDROP_LOCKED: grants(_lock),
    Event.MAILDROP_BUSY: answers(_lock, Busy()),
    Event.MAILDROP_STILL_BUSY: Story.stay_busy,
    Event.MAILBOX_UNUSABLE: answers(_lock, Unusable("the test says so")),
    Event.LOCK_UNAVAILABLE: breaks(_lock),
    Event.MAILDROP_OPENED: grants(_open),
    Event.MAILDROP_UNAVAILABLE: breaks(_open),
    Event.MESSAGE_OPENED: grants(_read),
    Event.TOP_OPENED: grants(_read),
    Event.MESSAGE_GONE: answers(_read, None),
    Event.MESSAGE_UNREADABLE: breaks(_read),
    Event.MESSAGE_SENT: Story.take_the_message,
    Event.MESSAGE_BROKEN: Story.break_the_message,
    Event.COMMITTED: grants(_commit),
    Event.COMMIT_FAILED: breaks(_commit),
}
"""What brings each event about; CONNECTED and PROXIED are the story's own."""
USES_UP: Final[dict[Event, Callable[[Story, int], Awaitable[None]]]] = {
    Event.MISTAKES_EXHAUSTED: Story.use_up_mistakes,
    Event.COMMANDS_EXHAUSTED: Story.use_up_commands,
    Event.REJECTED_FOR_GOOD: Story.use_up_logins,
}
"""What goes before, so that one more line or one more wrong password is one too many; each is told
how many lines that can be read are still to come before it."""
