"""`requite` and the verbs of the model: what they say, and which exit code they end with.

Decides what a build can rely on. Refuses to test what is derived and which rules there are.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from commands.processes import finished

PROJECT: Final = """\
[tool.requite.derive]
"requite.lifecycles.pop3:POP3_SESSION" = "generated"
"""
TESTS: Final = Path(__file__).parent.parent
FILES_PINNED: Final = 7
GOOD_DOOR: Final = """\
from model.door import DOOR
LIFECYCLE = DOOR.load()
"""
BROKEN_DOOR: Final = """\
from model.door import DOOR, Event, State, drop
LIFECYCLE = drop(State.INSIDE, Event.CLOSING_TIME)(DOOR).load()
"""


def derived_into(directory: Path, **environment: str) -> Path:
    """Derive in a project of its own, and give where."""
    directory.mkdir()
    (directory / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    done = finished("derive", directory=directory, environment=environment)
    assert (done.returncode, done.stderr) == (0, "")
    return directory / "generated"


def octets_of(directory: Path) -> dict[str, bytes]:
    """Give every file of a directory."""
    return {path.name: path.read_bytes() for path in directory.iterdir()}


@pytest.fixture
def derived(tmp_path: Path) -> Path:
    """Give what is derived, in a project of its own."""
    return derived_into(tmp_path / "project")


# --- requite --------------------------------------------------------------------------------------


def test_the_help_lists_every_verb() -> None:
    """The verbs of the model and those of the server stand in one list."""
    done = finished("--help")

    assert done.returncode == 0
    listed = {
        line.split()[0] for line in done.stdout.partition("Commands:")[2].splitlines() if line
    }
    assert {"check", "demo", "derive", "draw", "serve"} <= listed


def test_an_unknown_verb_is_an_error() -> None:
    """A verb that nobody brings is named, with exit code 2."""
    done = finished("sevre")

    assert done.returncode == 2
    assert "No such command 'sevre'" in done.stderr


# --- requite check --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        (GOOD_DOOR, 0, "5 states"),
        (BROKEN_DOOR, 1, "CLOSING_TIME"),
        ("LIFECYCLE = 5\n", 2, "has something else (int) under the name 'LIFECYCLE', no Lifecycle"),
        ("", 2, "has nothing under the name 'LIFECYCLE'"),
    ],
    ids=["good", "broken", "something else", "nothing"],
)
def test_check_tells_good_from_broken(tmp_path: Path, text: str, code: int, expected: str) -> None:
    """A good lifecycle is 0, one that breaks a rule 1, and what is none 2; each says why."""
    (tmp_path / "house.py").write_text(text, encoding="utf-8")
    where = {"PYTHONPATH": str(TESTS)}
    done = finished("check", "house.py:LIFECYCLE", directory=tmp_path, environment=where)

    assert done.returncode == code
    assert expected in (done.stderr if code else done.stdout)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("declared_at", "expected"),
    [
        ("requite.lifecycles.nntp:SESSION", "there is no module 'requite.lifecycles.nntp'"),
        ("missing.py:LIFECYCLE", "there is no file missing.py"),
        ("requite.lifecycles.pop3", "expected MODULE:NAME, FILE.py:NAME or FILE.json"),
    ],
)
def test_check_of_nothing_is_an_error(declared_at: str, expected: str) -> None:
    """A name under which nothing is to be found is exit code 2, with what was looked for."""
    done = finished("check", declared_at)

    assert (done.returncode, done.stdout) == (2, "")
    assert expected in done.stderr


# --- requite derive -------------------------------------------------------------------------------


def drop_a_file(derived: Path) -> str:
    """Take a file away."""
    (derived / "machine.py").unlink()
    return "machine.py is missing"


def add_a_file(derived: Path) -> str:
    """Put a file beside them."""
    (derived / "stray.py").touch()
    return "stray.py is not derived"


def lengthen_a_file(derived: Path) -> str:
    """Add one octet to a file."""
    with (derived / "machine.py").open("ab") as file:
        file.write(b"\n")
    return "machine.py is not what the declaration gives"


def shorten_a_file(derived: Path) -> str:
    """Take one octet off a file."""
    file = derived / "machine.py"
    file.write_bytes(file.read_bytes()[:-1])
    return "machine.py is not what the declaration gives"


def test_what_was_just_derived_is_fresh(derived: Path) -> None:
    """A check right after deriving finds nothing, and the number of files is pinned."""
    done = finished("derive", "--check", directory=derived.parent)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(octets_of(derived)) == FILES_PINNED


@pytest.mark.parametrize("drift", [drop_a_file, add_a_file, lengthen_a_file, shorten_a_file])
def test_every_drift_is_found(derived: Path, drift: Callable[[Path], str]) -> None:
    """A missing file, an extra one, a longer and a shorter one are each named, with exit code 1."""
    expected = drift(derived)
    done = finished("derive", "--check", directory=derived.parent)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"generated/{expected}",
        "requite derive: run it without --check and commit the result",
    ]


@pytest.mark.parametrize("drift", [drop_a_file, add_a_file, lengthen_a_file, shorten_a_file])
def test_deriving_mends_every_drift(derived: Path, drift: Callable[[Path], str]) -> None:
    """Deriving again gives the same files with the same bytes, and no others."""
    before = octets_of(derived)
    drift(derived)
    finished("derive", directory=derived.parent)

    assert octets_of(derived) == before


def test_hash_seed_and_locale_change_nothing(tmp_path: Path) -> None:
    """Two hash seeds and two locales give the same bytes."""
    first = derived_into(tmp_path / "first", PYTHONHASHSEED="1", LC_ALL="C")
    second = derived_into(tmp_path / "second", PYTHONHASHSEED="2", LC_ALL="C.UTF-8")

    assert octets_of(first) == octets_of(second)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, "there is no pyproject.toml here"),
        ("[project]\n", r"says nothing under [tool.requite.derive]"),
        ('[tool.requite.derive]\n"a.b:C" = "generated"\n', "there is no module 'a'"),
    ],
    ids=["no project", "no table", "no lifecycle"],
)
def test_deriving_nothing_is_an_error(tmp_path: Path, text: str | None, expected: str) -> None:
    """Where nothing is declared to be derived, exit code 2 and a sentence say so."""
    if text is not None:
        (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    done = finished("derive", directory=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert expected in done.stderr
