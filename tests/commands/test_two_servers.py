"""Two server processes over one Maildir: each sees what the other holds, and what it let go of.

Decides that a lock is visible to another process on the host, names its holder in the log, and is
free at once when the holder is killed. Refuses to test what one process decides by itself.
"""

import itertools
import poplib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
from typing import Final

import pytest

from commands.processes import PASSWORD, Process, logged_in, started
from requite.pop3.maildrops.session_file import FILE_NAME
from requite.pop3.sample import write_sample

CONFIG: Final = """\
[listen]
pop3 = ["127.0.0.1:0"]
[accounts]
file = "accounts"
[mailboxes]
path = "mail/{{mailbox}}/Maildir"
lock = "{lock}"
dovecot_session_lock = {dovecot}
[timeouts]
lock_s = {lock_s}
"""
IN_USE: Final = b"-ERR [IN-USE] Another session has this mailbox open; try again later.\r\n"
NO_WAIT: Final = 0
LONG_WAIT: Final = 20


@dataclass(frozen=True, slots=True)
class Site:
    """A directory with mail that several servers serve."""

    directory: Path
    numbers: Iterator[int]

    @contextmanager
    def server(
        self, lock: str = "exclusive", *, lock_s: float = NO_WAIT, dovecot: bool = False
    ) -> Iterator[tuple[Process, int]]:
        """Start one more process, and give it and its port."""
        config = self.directory / f"requite-{next(self.numbers)}.toml"
        text = CONFIG.format(lock=lock, lock_s=lock_s, dovecot=str(dovecot).lower())
        config.write_text(text, encoding="utf-8")
        with started("serve", "--config", config) as process:
            yield process, process.port()

    @property
    def session_file(self) -> Path:
        """Where Dovecot's session lock of alice's mailbox is."""
        return self.directory / "mail" / "alice" / "Maildir" / FILE_NAME


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Write mail and accounts."""
    write_sample(tmp_path)
    return Site(tmp_path, itertools.count())


def answer_to_login(port: int) -> bytes:
    """Log in, give the answer, and leave."""
    with closing(poplib.POP3("127.0.0.1", port, timeout=LONG_WAIT)) as client:
        client.user("alice")
        client.sock.sendall(f"PASS {PASSWORD}\r\n".encode())
        return client.file.readline()


MIXED: Final = [("exclusive", "exclusive"), ("exclusive", "shared"), ("shared", "exclusive")]


@pytest.mark.rfc("1939-4-lock")
@pytest.mark.parametrize(("held", "wanted"), MIXED)
def test_a_lock_is_seen_by_another_process_until_it_is_let_go_of(
    site: Site, held: str, wanted: str
) -> None:
    """An exclusive session is alone, whichever process it is in; afterwards the other comes in."""
    with site.server(held) as (_, first), site.server(wanted) as (_, second):
        holder = logged_in(first)
        assert answer_to_login(second) == IN_USE

        holder.quit()

        logged_in(second).quit()


def test_shared_sessions_of_two_processes_are_there_together(site: Site) -> None:
    """Sessions that share a maildrop do so across processes."""
    with site.server("shared") as (_, first), site.server("shared") as (_, second):
        both = [logged_in(first), logged_in(second)]

        assert [client.stat()[0] for client in both] == [both[0].stat()[0]] * 2
        for client in both:
            client.quit()


@pytest.mark.parametrize("dovecot", [False, True], ids=["own lock", "Dovecot's as well"])
@pytest.mark.parametrize(("held", "wanted"), [*MIXED, ("shared", "shared")])
def test_what_a_killed_server_held_is_free_at_once(
    site: Site, held: str, wanted: str, *, dovecot: bool
) -> None:
    """SIGKILL leaves no lock: the other server lets the next login in without any wait."""
    with (
        site.server(held, dovecot=dovecot) as (process, first),
        site.server(wanted, dovecot=dovecot) as (_, second),
    ):
        with closing(logged_in(first)):
            assert site.session_file.exists() == dovecot
            process.stopped(SIGKILL)

        logged_in(second).quit()

    assert not site.session_file.exists()


def test_who_waits_comes_in_when_the_other_server_lets_go(site: Site) -> None:
    """A login that another process keeps waiting succeeds when that one's session ends."""
    with (
        site.server() as (_, first),
        site.server(lock_s=LONG_WAIT) as (_, second),
        ThreadPoolExecutor(1) as thread,
    ):
        holder = logged_in(first)
        waiting = thread.submit(answer_to_login, second)

        holder.quit()

        assert waiting.result().startswith(b"+OK Logged in")


def test_the_log_names_the_other_process_and_the_client_hears_nothing_of_it(site: Site) -> None:
    """An operator reads which process holds the mailbox; the client is told that one does."""
    with site.server() as (holding, first), site.server() as (refusing, second):
        holder = logged_in(first)
        assert answer_to_login(second) == IN_USE
        told = refusing.log_with(r"mailbox 'alice' is in use, held by (.*)\.$")[1]
        holder.quit()

    assert re.fullmatch(rf"process {holding.popen.pid} \(.+\)", told)


def test_a_server_that_stops_leaves_no_session_file(site: Site) -> None:
    """SIGTERM with a session logged in gives the file back as well."""
    with site.server(dovecot=True) as (process, port):
        client = logged_in(port)
        assert site.session_file.exists()
        process.popen.terminate()
        assert client.file.readline().startswith(b"-ERR [SYS/TEMP] The server is stopping")
        client.close()
        code, _ = process.ended()

    assert (code, site.session_file.exists()) == (0, False)
