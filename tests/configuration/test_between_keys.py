"""What keys of the configuration do to each other, and files that cannot be read at all.

Decides that whatever is wrong is named with its line and with what to do, all at once. Refuses to
test the keys one by one, as `test_keys` does.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configuration.files import FILE_NAME, document, loaded, problems, without
from requite.pop3 import configuration as public
from requite.pop3.configuration import ConfigurationError, Limits, load

TLS_KEYS = "certificate, key, names, minimum, client_authorities, client_name and check_s"
MUCH_IS_WRONG = """\
lisen = 1
[timeouts]
idle_s = 0
login_s = 'x'
[listen]
pop3 = [
  "127.0.0.1:1110",
  "mail:1110",
  7,
]
[accounts]
file = "missing"
[[tls]]
"""


OF_MAILDIRS = {
    "index": "false",
    "unique_ids": '"dovecot"',
    "dovecot_uidl_format": '"%v.%u"',
    "folders": '{ archive = "alice/.Archive" }',
    "dovecot_session_lock": "true",
    "retention_days": "7",
    "deletion": '"hide"',
    "deletions": '{ support = "hide" }',
    "fsync": "false",
    "mark_seen": "true",
}
"""What an mbox has nothing of, each with a value that is not the default."""


# --- what keys do to each other ------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "left_out", "said"),
    [
        ({}, "pop3", "[listen]: expected an address to listen on, found none"),
        ({}, "file", "[accounts] file: expected the path of a file, found nothing"),
        ({}, "path", '[mailboxes] path: expected a path such as "mail/{mailbox}/Maildir", found n'),
        ({}, "key", "[tls] key: expected the path of a file, found nothing"),
        (
            {"listen": {"pop3s": '["127.0.0.1:1110"]'}},
            "#",
            '[listen] pop3s (item 1): expected each address once, found "127.0.0.1:1110" again',
        ),
        (
            {"listen": {"pop3_proxied": '["127.0.0.1:1110"]'}},
            "#",
            '[listen] pop3_proxied (item 1): expected each address once, found "127.0.0.1:1110" a',
        ),
        (
            {"listen": {"pop3_proxied": '["127.0.0.1:1111"]'}},
            "trusted",
            "[listen] pop3_proxied: expected networks in [proxy] trusted, found none; add [proxy]",
        ),
        (
            {"listen": {"pop3s_proxied": '["127.0.0.1:1111"]'}, "proxy": {"trusted": "[]"}},
            "#",
            "[listen] pop3s_proxied: expected networks in [proxy] trusted, found none; add [proxy]",
        ),
        (
            {"mailboxes": {"format": '"mbox"', "mbox_locks": '["fcntl", "fcntl"]'}},
            "#",
            '[mailboxes] mbox_locks (item 2): expected each lock once, found "fcntl" again; remove',
        ),
        (
            {
                "mailboxes": {
                    "deletion": '"move:Trash"',
                    "folders": '{ a = "c/.Trash", b = "c/.Old", d = "c/.Trash" }',
                    "deletions": '{ d = "expunge" }',
                }
            },
            "#",
            "[mailboxes.folders] a: expected another folder than the one that its deleted messages",
        ),
        (
            {"mailboxes": {"mbox_locks": '["flock"]'}},
            "#",
            '[mailboxes] mbox_locks: expected format = "mbox", found "maildir"; add format = "mbox',
        ),
        *(
            (
                {"mailboxes": {"unique_ids": f'"{ids}"', "dovecot_uidl_format": '"%v.%u"'}},
                "#",
                f'[mailboxes] dovecot_uidl_format: expected unique_ids = "dovecot", found "{ids}"',
            )
            for ids in ("file-name", "courier")
        ),
        *(
            (
                {"mailboxes": {"format": '"mbox"', key: value}},
                "#",
                f'[mailboxes] {key}: expected format = "maildir", found "mbox"; remove {key}',
            )
            for key, value in OF_MAILDIRS.items()
        ),
        (
            {"limits": {"input_octets": "12287"}},
            "#",
            "[limits] input_octets: expected room for the longest line, 12288 octets, found 12287",
        ),
        (
            {"timeouts": {"refusal_s": "60"}},
            "#",
            "[timeouts] refusal_s: expected less than login_s, 60 s, found 60 s",
        ),
        (
            {"tls": {"certificate": '"accounts"'}},
            "#",
            "[tls] certificate: expected a certificate in PEM form, found something else in",
        ),
        (
            {"tls": {"key": '"other.pem"'}},
            "#",
            "[tls] key: expected the unencrypted private key of [tls] certificate in PEM form, fo",
        ),
    ],
    ids=str,
)
def test_a_contradiction_is_refused(
    site: Path, changes: Mapping[str, Mapping[str, str]], left_out: str, said: str
) -> None:
    """Keys that need each other, or exclude each other, are named with the one to change."""
    (problem,) = problems(site, without(document(changes), beginning=left_out))

    assert problem.partition(": ")[2].startswith(said)


def test_input_may_be_exactly_as_long_as_the_longest_line(site: Path) -> None:
    """The smallest buffer that holds a line is big enough."""
    text = document({"limits": {"input_octets": "12288"}})

    assert loaded(site, text).limits.input_octets == Limits().sasl_line_octets


@pytest.mark.parametrize(("octets", "is_enough"), [(31, False), (32, True), (33, True)])
def test_a_secret_has_so_many_octets(site: Path, octets: int, *, is_enough: bool) -> None:
    """A secret that could be guessed is refused, and one octet more is none."""
    (site / "secret").write_bytes(b"s" * octets)
    text = document({"accounts": {"scram_secret_file": '"secret"'}})

    if is_enough:
        assert loaded(site, text).accounts.scram_secret_file == site / "secret"
    else:
        (problem,) = problems(site, text)
        expected = f"a file of at least 32 octets, found {octets} in "
        assert f"[accounts] scram_secret_file: expected {expected}" in problem


def test_pop3s_without_tls_is_refused(site: Path) -> None:
    """A listener that starts TLS needs something to start it with."""
    text = document().replace("[tls]", "").replace('certificate = "cert.pem"', "")
    (problem,) = problems(site, text.replace('key = "key.pem"', ""))

    assert problem.startswith(":4: [listen] pop3s: expected a table [tls], found none; add [tls]")


@pytest.mark.parametrize("name", public.ClientName)
def test_a_name_of_clients_needs_their_authorities(site: Path, name: str) -> None:
    """Without authorities nobody shows a certificate; with them the name arrives."""
    keys = {"client_name": f'"{name}"'}
    (problem,) = problems(site, document({"tls": keys}))
    read = loaded(site, document({"tls": {**keys, "client_authorities": '["cert.pem"]'}}))

    assert problem.endswith(
        "[tls] client_name: expected authorities of clients in [tls] client_authorities, found "
        'none; add client_authorities = ["clients.pem"] to [tls], or remove client_name'
    )
    assert read.tls is not None
    assert read.tls.client_name is name


@pytest.mark.rfc("8314-4.2-asked")
def test_authorities_of_clients_need_the_place_of_a_name(site: Path) -> None:
    """Clients are not asked for certificates that log nobody in."""
    (problem,) = problems(site, document({"tls": {"client_authorities": '["cert.pem"]'}}))

    assert problem.endswith(
        "[tls] client_authorities: expected where a certificate has the account's name, in [tls] "
        'client_name, found nothing; add client_name = "email" or "common_name" to [tls], or '
        "remove client_authorities"
    )


def test_a_listener_for_proxies_suffices_and_needs_tls_where_it_begins_with_it(site: Path) -> None:
    """A server may be reached through proxies alone; TLS is missed as on the other listeners."""
    text = "\n".join(
        row for row in document().splitlines() if not row.startswith(("[tls]", "cert", "key"))
    )
    text = without(text, beginning="pop3").replace("[listen]", "[listen]\npop3{}_proxied={}")

    assert loaded(site, text.format("", '["127.0.0.1:1"]', mailbox="{mailbox}")).listen.pop3_proxied
    (problem,) = problems(site, text.format("s", '["127.0.0.1:1"]', mailbox="{mailbox}"))
    assert problem.startswith(":3: [listen] pop3s_proxied: expected a table [tls], found none; add")


def test_a_key_in_the_wrong_table_is_sent_to_the_right_one(site: Path) -> None:
    """A key that another table has is not merely unknown."""
    (problem,) = problems(site, document({"limits": {"idle_s": "600.0"}}))

    assert problem.endswith("it belongs into [timeouts]")


def test_a_key_that_is_like_no_other_is_sent_away(site: Path) -> None:
    """Where there is nothing to suggest, the message lists what the table may hold."""
    (problem,) = problems(site, document({"tls": {"zzzzzz": "1"}}))

    assert problem.endswith(f"remove it; [tls] may hold {TLS_KEYS}")


def test_all_problems_are_named_in_the_order_of_the_file(site: Path) -> None:
    """One start is enough to learn everything that is wrong."""
    places = [problem.split(": expected")[0] for problem in problems(site, MUCH_IS_WRONG)]

    assert places == [
        ":1: lisen",
        ":1: [mailboxes] path",
        ":3: [timeouts] idle_s",
        ":4: [timeouts] login_s",
        ":8: [listen] pop3 (item 2)",
        ":9: [listen] pop3 (item 3)",
        ":12: [accounts] file",
        ":13: [tls]",
    ]


# --- files that are no TOML ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[listen]\npop3 = \n", ":2: expected TOML, found: Invalid value; see"),
        ("a = 1\n\na = 2\n", ":3: expected TOML, found: Cannot overwrite a value; see"),
        ('\n\na = "', ":3: expected TOML, found: "),
        ("a = 1\nb = " + "1" * 5000 + "\nc = 3\n", ":2: expected TOML of a sensible size, found a"),
        ("a = 1\nb = " + "[" * 9000 + "]" * 9000, ":2: expected TOML of a sensible size, found a"),
        ("b = [\n[\n" + "[" * 9000 + "\n" + "]" * 9002, ":3: expected TOML of a sensible size, f"),
        (b"# a\n# \xff\n", ":2: expected UTF-8, found another encoding; save the file as UTF-8"),
    ],
    ids=("value", "twice", "end", "number", "depth", "deeper", "encoding"),
)
def test_a_file_that_is_no_toml_is_refused_at_its_line(
    site: Path, text: str | bytes, said: str
) -> None:
    """An error of syntax has a file and a line as well."""
    (problem,) = problems(site, text)

    assert problem.startswith(said)


def test_a_file_that_is_not_there_is_refused(site: Path) -> None:
    """The message names the file and what the operating system said."""
    with pytest.raises(ConfigurationError, match=r"nowhere\.toml: expected a readable file, found"):
        load(site / "nowhere.toml")


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_whatever_a_file_holds_the_answer_has_one_form(site: Path, data: st.DataObject) -> None:
    """A damaged file is loaded, or refused with file and line in every problem."""
    whole_text = document({"limits": {"sessions": "7"}, "timeouts": {"idle_s": "600.0"}})
    begin = data.draw(st.integers(0, len(whole_text)))
    end = data.draw(st.integers(begin, min(len(whole_text), begin + 20)))
    damage = data.draw(st.text(alphabet="[]{}=.,\"'\n\\# ax10-:é", max_size=6))
    try:
        loaded(site, f"{whole_text[:begin]}{damage}{whole_text[end:]}")
    except ConfigurationError as error:
        for problem in error.problems:
            assert re.match(re.escape(str(site / FILE_NAME)) + r":[1-9]\d*: \S", problem)
