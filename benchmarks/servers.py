"""The servers that are compared, each a child process on a loopback port over the same mail.

Decides how each is configured and when it counts as started. A server that is not installed is
said to be so, with what to install; one that is installed and does not start is an error.
"""

import grp
import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.corpus import Corpus
from benchmarks.processes import running

__all__ = (
    "DOVECOT_IN_TESTS",
    "PEERS",
    "DidNotStart",
    "NotInstalled",
    "Peer",
    "Server",
    "before",
    "dovecot_with",
    "log_tail",
    "serving",
)

PROJECT: Final = Path(__file__).parent.parent
START_PATIENCE_S: Final = 10.0
LOG_TAIL_LINES: Final = 6


class NotInstalled(Exception):  # noqa: N818 - it reads as the sentence that it is.
    """A peer is not on this machine; the message says what to install."""


class DidNotStart(Exception):  # noqa: N818 - it reads as the sentence that it is.
    """A server ended, or did not greet in time; the message quotes the end of its log."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one server may write, what it serves and where it listens."""

    directory: Path
    corpus: Corpus
    port: int


@dataclass(frozen=True, slots=True)
class Peer:
    """One server to compare."""

    name: str
    prepare: Callable[[Place], list[str]]
    """Write what it needs, return its command. Raises `NotInstalled`."""
    idle_sessions: int
    """How many are held for the memory of one: fewer where each is a process."""


@dataclass(frozen=True, slots=True)
class Server:
    """A peer that has greeted."""

    peer: Peer
    port: int
    pid: int
    directory: Path
    """Where its configuration and its logs are."""


# --- canned --------------------------------------------------------------------------------


def _canned(place: Place) -> list[str]:
    return [sys.executable, "-m", "benchmarks.canned", str(place.port), str(place.corpus.mail)]


# --- requite -------------------------------------------------------------------------------

REQUITE_CONFIG: Final = """\
[listen]
pop3 = ["127.0.0.1:{port}"]
[accounts]
file = "{accounts}"
plaintext_without_tls = "loopback"
[mailboxes]
path = "{mail}/{{mailbox}}/Maildir"
lock = "exclusive"
[limits]
sessions_per_account = 16
sessions = 4096
"""


def _requite(place: Place) -> list[str]:
    command = Path(sys.executable).with_name("requite")
    if not command.exists():
        raise DidNotStart("requite: no command `requite` beside this Python: pip install -e .")
    config = place.directory / "requite.toml"
    text = REQUITE_CONFIG.format(
        port=place.port, accounts=place.corpus.accounts_file, mail=place.corpus.mail
    )
    config.write_text(text, encoding="utf-8")
    return [str(command), "serve", "--config", str(config)]


def before(name: str, checkout: Path) -> Peer:
    """Return the server of another checkout, run in the environment of this one."""
    roots = os.pathsep.join(str(checkout / root) for root in ("model", "pop3", "generated"))

    def prepare(place: Place) -> list[str]:
        if not (checkout / "pop3" / "requite").is_dir():
            raise DidNotStart(f"{name}: {checkout} is no checkout of this project")
        return ["env", f"PYTHONPATH={roots}", *_requite(place)]

    return Peer(name, prepare, idle_sessions=1000)


# --- Dovecot -------------------------------------------------------------------------------

DOVECOT_CONFIG: Final = """\
protocols = pop3
listen = 127.0.0.1
base_dir = {directory}/run
state_dir = {directory}/state
log_path = {directory}/dovecot.log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
mail_location = maildir:{mail}/%u/Maildir:INDEX={directory}/mail/%u:CONTROL={directory}/mail/%u
passdb {{
  driver = passwd-file
  args = {accounts}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={directory}/mail/%u
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {port}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
"""
DOVECOT_WITHOUT_ROOT: Final = """\
first_valid_uid = {uid}
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
service anvil {{
  chroot =
}}
service pop3-login {{
  chroot =
}}
"""
DOVECOT_HIGH_PERFORMANCE: Final = """\
service pop3-login {
  service_count = 0
  process_min_avail = 2
  client_limit = 1000
}
service pop3 {
  service_count = 0
}
"""
DOVECOT_WITHOUT_PENALTY: Final = """\
auth_failure_delay = 0
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
"""


