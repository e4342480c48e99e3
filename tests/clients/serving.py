"""The sample maildrop, served to client programs.

Decides what a client has to bring home, by a reference that shares nothing with the server, and
how a program is run: with a bound on its time, in a home of its own, towards loopback alone.
Refuses to know any client.
"""

import asyncio
import logging
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from requite.pop3.accounts import FileAccounts
from requite.pop3.ledger import LedgerLimits
from requite.pop3.maildrops.maildir import MaildirMaildrops
from requite.pop3.maildrops.paths import MailboxPath
from requite.pop3.sample import SAMPLE_DELEGATES, SAMPLE_MAIL_PATH, write_sample
from requite.pop3.shell import Settings
from running import Running, connected, running_server

__all__ = (
    "PASSWORD",
    "SHARED_NAMES",
    "full_server",
    "messages_left",
    "program",
    "run_program",
    "sample_server",
    "with_crlf",
    "with_lf",
)

PROGRAM_S: Final = 20.0
"""What a client may take for the whole sample; each takes less than a second."""
PASSWORD: Final = "wonderland"
SHARED_NAMES: Final = ("alice\\support", "support*alice")
SETTINGS: Final = Settings(refusal_s=0.0)


# --- what is expected ----------------------------------------------------------------------------


def with_crlf(stored: bytes) -> bytes:
    """Give what a client has after it has undone the wire form: every line ends in CRLF.

    RFC 1939 section 3: lines end in CRLF; a line feed ends a stored line, and a carriage return
    right before it belongs to the end; a last line without an end gets one.
    """
    lines = re.split(rb"\r?\n", stored)
    if lines[-1] == b"":
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def with_lf(stored: bytes) -> bytes:
    """Give the same with each line's CRLF written as LF, as a mail store on Unix has it."""
    return with_crlf(stored).replace(b"\r\n", b"\n")


def messages_left(directory: Path, mailbox: str = "alice") -> tuple[bytes, ...]:
    """Read a mailbox's files as they stand on the disk now, in the order of delivery."""
    maildir = directory / "mail" / mailbox / "Maildir"
    paths = [*(maildir / "new").iterdir(), *(maildir / "cur").iterdir()]
    return tuple(path.read_bytes() for path in sorted(paths, key=lambda path: path.stat().st_mtime))


# --- serving -------------------------------------------------------------------------------------


@asynccontextmanager
async def sample_server(
    directory: Path, *, limits: LedgerLimits | None = None
) -> AsyncIterator[Running]:
    """Write the sample and serve it as `requite demo` does."""
    write_sample(directory)
    accounts = FileAccounts(directory / "accounts", delegates=SAMPLE_DELEGATES)
    path_of = MailboxPath(SAMPLE_MAIL_PATH, base=directory)
    maildrops = MaildirMaildrops(path_of)
    try:
        async with running_server(
            settings=SETTINGS,
            accounts=accounts,
            scram=accounts,
            maildrops=maildrops,
            limits=limits,
            real_time=True,
        ) as running:
            yield running
    finally:
        await asyncio.to_thread(maildrops.close)
        await asyncio.to_thread(accounts.close)


@asynccontextmanager
async def full_server(directory: Path, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Running]:
    """Serve at a limit of one session, and hold it; at the end event 1009 must have been logged."""
    caplog.set_level(logging.WARNING, logger="requite.pop3")
    async with (
        sample_server(directory, limits=LedgerLimits(account=1)) as running,
        connected(running) as first,
    ):
        assert (await first.ask(b"USER alice\\support")).startswith(b"+OK")
        assert (await first.ask(b"PASS " + PASSWORD.encode())).startswith(b"+OK")
        yield running
        assert (await first.ask(b"NOOP")) == b"+OK"
    warnings = [record.getMessage() for record in caplog.records]
    assert any("1009" in text and "'alice' holds 1 of 1" in text for text in warnings), warnings


# --- programs ------------------------------------------------------------------------------------


def program(name: str) -> str:
    """Give the path of a client program; without it the test is skipped, and fails under CI."""
    path = shutil.which(name)
    if path is not None:
        return path
    message = f"{name} is not installed and was not tested: apt-get install {name}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


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
