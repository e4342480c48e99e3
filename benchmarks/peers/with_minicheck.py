"""The abstract POP3 problem checked by minicheck (PyPI).

    python -m benchmarks.peers.with_minicheck SESSIONS

Prints the states found and the seconds that the check itself took, as JSON.
"""

import json
import sys
import time

from benchmarks.peers.abstract import State, balanced, start, steps_of
from minicheck import Protocol, check_safety

sessions = int(sys.argv[1])
steps = [step for slot in range(sessions) for step in steps_of(slot)]


def following(state: State) -> list[tuple[str, State]]:
    """Return every step that can be taken, with where it leads."""
    return [(name, effect(state)) for name, guard, effect in steps if guard(state)]


protocol = Protocol(
    name="abstract POP3",
    candidate=False,
    fields=("slots", "counts"),
    initial=start(sessions),
    transitions=following,
    invariants={"balanced": lambda at: balanced((at["slots"], at["counts"]))},
)
before = time.perf_counter()
result = check_safety(protocol)
seconds = time.perf_counter() - before
if not result["properties"]["balanced"]["holds"]:
    sys.exit(f"expected no violation, found {result}")
print(json.dumps({"states": result["reachable_states"], "seconds": seconds}))
