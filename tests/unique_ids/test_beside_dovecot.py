"""Dovecot serves a Maildir, then we do: every message keeps its id.

Decides that what the real Dovecot answers to UIDL, in each of the forms of its documentation, is
what we answer from what it leaves. Refuses to know how its list is written.
"""

import os
import poplib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from benchmarks.corpus import Corpus
from benchmarks.servers import NotInstalled, dovecot_with, serving

from requite.pop3.maildrops.unique_ids import IdsOf, UIDLFormat
from unique_ids.maildirs import PLACES, fill, give_away, ids_by_message, process, uids

PASSWORD = "wonderland"
PROFILE = """
mail_location = maildir:{mail}/%u/Maildir:INDEX=MEMORY
pop3_uidl_format = {uidl_format}
{more}
"""
FORMATS = ("%08Xu%08Xv", "%v.%u", "%u", "%v-%u", "%08Xv%08Xu", "%f", "%g", "%Mf", "x%%%4u%LUf%Ru")
"""The first are those of `20-pop3.conf`; the last has what else is understood."""
VALID = 70


@pytest.fixture
def home() -> Iterator[Path]:
    """Give a directory that Dovecot reaches when it has given up its rights."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def asked(port: int) -> Mapping[str, str]:
    """Ask a server for the id of each message by its subject."""
    client = poplib.POP3("127.0.0.1", port, timeout=20)
    try:
        client.user("alice")
        client.pass_(PASSWORD)
        answers = [line.split(b" ", 1) for line in client.uidl()[1]]
        subjects = [client.retr(int(number))[1][0] for number, *_ in answers]
        client.quit()
    finally:
        client.close()
    return {
        os.fsdecode(subject): os.fsdecode(answer[1])
        for subject, answer in zip(subjects, answers, strict=True)
    }


def served_by_dovecot(home: Path, uidl_format: str, more: str = "") -> Mapping[str, str]:
    """Let Dovecot serve alice's Maildir, and give what it answers."""
    accounts = home / "accounts"
    accounts.write_text(f"alice:{{PLAIN}}{PASSWORD}\n", encoding="ascii")
    give_away(home / "mail")
    corpus = Corpus(home / "mail", accounts, PASSWORD, 0)
    profile = PROFILE.format(mail=corpus.mail, uidl_format=uidl_format, more=more)
    with tempfile.TemporaryDirectory(dir=home) as directory:
        Path(directory).chmod(0o755)
        try:
            with serving(dovecot_with(profile), Path(directory), corpus) as server:
                return asked(server.port)
        except NotInstalled as absent:
            pytest.skip(str(absent))


@pytest.mark.parametrize("text", FORMATS)
def test_every_message_keeps_its_id(home: Path, text: str) -> None:
    """Where Dovecot's id is one that RFC 1939 allows, we answer it; and all of ours are allowed."""
    maildir = home / "mail" / "alice" / "Maildir"
    fill(maildir)

    theirs = served_by_dovecot(home, text)
    ours = ids_by_message(process(maildir, IdsOf.DOVECOT, UIDLFormat.parse(text)))

    kept = {subject for subject, uid in theirs.items() if allowed(uid)}
    assert len(ours) == len(theirs) == len(PLACES)
    assert {subject: ours[subject] for subject in kept} == {one: theirs[one] for one in kept}
    assert len(kept) >= len(PLACES) - 3
    assert all(map(allowed, ours.values()))
    assert len(set(ours.values())) == len(ours)


def allowed(uid: str) -> bool:
    """Say whether RFC 1939 section 7 allows an id."""
    return 1 <= len(uid) <= VALID and all("!" <= character <= "~" for character in uid)


def test_an_id_that_was_saved_comes_before_the_format(home: Path) -> None:
    """What `pop3_save_uidl` has kept stays after the format was changed, as in Dovecot."""
    maildir = home / "mail" / "alice" / "Maildir"
    fill(maildir, PLACES[:3])
    saved = served_by_dovecot(home, "%Mf", "pop3_save_uidl = yes")
    fill(maildir, PLACES[3:4])

    theirs = served_by_dovecot(home, "%v.%u")
    ours = ids_by_message(process(maildir, IdsOf.DOVECOT, UIDLFormat.parse("%v.%u")))

    assert ours == theirs
    assert saved.items() < theirs.items()


def test_a_list_of_the_first_version_is_read_as_dovecot_reads_it(home: Path) -> None:
    """What Dovecot 1.0 or Courier's IMAP server has left gives the same ids, empty P included."""
    maildir = home / "mail" / "alice" / "Maildir"
    fill(maildir, PLACES[:3])
    uidlist = maildir / "dovecot-uidlist"
    uidlist.write_bytes(
        b"1 1600000000 30\n7 1700000000.M1P1.host\n9 1700000001.M1P1.host:2,S\n"
        b"29 1700000001.M2P1.host,S=38:2,\n"
    )
    ours = ids_by_message(process(maildir, IdsOf.DOVECOT))

    assert ours == served_by_dovecot(home, "%08Xu%08Xv")
    assert set(ours.values()) == {f"{uid:08x}{1_600_000_000:08x}" for uid in (7, 9, 29)}


def test_duplicates_are_renamed_as_dovecot_renames_them(home: Path) -> None:
    """Of messages with one saved id, each but the first has its number appended."""
    maildir = home / "mail" / "alice" / "Maildir"
    fill(maildir, PLACES[:6])
    bases = [place.partition("/")[2].partition(":")[0] for place in PLACES[:6]]
    # The order of the list is not that of delivery, and one line is of a message that is gone.
    lines = zip((3, 4, 5, 8, 9, 11, 12), (5, 2, None, 0, 1, 4, 3), strict=True)
    (maildir / "dovecot-uidlist").write_text(
        "3 V1600000000 N20 G3085f01b7f11094c501100008c4a11c1\n"
        + "".join(
            f"{uid} P{'same' if uid != 12 else ''} W35 :{'gone' if at is None else bases[at]}\n"
            for uid, at in lines
        ),
        encoding="ascii",
    )
    ours = ids_by_message(process(maildir, IdsOf.DOVECOT))

    assert ours == served_by_dovecot(home, "%08Xu%08Xv", "pop3_uidl_duplicates = rename")
    assert set(ours.values()) == {"same", "same-2", "same-3", "same-4", "same-5", bases[3]}


def test_new_mail_does_not_take_an_id_from_old_mail(home: Path) -> None:
    """What came after the list has the name of its file; every id of the list stays."""
    maildir = home / "mail" / "alice" / "Maildir"
    fill(maildir, PLACES[1:3])
    theirs = served_by_dovecot(home, "%08Xu%08Xv")
    fill(maildir, ["new/1700000009.M1P1.host"])
    for path in (maildir / "cur").iterdir():
        path.rename(path.with_name(f"{path.name.partition(':')[0]}:2,ST"))

    ours = process(maildir, IdsOf.DOVECOT)

    assert uids(ours) == [*theirs.values(), "1700000009.M1P1.host"]
