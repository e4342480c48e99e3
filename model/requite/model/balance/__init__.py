"""The proof for any number of sessions, read from the rows as a Petri net.

`imbalances` checks the one invariant of each resource, as every lifecycle is checked when it is
made. `net_of` gives the incidence vectors that this is a dot product with, `place_invariants` finds
all invariants without being told one, and `semiflows` the smallest ones that never subtract.
"""

from requite.model.balance._check import Imbalance, imbalances
from requite.model.balance._discovery import (
    PlaceInvariant,
    count_invariant,
    follows_from,
    place_invariants,
)
from requite.model.balance._net import Net, net_of
from requite.model.balance._semiflows import Semiflow, TooManySemiflowsError, semiflows

__all__ = (
    "Imbalance",
    "Net",
    "PlaceInvariant",
    "Semiflow",
    "TooManySemiflowsError",
    "count_invariant",
    "follows_from",
    "imbalances",
    "net_of",
    "place_invariants",
    "semiflows",
)
