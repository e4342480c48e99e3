"""The configuration file: every key with good, wrong, impossible and misspelt values.

Decides what `requite.pop3.configuration` accepts and what it says about the rest. Refuses to test
what the server does with a value.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from requite.pop3 import configuration as public
from requite.pop3.configuration import (
    IDLE_MIN_S,
    TLS,
    Configuration,
    ConfigurationError,
    Endpoint,
    Limits,
    MaildropLock,
    OldestTLS,
    PlaintextWithoutTLS,
    ProxyNetwork,
    Timeouts,
    for_one_maildir,
    load,
)
from requite.pop3.names import AccountName, MailboxName

FILE_NAME = "requite.toml"
PAGE = Path(__file__).parent.parent / "docs" / "reference" / "configuration.md"
COUNT_MAX = 1_000_000
LINE_MAX = 1_048_576
BUFFER_MAX = 16_777_216
DAY_S = 86_400.0
KEYS_PINNED = 43
TLS_KEYS = "certificate, key, names, minimum, client_authorities and check_s"


@dataclass(frozen=True, slots=True)
class Key:
    """One key, with texts of good values and what they mean, and texts of bad ones."""

    table: str
    name: str
    good: Mapping[str, object]
    wrong_type: tuple[str, ...]
    impossible: tuple[str, ...]

    def __repr__(self) -> str:
        """Name the test case."""
        return f"{self.table}.{self.name}"


def whole(table: str, name: str, least: int, most: int) -> Key:
    """Describe a key with a whole number: good at both limits, bad one past each."""
    return Key(
        table,
        name,
        good={str(least): least, str(most): most},
        wrong_type=('"300"', "300.0", "true", "[300]"),
        impossible=(str(least - 1), str(most + 1)),
    )


def wait(name: str, *, may_be_left_out: bool = False, good: Mapping[str, float]) -> Key:
    """Describe a key with a number of seconds: good at a day, bad one past it."""
    return Key(
        "timeouts",
        name,
        good=good,
        wrong_type=('"5"', "false", "{ s = 5 }", "07:32:00"),
        impossible=(
            *(("-0.1",) if may_be_left_out else ("0", "0.0", "-1")),
            "86400.1",
            "inf",
            "nan",
        ),
    )


def choice(table: str, name: str) -> Key:
    """Describe a key that is true or false."""
    good = {"true": True, "false": False}
    return Key(table, name, good=good, wrong_type=('"true"', "1", "[true]"), impossible=())


LONG = {"0.1": 0.1, "300": 300.0, "86400": DAY_S}
NOT_A_FILE = ("3", "true", '["cert.pem"]')
KEYS = (
    Key(
        "listen",
        "pop3",
        good={
            '["127.0.0.1:65535"]': (Endpoint("127.0.0.1", 65535),),
            '["localhost:0", "[::]:110"]': (Endpoint("localhost", 0), Endpoint("::", 110)),
            "[]": (),
        },
        wrong_type=('"127.0.0.1:1110"', "1110", "[1110]", "[[]]"),
        impossible=(
            '["127.0.0.1:65536"]',
            '["127.0.0.1"]',
            '[":110"]',
            '["mail.example:110"]',
            '["::1:110"]',
            '["[127.0.0.1]:110"]',
            '["[localhost]:110"]',
            '["127.0.0.1:\\uff11"]',
            '["127.0.0.1:-1"]',
        ),
    ),
    Key(
        "listen",
        "pop3s",
        good={'["127.0.0.2:0", "127.0.0.2:0"]': (Endpoint("127.0.0.2", 0),) * 2},
        wrong_type=("{ port = 995 }",),
        impossible=('["*:995"]',),
    ),
    Key(
        "listen",
        "pop3_proxied",
        good={'["127.0.0.2:1110"]': (Endpoint("127.0.0.2", 1110),), "[]": ()},
        wrong_type=("true",),
        impossible=('["proxy.example:110"]',),
    ),
    Key(
        "listen",
        "pop3s_proxied",
        good={'["[::1]:1996"]': (Endpoint("::1", 1996),)},
        wrong_type=("1995",),
        impossible=('["::1:1996"]',),
    ),
    Key(
        "tls", "certificate", good={}, wrong_type=NOT_A_FILE, impossible=('""', '"missing"', '"."')
    ),
    Key("tls", "key", good={}, wrong_type=NOT_A_FILE, impossible=('"other.pem"', '"secret.pem"')),
    Key(
        "tls",
        "names",
        good={},
        wrong_type=("1", '["a.example"]', '{ a = "cert.pem" }'),
        impossible=(
            '{ "A.b" = { certificate = "cert.pem", key = "key.pem" } }',
            '{ a = { certificate = "cert.pem" } }',
            '{ a = { certificate = "cert.pem", key = "other.pem" } }',
            '{ a = { certificate = "accounts", key = "key.pem" } }',
            '{ a = { certificate = "cert.pem", key = "missing" } }',
        ),
    ),
    Key(
        "tls",
        "minimum",
        good={f'"{choice}"': choice for choice in OldestTLS},
        wrong_type=("1.2", "[]"),
        impossible=('"TLSv1.1"', '"tlsv1.2"', '""'),
    ),
    Key(
        "tls",
        "client_authorities",
        good={"[]": ()},
        wrong_type=('"cert.pem"', "true"),
        impossible=('["missing"]', '["accounts"]', '["pipe"]', '[""]'),
    ),
    replace(wait("check_s", may_be_left_out=True, good={"0": 0.0, "86400": DAY_S}), table="tls"),
    Key(
        "accounts",
        "file",
        good={},
        wrong_type=NOT_A_FILE,
        impossible=('""', '"missing"', '"mail"', '"pipe"', '"nul\\u0000"'),
    ),
    Key(
        "accounts",
        "plaintext_without_tls",
        good={f'"{choice}"': choice for choice in PlaintextWithoutTLS},
        wrong_type=("true", "0", "[]"),
        impossible=('"sometimes"', '"Never"', '""'),
    ),
    choice("accounts", "apop"),
    Key(
        "mailboxes",
        "path",
        good={},
        wrong_type=("1", '["mail/{mailbox}"]'),
        impossible=('""', '"mail"', '"mail/{user}"', '"{mailbox}/{user}"', '"{mailbox}\\u0000"'),
    ),
    Key(
        "mailboxes",
        "lock",
        good={f'"{choice}"': choice for choice in MaildropLock},
        wrong_type=("true", "1"),
        impossible=('"none"', '""'),
    ),
    Key(
        "mailboxes",
        "delegates",
        good={'{ "a b" = ["al", "bo"], c = [] }': {"a b": ("al", "bo"), "c": ()}},
        wrong_type=('["alice"]', '{ a = "alice" }', "{ a = [1] }"),
        impossible=(
            '{ "a/b" = [] }',
            '{ "" = [] }',
            '{ ".." = [] }',
            '{ a = ["x:y"] }',
            '{ a = ["x\\n"] }',
            "{ a = ['x\\y'] }",
            '{ a = ["x*y"] }',
        ),
    ),
    whole("limits", "sessions_per_account", 0, COUNT_MAX),
    whole("limits", "sessions_per_mailbox", 0, COUNT_MAX),
    whole("limits", "sessions_per_address", 0, COUNT_MAX),
    whole("limits", "sessions", 0, COUNT_MAX),
    whole("limits", "closing", 1, COUNT_MAX),
    whole("limits", "login_delay_s", 0, 86_400),
    whole("limits", "line_octets", 255, LINE_MAX),
    whole("limits", "sasl_line_octets", 255, LINE_MAX),
    whole("limits", "skipped_octets", 0, BUFFER_MAX),
    whole("limits", "input_octets", 512, BUFFER_MAX),
    whole("limits", "output_octets", 512, BUFFER_MAX),
    whole("limits", "commands_before_login_max", 1, COUNT_MAX),
    whole("limits", "mistakes_max", 1, COUNT_MAX),
    whole("limits", "failed_logins_max", 1, COUNT_MAX),
    whole("limits", "commands_per_turn", 1, COUNT_MAX),
    whole("limits", "floor_octets_per_s", 0, COUNT_MAX),
    wait("idle_s", good=LONG),
    wait("login_s", good={"2.1": 2.1, "86400": DAY_S}),
    wait("handshake_s", good=LONG),
    wait("write_s", good=LONG),
    wait("refusal_s", may_be_left_out=True, good={"0": 0.0, "59.9": 59.9}),
    wait("commit_s", good=LONG),
    wait("close_s", good=LONG),
    wait("drain_s", may_be_left_out=True, good={"0": 0.0, "86400": DAY_S}),
    wait("proxy_s", good=LONG),
    Key(
        "proxy",
        "trusted",
        good={
            '["10.0.0.0/8", "192.0.2.1"]': tuple(
                map(ProxyNetwork.parse, ("10.0.0.0/255.0.0.0", "192.0.2.1/32"))
            ),
            '["2001:db8::/32"]': (ProxyNetwork.parse("2001:DB8::/32"),),
            "[]": (),
        },
        wrong_type=('"10.0.0.0/8"', "[10]", "true"),
        impossible=(
            '[""]',
            '["proxy.example"]',
            '["10.0.0.1/8"]',
            '["10.0.0.0/33"]',
            '["10.0.0.0/8/8"]',
            '["fe80::1%eth0"]',
            '["::ffff:10.0.0.0/104"]',
            '["2001:db8::1/32"]',
        ),
    ),
    choice("server", "announce"),
)
GOOD = [(key, text, value) for key in KEYS for text, value in key.good.items()]
BAD = [(key, text) for key in KEYS for text in (*key.wrong_type, *key.impossible)]
ROOMY = {"line_octets": "255", "sasl_line_octets": "255", "input_octets": str(BUFFER_MAX)}
"""Room for every line that is allowed, so that each good limit stays good beside the others."""


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


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a directory with all the files that a configuration can name."""
    site = tmp_path_factory.mktemp("site")
    first, second = trustme.CA(), trustme.CA()
    issued = first.issue_cert("localhost")
    issued.cert_chain_pems[0].write_to_path(site / "cert.pem")
    issued.private_key_pem.write_to_path(site / "key.pem")
    named = first.issue_cert("mail.example")
    named.cert_chain_pems[0].write_to_path(site / "mail-cert.pem")
    named.private_key_pem.write_to_path(site / "mail-key.pem")
    second.issue_cert("localhost").private_key_pem.write_to_path(site / "other.pem")
    (site / "secret.pem").write_bytes(_encrypted(issued.private_key_pem.bytes()))
    (site / "accounts").write_text("alice:{PLAIN}secret\n")
    (site / "mail").mkdir()
    os.mkfifo(site / "pipe")
    return site


