"""The load generator from Python: built when its source is newer, run, its report read.

Decides how it is compiled and that a report with an error in it is still a report. Refuses to
decide how much load there is.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ("CannotLoad", "Report", "build", "hold", "load")

HERE: Final = Path(__file__).parent
SOURCES: Final = (HERE / "load.c", HERE / "load_options.c")
HEADERS: Final = (HERE / "load_options.h",)
PROGRAM: Final = HERE / "build" / "load"
FLAGS: Final = ("-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror")
PATIENCE_S: Final = 60
"""The generator's own deadline; the harness waits a little longer before it gives it up."""


class CannotLoad(Exception):  # noqa: N818 - it reads as the sentence that it is.
    """The generator cannot be built, or refuses what it was asked."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one run of the generator did, and what it cost itself."""

    mode: str
    done: int
    errors: int
    first_error: str
    retrieved: int
    octets: int
    wall_s: float
    cpu_s: float


def build() -> None:
    """Compile the generator unless it is newer than its source.

    Raises:
        CannotLoad: there is no C compiler, or it refuses the source.
    """
    newest = max(path.stat().st_mtime for path in (*SOURCES, *HEADERS))
    if PROGRAM.exists() and newest < PROGRAM.stat().st_mtime:
        return
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise CannotLoad("no C compiler: install one (Debian: apt-get install gcc libc6-dev)")
    PROGRAM.parent.mkdir(exist_ok=True)
    command = [compiler, *FLAGS, "-o", str(PROGRAM), *map(str, SOURCES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotLoad(f"{' '.join(command)} failed:\n{done.stderr}")


def _command(mode: str, port: int, options: Sequence[str]) -> list[str]:
    deadline = ("--deadline", str(PATIENCE_S))
    return [str(PROGRAM), mode, "127.0.0.1", str(port), *deadline, *options]


def _read(line: str, complaint: str) -> Report:
    if not line:
        raise CannotLoad(f"the load generator said nothing: {complaint.strip()}")
    # The generator is ours: a key that is missing or too many is a TypeError, as it should be.
    return Report(**json.loads(line))


def load(mode: str, port: int, options: Sequence[str]) -> Report:
    """Run one bounded load to its end.

    Raises:
        CannotLoad: the generator refuses what it was asked.
    """
    command = _command(mode, port, options)
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=PATIENCE_S + 5
    )
    return _read(done.stdout, done.stderr)


@contextmanager
def hold(port: int, options: Sequence[str]) -> Iterator[Report]:
    """Open idle sessions, and let go of them at the end of the block.

    Raises:
        CannotLoad: the generator refuses what it was asked.
    """
    with subprocess.Popen(
        _command("idle", port, options),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as child:
        try:
            if child.stdout is None or child.stderr is None or child.stdin is None:
                raise AssertionError("pipes were asked for")
            line = child.stdout.readline()
            yield _read(line, child.stderr.read() if not line else "")
            child.stdin.close()
            child.wait(timeout=10)
        finally:
            child.kill()
