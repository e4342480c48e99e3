"""The readers of what a client sends, given what is nearly right.

Decides that `fuzz.grammar` holds for what Hypothesis makes and for the corpus, and that its checks
can fail. The coverage-guided fuzzer runs the same checks over inputs of its own.
"""

import pytest
from hypothesis import find, given, settings

from fuzz.canary import CANARIES, Planted, try_limit
from fuzz.grammar import try_reader
from fuzz.guided import CORPUS
from fuzz.strategies import GRAMMAR_INPUTS, STREAMS

INPUTS = sorted((CORPUS / "grammar").iterdir())


@settings(max_examples=2_000, deadline=None, derandomize=True, print_blob=True)
@given(GRAMMAR_INPUTS)
def test_no_octets_break_a_reader(octets: bytes) -> None:
    """Whatever a reader is given, however it is cut, its documented answer comes back."""
    try_reader(octets)


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.name)
def test_no_kept_input_breaks_a_reader(path: object) -> None:
    """Each input that was kept for what it reaches, or for what it once broke, breaks nothing."""
    assert path in INPUTS
    try_reader((CORPUS / "grammar" / str(path)).read_bytes())


def test_a_planted_bound_is_found() -> None:
    """A bound that is off by one, where a line's end comes late, is found by streams like these."""

    def is_found(octets: bytes) -> bool:
        try:
            try_limit(octets)
        except Planted:
            return True
        return False

    found = find(
        STREAMS,
        is_found,
        settings=settings(max_examples=2_000, derandomize=True, database=None),
    )

    assert CANARIES["limit"] is try_limit
    assert found.endswith(b"\n")