def _encrypted(key_pem: bytes) -> bytes:
    return serialization.load_pem_private_key(key_pem, password=None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"password"),
    )


def document(changes: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """Write a file that is right, but for the changes."""
    tables = {
        "listen": {"pop3": '["127.0.0.1:1110"]', "pop3s": '["[::1]:1995"]'},
        "tls": {"certificate": '"cert.pem"', "key": '"key.pem"'},
        "accounts": {"file": '"accounts"'},
        "mailboxes": {"path": '"mail/{mailbox}/Maildir"'},
        "proxy": {"trusted": '["127.0.0.1"]'},
    }
    for table, keys in (changes or {}).items():
        tables[table] = tables.get(table, {}) | dict(keys)
    return "\n".join(
        f"# {table}\n[{table}]\n" + "\n".join(f"{key} = {text}" for key, text in keys.items())
        for table, keys in tables.items()
    )


def loaded(site: Path, text: str | bytes) -> Configuration:
    """Load a file with that text."""
    file = site / FILE_NAME
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(file)


def problems(site: Path, text: str | bytes) -> tuple[str, ...]:
    """Load a file that is wrong, and give what is said about it, without the path of the file."""
    with pytest.raises(ConfigurationError) as caught:
        loaded(site, text)
    return tuple(problem.removeprefix(str(site / FILE_NAME)) for problem in caught.value.problems)


def line_of_key(text: str, table: str, name: str) -> int:
    """Count the lines by hand, as an editor does."""
    rows = text.splitlines()
    header = rows.index(f"[{table}]")
    return (
        next(
            number
            for number in range(header + 1, len(rows) + 1)
            if rows[number].startswith(name + " ")
        )
        + 1
    )


def without(text: str, *, beginning: str) -> str:
    """Leave out the lines that begin so."""
    return "\n".join(row for row in text.splitlines() if not row.startswith(beginning))


# --- every key -----------------------------------------------------------------------------


def test_every_key_is_tested_here() -> None:
    """The keys of this file are the keys of the structures, and their number is pinned."""
    declared = [
        (table.name, key.name)
        for table in msgspec.structs.fields(Configuration)
        if table.name != "oauth"  # Its keys are tested in tests/oauth.
        for key in msgspec.structs.fields(TLS if table.name == "tls" else table.default)
    ]

    assert [(key.table, key.name) for key in KEYS] == declared
    assert len(KEYS) == KEYS_PINNED


@pytest.mark.parametrize(("key", "text", "value"), GOOD, ids=str)
def test_a_good_value_arrives(site: Path, key: Key, text: str, value: object) -> None:
    """A value within its limits, and at each of them, is what the server gets."""
    beside = ROOMY if key.table == "limits" else {}
    read = loaded(site, document({key.table: {**beside, key.name: text}}))

    assert getattr(getattr(read, key.table), key.name) == value


@pytest.mark.parametrize(("key", "text"), BAD, ids=str)
def test_a_bad_value_is_refused_at_its_line(site: Path, key: Key, text: str) -> None:
    """A wrong type and a value one past a limit are named with file, line and place."""
    whole_text = document({key.table: {key.name: text}})
    (problem, *others) = problems(site, whole_text)
    line = line_of_key(whole_text, key.table, key.name)

    assert re.match(
        rf":{line}: \[{key.table}(\] {key.name}|\.(delegates|names)\] (a|\"[^\"]*\")"
        r"|\.names\.a\] \w+)( \(item 1\))?:"
        r" expected .+, found .+; .+",
        problem,
    )
    assert not others


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_a_misspelt_key_is_refused_with_the_right_one(site: Path, key: Key) -> None:
    """A key with a letter too many is named, and so is the key that was meant."""
    whole_text = document({key.table: {f"{key.name}x": "1"}})
    line = line_of_key(whole_text, key.table, f"{key.name}x")

    assert problems(site, whole_text) == (
        f":{line}: [{key.table}] {key.name}x: expected a key of [{key.table}],"
        f' found "{key.name}x"; did you mean "{key.name}"?',
    )


def test_a_file_with_only_what_is_needed_has_the_defaults(site: Path) -> None:
    """What a file leaves out is what the structures say."""
    read = loaded(site, document())

    assert (read.limits, read.timeouts) == (Limits(), Timeouts())


def test_relative_paths_begin_at_the_file(site: Path) -> None:
    """Each path is under the directory of the file, wherever the server was started."""
    read = loaded(site, document())

    assert read.accounts.file == site / "accounts"
    assert read.tls == TLS(certificate=site / "cert.pem", key=site / "key.pem")
    assert read.mailboxes.path is not None
    assert read.mailboxes.path(MailboxName("bob")) == site / "mail" / "bob" / "Maildir"


def test_an_absolute_path_stays_as_it_is(site: Path) -> None:
    """A path from the root is not put under the directory of the file."""
    text = document({"accounts": {"file": f'"{site / "cert.pem"}"'}})

    assert loaded(site, text).accounts.file == site / "cert.pem"


def test_delegates_may_have_a_table_of_their_own(site: Path) -> None:
    """The table of the issue reads as mailboxes and the accounts that may open them."""
    text = document({"mailboxes.delegates": {'"support"': '["alice", "bob"]'}})

    assert loaded(site, text).mailboxes.delegates == {
        MailboxName("support"): (AccountName("alice"), AccountName("bob"))
    }


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


def test_pop3s_without_tls_is_refused(site: Path) -> None:
    """A listener that starts TLS needs something to start it with."""
    text = document().replace("[tls]", "").replace('certificate = "cert.pem"', "")
    (problem,) = problems(site, text.replace('key = "key.pem"', ""))

    assert problem.startswith(":4: [listen] pop3s: expected a table [tls], found none; add [tls]")


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


# --- warnings, and the way without a file ---------------------------------------------------


@pytest.mark.rfc("1939-3-autologout")
@pytest.mark.parametrize(
    ("changes", "warned_of"),
    [
        ({}, ()),
        ({"timeouts": {"idle_s": "599.9"}}, ("[timeouts] idle_s",)),
        ({"timeouts": {"idle_s": f"{IDLE_MIN_S}"}}, ()),
        ({"accounts": {"plaintext_without_tls": '"always"'}}, ()),
        (
            {
                "listen": {"pop3": '["0.0.0.0:110"]'},
                "accounts": {"plaintext_without_tls": '"always"'},
            },
            ("[accounts] plaintext_without_tls",),
        ),
        (
            {
                "listen": {"pop3_proxied": '["127.0.0.1:1111"]'},
                "accounts": {"plaintext_without_tls": '"always"'},
            },
            ("[accounts] plaintext_without_tls",),
        ),
        ({"proxy": {"trusted": '["0.0.0.0/1"]'}}, ()),
        ({"proxy": {"trusted": '["0.0.0.0/0"]'}}, ("[proxy] trusted",)),
        ({"proxy": {"trusted": '["10.0.0.0/8", "::/0"]'}}, ("[proxy] trusted",)),
        ({"mailboxes": {"path": '"mial/{mailbox}"'}}, ("[mailboxes] path",)),
    ],
    ids=str,
)
def test_what_is_unwise_is_warned_of_and_accepted(
    site: Path, changes: Mapping[str, Mapping[str, str]], warned_of: tuple[str, ...]
) -> None:
    """A warning names the key and stops nothing."""
    warnings = loaded(site, document(changes)).warnings

    assert tuple(warning.partition(":")[0] for warning in warnings) == warned_of


def test_a_server_to_which_no_password_can_be_sent_is_warned_of() -> None:
    """Without TLS and without plaintext there is no way to log in."""
    accounts = public.Accounts(plaintext_without_tls=PlaintextWithoutTLS.NEVER)
    (warning,) = Configuration(accounts=accounts).warnings

    assert warning == "[accounts] plaintext_without_tls: without [tls] no password can be sent."


def test_one_maildir_needs_no_file(tmp_path: Path) -> None:
    """The server without a file listens on loopback and serves its one Maildir to any name."""
    built = for_one_maildir(tmp_path / "{mailbox}")

    assert built.mailboxes.path is not None
    assert built.mailboxes.path(MailboxName("a")) == tmp_path / "{mailbox}"
    assert [endpoint.is_loopback for endpoint in built.listen.pop3] == [True]


def test_a_configuration_cannot_be_changed() -> None:
    """A key that has been read keeps its value."""
    limits = Limits()

    with pytest.raises(AttributeError):
        limits.sessions = 3  # type: ignore[misc]  # The checker sees that it is frozen, too.


def test_the_example_of_the_page_is_a_good_file(site: Path) -> None:
    """The file that the page shows is loaded without a warning, and says what the defaults are."""
    example = PAGE.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    read = loaded(site, example)

    assert not read.warnings
    assert (read.limits, read.timeouts) == (Limits(), Timeouts())
