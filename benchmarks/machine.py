"""Compare what one step of a session costs: plain look-ups, the derived machine, `transitions`.

    python -m benchmarks.machine

Decides how a step is timed and how the memory of a session is counted, the same way for all. The
words are the shortest ways from the start of the declared POP3 session over each of its rows.
"""

import gc
import importlib
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol, cast

from requite.lifecycles.pop3 import POP3_SESSION

DERIVED_MODULE: Final = "requite.generated.pop3"
INSTANCES: Final = 1000
ROUNDS: Final = 7
ROUND_S: Final = 0.1
"""Long enough for thousands of steps of the slowest, short enough that seven rounds take 2 s."""
RATIO_TO_PLAIN_AT_MOST: Final = 2.0
BYTES_AT_MOST: Final = 128
TIMES_FASTER_AT_LEAST: Final = 40.0

Word = tuple[str, ...]
Table = Mapping[str, Mapping[str, str]]


class NotDerivedYet(Exception):  # noqa: N818 - it reads as the sentence that it is.
    """There is no derived machine to measure."""


# --- what is walked ------------------------------------------------------------------------


def table_of_declaration() -> Table:
    """Return the declared rows as a dict of dicts of names."""
    table: dict[str, dict[str, str]] = {row.state.name: {} for row in POP3_SESSION.rows}
    for edge in POP3_SESSION.edges:
        table[edge.source.name][edge.event.name] = edge.target.name
    return table


def edge_words(table: Table, start: str) -> tuple[Word, ...]:
    """Return, for each row, the shortest word from the start that ends by taking it."""
    shortest: dict[str, Word] = {start: ()}
    words: list[Word] = []
    waiting = [start]
    for state in waiting:
        for event, target in table[state].items():
            words.append((*shortest[state], event))
            if target not in shortest:
                shortest[target] = words[-1]
                waiting.append(target)
    return tuple(words)


# --- the forms -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Form:
    """One way to run the machine: how sessions are made, and how one is walked over a word."""

    name: str
    make: Callable[[int], Sequence[object]]
    walk: Callable[[Sequence[object]], None]
    """Takes one session, fresh from the start, for each word, and walks each over its word."""
    steps: int


def _count(words: Sequence[Sequence[object]]) -> int:
    return sum(map(len, words))


def plain_form(table: Table, start: str, words: Sequence[Word]) -> Form:
    """Return the look-ups in a dict of dicts, behind a method, as any session's step is."""

    class Plain:
        __slots__ = ("state",)

        def __init__(self) -> None:
            self.state = start

        def step(self, event: str) -> str:
            self.state = state = table[self.state][event]
            return state

    def walk(sessions: Sequence[object]) -> None:
        for session, word in zip(cast("Sequence[Plain]", sessions), words, strict=True):
            for event in word:
                session.step(event)

    return Form(
        "dict of dicts, a method",
        lambda count: [Plain() for _ in range(count)],
        walk,
        _count(words),
    )


def inline_form(table: Table, start: str, words: Sequence[Word]) -> Form:
    """Return the same look-ups with nothing around them: no session, no call. Only a floor."""

    def walk(_sessions: Sequence[object]) -> None:
        for word in words:
            state = start
            for event in word:
                state = table[state][event]

    return Form("dict of dicts, bare loop", lambda count: [start] * count, walk, _count(words))


class DerivedMachine(Protocol):
    """What the derived package offers to a shell."""

    def step(self, event: Enum, /) -> object:
        """Go on by one event."""
        ...


def derived_form(words: Sequence[Word]) -> Form:
    """Adapt the derived machine. This is the only place that knows how it is called.

    Raises:
        NotDerivedYet: the package has not been derived.
    """
    try:
        module = importlib.import_module(DERIVED_MODULE)
    except ModuleNotFoundError as missing:
        raise NotDerivedYet(f"{DERIVED_MODULE} is not there: run `requite derive`") from missing
    # A module that is looked up at run time has no types; these two are what is relied on.
    make_one = cast("Callable[[], DerivedMachine]", module.Machine)
    events = cast("type[Enum]", module.Event)
    derived_words = [tuple(events[name] for name in word) for word in words]

    def walk(sessions: Sequence[object]) -> None:
        machines = cast("Sequence[DerivedMachine]", sessions)
        for machine, word in zip(machines, derived_words, strict=True):
            for event in word:
                machine.step(event)

    return Form("derived", lambda count: [make_one() for _ in range(count)], walk, _count(words))


