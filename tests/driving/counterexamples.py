"""Playing a counterexample of the POP3 declaration on the real server, with several sessions.

Each step is brought about as in life, over a loopback socket, while the others wait where they
are: each session has services of its own to be held up, and a time of its own. What cannot be
brought about for one session alone is reported to it: that its server drains, if others go on.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import IPv4Address
from socket import socket
from ssl import PROTOCOL_TLS_SERVER, SSLContext, create_default_context
from typing import Any, Final

import trustme

from driving.clock import Bell, ManualClock
from driving.gates import Gate, HeldContent, HeldServices
from driving.story import (
    ACTIONS,
    APOP,
    CREDENTIALS,
    FOR_TLS,
    HEADER,
    REFUSAL,
    REPORTED,
    SETTINGS,
    USES_UP,
    Action,
    Story,
    says,
)
from requite.generated.pop3 import Event, State, Step
from requite.model.tell import Cue, Driven, Script
from requite.pop3.ledger import LedgerLimits, ProcessLedger
from requite.pop3.names import AccountName, MailboxName, SessionId
from requite.pop3.services import (
    AccountKey,
    AddressKey,
    Answer,
    Busy,
    Credentials,
    Identity,
    Key,
    MailboxKey,
    Rejected,
    ServerKey,
)
from requite.pop3.shell import Session

__all__ = ("MakeLedger", "NotBroughtAboutError", "played", "real_server")

MakeLedger = Callable[[LedgerLimits], ProcessLedger]
KEYED: Final = ("ACCOUNT", "MAILBOX", "ADDRESS", "MAILDROP")
END_OF_LISTING: Final = b"\r\n.\r\n"


class NotBroughtAboutError(LookupError):
    """Nothing here brings an event about in a state; the text says which and why."""


async def read_the_listing(story: Story) -> None:
    """Take a listing to its end."""
    await story.read_until(END_OF_LISTING)


async def say_apop_where_it_is_not(story: Story) -> None:
    """Say APOP while the server does not offer it."""
    offered, seen = story.server.services, len(story.trace)
    story.server.services = replace(offered, apop=None)
    await story.send(APOP)
    await story.until(
        lambda: any(step.event is Event.APOP_UNAVAILABLE for _, step in story.trace[seen:])
    )
    story.server.services = offered


MORE_ACTIONS: Final[dict[Event, Action]] = {
    Event.RESPONSE_CANCELLED: says(b"*\r\n"),
    Event.RESPONSE_MALFORMED: says(b"AUTH PLAIN !\r\n"),
    Event.APOP_UNAVAILABLE: say_apop_where_it_is_not,
    Event.UTF8_RECEIVED: says(b"UTF8\r\n"),
    Event.LANGUAGES_ASKED: says(b"LANG\r\n"),
    Event.LANGUAGE_CHOSEN: says(b"LANG en\r\n"),
    Event.LANGUAGE_UNKNOWN: says(b"LANG sv\r\n"),
    Event.MECHANISMS_ASKED: says(b"AUTH\r\n"),
    Event.MECHANISM_UNKNOWN: says(b"AUTH NONE-SUCH\r\n"),
    Event.STLS_UNAVAILABLE: says(b"STLS\r\n"),
    Event.CAPA_RECEIVED: says(b"CAPA\r\n"),
    Event.STAT_RECEIVED: says(b"STAT\r\n"),
    Event.SCAN_RECEIVED: says(b"LIST 1\r\n"),
    Event.UIDL_RECEIVED: says(b"UIDL\r\n"),
    Event.UNIQUE_ID_RECEIVED: says(b"UIDL 1\r\n"),
    Event.DELE_RECEIVED: says(b"DELE 1\r\n"),
    Event.NO_SUCH_MESSAGE: says(b"LIST 999999\r\n"),
    Event.NOOP_RECEIVED: says(b"NOOP\r\n"),
    Event.RSET_RECEIVED: says(b"RSET\r\n"),
    Event.COMMAND_UNKNOWN: says(b"XYZZY\r\n"),
    Event.COMMAND_MALFORMED: says(b"QUIT now\r\n"),
    Event.LINE_TOO_LONG: says(b"x" * 20_000 + b"\r\n"),
    Event.ANSWER_TAKEN: read_the_listing,
}
"""What brings those events about that no exit needs."""


async def let_the_refusal_pass(story: Story) -> None:
    """Pass the time for which a refusal is held back, and no more."""
    story.clock.advance(SETTINGS.refusal_s)


async def let_a_moment_pass(story: Story) -> None:
    """Pass the time after which a lock is asked for again, and no more."""
    story.clock.advance(SETTINGS.lock_retry_s)


ELSEWHERE: Final[dict[tuple[State, Event], Action]] = {
    (State.SASL_EXCHANGE, Event.CREDENTIALS_RECEIVED): says(CREDENTIALS + b"\r\n"),
    (State.SASL_EXCHANGE, Event.RESPONSE_MALFORMED): says(b"!\r\n"),
    (State.REFUSING, Event.TIME_EXPIRED): let_the_refusal_pass,
    (State.AWAITING_LOCK, Event.TIME_EXPIRED): let_a_moment_pass,
}
"""What brings events about where it is something else."""


def account(number: int) -> AccountName:
    """Return the account of a key."""
    return AccountName(f"account-{number}")


def mailbox(number: int) -> MailboxName:
    """Return the mailbox of a key."""
    return MailboxName(f"mailbox-{number}")


def address(number: int) -> IPv4Address:
    """Return the client's address of a key."""
    return IPv4Address("127.0.0.0") + number


