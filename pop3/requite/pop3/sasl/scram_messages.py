"""The messages of SCRAM, as a server reads them (RFC 5802 section 7).

Decides what is a message and what each part of it is. Refuses to compute anything.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from requite.pop3.login import LoginName, MalformedLogin, decode_base64, read_identities
from requite.pop3.sasl.preparation import check_query, prepared

__all__ = (
    "NONCE_OCTETS_MAX",
    "ClientFinal",
    "ClientFirst",
    "read_final",
    "read_first",
    "unescaped",
)

NONCE_OCTETS_MAX: Final = 1_024
"""Clients send 18 to 64. The nonce comes back in a challenge, whose line must not be too long."""
PROOF_OCTETS: Final = 32

EXTENSIONS: Final = r"(?:,(?![aceimnprsv]=)[A-Za-z]=[^,\0]+)*"
"""What nobody knows is ignored; the letters that mean something stand in their places only."""
FIRST: Final = re.compile(
    r"(?P<header>(?:(?P<flag>[ny])|p=(?P<kind>[A-Za-z0-9.-]+)),(?:a=(?P<authorization>[^,\0]+))?,)"
    rf"(?P<bare>n=(?P<name>[^,\0]+),r=(?P<nonce>[!-+\--~]+){EXTENSIONS})"
)
FINAL: Final = re.compile(
    rf"(?P<unproved>c=(?P<binding>[^,\0]+),r=(?P<nonce>[!-+\--~]+){EXTENSIONS}),p=(?P<proof>[^,\0]+)"
)
ESCAPES: Final = {"=2C": ",", "=3D": "="}
ESCAPE: Final = re.compile("=(?:2C|3D)?")


@dataclass(frozen=True, slots=True)
class ClientFirst:
    """Who wants to log in, and what it thinks of channel binding."""

    header: bytes
    flag: str
    """One of n (not supported), y (not offered, it thinks) and p (bound)."""
    kind: str | None
    """The type of binding, with p alone."""
    who: LoginName
    nonce: str
    bare: bytes
    """The message without its header, as both sides compute with it."""


@dataclass(frozen=True, slots=True)
class ClientFinal:
    """The proof that the client knows the password."""

    binding: bytes
    nonce: str
    proof: bytes = field(repr=False)
    unproved: bytes
    """The message without its proof."""


def read_first(message: bytes) -> ClientFirst:
    """Read the first message of a client.

    Raises:
        MalformedLogin: it is none, or it wants an extension that is not known here.
    """
    match = FIRST.fullmatch(_text(message))
    if match is None:
        raise MalformedLogin("expected the first message of SCRAM")
    if len(match["nonce"]) > NONCE_OCTETS_MAX:
        raise MalformedLogin(f"expected at most {NONCE_OCTETS_MAX} octets of a nonce")
    name = prepared(unescaped(match["name"]), stored=False)
    authorization = unescaped(match["authorization"] or "")
    if authorization:
        check_query(authorization.encode())
    return ClientFirst(
        header=match["header"].encode(),
        flag=match["flag"] or "p",
        kind=match["kind"],
        who=read_identities(authorization.encode(), name.encode()),
        nonce=match["nonce"],
        bare=match["bare"].encode(),
    )


def read_final(message: bytes) -> ClientFinal:
    """Read the last message of a client that says anything.

    Raises:
        MalformedLogin: it is none.
    """
    match = FINAL.fullmatch(_text(message))
    if match is None:
        raise MalformedLogin("expected the final message of SCRAM")
    proof = decode_base64(match["proof"].encode())
    if len(proof) != PROOF_OCTETS:
        raise MalformedLogin(f"expected {PROOF_OCTETS} octets of proof, found {len(proof)}")
    return ClientFinal(
        binding=decode_base64(match["binding"].encode()),
        nonce=match["nonce"],
        proof=proof,
        unproved=match["unproved"].encode(),
    )


def _text(message: bytes) -> str:
    try:
        return message.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedLogin("expected UTF-8 in a message of SCRAM") from None


def unescaped(name: str) -> str:
    """Undo the writing of "," and "=" in a name; any other "=" has no meaning there.

    Raises:
        MalformedLogin: there is another.
    """

    def meant(escape: re.Match[str]) -> str:
        if escape[0] not in ESCAPES:
            raise MalformedLogin('expected "=2C" or "=3D" in a name, found another "="')
        return ESCAPES[escape[0]]

    return ESCAPE.sub(meant, name)
