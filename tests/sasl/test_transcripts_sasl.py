"""SASL over a socket, in the clear and inside TLS, by a client of these tests and by scramp.

Decides what each round is answered, what is listed where, and that an exchange leaves nothing.
Refuses to test once more what a mechanism makes of a message.
"""

import base64
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import argon2
import pytest
import scramp
import trustme

from requite.generated.pop3 import Event, State
from requite.pop3.accounts import FileAccounts
from requite.pop3.names import AccountName
from requite.pop3.sasl import BoundContext
from requite.pop3.services import Answer, ScramKeys
from requite.pop3.shell import Settings
from running import Peer, Running, connected, run, running_server
from sasl.scram_client import ScramClient
from sasl.test_scram import OneKey
from shell.tls_client import Blocking, certificates, talked
from shell.words import FIRST, both_loops, plain

IN = b"+OK Logged in, 1 messages (108 octets)."
WRONG = b"-ERR [AUTH] Wrong name or password."
BOBS = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("builder")
ACCOUNTS = f"alice:{{PLAIN}}wonderland\nbob:{{ARGON2ID}}{BOBS}\n"
NEVER = Settings(plaintext_without_tls="never", refusal_s=0.0)
LOOPBACK = Settings(refusal_s=0.0)


def decoded(line: bytes) -> bytes:
    """Give what a challenge says."""
    assert line.startswith(b"+ "), f"expected a challenge, found {line!r}"
    return base64.b64decode(line[2:], validate=True)


@asynccontextmanager
async def serving(
    directory: Path, *, settings: Settings = LOOPBACK, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Running]:
    """Serve accounts of a file, one of which has a hash alone."""
    (directory / "accounts").write_text(ACCOUNTS)
    accounts = FileAccounts(directory / "accounts")
    try:
        async with running_server(
            FIRST, accounts=accounts, scram=accounts, settings=settings, tls=tls, real_time=True
        ) as running:
            yield running
    finally:
        accounts.close()


@pytest.fixture(scope="session")
def bound_tls() -> tuple[BoundContext, ssl.SSLContext]:
    """Make a certificate for 127.0.0.1: the server's context and the client's."""
    authority = trustme.CA()
    server_side = BoundContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server_side)
    client_side = ssl.create_default_context()
    authority.configure_trust(client_side)
    return server_side, client_side


# --- SCRAM-SHA-256 in the clear ------------------------------------------------------------------


@pytest.mark.rfc("5034-4-challenge", "5034-4-data", "5034-4-others", "4422-3-data", "4422-3-empty")
@both_loops
@pytest.mark.parametrize("at_once", [True, False], ids=["initial response", "challenge"])
def test_scram_logs_in_where_no_password_may_travel(
    loop: str, tmp_path: Path, *, at_once: bool
) -> None:
    """In the clear SCRAM is listed and works though "never" forbids a password."""

    async def story() -> None:
        async with serving(tmp_path, settings=NEVER) as running, connected(running) as peer:
            assert b"SASL SCRAM-SHA-256" in await peer.ask_listing(b"CAPA")
            assert await peer.ask_listing(b"AUTH") == [b"SCRAM-SHA-256"]
            client = ScramClient()
            first = base64.b64encode(client.first())
            if at_once:
                answer = await peer.ask(b"AUTH SCRAM-SHA-256 " + first)
            else:
                assert await peer.ask(b"AUTH scram-sha-256") == b"+ "
                answer = await peer.ask(first)
            answer = await peer.ask(base64.b64encode(client.final(decoded(answer))))
            assert decoded(answer) == client.expected
            assert running.state() is State.SASL_EXCHANGE
            assert await peer.ask(b"") == IN
            assert running.events.count(Event.CHALLENGED) == 2

    run(story(), loop=loop)


async def steps_of(peer: Peer, client: ScramClient) -> list[bytes]:
    """Go through an exchange as far as it goes, and say what kind each answer was."""
    kinds = [await peer.ask(b"AUTH SCRAM-SHA-256 " + base64.b64encode(client.first()))]
    if kinds[-1].startswith(b"+ "):
        final = client.final(decoded(kinds[-1]))
        kinds.append(await peer.ask(base64.b64encode(final)))
    return [b"a challenge" if kind.startswith(b"+ ") else kind for kind in kinds]


