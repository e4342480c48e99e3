"""APOP, LOGIN-DELAY and the name of the program, on the wire.

Decides what a client sees of them on each side of the login and of STLS. Refuses to test digests,
which is `test_apop`'s, and the ledger's books.
"""

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest

from requite.generated.pop3 import State
from requite.lifecycles.pop3 import POP3_SESSION
from requite.model import Reply
from requite.pop3.accounts import SingleAccount
from requite.pop3.services import AccountKey
from requite.pop3.shell import Settings
from running import (
    ALICE,
    PASSWORD,
    Peer,
    Running,
    connected,
    logged_in,
    run,
    running_server,
    turns,
)
from shell.tls_client import Blocking, certificates, talked
from shell.words import FIRST, both_loops

STAMP: Final = re.compile(rb"<\d+\.\d+@\w+>$")
WRONG: Final = b"-ERR [AUTH] Wrong name or password."
DELAYED: Final = Settings(login_delay_s=60, login_s=1_000.0)
HIDDEN: Final = Settings(announce=False, login_delay_s=60)


def apop(stamp: bytes, secret: bytes = PASSWORD, name: bytes = b"alice") -> bytes:
    """Write APOP as a client does."""
    return b"APOP %s %s" % (name, hashlib.md5(stamp + secret).hexdigest().encode())  # noqa: S324


@asynccontextmanager
async def greeted(running: Running) -> AsyncIterator[tuple[Peer, bytes]]:
    """Connect a client, and give the timestamp of its banner too."""
    async with connected(running, greeted=False) as peer:
        found = STAMP.search(await peer.line())
        assert found, "expected a timestamp at the end of the greeting"
        yield peer, found[0]


# --- APOP ----------------------------------------------------------------------------------------


@pytest.mark.rfc("1939-7-apop-right")
@both_loops
@pytest.mark.parametrize("before", [[], [b"USER bob"], [b"NOOP"]])
def test_apop_logs_in(before: list[bytes], loop: str) -> None:
    """The digest of the banner's timestamp and the secret logs in, after USER too."""

    async def story() -> None:
        async with (
            running_server(FIRST, apop=SingleAccount(ALICE, PASSWORD)) as running,
            greeted(running) as (peer, stamp),
        ):
            for line in before:
                await peer.ask(line)
            assert (await peer.ask(apop(stamp))).startswith(b"+OK Logged in, 1 messages")
            assert running.state() is State.TRANSACTION

    run(story(), loop=loop)


@pytest.mark.rfc("1939-7-apop-wrong")
@both_loops
def test_a_wrong_digest_is_refused_as_a_wrong_password(loop: str) -> None:
    """The refusal has the words and the delay of any other, and the next try may be right."""

    async def story() -> None:
        async with (
            running_server(FIRST, apop=SingleAccount(ALICE, PASSWORD)) as running,
            greeted(running) as (peer, stamp),
        ):
            for line in (apop(stamp, b"wrong"), apop(stamp, name=b"bob")):
                await peer.send(line + b"\r\n")
                await running.until_state(State.REFUSING)
                running.clock.advance(running.server.settings.refusal_s)
                assert await peer.line() == WRONG
            assert (await peer.ask(apop(stamp))).startswith(b"+OK")

    run(story(), loop=loop)


@both_loops
def test_a_digest_is_worth_nothing_on_another_connection(loop: str) -> None:
    """Each banner has a timestamp of its own, and what was heard on one fails on the next."""

    async def story() -> None:
        async with (
            running_server(FIRST, apop=SingleAccount(ALICE, PASSWORD)) as running,
            greeted(running) as (first, heard),
        ):
            first.close()
            await running.until_over()
            async with greeted(running) as (second, stamp):
                assert stamp != heard
                await second.send(apop(heard) + b"\r\n")
                await running.until_state(State.REFUSING)
                running.clock.advance(running.server.settings.refusal_s)
                assert await second.line() == WRONG

    run(story(), loop=loop)


