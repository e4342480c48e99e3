"""The readers of lists and the form of ids, whatever octets they are given.

Decides that a reader ends with ids or with a reason, that what servers write is read without loss,
and that ids are always such as RFC 1939 allows, one for each message.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildrops.folders import opened
from requite.pop3.maildrops.columns import Columns, Entry
from requite.pop3.maildrops.conventions import Conventions
from requite.pop3.maildrops.maildir import MaildirMaildrops
from requite.pop3.maildrops.unique_ids import (
    DOVECOT_FORMAT,
    FILE_NAMES,
    IdsOf,
    Known,
    UIDLFormat,
    Unreadable,
    scheme_of,
    with_ids,
)
from requite.pop3.maildrops.unique_ids.assign import UID
from requite.pop3.maildrops.unique_ids.courier import read_courier
from requite.pop3.maildrops.unique_ids.dovecot import read_dovecot
from requite.pop3.maildrops.unique_ids.uidl_format import Facts
from requite.pop3.services import Message
from unique_ids.maildirs import fill, uids

NAMES = st.binary(min_size=1, max_size=40).filter(
    lambda name: not {*name} & {*b"/\0\n:"} and not name.startswith(b".")
)
HEADS = st.sampled_from(
    [
        *(b"3 V1600000000 N99\n", b"1 1600000000 99\n", b"2 1 1\n", b"3 \n", b"3 V0 N0\n", b"\n"),
        *(b"/2 9 1600000000\n", b"/3 9 1600000000\n", b"/3 9\n", b"/1 9\n", b"/\n", b"3 Vx N1\n"),
    ]
)
PIECES = st.sampled_from(
    [
        *(b"1", b"17", b"4294967295", b"99999999999999999999", b"-1", b" ", b":", b"/", b"\n"),
        *(b"P", b"Pid", b"G", b"Gguid", b"W35", b"a.b", b"\0", b"\xff", b"1:2:0", b" :", b"\r"),
    ]
)
LISTS = st.one_of(
    st.binary(max_size=200),
    st.tuples(HEADS, st.lists(PIECES, max_size=40)).map(lambda made: made[0] + b"".join(made[1])),
    st.tuples(HEADS, st.binary(max_size=200)).map(b"".join),
)


def known_by(octets: bytes) -> list[Known]:
    """Give what each reader makes of octets, unless it is nothing."""
    found = []
    for read in (read_courier, lambda list_: read_dovecot(list_, DOVECOT_FORMAT)):
        with suppress(Unreadable):
            found.append(read(octets))
    return found


@given(LISTS)
def test_no_octets_break_a_reader(octets: bytes) -> None:
    """A reader gives ids or a reason; every line is an id or is passed over."""
    for known in known_by(octets):
        lines = octets.count(b"\n") - 1 + (not octets.endswith(b"\n"))
        assert len(known.ids) + len(known.damaged_lines) == lines
        assert all(0 <= rank < len(known.ids) for rank in known.rank_of.values())
        assert not any("/" in name or ":" in name for name in known.rank_of)


@given(st.lists(NAMES, unique=True, max_size=20))
def test_what_dovecot_writes_is_read_without_loss(names: list[bytes]) -> None:
    """Each name of either version has the id of its number."""
    uidl_format = UIDLFormat.parse("%u")
    third = b"3 V1600000000 N99 Gx\n" + b"".join(
        b"%d W7 S6 :%s\n" % line for line in enumerate(names, 1)
    )
    first = b"1 1600000000 99\n" + b"".join(b"%d %s:2,S\n" % line for line in enumerate(names, 1))
    # Neither version of the list can tell that a name begins with spaces.
    expected = [(os.fsdecode(name), str(uid)) for uid, name in enumerate(names, 1)]
    for octets in (third, first):
        known = read_dovecot(octets, uidl_format)
        read = [(name, known.ids[rank]) for name, rank in known.rank_of.items()]
        plain = [one for one in expected if not one[0].startswith(" ")]
        assert [one for one in read if one in plain] == plain
        assert not known.damaged_lines or len(plain) < len(names)


@given(st.lists(NAMES, unique=True, max_size=20))
def test_what_courier_writes_is_read_without_loss(names: list[bytes]) -> None:
    """Each name has the id of its number, spaces and all."""
    octets = b"/3 99 1600000000\n" + b"".join(
        b"%s:2,S 18 %d:1600000000:0\n" % (name, uid) for uid, name in enumerate(names, 1)
    )
    known = read_courier(octets)

    assert [(name, known.ids[rank]) for name, rank in known.rank_of.items()] == [
        (os.fsdecode(name), f"UID{uid}-1600000000") for uid, name in enumerate(names, 1)
    ]


TEXTS = st.one_of(
    st.binary(min_size=1, max_size=80).map(lambda octets: os.fsdecode(octets.replace(b"/", b"_"))),
    st.text(st.sampled_from("!a~-2 "), min_size=1, max_size=72),
)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=12), st.data())
def test_every_id_is_allowed_and_is_one_message_s(
    pairs: list[tuple[str, str]], data: st.DataObject
) -> None:
    """Whatever a list says and clients were told, no two ids are the same and none is too long."""
    bases = [base.partition(":")[0] or "x" for base, _ in pairs]
    columns = Columns.of(
        [Entry(f"new/{base}", row, 1, 1, Message(1, base)) for row, base in enumerate(bases)]
    )
    ids = [data.draw(st.sampled_from(["same", "x" * 69, uid])) for _, uid in pairs]
    known = Known(ids, {base: row for row, base in enumerate(bases) if row % 2})
    told = dict(zip(bases, ids, strict=True)) if data.draw(st.booleans()) else {}

    named = with_ids(columns, columns.places, known, FILE_NAMES.of_unknown, told)

    given_ids = [named.uid(row) for row in range(len(named))]
    assert len({*given_ids}) == len(given_ids)
    assert all(UID.fullmatch(uid) for uid in given_ids)


@contextmanager
def made_maildir() -> Iterator[Path]:
    """Give a Maildir of three messages, anew for each list."""
    with tempfile.TemporaryDirectory() as name:
        fill(Path(name), ["new/1", "cur/a.b:2,S", "cur/17:2,"])
        yield Path(name)


@settings(deadline=None)
@given(LISTS)
def test_no_octets_cost_the_maildrop(octets: bytes) -> None:
    """With any octets for a list, every message is seen under an id of its own."""
    with made_maildir() as maildir:
        for ids, name in (
            (IdsOf.DOVECOT, "dovecot-uidlist"),
            (IdsOf.COURIER, "courierpop3dsizelist"),
        ):
            (maildir / name).write_bytes(octets)
            conventions = Conventions(unique_ids=scheme_of(ids, DOVECOT_FORMAT))
            maildrops = MaildirMaildrops(lambda _: maildir, conventions=conventions)
            seen = uids(opened(maildrops))
            maildrops.close()
            assert len({*seen}) == 3
            assert all(UID.fullmatch(uid) for uid in seen)


def test_a_reader_that_believed_everything_would_be_found() -> None:
    """The check of allowed ids can fail: what no server may send is no id."""
    assert not any(map(UID.fullmatch, ("", "two words", "x" * 71, "\xe9", "a\r", "\x7f")))
    assert UID.fullmatch("!" + "~" * 69)


G = b"3 V16 N90 Gx\n"


@pytest.mark.parametrize(
    ("octets", "ids", "damaged"),
    [
        (G + b"7 :1.a:2,S\n", ["7.16.1.a"], []),
        (G + b"7 Gguid :1.a\n", ["7.16.guid"], []),
        (G + b"7 G P W6 :1.a\n", ["1.a"], []),
        (G + b"7 Pown W6 :1.a\n", ["own"], []),
        (G + b"7 :1.a\n5 :1.b\n7 :1.c\n8 :1.d\n", ["7.16.1.a", "8.16.1.d"], [3, 4]),
        (G + b"7 :1.a\n8 :1.b", ["7.16.1.a"], [3]),
        (G + b"7 1.a\n8 :\n9 :a/b\n0 :1.c\n4294967295 :1.d\n", [], [2, 3, 4, 5, 6]),
        (b"1 16 9\n7 1.a\n9 1.b\n", ["7.16.1.a"], [3]),
    ],
)
def test_lines_of_dovecot_are_believed_as_it_believes_them(
    octets: bytes, ids: list[str], damaged: list[int]
) -> None:
    """What was saved comes first; what Dovecot calls broken is passed over, line by line."""
    known = read_dovecot(octets, UIDLFormat.parse("%u.%v.%g"))

    assert [*known.ids] == ids
    assert [*known.damaged_lines] == damaged


def test_a_name_that_comes_again_counts_as_it_comes_last() -> None:
    """A message that was taken out and put back has its later number."""
    known = read_dovecot(G + b"7 :1.a\n8 :1.a:2,S\n", UIDLFormat.parse("%u"))

    rank = known.rank("1.a")
    assert rank is not None
    assert known.ids[rank] == "8"


def test_courier_s_ids_are_of_three_ages() -> None:
    """A number and a time, a number alone, and where there is none the name, escaped."""
    known = read_courier(b"/2 9 16\n1.a:2, 18 3:15\n2.b:2, 18 4:0\n3.it's+c:2, 18 0:0\n")

    assert [*known.ids] == ["UID3-15", "UID4", "3.it+27s+2Bc"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("%4f", "1700"),
        ("%012u", "000000000017"),
        ("%01u", "17"),
        ("%Xf", "0"),
        ("%%%RUf", "%TSOH.0071"),
    ],
)
def test_widths_and_modifiers_are_those_of_dovecot(text: str, written: str) -> None:
    """A width cuts off, one with a zero fills up, and what is no number is 0 in hexadecimal."""
    facts = Facts(uid="17", validity="16", file_name="1700.host", guid="x")

    assert UIDLFormat.parse(text).of(facts) == written


def test_other_infos_than_flags_are_no_part_of_a_name() -> None:
    """A list's name ends at the first colon, as the servers compare names."""
    assert read_dovecot(G + b"7 :1.a:2,S\n", DOVECOT_FORMAT).rank("1.a:1,x") == 0
