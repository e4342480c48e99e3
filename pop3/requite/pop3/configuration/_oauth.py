"""The table `[oauth]` of the configuration file: by whose tokens clients may log in.

Decides which keys it has and what makes them impossible together. Refuses to validate a token, and
to read the keys of an issuer: `oauth` does both, with packages that may not be installed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final, Self, TypeAlias
from urllib.parse import SplitResult, urlsplit

from msgspec import Meta, Struct

from requite.pop3.configuration._toml_reading import Problem

__all__ = ("OAUTH_EXTRA", "OAuth", "SigningAlgorithm", "WebAddress", "oauth_problems")

OAUTH_EXTRA: Final = "pip install 'requite[oauth]'"
PACKAGES: Final = ("aiohttp", "jwt")
"""What the extra brings, by the names that are imported."""
HOST: Final = re.compile(r"[A-Za-z0-9._:-]+")
"""A name or an address; where names are looked up in earnest, some have an underscore."""


class SigningAlgorithm(StrEnum):
    """An algorithm with a public key (RFC 7518 section 3, RFC 8037); no other can be named."""

    RS256 = "RS256"
    RS384 = "RS384"
    RS512 = "RS512"
    PS256 = "PS256"
    PS384 = "PS384"
    PS512 = "PS512"
    ES256 = "ES256"
    ES384 = "ES384"
    ES512 = "ES512"
    EDDSA = "EdDSA"


@dataclass(frozen=True, slots=True)
class WebAddress:
    """Where another server is asked: a URL."""

    url: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a URL with https, or with http of this machine.

        Raises:
            ValueError: its text says what to write instead.

        Example:
            >>> WebAddress.parse("https://login.example/keys")
            WebAddress(url='https://login.example/keys')
        """
        if not text.isascii() or not text.isprintable() or " " in text:
            raise ValueError("write a URL in ASCII, without spaces")
        parts = _split(text)
        host = parts.hostname or ""
        if "@" in parts.netloc:
            raise ValueError("leave out the name and the password before @")
        if not _is_host(host) or parts.fragment:
            raise ValueError("write https://, a host and a path, and no #")
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_here(host)):
            raise ValueError("write https://; http:// is for this machine alone")
        return cls(text)


def _split(text: str) -> SplitResult:
    """Divide a URL; what is no port would be found where it is used alone."""
    try:
        parts = urlsplit(text)
        found = parts.port
    except ValueError:
        raise ValueError("write IPv6 addresses in brackets, and ports as numbers") from None
    if found == 0:
        raise ValueError("write a port from 1 to 65535, or none")
    return parts


def _is_host(name: str) -> bool:
    """Say whether a name can be looked up at all."""
    if HOST.fullmatch(name) is None:
        return False
    try:
        name.encode("idna")
    except UnicodeError:  # A label is empty or too long.
        return False
    return True


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


Word: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"\A[^\x00-\x1f\x7f]{1,1024}\Z",
        extra={"expected": "a text without control characters"},
    ),
]
Scope: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"\A[!#-\[\]-~]{1,1024}\Z",
        extra={"expected": "one scope, without spaces and quotes"},
    ),
]
"""RFC 6749 section 3.3."""
Within: TypeAlias = Annotated[float, Meta(gt=0, le=86_400)]
Leeway: TypeAlias = Annotated[float, Meta(ge=0, le=600)]
"""RFC 7519 section 4.1.4: usually no more than a few minutes."""


