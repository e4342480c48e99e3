"""The pool of the examples, driven through every row of its table, over loopback connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pytest

from examples.pool_driving import Drive, nothing_is_left
from examples.turning import run, until
from pool import lending
from pool.connection import Connection, open_connection
from pool.derived import EDGES, Event, Step
from pool.derived.cases import EXITS
from pool.lending import Loan, Pool, PoolError
from pool.pool import POOL
from pool.pool import Event as DeclaredEvent
from pool.pool import State as Declared
from pool.program import HOST, EchoServer
from requite.model import DeclarationError

ROWS_PINNED: Final = 34
EXITS_PINNED: Final = 10


def name_of(step: Step) -> str:
    """Name a row."""
    return f"{step.source.name}-{step.event.name}"


def test_the_numbers_of_rows_and_exits_are_pinned() -> None:
    """No row vanishes from these tests in silence."""
    assert len(EDGES) == ROWS_PINNED
    assert len(EXITS) == EXITS_PINNED


# --- every row --------------------------------------------------------------------------------


async def walk_twice(row: Step) -> None:
    """Take a row twice; each time the next is served and nothing is left."""
    server = EchoServer()
    async with await server.serve():
        for _ in range(2):
            drive = Drive(server)
            await drive.walk(row)
            await nothing_is_left(drive)


@pytest.mark.parametrize("row", EDGES, ids=name_of)
def test_every_row_is_taken_and_nothing_is_left(row: Step) -> None:
    """After any row, twice, at size 1, a newcomer is served at once, and nothing is left."""
    run(walk_twice(row))


# --- mutants of the program: each is a mistake that a real pool had ----------------------------


class DropsLateGrant(Loan):
    """A grant that comes when the borrower is gone is lost with it (B23, B27)."""

    def granted(self) -> None:
        """Listen only while somebody waits."""
        if not self.lent.done():
            super().granted()


class ForgetsFailure(Loan):
    """When connecting fails the place is not given back (B31)."""

    def _connected(self, opening: asyncio.Task[Connection | None]) -> None:
        if not opening.cancelled() and opening.result() is not None:
            super()._connected(opening)


class KeepsOnLoss(Loan):
    """A connection that breaks keeps its place for ever (B34)."""

    def give_place_back(self) -> None:
        """Give back what is whole, and what was never opened."""
        connection = self._place.connection
        if connection is None or not connection.gone.is_set():
            super().give_place_back()


class GivesBackTwice(Loan):
    """The same place is given back twice (B11)."""

    def give_place_back(self) -> None:
        """Give it back, and again to be sure."""
        place = self._place
        super().give_place_back()
        self._pool.places.free.append(place)


class NarrowExcept(Pool):
    """A cancellation is no `Exception`, and nobody is told of it (B37)."""

    @asynccontextmanager
    async def connection(self, borrower: str) -> AsyncIterator[Connection]:
        """Lend a connection, and notice only errors."""
        loan = Loan(self, borrower)
        loan.tell(Event.ASKED)
        try:
            yield await loan.lent
        except Exception:
            loan.tell(Event.LEFT)
            raise
        loan.tell(Event.RETURNED)


LEFT_EXITS: Final = {
    "CLOSING-CONNECTION_CLOSED",
    "CONNECTING_ABANDONED-CONNECTED",
    "CONNECTING_ABANDONED-CONNECT_FAILED",
    "WITHDRAWING-PLACE_GRANTED",
}
CAUGHT_BY: Final[dict[type[Loan | Pool], set[str]]] = {
    DropsLateGrant: {"WITHDRAWING-PLACE_GRANTED"},
    ForgetsFailure: {
        "CONNECTING-CONNECT_FAILED",
        "CONNECTING_ABANDONED-CONNECT_FAILED",
        "TURNED_AWAY_CONNECTING-CONNECT_FAILED",
    },
    KeepsOnLoss: {"CLOSING-CONNECTION_CLOSED", "LENT-CONNECTION_LOST"},
    GivesBackTwice: {name_of(row) for row in EXITS},
    NarrowExcept: LEFT_EXITS,
}
"""Each mutant with the exits after which something is left, or somebody waits for ever."""


def exits_that_fail() -> set[str]:
    """Return the exits that cannot be taken so that nothing is left."""
    failed = set()
    for row in EXITS:
        try:
            run(walk_twice(row))
        except (AssertionError, KeyError):
            failed.add(name_of(row))
    return failed


@pytest.mark.parametrize("mutant", CAUGHT_BY, ids=lambda mutant: mutant.__name__)
def test_each_mutant_of_the_program_is_caught(
    mutant: type[Loan | Pool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program with the mistake fails after the exits that it forgets, and after no other."""
    if issubclass(mutant, Loan):
        monkeypatch.setattr(lending, "Loan", mutant)
    else:
        monkeypatch.setattr(Pool, "connection", mutant.connection)

    assert exits_that_fail() == CAUGHT_BY[mutant]


