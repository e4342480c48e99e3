"""The traps of a namespace package with three source roots, each seen to be shut.

Decides that the type checker looks everywhere, that the wheel holds what the tree holds and works
without the tree, and that imports point one way. Refuses to test what any of it does.
"""

import ast
import importlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import pytest

PROJECT: Final = Path(__file__).parent.parent.parent
ROOTS: Final = ("model", "pop3", "generated")
PORTIONS: Final = (
    "model/requite/model",
    "model/requite/lifecycles",
    "pop3/requite/pop3",
    "generated/requite/generated",
)
OTHER_CODE: Final = ("tests", "benchmarks", "docs")
SEEDED: Final = '\nseeded: int = "no int"\n'
REQUIREMENTS: Final = ("requirements.txt", "requirements-dev.txt")
FUZZER: Final = "requirements-fuzz.txt"
"""What not every system can have, and nothing else needs."""
SAMPLE_CONFIG: Final = """\
[listen]
pop3 = ["127.0.0.1:0"]
[accounts]
file = "accounts"
[mailboxes]
path = "mail/{mailbox}/Maildir"
"""


def modules_below(*directories: str) -> tuple[Path, ...]:
    """Give the Python files below directories of the project, in order."""
    return tuple(
        file for directory in directories for file in sorted((PROJECT / directory).rglob("*.py"))
    )


def name_of(file: Path) -> str:
    """Give the name that a file of a source root is imported by."""
    parts = file.relative_to(PROJECT).with_suffix("").parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES: Final = modules_below(*ROOTS)


# --- one namespace --------------------------------------------------------------------------------


@pytest.mark.parametrize("directory", [*(f"{root}/requite" for root in ROOTS), *ROOTS, "tests"])
def test_no_init_file_closes_the_namespace(directory: str) -> None:
    """Beside the portions of `requite`, and in the tests, there is no `__init__.py`."""
    assert not (PROJECT / directory / "__init__.py").exists()


@pytest.mark.parametrize("portion", PORTIONS)
def test_each_portion_is_typed(portion: str) -> None:
    """Each portion says to type checkers that it has types (PEP 561)."""
    assert (PROJECT / portion / "py.typed").is_file()


def test_there_are_no_other_portions() -> None:
    """Each directory of the namespace is one of the portions that the tests know."""
    found = {
        path.relative_to(PROJECT).as_posix()
        for root in ROOTS
        for path in (PROJECT / root / "requite").iterdir()
        if path.name != "__pycache__"
    }

    assert found == set(PORTIONS)


