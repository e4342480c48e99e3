"""Certificates that are renewed while the server runs.

Decides when the files are read anew, that what cannot be used changes nothing, and that sessions
are not disturbed. Refuses to say which certificate a client is shown of those that are there.
"""

import asyncio
import logging
import weakref
from collections.abc import Callable
from ssl import SSLContext

import pytest
import trustme

from requite.generated.pop3 import Event
from requite.pop3.tls import Certificates, Watch
from running import ManualClock, Running, run, running_server
from shell.words import FIRST, both_loops
from tls.site import Site, names_in, shaken

CHECK_S = 60.0
NEW = "new.example"
OLD = "default.example"


def used_by(running: Running) -> Callable[[SSLContext], None]:
    """Give what hands a context to a server."""

    def use(context: SSLContext) -> None:
        running.server.tls = context

    return use


@pytest.mark.rfc("8314-4.4-valid")
@both_loops
def test_a_renewal_is_seen_by_who_connects_and_not_by_who_is_there(site: Site, loop: str) -> None:
    """A session that is open goes on with its certificate; the next one sees the new one."""
    certificates = Certificates(site.tls())

    async def story() -> None:
        async with running_server(FIRST, tls=certificates.context, tls_first=True) as running:
            watch = Watch(certificates, used_by(running), running.clock)
            async with shaken(running, site.client()) as (reader, writer, tls):
                await reader.readline()
                site.write("default", NEW)
                watch.renew()
                async with shaken(running, site.client()) as (other, _, newer):
                    await other.readline()
                    assert names_in(newer) == (NEW,)
                writer.write(b"CAPA\r\n")
                assert (await reader.readuntil(b"\r\n.\r\n")).startswith(b"+OK")
                assert names_in(tls) == (OLD,)
            watch.stop()

    run(story(), loop=loop)


@both_loops
def test_no_handshake_fails_while_certificates_are_renewed(site: Site, loop: str) -> None:
    """Of clients that connect all the time, each is shown a whole certificate, old or new."""
    names = {"mail.example": site.write("mail", "mail.example")}
    certificates = Certificates(site.tls(names=names))
    clients, rounds = 8, 6
    seen: list[tuple[str, ...]] = []

    async def connect(running: Running, number: int) -> None:
        for step in range(rounds):
            asked = "mail.example" if (number + step) % 2 else None
            async with shaken(running, site.client(), asks_for=asked) as (reader, writer, tls):
                assert (await reader.readline()).startswith(b"+OK")
                seen.append(names_in(tls))
                writer.write(b"QUIT\r\n")
                assert await reader.readline() == b"+OK Goodbye.\r\n"

    async def renew(watch: Watch) -> None:
        for number in range(rounds * 4):
            site.write("default", NEW if number % 2 == 0 else OLD)
            watch.renew()
            for _ in range(20):
                await asyncio.sleep(0)

    async def story() -> None:
        async with running_server(FIRST, tls=certificates.context, tls_first=True) as running:
            watch = Watch(certificates, used_by(running), running.clock)
            async with asyncio.TaskGroup() as group:
                for number in range(clients):
                    group.create_task(connect(running, number))
                group.create_task(renew(watch))
            watch.stop()
            await running.until_over()
            assert Event.TLS_FAILED not in running.events

    run(story(), loop=loop)
    assert len(seen) == clients * rounds
    assert seen.count(("mail.example",)) == clients * rounds // 2
    assert set(seen) <= {(NEW,), (OLD,), ("mail.example",)}


def truncate_certificate(site: Site) -> str:
    """Write half a certificate, as a copy that is under way."""
    path = site.directory / "default.pem"
    path.write_bytes(path.read_bytes()[:100])
    return f'[tls] certificate: expected a certificate in PEM form, found something else in "{path}'


def exchange_key(site: Site) -> str:
    """Write the key of another certificate."""
    path = site.directory / "default.key"
    issued = site.authority.issue_cert("other.example")
    path.write_bytes(issued.private_key_pem.bytes())
    return "[tls] key: expected the unencrypted private key of [tls] certificate in PEM form, found"


