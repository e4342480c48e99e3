"""What is agreed about a tree of Maildirs beside where each one stands.

Decides the names of what can be agreed, and the defaults: nothing but what a Maildir itself says.
"""

from collections.abc import Container
from dataclasses import dataclass
from typing import Final

from requite.pop3.maildrops.unique_ids import FILE_NAMES, Scheme
from requite.pop3.names import MailboxName

__all__ = ("AS_FOUND", "Conventions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conventions:
    """How the Maildirs of a tree are read, and what is written beside them."""

    unique_ids: Scheme = FILE_NAMES
    """What UIDL answers, so that the clients of another server know their messages again."""
    folders: Container[MailboxName] = ()
    """The mailboxes that are folders in the Maildirs of others. A missing one is never made: who
    names one that is not there has most likely misspelt it."""
    keeps_index: bool = True
    """Sizes are remembered over a restart, in a file beside each Maildir."""
    marks_seen: bool = False
    """What a client has retrieved is marked as seen at QUIT."""


AS_FOUND: Final = Conventions()
"""Nothing but what a Maildir itself says."""
