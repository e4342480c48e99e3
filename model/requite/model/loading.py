"""Finding a lifecycle by name: "module:name", "file.py:name" or "file.json".

Decides how a name is looked up, and what is said when nothing is there.
"""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from requite.model.declaration import AnyDeclaration, Declaration
from requite.model.errors import DeclarationError, Fault, InterchangeError
from requite.model.lifecycle import AnyLifecycle, Lifecycle
from requite.model.rules import faults_of

__all__ = ("LifecycleNotFoundError", "load_declaration", "load_lifecycle")


class LifecycleNotFoundError(LookupError):
    """No lifecycle is to be found under a name; the text says what was expected."""


def load_lifecycle(declared_at: str) -> AnyLifecycle:
    """Load a lifecycle by its name.

    Args:
        declared_at: "module:name" or "path/to/file.py:name", where a `Lifecycle` or a
            `Declaration` stands under the name; or "path/to/file.json".

    Raises:
        LifecycleNotFoundError: there is no such file or module, or no lifecycle of that name in it.
        InterchangeError: the file has no declaration in the form of `to_json`.
        DeclarationError: the lifecycle breaks a rule.
    """
    found, place, name = _named(declared_at)
    if isinstance(found, Declaration):
        return Lifecycle.of(found)
    if not isinstance(found, Lifecycle):
        raise _not_there(found, place, name, "Lifecycle")
    return found


def load_declaration(declared_at: str) -> tuple[AnyDeclaration, tuple[Fault, ...]]:
    """Load what is declared, whether it keeps the rules or not, with the faults that it has.

    A lifecycle that breaks a rule stops its module from loading; what was declared is in the error.

    Args:
        declared_at: "module:name", or "path/to/file.py:name", of a Lifecycle or a Declaration; or
            "path/to/file.json".

    Raises:
        LifecycleNotFoundError: there is no such file or module, or neither of the two under that
            name.
        InterchangeError: the file has no declaration in the form of `to_json`.
    """
    try:
        found, place, name = _named(declared_at)
    except DeclarationError as error:
        return error.declaration, error.faults
    if isinstance(found, Lifecycle):
        return found.declaration, ()
    if isinstance(found, Declaration):
        return found, tuple(faults_of(found))
    raise _not_there(found, place, name, "Lifecycle or Declaration")


def _named(declared_at: str) -> tuple[object, str, str]:
    if declared_at.endswith(".json"):
        return _declaration_in(Path(declared_at)), declared_at, ""
    place, colon, name = declared_at.rpartition(":")
    if not colon or not place or not name or (place.startswith(".") and not place.endswith(".py")):
        raise LifecycleNotFoundError(
            f"{declared_at!r} names no lifecycle; expected MODULE:NAME, FILE.py:NAME or FILE.json"
        )
    return getattr(_module(place), name, None), place, name


def _not_there(found: object, place: str, name: str, expected: str) -> LifecycleNotFoundError:
    what = "nothing" if found is None else f"something else ({type(found).__name__})"
    return LifecycleNotFoundError(f"{place} has {what} under the name {name!r}, no {expected}")


def _declaration_in(path: Path) -> AnyDeclaration:
    # Few names are those of such a file; the others need not wait for its reader.
    from requite.model.interchange import from_json  # noqa: PLC0415

    try:
        return from_json(path.read_bytes())
    except InterchangeError as error:
        # A JSON pointer behind a sharp sign is one into the file (RFC 6901 section 6).
        raise InterchangeError(f"{path}#{error.where}", error.says) from None
    except FileNotFoundError:
        raise LifecycleNotFoundError(f"there is no file {path}") from None
    except OSError as error:
        raise LifecycleNotFoundError(f"{path} cannot be read: {error.strerror}") from None


def _module(place: str) -> ModuleType:
    if place.endswith(".py"):
        return _module_from_file(Path(place))
    try:
        return importlib.import_module(place)
    except ModuleNotFoundError as error:
        raise LifecycleNotFoundError(
            f"there is no module {error.name!r}; is it installed, or is its folder on the path?"
        ) from None


def _module_from_file(path: Path) -> ModuleType:
    # Under a name that no import statement can have, so that it takes nobody's place.
    spec = importlib.util.spec_from_file_location(f"{path.stem} in {path.parent}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise LifecycleNotFoundError(f"there is no file {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[module.__name__]
        raise
    return module
