"""fetchmail reads the sample, by RETR and by TOP.

What is compared: what fetchmail hands to its delivery program, message by message, against the
stored octets by the reference of `serving`, lines ended by CRLF: `invisible` keeps fetchmail from
adding a Received header, `no rewrite` from touching addresses and `no stripcr` from taking the
carriage returns away. Of the 33 messages 26 must be the same octet by octet. fetchmail 6.4 itself
changes the other seven, whoever serves them, and for each of them its description says how.
"""

from pathlib import Path

import pytest

from clients.octets import with_crlf
from clients.programs.fetchmail import PIECE
from clients.serving import (
    PASSWORD,
    SHARED_NAMES,
    messages_left,
    program,
    run_program,
    sample_server,
)
from clients.table import CLIENTS
from requite.generated.pop3 import Event
from requite.pop3.sample_messages import SAMPLE_MESSAGES
from running import Running, run

NOTHING_NEW = 1
FETCHMAIL = next(client for client in CLIENTS if client.name == "fetchmail")


def command(
    running: Running,
    home: Path,
    *options: str,
    name: str = "alice",
    password: str = PASSWORD,
) -> list[str]:
    """Write the configuration and a delivery program that numbers what it gets."""
    delivered = home / "delivered"
    delivered.mkdir(exist_ok=True)
    script = home / "deliver"
    script.write_text(f"cd {delivered} && cat > $(printf %04d $(ls | wc -l))\n")
    configuration = home / "fetchmailrc"
    quoted = name.replace("\\", "\\\\")
    configuration.write_text(
        "set invisible\nset no bouncemail\n"
        f"poll {running.endpoint.host} service {running.endpoint.port} protocol pop3\n"
        f'auth password no dns user "{quoted}" password "{password}" is root here\n'
        f'sslproto "" no rewrite no stripcr mda "sh {script}" {" ".join(options)}\n'
    )
    configuration.chmod(0o600)
    return [
        *(program("fetchmail"), "--fetchmailrc", str(configuration), "--nosyslog", "--verbose"),
        *("--pidfile", f"{home}/fetchmail.pid"),  # Root's would be one for the machine.
    ]


def delivered(home: Path) -> list[bytes]:
    """Give what was delivered, in order."""
    return [path.read_bytes() for path in sorted((home / "delivered").iterdir())]


@pytest.mark.parametrize(
    ("options", "event"),
    [
        (["keep"], Event.RETR_RECEIVED),
        (["keep", "fetchall"], Event.RETR_RECEIVED),
        (["no keep"], Event.TOP_RECEIVED),
        (["no keep", "fetchall"], Event.RETR_RECEIVED),
    ],
    ids=["keep", "keep, fetchall", "no keep", "no keep, fetchall"],
)
def test_the_whole_sample_is_read_octet_by_octet(
    options: list[str], event: Event, tmp_path: Path
) -> None:
    """Every message that fetchmail delivers unchanged is what is stored, read by RETR or by TOP."""

    async def story() -> None:
        async with sample_server(tmp_path) as running:
            about = [one.about for one in SAMPLE_MESSAGES if one.mailbox == "alice"]
            stored = dict(zip(about, messages_left(tmp_path), strict=True))
            await run_program(command(running, tmp_path, *options), tmp_path)

            assert running.events.count(event) == 33
            assert stored.pop("Empty") == b""
            found = dict(zip(stored, delivered(tmp_path), strict=True))
            wrong = [
                one
                for one in stored
                if not FETCHMAIL.stores(one, with_crlf(stored[one]), found[one])
            ]
            assert wrong == []
            assert sum(with_crlf(stored[one]) == found[one] for one in stored) == 26
            left = messages_left(tmp_path)
            # What it cannot read as a header fetchmail delivers in part, and does not delete.
            assert len(left) == 33 if "keep" in options else left == (b".",)

    run(story())


@pytest.mark.parametrize("name", SHARED_NAMES)
def test_the_shared_mailbox_is_read_octet_by_octet(name: str, tmp_path: Path) -> None:
    """Each message of the shared mailbox is delivered as it is stored."""

    async def story() -> None:
        async with sample_server(tmp_path) as running:
            await run_program(command(running, tmp_path, "keep", name=name), tmp_path)
            stored = messages_left(tmp_path, "support")
            assert delivered(tmp_path) == [with_crlf(one) for one in stored]

    run(story())


def test_an_empty_maildrop_has_nothing_new(tmp_path: Path) -> None:
    """Bob has no mail, and fetchmail says so."""

    async def story() -> None:
        async with sample_server(tmp_path) as running:
            empty = command(running, tmp_path, name="bob", password="builder")
            await run_program(empty, tmp_path, expected=NOTHING_NEW)

    run(story())


LONG = "One line of a million octets"
HEADER = b"Subject: long\r\n\r\n"
FIRST, SECOND, REST = b"." + b"x" * (PIECE - 2), b"x" * PIECE, b"x" * 700 + b"\r\n"


@pytest.mark.parametrize("unwritten", [b"\0", b"\n", b"x", b"\xef"])
def test_the_rubbish_in_a_long_line_may_be_any_octet(unwritten: bytes) -> None:
    """What the stack has in the place that nobody writes is not foreseen, and all else is."""
    rubbish = b"\0" + unwritten + b"\r\n"
    found = HEADER + rubbish.join((FIRST, SECOND, REST))

    assert FETCHMAIL.stores(LONG, HEADER + FIRST + SECOND + REST, found)


@pytest.mark.parametrize(
    "found",
    [
        FIRST + SECOND + REST,
        b"\0a\r\n".join((FIRST, SECOND[1:], REST)),
        b"\0a\r\n".join((FIRST, SECOND, b"x" + REST)),
        FIRST + b"\0a\r\n" + SECOND + b"\0b\r\n" + REST,
        b"\0ax\r\n".join((FIRST, SECOND, REST)),
    ],
    ids=["none", "an octet lost", "an octet more", "two kinds", "too much"],
)
def test_a_long_line_is_compared_octet_by_octet(found: bytes) -> None:
    """Of a million octets that fetchmail stores not one may be missing, or be one too many."""
    assert not FETCHMAIL.stores(LONG, HEADER + FIRST + SECOND + REST, HEADER + found)
