"""A declaration becomes plain data and comes back whole; data that is none is refused in words.

Decides that nothing is lost, that no data at all brings a traceback, and what each refusal says.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.processes import finished
from model.door import DOOR, Effect, Event, Held, State, Wait
from model.test_transitions_never_runs import loaded_by
from requite.lifecycles import pop3
from requite.model import AnyDeclaration, Edge, Fact, Kind, Lifecycle, Per, Reply, Resource
from requite.model.derive import derive
from requite.model.interchange import (
    InterchangeError,
    Vocabulary,
    from_data,
    from_json,
    to_data,
    to_json,
    vocabulary_of,
)
from requite.model.loading import load_lifecycle

HOUSE: Final = DOOR.load().declaration
SESSION: Final = pop3.POP3_SESSION.declaration
Words: TypeAlias = Vocabulary[Any, Any, Any, Any, Any]

WORDS: Final = Vocabulary(states=State, events=Event, effects=Effect, resources=Held, waits=Wait)
POP3_WORDS: Final = Vocabulary(
    states=pop3.State,
    events=pop3.Event,
    effects=pop3.Effect,
    resources=pop3.Held,
    waits=pop3.Wait,
)
BOTH: Final = ((SESSION, POP3_WORDS), (HOUSE, WORDS))
IDS: Final = ("pop3", "door")


# --- nothing is lost ----------------------------------------------------------------------------


@pytest.mark.parametrize(("declared", "words"), BOTH, ids=IDS)
def test_with_its_own_enums_a_declaration_comes_back_equal(
    declared: AnyDeclaration, words: Words
) -> None:
    """What is read with the author's enums is what was written."""
    assert from_json(to_json(declared), vocabulary=words) == declared


@pytest.mark.parametrize(("declared", "words"), BOTH, ids=IDS)
def test_the_enums_are_found_in_the_rows(declared: AnyDeclaration, words: Words) -> None:
    """Who has only the declaration need not say which enums are its own."""
    assert vocabulary_of(declared) == words


@pytest.mark.parametrize(("declared", "words"), BOTH, ids=IDS)
def test_without_enums_the_same_data_comes_back(declared: AnyDeclaration, words: Words) -> None:
    """Reading with enums that are built, and writing again, changes no byte."""
    del words
    text = to_json(declared)
    assert to_json(from_json(text)) == text


@pytest.mark.parametrize(("declared", "words"), BOTH, ids=IDS)
def test_the_enums_that_are_built_say_what_the_authors_say(
    declared: AnyDeclaration, words: Words
) -> None:
    """Their names, docstrings, members and meanings are the author's, in the author's order."""
    built = vocabulary_of(from_json(to_json(declared)))
    for kind in ("states", "events", "effects", "resources", "waits"):
        ours, theirs = getattr(built, kind), getattr(words, kind)
        assert (ours.__name__, ours.__doc__) == (theirs.__name__, theirs.__doc__)
        assert [(m.name, m.value) for m in ours] == [(m.name, m.value) for m in theirs]


@pytest.mark.parametrize(("declared", "words"), BOTH, ids=IDS)
def test_the_same_files_follow_from_the_data(declared: AnyDeclaration, words: Words) -> None:
    """What is derived from the text is what is derived from the module, to the byte."""
    del words
    read = Lifecycle.of(from_json(to_json(declared)))
    assert derive(read, "here:X") == derive(Lifecycle.of(declared), "here:X")


def test_data_can_be_written_and_read_by_any_json_library() -> None:
    """The dictionaries hold nothing but what JSON has, so that YAML and TOML libraries do too."""
    assert json.loads(json.dumps(to_data(HOUSE))) == to_data(HOUSE)


TEXTS: Final = st.text(st.characters(codec="utf-8"), max_size=12)
EFFECTS: Final = st.one_of(st.sampled_from(Effect), st.builds(Reply, TEXTS))


def subset(vocabulary: type[Enum]) -> st.SearchStrategy[frozenset[Any]]:
    """Draw some members of an enum."""
    return st.frozensets(st.sampled_from(vocabulary))


EDGES: Final = st.builds(
    Edge,
    st.sampled_from(State),
    st.sampled_from(Event),
    st.sampled_from(State),
    st.lists(EFFECTS, max_size=4).map(tuple),
    why=TEXTS,
    guard=st.none() | st.sampled_from(Held),
)
RESOURCES: Final = st.builds(
    Resource,
    st.sampled_from(Held),
    st.sampled_from(Kind),
    held_in=subset(State),
    taken_by=subset(Event),
    given_back_by=st.sampled_from(Effect),
    lost_by=subset(Event),
    refused_by=subset(Event),
    per=st.sampled_from(Per),
    same_key_as=st.none() | st.sampled_from(Held),
)


