"""Every example in these pages runs, and so does every one in the README.

Decides how a page is followed: in a directory of its own, from top to bottom, as its reader would.
Python is run; a block with a caption is written to the file that it names; what stands after "$"
in a `console` block is given to a shell, and must print what the page says. Blocks in any other
language are text.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack, chdir
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from sybil import Document, Example, Region, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser
from sybil.parsers.myst.lexers import DirectiveLexer

DOCS: Final = Path(__file__).parent
EXAMPLES: Final = DOCS / "examples"
BUILT: Final = DOCS / "_build"
README: Final = DOCS.parent / "README.md"
SHOWN_DIRECTORY: Final = "/srv/requite"
"""What pages write for the directory that they are followed in."""
CollectFile: TypeAlias = Callable[[Path, pytest.Collector], pytest.Collector | None]
PATIENCE_S: Final = 60
"""Real time that a console block may take; nothing comes near it unless it hangs."""

sys.path += [str(DOCS / "_ext"), str(DOCS.parent / "tests")]

from requite_docs.page_files import changed, name_of  # noqa: E402 - its place is known only now.


class FileParser:
    """Writes and changes the files that a page names by captions."""

    def __init__(self) -> None:
        self._blocks = DirectiveLexer("code-block", r"\w+")

    def __call__(self, document: Document) -> Iterable[Region]:
        """Yield each block with a caption."""
        for block in self._blocks(document):
            if "caption" in block.lexemes["options"]:
                block.parsed = block.lexemes["source"]
                block.evaluator = self._evaluate
                yield block

    def _evaluate(self, example: Example) -> None:
        lexemes = example.region.lexemes
        path = Path(name_of(lexemes["options"]["caption"]))
        text = str(example.parsed)
        written = path.read_text(encoding="utf-8") if path.exists() else ""
        is_change = lexemes["arguments"] == "diff"
        path.write_text(changed(written, text) if is_change else written + text, encoding="utf-8")


def run_console(example: Example) -> None:
    """Give the commands of a block to a shell, and compare what is printed with what is shown."""
    lines = str(example.parsed).splitlines(keepends=True)
    commands = "".join(line.removeprefix("$ ") for line in lines if line.startswith("$ "))
    expected = "".join(line for line in lines if not line.startswith("$ "))
    done = subprocess.run(  # noqa: S603 - what our own page says.
        ["bash", "-c", commands],  # noqa: S607 - the bash that a reader has.
        env={
            **os.environ,
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
            "LC_ALL": "C.UTF-8",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE_S,
        check=False,
    )
    found = done.stdout.decode().replace(str(Path.cwd()), SHOWN_DIRECTORY)
    if found != expected:
        raise AssertionError(f"expected the output\n{expected}\nfound\n{found}")


def enter_directory(namespace: dict[str, Any]) -> None:
    """Begin a page in an empty directory."""
    left = namespace["left"] = ExitStack()
    left.enter_context(chdir(left.enter_context(tempfile.TemporaryDirectory())))


def enter_examples(namespace: dict[str, Any]) -> None:
    """Begin the page of an example in a copy of the examples."""
    enter_directory(namespace)
    shutil.copytree(EXAMPLES, Path.cwd(), dirs_exist_ok=True)


def leave_directory(namespace: dict[str, Any]) -> None:
    """End a page where it was begun."""
    namespace["left"].close()


def pages_begun_by(enter: Callable[[dict[str, Any]], None]) -> CollectFile:
    """Return what collects pages that begin so."""
    return Sybil(
        parsers=[PythonCodeBlockParser(), FileParser(), CodeBlockParser("console", run_console)],
        setup=enter,
        teardown=leave_directory,
        path=str(DOCS.parent),
        pattern="*.md",
    ).pytest()


collect_page: Final = pages_begun_by(enter_directory)
collect_example: Final = pages_begun_by(enter_examples)


class Pages:
    """The plugin that finds pages; a conftest by itself would not be asked about the README."""

    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> pytest.Collector | None:
        """Take the pages of this directory and the README, and no other Markdown."""
        if file_path == README or (DOCS in file_path.parents and BUILT not in file_path.parents):
            collect = collect_example if EXAMPLES in file_path.parents else collect_page
            return collect(file_path, parent)
        return None


def pytest_configure(config: pytest.Config) -> None:
    """Have pages found wherever they are."""
    config.pluginmanager.register(Pages(), "requite-pages")