# --- mutants of the declaration -----------------------------------------------------------------


def instead(source: Declared, event: DeclaredEvent, **new: Any) -> None:  # noqa: ANN401 - a row's parts.
    """Load the declaration with one row changed."""
    POOL.with_edges(
        replace(row, **new) if (row.source, row.event) == (source, event) else row
        for row in POOL.edges
    )


def test_a_declaration_that_drops_a_late_grant_cannot_be_loaded() -> None:
    """The row that B23 forgot is named, with what it lacks."""
    with pytest.raises(DeclarationError, match=r"WITHDRAWING --PLACE_GRANTED.*PLACE is given back"):
        instead(Declared.WITHDRAWING, DeclaredEvent.PLACE_GRANTED, effects=())


def test_a_declaration_in_which_nobody_waits_for_the_grant_cannot_be_loaded() -> None:
    """A borrower who just goes while a grant may be on its way is refused."""
    with pytest.raises(DeclarationError, match="a late answer would find nobody"):
        instead(Declared.WAITING, DeclaredEvent.LEFT, target=Declared.GONE, effects=())


# --- what is not a row ----------------------------------------------------------------------------


async def opened_pool(server: EchoServer, stack: AsyncExitStack, **settings: Any) -> Pool:  # noqa: ANN401 - the settings of a pool.
    """Open a pool of one place."""
    connect = partial(open_connection, HOST, server.port)
    return await stack.enter_async_context(Pool(connect, size=1, **settings))


def test_a_pool_that_closes_cuts_off_who_does_not_return() -> None:
    """When its patience is over the pool takes back what is lent, and the borrower is told."""

    async def story() -> None:
        server = EchoServer()
        async with await server.serve(), AsyncExitStack() as stack:
            pool = await opened_pool(server, stack, grace_s=0.0)
            async with pool.connection("one") as connection:
                await pool.close()
                assert pool.places.lent == {}
                with pytest.raises(ConnectionError):
                    await connection.ask("hello")

    run(story())


def test_a_closed_pool_takes_nobody_in() -> None:
    """Whoever asks after the closing is refused at once."""

    async def story() -> None:
        server = EchoServer()
        async with await server.serve(), AsyncExitStack() as stack:
            pool = await opened_pool(server, stack)
            await pool.close()
            with pytest.raises(PoolError, match="closed"):
                async with pool.connection("late"):
                    raise AssertionError("it was let in")

    run(story())


def test_a_connection_that_broke_while_nobody_had_it_is_not_lent() -> None:
    """The next borrower is given a new one."""

    async def story() -> None:
        server = EchoServer()
        async with await server.serve(), AsyncExitStack() as stack:
            pool = await opened_pool(server, stack)
            async with pool.connection("one") as first:
                await first.ask("hello")
            for writer in server.open:
                writer.transport.abort()
            await until(first.gone.is_set, "the connection broke")
            async with pool.connection("two") as second:
                assert await second.ask("hello") == "HELLO"

    run(story())


def test_a_question_that_was_given_up_is_not_answered_to_the_next() -> None:
    """A borrower who stops waiting for an answer, and goes as if all were well, spoils nothing."""

    async def story() -> None:
        server = EchoServer()
        async with await server.serve(), AsyncExitStack() as stack:
            pool = await opened_pool(server, stack)
            with suppress(TimeoutError):
                async with pool.connection("one") as connection, asyncio.timeout(0):
                    await connection.ask("old")
            async with pool.connection("two") as connection:
                assert await connection.ask("new") == "NEW"

    run(story())


def test_a_cancellation_while_the_pool_closes_leaves_nothing() -> None:
    """Cancelled twice, the pool gives up what is being opened, and its place comes back."""

    async def story() -> None:
        asked = asyncio.Event()
        pools: list[Pool] = []

        async def never() -> Connection:
            asked.set()
            await asyncio.Event().wait()
            raise AssertionError("it ended")

        async def owner() -> None:
            async with Pool(never, size=1) as pool:
                pools.append(pool)
                await asyncio.Event().wait()

        async def borrower() -> None:
            async with pools[0].connection("one"):
                raise AssertionError("it was lent")

        owning = asyncio.create_task(owner())
        await until(lambda: bool(pools), "the pool is open")
        borrowing = asyncio.create_task(borrower())
        await asked.wait()
        owning.cancel()
        await until(lambda: pools[0].closed, "the pool closes")
        owning.cancel()
        await asyncio.wait({owning, borrowing})
        assert owning.cancelled()
        assert isinstance(borrowing.exception(), PoolError)
        assert pools[0].places.lent == {}
        assert pools[0].loans == {}

    run(story())