class TransitionsModel:
    """A model to which `transitions` adds its methods at run time."""

    trigger: Callable[[str], bool]


def transitions_form(words: Sequence[Word]) -> Form:
    """Return the library at its best: one machine for all sessions, each of them a model."""

    def make(count: int) -> list[object]:
        models: list[object] = [TransitionsModel() for _ in range(count)]
        # What it adds to the models refers to the machine, so that it lives as long as they do.
        POP3_SESSION.plain_machine(models)
        return models

    def walk(sessions: Sequence[object]) -> None:
        models = cast("Sequence[TransitionsModel]", sessions)
        for model, word in zip(models, words, strict=True):
            for event in word:
                model.trigger(event)

    return Form("transitions.Machine", make, walk, _count(words))


# --- measuring -----------------------------------------------------------------------------


def ns_per_event(form: Form, sessions_needed: int) -> float:
    """Walk all words again and again for one round, and return the best pass."""
    best = float("inf")
    end = time.perf_counter() + ROUND_S
    while time.perf_counter() < end:
        sessions = form.make(sessions_needed)
        before = time.perf_counter_ns()
        form.walk(sessions)
        best = min(best, (time.perf_counter_ns() - before) / form.steps)
    return best


def bytes_per_session(form: Form) -> float:
    """Return what one more session allocates, over many of them."""
    kept = [form.make(1)]
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    kept.append(form.make(INSTANCES))
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # The list that keeps them is the harness's, not the session's.
    return (after - before - sys.getsizeof(kept[-1])) / INSTANCES


@dataclass(frozen=True, slots=True)
class Cost:
    """What one form costs."""

    ns: float
    octets: float


def measure(forms: Sequence[Form], sessions_needed: int) -> list[Cost]:
    """Visit every form in each round, so that a machine that slows down slows all of them."""
    best = [float("inf")] * len(forms)
    gc.disable()
    for _ in range(ROUNDS):
        for index, form in enumerate(forms):
            best[index] = min(best[index], ns_per_event(form, sessions_needed))
            gc.collect()
    gc.enable()
    return [Cost(ns, bytes_per_session(form)) for ns, form in zip(best, forms, strict=True)]


# --- showing -------------------------------------------------------------------------------


def _verdict(claim: str, found: str, *, is_met: bool) -> str:
    return f"goal: {claim}: {'met' if is_met else 'NOT MET'} ({found})"


def verdicts(plain: Cost, derived: Cost, library: Cost) -> list[str]:
    """Return the goals of the derived machine, each with what was found."""
    ratio = derived.ns / plain.ns
    faster = library.ns / derived.ns
    return [
        _verdict(
            f"a step of the derived machine costs at most {RATIO_TO_PLAIN_AT_MOST:g} x plain",
            f"{ratio:.2f} x",
            is_met=ratio <= RATIO_TO_PLAIN_AT_MOST,
        ),
        _verdict(
            f"at most {BYTES_AT_MOST} bytes of machine state for a session",
            f"{derived.octets:.0f}",
            is_met=derived.octets <= BYTES_AT_MOST,
        ),
        _verdict(
            f"at least {TIMES_FASTER_AT_LEAST:g} x faster than transitions.Machine",
            f"{faster:.0f} x",
            is_met=faster >= TIMES_FASTER_AT_LEAST,
        ),
    ]


def main() -> int:
    """Print the forms side by side; 1 when there is no derived machine to measure yet."""
    table, start = table_of_declaration(), POP3_SESSION.start.name
    words = edge_words(table, start)
    plain, inline = plain_form(table, start, words), inline_form(table, start, words)
    library = transitions_form(words)
    missing = ""
    try:
        forms = [plain, derived_form(words), library, inline]
    except NotDerivedYet as trouble:
        forms, missing = [plain, library, inline], str(trouble)
    print(f"{len(words)} words, {plain.steps} events, {ROUNDS} rounds", file=sys.stderr, flush=True)
    costs = measure(forms, len(words))
    print(f"{'form':<26}{'ns an event':>12}{'bytes a session':>17}{'x plain':>10}")
    for form, cost in zip(forms, costs, strict=True):
        print(f"{form.name:<26}{cost.ns:>12.1f}{cost.octets:>17.0f}{cost.ns / costs[0].ns:>10.2f}")
    if missing:
        print(f"benchmarks: {missing}", file=sys.stderr)
        return 1
    print("\n".join(verdicts(costs[0], costs[1], costs[2])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
