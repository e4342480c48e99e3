"""mpop reads the sample, with up to 30 commands in the pipe.

What is compared: the files that mpop delivers to a Maildir, against the stored octets by the
reference of `serving`, lines ended by LF: mpop undoes the dot-stuffing and writes LF for CRLF, and
nothing else, as its own Received header is switched off. Its file names do not tell the order, so
the two collections are compared sorted.
"""

from pathlib import Path

import pytest

from clients.serving import (
    PASSWORD,
    SHARED_NAMES,
    full_server,
    messages_left,
    program,
    run_program,
    sample_server,
    with_lf,
)
from requite.generated.pop3 import Event
from running import Running, run

NO_PERMISSION = 77  # EX_NOPERM of sysexits.h.


def command(
    running: Running, home: Path, *more: str, name: str = "alice", password: str = PASSWORD
) -> list[str]:
    """Write a command line that delivers to a Maildir in the home."""
    for folder in ("tmp", "new", "cur"):
        (home / "delivered" / folder).mkdir(parents=True, exist_ok=True)
    (home / "password").write_text(password + "\n")
    return [
        program("mpop"),
        f"--host={running.endpoint.host}",
        f"--port={running.endpoint.port}",
        "--tls=off",
        "--auth=user",
        f"--user={name}",
        "--passwordeval=cat password",
        "--received-header=off",
        f"--uidls-file={home}/uidls",
        f"--delivery=maildir,{home}/delivered",
        *more,
    ]


def delivered(home: Path) -> list[bytes]:
    """Give what was delivered."""
    return sorted(path.read_bytes() for path in (home / "delivered" / "new").iterdir())


@pytest.mark.parametrize("pipelining", ["auto", "on", "off"])
@pytest.mark.parametrize("name", ["alice", *SHARED_NAMES])
def test_the_whole_sample_is_read_octet_by_octet(
    name: str, pipelining: str, tmp_path: Path
) -> None:
    """Each message of the own and of the shared mailbox is delivered as it is stored, with LF."""

    async def story() -> None:
        async with sample_server(tmp_path) as running:
            keep = command(running, tmp_path, "--keep=on", f"--pipelining={pipelining}", name=name)
            stored = messages_left(tmp_path, "alice" if name == "alice" else "support")
            await run_program(keep, tmp_path)
            assert delivered(tmp_path) == sorted(with_lf(one) for one in stored)
            assert messages_left(tmp_path, "alice" if name == "alice" else "support") == stored

    run(story())


def test_what_was_delivered_is_deleted(tmp_path: Path) -> None:
    """Without --keep mpop deletes what it has delivered, and nothing is lost between the two."""

    async def story() -> None:
        async with sample_server(tmp_path) as running:
            stored = messages_left(tmp_path)
            await run_program(command(running, tmp_path, "--keep=off"), tmp_path)
            assert delivered(tmp_path) == sorted(with_lf(one) for one in stored)
            assert messages_left(tmp_path) == ()
            assert running.events.count(Event.COMMITTED) == 1

    run(story())


@pytest.mark.rfc("1939-7-uid-lasting")
def test_a_second_run_finds_nothing_new(tmp_path: Path) -> None:
    """The unique ids are the same in the next session, so that nothing is delivered twice."""

    async def story() -> None:
        async with sample_server(tmp_path) as running:
            for _ in range(2):
                await run_program(command(running, tmp_path, "--keep=on"), tmp_path)
            assert len(delivered(tmp_path)) == 33
            assert running.events.count(Event.RETR_RECEIVED) == 33

    run(story())


def test_a_wrong_password_is_no_permission(tmp_path: Path) -> None:
    """Mpop reports that the login failed, with the server's words."""

    async def story() -> None:
        async with sample_server(tmp_path) as running:
            wrong = command(running, tmp_path, password="wrong")
            done = await run_program(wrong, tmp_path, expected=NO_PERMISSION)
            assert b"Wrong name or password" in done.stderr

    run(story())


def test_at_the_limit_the_login_fails_with_the_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Mpop shows the text of [IN-USE]."""

    async def story() -> None:
        async with full_server(tmp_path, caplog) as running:
            done = await run_program(command(running, tmp_path), tmp_path, expected=NO_PERMISSION)
            assert b"Too many sessions" in done.stderr

    run(story())
