"""curl, mpop and s-nail log in by tokens inside TLS, and read the mailbox.

What is compared: the message that is stored with the one that is served, for both mechanisms, and
what a client makes of what it is told before it is refused.
"""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from clients.octets import with_crlf, with_lf
from clients.serving import program, run_program
from requite.generated.pop3 import Event
from requite.pop3.sasl import Offer
from requite.pop3.services import TokenHints
from requite.pop3.shell import Settings
from running import Running, run, running_server
from sasl.one_token import SCOPE, OneToken
from shell.words import FIRST

TOKEN = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"
SETTINGS = Settings(refusal_s=0.0, plaintext_without_tls="never")
HINTS = TokenHints(scope=SCOPE)
LOGIN_DENIED = 67
NO_PERMISSION = 77  # EX_NOPERM of sysexits.h.
Command = Callable[[Running, Path, str, str], list[str]]
"""Gives a command line for a mechanism and a token."""


@asynccontextmanager
async def serving(home: Path) -> AsyncIterator[Running]:
    """Serve one message to whoever has the token, inside TLS alone."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(home / "authority.pem")
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(server_side)
    async with running_server(
        FIRST, tokens=OneToken(TOKEN, HINTS), settings=SETTINGS, tls=server_side, real_time=True
    ) as running:
        yield running


def curl(running: Running, home: Path, name: str, token: str) -> list[str]:
    """Fetch one message with curl, which takes the best mechanism that is listed."""
    del name
    return [
        program("curl"),
        *("--silent", "--show-error", "--verbose", "--ssl-reqd", "--sasl-ir"),
        *("--cacert", str(home / "authority.pem")),
        *("--user", "alice:", "--oauth2-bearer", token, "--output", str(home / "stored")),
        f"pop3://127.0.0.1:{running.endpoint.port}/1",
    ]


def mpop(running: Running, home: Path, name: str, token: str) -> list[str]:
    """Fetch everything with mpop."""
    for folder in ("tmp", "new", "cur"):
        (home / "delivered" / folder).mkdir(parents=True, exist_ok=True)
    (home / "token").write_text(token + "\n")
    return [
        program("mpop"),
        *("--host=127.0.0.1", f"--port={running.endpoint.port}"),
        *("--tls=on", "--tls-starttls=on", f"--tls-trust-file={home}/authority.pem"),
        *(f"--auth={name.lower()}", "--user=alice", "--passwordeval=cat token"),
        *("--received-header=off", f"--uidls-file={home}/uidls", "--keep=on"),
        f"--delivery=maildir,{home}/delivered",
    ]


both_names = pytest.mark.parametrize("name", ["OAUTHBEARER", "XOAUTH2"])


@both_names
@pytest.mark.parametrize("initial", [True, False], ids=["initial response", "two lines"])
def test_curl_reads_by_a_token(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, initial: bool
) -> None:
    """In one line and in two, after STLS; the message is stored octet by octet."""
    monkeypatch.setattr(Offer, "listed", lambda *_, **__: (name.encode(),))

    async def story() -> None:
        async with serving(tmp_path) as running:
            command = curl(running, tmp_path, name, TOKEN)
            done = await run_program(
                [part for part in command if initial or part != "--sasl-ir"], tmp_path
            )
            assert f"> AUTH {name}".encode() in done.stderr
            assert (tmp_path / "stored").read_bytes() == with_crlf(FIRST)
            assert (Event.AUTH_RECEIVED in running.events) is not initial
            assert Event.STLS_RECEIVED in running.events

    run(story())


@both_names
def test_mpop_reads_by_a_token(name: str, tmp_path: Path) -> None:
    """After STLS mpop delivers what is served."""

    async def story() -> None:
        async with serving(tmp_path) as running:
            await run_program(mpop(running, tmp_path, name, TOKEN), tmp_path)
            [stored] = (tmp_path / "delivered" / "new").iterdir()
            assert stored.read_bytes() == with_lf(FIRST)

    run(story())


S_NAIL = """\
set v15-compat
set user=alice password={token} pop3-no-apop pop3-auth=oauthbearer pop3-use-starttls
set tls-ca-no-defaults tls-verify=strict tls-ca-file={home}/authority.pem
folder pop3://localhost:{port}
copy * maildir://{home}/stored
exit
"""


@pytest.mark.parametrize("token", [TOKEN, "bad"])
def test_s_nail_reads_by_a_token(token: str, tmp_path: Path) -> None:
    """What it calls oauthbearer is XOAUTH2; with another token it stores nothing."""

    async def story() -> None:
        async with serving(tmp_path) as running:
            port = running.endpoint.port
            given = S_NAIL.format(token=token, home=tmp_path, port=port)
            await run_program([program("s-nail"), "-:/", "-#"], tmp_path, given=given)
            assert (Event.VERIFIED in running.events) is (token == TOKEN)

    run(story())
    stored = [path.read_bytes() for path in tmp_path.glob("stored/new/*")]
    assert stored == ([with_lf(FIRST) + b"\n"] if token == TOKEN else [])


@both_names
@pytest.mark.parametrize(("client", "status"), [(curl, LOGIN_DENIED), (mpop, NO_PERMISSION)])
def test_a_refused_client_finishes_the_exchange(
    client: Command, status: int, name: str, tmp_path: Path
) -> None:
    """Each client takes what it is told, and fails as with a wrong password."""

    async def story() -> None:
        async with serving(tmp_path) as running:
            await run_program(client(running, tmp_path, name, "bad"), tmp_path, expected=status)
            assert running.events.count(Event.CHALLENGED) == 1
            assert running.events.count(Event.REJECTED) == 1

    run(story())
