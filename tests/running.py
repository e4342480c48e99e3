"""A server that runs for one test, a client by hand, and time that stands still.

Decides what every test over a socket begins and ends with: a server on a port of the kernel's
choice, bounds on every wait, and at the end empty books, no session, no task, no descriptor, no
timer and no complaint in the log. Refuses to know what a test is about.
"""

import asyncio
import heapq
import logging
import socket
import struct
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from ssl import SSLContext
from typing import Any, Final, TypeVar

import uvloop

from requite.generated.pop3 import Event, State, Step
from requite.pop3.accounts import SingleAccount
from requite.pop3.configuration import Endpoint
from requite.pop3.ledger import LedgerLimits, ProcessLedger
from requite.pop3.maildrops.memory import MemoryMaildrops
from requite.pop3.names import AccountName, MailboxName, SessionId
from requite.pop3.sasl import CertifiedAccounts
from requite.pop3.server import Server
from requite.pop3.services import (
    Accounts,
    APOPAccounts,
    Credentials,
    Identity,
    Maildrops,
    Rejected,
    ScramAccounts,
    TokenAccounts,
)
from requite.pop3.shell import Clock, Services, Session, Settings
from requite.pop3.shell.connection import Connection

__all__ = (
    "ALICE",
    "LOOPS",
    "MAILBOX",
    "PASSWORD",
    "HeldAccounts",
    "ManualClock",
    "Paper",
    "Peer",
    "Running",
    "connected",
    "descriptors",
    "fed",
    "logged_in",
    "memory",
    "run",
    "running_server",
    "turns",
)

T = TypeVar("T")

LOOPS: Final = ("asyncio", "uvloop")
PATIENCE_S: Final = 15.0
"""Real time that a whole story may take; nothing waits that long unless it hangs."""
ALICE: Final = AccountName("alice")
MAILBOX: Final = MailboxName("alice")
PASSWORD: Final = b"wonderland"
RECEIVED_OCTETS: Final = 262_144

uvloop.new_event_loop().close()  # What a process opens once for all its loops is not a leak.


# --- time ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Timer:
    """One call that is due at a moment."""

    callback: Callable[[], object] | None

    def cancel(self) -> None:
        """Do not call."""
        self.callback = None


class ManualClock:
    """A clock for `Server(clock=...)` that moves only when a test moves it."""

    def __init__(self) -> None:
        """Begin at some moment that is not 0."""
        self._now = 1_000.0
        self._numbers = count()
        self._due: list[tuple[float, int, Timer]] = []

    def time(self) -> float:
        """Return the moment."""
        return self._now

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Timer:
        """Call back when the clock has been moved that far."""
        timer = Timer(callback)
        heapq.heappush(self._due, (self._now + delay, next(self._numbers), timer))
        return timer

    @property
    def pending(self) -> int:
        """How many calls are due and not cancelled."""
        return sum(timer.callback is not None for _, _, timer in self._due)

    def advance(self, seconds: float) -> None:
        """Let time pass, and call what is due on the way, in order."""
        end = self._now + seconds
        while self._due and self._due[0][0] <= end:
            moment, _, timer = heapq.heappop(self._due)
            self._now = max(self._now, moment)
            if timer.callback is not None:
                timer.callback()
        self._now = end


async def turns(number: int = 50) -> None:
    """Let the loop look at its sockets that many times; what is in the kernel arrives."""
    for _ in range(number):
        await asyncio.sleep(0)


# --- a whole story -------------------------------------------------------------------------------


