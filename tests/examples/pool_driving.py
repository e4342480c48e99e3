"""Driving one borrower of a real pool, over loopback connections, along the rows of its table.

Each event is brought about by what brings it about in life: a task that is cancelled, a server that
hangs up, a pool that closes. News of grants and new connections travel until the test lets them
arrive.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Final, TypeAlias

from examples.turning import Gate, until
from pool.connection import Connection, open_connection
from pool.derived import EDGES, Event, State, Step
from pool.derived.cases import WORDS
from pool.lending import Loan, Pool, PoolError
from pool.program import HOST, EchoServer

__all__ = ("Drive", "nothing_is_left")

Way: TypeAlias = Callable[[Step, Sequence[Event]], Awaitable[None]]
SUBJECT: Final = "the subject"
HOLDER: Final = "the holder"
NEWCOMER: Final = "a newcomer"
SIZE: Final = 1
ROWS: Final = {(step.source, step.event): step for step in EDGES}


class Drive:
    """One pool with one place, and the borrower whose way is driven."""

    def __init__(self, server: EchoServer) -> None:
        self.server = server
        self.seen: list[Step] = []
        self.news = Gate()
        self.may_go = asyncio.Event()
        self.holder_may_go = asyncio.Event()
        self.connects: list[asyncio.Future[None]] = []
        self.connect_at_once = False
        self.tasks: list[asyncio.Task[None]] = []
        self.pool = self.new_pool(waiting_max=1)

    def new_pool(self, *, waiting_max: int) -> Pool:
        """Return a pool whose steps are seen and whose news are held up."""
        pool = Pool(
            self._connect, size=SIZE, waiting_max=waiting_max, grace_s=1e6, observer=self._saw
        )
        pool.places._soon = self.news
        return pool

    def _saw(self, loan: Loan, step: Step) -> None:
        assert len(self.pool.places.lent) <= SIZE, "more places are lent than there are"
        if loan.borrower == SUBJECT:
            self.seen.append(step)

    async def _connect(self) -> Connection:
        if not self.connect_at_once:
            allowed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.connects.append(allowed)
            await allowed
        return await open_connection(HOST, self.server.port)

    def close_pool(self) -> None:
        """Begin to close the pool, in the next turn."""
        self.tasks.append(asyncio.create_task(self.pool.close()))

    async def borrow(self, name: str, may_go: asyncio.Event) -> None:
        """Borrow a connection, and keep it until told."""
        try:
            async with self.pool.connection(name):
                await may_go.wait()
        except PoolError:
            pass  # Told so, and gone.

    # --- the way of the subject -------------------------------------------------------------------

    async def walk(self, row: Step) -> None:
        """Take the subject along the shortest word to a row, and then along it."""
        word = (*WORDS[row.source], row.event)
        # In a pool in which nobody may wait, whoever would have to is refused.
        refused_at_once = word[:2] == (Event.ASKED, Event.PLACE_REFUSED)
        self.pool = self.new_pool(waiting_max=0 if refused_at_once else 1)
        opened = AsyncExitStack()
        await opened.enter_async_context(self.pool)
        state = State.OUTSIDE
        for number, event in enumerate(word):
            step = ROWS[state, event]
            await self._bring(step, word[number + 1 :])
            await until(partial(self.seen.__contains__, step), f"{state.name} x {event.name}")
            state = step.target
        await self.finish()
        # After a failure it would wait for what never comes, so this is no `async with`.
        await opened.aclose()

    async def _bring(self, step: Step, rest: Sequence[Event]) -> None:
        ways: dict[Event, Way] = {event: getattr(self, f"_{event.name.lower()}") for event in Event}
        await ways[step.event](step, rest)

    async def _asked(self, _: Step, rest: Sequence[Event]) -> None:
        if Event.PLACE_REFUSED in rest:
            await self._occupy()
        self.subject = asyncio.create_task(self.borrow(SUBJECT, self.may_go))
        self.tasks.append(self.subject)

    async def _place_granted(self, step: Step, rest: Sequence[Event]) -> None:
        if step.target is State.REFUSED and rest[:1] == (Event.POOL_CLOSED,):
            self.close_pool()  # Before the one who is told wakes up.
        self.news.let_through()

    _place_refused = _place_granted

    async def _connected(self, _: Step, __: Sequence[Event]) -> None:
        await until(lambda: bool(self.connects), "a connection is asked for")
        self.connects.pop(0).set_result(None)

    async def _connect_failed(self, _: Step, __: Sequence[Event]) -> None:
        await until(lambda: bool(self.connects), "a connection is asked for")
        self.connects.pop(0).set_exception(ConnectionRefusedError())

    async def _returned(self, _: Step, __: Sequence[Event]) -> None:
        self.may_go.set()

    async def _left(self, step: Step, rest: Sequence[Event]) -> None:
        self.subject.cancel()
        if step.target is State.CLOSING and rest[:1] == (Event.POOL_CLOSED,):
            self.close_pool()  # Before the connection is closed.

    async def _connection_lost(self, _: Step, __: Sequence[Event]) -> None:
        await until(lambda: bool(self.server.open), "the server has a connection")
        for writer in self.server.open:
            writer.transport.abort()

    async def _connection_closed(self, _: Step, __: Sequence[Event]) -> None:
        """Do nothing: it comes by itself."""

    async def _pool_closed(self, _: Step, __: Sequence[Event]) -> None:
        self.close_pool()

    async def _occupy(self) -> None:
        """Have somebody else hold the only place."""
        self.tasks.append(asyncio.create_task(self.borrow(HOLDER, self.holder_may_go)))
        await until(lambda: HOLDER in {loan.borrower for loan in self.pool.loans}, "the holder")
        self.news.let_through()
        await until(lambda: bool(self.connects), "the holder connects")
        self.connects.pop(0).set_result(None)
        await until(lambda: len(self.server.open) == 1, "the holder has a connection")

    async def finish(self) -> None:
        """Let everybody go, lend the place once more, and close the pool."""
        self.news.stay_open()
        self.connect_at_once = True
        for allowed in self.connects:
            allowed.set_result(None)
        self.may_go.set()
        self.holder_may_go.set()
        await until(lambda: all(task.done() for task in self.tasks), "everybody is gone")
        await until(lambda: not self.pool.loans, "every loan is over")
        if not self.pool.closed:
            await self._serve_a_newcomer()
        self.close_pool()
        await until(self.tasks[-1].done, "the pool is closed")

    async def _serve_a_newcomer(self) -> None:
        answers: list[str] = []

        async def ask() -> None:
            async with self.pool.connection(NEWCOMER) as connection:
                answers.append(await connection.ask("hello"))

        self.tasks.append(asyncio.create_task(ask()))
        await until(lambda: answers == ["HELLO"], "a newcomer is served")


async def nothing_is_left(drive: Drive) -> None:
    """Check places, loans, connections and tasks."""
    places = drive.pool.places
    assert places.lent == {}
    assert places.queue == {}
    assert len(places.free) == SIZE
    assert drive.pool.loans == {}
    await until(lambda: drive.server.open == set(), "the server has no connection")
    await until(
        lambda: all(task is asyncio.current_task() or task.done() for task in asyncio.all_tasks()),
        "no task is left",
    )
