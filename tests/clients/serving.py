"""The sample maildrop, served to client programs.

Decides what stands in a maildrop, and how a program is run: with a bound on its time, in a home of
its own, towards loopback alone.
Refuses to know any client.
"""

import asyncio
import logging
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from ssl import SSLContext
from typing import Final

import pytest

from requite.pop3.accounts import FileAccounts
from requite.pop3.client_certificates import ClientName
from requite.pop3.ledger import LedgerLimits
from requite.pop3.maildrops.deletions import Deletions
from requite.pop3.maildrops.maildir import MaildirMaildrops
from requite.pop3.maildrops.paths import MailboxPath
from requite.pop3.sample import SAMPLE_DELEGATES, SAMPLE_MAIL_PATH, write_sample
from requite.pop3.sasl import CertifiedAccounts
from requite.pop3.shell import Settings
from running import Running, connected, running_server

__all__ = (
    "PASSWORD",
    "SHARED_NAMES",
    "deliver",
    "full_server",
    "messages_left",
    "program",
    "run_program",
    "sample_server",
    "take_away",
)

PROGRAM_S: Final = 20.0
"""What a client may take for the whole sample; each takes less than a second."""
PASSWORD: Final = "wonderland"
SHARED_NAMES: Final = ("alice\\support", "support*alice")
LATER_S: Final = 1_800_000_000
"""When one more message is delivered: after all of the sample."""
SETTINGS: Final = Settings(refusal_s=0.0)


# --- what is there --------------------------------------------------------------------------------


def messages_left(directory: Path, mailbox: str = "alice") -> tuple[bytes, ...]:
    """Read a mailbox's files as they stand on the disk now, in the order of delivery."""
    maildir = directory / "mail" / mailbox / "Maildir"
    paths = [*(maildir / "new").iterdir(), *(maildir / "cur").iterdir()]
    return tuple(path.read_bytes() for path in sorted(paths, key=lambda path: path.stat().st_mtime))


def deliver(directory: Path, stored: bytes, mailbox: str = "alice") -> None:
    """Put one more message into a mailbox, after all others."""
    maildir = directory / "mail" / mailbox / "Maildir"
    uid = f"{LATER_S}.M0P1.later"
    draft = maildir / "tmp" / uid
    draft.write_bytes(stored)
    os.utime(draft, (LATER_S, LATER_S))
    draft.rename(maildir / "new" / uid)


def take_away(directory: Path, *, over_octets: int, mailbox: str = "alice") -> None:
    """Remove the large messages of a mailbox, before it is served."""
    for path in (directory / "mail" / mailbox / "Maildir" / "new").iterdir():
        if path.stat().st_size > over_octets:
            path.unlink()


# --- serving -------------------------------------------------------------------------------------


@asynccontextmanager
async def sample_server(  # noqa: PLR0913 - each is one knob of a server.
    directory: Path,
    *,
    deletions: Deletions | None = None,
    limits: LedgerLimits | None = None,
    tls: SSLContext | None = None,
    tls_first: bool = False,
    client_name: ClientName | None = None,
) -> AsyncIterator[Running]:
    """Write the sample and serve it as `requite demo` does.

    Args:
        directory: where it is written.
        deletions: what becomes of deleted messages; they are removed unless said.
        limits: those of the ledger.
        tls: a certificate, which brings STLS.
        tls_first: begin with the handshake.
        client_name: where a client's certificate has the name of its account, for EXTERNAL.
    """
    write_sample(directory)
    accounts = FileAccounts(directory / "accounts", delegates=SAMPLE_DELEGATES)
    path_of = MailboxPath(SAMPLE_MAIL_PATH, base=directory)
    maildrops = MaildirMaildrops(path_of, deletions=deletions)
    try:
        async with running_server(
            settings=SETTINGS,
            accounts=accounts,
            scram=accounts,
            certified=CertifiedAccounts(client_name, accounts) if client_name else None,
            maildrops=maildrops,
            limits=limits,
            tls=tls,
            tls_first=tls_first,
            real_time=True,
        ) as running:
            yield running
    finally:
        await asyncio.to_thread(maildrops.close)
        await asyncio.to_thread(accounts.close)


@asynccontextmanager
async def full_server(
    directory: Path, caplog: pytest.LogCaptureFixture, *, tls: SSLContext | None = None
) -> AsyncIterator[Running]:
    """Serve at a limit of one session, and hold it; at the end event 1009 must have been logged."""
    caplog.set_level(logging.WARNING, logger="requite.pop3")
    async with (
        sample_server(directory, limits=LedgerLimits(account=1), tls=tls) as running,
        connected(running) as first,
    ):
        assert (await first.ask(b"USER alice\\support")).startswith(b"+OK")
        assert (await first.ask(b"PASS " + PASSWORD.encode())).startswith(b"+OK")
        yield running
        assert (await first.ask(b"NOOP")) == b"+OK"
    warnings = [record.getMessage() for record in caplog.records]
    assert any("1009" in text and "'alice' holds 1 of 1" in text for text in warnings), warnings


# --- programs ------------------------------------------------------------------------------------


def program(name: str, *, package: str | None = None, probe: Sequence[str] = ()) -> str:
    """Give the path of a client program; without it the test is skipped, and fails under CI.

    Args:
        name: the program.
        package: what brings it, where that has another name.
        probe: arguments with which it fails if a library of its own is missing.
    """
    # Debian has haproxy where not every user looks.
    path = shutil.which(name, path=os.environ["PATH"] + os.pathsep + "/usr/sbin")
    if path is not None and (not probe or _works(path, *probe)):
        return path
    brought = package or name
    message = f"{brought} is not installed and was not tested: apt-get install {brought}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@cache
def _works(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


async def run_program(
    command: Sequence[str | Path], home: Path, *, expected: int = 0, given: str = ""
) -> subprocess.CompletedProcess[bytes]:
    """Run a program beside the server, and check how it ended."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C"}
    done = await asyncio.to_thread(
        subprocess.run,
        [str(part) for part in command],
        input=given.encode(),
        capture_output=True,
        timeout=PROGRAM_S,
        cwd=home,
        env=environment,
        check=False,
    )
    found = f"{done.stdout[-2_000:]!r} {done.stderr[-2_000:]!r}"
    assert done.returncode == expected, f"expected {expected}, found {done.returncode}: {found}"
    return done
