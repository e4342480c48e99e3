"""The tutorial, followed by a newcomer: from `pip install` in an empty environment to its end.

Decides that the page needs nothing but what it has its reader install, and no more than ten
minutes. Its commands are given to a shell, the first one included, and print what the page shows.
"""

import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Final

import pytest

PROJECT: Final = Path(__file__).parent.parent.parent
DOCS: Final = PROJECT / "docs"
PAGE: Final = DOCS / "tutorial" / "first-lifecycle.md"
BLOCK: Final = re.compile(
    r"^```(?P<language>\{[\w-]+\} \S+|\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
FRONT_MATTER: Final = re.compile(r"\A---\n.*?^---\n", re.MULTILINE | re.DOTALL)
PATIENCE_S: Final = 300
"""Real time that following the page may take; it takes about ten seconds."""
STEPS_PINNED: Final = 18
"""How many steps the page has: the installation, files, changes to them, and commands."""
CHECKED_AT_STEP: Final = 5
"""The step in which the reader's own lifecycle is checked for the first time."""
MINUTES_MAX: Final = 10
WORDS_READ_A_MINUTE: Final = 200
"""What people read of a text that they do not know; code is counted by its words as well."""
STROKES_TYPED_A_MINUTE: Final = 200
"""What people type who do not do it for a living: 40 words of five letters."""
NOT_A_STEP: Final = "{lifecycle-picture}"


def page() -> str:
    """Return the text of the page."""
    return FRONT_MATTER.sub("", PAGE.read_text(encoding="utf-8"))


def steps() -> list[re.Match[str]]:
    """Return the steps of the page in order: every block but the picture."""
    return [
        block for block in BLOCK.finditer(page()) if not block["language"].startswith(NOT_A_STEP)
    ]


# --- how long it is -----------------------------------------------------------------------------


def minutes(text: str) -> float:
    """Return how long it takes to read a part of the page, and to type its commands."""
    typed = re.findall(r"^\$ (.*)$", text, re.MULTILINE)
    installed = BLOCK.search(text)
    assert installed is not None
    strokes = sum(len(command) for command in (*typed, *installed["text"].splitlines()))
    return len(text.split()) / WORDS_READ_A_MINUTE + strokes / STROKES_TYPED_A_MINUTE


def test_the_number_of_steps_is_pinned() -> None:
    """No step vanishes or comes in silence, and the lifecycle is checked in the fifth."""
    found = steps()
    checks = [number for number, step in enumerate(found, 1) if "$ requite check" in step["text"]]

    assert len(found) == STEPS_PINNED
    assert checks[0] == CHECKED_AT_STEP


def test_the_page_takes_no_more_than_ten_minutes() -> None:
    """Reading all of it and typing all of its commands takes no longer than it says."""
    assert "It takes ten minutes" in page()
    assert minutes(page()) <= MINUTES_MAX


def test_a_longer_page_would_be_seen() -> None:
    """The test above can fail."""
    assert minutes(page() + "word " * MINUTES_MAX * WORDS_READ_A_MINUTE) > MINUTES_MAX


# --- following it -------------------------------------------------------------------------------


@pytest.fixture
def needs(tmp_path: Path) -> Path:
    """Give a directory with what requite needs and what follows the page, but not requite.

    It stands for the package index, which these tests do without: pip takes what it finds there
    for installed, and installs the rest.
    """
    directory = tmp_path / "needs"
    directory.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not re.match(r"_?(requite|pip)\b|__pycache__|.*\.pth$", entry.name):
            (directory / entry.name).symlink_to(entry)
    return directory


@pytest.fixture
def surroundings(wheel: Path, needs: Path) -> dict[str, str]:
    """Give the environment variables of a newcomer, whose index has our wheel."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("PIP_")},
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheel.parent),
        "PYTHONPATH": str(needs),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def follow_installation(directory: Path, surroundings: dict[str, str]) -> Path:
    """Do the first step in an empty directory; give the place of the `requite` that it leads to."""
    installation = steps()[0]
    assert installation["language"] == "sh"
    done = subprocess.run(
        ["bash", "-e", "-c", installation["text"] + "command -v requite"],
        cwd=directory,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.splitlines()[-1])


def test_a_newcomer_can_follow_every_step(tmp_path: Path, surroundings: dict[str, str]) -> None:
    """In an empty environment the first step installs requite, and the others run with that."""
    start = tmp_path / "start"
    start.mkdir()
    installed = follow_installation(start, surroundings)
    assert installed == start / ".venv" / "bin" / "requite"

    docs = tmp_path / "docs"
    (docs / "tutorial").mkdir(parents=True)
    shutil.copy(DOCS / "conftest.py", docs)
    shutil.copytree(DOCS / "_ext", docs / "_ext")
    shutil.copy(PAGE, docs / "tutorial")
    options = ["-q", "-p", "no:cacheprovider", "-c", os.devnull, "--import-mode=importlib"]
    done = subprocess.run(
        [installed.parent / "python", "-m", "pytest", *options, f"--rootdir={tmp_path}", "docs"],
        cwd=tmp_path,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert f"{STEPS_PINNED - 1} passed" in done.stdout


def test_without_the_first_step_nothing_is_there(
    tmp_path: Path, surroundings: dict[str, str]
) -> None:
    """What stands for the index has no requite of its own: the wheel is what is installed."""
    surroundings = {**surroundings, "PIP_FIND_LINKS": str(tmp_path / "nowhere")}
    with pytest.raises(AssertionError, match="No matching distribution found for requite"):
        follow_installation(tmp_path, surroundings)
