"""The names of people, of mailboxes and of sessions, as types that cannot be swapped.

Decides nothing else: how a name is read from what a client sends stands in `login`, how it is
looked up in `accounts`. The account that logs in and the mailbox that it opens are two types,
because the seed defect released the slot of one under the name of the other (KB968626).
"""

from typing import NewType

__all__ = ("AccountName", "MailboxName", "SessionId")

AccountName = NewType("AccountName", str)
"""Who logs in, and by default who is charged for the session."""

MailboxName = NewType("MailboxName", str)
"""What is opened: the account's own mailbox or a shared one."""

SessionId = NewType("SessionId", str)
"""One client connection from banner to close; unique in one server process and in its logs."""
