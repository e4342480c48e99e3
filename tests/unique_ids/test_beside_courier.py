"""Courier serves a Maildir, then we do: every message keeps its id.

Decides that what the real `courierpop3d` answers to UIDL is what we answer from what it leaves.
"""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from requite.pop3.maildrops.unique_ids import IdsOf
from unique_ids.maildirs import PLACES, fill, ids_by_message, process, uids

PROGRAM = Path("/opt/courier/usr/lib/courier/courier/courierpop3d")
"""Where `make tools` unpacks it: Debian installs no second POP3 server beside Dovecot's."""
LIST = "courierpop3dsizelist"
needs_courier = pytest.mark.skipif(
    not PROGRAM.exists(), reason="Courier's POP3 server is not unpacked: make tools"
)


def served_by_courier(maildir: Path, messages: int) -> Mapping[str, str]:
    """Let Courier serve a Maildir to one session, as after a login, and give what it answers."""
    commands = ["UIDL", *(f"TOP {number} 0" for number in range(1, messages + 1)), "QUIT"]
    done = subprocess.run(
        [PROGRAM, maildir],
        input="".join(f"{command}\r\n" for command in commands).encode(),
        env={"AUTHENTICATED": "alice", "AUTHADDR": "alice", "TCPREMOTEIP": "127.0.0.1"},
        capture_output=True,
        timeout=20,
        check=True,
    )
    _, listing, *tops = done.stdout.split(b"+OK")[1:-1]
    answers = [os.fsdecode(line.split()[1]) for line in listing.split(b"\r\n")[1:-2]]
    subjects = [os.fsdecode(top.split(b"\r\n")[1]) for top in tops]
    return dict(zip(subjects, answers, strict=True))


@needs_courier
def test_every_message_keeps_its_id(tmp_path: Path) -> None:
    """We answer Courier's ids, whatever the names and the flags."""
    fill(tmp_path)

    theirs = served_by_courier(tmp_path, len(PLACES))
    ours = ids_by_message(process(tmp_path, IdsOf.COURIER))

    assert ours == theirs
    assert len(ours) == len(PLACES)


@needs_courier
def test_the_forms_of_all_versions_are_kept(tmp_path: Path) -> None:
    """A list of version 2 has ids of three ages: a number, a number and a time, and a name."""
    places = ("cur/1.a:2,S", "cur/2.b:2,", 'cur/3.it\'s "a"+b:2,RS', "cur/4.d:2,")
    fill(tmp_path, places)
    (tmp_path / LIST).write_text(
        '/2 9 1600000000\n1.a:2, 18 3:0\n2.b:2,S 18 4:1500000000\n3.it\'s "a"+b:2,RS 20 0:0\n'
        "4.d:2, 18 8:1600000000\n",
        encoding="ascii",
    )
    ours = ids_by_message(process(tmp_path, IdsOf.COURIER))

    assert ours == served_by_courier(tmp_path, len(places))
    assert list(ours.values()) == [
        "UID3",
        "UID4-1500000000",
        "3.it+27s+20+22a+22+2Bb",
        "UID8-1600000000",
    ]


@needs_courier
def test_sizes_in_the_list_are_not_believed(tmp_path: Path) -> None:
    """A wrong size in the list, and in a name, is no wrong size in LIST."""
    fill(tmp_path, ["cur/1.a,S=7,W=8:2,"])
    served_by_courier(tmp_path, 1)
    list_path = tmp_path / LIST
    list_path.write_bytes(list_path.read_bytes().replace(b":2, 27 ", b":2, 99 "))
    assert b" 99 " in list_path.read_bytes()

    (message,) = process(tmp_path, IdsOf.COURIER).messages

    assert message.octets == len(b"Subject: 1.a,S=7,W=8\r\n\r\nx\r\n")


@needs_courier
def test_new_mail_does_not_take_an_id_from_old_mail(tmp_path: Path) -> None:
    """What came after the list has the name of its file; every id of the list stays."""
    fill(tmp_path, PLACES[:2])
    theirs = served_by_courier(tmp_path, 2)
    fill(tmp_path, ["new/1700000009.M1P1.host"])

    assert uids(process(tmp_path, IdsOf.COURIER)) == [*theirs.values(), "1700000009.M1P1.host"]
