"""The accounts as the mechanisms by token ask them.

Decides which part validates tokens, by what is configured, and that the accounts themselves say
what each may open.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from requite.pop3.configuration import OAuth
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.oauth.claims import Demands
from requite.pop3.oauth.introspection import IntrospectedTokens
from requite.pop3.oauth.keys import FetchedKeys, SigningKey, called, keys_of_file, keys_of_set
from requite.pop3.oauth.signed import KeysNamed, SignedTokens
from requite.pop3.oauth.web import Web
from requite.pop3.services import (
    Answer,
    AuthorizedAccounts,
    Identity,
    Rejected,
    TokenHints,
    TokenRejected,
)

__all__ = ("OAuthAccounts", "token_accounts")


class OAuthAccounts:
    """Whose a token is by its issuer, and what the account may open by the accounts."""

    def __init__(
        self,
        account_of: Callable[[str], Awaitable[AccountName | TokenRejected]],
        accounts: AuthorizedAccounts,
        hints: TokenHints,
    ) -> None:
        """Join the two.

        Args:
            account_of: validates tokens.
            accounts: know who may open what.
            hints: what a refused client is told.
        """
        self._account_of = account_of
        self._accounts = accounts
        self.hints = hints

    def account_of(self, token: str, /) -> Awaitable[AccountName | TokenRejected]:
        """Check a token, and say whose it is."""
        return self._account_of(token)

    def authorize(
        self, account: AccountName, mailbox: MailboxName | None, /
    ) -> Answer[Identity | Rejected]:
        """Check the right of an account, whose token is good, to open a mailbox."""
        return self._accounts.authorize(account, mailbox)


def token_accounts(oauth: OAuth, accounts: AuthorizedAccounts) -> OAuthAccounts:
    """Make what a table `[oauth]` asks for.

    Args:
        oauth: the table.
        accounts: know who may open what.

    Raises:
        OSError: a file cannot be read.
        ValueError: a file has no keys or no secret, or the table lacks what it needs.
    """
    demands = Demands(
        account_claim=oauth.account_claim,
        scope=oauth.scope,
        issuer=oauth.issuer,
        audiences=oauth.audiences,
        leeway_s=oauth.leeway_s,
    )
    discovery = oauth.openid_configuration
    hints = TokenHints(
        scope=oauth.scope, openid_configuration=None if discovery is None else discovery.url
    )
    if oauth.introspection_url is not None:
        return OAuthAccounts(_introspected(oauth, demands).account_of, accounts, hints)
    algorithms = [one.value for one in oauth.algorithms]
    signed = SignedTokens(demands, _keys(oauth), algorithms=algorithms)
    return OAuthAccounts(signed.account_of, accounts, hints)


def _introspected(oauth: OAuth, demands: Demands) -> IntrospectedTokens:
    url, client, file = oauth.introspection_url, oauth.client_id, oauth.client_secret_file
    if url is None or client is None or file is None:
        raise ValueError("[oauth] introspection_url needs client_id and client_secret_file")
    secret = _secret_in(file)
    return IntrospectedTokens(demands, _web(oauth), url.url, client=client, secret=secret)


def _secret_in(path: Path) -> str:
    try:
        secret = path.read_text(encoding="utf-8").partition("\n")[0]
    except UnicodeDecodeError:
        secret = ""
    if not secret:
        told = "expected a secret in UTF-8 in the first line, found none"
        raise ValueError(f"[oauth] client_secret_file: {path}: {told}")
    return secret


def _keys(oauth: OAuth) -> KeysNamed:
    url = oauth.keys_url
    if url is None:
        return _kept([key for path in oauth.key_files for key in _keys_in(path)])
    web = _web(oauth)

    async def fetch() -> tuple[SigningKey, ...]:
        return keys_of_set(await web.get(url.url))

    return FetchedKeys(fetch, age_s=oauth.keys_age_s, gap_s=oauth.keys_gap_s).named


def _keys_in(path: Path) -> tuple[SigningKey, ...]:
    try:
        return keys_of_file(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"[oauth] key_files: {path}: {error}") from None


def _kept(keys: list[SigningKey]) -> KeysNamed:
    if not keys:
        raise ValueError("[oauth] expected key_files, keys_url or introspection_url, found none")

    async def named(kid: str | None) -> tuple[SigningKey, ...]:
        return called(keys, kid)

    return named


def _web(oauth: OAuth) -> Web:
    return Web(answer_s=oauth.answer_s, authorities=oauth.authorities)