@pytest.mark.rfc("4422-3.6-alike", "5034-4-failed")
@both_loops
def test_who_is_unknown_is_told_what_a_wrong_password_is_told(loop: str, tmp_path: Path) -> None:
    """No account, one with a hash alone and a wrong password fail at the same step, by one line."""

    async def story() -> None:
        async with serving(tmp_path) as running:
            for name in ("alice", "bob", "nobody"):
                async with connected(running) as peer:
                    wrong = ScramClient(name=name, password=b"builder")
                    assert await steps_of(peer, wrong) == [b"a challenge", WRONG]
                    assert running.events[-2:] == [Event.REJECTED, Event.TIME_EXPIRED]
                await running.until_over()

    run(story(), loop=loop)


class Unavailable(OneKey):
    """Accounts whose keys cannot be had."""

    def scram_keys(self, account: AccountName, /) -> Answer[ScramKeys]:
        """Fail."""
        raise OSError(account)


@pytest.mark.rfc("4422-3.6-apart")
@both_loops
def test_keys_that_cannot_be_had_are_a_failure_of_ours(loop: str) -> None:
    """What the accounts raise is answered as with a password, and says nothing of the account."""

    async def story() -> None:
        async with (
            running_server(FIRST, scram=Unavailable()) as running,
            connected(running) as peer,
        ):
            assert (await steps_of(peer, ScramClient()))[0].startswith(b"-ERR [SYS/TEMP]")
            assert running.state() is State.AUTHORIZATION
            running.forget_complaints(1)

    run(story(), loop=loop)


@both_loops
def test_scram_of_nobody_is_not_there(loop: str) -> None:
    """Without anybody who has keys SCRAM is neither listed nor taken; PLUS needs TLS besides."""

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            assert await peer.ask_listing(b"AUTH") == [b"PLAIN", b"LOGIN"]
            for name in (b"SCRAM-SHA-256", b"SCRAM-SHA-256 biws", b"SCRAM-SHA-256-PLUS"):
                assert (await peer.ask(b"AUTH " + name)).startswith(b"-ERR")
                assert running.events[-1] is Event.MECHANISM_UNKNOWN
        async with running_server(FIRST, scram=OneKey()) as running, connected(running) as peer:
            assert b"SCRAM-SHA-256-PLUS" not in await peer.ask_listing(b"AUTH")
            assert (await peer.ask(b"AUTH SCRAM-SHA-256-PLUS")).startswith(b"-ERR")
            assert running.events[-1] is Event.MECHANISM_UNKNOWN

    run(story(), loop=loop)


# --- inside TLS ----------------------------------------------------------------------------------


def talk_bound(
    client_side: ssl.SSLContext, talk: Callable[[Blocking], None]
) -> Callable[[Blocking], None]:
    """Begin TLS, then talk."""

    def begin(peer: Blocking) -> None:
        peer.line()
        assert peer.ask(b"STLS").startswith(b"+OK")
        peer.socket = client_side.wrap_socket(peer.socket, server_hostname="127.0.0.1")
        talk(peer)

    return begin


def end_point_seen(peer: Blocking) -> bytes:
    """Hash the certificate that a client was shown."""
    assert isinstance(peer.socket, ssl.SSLSocket)
    shown = peer.socket.getpeercert(binary_form=True)
    assert shown is not None
    return sha256(shown).digest()


def ask_by(peer: Blocking, client: ScramClient, name: bytes) -> list[bytes]:
    """Go through an exchange inside TLS as far as it goes."""
    answers = [peer.ask(b"AUTH " + name + b" " + base64.b64encode(client.first()))]
    if answers[-1].startswith(b"+ "):
        answers.append(peer.ask(base64.b64encode(client.final(decoded(answers[-1])))))
    if answers[-1].startswith(b"+ "):
        answers.append(peer.ask(b""))
    return answers


