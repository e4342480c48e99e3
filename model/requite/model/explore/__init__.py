"""Every interleaving of several sessions of a lifecycle, within bounds or for every number.

Decides what can be reached, and what can be claimed of it: always, sometimes, eventually. Refuses
to decide how it is told: that is `requite.model.tell`.
"""

from requite.model.explore.exploring import explore, explore_net
from requite.model.explore.net import Counter, Move, Unbalanced
from requite.model.explore.report import Claim, Exploration, Finding, Reduction, Verdict
from requite.model.explore.scope import EVERY, Limit, Scope, ScopeError
from requite.model.explore.search import Budget, Progress
from requite.model.explore.story import Book, Step, Story

__all__ = (
    "EVERY",
    "Book",
    "Budget",
    "Claim",
    "Counter",
    "Exploration",
    "Finding",
    "Limit",
    "Move",
    "Progress",
    "Reduction",
    "Scope",
    "ScopeError",
    "Step",
    "Story",
    "Unbalanced",
    "Verdict",
    "explore",
    "explore_net",
)
