"""The server: its listeners, its sessions, and how it stops.

Decides who is told when the server drains, and how long it waits. Refuses to decide what a session
does then: it reports an event, and the derived machine knows.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from itertools import count
from ssl import SSLContext
from types import MappingProxyType, TracebackType
from typing import Any, Final, Self

from requite.generated.pop3 import Event
from requite.pop3.configuration import Endpoint
from requite.pop3.names import MailboxName, SessionId
from requite.pop3.shell import Clock, Services, Session, Settings
from requite.pop3.shell.connection import Connection
from requite.pop3.shell.proxies import Proxies
from requite.pop3.shell.surroundings import Handle, Observer
from requite.pop3.shell.turn import Turn

__all__ = ("Server",)

logger = logging.getLogger("requite.pop3")
BACKLOG: Final = 256
"""Connections that the kernel keeps while this process is busy. asyncio also accepts so many in one
turn, and complains about each of them when descriptors run out."""
READERS: Final = 8
"""Threads that read long messages, as many as scan and write maildrops."""
TURNS: Final = 3
"""Turns of the event loop from an accepted connection to a made one, with one to spare."""


class Server:
    """A POP3 server in this process, on this event loop.

    Use it as an asynchronous context manager: leaving it drains and stops it.

    Args:
        services: who knows accounts, counts sessions and reads maildrops.
        settings: every bound on what a peer can make a session keep or wait for.
        tls: the certificate; without it STLS is refused and `pop3s` cannot be listened on.
        clock: time; the event loop's own unless a test brings another.
        observer: is told of each step of each session.
    """

    def __init__(
        self,
        services: Services,
        settings: Settings | None = None,
        *,
        tls: SSLContext | None = None,
        clock: Clock | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.services = services
        self.settings = settings or Settings()
        self.tls = tls
        self.clock: Clock = clock or asyncio.get_running_loop()
        self.observer = observer
        self.turn = Turn()
        self._proxies = Proxies(self.settings.proxies_trusted, self.clock)
        self.draining = False
        self._sessions: dict[SessionId, Session] = {}
        self._lingering: dict[SessionId, None] = {}
        self._futures: set[asyncio.Future[Any]] = set()
        self._listeners: list[asyncio.Server] = []
        self._numbers = count(1)
        self._prefix = f"{os.getpid():x}."
        self._deadline: Handle | None = None
        self._giving_up: Handle | None = None
        self.readers: Executor = ThreadPoolExecutor(READERS, thread_name_prefix="requite-read")
        self._idle = asyncio.Event()
        self._idle.set()

    # --- listening ---------------------------------------------------------

    async def listen(
        self, where: Endpoint | socket.socket, *, tls_first: bool = False, proxied: bool = False
    ) -> Endpoint:
        """Accept clients on an address, or on a socket that is bound already.

        A server that drains accepts nobody: it closes what it was given.

        Args:
            where: port 0 lets the kernel choose.
            tls_first: begin each session with the TLS handshake (RFC 8314).
            proxied: let a proxy say first who the client is (PROXY protocol, versions 1 and 2);
                all but `proxies_trusted` are dropped.

        Returns:
            The address with the port that is really listened on.

        Raises:
            OSError: the address cannot be listened on.
            ValueError: `tls_first` without a certificate, or `proxied` without trusted proxies.
        """
        if tls_first and self.tls is None:
            raise ValueError("a listener that begins with TLS needs a certificate; give tls=")
        if proxied and not self.settings.proxies_trusted:
            raise ValueError("a listener for proxies trusts none; give Settings(proxies_trusted=)")
        proxies = self._proxies if proxied else None
        bound = where if isinstance(where, socket.socket) else _bound(where)
        listener = await asyncio.get_running_loop().create_server(
            lambda: Connection(self, self._begin, tls_first=tls_first, proxies=proxies),
            sock=bound,
            backlog=BACKLOG,
        )
        host, port = bound.getsockname()[:2]
        self._listeners.append(listener)
        if self.draining:
            listener.close()
        return Endpoint(host, port)

    def _begin(self, connection: Connection) -> Session:
        session_id = SessionId(f"{self._prefix}{next(self._numbers)}")
        session = Session(self, connection, session_id)
        self._sessions[session_id] = session
        self._idle.clear()
        return session

    # --- what sessions tell -----------------------------------------------

    def lingers(self, session: SessionId) -> None:
        """Note a session that only waits for its client to close; the oldest makes room."""
        self._lingering[session] = None
        if len(self._lingering) > self.settings.closing:
            spared = self._least_worth_keeping()
            del self._lingering[spared]
            asyncio.get_running_loop().call_soon(self.kick, spared)

    def _least_worth_keeping(self) -> SessionId:
        """Return the oldest that has nothing on its way; else one that never logged in."""
        lingering = [self._sessions[session] for session in self._lingering]
        nothing_left = (one.id for one in lingering if not one.unsent)
        strangers = (one.id for one in lingering if one.identity is None)
        return next(nothing_left, None) or next(strangers, None) or lingering[0].id

    def ended(self, session: SessionId) -> None:
        """Forget a session that is over."""
        del self._sessions[session]
        self._lingering.pop(session, None)
        self._look_whether_idle()

    def holders(self, mailbox: MailboxName) -> Sequence[tuple[SessionId, float]]:
        """Give the sessions that hold a mailbox's maildrop, and for how many seconds."""
        return tuple(
            (session.id, session.locked_s)
            for session in self._sessions.values()
            if session.locked_mailbox == mailbox
        )

    def pending(self, future: "asyncio.Future[Any]") -> None:
        """Keep a future until it is done."""
        self._futures.add(future)
        self._idle.clear()
        future.add_done_callback(self._settled)

    def _settled(self, future: "asyncio.Future[Any]") -> None:
        self._futures.discard(future)
        self._look_whether_idle()

    def _look_whether_idle(self) -> None:
        if not self._sessions and not self._futures:
            self._idle.set()

    # --- looking and ending ---------------------------------------------------

    @property
    def sessions(self) -> Mapping[SessionId, Session]:
        """The sessions that are not over, by their id."""
        return MappingProxyType(self._sessions)

    def kick(self, session: SessionId) -> bool:
        """End a session; False when there is none of that id."""
        found = self._sessions.get(session)
        if found is not None:
            found.report(Event.KICKED)
        return found is not None

    def drain(self) -> None:
        """Accept nobody any more, and end each session where it next waits for a command.

        Sessions that go on longer than `drain_s` are ended wherever they are.
        """
        if self.draining:
            return
        self._accept_nobody()
        self._deadline = self.clock.call_later(self.settings.drain_s, self.end_all)
        self._tell_all(Event.DRAINED)

    def end_all(self) -> None:
        """End every session now, but for answers that are owed and may still bring something.

        As after `drain`, which need not be called before, nobody is accepted any more.

        What has begun in a thread is not taken back: a maildrop that is being written stays
        locked until that is done. `stop` says who is still waiting after `close_s`.
        """
        self._accept_nobody()
        self._tell_all(Event.KICKED)
        if not self._giving_up:
            self._giving_up = self.clock.call_later(self.settings.close_s, self._idle.set)

    def _accept_nobody(self) -> None:
        self.draining = True
        for listener in self._listeners:
            listener.close()  # Nothing is done by closing one again.

    def _tell_all(self, event: Event) -> None:
        for session in tuple(self._sessions.values()):
            try:
                session.report(event)
            except Exception:
                # The others must be told all the same.
                logger.exception("Session %s could not be told %s.", session.id, event.name)

    async def stop(self) -> tuple[SessionId, ...]:
        """Drain, and wait until no session is left, or none that can still be helped.

        Returns:
            The sessions that wait for an answer that has not come; empty when all is over.
        """
        self.drain()
        for _ in range(TURNS):
            # A connection that was accepted just before is made, and refused, in these.
            await asyncio.sleep(0)
        await self._idle.wait()
        for handle in (self._deadline, self._giving_up):
            if handle is not None:
                handle.cancel()
        left = tuple(self._sessions)
        for session in left:
            state = self._sessions[session].machine.state.name
            logger.error("Session %s is still in %s: its answer has not come.", session, state)
        self.readers.shutdown(wait=False, cancel_futures=True)
        if not left:
            for listener in self._listeners:
                await listener.wait_closed()
        return left

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()


def _bound(endpoint: Endpoint) -> socket.socket:
    family = socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET
    return socket.create_server((endpoint.host, endpoint.port), family=family)