@pytest.mark.rfc(
    "5034-3-stls",
    "5034-4-plain",
    "5802-6-both",
    "5802-6-downgrade",
    "5929-4.1-certificate",
    "4422-3.6-left",
    "4422-3.6-verified",
    "2595-4-different",
    "5802-6.1-innermost",
)
@both_loops
def test_plus_is_bound_to_the_certificate(
    loop: str, tmp_path: Path, bound_tls: tuple[BoundContext, ssl.SSLContext]
) -> None:
    """Inside TLS PLUS is listed first; another certificate and a downgrade do not get in."""
    server_side, client_side = bound_tls
    header = b"p=tls-server-end-point,,"

    def talk(peer: Blocking) -> None:
        assert peer.ask(b"AUTH").startswith(b"+OK")
        assert peer.listing() == [b"SCRAM-SHA-256-PLUS", b"SCRAM-SHA-256", b"PLAIN", b"LOGIN"]
        seen = end_point_seen(peer)
        other = ScramClient(header=header, bound=seen[::-1])
        assert ask_by(peer, other, b"SCRAM-SHA-256-PLUS")[1:] == [WRONG]
        downgraded = ScramClient(header=b"y,,")
        assert ask_by(peer, downgraded, b"SCRAM-SHA-256") == [WRONG]
        bound = ScramClient(header=header, bound=seen)
        assert ask_by(peer, bound, b"SCRAM-SHA-256-PLUS")[2:] == [IN]

    async def story() -> None:
        async with serving(tmp_path, tls=server_side) as running:
            await talked(running, talk_bound(client_side, talk))

    run(story(), loop=loop)


@pytest.mark.rfc("5802-6-without")
@both_loops
def test_without_a_binding_plus_is_not_offered(loop: str, tmp_path: Path) -> None:
    """A context that knows no binding offers SCRAM without PLUS, and a flag y is true then."""
    server_side, client_side = certificates()

    def talk(peer: Blocking) -> None:
        assert peer.ask(b"AUTH").startswith(b"+OK")
        assert peer.listing() == [b"SCRAM-SHA-256", b"PLAIN", b"LOGIN"]
        assert ask_by(peer, ScramClient(header=b"y,,"), b"SCRAM-SHA-256")[2:] == [IN]

    async def story() -> None:
        async with serving(tmp_path, tls=server_side) as running:
            await talked(running, talk_bound(client_side, talk))

    run(story(), loop=loop)


@pytest.mark.rfc("5929-4.1-certificate", "7677-3-hash")
@both_loops
@pytest.mark.parametrize("name", ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"])
def test_scramp_logs_in(
    name: str, loop: str, tmp_path: Path, bound_tls: tuple[BoundContext, ssl.SSLContext]
) -> None:
    """A client that nobody here wrote agrees with every message, bound and not bound."""
    server_side, client_side = bound_tls

    def talk(peer: Blocking) -> None:
        bound = ("tls-server-end-point", peer.socket) if name.endswith("PLUS") else None
        client = scramp.ScramClient([name], "alice", "wonderland", channel_binding=bound)
        first = base64.b64encode(client.get_client_first().encode())
        client.set_server_first(decoded(peer.ask(f"AUTH {name} ".encode() + first)).decode())
        final = base64.b64encode(client.get_client_final().encode())
        client.set_server_final(decoded(peer.ask(final)).decode())
        assert peer.ask(b"") == IN

    async def story() -> None:
        async with serving(tmp_path, tls=server_side) as running:
            await talked(running, talk_bound(client_side, talk))

    run(story(), loop=loop)


# --- LOGIN ---------------------------------------------------------------------------------------


@pytest.mark.rfc("5034-4-challenge", "5034-4-first", "5034-4-success", "4422-3-first")
@both_loops
@pytest.mark.parametrize("at_once", [True, False], ids=["initial response", "challenge"])
def test_login_asks_twice(loop: str, *, at_once: bool) -> None:
    """LOGIN asks for the name, unless it came with AUTH, and for the password."""

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            if at_once:
                answer = await peer.ask(b"AUTH LOGIN " + plain(b"alice"))
            else:
                assert decoded(await peer.ask(b"AUTH LOGIN")) == b"Username:"
                answer = await peer.ask(plain(b"alice"))
            assert decoded(answer) == b"Password:"
            assert await peer.ask(plain(b"wonderland")) == IN

    run(story(), loop=loop)


@pytest.mark.rfc("4422-6.1.2-minimum", "5034-4-clear", "2595-2.3-clear")
@both_loops
@pytest.mark.parametrize("command", [b"AUTH LOGIN", b"AUTH LOGIN " + plain(b"alice")])
def test_login_says_a_password_and_is_refused_where_none_may_travel(
    command: bytes, loop: str
) -> None:
    """With "never" LOGIN is refused before a password is asked for."""

    async def story() -> None:
        async with running_server(FIRST, settings=NEVER) as running, connected(running) as peer:
            assert (await peer.ask(command)).startswith(b"-ERR [AUTH] A password is not accepted")

    run(story(), loop=loop)


# --- what ends an exchange -----------------------------------------------------------------------

ROUNDS = {
    "PLAIN": 1,
    "LOGIN": 2,
    "SCRAM-SHA-256": 3,
}


async def rounds(peer: Peer, name: str, number: int) -> None:
    """Go on in an exchange until a response of that number is waited for."""
    answer = await peer.ask(f"AUTH {name}".encode())
    client = ScramClient()
    for done in range(number):
        if name == "LOGIN":
            answer = await peer.ask(plain(b"alice"))
        else:
            message = client.final(decoded(answer)) if done else client.first()
            answer = await peer.ask(base64.b64encode(message))
    assert answer.startswith(b"+ ")


@pytest.mark.rfc("4422-3.5-abort", "5034-4-cancel", "5034-4-base")
@both_loops
@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"*", b"-ERR The exchange is cancelled."),
        (b"!", b"-ERR That is not a valid response."),
        (b"==", b"-ERR That is not a valid response."),
        (plain(b"\xff\xfe\xfd"), b"-ERR That is not a valid response."),
        (b"x" * 12_287, b"-ERR The response is too long; it has been skipped."),
    ],
    ids=["cancelled", "no base64", "equals", "no message", "too long"],
)
@pytest.mark.parametrize(
    ("name", "number"), [(name, number) for name in ROUNDS for number in range(ROUNDS[name])]
)
def test_at_each_step_an_exchange_can_end(  # noqa: PLR0913, PLR0917 - each is a dimension.
    name: str, number: int, line: bytes, answer: bytes, loop: str, tmp_path: Path
) -> None:
    """What ends an exchange ends it at every step, nothing of it is kept, and the next succeeds."""
    if line == plain(b"\xff\xfe\xfd") and (name, number) == ("LOGIN", 1):
        answer = WRONG  # It is a password like another.

    async def story() -> None:
        async with serving(tmp_path) as running, connected(running) as peer:
            await rounds(peer, name, number)
            kept = running.session._exchanging
            assert await peer.ask(line) == answer
            assert (kept._exchange, kept._claim) == (None, None)
            assert running.state() is State.AUTHORIZATION
            assert await peer.ask(b"AUTH PLAIN " + plain(b"\0alice\0wonderland")) == IN

    run(story(), loop=loop)


