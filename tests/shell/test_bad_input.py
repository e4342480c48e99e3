"""What a client can do to a server with bytes alone, and what it costs.

Decides that each kind of bad input is answered or closed by a named edge, within limits that have
names, and that nothing is lost and nothing left behind: `running` looks at the books, the tasks,
the descriptors and the timers after each story. Refuses to test good input.
"""

import asyncio
import random
import tracemalloc
from collections.abc import Callable

import pytest

from requite.generated.pop3 import Event, State
from requite.pop3.services import AddressKey, ServerKey
from requite.pop3.shell import Settings
from requite.pop3.shell.output import WRITE_OCTETS
from running import (
    LOOPS,
    PASSWORD,
    HeldAccounts,
    Peer,
    Running,
    connected,
    logged_in,
    run,
    running_server,
    turns,
)

SETTINGS = Settings()
ONE_READ_OCTETS = 262_144
"""What asyncio and uvloop read from a socket at most before they tell (`max_size`, 256 KiB)."""
SMALL = b"Subject: small\n\nA line.\n"
SEED = 20260214

both_loops = pytest.mark.parametrize("loop", LOOPS)


async def waiting_for_a_line(running: Running, state: State) -> None:
    """Check that the one session waits, and that it is not over."""
    await turns()
    assert running.state() is state


# --- one line ------------------------------------------------------------------------------------


@pytest.mark.rfc("1939-3-argument", "2449-4-command")
@both_loops
@pytest.mark.parametrize(
    ("octets", "answer"), [(255, b"-ERR Unknown command."), (256, b"-ERR The line is too long")]
)
def test_a_line_at_the_limit_is_read_and_one_past_it_is_skipped(
    octets: int, answer: bytes, loop: str
) -> None:
    """255 octets are a command, 256 are too many; either way the next command is answered."""

    async def story() -> None:
        async with running_server(SMALL) as running, logged_in(running) as peer:
            found = await peer.ask(b"x" * (octets - 2))
            assert found.startswith(answer), f"expected {answer!r}, found {found!r}"
            assert await peer.ask(b"NOOP") == b"+OK"

    run(story(), loop=loop)


@both_loops
@pytest.mark.parametrize(("octets", "is_kept"), [(255, True), (256, False)])
def test_a_password_may_fill_the_line(octets: int, loop: str, *, is_kept: bool) -> None:
    """PASS of 255 octets is a wrong password like any other; of 256 octets it is too long."""

    async def story() -> None:
        async with running_server(SMALL) as running, connected(running) as peer:
            await peer.ask(b"USER alice")
            await peer.send(b"PASS ".ljust(octets - 2, b"p") + b"\r\n")
            if is_kept:
                await running.until_state(State.REFUSING)
                running.clock.advance(SETTINGS.refusal_s)
            found = await peer.line()
            expected = b"-ERR [AUTH]" if is_kept else b"-ERR The line is too long"
            assert found.startswith(expected), f"expected {expected!r}, found {found!r}"

    run(story(), loop=loop)


@pytest.mark.rfc("5034-4-longest", "2449-4-extended")
@both_loops
@pytest.mark.parametrize("begun", [True, False], ids=["as a response", "with AUTH"])
@pytest.mark.parametrize(
    ("octets", "event"),
    [(12_288, Event.RESPONSE_MALFORMED), (12_289, Event.LINE_TOO_LONG)],
)
def test_a_response_at_the_limit_is_read_and_one_past_it_is_skipped(
    octets: int, event: Event, loop: str, *, begun: bool
) -> None:
    """A SASL line may have 12,288 octets, as a response and as an initial response."""

    async def story() -> None:
        async with running_server(SMALL) as running, connected(running) as peer:
            if begun:
                assert await peer.ask(b"AUTH PLAIN") == b"+ "
            start = b"" if begun else b"AUTH PLAIN "
            found = await peer.ask(start.ljust(octets - 2, b"A"))
            assert found.startswith(b"-ERR"), found
            assert running.events[-1] is event
            assert running.state() is State.AUTHORIZATION
            assert (await peer.ask(b"CAPA")).startswith(b"+OK")

    run(story(), loop=loop)


