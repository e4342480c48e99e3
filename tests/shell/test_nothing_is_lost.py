"""What a slow client has yet to take is not lost, and no failure of one session stops another."""

import asyncio

import pytest

from requite.generated.pop3 import Event, Step
from requite.pop3.maildrops.memory import MemoryMaildrops
from requite.pop3.names import MailboxName, SessionId
from requite.pop3.shell import Session, Settings
from running import LOOPS, connected, logged_in, run, running_server, turns

both_loops = pytest.mark.parametrize("loop", LOOPS)
STORED = b"Subject: long\n\n" + (b"y" * 70 + b"\n") * 1_750
SENT = STORED.replace(b"\n", b"\r\n")
SETTINGS = Settings()


@both_loops
@pytest.mark.parametrize("half_close", [False, True])
def test_a_slow_reader_gets_all_of_a_message_that_it_deletes(
    loop: str, *, half_close: bool
) -> None:
    """With RETR, DELE and QUIT in one write, the message is whole before it is removed."""

    async def story() -> None:
        async with (
            running_server(STORED, sends_octets=4_096) as running,
            logged_in(running, receives_octets=4_096) as peer,
        ):
            await peer.send(b"RETR 1\r\nDELE 1\r\nQUIT\r\n")
            if half_close:
                peer.end_sending()
            await turns(200)
            running.clock.advance(SETTINGS.write_s / 2)
            assert Event.COMMITTED not in running.events
            assert SENT in await peer.rest()
            assert Event.COMMITTED in running.events

    run(story(), loop=loop)


@both_loops
def test_nobody_comes_in_once_the_server_stops(loop: str) -> None:
    """A connection that was accepted just before the server stops begins no session after it."""

    async def story() -> None:
        async with running_server(STORED) as running, connected(running, greeted=False):
            stopping = asyncio.create_task(running.server.stop())
            await turns(20)
            running.clock.advance(SETTINGS.close_s)
            assert await stopping == ()
            assert running.server.sessions == {}
            assert running.ledger.books() == {}

    run(story(), loop=loop)


def test_a_session_that_cannot_be_told_does_not_stop_the_drain(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """When telling one session fails, the others are told all the same."""

    async def story() -> None:
        async with running_server(STORED) as running, connected(running), connected(running):
            told: list[SessionId] = []

            def report(self: Session, event: Event, /) -> None:
                told.append(self.id)
                if len(told) == 1:
                    raise RuntimeError("the test says so")
                real(self, event)

            real = Session.report
            monkeypatch.setattr(Session, "report", report)
            running.server.drain()
            monkeypatch.undo()
            assert len(set(told)) == 2
            running.server.end_all()
            assert "could not be told DRAINED" in caplog.text
            running.complaints.clear()
            running.clock.advance(SETTINGS.close_s)
            await running.until(lambda: not running.server.sessions)
            assert await running.server.stop() == ()

    run(story(), loop="asyncio")


def test_an_observer_that_fails_keeps_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """When the observer fails at the last step, the session is over all the same."""

    async def story() -> None:
        def fail(_: SessionId, step: Step) -> None:
            if step.final:
                raise RuntimeError("the test says so")

        async with running_server(STORED) as running, connected(running) as peer:
            running.server.observer = fail
            peer.reset()
            async with asyncio.timeout(5):
                while running.server.sessions:
                    await turns(1)
            assert "The observer failed" in caplog.text
            running.complaints.clear()

    run(story(), loop="asyncio")


def test_what_comes_after_a_failed_release_is_given_back(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """When a lock cannot be let go, the socket and the slots are given back all the same."""

    async def story() -> None:
        maildrops = MemoryMaildrops()
        maildrops.add(MailboxName("alice"), STORED)
        async with running_server(maildrops=maildrops) as running, logged_in(running) as peer:
            lock = running.session._lock
            assert lock is not None

            def fail(_: object) -> None:
                raise OSError("the test says so")

            monkeypatch.setattr(type(lock), "release", fail)
            peer.reset()
            await running.until(lambda: not running.server.sessions)
            assert running.ledger.books() == {}
            assert "could not give a locked maildrop back" in caplog.text
            running.complaints.clear()

    run(story(), loop="asyncio")
