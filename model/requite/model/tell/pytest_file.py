"""A story as a pytest file: it fails at the wrong step for as long as that step is wrong.

Decides what stands in the file: the story as a script, and one test that plays it on the machines
of a declaration, or on a real server by a driver.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from requite.model.declaration import AnyResource, Per
from requite.model.explore.story import Step, Story
from requite.model.tell.script import Cue, Names, Script
from requite.model.tell.words import NOTHING, book_name, loops, ought, root_of, why, wrong_number

__all__ = ("pytest_file", "script_of")

WIDTH: Final = 100


def pytest_file(story: Story, *, machine: str | None = None, driver: str | None = None) -> str:
    """Return a pytest file that plays a story; exactly one of the two says on what.

    Args:
        story: what happened.
        machine: a derived package, or a declaration as "module:name" or "file.py:name".
        driver: "module:function" of a `requite.model.tell.Driver` that drives a real server.

    Raises:
        ValueError: none or both are given, the driver is not named so, or the story is one that no
            server can be seen to play: one that never ends, or ends where nobody can move.
    """
    script = script_of(story)
    if (machine is None) == (driver is None):
        raise ValueError("a story is played on a machine or by a driver; expected one of the two")
    if driver is not None:
        module, _, name = driver.partition(":")
        if not (module and name.isidentifier()):
            raise ValueError(f"{driver!r} names no driver; expected MODULE:FUNCTION")
        if not script.about:
            raise ValueError(
                "that nothing more happens cannot be seen at a server; play this story on machines"
            )
        return _file(
            story,
            script,
            first=("import asyncio", ""),
            imports=(
                *sorted(
                    (
                        f"from {module} import {name}",
                        "from requite.model.tell import Cue, Script, play",
                    )
                ),
            ),
            body=f"asyncio.run(play(SCRIPT, {name}))",
        )
    return _file(
        story,
        script,
        first=(),
        imports=("from requite.model.tell import Cue, Script, play_on_machines",),
        body=f"play_on_machines(SCRIPT, {_quoted(machine or '')})",
    )


# --- the script ----------------------------------------------------------------------------------


def script_of(story: Story) -> Script:
    """Return the script of a story."""
    declared = story.declared
    wrong = wrong_number(story)
    books = [book for step in story.steps[:1] for book in step.before]
    return Script(
        lifecycle=declared.name,
        about=() if wrong is None else tuple(_about(story.steps[wrong - 1])),
        limits={book_name(book.counter): book.counter.limit for book in books},
        cues=tuple(_cues(story)),
        taken_by=_by((e, r) for r in declared.resources for e in r.taken_by),
        refused_by=_by((e, r) for r in declared.resources for e in r.refused_by),
        given_back_by=_by((r.given_back_by, r) for r in declared.resources),
        again_from=story.again_from,
        fair=() if story.again_from is None else tuple(_fair(story)),
        stuck=wrong is None and story.again_from is None,
    )


def _about(step: Step) -> Iterator[str]:
    """Yield the books that a step makes wrong."""
    seen = dict.fromkeys(book_name(book.counter) for book in step.after)
    for book in step.after:
        if book.counted != book.holders or book.counted > book.counter.limit:
            yield book_name(book.counter)
    for item in step.move.unbalanced:
        name: str = item.resource.resource.name
        if item.key is None and name not in seen:
            yield name


def _by(pairs: Iterable[tuple[object, AnyResource]]) -> dict[str, Names]:
    found: dict[str, Names] = {}
    for name, resource in pairs:
        key = str(getattr(name, "name", name))
        found[key] = (*found.get(key, ()), resource.resource.name)
    return dict(sorted(found.items()))


def _fair(story: Story) -> Iterator[Names]:
    for request in story.declared.requests:
        yield tuple(event.name for event in request.completions)
    for event in story.declared.environment:
        yield (event.name,)


def _cues(story: Story) -> Iterator[Cue]:
    states: dict[int, str] = {}
    for step in story.steps:
        died = step.move.edge is None
        states[step.session] = step.target
        yield Cue(
            step.session,
            step.event,
            step.source,
            step.target,
            keys=_keys(story, step),
            held=_held(story, step, states),
            died=died,
        )


def _keys(story: Story, step: Step) -> dict[str, int]:
    """Return the key of each resource that a step is about."""
    numbers = dict(key.rsplit(" ", 1) for key in step.keys)
    keys = {}
    for limit in story.scope.limits:
        root = root_of(story, limit.resource).name
        if limit.resource.per is Per.KEY and root in numbers:
            keys[limit.resource.resource.name] = int(numbers[root])
    return keys


def _held(story: Story, step: Step, states: Mapping[int, str]) -> dict[str, int]:
    """Return how many sessions hold each thing after a step."""
    held = {book_name(book.counter): book.holders for book in step.after if book.holders}
    limited = {limit.resource.resource for limit in story.scope.limits}
    for item in story.declared.resources:
        if item.resource not in limited:
            inside = {state.name for state in item.held_in}
            number = sum(state in inside for state in states.values())
            if number:
                held[item.resource.name] = number
    return held


# --- the file ------------------------------------------------------------------------------------


def _file(story: Story, script: Script, *, first: Names, imports: Names, body: str) -> str:
    lines = [
        *_docstring(story),
        "",
        *first,
        *imports,
        "",
        "SCRIPT = Script(",
        *_script(script, [why(step) for step in story.steps]),
        ")",
        "",
        "",
        f"def {_test_name(story)}() -> None:",
        f'    """{_claim(script)}"""',
        f"    {body}",
    ]
    return "\n".join(lines) + "\n"


def _claim(script: Script) -> str:
    if script.about:
        return "Each count stays the number of sessions that hold what it counts, step by step."
    if script.stuck:
        return "Some session can move at the end."
    return "It does not go on so for ever."


def _docstring(story: Story) -> Iterator[str]:
    yield f'"""A counterexample of the {story.declared.name} lifecycle, played step by step.'
    yield ""
    yield from _wrapped(_text(f"{story.declared.name}, {story.scope}."), "")
    yield from _wrapped(_text(f"{story.says}."), "")
    number, again = wrong_number(story), loops(story)
    sentences = list(ought(story, story.steps[number - 1])) if number is not None else []
    sentences += [again] if again is not None else []
    for sentence in sentences:
        yield from _wrapped(_text(sentence), "")
    yield '"""'


