"""What sessions say in one turn of the event loop is written at its end, and none of it is lost.

Decides that answers wait for no more than the end of the turn, and that whatever ends a session
before that leaves its client no worse off. Refuses to test what the answers say.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import uvloop

from requite.generated.pop3 import Event
from requite.pop3.shell import Session
from requite.pop3.shell.connection import Connection
from requite.pop3.shell.turn import Turn
from running import Paper, Running, logged_in, run, running_server, turns
from shell.words import FIRST, LOGIN, both_loops, joined

GOODBYE = b"+OK Goodbye.\r\n"


class Torn(Paper):
    """A transport that fails at each write."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Fail."""
        super().write(data)
        raise OSError("the test says so")


@contextmanager
def on_paper(running: Running, paper: Paper) -> Iterator[Connection]:
    """Log alice in, and let the turn end; the session must be over at the end of the block."""
    connection = Connection(running.server, running.server._begin, tls_first=False)
    paper.lost = lambda: connection.connection_lost(None)
    connection.connection_made(paper)
    connection.data_received(joined(*LOGIN))
    running.server.turn.end()
    paper.writes.clear()
    yield connection
    assert running.server.sessions == {}


# --- the turn ------------------------------------------------------------------------------------


def test_all_that_was_asked_in_a_turn_is_done_at_its_end_in_order() -> None:
    """Nothing is called before the end of the turn; then each is, once, first come first."""

    async def story() -> None:
        done: list[str] = []
        turn = Turn()
        turn.ends_with(lambda: done.append("first"))
        turn.ends_with(lambda: done.append("second"))
        assert done == []
        await turns(1)
        assert done == ["first", "second"]
        await turns(2)
        assert done == ["first", "second"]

    run(story())


def test_what_is_asked_at_the_end_of_a_turn_waits_for_the_next() -> None:
    """A callback that asks again is called again a turn later, so that others get theirs."""

    async def story() -> None:
        done: list[str] = []
        turn = Turn()

        def again() -> None:
            done.append("first")
            turn.ends_with(lambda: done.append("second"))

        turn.ends_with(again)
        turn.end()
        assert done == ["first"]
        await turns(1)
        assert done == ["first", "second"]

    run(story())


def test_whoever_breaks_out_of_a_turn_leaves_the_others_theirs() -> None:
    """What one callback lets out ends the turn, and the rest are called in the next one."""

    class BrokenOut(BaseException):
        """Nothing that anybody catches: an interruption from the keyboard, or a test's failure."""

    async def story() -> None:
        done: list[str] = []
        turn = Turn()

        def breaks_out() -> None:
            done.append("first")
            raise BrokenOut

        turn.ends_with(breaks_out)
        turn.ends_with(lambda: done.append("second"))
        turn.ends_with(lambda: done.append("third"))
        with pytest.raises(BrokenOut):
            turn.end()
        assert done == ["first"]
        await turns(2)
        assert done == ["first", "second", "third"]

    run(story())


@both_loops
def test_a_turn_may_be_asked_for_while_its_loop_stands_still(loop: str) -> None:
    """Between two runs of a loop a session can be ended, and is told so in the next run."""
    factory = uvloop.new_event_loop if loop == "uvloop" else asyncio.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        serving = running_server(FIRST)
        running = runner.run(serving.__aenter__())
        connecting = logged_in(running)
        peer = runner.run(connecting.__aenter__())
        running.server.kick(running.session.id)
        assert runner.run(peer.line()).startswith(b"-ERR [SYS/TEMP] The administrator")
        assert runner.run(peer.rest()) == b""
        runner.run(connecting.__aexit__(None, None, None))
        runner.run(serving.__aexit__(None, None, None))


# --- what is said in it --------------------------------------------------------------------------


def test_answers_to_commands_of_one_turn_are_one_write() -> None:
    """Commands that come in two reads of one turn are answered in one write, at its end."""

    async def story() -> None:
        async with running_server(FIRST) as running:
            paper = Paper()
            with on_paper(running, paper) as connection:
                connection.data_received(b"NOOP\r\n")
                connection.data_received(b"XYZZY\r\nRSET\r\n")
                assert paper.writes == []
                await turns(1)
                assert len(paper.writes) == 1
                assert paper.writes[0].count(b"\r\n") == 3
                connection.connection_lost(None)

    run(story())


def end_all(running: Running) -> None:
    """Stop the server twice, as two signals do."""
    running.server.drain()
    running.server.end_all()


ENDS: dict[str, Callable[[Running, Session, Connection], object]] = {
    "kicked": lambda running, session, _: running.server.kick(session.id),
    "ended with all others": lambda running, _, __: end_all(running),
    "the client's end": lambda _, __, connection: connection.eof_received(),
    "out of time": lambda running, _, __: running.clock.advance(running.server.settings.close_s),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_farewell_is_sent_before_its_session_is_ended_in_the_same_turn(
    end: Callable[[Running, Session, Connection], object],
) -> None:
    """What was answered to QUIT is with the kernel before the socket is closed at once."""

    async def story() -> None:
        async with running_server(FIRST) as running:
            paper = Paper()
            with on_paper(running, paper) as connection:
                session = running.session
                connection.data_received(b"QUIT\r\n")
                assert paper.writes == []
                end(running, session, connection)
                assert paper.writes == [GOODBYE]
                assert paper.aborted
            assert await running.server.stop() == ()

    run(story())


def test_a_client_that_cannot_be_written_to_is_alone_in_that() -> None:
    """A write that fails ends its own session; who stands behind it in the turn is answered."""

    async def story() -> None:
        async with running_server(FIRST) as running:
            torn, paper = Torn(), Paper()
            with on_paper(running, paper) as second:
                first = Connection(running.server, running.server._begin, tls_first=False)
                first.connection_made(torn)
                second.data_received(b"NOOP\r\n")
                await turns(1)
                assert [len(paper.writes), torn.aborted] == [1, True]
                assert Event.FAULTED in running.events
                second.connection_lost(None)
            running.forget_complaints(2)

    run(story())
