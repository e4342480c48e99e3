"""What a client has when it has undone the wire form: a reference that shares nothing with ours.

Decides the two forms in which clients store lines. Refuses to know any client.
"""

import re

__all__ = ("with_crlf", "with_lf")


def with_crlf(stored: bytes) -> bytes:
    """Give what a client has after it has undone the wire form: every line ends in CRLF.

    RFC 1939 section 3: lines end in CRLF; a line feed ends a stored line, and a carriage return
    right before it belongs to the end; a last line without an end gets one.
    """
    lines = re.split(rb"\r?\n", stored)
    if lines[-1] == b"":
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def with_lf(stored: bytes) -> bytes:
    """Give the same with each line's CRLF written as LF, as a mail store on Unix has it."""
    return with_crlf(stored).replace(b"\r\n", b"\n")
