"""Libraries that are driven by a script of ours, all in the same way.

Decides what such a script is told and what it leaves: `scripts` has one for each. It stores a file
for each message, named by its place, and keeps the unique ids of what it has fetched. Refuses to
do anything that a script in another language would have to do in another way.
"""

from pathlib import Path
from typing import Final

from clients.description import Errand

__all__ = ("read_files", "script_command")

SCRIPTS: Final = Path(__file__).parent / "scripts"


def script_command(script: str, errand: Errand) -> list[str]:
    """Give the script and its arguments."""
    errand.stored.mkdir(exist_ok=True)
    seen = errand.home / "uids"
    seen.touch()
    return [
        str(SCRIPTS / script),
        *(errand.host, str(errand.port), errand.security.name, str(errand.authority)),
        *(errand.name, errand.password, str(errand.stored)),
        str(seen) if errand.only_new else "",
        "delete" if errand.deletes else "keep",
    ]


def read_files(stored: Path) -> list[bytes]:
    """Read what was stored, in the order in which it was fetched."""
    return [path.read_bytes() for path in sorted(stored.iterdir())]
