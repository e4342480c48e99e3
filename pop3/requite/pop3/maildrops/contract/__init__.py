"""What every store of maildrops must do, as tests that a store's author subclasses.

Decides that pytest is needed by who imports this and by nobody else. Refuses to hold a test.
"""

try:
    import pytest
except ImportError as error:
    raise ImportError(
        "requite.pop3.maildrops.contract needs pytest, and it is not installed; "
        "run: pip install 'requite[testing]'"
    ) from error

# An assertion of ours that fails then shows what it compared, as one of a test file does.
pytest.register_assert_rewrite("requite.pop3.maildrops.contract._suite")

from requite.pop3.maildrops.contract._kinds import KINDS  # noqa: E402 - see the line above.
from requite.pop3.maildrops.contract._store import Bench, StoreUnderTest  # noqa: E402 - as above.
from requite.pop3.maildrops.contract._suite import MaildropContract  # noqa: E402 - as above.

__all__ = ("KINDS", "Bench", "MaildropContract", "StoreUnderTest")
