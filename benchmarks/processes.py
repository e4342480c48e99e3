"""Child processes: started as a group, stopped as a group, and what a tree of them has cost.

Decides how a process is ended (asked first, then killed, with all that it started) and how CPU
and memory are counted. Signals only what was started here, by its own number.
"""

import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = (
    "cpu_s",
    "lift_descriptor_limit",
    "pss_kb",
    "running",
    "settled_cpu_s",
    "stay_on_one_core",
)

PROC: Final = Path("/proc")
TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
STOP_PATIENCE_S: Final = 5.0
"""Dovecot needs about half a second for a hundred processes; a tenth of that is no defect."""
SETTLE_STEP_S: Final = 0.05
SETTLE_STEPS_MAX: Final = 60
AT_REST_S: Final = 0.0005
"""Of CPU time in one step, 1 %: a server at rest still looks at its timers now and then."""


# --- starting and stopping -----------------------------------------------------------------


def lift_descriptor_limit() -> None:
    """Allow this process and its children as many open sockets as the machine grants."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Dovecot sizes tables by this limit: no more than the most that any run here holds open.
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65_536), hard))


def stay_on_one_core() -> None:
    """Keep this process and its children on one core.

    Whoever wakes a client on another core pays for that, and whether it is on another core is the
    scheduler's whim: the same server was measured at 156 and at 233 us a log-in within a minute.
    """
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _has_ended(child: subprocess.Popen[bytes]) -> bool:
    """Look whether the leader has ended and leave it unreaped, so that its number stays taken."""
    return os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.returncode is not None:
        return
    child.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_PATIENCE_S
    while not _has_ended(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    # The leader is a zombie at most, so that the group's number cannot be anybody else's.
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


@contextmanager
def running(command: Sequence[str], log: Path, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in a session of its own, and end it with all that it started."""
    with log.open("wb") as output:
        child = subprocess.Popen(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield child
        finally:
            _stop(child)


# --- counting ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Process:
    pid: int
    parent: int
    session: int
    cpu_s: float
    """Its own and that of the children that it has reaped, where a server that forks works."""


def _own_cpu_s(pid: int, ticks: int) -> float:
    """Return what a process has used itself, to the nanosecond where the kernel tells.

    The ticks in `stat` are rounded down for each process: over Dovecot's twenty, a fifth is lost.
    """
    # Linux makes the number of a process's CPU clock of its pid in this way: clock_getcpuclockid().
    scheduler_clock = 2
    try:
        return time.clock_gettime((~pid << 3) | scheduler_clock)
    except OSError:
        return ticks / TICKS_PER_S


def _read_process(directory: Path) -> _Process | None:
    try:
        text = (directory / "stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command's name stands in parentheses and may hold anything, parentheses too.
    fields = text[text.rindex(")") + 2 :].split()
    user, system, reaped_user, reaped_system = map(int, fields[11:15])
    pid = int(directory.name)
    return _Process(
        pid=pid,
        parent=int(fields[1]),
        session=int(fields[3]),
        cpu_s=_own_cpu_s(pid, user + system) + (reaped_user + reaped_system) / TICKS_PER_S,
    )


def _tree(root: int) -> tuple[_Process, ...]:
    """Return a process, all below it, and whoever is left of its session without a parent."""
    found = [_read_process(entry) for entry in PROC.iterdir() if entry.name.isdecimal()]
    processes = {process.pid: process for process in found if process is not None}
    inside = {pid for pid, process in processes.items() if root in (pid, process.session)}
    grown = True
    while grown:
        more = {pid for pid, process in processes.items() if process.parent in inside} - inside
        inside |= more
        grown = bool(more)
    return tuple(processes[pid] for pid in sorted(inside))


def cpu_s(root: int) -> float:
    """Return the user and system time of a process tree, ended children included."""
    return sum(process.cpu_s for process in _tree(root))


def settled_cpu_s(root: int) -> float:
    """Return the CPU time of a tree that has come to rest after its last client.

    A child's time moves to its parent when it is reaped. Only two readings that agree have seen
    none between the chairs, and a server may clean up after the client has gone.
    """
    before = cpu_s(root)
    for _ in range(SETTLE_STEPS_MAX):
        time.sleep(SETTLE_STEP_S)
        after = cpu_s(root)
        if abs(after - before) <= AT_REST_S:
            return after
        before = after
    return before


def _pss_kb_of(process: _Process) -> int:
    try:
        text = (PROC / str(process.pid) / "smaps_rollup").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))


def pss_kb(root: int) -> int:
    """Return the proportional set size of a process tree: shared pages are counted once."""
    return sum(_pss_kb_of(process) for process in _tree(root))
