"""Deleting over sockets, by each policy: what two accounts of one mailbox see, poll after poll.

Decides that a client hears the truth and that each account sees each message once, in memory and in
a Maildir, also after a restart. Refuses to look into a store.
"""

import errno
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from maildrops.stores import MAILBOX, MaildirStore, MemoryStore, Store, deletions
from requite.generated.pop3 import Event
from requite.pop3.accounts import FileAccounts
from requite.pop3.names import AccountName
from requite.pop3.shell import Settings
from running import Peer, Running, connected, run, running_server

Begin: TypeAlias = Callable[..., Store]
ALICE: Final = b"alice"
BOB: Final = b"bob"
REMOVED: Final = b"+OK Goodbye."
NOT_REMOVED: Final = b"-ERR [SYS/TEMP] Some deleted messages are not removed."


@pytest.fixture(params=["memory", "maildir"])
def begin(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Begin]:
    """Make the mailbox under a policy, with messages."""
    made: list[Store] = []

    def store(policy: str, *messages: str, retention_days: int = 0) -> Store:
        rules = deletions(policy, retention_days=retention_days)
        in_memory = request.param == "memory"
        made.append(MemoryStore(rules) if in_memory else MaildirStore(rules, tmp_path / "support"))
        for text in messages:
            made[-1].deliver(text)
        return made[-1]

    yield store
    for one in made:
        one.close()


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[FileAccounts]:
    """Let alice and bob open support."""
    file = tmp_path / "accounts"
    file.write_text("alice:{PLAIN}secret\nbob:{PLAIN}secret\n")
    both = FileAccounts(file, delegates={MAILBOX: (AccountName("alice"), AccountName("bob"))})
    yield both
    both.close()


@asynccontextmanager
async def session(running: Running, account: bytes) -> AsyncIterator[Peer]:
    """Log in to support."""
    async with connected(running) as peer:
        await peer.ask(b"USER " + account + rb"\support")
        assert (await peer.ask(b"PASS secret")).startswith(b"+OK")
        yield peer


async def messages(peer: Peer) -> list[bytes]:
    """Read all messages."""
    count = int((await peer.ask(b"STAT")).split()[1])
    return [(await peer.ask_listing(b"RETR %d" % number))[0] for number in range(1, count + 1)]


async def poll(running: Running, account: bytes) -> list[bytes]:
    """Read and delete all messages, as a program does that keeps nothing on the server."""
    async with session(running, account) as peer:
        read = await messages(peer)
        for number in range(1, len(read) + 1):
            assert (await peer.ask(b"DELE %d" % number)).startswith(b"+OK")
        assert await peer.ask(b"QUIT") == REMOVED
    await running.until_over()
    return read


Told: TypeAlias = Callable[[Running], Coroutine[Any, Any, None]]


def told(
    story: Told, store: Store, accounts: FileAccounts, settings: Settings | None = None
) -> None:
    """Tell a story on a server of its own."""

    async def whole() -> None:
        async with running_server(
            accounts=accounts, maildrops=store.maildrops, settings=settings
        ) as running:
            await story(running)

    run(whole())


def test_two_programs_see_every_message_once(begin: Begin, accounts: FileAccounts) -> None:
    """Under `hide` two programs that delete all they read get each message, and get it once."""
    store = begin("hide", "a", "b")

    async def first_day(running: Running) -> None:
        assert await poll(running, ALICE) == [b"a", b"b"]
        assert await poll(running, ALICE) == []
        store.deliver("c")
        assert await poll(running, BOB) == [b"a", b"b", b"c"]
        assert await poll(running, ALICE) == [b"c"]

    async def next_day(running: Running) -> None:
        assert await poll(running, ALICE) == await poll(running, BOB) == []
        store.deliver("d")
        assert await poll(running, BOB) == await poll(running, ALICE) == [b"d"]

    told(first_day, store, accounts)
    store.restart()
    told(next_day, store, accounts)

    assert store.kept() == ["a", "b", "c", "d"]


@pytest.mark.parametrize("policy", ["expunge", "move:Trash"])
def test_one_program_takes_a_message_from_all(
    begin: Begin, accounts: FileAccounts, policy: str
) -> None:
    """Under the other policies what one account has deleted, no account sees again."""
    store = begin(policy, "a", "b")

    async def story(running: Running) -> None:
        assert await poll(running, ALICE) == [b"a", b"b"]
        assert await poll(running, BOB) == []

    told(story, store, accounts)

    assert store.kept() == []
    assert store.kept("Trash") == (["a", "b"] if policy == "move:Trash" else [])


