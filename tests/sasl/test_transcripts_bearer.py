"""OAUTHBEARER and XOAUTH2 over a socket, with accounts that know one token.

Decides what each line is answered, in which order a client is told and refused, and that nothing is
left. Refuses to validate a token.
"""

import base64
import json
import logging
from collections.abc import Awaitable

import pytest

from requite.generated.pop3 import Event, State
from requite.pop3.names import AccountName
from requite.pop3.services import Answer, MailboxKey, TokenHints, TokenRejected
from requite.pop3.shell import Settings
from running import MAILBOX, Peer, Running, connected, run, running_server
from sasl.one_token import SCOPE, OneToken
from shell.tls_client import Blocking, certificates, talked
from shell.words import FIRST, both_loops, plain

TOKEN = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"
IN = b"+OK Logged in, 1 messages (108 octets)."
WRONG = b"-ERR [AUTH] Wrong name or password."
SETTINGS = Settings(refusal_s=0.0)
HINTS = TokenHints(scope=SCOPE, openid_configuration="https://login.example/openid")
NAMES = ("OAUTHBEARER", "XOAUTH2")
both_names = pytest.mark.parametrize("name", NAMES)


def message(name: str, token: str = TOKEN, asked: str = "alice") -> bytes:
    """Write the message of a client, in base64."""
    start = f"n,a={asked}," if name == "OAUTHBEARER" else f"user={asked}"
    return plain(f"{start}\x01auth=Bearer {token}\x01\x01".encode())


def told(line: bytes) -> dict[str, str]:
    """Give what a client is told before it is refused."""
    assert line.startswith(b"+ "), f"expected a challenge, found {line!r}"
    words = json.loads(base64.b64decode(line[2:], validate=True))
    assert isinstance(words, dict)
    return words


async def begun(peer: Peer, name: str, *, at_once: bool, **more: str) -> bytes:
    """Send the message in one of the two forms, and give the answer."""
    if at_once:
        return await peer.ask(f"AUTH {name} ".encode() + message(name, **more))
    assert await peer.ask(f"AUTH {name}".encode()) == b"+ "
    return await peer.ask(message(name, **more))


# --- a good token --------------------------------------------------------------------------------


@pytest.mark.rfc("7628-3-lockstep", "7628-3.2-validated")
@both_loops
@both_names
@pytest.mark.parametrize("at_once", [True, False], ids=["initial response", "two lines"])
def test_a_token_logs_in(name: str, loop: str, *, at_once: bool) -> None:
    """With AUTH, and on a line of its own as Microsoft has it."""

    async def story() -> None:
        async with (
            running_server(FIRST, tokens=OneToken(TOKEN), settings=SETTINGS) as running,
            connected(running) as peer,
        ):
            assert await begun(peer, name, at_once=at_once) == IN
            assert running.session.identity is not None
            assert running.ledger.held(MailboxKey(MAILBOX)) == 1
            assert Event.CHALLENGED not in running.events

    run(story(), loop=loop)


@pytest.mark.rfc("7628-3-tls")
@both_loops
def test_a_token_travels_where_a_password_may(loop: str) -> None:
    """Without TLS, and with "never", both are neither listed nor taken; inside TLS they are."""
    server_side, _ = certificates()
    never = Settings(plaintext_without_tls="never", refusal_s=0.0)
    tokens = OneToken(TOKEN)

    def talk(peer: Blocking) -> None:
        peer.line()
        for name in NAMES:
            for command in (f"AUTH {name}".encode(), f"AUTH {name} ".encode() + message(name)):
                assert peer.ask(command).startswith(b"-ERR [AUTH] A password is not accepted")
        peer.ask(b"CAPA")
        assert not [line for line in peer.listing() if b"OAUTH" in line]
        assert tokens.asked == []
        assert peer.ask(b"STLS").startswith(b"+OK")
        peer.begin_tls()
        peer.ask(b"CAPA")
        assert b"SASL OAUTHBEARER XOAUTH2 PLAIN LOGIN" in peer.listing()
        assert peer.ask(b"AUTH XOAUTH2 " + message("XOAUTH2")) == IN

    async def story() -> None:
        async with running_server(
            FIRST, tokens=tokens, settings=never, tls=server_side, real_time=True
        ) as running:
            await talked(running, talk)

    run(story(), loop=loop)


