"""What clients were seen to do on the wire, and what they need to be answered.

Decides the habits of many clients, each as the commands that were recorded, with the status that
each of them must get on a connection that stays open. Refuses to run a client: `test_every_client`
does. That an answer is one write, never cut at its ends, is shown in `shell`.
"""

from collections.abc import Sequence

import pytest

from requite.pop3.maildrops.memory import MemoryMaildrops
from requite.pop3.services import AccountKey
from requite.pop3.shell import Settings
from running import ALICE, LOOPS, MAILBOX, PASSWORD, Peer, connected, run, running_server

OK, ERR, GO_ON = "+OK", "-ERR", "+ "
PASS = b"PASS " + PASSWORD
LOGIN = ((b"USER alice", OK), (PASS, OK))
WRONG = ((b"USER alice", OK), (b"PASS wrong", ERR))
SETTINGS = Settings(refusal_s=0.0)
MESSAGES = tuple(b"Subject: %d\n\n.\nBody.\n" % number for number in range(1, 31))
LISTED = (b"RETR", b"TOP")
"""What is answered by more than a line."""

Habit = Sequence[tuple[bytes, str]]

HABITS: dict[str, Habit] = {
    "Mail::POP3Client asks NOOP before the login whether the server lives": [
        (b"NOOP", ERR),
        *LOGIN,
    ],
    "Mail::Box says NOOP around every RETR": [
        *LOGIN,
        (b"NOOP", OK),
        (b"RETR 1", OK),
        (b"NOOP", OK),
        (b"RETR 2", OK),
        (b"NOOP", OK),
    ],
    "getmail says RSET after a refused login": [*WRONG, (b"RSET", ERR), *LOGIN],
    "tcllib asks LAST before each RETR": [
        (b"LAST", ERR),
        *LOGIN,
        (b"LAST", ERR),
        (b"RETR 1", OK),
        (b"LAST", ERR),
        (b"RETR 2", OK),
    ],
    "movemail asks UIDL one by one": [
        *LOGIN,
        *((b"UIDL %d" % number, OK) for number in range(1, 31)),
        (b"UIDL 31", ERR),
    ],
    "curl cancels a mechanism and takes another": [
        (b"AUTH PLAIN", GO_ON),
        (b"*", ERR),
        (b"AUTH DIGEST-MD5", ERR),
        (b"AUTH PLAIN", GO_ON),
        (b"AGFsaWNlAHdvbmRlcmxhbmQ=", OK),
    ],
    "s-nail asks for a message with a number of its memory": [
        *LOGIN,
        (b"RETR -1431656001", ERR),
        (b"RETR 1", OK),
    ],
    "fetchmail reads by TOP with very many lines": [
        *LOGIN,
        (b"TOP 1 99999999", OK),
        (b"TOP 30 99999999", OK),
        (b"TOP 31 99999999", ERR),
    ],
    "mutt tries one way to log in after the other": [
        (b"AUTH SCRAM-SHA-1", ERR),
        (b"APOP alice 0123456789abcdef0123456789abcdef", ERR),
        *WRONG,
        *WRONG,
        *LOGIN,
    ],
    "a shell script says things in any order": [
        (b"PASS early", ERR),
        (b"STAT", ERR),
        (b"XYZZY", ERR),
        (b"", ERR),
        *LOGIN,
        (b"USER alice", ERR),
        (b"RSET", OK),
    ],
}


async def status_of(peer: Peer, command: bytes) -> str:
    """Send a command, read its whole answer, and give how it begins."""
    answer = await peer.ask(command)
    if answer.startswith(b"+OK") and command.startswith(LISTED):
        await peer.listing()
    return next(status for status in (OK, ERR, GO_ON) if answer.startswith(status.encode()))


def maildrops() -> MemoryMaildrops:
    """Fill alice's maildrop."""
    filled = MemoryMaildrops()
    for message in MESSAGES:
        filled.add(MAILBOX, message)
    return filled


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("habit", HABITS.values(), ids=HABITS)
def test_a_habit_is_answered_and_the_connection_stays(habit: Habit, loop: str) -> None:
    """Each command gets its status, and QUIT is still answered at the end."""

    async def story() -> None:
        async with (
            running_server(settings=SETTINGS, maildrops=maildrops(), real_time=True) as running,
            connected(running) as peer,
        ):
            found = [(command, await status_of(peer, command)) for command, _ in habit]
            assert found == [*habit]
            assert (await peer.ask(b"QUIT")).startswith(b"+OK")
            assert await peer.rest() == b""

    run(story(), loop=loop)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("deep", [27, 30])
def test_a_window_of_commands_is_answered_in_order(deep: int, loop: str) -> None:
    """Emacs sends 27 RETR at once without asking for PIPELINING, mpop 30 and DELE among them."""

    async def story() -> None:
        async with (
            running_server(settings=SETTINGS, maildrops=maildrops(), real_time=True) as running,
            connected(running) as peer,
        ):
            for command, status in LOGIN:
                assert await status_of(peer, command) == status
            numbers = range(1, deep + 1)
            await peer.send(b"".join(b"RETR %d\r\nDELE %d\r\n" % (n, n) for n in numbers))
            for number in numbers:
                assert (await peer.line()).startswith(b"+OK")
                assert (await peer.listing())[0] == b"Subject: %d" % number
                assert (await peer.line()).startswith(b"+OK")
            assert (await peer.ask(b"STAT")).split()[1] == b"%d" % (30 - deep)
            await peer.send(b"QUIT\r\n")
            assert (await peer.rest()).startswith(b"+OK")

    run(story(), loop=loop)


@pytest.mark.parametrize("loop", LOOPS)
def test_without_quit_a_window_deletes_nothing(loop: str) -> None:
    """A client that is gone after its window has lost nothing: a release needs no QUIT."""

    async def story() -> None:
        filled = maildrops()
        async with (
            running_server(settings=SETTINGS, maildrops=filled, real_time=True) as running,
            connected(running) as peer,
        ):
            for command, status in LOGIN:
                assert await status_of(peer, command) == status
            await peer.send(b"".join(b"DELE %d\r\n" % number for number in range(1, 31)))
            assert all([(await peer.line()).startswith(b"+OK") for _ in range(30)])
            assert running.ledger.held(AccountKey(ALICE)) == 1
            peer.close()
            await running.until_over()
            assert running.ledger.held(AccountKey(ALICE)) == 0
            assert filled.stored(MAILBOX) == MESSAGES

    run(story(), loop=loop)