def descriptors() -> list[str]:
    """Name what this process has open."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        try:
            found.append(str(link.readlink()).partition(":")[0])
        except FileNotFoundError:  # The descriptor that listed the directory.
            continue
    return sorted(found)


def run(
    story: Coroutine[Any, Any, T], *, loop: str = "asyncio", patience_s: float = PATIENCE_S
) -> T:
    """Run a story on a loop of its own; it must leave no task, no descriptor and no complaint."""
    factory = uvloop.new_event_loop if loop == "uvloop" else asyncio.new_event_loop
    before = descriptors()
    with asyncio.Runner(loop_factory=factory) as runner:
        result = runner.run(_told(story, patience_s))
    after = descriptors()
    assert after == before, f"expected the descriptors from before, found {after} after {before}"
    return result


async def _told(story: Coroutine[Any, Any, T], patience_s: float) -> T:
    complaints: list[dict[str, Any]] = []
    running_loop = asyncio.get_running_loop()
    running_loop.set_exception_handler(lambda _, context: complaints.append(context))
    async with asyncio.timeout(patience_s):
        result = await story
    await turns(5)
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, f"expected no task to be left, found {left}"
    assert not complaints, f"expected no complaint of the loop, found {complaints}"
    return result


# --- the server ----------------------------------------------------------------------------------


class _Complaints(logging.Handler):
    """Keeps what the server logs as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@dataclass
class Running:
    """A server that runs, and all that it was seen to do."""

    server: Server
    ledger: ProcessLedger
    maildrops: Maildrops
    clock: ManualClock
    endpoint: Endpoint
    steps: list[tuple[SessionId, Step]] = field(default_factory=list)
    complaints: list[logging.LogRecord] = field(default_factory=list)
    watch: Callable[[SessionId, Step], None] = lambda _, __: None
    """A test's own look at each step."""
    stepped: asyncio.Event = field(default_factory=asyncio.Event)

    def observe(self, session: SessionId, step: Step) -> None:
        """Remember a step."""
        self.steps.append((session, step))
        self.watch(session, step)
        self.stepped.set()

    def forget_complaints(self, number: int) -> None:
        """Take note that the log has exactly so many errors, which the test brought about."""
        found = [record.getMessage() for record in self.complaints]
        assert len(found) == number, f"expected {number} errors in the log, found {found}"
        self.complaints.clear()

    @property
    def events(self) -> list[Event]:
        """What happened, in order, in all sessions."""
        return [step.event for _, step in self.steps]

    @property
    def session(self) -> Session:
        """The one session that is open."""
        [session] = self.server.sessions.values()
        return session

    def state(self) -> State:
        """Where the one session stands that is open."""
        return self.session.machine.state

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for steps until something holds."""
        while not condition():
            self.stepped.clear()
            await self.stepped.wait()

    async def until_state(self, state: State) -> None:
        """Wait until the one open session stands somewhere."""
        await self.until(
            lambda: [one.machine.state for one in self.server.sessions.values()] == [state]
        )

    async def until_over(self) -> None:
        """Wait until no session is left."""
        await self.until(lambda: not self.server.sessions)

    async def until_output_waits(self) -> None:
        """Wait until all buffers to the client of the one session are full, and it is waited for.

        A message is then read no further until the client takes something.
        """
        output = self.session._connection.output
        while not (output._callback and output.congested):
            await turns(1)


def memory(*stored: bytes) -> MemoryMaildrops:
    """Make a maildrop for alice."""
    maildrops = MemoryMaildrops()
    for one in stored:
        maildrops.add(MAILBOX, one)
    return maildrops


def _bound(sends_octets: int | None) -> socket.socket:
    """Bind to a port of the kernel's choice; accepted sockets have the options of this one."""
    sock = socket.socket()
    if sends_octets is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, sends_octets)
    sock.bind(("127.0.0.1", 0))
    return sock


