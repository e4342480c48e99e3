"""The layer that counts system calls, against the kernel's own account of them.

Decides that no call which changes files goes past the layer, by strace where it is installed.
Refuses to judge a store.
"""

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from crashes.killing import Scenario, traced
from crashes.maildirs import SCENARIOS
from crashes.others import OTHER_SCENARIOS

CHANGES: Final = {
    **dict.fromkeys(("open", "create", "cut"), "open"),
    **dict.fromkeys(("unlink", "remove"), "unlink"),
    **dict.fromkeys(("rename", "replace"), "rename"),
    **{name: name for name in ("write", "fsync", "fdatasync", "ftruncate", "truncate", "close")},
    **{name: name for name in ("link", "symlink", "mkdir", "rmdir", "utime", "flock")},
    **dict.fromkeys(("read", "pread", "readv", "preadv"), "read"),
}
"""The calls that the layer names, by what they are to the kernel."""
KERNEL: Final = {
    **dict.fromkeys(("openat", "open", "creat"), "open"),
    **dict.fromkeys(("unlink", "unlinkat"), "unlink"),
    **dict.fromkeys(("rename", "renameat", "renameat2"), "rename"),
    **dict.fromkeys(("write", "pwrite64", "writev"), "write"),
    **dict.fromkeys(("read", "pread64", "readv", "preadv", "preadv2"), "read"),
    **dict.fromkeys(("link", "linkat"), "link"),
    **dict.fromkeys(("symlink", "symlinkat"), "symlink"),
    **dict.fromkeys(("mkdir", "mkdirat"), "mkdir"),
    "utimensat": "utime",
    **{name: name for name in ("fsync", "fdatasync", "ftruncate", "truncate", "rmdir")},
    **{name: name for name in ("close", "flock", "sendfile", "copy_file_range")},
}
PROGRAM: Final = """\
import sys
from pathlib import Path
from crashes.maildirs import SCENARIOS
from crashes.others import OTHER_SCENARIOS
scenarios = (*SCENARIOS, *OTHER_SCENARIOS)
scenario = next(one for one in scenarios if one.name == sys.argv[1])
scenario.work(Path(sys.argv[2]), lambda: None)
"""


def seen_by_the_kernel(scenario: Scenario, directory: Path, log: Path) -> Counter[str]:
    """Run the work under strace, and count the calls below a directory."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed: apt-get install strace")
    options = ("-f", "-y", "-e", f"trace={','.join(f'?{name}' for name in KERNEL)}", "-o", log)
    subprocess.run(
        [strace, *options, sys.executable, "-c", PROGRAM, scenario.name, directory],
        env={"PYTHONPATH": ":".join(sys.path)},
        check=True,
        timeout=60,
    )
    found: Counter[str] = Counter()
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        match = re.match(r"\d+ +(\w+)\((.*)", line)
        # A folder that is listed is opened and closed by scandir, which is one call of the layer.
        if match and str(directory) in match[2] and KERNEL[match[1]] not in {"open", "close"}:
            found[KERNEL[match[1]]] += 1
        elif match and f"{directory}" in match[2] and "O_CREAT" in match[2]:
            found["open"] += 1
    return found


@pytest.mark.parametrize("scenario", [*SCENARIOS, *OTHER_SCENARIOS], ids=str)
def test_no_call_that_changes_files_goes_past(scenario: Scenario, tmp_path: Path) -> None:
    """What strace sees below the maildrop is what the layer counts, call by call."""
    first, second = tmp_path / "watched", tmp_path / "traced"
    scenario.prepare(first)
    scenario.prepare(second)

    theirs = seen_by_the_kernel(scenario, second, tmp_path / "log")

    calls = traced(scenario, first).calls
    ours = Counter(
        CHANGES[call.name]
        for call in calls
        if call.name in CHANGES and call.name not in {"open", "close"}
    )
    assert theirs, "strace has seen nothing"
    assert ours == theirs
