"""The seed's two stories, told against a server that may be a mutant.

KB968626: an account with full access to a shared mailbox that it does not own connects again and
again, and some days later is locked out. KB932905: a teardown that never completes keeps what it
should have given back.
"""

import random
from collections.abc import Callable
from typing import Final

from driving.gates import ACCOUNT, MAILBOX, HeldServices
from driving.story import FOR_TLS, REPORTED, Story
from requite.generated.pop3 import Event, State, Step
from requite.generated.pop3.cases import EXITS, WORDS
from requite.pop3.ledger import LedgerLimits, ProcessLedger
from requite.pop3.services import AccountKey

__all__ = ("LIMIT", "SEED", "SlotLost", "connects_and_leaves", "ways_to_leave", "wedged_commits")

LIMIT: Final = 16
SEED: Final = 968_626
MakeLedger = Callable[[LedgerLimits], ProcessLedger]


class SlotLost(AssertionError):  # noqa: N818 - what it names is what happened.
    """A slot was not given back; the text is the trace of the session that kept it."""


def ways_to_leave() -> list[Step]:
    """Return every exit that a client, the server or a service can bring about on a plain port.

    Left out are those that need a second server afterwards (a drain), and those of TLS, which
    come before any account is known.
    """
    return [
        step
        for step in EXITS
        if step.event is not Event.DRAINED
        and (step.source, step.event) not in REPORTED
        and not {Event.STLS_RECEIVED, Event.ADMITTED_FOR_TLS} & set(WORDS[step.source])
        and step.event not in FOR_TLS
        and (step.source, step.event) != (State.CLOSING, Event.WRITE_STALLED)
        and step.event is not Event.TOP_OPENED
    ]


def _check(story: Story) -> None:
    held = story.services.ledger.held(AccountKey(ACCOUNT))
    if held or story.services.ledger.books():
        raise SlotLost(f"expected no slot of {ACCOUNT} to be held, found {held}\n{story.told()}")


async def connects_and_leaves(make_ledger: MakeLedger, *, times: int, seed: int) -> None:
    """Play KB968626: connect, leave in every way in a seeded order, then fill the limit.

    Raises:
        SlotLost: a session kept its slot.
    """
    print(f"seed {seed}")
    services = HeldServices(make_ledger(LedgerLimits(account=LIMIT)))
    order: list[Step] = []
    chance = random.Random(seed)  # noqa: S311 - a seeded order, no secret.
    while len(order) < times:
        order += chance.sample(ways_to_leave(), len(ways_to_leave()))
    async with Story(services) as story:
        for step in order[:times]:
            await story.walk((*WORDS[step.source], step.event), step.source)
            await story.settle()
            _check(story)
        await fills_the_limit(story)


async def fills_the_limit(story: Story) -> None:
    """Let as many sessions work at once as the limit has room for, and see one more refused."""
    story.services.maildrops = type(story.services.maildrops)(exclusive=False)
    story.services.maildrops.add(MAILBOX, b"Subject: shared\n\n")
    story.services.set_open(to=True)
    for _ in range(LIMIT):
        await story.connect()
        await story.log_in()
        await story.read_until(b"+OK Logged in")
    await story.connect()
    await story.log_in()
    await story.read_until(b"-ERR [IN-USE]")
    await story.settle()
    _check(story)


async def wedged_commits(make_ledger: MakeLedger) -> None:
    """Play KB932905: as many sessions as fit wait for a commit that never completes.

    Raises:
        SlotLost: one of them kept its slot for as long as that takes.
    """
    services = HeldServices(make_ledger(LedgerLimits(account=LIMIT)), exclusive=False)
    async with Story(services) as story:
        for _ in range(LIMIT):
            await _wedges(story)
        held = services.ledger.held(AccountKey(ACCOUNT))
        wedged = len(services.commit)
        if held or wedged != LIMIT:
            raise SlotLost(f"{wedged} commits are wedged; they hold {held} slots\n{story.told()}")
        await fills_the_limit(story)


async def _wedges(story: Story) -> None:
    """Log in, and leave by a QUIT whose removal of messages never ends."""
    story.services.set_open(to=True)
    await story.connect()
    await story.log_in()
    await story.read_until(b"+OK Logged in")
    story.services.commit.open = False
    await story.send(b"QUIT\r\n")
    await story.saw(Event.QUIT_RECEIVED)
    await story.let_time_pass()
    await story.saw(Event.TIME_EXPIRED)
