"""The reading of commands and of SASL responses.

Decides that any line becomes an event for which the derived machine has a row where such a line
can come, and that it carries exactly what the client wrote. Refuses to test what follows.
"""

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from requite.generated.pop3 import STEPS, Event, State
from requite.pop3.login import LoginName, read_name
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.sasl import MECHANISMS, Mechanism
from requite.pop3.wire.commands import (
    KEYWORDS,
    Command,
    read_command,
    read_response,
)
from requite.pop3.wire.lines import LineFault

BARE = {
    b"UTF8": Event.UTF8_RECEIVED,
    b"LANG": Event.LANGUAGES_ASKED,
    b"STLS": Event.STLS_RECEIVED,
    b"CAPA": Event.CAPA_RECEIVED,
    b"STAT": Event.STAT_RECEIVED,
    b"LIST": Event.LIST_RECEIVED,
    b"UIDL": Event.UIDL_RECEIVED,
    b"NOOP": Event.NOOP_RECEIVED,
    b"RSET": Event.RSET_RECEIVED,
    b"QUIT": Event.QUIT_RECEIVED,
    b"AUTH": Event.MECHANISMS_ASKED,
}
"""What each keyword means with no argument, where that is a command."""
NUMBERED = {
    b"LIST": Event.SCAN_RECEIVED,
    b"UIDL": Event.UNIQUE_ID_RECEIVED,
    b"RETR": Event.RETR_RECEIVED,
    b"DELE": Event.DELE_RECEIVED,
}
"""What each keyword means with the number of a message."""
NO_ARGUMENT = (b"UTF8", b"STLS", b"CAPA", b"STAT", b"NOOP", b"RSET", b"QUIT")
ALL = {*BARE, *NUMBERED, b"TOP", b"USER", b"PASS", b"APOP"}
FOREIGN = "\u00e4\u00df\u0308\u0416\u0639\u4e2d\u3000\U00010400"
PRINTABLE = "".join(map(chr, range(0x20, 0x7F))) + FOREIGN
"""What a password may be made of: ASCII, and a few of each kind that is not."""
NOT_NUMBERS = (
    b"-1",
    b"+1",
    b"1.0",
    b"1e3",
    b"0x1",
    b"1_000",
    b"one",
    b"1 2",
    b"\xd9\xa3",  # ARABIC-INDIC DIGIT THREE in UTF-8.
    b"\xb2",  # SUPERSCRIPT TWO in Latin-1, which str.isdigit() takes.
    b"1\0",
    b"1\t",
    b"\t1",
)

WAITS_FOR_A_COMMAND = (State.AUTHORIZATION, State.USER_GIVEN, State.TRANSACTION)
LINES = st.binary(max_size=300) | st.builds(
    lambda keyword, arguments: keyword + arguments,
    st.sampled_from(sorted(ALL)),
    st.binary(max_size=60)
    | st.sampled_from([b" 1", b" 1 0", b" PLAIN", b" PLAIN AGEAYQ==", b" plain =", b" " * 9]),
)
KEYWORD_IN_SOME_CASE = st.sampled_from(sorted(ALL)).flatmap(
    lambda keyword: st.tuples(*(st.sampled_from([b, b ^ 0x20]) for b in keyword)).map(bytes)
)


def plain(message: bytes) -> bytes:
    """Encode a message of PLAIN."""
    return base64.b64encode(message)


@pytest.mark.rfc("1939-9-minimal")
def test_the_keywords_are_pinned() -> None:
    """The commands of RFC 1939, 2449, 2595 and 5034 are read, and no others."""
    assert len(KEYWORDS) == 17
    assert set(KEYWORDS) == ALL


# --- every line ----------------------------------------------------------------------------------


@given(LINES)
@example(b"RETR " + b"9" * 5_000)
@example(b"")
@example(b" ")
def test_every_line_is_an_event_wherever_a_command_is_waited_for(line: bytes) -> None:
    """Whatever octets a line has, reading it raises nothing and the machine has a row for it."""
    event = read_command(line).event

    assert [state.name for state in WAITS_FOR_A_COMMAND if STEPS[state][event] is None] == []


@given(st.binary(max_size=300) | st.binary(max_size=60).map(base64.b64encode))
@example(b"")
@example(b"*")
@example(b"=")
def test_every_line_is_an_event_where_a_response_is_waited_for(line: bytes) -> None:
    """Whatever octets a response has, reading it raises nothing and the machine has a row."""
    assert STEPS[State.SASL_EXCHANGE][read_response(line).event] is not None


