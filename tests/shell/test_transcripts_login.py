"""Ways to log in and to be refused, as a client reads them.

Decides what USER, PASS, AUTH and CAPA are answered, and when. Refuses to test TLS.
"""

from collections.abc import Sequence

import pytest

from requite.generated.pop3 import Event, State
from requite.pop3.ledger import LedgerLimits
from requite.pop3.maildrops.memory import MemoryMaildrops
from requite.pop3.names import MailboxName
from requite.pop3.services import (
    Credentials,
    Identity,
    Rejected,
)
from requite.pop3.shell import Settings
from running import (
    PASSWORD,
    connected,
    logged_in,
    run,
    running_server,
    turns,
)
from shell.tls_client import certificates
from shell.words import FIRST, SETTINGS, both_loops, plain

# --- a refused login -----------------------------------------------------------------------------


@pytest.mark.rfc("1939-4-refused", "3206-5-auth")
@both_loops
def test_a_refusal_is_held_back_and_the_connection_stays(loop: str) -> None:
    """A wrong password is answered after `refusal_s` and not before; the next try may succeed."""

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            await peer.ask(b"USER alice")
            await peer.send(b"PASS wrong\r\n")
            await running.until_state(State.REFUSING)
            running.clock.advance(SETTINGS.refusal_s * 0.99)
            await turns()
            assert running.state() is State.REFUSING
            running.clock.advance(SETTINGS.refusal_s * 0.02)
            assert await peer.line() == b"-ERR [AUTH] Wrong name or password."
            await peer.ask(b"USER alice")
            assert (await peer.ask(b"PASS " + PASSWORD)).startswith(b"+OK")

    run(story(), loop=loop)


@pytest.mark.rfc("1939-7-user", "3206-5-user", "1939-13-clues", "4422-3.6-alike")
@both_loops
def test_an_unknown_name_is_refused_in_the_same_words(loop: str) -> None:
    """A name that does not exist is answered as a wrong password is, at USER and at PASS."""

    async def story() -> None:
        answers = []
        async with running_server(FIRST) as running, connected(running) as peer:
            for name in (b"USER alice", b"USER nobody"):
                answers.append(await peer.ask(name))
                await peer.send(b"PASS wrong\r\n")
                await running.until_state(State.REFUSING)
                running.clock.advance(SETTINGS.refusal_s)
                answers.append(await peer.line())
            assert answers[:2] == answers[2:]

    run(story(), loop=loop)


@both_loops
def test_refusals_do_not_prolong_the_time_to_log_in(loop: str) -> None:
    """Wrong passwords use up `login_s` as anything else does; then the connection is closed."""

    async def story() -> None:
        tries = int(SETTINGS.login_s / SETTINGS.refusal_s)
        patient = Settings(failed_logins_max=tries + 1)
        async with running_server(FIRST, settings=patient) as running, connected(running) as peer:
            for _ in range(tries - 1):
                await peer.ask(b"USER alice")
                await peer.send(b"PASS wrong\r\n")
                await running.until_state(State.REFUSING)
                running.clock.advance(SETTINGS.refusal_s)
                await peer.line()
            running.clock.advance(SETTINGS.refusal_s)
            assert await peer.rest() == b""
            assert running.events[-1] is Event.TIME_EXPIRED

    run(story(), loop=loop)


@pytest.mark.rfc("2449-8.1.2-in-use-code")
@both_loops
def test_at_the_limit_the_client_is_told_and_stays(loop: str) -> None:
    """The session over the limit gets [IN-USE], stays connected, and comes in when one leaves."""

    async def story() -> None:
        shared = MemoryMaildrops(exclusive=False)
        limits = LedgerLimits(account=1)
        async with (
            running_server(maildrops=shared, limits=limits) as running,
            connected(running) as second,
            logged_in(running) as first,
        ):
            await second.ask(b"USER alice")
            refused = await second.ask(b"PASS " + PASSWORD)
            assert refused.startswith(b"-ERR [IN-USE] Too many sessions")
            assert (await first.ask(b"QUIT")).startswith(b"+OK")
            await second.ask(b"USER alice")
            assert (await second.ask(b"PASS " + PASSWORD)).startswith(b"+OK")

    run(story(), loop=loop)


