"""Whose account a client certificate stands for.

Decides how a name is read from a certificate that TLS has verified: strictly, so that a certificate
with no name, or with several, stands for nobody. Refuses to verify a certificate, and to decide
what the account may do.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from requite.pop3.login import LoginName, MalformedLogin, read_name
from requite.pop3.names import AccountName

__all__ = ("ClientName", "account_of")


class ClientName(StrEnum):
    """Where in a client certificate the account's name stands."""

    EMAIL = "email"
    """The rfc822Name of subjectAltName (RFC 5280 section 4.2.1.6)."""
    COMMON_NAME = "common_name"
    """The commonName of the subject."""


def account_of(certificate: Mapping[str, object] | None, by: ClientName) -> AccountName | None:
    r"""Read the account's name from what `SSLObject.getpeercert()` gives.

    A name that asks for a mailbox, such as ``alice\support``, is refused: a certificate says who
    somebody is, and not what is opened.

    Args:
        certificate: None where the client has none; empty where TLS has not verified it.
        by: where the name stands.

    Returns:
        None unless there is exactly one name, and it can be an account's.

    Example:
        >>> account_of({"subjectAltName": (("email", "alice@mail.example"),)}, ClientName.EMAIL)
        'alice@mail.example'
        >>> account_of({"subject": ((("commonName", "alice"),),)}, ClientName.EMAIL)
    """
    if not certificate:
        return None
    names = set(_emails(certificate) if by is ClientName.EMAIL else _common_names(certificate))
    if len(names) != 1:
        return None
    (name,) = names
    try:
        login = read_name(name.encode())
    except (MalformedLogin, UnicodeEncodeError):
        return None
    return login.account if login == LoginName(AccountName(name), None) else None


def _emails(certificate: Mapping[str, object]) -> Iterator[str]:
    for kind, value in _pairs(certificate.get("subjectAltName", ())):
        if kind == "email":
            yield value


def _common_names(certificate: Mapping[str, object]) -> Iterator[str]:
    subject = certificate.get("subject", ())
    for distinguished in subject if isinstance(subject, tuple) else ():
        for kind, value in _pairs(distinguished):
            if kind == "commonName":
                yield value


def _pairs(values: object) -> Iterator[tuple[str, str]]:
    """Give the pairs of texts in what ssl declares as anything."""
    for pair in values if isinstance(values, tuple) else ():
        match pair:
            case (str(kind), str(value)):
                yield kind, value
            case _:  # The names of directories are nested; none of them is an account's.
                pass
