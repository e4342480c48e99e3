"""What a fuzzed session is looked over for: each check is seen to fail.

Decides that for each thing that must hold there is a defect that breaks it, and that the corpus
finds it. The defects are those of real servers: a release that is forgotten, an answer too many.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from fuzz.answers import LINE, check_steps, check_whose_answer
from fuzz.guided import CORPUS
from fuzz.log import ErrorLog, watched_log
from fuzz.sessions import play_both_ways, predictable
from requite.generated.pop3 import EDGES, Event, State, Step
from requite.pop3.shell.alarm import Alarm
from requite.pop3.shell.connection import Connection
from requite.pop3.shell.effects import Effects
from requite.pop3.shell.output import Output
from requite.pop3.shell.patience import Patience
from requite.pop3.wire.content import WireForm
from requite.pop3.wire.lines import LineReader

INPUTS = sorted((CORPUS / "sessions").iterdir())


@pytest.fixture(autouse=True)
def log() -> Iterator[ErrorLog]:
    """Play stories predictably, and look at the log of each."""
    with watched_log() as errors, predictable():
        yield errors


def found_in_the_corpus(log: ErrorLog) -> set[str]:
    """Play every story, and give what was found wrong."""
    found = set()
    for path in INPUTS:
        try:
            play_both_ways(path.read_bytes(), log)
        except AssertionError as error:
            found.add(str(error))
    return found


def forget(*_: object) -> None:
    """Do nothing."""


def say_it_twice(self: Effects, text: str, /, **_: object) -> None:
    """Answer once too often."""
    self._connection.output.send(f"{text}\r\n".encode(), f"{text}\r\n".encode())


def say_it_badly(self: Effects, text: str, /, **_: object) -> None:
    """End the line as no line of this protocol ends."""
    self._connection.output.send(f"{text}\n\r\n".encode())


def say_too_much(self: Effects, text: str, /, **_: object) -> None:
    """Answer with more than a line may have."""
    self._connection.output.send(f"{text}{'.' * 600}\r\n".encode())


def lose_the_last_octet(self: LineReader, received: bytes) -> None:
    """Drop what stands at the end of a read."""
    self.kept += received[:-1] if received.endswith(b"S") else received


def fail_at(*_: object, **__: object) -> Event:
    """Raise what nobody expects."""
    raise RuntimeError("a defect that the test planted")


def never_stuffed(self: WireForm, stored: bytes) -> bytes:
    """Send a lone dot as it stands."""
    self._last = stored[-1] if stored else self._last
    wire = stored.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    self._octets += len(wire)
    return wire


PLANTED: dict[str, tuple[type, str, object, str]] = {
    "slot": (Effects, "release_slot", forget, "expected an empty ledger"),
    "connection": (Effects, "release_connection", forget, "expected an empty ledger"),
    "lock": (Effects, "unlock_maildrop", forget, "expected no lock"),
    "message": (Effects, "close_message", forget, "expected no open message"),
    "timer": (Alarm, "close", forget, "expected no timer"),
    "socket": (Connection, "drop", forget, "expected the connection to be given back"),
    "twice": (Effects, "send_reply", say_it_twice, "expected nothing more"),
    "never": (Effects, "send_reply", forget, "expected ['send_reply'"),
    "badly": (Effects, "send_reply", say_it_badly, "expected a status line"),
    "too long": (Effects, "send_reply", say_too_much, "expected at most 512 octets"),
    "stuffing": (WireForm, "feed", never_stuffed, "expected a status line"),
    "cut": (LineReader, "feed", lose_the_last_octet, "expected b'"),
    "exception": (Patience, "after_line", fail_at, "expected no error"),
    "input": (Connection, "_input_is_full", property(forget), "octets of input"),
    "output": (Output, "full", property(forget), "octets of output"),
}
"""What is planted, by what it breaks: a class, a name in it, the defect, and what is then said."""


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_defect_is_found(
    what: str, log: ErrorLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The corpus finds a defect, and what is said about it is what the defect breaks."""
    owner, name, defect, message = PLANTED[what]
    monkeypatch.setattr(owner, name, defect)

    found = found_in_the_corpus(log)

    assert [one for one in found if message in one], f"expected {message!r} among {found}"


def test_nothing_is_found_where_nothing_is_planted(log: ErrorLog) -> None:
    """Without a defect the same corpus finds nothing."""
    assert found_in_the_corpus(log) == set()


def test_a_step_that_is_no_row_is_found() -> None:
    """A step that equals a row and leads elsewhere is none."""
    step = replace(EDGES[0], target=State.TRANSACTION)

    with pytest.raises(AssertionError, match="expected a row"):
        check_steps([step])


def test_a_step_from_elsewhere_is_found() -> None:
    """A row that begins where no row before it ended cannot follow."""
    with pytest.raises(AssertionError, match="expected to go on"):
        check_steps([EDGES[0], EDGES[-1]])


def answered(*texts: int) -> list[Step | None]:
    """Give a trace of a greeting, then of lines with so many answers each."""
    greets = next(edge for edge in EDGES if edge.event is Event.ADMITTED)
    answers = next(edge for edge in EDGES if edge.event is Event.NOOP_RECEIVED)
    return [greets, *(one for number in texts for one in (LINE, *[answers] * number))]


@pytest.mark.parametrize("numbers", [(0, 1), (2, 1), (1, 2, 1), (1, 3)])
def test_an_answer_too_many_or_too_few_is_found(numbers: tuple[int, ...]) -> None:
    """Each line but the last has one answer; the last may have none, or a farewell behind it."""
    check_whose_answer(answered(1, 1, 0))
    check_whose_answer(answered(1, 1, 2))

    with pytest.raises(AssertionError, match="answer"):
        check_whose_answer(answered(*numbers))
