"""What is known of every message that several programs deliver, rename and remove at once.

Decides what a message looks like, how it is told from all others, and which of them must be there.
Refuses to touch a Maildir.
"""

import random
import re
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from time import monotonic
from typing import Final

__all__ = ("Book", "Weather", "places", "serial_of")

SERIAL: Final = re.compile(rb"^X-Serial: (\d+)\r?$", re.MULTILINE)
CYCLE_S: Final = 5.0
BUSY_S: Final = 2.5
"""Of each cycle; then all are still for longer than the coarsest clock of a file system counts, so
that names are trusted, until it begins again."""


def serial_of(octets: bytes) -> int:
    """Tell which message these octets are, from the header that each has."""
    match = SERIAL.search(octets)
    assert match, f"expected a serial number, found {octets[:200]!r}"
    return int(match[1])


@dataclass(slots=True)
class Book:
    """All messages; used by all threads."""

    delivered: dict[int, bytes] = field(default_factory=dict)
    """Those whose delivery is over, as they were given to the agent."""
    removing: set[int] = field(default_factory=set)
    """Those that somebody removes, or has removed, or has tried to."""
    faults: list[str] = field(default_factory=list)
    _serial: int = 0
    _lock: Lock = field(default_factory=Lock)

    def write(self, rng: random.Random) -> tuple[int, bytes]:
        """Write a message of a few to some thousand octets, some of whose lines begin with dots."""
        with self._lock:
            self._serial += 1
            serial = self._serial
        body = "".join(f"{rng.choice(('.', '..', '', 'From '))}{serial}\n" for _ in range(3))
        body += f"{'x' * 60}\n" * rng.randrange(50)
        text = f"Subject: beside\nX-Serial: {serial}\n\n{body}"
        return serial, text.encode()

    def note(self, serial: int, octets: bytes) -> None:
        """Note that a delivery is over."""
        with self._lock:
            self.delivered[serial] = octets

    def remove(self, serial: int) -> None:
        """Note that a message is about to be removed."""
        with self._lock:
            self.removing.add(serial)

    def expected(self) -> set[int]:
        """Give those that must be there, unless they are removed from now on."""
        with self._lock:
            return set(self.delivered) - self.removing

    def complain(self, fault: str) -> None:
        """Note what should not be so."""
        with self._lock:
            self.faults.append(fault)


@dataclass(slots=True)
class Weather:
    """When everybody works, when everybody rests, and when it is over."""

    over: Event = field(default_factory=Event)
    _began: float = field(default_factory=monotonic)

    def works(self, pause_s: float) -> bool:
        """Wait for one's next turn, and say whether there is one."""
        if self.over.wait(pause_s):
            return False
        still_s = CYCLE_S - (monotonic() - self._began) % CYCLE_S
        return still_s > CYCLE_S - BUSY_S or not self.over.wait(still_s)


def places(maildir: Path) -> list[Path]:
    """List the files of a Maildir, which may be gone a moment later."""
    return [path for folder in ("new", "cur") for path in (maildir / folder).iterdir()]
