"""Signed tokens: which are good, which are not, and that none can choose how it is verified.

Decides what is said of each token. Refuses to fetch a key.
"""

import asyncio
import base64
import json
import re
import time
from collections.abc import Callable

import jwt
import pytest

from oauth.issuer import AUDIENCE, ISSUER, claims, jwk, pem, private_key, signed
from requite.pop3.names import AccountName
from requite.pop3.oauth.claims import Demands
from requite.pop3.oauth.keys import SigningKey, called, keys_of_file, keys_of_set
from requite.pop3.oauth.signed import SignedTokens
from requite.pop3.services import TokenFault, TokenRejected

DEMANDS = Demands(
    account_claim="sub", scope="mail", issuer=ISSUER, audiences=(AUDIENCE,), leeway_s=30.0
)
KEYS = keys_of_set({"keys": [jwk(name) for name in ("rsa", "rsa-short", "ec", "ec384", "ed")]})


def asked(
    token: str,
    *,
    algorithms: tuple[str, ...] = ("RS256", "ES256"),
    keys: tuple[SigningKey, ...] = KEYS,
    demands: Demands = DEMANDS,
) -> AccountName | TokenRejected:
    """Ask about one token."""

    async def named(kid: str | None) -> tuple[SigningKey, ...]:
        return called(keys, kid)

    return asyncio.run(SignedTokens(demands, named, algorithms=algorithms).account_of(token))


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        ("rsa", "RS256"),
        ("rsa", "RS512"),
        ("rsa", "PS256"),
        ("ec", "ES256"),
        ("ec384", "ES384"),
        ("ed", "EdDSA"),
    ],
)
def test_a_token_of_the_issuer_is_good(key: str, algorithm: str) -> None:
    """By each kind of key, with its name and without."""
    for kid in (key, None):
        token = signed(key=key, kid=kid, algorithm=algorithm)
        assert asked(token, algorithms=(algorithm,)) == "alice"


def test_a_key_of_a_file_goes_with_every_name() -> None:
    """PEM has no names; a token may name what it likes."""
    assert asked(signed(kid="whatever"), keys=keys_of_file(pem("ec") + pem("rsa"))) == "alice"


def test_the_account_stands_in_the_claim_that_is_configured() -> None:
    """Another claim than `sub` can name the account."""
    demands = Demands(account_claim="upn", issuer=ISSUER, audiences=("a", AUDIENCE))

    assert asked(signed(claims(upn="bob", aud=[AUDIENCE, "b"])), demands=demands) == "bob"


def after(seconds: float) -> int:
    """Give a time."""
    return int(time.time() + seconds)


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": -60},
        {"exp": None},
        {"exp": "soon"},
        {"nbf": 60},
        {"iat": 60},
        {"iss": "https://other.example/"},
        {"iss": None},
        {"aud": "imap.example"},
        {"aud": None},
        {"aud": []},
        {"sub": None},
        {"sub": 7},
    ],
    ids=str,
)
def test_a_token_that_says_something_else_is_not_good(changes: dict[str, object]) -> None:
    """Expired, not yet, by another issuer, for another audience, or without what it must have."""
    said = {
        name: after(value) if isinstance(value, int) and name != "sub" else value
        for name, value in changes.items()
    }
    found = asked(signed(claims(**said)))

    assert isinstance(found, TokenRejected)
    assert found.fault is TokenFault.INVALID


@pytest.mark.parametrize("changes", [{"exp": -20}, {"nbf": 20}, {"iat": 20}], ids=str)
def test_clocks_may_differ_by_the_leeway(changes: dict[str, int]) -> None:
    """Within it a token does."""
    said = {name: after(value) for name, value in changes.items()}

    assert asked(signed(claims(**said))) == "alice"


def test_a_token_without_the_scope_lacks_just_that() -> None:
    """The client is told to get another scope."""
    found = asked(signed(claims(scope="openid")))

    assert isinstance(found, TokenRejected)
    assert found.fault is TokenFault.INSUFFICIENT


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _unsigned(header: object) -> str:
    return f"{_part(header)}.{_part(claims())}."


def _by_the_public_key_as_a_secret() -> str:
    """Sign as if the public key, which everybody has, were a shared secret."""
    header, said = _part({"alg": "HS256", "typ": "JWT", "kid": "rsa"}), _part(claims())
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    signature = algorithm.sign(f"{header}.{said}".encode(), pem("rsa"))
    return f"{header}.{said}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _changed() -> str:
    header, _, signature = signed().split(".")
    return f"{header}.{_part(claims(sub='bob'))}.{signature}"


TOKENS: dict[str, Callable[[], str]] = {
    "unsigned": lambda: _unsigned({"alg": "none"}),
    "unsigned, with a key": lambda: _unsigned({"alg": "none", "kid": "rsa"}),
    "no algorithm": lambda: _unsigned({"kid": "rsa"}),
    "an algorithm that is no text": lambda: _unsigned({"alg": ["RS256"]}),
    "a name that is no text": lambda: _unsigned({"alg": "RS256", "kid": 7}),
    "a critical header": lambda: _unsigned({"alg": "RS256", "crit": ["x"], "x": 1}),
    "the public key as a secret": _by_the_public_key_as_a_secret,
    "changed": _changed,
    "of another key": lambda: signed(key="rsa of somebody"),
    "of a key that is not known": lambda: signed(kid="unknown"),
    "of a key that is too short": lambda: signed(key="rsa-short", kid="rsa-short"),
    "by an algorithm that is not allowed": lambda: signed(algorithm="RS384"),
    "by a curve that is not the algorithm's": lambda: signed(
        key="ec384", kid="ec384", algorithm="ES384"
    ),
    "empty": lambda: "",
    "no JWT": lambda: "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==",
    "dots": lambda: "..",
    "no JSON": lambda: "AAAA.AAAA.AAAA",
    "a header that is no object": lambda: f"{_part([])}.{_part(claims())}.AAAA",
    "deep": lambda: base64.urlsafe_b64encode(b"[" * 6_000).rstrip(b"=").decode() + ".AAAA.AAAA",
    "without its end": lambda: signed()[:-10],
}


@pytest.mark.parametrize("kind", TOKENS)
def test_no_other_token_gets_in_and_none_is_repeated(kind: str) -> None:
    """What is said of a bad token has no part of it."""
    token = TOKENS[kind]()

    found = asked(token)

    assert isinstance(found, TokenRejected)
    assert re.fullmatch(r"a token [a-z ]+|a token that is not good: \w+Error", found.reason)


def test_claims_that_are_no_object_are_not_good() -> None:
    """A signature over something else says nothing."""
    header = _part({"alg": "RS256", "kid": "rsa"})
    algorithm = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256)
    key = algorithm.prepare_key(private_key("rsa"))  # type: ignore[arg-type] # It is one of RSA.
    others: tuple[object, ...] = ([], 7, "text", None)
    for said in others:
        signature = algorithm.sign(f"{header}.{_part(said)}".encode(), key)  # type: ignore[arg-type] # It is private.
        token = (
            f"{header}.{_part(said)}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
        )
        assert isinstance(asked(token), TokenRejected)


@pytest.mark.parametrize(
    "demands",
    [Demands(account_claim="sub", issuer=ISSUER), Demands(account_claim="sub", audiences=("a",))],
)
def test_a_signed_token_needs_an_issuer_and_an_audience(demands: Demands) -> None:
    """A token that the issuer made for somebody else must not do here."""
    with pytest.raises(ValueError, match="an issuer and an audience"):
        asked(signed(), demands=demands)
