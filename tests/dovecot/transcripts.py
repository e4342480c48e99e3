"""What is said to two servers, to hear whether they answer alike.

Decides the commands of each transcript and what of an answer is compared: its status, its code and
its shape, never its words. Refuses to know which server is asked, and what is right.
"""

import re
import socket
import zlib
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

__all__ = ("MESSAGES", "PASSWORD", "TRANSCRIPTS", "Answer", "fill", "mailbox_of", "talk")

PASSWORD: Final = "wonderland"
PATIENCE_S: Final = 20.0
SHOWN: Final = 20
CLOSED: Final = "closed"
AND: Final = " / "
CODE: Final = re.compile(r"\[[A-Z/-]+\]")
DELIVERED_S: Final = 1_700_000_000
MESSAGES: Final = (
    b"Subject: one\n\nOne.\n.\n..\nTwo.\n",
    b"Subject: two\r\n\r\nCRLF.\r\nNo end",
    b"Subject: three\nX: no body\n",
    b"",
)
"""LF with dots, CRLF without a last end, a header alone, nothing at all."""
LOGIN: Final = ("USER {name}", f"PASS {PASSWORD}")

TRANSCRIPTS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "read": (
            *(*LOGIN, "STAT", "LIST", "UIDL"),
            *(f"{verb} {number}" for number in range(1, 5) for verb in ("LIST", "UIDL", "RETR")),
            *("NOOP", "QUIT"),
        ),
        "top": (
            *LOGIN,
            *(f"TOP {number} {lines}" for number in range(1, 5) for lines in (0, 1, 99999999)),
            *("TOP 1", "TOP 1 -1", "TOP 1 x", "TOP 0 1", "TOP 9 1", "TOP 1 1 1"),
            *("TOP 1 18446744073709551616", "QUIT"),
        ),
        "delete": (
            *(*LOGIN, "DELE 1", "DELE 1", "STAT", "LIST", "LIST 1", "UIDL 1", "RETR 1", "TOP 1 0"),
            *("RSET", "STAT", "DELE 2", "QUIT"),
        ),
        "deleted before": (*LOGIN, "DELE 1", "DELE 2", "QUIT"),
        "numbers": (
            *LOGIN,
            *("RETR", "RETR 0", "RETR 9", "RETR -1", "RETR +1", "RETR 01", "RETR x", "RETR 1 2"),
            *("RETR 1x", "RETR 4294967297", "RETR 18446744073709551617", "RETR -1431656001"),
            *("LIST 0", "LIST 9", "LIST x", "UIDL 0", "UIDL 9", "UIDL x", "DELE", "DELE 0"),
            *("DELE 9", "DELE x", "STAT 1", "NOOP 1", "RSET 1", "RETR  1", "RETR 1 ", "retr 1"),
        ),
        "maildrop before the login": ("CAPA", "STAT", "LIST", "RETR 1", "QUIT"),
        "idle words before the login": ("NOOP", "RSET", "LAST", "QUIT"),
        "no words before the login": ("XYZZY", "", "quit"),
        "half a login": ("PASS early", "USER", "QUIT"),
        "what is not offered": ("APOP x y", "STLS", "QUIT"),
        "many bad commands": (*["XYZZY"] * 6, "QUIT"),
        "after the login": (
            *(*LOGIN, "CAPA", "USER {name}", "PASS x", "AUTH PLAIN", "STLS", "LAST", "XYZZY", ""),
            *("stat", "QUIT"),
        ),
        "wrong password": ("USER {name}", "PASS wrong", "RSET", *LOGIN, "STAT", "QUIT"),
        "unknown name": ("USER nobody-here", "PASS wrong", "QUIT"),
        "mechanisms": (
            *("AUTH", "AUTH X-NONE", "AUTH PLAIN", "*", "AUTH PLAIN", "!", "AUTH PLAIN", ""),
            *("AUTH PLAIN =", "auth plain {plain}", "QUIT"),
        ),
        "a second name": ("USER nobody-here", "USER {name}", f"PASS {PASSWORD}", "STAT", "QUIT"),
        "languages": ("LANG", "LANG de", "LANG x-none", "QUIT"),
        "UTF-8": ("UTF8", "QUIT"),
        "quit at once": ("QUIT",),
        "quit with more": ("QUIT now", "QUIT"),
        "long line": (*LOGIN, "NOOP " + "x" * 300, "NOOP", "QUIT"),
    }
)


