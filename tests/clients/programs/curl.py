"""How curl is driven.

It writes a file for each message, named by its number, with lines that end in CRLF.
"""

from pathlib import Path
from types import MappingProxyType

from clients.description import Case, Change, Client, Errand, Refused, Security, only_with
from clients.octets import with_crlf

__all__ = ("CLIENT",)

LOGIN_DENIED = 67
PEER_FAILED_VERIFICATION = 60


def _command(errand: Errand) -> list[str]:
    """Fetch by a range of numbers, and delete with a second set of options on the connection."""
    scheme = "pop3s" if errand.security is Security.TLS else "pop3"
    messages = f"{scheme}://{errand.host}:{errand.port}/[1-{errand.messages}]"
    common = [
        *("--silent", "--show-error", "--fail-early", "--user", f"{errand.name}:{errand.password}"),
        *only_with(errand.security, "--ssl-reqd", "--cacert", str(errand.authority)),
    ]
    fetch = [*common, messages, "--create-dirs", "--output", f"{errand.stored}/#1"]
    delete = ["--next", *common, "--request", "DELE", "--head", messages]
    return [*fetch, *delete] if errand.deletes else fetch


def _read_back(stored: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(stored.iterdir(), key=lambda path: int(path.name))]


CLIENT = Client(
    name="curl",
    package="curl",
    program="curl",
    command=_command,
    read_back=_read_back,
    undone=with_crlf,
    says="A file for each message, lines ended by CRLF.",
    changes=MappingProxyType(
        {
            "Empty": Change(
                "It takes the CRLF of the status line for an empty line of the message.",
                lambda _, found: found == b"\r\n",
            )
        }
    ),
    wrong_password=Refused(LOGIN_DENIED, b"Login denied"),
    full=Refused(LOGIN_DENIED, b"Login denied"),
    stranger=Refused(PEER_FAILED_VERIFICATION, b"SSL certificate problem"),
    cannot=MappingProxyType({Case.ONLY_NEW: "It keeps no record of what it has fetched before."}),
)
