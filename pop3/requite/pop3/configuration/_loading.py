"""From a configuration file to a configuration, or to the list of all that is wrong with it.

Decides how a problem is reported: file, line, place, what was expected, what was found, what to
do. Refuses to judge values and combinations, which its neighbours do.
"""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec.structs import fields

from requite.pop3.configuration._checks import problems_between, tls_problems
from requite.pop3.configuration._tables import TLS, Configuration
from requite.pop3.configuration._toml_lines import KeyPath, line_of, lines_of
from requite.pop3.configuration._toml_reading import Problem, dotted, read
from requite.pop3.configuration._values import text_forms

__all__ = ("ConfigurationError", "load", "look_at_files")

_POSITION = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)\Z")


class ConfigurationError(Exception):
    """A configuration file that cannot be used, with one line of text for each problem."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def load(path: Path) -> Configuration:
    """Read and check a configuration file.

    Args:
        path: the file; its directory is where relative paths in it begin.

    Raises:
        ConfigurationError: something is wrong; it names every problem, in the order of the lines.
    """
    text = _text_of(path)
    document, lines = _parsed(text, path)
    configuration, problems = read(document, Configuration, text_forms(path.absolute().parent))
    unread = {problem.place for problem in problems}
    found = (*problems, *problems_between(configuration, unread=unread))
    if found:
        raise ConfigurationError(_reports(found, lines, path))
    return configuration


def _text_of(path: Path) -> str:
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            (f"{path}: expected a readable file, found: {error.strerror}; correct the path",)
        ) from error
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            (f"{path}:{line}: expected UTF-8, found another encoding; save the file as UTF-8",)
        ) from error


def _parsed(text: str, path: Path) -> tuple[dict[str, object], Mapping[KeyPath, int]]:
    try:
        return tomllib.loads(text), lines_of(text)
    except tomllib.TOMLDecodeError as error:
        report = _syntax_report(str(error), text, path)
        raise ConfigurationError((report,)) from error
    except (ValueError, RecursionError) as error:
        line = _first_line_that_fails(text)
        found = "a number too long or arrays too deep to be read"
        raise ConfigurationError(
            (f"{path}:{line}: expected TOML of a sensible size, found {found}; shorten it",)
        ) from error


def _syntax_report(message: str, text: str, path: Path) -> str:
    position = _POSITION.search(message)
    at_end = position is None or position["line"] is None
    line = _line_count(text) if at_end or position is None else int(position["line"])
    what = _POSITION.sub("", message)
    end = ", at the end of the file" if at_end else ""
    return f"{path}:{line}: expected TOML, found: {what}{end}; see https://toml.io/en/v1.0.0"


def _line_count(text: str) -> int:
    return text.rstrip("\n").count("\n") + 1


def _first_line_that_fails(text: str) -> int:
    """Find the line for an error of the parser that has no position."""
    lines = text.split("\n")

    def failures(line: int) -> int:
        try:
            tomllib.loads("\n".join(lines[:line]))
        except tomllib.TOMLDecodeError:
            return 0
        except (ValueError, RecursionError):
            return 1
        return 0

    return bisect_left(range(len(lines)), 1, key=failures)


def _reports(
    problems: Iterable[Problem], lines: Mapping[KeyPath, int], path: Path
) -> tuple[str, ...]:
    by_line = sorted(problems, key=lambda problem: line_of(problem.place, lines))
    return tuple(
        f"{path}:{line_of(problem.place, lines)}: {_sentence(problem)}" for problem in by_line
    )


def _sentence(problem: Problem) -> str:
    return (
        f"{_place(problem.place)}: expected {problem.expected}, found {problem.found};"
        f" {problem.advice}"
    )


def look_at_files(tls: TLS) -> tuple[str, ...]:
    """Say what cannot be used now in the files of certificates, keys and authorities."""
    return tuple(map(_sentence, tls_problems(tls)))


def _place(place: KeyPath) -> str:
    """Write a place as people say it: the table, the key and the number of an element."""
    names = tuple(part for part in place if isinstance(part, str))
    items = "".join(f" (item {part + 1})" for part in place if isinstance(part, int))
    if len(names) == 1:
        tables = {field.name for field in fields(Configuration)}
        return (f"[{names[0]}]" if names[0] in tables else dotted(names)) + items
    return f"[{dotted(names[:-1])}] {dotted(names[-1:])}{items}"
