"""Accounts that know one token.

Decides what a mechanism by token may be told. Refuses to validate anything.
"""

from requite.pop3.accounts import SingleAccount
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.services import (
    Answer,
    Identity,
    Rejected,
    TokenHints,
    TokenRejected,
)

__all__ = ("SCOPE", "OneToken")

SCOPE = "https://mail.example/"


class OneToken:
    """Alice's token is the only good one; she may open `support` as well."""

    def __init__(self, token: str, hints: TokenHints | None = None) -> None:
        """Know the token, and remember which ones are asked about."""
        self._token = token
        self._accounts = SingleAccount(AccountName("alice"), b"no password")
        self.asked: list[str] = []
        self.hints = hints or TokenHints()

    def account_of(self, token: str, /) -> Answer[AccountName | TokenRejected]:
        """Compare the token."""
        self.asked.append(token)
        if token == self._token:
            return AccountName("alice")
        return TokenRejected("another token")

    def authorize(
        self, account: AccountName, mailbox: MailboxName | None, /
    ) -> Identity | Rejected:
        """Let her open two mailboxes."""
        if mailbox == MailboxName("support"):
            return Identity(account, mailbox)
        return self._accounts.authorize(account, mailbox)
