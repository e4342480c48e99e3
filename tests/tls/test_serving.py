"""TLS as an operator meets it: a process that is given a signal, and a file that is checked.

Decides that `requite serve` renews its certificates and tells what it will show. Refuses to test
what a renewal does inside, as `test_renewal` does.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from poplib import POP3
from signal import Signals

import pytest

from commands.processes import PATIENCE_S, finished, started
from requite.pop3.sample import write_sample
from tls.site import Site, names_in

NEVER = "0"
OFTEN = "0.05"
CONFIG = """\
[listen]
pop3 = ["127.0.0.1:0"]
[tls]
certificate = "default.pem"
key = "default.key"
check_s = {check_s}
[tls.names."mail.example"]
certificate = "mail.pem"
key = "mail.key"
[accounts]
file = "accounts"
[mailboxes]
path = "mail/{{mailbox}}/Maildir"
"""


@pytest.fixture
def config(site: Site) -> Path:
    """Write the sample, two certificates, and a configuration that never looks at them again."""
    write_sample(site.directory)
    site.write("default", "default.example")
    site.write("mail", "mail.example")
    return configured(site, check_s=NEVER)


def configured(site: Site, *, check_s: str) -> Path:
    """Write a configuration that looks at its certificates so often."""
    file = site.directory / "requite.toml"
    file.write_text(CONFIG.format(check_s=check_s), encoding="utf-8")
    return file


@contextmanager
def secured(site: Site, port: int) -> Iterator[tuple[POP3, str]]:
    """Connect and begin TLS; give the client and the name of the certificate that it was shown."""
    client = POP3("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        client.stls(site.client())
        assert isinstance(client.sock, ssl.SSLSocket)
        [name] = names_in(client.sock)
        yield client, name
    finally:
        with suppress(OSError):
            client.close()


def test_a_signal_renews_the_certificates(site: Site, config: Path) -> None:
    """After SIGHUP a new session sees the new certificate, and an old one goes on."""
    with started("serve", "--config", config) as process:
        port = process.port()
        with secured(site, port) as (client, shown):
            assert shown == "default.example"
            site.write("default", "new.example")
            process.popen.send_signal(Signals.SIGHUP)
            process.log_with("The certificates have been read anew")
            with secured(site, port) as (_, newer):
                assert newer == "new.example"
            assert "USER" in client.capa()
        code, _ = process.stopped()

    assert code == 0


def test_a_certificate_that_cannot_be_used_does_not_stop_the_server(
    site: Site, config: Path
) -> None:
    """After SIGHUP with a broken file the server goes on as before, and says what is wrong."""
    with started("serve", "--config", config) as process:
        port = process.port()
        (site.directory / "default.key").write_text("rubbish")
        process.popen.send_signal(Signals.SIGHUP)
        process.log_with(r"ERROR The certificates stay as they were: \[tls\] key: .*default\.key")
        with secured(site, port) as (_, shown):
            assert shown == "default.example"
        code, _ = process.stopped()

    assert code == 0


def test_changed_files_are_seen_without_a_signal(site: Site, config: Path) -> None:
    """The server looks at the files by itself."""
    with started("serve", "--config", configured(site, check_s=OFTEN)) as process:
        port = process.port()
        site.write("default", "new.example")
        process.log_with("The certificates have been read anew")
        with secured(site, port) as (_, shown):
            assert shown == "new.example"
        code, _ = process.stopped()

    assert (code, config.exists()) == (0, True)


def test_a_signal_to_a_server_without_certificates_changes_nothing(
    site: Site, config: Path
) -> None:
    """SIGHUP ends no server."""
    text = config.read_text(encoding="utf-8")
    config.write_text(text[: text.index("[tls]")] + text[text.index("[accounts]") :])
    with started("serve", "--config", config) as process:
        process.port()
        process.popen.send_signal(Signals.SIGHUP)
        process.log_with("SIGHUP: there is no certificate to read anew")
        code, _ = process.stopped()

    assert (code, site.directory) == (0, config.parent)


def test_a_check_tells_which_certificate_is_for_whom(site: Site, config: Path) -> None:
    """The certificates are told in words."""
    done = finished("serve", "--check-config", "--config", config)

    assert (done.returncode, done.stderr) == (0, "")
    assert [line for line in done.stdout.splitlines() if line.startswith("tls ")] == [
        f"tls        {site.directory}/default.pem, for every other client",
        f"tls        {site.directory}/mail.pem, for clients of mail.example",
    ]


def test_a_check_warns_of_a_certificate_that_has_expired(site: Site, config: Path) -> None:
    """It can be served, and clients will refuse it."""
    site.write("mail", "mail.example", ends=datetime.now(UTC) - timedelta(days=1))
    done = finished("serve", "--check-config", "--config", config)

    assert done.returncode == 0
    assert (
        'Warning: [tls.names."mail.example"] certificate: clients will refuse it: '
        "certificate has expired.\n" in done.stdout
    )


def test_a_check_refuses_a_key_of_another_certificate(site: Site, config: Path) -> None:
    """The file, the line and both paths' keys are named."""
    issued = site.authority.issue_cert("mail.example")
    (site.directory / "mail.key").write_bytes(issued.private_key_pem.bytes())
    done = finished("serve", "--check-config", "--config", config)

    assert done.returncode == 2
    assert (
        f'{config}:9: [tls.names."mail.example"] key: expected the unencrypted private key of '
        f'[tls.names."mail.example"] certificate in PEM form, found something else in '
        f'"{site.directory}/mail.key"' in done.stderr
    )
