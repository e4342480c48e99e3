"""`requite serve` as an operator meets it: a process, its output, its signals and its exit codes.

Decides that each mistake is one sentence and that each end gives everything back. Refuses to test
the protocol, which the tests of the server do.
"""

import errno
import logging
import os
import pty
import signal
import socket
from pathlib import Path
from signal import Signals

import pytest

from commands.processes import PATIENCE_S, finished, logged_in, read_to_the_end, started
from requite.pop3.assembly import ListenError, Running, build
from requite.pop3.commands._running import run
from requite.pop3.configuration import Endpoint, load
from requite.pop3.names import AccountName, MailboxName, SessionId
from requite.pop3.sample import sample_of, write_sample
from requite.pop3.services import AccountKey

PROJECT = Path(__file__).parent.parent.parent
CONFIG = """\
[listen]
pop3 = ["127.0.0.1:{port}"]
[accounts]
file = "accounts"
[mailboxes]
path = "mail/{{mailbox}}/Maildir"
[mailboxes.delegates]
support = ["alice", "bob"]
"""
LEDGER_EMPTY = "Stopped; the ledger is empty."
ALICES = len(sample_of(MailboxName("alice")))
STUCK_RETRIEVALS = b"RETR 33\r\n" * 10
"""Fifty megabytes: more than the buffers of any kernel take for a client that reads nothing."""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write the sample, and a configuration that serves it on a port of the kernel's choice."""
    write_sample(tmp_path)
    return configured(tmp_path, port=0)


def configured(directory: Path, *, port: int) -> Path:
    """Write a configuration for a port."""
    file = directory / "requite.toml"
    file.write_text(CONFIG.format(port=port), encoding="utf-8")
    return file


@pytest.fixture
def maildir(config: Path) -> Path:
    """Give alice's Maildir of the sample."""
    return config.parent / "mail" / "alice" / "Maildir"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Write alice's password into a file that only its owner reads."""
    file = tmp_path / "password"
    file.write_text("wonderland\nand not this line\n", encoding="utf-8")
    file.chmod(0o600)
    return file


def one_maildir(maildir: Path, *more: object, account: str = "alice") -> tuple[object, ...]:
    """Give the arguments that serve one Maildir."""
    return ("serve", "--maildir", maildir, "--account", account, "--listen", "127.0.0.1:0", *more)


def sentence(*arguments: object, standard_input: bytes = b"") -> str:
    """Run a command that is refused with exit code 2, and give the one sentence that it says."""
    done = finished(*arguments, standard_input=standard_input, directory=PROJECT)
    assert (done.returncode, done.stdout) == (2, "")
    [*usage, line] = done.stderr.splitlines()
    assert not usage or usage[0].startswith("Usage: "), done.stderr
    return line.removeprefix("Error: ")


def count_of(port: int, **who: str) -> int:
    """Log in, count the messages, and quit."""
    client = logged_in(port, **who)
    count, _ = client.stat()
    client.quit()
    return count


# --- what is served -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "password", "mailbox"),
    [("alice", "wonderland", "alice"), (r"bob\support", "builder", "support")],
)
def test_a_configuration_is_served(config: Path, name: str, password: str, mailbox: str) -> None:
    """Each account reads its own mailbox and the one that is shared with it."""
    with started("serve", "--config", config) as process:
        count = count_of(process.port(), name=name, password=password)

    assert count == len(sample_of(MailboxName(mailbox)))


def test_one_maildir_needs_no_file(maildir: Path, secret: Path) -> None:
    """A Maildir is served to one account, whose password is the first line of a file."""
    with started(*one_maildir(maildir, "--password-file", secret)) as process:
        assert count_of(process.port()) == ALICES


@pytest.mark.parametrize(
    "line", [b"wonderland\n", b"wonderland\r\n", b"wonderland", b"wonderland\nx"]
)
def test_the_password_is_the_first_line_of_standard_input(
    maildir: Path, line: bytes, tmp_path: Path
) -> None:
    """Without a file the password comes from standard input, with any line end or none."""
    (tmp_path / "input").write_bytes(line)
    with (
        (tmp_path / "input").open("rb") as given,
        started(*one_maildir(maildir), standard_input=given) as process,
    ):
        assert count_of(process.port()) == ALICES


