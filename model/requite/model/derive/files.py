"""Writing derived files, and checking that they are what would be written.

Decides what "fresh" means: the same set of files, and the same bytes of each, both ways.
"""

from collections.abc import Mapping
from pathlib import Path

__all__ = ("differences", "write")

IGNORED = {"__pycache__"}
MARKER = "py.typed"


def write(directory: Path, texts: Mapping[str, str]) -> None:
    """Write a derived package; whatever else lies in its directory is deleted."""
    directory.mkdir(parents=True, exist_ok=True)
    for stray in sorted(_files(directory) - texts.keys()):
        (directory / stray).unlink()
    for name, text in texts.items():
        (directory / name).write_bytes(text.encode())


def differences(directory: Path, texts: Mapping[str, str]) -> list[str]:
    """Return one sentence for each file that is missing, extra or different."""
    found = _files(directory)
    return [
        *(f"{directory / name} is missing" for name in texts if name not in found),
        *(f"{directory / name} is not derived" for name in sorted(found - texts.keys())),
        *(
            f"{directory / name} is not what the declaration gives"
            for name, text in texts.items()
            if name in found and (directory / name).read_bytes() != text.encode()
        ),
    ]


def _files(directory: Path) -> set[str]:
    if not directory.is_dir():
        return set()
    return {
        path.relative_to(directory).as_posix()
        for path in directory.rglob("*")
        if path.is_file() and not IGNORED & set(path.parts)
    }
