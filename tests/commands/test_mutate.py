"""`requite mutate`: what it prints, and which exit code it ends with.

Decides what a build can rely on. Refuses to test which mutants there are and who kills them.
"""

import json
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from commands.processes import finished
from model.door import DOOR
from requite.model.commands import mutate as verb
from requite.model.mutate import Fate, Kind, Results, mutate
from requite.model.tell.mutants import as_json, table

TESTS: Final = Path(__file__).parent.parent
GOOD_DOOR: Final = "from model.door import DOOR\nLIFECYCLE = DOOR.load()\n"
BROKEN_DOOR: Final = """\
from model.door import DOOR, Event, State, drop
LIFECYCLE = drop(State.INSIDE, Event.CLOSING_TIME)(DOOR).load()
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Give a directory with a lifecycle that is good."""
    (tmp_path / "house.py").write_text(GOOD_DOOR, encoding="utf-8")
    return tmp_path


def asked(house: Path, *options: str, **environment: str) -> tuple[int, str, str]:
    """Ask for the mutants of the house's lifecycle, in a process of its own."""
    where = {"PYTHONPATH": str(TESTS), **environment}
    done = finished("mutate", "house.py:LIFECYCLE", *options, directory=house, environment=where)
    return done.returncode, done.stdout, done.stderr


def door_with_a_survivor() -> Results:
    """Return a trial in which one mutant lives and nobody can say why."""
    results = mutate(DOOR.load(), kinds=(Kind.DROPPED,))
    lives = Fate(results.fates[0].mutant, None)
    return Results(results.declared, (lives, *results.fates[1:]), 63, 222, None)


# --- the answer ----------------------------------------------------------------------------------


def test_a_good_lifecycle_ends_with_zero_and_a_table(house: Path) -> None:
    """Each kind has a line with who kills how many; survivors stand below with their reason."""
    code, out, err = asked(house)
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert ["mutants", "balance", "rules", "exploration", "tests", "same", "LIVE"] in lines
    assert ["DROPPED", "10", ".", "9", ".", "1", ".", "."] in lines
    assert "it changes nothing that BELL does\n    here.\n" in out
    assert out.endswith("Every mutant is killed or behaves the same.\n")


def test_nothing_is_coloured_where_nobody_looks(house: Path) -> None:
    """A pipe and a file get no escapes; a terminal does."""
    assert "\x1b" not in asked(house)[1]
    assert "\x1b" in table(mutate(DOOR.load(), kinds=(Kind.DROPPED,)), colour=True)


def test_only_the_kinds_that_are_asked_for_are_tried(house: Path) -> None:
    """By --kind, in letters of either case, and more than once."""
    code, out, _ = asked(house, "--kind", "dropped", "--kind", "LATE")
    kinds = [line.split()[0] for line in out.splitlines()[3:] if line.split()[1:2]]
    assert (code, kinds[:3]) == (0, ["LATE", "DROPPED", "all"])


def test_survivors_alone_are_shown_on_request(house: Path) -> None:
    """By --survivors there is no table, and each mutant that lives has its kind and a reason."""
    code, out, _ = asked(house, "--survivors", "--kind", "KEYS_DIFFER")
    assert code == 0
    assert out == (
        "KEY: KEY stays where the keys of KEY and BELL differ [KEYS_DIFFER]: it changes nothing "
        "that KEY does\n    here.\n"
        "BELL: BELL stays where the keys of BELL and KEY differ [KEYS_DIFFER]: it changes nothing "
        "that BELL\n    does here.\n"
        "Every mutant is killed or behaves the same.\n"
    )


def test_json_says_all_of_every_mutant(house: Path) -> None:
    """By --json each mutant has its killer, and what the killer saw."""
    code, out, _ = asked(house, "--json")
    answer = json.loads(out)
    kinds = {kind["kind"]: kind["mutants"] for kind in answer["kinds"]}
    saw = {"BALANCE": "rules", "RULES": "rules", "EXPLORATION": "found", "TESTS": "word"}

    assert (code, answer["good"]) == (0, True)
    assert sum(kinds.values()) == len(answer["mutants"])
    assert all(
        mutant[saw[mutant["killer"]]] if mutant["killer"] else mutant["reason"]
        for mutant in answer["mutants"]
    )


def test_the_answer_is_the_same_under_every_hash_seed(house: Path) -> None:
    """Two processes with different seeds print the same bytes."""
    first, second = (asked(house, "--json", PYTHONHASHSEED=seed)[1] for seed in ("1", "2"))
    assert first == second


# --- exit codes ----------------------------------------------------------------------------------


def test_a_survivor_without_a_reason_ends_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mutant that lives and nobody can say why is named, and the code is 1."""
    monkeypatch.setattr(verb, "mutated", lambda *_, **__: door_with_a_survivor())
    done = CliRunner().invoke(verb.mutate, ["requite.lifecycles.pop3:POP3_SESSION"])
    assert done.exit_code == 1
    assert "NOTHING KILLS IT" in done.output
    assert done.output.endswith("Nothing kills 1 of the mutants.\n")


def test_a_survivor_without_a_reason_is_not_good_in_json() -> None:
    """It is counted among those that live, and its reason is null."""
    answer = json.loads(as_json(door_with_a_survivor()))
    lives = [mutant["reason"] for mutant in answer["mutants"] if mutant["killer"] is None]
    assert (answer["good"], lives, answer["kinds"][0]["live"]) == (False, [None], 1)


@pytest.mark.parametrize(
    ("text", "options", "code", "expected"),
    [
        (BROKEN_DOOR, [], 1, "house.py:LIFECYCLE cannot be loaded"),
        ("LIFECYCLE = 5\n", [], 2, "has something else (int)"),
        ("LIFECYCLE = 1 / 0\n", [], 2, "ZeroDivisionError"),
        (GOOD_DOOR, ["--kind", "UPSIDE_DOWN"], 2, "'UPSIDE_DOWN' is not one of"),
    ],
    ids=["broken", "something else", "raises", "no such kind"],
)
def test_what_cannot_be_tried_is_named(
    tmp_path: Path, text: str, options: list[str], code: int, expected: str
) -> None:
    """A broken lifecycle is 1, what is none is 2, and so is a kind that there is not."""
    (tmp_path / "house.py").write_text(text, encoding="utf-8")
    found, _, err = asked(tmp_path, *options)
    assert found == code
    assert expected in err
    assert "Traceback" not in err


# --- how far it is -------------------------------------------------------------------------------


def test_long_work_says_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """After two seconds a line on standard error, and in a log no other for a while."""
    now = iter([0.0, 1.9, 2.1, 2.2, 40.0])
    line = verb.Line(clock=lambda: next(now))
    for done in range(1, 5):
        line(done * 1000, 12_000)
    line.done()
    assert capsys.readouterr().err == "2,000 of 12,000 mutants\n4,000 of 12,000 mutants\n"