@both_loops
def test_a_line_without_an_end_closes(loop: str) -> None:
    """65,536 octets without an end are waited for; one more closes by LINE_ENDLESS with -ERR."""

    async def story() -> None:
        async with running_server(SMALL) as running, logged_in(running) as peer:
            await peer.send(b"x" * SETTINGS.skipped_octets)
            await waiting_for_a_line(running, State.TRANSACTION)
            await peer.send(b"x")
            assert await peer.rest() == b"-ERR The line has no end.\r\n"
            assert Event.LINE_ENDLESS in running.events
            assert running.ledger.books() == {}

    run(story(), loop=loop)


@both_loops
def test_a_megabyte_without_an_end_still_gets_its_answer(loop: str) -> None:
    """A client that sends on after the close is not reset before it could read the -ERR."""

    async def story() -> None:
        async with running_server(SMALL) as running, logged_in(running) as peer:
            await peer.send(b"x" * 1_000_000)
            assert await peer.rest() == b"-ERR The line has no end.\r\n"

    run(story(), loop=loop)


# --- any octets ----------------------------------------------------------------------------------


@pytest.mark.rfc("1939-3-invalid")
@both_loops
def test_nul_octets_are_an_unknown_command(loop: str) -> None:
    """NUL octets, alone or within a command, are answered by -ERR, each line once."""

    async def story() -> None:
        async with running_server(SMALL) as running, logged_in(running) as peer:
            for line in (b"\0", b"\0" * 250, b"NO\0OP", b"RETR 1\0", b"\0NOOP"):
                assert (await peer.ask(line)).startswith(b"-ERR")
            assert await peer.ask(b"NOOP") == b"+OK"

    run(story(), loop=loop)


@pytest.mark.rfc("1939-3-invalid", "1939-5-answered")
@both_loops
@pytest.mark.parametrize("in_transaction", [True, False])
def test_noise_is_answered_line_by_line(loop: str, *, in_transaction: bool) -> None:
    """Each line of seeded noise gets its one -ERR, and the session is as it was."""
    noise = random.Random(SEED)  # noqa: S311 - not for secrets.
    lines = [noise.randbytes(noise.randrange(400)).replace(b"\n", b"") for _ in range(300)]

    async def story() -> None:
        begin = logged_in if in_transaction else connected
        patient = Settings(mistakes_max=len(lines), commands_before_login_max=len(lines))
        async with running_server(SMALL, settings=patient) as running, begin(running) as peer:
            before = running.state()
            sending = asyncio.create_task(peer.send(b"".join(line + b"\n" for line in lines)))
            found = [await peer.line() for _ in lines]
            await sending
            assert [line for line in found if not line.startswith(b"-ERR ")] == [], f"seed {SEED}"
            assert running.state() is before
            await peer.send(b"QUIT\r\n")
            assert await peer.rest() == b"+OK Goodbye.\r\n"

    run(story(), loop=loop)


@both_loops
def test_a_handshake_in_the_clear_is_no_command(loop: str) -> None:
    """A client that speaks TLS to a port in the clear gets an -ERR or is waited for; no fault."""

    async def story() -> None:
        async with running_server(SMALL) as running, connected(running) as peer:
            await peer.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n" + bytes(300))
            assert (await peer.line()).startswith(b"-ERR")
            await waiting_for_a_line(running, State.AUTHORIZATION)

    run(story(), loop=loop)


# --- the end of the stream -----------------------------------------------------------------------


@both_loops
@pytest.mark.parametrize("half", [b"DELE 1", b"QUIT", b"DELE 1\r\nQUIT\r", b"x" * 300])
def test_half_a_command_before_the_end_is_not_a_command(half: bytes, loop: str) -> None:
    """What has no line end when the client closes its half is dropped, and nothing is removed."""

    async def story() -> None:
        async with running_server(SMALL) as running, logged_in(running) as peer:
            await peer.send(half)
            peer.end_sending()
            await running.until_over()
            assert Event.QUIT_RECEIVED not in running.events
            assert running.events[-2:] == [Event.END_OF_STREAM, Event.CONNECTION_LOST]
            async with logged_in(running) as second:
                assert (await second.ask(b"STAT")).startswith(b"+OK 1 ")

    run(story(), loop=loop)


