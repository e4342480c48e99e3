"""What the tests of TLS begin with.

Decides that each has a directory of its own. Refuses to share certificates between tests, because
some tests break them.
"""

from pathlib import Path

import pytest

from tls.site import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Return an empty directory of certificates."""
    return Site(tmp_path)