def test_the_password_is_asked_for_on_a_terminal(maildir: Path) -> None:
    """On a terminal the password is asked for and not shown."""
    ours, theirs = pty.openpty()
    with started(*one_maildir(maildir), standard_input=theirs) as process:
        assert process.popen.stderr is not None
        assert process.popen.stderr.read(19) == "Password of alice: "
        os.write(ours, b"wonderland\n")
        assert count_of(process.port()) == ALICES
        # The terminal echoes the end of the line, and nothing of the password.
        os.write(theirs, b"!")
        echoed = os.read(ours, 100)
    os.close(ours)
    os.close(theirs)

    assert echoed.strip() == b"!"


def test_a_password_file_that_all_can_read_is_warned_of(maildir: Path, secret: Path) -> None:
    """The server starts and says which file others can read the password in."""
    secret.chmod(0o644)
    with started(*one_maildir(maildir, "--password-file", secret)) as process:
        process.log_with(r" WARNING .*/password: every user .* chmod o-r")


def test_the_trace_shows_each_step(config: Path) -> None:
    """With --trace the steps of a session are printed as they happen."""
    with started("serve", "--config", config, "--trace") as process:
        client = logged_in(process.port())
        process.line_with("SLOT_GRANTED .* ● account alice, mailbox alice$")
        client.quit()
        process.line_with("COMMITTED .* ○ connection, address, account, mailbox, maildrop$")


def test_a_trace_that_nobody_reads_ends_no_session(config: Path) -> None:
    """When the reader of the trace has gone, sessions go on and the server ends well."""
    with started("serve", "--config", config, "--trace") as process:
        port = process.port()
        assert process.popen.stdout is not None
        process.popen.stdout.close()
        counts = [count_of(port), count_of(port)]
        code, log = process.stopped()

    assert counts == [ALICES, ALICES]
    assert (code, LEDGER_EMPTY in log, "Traceback" in log) == (0, True, False)


# --- how it ends ----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [Signals.SIGTERM, Signals.SIGINT], ids=lambda one: one.name)
def test_a_signal_ends_it_with_an_empty_ledger(config: Path, number: Signals) -> None:
    """SIGTERM and SIGINT end the server with exit code 0, and with a session logged in."""
    with started("serve", "--config", config) as process:
        client = logged_in(process.port())
        process.popen.send_signal(number)
        read_to_the_end(client)
        code, log = process.ended()

    assert code == 0
    assert f"{number.name}: draining 1 sessions" in log
    assert LEDGER_EMPTY in log


def test_a_signal_deletes_nothing(config: Path, maildir: Path) -> None:
    """What a client has marked and not committed stays when the server is stopped."""
    with started("serve", "--config", config) as process:
        client = logged_in(process.port())
        client.dele(1)
        process.popen.terminate()
        read_to_the_end(client)
        process.ended()

    assert len([*(maildir / "new").iterdir()]) == ALICES


def stuck(port: int) -> socket.socket:
    """Log in, ask for a lot, and read no more than the beginning of it."""
    client = socket.socket()
    client.settimeout(PATIENCE_S)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", port))
    replies = client.makefile("rb")
    client.sendall(b"USER alice\r\nPASS wonderland\r\n" + STUCK_RETRIEVALS)
    for _ in range(4):
        assert replies.readline().startswith(b"+OK")
    replies.close()
    return client


def test_a_second_signal_ends_what_the_first_left(config: Path) -> None:
    """A client that takes nothing outlives the first signal, and not the second."""
    with started("serve", "--config", config) as process, stuck(process.port()):
        process.popen.send_signal(signal.SIGTERM)
        process.log_with("SIGTERM: draining 1 sessions")
        code, log = process.stopped()

    assert code == 0
    assert "SIGTERM again: ending 1 sessions" in log
    assert LEDGER_EMPTY in log


