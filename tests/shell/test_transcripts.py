"""Whole sessions, as a client reads them.

Decides what is answered to each command in each state, and what when something fails behind the
session. Refuses to test the ways to log in, TLS and the number of writes, which have their files.
"""

from collections.abc import Sequence

import pytest

from requite.generated.pop3 import Event, State
from requite.pop3.accounts import SingleAccount
from requite.pop3.maildrops.memory import MemoryLock, MemoryMaildrop, MemoryMaildrops
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.services import (
    Answer,
    Busy,
    Content,
    Credentials,
    Identity,
    Maildrop,
    Message,
    Rejected,
)
from running import (
    ALICE,
    MAILBOX,
    PASSWORD,
    connected,
    logged_in,
    memory,
    run,
    running_server,
)
from shell.words import (
    FIRST,
    SECOND,
    SECOND_OCTETS,
    SECOND_SENT,
    SETTINGS,
    both_loops,
    joined,
    plain,
    sized,
)

# --- RFC 1939 ------------------------------------------------------------------------------------


@pytest.mark.rfc(
    "1939-4-greeting",
    "2595-2.2-compatible",
    "1939-4-way",
    "1939-5-stat-bare",
    "1939-5-list-bare",
    "1939-5-list-one",
)
@both_loops
def test_the_example_of_the_standard(loop: str) -> None:
    """RFC 1939 section 10, word by word in meaning: two messages, read, deleted and gone."""

    async def story() -> None:
        first, second = sized(120), sized(200)
        async with running_server(first, second) as running:
            async with connected(running, greeted=False) as peer:
                assert (await peer.line()).startswith(b"+OK ")
                assert (await peer.ask(b"USER alice")).startswith(b"+OK")
                maildrop = await peer.ask(b"PASS " + PASSWORD)
                assert maildrop == b"+OK Logged in, 2 messages (320 octets)."
                assert await peer.ask(b"STAT") == b"+OK 2 320"
                assert await peer.ask(b"LIST") == b"+OK 2 messages (320 octets)"
                assert await peer.listing() == [b"1 120", b"2 200"]
                for number, message in enumerate((first, second), 1):
                    assert await peer.ask(b"RETR %d" % number) == b"+OK %d octets" % len(message)
                    assert joined(*await peer.listing()) == message
                    assert (await peer.ask(b"DELE %d" % number)).startswith(b"+OK")
                assert (await peer.ask(b"QUIT")).startswith(b"+OK")
                assert await peer.rest() == b""
            async with logged_in(running) as later:
                assert await later.ask(b"STAT") == b"+OK 0 0"

    run(story(), loop=loop)


@pytest.mark.rfc("1939-5-stat-deleted", "1939-5-list-deleted", "1939-5-dele", "1939-7-uidl-deleted")
@both_loops
def test_deleted_messages_are_not_there(loop: str) -> None:
    """After DELE no command knows the message, the numbers of the others stand still."""

    async def story() -> None:
        async with running_server(FIRST, SECOND, FIRST) as running, logged_in(running) as peer:
            assert (await peer.ask(b"DELE 2")).startswith(b"+OK")
            assert await peer.ask(b"STAT") == b"+OK 2 216"
            assert await peer.ask_listing(b"LIST") == [b"1 108", b"3 108"]
            assert await peer.ask_listing(b"UIDL") == [b"1 0000000001", b"3 0000000003"]
            for command in (b"LIST 2", b"UIDL 2", b"RETR 2", b"TOP 2 1", b"DELE 2"):
                assert await peer.ask(command) == b"-ERR No such message."

    run(story(), loop=loop)


@pytest.mark.rfc("1939-5-no-such")
@both_loops
@pytest.mark.parametrize("number", [b"0", b"3", b"9" * 200])
def test_a_number_that_is_not_there_is_refused(number: bytes, loop: str) -> None:
    """Message 0, one past the last and one far beyond are no messages for any command."""

    async def story() -> None:
        async with running_server(FIRST, SECOND) as running, logged_in(running) as peer:
            for keyword in (b"LIST ", b"UIDL ", b"RETR ", b"DELE "):
                assert await peer.ask(keyword + number) == b"-ERR No such message."
            assert await peer.ask(b"TOP " + number + b" 0") == b"-ERR No such message."
            assert await peer.ask(b"STAT") == b"+OK 2 %d" % (108 + SECOND_OCTETS)

    run(story(), loop=loop)