def _test_name(story: Story) -> str:
    number = wrong_number(story)
    if number is None:
        last = "goes_on" if story.again_from is not None else "moves"
    else:
        step = story.steps[number - 1]
        last = f"{step.source}_{step.event}"
    return re.sub(r"\W+", "_", f"test_{story.declared.name}_{last}".lower())


def _script(script: Script, reasons: list[str]) -> Iterator[str]:
    yield from _argument("lifecycle", script.lifecycle)
    yield from _argument("about", script.about)
    yield from _argument("limits", script.limits)
    yield "    cues=("
    for number, (cue, reason) in enumerate(zip(script.cues, reasons, strict=True), 1):
        yield from _wrapped(_text(f"{number}. {reason}."), "        # ")
        yield from _cue(cue)
    yield "    ),"
    for name in ("taken_by", "refused_by", "given_back_by", "again_from", "fair", "stuck"):
        if getattr(script, name):
            yield from _argument(name, getattr(script, name))


def _cue(cue: Cue) -> Iterator[str]:
    """Write one step on one line where it fits, as the formatter does."""
    bare = (cue.session, cue.event, cue.source, cue.target)
    named = {"keys": cue.keys, "held": cue.held, "died": cue.died}
    named = {name: value for name, value in named.items() if value}
    told = [*map(_literal, bare), *(f"{name}={_literal(item)}" for name, item in named.items())]
    line = f"        Cue({', '.join(told)}),"
    if len(line) <= WIDTH:
        yield line
        return
    yield "        Cue("
    yield from (f"            {_literal(item)}," for item in bare)
    for name, value in named.items():
        yield from _argument(name, value, indent=12)
    yield "        ),"


def _argument(name: str, value: object, *, indent: int = 4) -> Iterator[str]:
    """Write an argument on one line where it fits, else one item a line."""
    yield from _laid_out(f"{' ' * indent}{name}=", value, indent)


def _laid_out(head: str, value: object, indent: int) -> Iterator[str]:
    line = f"{head}{_literal(value)},"
    if len(line) <= WIDTH or not isinstance(value, Mapping | tuple):
        yield line
        return
    opening, closing = "{}" if isinstance(value, Mapping) else "()"
    yield f"{head}{opening}"
    pad = " " * (indent + 4)
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _laid_out(f"{pad}{_quoted(key)}: ", item, indent + 4)
    else:
        for item in value:
            yield from _laid_out(pad, item, indent + 4)
    yield f"{' ' * indent}{closing},"


def _literal(value: object) -> str:
    if isinstance(value, Mapping):
        items = (f"{_quoted(key)}: {_literal(item)}" for key, item in value.items())
        return f"{{{', '.join(items)}}}"
    if isinstance(value, tuple):
        inside = ", ".join(map(_literal, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return _quoted(value) if isinstance(value, str) else repr(value)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _text(text: str) -> str:
    """Write a sentence so that a docstring can hold it, whatever it says."""
    return "".join(
        char if char.isprintable() else " " for char in text.replace("\\", "\\\\")
    ).replace('"""', "'''")


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text or NOTHING, WIDTH, initial_indent=indent, subsequent_indent=indent)
