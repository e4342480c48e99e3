"""The keys by which SCRAM-SHA-256 knows a password (RFC 5802 section 3, RFC 7677).

Decides which keys an exchange is given for a name: those of the account, or keys that nobody has
and that look the same. Refuses to tell which. The cryptography is the standard library's.
"""

import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import Final

from requite.pop3.login import MalformedLogin
from requite.pop3.names import AccountName
from requite.pop3.sasl.preparation import prepared
from requite.pop3.services import ScramKeys

__all__ = ("ITERATIONS", "ScramBook", "derive_keys", "scram_form", "scram_hmac")

ITERATIONS: Final = 10_000
"""For a password that is stored as it is: 3 to 6 ms here and at the client. RFC 7677 section 4 asks
for 4,096 at least; who listens in the clear and guesses has to pay it for each guess."""
SALT_OCTETS: Final = 16


def scram_hmac(key: bytes, text: bytes) -> bytes:
    """Compute HMAC-SHA-256."""
    return hmac.digest(key, text, "sha256")


def derive_keys(password: bytes, salt: bytes, iterations: int) -> ScramKeys:
    """Derive what a server keeps of a password that is prepared already."""
    salted = hashlib.pbkdf2_hmac("sha256", password, salt, iterations)
    stored_key = hashlib.sha256(scram_hmac(salted, b"Client Key")).digest()
    return ScramKeys(iterations, salt, stored_key, scram_hmac(salted, b"Server Key"))


class ScramBook:
    """The keys of every account that has any, and of nobody.

    For a name without keys the salt is always the same, iterations and the length of the salt are
    those of some account, and the time is that of all others. Without a secret that outlasts the
    server all this holds while it runs: after a restart salts change that the file has not.
    """

    __slots__ = ("_kept", "_passwords", "_secret", "_shapes")

    def __init__(
        self,
        *,
        kept: Mapping[AccountName, ScramKeys],
        passwords: Mapping[AccountName, bytes],
        secret: bytes | None = None,
    ) -> None:
        """Know some accounts.

        Args:
            kept: keys of accounts as they are stored.
            passwords: passwords of other accounts; one that SASLprep refuses has no keys.
            secret: what salts are made of that are not kept; random without it.
        """
        self._kept = kept
        self._passwords = {
            account: ready
            for account, password in passwords.items()
            if (ready := _prepared(password)) is not None
        }
        self._shapes = [
            *((keys.iterations, len(keys.salt)) for keys in kept.values()),
            *([(ITERATIONS, SALT_OCTETS)] * len(self._passwords)),
        ]
        self._secret = secret or os.urandom(32)

    @property
    def is_empty(self) -> bool:
        """Whether no account at all can log in by SCRAM."""
        return not self._shapes

    @property
    def is_slow(self) -> bool:
        """Whether keys are derived when they are asked for."""
        return bool(self._passwords)

    def keys(self, account: AccountName) -> ScramKeys:
        """Give the keys of an account, or such that nobody has."""
        salt = self._noise(b"salt", account)[:SALT_OCTETS]
        if self._passwords:
            # Whoever it is: the time must not tell who has a password here.
            password = self._passwords.get(account, salt)
            derived = derive_keys(password, salt, ITERATIONS)
            if account in self._passwords:
                return derived
        nobody = self._keys_of_nobody(account)
        return self._kept.get(account, nobody)

    def _keys_of_nobody(self, account: AccountName) -> ScramKeys:
        choice = int.from_bytes(self._noise(b"shape", account)) % len(self._shapes)
        iterations, salt_octets = self._shapes[choice]
        salt = hashlib.shake_256(self._noise(b"salt", account)).digest(salt_octets)
        return ScramKeys(
            iterations, salt, self._noise(b"stored", account), self._noise(b"server", account)
        )

    def _noise(self, purpose: bytes, account: AccountName) -> bytes:
        return scram_hmac(self._secret, purpose + b"\0" + account.encode())


def scram_form(password: bytes, *, stored: bool = True) -> bytes:
    """Give a password as keys are derived of it; one that SASLprep refuses is left as it is.

    Args:
        password: what is stored or sent.
        stored: it is prepared as what is stored; what is only compared may have characters that
            are newer than SASLprep.
    """
    ready = _prepared(password, stored=stored)
    return password if ready is None else ready


def _prepared(password: bytes, *, stored: bool = True) -> bytes | None:
    try:
        return prepared(password.decode("utf-8"), stored=stored).encode()
    except (MalformedLogin, UnicodeDecodeError):
        return None
