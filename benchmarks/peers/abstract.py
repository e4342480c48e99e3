"""The abstract POP3 problem for checkers that take Python functions: states and steps.

Decides nothing that `requite.lifecycles.abstract_pop3` has not decided: it is the same problem as
somebody would write it for another library, and counts of states show that it is. Needs nothing
but the standard library, so that a peer may run in an interpreter of its own.
"""

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

__all__ = ("ACCOUNTS", "LIMIT", "Slots", "State", "balanced", "start", "steps_of")

ACCOUNTS: Final = 2
LIMIT: Final = 2

Slots: TypeAlias = tuple[str, ...]
State: TypeAlias = tuple[Slots, tuple[int, ...]]
Step: TypeAlias = tuple[str, Callable[[State], bool], Callable[[State], State]]

FREE: Final = (
    ("accept", "closed", "connected"),
    ("greet", "connected", "auth"),
    ("stls", "auth", "tls"),
    ("tlsok", "tls", "auth"),
    ("tlsbad", "tls", "closed"),
    ("begin", "auth", "sasl"),
    ("cancel", "sasl", "auth"),
    ("quit", "auth", "closed"),
    *(("end", phase, "closed") for phase in ("connected", "auth", "tls", "sasl")),
)


def start(sessions: int) -> State:
    """Return the state in which no session has begun."""
    return ("closed",) * sessions, (0,) * ACCOUNTS


def balanced(state: State) -> bool:
    """Say that each count is the number of sessions that hold, and within its limit."""
    slots, counts = state
    return all(
        sum(slot.endswith(str(account)) for slot in slots) == count <= LIMIT
        for account, count in enumerate(counts)
    )


def steps_of(slot: int) -> Iterator[Step]:
    """Yield the guarded steps of one session."""
    for name, source, target in FREE:
        yield _step(slot, name, source, target)
    for account in range(ACCOUNTS):
        for phase in ("auth", "sasl"):
            yield _login(slot, phase, account)
            yield _refused(slot, phase, account)
        yield _step(slot, "retr", f"trans{account}", f"stream{account}")
        yield _step(slot, "sent", f"stream{account}", f"trans{account}")
        yield _step(slot, "quit", f"trans{account}", f"update{account}")
        yield _step(slot, "commit", f"update{account}", "closed", account)
        for phase in ("trans", "stream", "update"):
            yield _step(slot, "end", f"{phase}{account}", "closed", account)


def _moved(state: State, slot: int, target: str, account: int | None, change: int) -> State:
    slots, counts = state
    slots = (*slots[:slot], target, *slots[slot + 1 :])
    if account is not None:
        counts = (*counts[:account], counts[account] + change, *counts[account + 1 :])
    return slots, counts


def _step(slot: int, name: str, source: str, target: str, gives_back: int | None = None) -> Step:
    return (
        f"{name} {slot}",
        lambda state: state[0][slot] == source,
        lambda state: _moved(state, slot, target, gives_back, -1),
    )


def _login(slot: int, source: str, account: int) -> Step:
    return (
        f"login {slot}",
        lambda state: state[0][slot] == source and state[1][account] < LIMIT,
        lambda state: _moved(state, slot, f"trans{account}", account, 1),
    )


def _refused(slot: int, source: str, account: int) -> Step:
    return (
        f"refused {slot}",
        lambda state: state[0][slot] == source and state[1][account] >= LIMIT,
        lambda state: _moved(state, slot, "closed", None, 0),
    )