@pytest.mark.parametrize("fault", LineFault)
def test_a_fault_is_an_event_in_every_state_that_waits_for_a_line(fault: LineFault) -> None:
    """A line that cannot be kept has a row in each state that waits for a line."""
    command = read_command(fault).event
    missing = [state for state in WAITS_FOR_A_COMMAND if STEPS[state][command] is None]

    assert missing == []
    assert STEPS[State.SASL_EXCHANGE][read_response(fault).event] is not None


@pytest.mark.rfc("1939-3-keywords")
@given(KEYWORD_IN_SOME_CASE, st.sampled_from([b"", b" 1", b" 1 2", b" alice", b" PLAIN"]))
def test_the_case_of_a_keyword_is_of_no_account(keyword: bytes, arguments: bytes) -> None:
    """A keyword in any mixture of cases is read as in capitals (RFC 1939 section 3)."""
    assert read_command(keyword + arguments) == read_command(keyword.upper() + arguments)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b" ",
        b" NOOP",
        b"\tNOOP",
        b"NOOP\t",
        b"NOOPX",
        b"NOO",
        b"NOOP\r",
        b"NOOP\0",
        b"LAST",
        b"XTND XMIT",
        b"GET / HTTP/1.1",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"N\xc3\x96OP",
    ],
)
def test_what_is_no_command_is_unknown(line: bytes) -> None:
    """A line whose first word is no keyword is an unknown command."""
    assert read_command(line) == Command(Event.COMMAND_UNKNOWN)


# --- commands without and with a number ----------------------------------------------------------


@pytest.mark.parametrize("spaces", [b"", b" ", b"   "])
@pytest.mark.parametrize("keyword", sorted(BARE))
def test_a_bare_command_may_have_spaces_after_it(keyword: bytes, spaces: bytes) -> None:
    """A command without an argument is the same with spaces after it."""
    assert read_command(keyword + spaces) == Command(BARE[keyword])


@pytest.mark.parametrize("arguments", [b"1", b"x", b"\0", b" x ", b"\t"])
@pytest.mark.parametrize("keyword", NO_ARGUMENT)
def test_a_bare_command_takes_no_argument(keyword: bytes, arguments: bytes) -> None:
    """A command that takes no argument is malformed with one."""
    assert read_command(keyword + b" " + arguments) == Command(Event.COMMAND_MALFORMED)


@pytest.mark.parametrize(
    ("digits", "number"),
    [
        (b"1", 1),
        (b"0", 0),
        (b"007", 7),
        (b" 7", 7),
        (b"7  ", 7),
        (b"2147483648", 2**31),
        (b"18446744073709551616", 2**64),
        (b"9" * 200, 10**200 - 1),
    ],
    ids=["1", "0", "007", "space before", "spaces after", "2**31", "2**64", "200 digits"],
)
@pytest.mark.parametrize("keyword", sorted(NUMBERED))
def test_a_number_is_read_at_its_whole_length(keyword: bytes, digits: bytes, number: int) -> None:
    """Digits are a number however many they are, spaces around them aside, and 0 is one."""
    assert read_command(keyword + b" " + digits) == Command(NUMBERED[keyword], number)


@pytest.mark.parametrize("argument", NOT_NUMBERS)
@pytest.mark.parametrize("keyword", sorted(NUMBERED))
def test_what_is_no_number_is_malformed(keyword: bytes, argument: bytes) -> None:
    """A sign, another base, another script or a second word makes the command malformed."""
    assert read_command(keyword + b" " + argument) == Command(Event.COMMAND_MALFORMED)


@pytest.mark.parametrize(
    ("digits", "event"),
    [(4_000, Event.RETR_RECEIVED), (4_001, Event.COMMAND_MALFORMED)],
)
def test_a_number_has_a_limit_where_lines_are_long(digits: int, event: Event) -> None:
    """With a longer limit of lines 4,000 digits are a number, and one more is none."""
    assert read_command(b"RETR " + b"9" * digits).event is event


@pytest.mark.parametrize("keyword", [b"RETR", b"DELE", b"TOP"])
def test_a_command_that_needs_a_number_is_malformed_without(keyword: bytes) -> None:
    """RETR, DELE and TOP alone are malformed."""
    assert read_command(keyword) == Command(Event.COMMAND_MALFORMED)
    assert read_command(keyword + b" ") == Command(Event.COMMAND_MALFORMED)


@pytest.mark.parametrize(
    ("arguments", "number", "lines"),
    [
        (b"1 0", 1, 0),
        (b"2 99999999", 2, 99_999_999),
        (b"0 0", 0, 0),
        (b" 1  2 ", 1, 2),
        (b"1 " + b"9" * 200, 1, 10**200 - 1),
    ],
    ids=["no line", "as fetchmail asks", "zeros", "spaces", "200 digits"],
)
def test_top_has_two_numbers(arguments: bytes, number: int, lines: int) -> None:
    """TOP carries the number of a message and a number of lines."""
    assert read_command(b"TOP " + arguments) == Command(Event.TOP_RECEIVED, number, lines)