@pytest.mark.rfc("1939-5-rset")
@both_loops
def test_reset_unmarks_all(loop: str) -> None:
    """After RSET every message is there again, and QUIT removes none."""

    async def story() -> None:
        async with running_server(FIRST, FIRST) as running:
            async with logged_in(running) as peer:
                await peer.ask(b"DELE 1")
                await peer.ask(b"DELE 2")
                assert await peer.ask(b"STAT") == b"+OK 0 0"
                assert await peer.ask(b"RSET") == b"+OK 2 messages (216 octets)"
                assert await peer.ask_listing(b"LIST") == [b"1 108", b"2 108"]
                assert (await peer.ask(b"QUIT")).startswith(b"+OK")
            async with logged_in(running) as later:
                assert await later.ask(b"STAT") == b"+OK 2 216"

    run(story(), loop=loop)


@pytest.mark.rfc("1939-5-dele-later", "1939-6-update", "1939-4-unmarked")
@both_loops
def test_deletions_happen_at_quit_and_only_then(loop: str) -> None:
    """A client that marks and goes away without QUIT, in any way, has removed nothing."""

    async def story() -> None:
        async with running_server(FIRST) as running:
            for leave in ("close", "end_sending", "reset"):
                async with logged_in(running) as peer:
                    assert (await peer.ask(b"DELE 1")).startswith(b"+OK")
                    getattr(peer, leave)()
                    await running.until_over()
            async with logged_in(running) as later:
                assert await later.ask(b"STAT") == b"+OK 1 108"

    run(story(), loop=loop)


@pytest.mark.rfc("1939-4-numbers", "1939-7-uidl", "1939-5-list-one", "1939-5-list-bare")
@both_loops
def test_listings_of_one_message(loop: str) -> None:
    """LIST and UIDL with an argument answer in one line, with the number they were asked for."""

    async def story() -> None:
        async with running_server(FIRST, SECOND) as running, logged_in(running) as peer:
            assert await peer.ask(b"LIST 2") == b"+OK 2 %d" % SECOND_OCTETS
            assert await peer.ask(b"UIDL 2") == b"+OK 2 0000000002"
            assert await peer.ask_listing(b"UIDL") == [b"1 0000000001", b"2 0000000002"]

    run(story(), loop=loop)


@pytest.mark.rfc("1939-5-list-empty")
@both_loops
def test_an_empty_maildrop_is_listed(loop: str) -> None:
    """With no message STAT, LIST and UIDL are positive and empty."""

    async def story() -> None:
        async with running_server() as running, logged_in(running) as peer:
            assert await peer.ask(b"STAT") == b"+OK 0 0"
            assert await peer.ask_listing(b"LIST") == []
            assert await peer.ask_listing(b"UIDL") == []
            assert await peer.ask(b"RETR 1") == b"-ERR No such message."

    run(story(), loop=loop)


@pytest.mark.rfc("1939-7-optional", "1939-7-top")
@both_loops
@pytest.mark.parametrize(
    ("lines", "sent"), [(b"0", 2), (b"1", 3), (b"3", 5), (b"4", 6), (b"99999999", 6)]
)
def test_top_sends_the_header_and_some_lines(lines: bytes, sent: int, loop: str) -> None:
    """TOP sends the header, the blank line and as many lines as asked for, dots doubled."""

    async def story() -> None:
        async with running_server(SECOND) as running, logged_in(running) as peer:
            assert await peer.ask_listing(b"TOP 1 " + lines) == SECOND_SENT[:sent]

    run(story(), loop=loop)


# --- what is allowed where -----------------------------------------------------------------------

IN_TRANSACTION_ONLY = (
    b"STAT",
    b"LIST",
    b"LIST 1",
    b"UIDL",
    b"UIDL 1",
    b"RETR 1",
    b"TOP 1 0",
    b"DELE 1",
    b"NOOP",
    b"RSET",
)
IN_AUTHORIZATION_ONLY = (
    b"USER alice",
    b"PASS wonderland",
    b"AUTH",
    b"AUTH PLAIN",
    b"AUTH PLAIN " + plain(b"\0alice\0wonderland"),
    b"AUTH PLAIN =",
    b"AUTH LOGIN",
    b"STLS",
    b"APOP alice " + b"0" * 32,
)


@pytest.mark.rfc("1939-3-state")
@both_loops
@pytest.mark.parametrize("command", IN_TRANSACTION_ONLY)
def test_before_the_login_the_maildrop_is_out_of_reach(command: bytes, loop: str) -> None:
    """A command of TRANSACTION is refused before the login, and the login goes on after it."""

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            assert await peer.ask(command) == b"-ERR Log in first."
            assert running.state() is State.AUTHORIZATION
            await peer.ask(b"USER alice")
            assert await peer.ask(command) == b"-ERR Log in first."
            assert running.state() is State.USER_GIVEN
            assert (await peer.ask(b"PASS " + PASSWORD)).startswith(b"+OK")
            assert await peer.ask(b"STAT") == b"+OK 1 108"

    run(story(), loop=loop)


