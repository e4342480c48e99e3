"""A client reads and deletes mail of an mbox over a socket.

Decides that store and session fit together. Refuses to test either alone.
"""

from pathlib import Path

from maildrops.mboxes import append, letters_of
from requite.pop3.maildrops.mbox import MboxMaildrops
from requite.pop3.maildrops.paths import MailboxPath
from running import logged_in, run, running_server

LETTERS = (b"Subject: a\n\n.\na\n", b"Subject: b\n\nb\n", b"Subject: c\n\nc\n")


def test_mail_of_an_mbox_is_read_and_deleted(tmp_path: Path) -> None:
    """What a client retrieves is the message, and what it deletes is gone after QUIT alone."""
    path = tmp_path / "alice"
    for letter in LETTERS[:2]:
        append(path, letter)
    maildrops = MboxMaildrops(MailboxPath("{mailbox}", base=tmp_path))

    async def story() -> None:
        async with running_server(maildrops=maildrops) as running, logged_in(running) as peer:
            assert await peer.ask(b"STAT") == b"+OK 2 37"
            assert await peer.ask_listing(b"RETR 1") == [b"Subject: a", b"", b"..", b"a"]
            append(path, LETTERS[2])
            assert (await peer.ask(b"DELE 1")).startswith(b"+OK")
            assert letters_of(path) == list(LETTERS)
            assert (await peer.ask(b"QUIT")).startswith(b"+OK")

    run(story())
    maildrops.close()
    assert letters_of(path) == list(LETTERS[1:])
