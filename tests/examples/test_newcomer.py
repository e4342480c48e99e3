"""The examples are what a newcomer would write: public names only, and programs that can be run."""

import ast
import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

import pool.program
import requite.model
import worker.program
from worker.program import Bakery

EXAMPLES: Final = Path(__file__).parent.parent.parent / "docs" / "examples"
NAMES: Final = ("pool", "worker")
WRITTEN: Final = tuple(file for name in NAMES for file in sorted((EXAMPLES / name).glob("*.py")))
DERIVED: Final = tuple(
    file for name in NAMES for file in sorted((EXAMPLES / name / "derived").glob("*.py"))
)
FORGOTTEN: Final[list[asyncio.Task[Any]]] = []
PATIENCE_S: Final = 60
"""Real time that a program may take; it takes a part of a second."""


def imported(file: Path) -> Iterator[tuple[int, str, str]]:
    """Yield what a file imports: how many levels up, the module, the name."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.level, node.module or "", alias.name) for alias in node.names)


def is_public(level: int, module: str, name: str) -> bool:
    """Say whether a newcomer may import a name from there."""
    if level:  # Its own package, which holds what was derived for it.
        return level == 1
    if module == "requite.model":
        return name in requite.model.__all__
    return module.partition(".")[0] in sys.stdlib_module_names


@pytest.mark.parametrize("file", WRITTEN, ids=lambda file: file.relative_to(EXAMPLES).as_posix())
def test_an_example_imports_public_names_only(file: Path) -> None:
    """The standard library, names that `requite.model` lists, and its own package."""
    assert [found for found in imported(file) if not is_public(*found)] == []


@pytest.mark.parametrize(
    "file", [*WRITTEN, *DERIVED], ids=lambda file: file.relative_to(EXAMPLES).as_posix()
)
def test_only_the_lifecycle_needs_requite(file: Path) -> None:
    """What runs is derived, and needs the standard library alone."""
    is_lifecycle = file.stem == file.parent.name
    needs = any(module.startswith("requite") for _, module, _ in imported(file))

    assert needs == is_lifecycle


@pytest.mark.parametrize(
    ("level", "module", "name"),
    [
        (0, "requite.model", "faults"),
        (0, "requite.model.rules", "faults_of"),
        (0, "requite.pop3.ledger", "ProcessLedger"),
        (0, "transitions", "Machine"),
        (2, "worker", "WORKER"),
    ],
)
def test_another_import_would_be_seen(level: int, module: str, name: str) -> None:
    """The test above can fail."""
    assert not is_public(level, module, name)


@pytest.mark.parametrize("name", NAMES)
def test_the_program_runs_and_leaves_nothing(name: str) -> None:
    """In development mode, with warnings as errors, it ends well and says so."""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-m", f"{name}.program"],
        cwd=EXAMPLES,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("Nothing is left.\n")


async def leave_a_task(*_: object) -> None:
    """Begin something, and forget it."""
    FORGOTTEN.append(asyncio.create_task(asyncio.Event().wait()))


async def leave_a_lease(bakery: Bakery, _: asyncio.TaskGroup) -> None:
    """Take a job, and forget it."""
    bakery.queue.put("crumble")
    bakery.queue.take(lambda _: None)


@pytest.mark.parametrize(
    ("program", "act", "instead"),
    [
        (pool.program, "broken_under_the_borrower", leave_a_task),
        (worker.program, "cancelled", leave_a_lease),
    ],
    ids=NAMES,
)
def test_the_program_says_what_is_left(
    program: ModuleType,
    act: str,
    instead: Callable[..., Awaitable[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The last line can be another: then the program names what is left, and fails."""
    monkeypatch.setattr(program, act, instead)
    with pytest.raises(SystemExit, match=r"^Left: \["):
        asyncio.run(program.main())
