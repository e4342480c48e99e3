"""The pool itself: it performs the effects that the table orders, and reports what happened.

Decides nothing about states: what may follow what is in `pool.py`, and what runs is derived from
it. Nothing here awaits while a step is taken, so no cancellation can fall into one.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, Self, TypeAlias

from .connection import Connection
from .derived import Event, Machine, Shell, Step
from .places import Place, Places

__all__ = ("Loan", "Pool", "PoolError")

Observer: TypeAlias = Callable[["Loan", Step], None]


class PoolError(Exception):
    """There is no connection to be had; the text says why."""


class Loan(Shell):
    """One borrower, from asking for a connection to being gone."""

    def __init__(self, pool: "Pool", borrower: str) -> None:
        self.borrower: Final = borrower
        self.lent: Final[asyncio.Future[Connection]] = pool.loop.create_future()
        self._pool = pool
        self._machine = Machine()

    def tell(self, event: Event) -> None:
        """Take the step that an event asks for, and do what it owes."""
        step = self._machine.step(event)
        step.perform(self)
        self._pool.took(self, step)

    # --- answers: each comes in a turn of its own, never within a step ---------------------------

    def granted(self) -> None:
        """Report that there is a place."""
        self.tell(Event.PLACE_GRANTED)

    def refused(self) -> None:
        """Report that there will be none."""
        self.tell(Event.PLACE_REFUSED)

    def _connected(self, opening: asyncio.Task[Connection | None]) -> None:
        # Also called when the task was cancelled before it began: a request is always answered.
        failed = opening.cancelled() or opening.exception() is not None
        connection = None if failed else opening.result()
        self._place.connection = connection
        self.tell(Event.CONNECTED if connection else Event.CONNECT_FAILED)

    # --- effects: done at once, and none of them can fail ----------------------------------------

    def ask_for_place(self) -> None:
        """Ask; answered by `granted` or `refused`."""
        self._pool.places.ask(self)

    def withdraw(self) -> None:
        """Withdraw; answered all the same."""
        self._pool.places.withdraw(self)

    def connect(self) -> None:
        """Open a connection, unless the place has one that is fit for use."""
        if self._place.connection is not None and self._place.connection.fit:
            self._pool.loop.call_soon(self.tell, Event.CONNECTED)
        else:
            self._pool.opening().add_done_callback(self._connected)

    def lend(self) -> None:
        """Wake the borrower; should it be gone, it will say so itself."""
        connection = self._connection
        connection.when_lost(lambda: self.tell(Event.CONNECTION_LOST))
        if not self.lent.done():
            self.lent.set_result(connection)

    def close_connection(self) -> None:
        """Close it; answered when it is lost."""
        self._connection.when_lost(lambda: self.tell(Event.CONNECTION_CLOSED))
        self._connection.abort()

    def give_place_back(self) -> None:
        """Give the place back; what becomes of its connection is no business of ours any more."""
        if self._place.connection is not None:
            self._place.connection.when_lost(None)
        self._pool.places.give_back(self)

    def send_reply(self, text: str, /) -> None:
        """Tell the borrower why there is no connection."""
        if not self.lent.done():
            self.lent.set_exception(PoolError(text))

    @property
    def _place(self) -> Place:
        return self._pool.places.lent[self]

    @property
    def _connection(self) -> Connection:
        if self._place.connection is None:
            raise AssertionError("the table lends a connection only after CONNECTED")
        return self._place.connection


class Pool:
    """Connections to one server, lent to one borrower each.

    Args:
        connect: opens a connection.
        size: how many connections may be open at once.
        waiting_max: how many may wait for one.
        connect_s: how long opening a connection may take, in seconds.
        grace_s: how long closing waits for what is lent, in seconds, before it is cut off.
        observer: is told of each step.
    """

    def __init__(  # noqa: PLR0913 - a pool has this many settings, all but one keyword-only.
        self,
        connect: Callable[[], Awaitable[Connection]],
        *,
        size: int,
        waiting_max: int = 1_000,
        connect_s: float = 10.0,
        grace_s: float = 10.0,
        observer: Observer | None = None,
    ) -> None:
        self.loop: Final = asyncio.get_running_loop()
        self.places: Final = Places(size, waiting_max, self.loop.call_soon)
        self.loans: Final[dict[Loan, None]] = {}
        self.closed = False
        self._connect = connect
        self._connect_s = connect_s
        self._grace_s = grace_s
        self._observer = observer
        self._openings = asyncio.TaskGroup()
        self._all_back = asyncio.Event()

    @asynccontextmanager
    async def connection(self, borrower: str) -> AsyncIterator[Connection]:
        """Lend a connection for the length of an `async with`.

        Raises:
            PoolError: there is none to be had.
        """
        if self.closed:
            raise PoolError("The pool is closed.")
        loan = Loan(self, borrower)
        loan.tell(Event.ASKED)
        try:
            yield await loan.lent
        except BaseException:
            loan.tell(Event.LEFT)
            raise
        loan.tell(Event.RETURNED)

    async def close(self) -> None:
        """Take nobody in, turn away who waits, wait for what is lent, close what is open."""
        self.closed = True
        for loan in tuple(self.loans):
            loan.tell(Event.POOL_CLOSED)
        try:
            async with asyncio.timeout(self._grace_s):
                await self._nothing_is_lent()
        except TimeoutError:
            for place in self.places.lent.values():
                if place.connection is not None:
                    place.connection.abort()
            await self._nothing_is_lent()
        for place in self.places.free:
            if place.connection is not None:
                place.connection.abort()
                await place.connection.gone.wait()

    async def _nothing_is_lent(self) -> None:
        while self.places.lent:
            self._all_back.clear()
            await self._all_back.wait()

    # --- for its loans ----------------------------------------------------------------------------

    def took(self, loan: Loan, step: Step) -> None:
        """Keep the books after a step of a loan."""
        self.loans[loan] = None
        if step.final:
            del self.loans[loan]
        if step.gives_back:
            self._all_back.set()
        if self._observer is not None:
            self._observer(loan, step)

    def opening(self) -> asyncio.Task[Connection | None]:
        """Begin to open a connection; None comes of it when that fails."""
        return self._openings.create_task(self._open())

    async def _open(self) -> Connection | None:
        try:
            async with asyncio.timeout(self._connect_s):
                return await self._connect()
        except OSError:
            return None

    # --- as a context -----------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        """Begin."""
        await self._openings.__aenter__()
        return self

    async def __aexit__(self, *failure: object) -> None:
        """Close, however the block ended."""
        try:
            await self.close()
        except BaseException as error:
            # Cancelled while it closes: what is being opened is cancelled too.
            await self._openings.__aexit__(type(error), error, error.__traceback__)
            raise
        await self._openings.__aexit__(None, None, None)
