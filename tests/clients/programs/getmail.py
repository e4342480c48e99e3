"""How getmail6 is driven.

It hands each message to a delivery program, here one that numbers what it gets. Its own headers are
switched off. It delivers to no Maildir as root, which tests may be.

getmail6 6.18 has a race of its own: if a delivery program ends before getmail waits for it, getmail
misses the signal and waits for minutes. So the program here ends after getmail has gone to sleep.
"""

from pathlib import Path
from types import MappingProxyType

from clients.description import Change, Client, Errand, Refused, Security
from clients.octets import with_lf

__all__ = ("CLIENT",)

OPERATION_FAILED = 127
UNTIL_IT_WAITS = """\
for turn in $(seq 1000); do grep -q '^State:.S' /proc/$PPID/status && exit 0; done
exit 1
"""
RETURN_PATH = b"Return-Path: <unknown>\n"


def _undone(stored: bytes) -> bytes:
    return RETURN_PATH + with_lf(stored)


def _ends_its_header(sent: bytes, found: bytes) -> bool:
    return found == sent + b"\n"


def _has_no_carriage_return(sent: bytes, found: bytes) -> bool:
    return found == sent.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


NO_CARRIAGE_RETURN = Change("It ends a line at a lone carriage return.", _has_no_carriage_return)
ADDS_A_BLANK_LINE = Change("It adds a blank line to end the header.", _ends_its_header)
CHANGES = MappingProxyType(
    {
        "Carriage returns alone": NO_CARRIAGE_RETURN,
        "No line end, but a carriage return last": NO_CARRIAGE_RETURN,
        "A dot after a lone carriage return is no first one": NO_CARRIAGE_RETURN,
        "Nothing but a dot": Change(
            "It puts a blank line before it.",
            lambda sent, found: (sent, found) == (RETURN_PATH + b".\n", RETURN_PATH + b"\n.\n"),
        ),
        "Empty": ADDS_A_BLANK_LINE,
        "A header without a blank line": ADDS_A_BLANK_LINE,
        "A header that does not end": ADDS_A_BLANK_LINE,
        "A very long header": Change(
            "It folds the header.", lambda sent, found: found.replace(b"\n ", b" ") == sent
        ),
        "A From line of mbox": Change(
            "It takes the line away.",
            lambda sent, found: (
                found == RETURN_PATH + sent.removeprefix(RETURN_PATH).partition(b"\n")[2]
            ),
        ),
    }
)


def _command(errand: Errand) -> list[str]:
    """Write the configuration."""
    errand.stored.mkdir(exist_ok=True)
    script = errand.home / "deliver"
    script.write_text(f"cd {errand.stored} && cat > $(printf %04d $(ls | wc -l))\n{UNTIL_IT_WAITS}")
    implicit = errand.security is Security.TLS
    tls = f"ca_certs = {errand.authority}\nssl_cert_hostname = {errand.host}\n" if implicit else ""
    (errand.home / "getmailrc").write_text(
        f"[retriever]\ntype = SimplePOP3{'SSL' if implicit else ''}Retriever\n"
        f"server = {errand.host}\nport = {errand.port}\n{tls}"
        f"username = {errand.name}\npassword = {errand.password}\n"
        "[destination]\ntype = MDA_external\nallow_root_commands = true\n"
        f"path = /bin/sh\narguments = ('{script}',)\n"
        "[options]\ndelivered_to = false\nreceived = false\n"
        f"read_all = {not errand.only_new}\ndelete = {errand.deletes}\n"
    )
    return [f"--getmaildir={errand.home}", "--rcfile=getmailrc"]


def _read_back(stored: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(stored.iterdir())]


CLIENT = Client(
    name="getmail6",
    package="getmail6",
    program="getmail",
    command=_command,
    read_back=_read_back,
    undone=_undone,
    says="What it hands to its delivery program, after a Return-Path, lines ended by LF.",
    changes=CHANGES,
    wrong_password=Refused(OPERATION_FAILED, b"Wrong name or password"),
    full=Refused(OPERATION_FAILED, b"Too many sessions"),
    stranger=Refused(OPERATION_FAILED, b"certificate verify failed"),
    cannot=MappingProxyType({Security.STLS: "It has no STLS."}),
)
