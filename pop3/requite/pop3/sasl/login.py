"""LOGIN: a name, then a password (draft-murchison-sasl-login).

Decides the two rounds. It is no standard; old clients know nothing else, and it says no more than
PLAIN does. Refuses to decide whether a password may travel here: that is the session's.
"""

from typing import Final

from requite.pop3.login import LoginName, MalformedLogin, read_name
from requite.pop3.sasl.exchange import Challenge, Claim
from requite.pop3.sasl.preparation import check_query
from requite.pop3.services import Accounts, Credentials

__all__ = ("LoginExchange",)

PASSWORD_WANTED: Final = Challenge(b"Password:")


class LoginExchange:
    """The two rounds of LOGIN; an initial response is the name."""

    __slots__ = ("_accounts", "_name")

    def __init__(self, accounts: Accounts) -> None:
        """Begin.

        Args:
            accounts: whoever knows whether a password is right.
        """
        self._accounts = accounts
        self._name: LoginName | None = None

    @property
    def first(self) -> bytes:
        """Ask for the name in the words of most servers; the draft has "User Name"."""
        return b"Username:"

    def read(self, response: bytes, /) -> Claim:
        """Read the name, and then the password."""
        name = self._name
        if name is None:
            check_query(response)
            self._name = read_name(response)
            return lambda: PASSWORD_WANTED
        if not response:
            raise MalformedLogin("expected a password, found none")
        credentials = Credentials(name.account, name.mailbox, response)
        return lambda: self._accounts.verify(credentials)
