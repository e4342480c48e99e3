"""The proof for every number of sessions in SMT-LIB, for z3 and others.

After Barrett, Fontaine and Tinelli, The SMT-LIB standard: version 2.6, 2017. Decides how the
inductive step is written: row by row, and for each resource, that what held before the row holds
after it. The numbers of sessions in each state, the count and the limit are symbols, so nothing is
bounded. Refuses to ask whether what the symbols say can be reached: a proof does not need it.
"""

from collections.abc import Iterator
from typing import Final

from requite.model.declaration import AnyDeclaration, AnyEdge, AnyResource, Per
from requite.model.derive.origin import digest
from requite.model.export.system import Names, wrapped

__all__ = ("START", "smtlib")

START: Final = "the start"
"""What the check is called that the invariant holds when nobody has come."""
HOW: Final = (
    "Of each resource this looks at one key, any one: at_STATE is how many of its sessions are in",
    "a state. If the count is the number of its holders, and keeps its limit, before a row that is",
    "about this key, then so it does after it; rows about other keys change nothing of this one.",
    "An answer stands below the name of each row: unsat is right, sat is a row that breaks it.",
    "    z3 FILE",
)


def smtlib(declared: AnyDeclaration, declared_at: str) -> str:
    """Return the inductive step of a declaration's invariants, row by row.

    Args:
        declared: what is to be proved.
        declared_at: where the declaration stands, such as "module:name".

    Raises:
        ExportError: a name cannot be written.
    """
    return "\n".join(_lines(declared, declared_at)) + "\n"


def _lines(declared: AnyDeclaration, declared_at: str) -> Iterator[str]:
    names = Names(())
    for row in declared.states:
        names(row.state.name)
    yield f"; {declared.name} in SMT-LIB: any number of sessions and of keys, any limit."
    yield f"; Derived from {declared_at}; change that instead."
    yield f"; Digest of the declaration: sha256 {digest(declared)}"
    yield "; Written by: requite export"
    yield ";"
    yield from (f"; {line}" for line in HOW)
    yield ""
    yield "(set-option :produce-models true)"
    yield "(set-logic QF_LIA)"
    for resource in declared.resources:
        yield ""
        yield from _block(declared, resource)


def _block(declared: AnyDeclaration, resource: AnyResource) -> Iterator[str]:
    states = [row.state.name for row in declared.states]
    held = [row.state.name for row in declared.states if row.state in resource.held_in]
    yield f"; --- {resource.resource.name}: {_one_line(resource.resource.value)}"
    yield "(push 1)"
    yield "(declare-const count Int)"
    yield "(declare-const limit Int)"
    yield from (f"(declare-const at_{state} Int)" for state in states)
    parameters = " ".join(f"({state} Int)" for state in held)
    yield f"(define-fun holders ({parameters}) Int (+ 0 0{_each(' {}', held)}))"
    limit = " (<= count limit)" if _limited(resource) else ""
    yield "(define-fun kept ((count Int) (holders Int)) Bool"
    yield f"  (and (= count holders) (<= 0 count){limit}))"
    yield "(assert (<= 1 limit))"
    yield f"(assert (and{_each(' (<= 0 at_{})', states)}))"
    yield ""
    yield from _start(declared, resource, held)
    yield "; Before each row:"
    yield f"(assert (kept count {_holders(held)}))"
    for edge in declared.edges:
        yield ""
        yield from _row(declared, resource, edge, held)
    yield "(pop 1)"


def _limited(resource: AnyResource) -> bool:
    return resource.per is not Per.SESSION


def _holders(held: list[str], *, less: str = "", more: str = "") -> str:
    """Return the number of holders, with one session less in a state and one more in another."""
    numbers = {state: f"at_{state}" for state in held}
    if less != more:
        numbers |= {state: f"(- at_{state} 1)" for state in held if state == less}
        numbers |= {state: f"(+ at_{state} 1)" for state in held if state == more}
    return f"(holders {' '.join(numbers.values())})" if held else "holders"


def _start(declared: AnyDeclaration, resource: AnyResource, held: list[str]) -> Iterator[str]:
    others = [row.state.name for row in declared.states if row.state is not declared.initial]
    yield "(push 1)"
    yield f'(echo "{resource.resource.name}: {START}")'
    yield f"(assert (and (= count 0){_each(' (= at_{} 0)', others)}))"
    yield f"(assert (not (kept count {_holders(held)})))"
    yield "(check-sat)"
    yield "(pop 1)"


def _row(
    declared: AnyDeclaration, resource: AnyResource, edge: AnyEdge, held: list[str]
) -> Iterator[str]:
    taken = edge.event in resource.taken_by
    back = edge.effects.count(resource.given_back_by)
    yield from (f"; {line}" for line in wrapped(edge.why))
    yield "(push 1)"
    yield f'(echo "{resource.resource.name}: {edge}")'
    yield f"(assert (< 0 at_{edge.source.name}))"
    if _limited(resource) and (taken or edge.guard is resource.resource):
        yield "(assert (< count limit))"
    if [item for item in declared.resources if edge.event in item.refused_by] == [resource]:
        yield "(assert (<= limit count))"
    count = "count"
    if taken:
        count = f"(+ {count} 1)"
    if back:
        count = f"(- {count}{' 1' * back})"
    holders = _holders(held, less=edge.source.name, more=edge.target.name)
    yield f"(assert (not (kept {count} {holders})))"
    yield "(check-sat)"
    yield "(pop 1)"


def _each(form: str, states: list[str]) -> str:
    return "".join(form.format(state) for state in states)


def _one_line(text: str) -> str:
    return " ".join(text.split())
