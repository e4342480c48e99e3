"""Each limit on how long, how often and how slowly a client may go on: at the limit, and past it.

Decides that the last permitted time is answered as any other, that one more ends the session by the
edge that is named for it, and that nothing is held then. Refuses to test how much is kept of what
is sent: that is `test_backpressure`.
"""

import asyncio
from typing import Final

import pytest

from requite.generated.pop3 import Event, State
from requite.pop3.services import AddressKey, Credentials, Rejected, ServerKey
from requite.pop3.shell import Settings
from running import (
    Peer,
    Running,
    connected,
    fed,
    logged_in,
    run,
    running_server,
    turns,
)
from shell.tls_client import Blocking, certificates, talked
from shell.words import FIRST, LOGIN, SETTINGS, both_loops, joined, sized

MAX: Final = 4
TOO_MANY_COMMANDS: Final = b"-ERR Too many commands before a login."
TOO_MANY_MISTAKES: Final = b"-ERR Too many lines could not be read."
REFUSED: Final = b"-ERR [AUTH] Wrong name or password."
REFUSED_FOR_GOOD: Final = b"-ERR [AUTH] Wrong name or password, once too often."


async def ended_by(event: Event, running: Running, peer: Peer, words: bytes) -> None:
    """Check that a session ends with these words, by this event, and holds nothing any more."""
    assert await peer.rest() == words + b"\r\n"
    assert running.ledger.books() == {}
    peer.close()
    await running.until_over()
    assert event in running.events


# --- commands before the login -------------------------------------------------------------------


@both_loops
def test_one_command_too_many_before_the_login_ends_the_session(loop: str) -> None:
    """As many commands as are allowed are answered, and one more ends it by COMMANDS_EXHAUSTED."""
    settings = Settings(commands_before_login_max=MAX)

    async def story() -> None:
        async with running_server(settings=settings) as running, connected(running) as peer:
            for _ in range(MAX):
                assert await peer.ask(b"NOOP") == b"-ERR Log in first."
            await peer.send(b"NOOP\r\n")
            await ended_by(Event.COMMANDS_EXHAUSTED, running, peer, TOO_MANY_COMMANDS)

    run(story(), loop=loop)


