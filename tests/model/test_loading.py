"""Finding a lifecycle by its name, and what is said when there is none.

Decides both forms of a name, and the text of every refusal.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from requite.lifecycles.pop3 import POP3_SESSION
from requite.model import DeclarationError
from requite.model.loading import LifecycleNotFoundError, load_lifecycle

SMALLEST = """
from enum import Enum

from requite.model import Edge, Kind, Lifecycle, Resource, StateRow


class Wait(Enum):
    NOTHING = "nothing"
    GUEST = "what the guest does"


class State(Enum):
    OUT = "nobody is there"
    IN = "the guest is in"
    GONE = "the guest is gone"


class Event(Enum):
    CAME = "a guest has come"
    LEFT = "the guest has left"
    CLOSED = "the house closes"


class Effect(Enum):
    TAKE_KEY_BACK = "take the key back"


class Held(Enum):
    KEY = "the key"


LEAVES = (Effect.TAKE_KEY_BACK,)
HOUSE = Lifecycle(
    name="house",
    states=(
        StateRow(State.OUT, Wait.NOTHING),
        StateRow(State.IN, Wait.GUEST),
        StateRow(State.GONE, Wait.NOTHING),
    ),
    edges=(
        Edge(State.OUT, Event.CAME, State.IN, why="The house is open"),
        Edge(State.IN, Event.LEFT, State.GONE, LEAVES, why="The key stays"),
        Edge(State.IN, Event.CLOSED, State.GONE, LEAVES, why="The house closes"),
    ),
    requests=(),
    resources=(
        Resource(
            Held.KEY,
            Kind.COUNTED,
            held_in=frozenset({State.IN}),
            taken_by=frozenset({Event.CAME}),
            given_back_by=Effect.TAKE_KEY_BACK,
        ),
    ),
    environment=(Event.CLOSED,),
    initial=State.OUT,
    final=(State.GONE,),
)
KEYS = 3
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Path]:
    """Return a file with a small lifecycle; the module it becomes is forgotten afterwards."""
    before = set(sys.modules)
    path = tmp_path / "house_of_one_guest.py"
    path.write_text(SMALLEST, encoding="utf-8")
    yield path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def refusal_of(name: str) -> str:
    """Return what is said of a name under which there is no lifecycle."""
    with pytest.raises(LifecycleNotFoundError) as refused:
        load_lifecycle(name)
    return str(refused.value)


def test_a_module_and_a_name_are_loaded() -> None:
    """MODULE:NAME is the lifecycle that the module has, not a copy."""
    assert load_lifecycle("requite.lifecycles.pop3:POP3_SESSION") is POP3_SESSION


def test_a_file_and_a_name_are_loaded(house: Path) -> None:
    """FILE.py:NAME is the lifecycle that the file declares."""
    assert load_lifecycle(f"{house}:HOUSE").title == "house"


def test_a_colon_in_a_path_is_part_of_the_path(house: Path) -> None:
    """The name stands behind the last colon."""
    folder = house.parent / "a:b"
    folder.mkdir()
    assert load_lifecycle(f"{house.rename(folder / house.name)}:HOUSE").title == "house"


def test_a_broken_lifecycle_is_refused_with_its_rows(house: Path) -> None:
    """A file whose lifecycle breaks a rule is refused with the row, not as one that is missing."""
    forgetful = "Edge(State.IN, Event.CLOSED, State.GONE, (), why"
    text = SMALLEST.replace("Edge(State.IN, Event.CLOSED, State.GONE, LEAVES, why", forgetful)
    assert forgetful in text
    house.write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError) as refused:
        load_lifecycle(f"{house}:HOUSE")
    assert str(refused.value) == (
        "the lifecycle 'house' cannot be loaded, 1 fault:\n"
        "  IN --CLOSED--> GONE: it takes no KEY and leaves what holds it: KEY is given back "
        "no time where once is right; write TAKE_KEY_BACK once in its effects [balanced]"
    )


@pytest.mark.parametrize("name", ["", "HOUSE", "house.py", "house:", ":HOUSE", ":"])
def test_a_name_without_both_parts_is_refused(name: str) -> None:
    """Without a module, or without a name in it, the text says what was expected."""
    assert refusal_of(name) == (
        f"{name!r} names no lifecycle; expected MODULE:NAME, FILE.py:NAME or FILE.json"
    )


@pytest.mark.parametrize("module", ["no_such_module", "requite.lifecycles.imap4"])
def test_a_missing_module_is_named(module: str) -> None:
    """The text names the module that is missing, and asks the two usual questions."""
    assert refusal_of(f"{module}:SESSION") == (
        f"there is no module {module!r}; is it installed, or is its folder on the path?"
    )


def test_a_module_that_misses_another_is_not_blamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is named is the module that is missing, even where another one imports it."""
    (tmp_path / "imports_what_is_not_there.py").write_text("import no_such_module_at_all\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert refusal_of("imports_what_is_not_there:X") == (
        "there is no module 'no_such_module_at_all'; is it installed, or is its folder on the path?"
    )


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The text names the file as it was given."""
    assert refusal_of(f"{tmp_path}/nowhere.py:X") == f"there is no file {tmp_path}/nowhere.py"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A folder whose name ends as a file's does is refused as one that is missing."""
    (tmp_path / "folder.py").mkdir()
    assert refusal_of(f"{tmp_path}/folder.py:X") == f"there is no file {tmp_path}/folder.py"


def test_a_missing_name_is_told() -> None:
    """The text says that the module has nothing of that name."""
    assert refusal_of("requite.lifecycles.pop3:IMAP") == (
        "requite.lifecycles.pop3 has nothing under the name 'IMAP', no Lifecycle"
    )


def test_something_else_under_a_name_is_told(house: Path) -> None:
    """The text says what is there instead."""
    assert refusal_of(f"{house}:KEYS") == (
        f"{house} has something else (int) under the name 'KEYS', no Lifecycle"
    )


def test_a_file_that_raises_is_not_hidden(house: Path) -> None:
    """An error in the file is the author's to see, as it is."""
    house.write_text("raise RuntimeError('of the author')\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match="of the author"):
        load_lifecycle(f"{house}:HOUSE")


@pytest.mark.parametrize("name", [".pop3:POP3_SESSION", "..:X"])
def test_a_relative_module_is_refused(name: str) -> None:
    """A relative name is relative to nothing, and is refused like any that cannot be found."""
    assert refusal_of(name) == (
        f"{name!r} names no lifecycle; expected MODULE:NAME, FILE.py:NAME or FILE.json"
    )


def test_a_file_does_not_take_the_place_of_a_module(house: Path) -> None:
    """A file called json.py can be loaded, and `import json` still finds the standard library's."""
    import json  # noqa: PLC0415 - the point is what stands under this name before and after.

    try:
        load_lifecycle(f"{house.rename(house.with_name('json.py'))}:HOUSE")
        assert sys.modules["json"] is json
    finally:
        sys.modules["json"] = json


def test_a_file_that_raises_leaves_no_half_a_module(house: Path) -> None:
    """After a file has failed to load nothing of it is found under its name."""
    house.write_text("raise RuntimeError('of the author')\n", encoding="utf-8")
    before = set(sys.modules)
    with pytest.raises(RuntimeError):
        load_lifecycle(f"{house}:HOUSE")
    assert set(sys.modules) == before
