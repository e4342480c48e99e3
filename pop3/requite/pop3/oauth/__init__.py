"""Whose a bearer token is: by signed tokens, or by asking whoever has issued it.

Decides how a token is validated. Refuses to decide how it travels (`sasl`), and what an account may
open (`accounts`). It stands on packages of the extra `oauth`, so that nothing else imports it
before it is configured.
"""

from requite.pop3.oauth.service import OAuthAccounts, token_accounts

__all__ = ("OAuthAccounts", "token_accounts")