def test_what_two_open_sessions_delete_is_deleted(begin: Begin, accounts: FileAccounts) -> None:
    """Both sessions that delete one message are told that it is removed."""
    store = begin("expunge", "a", "b")

    async def story(running: Running) -> None:
        async with session(running, ALICE) as first, session(running, BOB) as second:
            for peer in (first, second):
                await peer.ask(b"DELE 1")
                assert await peer.ask(b"QUIT") == REMOVED

    told(story, store, accounts)

    assert store.kept() == ["b"]


@pytest.mark.parametrize("policy", ["expunge", "move:Trash", "hide"])
def test_without_quit_nothing_is_deleted(begin: Begin, accounts: FileAccounts, policy: str) -> None:
    """A session that is cut off after DELE has deleted nothing, for nobody."""
    store = begin(policy, "a")

    async def story(running: Running) -> None:
        async with session(running, ALICE) as peer:
            await peer.ask(b"DELE 1")
        await running.until_over()
        async with session(running, ALICE) as peer:
            assert await messages(peer) == [b"a"]

    told(story, store, accounts)


def test_deleting_is_refused_where_nothing_may_be_deleted(
    begin: Begin, accounts: FileAccounts
) -> None:
    """Under `never` DELE of a message that is there is refused for good, and QUIT has no part."""
    store = begin("never", "a")

    async def story(running: Running) -> None:
        async with session(running, ALICE) as peer:
            refusal = b"-ERR [SYS/PERM] Messages of this mailbox cannot be deleted."
            assert await peer.ask(b"DELE 1") == refusal
            assert await peer.ask(b"DELE 2") == b"-ERR No such message."
            assert (await peer.ask(b"STAT")).startswith(b"+OK 1 ")
            assert await peer.ask(b"QUIT") == REMOVED
        assert Event.DELETION_FORBIDDEN in running.events

    told(story, store, accounts)

    assert store.kept() == ["a"]


@pytest.mark.rfc("2449-6.7-policy")
def test_old_messages_are_seen_once_more(begin: Begin, accounts: FileAccounts) -> None:
    """A client is told how long messages are kept, may read an old one, and QUIT removes it."""
    store = begin("expunge", retention_days=30)
    store.deliver("old", age_days=31)
    store.deliver("new")

    async def story(running: Running) -> None:
        async with session(running, ALICE) as peer:
            assert b"EXPIRE 30" in await peer.ask_listing(b"CAPA")
            assert await messages(peer) == [b"old", b"new"]
            assert await peer.ask(b"QUIT") == REMOVED

    told(story, store, accounts, Settings(retention_days=30))

    assert store.kept() == ["new"]


# --- the disk -------------------------------------------------------------------------------------

CALLS: Final = {"expunge": "unlink", "move:Trash": "makedirs", "hide": "replace"}


@pytest.mark.rfc("1939-6-failure")
@pytest.mark.parametrize("policy", CALLS)
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_fails_is_told_at_quit(
    tmp_path: Path,
    accounts: FileAccounts,
    monkeypatch: pytest.MonkeyPatch,
    policy: str,
    code: int,
) -> None:
    """Whatever the policy, what could not be done is answered with -ERR, and the messages stay."""
    store = MaildirStore(deletions(policy), tmp_path / "support")
    for text in ("a", "b"):
        store.deliver(text)

    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    async def story(running: Running) -> None:
        async with session(running, ALICE) as peer:
            await peer.ask(b"DELE 1")
            await peer.ask(b"DELE 2")
            with monkeypatch.context() as patched:
                patched.setattr(os, CALLS[policy], fail)
                assert await peer.ask(b"QUIT") == NOT_REMOVED
        running.complaints.clear()  # How many there are is the store's; what they say is below.
        async with session(running, ALICE) as peer:
            assert await messages(peer) == [b"a", b"b"]

    told(story, store, accounts)
    store.close()


def test_a_view_that_cannot_be_read_keeps_its_account_out(
    tmp_path: Path, accounts: FileAccounts
) -> None:
    """Where nobody knows what is hidden, the account is told to come later, and others get in."""
    store = MaildirStore(deletions("hide"), tmp_path / "support")
    store.deliver("a")

    async def story(running: Running) -> None:
        assert await poll(running, ALICE) == [b"a"]
        view = tmp_path / "support" / "requite-views" / "alice.view"
        view.rename(view.with_name("elsewhere"))
        view.mkdir()
        async with connected(running) as peer:
            await peer.ask(rb"USER alice\support")
            assert (await peer.ask(b"PASS secret")).startswith(b"-ERR [SYS/TEMP]")
        running.forget_complaints(1)
        async with session(running, BOB) as peer:
            assert await messages(peer) == [b"a"]

    told(story, store, accounts)
    store.close()