# --- one of each for every session ---------------------------------------------------------------


class Desk:
    """What one session of a script has of its own."""

    def __init__(self) -> None:
        self.gates = {name: Gate(heeds_cancelling=name != "open_gate") for name in GATES}
        for gate in self.gates.values():
            gate.open = False
        self.contents: list[HeldContent] = []
        self.identity = Identity(account(1), mailbox(1))
        self.client: socket | None = None
        self.session_id: SessionId | None = None
        self.connection: Any = None
        """The server's side; a test reaches inside, on purpose."""
        self.seen = 0
        """How many steps of the session have been waited for."""


GATES: Final = ("verify_gate", "take_gate", "lock_gate", "open_gate", "read", "commit")


class DeskServices(HeldServices):
    """Services whose gates are those of the session whose turn it is; what they hold is shared."""

    def __init__(self, ledger: ProcessLedger, *, exclusive: bool) -> None:
        super().__init__(ledger, exclusive=exclusive)
        self.desk = Desk()

    def turn_to(self, desk: Desk) -> None:
        """Let the session of a desk ask, and be answered."""
        self.desk = desk
        self.contents = desk.contents
        for name, gate in desk.gates.items():
            setattr(self, name, gate)

    def verify(self, credentials: Credentials, /) -> Answer[Identity | Rejected]:
        """Know everybody, as whom the script needs next."""
        del credentials
        return self.verify_gate.ask(lambda: self.desk.identity)  # type: ignore[return-value]


class DeskClocks(ManualClock):
    """A time for each session, so that only the timers of the one that it is about ring."""

    def __init__(self) -> None:
        super().__init__()
        self._clocks: defaultdict[int, ManualClock] = defaultdict(ManualClock)
        self.session = 0

    @property
    def _clock(self) -> ManualClock:
        return self._clocks[self.session]

    def time(self) -> float:
        """Return the time of the session whose turn it is."""
        return self._clock.time()

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Bell:
        """Ring after so many seconds of that time."""
        return self._clock.call_later(delay, callback)

    def advance(self, seconds: float) -> None:
        """Let that time pass."""
        self._clock.advance(seconds)


# --- the stage -----------------------------------------------------------------------------------


