"""The values of a configuration that a file writes as strings.

Decides which addresses, choices and names there are and how they are written; where a mailbox's
Maildir stands is `maildrops.paths`'. Refuses to look anything up: no name service is asked and no
file is opened.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Self, TypeAlias

from msgspec import Meta

from requite.pop3.configuration._oauth import WebAddress
from requite.pop3.configuration._toml_reading import TextForm
from requite.pop3.maildrops.deletions import DeletePolicy
from requite.pop3.maildrops.folders import MailboxFolder
from requite.pop3.maildrops.paths import PLACEHOLDER, MailboxPath
from requite.pop3.maildrops.unique_ids import UIDLFormat
from requite.pop3.names import AccountName, MailboxName

__all__ = (
    "Delegate",
    "Endpoint",
    "HostName",
    "MaildropFormat",
    "MaildropLock",
    "OldestTLS",
    "PlaintextWithoutTLS",
    "ProxyNetwork",
    "SharedMailbox",
    "text_forms",
)

_PORT_MAX = 65535
_LOCALHOST = "localhost"


class PlaintextWithoutTLS(StrEnum):
    """Where a password may travel readable: USER and PASS, or SASL PLAIN, without TLS."""

    NEVER = "never"
    LOOPBACK = "loopback"
    ALWAYS = "always"


class OldestTLS(StrEnum):
    """The oldest version of TLS that is spoken; RFC 8996 leaves none below 1.2."""

    TLS_1_2 = "TLSv1.2"
    TLS_1_3 = "TLSv1.3"


class MaildropFormat(StrEnum):
    """How mail is kept."""

    MAILDIR = "maildir"
    """A directory with a file for each message (maildir(5))."""
    MBOX = "mbox"
    """One file for each mailbox (mbox(5))."""


class MaildropLock(StrEnum):
    """How many sessions may have one maildrop open."""

    EXCLUSIVE = "exclusive"
    """One: RFC 1939 section 4 asks for an exclusive-access lock."""
    SHARED = "shared"
    """Several, each with a snapshot of its own."""


_NAME = r"\A(?!\.{{1,2}}\Z)[^/\\*\x00-\x1f\x7f{more}]+\Z"

SharedMailbox: TypeAlias = Annotated[
    MailboxName,
    Meta(
        pattern=_NAME.format(more=""),
        extra={"expected": r"a mailbox name without /, \, * and control characters"},
    ),
]
"""A delegate asks for it as `alice\\support` or `support*alice`, and it is part of a path."""

Delegate: TypeAlias = Annotated[
    AccountName,
    Meta(
        pattern=_NAME.format(more=":"),
        extra={"expected": r"an account name without :, /, \, * and control characters"},
    ),
]
"""A colon ends the name in the accounts file."""


_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"

HostName: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"\A(?=.{{1,253}}\Z)(\*\.)?{_LABEL}(\.{_LABEL})*\Z",
        extra={"expected": "a host name in small letters such as mail.example or *.mail.example"},
    ),
]
"""As clients send it (RFC 6066 section 3); a star stands for one label (RFC 9525 section 6.3)."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address and a port to listen on."""

    host: str
    """An IPv4 or IPv6 address, or "localhost"."""
    port: int
    """0 lets the kernel choose."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "127.0.0.1:1110", "[::1]:1110" or "localhost:1110".

        Raises:
            ValueError: its text says what to write instead.
        """
        found = re.fullmatch(r"(?:\[([^\]]*)\]|([^:]*)):([0-9]{1,5})", text)
        if found is None or int(found[3]) > _PORT_MAX:
            raise ValueError(
                f"write address:port, an IPv6 address in [ ], a port up to {_PORT_MAX}"
            )
        host = found[2] if found[1] is None else found[1]
        if host == _LOCALHOST and found[1] is None:
            return cls(_LOCALHOST, int(found[3]))
        return cls(_address(host, version=4 if found[1] is None else 6), int(found[3]))

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host == _LOCALHOST or ip_address(self.host).is_loopback

    @property
    def text(self) -> str:
        """The endpoint as a configuration file writes it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _address(host: str, *, version: int) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        raise ValueError(
            'write an address instead of a name: "0.0.0.0" or "[::]" is every interface'
        ) from None
    if address.version != version:
        raise ValueError("write [ ] around an IPv6 address and around nothing else")
    return str(address)


@dataclass(frozen=True, slots=True)
class ProxyNetwork:
    """The addresses from which proxies connect."""

    network: IPv4Network | IPv6Network

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "10.0.0.0/8", "2001:db8::/32", or one address.

        Raises:
            ValueError: its text says what to write instead.
        """
        try:
            network = ip_network(text, strict=False)
        except ValueError:
            raise ValueError("write address/bits, with an address and not a name") from None
        if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
            raise ValueError("write the IPv4 network itself")
        if "%" in text:
            raise ValueError("leave out % and what follows it")
        if "/" in text and ip_address(text.partition("/")[0]) != network.network_address:
            raise ValueError(f'write "{network}", or one address without /')
        return cls(network)

    @property
    def is_everybody(self) -> bool:
        """Whether every address is in it."""
        return self.network.prefixlen == 0


_MAPPED = IPv6Network("::ffff:0:0/96")
"""An IPv4 client on an IPv6 socket, who is known by the IPv4 address (`shell.address`)."""


def text_forms(directory: Path) -> Mapping[type, TextForm]:
    """Give the types that are written as strings.

    Args:
        directory: what relative paths are relative to.
    """

    def path(text: str) -> Path:
        if not text or "\0" in text:
            raise ValueError("write the path of a file")
        return directory / text

    def mailbox_path(text: str) -> MailboxPath:
        return MailboxPath(text, base=directory)

    return {
        Endpoint: TextForm('an address such as "127.0.0.1:1110" or "[::1]:1110"', Endpoint.parse),
        ProxyNetwork: TextForm('a network such as "10.0.0.0/8"', ProxyNetwork.parse),
        WebAddress: TextForm('a URL such as "https://login.example/keys"', WebAddress.parse),
        DeletePolicy: TextForm("expunge, hide, never or move:FOLDER", DeletePolicy.parse),
        Path: TextForm("the path of a file", path),
        MailboxPath: TextForm(f'a path such as "mail/{PLACEHOLDER}/Maildir"', mailbox_path),
        MailboxFolder: TextForm('a folder such as "alice/.Archive.2024"', MailboxFolder.parse),
        UIDLFormat: TextForm('a format such as "%08Xu%08Xv" or "%v.%u"', UIDLFormat.parse),
    }
