"""The abstract POP3 problem checked by musil (PyPI, Python 3.12 and later).

    python -m benchmarks.peers.with_musil SESSIONS

Prints the states found and the seconds that the check itself took, as JSON.
"""

import json
import sys
import time

from benchmarks.peers.abstract import balanced, start, steps_of
from musil import Action, Model, check

sessions = int(sys.argv[1])
model = Model(
    init=[start(sessions)],
    actions=[
        Action(f"{name}, {number}", guard, effect)
        for slot in range(sessions)
        for number, (name, guard, effect) in enumerate(steps_of(slot))
    ],
    invariants={"balanced": balanced},
)
before = time.perf_counter()
result = check(model, max_states=10**8)
seconds = time.perf_counter() - before
if not result.ok:
    sys.exit(f"expected no violation, found {result}")
print(json.dumps({"states": result.states_explored, "seconds": seconds}))
