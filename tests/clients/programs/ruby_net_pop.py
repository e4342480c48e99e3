"""How Ruby's net-pop is driven, by a script."""

from functools import partial
from types import MappingProxyType

from clients.description import Client, Refused, Security
from clients.libraries import read_files, script_command
from clients.octets import with_crlf

__all__ = ("CLIENT",)

CLIENT = Client(
    name="net-pop",
    package="ruby",
    program="ruby",
    probe=("-rnet/pop", "-e1"),
    command=partial(script_command, "fetch_with_net_pop.rb"),
    read_back=read_files,
    undone=with_crlf,
    says="What it hands out, lines ended by CRLF.",
    wrong_password=Refused(1, b"[AUTH] Wrong name or password"),
    full=Refused(1, b"[IN-USE] Too many sessions"),
    stranger=Refused(1, b"certificate verify failed"),
    cannot=MappingProxyType({Security.STLS: "It has no STLS."}),
)
