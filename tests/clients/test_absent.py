"""What happens where a client program is missing.

Decides that nobody takes a test that did not run for one that passed.
"""

import sys

import pytest
from _pytest.outcomes import Failed, Skipped

from clients.serving import program

MISSING = "requite-test-of-a-program-that-is-not-there"


def test_a_missing_program_is_skipped_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a developer's machine the test is skipped, and says how to get the program."""
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(Skipped, match=f"apt-get install {MISSING}"):
        program(MISSING)


def test_a_missing_program_fails_under_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where CI is set a missing program is a failure."""
    monkeypatch.setenv("CI", "true")

    with pytest.raises(Failed, match=f"apt-get install {MISSING}"):
        program(MISSING)


def test_a_program_that_is_there_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program on the path is given by its path, under CI too."""
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("PATH", str(sys.exec_prefix) + "/bin")

    assert program("python").endswith("/bin/python")


def test_a_missing_library_is_a_missing_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that cannot load what the client is made of is named by its package."""
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(Skipped, match=f"apt-get install {MISSING}"):
        program("python3", package=MISSING, probe=("-c", "import requite_is_not_there"))
    assert program("python3", package=MISSING, probe=("-c", "import json")).endswith("python3")
