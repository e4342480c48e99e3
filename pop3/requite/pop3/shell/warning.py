"""What the log says when a limit has no room: event 1009.

Decides the words. An operator is told the limit, the number held and what to do; the client is
told none of that. The number is the one that Exchange gave the same event (KB968626).
"""

import logging
from typing import Final, assert_never

from requite.pop3.names import SessionId
from requite.pop3.services import AccountKey, AddressKey, Key, MailboxKey, Refusal, ServerKey

__all__ = ("LIMIT_REACHED", "warn_limit_reached")

LIMIT_REACHED: Final = 1009
logger = logging.getLogger("requite.pop3")


def warn_limit_reached(session: SessionId, refusal: Refusal) -> None:
    """Log that a session was refused, with whose limit it was, the number held and the limit."""
    whose, setting = _whose(refusal.key)
    logger.warning(
        "Event %d: session %s is refused: %s holds %d of %d sessions. "
        "Wait for one to end, or raise [limits] %s.",
        LIMIT_REACHED,
        session,
        whose,
        refusal.held,
        refusal.limit,
        setting,
        extra={
            "event_id": LIMIT_REACHED,
            "session": session,
            "whose": whose,
            "held": refusal.held,
            "limit": refusal.limit,
        },
    )


def _whose(key: Key) -> tuple[str, str]:
    match key:
        case AccountKey(account):
            return f"account {account!r}", "sessions_per_account"
        case MailboxKey(mailbox):
            return f"mailbox {mailbox!r}", "sessions_per_mailbox"
        case AddressKey(address):
            return f"address {address}", "sessions_per_address"
        case ServerKey():
            return "the server", "sessions"
        case _:
            assert_never(key)