@pytest.mark.rfc("1939-4-lock", "2449-8.1.2-in-use-code")
@both_loops
def test_a_locked_maildrop_is_in_use(loop: str) -> None:
    """A second session of an exclusive maildrop gets [IN-USE], holds no slot, and may try again."""

    async def story() -> None:
        async with (
            running_server(FIRST) as running,
            connected(running) as second,
            logged_in(running) as first,
        ):
            before = running.ledger.books()
            await second.ask(b"USER alice")
            await second.send(b"PASS " + PASSWORD + b"\r\n")
            await running.until(lambda: running.events[-1] is Event.MAILDROP_BUSY)
            running.clock.advance(SETTINGS.lock_s)
            assert (await second.line()).startswith(b"-ERR [IN-USE] Another session")
            assert running.ledger.books() == before
            assert (await first.ask(b"QUIT")).startswith(b"+OK")
            await second.ask(b"USER alice")
            assert (await second.ask(b"PASS " + PASSWORD)).startswith(b"+OK")

    run(story(), loop=loop)


# --- AUTH ----------------------------------------------------------------------------------------


@pytest.mark.rfc("4616-2-derived", "4616-2-verified", "5034-4-empty", "5034-4-success")
@both_loops
@pytest.mark.parametrize("at_once", [True, False], ids=["initial response", "challenge"])
def test_plain_logs_in(loop: str, *, at_once: bool) -> None:
    """AUTH PLAIN logs in with an initial response and by the empty challenge."""
    response = plain(b"\0alice\0" + PASSWORD)

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            if at_once:
                answer = await peer.ask(b"AUTH PLAIN " + response)
            else:
                assert await peer.ask(b"auth plain") == b"+ "
                answer = await peer.ask(response)
            assert answer == b"+OK Logged in, 1 messages (108 octets)."

    run(story(), loop=loop)


@pytest.mark.rfc("5034-4-anew", "4422-3.6-verified")
@both_loops
@pytest.mark.parametrize("response", [b"*", b"", b"=", b"no base64", plain(b"alice")])
def test_an_exchange_that_fails_can_be_begun_anew(response: bytes, loop: str) -> None:
    """Cancelled or malformed, an exchange ends with -ERR and the next one may succeed."""

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            await peer.ask(b"AUTH PLAIN")
            assert (await peer.ask(response)).startswith(b"-ERR")
            assert running.state() is State.AUTHORIZATION
            answer = await peer.ask(b"AUTH PLAIN " + plain(b"\0alice\0" + PASSWORD))
            assert answer.startswith(b"+OK")

    run(story(), loop=loop)


@both_loops
def test_in_an_exchange_a_command_is_a_response(loop: str) -> None:
    """After AUTH the next line is a response, whatever it looks like."""

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            await peer.ask(b"AUTH PLAIN")
            assert await peer.ask(b"QUIT") == b"-ERR That is not a valid response."
            assert running.state() is State.AUTHORIZATION

    run(story(), loop=loop)


@pytest.mark.rfc("5034-4-unsupported", "5034-3-list")
@both_loops
def test_mechanisms_can_be_asked_for(loop: str) -> None:
    """AUTH alone lists what AUTH takes, and another mechanism is refused."""

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            assert await peer.ask_listing(b"AUTH") == [b"PLAIN", b"LOGIN"]
            assert (await peer.ask(b"AUTH CRAM-MD5")).startswith(b"-ERR")

    run(story(), loop=loop)


class Delegates:
    """Accounts that let alice into the shared mailbox, and remember what was asked."""

    def __init__(self) -> None:
        """Have been asked nothing."""
        self.asked: list[tuple[str, str | None]] = []

    def verify(self, credentials: Credentials, /) -> Identity | Rejected:
        """Let in whoever has the password."""
        self.asked.append((credentials.account, credentials.mailbox))
        mailbox = credentials.mailbox or MailboxName(credentials.account)
        return Identity(credentials.account, mailbox)


