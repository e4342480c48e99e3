r"""XOAUTH2: a name and a bearer token, as Google and Microsoft have it.

Decides what is a message and what a refused client is told. It is no standard; Google's document
"OAuth 2.0 Mechanism" describes it, and Microsoft's on POP3 sends AUTH alone first and the message
on a line of its own. That it may travel with AUTH as well is what every mechanism has.
"""

import re
from typing import Final

from requite.pop3.login import MalformedLogin
from requite.pop3.sasl.bearer import BearerForm, BearerMessage, read_bearer
from requite.pop3.services import TokenFault, TokenHints

__all__ = ("XOAUTH2", "read_xoauth2")

MESSAGE: Final = re.compile(rb"user=(?P<name>[^\x00\x01]+)\x01auth=(?P<auth>[ -~]+)\x01\x01")
STATUS: Final = {TokenFault.INVALID: "401", TokenFault.INSUFFICIENT: "403"}
"""The status that HTTP would have (RFC 6750 section 3.1), as the document shows one."""


def read_xoauth2(message: bytes) -> BearerMessage:
    r"""Read the message of a client.

    Raises:
        MalformedLogin: it is none.

    Example:
        >>> read_xoauth2(b"user=alice\x01auth=Bearer c2VjcmV0\x01\x01")
        BearerMessage(asked=b'alice')
    """
    match = MESSAGE.fullmatch(message)
    if match is None:
        raise MalformedLogin("expected a message of XOAUTH2")
    return BearerMessage(match["name"], read_bearer(match["auth"]))


def _told(fault: TokenFault, hints: TokenHints) -> dict[str, str]:
    told = {"status": STATUS[fault], "schemes": "bearer"}
    if hints.scope is not None:
        told["scope"] = hints.scope
    return told


XOAUTH2: Final = BearerForm(read_xoauth2, _told)