@pytest.mark.rfc("1939-7-apop-greeting")
@both_loops
def test_without_apop_there_is_no_timestamp(loop: str) -> None:
    """Where APOP is not offered the banner has no angle bracket, and APOP is refused."""

    async def story() -> None:
        async with (
            running_server(FIRST) as running,
            connected(running, greeted=False) as peer,
        ):
            assert await peer.line() == b"+OK requite POP3 server ready."
            assert await peer.ask(apop(b"<1.1@x>")) == b"-ERR APOP is not available here."
            assert running.state() is State.AUTHORIZATION

    run(story(), loop=loop)


@both_loops
@pytest.mark.parametrize("line", [b"APOP", b"APOP alice", b"APOP alice " + b"G" * 32])
def test_apop_that_cannot_be_read_is_refused(line: bytes, loop: str) -> None:
    """Without a name and 32 digits nobody is asked, and the session goes on."""

    async def story() -> None:
        async with (
            running_server(FIRST, apop=SingleAccount(ALICE, PASSWORD)) as running,
            greeted(running) as (peer, stamp),
        ):
            assert (await peer.ask(line)).startswith(b"-ERR")
            assert (await peer.ask(apop(stamp))).startswith(b"+OK")
            assert await peer.ask(apop(stamp)) == b"-ERR You are logged in already."

    run(story(), loop=loop)


@both_loops
def test_no_password_in_the_clear_does_not_forbid_apop(loop: str) -> None:
    """Where a password may not travel readable, a digest may: it is not the password."""

    async def story() -> None:
        settings = Settings(plaintext_without_tls="never")
        accounts = SingleAccount(ALICE, PASSWORD)
        async with (
            running_server(FIRST, settings=settings, apop=accounts) as running,
            greeted(running) as (peer, stamp),
        ):
            assert (await peer.ask(apop(stamp))).startswith(b"+OK")

    run(story(), loop=loop)


@both_loops
def test_the_timestamp_holds_after_stls(loop: str) -> None:
    """There is no second banner after STLS, so the timestamp of the first one goes on to hold."""

    def talk(peer: Blocking) -> None:
        stamp = STAMP.search(peer.line())
        assert stamp
        assert peer.ask(b"STLS").startswith(b"+OK")
        peer.begin_tls()
        assert peer.ask(apop(stamp[0])).startswith(b"+OK Logged in")
        assert peer.ask(b"QUIT") == b"+OK Goodbye."

    async def story() -> None:
        server_side, _ = certificates()
        accounts = SingleAccount(ALICE, PASSWORD)
        async with running_server(FIRST, tls=server_side, apop=accounts) as running:
            await talked(running, talk)

    run(story(), loop=loop)


# --- LOGIN-DELAY ---------------------------------------------------------------------------------


@pytest.mark.rfc("2449-6.5-login-delay", "2449-8.1.1-login-delay-code", "2449-8.1.1-not-user")
@both_loops
def test_a_second_login_waits_for_the_delay(loop: str, caplog: pytest.LogCaptureFixture) -> None:
    """Another session of the account is refused until the delay is over, and stays connected."""

    async def story() -> None:
        async with running_server(FIRST, settings=DELAYED) as running:
            async with logged_in(running) as first:
                assert await first.ask(b"QUIT") == b"+OK Goodbye."
            await running.until_over()
            async with connected(running) as second:
                running.clock.advance(59.9)
                assert (await second.ask(b"USER alice")).startswith(b"+OK")
                refused = await second.ask(b"PASS " + PASSWORD)
                assert refused.startswith(b"-ERR [LOGIN-DELAY] ")
                assert running.state() is State.AUTHORIZATION
                assert AccountKey(ALICE) not in running.ledger.books()
                running.clock.advance(0.1)
                await second.ask(b"USER alice")
                assert (await second.ask(b"PASS " + PASSWORD)).startswith(b"+OK")

    with caplog.at_level("INFO", logger="requite.pop3"):
        run(story(), loop=loop)
    assert "account 'alice' has logged in less than 60 s ago" in caplog.text
    assert "wrong password" not in caplog.text


