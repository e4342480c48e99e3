"""Every client does every case that it can do, in the clear, after STLS and over TLS.

What is compared: what a client stores, message by message, against the stored octets by the
reference of `octets`, in the form that its description states. Where a client itself changes a
message of the sample, its description says which one and how, and that is checked instead.
"""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest
import trustme

from clients.description import Case, Client, Errand, Security
from clients.serving import (
    PASSWORD,
    deliver,
    full_server,
    messages_left,
    program,
    run_program,
    sample_server,
    take_away,
)
from clients.table import COMBINATIONS
from requite.generated.pop3 import Event
from requite.pop3.configuration import Endpoint
from requite.pop3.sample_messages import SAMPLE_MESSAGES
from running import Running, run

HOST = "localhost"
LARGE_OCTETS = 500_000
ABOUT = {one.stored: one.about for one in SAMPLE_MESSAGES}
LATER = "One that is delivered later"
LATER_STORED = b"Subject: One that is delivered later\n\n.\nIt is new.\n"


@cache
def authority() -> trustme.CA:
    """Make the one that clients trust."""
    return trustme.CA()


@cache
def certificate(*, known: bool) -> SSLContext:
    """Make a server's certificate, by the authority that clients trust or by another one."""
    context = SSLContext(PROTOCOL_TLS_SERVER)
    issuer = authority() if known else trustme.CA()
    issuer.issue_cert(HOST, common_name=HOST).configure_cert(context)
    return context


