"""The derived machine: enums, the protocol of effects, one function a row, the step table.

Decides how the derived code reads. It is written for people who step through it at night: one
function for each row, named after it, whose docstring is the row and its reason. It imports the
standard library only.
"""

import textwrap
from collections.abc import Iterator
from enum import Enum
from string import Formatter

from requite.model.declaration import Reply, members
from requite.model.derive.origin import Origin
from requite.model.lifecycle import AnyLifecycle
from requite.model.rules import Row

__all__ = ("function_name", "machine", "package")

WIDTH = 100
PUBLIC = (
    "EDGES",
    "FINAL",
    "HELD",
    "INITIAL",
    "STEPS",
    "Event",
    "Held",
    "LocalProtocolError",
    "Machine",
    "Shell",
    "State",
    "Step",
    "Wait",
)

PREAMBLE = '''
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Protocol

__all__ = (
    PUBLIC
)


class LocalProtocolError(Exception):
    """Something of ours reported an event that cannot follow; a defect, never the peer's doing."""
'''

MACHINE = '''
def _rows(steps: Iterable[Step]) -> tuple[tuple[Step | None, ...], ...]:
    table: list[list[Step | None]] = [[None] * len(Event) for _ in State]
    for step in steps:
        table[step.source][step.event] = step
    return tuple(tuple(row) for row in table)


STEPS: Final = _rows(EDGES)
"""The step for each state and event, or None where the event cannot happen."""


class Machine:
    """Where one session stands. It has no clock, no socket, no log and waits for nothing."""

    __slots__ = ("state",)

    def __init__(self) -> None:
        self.state = INITIAL

    def step(self, event: Event) -> Step:
        """Take the step that an event asks for, and return it; its effects are owed.

        Raises:
            LocalProtocolError: the event cannot happen in this state.
        """
        step = STEPS[self.state][event]
        if step is None:
            raise LocalProtocolError(f"{event.name} cannot happen in {self.state.name}")
        self.state = step.target
        return step
'''


def package(lifecycle: AnyLifecycle, origin: Origin) -> str:
    """Return the `__init__.py` of the derived package."""
    lines = [
        _module_docstring(f"What is derived from the {lifecycle.title} lifecycle.", origin),
        "",
        "from .machine import (",
        *(f"    {name}," for name in PUBLIC),
        ")",
        "",
        "__all__ = (",
        *(f'    "{name}",' for name in PUBLIC),
        ")",
    ]
    return "\n".join(lines) + "\n"


def machine(lifecycle: AnyLifecycle, origin: Origin) -> str:
    """Return the module with the derived machine."""
    head = _module_docstring(f"The machine of the {lifecycle.title} lifecycle.", origin)
    blocks = [
        head
        + "\n"
        + PREAMBLE.replace("    PUBLIC\n", "".join(f'    "{n}",\n' for n in PUBLIC)).rstrip(),
        *(_enum(name, kind) for name, kind in _enums(lifecycle)),
        _shell(lifecycle),
        *(_function(edge) for edge in lifecycle.edges),
        _step_class(),
    ]
    return "\n\n\n".join(blocks) + "\n\n\n" + _tables(lifecycle) + "\n" + MACHINE


def function_name(edge: Row) -> str:
    """Return the name of the function that performs a row's effects."""
    return f"{edge.source.name}__{edge.event.name}".lower()


# --- pieces --------------------------------------------------------------------------------------


def _module_docstring(first: str, origin: Origin) -> str:
    return "\n".join(('"""' + first, "", *origin.notice, '"""'))


def _enums(lifecycle: AnyLifecycle) -> tuple[tuple[str, tuple[Enum, ...]], ...]:
    return (
        ("Wait", members(lifecycle.rows[0].waits_for)),
        ("State", tuple(row.state for row in lifecycle.rows)),
        ("Event", lifecycle.events_in_order),
        ("Held", tuple(item.resource for item in lifecycle.resources)),
    )


def _enum(name: str, listed: tuple[Enum, ...]) -> str:
    doc = _first_line(type(listed[0]).__doc__) or f"The {name.lower()}s of the lifecycle."
    lines = [f"class {name}(IntEnum):", f'    """{doc}"""', ""]
    for number, member in enumerate(listed):
        lines += [f"    {member.name} = {number}", *_docstring(_sentence(member.value), 4)]
    return "\n".join(lines)


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().partition("\n")[0]


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def _docstring(text: str, indent: int) -> list[str]:
    pad = " " * indent
    if len(text) + indent + 6 <= WIDTH:
        return [f'{pad}"""{text}"""']
    wrapped = textwrap.wrap(text, WIDTH - indent - 3)
    return [f'{pad}"""{wrapped[0]}', *(pad + line for line in wrapped[1:]), f'{pad}"""']