@both_names
def test_without_anybody_who_knows_tokens_there_are_none(name: str) -> None:
    """What is not configured is neither listed nor taken."""

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            assert await peer.ask_listing(b"AUTH") == [b"PLAIN", b"LOGIN"]
            for command in (f"AUTH {name}".encode(), f"AUTH {name} ".encode() + message(name)):
                assert (await peer.ask(command)).startswith(b"-ERR")
                assert running.events[-1] is Event.MECHANISM_UNKNOWN

    run(story())


# --- a token that does not do --------------------------------------------------------------------

DUMMIES = {
    "a lone separator": b"AQ==",
    "nothing": b"",
    "a cancel": b"*",
    "anything": b"YW55dGhpbmc=",
    "no base64": b"!",
    "another try": message("OAUTHBEARER"),
    "too long": b"x" * 12_287,
}


@pytest.mark.rfc("7628-3.2.3-dummy", "7628-3.2.2-error", "7628-3-lockstep", "4422-3.6-told")
@both_loops
@both_names
@pytest.mark.parametrize("dummy", DUMMIES)
@pytest.mark.parametrize("at_once", [True, False], ids=["initial response", "two lines"])
def test_a_client_is_told_and_then_refused(
    name: str, dummy: str, loop: str, *, at_once: bool
) -> None:
    """Whatever it says to what it is told, one failed login follows, and nothing is left."""
    tokens = OneToken(TOKEN, HINTS)

    async def story() -> None:
        async with (
            running_server(FIRST, tokens=tokens, settings=SETTINGS, real_time=True) as running,
            connected(running) as peer,
        ):
            words = told(await begun(peer, name, at_once=at_once, token="bad"))
            assert words["scope"] == SCOPE
            assert words["status"] == ("invalid_token" if name == "OAUTHBEARER" else "401")
            assert running.state() is State.SASL_EXCHANGE
            assert await peer.ask(DUMMIES[dummy]) == WRONG
            assert running.state() is State.AUTHORIZATION
            assert running.events.count(Event.REJECTED) == 1
            kept = running.session._exchanging
            assert (kept._exchange, kept._claim, kept._verdict) == (None, None, None)
            assert tokens.asked == ["bad"]
            assert await begun(peer, name, at_once=at_once) == IN

    run(story(), loop=loop)


@both_names
def test_cancelling_is_no_way_around_the_limit_of_failed_logins(name: str) -> None:
    """Each token that does not do is a failed login, though the client cancels what it is told."""
    settings = Settings(refusal_s=0.0, failed_logins_max=3)

    async def story() -> None:
        async with (
            running_server(
                FIRST, tokens=OneToken(TOKEN), settings=settings, real_time=True
            ) as running,
            connected(running) as peer,
        ):
            for _ in range(2):
                told(await begun(peer, name, at_once=True, token="bad"))
                assert await peer.ask(b"*") == WRONG
            told(await begun(peer, name, at_once=True, token="bad"))
            assert (await peer.ask(b"*")).startswith(b"-ERR [AUTH]")
            assert await peer.rest() == b""
            assert running.events.count(Event.REJECTED_FOR_GOOD) == 1

    run(story())


@both_names
def test_before_the_message_a_cancel_is_a_cancel(name: str) -> None:
    """A client that gives up before it has said anything has failed nothing."""

    async def story() -> None:
        async with (
            running_server(FIRST, tokens=OneToken(TOKEN)) as running,
            connected(running) as peer,
        ):
            assert await peer.ask(f"AUTH {name}".encode()) == b"+ "
            assert await peer.ask(b"*") == b"-ERR The exchange is cancelled."
            empty = await peer.ask(f"AUTH {name} =".encode())
            assert empty.startswith(b"-ERR That is not a valid")
            assert Event.REJECTED not in running.events

    run(story())


@both_names
def test_a_client_that_leaves_when_it_is_told_leaves_nothing(name: str) -> None:
    """The end of the stream in the middle of the exchange is a way out like any other."""

    async def story() -> None:
        async with running_server(FIRST, tokens=OneToken(TOKEN)) as running:
            async with connected(running) as peer:
                told(await begun(peer, name, at_once=True, token="bad"))
            await running.until_over()

    run(story())


