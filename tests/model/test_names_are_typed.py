"""A misspelt name, or one of another enum, is refused by `mypy --strict` without a plugin.

Decides that a type checker reads a declaration as its author means it. Each case is a small
declaration in which one name, wherever it stands, is changed; all of them go through one run of
mypy, which must complain of the changed line and of nothing else, and of the right declaration not
at all. How many cases there are is pinned.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import pytest

PROJECT: Final = Path(__file__).parent.parent.parent
ROOTS: Final = ("model", "generated", "pop3")
PATIENCE_S: Final = 300.0
"""Real time that mypy may take; with nothing cached it takes about ten seconds."""

RIGHT: Final = """\
from enum import Enum

from requite.model import *


class State(Enum):
    OUT = "nobody is there"
    ASKING = "the porter is asked"
    IN = "the guest is in"
    GONE = "the guest is gone"


class Event(Enum):
    CAME = "a guest has come"
    GRANTED = "there is a key"
    REFUSED = "there is no key"
    LEFT = "the guest has left"


class Effect(Enum):
    ASK = "ask the porter"
    TAKE_BACK = "take the key back"


class Held(Enum):
    KEY = "the key"
    SEAT = "a seat"


class Wait(Enum):
    NOTHING = "nothing"
    GUEST = "what the guest does"
    ANSWER = "an answer"


LIFECYCLE: Lifecycle[State, Event, Effect, Held, Wait] = Lifecycle(
    name="house",
    states=(
        StateRow(State.OUT, Wait.NOTHING),
        StateRow(State.ASKING, Wait.ANSWER, awaits=Effect.ASK),
        StateRow(State.IN, Wait.GUEST),
        StateRow(State.GONE, Wait.NOTHING),
    ),
    edges=(
        Edge(State.OUT, Event.CAME, State.ASKING, (Effect.ASK,), why="It is open"),
        Edge(State.ASKING, Event.GRANTED, State.IN, why="Here is a key", guard=Held.KEY),
        Edge(State.ASKING, Event.REFUSED, State.GONE, (Reply("No."),), why="It is full"),
        Edge(State.IN, Event.LEFT, State.GONE, (Effect.TAKE_BACK, Reply("Bye.")), why="So long"),
    ),
    requests=(
        Request(Effect.ASK, (Event.GRANTED, Event.REFUSED)),
    ),
    resources=(
        Resource(
            Held.KEY,
            Kind.COUNTED,
            held_in=frozenset({State.IN}),
            taken_by=frozenset({Event.GRANTED}),
            given_back_by=Effect.TAKE_BACK,
            lost_by=frozenset({Event.LEFT}),
            refused_by=frozenset({Event.REFUSED}),
            per=Per.KEY,
            same_key_as=Held.SEAT,
        ),
    ),
    environment=(Event.LEFT,),
    initial=State.OUT,
    final=(State.GONE,),
    brings={Wait.GUEST: (Event.LEFT,)},
    facts=(Fact("guests", int, "how many there are"),),
)
"""


ANNOTATION: Final = ": Lifecycle[State, Event, Effect, Held, Wait]"
BEGIN: Final = RIGHT.index("LIFECYCLE")
STATEMENT: Final = RIGHT[:BEGIN].count("\n") + 1
"""The line on which the declaration begins."""
NAME: Final = re.compile(r"\b(State|Event|Effect|Held|Wait|Kind|Per)\.\w+")
FOREIGN: Final = {
    "State": "Event.CAME",
    "Event": "State.OUT",
    "Effect": "Held.KEY",
    "Held": "Wait.GUEST",
    "Wait": "Held.KEY",
    "Kind": "Per.KEY",
    "Per": "Kind.COUNTED",
}
"""For each enum a name of another, which stands there by mistake."""
ERROR: Final = re.compile(r"^(\w+)\.py:(\d+): error: .*\[([\w-]+)\]$", re.MULTILINE)

Complaints: TypeAlias = dict[str, list[tuple[int, str]]]
"""For each module the lines that mypy complains of, each with the code of the error."""


@dataclass(frozen=True, slots=True)
class Case:
    """A declaration with one wrong name."""

    module: str
    text: str
    line: int
    codes: frozenset[str]
    """What mypy may call it: the codes of its errors."""

    def __str__(self) -> str:
        return f"{self.module}: {self.text.splitlines()[self.line - 1].strip()}"


def with_wrong_names(text: str, prefix: str) -> Iterator[Case]:
    """Yield the declaration with each name misspelt, and with each exchanged for a foreign one."""
    begin = text.index("LIFECYCLE")
    for number, name in enumerate(NAME.finditer(text, begin)):
        line = text.count("\n", 0, name.start()) + 1
        for kind, instead, codes in (
            ("misspelt", f"{name[0]}X", {"attr-defined"}),
            ("foreign", FOREIGN[name[1]], {"arg-type", "dict-item"}),
        ):
            changed = text[: name.start()] + instead + text[name.end() :]
            yield Case(f"{prefix}_{kind}_{number}", changed, line, frozenset(codes))


AS_DECLARATION: Final = RIGHT.replace("Lifecycle", "Declaration")
BARE: Final = RIGHT.replace(ANNOTATION, "")
CASES: Final = (
    *with_wrong_names(RIGHT, "lifecycle"),
    *with_wrong_names(AS_DECLARATION, "declaration"),
)
BARE_CASES: Final = tuple(with_wrong_names(BARE, "bare"))
RIGHT_ONES: Final = {"right": RIGHT, "right_declaration": AS_DECLARATION, "right_bare": BARE}


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> Complaints:
    """Run mypy once, over every case."""
    directory = tmp_path_factory.mktemp("typed")
    texts = RIGHT_ONES | {case.module: case.text for case in (*CASES, *BARE_CASES)}
    for module, text in texts.items():
        (directory / f"{module}.py").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file="),
            *("--namespace-packages", "--explicit-package-bases", "--cache-dir", "cache", "."),
        ],
        cwd=directory,
        env={**os.environ, "MYPYPATH": os.pathsep.join(str(PROJECT / root) for root in ROOTS)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    found: Complaints = {}
    for module, line, code in ERROR.findall(done.stdout):
        found.setdefault(module, []).append((int(line), code))
    return found


def test_the_number_of_cases_is_pinned() -> None:
    """Each of the 41 names is changed in two ways, in each of three forms of the declaration."""
    assert (len(CASES), len(BARE_CASES)) == (2 * 2 * 41, 2 * 41)


@pytest.mark.parametrize("module", RIGHT_ONES)
def test_the_right_declaration_is_accepted(complaints: Complaints, module: str) -> None:
    """With and without its type written out, the declaration as it is brings no complaint."""
    assert module not in complaints


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_wrong_name_is_refused_where_it_stands(complaints: Complaints, case: Case) -> None:
    """One complaint, of the line with the wrong name."""
    ((line, code),) = complaints[case.module]
    assert (line, code in case.codes) == (case.line, True)


@pytest.mark.parametrize("case", BARE_CASES, ids=str)
def test_a_wrong_name_is_refused_without_a_written_type(complaints: Complaints, case: Case) -> None:
    """Where mypy has to find the type itself, it complains of the name or of the declaration."""
    ((line, code),) = complaints[case.module]
    assert (line == case.line and code in case.codes) or (line, code) == (STATEMENT, "misc")