@pytest.mark.rfc("1939-3-state", "2595-4-state")
@both_loops
@pytest.mark.parametrize("command", IN_AUTHORIZATION_ONLY)
def test_after_the_login_there_is_no_second_one(command: bytes, loop: str) -> None:
    """A command of AUTHORIZATION is refused after the login, and takes no second slot."""

    async def story() -> None:
        async with running_server(FIRST) as running, logged_in(running) as peer:
            await peer.ask(b"DELE 1")
            before = running.ledger.books()
            assert await peer.ask(command) == b"-ERR You are logged in already."
            assert running.state() is State.TRANSACTION
            assert running.ledger.books() == before
            assert await peer.ask(b"STAT") == b"+OK 0 0"

    run(story(), loop=loop)


@both_loops
def test_a_second_user_replaces_the_first(loop: str) -> None:
    """Of two USER commands the last one counts."""

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            assert (await peer.ask(b"USER mallory")).startswith(b"+OK")
            assert (await peer.ask(b"USER alice")).startswith(b"+OK")
            assert (await peer.ask(b"PASS " + PASSWORD)).startswith(b"+OK")
            assert running.session.identity == Identity(ALICE, MAILBOX)

    run(story(), loop=loop)


@pytest.mark.rfc("1939-7-pass-after")
@both_loops
def test_pass_without_user_is_refused(loop: str) -> None:
    """PASS first, or again after a refused one without a new USER, asks nobody."""

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            assert await peer.ask(b"PASS " + PASSWORD) == b"-ERR Give USER first."
            await peer.ask(b"USER alice")
            await peer.send(b"PASS wrong\r\n")
            await running.until_state(State.REFUSING)
            running.clock.advance(SETTINGS.refusal_s)
            assert (await peer.line()).startswith(b"-ERR [AUTH]")
            assert await peer.ask(b"PASS " + PASSWORD) == b"-ERR Give USER first."
            assert running.events.count(Event.VERIFIED) == 0

    run(story(), loop=loop)


@pytest.mark.rfc("1939-4-quit", "1939-6-quit", "1939-3-line-end")
@both_loops
def test_quit_before_the_login_ends(loop: str) -> None:
    """QUIT is answered and the connection closed before USER, after USER, and nothing commits."""

    async def story() -> None:
        async with running_server(FIRST) as running:
            for commands in ([b"QUIT"], [b"USER alice", b"QUIT"]):
                async with connected(running) as peer:
                    await peer.send(joined(*commands))
                    assert (await peer.rest()).endswith(b"+OK Goodbye.\r\n")
            await running.until_over()
            assert State.COMMITTING not in {step.target for _, step in running.steps}

    run(story(), loop=loop)


# --- what goes wrong behind a session ------------------------------------------------------------


class Faulty(MemoryMaildrops):
    """Maildrops of which some messages cannot be read, and some not be removed."""

    def __init__(self, *, unreadable: int = 0, kept: int = 0) -> None:
        """Have faults.

        Args:
            unreadable: the number of a message that cannot be opened.
            kept: how many messages cannot be removed at the end.
        """
        super().__init__()
        self.unreadable = unreadable
        self.kept = kept

    def open(  # type: ignore[override] # Beside it.
        self, mailbox: MailboxName, account: AccountName | None = None, /
    ) -> "FaultyMaildrop":
        """Take a snapshot with these faults."""
        del account  # Everybody sees the same.
        return FaultyMaildrop(super().open(mailbox), self)


class FaultyMaildrop:
    """A snapshot with faults."""

    def __init__(self, real: MemoryMaildrop, faults: Faulty) -> None:
        """Stand before a real one."""
        self._real = real
        self._faults = faults

    @property
    def messages(self) -> Sequence[Message]:
        """The messages."""
        return self._real.messages

    @property
    def octets(self) -> int:
        """What they have together."""
        return self._real.octets

    @property
    def deletable(self) -> bool:
        """Whether DELE is taken."""
        return self._real.deletable

    def read(self, number: int, /) -> Answer[Content | None]:
        """Open one, if it can be opened."""
        if number == self._faults.unreadable:
            raise OSError("the disk is tired")
        return self._real.read(number)

    def commit(self, numbers: Sequence[int], /) -> Answer[int]:
        """Remove some."""
        return self._real.commit(numbers[self._faults.kept :]) + self._faults.kept


