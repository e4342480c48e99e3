"""A declaration as plain data and back, and from and to plain `transitions` machines.

`to_json` and `from_json` lose nothing: what is derived from the text is what is derived from the
module. `from_transitions` is the way in for who has a machine already, `to_transitions` the way
out to one.
"""

from requite.model.errors import InterchangeError
from requite.model.interchange._from_transitions import from_transitions
from requite.model.interchange._reading import from_data, from_json
from requite.model.interchange._to_transitions import to_transitions
from requite.model.plain import FORMAT, to_data, to_json
from requite.model.vocabulary import Vocabulary, vocabulary_of

__all__ = (
    "FORMAT",
    "InterchangeError",
    "Vocabulary",
    "from_data",
    "from_json",
    "from_transitions",
    "to_data",
    "to_json",
    "to_transitions",
    "vocabulary_of",
)
