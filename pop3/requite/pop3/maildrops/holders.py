"""Which processes hold a lock, as far as the kernel tells.

Decides how `/proc/locks` is read, and how a process is named to an operator. Refuses to decide
whether a lock is held: only who tries to take it knows.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

__all__ = ("flock_holders", "pids_with_flock", "process_text")

LOCKS: Final = Path("/proc/locks")


def pids_with_flock(lines: Iterable[str], status: os.stat_result) -> Iterator[int]:
    """Give the processes that hold a file by `flock`, from the lines of `/proc/locks`.

    A lock of a process in another PID namespace has no number here, and whoever waits for a lock
    (`->`) does not hold it (proc_locks(5)).

    Example:
        >>> status = os.stat("/")
        >>> place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
        >>> list(pids_with_flock([f"1: FLOCK  ADVISORY  WRITE 42 {place} 0 EOF"], status))
        [42]
    """
    device = status.st_dev
    place = f"{os.major(device):02x}:{os.minor(device):02x}:{status.st_ino}"
    for line in lines:
        match line.split():
            case [_, "FLOCK", _, _, pid, found, *_] if found == place and pid.isdecimal():
                if int(pid):
                    yield int(pid)
            case _:
                pass


def process_text(pid: int) -> str:
    """Name a process by its number, and by its program where it is still there."""
    try:
        program = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return f"process {pid}"
    return f"process {pid} ({program})"


def flock_holders(path: Path) -> tuple[str, ...]:
    """Name the other processes that hold a file or a directory by `flock`.

    Raises:
        OSError: the file is gone, or this system has no `/proc/locks`.
    """
    status = path.stat()
    with LOCKS.open(encoding="ascii", errors="replace") as lines:
        pids = sorted(set(pids_with_flock(lines, status)) - {os.getpid()})
    return tuple(process_text(pid) for pid in pids)
