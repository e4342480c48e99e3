"""`requite serve` as an operator meets it: a process, its output, its signals and its exit codes.

Decides that each mistake is one sentence and that each end gives everything back. Refuses to test
the protocol, which the tests of the server do.
"""

import errno
import importlib
import logging
import os
import pty
import re
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path
from signal import Signals
from typing import Final, NoReturn

import pytest

from commands.processes import PATIENCE_S, finished, logged_in, read_to_the_end, started
from requite.pop3.assembly import ListenError, Running, build
from requite.pop3.commands._orders import order_of_file
from requite.pop3.commands._running import descriptor_warning, raise_descriptor_limit, run
from requite.pop3.configuration import Endpoint, load
from requite.pop3.names import AccountName, MailboxName, SessionId
from requite.pop3.sample import sample_of, write_sample
from requite.pop3.server import Server
from requite.pop3.services import AccountKey

serve_module = importlib.import_module("requite.pop3.commands.serve")
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
HASH = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$0ZZcpIXcGkXfCBwqZQK1LdDcoVaezgPuJkq1S8qsQbw"
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


def test_a_proxy_says_who_the_client_is(config: Path) -> None:
    """A listener for proxies says that it is one, greets behind a header, and drops strangers."""
    proxied = config.read_text(encoding="utf-8").replace("pop3 =", "pop3_proxied =")
    config.write_text(f"{proxied}[proxy]\ntrusted = ['127.0.0.1']\n", encoding="utf-8")
    with started("serve", "--config", config) as process:
        line = process.line_with(r"^Serving pop3 on 127\.0\.0\.1:(\d+), behind a proxy$")
        address = ("127.0.0.1", int(line[1]))
        with socket.create_connection(address, PATIENCE_S) as trusted:
            trusted.sendall(b"PROXY UNKNOWN\r\n")
            assert trusted.recv(100).startswith(b"+OK")
        with socket.create_connection(address, PATIENCE_S, ("127.0.0.2", 0)) as stranger:
            assert stranger.recv(100) == b""
        process.log_with(r"WARNING 127\.0\.0\.2 is dropped: it is in no network of \[proxy\] trust")
        process.stopped()


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


class Left(BaseException):
    """The process would have ended here, with this exit code."""


def stop_at_once(_: Running) -> None:
    """Ask this process to stop, once its server listens."""
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture
def _exit_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise `Left` where the process would end at once."""

    def leave(code: int) -> NoReturn:
        raise Left(code)

    monkeypatch.setattr(os, "_exit", leave)


@pytest.mark.usefixtures("_exit_is_noted")
def test_sessions_left_in_the_ledger_are_named(
    config: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """When the books are not empty at the end, the exit code is 1 and the sessions are named."""
    assembly = build(load(config))
    assembly.ledger.take(SessionId("forgotten"), [AccountKey(AccountName("alice"))])
    with caplog.at_level(logging.ERROR), pytest.raises(Left, match="1"):
        run(assembly, stop_at_once)

    assert caplog.messages == ["Stopped, and sessions are left: forgotten (is in the ledger)."]


@pytest.mark.usefixtures("_exit_is_noted")
def test_sessions_that_wait_for_ever_are_named(
    config: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the server gives sessions up, the exit code is 1 and the sessions are named."""
    really = Server.stop

    async def stop(server: Server) -> tuple[SessionId, ...]:
        await really(server)
        return (SessionId("waiting"),)

    monkeypatch.setattr(Server, "stop", stop)
    with caplog.at_level(logging.ERROR), pytest.raises(Left, match="1"):
        run(build(load(config)), stop_at_once)

    assert caplog.messages == ["Stopped, and sessions are left: waiting (waits for an answer)."]


HANGING: Final = """
import os, signal, socket, sys, threading
from asyncio import get_running_loop
from pathlib import Path
from requite.pop3.assembly import build
from requite.pop3.commands._running import log_to_stderr, run
from requite.pop3.configuration import load
from requite.pop3.maildrops.maildir import MaildirMaildrops

clients = []

def log_in(running):
    where = running.listeners[0].endpoint
    clients.append(socket.create_connection((where.host, where.port)))
    clients[0].sendall(b"USER alice\\r\\nPASS wonderland\\r\\n")

def snapshot():
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait()

MaildirMaildrops.open = lambda self, *_: get_running_loop().run_in_executor(self._pool, snapshot)
log_to_stderr()
sys.exit(run(build(load(Path(sys.argv[1]))), log_in))
"""
"""A server whose maildrop never opens: it is told to stop while a session waits for that."""


