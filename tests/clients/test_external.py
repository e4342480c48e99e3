"""curl and mpop log in by a client certificate, and read the whole mailbox.

Decides that clients that nobody here wrote take our EXTERNAL. curl sends no initial response unless
it is told to, and mpop always does. fetchmail 6.4 knows EXTERNAL for IMAP alone.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from clients.octets import with_crlf, with_lf
from clients.serving import messages_left, program, run_program, sample_server
from requite.generated.pop3 import Event
from requite.pop3.client_certificates import ClientName
from running import Running, run

LOGIN_DENIED = 67
NO_PERMISSION = 77  # EX_NOPERM of sysexits.h.
SCHEMES = {"pop3s": True, "pop3": False}


@dataclass(frozen=True)
class Papers:
    """What a client shows and whom it trusts, in files, and the server's context."""

    directory: Path
    server: ssl.SSLContext

    @property
    def shown(self) -> Path:
        """Say where the client's certificate stands, with its key."""
        return self.directory / "shown.pem"

    @property
    def trusted(self) -> Path:
        """Say where the authority of both sides stands."""
        return self.directory / "trusted.pem"


def papers(directory: Path, account: str) -> Papers:
    """Issue a certificate to a client, by the common name, and one to the server."""
    authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(server)
    server.verify_mode = ssl.CERT_OPTIONAL
    made = Papers(directory, server)
    issued = authority.issue_cert("client@mail.example", common_name=account)
    issued.private_key_and_cert_chain_pem.write_to_path(made.shown)
    authority.cert_pem.write_to_path(made.trusted)
    return made


def curl(running: Running, held: Papers, scheme: str, *more: str | Path) -> list[str | Path]:
    """Fetch the listing, or what more says, with no password at all."""
    return [
        program("curl"),
        *("--silent", "--show-error", "--ssl-reqd", "--cacert", held.trusted),
        *("--cert", held.shown, "--login-options", "AUTH=EXTERNAL", *more),
        f"{scheme}://{running.endpoint.host}:{running.endpoint.port}/",
    ]


def mpop(running: Running, held: Papers, home: Path, *more: str) -> list[str]:
    """Deliver to a Maildir in the home."""
    for folder in ("tmp", "new", "cur"):
        (home / "delivered" / folder).mkdir(parents=True, exist_ok=True)
    return [
        program("mpop"),
        f"--host={running.endpoint.host}",
        f"--port={running.endpoint.port}",
        *("--tls=on", f"--tls-trust-file={held.trusted}"),
        *(f"--tls-cert-file={held.shown}", f"--tls-key-file={held.shown}"),
        *("--auth=external", "--keep=on", "--received-header=off"),
        f"--uidls-file={home}/uidls",
        f"--delivery=maildir,{home}/delivered",
        *more,
    ]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("more", "mailbox"),
    [
        ((), "alice"),
        (("--sasl-ir",), "alice"),
        (("--user", "alice:"), "alice"),
        (("--user", "support:", "--sasl-ir"), "support"),
        (("--user", "support:"), "support"),
    ],
    ids=["nothing", "=", "its own name", "a shared mailbox at once", "a shared mailbox"],
)
def test_curl_logs_in_by_a_certificate(
    more: tuple[str, ...], mailbox: str, scheme: str, tmp_path: Path
) -> None:
    """With an initial response and without, curl lists the mailbox that it asks for, or its own."""

    async def story() -> None:
        held = papers(tmp_path, "alice")
        async with sample_server(
            tmp_path,
            tls=held.server,
            tls_first=SCHEMES[scheme],
            client_name=ClientName.COMMON_NAME,
        ) as running:
            done = await run_program(curl(running, held, scheme, *more), tmp_path)
            sizes = [len(with_crlf(one)) for one in messages_left(tmp_path, mailbox)]
            assert done.stdout == b"".join(b"%d %d\r\n" % pair for pair in enumerate(sizes, 1))
            assert (Event.AUTH_RECEIVED in running.events) is ("--sasl-ir" not in more)
            assert Event.CREDENTIALS_RECEIVED in running.events

    run(story())


@pytest.mark.parametrize("scheme", SCHEMES)
def test_curl_is_denied_who_is_unknown(scheme: str, tmp_path: Path) -> None:
    """A certificate of the right authority that names no account here is denied."""

    async def story() -> None:
        held = papers(tmp_path, "mallory")
        async with sample_server(
            tmp_path,
            tls=held.server,
            tls_first=SCHEMES[scheme],
            client_name=ClientName.COMMON_NAME,
        ) as running:
            command = curl(running, held, scheme, "--verbose")
            done = await run_program(command, tmp_path, expected=LOGIN_DENIED)
            assert b"-ERR [AUTH] Wrong name or password." in done.stderr

    run(story())


@pytest.mark.parametrize("user", ["alice", "support"])
def test_mpop_reads_the_whole_mailbox_by_a_certificate(user: str, tmp_path: Path) -> None:
    """Inside STLS mpop reads the mailbox of its name, or a shared one, without any password."""

    async def story() -> None:
        held = papers(tmp_path, "alice")
        async with sample_server(
            tmp_path, tls=held.server, client_name=ClientName.COMMON_NAME
        ) as running:
            stored = messages_left(tmp_path, user)
            await run_program(mpop(running, held, tmp_path, f"--user={user}"), tmp_path)
            found = [path.read_bytes() for path in (tmp_path / "delivered" / "new").iterdir()]
            assert sorted(found) == sorted(with_lf(one) for one in stored)

    run(story())


def test_mpop_is_refused_who_is_unknown(tmp_path: Path) -> None:
    """A certificate of the right authority that names no account here does not get in."""

    async def story() -> None:
        held = papers(tmp_path, "mallory")
        async with sample_server(
            tmp_path, tls=held.server, client_name=ClientName.COMMON_NAME
        ) as running:
            command = mpop(running, held, tmp_path, "--user=alice")
            done = await run_program(command, tmp_path, expected=NO_PERMISSION)
            assert b"authentication failed (method EXTERNAL)" in done.stderr

    run(story())
