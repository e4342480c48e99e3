"""What tests of tokens begin with: an issuer that answers."""

from collections.abc import Iterator

import pytest

from oauth.issuer import Issuer, issuing

__all__ = ("issuer",)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """Let an issuer answer."""
    with issuing() as running:
        yield running