@both_loops
def test_what_came_before_the_end_is_answered(loop: str) -> None:
    """A client that sends its commands and closes its half gets every answer, QUIT's among them."""

    async def story() -> None:
        async with running_server(SMALL) as running, logged_in(running) as peer:
            await peer.send(b"NOOP\r\n" * 1_000 + b"RETR 1\r\nDELE 1\r\nQUIT\r\n")
            peer.end_sending()
            answers = await peer.rest()
            assert answers.startswith(b"+OK\r\n" * 1_000 + b"+OK ")
            assert answers.endswith(b"+OK Goodbye.\r\n")

    run(story(), loop=loop)


@both_loops
def test_without_quit_what_came_before_the_end_is_answered(loop: str) -> None:
    """A client that closes its half without QUIT still gets the answers it asked for before."""

    async def story() -> None:
        async with running_server(SMALL) as running, logged_in(running) as peer:
            await peer.send(b"NOOP\r\n" * (SETTINGS.commands_per_turn + 1))
            peer.end_sending()
            assert await peer.rest() == b"+OK\r\n" * (SETTINGS.commands_per_turn + 1)

    run(story(), loop=loop)


@both_loops
def test_without_quit_a_late_answer_is_still_sent(loop: str) -> None:
    """A client that closes its half while its password is checked gets the answer to it."""

    async def story() -> None:
        accounts = HeldAccounts()
        async with running_server(SMALL, accounts=accounts) as running, connected(running) as peer:
            await peer.send(b"USER alice\r\nPASS " + PASSWORD + b"\r\nNOOP\r\n")
            assert (await peer.line()).startswith(b"+OK")
            await running.until_state(State.VERIFYING)
            peer.end_sending()
            await turns()
            accounts.let_go()
            answers = (await peer.rest()).splitlines()
            assert [answer[:3] for answer in answers] == [b"+OK", b"+OK"], answers

    run(story(), loop=loop)


@both_loops
def test_without_quit_a_long_answer_is_sent_to_its_end(loop: str) -> None:
    """A client that asks for 5 MB, closes its half and reads slowly gets all of it."""
    stored = b"Subject: large\n\n" + b"y" * 5_000_000 + b"\n"

    async def story() -> None:
        async with (
            running_server(stored, sends_octets=65_536) as running,
            logged_in(running, receives_octets=65_536) as peer,
        ):
            await peer.send(b"RETR 1\r\n")
            peer.end_sending()
            answer = await peer.rest()
            assert answer.partition(b"\r\n")[2] == stored.replace(b"\n", b"\r\n") + b".\r\n"

    run(story(), loop=loop)


@both_loops
def test_commands_after_quit_are_not_executed(loop: str) -> None:
    """QUIT is the last command whatever is pipelined after it: no answer, no deed, a clean end."""

    async def story() -> None:
        async with running_server(SMALL) as running, logged_in(running) as peer:
            await peer.send(b"QUIT\r\nDELE 1\r\nQUIT\r\n" + b"NOOP\r\n" * 1_000)
            assert await peer.rest() == b"+OK Goodbye.\r\n"
            peer.close()
            await running.until_over()
            assert running.events.count(Event.QUIT_RECEIVED) == 1
            assert Event.DELE_RECEIVED not in running.events
            assert Event.NOOP_RECEIVED not in running.events

    run(story(), loop=loop)


@both_loops
@pytest.mark.parametrize("turn", range(4))
def test_quit_and_a_reset_leave_nothing(turn: int, loop: str) -> None:
    """A client that resets at whatever moment after QUIT leaves nothing and causes no fault."""

    async def story() -> None:
        async with running_server(SMALL) as running, logged_in(running) as peer:
            await peer.send(b"QUIT\r\n")
            await turns(turn)
            peer.reset()
            await running.until_over()

    run(story(), loop=loop)


# --- very many commands --------------------------------------------------------------------------


@pytest.mark.rfc("2449-6.6-pipelining", "1939-5-answered")
@both_loops
def test_ten_thousand_commands_in_one_write_are_answered_in_order(loop: str) -> None:
    """Each of 10,000 pipelined commands gets its own answer, in the order of the commands."""

    async def story() -> None:
        async with running_server(*[SMALL] * 100) as running, logged_in(running) as peer:
            asked = [number % 101 for number in range(10_000)]
            commands = b"".join(b"LIST %d\r\n" % number for number in asked)
            sending = asyncio.create_task(peer.send(commands))
            for number in asked:
                answer = await peer.line()
                expected = b"+OK %d " % number if number else b"-ERR No such message."
                assert answer.startswith(expected), f"expected {expected!r}, found {answer!r}"
            await sending

    run(story(), loop=loop)


