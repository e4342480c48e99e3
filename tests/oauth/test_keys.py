"""The keys that tokens are signed by: which are read, which fit, and when they are fetched.

Decides what becomes of files and sets of keys. Refuses to verify a token.
"""

import asyncio
import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import x25519

from oauth.issuer import jwk, pem, private_key
from requite.pop3.oauth.keys import (
    KEYS_MAX,
    FetchedKeys,
    KeysError,
    SigningKey,
    keys_of_file,
    keys_of_set,
)

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "HS256", "none"),
)


@pytest.mark.parametrize(
    ("name", "fitting"),
    [
        ("rsa", ALGORITHMS[:6]),
        ("rsa-short", ()),
        ("ec", ("ES256",)),
        ("ec384", ("ES384",)),
        ("ed", ("EdDSA",)),
    ],
)
def test_a_key_fits_the_algorithms_of_its_kind(name: str, fitting: tuple[str, ...]) -> None:
    """No key fits a shared secret or no signature at all, and short ones fit nothing."""
    for read in (keys_of_file(pem(name)), keys_of_set({"keys": [jwk(name)]})):
        [key] = read
        assert tuple(one for one in ALGORITHMS if key.fits(one)) == fitting


def test_a_key_that_says_its_algorithm_fits_no_other() -> None:
    """The issuer knows what it signs with."""
    [key] = keys_of_set({"keys": [jwk("rsa", alg="PS256")]})

    assert [one for one in ALGORITHMS if key.fits(one)] == ["PS256"]


def test_a_file_may_have_several_keys_and_words_between_them() -> None:
    """PEM has them one after another; they have no names."""
    found = keys_of_file(b"# ours\n" + pem("rsa") + b"# theirs\n" + pem("ec"))

    assert [key.kid for key in found] == [None, None]
    assert found[0] != found[1]


def test_a_file_may_be_a_set_of_keys() -> None:
    """What an issuer publishes can be kept in a file."""
    found = keys_of_file(b"\n " + json.dumps({"keys": [jwk("rsa"), jwk("ec")]}).encode())

    assert [key.kid for key in found] == ["rsa", "ec"]


@pytest.mark.parametrize(
    "entry",
    [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"},
        {"kty": "new", "kid": "unknown"},
        {"kty": "RSA", "n": "!", "e": "AQAB"},
        {"kty": "RSA"},
        {},
        7,
        jwk("rsa", use="enc"),
        jwk("rsa", alg="RSA-OAEP"),
    ],
    ids=["secret", "new kind", "broken", "half", "nothing", "number", "encryption", "algorithm"],
)
def test_what_cannot_verify_is_left_out_of_a_set(entry: object) -> None:
    """RFC 7517 section 5: other keys may stand beside those that are meant."""
    found = keys_of_set({"keys": [entry, jwk("ec")]})

    assert [key.kid for key in found] == ["ec"]


def _private(name: str) -> bytes:
    return private_key(name).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _of_another_kind() -> bytes:
    return (
        x25519.X25519PrivateKey.generate()
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"", "found none"),
        (b"no keys", "found none"),
        (_private("rsa"), "public keys alone"),
        (pem("rsa") + _private("ec"), "public keys alone"),
        (pem("rsa").replace(b"A", b"!"), "cannot be read"),
        (_of_another_kind(), "another kind"),
        (b"{", "broken JSON"),
        (b"{" * 10_000, "broken JSON"),
        (b"{}", 'an array "keys"'),
        (b'{"keys": {}}', 'an array "keys"'),
        (b'{"keys": []}', "found none"),
        (json.dumps({"keys": [{**jwk("rsa"), "d": "AQ"}]}).encode(), "a private key"),
        (json.dumps({"keys": [jwk("ec")] * (KEYS_MAX + 1)}).encode(), "found more"),
    ],
    ids=lambda part: str(part[:20]),
)
def test_a_file_that_is_of_no_use_is_refused(octets: bytes, text: str) -> None:
    """The reason is said, and a private key is never used in silence."""
    with pytest.raises(KeysError, match=text):
        keys_of_file(octets)


def test_a_set_may_have_as_many_keys_as_are_tried() -> None:
    """At the limit it is read."""
    assert len(keys_of_set({"keys": [jwk("ec")] * KEYS_MAX})) == KEYS_MAX


