"""Where a row is declared: the file, and the line if that can be said.

Decides by a look at the source of the modules that know the states and events of a declaration: a
row's line is that of the one call that names its source and then its event. Where a row is made in
a loop there is no such call, and the line is that of the lifecycle; a guess is never made.
"""

import ast
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path

from requite.model.declaration import AnyDeclaration, AnyEdge, Declaration
from requite.model.lifecycle import Lifecycle

__all__ = ("Place", "place_of", "place_of_declaration")


@dataclass(frozen=True, slots=True)
class Place:
    """A file, and a line in it if one is known."""

    path: str
    """From the present directory where it lies below it, else from where it is imported."""
    line: int | None


def place_of(declared: AnyDeclaration, edge: AnyEdge) -> Place:
    """Return where a row is declared; where that is not to be seen, where its lifecycle is."""
    found = [
        Place(source.shown, line) for source in _sources(edge.source) for line in source.rows(edge)
    ]
    return found[0] if len(found) == 1 else place_of_declaration(declared)


def place_of_declaration(declared: AnyDeclaration) -> Place:
    """Return where a declaration is given its name, or at least the file with its states."""
    sources = [*_sources(declared.initial)]
    made = [
        (Place(source.shown, line), found == declared)
        for source in sources
        for line, found in source.made(declared.name)
    ]
    for place, same in made:
        if same or len(made) == 1:
            return place
    home = type(declared.initial).__module__
    return Place(next((source.shown for source in sources if source.name == home), home), None)


@dataclass(frozen=True, slots=True)
class _Source:
    """The source of one module, and what its names mean."""

    name: str
    path: Path
    names: Mapping[str, object]

    @property
    def shown(self) -> str:
        """The path as it is told: never that of the machine, where it can be helped."""
        here = Path.cwd()
        if self.path.is_relative_to(here):
            return self.path.relative_to(here).as_posix()
        above = len(self.name.split(".")) + (self.path.name == "__init__.py")
        return Path(*self.path.parts[-above:]).as_posix()

    def rows(self, edge: AnyEdge) -> Iterator[int]:
        """Yield the line of each call that names the source and the event of a row."""
        for node in ast.walk(_tree(str(self.path))):
            if isinstance(node, ast.Call) and self._makes(node, edge):
                yield node.lineno

    def _makes(self, call: ast.Call, edge: AnyEdge) -> bool:
        named = dict(zip(("source", "event", "target"), call.args, strict=False))
        named |= {item.arg: item.value for item in call.keywords if item.arg}
        meant = {key: self._value(part) for key, part in named.items()}
        target = meant.get("target")
        return (
            meant.get("source") is edge.source
            and meant.get("event") is edge.event
            and (target is edge.target or type(target) is not type(edge.target))
        )

    def _value(self, part: ast.expr) -> object:
        """Return the member of an enum that an expression such as State.OPEN means here."""
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            return getattr(self.names.get(part.value.id), part.attr, None)
        return None

    def made(self, name: str) -> Iterator[tuple[int, AnyDeclaration]]:
        """Yield each declaration of a name that is made here, with the line of its statement."""
        for node in _tree(str(self.path)).body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
            for target in targets:
                found = self._declaration(target)
                if found is not None and found.name == name:
                    yield node.lineno, found

    def _declaration(self, target: ast.expr) -> AnyDeclaration | None:
        value = self.names.get(target.id) if isinstance(target, ast.Name) else None
        if isinstance(value, Lifecycle):
            return value.declaration
        return value if isinstance(value, Declaration) else None


def _sources(name: Enum) -> Iterator[_Source]:
    """Yield the sources beside that of an enum whose modules have the enum under some name."""
    kind = type(name)
    home, package = kind.__module__, kind.__module__.rpartition(".")[0]
    if home not in sys.modules:
        yield from _unloaded(kind)
    for where, module in sorted(sys.modules.items()):
        near = where == home or (package and where.startswith(f"{package}."))
        file = getattr(module, "__file__", None)
        if near and file and kind in vars(module).values():
            yield _Source(where, Path(file), vars(module))


def _unloaded(kind: type[Enum]) -> Iterator[_Source]:
    """Yield the source of a module that could not be loaded, since what it declares is broken."""
    try:
        spec = importlib.util.find_spec(kind.__module__)
    except (ImportError, ValueError):
        return
    if spec is not None and spec.origin is not None:
        yield _Source(kind.__module__, Path(spec.origin), _Names(kind))


class _Names(dict[str, object]):
    """What names mean in a module that is not there: an enum's is known, others by their text."""

    def __init__(self, kind: type[Enum]) -> None:
        super().__init__({kind.__name__: kind})


@lru_cache(maxsize=64)
def _tree(file: str) -> ast.Module:
    try:
        return ast.parse(Path(file).read_text(encoding="utf-8"))
    except (OSError, SyntaxError, UnicodeDecodeError):
        return ast.Module([], [])
