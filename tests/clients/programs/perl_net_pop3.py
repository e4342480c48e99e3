"""How Perl's Net::POP3 is driven, by a script.

It comes with Perl; its TLS is that of IO::Socket::SSL, whose way to read lines it has over TLS.
"""

from functools import partial

from clients.description import Client, Refused
from clients.libraries import read_files, script_command
from clients.octets import with_crlf, with_lf

__all__ = ("CLIENT",)

DIED = 255

CLIENT = Client(
    name="Net::POP3",
    package="libio-socket-ssl-perl",
    program="perl",
    probe=("-MIO::Socket::SSL", "-MNet::POP3", "-e1"),
    command=partial(script_command, "fetch_with_net_pop3.pl"),
    read_back=read_files,
    undone=with_lf,
    undone_over_tls=with_crlf,
    says="The lines it hands out, ended by LF, and over TLS by CRLF.",
    wrong_password=Refused(DIED, b"[AUTH] Wrong name or password"),
    full=Refused(DIED, b"[IN-USE] Too many sessions"),
    stranger=Refused(DIED, b"certificate verify failed"),
)