def test_sessions_left_in_the_ledger_are_named(
    config: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """When the books are not empty at the end, the exit code is 1 and the sessions are named."""
    assembly = build(load(config))
    assembly.ledger.take(SessionId("forgotten"), [AccountKey(AccountName("alice"))])

    def stop_at_once(_: Running) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    with caplog.at_level(logging.ERROR):
        code = run(assembly, stop_at_once)

    assert code == 1
    assert caplog.messages == ["Stopped, and the ledger still has sessions: forgotten."]


# --- what cannot be served ------------------------------------------------------------------------


def test_a_port_that_is_taken_is_said(config: Path) -> None:
    """The sentence names the address and what to do, and nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = sentence("serve", "--config", configured(config.parent, port=port))

    assert text == (
        f"cannot listen on 127.0.0.1:{port}: Address already in use; "
        "stop the program that listens there, or choose another port"
    )


def test_a_port_that_needs_root_is_said() -> None:
    """The sentence names what is needed."""
    error = ListenError(Endpoint("127.0.0.1", 110), OSError(errno.EACCES, "permission denied"))

    assert str(error) == (
        "cannot listen on 127.0.0.1:110: Permission denied; "
        "a port below 1024 needs root or CAP_NET_BIND_SERVICE; or choose another port"
    )


def test_an_address_of_another_machine_is_said(maildir: Path, secret: Path) -> None:
    """An address for documents (RFC 5737) is none of this machine."""
    arguments = one_maildir(maildir, "--password-file", secret)[:-3]
    text = sentence(*arguments, "192.0.2.1:0", "--password-file", secret)

    assert text.startswith("cannot listen on 192.0.2.1:0: ")
    assert text.endswith("this machine has no such address")


def test_a_broken_configuration_is_said(config: Path) -> None:
    """The sentence names file, line and key."""
    config.write_text(CONFIG.format(port=0) + "[limits]\nsessions = -1\n", encoding="utf-8")

    assert f"{config}:10: [limits] sessions: expected " in sentence("serve", "--config", config)


def test_a_broken_accounts_file_is_said(config: Path) -> None:
    """The sentence names file and line."""
    (config.parent / "accounts").write_text("alice:wonderland\n", encoding="utf-8")

    assert "accounts:1: expected " in sentence("serve", "--config", config)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--config", "missing.toml"], "missing.toml: expected a readable file, found: No such"),
        (["--maildir", "missing", "--account", "alice"], "missing: No such file or directory"),
        (["--maildir", "README.md", "--account", "alice"], "README.md: Not a directory"),
        (["--maildir", "tests", "--account", "alice"], "tests: expected a Maildir, found"),
        (["--maildir", "tests", "--account", r"a\b"], "--account 'a\\\\b': write a name without"),
        (["--maildir", "tests"], "give --config FILE, or --maildir DIR and --account NAME"),
        (["--config", "a", "--account", "b"], "--config says it all: leave out"),
        (["--check-config"], "--check-config checks a file"),
        (["--listen", "example.org:110"], "write an address instead of a name"),
        (["--listen", "127.0.0.1:65536"], "a port up to 65535"),
    ],
    ids=str,
)
def test_a_mistake_on_the_command_line_is_said(arguments: list[str], expected: str) -> None:
    """Each mistake is refused with one sentence and exit code 2."""
    assert expected in sentence("serve", *arguments)


@pytest.mark.parametrize("standard_input", [b"", b"\n", b"\nwonderland\n"])
def test_an_empty_password_is_refused(maildir: Path, standard_input: bytes) -> None:
    """Nobody can be let in without a password by mistake."""
    text = sentence(*one_maildir(maildir), standard_input=standard_input)

    assert text == "standard input: expected a password in the first line, found none"


def test_a_missing_password_file_is_said(maildir: Path) -> None:
    """The sentence names the file."""
    text = sentence(*one_maildir(maildir, "--password-file", "missing"))

    assert text == "missing: No such file or directory"


# --- --check-config -------------------------------------------------------------------------------


def test_a_check_says_what_would_be_served(config: Path) -> None:
    """A good file is told in words, with exit code 0, and nothing is listened on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = finished("serve", "--check-config", "--config", configured(config.parent, port=port))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"pop3       127.0.0.1:{port}, without TLS",
        f"accounts   {config.parent}/accounts",
        f"mailboxes  {config.parent}/mail/{{mailbox}}/Maildir, exclusive lock",
        "           'support' is shared with 'alice', 'bob'",
        "limits     16 sessions of an account; any number of sessions of a mailbox; "
        "any number of sessions from an address; 4096 sessions in all",
        "The configuration can be served.",
    ]


def test_a_check_tells_warnings(config: Path) -> None:
    """What works and should be thought over is said, with exit code 0."""
    config.write_text(CONFIG.format(port=0) + "[timeouts]\nidle_s = 99\n", encoding="utf-8")
    done = finished("serve", "--check-config", "--config", config)

    assert done.returncode == 0
    assert "Warning: [timeouts] idle_s: RFC 1939 section 3 asks for 600 s or more." in done.stdout


def test_a_check_looks_into_the_accounts_file(config: Path) -> None:
    """A broken line of the accounts file is found before the server needs it."""
    (config.parent / "accounts").write_text("alice:{MD5}x\n", encoding="utf-8")

    assert "accounts:1: expected " in sentence("serve", "--check-config", "--config", config)
