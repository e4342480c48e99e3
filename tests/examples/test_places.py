"""Who is granted a place of the pool, and when: the first who asked, whatever crosses on the way.

Decides the fairness that the declaration cannot speak of, because it counts borrowers and does not
tell them apart.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from itertools import product
from typing import Final

import pytest

from examples.turning import run, until
from pool.connection import open_connection
from pool.lending import Pool
from pool.places import Asker, Places
from pool.program import HOST, EchoServer

# --- who is served next ---------------------------------------------------------------------------


class StealsPlaces(Places):
    """Whoever comes between giving back and waking up takes the place (B30, B32)."""

    def give_back(self, who: Asker) -> None:
        """Wake the first, who then asks again."""
        self.free.append(self.lent.pop(who))
        if self.queue:
            first = next(iter(self.queue))
            del self.queue[first]
            self._soon(lambda: self.ask(first))


class KeepsTheDead(Places):
    """Whoever withdraws stays in the queue, and is granted a place (B29)."""

    def withdraw(self, who: Asker) -> None:
        """Refuse, and forget to take out."""
        if who in self.queue:
            self._soon(who.refused)


class WakesTheLast(Places):
    """The last who asked is served first, and the first may wait for ever."""

    def give_back(self, who: Asker) -> None:
        """Grant it to the last in the queue."""
        self.free.append(self.lent.pop(who))
        if self.queue:
            last, _ = self.queue.popitem()
            self._grant(last)


class OneAsker:
    """An asker, and what it knows."""

    def __init__(self) -> None:
        self.state = "idle"
        self.withdrawn = False

    def granted(self) -> None:
        """Hold a place."""
        assert self.state == "asking", "answered twice"
        self.state = "granted"

    def refused(self) -> None:
        """Hold nothing."""
        assert self.state == "asking", "answered twice"
        self.state = "idle"


def play(kind: type[Places], orders: Sequence[tuple[str, int]], size: int) -> None:
    """Follow orders to three askers, and check after each who has a place and who waits."""
    news: list[Callable[[], None]] = []
    places = kind(size, 2, news.append)
    askers = [OneAsker() for _ in range(3)]
    line: list[OneAsker] = []  # Who waits by right, in order.
    inside: set[Asker] = set()  # Who has a place by right.
    for what, number in orders:
        asker = askers[number]
        if what == "deliver":
            if news:
                news.pop(0)()
        elif what == "ask" and asker.state == "idle":
            asker.state = "asking"
            asker.withdrawn = False
            places.ask(asker)
            (inside.add if len(inside) < size else line.append)(asker)
        elif what == "go" and asker.state == "asking" and not asker.withdrawn:
            asker.withdrawn = True
            places.withdraw(asker)
            if asker in line:
                line.remove(asker)
        elif what == "go" and asker.state == "granted":
            asker.state = "idle"
            places.give_back(asker)
            inside.remove(asker)
            if line:
                inside.add(line.pop(0))
        assert set(places.lent) == inside
        assert list(places.queue) == line
        assert len(places.free) == size - len(inside)


ORDERS: Final = (*((what, n) for what in ("ask", "go") for n in range(3)), ("deliver", 0))
LENGTH: Final = 6


def play_everything(kind: type[Places]) -> None:
    """Play every sequence of orders."""
    for size in (1, 2):
        for orders in product(ORDERS, repeat=LENGTH):
            play(kind, orders, size)


def test_places_are_granted_in_the_order_of_asking() -> None:
    """Whatever three askers do in six moves: nobody is overtaken, forgotten or served twice."""
    play_everything(Places)


@pytest.mark.parametrize("mutant", [StealsPlaces, KeepsTheDead, WakesTheLast])
def test_an_unfair_queue_is_caught(mutant: type[Places]) -> None:
    """The test above fails for each."""
    with pytest.raises(AssertionError):
        play_everything(mutant)


class OldSemaphore:
    """A semaphore that wakes one waiter, as asyncio's did before its issue 270 (B23).

    A waiter that is cancelled when it has been woken takes the news with it.
    """

    def __init__(self, value: int) -> None:
        self._value = value
        self._waiters: list[asyncio.Future[None]] = []

    async def acquire(self) -> None:
        """Wait for the value to be positive, and take one."""
        while self._value == 0:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter
        self._value -= 1

    def release(self) -> None:
        """Give one back, and wake the first."""
        self._value += 1
        while self._waiters:
            waiter = self._waiters.pop(0)
            if not waiter.done():
                waiter.set_result(None)
                return


class SemaphorePool:
    """A pool of one connection, counted by such a semaphore."""

    def __init__(self) -> None:
        self._semaphore = OldSemaphore(1)

    @asynccontextmanager
    async def connection(self, borrower: str) -> AsyncIterator[None]:
        """Lend the connection."""
        del borrower
        await self._semaphore.acquire()
        try:
            yield
        finally:
            self._semaphore.release()


async def third_is_served(lend: Callable[[str], AbstractAsyncContextManager[object]]) -> bool:
    """Say whether the third is served when the second is cancelled with the grant on its way."""
    gates = {name: asyncio.Event() for name in ("first", "second", "third")}
    served: list[str] = []

    async def borrow(name: str) -> None:
        async with lend(name):
            served.append(name)
            await gates[name].wait()

    tasks = {name: asyncio.create_task(borrow(name)) for name in gates}
    await until(lambda: served == ["first"], "the first is served")
    gates["first"].set()
    await asyncio.sleep(0)  # In this turn the first gives back, and the second is granted it,
    tasks["second"].cancel()  # and is cancelled before it has heard of that.
    try:
        await until(lambda: "third" in served, "the third is served")
    except AssertionError:
        return False
    finally:
        tasks["third"].cancel()
        await asyncio.wait(tasks.values())
    assert served == ["first", "third"]
    return True


def test_a_grant_that_crosses_a_cancellation_goes_to_the_next() -> None:
    """The pool of the example serves the third; on the old semaphore the third sleeps for ever."""

    async def story() -> None:
        server = EchoServer()
        async with await server.serve():
            connect = partial(open_connection, HOST, server.port)
            async with Pool(connect, size=1) as pool:
                assert await third_is_served(pool.connection)
        assert not await third_is_served(SemaphorePool().connection)

    run(story())
