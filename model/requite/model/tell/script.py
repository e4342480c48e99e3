"""A story as a script that is played on a server, and the books compared after every step.

Decides what a driver is told and what is expected of the books. Refuses to know any server: a
driver brings each step about as in life, and reads what the server has counted.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

__all__ = ("Cue", "Driven", "Driver", "Names", "Script", "check_books", "play")

Names: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cue:
    """One step: which session, what happens to it, where it stands afterwards."""

    session: int
    event: str
    source: str
    target: str
    keys: Mapping[str, int] = field(default_factory=dict)
    """The key of each resource that the step is about, such as ACCOUNT: 1."""
    held: Mapping[str, int] = field(default_factory=dict)
    """How many sessions hold what each book counts, afterwards; what is not named nobody holds."""
    died: bool = False
    """Whether it is the process of the session that ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A story without its declaration."""

    lifecycle: str
    about: Names
    """The books that must be counted, since they were wrong when the story was found."""
    limits: Mapping[str, int]
    """The limit of each book that has one, such as "ACCOUNT 1": 2."""
    cues: tuple[Cue, ...]
    taken_by: Mapping[str, Names] = field(default_factory=dict)
    """The resources that each event brings."""
    refused_by: Mapping[str, Names] = field(default_factory=dict)
    """The resources for which each event says there is no room."""
    given_back_by: Mapping[str, Names] = field(default_factory=dict)
    """The resources that each effect gives back."""
    again_from: int | None = None
    """For a way that never ends, the number of the step with which it begins anew."""
    fair: tuple[Names, ...] = ()
    """Sets of events; of each one comes, if one of them could come all the time."""
    stuck: bool = False
    """Whether the story ends where nobody can move."""

    def where(self, number: int) -> str:
        """Return the words for a step, by its number from 1."""
        cue = self.cues[number - 1]
        return f"step {number} of {len(self.cues)}, S{cue.session} {cue.event} in {cue.source}"

    def next_key(self, number: int, resource: str) -> int:
        """Return the key of a resource that a session has in a step, or next has; at last 1."""
        session = self.cues[number - 1].session
        later = [cue for cue in self.cues[number - 1 :] if cue.session == session]
        return next((cue.keys[resource] for cue in later if resource in cue.keys), 1)


class Driven(Protocol):
    """A server that is driven through a script."""

    async def take(self, number: int, /) -> str:
        """Bring a step about, by its number from 1, and return the state the session is in then."""
        ...

    def books(self) -> Mapping[str, int]:
        """Return how much is counted in each book that the server keeps, such as "ACCOUNT 1"."""
        ...


Driver: TypeAlias = Callable[[Script], AbstractAsyncContextManager[Driven]]
"""What makes a server ready for a script, and ends it afterwards."""


async def play(script: Script, driver: Driver) -> None:
    """Play a script on a server.

    Raises:
        AssertionError: a count is not the number of sessions that hold what it counts, or a
            session is elsewhere than in the script; the text names the step.
        LookupError: the driver does not say what the script is about.
    """
    async with driver(script) as driven:
        for number, cue in enumerate(script.cues, 1):
            state = await driven.take(number)
            check_books(script, number, driven.books(), cue.held)
            if state != cue.target:
                raise AssertionError(
                    f"{script.where(number)}: expected the session to be in {cue.target}, "
                    f"found it in {state}"
                )


def check_books(
    script: Script, number: int, counted: Mapping[str, int], held: Mapping[str, int]
) -> None:
    """Compare what is counted after a step with how many hold it, and with the limit.

    Raises:
        AssertionError: they differ, or the limit is passed.
        LookupError: something that the script is about is not counted at all.
    """
    for name in script.about:
        if name not in counted:
            known = ", ".join(counted) or "nothing"
            raise LookupError(f"the driver does not say what is counted of {name}; it says {known}")
    for name, count in counted.items():
        holders = held.get(name, 0)
        if count != holders:
            raise AssertionError(
                f"{script.where(number)}: expected {name} to be counted {_times(holders)}, as "
                f"often as it is held; found {_times(count)}"
            )
        if name in script.limits and count > script.limits[name]:
            raise AssertionError(
                f"{script.where(number)}: expected {name} to be counted at most "
                f"{_times(script.limits[name])}; found {_times(count)}"
            )


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