@both_names
def test_an_endless_line_after_what_was_told_ends_the_session(name: str) -> None:
    """What is skipped has its bound there too."""

    async def story() -> None:
        async with (
            running_server(FIRST, tokens=OneToken(TOKEN)) as running,
            connected(running) as peer,
        ):
            told(await begun(peer, name, at_once=True, token="bad"))
            await peer.send(b"x" * 100_000)
            assert (await peer.line()).startswith(b"-ERR")
            peer.end_sending()
            await peer.rest()
            assert Event.LINE_ENDLESS in running.events

    run(story())


# --- an issuer that is down ----------------------------------------------------------------------


class Unavailable(OneToken):
    """Accounts whose issuer cannot be asked."""

    def __init__(self, *, later: bool) -> None:
        """Fail at once, or later."""
        super().__init__(TOKEN)
        self._later = later

    def account_of(self, token: str, /) -> Answer[AccountName | TokenRejected]:
        """Fail."""
        self.asked.append(token)
        if not self._later:
            raise OSError("the issuer is down")

        async def fail() -> AccountName:
            raise OSError("the issuer is down")

        answer: Awaitable[AccountName] = fail()
        return answer


@both_loops
@both_names
@pytest.mark.parametrize("later", [True, False])
def test_an_issuer_that_is_down_refuses_nobody(
    name: str, loop: str, caplog: pytest.LogCaptureFixture, *, later: bool
) -> None:
    """It is a failure of ours: no challenge, no [AUTH], no failed login, no token in the log."""
    caplog.set_level(logging.DEBUG)

    async def story() -> None:
        async with (
            running_server(FIRST, tokens=Unavailable(later=later)) as running,
            connected(running) as peer,
        ):
            assert (await begun(peer, name, at_once=True)).startswith(b"-ERR [SYS/TEMP]")
            assert Event.CHALLENGED not in running.events
            assert Event.REJECTED not in running.events
            assert running.state() is State.AUTHORIZATION
            running.forget_complaints(1)

    run(story(), loop=loop)
    assert caplog.text
    assert TOKEN not in caplog.text


# --- long tokens ---------------------------------------------------------------------------------


def longest(name: str, *, line_octets: int) -> str:
    """Give the longest token whose message fits a line with AUTH and its end."""
    room = line_octets - len(f"AUTH {name} \r\n")
    octets = room // 4 * 3
    return "x" * (octets - len(base64.b64decode(message(name, token=""))))


@both_loops
@both_names
def test_a_token_may_be_as_long_as_a_line(name: str, loop: str) -> None:
    """At 12,288 octets a line is read, and one base64 group longer it is skipped, unheard."""
    token = longest(name, line_octets=12_288)
    tokens = OneToken(token)

    async def story() -> None:
        async with (
            running_server(FIRST, tokens=tokens, settings=SETTINGS) as running,
            connected(running) as peer,
        ):
            too_long = await peer.ask(f"AUTH {name} ".encode() + message(name, token=token + "xxx"))
            assert too_long.startswith(b"-ERR")
            assert running.events[-1] is Event.LINE_TOO_LONG
            assert tokens.asked == []
            assert await begun(peer, name, at_once=True, token=token) == IN
            assert len(token) > 9_000

    run(story(), loop=loop)


# --- what is kept of it --------------------------------------------------------------------------


@both_names
@pytest.mark.parametrize("token", [TOKEN, "bad.but.secret"])
def test_a_token_is_not_logged(name: str, token: str, caplog: pytest.LogCaptureFixture) -> None:
    """Neither a good one nor one that does not do stands in the log, or in what a session keeps."""
    caplog.set_level(logging.DEBUG)

    async def story() -> None:
        async with (
            running_server(
                FIRST, tokens=OneToken(TOKEN), settings=SETTINGS, real_time=True
            ) as running,
            connected(running) as peer,
        ):
            answer = await begun(peer, name, at_once=False, token=token)
            if token != TOKEN:
                told(answer)
                assert await peer.ask(b"AQ==") == WRONG
            assert token not in _kept(running)

    run(story())
    assert token not in caplog.text
    if token != TOKEN:
        assert "another token" in caplog.text


def _kept(running: Running) -> str:
    session = running.session
    kept = [getattr(session, name, None) for one in type(session).__mro__ for name in _slots(one)]
    exchanging = session._exchanging
    more = [exchanging._claim, exchanging._exchange, exchanging._verdict, exchanging.challenge]
    return repr([*kept, *more])


def _slots(one: type) -> tuple[str, ...]:
    return tuple(getattr(one, "__slots__", ()))
