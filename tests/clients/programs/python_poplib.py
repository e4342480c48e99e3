"""How Python's poplib is driven, by a script.

Its limit of 2,048 octets a line is raised, for the line of a million.
"""

import sys
from functools import partial

from clients.description import Client, Refused
from clients.libraries import read_files, script_command
from clients.octets import with_crlf

__all__ = ("CLIENT",)

CLIENT = Client(
    name="poplib",
    package="Python",
    program=sys.executable,
    command=partial(script_command, "fetch_with_poplib.py"),
    read_back=read_files,
    undone=with_crlf,
    says="The lines it hands out, with the CRLF that it has taken off put back.",
    wrong_password=Refused(1, b"[AUTH] Wrong name or password"),
    full=Refused(1, b"[IN-USE] Too many sessions"),
    stranger=Refused(1, b"certificate verify failed"),
)