class Stage(Story):
    """A server, and as many sessions at once as a script has."""

    def __init__(self, script: Script, make_ledger: MakeLedger) -> None:
        limits = LedgerLimits(
            account=_limit(script, "ACCOUNT"),
            mailbox=_limit(script, "MAILBOX"),
            address=_limit(script, "ADDRESS"),
            server=_limit(script, "CONNECTION"),
        )
        self._script = script
        self._desks: defaultdict[int, Desk] = defaultdict(Desk)
        self._turn = 0
        self._shared = DeskServices(make_ledger(limits), exclusive=_limit(script, "MAILDROP") > 0)
        server_tls, client_tls = _tls(script)
        super().__init__(self._shared, server_tls=server_tls, client_tls=client_tls)

    def _new_server(self) -> Any:  # noqa: ANN401 - as in the class it extends.
        self.clock = self._clocks = DeskClocks()
        return super()._new_server()

    @property
    def _desk(self) -> Desk:
        return self._desks[self._turn]

    @property
    def _client(self) -> socket:
        client = self._desk.client
        assert client is not None
        return client

    @property
    def _session(self) -> Session:
        session_id = self._desk.session_id
        assert session_id is not None
        return self.server.sessions[session_id]

    @property
    def _plain_reply_is_due(self) -> bool:
        return self._steps()[-1].target is State.STLS_HANDSHAKE

    def _steps(self) -> list[Step]:
        """Return the steps of the session whose turn it is."""
        return [step for session, step in self.trace if session == self._desk.session_id]

    # --- what a driver does ----------------------------------------------------------------------

    async def take(self, number: int, /) -> str:
        """Bring a step of the script about, and return the state the session is in then."""
        cue = self._script.cues[number - 1]
        self._turn = self._clocks.session = cue.session
        self._shared.turn_to(self._desk)
        self._desk.identity = self._identity(number)
        await self._bring_about(number, cue)
        step = await self._next_step(number, cue)
        if step.target is State.AUTHORIZATION and self._must_stall(number):
            await self._stall()
            self._desk.seen = len(self._steps())
        if step.event is Event.ADMITTED:
            await self._use_up(number)
        return step.target.name

    async def _bring_about(self, number: int, cue: Cue) -> None:
        if cue.died:
            raise NotBroughtAboutError(
                f"{self._script.where(number)}: the sessions of this server share its process, and "
                "none of them can die alone; explore without crashes"
            )
        source, event = State[cue.source], Event[cue.event]
        if len(self._steps()) > self._desk.seen:
            return  # It has come by itself, while others had their turn.
        if event is Event.CONNECTED:
            await self._connect(number)
        elif event is Event.PROXIED:
            await self._connect(number, proxied=True)
        elif event is Event.PROXY_NAMED:
            await self.send(HEADER.format(client=self._address(number)).encode())
        elif (source, event) in REPORTED or self._is_told(number, source, event):
            self._session.report(event)
        elif event in (Event.SLOT_REFUSED, *REFUSED_ADMISSIONS):
            self._shared.take_gate.refuse(REFUSAL)
        elif event in (Event.MAILDROP_BUSY, Event.MAILDROP_STILL_BUSY):
            if event is Event.MAILDROP_STILL_BUSY:
                self.clock.advance(SETTINGS.lock_s)
            self._shared.lock_gate.refuse(Busy())
        else:
            await self._action(number, source, event)(self)

    def _is_told(self, number: int, source: State, event: Event) -> bool:
        """Say whether nothing outside can bring an event about for this session alone."""
        if source.name.endswith("ABANDONED"):
            # No client is there, and no timer runs.
            return event in NOBODY_THERE
        if source is State.GREETING and event in LOST and self._begins_with_tls():
            # Nothing is read before a handshake, so a client's leaving is not noticed that early.
            return True
        if event is Event.PROXY_DISTRUSTED:
            # A stranger is one from the first moment: nobody could look at the books in between.
            return True
        return event is Event.DRAINED and not self._last(number)

    def _action(self, number: int, source: State, event: Event) -> Action:
        action = ELSEWHERE.get((source, event)) or ACTIONS.get(event) or MORE_ACTIONS.get(event)
        if action is None:
            raise NotBroughtAboutError(
                f"{self._script.where(number)}: nothing here brings it about"
            )
        return action

    async def _connect(self, number: int, *, proxied: bool = False) -> None:
        before = set(self.server.sessions)
        await self.connect(
            tls_first=self._begins_with_tls(),
            proxied=proxied,
            from_address=None if proxied else self._address(number),
        )
        self._desk.client = self._clients[-1]
        await self.until(lambda: set(self.server.sessions) - before)
        (self._desk.session_id,) = set(self.server.sessions) - before
        self._desk.connection = self._session._connection

    def _address(self, number: int) -> str:
        return str(address(self._script.next_key(number, "ADDRESS")))

    def _begins_with_tls(self) -> bool:
        mine = (cue.event for cue in self._script.cues if cue.session == self._turn)
        return any(event in FOR_TLS for event in map(Event.__members__.get, mine))

    async def _next_step(self, number: int, cue: Cue) -> Step:
        """Wait for the next step of the session whose turn it is."""
        await self.until(lambda: len(self._steps()) > self._desk.seen)
        step = self._steps()[self._desk.seen]
        self._desk.seen += 1
        if (step.source.name, step.event.name) != (cue.source, cue.event):
            raise AssertionError(
                f"{self._script.where(number)}: expected that, found {step.event.name} in "
                f"{step.source.name}"
            )
        return step

    def _identity(self, number: int) -> Identity:
        keyed = "MAILBOX" if _limit(self._script, "MAILBOX") else "MAILDROP"
        return Identity(
            account(self._script.next_key(number, "ACCOUNT")),
            mailbox(self._script.next_key(number, keyed)),
        )

    def _must_stall(self, number: int) -> bool:
        """Say whether the client must read no more, because a later step is that it does not."""
        return any(
            cue.session == self._turn and cue.event == Event.WRITE_STALLED.name
            for cue in self._script.cues[number:]
        ) and not any(
            cue.session == self._turn and cue.target == State.AUTHORIZATION.name
            for cue in self._script.cues[: number - 1]
        )

    async def _use_up(self, number: int) -> None:
        """Use up what a later step says is used up, all but for the steps in between."""
        mine = [cue for cue in self._script.cues[number:] if cue.session == self._turn]
        for between, cue in enumerate(mine):
            uses_up = USES_UP.get(Event[cue.event]) if cue.event in Event.__members__ else None
            if uses_up is not None:
                self.taken = len(self.trace)
                await uses_up(self, between)
                self._desk.seen = len(self._steps())

    def _last(self, number: int) -> bool:
        """Say whether a session is alone with its server, now and for the rest of the script."""
        others = [cue for cue in self._script.cues[number:] if cue.session != self._turn]
        return len(self.server.sessions) == 1 and not others

    # --- the books -------------------------------------------------------------------------------

    def books(self) -> Mapping[str, int]:
        """Return what the ledger, the maildrops and the server have counted, by its name."""
        desks = self._desks.values()
        contents = [content for desk in desks for content in desk.contents]
        counted = Counter(
            CONNECTION=self._shared.ledger.held(ServerKey()),
            SOCKET=sum(
                desk.connection is not None and bool(desk.connection._raw) for desk in desks
            ),
            MESSAGE=sum(1 - content.closed for content in contents),
        )
        keys = range(1, 1 + max((1, *self._numbers())))
        for resource in KEYED:
            of_each = {key: self._held(resource, key) for key in keys}
            if _limit(self._script, resource):
                counted.update({f"{resource} {key}": held for key, held in of_each.items()})
            else:
                counted[resource] = sum(of_each.values())
        return dict(counted)

    def _numbers(self) -> list[int]:
        return [number for cue in self._script.cues for number in cue.keys.values()]

    def _held(self, resource: str, key: int) -> int:
        if resource == "MAILDROP":
            return self._shared.maildrops.holders(mailbox(key))
        of: dict[str, Key] = {
            "ACCOUNT": AccountKey(account(key)),
            "MAILBOX": MailboxKey(mailbox(key)),
            "ADDRESS": AddressKey(address(key)),
        }
        return self._shared.ledger.held(of[resource])

    async def settle(self) -> None:
        """Give every answer that is still owed, and leave."""
        for desk in self._desks.values():
            self._shared.turn_to(desk)
            self._shared.set_open(to=True)
        for desk in self._desks.values():
            self._shared.turn_to(desk)
            for gate in self._shared.gates:
                while len(gate):
                    gate.let_through()
        for desk in self._desks.values():
            for content in desk.contents:
                content.go_on.set()
        await super().settle()


