"""Stories and streams that are nearly right, made of the words of the protocol.

Decides what Hypothesis puts together: keywords and mechanisms from the tables that the server reads
them by, so that a new one is tried as soon as it is there; arguments that fit and that do not; and
whatever can happen between them.
"""

from typing import Final

from hypothesis import strategies as st

from fuzz.grammar import LIMITS, READERS
from fuzz.script import FLAGS, HAPPENS, SENDS
from requite.pop3.sasl import MECHANISMS
from requite.pop3.wire.commands import KEYWORDS

__all__ = ("GRAMMAR_INPUTS", "STORIES", "STREAMS")

ARGUMENTS: Final = st.sampled_from(
    [
        *(b"", b" ", b"0", b"1", b"2", b"3", b"4", b"-1", b"1 0", b"4 3", b"1 2 3", b"9" * 40),
        *(b"alice", b"alice\\support", b"support*alice", b"alice ^a", b"secret", b"wrong", b"\xff"),
        *(b"=", b"*", b"^i", b"^j", b"^p", b"^{\0alice\0secret^}", b"^{alice^}", b"^{secret^}"),
        *MECHANISMS,
        *(name + b" ^i" for name in MECHANISMS),
        *(name + b" ^{\0alice\0secret^}" for name in MECHANISMS),
    ]
)
ENDS: Final = st.sampled_from([b"\r\n", b"\n", b"\r\n^|", b"\r\n^,", b"\r\n^.", b"^|\r\n", b""])
KEYWORDS_IN_ANY_CASE: Final = st.sampled_from(
    [*KEYWORDS, *(keyword.lower() for keyword in KEYWORDS), b"XYZZY", b""]
)
COMMANDS: Final = st.tuples(KEYWORDS_IN_ANY_CASE, ARGUMENTS, ENDS).map(
    lambda line: (line[0] + b" " + line[1]).strip() + line[2]
)
RESPONSES: Final = st.tuples(ARGUMENTS, ENDS).map(b"".join)
HAPPENINGS: Final = st.sampled_from([f"^{letter}".encode() for letter in (*HAPPENS, *SENDS)])
LOGGED_IN: Final = b"^vUSER alice\nPASS secret\n^v^v^v^v"
BEGINNINGS: Final = st.sampled_from(
    [
        *(b"", b"", LOGGED_IN, LOGGED_IN, LOGGED_IN + b"RETR 4\n", LOGGED_IN + b"DELE 1\nQUIT\n"),
        *(b"^vSTLS\n^y", b"^vAUTH SCRAM-SHA-256 ^i\n^v^p\n^v\n^v^v^v^v", b"^vAPOP alice ^a\n^v"),
        *(b"PROXY TCP4 192.0.2.1 192.0.2.9 49152 110\r\n", b"PROXY UNKNOWN\r\n" + LOGGED_IN),
    ]
)
AT_BOUNDS: Final = st.builds(
    lambda verb, limit, over, end: verb.ljust(limit + over - len(end), b"x") + end,
    st.sampled_from([b"", b"NOOP ", b"AUTH PLAIN "]),
    st.sampled_from([LIMITS.line, LIMITS.long_line, LIMITS.skipped]),
    st.integers(-2, 2),
    st.sampled_from([b"\n", b"\r\n"]),
)
"""Lines as long as they may be, or nearly."""

FEW_FLAGS: Final = st.sampled_from(["", "a", "l", "x", "t", "lx", "ax", "m", "tw"])
"""What lets a client log in."""
MANY_FLAGS: Final = st.lists(st.sampled_from(sorted(FLAGS)), max_size=4, unique=True).map("".join)

STORIES: Final = st.builds(
    lambda flags, beginning, pieces: flags.encode() + b"\n" + beginning + b"".join(pieces),
    FEW_FLAGS | MANY_FLAGS,
    BEGINNINGS,
    st.lists(
        COMMANDS | COMMANDS | RESPONSES | HAPPENINGS | AT_BOUNDS | st.binary(max_size=8),
        max_size=12,
    ),
)
"""What `sessions` plays."""

STREAMS: Final = st.lists(COMMANDS | RESPONSES | AT_BOUNDS | st.binary(max_size=8), max_size=6).map(
    b"".join
)
HEADERS: Final = st.lists(
    st.sampled_from(
        [
            *(b"PROXY ", b"TCP4 ", b"TCP6 ", b"UNKNOWN", b"192.0.2.1 ", b"::1 ", b"%1 ", b"65535 "),
            *(b"0", b"07 ", b"\r\n", b"\r", b"\r\n\r\n\0\r\nQUIT\n", b"\x20", b"\x21", b"\x11"),
            *(b"\x21\x11\0\x0c", b"\0\0", b"\0\x24", b"CAPA\r\n", b"\xff\xff", b"x" * 12),
        ]
    ),
    max_size=10,
).map(b"".join)
MESSAGES: Final = st.lists(
    st.sampled_from(
        [
            *(b"n,", b"y,", b"p=tls-server-end-point,", b"a=support,", b",", b"n=alice", b",r=abc"),
            *(b"n,,n=alice,r=abc", b"\n", b"$", b"c=biws", b",p=", b"AAAA", b"=2C", b"m=x,"),
            *(b"\0", b"alice", b"\0alice\0secret", b"secret", b"\xc2\xad", b"\xd7\x90", b"\xff"),
        ]
    ),
    max_size=8,
).map(b"".join)
EXCHANGES: Final = st.tuples(st.sampled_from(sorted(MECHANISMS)), MESSAGES).map(b"\n".join)
GRAMMAR_INPUTS: Final = st.builds(
    lambda reader, stride, octets: reader + bytes([stride]) + octets,
    st.sampled_from(sorted(READERS)),
    st.integers(0, 15),
    STREAMS | HEADERS | MESSAGES | EXCHANGES | st.binary(max_size=40),
)
"""What `grammar` gives to a reader."""
