"""mpop reads the sample, with up to 30 commands in the pipe or one at a time.

What is compared: the files that mpop delivers to a Maildir, against the stored octets by the
reference of `serving`, lines ended by LF: mpop undoes the dot-stuffing and writes LF for CRLF, and
nothing else, as its own Received header is switched off. Its file names do not tell the order, so
the two collections are compared sorted.
"""

from pathlib import Path

import pytest

from clients.octets import with_lf
from clients.serving import (
    PASSWORD,
    SHARED_NAMES,
    messages_left,
    program,
    run_program,
    sample_server,
)
from running import Running, run


def command(running: Running, home: Path, *more: str, name: str) -> list[str]:
    """Write a command line that delivers to a Maildir in the home."""
    for folder in ("tmp", "new", "cur"):
        (home / "delivered" / folder).mkdir(parents=True, exist_ok=True)
    (home / "password").write_text(PASSWORD + "\n")
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
