"""Clients of a server that is killed, and a book of what each maildrop must hold.

Decides what each client does, and that it is told when what it finds is not what the book says.
Refuses to kill; the test does.
"""

import random
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from requite.pop3.wire.content import wire_octets

__all__ = (
    "DELETIONS_MAX",
    "MESSAGES",
    "PASSWORD",
    "PATIENCE_S",
    "Drop",
    "Session",
    "configured",
)

PASSWORD: Final = "wonderland"
PATIENCE_S: Final = 20.0
MESSAGES: Final = 60
"""Enough for an index to be written at a log-in."""
DELETIONS_MAX: Final = 30
CONFIG: Final = """\
[listen]
pop3 = ["127.0.0.1:0"]
[accounts]
file = "accounts"
plaintext_without_tls = "loopback"
[mailboxes]
path = "mail/{mailbox}/Maildir"
lock = "exclusive"
"""


def configured(directory: Path, names: Sequence[str]) -> Path:
    """Write a configuration, the accounts, and an empty Maildir for each."""
    lines = [f"{name}:{{PLAIN}}{PASSWORD}\n" for name in names]
    (directory / "accounts").write_text("".join(lines), encoding="utf-8")
    for name in names:
        for folder in ("tmp", "new", "cur"):
            (directory / "mail" / name / "Maildir" / folder).mkdir(parents=True)
    config = directory / "requite.toml"
    config.write_text(CONFIG, encoding="utf-8")
    return config


@dataclass(slots=True)
class Drop:
    """One maildrop, and what is known of it."""

    name: str
    maildir: Path
    kept: dict[str, bytes] = field(default_factory=dict)
    """What must be there, by unique id."""
    uncertain: dict[str, bytes] = field(default_factory=dict)
    """What was deleted in a session whose QUIT was sent and not answered: there, or not."""
    delivered: int = 0

    def fill(self, rng: random.Random) -> None:
        """Deliver until there is enough again, as a delivery agent does: by `tmp`."""
        while len(self.kept) < MESSAGES:
            self.delivered += 1
            uid = f"{1_700_000_000 + self.delivered}.M{self.delivered}P1.{self.name}"
            octets = f"X: {rng.random()}\n\n{'.text' * rng.randrange(40)}\n.\n".encode()
            unfinished = self.maildir / "tmp" / uid
            unfinished.write_bytes(octets)
            unfinished.rename(self.maildir / "new" / uid)
            self.kept[uid] = octets

    def judge(self, seen: Sequence[tuple[str, int, bytes]]) -> list[str]:
        """Compare what a log-in finds with the book, and note what has become certain."""
        uids = [uid for uid, _, _ in seen]
        faults = [f"{uid} is lost" for uid in self.kept if uid not in uids]
        faults += [f"{uid} is there twice" for uid in set(uids) if uids.count(uid) > 1]
        known = {**self.kept, **self.uncertain}
        for uid, size, octets in seen:
            if uid not in known:
                faults.append(f"{uid} is there, and was deleted or never delivered")
            elif octets != known[uid].replace(b"\n", b"\r\n") or size != wire_octets(known[uid]):
                faults.append(f"{uid} is changed, or of a wrong size")
        self.kept = {uid: known[uid] for uid in uids if uid in known}
        self.uncertain = {}
        return faults


@dataclass(slots=True)
class Session:
    """One session of one client, that may be cut off at any octet."""

    drop: Drop
    deletions: Sequence[int]
    step: Callable[[], None]
    """Is called between two steps."""
    faults: list[str] = field(default_factory=list)
    quit_sent: bool = False
    answered: bool = False

    def run(self, port: int) -> None:
        """Log in, look at everything, delete some, and quit, as far as the server lives."""
        with (
            suppress(ConnectionError, EOFError),  # It was killed: what was not said is not known.
            socket.create_connection(("127.0.0.1", port), PATIENCE_S) as sock,
            sock.makefile("rb") as stream,
        ):
            self._talk(sock, stream)

    def _talk(self, sock: socket.socket, stream: IO[bytes]) -> None:
        _line(stream)
        for command in (f"USER {self.drop.name}", f"PASS {PASSWORD}"):
            self.step()
            answer = _asked(sock, stream, command)
            if not answer.startswith(b"+OK"):
                self.faults.append(f"the log-in is refused: {answer!r}")
                return
        self.step()
        seen = _looked(sock, stream)
        self.faults += self.drop.judge(seen)
        doomed = [seen[number - 1][0] for number in self.deletions if number <= len(seen)]
        for number in self.deletions[: len(doomed)]:
            self.step()
            assert _asked(sock, stream, f"DELE {number}").startswith(b"+OK")
        self.step()
        self._quit(sock, stream, doomed)

    def _quit(self, sock: socket.socket, stream: IO[bytes], doomed: Sequence[str]) -> None:
        """Quit; from the first octet of QUIT on, nobody knows, and after the answer everybody."""
        self.quit_sent = True
        self.drop.uncertain = {uid: self.drop.kept.pop(uid) for uid in doomed}
        answer = _asked(sock, stream, "QUIT")
        if answer.startswith(b"+OK"):
            self.drop.uncertain = {}
            self.answered = True
        else:
            self.faults.append(f"QUIT is refused: {answer!r}")


def _asked(sock: socket.socket, stream: IO[bytes], command: str) -> bytes:
    sock.sendall(f"{command}\r\n".encode())
    return _line(stream)


def _line(stream: IO[bytes]) -> bytes:
    line = stream.readline()
    if not line.endswith(b"\r\n"):
        raise EOFError
    return line[:-2]


def _lines(stream: IO[bytes]) -> list[bytes]:
    lines = []
    while (line := _line(stream)) != b".":
        lines.append(line.removeprefix(b"."))
    return lines


def _looked(sock: socket.socket, stream: IO[bytes]) -> list[tuple[str, int, bytes]]:
    """Give each message's unique id, its size by LIST, and its octets by RETR."""
    assert _asked(sock, stream, "UIDL").startswith(b"+OK")
    uids = [line.split()[1].decode() for line in _lines(stream)]
    assert _asked(sock, stream, "LIST").startswith(b"+OK")
    sizes = [int(line.split()[1]) for line in _lines(stream)]
    sock.sendall(b"".join(f"RETR {number}\r\n".encode() for number in range(1, len(uids) + 1)))
    seen = []
    for uid, size in zip(uids, sizes, strict=True):
        assert _line(stream).startswith(b"+OK")
        seen.append((uid, size, b"".join(line + b"\r\n" for line in _lines(stream))))
    return seen
