r"""OAUTHBEARER: a bearer token after a GS2 header, among keys and values (RFC 7628).

Decides what is a message and what a refused client is told. The keys `host` and `port` are read and
not compared: they are there for tokens that sign where they are sent, which bearer tokens do not.
"""

import re
from collections.abc import Mapping
from typing import Final

from requite.pop3.login import MalformedLogin
from requite.pop3.sasl.bearer import BearerForm, BearerMessage, read_bearer
from requite.pop3.sasl.scram_messages import unescaped
from requite.pop3.services import TokenFault, TokenHints

__all__ = ("OAUTHBEARER", "read_oauthbearer")

MESSAGE: Final = re.compile(
    rb"(?P<flag>[ny]|p=[A-Za-z0-9.-]+),(?:a=(?P<name>[^,\x00\x01]+))?,\x01"
    rb"(?P<pairs>(?:[A-Za-z]+=[\t\n\r -~]*\x01)*)\x01"
)
"""RFC 7628 section 3.1."""
PORT: Final = re.compile(rb"[1-9][0-9]{0,4}")


def read_oauthbearer(message: bytes) -> BearerMessage:
    r"""Read the message of a client.

    Keys that mean nothing here are ignored. Without a key `auth`, or with an empty one, the client
    asks where it can get a token (RFC 7628 section 4.3).

    Raises:
        MalformedLogin: it is none, it has a key twice, or it wants channel binding.

    Example:
        >>> read_oauthbearer(b"n,a=support,\x01auth=Bearer c2VjcmV0\x01\x01")
        BearerMessage(asked=b'support')
    """
    match = MESSAGE.fullmatch(message)
    if match is None:
        raise MalformedLogin("expected a message of OAUTHBEARER")
    if match["flag"].startswith(b"p"):
        raise MalformedLogin("expected no channel binding, which OAUTHBEARER has not")
    values = _values(match["pairs"])
    if "port" in values and PORT.fullmatch(values["port"]) is None:
        raise MalformedLogin("expected a number of a port")
    auth = values.get("auth")
    return BearerMessage(_name(match["name"] or b""), read_bearer(auth) if auth else "")


def _values(pairs: bytes) -> Mapping[str, bytes]:
    split = [pair.partition(b"=") for pair in pairs.split(b"\x01")[:-1]]
    values = {key.decode("ascii"): value for key, _, value in split}
    if len(values) != len(split):
        raise MalformedLogin("expected each key once")
    return values


def _name(written: bytes) -> bytes:
    try:
        return unescaped(written.decode("utf-8")).encode()
    except UnicodeDecodeError:
        raise MalformedLogin("expected UTF-8 in the authorization identity") from None


def _told(fault: TokenFault, hints: TokenHints) -> dict[str, str]:
    """Say what RFC 7628 section 3.2.2 has."""
    told = {"status": fault.value}
    if hints.scope is not None:
        told["scope"] = hints.scope
    if hints.openid_configuration is not None:
        told["openid-configuration"] = hints.openid_configuration
    return told


OAUTHBEARER: Final = BearerForm(read_oauthbearer, _told)
