"""How s-nail is driven: by commands on its standard input.

It copies the messages to a Maildir, whose file names tell the order.
"""

import re
from pathlib import Path
from types import MappingProxyType

from clients.description import Case, Change, Client, Errand, Refused, Security
from clients.octets import with_lf

__all__ = ("CLIENT",)

SAYS_NOTHING = 0
"""Its status tells of no failure; what it prints does."""
DELIVERIES = re.compile(r"M(\d+)P")


def _undone(stored: bytes) -> bytes:
    """Say what it writes of a message that it does not change: it ends in a blank line."""
    lines = with_lf(stored)
    return lines if lines.endswith(b"\n\n") else lines + b"\n"


def _has_no_carriage_return_last(sent: bytes, found: bytes) -> bool:
    return found == re.sub(rb"\r+\n", b"\n", sent)


NO_CARRIAGE_RETURN_LAST = Change(
    "It takes all carriage returns from the end of a line.", _has_no_carriage_return_last
)
CHANGES = MappingProxyType(
    {
        "Carriage returns alone": NO_CARRIAGE_RETURN_LAST,
        "No line end, but a carriage return last": NO_CARRIAGE_RETURN_LAST,
        "Nothing but a dot": Change(
            "It puts a blank line before it.", lambda sent, found: found == b"\n" + sent
        ),
        "A From line of mbox": Change(
            "It puts a blank line and a > before it.",
            lambda sent, found: found == b"\n>" + sent,
        ),
        "A line that begins with From in the body": Change(
            "It puts a > before it.",
            lambda sent, found: found == sent.replace(b"\nFrom here", b"\n>From here"),
        ),
        "A message in a message": Change(
            "It takes away the blank line between the two headers.",
            lambda sent, found: found == sent.replace(b"rfc822\n\n", b"rfc822\n"),
        ),
    }
)


def _command(_: Errand) -> list[str]:
    return ["-:/", "-#"]


def _given(errand: Errand) -> str:
    scheme = "pop3s" if errand.security is Security.TLS else "pop3"
    lines = [
        "set v15-compat",
        f"set user={errand.name} password={errand.password} pop3-no-apop pop3-auth=plain",
        "set tls-ca-no-defaults tls-verify=strict",
        f"set tls-ca-file={errand.authority}",
        *(["set pop3-use-starttls"] if errand.security is Security.STLS else []),
        f"folder {scheme}://{errand.host}:{errand.port}",
        f"copy * maildir://{errand.stored}",
        *(["delete *"] if errand.deletes else []),
        "quit" if errand.deletes else "exit",
    ]
    return "\n".join(lines) + "\n"


def _read_back(stored: Path) -> list[bytes]:
    paths = [(DELIVERIES.findall(path.name), path) for path in (stored / "new").iterdir()]
    return [path.read_bytes() for _, path in sorted(paths)]


CLIENT = Client(
    name="s-nail",
    package="s-nail",
    program="s-nail",
    command=_command,
    given=_given,
    read_back=_read_back,
    undone=_undone,
    says="A Maildir, lines ended by LF, the last one a blank line.",
    changes=CHANGES,
    wrong_password=Refused(SAYS_NOTHING, b"Wrong name or password"),
    full=Refused(SAYS_NOTHING, b"Too many sessions"),
    stranger=Refused(SAYS_NOTHING, b"certificate"),
    cannot=MappingProxyType({Case.ONLY_NEW: "It keeps no record of what it has fetched before."}),
)
