"""The table of what standards ask: no row without a test or a reason, no mark without a row.

Decides that the table and the marks of the tests agree, and that each kind of disagreement is seen.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from requite_docs.requirements import (
    Requirement,
    Standard,
    marked_tests,
    problems,
    standards,
    table,
)

ROW: Final = Requirement("1-2-word", "2", "MUST", "Something is so.")
REASON: Final = "We know better."
SHOWN: Final = {"1-2-word": ["tests/test_a.py::test_it"]}
PINNED: Final[dict[int | str, int]] = {
    1939: 68,
    2449: 30,
    2595: 13,
    3206: 6,
    4422: 24,
    4616: 9,
    5034: 26,
    5802: 31,
    5929: 5,
    6856: 27,
    7301: 6,
    7628: 17,
    7662: 13,
    7677: 3,
    8314: 20,
    "PROXY": 24,
}
NAMES_A_STANDARD: Final = re.compile(r"(\d{4}|PROXY)-([A-Z]|\d+)(\.\d+)*(-[a-z]+)+")


def standard(*rows: Requirement) -> tuple[Standard, ...]:
    """Make one standard."""
    return (Standard(1, "One", rows),)


def test_every_row_has_a_test_or_a_reason() -> None:
    """What is asked is shown by a test, or it is said why it is not so; no mark names no row."""
    assert [*problems(standards(), marked_tests())] == []


def test_the_rows_are_pinned() -> None:
    """No row vanishes in silence."""
    assert {one.number: len(one.requirements) for one in standards()} == PINNED


@pytest.mark.parametrize(
    "row", [row for one in standards() for row in one.requirements], ids=lambda row: row.id
)
def test_a_row_is_a_sentence_with_a_name(row: Requirement) -> None:
    """A row says what is asked, and its reason why not, in sentences with their stops."""
    assert NAMES_A_STANDARD.fullmatch(row.id)
    assert re.fullmatch(r"[A-Z].*\.", row.asks)
    assert re.fullmatch(r"[A-Z`].*\.|", row.deviation)


@pytest.mark.parametrize(
    ("rows", "shown", "problem"),
    [
        ((ROW,), {}, "1-2-word: expected a test that shows it, or a deviation with its reason"),
        ((ROW,), {"1-2-word": []}, "1-2-word: expected a test that shows it, or a deviation"),
        ((ROW, ROW), SHOWN, "1-2-word: expected each id once"),
        ((replace(ROW, level="WILL"),), SHOWN, "1-2-word: expected a level of MUST, SHOULD, MAY"),
        ((replace(ROW, section="3"),), SHOWN, "1-2-word: expected an id of RFC 1 section 3"),
        ((), SHOWN, "tests/test_a.py::test_it: expected a requirement that is listed, found 1-2"),
    ],
)
def test_each_disagreement_is_seen(
    rows: tuple[Requirement, ...], shown: dict[str, list[str]], problem: str
) -> None:
    """A row without a test, a row twice, a strange level, a wrong id and a mark of no row."""
    [found] = problems(standard(*rows), shown)

    assert found.startswith(problem)


def test_a_standard_that_has_no_number_has_a_name() -> None:
    """What is no RFC is not called one, and stands behind those that are."""
    [problem] = problems((Standard("PROXY", "A protocol", (ROW,)),), SHOWN)

    assert problem == "1-2-word: expected an id of PROXY section 2"
    assert [one.number for one in standards()][-1] == "PROXY"


@pytest.mark.parametrize(("row", "shown"), [(ROW, SHOWN), (replace(ROW, deviation=REASON), {})])
def test_a_test_suffices_and_so_does_a_reason(
    row: Requirement, shown: dict[str, list[str]]
) -> None:
    """A row with a test needs no reason, and one with a reason no test."""
    assert [*problems(standard(row), shown)] == []


def test_the_table_names_test_and_reason() -> None:
    """A reader finds what is asked, what shows it, and why it is otherwise."""
    [one] = standard(replace(ROW, deviation=REASON))

    assert table(one, SHOWN).splitlines()[-1] == (
        "| 2 | MUST | Something is so. **Deviation**: We know better. | `test_it` in `test_a.py` |"
    )


def test_marks_are_read_wherever_a_test_stands(tmp_path: Path) -> None:
    """A mark of several rows names each, and other marks name none."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text(
        '@pytest.mark.rfc("1-2-word", "1-2-other")\n@pytest.mark.slow("x")\ndef test_it(): ...\n'
    )

    name = "tests/test_a.py::test_it"
    assert marked_tests(tmp_path / "tests") == {"1-2-word": [name], "1-2-other": [name]}
