"""Measure what the library costs on a declaration of fifty rows: a list of measures, one a line.

    python -m benchmarks.model

Decides the declaration that is measured, and how: the median of many calls, each timed alone. A
measure is a name, what is called, and the goal that the figure is held against.
"""

import gc
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final

from requite.model import AnyDeclaration, faults_of, imbalances
from requite.model.balance import place_invariants, semiflows
from requite.model.interchange import from_json, from_transitions, to_json

EDGES: Final = 50
STAGES: Final = 12
THINGS: Final = 6
WAYS_OUT: Final = ("quit", "lost", "expired", "failed")
CALLS: Final = 200


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is done to the declaration, and how long it may take at the median."""

    name: str
    call: Callable[[AnyDeclaration], object]
    at_most_ms: float | None = None


MEASURES: Final = (
    Measure("check the balance", lambda declared: list(imbalances(declared)), 1.0),
    Measure("discover all place invariants", place_invariants, 10.0),
    Measure("find all semiflows", semiflows),
    Measure("ask every rule", faults_of),
    Measure("write as JSON and read", lambda declared: from_json(to_json(declared))),
)


def fifty_rows() -> AnyDeclaration:
    """Return a session that climbs twelve stages, takes six things and can leave from each stage.

    At every other stage one thing more is held; each way out gives back all of them.
    """
    stages = [f"stage_{number}" for number in range(STAGES)]
    climbs = [[f"granted_{n}", here, there] for n, (here, there) in enumerate(pairwise(stages))]
    ways_out = [[event, stage, "gone"] for event in WAYS_OUT for stage in stages]
    return from_transitions(
        {
            "states": [*stages, "gone"],
            "transitions": [*climbs, *ways_out][:EDGES],
            "initial": stages[0],
        },
        holds={f"THING_{n}": stages[2 * n + 1 :] for n in range(THINGS)},
        name="fifty",
    )


def median_ms(call: Callable[[], object]) -> float:
    """Return the median time of a call."""
    times = []
    for _ in range(CALLS):
        before = time.perf_counter_ns()
        call()
        times.append(time.perf_counter_ns() - before)
    return statistics.median(times) / 1e6


def main() -> int:
    """Print each measure with its median and its goal."""
    declared = fifty_rows()
    if len(declared.edges) != EDGES or list(imbalances(declared)):
        print("benchmarks: what is measured is not what is said", file=sys.stderr)
        return 1
    print(f"{len(declared.edges)} rows, {len(declared.states)} states, {THINGS} resources")
    gc.disable()
    for measure in MEASURES:
        found = median_ms(partial(measure.call, declared))
        goal = ""
        if measure.at_most_ms is not None:
            met = "met" if found <= measure.at_most_ms else "NOT MET"
            goal = f"  goal: at most {measure.at_most_ms:g} ms: {met}"
        print(f"{measure.name:<32}{found:>9.3f} ms{goal}")
    gc.enable()
    return 0


if __name__ == "__main__":
    sys.exit(main())