@pytest.mark.rfc("2449-6.5-login-delay-largest", "2449-6.5-login-delay-user")
@both_loops
def test_capabilities_tell_the_delay_on_each_side_of_the_login(loop: str) -> None:
    """RFC 2449 section 6.5: the delay is listed in both states, the same for all, so not USER."""

    async def story() -> None:
        async with running_server(FIRST, settings=DELAYED) as running, connected(running) as peer:
            assert b"LOGIN-DELAY 60" in await peer.ask_listing(b"CAPA")
            await peer.ask(b"USER alice")
            await peer.ask(b"PASS " + PASSWORD)
            assert b"LOGIN-DELAY 60" in await peer.ask_listing(b"CAPA")

    run(story(), loop=loop)


@both_loops
def test_without_a_delay_none_is_told(loop: str) -> None:
    """Where two logins may follow each other at once CAPA says nothing of a delay."""

    async def story() -> None:
        async with running_server(FIRST) as running, logged_in(running) as peer:
            listed = await peer.ask_listing(b"CAPA")
            assert not [line for line in listed if line.startswith(b"LOGIN-DELAY")]

    run(story(), loop=loop)


# --- how long messages are kept -------------------------------------------------------------------


@pytest.mark.rfc("2449-6.7-expire", "2449-6.7-smallest", "2449-6.7-expire-user")
@both_loops
@pytest.mark.parametrize(("days", "listed"), [(0, b"EXPIRE NEVER"), (30, b"EXPIRE 30")])
def test_how_long_messages_are_kept_is_told_before_and_after_the_login(
    days: int, listed: bytes, loop: str
) -> None:
    """CAPA says in both states what is configured: one time for all, so without the word USER."""
    settings = Settings(retention_days=days)

    async def story() -> None:
        async with running_server(FIRST, settings=settings) as running, connected(running) as peer:
            before = await peer.ask_listing(b"CAPA")
            await peer.ask(b"USER alice")
            await peer.ask(b"PASS " + PASSWORD)
            after = await peer.ask_listing(b"CAPA")
            assert [one for one in before if one.startswith(b"EXPIRE")] == [listed]
            assert [one for one in after if one.startswith(b"EXPIRE")] == [listed]

    run(story(), loop=loop)


# --- the name of the program ---------------------------------------------------------------------


@pytest.mark.rfc("2449-6.9-implementation")
@both_loops
def test_the_name_can_be_hidden(loop: str) -> None:
    """Without announcing, nothing of a session has the name in it, on either side of the login."""

    async def story() -> None:
        apop_accounts = SingleAccount(ALICE, PASSWORD)
        async with (
            running_server(FIRST, settings=HIDDEN, apop=apop_accounts) as running,
            connected(running, greeted=False) as peer,
        ):
            lines = b"CAPA AUTH HELP NOOP STLS APOP USER|alice PASS|wonderland CAPA STAT UIDL QUIT"
            await peer.send(b"".join(line.replace(b"|", b" ") + b"\r\n" for line in lines.split()))
            told = await peer.rest()
            assert told.startswith(b"+OK POP3 server ready. <")
            assert told.endswith(b"+OK Goodbye.\r\n")
            assert b"requite" not in told.lower()
            assert b"IMPLEMENTATION" not in told
            await turns()

    run(story(), loop=loop)


def test_no_reply_of_the_table_has_the_name_in_it() -> None:
    """The name stands in the greeting's fact and in CAPA alone, where it can be hidden."""
    replies = [
        effect.text
        for row in POP3_SESSION.edges
        for effect in row.effects
        if isinstance(effect, Reply)
    ]

    assert [text for text in replies if "requite" in text.lower()] == []
    assert "+OK {greeting}" in replies
