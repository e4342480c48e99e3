"""A story as a pytest file, run by a pytest of its own: red at the wrong step, green once right."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from model.tell.told_stories import explored, story_of
from requite.model.explore import Claim, Story
from requite.model.tell import pytest_file, script_of

ROOT: Final = Path(__file__).parents[3]
DECLARED: Final = "requite.lifecycles.abstract_pop3:"
DRIVER: Final = "driving.counterexamples:real_server"
PATIENCE_S: Final = 120


@dataclass(frozen=True, slots=True)
class Ran:
    """What a pytest of its own has said of one file."""

    passed: bool
    text: str


def run(text: str, directory: Path) -> Ran:
    """Give a file to a pytest of its own, as a person would."""
    (directory / "test_it.py").write_text(text, encoding="utf-8")
    paths = (ROOT / "tests", directory, ROOT / "model", ROOT / "pop3", ROOT / "generated")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "CI": ""},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    assert re.search(r"\b1 (passed|failed)\b", done.stdout), done.stdout
    return Ran(done.returncode == 0, done.stdout)


def ran_on(story: Story, machine: str, directory: Path) -> Ran:
    """Run the file of a story on the machines of a declaration."""
    return run(pytest_file(story, machine=machine), directory)


@pytest.mark.parametrize(
    ("name", "draft", "where", "count"),
    [
        ("forgets", "FORGETS", "step 5 of 5, S1 DISCONNECTED in STREAM", "0 times"),
        ("refunds", "REFUNDS", "step 9 of 9, S3 REFUSED in AUTH", "2 times"),
    ],
)
def test_it_is_red_on_the_draft_that_it_was_found_in(
    name: str, draft: str, where: str, count: str, tmp_path: Path
) -> None:
    """The failure names the step, what was counted, and what holds it."""
    ran = ran_on(story_of(explored(name)), DECLARED + draft, tmp_path)
    assert not ran.passed
    says = f"{where}: expected SLOT 1 to be counted {count}, as often as it is held; found once"
    assert says in ran.text


@pytest.mark.parametrize("name", ["forgets", "refunds", "endless"])
def test_it_is_green_once_the_declaration_is_right(name: str, tmp_path: Path) -> None:
    """The same story on the declaration as it should be breaks nothing."""
    assert ran_on(story_of(explored(name)), DECLARED + "ABSTRACT_POP3", tmp_path).passed


def test_what_never_ends_is_red_where_it_never_ends(tmp_path: Path) -> None:
    """On machines of the very declaration nothing leads out of the loop."""
    (tmp_path / "endless.py").write_text(
        "from model.tell.told_stories import endless\n\nENDLESS = endless()\n", encoding="utf-8"
    )
    story = story_of(explored("endless"), Claim.ENDS)
    ran = ran_on(story, "endless:ENDLESS", tmp_path)
    assert not ran.passed
    assert "nothing need happen that has not happened since step 4, for ever" in ran.text


def test_it_is_green_on_a_derived_package(tmp_path: Path) -> None:
    """What runs in the server was derived from the declaration as it should be."""
    assert ran_on(story_of(explored("keeps a slot")), "requite.generated.pop3", tmp_path).passed


# --- the real server ---------------------------------------------------------------------------

KEEPS_A_SLOT: Final = '''\
"""A server that forgets the slot of a client that is lost while a message is sent."""

from driving.counterexamples import real_server as broken_server
from requite.generated.pop3 import State
from requite.pop3.shell import Session

__all__ = ("broken_server",)

release_slot = Session.release_slot


def forgets(session: Session) -> None:
    """Give the slot back, but not on this one way out."""
    if session.machine.state is not State.SENDING_ABANDONED:
        release_slot(session)


Session.release_slot = forgets
'''
GIVES_BACK_TOO_MUCH: Final = '''\
"""A server whose ledger gives a slot of another session back when it refuses one."""

from driving.counterexamples import played
from requite.pop3.ledger import ProcessLedger
from requite.pop3.services import Refusal


class Refunds(ProcessLedger):
    """Forgets a lease with each refusal."""

    def take(self, session, keys, /):
        """Refuse, and give back what was never taken."""
        taken = super().take(session, keys)
        if isinstance(taken, Refusal):
            self._leases[taken.key].pop()
        return taken

    def forget(self, lease):
        """Let the one whose lease is gone leave all the same."""
        for key in lease.keys:
            self._leases.get(key, set()).discard(lease)


def broken_server(script):
    """Make the server ready with that ledger."""
    return played(script, Refunds)
'''


@pytest.mark.parametrize("name", ["keeps a slot", "keeps a message", "gives back too much"])
def test_the_real_server_plays_the_story_and_keeps_its_books(name: str, tmp_path: Path) -> None:
    """A story that a broken declaration tells does no harm to the server as it is."""
    ran = run(pytest_file(story_of(explored(name)), driver=DRIVER), tmp_path)
    assert ran.passed, ran.text


@pytest.mark.parametrize(
    ("name", "server", "where", "counts"),
    [
        (
            "keeps a slot",
            KEEPS_A_SLOT,
            "step 10 of 10, S1 CONNECTION_LOST in SENDING",
            r"ACCOUNT 1 to be counted 0 times, as often as it is held; found once",
        ),
        (
            "gives back too much",
            GIVES_BACK_TOO_MUCH,
            "step 15 of 15, S3 SLOT_REFUSED in TAKING_SLOT",
            r"ACCOUNT 1 to be counted 2 times, as often as it is held; found once",
        ),
    ],
)
def test_a_server_with_the_same_mistake_is_caught(
    name: str, server: str, where: str, counts: str, tmp_path: Path
) -> None:
    """The failure names the step at which the server's count is wrong, and the count."""
    (tmp_path / "broken.py").write_text(server, encoding="utf-8")
    text = pytest_file(story_of(explored(name)), driver="broken:broken_server")
    ran = run(text, tmp_path)
    assert not ran.passed
    assert f"{where}: expected {counts}" in ran.text


