"""A complete test suite of a declaration, seen from outside: words of events and what they answer.

`mealy_of` sees a declaration through its outputs only; `complete_suite` is the suite by the
W-method; `distinguishing_word` tells two machines apart, or says that nothing can.
"""

from requite.model.suite.mealy import Answer, Mealy, mealy_of
from requite.model.suite.product import distinguishing_word
from requite.model.suite.words import (
    Word,
    characterisation_set,
    complete_suite,
    state_cover,
    transition_cover,
)

__all__ = (
    "Answer",
    "Mealy",
    "Word",
    "characterisation_set",
    "complete_suite",
    "distinguishing_word",
    "mealy_of",
    "state_cover",
    "transition_cover",
)