@settings(deadline=None)
@given(
    edges=st.lists(EDGES, max_size=4),
    resources=st.lists(RESOURCES, max_size=3),
    facts=st.lists(st.builds(Fact, TEXTS, st.sampled_from((int, str)), TEXTS), max_size=2),
    brings=st.dictionaries(st.sampled_from(Wait), st.lists(st.sampled_from(Event), max_size=3)),
    environment=st.lists(st.sampled_from(Event), max_size=3),
)
def test_whatever_is_declared_comes_back(**parts: Any) -> None:  # noqa: ANN401 - any part.
    """Rows that no rule would let pass come back equal as well: a broken one can be handed on."""
    declared = replace(HOUSE, **parts)
    assert from_json(to_json(declared), vocabulary=WORDS) == declared


def test_a_declaration_without_effects_or_resources_comes_back() -> None:
    """Where a kind of name is not used at all, the data says that there is none."""
    rows = [replace(row, effects=(), guard=None) for row in HOUSE.edges]
    states = [replace(row, awaits=None) for row in HOUSE.states]
    bare = replace(HOUSE, edges=rows, states=states, requests=(), resources=())
    assert to_data(bare)["vocabulary"]["effects"]["members"] == []
    assert from_data(to_data(bare), vocabulary=WORDS) == bare


# --- what cannot be written ----------------------------------------------------------------------


class Elsewhere(Enum):
    """Names of another lifecycle, with values that are no words."""

    NOWHERE = ("no", "words")


def refused_to_write(declared: AnyDeclaration) -> str:
    """Return what is said of a declaration that has no form as data."""
    with pytest.raises(InterchangeError) as refused:
        to_data(declared)
    return str(refused.value)


def with_last_row(**new: Any) -> AnyDeclaration:  # noqa: ANN401 - any field.
    """Return the house with other fields in its last row."""
    return HOUSE.with_edges((*HOUSE.edges[:-1], replace(HOUSE.edges[-1], **new)))


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ({"source": "*"}, "/edges/9/source: expected a member of an enum, found '*'"),
        (
            {"target": Elsewhere.NOWHERE},
            "/edges/9/target: expected a member of State, found "
            "<Elsewhere.NOWHERE: ('no', 'words')>",
        ),
        (
            {"effects": Effect.WAVE},
            "/edges/9/effects: expected a tuple of effects, found "
            "<Effect.WAVE: 'wave after the guest'>",
        ),
    ],
    ids=["a word", "another enum", "no tuple"],
)
def test_a_row_without_a_form_is_named(new: dict[str, Any], says: str) -> None:
    """What stands where no name can be written is refused with its place."""
    assert refused_to_write(with_last_row(**new)) == says


WRONG_PARTS: Final[dict[str, tuple[Any, str]]] = {
    "initial": ("*", "/initial"),
    "final": (("*",), "/final/0"),
    "environment": (("*",), "/environment/0"),
    "brings": ({Wait.GUEST: ("*",)}, "/brings/0/events/0"),
    "states": ((replace(HOUSE.states[1], awaits=cast("Any", "*")),), "/states/0/awaits"),
    "requests": ((replace(HOUSE.requests[0], completions=("*",)),), "/requests/0/completions/0"),
    "resources": ((replace(HOUSE.resources[0], same_key_as="*"),), "/resources/0/same_key_as"),
}


@pytest.mark.parametrize("part", WRONG_PARTS)
def test_a_part_without_a_form_is_named(part: str) -> None:
    """In every part of a declaration, what is no member of an enum is refused with its place."""
    value, where = WRONG_PARTS[part]
    wrong: dict[str, Any] = {part: value}
    declared = replace(HOUSE, **wrong)
    assert refused_to_write(declared) == f"{where}: expected a member of an enum, found '*'"


def test_a_meaning_without_a_form_is_named() -> None:
    """A member whose value JSON has no form for is refused with its place."""
    bare: Any = replace(
        HOUSE, resources=[replace(HOUSE.resources[0], resource=Elsewhere.NOWHERE)], edges=()
    )
    assert refused_to_write(bare) == (
        "/vocabulary/resources/members/0/about: expected the words that Elsewhere.NOWHERE stands "
        "for, found ('no', 'words')"
    )


# --- what cannot be read -------------------------------------------------------------------------

