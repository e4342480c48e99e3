"""PLAIN: one message with everything in it (RFC 4616).

Decides nothing but that: reading the message is `login`'s, and whether a password may travel here
is the session's.
"""

from requite.pop3.login import read_plain
from requite.pop3.sasl.exchange import Claim
from requite.pop3.sasl.preparation import check_query
from requite.pop3.services import Accounts

__all__ = ("PlainExchange",)


class PlainExchange:
    r"""The one message of PLAIN.

    Example:
        >>> from requite.pop3.accounts import SingleAccount
        >>> from requite.pop3.names import AccountName
        >>> alice = SingleAccount(AccountName("alice"), b"secret")
        >>> PlainExchange(alice).read(b"\0alice\0secret")()
        Identity(account='alice', mailbox='alice')
    """

    __slots__ = ("_accounts",)

    def __init__(self, accounts: Accounts) -> None:
        """Begin.

        Args:
            accounts: whoever knows whether a password is right.
        """
        self._accounts = accounts

    @property
    def first(self) -> bytes:
        """Ask nothing: the client speaks first."""
        return b""

    def read(self, response: bytes, /) -> Claim:
        """Read authorization identity, authentication identity and password."""
        credentials = read_plain(response)
        for part in filter(None, response.split(b"\0")):
            check_query(part)
        return lambda: self._accounts.verify(credentials)
