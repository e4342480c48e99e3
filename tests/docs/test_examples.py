"""The examples of the documents that need a server beside them.

Decides that a reader who follows a page finds what it shows. Refuses to run what needs no server:
`docs/conftest.py` has that run.
"""

import base64
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import chdir as directory
from pathlib import Path
from poplib import POP3, error_proto
from typing import Final

import pytest

from commands.processes import PASSWORD, PATIENCE_S, Process, logged_in, started

DOCS: Final = Path(__file__).parent.parent.parent / "docs"
BLOCK: Final = re.compile(
    r"^```(?P<language>\{code-block\} \w+|\w+)\n"
    r"(?::caption: (?P<caption>[^\n]+)\n\n)?(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
PORT_SHOWN: Final = "127.0.0.1:1110"
STEP: Final = re.compile(r"^[●·]{7} ")
ANY_LINES: Final = "..."
ANY_PORT: Final = "127.0.0.1:0"
COMMANDS_PINNED: Final = 5
LOGIN_FORMS_PINNED: Final = 3
MESSAGES: Final = {"alice": 1, "bob": 2, "support": 3}
LOGIN_FORM: Final = re.compile(r"^\| `([^` ]+)` \| `(\w+)` \| `alice` \|$", re.MULTILINE)


def blocks_of(page: str) -> list[re.Match[str]]:
    """Return the blocks of a page in order."""
    return list(BLOCK.finditer((DOCS / page).read_text(encoding="utf-8")))


@pytest.fixture
def demo() -> Iterator[Process]:
    """Start the demo on a port of the kernel's choice."""
    with started("demo", "--any-port") as process:
        yield process


def given_to_a_shell(command: str) -> str:
    """Do as the reader does."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed: make tools")
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, timeout=PATIENCE_S, check=False
    )
    return done.stdout.decode().replace("\r\n", "\n")


def shown_alike(shown: str, found: str) -> bool:
    """Say whether a page shows what was found; three dots stand for the rest."""
    head, dots, _ = shown.partition(ANY_LINES)
    return found.startswith(head) if dots else shown == found


def test_the_demo_is_as_the_tutorial_shows_it(demo: Process) -> None:
    """Each line of curl prints what the page shows, and each step shown is a step that was made."""
    place = demo.line_with(r"^(127\.0\.0\.1:\d+) serves")[1]
    found = ""
    commands = 0
    for block in blocks_of("tutorial/read-mail-with-curl.md"):
        text = block["text"]
        if block["language"] == "sh":
            commands += 1
            found = given_to_a_shell(text.replace(PORT_SHOWN, place))
        elif STEP.match(text):
            for line in text.splitlines():
                demo.line_with(re.escape(line) + "$")
        elif text[0].isdigit() and commands:
            assert shown_alike(text, found)
    assert commands == COMMANDS_PINNED


def test_the_tutorial_quotes_what_the_demo_says(demo: Process) -> None:
    """The first line of the demo, the lines to try and the last line are on the page."""
    page = (DOCS / "tutorial/read-mail-with-curl.md").read_text(encoding="utf-8")
    first = demo.line_with(r"^(127\.0\.0\.1:\d+) serves .*$")
    assert first[0].replace(first[1], PORT_SHOWN) in page
    for _ in range(COMMANDS_PINNED):
        line = demo.line_with(r"^  (curl pop3://.*)$")[1]
        assert line.replace(first[1], PORT_SHOWN) in page
    _, log = demo.stopped()
    assert log.splitlines()[-1] in page


def test_one_maildir_is_served_as_the_page_says(tmp_path: Path) -> None:
    """The command with a password file serves the Maildir under the account's name."""
    (tmp_path / "Maildir/cur").mkdir(parents=True)
    (tmp_path / "Maildir/new").mkdir()
    (tmp_path / "Maildir/new/1").write_bytes(b"Subject: one\n\n")
    page = "how-to/serve-one-maildir.md"
    asks, by_file, elsewhere = (b["text"] for b in blocks_of(page) if b["language"] == "sh")
    prepared = by_file[: by_file.index("requite serve")]
    subprocess.run(["bash", "-c", prepared], cwd=tmp_path, check=True, timeout=PATIENCE_S)
    assert (tmp_path / "password").stat().st_mode & 0o077 == 0

    command = by_file[by_file.index("requite serve") :]
    assert command.startswith(asks.strip())
    assert elsewhere.startswith(command.strip())
    arguments = shlex.split(command.replace("~/Maildir", "Maildir"))[1:]
    with directory(tmp_path), started(*arguments, "--listen", ANY_PORT) as process:
        client = logged_in(process.port())
        assert client.stat()[0] == 1
        client.quit()


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[int]:
    """Serve the configuration of the page on a port of the kernel's choice, and give the port."""
    for block in blocks_of("how-to/serve-shared-mailboxes.md"):
        if block["caption"] and not block["language"].endswith("diff"):
            text = block["text"].replace(PORT_SHOWN, ANY_PORT)
            (tmp_path / block["caption"]).write_text(text, encoding="utf-8")
    for mailbox, messages in MESSAGES.items():
        folder = tmp_path / f"mail/{mailbox}/Maildir/cur"
        folder.mkdir(parents=True)
        for number in range(messages):
            (folder / f"{number}:2,").write_bytes(b"Subject: one\n\n")
    with started("serve", "--config", tmp_path / "requite.toml") as process:
        yield process.port()


def test_every_form_of_a_name_opens_what_the_page_says(shared: int) -> None:
    """Each name in the table opens the mailbox beside it."""
    page = (DOCS / "how-to/serve-shared-mailboxes.md").read_text(encoding="utf-8")
    forms = LOGIN_FORM.findall(page)
    assert len(forms) == LOGIN_FORMS_PINNED
    for name, mailbox in forms:
        client = logged_in(shared, name=name)
        assert client.stat()[0] == MESSAGES[mailbox]
        client.quit()


def test_an_authorization_identity_opens_a_mailbox(shared: int) -> None:
    """SASL PLAIN with another authorization identity opens that mailbox."""
    client = POP3("127.0.0.1", shared, timeout=PATIENCE_S)
    message = base64.b64encode(b"support\0alice\0" + PASSWORD.encode()).decode()
    # poplib speaks no SASL; its own way to send a line and read the answer is what there is.
    client._shortcmd(f"AUTH PLAIN {message}")  # type: ignore[attr-defined]
    assert client.stat()[0] == MESSAGES["support"]
    client.quit()


def test_who_may_not_open_a_mailbox_is_told_no_more(shared: int) -> None:
    """Another's mailbox is refused in the words of a wrong password."""
    client = POP3("127.0.0.1", shared, timeout=PATIENCE_S)
    client.user("alice\\bob")
    with pytest.raises(error_proto, match="Wrong name or password"):
        client.pass_(PASSWORD)
    client.quit()
