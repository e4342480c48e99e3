"""What the tests of the configuration begin with.

Decides which files there are for a configuration to name, good ones and bad ones.
"""

import os
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization


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