@both_loops
def test_a_message_that_was_removed_is_refused_and_the_others_are_read(loop: str) -> None:
    """When another program has removed a message, RETR and TOP of it say -ERR; QUIT is +OK."""

    async def story() -> None:
        maildrops = memory(FIRST, SECOND)
        async with running_server(maildrops=maildrops) as running, logged_in(running) as peer:
            maildrops.remove(MAILBOX, "0000000001")
            for command in (b"RETR 1", b"TOP 1 0"):
                gone = await peer.ask(command)
                assert gone == b"-ERR Message 1 has been removed by another program."
            assert (await peer.ask(b"DELE 1")).startswith(b"-ERR [SYS/TEMP] Message 1")
            assert await peer.ask_listing(b"RETR 2") == SECOND_SENT
            assert await peer.ask(b"QUIT") == b"+OK Goodbye."

    run(story(), loop=loop)


@both_loops
def test_a_message_that_cannot_be_read_is_kept(loop: str) -> None:
    """An unreadable message is a passing failure, and is not deleted in the same session."""

    async def story() -> None:
        maildrops = Faulty(unreadable=1)
        for stored in (FIRST, SECOND):
            maildrops.add(MAILBOX, stored)
        async with running_server(maildrops=maildrops) as running:
            async with logged_in(running) as peer:
                assert (await peer.ask(b"RETR 1")).startswith(b"-ERR [SYS/TEMP] Message 1")
                assert (await peer.ask(b"DELE 1")).startswith(b"-ERR [SYS/TEMP] Message 1")
                await peer.ask(b"RSET")
                assert (await peer.ask(b"DELE 1")).startswith(b"-ERR [SYS/TEMP] Message 1")
                assert await peer.ask_listing(b"RETR 2") == SECOND_SENT
                assert (await peer.ask(b"DELE 2")).startswith(b"+OK")
                assert await peer.ask(b"QUIT") == b"+OK Goodbye."
            await running.until_over()
            assert maildrops.stored(MAILBOX) == (FIRST,)
            running.complaints.clear()

    run(story(), loop=loop)


@pytest.mark.rfc("1939-6-failure")
@both_loops
def test_a_failing_update_is_told(loop: str) -> None:
    """When some messages could not be removed QUIT is answered -ERR, and all is given back."""

    async def story() -> None:
        maildrops = Faulty(kept=1)
        for stored in (FIRST, SECOND):
            maildrops.add(MAILBOX, stored)
        async with running_server(maildrops=maildrops) as running:
            async with logged_in(running) as peer:
                await peer.send(joined(b"DELE 1", b"DELE 2", b"QUIT"))
                lines = (await peer.rest()).splitlines()
                assert lines[-1] == b"-ERR [SYS/TEMP] Some deleted messages are not removed."
            await running.until_over()
            assert maildrops.stored(MAILBOX) == (FIRST,)
            running.forget_complaints(1)

    run(story(), loop=loop)


class Broken:
    """A service that can answer nothing."""

    def lock(self, mailbox: MailboxName, /) -> MemoryLock | Busy:
        """Fail."""
        raise OSError(mailbox)

    def open(self, mailbox: MailboxName, account: AccountName | None = None, /) -> Answer[Maildrop]:
        """Fail."""
        del account  # Everybody sees the same.
        raise OSError(mailbox)

    def verify(self, credentials: Credentials, /) -> Identity | Rejected:
        """Fail."""
        raise OSError(credentials.account)


@pytest.mark.rfc("1939-4-unopened", "3206-4-temp")
@both_loops
def test_a_failing_service_is_a_passing_failure(loop: str) -> None:
    """Accounts or maildrops that cannot answer are [SYS/TEMP], and the client may try again."""

    async def story() -> None:
        for accounts, maildrops in ((Broken(), None), (SingleAccount(ALICE, PASSWORD), Broken())):
            async with running_server(accounts=accounts, maildrops=maildrops) as running:
                async with connected(running) as peer:
                    await peer.ask(b"USER alice")
                    assert (await peer.ask(b"PASS " + PASSWORD)).startswith(b"-ERR [SYS/TEMP]")
                    assert running.state() is State.AUTHORIZATION
                running.forget_complaints(1)

    run(story(), loop=loop)


@pytest.mark.rfc("1939-3-activity", "1939-3-expiry", "1939-5-noop")
@both_loops
def test_a_silent_client_is_let_go_after_the_idle_time(loop: str) -> None:
    """After `idle_s` without a command the session ends without a word and without UPDATE."""

    async def story() -> None:
        async with running_server(FIRST) as running:
            async with logged_in(running) as peer:
                await peer.ask(b"DELE 1")
                running.clock.advance(SETTINGS.idle_s * 0.99)
                assert await peer.ask(b"NOOP") == b"+OK"
                running.clock.advance(SETTINGS.idle_s * 0.99)
                assert running.state() is State.TRANSACTION
                running.clock.advance(SETTINGS.idle_s * 0.02)
                assert await peer.rest() == b""
            async with logged_in(running) as later:
                assert await later.ask(b"STAT") == b"+OK 1 108"

    run(story(), loop=loop)
