"""What a client must have been sent, given the steps that its session took.

Decides that every octet is accounted for: each step owes what its effects say, a status line or a
listing, in order and well formed, and each command line is answered by one status line. What a step
owes is looked up in the derived machine's own code. Refuses to know what an answer means.
"""

import dis
import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from requite.generated.pop3 import STEPS, Step

__all__ = ("LINE", "Trace", "check_answers", "check_steps", "check_whose_answer")

LINE: Final = None
"""Stands in a trace where a line was taken from what a client sent."""
Trace = Sequence[Step | None]

STATUS: Final = re.compile(rb"(?:\+OK|-ERR)(?: [^\r\n\0]*)?|\+ [A-Za-z0-9+/]*=*")
STATUS_OCTETS_MAX: Final = 512
"""RFC 2449 section 4; a challenge is as long as it is."""
REPLIES: Final = "send_reply"
FAREWELLS_MAX: Final = 1


@cache
def owed(step: Step) -> tuple[str, ...]:
    """Name what a step sends, in order."""
    names = (
        instruction.argval
        for instruction in dis.get_instructions(step.perform)
        if instruction.opname.startswith("LOAD_") and isinstance(instruction.argval, str)
    )
    return tuple(name for name in names if name.startswith("send_"))


def check_steps(trace: Trace) -> None:
    """Check that each step is a row, and begins where the one before ended."""
    before: Step | None = None
    for step in trace:
        if step is LINE:
            continue
        assert STEPS[step.source][step.event] is step, f"expected a row, found {step}"
        assert before is None or step.source is before.target, f"expected to go on, found {step}"
        before = step


def check_whose_answer(trace: Trace) -> None:
    """Check that each line is answered by one status line, but for the last of a connection."""
    replies = [0]
    for step in trace:
        if step is LINE:
            replies.append(0)
        else:
            replies[-1] += owed(step).count(REPLIES)
    greeting, *answers = replies
    assert greeting <= 1 + FAREWELLS_MAX, f"expected one greeting, found {greeting}"
    assert set(answers[:-1]) <= {1}, f"expected one answer a line, found {answers}"
    assert max(answers[-1:], default=0) <= 1 + FAREWELLS_MAX, f"found {answers[-1]} answers"


def check_answers(written: bytes, trace: Trace, *, cut_off: bool) -> None:
    """Check that what was written is what the steps owe.

    Args:
        written: every octet.
        trace: the steps.
        cut_off: the connection broke, so that the rest may be missing.
    """
    due = [name for step in trace if step is not LINE for name in owed(step)]
    at = 0
    for position, name in enumerate(due):
        end = _end_of(written, at, name)
        if end < 0:
            last = position == len(due) - 1 and name != REPLIES
            assert cut_off or last, f"expected {due[position:]}, found {written[at:][-200:]!r}"
            return
        at = end
    assert at == len(written), f"expected nothing more, found {written[at:][:200]!r}"


def _end_of(written: bytes, at: int, name: str) -> int:
    """Find the end of one answer, or give -1 where it has none."""
    if name != REPLIES:
        # The final dot stands at the beginning of a line, and nothing else does on its own.
        return 3 + at if written.startswith(b".\r\n", at) else _after(written, b"\r\n.\r\n", at)
    end = _after(written, b"\r\n", at)
    if end >= 0:
        line = written[at : end - 2]
        assert STATUS.fullmatch(line), f"expected a status line, found {line[:200]!r}"
        short = end - at <= STATUS_OCTETS_MAX or line.startswith(b"+ ")
        assert short, f"expected at most {STATUS_OCTETS_MAX} octets, found {end - at}"
    return end


def _after(written: bytes, mark: bytes, at: int) -> int:
    found = written.find(mark, at)
    return -1 if found < 0 else found + len(mark)
