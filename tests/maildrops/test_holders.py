"""Who holds a lock, from what the kernel lists.

Decides how its lines are read. Refuses to hold a lock for long.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from requite.pop3.maildrops.holders import flock_holders, pids_with_flock, process_text

HOLDER = """
import fcntl, os, sys
descriptor = os.open(sys.argv[1], os.O_RDONLY)
fcntl.flock(descriptor, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_another_process_is_named(tmp_path: Path) -> None:
    """Who holds a directory by `flock` is found by its number, and named by its program."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        found = flock_holders(tmp_path)
        holder.kill()

    assert len(found) == 1
    assert found[0].startswith(f"process {holder.pid} (python")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("1: FLOCK  ADVISORY  WRITE 42 {here} 0 EOF", [42]),
        ("1: FLOCK  ADVISORY  READ 42 {here} 0 EOF", [42]),
        ("1: -> FLOCK  ADVISORY  WRITE 42 {here} 0 EOF", []),
        ("1: POSIX  ADVISORY  WRITE 42 {here} 0 EOF", []),
        ("1: FLOCK  ADVISORY  WRITE 42 {elsewhere} 0 EOF", []),
        ("1: FLOCK  ADVISORY  WRITE 0 {here} 0 EOF", []),
        ("1: FLOCK  ADVISORY  WRITE -1 {here} 0 EOF", []),
        ("1: FLOCK", []),
        ("", []),
    ],
)
def test_only_who_holds_this_file_is_listed(line: str, found: list[int], tmp_path: Path) -> None:
    """Waiters, other kinds of lock, other files and processes without a number are passed over."""
    status = tmp_path.stat()
    device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}"
    text = line.format(here=f"{device}:{status.st_ino}", elsewhere=f"{device}:{status.st_ino + 1}")

    assert list(pids_with_flock([text], status)) == found


def test_a_process_that_is_gone_is_a_number() -> None:
    """Who has ended since is still told by its number."""
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()

    assert process_text(ended.pid) == f"process {ended.pid}"