@both_loops
def test_others_are_served_meanwhile(loop: str) -> None:
    """A client is answered while the 10,000 pipelined commands of another are under way."""

    async def story() -> None:
        async with (
            running_server(SMALL) as running,
            connected(running) as second,
            logged_in(running) as first,
        ):
            done_before = len(running.steps)
            sending = asyncio.create_task(first.send(b"NOOP\r\n" * 10_000))
            await running.until(lambda: len(running.steps) > done_before)
            assert (await second.ask(b"CAPA")).startswith(b"+OK")
            noops = running.events.count(Event.NOOP_RECEIVED)
            assert noops <= 2_000, f"{noops} commands of the first came before"
            for _ in range(10_000):
                assert await first.line() == b"+OK"
            await sending

    run(story(), loop=loop)


# --- clients that do not read --------------------------------------------------------------------


def measure(running: Running) -> Callable[[], tuple[int, int]]:
    """Watch what the first session keeps at each step: give the most of output and of input."""
    most = [0, 0]
    connection = running.session._connection

    def look(*_: object) -> None:
        transport = connection._transport
        if transport is not None:
            most[0] = max(
                most[0], transport.get_write_buffer_size() + connection.output._queued_octets
            )
        most[1] = max(most[1], len(connection._lines))

    running.watch = look
    return lambda: (most[0], most[1])


async def stall(running: Running) -> None:
    """Let the write timer run out, and again while the kernel has taken something meanwhile."""
    for _ in range(5):
        await turns()
        running.clock.advance(SETTINGS.write_s)
        if not running.server.sessions:
            return


@both_loops
@pytest.mark.parametrize(
    "command", [b"RETR 1\r\n", b"TOP 1 99\r\n", b"LIST\r\n", b"UIDL\r\n", b"CAPA\r\n"]
)
def test_a_client_that_never_reads_costs_no_more_than_the_limits(command: bytes, loop: str) -> None:
    """10,000 answers that nobody takes are not made: what is kept stays within named limits.

    At most `output_octets` of answers are kept and one more write and one more answer, and at most
    `input_octets` of commands and one more read. When nothing is taken for `write_s`, everything
    is given back by WRITE_STALLED.
    """
    stored = b"Subject: long\n\n" + b"x" * 60_000 + b"\n"
    answer_octets = len(stored) + 100

    async def story() -> None:
        async with (
            running_server(stored, *[SMALL] * 99, sends_octets=4_096) as running,
            logged_in(running, receives_octets=4_096) as peer,
        ):
            measured = measure(running)
            sending = asyncio.create_task(peer.send(command * 10_000))
            await turns(2_000)
            unsent = running.session.unsent
            await stall(running)
            output, unread = measured()
            output_max = SETTINGS.output_octets + WRITE_OCTETS + answer_octets
            assert 0 < unsent <= output_max, unsent
            assert output <= output_max, output
            assert unread <= SETTINGS.input_octets + ONE_READ_OCTETS, unread
            await running.until_over()
            assert Event.WRITE_STALLED in running.events[-2:]
            assert running.ledger.books() == {}
            assert running.events.count(Event.NO_SUCH_MESSAGE) == 0
            await asyncio.gather(sending, return_exceptions=True)

    run(story(), loop=loop)


@both_loops
def test_a_large_message_that_nobody_reads_is_not_read_into_memory(loop: str) -> None:
    """Of 20 MB that a client does not take, less than 2 MB are ever in memory."""
    stored = b"Subject: large\n\n" + b"y" * 20_000_000

    async def story() -> int:
        async with (
            running_server(stored) as running,
            logged_in(running, receives_octets=4_096) as peer,
        ):
            tracemalloc.start()
            try:
                await peer.send(b"RETR 1\r\n")
                await running.until_state(State.SENDING)
                connection = running.session._connection
                while connection.output._callback is None:
                    await turns(1)
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            await stall(running)
            await running.until_over()
            assert Event.WRITE_STALLED in running.events
            return peak

    assert run(story(), loop=loop) < 2_000_000