@both_loops
def test_the_last_word_of_scram_may_be_an_equals_sign(loop: str, tmp_path: Path) -> None:
    """An empty response is "=" to curl, wherever it sends one."""

    async def story() -> None:
        async with serving(tmp_path) as running, connected(running) as peer:
            await rounds(peer, "SCRAM-SHA-256", 2)
            assert await peer.ask(b"=") == IN

    run(story(), loop=loop)


@pytest.mark.rfc("5034-4-anew")
@both_loops
def test_after_an_exchange_nothing_of_it_is_left_for_the_next(loop: str, tmp_path: Path) -> None:
    """A cancelled SCRAM does not go on under another name: PLAIN reads what is said to PLAIN."""

    async def story() -> None:
        async with serving(tmp_path) as running, connected(running) as peer:
            await rounds(peer, "SCRAM-SHA-256", 2)
            await peer.ask(b"*")
            assert await peer.ask(b"AUTH PLAIN") == b"+ "
            assert await peer.ask(b"") == b"-ERR That is not a valid response."
            assert (await peer.ask(b"AUTH PLAIN =")).startswith(b"-ERR That is not a valid")
            assert await peer.ask(b"STAT") != b"+OK 1 108"

    run(story(), loop=loop)


@pytest.mark.rfc("5034-4-again", "4422-3.8-once")
@both_loops
def test_an_exchange_does_not_go_on_after_the_login(loop: str) -> None:
    """AUTH after the login is refused, begins nothing, and what looks like a response is none."""

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            assert await peer.ask(b"AUTH PLAIN " + plain(b"\0alice\0wonderland")) == IN
            for command in (b"AUTH LOGIN", b"AUTH LOGIN " + plain(b"alice"), plain(b"p")):
                assert (await peer.ask(command)).startswith(b"-ERR")
                assert running.session._exchanging._claim is None

    run(story(), loop=loop)