def _dovecot_program() -> str:
    program = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if program is None or not Path("/usr/lib/dovecot/pop3").exists():
        raise NotInstalled(
            "Dovecot is not installed: there is nothing to be beside. "
            "Debian: apt-get install dovecot-pop3d"
        )
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    if not version.stdout.startswith("2.3."):
        raise NotInstalled(
            f"Dovecot {version.stdout.strip()} is installed; the configuration here is for 2.3, "
            "whose keys 2.4 renamed"
        )
    return program


def _dovecot(place: Place, profile: str) -> list[str]:
    program = _dovecot_program()
    # As root Dovecot gives up its rights for each mailbox and refuses to serve mail as root.
    mail_user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    text = DOVECOT_CONFIG.format(
        directory=place.directory,
        mail=place.corpus.mail,
        accounts=place.corpus.accounts_file,
        uid=mail_user.pw_uid,
        gid=mail_user.pw_gid,
        port=place.port,
    )
    indexes = place.directory / "mail"
    indexes.mkdir(exist_ok=True)
    if os.geteuid() == 0:
        os.chown(indexes, mail_user.pw_uid, mail_user.pw_gid)
    else:
        group = grp.getgrgid(mail_user.pw_gid).gr_name
        text += DOVECOT_WITHOUT_ROOT.format(
            uid=mail_user.pw_uid, user=mail_user.pw_name, group=group
        )
    config = place.directory / "dovecot.conf"
    config.write_text(text + profile, encoding="utf-8")
    return [program, "-F", "-c", str(config)]


# --- all of them ---------------------------------------------------------------------------

PEERS: Final[Mapping[str, Peer]] = {
    peer.name: peer
    for peer in (
        Peer("requite", _requite, idle_sessions=1000),
        Peer("dovecot", lambda place: _dovecot(place, ""), idle_sessions=50),
        Peer(
            "dovecot-fast",
            lambda place: _dovecot(place, DOVECOT_HIGH_PERFORMANCE),
            idle_sessions=50,
        ),
        Peer("canned", _canned, idle_sessions=1000),
    )
}
DOVECOT_IN_TESTS: Final = Peer(
    "dovecot-in-tests", lambda place: _dovecot(place, DOVECOT_WITHOUT_PENALTY), idle_sessions=0
)
"""Dovecot as above, which does not hold an answer back after failed logins."""


def dovecot_with(profile: str) -> Peer:
    """Return Dovecot as for tests, with more lines of configuration that come last."""
    return Peer(
        "dovecot-in-tests",
        lambda place: _dovecot(place, DOVECOT_WITHOUT_PENALTY + profile),
        idle_sessions=0,
    )


def _free_port() -> int:
    """Let the kernel choose. It will not hand the number out again soon, so it is still free."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        _, port = listener.getsockname()
    return int(port)


def _greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0) as client:
            return client.recv(3) == b"+OK"
    except OSError:
        return False


def log_tail(directory: Path) -> str:
    """Return the last lines of all logs of a server."""
    lines: list[str] = []
    for log in sorted(directory.glob("*.log")):
        lines += log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_TAIL_LINES:]
    return "\n".join(f"    {line}" for line in lines) or "    (it said nothing)"


def _wait_for_greeting(peer: Peer, place: Place, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_PATIENCE_S
    while not _greets(place.port):
        if child.poll() is not None:
            raise DidNotStart(
                f"{peer.name} ended with {child.returncode} instead of listening; it said:\n"
                f"{log_tail(place.directory)}"
            )
        if time.monotonic() > deadline:
            raise DidNotStart(
                f"{peer.name} did not greet within {START_PATIENCE_S:.0f} s; it said:\n"
                f"{log_tail(place.directory)}"
            )
        time.sleep(0.02)


@contextmanager
def serving(peer: Peer, directory: Path, corpus: Corpus) -> Iterator[Server]:
    """Start a peer, wait for its greeting, and stop it at the end of the block.

    Where it has been started before, it finds what it kept then.

    Raises:
        NotInstalled: the peer is not on this machine.
        DidNotStart: it is, and does not work.
    """
    place = Place(directory / peer.name, corpus, _free_port())
    place.directory.mkdir(exist_ok=True)
    command = peer.prepare(place)
    with running(command, place.directory / "output.log", PROJECT) as child:
        _wait_for_greeting(peer, place, child)
        yield Server(peer, place.port, child.pid, place.directory)
