"""mpop logs in by each SASL mechanism that it has, and reads the whole mailbox.

Decides that a client that nobody here wrote takes our exchanges, and checks our proof in SCRAM.
"""

from pathlib import Path

import pytest

from clients.octets import with_lf
from clients.serving import (
    PASSWORD,
    messages_left,
    program,
    run_program,
    sample_server,
)
from requite.generated.pop3 import Event
from requite.pop3.names import AccountName
from requite.pop3.sample import SAMPLE_ACCOUNTS
from running import Running, run

NO_PERMISSION = 77  # EX_NOPERM of sysexits.h.


def command(
    running: Running,
    home: Path,
    *more: str,
    name: str = "alice",
    password: str = PASSWORD,
    auth: str = "user",
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
        f"--auth={auth}",
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


@pytest.mark.rfc("5802-5.1-verifier")
@pytest.mark.parametrize("auth", ["plain", "login", "scram-sha-256"])
@pytest.mark.parametrize("name", ["alice", "bob"])
def test_each_mechanism_reads_the_whole_mailbox(name: str, auth: str, tmp_path: Path) -> None:
    """By GNU SASL mpop logs in with each mechanism, and checks our own proof with SCRAM."""

    async def story() -> None:
        async with sample_server(tmp_path) as running:
            stored = messages_left(tmp_path, name)
            password = SAMPLE_ACCOUNTS[AccountName(name)]
            keep = command(running, tmp_path, "--keep=on", name=name, password=password, auth=auth)
            await run_program(keep, tmp_path)
            assert delivered(tmp_path) == sorted(with_lf(one) for one in stored)
            assert (Event.CHALLENGED in running.events) is (auth != "plain")

    run(story())


@pytest.mark.parametrize("auth", ["plain", "login", "scram-sha-256"])
@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_each_mechanism_refuses_a_wrong_password(name: str, auth: str, tmp_path: Path) -> None:
    """Whether the account is there or not, mpop is told the same, at the same place."""

    async def story() -> None:
        async with sample_server(tmp_path) as running:
            wrong = command(running, tmp_path, name=name, password="wrong", auth=auth)
            done = await run_program(wrong, tmp_path, expected=NO_PERMISSION)
            assert f"authentication failed (method {auth.upper()})".encode() in done.stderr
            assert running.events.count(Event.CHALLENGED) == (auth != "plain")

    run(story())
