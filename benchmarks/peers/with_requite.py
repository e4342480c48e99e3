"""The abstract POP3 problem explored by requite itself.

    python -m benchmarks.peers.with_requite REDUCTION [SESSIONS]

Prints the states found and the seconds that the exploration itself took, as JSON.
"""

import json
import sys

from requite.lifecycles.abstract_pop3 import ABSTRACT_POP3
from requite.model.explore import EVERY, Reduction, Verdict, explore

reduction = Reduction[sys.argv[1].upper()]
sessions = int(sys.argv[2]) if len(sys.argv) > 2 else EVERY
found = explore(ABSTRACT_POP3, sessions=sessions, reduction=reduction, crash=False)
if found.verdict is not Verdict.PROVED_FOR_ALL:
    sys.exit(f"expected a proof, found {found.verdict.value}")
print(json.dumps({"states": found.states, "seconds": found.seconds}))
