"""Compare exploration with other checkers on one problem, and measure what is promised of it.

    python -m benchmarks.checkers

Decides which questions are asked of whom, and the goals. Each checker gets the abstract POP3
problem (`requite.lifecycles.abstract_pop3`) in its own language, must report the same number of
states, and is a process of its own; who is not installed is named and left out. A peer written in
Python runs in the interpreter that PEERS_PYTHON names, or else in this one.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from requite.lifecycles.abstract_pop3 import ABSTRACT_POP3
from requite.model.explore.net import Net, net_of
from requite.model.explore.scope import scope_of
from requite.model.export import murphi, promela
from requite.model.export.opinions import Opinion, ToolMissingError, rumur, spin

ROOT: Final = Path(__file__).parent.parent
PEERS_PYTHON: Final = os.environ.get("PEERS_PYTHON", sys.executable)
REQUITE: Final = str(Path(sys.executable).with_name("requite"))
DECLARED_AT: Final = "requite.lifecycles.abstract_pop3"
ROUNDS: Final = 3
PATIENCE_S: Final = 120.0
STATES: Final = {4: 12_751, 5: 119_525, 6: 1_052_875, 7: 8_766_875}
"""What every exact checker must report, by the number of sessions."""

COUNTED: Final = (20, 607_251)
CUT: Final = 24_288
COUNTED_AT_MOST_S: Final = 10.0
CUT_AT_MOST_S: Final = 0.5
STORY_AT_MOST_S: Final = 0.2
MUTATION_AT_MOST_S: Final = 10.0
MUSIL_TIMES: Final = 10.0


class NotHereError(Exception):
    """A checker that is not installed; the text says how to have it."""


class WrongError(Exception):
    """A checker that did not answer as every exact one must."""


@dataclass(frozen=True, slots=True)
class Checker:
    """One way to find every state for a number of sessions."""

    name: str
    ask: Callable[[int], tuple[int, float]]
    """Returns the states found, and the seconds of the search alone."""
    most: int
    """The number of sessions up to which it is asked: beyond, it takes a minute and more."""


# --- asking --------------------------------------------------------------------------------


def _python(interpreter: str, module: str, *arguments: object) -> tuple[int, float]:
    done = subprocess.run(
        [interpreter, "-m", f"benchmarks.peers.{module}", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    if "ModuleNotFoundError" in done.stderr:
        name = module.removeprefix("with_")
        raise NotHereError(
            f"{name} is not installed; make an environment with it (musil needs Python 3.12 or "
            "later) and name its interpreter: PEERS_PYTHON=... make bench"
        )
    if done.returncode:
        raise WrongError(f"{module}: {done.stderr.strip() or done.stdout.strip()}")
    answer = json.loads(done.stdout)
    return int(answer["states"]), float(answer["seconds"])


def ours(reduction: str) -> Callable[[int], tuple[int, float]]:
    """Return how requite is asked, in a process of its own like the others."""
    return lambda sessions: _python(sys.executable, "with_requite", reduction, sessions)


def _net(sessions: int) -> Net:
    declared = ABSTRACT_POP3.declaration
    scope = scope_of(declared, sessions=sessions, accounts=2, limit=2, crash=False)
    return net_of(declared, scope)


def _answer(opinion: Opinion) -> tuple[int, float]:
    if not opinion.proved or opinion.states is None or opinion.search_s is None:
        raise WrongError(str(opinion))
    return opinion.states, opinion.search_s


def by_spin(sessions: int) -> tuple[int, float]:
    """Ask SPIN, breadth first; the seconds are those of the search, compiled before."""
    return _answer(spin(promela(_net(sessions), DECLARED_AT), timeout_s=PATIENCE_S))


def by_rumur(sessions: int) -> tuple[int, float]:
    """Ask rumur; the seconds are those of the search, compiled before."""
    return _answer(rumur(murphi(_net(sessions), DECLARED_AT), timeout_s=PATIENCE_S))


CHECKERS: Final = (
    Checker("requite, plain", ours("plain"), 7),
    Checker("spin -DBFS", by_spin, 6),
    Checker("rumur", by_rumur, 5),
    Checker("minicheck", lambda n: _python(PEERS_PYTHON, "with_minicheck", n), 5),
    Checker("musil", lambda n: _python(PEERS_PYTHON, "with_musil", n), 5),
)


def measured(checker: Checker, sessions: int) -> float:
    """Return the seconds that a checker takes, once it has reported what it must."""
    try:
        states, seconds = checker.ask(sessions)
    except ToolMissingError as error:
        raise NotHereError(str(error)) from None
    if states != STATES[sessions]:
        raise WrongError(f"{checker.name} found {states:,} states, not {STATES[sessions]:,}")
    return seconds


def whole_process(*arguments: str, code: int) -> float:
    """Return the wall seconds of one command, its start included."""
    before = time.perf_counter()
    done = subprocess.run(
        [REQUITE, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    seconds = time.perf_counter() - before
    if done.returncode != code:
        raise WrongError(f"requite {' '.join(arguments)} ended with {done.returncode}")
    return seconds


# --- showing -------------------------------------------------------------------------------


def plain_table() -> dict[str, dict[int, float]]:
    """Ask every checker in each of the rounds, and return the medians."""
    found: dict[str, dict[int, list[float]]] = {checker.name: {} for checker in CHECKERS}
    for round_ in range(ROUNDS):
        for checker in CHECKERS:
            for sessions in (number for number in STATES if number <= checker.most):
                print(f"round {round_ + 1}, {checker.name}, N={sessions}", file=sys.stderr)
                try:
                    seconds = measured(checker, sessions)
                except NotHereError as missing:
                    print(f"benchmarks: {missing}", file=sys.stderr)
                    break
                found[checker.name].setdefault(sessions, []).append(seconds)
    return {
        name: {sessions: median(seconds) for sessions, seconds in row.items()}
        for name, row in found.items()
        if row
    }


def table_lines(table: dict[str, dict[int, float]]) -> Iterator[str]:
    """Yield the table: seconds of the search, and times as long as ours in the same run."""
    head = "".join(f"{f'N={n}':>18}" for n in STATES)
    yield f"{'every interleaving, seconds':<30}{head}"
    yield f"{'  states':<30}" + "".join(f"{states:>18,}" for states in STATES.values())
    mine = table[CHECKERS[0].name]
    for name, row in table.items():
        cells = (
            f"{row[n]:>9.2f} {row[n] / mine[n]:>6.1f} x" if n in row else f"{'-':>18}"
            for n in STATES
        )
        yield f"{name:<30}{''.join(cells)}"


def goals(table: dict[str, dict[int, float]]) -> Iterator[tuple[str, str, bool]]:
    """Yield each goal with what was found and whether it is met."""
    mine = table[CHECKERS[0].name]
    for sessions in (5, 6):
        if sessions in table.get("spin -DBFS", {}):
            ratio = table["spin -DBFS"][sessions] / mine[sessions]
            yield f"at least as fast as spin -DBFS at N={sessions}", f"{ratio:.1f} x", ratio >= 1
    if "musil" in table:
        ratio = table["musil"][5] / mine[5]
        yield f"at least {MUSIL_TIMES:g} x musil at N=5", f"{ratio:.0f} x", ratio >= MUSIL_TIMES
    sessions, expected = COUNTED
    states, seconds = _python(sys.executable, "with_requite", "counted", sessions)
    yield (
        f"N={sessions} exhausted in at most {COUNTED_AT_MOST_S:g} s ({expected:,} states)",
        f"{seconds:.2f} s",
        states == expected and seconds <= COUNTED_AT_MOST_S,
    )
    states, seconds = _python(sys.executable, "with_requite", "cut")
    yield (
        f"every N by the cut in at most {CUT_AT_MOST_S:g} s ({CUT:,} states)",
        f"{seconds:.2f} s",
        states == CUT and seconds <= CUT_AT_MOST_S,
    )
    for draft in ("FORGETS", "REFUNDS"):
        took = [whole_process("explore", f"{DECLARED_AT}:{draft}", code=1) for _ in range(ROUNDS)]
        yield (
            f"shortest counterexample of {draft}, process start included, "
            f"in at most {STORY_AT_MOST_S:g} s",
            f"{median(took):.2f} s",
            median(took) <= STORY_AT_MOST_S,
        )
    seconds = whole_process("mutate", "requite.lifecycles.pop3:POP3_SESSION", code=0)
    yield (
        f"every mutant of the POP3 session killed or explained in at most {MUTATION_AT_MOST_S:g} s",
        f"{seconds:.1f} s",
        seconds <= MUTATION_AT_MOST_S,
    )


def main() -> int:
    """Print the table and the goals; 1 when a checker answers wrongly."""
    try:
        table = plain_table()
        print("\n".join(table_lines(table)))
        for claim, found, is_met in goals(table):
            print(f"goal: {claim}: {'met' if is_met else 'NOT MET'} ({found})", flush=True)
    except WrongError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