@pytest.mark.rfc("4616-2-authorized")
@both_loops
@pytest.mark.parametrize(
    "commands",
    [
        (b"USER alice\\support", b"PASS p"),
        (b"USER support*alice", b"PASS p"),
        (b"AUTH PLAIN " + plain(b"support\0alice\0p"),),
        (b"AUTH PLAIN " + plain(b"\0support*alice\0p"),),
        (b"AUTH PLAIN", plain(b"\0alice\\support\0p")),
    ],
)
def test_a_shared_mailbox_is_opened_by_name(commands: Sequence[bytes], loop: str) -> None:
    """In every form of the name alice is charged, and the mailbox that opens is support."""

    async def story() -> None:
        maildrops = MemoryMaildrops()
        maildrops.add(MailboxName("support"), FIRST)
        accounts = Delegates()
        async with (
            running_server(accounts=accounts, maildrops=maildrops) as running,
            connected(running) as peer,
        ):
            *before, last = commands
            for command in before:
                await peer.ask(command)
            answer = await peer.ask(last)
            assert answer == b"+OK Logged in, 1 messages (108 octets)."
            assert accounts.asked == [("alice", "support")]
            held = {
                getattr(key, "account", getattr(key, "mailbox", None)): number
                for key, number in running.ledger.books().items()
            }
            assert (held["alice"], held["support"]) == (1, 1)

    run(story(), loop=loop)


# --- CAPA and passwords in the clear -------------------------------------------------------------


@pytest.mark.rfc(
    "2449-5-states",
    "2595-4-capability",
    "5034-3-list",
    "5034-3-both",
    "8314-4-able",
    "2449-5-both",
    "2595-4-capa",
)
@both_loops
def test_capabilities_are_true_on_each_side_of_the_login(loop: str) -> None:
    """CAPA answers before and after the login; STLS is listed only where it would be accepted."""

    async def story() -> None:
        server_side, _ = certificates()
        for tls in (None, server_side):
            async with running_server(FIRST, tls=tls) as running, connected(running) as peer:
                before = await peer.ask_listing(b"CAPA")
                assert {b"TOP", b"UIDL", b"USER", b"SASL PLAIN LOGIN", b"PIPELINING"} <= {*before}
                assert (b"STLS" in before) is (tls is not None)
                await peer.ask(b"USER alice")
                assert await peer.ask_listing(b"CAPA") == before
                await peer.ask(b"PASS " + PASSWORD)
                after = await peer.ask_listing(b"CAPA")
                assert {*before} - {b"STLS"} <= {*after}
                assert b"STLS" not in after

    run(story(), loop=loop)


@pytest.mark.rfc(
    "2449-5-true",
    "4422-6.1.2-minimum",
    "4616-5-clear",
    "5034-4-clear",
    "2595-2.3-clear",
    "8314-4-deprecated",
)
@both_loops
@pytest.mark.parametrize(
    "command",
    [b"USER alice", b"PASS wonderland", b"AUTH PLAIN", b"AUTH PLAIN " + plain(b"\0alice\0p")],
)
def test_a_password_in_the_clear_is_refused_where_it_is_forbidden(
    command: bytes, loop: str
) -> None:
    """With "never" no way to log in works without TLS, none is listed, and nobody is asked."""

    async def story() -> None:
        settings = Settings(plaintext_without_tls="never")
        async with running_server(FIRST, settings=settings) as running, connected(running) as peer:
            assert (await peer.ask(command)).startswith(b"-ERR [AUTH] A password is not accepted")
            assert running.state() is State.AUTHORIZATION
            offered = await peer.ask_listing(b"CAPA")
            assert [line for line in offered if line.startswith((b"USER", b"SASL"))] == []
            assert await peer.ask_listing(b"AUTH") == []

    run(story(), loop=loop)