@pytest.mark.parametrize("argument", NOT_NUMBERS[:-4])
def test_top_with_what_is_no_number_is_malformed(argument: bytes) -> None:
    """Neither place of TOP takes anything but digits."""
    assert read_command(b"TOP 1 " + argument) == Command(Event.COMMAND_MALFORMED)
    assert read_command(b"TOP " + argument + b" 1") == Command(Event.COMMAND_MALFORMED)


@pytest.mark.parametrize("arguments", [b"1", b"1 2 3"])
def test_top_with_another_number_of_numbers_is_malformed(arguments: bytes) -> None:
    """TOP takes two numbers, not one and not three."""
    assert read_command(b"TOP " + arguments) == Command(Event.COMMAND_MALFORMED)


@pytest.mark.parametrize("blank", [b"\t", b"\x0b", b"\x0c", b"\r", b" \t", b"\n"])
def test_only_a_space_stands_between_the_numbers_of_top(blank: bytes) -> None:
    """RFC 1939 section 3: a single space separates arguments, and no other blank does."""
    assert read_command(b"TOP 1" + blank + b"2") == Command(Event.COMMAND_MALFORMED)
    assert read_command(b"TOP 1 2" + blank) == Command(Event.COMMAND_MALFORMED)


def test_retr_asks_for_all_lines() -> None:
    """A whole message is told from the top of one by its number of lines alone."""
    assert read_command(b"RETR 1").lines is None
    assert read_command(b"TOP 1 0").lines == 0


# --- USER and PASS -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argument", "account", "mailbox"),
    [
        (b"alice", "alice", None),
        (b" alice  ", "alice", None),
        (b"alice@example.org", "alice@example.org", None),
        (b"Alice Liddell", "Alice Liddell", None),
        ("Zoë".encode(), "Zoë", None),
        (b"alice\\support", "alice", "support"),
        (b"support*alice", "alice", "support"),
    ],
)
def test_user_carries_a_name(argument: bytes, account: str, mailbox: str | None) -> None:
    """USER has the name, spaces around it aside, divided where it names a mailbox."""
    name = LoginName(AccountName(account), None if mailbox is None else MailboxName(mailbox))

    assert read_command(b"USER " + argument) == Command(Event.USER_RECEIVED, name=name)


@pytest.mark.parametrize(
    "argument", [b"", b" ", b"\xff", b"al\0ice", b"al\tice", b"\\support", b"a*b*c", b"*"]
)
def test_user_with_what_is_no_name_is_malformed(argument: bytes) -> None:
    """A name that is empty, not UTF-8, or that could break a log is refused."""
    assert read_command(b"USER " + argument) == Command(Event.COMMAND_MALFORMED)


DIGEST = b"c4c9334bac560ecc979e58001b3e22fb"


@pytest.mark.rfc("1939-7-apop-name")
@pytest.mark.parametrize("name", [b"mrose", b"Alice Liddell", b"mrose\\support"])
def test_apop_carries_a_name_and_a_digest(name: bytes) -> None:
    """APOP has a name as USER has it, and after its last space the digest."""
    read = read_command(b"APOP " + name + b" " + DIGEST)

    assert read == Command(Event.APOP_RECEIVED, name=read_name(name), digest=DIGEST)
    assert DIGEST.decode() not in repr(read)


@pytest.mark.parametrize(
    "arguments",
    [
        b"",
        b"mrose",
        DIGEST,
        b"mrose " + DIGEST[:-1],
        b"mrose " + DIGEST + b"0",
        b"mrose " + DIGEST.upper(),
        b"mrose " + b"g" * 32,
        b"mrose " + DIGEST + b"\n",
        b"\xff " + DIGEST,
        b" " + DIGEST,
    ],
)
def test_apop_without_a_name_and_a_digest_is_malformed(arguments: bytes) -> None:
    """RFC 1939 section 7: sixteen octets in hexadecimal, in lower case, and a name before them."""
    assert read_command(b"APOP " + arguments) == Command(Event.COMMAND_MALFORMED)


@pytest.mark.rfc("1939-3-space", "1939-7-pass-spaces")
@given(st.text(st.sampled_from(PRINTABLE), min_size=1, max_size=62))
@example(" ")
@example("  two before, two after  ")
@example("p\u00e4ssw\u00f6rd \u2168")
def test_pass_keeps_every_octet(text: str) -> None:
    """All that follows the one space after PASS is the password, spaces included (RFC 1939)."""
    password = text.encode()
    assert read_command(b"PASS " + password) == Command(Event.PASS_RECEIVED, password=password)


