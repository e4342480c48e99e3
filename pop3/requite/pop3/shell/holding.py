"""Log who holds a maildrop that a client was refused, as far as it can be known.

Decides the sentence. Refuses to tell the client, and to look on the event loop where other
processes are: what is asked about those may read what the kernel keeps of every lock.
"""

import logging
from collections.abc import Iterable, Sequence

from requite.pop3.names import MailboxName, SessionId
from requite.pop3.services import Busy, OtherHolders
from requite.pop3.shell.surroundings import Surroundings

__all__ = ("log_holders",)

logger = logging.getLogger("requite.pop3")


def log_holders(
    surroundings: Surroundings, session: SessionId, mailbox: MailboxName, busy: Busy
) -> None:
    """Log which sessions of ours hold a mailbox, and which other processes do."""
    ours = tuple(
        f"session {holder} for {seconds:.0f} s" for holder, seconds in surroundings.holders(mailbox)
    )
    others = busy.others
    if others is None:
        _log(session, mailbox, ours)
        return
    surroundings.readers.submit(lambda: _log(session, mailbox, (*ours, *_asked(others))))


def _asked(others: OtherHolders) -> Sequence[str]:
    try:
        return others()
    except OSError as error:
        return (f"another process, which cannot be named ({error.strerror})",)


def _log(session: SessionId, mailbox: MailboxName, holders: Iterable[str]) -> None:
    told = ", ".join(holders) or "somebody who has let go since, or cannot be seen from here"
    logger.info("Session %s: mailbox %r is in use, held by %s.", session, mailbox, told)
