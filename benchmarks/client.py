"""One POP3 session at a time, timed on the wall.

Decides what is timed (from connecting to the answer to STAT; from RETR to its final dot) and that
an answer that is not the expected one ends the run. Refuses to decide what is compared.
"""

import select
import socket
import time
from typing import Final, Self

__all__ = ("Client", "WrongAnswer", "longest_wait_beside", "read_huge", "time_login")

PATIENCE_S: Final = 60.0
PIECE_OCTETS: Final = 1_048_576


class WrongAnswer(Exception):  # noqa: N818 - it reads as the sentence that it is.
    """A server answered something else than what was laid out."""


class Client:
    """A session, until its block ends; the server has closed by then."""

    def __init__(self, port: int) -> None:
        """Connect and read the greeting."""
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._pending = b""
        self.read_line()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._socket:
            self._socket.sendall(b"QUIT\r\n")
            while self._socket.recv(PIECE_OCTETS):
                pass

    def ask(self, command: str) -> str:
        """Send a command, and return the first line of its answer."""
        self.send(command)
        return self.read_line()

    def send(self, command: str) -> None:
        """Send a command, and leave its answer for later."""
        self._socket.sendall(command.encode("ascii") + b"\r\n")

    def read_line(self) -> str:
        """Return a line, which must be a good answer."""
        while b"\n" not in self._pending:
            self._pending += self._received()
        line, _, self._pending = self._pending.partition(b"\n")
        if not line.startswith(b"+OK"):
            raise WrongAnswer(f"expected +OK, found {line!r}")
        return line.decode("utf-8", errors="replace")

    def read_to_dot(self) -> int:
        """Read an answer of many lines, and return its octets."""
        octets, last = len(self._pending), self._pending[-5:]
        while last != b"\r\n.\r\n":
            piece = self._received()
            octets += len(piece)
            last = (last + piece[-5:])[-5:]
        self._pending = b""
        return octets

    @property
    def has_answered(self) -> bool:
        """Whether something can be read."""
        return bool(select.select([self._socket], [], [], 0)[0])

    def log_in(self, mailbox: str, password: str) -> None:
        """Log in, and wait for the answer."""
        self.ask(f"USER {mailbox}")
        self.ask(f"PASS {password}")

    def count(self, messages: int) -> None:
        """Ask with STAT whether the maildrop holds so many messages."""
        line = self.ask("STAT")
        if line.split()[1] != str(messages):
            raise WrongAnswer(f"expected {messages} messages, found {line!r}")

    def _received(self) -> bytes:
        piece = self._socket.recv(PIECE_OCTETS)
        if not piece:
            raise WrongAnswer("expected an answer, found the end of the connection")
        return piece


def time_login(port: int, mailbox: str, password: str, messages: int) -> float:
    """Return the seconds from connecting to the answer to STAT."""
    before = time.perf_counter()
    with Client(port) as client:
        client.log_in(mailbox, password)
        client.count(messages)
        return time.perf_counter() - before


def read_huge(client: Client, octets: int) -> float:
    """Return the seconds that RETR of the first message takes."""
    before = time.perf_counter()
    client.ask("RETR 1")
    found = client.read_to_dot()
    seconds = time.perf_counter() - before
    if found != octets:
        raise WrongAnswer(f"expected {octets} octets of RETR, found {found}")
    return seconds


def longest_wait_beside(port: int, idle: str, busy: str, password: str) -> float:
    """Return the longest wait for NOOP in one session while another one logs in, in seconds."""
    longest = 0.0
    with Client(port) as neighbour, Client(port) as client:
        neighbour.log_in(idle, password)
        client.ask(f"USER {busy}")
        client.send(f"PASS {password}")
        while not client.has_answered:
            before = time.perf_counter()
            neighbour.ask("NOOP")
            longest = max(longest, time.perf_counter() - before)
        client.read_line()
    return longest
