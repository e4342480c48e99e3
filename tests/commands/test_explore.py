"""`requite explore`: what it says, in which form, and which exit code it ends with.

Decides what a person and a build can rely on. Refuses to test what is explored and how it is told.
"""

import json
import os
import pty
import signal
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Final

import pytest

from commands.processes import PATIENCE_S, REQUITE, finished

GOOD: Final = "requite.lifecycles.abstract_pop3:ABSTRACT_POP3"
FORGETS: Final = "requite.lifecycles.abstract_pop3:FORGETS"
POP3: Final = "requite.lifecycles.pop3:POP3_SESSION"
LONG: Final = ("explore", GOOD, "--sessions", "60", "--accounts", "4")
"""More than a minute of work, to be ended before."""


def test_a_good_lifecycle_is_proved() -> None:
    """Every claim is green, and the exit code is 0."""
    done = finished("explore", GOOD)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("abstract_pop3: 3 sessions; SLOT at most 2 for each of 2 keys\n")
    assert "refuted" not in done.stdout


def test_what_breaks_a_rule_is_explored_too() -> None:
    """A draft that cannot be loaded is told about: the exit code is 1, the wrong step is marked."""
    done = finished("explore", FORGETS)

    assert done.returncode == 1
    assert "> 5  S1  DISCONNECTED  STREAM -> OVER" in done.stdout
    assert "`requite check` names its faults" in done.stderr


def test_every_number_of_sessions_can_be_asked() -> None:
    """With --sessions every nothing is bounded but the limits."""
    done = finished("explore", GOOD, "--sessions", "every")

    assert done.returncode == 0
    assert "every number of sessions" in done.stdout
    assert "24,288 states" in done.stdout


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--sessions", "0"), "'0' is neither a number from 1 nor 'every'"),
        (("--sessions", "some"), "'some' is neither a number from 1 nor 'every'"),
        (("--accounts", "0"), "0 is not in the range x>=1"),
        (("--resource", "SLOTS"), "'SLOTS' is no resource; expected one of SLOT"),
        (("--fair", "NOON"), "'NOON' is no event; expected one of ACCEPTED"),
        (("--limit-of", "SLOT"), "'SLOT' is not like ACCOUNT=2"),
        (("--limit-of", "SLOTS=2"), "'SLOTS' is no resource"),
        (("--reduction", "cut"), "CUT and OPEN cover every number of sessions"),
        (("--sessions", "every", "--reduction", "plain"), "PLAIN needs a number of sessions"),
        (("--driver", "driving:drive"), "--driver goes with --format pytest"),
        (("--output", "no/such/directory/file"), "cannot be written: No such file or directory"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_understood_is_said(options: tuple[str, ...], expected: str) -> None:
    """A wrong option is exit code 2, with what was expected and no traceback."""
    done = finished("explore", GOOD, *options)

    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert expected in done.stderr


@pytest.mark.parametrize("options", [("--states", "100"), ("--seconds", "0")], ids=" ".join)
def test_what_is_not_finished_is_never_green(options: tuple[str, ...]) -> None:
    """A budget that is used up is exit code 3, and the output says so."""
    done = finished("explore", GOOD, "--sessions", "5", *options)

    assert done.returncode == 3
    assert "Not finished" in done.stdout


def test_the_memory_is_bounded_too() -> None:
    """No process is as small as one MiB, so nothing is finished in it."""
    done = finished("explore", GOOD, "--memory", "1")

    assert done.returncode == 3
    assert "1 MiB of memory are used up" in done.stdout


def test_the_first_interrupt_ends_it_with_what_was_seen() -> None:
    """Ctrl-C is no traceback: it says what was covered, with exit code 3."""
    with subprocess.Popen(
        [REQUITE, *LONG], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        # The line of progress is the first word, after two seconds.
        told = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        said, rest = process.communicate(timeout=PATIENCE_S)

    assert "states/s" in told
    assert "Traceback" not in rest
    assert (process.returncode, "Not finished: it was interrupted." in said) == (3, True)


def test_the_answer_can_be_json() -> None:
    """--json gives one object, with the verdict of each claim."""
    done = finished("explore", FORGETS, "--json")
    data = json.loads(done.stdout)

    assert (done.returncode, data["verdict"]) == (1, "REFUTED")
    assert {item["claim"]: item["verdict"] for item in data["findings"]}["BALANCE"] == "REFUTED"


def test_the_answer_can_be_a_file_for_a_build_server(tmp_path: Path) -> None:
    """--format junit --output writes a failure for the refuted claim."""
    finished("explore", FORGETS, "--format", "junit", "--output", str(tmp_path / "explored.xml"))

    cases = ET.parse(tmp_path / "explored.xml").iter("testcase")  # noqa: S314 - our own output.
    assert "BALANCE" in str(
        [case.attrib["name"] for case in cases if case.find("failure") is not None]
    )


def test_the_answer_can_be_a_test(tmp_path: Path) -> None:
    """--format pytest writes a test that fails at the wrong step."""
    finished("explore", FORGETS, "--format", "pytest", "--output", str(tmp_path / "test_it.py"))
    played = subprocess.run(
        [REQUITE.with_name("python"), "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert played.returncode == 1
    assert "step 5 of 5, S1 DISCONNECTED in STREAM" in played.stdout


def test_without_a_story_there_is_no_test() -> None:
    """--format pytest of what is proved says that there is nothing to play."""
    done = finished("explore", GOOD, "--format", "pytest")

    assert (done.returncode, done.stdout) == (0, "")
    assert "there is no story to play" in done.stderr


def test_a_terminal_has_colours() -> None:
    """On a terminal verdicts are coloured; in a pipe nothing is."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([REQUITE, "explore", GOOD], stdout=theirs) as process:
        os.close(theirs)
        said = b""
        while b"room again" not in said:
            said += os.read(ours, 4096)
        os.close(ours)
        process.wait(PATIENCE_S)

    assert b"\x1b[32mproved for all" in said
    assert "\x1b" not in finished("explore", GOOD).stdout


def test_the_pop3_session_is_explored_with_every_limit_at_once() -> None:
    """The default scope keeps every limit that sessions can be in each other's way for."""
    done = finished("explore", POP3)

    assert done.returncode == 0
    assert "78,026 states" in done.stdout
