"""Every form together: the same exploration gives the same text, wherever and whenever."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from model.tell.told_stories import NAMES, explored
from requite.model.tell import FORMS

ROOT: Final = Path(__file__).parents[3]
SEEDS: Final = ("0", "1", "968626")
PROGRAM: Final = """
import hashlib
from model.tell.told_stories import NAMES, explored, story_of
from requite.model.tell import FORMS, pytest_file
texts = [form(explored(name)) for name in NAMES for form in FORMS.values()]
texts.append(pytest_file(story_of(explored("refunds")), machine="some.package"))
print(hashlib.sha256("".join(texts).encode()).hexdigest())
"""


def digest(seed: str) -> str:
    """Return the digest of every form of every exploration, under one hash seed."""
    roots = (ROOT / name for name in ("model", "pop3", "generated", "tests"))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, roots)), "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_the_same_exploration_gives_the_same_text() -> None:
    """No hash seed, no clock and no host changes a byte of any form."""
    found = {digest(seed) for seed in SEEDS}
    assert len(found) == 1
    assert {len(item) for item in found} == {hashlib.sha256().digest_size * 2}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_every_form_has_something_to_say(name: str, form: str) -> None:
    """Whatever was found, each form is a text that ends with a line end."""
    text = FORMS[form](explored(name))
    assert text.strip()
    assert text.endswith("\n")
