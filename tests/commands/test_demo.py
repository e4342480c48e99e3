"""`requite demo`: every line that it prints works, and each session is shown to its end.

Decides what a newcomer can rely on. Refuses to judge how it looks.
"""

import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from signal import Signals

import pytest

from commands.processes import PATIENCE_S, Process, finished, started
from requite.pop3.commands.demo import _place
from requite.pop3.names import MailboxName
from requite.pop3.sample import sample_of
from requite.pop3.wire.content import wire_octets

LINES_PINNED = 5
SIGNALS_MAX = 100_000
"""More than are sent until a process is gone."""
WRITE_FAILED = 23
"""What curl ends with when the reader of its output has gone."""


@pytest.fixture
def demo() -> Iterator[Process]:
    """Start the demo on a port of the kernel's choice."""
    with started("demo", "--any-port") as process:
        yield process


def lines_of(process: Process) -> tuple[str, ...]:
    """Give the lines that it says to try, in their order."""
    return tuple(process.line_with(r"^  (curl pop3://.*)$")[1] for _ in range(LINES_PINNED))


def tried(line: str) -> subprocess.CompletedProcess[bytes]:
    """Do as a newcomer does: give the line to a shell as it stands."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed: make tools")
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )


def test_every_line_does_what_it_says(demo: Process) -> None:
    """The printed lines list, read, open the shared mailbox, delete there, and break off."""
    listing, reading, sharing, deleting, leaving = lines_of(demo)
    own, shared = (sample_of(MailboxName(name)) for name in ("alice", "support"))

    assert len(tried(listing).stdout.splitlines()) == len(own)
    assert len(tried(reading).stdout) == wire_octets(own[2])
    assert len(tried(sharing).stdout.splitlines()) == len(shared)
    assert tried(deleting).returncode == 0
    assert len(tried(sharing).stdout.splitlines()) == len(shared) - 1
    left = tried(leaving)
    assert (left.returncode, len(left.stdout.splitlines())) == (WRITE_FAILED, 3)
    assert demo.stopped()[0] == 0


def test_a_session_is_shown_from_its_first_step_to_its_last(demo: Process) -> None:
    """The steps of a session that breaks off end with everything given back."""
    *_, leaving = lines_of(demo)
    tried(leaving)

    demo.line_with(r"^\S+ +●·{6} CONNECTED +NEW → GREETING +● socket$")
    demo.line_with(r"●●●●●●● MESSAGE_OPENED +READING → SENDING +● message$")
    demo.line_with(r"○ socket, connection, address, account, mailbox, maildrop")
    demo.line_with(r"·{7} \S+ +\S+ → CLOSED +.*over$")


@pytest.mark.parametrize("number", [Signals.SIGTERM, Signals.SIGINT], ids=lambda one: one.name)
def test_a_signal_ends_it_and_takes_the_sample_along(demo: Process, number: Signals) -> None:
    """Ctrl-C and SIGTERM end the demo well, and its temporary directory is gone."""
    place = Path(demo.line_with(r"^The Maildirs stand in (.*)\.$")[1])
    assert place.is_relative_to(tempfile.gettempdir())
    demo.line_with("just given back")
    code, log = demo.stopped(number)

    assert (code, place.exists()) == (0, False)
    assert "the ledger is empty" in log


def test_impatience_takes_the_sample_along_too(demo: Process) -> None:
    """However many signals come until the process is gone, its temporary directory goes as well."""
    place = Path(demo.line_with(r"^The Maildirs stand in (.*)\.$")[1])
    for _ in range(SIGNALS_MAX):
        if demo.popen.poll() is not None:
            break
        demo.popen.send_signal(Signals.SIGTERM)
    code, _ = demo.ended()

    assert not place.exists()
    assert code in {0, -Signals.SIGTERM}


@pytest.mark.parametrize("ignored", [Signals.SIGTERM, Signals.SIGINT], ids=lambda one: one.name)
def test_a_signal_before_anything_is_served_leaves_nothing(ignored: Signals) -> None:
    """SIGTERM while the sample is written unwinds as Ctrl-C does; what follows it is not heard."""
    before = [signal.getsignal(number) for number in Signals]
    places = []

    def leave() -> None:
        with _place(None) as place:
            places.append(place.path)
            try:
                signal.raise_signal(Signals.SIGTERM)
            finally:
                signal.raise_signal(ignored)

    with pytest.raises(SystemExit, match=str(128 + Signals.SIGTERM)):
        leave()
    assert [place.exists() for place in places] == [False]
    assert [signal.getsignal(number) for number in Signals] == before


def test_a_taken_port_is_no_obstacle() -> None:
    """Where port 1110 is taken the demo listens on another one, and says so first."""
    with socket.socket() as taken:
        with suppress(OSError):  # It is somebody else's, which is just as well.
            taken.bind(("127.0.0.1", 1110))
            taken.listen()
        with started("demo") as process:
            said = r"^127\.0\.0\.1:1110 is taken by another program; this is on (.*)\.$"
            instead = process.line_with(said)[1]
            port = process.line_with(r"^127\.0\.0\.1:(\d+) serves a sample")[1]

    assert port != "1110"
    assert instead == f"127.0.0.1:{port}"


def test_a_named_directory_stays(tmp_path: Path) -> None:
    """With --directory the sample stays where it was wanted, and can be served again."""
    place = tmp_path / "new" / "sample"
    for _ in range(2):
        with started("demo", "--any-port", "--directory", place) as process:
            process.line_with("just given back")
            assert process.stopped()[0] == 0

    assert (place / "accounts").is_file()


def test_a_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """The sentence names the directory, with exit code 2."""
    (tmp_path / "file").touch()
    done = finished("demo", "--directory", tmp_path / "file" / "sample")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Error: {tmp_path}/file/sample: Not a directory\n"


def test_no_colour_goes_where_nobody_looks(demo: Process) -> None:
    """What is printed into a pipe has no escape sequence in it."""
    demo.line_with("just given back")
    demo.popen.terminate()

    assert "\x1b" not in demo.rest(demo.popen.stdout)