@pytest.mark.parametrize("line", [b"PASS", b"PASS "])
def test_pass_without_a_password_is_malformed(line: bytes) -> None:
    """An empty password is no password."""
    assert read_command(line) == Command(Event.COMMAND_MALFORMED)


# --- AUTH ----------------------------------------------------------------------------------------

GOOD = plain(b"\0alice\0wonder land")
BROKEN = (
    b"*",
    GOOD[:-1],
    GOOD + b"=",
    GOOD + b"\0",
    GOOD.replace(b"A", b"!", 1),
    b" " + GOOD,
    GOOD + b" " + GOOD,
    b"\xff\xfe",
)


def test_the_mechanisms_stand_with_the_strongest_first() -> None:
    """What AUTH knows is a certificate, SCRAM, tokens, and then those that send the password."""
    assert [*MECHANISMS] == [
        b"EXTERNAL",
        b"SCRAM-SHA-256-PLUS",
        b"SCRAM-SHA-256",
        b"OAUTHBEARER",
        b"XOAUTH2",
        b"PLAIN",
        b"LOGIN",
    ]


@pytest.mark.rfc("5034-5-case")
@pytest.mark.parametrize("name", [b"PLAIN", b"plain", b"Plain", b"PLAIN ", b" PLAIN"])
def test_auth_with_a_mechanism_begins_an_exchange(name: bytes) -> None:
    """AUTH PLAIN without a response, in any case, asks for the exchange."""
    found = read_command(b"AUTH " + name)

    assert found == Command(Event.AUTH_RECEIVED, mechanism=Mechanism.PLAIN)


@pytest.mark.rfc("5034-4-unsupported")
@pytest.mark.parametrize("name", [b"CRAM-MD5", b"SCRAM-SHA-1", b"PLAINX", b"PLAI", b"\xff", b"="])
def test_auth_with_another_mechanism_is_refused(name: bytes) -> None:
    """A mechanism that is not known is an event of its own, with or without a response."""
    assert read_command(b"AUTH " + name) == Command(Event.MECHANISM_UNKNOWN)
    assert read_command(b"AUTH " + name + b" " + GOOD) == Command(Event.MECHANISM_UNKNOWN)


@pytest.mark.rfc("5034-4-initial")
@pytest.mark.parametrize(("name", "mechanism"), MECHANISMS.items(), ids=str)
def test_an_initial_response_is_what_a_response_is(name: bytes, mechanism: Mechanism) -> None:
    """With AUTH and in the exchange the same octets are carried, and with AUTH the mechanism."""
    event = Event.CREDENTIALS_RECEIVED
    message = b"\0alice\0wonder land"

    found = read_command(b"AUTH " + name + b" " + GOOD)

    assert found == Command(event, mechanism=mechanism, response=message)
    assert read_response(GOOD) == Command(event, response=message)


@pytest.mark.rfc("5034-4-nothing")
def test_an_empty_response_is_an_equals_sign_with_auth_and_an_empty_line_after_it() -> None:
    """RFC 5034 section 4: "=" stands for nothing behind AUTH; curl says so after it as well."""
    event = Event.CREDENTIALS_RECEIVED

    with_auth = read_command(b"AUTH PLAIN =")

    assert with_auth == Command(event, mechanism=Mechanism.PLAIN, response=b"")
    assert read_response(b"") == Command(event, response=b"")
    assert read_response(b"=") == Command(event, response=b"")
    assert read_response(b"==") == Command(Event.RESPONSE_MALFORMED)


@pytest.mark.rfc("5034-4-initial")
@pytest.mark.parametrize("response", BROKEN)
def test_a_broken_initial_response_is_malformed(response: bytes) -> None:
    """What is not base64 in its one form is malformed, and still names its mechanism."""
    found = read_command(b"AUTH PLAIN " + response)

    assert found == Command(Event.RESPONSE_MALFORMED, mechanism=Mechanism.PLAIN)


@pytest.mark.rfc("5034-4-base")
@pytest.mark.parametrize("response", [one for one in BROKEN if one != b"*"])
def test_a_broken_response_is_malformed(response: bytes) -> None:
    """In the exchange the same is malformed."""
    assert read_response(response) == Command(Event.RESPONSE_MALFORMED)


@pytest.mark.rfc("5034-4-cancel")
@pytest.mark.parametrize("line", [b"* ", b" *", b"**"])
def test_only_a_lone_asterisk_cancels(line: bytes) -> None:
    """An asterisk alone cancels; with anything beside it it is a broken response."""
    assert read_response(b"*") == Command(Event.RESPONSE_CANCELLED)
    assert read_response(line) == Command(Event.RESPONSE_MALFORMED)


@given(st.binary(max_size=200))
def test_a_response_keeps_every_octet(message: bytes) -> None:
    """What stands in the base64 is what was sent."""
    assert read_response(plain(message)).response == message
