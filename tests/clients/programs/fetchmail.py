"""How fetchmail is driven, and what fetchmail 6.4 changes.

It hands each message to a delivery program, here one that numbers what it gets: `invisible` keeps
fetchmail from adding a Received header, `no rewrite` from touching addresses and `no stripcr` from
taking the carriage returns away.
"""

from pathlib import Path
from types import MappingProxyType

from clients.description import Change, Client, Errand, Refused, Security
from clients.octets import with_crlf

__all__ = ("CLIENT", "PIECE")

NOTHING_NEW = 1
SOCKET_FAILED = 2
AUTHENTICATION_FAILED = 3
LOCK_BUSY = 9
PIECE = 8_191
HEADERLESS = b"From: FETCHMAIL-DAEMON\r\n"


def _ends_its_header(sent: bytes, found: bytes) -> bool:
    return found == sent + b"\r\n"


def _has_rubbish_in_a_long_line(sent: bytes, found: bytes) -> bool:
    r"""Check a very long line, which fetchmail reads in pieces.

    `readbody` reads 8,191 octets into `char buf[8196]`, ends them with NUL, and puts CR, LF and NUL
    at 8,193; `stuffline` then ships all up to the first LF. So each piece but the last is followed
    by its NUL, by the octet at 8,192, which nobody has written, and by CRLF. That octet is whatever
    the stack has there: one for a message, and any of 256, an x of the line among them.
    """
    header, blank, body = sent.partition(b"\r\n\r\n")
    dot = b"." * body.startswith(b".")  # On the wire the line begins with one more.
    pieces = [(dot + body)[at : at + PIECE] for at in range(0, len(dot + body), PIECE)]
    unwritten = len(header + blank + pieces[0]) - len(dot) + 1
    rubbish = b"\0" + found[unwritten : unwritten + 1] + b"\r\n"
    return found == header + blank + rubbish.join(pieces).removeprefix(dot)


ADDS_A_BLANK_LINE = Change("It adds a blank line to end the header.", _ends_its_header)
CHANGES = MappingProxyType(
    {
        "Nothing but a dot": Change(
            "It drops what is no header, makes a header up and does not delete the message.",
            lambda sent, found: sent == b".\r\n" and found.startswith(HEADERLESS),
            left_behind=True,
        ),
        "Empty": Change("It delivers nothing."),
        "A header without a blank line": ADDS_A_BLANK_LINE,
        "A header that does not end": ADDS_A_BLANK_LINE,
        "No header": Change(
            "It puts a header before the body.",
            lambda sent, found: found.startswith(HEADERLESS) and found.endswith(sent),
        ),
        "A From line of mbox": Change(
            "It takes the line away.",
            lambda sent, found: found == sent.partition(b"\r\n")[2],
        ),
        "One line of a million octets": Change(
            "It puts rubbish of its memory after every 8,191 octets.", _has_rubbish_in_a_long_line
        ),
    }
)


def _security(errand: Errand) -> str:
    if errand.security is Security.PLAIN:
        return 'sslproto ""'
    checked = f'sslproto tls1.2+ sslcertck sslcertfile "{errand.authority}"'
    return f"ssl {checked}" if errand.security is Security.TLS else checked


def _command(errand: Errand) -> list[str]:
    """Write the configuration and the delivery program."""
    errand.stored.mkdir(exist_ok=True)
    script = errand.home / "deliver"
    script.write_text(f"cd {errand.stored} && cat > $(printf %04d $(ls | wc -l))\n")
    name = errand.name.replace("\\", "\\\\")
    configuration = errand.home / "fetchmailrc"
    configuration.write_text(
        "set invisible\nset no bouncemail\n"
        f"poll {errand.host} service {errand.port} protocol pop3 uidl\n"
        f'auth password no dns user "{name}" password "{errand.password}" is root here\n'
        f'{_security(errand)} no rewrite no stripcr mda "sh {script}"\n'
        f"{'no keep' if errand.deletes else 'keep'} {'' if errand.only_new else 'fetchall'}\n"
    )
    configuration.chmod(0o600)
    return [
        *("--fetchmailrc", str(configuration), "--nosyslog", "--verbose"),
        *("--idfile", f"{errand.home}/fetchids"),
        *("--pidfile", f"{errand.home}/fetchmail.pid"),  # Root's would be one for the machine.
    ]


def _read_back(stored: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(stored.iterdir())]


CLIENT = Client(
    name="fetchmail",
    package="fetchmail",
    program="fetchmail",
    command=_command,
    read_back=_read_back,
    undone=with_crlf,
    says="What it hands to its delivery program, lines ended by CRLF.",
    changes=CHANGES,
    nothing_new=0,
    wrong_password=Refused(AUTHENTICATION_FAILED, b"Wrong name or password"),
    full=Refused(LOCK_BUSY, b"[IN-USE] Too many sessions"),
    stranger=Refused(SOCKET_FAILED, b"certificate verify failed"),
)