@dataclass(frozen=True, slots=True, order=True)
class Answer:
    """One command of a transcript and the shape of what came back."""

    transcript: str
    command: str
    shape: str


def mailbox_of(transcript: str) -> str:
    """Name the account and the mailbox of a transcript: each has its own."""
    return transcript.replace(" ", "-")


def fill(mail: Path, accounts: Path) -> None:
    """Write a Maildir for each transcript, all alike, and the accounts."""
    lines = []
    for transcript in TRANSCRIPTS:
        name = mailbox_of(transcript)
        lines.append(f"{name}:{{PLAIN}}{PASSWORD}\n")
        maildir = mail / name / "Maildir"
        for folder in ("tmp", "new", "cur"):
            (maildir / folder).mkdir(parents=True)
        for number, message in enumerate(MESSAGES):
            path = maildir / "new" / f"{DELIVERED_S + number}.M{number}P1.transcript"
            path.write_bytes(message)
    accounts.write_text("".join(lines), encoding="utf-8")


# --- talking -------------------------------------------------------------------------------------


def talk(port: int, transcript: str) -> list[Answer]:
    """Say a transcript, and give the shape of each answer."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as sock,
        sock.makefile("rb") as stream,
    ):
        stream.readline()
        answers = []
        for number, command in enumerate(TRANSCRIPTS[transcript], 1):
            try:
                sock.sendall(_said(transcript, command) + b"\r\n")
                shape = _shape(command, stream.readline(), stream.readline)
            except ConnectionError:
                shape = CLOSED
            shown = f"{number}: {_shown(command)}".strip()
            status, *capabilities = shape.split(AND) if command == "CAPA" else [shape]
            answers.append(Answer(transcript, shown, status))
            answers += (Answer(transcript, f"{shown} {one}", "listed") for one in capabilities)
            if shape == CLOSED:
                break
        return answers


def _said(transcript: str, command: str) -> bytes:
    name = mailbox_of(transcript)
    plain = b64encode(f"\0{name}\0{PASSWORD}".encode()).decode()
    return command.replace("{name}", name).replace("{plain}", plain).encode()


def _shown(command: str) -> str:
    if command != command.rstrip():
        return f"{command.rstrip()} and a blank"
    return command if len(command) <= SHOWN else f"{command[:SHOWN]}..."


# --- shapes --------------------------------------------------------------------------------------


def _shape(command: str, first: bytes, read: Callable[[], bytes]) -> str:
    """Write down what is compared of an answer: status, code and what is no prose."""
    if not first:
        return CLOSED
    verb, _, rest = command.upper().partition(" ")
    words = first.decode().split()
    status = " ".join(words[:1] + [word for word in words[1:2] if CODE.fullmatch(word)])
    if words[0] != "+OK":
        return status
    if verb in {"RETR", "TOP"}:
        return f"{status}, {_message(_lines(read))}"
    if verb in {"CAPA", "LIST", "UIDL", "AUTH", "LANG"} and not rest:
        return AND.join((status, *_listing(verb, _lines(read))))
    if verb in {"STAT", "LIST"}:
        return f"{status} {' '.join(words[1:3])}"
    return status


def _lines(read: Callable[[], bytes]) -> list[bytes]:
    lines = []
    while (line := read()) != b".\r\n":
        assert line.endswith(b"\r\n"), f"expected CRLF, found {line!r}"
        lines.append(line)
    return lines


def _message(lines: Sequence[bytes]) -> str:
    whole = b"".join(lines)
    return f"{len(lines)} lines of {len(whole)} octets, {zlib.crc32(whole):08x}"


def _listing(verb: str, lines: Sequence[bytes]) -> list[str]:
    """Give a listing; a unique id is of the server's making, and capabilities have no order."""
    texts = [line.decode().strip() for line in lines]
    if verb == "UIDL":
        texts = [text.split()[0] for text in texts]
    return sorted(texts) if verb == "CAPA" else texts
