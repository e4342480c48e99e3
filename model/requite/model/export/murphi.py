"""A declaration in Murphi, for rumur.

After Dill, Drexler, Hu and Yang, Protocol verification as a hardware design aid, 1992. Decides how
a step is written there: one rule for each session. Counted, the sessions are a `scalarset`: the
checker itself then finds that they are interchangeable, by permuting them.
"""

from collections.abc import Iterator
from typing import Final

from requite.model.explore.net import REST, Net
from requite.model.export.system import Count, Step, System, system_of, wrapped

__all__ = ("murphi",)

WORDS: Final[str] = (
    "alias array assert assume begin boolean by case clear const cover do else elsif end endalias "
    "endexists endfor endforall endfunction endif endprocedure endrecord endrule endruleset "
    "endstartstate endswitch endwhile enum error exists false for forall function if invariant "
    "isundefined liveness of print procedure process program property put record return rule "
    "ruleset scalarset startstate switch then to traceuntil true type undefine union var while "
    "can_move place session sessions sum"
)
"""What the language and the text keep for themselves."""
HOW: Final = (
    "rumur says how many states there are, or the shortest way to a broken invariant:",
    "    rumur-run --deadlock-detection off FILE",
)
HOW_COUNTED: Final = (
    HOW[0],
    "    rumur-run --deadlock-detection off --symmetry-reduction exhaustive FILE",
)


def murphi(net: Net, declared_at: str, *, counted: bool = False) -> str:
    """Return a net as Murphi.

    Args:
        net: places, counters and moves, for a number of sessions.
        declared_at: where the declaration stands, such as "module:name".
        counted: whether sessions are interchangeable.

    Raises:
        ExportError: a name cannot be written.
    """
    system = system_of(net, declared_at, WORDS.split())
    return "\n".join(_lines(system, counted=counted)) + "\n"


def _lines(system: System, *, counted: bool) -> Iterator[str]:
    how = HOW_COUNTED if counted else HOW
    yield from (f"-- {line}".rstrip() for line in system.notice("Murphi", how, counted=counted))
    yield ""
    yield "const"
    yield f"  SESSIONS: {system.sessions};"
    yield from (f"  {name}: {limit};" for name, limit in system.limits.items())
    yield ""
    yield "type"
    yield f"  Session: {'scalarset(SESSIONS)' if counted else '1..SESSIONS'};"
    yield "  Place: enum {"
    yield ",\n".join(f"    {name}" for name in system.places)
    yield "  };"
    yield ""
    yield "var"
    yield "  place: array [Session] of Place;"
    for count in system.counts:
        yield f"  -- {count.about}"
        yield f"  count_{count.name}: {count.lowest}..{_highest(system, count)};"
    yield ""
    yield from _begin(system)
    for step in system.steps:
        yield ""
        yield from _rule(system, step)
    yield from _invariants(system)


def _highest(system: System, count: Count) -> str:
    limit = system.sessions if count.limit is None else count.limit
    name = "SESSIONS" if count.limit is None else count.limit_name
    return f"{name} + {count.highest - limit}" if count.highest > limit else name


def _begin(system: System) -> Iterator[str]:
    yield "startstate"
    yield "begin"
    yield "  for s: Session do"
    yield f"    place[s] := {system.places[REST]};"
    yield "  end;"
    yield from (f"  count_{count.name} := 0;" for count in system.counts)
    yield "end;"


# --- steps ---------------------------------------------------------------------------------------


def _rule(system: System, step: Step) -> Iterator[str]:
    yield from (f"-- {line}" for line in wrapped("; ".join(step.whys)))
    yield "ruleset s: Session do"
    yield f'  rule "{system.title(step)}"'
    there = f"place[s] = {system.places[step.source]}"
    yield f"    {' & '.join((there, *system.conditions(step)))}"
    yield "  ==>"
    yield "  begin"
    yield f"    place[s] := {system.places[step.target]};"
    for number, change in step.change:
        name = f"count_{system.counts[number].name}"
        yield f"    {name} := {name} {'+' if change > 0 else '-'} {abs(change)};"
    yield "  end;"
    yield "end;"


# --- what is always so ---------------------------------------------------------------------------


def _invariants(system: System) -> Iterator[str]:
    for count in system.counts:
        yield ""
        yield from _holders(system, count)
        yield ""
        yield f'invariant "the count of {count.name} is the number of its holders"'
        yield f"  count_{count.name} = holders_{count.name}();"
        most = "" if count.limit is None else f" & count_{count.name} <= {count.limit_name}"
        yield f'invariant "the count of {count.name} keeps its limit"'
        yield f"  0 <= count_{count.name}{most};"
    yield ""
    yield "function can_move(s: Session): boolean;"
    yield "begin"
    ways = system.ways("place[s] = {}", both=" & ", either=" | ")
    yield "  return " + ("\n    | ".join(ways) or "false") + ";"
    yield "end;"
    yield ""
    yield 'invariant "some session that has begun can move"'
    yield f"  (forall s: Session do place[s] = {system.places[REST]} end)"
    yield "    | (exists s: Session do can_move(s) end);"


def _holders(system: System, count: Count) -> Iterator[str]:
    held = [f"place[s] = {system.places[place]}" for place in count.held_in]
    yield f"function holders_{count.name}(): 0..SESSIONS;"
    yield "var"
    yield "  sum: 0..SESSIONS;"
    yield "begin"
    yield "  sum := 0;"
    if held:
        yield "  for s: Session do"
        yield "    if " + "\n      | ".join(held) + " then"
        yield "      sum := sum + 1;"
        yield "    end;"
        yield "  end;"
    yield "  return sum;"
    yield "end;"