def remove_key(site: Site) -> str:
    """Take the key away."""
    path = site.directory / "default.key"
    path.unlink()
    return f'[tls] key: expected a readable file, found "{path}": No such file or directory'


def break_another(site: Site) -> str:
    """Write rubbish over the certificate of a name, and leave the first as it is."""
    (site.directory / "mail.pem").write_text("rubbish")
    return '[tls.names."mail.example"] certificate: expected a certificate in PEM form, found'


def break_authorities(site: Site) -> str:
    """Write rubbish over the authorities of clients."""
    (site.directory / "clients.pem").write_text("rubbish")
    return "[tls] client_authorities (item 1): expected certificates of authorities in PEM form"


BREAKS = (truncate_certificate, exchange_key, remove_key, break_another, break_authorities)


@pytest.mark.parametrize("breaks", BREAKS)
def test_what_cannot_be_used_changes_nothing_and_is_told(
    site: Site, breaks: Callable[[Site], str], caplog: pytest.LogCaptureFixture
) -> None:
    """The old certificate stays, and one error names the file and the reason."""
    names = {"mail.example": site.write("mail", "mail.example")}
    certificates = Certificates(site.tls(names=names, client_authority=trustme.CA()))
    before = certificates.context
    expected = breaks(site)
    with caplog.at_level(logging.INFO, "requite.pop3"):
        assert not certificates.renew()

    assert certificates.context is before
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage().startswith(f"The certificates stay as they were: {expected}")
    assert str(site.directory) in record.getMessage()


def test_a_file_that_changes_while_it_is_read_changes_nothing(
    site: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was right when it was looked at, and is wrong when it is used, is told as well."""
    certificates = Certificates(site.tls())
    before = certificates.context
    exchange_key(site)
    monkeypatch.setattr("requite.pop3.tls.look_at_files", lambda _: ())

    assert not certificates.renew()
    assert certificates.context is before
    [record] = caplog.records
    assert "a file has changed while it was read" in record.getMessage()


def watched(site: Site, *, check_s: float = CHECK_S) -> tuple[ManualClock, list[SSLContext], Watch]:
    """Watch the certificates of a site; give the clock and the contexts that are handed on."""
    clock, used = ManualClock(), list[SSLContext]()
    return clock, used, Watch(Certificates(site.tls(check_s=check_s)), used.append, clock)


def test_files_that_change_are_read_at_the_next_look(site: Site) -> None:
    """A change is used after `check_s` at the latest, once, and without being asked for."""
    clock, used, watch = watched(site)
    clock.advance(CHECK_S)
    assert not used
    site.write("default", NEW)
    clock.advance(CHECK_S * 0.99)
    assert not used
    clock.advance(CHECK_S * 0.01)
    assert len(used) == 1
    clock.advance(CHECK_S * 10)
    assert len(used) == 1
    watch.stop()
    assert not clock.pending


def test_a_broken_file_is_told_once_and_used_when_it_is_mended(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """Looks at what is still broken say nothing more, and the first look at what is right acts."""
    clock, used, watch = watched(site)
    exchange_key(site)
    clock.advance(CHECK_S * 10)
    assert (len(used), len(caplog.records)) == (0, 1)
    site.write("default", NEW)
    clock.advance(CHECK_S)
    assert len(used) == 1
    watch.stop()


def test_a_look_that_is_left_out_leaves_only_the_signal(site: Site) -> None:
    """With 0 nothing looks by itself, and an order to renew is followed all the same."""
    clock, used, watch = watched(site, check_s=0)
    site.write("default", NEW)
    assert not clock.pending
    clock.advance(CHECK_S * 10)
    assert not used
    watch.renew()
    assert len(used) == 1
    watch.stop()


def test_what_is_no_longer_used_is_let_go(site: Site) -> None:
    """A renewal leaves nothing of the old certificate behind once no session has it."""
    names = {"mail.example": site.write("mail", "mail.example")}
    certificates = Certificates(site.tls(names=names))
    before = weakref.ref(certificates.context)
    assert certificates.renew()

    assert before() is None
