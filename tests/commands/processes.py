"""The command `requite` as a process of its own, bounded in time.

Decides how a test starts it, reads what it prints and sends it signals. Refuses to know what it
should say.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from poplib import POP3
from signal import Signals
from threading import Timer
from typing import IO, Final

__all__ = (
    "PASSWORD",
    "PATIENCE_S",
    "REQUITE",
    "Process",
    "finished",
    "logged_in",
    "read_to_the_end",
    "started",
)

REQUITE: Final = Path(sys.executable).with_name("requite")
PASSWORD: Final = "wonderland"
"""Alice's, in the sample."""
PATIENCE_S: Final = 30.0
"""Real time that a process may take; nothing comes near it unless it hangs."""


@dataclass(frozen=True, slots=True)
class Process:
    """A command that goes on until it is told to stop."""

    popen: subprocess.Popen[str]

    def line_with(self, pattern: str) -> re.Match[str]:
        """Read on in what it prints until a line matches."""
        return self._found(self.popen.stdout, pattern)

    def log_with(self, pattern: str) -> re.Match[str]:
        """Read on in its log until a line matches."""
        return self._found(self.popen.stderr, pattern)

    def port(self) -> int:
        """Read on until it says where it serves, and give the port."""
        return int(self.line_with(r"^Serving pop3 on .*:(\d+)$")[1])

    def stopped(self, signal: Signals = Signals.SIGTERM) -> tuple[int, str]:
        """Send it a signal, wait for its end, and give the exit code and the rest of its log."""
        self.popen.send_signal(signal)
        return self.ended()

    def ended(self) -> tuple[int, str]:
        """Wait for its end, and give the exit code and the rest of its log."""
        self.rest(self.popen.stdout)
        log = self.rest(self.popen.stderr)
        return self.popen.wait(), log

    def _found(self, stream: IO[str] | None, pattern: str) -> re.Match[str]:
        read = []
        for line in stream or ():
            if match := re.search(pattern, line.rstrip("\n")):
                return match
            read.append(line)
        raise AssertionError(f"no line matches {pattern!r}: {read}, {self.ended()}")

    @staticmethod
    def rest(stream: IO[str] | None) -> str:
        """Read a stream to its end, unless it was closed."""
        return "" if stream is None or stream.closed else stream.read()


@contextmanager
def started(
    *arguments: object, standard_input: int | IO[bytes] = subprocess.DEVNULL
) -> Iterator[Process]:
    """Start `requite`, in a session of its own, and see that nothing of it is left at the end."""
    with subprocess.Popen(
        [REQUITE, *map(str, arguments)],
        stdin=standard_input,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as popen:
        watchdog = Timer(PATIENCE_S, popen.kill)
        watchdog.start()
        try:
            yield Process(popen)
        finally:
            watchdog.cancel()
            popen.kill()


def finished(
    *arguments: object,
    standard_input: bytes = b"",
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run `requite` to its end."""
    done = subprocess.run(
        [REQUITE, *map(str, arguments)],
        input=standard_input,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
        env={**os.environ, **(environment or {})},
        cwd=directory,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def logged_in(port: int, *, name: str = "alice", password: str = PASSWORD) -> POP3:
    """Log in over a socket that is bounded in time."""
    client = POP3("127.0.0.1", port, timeout=PATIENCE_S)
    client.user(name)
    client.pass_(password)
    return client


def read_to_the_end(client: POP3) -> None:
    """Do what a client owes to a server that says goodbye: take it, and hang up."""
    while client.file.read(4096):
        pass
    client.close()