def _shell(lifecycle: AnyLifecycle) -> str:
    lines = [
        "class Shell(Protocol):",
        '    """What performs the effects; a type checker refuses one that forgets any."""',
    ]
    for fact in lifecycle.facts:
        lines += [
            "",
            "    @property",
            f"    def {fact.name}(self) -> {fact.type.__name__}:",
            *_docstring(_sentence(fact.about), 8),
            "        ...",
        ]
    if any(isinstance(effect, Reply) for edge in lifecycle.edges for effect in edge.effects):
        lines += ["", *_send_reply(lifecycle)]
    answers = {request.effect: request.completions for request in lifecycle.requests}
    for effect in lifecycle.effects_in_order:
        completions = answers.get(effect, ())
        lines += ["", f"    def {effect.name.lower()}(self) -> None:"]
        if completions:
            lines += [
                f'        """{_sentence(effect.value)}',
                "",
                *textwrap.wrap(
                    f"Answered later by one of {', '.join(e.name for e in completions)}.",
                    WIDTH,
                    initial_indent=" " * 8,
                    subsequent_indent=" " * 8,
                ),
                '        """',
            ]
        else:
            lines += _docstring(_sentence(effect.value), 8)
        lines += ["        ..."]
    return "\n".join(lines)


def _send_reply(lifecycle: AnyLifecycle) -> tuple[str, ...]:
    """Write the method that says a reply; where no row has a fact, it is told none."""
    first = "Queue one line for the peer; the line end is the shell's."
    if not lifecycle.facts:
        return (
            "    def send_reply(self, text: str, /) -> None:",
            f'        """{first}"""',
            "        ...",
        )
    types = " | ".join(dict.fromkeys(fact.type.__name__ for fact in lifecycle.facts))
    return (
        f"    def send_reply(self, text: str, /, **facts: {types}) -> None:",
        f'        """{first}',
        "",
        "        With facts, the text is as it was declared, for `str.format` to fill them in;",
        "        without any, it is ready to be said.",
        '        """',
        "        ...",
    )


def _function(edge: Row) -> str:
    lines = [
        f"def {function_name(edge)}(shell: Shell) -> None:",
        f'    """{edge}.',
        "",
        *textwrap.wrap(
            _quoted(edge.why) + "." if "\\" in edge.why or '""' in edge.why else edge.why + ".",
            WIDTH,
            initial_indent=" " * 4,
            subsequent_indent=" " * 4,
        ),
        '    """',
        *(line for effect in edge.effects for line in _call(effect)),
    ]
    return "\n".join(lines)


def _call(effect: Enum | Reply) -> Iterator[str]:
    if not isinstance(effect, Reply):
        yield f"    shell.{effect.name.lower()}()"
        return
    # Facts are attributes of the shell, so the type checker refuses an unknown one.
    names = dict.fromkeys(name for _, name, _, _ in Formatter().parse(effect.text) if name)
    text = effect.text if names else effect.text.format()
    arguments = [f'"{_quoted(text)}"', *(f"{name}=shell.{name}" for name in names)]
    inside = ", ".join(arguments)
    if len(line := f"    shell.send_reply({inside})") <= WIDTH:
        yield line
        return
    yield "    shell.send_reply("
    if len(line := f"        {inside}") <= WIDTH or not names:
        yield line
    else:
        yield from (f"        {argument}," for argument in arguments)
    yield "    )"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _step_class() -> str:
    return '''@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table, ready to be taken."""

    source: State
    event: Event
    target: State
    waits_for: Wait
    """What the target waits for."""
    final: bool
    """Whether the session is over then."""
    gives_back: tuple[Held, ...]
    """What the row gives back; a row that gives anything back is an exit."""
    perform: Callable[[Shell], None]
    """Do what the row owes, in its order."""
    why: str'''


def _tables(lifecycle: AnyLifecycle) -> str:
    finals = "".join(f"State.{state.name}, " for state in lifecycle.final)
    lines = [
        f"INITIAL: Final = State.{lifecycle.start.name}",
        f"FINAL: Final = frozenset({{{finals[:-2]}}})",
        "",
        "HELD: Final[dict[State, tuple[Held, ...]]] = {",
        *_held(lifecycle),
        "}",
        '"""What is held in each state."""',
        "",
        "EDGES: Final = (",
        *(line for edge in lifecycle.edges for line in _step(lifecycle, edge)),
        ")",
        '"""Every row of the table, in the order of the declaration."""',
        "",
    ]
    return "\n".join(lines)


def _held(lifecycle: AnyLifecycle) -> Iterator[str]:
    for row in lifecycle.rows:
        yield from _tuple(
            f"    State.{row.state.name}: ",
            [f"Held.{held.name}" for held in lifecycle.held_in(row.state)],
        )


def _step(lifecycle: AnyLifecycle, edge: Row) -> Iterator[str]:
    target = lifecycle.row_of(edge.target)
    yield "    Step("
    yield f"        State.{edge.source.name},"
    yield f"        Event.{edge.event.name},"
    yield f"        State.{edge.target.name},"
    yield f"        waits_for=Wait.{target.waits_for.name},"
    yield f"        final={edge.target in lifecycle.final},"
    yield from _tuple(
        "        gives_back=", [f"Held.{held.name}" for held in lifecycle.given_back_by(edge)]
    )
    yield f"        perform={function_name(edge)},"
    yield f'        why="{_quoted(edge.why)}",'
    yield "    ),"


def _tuple(head: str, items: list[str]) -> Iterator[str]:
    """Write a tuple as the formatter does: on one line where it fits, else one item a line."""
    inside = ", ".join(items) + ("," if len(items) == 1 else "")
    line = f"{head}({inside}),"
    if len(line) <= WIDTH:
        yield line
        return
    pad = " " * (len(head) - len(head.lstrip()))
    yield f"{head}("
    yield from (f"{pad}    {item}," for item in items)
    yield f"{pad}),"