class OAuth(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """By whose tokens clients may log in (SASL OAUTHBEARER and XOAUTH2); without it, by nobody's.

    It needs `pip install 'requite[oauth]'`, and one of `key_files`, `keys_url` and
    `introspection_url`.
    """

    key_files: tuple[Path, ...] = ()
    """Files with the public keys that tokens are signed by: PEM, or a JWK Set."""

    keys_url: WebAddress | None = None
    """Where the issuer publishes them as a JWK Set (`jwks_uri` in its discovery document)."""

    introspection_url: WebAddress | None = None
    """Where the issuer is asked about each token (RFC 7662); needs `client_id` and
    `client_secret_file`."""

    client_id: Word | None = None
    """The name that this server has at the issuer."""

    client_secret_file: Path | None = None
    """A file whose first line is the secret of that name."""

    issuer: Word | None = None
    """What the claim `iss` must be; signed tokens need it."""

    audiences: tuple[Word, ...] = ()
    """What the claim `aud` must name, one of these; signed tokens need it."""

    algorithms: tuple[SigningAlgorithm, ...] = (SigningAlgorithm.RS256, SigningAlgorithm.ES256)
    """How tokens may be signed; RFC 8725 section 3.1 asks for a list that the token cannot choose
    from, and the two are what RFC 7518 section 3.1 recommends with public keys."""

    scope: Scope | None = None
    """The scope that a token must have, in `scope` or `scp`; a refused client is told it."""

    account_claim: Word = "sub"
    """The claim that is the name of the account; with an introspection often `username`."""

    openid_configuration: WebAddress | None = None
    """The issuer's discovery document, which a refused client is told (RFC 7628 section 3.2.2)."""

    authorities: tuple[Path, ...] = ()
    """PEM files with the authorities that the issuer's certificate is checked by, instead of the
    system's."""

    leeway_s: Leeway = 30.0
    """Seconds that the issuer's clock and ours may differ; RFC 7519 section 4.1.4 allows for a few
    minutes, of which clocks that are set by the network need none."""

    answer_s: Within = 10.0
    """Seconds that the issuer has to answer; a sixth of `login_s`."""

    keys_age_s: Within = 3600.0
    """Seconds that keys from `keys_url` are used before they are fetched anew, so that a key which
    the issuer has withdrawn is good for an hour at most."""

    keys_gap_s: Within = 10.0
    """Seconds from the end of one fetch of keys to the next, whatever key a token names; as
    `answer_s`."""

    @property
    def verifies_signatures(self) -> bool:
        """Whether tokens are verified here, rather than by asking."""
        return bool(self.key_files) or self.keys_url is not None


def _package_missing() -> str | None:
    """Name a package of the extra that is not installed, or give None."""
    return next((name for name in PACKAGES if find_spec(name) is None), None)


def oauth_problems(oauth: OAuth) -> Iterator[Problem]:
    """Find what is wrong between the keys of the table."""
    if missing := _package_missing():
        yield Problem(("oauth",), f"the package {missing}", "none", f"run: {OAUTH_EXTRA}")
    ways = {
        "key_files": bool(oauth.key_files),
        "keys_url": oauth.keys_url is not None,
        "introspection_url": oauth.introspection_url is not None,
    }
    given = [name for name, is_given in ways.items() if is_given]
    if len(given) != 1:
        found = " and ".join(given) or "none"
        one = "one of key_files, keys_url and introspection_url"
        yield Problem(("oauth",), one, found, "name the one by which tokens are validated")
    if oauth.verifies_signatures:
        yield from _lacking(oauth, "issuer", "audiences", "algorithms", by=given[0])
    if oauth.introspection_url is not None:
        yield from _lacking(oauth, "client_id", "client_secret_file", by="introspection_url")
    if oauth.keys_gap_s > oauth.keys_age_s:
        yield Problem(
            ("oauth", "keys_gap_s"),
            f"at most keys_age_s, {oauth.keys_age_s:g} s",
            f"{oauth.keys_gap_s:g} s",
            "lower keys_gap_s: keys would be used for longer than keys_age_s",
        )


def _lacking(oauth: OAuth, *names: str, by: str) -> Iterator[Problem]:
    for name in names:
        if not getattr(oauth, name):
            yield Problem(("oauth", name), f"a value, for {by}", "nothing", f"add {name} = ...")
