"""What follows from a lifecycle: code, cases, tables and pictures, as texts by file name.

Decides which files there are. Each is a function from a lifecycle to text; the same lifecycle
gives the same bytes on every machine, under every hash seed and in every locale.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from requite.model.derive.cases import cases
from requite.model.derive.machine import machine, package
from requite.model.derive.origin import Origin
from requite.model.derive.pictures import FORMATS, draw
from requite.model.derive.reference import reference
from requite.model.lifecycle import AnyLifecycle

__all__ = ("Origin", "derive", "draw")

Writer: TypeAlias = Callable[[AnyLifecycle, Origin], str]


def derive(lifecycle: AnyLifecycle, declared_at: str) -> Mapping[str, str]:
    """Return the text of every derived file by its name in the derived package.

    Args:
        lifecycle: a lifecycle; it has been checked when it was made.
        declared_at: where it is declared, as "module:name".
    """
    origin = Origin(lifecycle, declared_at)
    writers: dict[str, Writer] = {
        "__init__.py": package,
        "machine.py": machine,
        "cases.py": cases,
        "reference.md": reference,
        **{f"{lifecycle.title}{form.suffix}": form.write for form in FORMATS.values()},
    }
    return {name: writer(lifecycle, origin) for name, writer in writers.items()}
