"""The operators drawn from some sixty failures of real servers and libraries, one by one.

Decides for each whether a declaration can be tried with it, and by which kinds of mutants. The
others are mistakes of code or of the protocol between several processes: the reason says where
they are looked for, and why a lifecycle cannot show them.
"""

from dataclasses import dataclass
from typing import Final

from requite.model.mutate.kinds import Kind

__all__ = ("OPERATORS", "Operator")

CODE: Final = "a mistake of code: "
SEVERAL: Final = "needs several processes: "


@dataclass(frozen=True, slots=True)
class Operator:
    """One way in which real software has lost count."""

    number: int
    what: str
    kinds: tuple[Kind, ...] = ()
    """The kinds of mutants that are made by it; none where a declaration cannot show it."""
    reason: str = ""
    """How it is made of a declaration, or why it is not."""

    @property
    def name(self) -> str:
        """What it is called: M and its number."""
        return f"M{self.number}"


OPERATORS: Final = (
    Operator(
        1,
        "one way out gives nothing back",
        (Kind.FORGOTTEN,),
        "on every row, for everything that it gives back",
    ),
    Operator(
        2,
        "nothing is given back when the account is not the mailbox's owner",
        (Kind.KEYS_DIFFER,),
        "for each resource and each other class of keys",
    ),
    Operator(
        3,
        "the key is worked out again when it is given back",
        (Kind.WRONG_KEY, Kind.OTHER_RELEASE),
        "on every row that gives back what is counted for each key",
    ),
    Operator(
        4,
        "the key changes between the check and the count",
        (Kind.KEY_CHANGED,),
        "the room of the next key is asked",
    ),
    Operator(
        5,
        "it is counted after the first step that can fail",
        (Kind.COUNTED_LATE,),
        "the step after the grant counts; a way out before it gives back what was never counted",
    ),
    Operator(
        6,
        "the check and the count are apart, with a wait between them",
        (Kind.ASKED_EARLY,),
        "each state that waits for a grant is split by the key whose room was seen",
    ),
    Operator(
        7,
        "the count is loaded, then added to",
        (Kind.ASKED_EARLY,),
        "two threads between a load and an add are two sessions between a check and a grant",
    ),
    Operator(8, "it is given back twice", (Kind.DOUBLED, Kind.ADDED), "on every row"),
    Operator(
        9,
        "a refusal gives back what was never taken",
        (Kind.ADDED,),
        "on every row, those of a refusal among them",
    ),
    Operator(
        10,
        "nothing is given back when tearing down raises, or never ends",
        (Kind.LATE,),
        "what is given back comes after what could fail",
    ),
    Operator(
        11,
        "the grant comes after the session is over",
        (Kind.FORGOTTEN, Kind.RETARGETED, Kind.DROPPED),
        "a late grant is a row; it is forgotten, led elsewhere and left out like any other",
    ),
    Operator(
        12,
        "a second grant overwrites the first",
        (Kind.TAKEN_AGAIN,),
        "in each state that holds it, of any key",
    ),
    Operator(
        13,
        "a cancel comes between the grant and the one who waits for it",
        reason=CODE + "a wait is a state here, and a cancel an event with a row of its own",
    ),
    Operator(
        14,
        "a cancel comes while something is given back",
        reason=CODE + "giving back is one step here, and nothing can come between",
    ),
    Operator(
        15,
        "the proof of holding is thrown away before it is given back",
        reason=CODE + "of the ledger, whose leases the tests of every exit count",
    ),
    Operator(
        16,
        "a handler catches less than what can be raised",
        reason=CODE + "of a shell; a failure of ours is an event in every state that waits",
    ),
    Operator(
        17,
        "a function returns early between take and give back",
        reason=CODE + "a row has no early return: it is taken whole",
    ),
    Operator(
        18,
        "a fatal error comes while a fatal error is handled",
        reason=CODE + "of a shell; the row of a failure has been taken by then",
    ),
    Operator(
        19,
        "the connection is lost while TLS is being agreed",
        (Kind.DROPPED, Kind.FORGOTTEN),
        "a handshake is a state that waits, and each way out of it is a row",
    ),
    Operator(
        20,
        "a process is killed and nobody gives back for it",
        (Kind.CRASH_KEEPS,),
        "the death of a process is a move of every state",
    ),
    Operator(
        21,
        "whoever counts starts anew while sessions live",
        (Kind.COUNTS_WIPED,),
        "every count at its limit is set to zero at once",
    ),
    Operator(
        22,
        "the end of a worker is heard before its beginning, on another channel",
        reason=SEVERAL + "it is a mistake of the protocol that admits sessions",
    ),
    Operator(
        23,
        "a lease ends while its session lives",
        reason=SEVERAL + "it is a mistake of the protocol that admits sessions, and of clocks",
    ),
    Operator(
        24,
        "every count is wiped when a worker starts",
        (Kind.COUNTS_WIPED,),
        "every count at its limit is set to zero at once",
    ),
    Operator(
        25,
        "the limit is off by one",
        (Kind.LIMIT_OVER, Kind.LIMIT_UNDER),
        "by one too many, which is over the limit; by one too few, where with a limit of one a row "
        "is never taken",
    ),
    Operator(
        26,
        "a newcomer steals the room of one who was woken",
        (Kind.STOLEN,),
        "a session that waits is told of room, and takes it later without asking",
    ),
    Operator(
        27,
        "one who has gone heads the queue",
        reason=CODE + "of a queue; a declaration says who waits, and not in which order",
    ),
    Operator(
        28,
        "a reload leaves a generation of workers behind",
        reason=SEVERAL + "a drain is an event in every state that waits, and ends each session",
    ),
    Operator(
        29,
        "two layers count the same session",
        (Kind.COUNTED_TWICE,),
        "each grant counts two, and each way out gives two back",
    ),
    Operator(
        30,
        "the first count of a key is lost",
        (Kind.FIRST_UNCOUNTED,),
        "where the count is zero a grant may go uncounted",
    ),
    Operator(
        31,
        "the limit is lowered while sessions live",
        (Kind.LIMIT_LOWERED,),
        "sessions over the new limit stay, and nobody is let in until the count is below it; a "
        "comparison by equality lets everybody in",
    ),
    Operator(
        32,
        "the count hangs on something that is rebuilt",
        (Kind.COUNT_REBUILT,),
        "the count of one key at its limit is set to zero",
    ),
)
"""Every operator, in order."""
