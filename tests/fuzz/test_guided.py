"""The coverage-guided fuzzer finds what is planted.

Decides that atheris, its dictionary and its way of being watched work: within a bounded number of
inputs, from a fixed seed and from nothing, it finds a keyword that nobody guesses and a bound that
is off by one. Without atheris this is skipped, which CI does not allow.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.canary import CANARIES, KEYWORD
from fuzz.guided import CORPUS, LOOKS_AT_THE_TIME_EVERY, words
from requite.pop3.sasl import MECHANISMS
from requite.pop3.wire.commands import KEYWORDS

RUNS = 200_000
"""Some 7 s; the keyword takes a few thousand, and chance alone 256**6."""
SHORT = 16 * LOOKS_AT_THE_TIME_EVERY
"""A run that ends at a moment when the time is looked at as well."""
FOUND = "libFuzzer: fuzz target exited"
TESTS = Path(__file__).parents[1]


def fuzzed(target: str, directory: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the fuzzer as `make fuzz` does."""
    pytest.importorskip("atheris", reason="make fuzzer installs atheris")
    command = [sys.executable, "-m", "fuzz.guided", target, "--learnt", str(directory), *options]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("canary", CANARIES)
def test_the_fuzzer_finds_a_planted_defect(canary: str, tmp_path: Path) -> None:
    """It ends with an error, and keeps the input that does it."""
    done = fuzzed(canary, tmp_path, f"--runs={RUNS}", "--seed=1")

    assert done.returncode != 0
    assert f"a fuzzer has found the {canary}" in done.stdout
    [found] = tmp_path.glob(f"{canary}-crash-*")
    assert canary != "keyword" or KEYWORD in found.read_bytes().upper()


@pytest.mark.parametrize("target", ["grammar", "sessions"])
def test_the_fuzzer_finds_nothing_else(target: str, tmp_path: Path) -> None:
    """Over the server as it is, a short run ends by itself and says what it did."""
    done = fuzzed(target, tmp_path, f"--runs={SHORT}", "--seed=1")

    assert done.returncode == 0, done.stderr[-2_000:]
    assert f"{target}: {SHORT:,} runs in " in done.stdout


def test_the_words_come_from_the_tables() -> None:
    """Each keyword and each mechanism that the server reads is in the fuzzer's dictionary."""
    assert {*KEYWORDS, *MECHANISMS} <= set(words())


def test_no_word_of_the_corpus_gives_the_keyword_away() -> None:
    """The canary's keyword stands in no word and in no input that the fuzzer is given."""
    given = [*words(), *(path.read_bytes() for path in CORPUS.rglob("*") if path.is_file())]

    assert not [octets for octets in given if KEYWORD in octets.upper()]
