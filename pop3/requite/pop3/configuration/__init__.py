"""What an operator decides, as typed values.

Decides which keys a configuration file has, what they mean and what is wrong with a file that
cannot be used. Refuses to act on any of it: nothing here listens, logs in or opens a mailbox.
"""

from collections.abc import Sequence
from pathlib import Path

from requite.pop3.client_certificates import ClientName
from requite.pop3.configuration._loading import ConfigurationError, load, look_at_files
from requite.pop3.configuration._oauth import OAUTH_EXTRA, OAuth, SigningAlgorithm, WebAddress
from requite.pop3.configuration._tables import (
    IDLE_MIN_S,
    TLS,
    Accounts,
    Certificate,
    Configuration,
    Limits,
    Listen,
    Mailboxes,
    Proxy,
    Server,
    Timeouts,
)
from requite.pop3.configuration._values import (
    Endpoint,
    MaildropFormat,
    MaildropLock,
    OldestTLS,
    PlaintextWithoutTLS,
    ProxyNetwork,
)
from requite.pop3.maildrops.folders import MailboxFolder
from requite.pop3.maildrops.mbox import MboxLock
from requite.pop3.maildrops.paths import MailboxPath
from requite.pop3.maildrops.unique_ids import IdsOf, UIDLFormat

__all__ = (
    "IDLE_MIN_S",
    "LOOPBACK",
    "OAUTH_EXTRA",
    "TLS",
    "Accounts",
    "Certificate",
    "ClientName",
    "Configuration",
    "ConfigurationError",
    "Endpoint",
    "IdsOf",
    "Limits",
    "Listen",
    "MailboxFolder",
    "Mailboxes",
    "MaildropFormat",
    "MaildropLock",
    "MboxLock",
    "OAuth",
    "OldestTLS",
    "PlaintextWithoutTLS",
    "Proxy",
    "ProxyNetwork",
    "Server",
    "SigningAlgorithm",
    "Timeouts",
    "UIDLFormat",
    "WebAddress",
    "for_one_maildir",
    "load",
    "look_at_files",
)

LOOPBACK = (Endpoint("127.0.0.1", 1110),)
"""Where a server without a file listens: only this machine reaches it, and no root is needed."""


def for_one_maildir(maildir: Path, *, pop3: Sequence[Endpoint] = LOOPBACK) -> Configuration:
    """Build the configuration of a server with one Maildir and no file, all else as by default.

    Args:
        maildir: the Maildir that is served, whatever the mailbox is called.
        pop3: where to listen.
    """
    return Configuration(
        listen=Listen(pop3=tuple(pop3)),
        mailboxes=Mailboxes(path=MailboxPath.single(maildir.absolute())),
    )
