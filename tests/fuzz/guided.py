"""The coverage-guided fuzzer: libFuzzer by way of atheris, over the same harness as the rest.

Decides how it is started and what it says at the end. `make fuzz` runs it; the canaries are run by
a test. Whatever it finds is written beside the corpus, as an input to be given to it again.
"""

import importlib
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

__all__ = ("CORPUS", "main", "words")

CORPUS: Final = Path(__file__).parent / "corpus"
WATCHED: Final = ("requite.generated.pop3", "requite.pop3")
"""Whose branches and comparisons guide the fuzzer."""
OCTETS_MAX: Final = 1_024
"""Long enough for a story; every bound that an input must cross is small in the harness."""
MEMORY_MIB_MAX: Final = 1_024
INPUT_S_MAX: Final = 10
CANARIES: Final = ("keyword", "limit")
TARGETS: Final = ("grammar", "sessions", *CANARIES)
LOOKS_AT_THE_TIME_EVERY: Final = 64
KIB_IN_MIB: Final = 1_024
LESS_NOISE: Final = ("-print_funcs=0", "-verbosity=1")

Try = Callable[[bytes], object]


def words() -> list[bytes]:
    """Give the words of the protocol, from the tables that it is read by."""
    commands = importlib.import_module("requite.pop3.wire.commands")
    mechanisms = importlib.import_module("requite.pop3.sasl").MECHANISMS
    script = importlib.import_module("fuzz.script")
    happenings = [f"^{letter}".encode() for letter in (*script.HAPPENS, *script.SENDS)]
    others = [b"alice", b"secret", b"\r\n", b"^{", b"^}", b"\0", b"PROXY TCP4 192.0.2.1 "]
    scram = [b"n,,n=alice,r=", b"p=tls-server-end-point,,", b",p=", b"c="]
    sasl = [*scram, b"AUTH PLAIN ", b"\1auth=Bearer secret\1\1"]
    return [*commands.KEYWORDS, *mechanisms, *happenings, *others, *sasl]


def _write_dictionary(directory: str, found: list[bytes]) -> Path:
    """Write words as libFuzzer reads them."""
    path = Path(directory) / "words"
    escaped = ["".join(f"\\x{octet:02x}" for octet in word) for word in found]
    path.write_text("".join(f'"{word}"\n' for word in escaped), encoding="ascii")
    return path


class Counted:
    """What is tried, with how often and since when.

    It ends the process itself: atheris runs nothing more of Python once libFuzzer has ended.
    """

    def __init__(self, tried: Try, target: str, learnt: Path, bounds: "Bounds") -> None:
        self._tried = tried
        self._target = target
        self._learnt = learnt
        self._bounds = bounds
        self._runs = 0
        self._began = time.monotonic()

    def __call__(self, octets: bytes) -> None:
        """Try octets; say what came of it all after the last, and when something is found."""
        self._runs += 1
        try:
            self._tried(octets)
        except BaseException:
            self._tell()
            raise
        if self._is_over():
            self._tell()
            os._exit(0)

    def _is_over(self) -> bool:
        if self._bounds.runs and self._runs >= self._bounds.runs:
            return True
        if self._runs % LOOKS_AT_THE_TIME_EVERY:
            return False
        return bool(self._bounds.seconds) and self._seconds > self._bounds.seconds

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _tell(self) -> None:
        rate = self._runs / max(self._seconds, 1e-9)
        peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_IN_MIB
        print(
            f"{self._target}: {self._runs:,} runs in {self._seconds:,.0f} s, {rate:,.0f} a second; "
            f"{len(list(self._learnt.iterdir())):,} inputs were new; "
            f"{peak_mib:,.0f} MiB at the peak.",
            flush=True,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """When to stop; 0 is never."""

    runs: int
    seconds: int


def _target(name: str, stack: ExitStack) -> Try:
    """Give what a target does with an input; what is imported now is watched."""
    if name in CANARIES:
        canary: Try = importlib.import_module("fuzz.canary").CANARIES[name]
        return canary
    if name == "grammar":
        reader: Try = importlib.import_module("fuzz.grammar").try_reader
        return reader
    sessions = importlib.import_module("fuzz.sessions")
    log = stack.enter_context(importlib.import_module("fuzz.log").watched_log())
    stack.enter_context(sessions.predictable())
    return lambda octets: sessions.play_both_ways(octets, log)


def fuzz(target: str, learnt: Path, seed: int, bounds: Bounds) -> None:
    """Fuzz a target; the process ends with it, and with an error where something was found."""
    atheris: Any = importlib.import_module("atheris")
    learnt.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        watched = [*WATCHED, *(["fuzz"] if target in CANARIES else [])]
        with atheris.instrument_imports(include=watched):
            tried = _target(target, stack)
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        options = [
            f"-seed={seed}",
            f"-max_len={OCTETS_MAX}",
            f"-rss_limit_mb={MEMORY_MIB_MAX}",
            f"-timeout={INPUT_S_MAX}",
            f"-artifact_prefix={learnt.parent}/{target}-",
            f"-dict={_write_dictionary(directory, words())}",
            *LESS_NOISE,
        ]
        kept = CORPUS / target
        corpora = [str(learnt), *([str(kept)] if kept.is_dir() else [])]
        atheris.Setup([sys.argv[0], *options, *corpora], Counted(tried, target, learnt, bounds))
        atheris.Fuzz()


@click.command()
@click.argument("target", type=click.Choice(TARGETS))
@click.option("--runs", default=0, help="Stop after so many inputs; 0 is never.")
@click.option("--seconds", default=0, help="Stop after so many seconds; 0 is never.")
@click.option("--seed", default=0, help="Begin with a seed that was printed; 0 takes a new one.")
@click.option(
    "--learnt",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".fuzzed"),
    help="Keep what is learnt, and what is found, in a directory.",
)
def main(target: str, runs: int, seconds: int, seed: int, learnt: Path) -> None:
    """Fuzz TARGET until something is found, or for as long as is said."""
    fuzz(target, learnt / target, seed, Bounds(runs=runs, seconds=seconds))


if __name__ == "__main__":
    main()
