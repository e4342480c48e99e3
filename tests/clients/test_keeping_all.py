"""Programs that delete what they have read, where a mailbox keeps all and where it hides.

Decides what the policies mean for fetchmail and mpop as they are: what a refused DELE makes them
do, and that nothing comes twice. Refuses to test what they store.
"""

from pathlib import Path
from typing import Final

from clients import test_fetchmail as fetchmail
from clients import test_mpop as mpop
from clients.serving import messages_left, run_program, sample_server
from requite.generated.pop3 import Event
from requite.pop3.maildrops.deletions import DeletePolicy, Deletions
from running import run

NEVER: Final = Deletions(default=DeletePolicy.parse("never"))
HIDE: Final = Deletions(default=DeletePolicy.parse("hide"))
SHARED: Final = "alice\\support"
STOPPED: Final = 24
"""fetchmail(1) calls 24 to 29 internal codes."""
WRONG_DATA: Final = 65
"""EX_DATAERR of sysexits.h: the answer to DELE."""


def test_fetchmail_takes_one_message_a_poll_where_dele_is_refused(tmp_path: Path) -> None:
    """It ends at the refusal and says so, remembers the message, and goes on at the next poll."""

    async def story() -> None:
        async with sample_server(tmp_path, deletions=NEVER) as running:
            stored = messages_left(tmp_path, "support")
            for polls in (1, 2):
                command = fetchmail.command(running, tmp_path, "no keep", name=SHARED)
                done = await run_program(command, tmp_path, expected=STOPPED)
                assert b"Messages of this mailbox cannot be deleted." in done.stdout + done.stderr
                assert len(fetchmail.delivered(tmp_path)) == polls
            assert running.events.count(Event.DELETION_FORBIDDEN) == 2
            assert messages_left(tmp_path, "support") == stored

    run(story())


def test_mpop_takes_all_messages_where_dele_is_refused(tmp_path: Path) -> None:
    """It reads everything, then says that nothing could be deleted; nothing comes twice."""

    async def story() -> None:
        async with sample_server(tmp_path, deletions=NEVER) as running:
            stored = messages_left(tmp_path, "support")
            for _ in range(2):
                command = mpop.command(running, tmp_path, "--keep=off", name=SHARED)
                done = await run_program(command, tmp_path, expected=WRONG_DATA)
                assert b"Messages of this mailbox cannot be deleted." in done.stderr
                assert len(mpop.delivered(tmp_path)) == len(stored)
            assert messages_left(tmp_path, "support") == stored

    run(story())


def test_mpop_is_content_where_messages_are_hidden(tmp_path: Path) -> None:
    """It reads everything once and ends well, each time; the messages are still there."""

    async def story() -> None:
        async with sample_server(tmp_path, deletions=HIDE) as running:
            stored = messages_left(tmp_path, "support")
            for _ in range(2):
                command = mpop.command(running, tmp_path, "--keep=off", name=SHARED)
                await run_program(command, tmp_path)
                assert len(mpop.delivered(tmp_path)) == len(stored)
            assert running.events.count(Event.RETR_RECEIVED) == len(stored)
            assert messages_left(tmp_path, "support") == stored

    run(story())
