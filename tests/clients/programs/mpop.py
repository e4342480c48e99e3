"""How mpop is driven.

It delivers to a Maildir and asks for up to 30 messages at a time. Its own Received header is
switched off. Its file names do not tell the order.
"""

from pathlib import Path

from clients.description import Client, Errand, Refused, Security, only_with
from clients.octets import with_lf

__all__ = ("CLIENT",)

NO_PERMISSION = 77  # EX_NOPERM of sysexits.h.
UNAVAILABLE = 69  # EX_UNAVAILABLE.


def _switch(*, on: bool) -> str:
    return "on" if on else "off"


def _command(errand: Errand) -> list[str]:
    """Write a command line that delivers to a Maildir in the home."""
    for folder in ("tmp", "new", "cur"):
        (errand.stored / folder).mkdir(parents=True, exist_ok=True)
    (errand.home / "password").write_text(errand.password + "\n")
    return [
        f"--host={errand.host}",
        f"--port={errand.port}",
        f"--tls={_switch(on=errand.security is not Security.PLAIN)}",
        f"--tls-starttls={_switch(on=errand.security is Security.STLS)}",
        *only_with(errand.security, f"--tls-trust-file={errand.authority}"),
        "--auth=user",
        f"--user={errand.name}",
        "--passwordeval=cat password",
        "--received-header=off",
        f"--uidls-file={errand.home}/uidls",
        f"--delivery=maildir,{errand.stored}",
        f"--only-new={_switch(on=errand.only_new)}",
        f"--keep={_switch(on=not errand.deletes)}",
    ]


def _read_back(stored: Path) -> list[bytes]:
    return [path.read_bytes() for path in (stored / "new").iterdir()]


CLIENT = Client(
    name="mpop",
    package="mpop",
    program="mpop",
    command=_command,
    read_back=_read_back,
    in_order=False,
    undone=with_lf,
    says="A Maildir, lines ended by LF.",
    wrong_password=Refused(NO_PERMISSION, b"Wrong name or password"),
    full=Refused(NO_PERMISSION, b"Too many sessions"),
    stranger=Refused(UNAVAILABLE, b"The certificate is NOT trusted"),
)