@both_loops
def test_responses_are_counted_as_commands(loop: str) -> None:
    """An exchange that is begun and cancelled over and over ends as other commands do."""
    settings = Settings(commands_before_login_max=MAX)

    async def story() -> None:
        async with running_server(settings=settings) as running, connected(running) as peer:
            for _ in range(MAX // 2):
                assert await peer.ask(b"AUTH PLAIN") == b"+ "
                assert await peer.ask(b"*") == b"-ERR The exchange is cancelled."
            await peer.send(b"AUTH PLAIN\r\n")
            await ended_by(Event.COMMANDS_EXHAUSTED, running, peer, TOO_MANY_COMMANDS)

    run(story(), loop=loop)


def test_quit_is_never_one_too_many() -> None:
    """A client that has used everything up can still leave politely."""
    settings = Settings(commands_before_login_max=MAX, mistakes_max=MAX)

    async def story() -> None:
        async with running_server(settings=settings) as running, connected(running) as peer:
            for _ in range(MAX):
                assert await peer.ask(b"XYZZY") == b"-ERR Unknown command."
            await peer.send(b"QUIT\r\n")
            await ended_by(Event.QUIT_RECEIVED, running, peer, b"+OK Goodbye.")

    run(story())


def test_after_the_login_commands_are_not_counted() -> None:
    """Whoever has logged in with the last permitted command may send as many as it likes."""
    settings = Settings(commands_before_login_max=len(LOGIN))

    async def story() -> None:
        async with running_server(FIRST, settings=settings) as running, logged_in(running) as peer:
            for _ in range(10 * len(LOGIN)):
                assert await peer.ask(b"NOOP") == b"+OK"

    run(story())


# --- lines that cannot be read -------------------------------------------------------------------

UNREADABLE: Final = (b"XYZZY", b"RETR one", b"x" * 300)


@both_loops
@pytest.mark.parametrize("in_transaction", [False, True])
@pytest.mark.parametrize("line", UNREADABLE, ids=["unknown", "malformed", "too long"])
def test_one_mistake_too_many_ends_the_session(
    line: bytes, loop: str, *, in_transaction: bool
) -> None:
    """As many mistakes as are allowed are answered, and one more ends it by MISTAKES_EXHAUSTED.

    Commands that can be read are answered in between, and buy no patience.
    """
    settings = Settings(mistakes_max=MAX)

    async def story() -> None:
        begin = logged_in if in_transaction else connected
        async with running_server(FIRST, settings=settings) as running, begin(running) as peer:
            for _ in range(MAX):
                assert (await peer.ask(line)).startswith(b"-ERR")
                assert await peer.ask_listing(b"CAPA")
            await peer.send(line + b"\r\n")
            await ended_by(Event.MISTAKES_EXHAUSTED, running, peer, TOO_MANY_MISTAKES)

    run(story(), loop=loop)


def test_a_response_that_cannot_be_read_is_a_mistake() -> None:
    """Broken base64 is counted with AUTH and as a response."""
    settings = Settings(mistakes_max=2)

    async def story() -> None:
        async with running_server(settings=settings) as running, connected(running) as peer:
            assert await peer.ask(b"AUTH PLAIN !") == b"-ERR That is not a valid initial response."
            assert await peer.ask(b"AUTH PLAIN") == b"+ "
            assert await peer.ask(b"!") == b"-ERR That is not a valid response."
            assert await peer.ask(b"AUTH PLAIN") == b"+ "
            await peer.send(b"!\r\n")
            await ended_by(Event.MISTAKES_EXHAUSTED, running, peer, TOO_MANY_MISTAKES)

    run(story())


def test_what_is_refused_is_no_mistake() -> None:
    """Commands that can be read and have no place, or name no message, cost no patience."""
    settings = Settings(mistakes_max=1)

    async def story() -> None:
        async with running_server(FIRST, settings=settings) as running, logged_in(running) as peer:
            for line in (b"RETR 0", b"RETR 9", b"USER alice", b"STLS", b"DELE 2"):
                assert (await peer.ask(line)).startswith(b"-ERR")

    run(story())


@both_loops
def test_tls_buys_no_patience(loop: str) -> None:
    """After STLS the session starts over, but what was used up in the clear stays used up."""
    settings = Settings(mistakes_max=MAX)
    server_side, _ = certificates()

    def talk(peer: Blocking) -> None:
        peer.line()
        for _ in range(MAX):
            assert peer.ask(b"XYZZY") == b"-ERR Unknown command."
        assert peer.ask(b"STLS") == b"+OK Begin TLS."
        peer.begin_tls()
        assert peer.ask(b"XYZZY") == TOO_MANY_MISTAKES

    async def story() -> None:
        async with running_server(tls=server_side, settings=settings) as running:
            await talked(running, talk)
            assert Event.MISTAKES_EXHAUSTED in running.events

    run(story(), loop=loop)


@both_loops
def test_tls_buys_no_login(loop: str) -> None:
    """A password that was wrong in the clear counts beside one that is wrong inside TLS."""
    settings = Settings(failed_logins_max=2, refusal_s=0.0)
    server_side, _ = certificates()

    def talk(peer: Blocking) -> None:
        peer.line()
        peer.ask(b"USER alice")
        assert peer.ask(b"PASS wrong") == REFUSED
        assert peer.ask(b"STLS") == b"+OK Begin TLS."
        peer.begin_tls()
        peer.ask(b"USER alice")
        assert peer.ask(b"PASS wrong") == REFUSED_FOR_GOOD

    async def story() -> None:
        async with running_server(tls=server_side, settings=settings, real_time=True) as running:
            await talked(running, talk)

    run(story(), loop=loop)


# --- wrong passwords -----------------------------------------------------------------------------


async def fail(running: Running, peer: Peer) -> None:
    """Give a wrong password, and wait until the refusal is held back."""
    assert (await peer.ask(b"USER alice")).startswith(b"+OK")
    await peer.send(b"PASS wrong\r\n")
    await running.until_state(State.REFUSING)


@both_loops
def test_the_last_wrong_password_ends_the_session(loop: str) -> None:
    """Before the limit a refusal leaves the session open; at the limit REJECTED_FOR_GOOD ends it.

    The last answer is not held back: what it costs is a new connection, and nothing waits for it.
    """
    settings = Settings(failed_logins_max=MAX)

    async def story() -> None:
        async with running_server(settings=settings) as running, connected(running) as peer:
            for _ in range(MAX - 1):
                await fail(running, peer)
                running.clock.advance(settings.refusal_s)
                assert await peer.line() == REFUSED
            assert (await peer.ask(b"USER alice")).startswith(b"+OK")
            await peer.send(b"PASS wrong\r\n")
            await ended_by(Event.REJECTED_FOR_GOOD, running, peer, REFUSED_FOR_GOOD)

    run(story(), loop=loop)


def test_one_before_the_last_wrong_password_a_right_one_logs_in() -> None:
    """A session that has failed once less than it may logs in."""
    settings = Settings(failed_logins_max=MAX)

    async def story() -> None:
        async with running_server(settings=settings) as running, connected(running) as peer:
            for _ in range(MAX - 1):
                await fail(running, peer)
                running.clock.advance(settings.refusal_s)
                assert await peer.line() == REFUSED
            await peer.send(joined(*LOGIN))
            assert (await peer.line()).startswith(b"+OK")
            assert (await peer.line()).startswith(b"+OK Logged in")

    run(story())


def test_a_password_that_could_not_be_checked_is_not_wrong() -> None:
    """An answer that does not come is nobody's mistake: the limit is not reached by it."""

    class Unavailable:
        """Accounts that cannot be looked up."""

        def verify(self, credentials: Credentials, /) -> Rejected:
            """Fail."""
            raise OSError(f"the test says that {credentials.account} cannot be looked up")

    settings = Settings(failed_logins_max=1)

    async def story() -> None:
        async with (
            running_server(settings=settings, accounts=Unavailable()) as running,
            connected(running) as peer,
        ):
            for _ in range(MAX):
                await peer.ask(b"USER alice")
                assert (await peer.ask(b"PASS x")).startswith(b"-ERR [SYS/TEMP]")
            running.forget_complaints(MAX)

    run(story())


@both_loops
def test_refusals_do_not_pile_up(loop: str) -> None:
    """Guesses that come together are refused one after the other, each held back by itself.

    Meanwhile neither the account's nor the mailbox's slot is held, and the next guess is not even
    looked at.
    """

    async def story() -> None:
        async with running_server() as running, connected(running) as peer:
            await peer.send(joined(b"USER alice", b"PASS wrong") * (SETTINGS.failed_logins_max - 1))
            for number in range(1, SETTINGS.failed_logins_max):
                await running.until_state(State.REFUSING)
                await turns()
                assert running.events.count(Event.PASS_RECEIVED) == number
                assert {type(key) for key in running.ledger.books()} == {ServerKey, AddressKey}
                running.clock.advance(SETTINGS.refusal_s - 0.5)
                assert running.state() is State.REFUSING
                running.clock.advance(0.5)
                assert (await peer.line()).startswith(b"+OK")
                assert await peer.line() == REFUSED

    run(story(), loop=loop)


@both_loops
def test_leaving_while_a_refusal_is_held_back_gives_back_at_once(loop: str) -> None:
    """Nobody is waited for: a client that resets during the delay holds nothing any more."""

    async def story() -> None:
        async with running_server() as running, connected(running) as peer:
            await fail(running, peer)
            peer.reset()
            await running.until_over()
            assert running.ledger.books() == {}

    run(story(), loop=loop)


# --- time ----------------------------------------------------------------------------------------


ANY_PACE: Final = Settings(line_floor_octets_per_s=0)


@both_loops
@pytest.mark.parametrize("in_transaction", [False, True], ids=["login_s", "idle_s"])
def test_a_client_that_sends_an_octet_a_second_leaves_when_time_is_up(
    loop: str, *, in_transaction: bool
) -> None:
    """A line must be complete within the time for it: octets alone do not move the deadline."""

    async def story() -> None:
        begin = logged_in if in_transaction else connected
        async with running_server(FIRST, settings=ANY_PACE) as running, begin(running) as peer:
            limit_s = SETTINGS.idle_s if in_transaction else SETTINGS.login_s
            for _ in range(int(limit_s) - 1):
                await peer.send(b"x")
                await turns(2)
                running.clock.advance(1.0)
            assert running.server.sessions
            running.clock.advance(1.0)
            await running.until_over()
            assert running.events[-1] is Event.TIME_EXPIRED
            assert running.ledger.books() == {}

    run(story(), loop=loop)


@both_loops
@pytest.mark.parametrize(
    ("at_a_time", "stays"), [(1, False), (2, True)], ids=["below the floor", "at the floor"]
)
@pytest.mark.parametrize("line", [b"NOOP\r\n", b"x" * 600], ids=["finished", "unfinished"])
def test_a_client_that_sends_below_the_floor_leaves_though_it_finishes_its_lines(
    line: bytes, at_a_time: int, loop: str, *, stays: bool
) -> None:
    """An octet a second is too little within a line, and two are enough: TIME_EXPIRED.

    The commands are answered, and begin the idle time anew; they do not buy the slot for ever.
    """

    async def story() -> None:
        async with running_server(FIRST) as running, logged_in(running) as peer:
            for second in range(2 * int(SETTINGS.write_s)):
                sent = second * at_a_time % len(line)
                await peer.send(line[sent : sent + at_a_time])
                await turns(4)
                running.clock.advance(1.0)
                if not running.server.sessions:
                    break
            assert bool(running.server.sessions) is stays
            if not stays:
                assert running.events[-1] is Event.TIME_EXPIRED
                assert running.ledger.books() == {}

    run(story(), loop=loop)


@both_loops
def test_whole_lines_may_come_as_seldom_as_they_like(loop: str) -> None:
    """A client that sends a command a minute is within no line, and no floor is asked of it."""

    async def story() -> None:
        async with running_server(FIRST) as running, logged_in(running) as peer:
            await peer.send(b"NO")  # A line in two pieces opens a window, and the next ends it.
            await turns(4)
            for line in (b"OP", *[b"NOOP"] * 10):
                assert await peer.ask(line) == b"+OK"
                running.clock.advance(60.0)

    run(story(), loop=loop)


@both_loops
def test_each_command_restarts_the_idle_time(loop: str) -> None:
    """A client that asks just before its time is up may do so for ever; one second late is late."""

    async def story() -> None:
        async with running_server(FIRST) as running, logged_in(running) as peer:
            for line in (b"NOOP", b"XYZZY", b"STAT", b"RETR 7", b"USER alice", b"LIST 1"):
                running.clock.advance(SETTINGS.idle_s - 1.0)
                assert await peer.ask(line)
            running.clock.advance(SETTINGS.idle_s)
            await running.until_over()
            assert running.events[-1] is Event.TIME_EXPIRED

    run(story(), loop=loop)


# --- commands in one turn ------------------------------------------------------------------------


@pytest.mark.parametrize(("commands", "at_once"), [(MAX, MAX), (MAX + 1, MAX)])
def test_so_many_commands_are_handled_in_one_turn(commands: int, at_once: int) -> None:
    """At the limit all pipelined commands are handled in one turn; one more has to wait for it."""
    settings = Settings(commands_per_turn=MAX)

    async def story() -> None:
        async with running_server(settings=settings) as running:
            with fed(running) as (feed, paper):
                feed(joined(*LOGIN))
                feed(joined(b"NOOP") * commands)
                assert running.events.count(Event.NOOP_RECEIVED) == at_once
                await turns(3)
                assert running.events.count(Event.NOOP_RECEIVED) == commands
            assert b"".join(paper.writes).endswith(b"+OK\r\n" * commands)

    run(story())


# --- the floor on the rate -----------------------------------------------------------------------

LONG_OCTETS: Final = 1_500_000
SMALL_BUFFER: Final = 4_096


async def take(peer: Peer, octets: int) -> None:
    """Take exactly so many octets from the socket."""
    left = octets
    while left:
        left -= len(await asyncio.get_running_loop().sock_recv(peer._socket, left))


@both_loops
def test_a_client_that_reads_an_octet_a_second_leaves_as_stalled(loop: str) -> None:
    """Progress of an octet a second is too little: WRITE_STALLED, within two windows."""

    async def story() -> None:
        async with (
            running_server(sized(LONG_OCTETS), sends_octets=SMALL_BUFFER) as running,
            logged_in(running, receives_octets=SMALL_BUFFER) as peer,
        ):
            await peer.send(b"RETR 1\r\n")
            await running.until_state(State.SENDING)
            await turns()
            for _ in range(2 * int(SETTINGS.write_s)):
                await take(peer, 1)
                await turns(2)
                running.clock.advance(1.0)
                if not running.server.sessions:
                    break
            await running.until_over()
            assert Event.WRITE_STALLED in running.events
            assert running.ledger.books() == {}

    run(story(), loop=loop)


@both_loops
@pytest.mark.parametrize("keeps_octets", [SMALL_BUFFER, 1_000_000])
def test_a_slow_and_honest_client_is_not_cut_off(keeps_octets: int, loop: str) -> None:
    """Twice the floor is enough for ever, also where the kernel takes it in large steps.

    With a buffer of a megabyte nothing of what this process holds moves for whole windows: what
    the client takes is seen in the kernel alone.
    """

    async def story() -> None:
        async with (
            running_server(sized(3 * LONG_OCTETS), sends_octets=keeps_octets) as running,
            logged_in(running, receives_octets=SMALL_BUFFER) as peer,
        ):
            await peer.send(b"RETR 1\r\n")
            await running.until_state(State.SENDING)
            await running.until_output_waits()
            for _ in range(8 * 4):
                await take(peer, int(2 * SETTINGS.floor_octets_per_s * SETTINGS.write_s / 4))
                await turns(20)
                running.clock.advance(SETTINGS.write_s / 4)
                assert running.server.sessions, running.events[-3:]
            peer.reset()
            await running.until_over()

    run(story(), loop=loop)


@both_loops
def test_a_farewell_is_waited_for_while_the_kernel_hands_out_what_is_before_it(loop: str) -> None:
    """After QUIT a slow client gets every answer, though the kernel takes them in large steps.

    By then what was deleted is removed: nothing of what was asked for may be cut off.
    """

    async def story() -> None:
        async with (
            running_server(FIRST, sends_octets=1_000_000) as running,
            logged_in(running, receives_octets=SMALL_BUFFER) as peer,
        ):
            while not running.session.unsent:
                await peer.send(b"CAPA\r\n" * 100)
                await turns(20)
            await peer.send(b"QUIT\r\n")
            await running.until_state(State.CLOSING)
            before = running.session.unsent
            for _ in range(5):
                await take(peer, 20_000)
                await turns(20)
                running.clock.advance(SETTINGS.close_s * 0.9)
            assert running.session.unsent == before, "expected the kernel to have asked for nothing"
            assert (await peer.rest()).endswith(b"\r\n.\r\n+OK Goodbye.\r\n")

    run(story(), loop=loop)
