"""Fetch a maildrop with Python's poplib.

Takes: host, port, PLAIN or STLS or TLS, certificates, name, password, directory, a file of unique
ids or nothing, and `keep` or `delete`.
"""

import poplib
import ssl
import sys
from pathlib import Path


def main() -> None:
    """Do as the arguments say."""
    host, port, security, authority, name, password, stored, seen, then = sys.argv[1:]
    poplib._MAXLINE = 2_000_000  # type: ignore[attr-defined] # Private; a line may be that long.
    trusts = ssl.create_default_context(cafile=authority) if security != "PLAIN" else None
    client: poplib.POP3
    if security == "TLS":
        client = poplib.POP3_SSL(host, int(port), context=trusts, timeout=10)
    else:
        client = poplib.POP3(host, int(port), timeout=10)
    if security == "STLS":
        client.stls(trusts)
    client.user(name)
    client.pass_(password)
    known = Path(seen).read_text().split() if seen else []
    uids = [line.decode().split() for line in client.uidl()[1]]
    for number, uid in uids:
        if uid in known:
            continue
        _, lines, _ = client.retr(int(number))
        path = Path(stored, f"{len([*Path(stored).iterdir()]):04}")
        path.write_bytes(b"".join(line + b"\r\n" for line in lines))
        if then == "delete":
            client.dele(int(number))
    if seen:
        Path(seen).write_text("\n".join(uid for _, uid in uids))
    client.quit()


main()
