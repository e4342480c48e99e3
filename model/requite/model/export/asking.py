"""Running a checker: in a directory of its own, within a time, and never half-way.

Decides where programs are looked for, and how one that takes too long is ended. Refuses to read
what they say: that is `opinions`.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, Self

__all__ = ("Asking", "OpinionError", "ToolMissingError")

PACKAGES: Final = {
    "gcc": "apt-get install gcc libc6-dev",
    "rumur": "apt-get install rumur",
    "spin": "apt-get install spin",
    "z3": "pip install 'requite[smt]'",
}
"""What to do for each program that is not there."""
TAIL: Final = 2_000
"""How much of what a program has printed is told: its end says why it has stopped."""


class ToolMissingError(LookupError):
    """A checker that is not installed; the text says how to install it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not installed: {PACKAGES[name]}")


class OpinionError(RuntimeError):
    """A checker that came to no verdict; the text says why, as far as it is known."""

    @classmethod
    def after(cls, asked: str, said: str) -> "OpinionError":
        """Return the error of a program whose output has no verdict."""
        return cls(f"{asked} came to no verdict; it printed at the end:\n{said[-TAIL:]}")


class Asking:
    """One question to a checker: a directory of its own, and a time that its programs share."""

    def __init__(self, tool: str, timeout_s: float) -> None:
        self._tool = tool
        self._timeout_s = timeout_s
        self._until = time.monotonic() + timeout_s
        self._directory = tempfile.TemporaryDirectory(prefix="requite-")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._directory.cleanup()

    def write(self, name: str, text: str) -> None:
        """Write a file into the directory."""
        (Path(self._directory.name) / name).write_text(text, encoding="utf-8")

    def run(self, program: str, *arguments: str, refuting: int = 0) -> str:
        """Run a program in the directory and return what it prints.

        Args:
            program: its name, or "./" and the name of a file in the directory.
            arguments: what it is given.
            refuting: the exit code, beside 0, with which it says that something is wrong.

        Raises:
            ToolMissingError: there is no such program.
            OpinionError: it fails, or takes longer than the time that is left.
        """
        process = subprocess.Popen(  # noqa: S603 - a checker, asked about a text of ours.
            [program if program.startswith("./") else _found(program), *arguments],
            cwd=self._directory.name,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        with process:
            said = self._said(process, program)
        if process.returncode not in {0, refuting}:
            raise OpinionError.after(" ".join((program, *arguments)), said)
        return said

    def _said(self, process: "subprocess.Popen[str]", program: str) -> str:
        try:
            return process.communicate(timeout=max(0.0, self._until - time.monotonic()))[0]
        except subprocess.TimeoutExpired:
            _end(process)
            raise OpinionError(
                f"{self._tool} came to no verdict in {self._timeout_s:g} seconds: {program} was "
                "ended. Ask about fewer sessions, accounts or resources, or give it more time"
            ) from None
        except BaseException:
            _end(process)
            raise


def _end(process: "subprocess.Popen[str]") -> None:
    """End a program with its children, which a compiler has."""
    os.killpg(process.pid, signal.SIGKILL)


def _found(program: str) -> str:
    """Return where a program is; a wheel puts its own beside Python."""
    for place in (str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)):
        if path := shutil.which(program, path=place):
            return path
    raise ToolMissingError(program)