Damage = Callable[[dict[str, Any]], object]

DAMAGES: Final[dict[str, tuple[Damage, str]]] = {
    "no reason": (
        lambda d: d["edges"][3].pop("why"),
        "/edges/3: expected the key `why`, found none",
    ),
    "an unknown key": (
        lambda d: d["edges"][3].update(because="x"),
        "/edges/3: expected a key of the format, found `because`",
    ),
    "a number for words": (
        lambda d: d["edges"][3].update(why=3),
        "/edges/3/why: expected `str`, found `int`",
    ),
    "a number for a key": (
        lambda d: cast("dict[object, int]", d).update({3: 3}),
        ": expected `str`",
    ),
    "a misspelt state": (
        lambda d: d["edges"][3].update(source="ASKNG"),
        "/edges/3/source: expected a name of State, found 'ASKNG'; did you mean ASKING?",
    ),
    "an unknown effect": (
        lambda d: d["edges"][0]["effects"].append("Q"),
        "/edges/0/effects/2: expected a name of Effect (TAKE_KEY_BACK, LET_GO_OF_BELL, WAVE, "
        "ASK_FOR_KEY), found 'Q'",
    ),
    "an unknown event in a set": (
        lambda d: d["resources"][0]["taken_by"].append("Q"),
        "/resources/0/taken_by/1: expected a name of Event (KNOCKED, WALKED_AWAY, CLOSING_TIME, "
        "KEY_GRANTED, KEY_REFUSED), found 'Q'",
    ),
    "an unknown kind": (
        lambda d: d["resources"][1].update(kind="SHARED"),
        "/resources/1/kind: expected a name of Kind (COUNTED, EXCLUSIVE), found 'SHARED'",
    ),
    "an unknown type": (
        lambda d: d["facts"][0].update(type="float"),
        "/facts/0/type: expected a type (int, str), found 'float'",
    ),
    "another format": (
        lambda d: d.update(format="requite/2"),
        "/format: expected 'requite/1', found 'requite/2'",
    ),
    "no format": (lambda d: d.pop("format"), "/format: expected 'requite/1', found None"),
    "a name that is none": (
        lambda d: d["vocabulary"]["events"]["members"][0].update(name="a b"),
        "/vocabulary/events/members/0/name: expected a Python name, found 'a b'",
    ),
    "a name that enums cannot have": (
        lambda d: d["vocabulary"]["events"]["members"][0].update(name="mro"),
        "/vocabulary/events/members/0/name: expected a Python name, found 'mro'",
    ),
    "an enum without a name": (
        lambda d: d["vocabulary"]["events"].update(enum="class"),
        "/vocabulary/events/enum: expected a Python name, found 'class'",
    ),
    "a name twice": (
        lambda d: d["vocabulary"]["events"]["members"].append({"name": "KNOCKED", "about": "x"}),
        "/vocabulary/events/members/5/name: expected each name once, found KNOCKED",
    ),
    "a meaning twice": (
        lambda d: d["vocabulary"]["waits"]["members"].append({"name": "NIL", "about": "nothing"}),
        "/vocabulary/waits/members/3/about: expected words of its own, found those of NOTHING",
    ),
}


def refused_to_read(data: object, **words: Words) -> str:
    """Return what is said of data that is no declaration."""
    with pytest.raises(InterchangeError) as refused:
        from_data(data, **words)
    return str(refused.value)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_data_is_refused_with_its_place(damage: str) -> None:
    """The text says where in the data it is, what was expected and what was found."""
    change, says = DAMAGES[damage]
    data = to_data(HOUSE)
    change(data)
    assert says in refused_to_read(data)


def test_a_name_that_the_authors_enum_lacks_is_refused() -> None:
    """With enums given, every name of the data is one of theirs."""
    data = to_data(HOUSE)
    data["vocabulary"]["waits"]["members"].append({"name": "BELL", "about": "the bell"})
    with pytest.raises(InterchangeError, match="/waits/members/3/name: expected a name of Wait "):
        from_data(data, vocabulary=WORDS)


@pytest.mark.parametrize("data", [None, 3, "x", [], [{}]], ids=repr)
def test_data_that_is_no_object_is_refused(data: object) -> None:
    """What is no object at the top is told so."""
    assert refused_to_read(data).startswith("expected `object`, found ")


