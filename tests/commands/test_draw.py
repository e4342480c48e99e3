"""`requite draw`: what it writes, where, and what it says when it cannot.

Decides what a script can rely on. Refuses to look at the picture: `model/test_svg.py` and
`model/test_graphs.py` do.
"""

import subprocess
from pathlib import Path
from typing import Final

import pytest

from commands.processes import PATIENCE_S, REQUITE, finished
from requite.lifecycles.pop3 import POP3_SESSION
from requite.model.derive import derive, draw

NAME: Final = "requite.lifecycles.pop3:POP3_SESSION"
TESTS: Final = Path(__file__).parent.parent
BROKEN_DOOR: Final = """\
from model.door import DOOR, Event, State, drop
LIFECYCLE = drop(State.INSIDE, Event.CLOSING_TIME)(DOOR).load()
"""
FORMATS: Final = {"svg": ".svg", "mermaid": ".mmd", "dot": ".dot"}
every_format = pytest.mark.parametrize("form", FORMATS)


def drawn(form: str) -> str:
    """Return the POP3 session as it is to be drawn."""
    return draw(POP3_SESSION, form, declared_at=NAME)


@every_format
def test_a_lifecycle_is_drawn_to_standard_output(form: str) -> None:
    """What is printed is the picture and nothing else."""
    done = finished("draw", NAME, "--format", form)

    assert (done.returncode, done.stdout, done.stderr) == (0, drawn(form), "")


def test_without_a_format_it_is_a_picture() -> None:
    """SVG is what is drawn when nobody says what."""
    assert finished("draw", NAME).stdout == drawn("svg")


@every_format
def test_a_picture_is_what_is_derived(form: str) -> None:
    """But for the command that is named at its head it is the file that `derive` writes."""
    derived = derive(POP3_SESSION, NAME)[f"pop3{FORMATS[form]}"]

    assert drawn(form) == derived.replace("requite derive", "requite draw", 1)


@every_format
def test_the_suffix_of_the_file_says_what_is_drawn(form: str, tmp_path: Path) -> None:
    """Into a file goes what the end of its name says; nothing is printed."""
    path = tmp_path / f"session{FORMATS[form]}"
    done = finished("draw", NAME, "--output", path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert path.read_bytes() == drawn(form).encode()


def test_a_format_stands_above_the_suffix(tmp_path: Path) -> None:
    """Who names a format gets it, however the file is called."""
    path = tmp_path / "session.txt"
    done = finished("draw", NAME, "--format", "dot", "--output", path)

    assert (done.returncode, path.read_bytes()) == (0, drawn("dot").encode())


def test_the_terminal_has_no_say_in_the_octets() -> None:
    """Where standard output cannot show every letter, the picture is the same."""
    done = finished("draw", NAME, environment={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"})

    assert (done.returncode, done.stdout) == (0, drawn("svg"))


def test_a_reader_that_leaves_is_no_error() -> None:
    """`requite draw … | head` prints no traceback."""
    done = subprocess.run(
        ["bash", "-c", f'"{REQUITE}" draw {NAME} | head -n 1'],
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, b"<!--\n", b"")


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        (BROKEN_DOOR, 1, "INSIDE"),
        ("LIFECYCLE = 5\n", 2, "has something else (int) under the name 'LIFECYCLE'"),
        ("\n1 / 0\n", 2, "house.py cannot be loaded: ZeroDivisionError: division by zero ("),
        ("\nx = = 1\n", 2, "house.py cannot be loaded: SyntaxError: invalid syntax ("),
        ("import nothing_of_the_kind\n", 2, "No module named 'nothing_of_the_kind' ("),
    ],
    ids=["broken", "something else", "raises", "no Python", "imports nothing"],
)
@pytest.mark.parametrize("verb", ["draw", "check"])
def test_what_cannot_be_loaded_is_said(
    tmp_path: Path, verb: str, text: str, code: int, expected: str
) -> None:
    """A broken lifecycle is 1, what cannot be understood 2; no traceback is shown."""
    (tmp_path / "house.py").write_text(text, encoding="utf-8")
    where = {"PYTHONPATH": str(TESTS)}
    done = finished(verb, "house.py:LIFECYCLE", directory=tmp_path, environment=where)

    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(f"requite {verb}: ")
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("text", ["\n1 / 0\n", "\nx = = 1\n"], ids=["raises", "no Python"])
def test_the_line_that_is_named_is_the_one_at_fault(tmp_path: Path, text: str) -> None:
    """The place of an error is the line of the declaration, not one of ours."""
    (tmp_path / "house.py").write_text(text, encoding="utf-8")
    done = finished("draw", "house.py:LIFECYCLE", directory=tmp_path)

    assert done.stderr.endswith("house.py, line 2)\n")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "Missing argument 'MODULE:NAME'"),
        ((NAME, "--format", "png"), "'png' is not one of 'svg', 'mermaid', 'dot'"),
        ((NAME, "--output", "session.png"), "session.png does not end in .svg, .mmd, .dot"),
        ((NAME, "--output", "nowhere/session.svg"), "cannot be written: No such file or directory"),
        ((NAME, "--output", "folder.svg"), "folder.svg cannot be written: Is a directory"),
        (("requite.lifecycles.nntp:SESSION",), "there is no module 'requite.lifecycles.nntp'"),
        (("requite.lifecycles.pop3",), "expected MODULE:NAME, FILE.py:NAME or FILE.json"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_refused(
    tmp_path: Path, arguments: tuple[str, ...], expected: str
) -> None:
    """It is exit code 2, and what is wrong is said in one sentence."""
    (tmp_path / "folder.svg").mkdir()
    done = finished("draw", *arguments, directory=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_is_written_of_what_cannot_be_loaded(tmp_path: Path) -> None:
    """A picture that is there stays as it was when the lifecycle breaks a rule."""
    (tmp_path / "house.py").write_text(BROKEN_DOOR, encoding="utf-8")
    (tmp_path / "house.svg").write_text("as it was", encoding="utf-8")
    where = {"PYTHONPATH": str(TESTS)}
    arguments = ("draw", "house.py:LIFECYCLE", "--output", "house.svg")

    assert finished(*arguments, directory=tmp_path, environment=where).returncode == 1
    assert (tmp_path / "house.svg").read_text(encoding="utf-8") == "as it was"


def test_the_help_has_an_example_of_each_way() -> None:
    """It shows a file, standard output, and what follows from a suffix, each on a line."""
    lines = [line.strip() for line in finished("draw", "--help").stdout.splitlines()]
    examples = [line for line in lines if line.startswith("requite draw room.py:ROOM")]

    assert len(examples) == 4
    assert any(example.endswith("--output room.svg") for example in examples)