@asynccontextmanager
async def running_server(  # noqa: PLR0913 - each is one knob of a server.
    *stored: bytes,
    settings: Settings | None = None,
    accounts: Accounts | None = None,
    apop: APOPAccounts | None = None,
    maildrops: Maildrops | None = None,
    scram: ScramAccounts | None = None,
    certified: CertifiedAccounts | None = None,
    tokens: TokenAccounts | None = None,
    limits: LedgerLimits | None = None,
    tls: SSLContext | None = None,
    tls_first: bool = False,
    proxied: bool = False,
    real_time: bool = False,
    sends_octets: int | None = None,
) -> AsyncIterator[Running]:
    """Serve on loopback while the block lasts; at its end every session must be over by itself.

    Args:
        stored: alice's messages, where no maildrops are given.
        settings: the bounds.
        accounts: who may log in; alice alone unless said.
        apop: who is asked about digests; APOP is not offered unless said.
        maildrops: what is served; kept in memory unless said.
        scram: who has keys for SCRAM; nobody unless said.
        certified: who may log in by a client certificate; nobody unless said.
        tokens: who is asked about bearer tokens; nobody unless said.
        limits: those of the ledger.
        tls: a certificate.
        tls_first: begin with the handshake.
        proxied: let a proxy say first who the client is.
        real_time: use the loop's clock, for clients that are programs.
        sends_octets: what the server's kernel keeps for a client at most; otherwise it is
            megabytes on loopback, and hides whether a client reads.
    """
    clock = ManualClock()
    delay_s = settings.login_delay_s if settings else 0
    ledger = ProcessLedger(limits, login_delay_s=delay_s, seconds=clock.time)
    served = maildrops if maildrops is not None else memory(*stored)
    services = Services(
        accounts=accounts or SingleAccount(ALICE, PASSWORD),
        ledger=ledger,
        maildrops=served,
        scram=scram,
        apop=apop,
        certified=certified,
        tokens=tokens,
    )
    clock_of: Clock | None = None if real_time else clock
    handler = _Complaints()
    logging.getLogger("requite").addHandler(handler)
    try:
        server = Server(services, settings, tls=tls, clock=clock_of)
        endpoint = await server.listen(_bound(sends_octets), tls_first=tls_first, proxied=proxied)
        running = Running(server, ledger, served, clock, endpoint, complaints=handler.records)
        server.observer = running.observe
        try:
            yield running
            await running.until_over()
        finally:
            left = dict(server.sessions)
            books = dict(ledger.books())
            timers = clock.pending
            server.drain()
            server.end_all()
            await server.stop()
    finally:
        logging.getLogger("requite").removeHandler(handler)
    assert not left, f"expected no session to be left, found {left}"
    assert not books, f"expected empty books, found {books}"
    assert not timers, f"expected nothing with the clock, found {timers} timers"
    found = [record.getMessage() for record in handler.records]
    assert not found, f"expected no error in the log, found {found}"


