"""EXTERNAL: the client certificate has said who it is (RFC 4422 appendix A).

Decides which mailbox is asked for: the account's own, or the one that an authorization identity
names. Reading the account from a certificate is `client_certificates`'; what it may open is the
accounts' to say.
"""

from dataclasses import dataclass
from ssl import SSLObject

from requite.pop3.client_certificates import ClientName, account_of
from requite.pop3.login import read_identities
from requite.pop3.names import AccountName
from requite.pop3.sasl.exchange import Claim
from requite.pop3.sasl.preparation import check_query
from requite.pop3.services import AuthorizedAccounts

__all__ = ("Certified", "CertifiedAccounts", "ExternalExchange")


@dataclass(frozen=True, slots=True)
class Certified:
    """The account that the client certificate of one connection names."""

    account: AccountName
    accounts: AuthorizedAccounts
    """Whoever knows whether it is there, and what it may open."""


@dataclass(frozen=True, slots=True)
class CertifiedAccounts:
    """Accounts that log in by client certificates."""

    by: ClientName
    """Where a certificate has the account's name."""
    accounts: AuthorizedAccounts

    def named_to(self, tls: SSLObject | None) -> Certified | None:
        """Give the account that the client of a connection has shown to be; None if none."""
        account = account_of(None if tls is None else tls.getpeercert(), self.by)
        return None if account is None else Certified(account, self.accounts)


class ExternalExchange:
    r"""The one message of EXTERNAL: an authorization identity, or nothing.

    Example:
        >>> from requite.pop3.accounts import SingleAccount
        >>> alice = AccountName("alice")
        >>> accounts = SingleAccount(alice, b"secret")
        >>> ExternalExchange(Certified(alice, accounts)).read(b"")()
        Identity(account='alice', mailbox='alice')
    """

    __slots__ = ("_certified",)

    def __init__(self, certified: Certified) -> None:
        """Begin.

        Args:
            certified: who the client has shown to be.
        """
        self._certified = certified

    @property
    def first(self) -> bytes:
        """Ask nothing: the client speaks first."""
        return b""

    def read(self, response: bytes, /) -> Claim:
        """Read the authorization identity; an empty one asks for the account's own mailbox."""
        if response:
            check_query(response)
        who = read_identities(response, self._certified.account.encode())
        return lambda: self._certified.accounts.authorize(who.account, who.mailbox)
