"""Work that is killed at each of its system calls, and what the next log-in must find.

Decides what a scenario is, how its calls are counted and enumerated, and the oracle: each message
is wholly there or was deleted after QUIT, never both, never neither. Refuses to know any store: a
scenario brings the functions that prepare one, work in it and look at it.
"""

import base64
import json
import multiprocessing
import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Final

import pytest

from crashes.calls import Call, Crash, Moment, Watch

__all__ = (
    "QUIT",
    "Scenario",
    "Seen",
    "Trace",
    "crashes_of",
    "judged",
    "killed_everywhere",
    "traced",
)

QUIT: Final = "QUIT was received"
FINISHED: Final = "the work was done"
PATIENCE_S: Final = 30.0
Seen = tuple[str, bytes]
"""One message that a log-in finds: its unique id and its octets."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is done to a maildrop, and how one sees what has become of it.

    Its functions are found by their names in another process, so they stand in a module.
    """

    name: str
    prepare: Callable[[Path], None]
    """Make a maildrop at a path where there is nothing."""
    work: Callable[[Path, Callable[[], None]], None]
    """Do what may be killed; call what is given when QUIT has been received."""
    look: Callable[[Path], Sequence[Seen]]
    """Log in as a process that knows nothing, and give each message; raises if all is not well."""
    deleted: frozenset[str] = frozenset()
    """The unique ids of the messages that the work deletes."""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Trace:
    """The calls that were made, to the end or to a death."""

    calls: tuple[Call, ...] = field(default=())

    @property
    def quit_received(self) -> bool:
        """Say whether the server had received QUIT."""
        return any(call.name == QUIT for call in self.calls)

    @property
    def finished(self) -> bool:
        """Say whether the work was done, so that QUIT is answered with +OK."""
        return any(call.name == FINISHED for call in self.calls)


# --- the process that dies -----------------------------------------------------------------------


def _child(scenario: Scenario, directory: str, crash: Crash | None, trace: str) -> None:
    """Work, and write down each call before anything else is done."""
    descriptor = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    write = os.write

    def note(call: Call) -> None:
        octets = base64.b64encode(call.octets).decode()
        write(
            descriptor, json.dumps([call.name, call.paths, octets, call.at, call.failed]).encode()
        )
        write(descriptor, b"\n")

    Watch(directory, crash, note).install()
    scenario.work(Path(directory), lambda: note(Call(QUIT, ())))
    note(Call(FINISHED, ()))
    os._exit(0)  # What is left to do is not the work.


@cache
def _processes() -> ForkServerContext:
    """Give what starts processes: each is a copy of one that has imported everything.

    It imports by the path of its environment alone, before it is told ours.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["crashes.maildirs", "crashes.others"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        forkserver.ensure_running()
    return context


def traced(scenario: Scenario, directory: Path, crash: Crash | None = None) -> Trace:
    """Run the work in a process of its own, which is killed as told, and give its calls."""
    with tempfile.TemporaryDirectory() as beside:
        path = Path(beside) / "trace"
        child = _processes().Process(
            target=_child, args=(scenario, str(directory), crash, str(path))
        )
        child.start()
        child.join(PATIENCE_S)
        child.kill()
        child.join()
        expected = 0 if crash is None else -signal.SIGKILL
        assert child.exitcode == expected, f"expected {expected}, found {child.exitcode}"
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return Trace(
        tuple(
            Call(name, tuple(paths), base64.b64decode(octets), at, failed)
            for name, paths, octets, at, failed in lines
        )
    )


# --- the oracle ----------------------------------------------------------------------------------


def judged(
    scenario: Scenario, before: Sequence[Seen], after: Sequence[Seen], trace: Trace
) -> list[str]:
    """Say in sentences what should not be so; nothing is the good answer."""
    faults = []
    there = Counter(after)
    may_be_gone = scenario.deleted if trace.quit_received else frozenset()
    for one in before:
        uid, _ = one
        if there[one] == 0 and uid not in may_be_gone:
            faults.append(f"{uid} is lost or changed")
        if there[one] and uid in scenario.deleted and trace.finished:
            faults.append(f"{uid} is there again, though QUIT was answered with +OK")
        if there[one] > 1:
            faults.append(f"{uid} is there {there[one]} times")
    faults += [f"{uid} was not there before" for uid, _ in after if uid not in dict(before)]
    return faults


def crashes_of(trace: Trace) -> list[Crash]:
    """Enumerate the deaths: before each call, after it, and half way through what is written."""
    calls = [call for call in trace.calls if call.name not in {QUIT, FINISHED}]
    return [
        Crash(number, moment)
        for number, call in enumerate(calls)
        for moment in Moment
        if moment is not Moment.HALF or call.name == "write"
    ]


def killed_everywhere(scenario: Scenario, directory: Path) -> tuple[Trace, list[str]]:
    """Kill the work at each of its calls: the calls, and what was found wrong."""
    whole = directory / "whole"
    scenario.prepare(whole)
    before = scenario.look(whole)
    trace = traced(scenario, whole)
    faults = [f"after all: {one}" for one in judged(scenario, before, scenario.look(whole), trace)]
    calls = [call for call in trace.calls if call.name not in {QUIT, FINISHED}]
    for crash in crashes_of(trace):
        place = directory / f"{crash}"
        scenario.prepare(place)
        before = scenario.look(place)
        until = traced(scenario, place, crash)
        try:
            found = judged(scenario, before, scenario.look(place), until)
        except AssertionError as error:
            found = [str(error)]
        faults += [f"killed {crash.moment} {calls[crash.call]}: {one}" for one in found]
    return trace, faults