# --- fetching ------------------------------------------------------------------------------------


class Published:
    """An issuer's set, a clock, and how often it was fetched."""

    def __init__(self) -> None:
        self.now = 50.0
        self.names = ["rsa"]
        self.fetches = 0
        self.keys = FetchedKeys(self.fetch, age_s=100.0, gap_s=10.0, seconds=lambda: self.now)

    async def fetch(self) -> tuple[SigningKey, ...]:
        """Fetch, after a turn."""
        self.fetches += 1
        await asyncio.sleep(0)
        return keys_of_set({"keys": [jwk(name) for name in self.names]})

    def named(self, kid: str | None) -> list[str | None]:
        """Give the names of the keys that are found."""
        return [key.kid for key in asyncio.run(self.keys.named(kid))]


def test_keys_are_fetched_once_and_kept() -> None:
    """Many tokens of known keys are one fetch."""
    issuer = Published()

    assert [issuer.named(kid) for kid in ("rsa", None, "rsa")] == [["rsa"]] * 3
    assert issuer.fetches == 1


def test_a_name_that_is_not_known_brings_a_fetch_after_a_while() -> None:
    """Whoever makes up names makes no fetches: one in `gap_s`, and at the limit there is one."""
    issuer = Published()
    issuer.named("rsa")
    issuer.names = ["ec"]

    issuer.now += 9.9
    assert [issuer.named(f"made up {number}") for number in range(100)] == [[]] * 100
    assert issuer.fetches == 1
    issuer.now += 0.1
    assert issuer.named("ec") == ["ec"]
    assert issuer.named("rsa") == []
    assert issuer.fetches == 2


def test_old_keys_are_fetched_anew() -> None:
    """A key that was withdrawn is good for `age_s`, and no longer."""
    issuer = Published()
    issuer.named("rsa")
    issuer.names = ["ec"]

    issuer.now += 99.9
    assert issuer.named("rsa") == ["rsa"]
    issuer.now += 0.1
    assert issuer.named("rsa") == []
    assert issuer.fetches == 2


def test_who_comes_while_keys_are_fetched_waits_for_the_same() -> None:
    """Ten logins at the start are one fetch."""
    issuer = Published()

    async def story() -> None:
        found = await asyncio.gather(*(issuer.keys.named("rsa") for _ in range(10)))
        assert [len(keys) for keys in found] == [1] * 10

    asyncio.run(story())
    assert issuer.fetches == 1


def test_without_keys_nobody_is_refused_and_few_fetch() -> None:
    """An issuer that is down is asked once in `gap_s`, and every login says that it is."""
    issuer = Published()
    issuer.names = []

    for _ in range(10):
        with pytest.raises(KeysError):
            issuer.named("rsa")
    assert issuer.fetches == 1
    issuer.now += 10
    issuer.names = ["rsa"]
    assert issuer.named("rsa") == ["rsa"]


def test_who_waited_for_a_fetch_that_failed_begins_no_other() -> None:
    """However long an issuer takes to fail, ten logins at a time are one fetch."""
    issuer = Published()

    async def fail_late() -> tuple[SigningKey, ...]:
        issuer.fetches += 1
        await asyncio.sleep(0)
        issuer.now += 10.0
        raise KeysError("too late")

    keys = FetchedKeys(fail_late, age_s=100.0, gap_s=10.0, seconds=lambda: issuer.now)

    async def story() -> None:
        logins = [keys.named(f"made up {number}") for number in range(10)]
        found = await asyncio.gather(*logins, return_exceptions=True)
        assert [type(one) for one in found] == [KeysError] * 10

    asyncio.run(story())
    assert issuer.fetches == 1


def test_an_issuer_that_is_down_does_not_turn_away_who_has_a_known_key() -> None:
    """Only a name that might be new is answered with the failure, until it can be asked for."""
    issuer = Published()
    issuer.named("rsa")
    issuer.now += 10
    issuer.names = []

    for _ in range(2):
        with pytest.raises(KeysError):
            issuer.named("new")
        assert issuer.named("rsa") == ["rsa"]
    assert issuer.fetches == 2
