"""Dovecot's session lock, with Dovecot itself where it is installed, over one Maildir.

Decides that a session of either server keeps the other's out, and that what either leaves behind
when it is killed is taken over by the other. Refuses to know how the lock is made.
"""

import os
import poplib
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from signal import SIGKILL
from typing import Final

import pytest
from benchmarks.corpus import Corpus
from benchmarks.servers import DOVECOT_IN_TESTS, PEERS, NotInstalled, Peer, Place, Server, serving

from dovecot.transcripts import MESSAGES, PASSWORD
from requite.pop3.maildrops.session_file import FILE_NAME

PATIENCE_S: Final = 30.0
"""Dovecot waits ten seconds for the lock before it refuses (session_dotlock_set)."""
DOVECOT_IN_USE: Final = b"-ERR [IN-USE] Mailbox is locked by another POP3 session.\r\n"
OUR_IN_USE: Final = b"-ERR [IN-USE] Another session has this mailbox open; try again later.\r\n"
NO_PROCESS: Final = 2**22 + 1
LONG_AGO_S: Final = 1_000_000_000


def _with_more(peer: Peer, name: str, old: str, new: str) -> Peer:
    """Change one line of what a peer is configured with; its file is the last word of its order."""

    def prepare(place: Place) -> list[str]:
        command = peer.prepare(place)
        config = Path(command[-1])
        text = config.read_text(encoding="utf-8")
        assert old in text
        config.write_text(text.replace(old, new), encoding="utf-8")
        return command

    return replace(peer, name=name, prepare=prepare)


def _beside_the_maildir(peer: Peer, directory: str) -> Peer:
    """Keep Dovecot's indexes in the Maildir itself, as it does unless told otherwise."""
    old = f"/Maildir:INDEX={directory}/mail/%u:CONTROL={directory}/mail/%u"
    return _with_more(
        peer, "dovecot-locking", old, "/Maildir\nprotocol pop3 {\n  pop3_lock_session = yes\n}"
    )


OURS: Final = _with_more(
    PEERS["requite"],
    "requite-locking",
    'lock = "exclusive"\n',
    'lock = "exclusive"\ndovecot_session_lock = true\n[timeouts]\nlock_s = 0\n',
)


@dataclass(frozen=True, slots=True)
class Both:
    """Our server and Dovecot over the same mail."""

    ours: Server
    dovecot: Server
    mail: Path

    def file_of(self, mailbox: str) -> Path:
        """Where the session lock of a mailbox is."""
        return self.mail / mailbox / "Maildir" / FILE_NAME


MAILBOXES: Final = ("ours-first", "dovecot-first", "dead", "dovecot-killed")


def _fill(corpus: Corpus) -> None:
    for mailbox in MAILBOXES:
        maildir = corpus.mail / mailbox / "Maildir"
        for folder in ("tmp", "new", "cur"):
            (maildir / folder).mkdir(parents=True)
        (maildir / "new" / "1700000000.M1P1.lock").write_bytes(MESSAGES[0])
    accounts = "".join(f"{mailbox}:{{PLAIN}}{PASSWORD}\n" for mailbox in MAILBOXES)
    corpus.accounts_file.write_text(accounts, encoding="utf-8")


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    """Start both servers."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        directory = Path(name)
        directory.chmod(0o755)  # Dovecot gives up its rights before it reads mail.
        corpus = Corpus(directory / "mail", directory / "accounts", PASSWORD, 0)
        _fill(corpus)
        if os.geteuid() == 0:  # Dovecot serves no mail as root.
            for path in (corpus.mail, *corpus.mail.rglob("*"), corpus.accounts_file):
                shutil.chown(path, pwd.getpwnam("nobody").pw_uid)
        beside = _beside_the_maildir(DOVECOT_IN_TESTS, str(directory / "dovecot-locking"))
        try:
            dovecot = stack.enter_context(serving(beside, directory, corpus))
        except NotInstalled as absent:
            pytest.skip(str(absent))
        ours = stack.enter_context(serving(OURS, directory, corpus))
        yield Both(ours, dovecot, corpus.mail)


def asked(server: Server, mailbox: str) -> poplib.POP3:
    """Connect, and name the mailbox."""
    client = poplib.POP3("127.0.0.1", server.port, timeout=PATIENCE_S)
    client.user(mailbox)
    return client


def answer_to_login(server: Server, mailbox: str) -> bytes:
    """Log in, give the answer, and leave."""
    with closing(asked(server, mailbox)) as client:
        client.sock.sendall(f"PASS {PASSWORD}\r\n".encode())
        answer = client.file.readline()
        if answer.startswith(b"+OK"):
            client.quit()
        return answer


def logged_in(server: Server, mailbox: str) -> poplib.POP3:
    """Log in."""
    client = asked(server, mailbox)
    assert client.pass_(PASSWORD).startswith(b"+OK")
    return client


def test_dovecot_is_kept_out_while_we_hold_a_mailbox(both: Both) -> None:
    """Dovecot waits its time and says [IN-USE]; it comes in when we have left."""
    holder = logged_in(both.ours, "ours-first")
    assert answer_to_login(both.dovecot, "ours-first") == DOVECOT_IN_USE

    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(answer_to_login, both.dovecot, "ours-first")
        holder.quit()

    assert waiting.result().startswith(b"+OK")


def test_we_are_kept_out_while_dovecot_holds_a_mailbox(both: Both) -> None:
    """We say [IN-USE] and log whose process holds it; we come in when Dovecot's client has left."""
    holder = logged_in(both.dovecot, "dovecot-first")
    pid, _, _ = both.file_of("dovecot-first").read_text(encoding="ascii").partition(":")
    assert answer_to_login(both.ours, "dovecot-first") == OUR_IN_USE
    # Dovecot says goodbye before it lets go; when it has hung up it has done that too.
    holder.sock.sendall(b"QUIT\r\n")
    while holder.file.read(4096):
        pass
    holder.close()

    with ThreadPoolExecutor(1) as thread:
        came_in = thread.submit(_until_let_in, both.ours, "dovecot-first")
        assert came_in.result(timeout=PATIENCE_S)
    log = (both.ours.directory / "output.log").read_text(encoding="utf-8")
    assert f"held by process {pid} (pop3) by {FILE_NAME}" in log


def _until_let_in(server: Server, mailbox: str) -> bool:
    """Try to log in a bounded number of times; the end of Dovecot's process is not told to us."""
    return any(answer_to_login(server, mailbox).startswith(b"+OK") for _ in range(1_000))


def test_what_we_leave_behind_does_not_lock_dovecot_out(both: Both) -> None:
    """A file of ours whose process is gone is overridden by Dovecot, by its own rule."""
    file = both.file_of("dead")
    host = os.uname().nodename
    file.write_text(f"{NO_PROCESS}:{host}", encoding="ascii")
    os.utime(file, (LONG_AGO_S, LONG_AGO_S))

    assert answer_to_login(both.dovecot, "dead").startswith(b"+OK")


def test_what_dovecot_leaves_behind_does_not_lock_us_out(both: Both) -> None:
    """After SIGKILL of Dovecot's process its file is there, and our next login takes it over."""
    file = both.file_of("dovecot-killed")
    with closing(logged_in(both.dovecot, "dovecot-killed")) as holder:
        pid, _, _ = file.read_text(encoding="ascii").partition(":")
        subprocess.run(["kill", f"-{SIGKILL.value}", pid], check=True)
        while holder.file.read(4096):
            pass
    assert file.read_text(encoding="ascii").startswith(f"{pid}:")

    assert _until_let_in(both.ours, "dovecot-killed")
    assert not file.exists()