@dataclass
class Visit:
    """A client and the server that it is sent to."""

    client: Client
    running: Running
    directory: Path
    errand: Errand

    async def send(
        self, *, status: int = 0, deletes: bool = False, only_new: bool = False
    ) -> bytes:
        """Let the client do its errand, and give what it printed."""
        there = len(messages_left(self.directory))
        errand = replace(self.errand, messages=there, deletes=deletes, only_new=only_new)
        found = program(self.client.program, package=self.client.package, probe=self.client.probe)
        command = [found, *self.client.command(errand)]
        given = self.client.given(errand)
        done = await run_program(command, errand.home, expected=status, given=given)
        return done.stdout + done.stderr

    def stored(self) -> list[bytes]:
        """Give what the client has stored."""
        there = self.errand.stored
        return self.client.read_back(there) if there.exists() and any(there.iterdir()) else []

    def has(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Check that the client has stored these messages, and has changed what it says it does."""
        changes = self.client.changes
        undone = self.client.undone
        if self.errand.security is not Security.PLAIN:
            undone = self.client.undone_over_tls or undone
        expected = [
            (about, undone(stored))
            for about, stored in messages
            if about not in changes or changes[about].holds is not None
        ]
        found = self.stored()
        if not self.client.in_order:
            expected.sort(key=lambda one: one[1])
            found.sort()
        wrong = [
            (about, sent[:200], one[:200])
            for (about, sent), one in zip(expected, found, strict=True)
            if not self.client.stores(about, sent, one)
        ]
        assert wrong == []


async def visit(  # noqa: PLR0913 - each is one circumstance of a visit.
    stack: AsyncExitStack,
    client: Client,
    security: Security,
    directory: Path,
    *,
    case: Case,
    full: pytest.LogCaptureFixture | None = None,
) -> Visit:
    """Serve the sample and prepare an errand to it."""
    tls = None if security is Security.PLAIN else certificate(known=case is not Case.STRANGER)
    if full is None:
        running = await stack.enter_async_context(sample_server(directory, tls=tls))
    else:
        running = await stack.enter_async_context(full_server(directory, full, tls=tls))
    if case is not Case.KEEP:  # Which is what the two large messages are for; they take time.
        take_away(directory, over_octets=LARGE_OCTETS)
    where = running.endpoint
    if security is Security.TLS:
        where = await running.server.listen(Endpoint("127.0.0.1", 0), tls_first=True)
    home = directory / "home"
    home.mkdir()
    authority().cert_pem.write_to_path(str(directory / "authority.pem"))
    errand = Errand(
        host=HOST,
        port=where.port,
        security=security,
        authority=directory / "authority.pem",
        name="alice",
        password=PASSWORD,
        home=home,
        messages=0,
    )
    return Visit(client, running, directory, errand)


def sample_left(directory: Path) -> list[tuple[str, bytes]]:
    """Give what is left of the sample on the disk, each with what it is about."""
    return [(ABOUT[stored], stored) for stored in messages_left(directory)]


def clients_that_can(case: Case) -> pytest.MarkDecorator:
    """Give each client over each of the three, where it can do a case."""
    chosen = [(client, security) for client, security, one in COMBINATIONS if one is case]
    ids = [f"{client.name}, {security.value}" for client, security in chosen]
    return pytest.mark.parametrize(("client", "security"), chosen, ids=ids)


@clients_that_can(Case.KEEP)
def test_what_is_stored_is_what_was_in_the_maildrop(
    client: Client, security: Security, tmp_path: Path
) -> None:
    """The whole sample is fetched octet by octet, and kept on the server."""

    async def story() -> None:
        async with AsyncExitStack() as stack:
            guest = await visit(stack, client, security, tmp_path, case=Case.KEEP)
            before = sample_left(tmp_path)
            await guest.send()
            guest.has(before)
            assert sample_left(tmp_path) == before
            assert (Event.TLS_ESTABLISHED in guest.running.events) == (
                security is not Security.PLAIN
            )

    run(story())


@pytest.mark.rfc("1939-7-uid-lasting")
@clients_that_can(Case.ONLY_NEW)
def test_only_new_ones_are_fetched(client: Client, security: Security, tmp_path: Path) -> None:
    """A second run fetches nothing, and a third one the message that has come between."""

    async def story() -> None:
        async with AsyncExitStack() as stack:
            guest = await visit(stack, client, security, tmp_path, case=Case.ONLY_NEW)
            before = sample_left(tmp_path)
            await guest.send(only_new=True)
            guest.has(before)
            await guest.send(only_new=True, status=client.nothing_new)
            guest.has(before)
            deliver(tmp_path, LATER_STORED)
            await guest.send(only_new=True)
            guest.has([*before, (LATER, LATER_STORED)])
            assert len(messages_left(tmp_path)) == len(before) + 1

    run(story())


@clients_that_can(Case.DELETE)
def test_what_was_fetched_is_deleted(client: Client, security: Security, tmp_path: Path) -> None:
    """The sample is stored, and none of it is left but what the client says it leaves."""

    async def story() -> None:
        async with AsyncExitStack() as stack:
            guest = await visit(stack, client, security, tmp_path, case=Case.DELETE)
            before = sample_left(tmp_path)
            await guest.send(deletes=True)
            guest.has(before)
            left = {about for about, change in client.changes.items() if change.left_behind}
            assert messages_left(tmp_path) == tuple(one for about, one in before if about in left)

    run(story())


@clients_that_can(Case.WRONG_PASSWORD)
def test_a_wrong_password_is_reported(client: Client, security: Security, tmp_path: Path) -> None:
    """The client ends as its description says, and has stored nothing."""

    async def story() -> None:
        async with AsyncExitStack() as stack:
            guest = await visit(stack, client, security, tmp_path, case=Case.WRONG_PASSWORD)
            guest.errand = replace(guest.errand, password="wrong")
            before = sample_left(tmp_path)
            said = await guest.send(deletes=True, status=client.wrong_password.status)
            assert client.wrong_password.says in said
            assert guest.stored() == []
            assert sample_left(tmp_path) == before

    run(story())


@clients_that_can(Case.FULL)
def test_a_reached_limit_is_reported(
    client: Client, security: Security, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The client ends as its description says, and has stored nothing; the next run works."""

    async def story() -> None:
        async with AsyncExitStack() as stack:
            guest = await visit(stack, client, security, tmp_path, case=Case.FULL, full=caplog)
            before = sample_left(tmp_path)
            said = await guest.send(deletes=True, status=client.full.status)
            assert client.full.says in said
            assert guest.stored() == []
            assert sample_left(tmp_path) == before

    run(story())


@clients_that_can(Case.STRANGER)
def test_an_unknown_authority_is_not_trusted(
    client: Client, security: Security, tmp_path: Path
) -> None:
    """The client verifies the certificate: it ends before it has sent a name or a password."""

    async def story() -> None:
        async with AsyncExitStack() as stack:
            guest = await visit(stack, client, security, tmp_path, case=Case.STRANGER)
            said = await guest.send(status=client.stranger.status)
            assert client.stranger.says in said
            assert guest.stored() == []
            told = {Event.USER_RECEIVED, Event.PASS_RECEIVED, Event.CREDENTIALS_RECEIVED}
            assert not told.intersection(guest.running.events)

    run(story())
