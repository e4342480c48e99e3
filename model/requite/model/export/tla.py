"""A declaration in TLA+, for TLC (Lamport, Specifying Systems, 2002).

Decides how it is written there: one action for each step, and the configuration that names the
sessions and the limits. Counted, the configuration says that sessions are interchangeable.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from requite.model.explore.net import REST, Net
from requite.model.export.system import Names, Step, System, system_of, wrapped

__all__ = ("tla", "tla_configuration")

INVARIANTS: Final = ("CountsAreHolders", "LimitsAreKept", "SomebodyCanMove")
HOW: Final = (
    "TLC says how many distinct states there are, or the shortest way to a broken invariant:",
    "    java -cp tla2tools.jar tlc2.TLC {name}",
)


def tla(net: Net, declared_at: str, *, counted: bool = False) -> str:
    """Return a net as a module of TLA+; its file must bear the name of the declaration.

    Args:
        net: places, counters and moves, for a number of sessions.
        declared_at: where the declaration stands, such as "module:name".
        counted: whether sessions are interchangeable.

    Raises:
        ExportError: a name cannot be written.
    """
    return "\n".join(_module(system_of(net, declared_at, ()), counted=counted)) + "\n"


def tla_configuration(net: Net, declared_at: str, *, counted: bool = False) -> str:
    """Return what TLC is to check of the module, and for which sessions and limits.

    Args:
        net: places, counters and moves, for a number of sessions.
        declared_at: where the declaration stands, such as "module:name".
        counted: whether sessions are interchangeable.

    Raises:
        ExportError: a name cannot be written.
    """
    system = system_of(net, declared_at, ())
    sessions = ", ".join(f"s{number}" for number in range(1, system.sessions + 1))
    lines = [
        f"\\* The configuration of {system.name}: {net.scope}.",
        "SPECIFICATION Spec",
        "CONSTANTS",
        f"    Sessions = {{{sessions}}}",
        *(f"    {name} = {limit}" for name, limit in system.limits.items()),
        *(["SYMMETRY Interchangeable"] if counted else []),
        "INVARIANTS",
        *(f"    {name}" for name in INVARIANTS),
        # What nobody can do is an invariant: a session that rests can begin, and would hide it.
        "CHECK_DEADLOCK FALSE",
    ]
    return "\n".join(lines) + "\n"


def _module(system: System, *, counted: bool) -> Iterator[str]:
    yield f"---- MODULE {system.name} ----"
    how = (line.format(name=system.name) for line in HOW)
    yield from (f"\\* {line}".rstrip() for line in system.notice("TLA+", how, counted=counted))
    yield ""
    yield "EXTENDS Integers, FiniteSets" + (", TLC" if counted else "")
    yield ""
    yield f"CONSTANTS {', '.join(('Sessions', *system.limits))}"
    yield ""
    yield "VARIABLES place, count"
    yield ""
    yield "vars == <<place, count>>"
    yield ""
    if counted:
        yield "Interchangeable == Permutations(Sessions)"
        yield ""
    yield "Init =="
    yield f'    /\\ place = [s \\in Sessions |-> "{system.places[REST]}"]'
    yield f"    /\\ count = [c \\in {_set(item.name for item in system.counts)} |-> 0]"
    yield ""
    yield from _steps(system)
    yield from _invariants(system)
    yield "===="


def _set(names: Iterator[str]) -> str:
    return "{" + ", ".join(f'"{name}"' for name in names) + "}"


# --- steps ---------------------------------------------------------------------------------------


def _steps(system: System) -> Iterator[str]:
    names = Names(())
    actions = [names(f"Go_{_name(system, step)}") for step in system.steps]
    for action, step in zip(actions, system.steps, strict=True):
        yield from (f"\\* {line}" for line in wrapped(system.story(step)))
        yield f"{action}(s) =="
        yield from (f"    /\\ {line}" for line in _action(system, step))
        yield ""
    yield "Go(s) =="
    yield from (f"    \\/ {action}(s)" for action in actions)
    yield ""
    yield "Next == \\E s \\in Sessions : Go(s)"
    yield ""
    yield "Spec == Init /\\ [][Next]_vars"
    yield ""


def _name(system: System, step: Step) -> str:
    return "_".join((system.places[step.source], step.events[0], system.places[step.target]))


def _action(system: System, step: Step) -> Iterator[str]:
    yield f'place[s] = "{system.places[step.source]}"'
    for number in step.room:
        yield f'count["{system.counts[number].name}"] < {system.counts[number].limit_name}'
    for number in step.full:
        yield f'count["{system.counts[number].name}"] >= {system.counts[number].limit_name}'
    yield f'place\' = [place EXCEPT ![s] = "{system.places[step.target]}"]'
    if step.change:
        changes = (
            f'!["{system.counts[number].name}"] = @ {"+" if change > 0 else "-"} {abs(change)}'
            for number, change in step.change
        )
        yield f"count' = [count EXCEPT {', '.join(changes)}]"
    else:
        yield "UNCHANGED count"


# --- what is always so ---------------------------------------------------------------------------


def _invariants(system: System) -> Iterator[str]:
    yield "Holders(held) == Cardinality({s \\in Sessions : place[s] \\in held})"
    yield ""
    yield from _conjunction(
        "CountsAreHolders",
        [
            f'count["{count.name}"] = Holders({_set(system.places[n] for n in count.held_in)})'
            for count in system.counts
        ],
    )
    yield from _conjunction(
        "LimitsAreKept",
        [
            f'count["{count.name}"] >= 0'
            if count.limit is None
            else f'count["{count.name}"] \\in 0..{count.limit_name}'
            for count in system.counts
        ],
    )
    yield f'Begun(s) == place[s] # "{system.places[REST]}"'
    yield ""
    yield "SomebodyCanMove =="
    yield "    (\\E s \\in Sessions : Begun(s)) =>"
    yield "        (\\E s \\in Sessions : Begun(s) /\\ ENABLED Go(s))"
    yield ""


def _conjunction(name: str, parts: Sequence[str]) -> Iterator[str]:
    yield f"{name} =="
    yield from (f"    /\\ {part}" for part in parts or ("TRUE",))
    yield ""