# --- the file ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["forgets", "refunds", "endless", "keeps a slot"])
def test_the_file_is_written_as_the_formatter_would(name: str, tmp_path: Path) -> None:
    """Whoever commits it has nothing to change."""
    path = tmp_path / "test_it.py"
    path.write_text(
        pytest_file(story_of(explored(name)), machine=f"{DECLARED}ABSTRACT_POP3"), encoding="utf-8"
    )
    ruff = Path(sys.executable).with_name("ruff")
    for verb in (("format", "--check"), ("check", "--ignore", "INP001")):
        done = subprocess.run(
            [ruff, *verb, "--config", ROOT / "pyproject.toml", path],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["refunds", "keeps a slot"])
def test_the_script_says_who_holds_what(name: str) -> None:
    """After each step the script expects each book to count those that hold it, and no others."""
    story = story_of(explored(name))
    for step, cue in zip(story.steps, script_of(story).cues, strict=True):
        for book in step.after:
            what = f"{book.counter.resource.resource.name} {book.counter.key}"
            assert cue.held.get(what, 0) == book.holders


def test_what_has_no_books_in_the_scope_is_counted_all_together() -> None:
    """A message is held from the step that opens it to the one that should close it."""
    script = script_of(story_of(explored("keeps a message")))
    assert script.about == ("MESSAGE",)
    held = [cue.event for cue in script.cues if cue.held.get("MESSAGE")]
    assert held == ["MESSAGE_OPENED", "CONNECTION_LOST"]


@pytest.mark.parametrize(("machine", "driver"), [(None, None), ("requite.generated.pop3", DRIVER)])
def test_a_story_is_played_on_one_thing(machine: str | None, driver: str | None) -> None:
    """Neither nothing nor two things can be asked for."""
    with pytest.raises(ValueError, match="expected one of the two"):
        pytest_file(story_of(explored("forgets")), machine=machine, driver=driver)


@pytest.mark.parametrize("driver", ["driving", "driving:", ":real_server", "driving:not a name"])
def test_a_driver_has_a_module_and_a_name(driver: str) -> None:
    """What cannot be imported is refused before a file is written."""
    with pytest.raises(ValueError, match="expected MODULE:FUNCTION"):
        pytest_file(story_of(explored("forgets")), driver=driver)


def test_no_server_can_be_seen_never_to_end() -> None:
    """A story whose fault is that it goes on for ever is for machines only."""
    with pytest.raises(ValueError, match="play this story on machines"):
        pytest_file(story_of(explored("endless")), driver=DRIVER)
