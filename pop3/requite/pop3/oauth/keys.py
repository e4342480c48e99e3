"""The keys that tokens are signed by: from files, and from where an issuer publishes them.

Decides which keys there are for a token, and when they are fetched anew. Refuses to verify
anything. Symmetric and private keys are never among them.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final, TypeAlias

import jwt
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

__all__ = ("FetchedKeys", "KeysError", "SigningKey", "called", "keys_of_file", "keys_of_set")

KEYS_MAX: Final = 100
"""A token that names no key is tried with each: a hundred take about 5 ms. Issuers have two to
ten."""
RSA_BITS_MIN: Final = 2048
"""RFC 7518 section 3.3."""
CURVES: Final = {"ES256": "secp256r1", "ES384": "secp384r1", "ES512": "secp521r1"}
"""RFC 7518 section 3.4: each algorithm has one curve."""
PEM: Final = re.compile(rb"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----", re.DOTALL)
PUBLIC: Final = (b"PUBLIC KEY", b"RSA PUBLIC KEY")

PublicKey: TypeAlias = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey | Ed448PublicKey


class KeysError(ValueError):
    """Keys that cannot be read or had; the text says what was expected and what was found."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key, and what is said about its use."""

    public: PublicKey
    kid: str | None = None
    """The name that tokens call it by; None goes with every name."""
    algorithm: str | None = None
    """The one algorithm that it is for; None leaves that to its kind."""

    def fits(self, algorithm: str) -> bool:
        """Say whether a signature by that algorithm can be of this key."""
        if self.algorithm not in (None, algorithm):
            return False
        match self.public:
            case RSAPublicKey():
                strong = self.public.key_size >= RSA_BITS_MIN
                return strong and algorithm.startswith(("RS", "PS"))
            case EllipticCurvePublicKey():
                return CURVES.get(algorithm) == self.public.curve.name
            case _:  # Edwards curves.
                return algorithm == "EdDSA"


def keys_of_file(octets: bytes) -> tuple[SigningKey, ...]:
    """Read public keys in PEM form, or a JWK Set.

    Raises:
        KeysError: there is none, or a key that is not public.
    """
    if octets.lstrip().startswith(b"{"):
        try:
            return keys_of_set(msgspec.json.decode(octets, type=dict[str, object]))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise KeysError("expected a JWK Set, found broken JSON") from None
    return _checked([_pem_key(block[0], block[1]) for block in PEM.finditer(octets)])


def keys_of_set(document: Mapping[str, object]) -> tuple[SigningKey, ...]:
    """Read a JWK Set, without the keys that are for something else (RFC 7517 section 5).

    Raises:
        KeysError: it is none, nothing is left of it, or it gives away a private key.
    """
    listed = document.get("keys")
    if not isinstance(listed, list):
        raise KeysError('expected an array "keys" in a JWK Set')
    found = [_set_key(entry) for entry in listed[: KEYS_MAX + 1] if isinstance(entry, dict)]
    return _checked([key for key in found if key is not None])


def _checked(keys: Sequence[SigningKey]) -> tuple[SigningKey, ...]:
    if not keys:
        raise KeysError("expected a public key to verify signatures with, found none")
    if len(keys) > KEYS_MAX:
        raise KeysError(f"expected at most {KEYS_MAX} keys, found more")
    return tuple(keys)


def _pem_key(block: bytes, label: bytes) -> SigningKey:
    if label not in PUBLIC:
        raise KeysError(f"expected public keys alone, found a {label.decode().lower()}")
    try:
        public = load_pem_public_key(block)
    except (ValueError, UnsupportedAlgorithm):
        raise KeysError("expected a public key, found one that cannot be read") from None
    if not isinstance(public, PublicKey):
        raise KeysError("expected a key of RSA, ECDSA or EdDSA, found another kind")
    return SigningKey(public)


def _set_key(entry: Mapping[str, object]) -> SigningKey | None:
    """Read one key of a set; None if it is none to verify signatures with."""
    if "d" in entry:
        raise KeysError("expected public keys alone, found a private key")
    if entry.get("use") not in (None, "sig"):
        return None
    try:
        key = jwt.PyJWK(dict(entry))
    except (jwt.PyJWTError, ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if not isinstance(key.key, PublicKey):
        return None
    algorithm = entry.get("alg")
    return SigningKey(key.key, key.key_id, algorithm if isinstance(algorithm, str) else None)


Fetch: TypeAlias = Callable[[], Awaitable[tuple[SigningKey, ...]]]


class FetchedKeys:
    """The keys that an issuer publishes, fetched anew when they are old or lack the one named.

    However many tokens are bad, one fetch follows another only after a while.
    """

    def __init__(
        self, fetch: Fetch, *, age_s: float, gap_s: float, seconds: Callable[[], float] = monotonic
    ) -> None:
        """Have no keys yet.

        Args:
            fetch: asks for them.
            age_s: how long they are used.
            gap_s: how long after the end of a fetch there is no other.
            seconds: the time.
        """
        self._fetch = fetch
        self._age_s = age_s
        self._gap_s = gap_s
        self._seconds = seconds
        self._keys: tuple[SigningKey, ...] = ()
        self._fetched_s = -float("inf")
        self._tried_s = -float("inf")
        self._failed = False
        """Whether the last fetch brought nothing."""
        self._lock = asyncio.Lock()

    async def named(self, kid: str | None) -> tuple[SigningKey, ...]:
        """Give the keys that a token may be signed by.

        Raises:
            Exception: they cannot be had.
        """
        if self._lacks(kid):
            async with self._lock:
                # Whoever had the lock before may have brought it.
                if self._lacks(kid) and self._seconds() - self._tried_s >= self._gap_s:
                    await self._renew()
        if self._failed and self._lacks(kid):
            raise KeysError("the keys could not be fetched a short time ago; they will be again")
        return called(self._keys, kid)

    async def _renew(self) -> None:
        self._failed = True
        try:
            self._keys = await self._fetch()
            self._fetched_s = self._seconds()
            self._failed = False
        finally:
            # The gap begins at the end: whoever has waited for a fetch that took long and failed
            # would begin the next one otherwise, one after another.
            self._tried_s = self._seconds()

    def _lacks(self, kid: str | None) -> bool:
        if self._seconds() - self._fetched_s >= self._age_s:
            return True
        return kid is not None and not called(self._keys, kid)


def called(keys: Sequence[SigningKey], kid: str | None) -> tuple[SigningKey, ...]:
    """Give the keys of a name, and those that have none."""
    return tuple(key for key in keys if kid is None or key.kid in (None, kid))