@pytest.fixture(scope="module")
def seeded_errors(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Run mypy as the project does, over a copy with one error in each portion and root."""
    copy = tmp_path_factory.mktemp("seeded")
    shutil.copy(PROJECT / "pyproject.toml", copy)
    for root in ROOTS:
        shutil.copytree(PROJECT / root, copy / root)
    for directory in OTHER_CODE:
        (copy / directory).mkdir()
    for place in (*PORTIONS, *OTHER_CODE):
        file = copy / place / ("__init__.py" if place in PORTIONS else "seeded.py")
        with file.open("a", encoding="utf-8") as module:
            module.write(SEEDED)
    done = subprocess.run(
        [sys.executable, "-m", "mypy"], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    return set(
        re.findall(r"^(.*)/[^/]+\.py:\d+: error: Incompatible types", done.stdout, re.MULTILINE)
    )


@pytest.mark.parametrize("place", [*PORTIONS, *OTHER_CODE])
def test_a_type_error_is_found_wherever_it_is(seeded_errors: set[str], place: str) -> None:
    """With the project's configuration mypy finds a wrong type in each portion and root."""
    assert place in seeded_errors


# --- the wheel ------------------------------------------------------------------------------------


def test_the_wheel_holds_what_the_tree_holds(wheel: Path) -> None:
    """The files of the wheel are those of the three roots, and its own description."""
    in_tree = {
        file.relative_to(PROJECT / root).as_posix()
        for root in ROOTS
        for file in (PROJECT / root).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    with ZipFile(wheel) as archive:
        in_wheel = {name for name in archive.namelist() if ".dist-info/" not in name}

    assert in_wheel == in_tree


def far_away(installed: Path, directory: Path, *arguments: str) -> str:
    """Run something of the installed wheel, with the checkout out of reach; give what it prints."""
    program, *others = arguments
    done = subprocess.run(
        [installed / "bin" / program, *others],
        cwd=directory,
        env={"PATH": str(installed / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_is_all_that_is_imported(installed: Path, tmp_path: Path) -> None:
    """Every entry of `requite.__path__` lies in the environment that the wheel is in."""
    code = "import requite; print(*requite.__path__, sep='\\n')"
    found = far_away(installed, tmp_path, "python", "-P", "-c", code).splitlines()

    assert len(found) == 1
    assert Path(found[0]).is_relative_to(installed)


def test_every_module_of_the_wheel_can_be_imported(installed: Path, tmp_path: Path) -> None:
    """No module needs something that only the checkout has."""
    code = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]"
    names = [name_of(file) for file in MODULES]

    assert far_away(installed, tmp_path, "python", "-P", "-c", code, *names) == ""


def test_the_wheel_checks_a_lifecycle(installed: Path, tmp_path: Path) -> None:
    """The installed command finds the verbs of the model and the declarations."""
    told = far_away(installed, tmp_path, "requite", "check", "requite.lifecycles.pop3:POP3_SESSION")

    assert "rules kept" in told


def test_the_wheel_checks_a_configuration(installed: Path, tmp_path: Path) -> None:
    """The installed command finds the verbs of the server and what they need."""
    (tmp_path / "accounts").write_text("alice:{PLAIN}x\n", encoding="utf-8")
    (tmp_path / "requite.toml").write_text(SAMPLE_CONFIG, encoding="utf-8")
    told = far_away(
        installed, tmp_path, "requite", "serve", "--check-config", "--config", "requite.toml"
    )

    assert told.endswith("The configuration can be served.\n")


# --- imports point one way ------------------------------------------------------------------------

MAY_IMPORT: Final = {
    "generated/requite/generated": {"requite.generated"},
    "model/requite/model": {"requite.model", "transitions", "click", "msgspec"},
    "model/requite/lifecycles": {"requite.model", "requite.lifecycles"},
    "pop3/requite/pop3": {
        "requite.generated",
        "requite.pop3",
        "argon2",
        "click",
        "cryptography",
        "msgspec",
        "uvloop",
    },
}
"""What each portion may import beside the standard library."""
OF_AN_EXTRA: Final = {
    "pop3/requite/pop3/oauth/": ("aiohttp", "jwt"),
    "pop3/requite/pop3/maildrops/contract/": ("pytest",),
}
"""What some modules may import as well, which nothing else imports unless it is configured."""


def imports_of(file: Path) -> Iterator[str]:
    """Yield the name of each module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:  # A derived package may stand anywhere, and names its own machine.
                assert (node.level, node.module) == (1, "machine"), file
                continue
            module = node.module or ""
            yield from (f"{module}.{alias.name}" for alias in node.names)


def allowed_in(path: str, portion: str) -> set[str]:
    """Say what a file may import."""
    extra = (name for place in OF_AN_EXTRA if path.startswith(place) for name in OF_AN_EXTRA[place])
    return MAY_IMPORT[portion].union(extra)


@pytest.mark.parametrize("portion", PORTIONS)
def test_imports_point_one_way(portion: str) -> None:
    """A portion imports the standard library and what the design allows it, and nothing else."""
    strangers = {
        (path, name)
        for file in modules_below(portion)
        for path in [file.relative_to(PROJECT).as_posix()]
        for name in imports_of(file)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not any(f"{name}.".startswith(f"{one}.") for one in allowed_in(path, portion))
    }

    assert strangers == set()


def test_the_derived_machine_needs_the_standard_library_alone() -> None:
    """The machine could be copied into any project: it imports nothing, not even its portion."""
    machine = PROJECT / "generated/requite/generated/pop3/machine.py"

    assert {name.partition(".")[0] for name in imports_of(machine)} <= sys.stdlib_module_names


# --- names and texts ------------------------------------------------------------------------------


def public_definitions(file: Path) -> set[str]:
    """Give the functions and classes that a module defines without an underscore.

    The bodies of the derived rows, such as `new__connected`, are private by their two underscores:
    they are reached by their row alone.
    """
    return {
        node.name
        for node in ast.parse(file.read_bytes()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and "__" not in node.name
    }


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_all_names_what_is_there(file: Path) -> None:
    """`__all__` is a tuple without repetition, and each name in it exists."""
    module = importlib.import_module(name_of(file))
    named = getattr(module, "__all__", ())

    assert isinstance(named, tuple)
    assert len(set(named)) == len(named)
    assert [name for name in named if not hasattr(module, name)] == []


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_all_leaves_out_nothing_public(file: Path) -> None:
    """Each function and class without an underscore is in `__all__`."""
    module = importlib.import_module(name_of(file))

    assert public_definitions(file) - set(getattr(module, "__all__", ())) == set()


@pytest.mark.parametrize("name", [*REQUIREMENTS, FUZZER])
def test_requirements_are_pinned_by_hash(name: str) -> None:
    """Each requirement has one exact version and at least one hash, and none names an address."""
    text = (PROJECT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    requirements = [
        line for line in text.splitlines() if line and not line.lstrip().startswith("#")
    ]

    assert requirements
    pinned = re.compile(r"[a-z0-9._-]+==\S+( ; [^#]+?)?( +--hash=sha256:[0-9a-f]{64})+ *")
    assert [line for line in requirements if not pinned.fullmatch(line)] == []
    assert "://" not in text


def test_both_requirements_files_pin_the_same() -> None:
    """What the server needs at run time is pinned to what the tests run with."""
    run_time, development = (
        set(re.findall(r"^[a-z0-9._-]+==\S+", (PROJECT / name).read_text("utf-8"), re.MULTILINE))
        for name in REQUIREMENTS
    )

    assert run_time < development


@pytest.mark.parametrize(
    "file",
    modules_below(*ROOTS, *OTHER_CODE, "docs"),
    ids=lambda file: str(file.relative_to(PROJECT)),
)
def test_no_file_names_a_place_of_one_machine(file: Path) -> None:
    """No Python file knows where somebody's checkout lies, or what is in somebody's home."""
    places = re.compile(r"/(work|root|home/\w+)" + "/")

    assert places.search(file.read_text(encoding="utf-8")) is None
