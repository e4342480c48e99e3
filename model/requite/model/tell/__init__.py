"""How an exploration is told: to a person, to a build server, to another program.

Decides which forms there are. Each is a function from an exploration to text; the same exploration
gives the same text, with no date, no host and no duration in it. A story can also be played again:
`pytest_file` writes a test of it.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from requite.model.explore.report import Exploration
from requite.model.tell.json_text import as_json
from requite.model.tell.junit import junit
from requite.model.tell.machines import play_on_machines
from requite.model.tell.pytest_file import pytest_file, script_of
from requite.model.tell.sarif import sarif
from requite.model.tell.script import Cue, Driven, Driver, Script, play
from requite.model.tell.sequence import diagram, mermaid
from requite.model.tell.summary import summary
from requite.model.tell.terminal import report, trace

__all__ = (
    "FORMS",
    "Cue",
    "Driven",
    "Driver",
    "Script",
    "as_json",
    "diagram",
    "junit",
    "mermaid",
    "play",
    "play_on_machines",
    "pytest_file",
    "report",
    "sarif",
    "script_of",
    "summary",
    "trace",
)

FORMS: Final[Mapping[str, Callable[[Exploration], str]]] = MappingProxyType(
    {
        "text": report,
        "json": as_json,
        "junit": junit,
        "sarif": sarif,
        "mermaid": diagram,
    }
)
"""Every form of an exploration, by its name on the command line."""