JSON_VALUES: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def places_in(data: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - JSON.
    """Yield every container in some data with each of its keys."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        yield data, key
        if isinstance(value, dict | list):
            yield from places_in(value)


PLACES: Final = len([*places_in(to_data(HOUSE))])


@settings(deadline=None, max_examples=300)
@given(place=st.integers(0, PLACES - 1), value=JSON_VALUES, is_left_out=st.booleans())
def test_no_damage_brings_a_traceback(place: int, value: object, *, is_left_out: bool) -> None:
    """Whatever stands in the place of any part, the data is read or is refused in words."""
    data = to_data(HOUSE)
    container, key = [*places_in(data)][place]
    if is_left_out:
        del container[key]
    else:
        container[key] = value
    with suppress(InterchangeError):
        from_data(data)


@settings(deadline=None)
@given(st.binary() | st.text())
def test_no_text_brings_a_traceback(text: str | bytes) -> None:
    """What is no JSON is refused in words, whatever it is."""
    with pytest.raises(InterchangeError, match="expected"):
        from_json(text)


def test_json_that_is_too_deep_is_refused() -> None:
    """A text that would exhaust the stack is refused like any other that is no declaration."""
    with pytest.raises(InterchangeError, match="expected JSON"):
        from_json("[" * 100_000)


# --- files ---------------------------------------------------------------------------------------


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Give a file with the house as JSON."""
    path = tmp_path / "house.json"
    path.write_text(to_json(HOUSE), encoding="utf-8")
    return path


def test_a_json_file_is_loaded(house: Path) -> None:
    """FILE.json is a lifecycle of its own; no Python stands in it."""
    assert to_json(load_lifecycle(str(house)).declaration) == to_json(HOUSE)


def test_a_json_file_is_checked(house: Path) -> None:
    """`requite check FILE.json` says what it says of the module."""
    done = finished("check", "house.json", directory=house.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("house.json: 5 states, 10 rows, 3 exits; ")


def test_a_damaged_json_file_is_told_with_file_and_place(house: Path) -> None:
    """The file and the place in it stand before what was expected; exit code 2, no traceback."""
    data = to_data(HOUSE)
    data["edges"][3]["source"] = "ASKNG"
    house.write_text(json.dumps(data), encoding="utf-8")
    done = finished("check", "house.json", directory=house.parent)
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "requite check: house.json#/edges/3/source: expected a name of State, found 'ASKNG'; did "
        "you mean ASKING?\n",
    )


@pytest.mark.parametrize(
    ("name", "says"),
    [("nowhere.json", "there is no file"), ("folder.json", "cannot be read: Is a directory")],
)
def test_a_json_file_that_cannot_be_read_is_told(tmp_path: Path, name: str, says: str) -> None:
    """A file that is missing, and a folder of that name, are refused in words."""
    (tmp_path / "folder.json").mkdir()
    done = finished("check", name, directory=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr


def test_what_is_derived_from_a_json_file_is_fresh(house: Path) -> None:
    """`requite derive` takes FILE.json in pyproject.toml; the check then finds nothing stale."""
    target = '[tool.requite.derive]\n"house.json" = "derived"\n'
    (house.parent / "pyproject.toml").write_text(target, encoding="utf-8")
    for arguments in (["derive"], ["derive", "--check"]):
        done = finished(*arguments, directory=house.parent)
        assert (done.returncode, done.stderr) == (0, "")
    derived = (house.parent / "derived/machine.py").read_text(encoding="utf-8")
    assert derived == derive(Lifecycle.of(HOUSE), "house.json")["machine.py"]


def test_a_declaration_is_checked_where_a_lifecycle_is_asked_for(tmp_path: Path) -> None:
    """FILE.py:NAME may be a Declaration: it is checked when the verb loads it, and named rows."""
    (tmp_path / "door.py").write_text(
        "from model.door import DOOR, Event, State, drop\n"
        "RIGHT = DOOR.load().declaration\n"
        "WRONG = RIGHT.with_edges(drop(State.INSIDE, Event.CLOSING_TIME)(DOOR).edges)\n",
        encoding="utf-8",
    )
    path = {"PYTHONPATH": str(Path(__file__).parent.parent)}
    right = finished("check", "door.py:RIGHT", directory=tmp_path, environment=path)
    assert (right.returncode, right.stderr) == (0, "")
    wrong = finished("check", "door.py:WRONG", directory=tmp_path, environment=path)
    assert wrong.returncode == 1
    assert "INSIDE x CLOSING_TIME: there is no row" in wrong.stderr


def test_declaring_does_not_load_what_reads_data() -> None:
    """Who imports `requite.model` waits for no library that only data needs."""
    assert loaded_by("requite.model", "msgspec", "requite.model.interchange") == ""
