"""A pool of two places, a server on this machine, and some borrowers who leave in every way.

Run it with `python -m pool.program`. It prints each step of each borrower, and whether anything is
left at the end.
"""

import asyncio
import sys
from collections.abc import Callable
from functools import partial
from typing import Final

from .connection import open_connection
from .derived import State, Step
from .lending import Loan, Pool, PoolError

__all__ = ("EchoServer", "Story", "main")

HOST: Final = "127.0.0.1"


class EchoServer:
    """A server that shouts back each line, and hangs up on the line "hang up"."""

    def __init__(self) -> None:
        self.open: Final[set[asyncio.StreamWriter]] = set()
        self.port = 0
        self._all_gone = asyncio.Event()

    async def serve(self) -> asyncio.Server:
        """Listen on a port of the kernel's choice."""
        server = await asyncio.start_server(self._handle, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        try:
            while (line := await reader.readline()) not in {b"", b"hang up\n"}:
                writer.write(line.upper())
        except ConnectionError:
            pass  # Borrowers who leave in the middle have their connection cut off.
        finally:
            writer.close()
            self.open.discard(writer)
            self._all_gone.set()

    async def all_gone(self) -> None:
        """Wait until no connection is open."""
        while self.open:
            self._all_gone.clear()
            await self._all_gone.wait()


class Story:
    """Where each borrower stands, and what each is waiting for to go on."""

    def __init__(self, tell: Callable[[str], None] = print) -> None:
        self.where: Final[dict[str, State]] = {}
        self.tell: Final = tell
        self._moved = asyncio.Event()

    def saw(self, loan: Loan, step: Step) -> None:
        """Tell of a step."""
        self.where[loan.borrower] = step.target
        self.tell(f"  {loan.borrower}: {step.event.name} -> {step.target.name}")
        self._moved.set()

    async def reached(self, borrower: str, state: State) -> None:
        """Wait until a borrower stands there."""
        while self.where.get(borrower) is not state:
            self._moved.clear()
            await self._moved.wait()


async def borrow(pool: Pool, name: str, line: str, may_go: asyncio.Event) -> None:
    """Borrow a connection, say one line on it, and keep it for a while."""
    try:
        async with pool.connection(name) as connection:
            await connection.ask(line)
            await may_go.wait()
    except (PoolError, ConnectionError) as error:
        # The borrower is gone by now, and has held nothing since it was told.
        print(f"  {name} was told: {error}")


async def first_come_first_served(pool: Pool, story: Story, tasks: asyncio.TaskGroup) -> None:
    """Ann and Ben have a connection each; Cem waits until Ann is done."""
    story.tell("Who asks first is served first.")
    ann_may_go, others_may_go = asyncio.Event(), asyncio.Event()
    ann = tasks.create_task(borrow(pool, "Ann", "hello", ann_may_go))
    await story.reached("Ann", State.LENT)
    ben = tasks.create_task(borrow(pool, "Ben", "hello", others_may_go))
    await story.reached("Ben", State.LENT)
    cem = tasks.create_task(borrow(pool, "Cem", "hello", others_may_go))
    await story.reached("Cem", State.WAITING)
    ann_may_go.set()
    await ann
    await story.reached("Cem", State.LENT)
    others_may_go.set()
    await asyncio.wait({ben, cem})


async def cancelled_with_the_grant_on_its_way(
    pool: Pool, story: Story, tasks: asyncio.TaskGroup
) -> None:
    """Fay is cancelled in the turn in which she is granted a place; Gus, behind her, gets it."""
    story.tell("A grant that comes too late goes to the next.")
    dan_may_go, others_may_go = asyncio.Event(), asyncio.Event()
    dan = tasks.create_task(borrow(pool, "Dan", "hello", dan_may_go))
    await story.reached("Dan", State.LENT)
    eve = tasks.create_task(borrow(pool, "Eve", "hello", others_may_go))
    await story.reached("Eve", State.LENT)
    fay = tasks.create_task(borrow(pool, "Fay", "hello", others_may_go))
    await story.reached("Fay", State.WAITING)
    gus = tasks.create_task(borrow(pool, "Gus", "hello", others_may_go))
    await story.reached("Gus", State.WAITING)
    # In the next turn Dan gives the place back, then Fay goes; then the grant arrives.
    dan_may_go.set()
    fay.cancel()
    await story.reached("Gus", State.LENT)
    others_may_go.set()
    await asyncio.wait({dan, eve, fay, gus})


async def broken_under_the_borrower(pool: Pool, story: Story, tasks: asyncio.TaskGroup) -> None:
    """The server hangs up on Hal; the place is given back before Hal is gone."""
    story.tell("A connection that breaks holds no place.")
    await tasks.create_task(borrow(pool, "Hal", "hang up", asyncio.Event()))


async def closed_while_somebody_waits(pool: Pool, story: Story, tasks: asyncio.TaskGroup) -> None:
    """The pool closes: Kim, who waits, is told; Ida and Jon, who have one, finish."""
    story.tell("A pool that closes turns away who waits, and waits for who works.")
    may_go = asyncio.Event()
    for name in ("Ida", "Jon"):
        tasks.create_task(borrow(pool, name, "hello", may_go))
        await story.reached(name, State.LENT)
    tasks.create_task(borrow(pool, "Kim", "hello", may_go))
    await story.reached("Kim", State.WAITING)
    closing = tasks.create_task(pool.close())
    await story.reached("Kim", State.GONE)
    may_go.set()
    await closing


async def main() -> None:
    """Tell the story, then look at what is left."""
    server, story = EchoServer(), Story()
    async with await server.serve():
        connect = partial(open_connection, HOST, server.port)
        async with (
            asyncio.TaskGroup() as tasks,
            Pool(connect, size=2, observer=story.saw) as pool,
        ):
            await first_come_first_served(pool, story, tasks)
            await cancelled_with_the_grant_on_its_way(pool, story, tasks)
            await broken_under_the_borrower(pool, story, tasks)
            await closed_while_somebody_waits(pool, story, tasks)
        await server.all_gone()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    left = [*pool.loans, *pool.places.lent, *pool.places.queue, *server.open, *others]
    if left:
        sys.exit(f"Left: {left}")
    print("Nothing is left.")


if __name__ == "__main__":
    asyncio.run(main())
