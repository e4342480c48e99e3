"""Every exit of the declaration, taken for real over loopback sockets, twice, at limit 1."""

import asyncio
import gc
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
import trustme
import uvloop

from driving.gates import MAILBOX, HeldServices
from driving.story import REPORTED, Story
from requite.generated.pop3 import Event, State, Step
from requite.generated.pop3.cases import EXITS, WORDS
from requite.pop3.ledger import LedgerLimits, ProcessLedger

EXITS_PINNED: Final = 167
REPORTED_PINNED: Final = 13
LOOPS: Final[dict[str, Callable[[], asyncio.AbstractEventLoop]]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Return who signs the server's certificate."""
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


@pytest.fixture(scope="session")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    """Return the server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture(scope="session")
def client_tls(authority: trustme.CA) -> ssl.SSLContext:
    """Return the client's side of TLS."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def word_to(way_out: Step) -> tuple[Event, ...]:
    """Return a word that takes an exit in a way that life can take it."""
    word = WORDS[way_out.source]
    if way_out.source is State.CLOSING:
        # The shortest word ends in a farewell that is sent at once, and cannot stall.
        word = (*WORDS[State.AUTHORIZATION], Event.QUIT_RECEIVED)
    if way_out.event is Event.ADMITTED_FOR_TLS:
        # Nothing is read before a handshake, so a client's leaving is not noticed that early.
        word = (Event.CONNECTED, Event.KICKED)
    if way_out.event is Event.TOP_OPENED:
        replaced = {Event.RETR_RECEIVED: Event.TOP_RECEIVED}
        word = tuple(replaced.get(event, event) for event in word)
    return (*word, way_out.event)


def descriptors() -> int:
    """Return how many file descriptors this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def test_the_number_of_exits_is_pinned() -> None:
    """No exit vanishes from these tests in silence, and none is reported that life can bring."""
    assert len(EXITS) == EXITS_PINNED
    assert len(REPORTED) == REPORTED_PINNED
    assert {(step.source, step.event) for step in EXITS} >= set(REPORTED)


@pytest.mark.rfc("1939-4-unlock", "1939-6-release")
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("way_out", EXITS, ids=lambda step: f"{step.source.name}-{step.event.name}")
def test_every_way_out_gives_back(
    way_out: Step, loop: str, server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    """After any exit, twice, at limit 1, the next login succeeds at once and nothing is left."""

    async def story() -> None:
        limits = LedgerLimits(account=1, mailbox=1, address=1, server=1)
        services = HeldServices(ProcessLedger(limits))
        async with Story(services, server_tls=server_tls, client_tls=client_tls) as told:
            before = descriptors()
            for _ in range(2):
                step = await told.walk(word_to(way_out), way_out.source)
                assert step is way_out, f"expected {way_out.event.name}, found {step}"
                await told.log_in_after(step)
            await nothing_is_left(told, before)

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(story())


async def nothing_is_left(story: Story, descriptors_before: int) -> None:
    """Check leases, locks, messages, timers, tasks and descriptors."""
    services = story.services
    assert services.ledger.books() == {}
    assert services.maildrops.holders(MAILBOX) == 0
    assert [content.closed for content in services.contents] == [1] * len(services.contents)
    assert story.server.sessions == {}
    assert story.clock.bells == {}
    await story.until(lambda: asyncio.all_tasks() == {asyncio.current_task()})
    gc.collect()
    await story.until(lambda: descriptors() <= descriptors_before)