NOBODY_THERE: Final = {
    Event.TIME_EXPIRED,
    Event.WRITE_STALLED,
    Event.FAULTED,
    Event.TLS_ESTABLISHED,
}
LOST: Final = {Event.END_OF_STREAM, Event.CONNECTION_LOST}
REFUSED_ADMISSIONS: Final = (Event.ADMISSION_REFUSED, Event.ADMISSION_REFUSED_FOR_TLS)


def _limit(script: Script, resource: str) -> int:
    """Return the limit of a resource in a script; 0, which is none, where it has none."""
    return script.limits.get(resource, script.limits.get(f"{resource} 1", 0))


def _tls(script: Script) -> tuple[SSLContext | None, SSLContext | None]:
    """Return both sides of TLS if the script needs it."""
    needs = {*FOR_TLS, Event.STLS_RECEIVED}
    if not any(Event.__members__.get(cue.event) in needs for cue in script.cues):
        return None, None
    authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
    server, client = SSLContext(PROTOCOL_TLS_SERVER), create_default_context()
    authority.issue_cert("localhost").configure_cert(server)
    authority.configure_trust(client)
    return server, client


# --- drivers -------------------------------------------------------------------------------------


@asynccontextmanager
async def played(script: Script, make_ledger: MakeLedger) -> AsyncIterator[Driven]:
    """Make a server ready for a script, with a ledger of one's own."""
    async with Stage(script, make_ledger) as stage:
        yield stage


@asynccontextmanager
async def real_server(script: Script) -> AsyncIterator[Driven]:
    """Make the server ready for a script, as it is."""
    async with played(script, ProcessLedger) as stage:
        yield stage