class HeldAccounts:
    """Accounts that answer when the test says so."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._real = SingleAccount(ALICE, PASSWORD)
        self._held: list[tuple[asyncio.Future[Identity | Rejected], Credentials]] = []

    def verify(self, credentials: Credentials, /) -> asyncio.Future[Identity | Rejected]:
        """Promise an answer."""
        answer: asyncio.Future[Identity | Rejected] = asyncio.get_running_loop().create_future()
        self._held.append((answer, credentials))
        return answer

    def let_go(self) -> None:
        """Answer everything that was asked."""
        for answer, credentials in self._held:
            answer.set_result(self._real.verify(credentials))
        self._held.clear()


# --- a client by hand ----------------------------------------------------------------------------


class Peer:
    """A client over a socket of its own, that does as it is told and no more."""

    def __init__(self, sock: socket.socket) -> None:
        """Stand on a connected socket."""
        self._socket = sock
        self._received = bytearray()

    async def send(self, data: bytes) -> None:
        """Send octets as they are."""
        await asyncio.get_running_loop().sock_sendall(self._socket, data)

    async def _receive(self) -> bool:
        data = await asyncio.get_running_loop().sock_recv(self._socket, RECEIVED_OCTETS)
        self._received += data
        return bool(data)

    async def receive(self) -> bytes:
        """Read what is there, as it comes; empty at the end."""
        if not self._received:
            await self._receive()
        data = bytes(self._received)
        self._received.clear()
        return data

    async def line(self) -> bytes:
        """Read one line, without its CRLF."""
        while (end := self._received.find(b"\n")) < 0:
            assert await self._receive(), f"expected a line, found the end: {self._received!r}"
        line = bytes(self._received[: end + 1])
        del self._received[: end + 1]
        assert line.endswith(b"\r\n"), f"expected CRLF, found {line!r}"
        return line[:-2]

    async def listing(self) -> list[bytes]:
        """Read lines to the final dot, as they are sent."""
        lines = []
        while (line := await self.line()) != b".":
            lines.append(line)
        return lines

    async def ask(self, command: bytes) -> bytes:
        """Send a command and read the first line of the answer."""
        await self.send(command + b"\r\n")
        return await self.line()

    async def ask_listing(self, command: bytes) -> list[bytes]:
        """Send a command and read its multi-line answer, which must be a positive one."""
        first = await self.ask(command)
        assert first.startswith(b"+OK"), f"expected +OK to {command!r}, found {first!r}"
        return await self.listing()

    async def rest(self) -> bytes:
        """Read to the end of the stream."""
        while await self._receive():
            pass
        rest = bytes(self._received)
        self._received.clear()
        return rest

    def end_sending(self) -> None:
        """Say that no more comes (FIN)."""
        self._socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Break the connection (RST)."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def close(self) -> None:
        """Close the socket; closing it again does nothing."""
        self._socket.close()


@asynccontextmanager
async def connected(
    running: Running, *, greeted: bool = True, receives_octets: int | None = None
) -> AsyncIterator[Peer]:
    """Connect a client; the socket is closed at the end of the block.

    Args:
        running: the server.
        greeted: read the greeting.
        receives_octets: what the client's kernel keeps for it at most.
    """
    with socket.socket() as sock:
        sock.settimeout(0.0)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receives_octets is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives_octets)
        address = (running.endpoint.host, running.endpoint.port)
        await asyncio.get_running_loop().sock_connect(sock, address)
        peer = Peer(sock)
        if greeted:
            greeting = await peer.line()
            assert greeting.startswith(b"+OK "), f"expected a greeting, found {greeting!r}"
        yield peer


@asynccontextmanager
async def logged_in(running: Running, *, receives_octets: int | None = None) -> AsyncIterator[Peer]:
    """Connect alice, to where she may use her maildrop."""
    async with connected(running, receives_octets=receives_octets) as peer:
        assert (await peer.ask(b"USER alice")).startswith(b"+OK")
        assert (await peer.ask(b"PASS " + PASSWORD)).startswith(b"+OK")
        yield peer


# --- a client without a socket -------------------------------------------------------------------


class Paper(asyncio.Transport):
    """A transport that writes down each write, and takes everything at once."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.writes: list[bytes] = []
        self.aborted = False
        self.lost: Callable[[], None] = lambda: None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write down."""
        self.writes.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        """Keep nothing."""
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Need no limits."""

    def pause_reading(self) -> None:
        """Be fed by the test."""

    def resume_reading(self) -> None:
        """Be fed by the test."""

    def is_closing(self) -> bool:
        """Say whether it is closed."""
        return self.aborted

    def can_write_eof(self) -> bool:
        """Be a socket in this."""
        return True

    def write_eof(self) -> None:
        """Say nothing of it."""

    def close(self) -> None:
        """Be closed, once everything is taken: at once."""
        self.aborted = True
        self.lost()

    def abort(self) -> None:
        """Be closed."""
        self.aborted = True


@contextmanager
def fed(running: Running) -> Iterator[tuple[Callable[[bytes], None], Paper]]:
    """Begin a session on paper: give what feeds it, and the paper; its end ends the session."""
    connection = Connection(running.server, running.server._begin, tls_first=False)
    paper = Paper()
    paper.lost = lambda: connection.connection_lost(None)
    connection.connection_made(paper)

    def feed(data: bytes) -> None:
        connection.data_received(data)
        running.server.turn.end()  # It is all that happens in this turn.

    yield feed, paper
    if not paper.aborted:
        connection.eof_received()
