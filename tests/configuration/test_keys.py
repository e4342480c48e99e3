"""The configuration file, key by key: each with good, wrong, impossible and misspelt values.

Decides what each key accepts and what is said about the rest. Refuses to test what the server does
with a value.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pytest

from configuration.files import document, line_of_key, loaded, problems
from requite.pop3.configuration import (
    TLS,
    Configuration,
    Endpoint,
    IdsOf,
    Limits,
    MailboxFolder,
    MaildropFormat,
    MaildropLock,
    MboxLock,
    OldestTLS,
    PlaintextWithoutTLS,
    ProxyNetwork,
    Timeouts,
    UIDLFormat,
)
from requite.pop3.languages import Tag
from requite.pop3.maildrops.deletions import DeletePolicy, Deletion
from requite.pop3.names import AccountName, MailboxName

COUNT_MAX = 1_000_000
LINE_MAX = 1_048_576
BUFFER_MAX = 16_777_216
DAY_S = 86_400.0
KEYS_PINNED = 60
POLICIES = ("expunge", "hide", "never", "move:Trash", "move:Old mail.2024")
WRONG_POLICIES = (
    *('""', '"Hide"', '"move"', '"move:"', '"hide:Trash"', '"move:.Trash"', '"move:a/b"'),
    *('"move:a..b"', '"move:Trash."', '"move:../../new"', '"move:a\\u0000"'),
)


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
    Key(
        "tls",
        "client_name",
        good={},
        wrong_type=("1", "[]"),
        impossible=('"none"', '"Email"', '""', '"email"', '"common_name"'),
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
        "accounts",
        "scram_secret_file",
        good={},
        wrong_type=NOT_A_FILE,
        impossible=('""', '"missing"', '"mail"', '"pipe"', '"accounts"', '"nul\\u0000"'),
    ),
    Key(
        "mailboxes",
        "path",
        good={},
        wrong_type=("1", '["mail/{mailbox}"]'),
        impossible=('""', '"mail"', '"mail/{user}"', '"{mailbox}/{user}"', '"{mailbox}\\u0000"'),
    ),
    Key(
        "mailboxes",
        "format",
        good={f'"{choice}"': choice for choice in MaildropFormat},
        wrong_type=("true", "1"),
        impossible=('"mbx"', '"Maildir"', '""'),
    ),
    Key(
        "mailboxes",
        "mbox_locks",
        good={
            f'["{MboxLock.FLOCK}"]': (MboxLock.FLOCK,),
            '["dotlock", "fcntl", "flock"]': (MboxLock.DOTLOCK, MboxLock.FCNTL, MboxLock.FLOCK),
        },
        wrong_type=('"fcntl"', "[1]", "false"),
        impossible=("[]", '["lockf"]'),
    ),
    Key(
        "mailboxes",
        "lock",
        good={f'"{choice}"': choice for choice in MaildropLock},
        wrong_type=("true", "1"),
        impossible=('"none"', '""'),
    ),
    choice("mailboxes", "index"),
    choice("mailboxes", "dovecot_session_lock"),
    whole("mailboxes", "retention_days", 0, 36_500),
    Key(
        "mailboxes",
        "deletion",
        good={f'"{text}"': DeletePolicy.parse(text) for text in POLICIES},
        wrong_type=("true", "1", '["hide"]'),
        impossible=WRONG_POLICIES,
    ),
    Key(
        "mailboxes",
        "deletions",
        good={
            '{ "a b" = "hide", c = "move:Old.2024" }': {
                "a b": DeletePolicy(Deletion.HIDE),
                "c": DeletePolicy(Deletion.MOVE, "Old.2024"),
            }
        },
        wrong_type=('"hide"', "{ a = 1 }"),
        impossible=('{ "a/b" = "hide" }', *(f"{{ a = {text} }}" for text in WRONG_POLICIES)),
    ),
    choice("mailboxes", "fsync"),
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
    Key(
        "mailboxes",
        "folders",
        good={
            '{ "a b" = "al/.X.y z", c = "c/.INBOX" }': {
                "a b": MailboxFolder(MailboxName("al"), ".X.y z"),
                "c": MailboxFolder(MailboxName("c"), ".INBOX"),
            },
        },
        wrong_type=('"alice/.Archive"', '["alice/.Archive"]', "{ a = 1 }"),
        impossible=(
            '{ "a/b" = "alice/.Archive" }',
            '{ a = "alice" }',
            '{ a = "alice/Archive" }',
            '{ a = "alice/" }',
            '{ a = "alice/." }',
            '{ a = "alice/.." }',
            '{ a = "alice/..x" }',
            '{ a = "alice/.x." }',
            '{ a = "alice/.x/.y" }',
            '{ a = "alice/.x/../../bob" }',
            '{ a = "../.x" }',
            '{ a = "/.x" }',
            '{ a = "alice/.x\\u0000" }',
        ),
    ),
    Key(
        "mailboxes",
        "unique_ids",
        good={f'"{choice}"': choice for choice in IdsOf},
        wrong_type=("true", "1"),
        impossible=('"md5"', '""'),
    ),
    Key(
        "mailboxes",
        "dovecot_uidl_format",
        good={
            f'"{text}"': UIDLFormat.parse(text)
            for text in ("%08Xu%08Xv", "%v.%u", "%f", "%g", "%Mf", "x%%%u", "%70LURf")
        },
        wrong_type=("1", '["%u"]'),
        impossible=tuple(
            f'"{text}"'
            for text in ("", "x", "%v", "%m", "%Qu", "%71u", "%-4u", "%{uid}", "%u %v", "%uü", "%")
        ),
    ),
    choice("mailboxes", "mark_seen"),
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
    whole("limits", "line_floor_octets_per_s", 0, COUNT_MAX),
    wait("idle_s", good=LONG),
    wait("login_s", good={"2.1": 2.1, "86400": DAY_S}),
    wait("handshake_s", good=LONG),
    wait("write_s", good=LONG),
    wait("refusal_s", may_be_left_out=True, good={"0": 0.0, "59.9": 59.9}),
    wait("lock_s", may_be_left_out=True, good={"0": 0.0, "9.5": 9.5}),
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
    Key(
        "server",
        "language",
        good={f'"{tag}"': tag for tag in Tag},
        wrong_type=("3", "true", '["en"]'),
        impossible=('"sv"', '"EN"', '"*"'),
    ),
)
GOOD = [(key, text, value) for key in KEYS for text, value in key.good.items()]
BAD = [(key, text) for key in KEYS for text in (*key.wrong_type, *key.impossible)]
ROOMY = {"line_octets": "255", "sasl_line_octets": "255", "input_octets": str(BUFFER_MAX)}
"""Room for every line that is allowed, so that each good limit stays good beside the others."""

MEANT_FOR = {
    "mbox_locks": {"format": '"mbox"'},
    "dovecot_uidl_format": {"unique_ids": '"dovecot"'},
}
"""What a key needs beside it to do anything."""


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
    beside = ROOMY if key.table == "limits" else MEANT_FOR.get(key.name, {})
    read = loaded(site, document({key.table: {**beside, key.name: text}}))

    assert getattr(getattr(read, key.table), key.name) == value


@pytest.mark.parametrize(("key", "text"), BAD, ids=str)
def test_a_bad_value_is_refused_at_its_line(site: Path, key: Key, text: str) -> None:
    """A wrong type and a value one past a limit are named with file, line and place."""
    beside = {"client_name": '"email"'} if key.name == "client_authorities" else {}
    whole_text = document({key.table: {**beside, key.name: text}})
    (problem, *others) = problems(site, whole_text)
    line = line_of_key(whole_text, key.table, key.name)

    assert re.match(
        rf":{line}: \[{key.table}(\] {key.name}"
        r"|\.(delegates|deletions|folders|names)\] (a|\"[^\"]*\")"
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
