"""Python's poplib reads the sample.

What is compared: each line that poplib hands out, with CRLF put back after it, against the stored
octets by the reference of `serving`. poplib undoes the dot-stuffing and strips the CRLF of each
line, and nothing else; its limit of 2,048 octets a line is raised for the line of a million.
"""

import asyncio
import poplib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from clients.octets import with_crlf
from clients.serving import (
    PASSWORD,
    SHARED_NAMES,
    full_server,
    messages_left,
    sample_server,
)
from running import LOOPS, Running, run

T = TypeVar("T")
CLIENT_S = 10.0
LINE_OCTETS = 2_000_000

both_loops = pytest.mark.parametrize("loop", LOOPS)


@pytest.fixture(autouse=True)
def long_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let poplib read the line of a million octets."""
    monkeypatch.setattr(poplib, "_MAXLINE", LINE_OCTETS)


async def in_a_thread(running: Running, talk: Callable[[poplib.POP3], T]) -> T:
    """Let poplib talk in a thread while the server runs here, and close its socket at the end."""

    def whole() -> T:
        client = poplib.POP3(running.endpoint.host, running.endpoint.port, timeout=CLIENT_S)
        try:
            return talk(client)
        finally:
            client.close()

    result = await asyncio.to_thread(whole)
    await running.until_over()
    return result


def log_in(client: poplib.POP3, name: str = "alice", password: str = PASSWORD) -> None:
    """Log in by USER and PASS."""
    client.user(name)
    client.pass_(password)


def all_messages(client: poplib.POP3) -> list[bytes]:
    """Read every message by RETR, and check each size."""
    messages = []
    for number in range(1, client.stat()[0] + 1):
        _, lines, _ = client.retr(number)
        messages.append(b"".join(line + b"\r\n" for line in lines))
        listed: object = client.list(number)  # One line, whatever its stub says.
        assert listed == b"+OK %d %d" % (number, len(messages[-1]))
    return messages


@both_loops
@pytest.mark.parametrize("name", ["alice", *SHARED_NAMES])
def test_the_whole_sample_is_read_octet_by_octet(name: str, loop: str, tmp_path: Path) -> None:
    """Each message of the own and of the shared mailbox is what is stored, lines ended by CRLF."""

    def talk(client: poplib.POP3) -> list[bytes]:
        log_in(client, name)
        messages = all_messages(client)
        client.quit()
        return messages

    async def story() -> None:
        async with sample_server(tmp_path) as running:
            messages = await in_a_thread(running, talk)
            stored = messages_left(tmp_path, "alice" if name == "alice" else "support")
            assert len(stored) == (33 if name == "alice" else 4)
            assert messages == [with_crlf(one) for one in stored]

    run(story(), loop=loop)


@both_loops
def test_top_of_very_many_lines_is_the_message(loop: str, tmp_path: Path) -> None:
    """TOP with 99999999 lines, as fetchmail asks, reads the same octets as RETR."""

    def talk(client: poplib.POP3) -> list[list[bytes]]:
        log_in(client)
        tops = [client.top(number, 99_999_999)[1] for number in range(1, client.stat()[0] + 1)]
        client.quit()
        return tops

    async def story() -> None:
        async with sample_server(tmp_path) as running:
            tops = await in_a_thread(running, talk)
            found = [b"".join(line + b"\r\n" for line in lines) for lines in tops]
            assert found == [with_crlf(one) for one in messages_left(tmp_path)]

    run(story(), loop=loop)


@both_loops
def test_the_listings_agree(loop: str, tmp_path: Path) -> None:
    """STAT, LIST and UIDL name the same messages, and the sizes are those that RETR sends."""

    async def story() -> None:
        async with sample_server(tmp_path) as running:

            def talk(client: poplib.POP3) -> None:
                log_in(client)
                sizes = [len(with_crlf(one)) for one in messages_left(tmp_path)]
                assert client.stat() == (33, sum(sizes))
                assert client.list()[1] == [b"%d %d" % pair for pair in enumerate(sizes, 1)]
                uids = [line.split()[1] for line in client.uidl()[1]]
                assert len(set(uids)) == 33
                assert client.capa().keys() >= {"TOP", "UIDL", "USER", "SASL", "PIPELINING"}
                client.quit()

            await in_a_thread(running, talk)

    run(story(), loop=loop)


@both_loops
def test_what_is_not_deleted_is_kept(loop: str, tmp_path: Path) -> None:
    """Reading everything and saying QUIT leaves every file as it was."""

    def talk(client: poplib.POP3) -> None:
        log_in(client)
        all_messages(client)
        client.quit()

    async def story() -> None:
        async with sample_server(tmp_path) as running:
            before = messages_left(tmp_path)
            await in_a_thread(running, talk)
            assert messages_left(tmp_path) == before

    run(story(), loop=loop)


@both_loops
def test_deleted_after_reading_is_gone_at_quit(loop: str, tmp_path: Path) -> None:
    """All files are there until QUIT, and those that were deleted are gone after it."""

    async def story() -> None:
        async with sample_server(tmp_path) as running:
            before = messages_left(tmp_path)

            def talk(client: poplib.POP3) -> None:
                log_in(client)
                for number in range(1, 31):
                    client.retr(number)
                    client.dele(number)
                assert messages_left(tmp_path) == before
                client.quit()

            await in_a_thread(running, talk)
            assert messages_left(tmp_path) == before[30:]

    run(story(), loop=loop)


@pytest.mark.rfc("1939-6-without-quit")
@both_loops
def test_without_quit_nothing_is_deleted(loop: str, tmp_path: Path) -> None:
    """A client that deletes everything and then only closes its socket has deleted nothing."""

    def talk(client: poplib.POP3) -> None:
        log_in(client)
        for number in range(1, 34):
            client.dele(number)
        assert client.stat() == (0, 0)

    async def story() -> None:
        async with sample_server(tmp_path) as running:
            before = messages_left(tmp_path)
            await in_a_thread(running, talk)
            assert messages_left(tmp_path) == before

    run(story(), loop=loop)


@both_loops
def test_a_wrong_password_is_refused_and_the_next_one_is_not(loop: str, tmp_path: Path) -> None:
    """Poplib is told [AUTH], and may try again on the same connection."""

    def talk(client: poplib.POP3) -> None:
        with pytest.raises(poplib.error_proto, match=r"\[AUTH\]"):
            log_in(client, password="wrong")
        log_in(client)
        client.quit()

    async def story() -> None:
        async with sample_server(tmp_path) as running:
            await in_a_thread(running, talk)

    run(story(), loop=loop)


@both_loops
def test_at_the_limit_the_account_is_in_use(
    loop: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """With alice's one slot taken in the shared mailbox she is told [IN-USE] at her own."""

    def talk(client: poplib.POP3) -> None:
        with pytest.raises(poplib.error_proto, match=r"\[IN-USE\] Too many sessions"):
            log_in(client)
        client.quit()

    async def story() -> None:
        async with full_server(tmp_path, caplog) as running:

            def whole() -> None:
                client = poplib.POP3(running.endpoint.host, running.endpoint.port, CLIENT_S)
                try:
                    talk(client)
                finally:
                    client.close()

            await asyncio.to_thread(whole)

    run(story(), loop=loop)


@both_loops
def test_bob_may_open_the_shared_mailbox_and_not_alices(loop: str, tmp_path: Path) -> None:
    """A delegate opens what it is a delegate of, and nothing else."""

    def talk(client: poplib.POP3) -> None:
        with pytest.raises(poplib.error_proto, match=r"\[AUTH\]"):
            log_in(client, "bob\\alice", "builder")
        log_in(client, "bob\\support", "builder")
        assert client.stat()[0] == 4
        client.quit()

    async def story() -> None:
        async with sample_server(tmp_path) as running:
            await in_a_thread(running, talk)

    run(story(), loop=loop)
