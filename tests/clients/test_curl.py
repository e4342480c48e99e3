"""curl reads the sample.

What is compared: the file that curl writes for each message, against the stored octets by the
reference of `serving`, lines ended by CRLF. curl undoes the dot-stuffing and changes nothing else,
with one exception of its own: it keeps the CRLF of the status line as the body's until it has
seen something else, so that a message without any octet becomes one empty line (7.88).
"""

from pathlib import Path

import pytest

from clients.octets import with_crlf
from clients.serving import (
    PASSWORD,
    SHARED_NAMES,
    full_server,
    messages_left,
    program,
    run_program,
    sample_server,
)
from running import Running, run

LOGIN_DENIED = 67


def command(name: str = "alice") -> list[str]:
    """Begin a command line."""
    return [program("curl"), "--silent", "--show-error", "--user", f"{name}:{PASSWORD}"]


def url(running: Running, path: str = "") -> str:
    """Say where."""
    return f"pop3://{running.endpoint.host}:{running.endpoint.port}/{path}"


@pytest.mark.parametrize("name", ["alice", *SHARED_NAMES])
def test_the_whole_sample_is_read_octet_by_octet(name: str, tmp_path: Path) -> None:
    """Each message of the own and of the shared mailbox is written as it is stored, with CRLF."""

    async def story() -> None:
        async with sample_server(tmp_path) as running:
            stored = messages_left(tmp_path, "alice" if name == "alice" else "support")
            wanted = f"[1-{len(stored)}]"
            await run_program([*command(name), url(running, wanted), "-o", "#1"], tmp_path)
            found = [(tmp_path / str(number + 1)).read_bytes() for number in range(len(stored))]
            assert found == [with_crlf(one) or b"\r\n" for one in stored]
            assert messages_left(tmp_path, "alice" if name == "alice" else "support") == stored

    run(story())


def test_the_listing_is_read(tmp_path: Path) -> None:
    """Without a number curl prints the numbers and sizes of all messages."""

    async def story() -> None:
        async with sample_server(tmp_path) as running:
            done = await run_program([*command(), url(running)], tmp_path)
            sizes = [len(with_crlf(one)) for one in messages_left(tmp_path)]
            assert done.stdout == b"".join(b"%d %d\r\n" % pair for pair in enumerate(sizes, 1))

    run(story())


def test_a_deleted_message_is_gone(tmp_path: Path) -> None:
    """DELE by curl, which says QUIT when it is done, removes that message and no other."""

    async def story() -> None:
        async with sample_server(tmp_path) as running:
            before = messages_left(tmp_path)
            delete = ["--request", "DELE", "--head", url(running, "2")]
            await run_program([*command(), *delete], tmp_path)
            assert messages_left(tmp_path) == (before[0], *before[2:])

    run(story())


def test_at_the_limit_the_login_is_denied(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Curl knows no [IN-USE], and reports that the login was denied; its transcript shows it."""

    async def story() -> None:
        async with full_server(tmp_path, caplog) as running:
            full = [*command(), "--verbose", url(running)]
            done = await run_program(full, tmp_path, expected=LOGIN_DENIED)
            assert b"-ERR [IN-USE] Too many sessions" in done.stderr

    run(story())