@both_loops
def test_a_client_that_reads_slowly_is_not_stalled(loop: str) -> None:
    """Whoever takes more than the kernel keeps within each `write_s` gets all of a long answer.

    Each time only a part of what the server has at hand is taken, so that progress is all there is
    to see. The kernel keeps some 20 KB here.
    """
    stored = b"Subject: large\n\n" + b"y" * 1_500_000 + b"\n"

    async def story() -> None:
        async with (
            running_server(stored, sends_octets=4_096) as running,
            logged_in(running, receives_octets=4_096) as peer,
        ):
            await peer.send(b"RETR 1\r\n")
            received = 0
            while received < len(stored):
                enough = min(received + 80_000, len(stored))
                while received < enough:
                    received += len(await peer.receive())
                await turns(10)
                running.clock.advance(SETTINGS.write_s * 0.9)
                assert running.server.sessions, f"cut off after {received} octets"

    run(story(), loop=loop)


@both_loops
def test_a_client_that_never_reads_the_greeting_is_let_go(loop: str) -> None:
    """A client that connects and does nothing is dropped when its time to log in is over."""

    async def story() -> None:
        async with running_server(SMALL) as running, connected(running, greeted=False):
            await running.until_state(State.AUTHORIZATION)
            running.clock.advance(SETTINGS.login_s * 0.99)
            assert running.state() is State.AUTHORIZATION
            running.clock.advance(SETTINGS.login_s * 0.02)
            await running.until_over()
            assert running.events[-1] is Event.TIME_EXPIRED

    run(story(), loop=loop)


@both_loops
def test_a_client_that_never_takes_the_farewell_is_let_go(loop: str) -> None:
    """After QUIT everything but the socket is back at once, and the socket after `close_s`."""

    async def story() -> None:
        async with running_server(SMALL) as running, logged_in(running) as peer:
            await peer.send(b"QUIT\r\n")
            await running.until_state(State.CLOSING)
            assert running.ledger.books() == {}
            running.clock.advance(SETTINGS.close_s)
            await running.until_over()
            assert running.events[-1] is Event.TIME_EXPIRED

    run(story(), loop=loop)


# --- while a service is asked --------------------------------------------------------------------


@both_loops
def test_a_megabyte_during_the_check_of_a_password_is_not_kept(loop: str) -> None:
    """While VERIFYING is pending at most `input_octets` and one more read are kept of 1 MB."""

    async def story() -> None:
        accounts = HeldAccounts()
        async with running_server(SMALL, accounts=accounts) as running, connected(running) as peer:
            await peer.send(b"USER alice\r\nPASS " + PASSWORD + b"\r\n")
            await peer.line()
            await running.until_state(State.VERIFYING)
            lines = running.session._connection._lines
            sending = asyncio.create_task(peer.send(b"NOOP\r\n" * 170_000 + b"QUIT\r\n"))
            most = 0
            for _ in range(500):
                await asyncio.sleep(0)
                most = max(most, len(lines))
            assert SETTINGS.input_octets < most <= SETTINGS.input_octets + ONE_READ_OCTETS

            accounts.let_go()
            assert (await peer.line()).startswith(b"+OK Logged in")
            assert await peer.rest() == b"+OK\r\n" * 170_000 + b"+OK Goodbye.\r\n"
            await sending

    run(story(), loop=loop)


@both_loops
@pytest.mark.parametrize("leave", [Peer.reset, Peer.end_sending, Peer.close])
def test_leaving_during_the_check_leaves_nothing(leave: Callable[[Peer], None], loop: str) -> None:
    """However a client leaves while its password is checked, the late answer finds nobody.

    Until then the check counts as a connection, since it costs one; no slot of the account is held.
    """

    async def story() -> None:
        accounts = HeldAccounts()
        async with running_server(SMALL, accounts=accounts) as running, connected(running) as peer:
            await peer.send(b"USER alice\r\nPASS " + PASSWORD + b"\r\n")
            await peer.line()
            await running.until_state(State.VERIFYING)
            leave(peer)
            await running.until_state(State.VERIFICATION_ABANDONED)
            assert {type(key) for key in running.ledger.books()} == {ServerKey, AddressKey}
            accounts.let_go()
            await running.until_over()

    run(story(), loop=loop)
