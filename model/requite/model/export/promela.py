"""A declaration in Promela, for SPIN (Holzmann, The SPIN Model Checker, 2003).

Decides how it is written there: sessions told apart are processes, with one option of a `do` for
each step; counted, they are one process and a number for each place. A step is one `d_step`, and
so is the process that asserts the invariants and changes nothing, so that SPIN stores the states of
the net and no others.
"""

from collections.abc import Iterator
from typing import Final

from requite.model.explore.net import REST, Net
from requite.model.export.system import ExportError, Step, System, system_of, wrapped

__all__ = ("promela",)

WORDS: Final[str] = (
    "active assert atomic bit bool break byte chan do d_step d_proctype else empty enabled eval "
    "false fi for full get_priority goto hidden if in init inline int len ltl mtype nempty never "
    "nfull notrace od of pc_value pid print printf printm priority proctype provided return run "
    "select set_priority short show skip timeout trace true typedef unless unsigned xr xs "
    "begun can_move invariants moves place session sessions slot"
)
"""What the language and the text keep for themselves."""
PROCESSES_MAX: Final = 255
"""What SPIN runs at once; one of them asserts. An `mtype` has at most as many names."""
AND_OR: Final = {"both": " && ", "either": " || "}
HOW: Final = (
    "SPIN says how many states there are, or the shortest way to a broken assertion:",
    "    spin -a FILE && gcc -O2 -DBFS -DNOREDUCE -o pan pan.c && ./pan",
    "    spin -t -p -g FILE",
)


def promela(net: Net, declared_at: str, *, counted: bool = False) -> str:
    """Return a net as Promela.

    Args:
        net: places, counters and moves, for a number of sessions.
        declared_at: where the declaration stands, such as "module:name".
        counted: whether sessions are only counted in each place, not told apart.

    Raises:
        ExportError: a name cannot be written, or there are too many of them.
    """
    system = system_of(net, declared_at, WORDS.split())
    if max(system.sessions + 1, len(system.places)) > PROCESSES_MAX:
        raise ExportError(
            f"{system.sessions} sessions in {len(system.places)} places are too many for Promela; "
            f"expected at most {PROCESSES_MAX - 1} sessions and {PROCESSES_MAX} places: name fewer "
            "sessions, accounts or resources"
        )
    return "\n".join(_lines(system, counted=counted)) + "\n"


def _lines(system: System, *, counted: bool) -> Iterator[str]:
    yield "/*"
    yield from (f" * {line}".rstrip() for line in system.notice("Promela", HOW, counted=counted))
    yield " */"
    yield ""
    yield f"#define SESSIONS {system.sessions}"
    yield from (f"#define {name} {limit}" for name, limit in system.limits.items())
    yield ""
    yield from _sessions_counted(system) if counted else _sessions(system)
    yield ""
    for count in system.counts:
        yield f"/* {_said(count.about)} */"
        yield f"short count_{count.name} = 0;"
    yield ""
    yield from _process(system, counted=counted)
    yield ""
    yield from _invariants_counted(system) if counted else _invariants(system)


def _said(text: str) -> str:
    return text.replace("*/", "* /")


# --- where the sessions are ----------------------------------------------------------------------


def _sessions(system: System) -> Iterator[str]:
    yield "mtype = {"
    yield ",\n".join(f"    {name}" for name in system.places)
    yield "};"
    yield f"mtype place[SESSIONS] = {system.places[REST]};"


def _sessions_counted(system: System) -> Iterator[str]:
    yield "/* How many sessions are in each place. */"
    for number, name in enumerate(system.places):
        yield f"byte at_{name} = {'SESSIONS' if number == REST else 0};"


# --- what is asserted ----------------------------------------------------------------------------


def _invariants(system: System) -> Iterator[str]:
    """Yield the process that adds up the holders, session by session, and asserts."""
    rest = system.places[REST]
    sums = ["slot", "begun", "moves", *(f"holders_{count.name}" for count in system.counts)]
    yield "/* Whether a session in a place has a step that it can take. */"
    yield "#define can_move(p) (" + " \\\n    || ".join(system.ways("p == {}", **AND_OR)) + ")"
    yield ""
    yield "/* Sums, which are 0 outside the next process: they tell no states apart. */"
    yield f"byte {', '.join(sums)};"
    yield ""
    yield "active proctype invariants() {"
    yield "    do"
    yield "    :: d_step {"
    yield "        do"
    yield "        :: slot < SESSIONS ->"
    yield f"            begun = begun || place[slot] != {rest};"
    yield "            moves = moves || can_move(place[slot]);"
    for count in system.counts:
        held = [f"place[slot] == {system.places[place]}" for place in count.held_in]
        if held:
            yield f"            holders_{count.name} = holders_{count.name} +"
            yield "                (" + "\n                || ".join(held) + ");"
    yield "            slot++"
    yield "        :: else -> break"
    yield "        od;"
    yield from _asserted(system, [f"holders_{count.name}" for count in system.counts])
    yield "        assert(moves || !begun);"
    yield f"        {'; '.join(f'{name} = 0' for name in sums)}"
    yield "    }"
    yield "    od"
    yield "}"


def _invariants_counted(system: System) -> Iterator[str]:
    """Yield the process that asserts over the numbers of sessions."""
    yield "/* Whether some session that has begun has a step that it can take. */"
    yield "#define moves (" + " \\\n    || ".join(system.ways("at_{} > 0", **AND_OR)) + ")"
    yield ""
    yield "active proctype invariants() {"
    yield "    do"
    yield "    :: d_step {"
    holders = [
        " + ".join(f"at_{system.places[place]}" for place in count.held_in) or "0"
        for count in system.counts
    ]
    yield from _asserted(system, holders)
    yield f"        assert(moves || at_{system.places[REST]} == SESSIONS)"
    yield "    }"
    yield "    od"
    yield "}"


def _asserted(system: System, holders: list[str]) -> Iterator[str]:
    for count, holding in zip(system.counts, holders, strict=True):
        yield f"        assert(count_{count.name} == {holding});"
        most = "" if count.limit is None else f" && count_{count.name} <= {count.limit_name}"
        yield f"        assert(count_{count.name} >= 0{most});"


# --- steps ---------------------------------------------------------------------------------------


def _process(system: System, *, counted: bool) -> Iterator[str]:
    yield "active proctype sessions() {" if counted else "active [SESSIONS] proctype session() {"
    yield "    do"
    for step in system.steps:
        conditions = (_there(system, step, counted=counted), *system.conditions(step))
        changes = (*_moved(system, step, counted=counted), *_changes(system, step))
        yield ""
        yield "    /* " + "\n     * ".join(wrapped(_said(system.story(step)))) + " */"
        yield f"    :: d_step {{ {' && '.join(conditions)} ->"
        yield f"        {'; '.join(changes) or 'skip'}"
        yield "    }"
    yield ""
    yield "    od"
    yield "}"


def _there(system: System, step: Step, *, counted: bool) -> str:
    source = system.places[step.source]
    return f"at_{source} > 0" if counted else f"place[_pid] == {source}"


def _moved(system: System, step: Step, *, counted: bool) -> Iterator[str]:
    if step.source == step.target:
        return
    source, target = system.places[step.source], system.places[step.target]
    if counted:
        yield f"at_{source}--; at_{target}++"
    else:
        yield f"place[_pid] = {target}"


def _changes(system: System, step: Step) -> Iterator[str]:
    for number, change in step.change:
        name = f"count_{system.counts[number].name}"
        yield f"{name} = {name} {'+' if change > 0 else '-'} {abs(change)}"