def test_a_thread_that_hangs_does_not_keep_the_process(config: Path) -> None:
    """With a session whose answer never comes, the process ends and says what that waits for."""
    with config.open("a", encoding="utf-8") as more:
        more.write("[timeouts]\ndrain_s = 0.1\nclose_s = 0.1\n")
    done = subprocess.run(
        [sys.executable, "-c", HANGING, config],
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        check=False,
    )

    assert done.returncode == 1
    assert re.search(r"left: \S+ \(waits for COMPLETION in \w+\)\.\n$", done.stderr), done.stderr


# --- how many descriptors it may open -------------------------------------------------------------


@pytest.mark.parametrize(
    ("sessions", "descriptors", "suffices"),
    [
        (4096, 12_352, True),
        (4096, 12_351, False),
        (1, 67, True),
        (1, 66, False),
        (0, 1, True),
        (4096, resource.RLIM_INFINITY, True),
    ],
)
def test_descriptors_for_all_sessions_are_asked_for(
    sessions: int, descriptors: int, *, suffices: bool
) -> None:
    """Three descriptors a session and 64 more suffice, and one less is warned of."""
    assert (descriptor_warning(sessions, descriptors=descriptors) is None) == suffices


def test_the_warning_says_what_to_do() -> None:
    """The warning is one line, and names the key, what is needed and what there is."""
    assert descriptor_warning(4096, descriptors=1024) == (
        "[limits] sessions: 4096 need 12352 descriptors, found 1024; "
        "raise LimitNOFILE, or lower sessions."
    )


def test_a_limit_that_cannot_be_raised_is_the_one_that_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the system refuses, the process may open as many as before."""

    def refuse(*_: object) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (100, 200))
    monkeypatch.setattr(resource, "setrlimit", refuse)

    assert raise_descriptor_limit() == 100


def test_the_limit_of_descriptors_is_raised(config: Path) -> None:
    """A server that is started with a low soft limit runs with the hard one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, hard), hard))
    try:
        with started("serve", "--config", config) as process:
            process.port()
            found = resource.prlimit(process.popen.pid, resource.RLIMIT_NOFILE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert found == (hard, hard)


def test_too_few_descriptors_are_warned_of(
    config: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A server whose hard limit is too low for its sessions starts, and says so in one line."""
    monkeypatch.setattr(serve_module, "raise_descriptor_limit", lambda: 1024)
    monkeypatch.setattr(serve_module, "run", lambda *_, **__: 0)
    order = order_of_file(config)
    assembly = build(order.configuration)
    with caplog.at_level(logging.WARNING):
        serve_module._serve(order, assembly, trace=False)
    assembly.close()

    assert [text.partition(";")[0] for text in caplog.messages] == [
        "[limits] sessions: 4096 need 12352 descriptors, found 1024"
    ]


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


@pytest.mark.parametrize(
    ("accounts", "warning"),
    [
        ("alice:{PLAIN}a\n", None),
        (
            f"alice:{{PLAIN}}a\nbob:{{ARGON2ID}}{HASH}\n",
            "Warning: [accounts] apop: an account without a {PLAIN} secret cannot use it, and some "
            "clients then try nothing else; 'bob' is one of 1.",
        ),
        (
            f"bob:{{ARGON2ID}}{HASH}\n",
            "Warning: [accounts] apop: not offered, because no account has a {PLAIN} secret.",
        ),
    ],
)
def test_accounts_that_cannot_use_apop_are_warned_of(
    config: Path, accounts: str, warning: str | None
) -> None:
    """Where APOP is to be offered, it is said who has no secret that can be read."""
    (config.parent / "accounts").write_text(accounts, encoding="utf-8")
    text = CONFIG.format(port=0).replace("[accounts]\n", "[accounts]\napop = true\n")
    config.write_text(text, encoding="utf-8")
    done = finished("serve", "--check-config", "--config", config)

    assert done.returncode == 0
    assert [line for line in done.stdout.splitlines() if "apop" in line] == [warning] * bool(
        warning
    )


def test_a_check_looks_into_the_accounts_file(config: Path) -> None:
    """A broken line of the accounts file is found before the server needs it."""
    (config.parent / "accounts").write_text("alice:{MD5}x\n", encoding="utf-8")

    assert "accounts:1: expected " in sentence("serve", "--check-config", "--config", config)
