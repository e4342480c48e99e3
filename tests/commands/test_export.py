"""`requite export`: where the text goes, what an opinion looks like, and the exit codes.

Decides what a build can rely on. Refuses to test the texts and the opinions themselves.
"""

import os
from pathlib import Path

import pytest

from commands.processes import finished

ABSTRACT = "requite.lifecycles.abstract_pop3:ABSTRACT_POP3"
FORGETS = "requite.lifecycles.abstract_pop3:FORGETS"


@pytest.mark.parametrize("language", ["promela", "murphi", "tla", "smtlib"])
def test_hash_seed_and_locale_change_nothing(tmp_path: Path, language: str) -> None:
    """Standard output and a file have the same text, under two hash seeds and two locales."""
    file = tmp_path / "abstract_pop3.tla"
    first = finished(
        "export", ABSTRACT, "--to", language, environment={"PYTHONHASHSEED": "1", "LC_ALL": "C"}
    )
    second = finished(
        *("export", ABSTRACT, "--to", language, "--output", str(file)),
        environment={"PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8"},
    )

    assert (first.returncode, second.returncode, second.stdout) == (0, 0, "")
    assert file.read_text(encoding="utf-8") == first.stdout


def test_the_configuration_of_tla_stands_beside_the_module(tmp_path: Path) -> None:
    """A module for TLC is written with the file that names its sessions and invariants."""
    file = tmp_path / "abstract_pop3.tla"
    done = finished("export", ABSTRACT, "--to", "tla", "--counted", "--output", str(file))

    assert done.returncode == 0
    assert "SYMMETRY Interchangeable" in file.with_suffix(".cfg").read_text(encoding="utf-8")


def test_a_second_opinion_stands_below_ours() -> None:
    """Where both prove the same, the exit code is 0."""
    done = finished("export", ABSTRACT, "--to", "smtlib", "--run")

    assert (done.returncode, done.stdout) == (0, "requite: proved\nz3: proved\n")


def test_a_second_opinion_on_states(tmp_path: Path) -> None:
    """Both count the states of the scope that the options name, and --output still writes."""
    file = tmp_path / "file.pml"
    scope = ("--sessions", "2", "--limit", "1", "--resource", "SLOT", "--no-crash")
    done = finished("export", ABSTRACT, "--to", "promela", *scope, "--run", "--output", str(file))
    if "apt-get install" in done.stderr:
        report = pytest.fail if os.environ.get("CI") else pytest.skip
        report(done.stderr)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "requite: proved, 103 states\nspin: proved, 103 states\n"
    assert "#define LIMIT_SLOT 1\n" in file.read_text(encoding="utf-8")


def test_what_is_refuted_is_exit_code_1() -> None:
    """A draft with a bug can be exported too; both name the row."""
    done = finished("export", FORGETS, "--to", "smtlib", "--run")

    assert done.returncode == 1
    ours, theirs = done.stdout.splitlines()
    assert ours.startswith("requite: refuted: STREAM --DISCONNECTED--> OVER: ")
    assert theirs.startswith("z3: refuted: SLOT: STREAM --DISCONNECTED--> OVER, such as when ")


@pytest.mark.parametrize(
    ("options", "code", "expected"),
    [
        (("--to", "promela", "--sessions", "256"), 2, "too many for Promela"),
        (("--to", "promela", "--resource", "SLOTH"), 2, "'SLOTH' is no resource; expected one of"),
        (("--to", "promela", "--output", "missing/file"), 2, "missing/file cannot be written"),
        (("--to", "tla", "--output", "file.tla"), 2, "write it to abstract_pop3.tla"),
        (("--to", "tla", "--run"), 2, "TLC is not run from here"),
        (("--to", "promela", "--run"), 2, "spin is not installed: apt-get install spin"),
        (("--to", "uppaal"), 2, "'uppaal' is not one of"),
        ((), 2, "Missing option '--to'"),
    ],
    ids=lambda it: " ".join(it) if isinstance(it, tuple) else None,
)
def test_what_cannot_be_done_is_named(
    tmp_path: Path, options: tuple[str, ...], code: int, expected: str
) -> None:
    """Each mistake ends with exit code 2 and a sentence, and without a traceback."""
    where = {"PATH": str(tmp_path)}
    done = finished("export", ABSTRACT, *options, directory=tmp_path, environment=where)

    assert (done.returncode, done.stdout) == (code, "")
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


def test_no_verdict_is_exit_code_3() -> None:
    """Where the time is too short for an answer, nothing is called proved."""
    scope = ("--sessions", "9", "--seconds", "1")
    done = finished("export", ABSTRACT, "--to", "promela", *scope, "--run")
    if "apt-get install" in done.stderr:
        report = pytest.fail if os.environ.get("CI") else pytest.skip
        report(done.stderr)

    assert (done.returncode, done.stdout) == (3, "")
    assert "came to no verdict" in done.stderr
