"""The documents build, and what they say is what the code says.

Decides that no number, verb, link or picture in the documents is wrong. Refuses to run their
examples: `docs/conftest.py` has those run, and `test_examples` sees to the ones that need a server.
"""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from click.testing import CliRunner

from clients.table import CLIENTS
from requite.lifecycles.pop3 import POP3_SESSION
from requite.model import RULES
from requite.model.command_line import requite

PROJECT: Final = Path(__file__).parent.parent.parent
DOCS: Final = PROJECT / "docs"
README: Final = (PROJECT / "README.md").read_text(encoding="utf-8")
PAGES: Final = tuple(
    sorted(
        page
        for page in DOCS.rglob("*.md")
        if DOCS / "_build" not in page.parents and page.parent.name != "derived"
    )
)
PATIENCE_S: Final = 120.0
"""Real time that a build may take; it takes about five seconds."""
SITE: Final = "site:///"
FENCE: Final = re.compile(r"^(`{3,})[^\n]*\n.*?^\1$", re.MULTILINE | re.DOTALL)
FACTS: Final = {
    "states": len(POP3_SESSION.rows),
    "events": len(POP3_SESSION.events_in_order),
    "rows": len(POP3_SESSION.edges),
    "exits": len(POP3_SESSION.exits),
    "rules": len(RULES),
}
CLAIM: Final = re.compile(rf"\b(\d+) (?:of the )?({'|'.join(FACTS)})\b")
VERB: Final = re.compile(r"(?:`|^)make ([a-z]+)\b", re.MULTILINE)
TARGET: Final = re.compile(r"^([a-z]+):", re.MULTILINE)
SVG: Final = re.compile(r"<svg\b.*?</svg>", re.DOTALL)


class Page(HTMLParser):
    """What a built page links to, what can be linked to in it, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.links: list[str] = []
        self.anchors: set[str] = {""}
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note links, names and what a browser fetches."""
        found = {name: value for name, value in attrs if value}
        self.anchors |= {found[name] for name in ("id", "name") if name in found}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if "src" in found:
            self.loads.append(found["src"])
        if tag == "link" and "stylesheet" in found.get("rel", ""):
            self.loads.append(found["href"])


def read_page(path: Path) -> str:
    """Read a text of ours."""
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site as `make docs` does, in a directory of its own, and give where it is."""
    directory = tmp_path_factory.mktemp("site")
    options = ["-n", "-W", "-q", "-b", "html", "-d", str(directory / "trees")]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, str(DOCS), str(directory / "html")],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return directory / "html"


@pytest.fixture(scope="module")
def site(built: Path) -> dict[str, Page]:
    """Give every built page by its place in the site."""
    return {
        path.relative_to(built).as_posix(): Page(read_page(path)) for path in built.rglob("*.html")
    }


# --- the site -------------------------------------------------------------------------------------


def test_every_page_is_built_without_a_warning(site: dict[str, Page]) -> None:
    """Sphinx has nothing to say against any page, and leaves none out."""
    wanted = {page.relative_to(DOCS).with_suffix(".html").as_posix() for page in PAGES}
    assert wanted <= site.keys()


def test_no_warning_is_silenced() -> None:
    """The build is as strict as it looks."""
    assert "suppress_warnings" not in read_page(DOCS / "conf.py")


def test_every_link_within_the_site_leads_somewhere(site: dict[str, Page], built: Path) -> None:
    """Each page, anchor and file that a page links to is there."""
    dead = []
    for place, page in site.items():
        for link in page.links:
            target = urlsplit(urljoin(SITE + place, link))
            name = unquote(target.path).lstrip("/")
            if target.scheme != "site":
                continue
            anchors = site[name].anchors if name in site else {""}
            if not (built / name).is_file() or unquote(target.fragment) not in anchors:
                dead.append(f"{place}: {link}")
    assert dead == []


def test_a_page_loads_nothing_from_elsewhere(site: dict[str, Page]) -> None:
    """The site can be read without a network, and tells nobody who reads it."""
    loaded = {load for page in site.values() for load in page.loads}
    assert loaded
    assert [load for load in loaded if urlsplit(load).netloc] == []


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("reference/pop3-session.html", "pop3"),
        ("tutorial/first-lifecycle.html", "room"),
        ("examples/pool/README.html", "pool"),
        ("examples/worker/README.html", "worker"),
    ],
)
def test_the_picture_is_in_the_page(site: dict[str, Page], page: str, title: str) -> None:
    """The derived picture is inlined, with its title, and needs no script."""
    pictures = [svg for svg in SVG.findall(site[page].text) if "requite-drawing" in svg]
    assert len(pictures) == 1
    assert f">The lifecycle {title}</title>" in pictures[0]
    assert "<script" not in pictures[0]


def test_the_picture_in_the_page_is_the_derived_one(site: dict[str, Page]) -> None:
    """The page of the session shows the committed picture, to the byte."""
    derived = read_page(PROJECT / "generated/requite/generated/pop3/pop3.svg")
    drawing = SVG.search(derived)
    assert drawing is not None
    assert drawing[0] in site["reference/pop3-session.html"].text


def test_every_rule_is_explained(site: dict[str, Page]) -> None:
    """The reference of the model has each rule, under a name that can be linked to."""
    anchors = site["reference/model.html"].anchors
    assert [rule for rule in RULES if f"rule-{rule}" not in anchors] == []


def test_every_client_is_on_its_page(site: dict[str, Page]) -> None:
    """The page of the clients names each that is driven, and why a case is left out."""
    text = site["reference/clients.html"].text
    assert [client.name for client in CLIENTS if client.name not in text] == []
    reasons = {reason for client in CLIENTS for reason in client.cannot.values()}
    assert reasons
    assert [reason for reason in reasons if reason not in text] == []


def test_every_verb_is_explained() -> None:
    """The reference of the command line has each verb of `requite`."""
    listed = CliRunner().invoke(requite, ["--help"]).output.partition("Commands:")[2]
    verbs = re.findall(r"^  ([a-z]+) ", listed, re.MULTILINE)
    page = read_page(DOCS / "reference/commands.md")
    explained = re.findall(r"^```\{command\} (\w+)$", page, re.MULTILINE)
    assert sorted(explained) == verbs


# --- claims ---------------------------------------------------------------------------------------


def claims_in(text: str) -> list[tuple[str, int]]:
    """Return each number of states, rows and so on that a text states."""
    return [(what, int(number)) for number, what in CLAIM.findall(text)]


def test_the_readme_states_the_numbers_of_the_declaration() -> None:
    """Each number in the README is the one that the declaration gives, and there are some."""
    claims = claims_in(README)
    assert {"states", "rows", "exits", "rules"} <= {what for what, _ in claims}
    assert [(what, number) for what, number in claims if number != FACTS[what]] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_no_page_has_a_number_typed_in(page: Path) -> None:
    """Outside examples, which are run, a page takes its numbers from `conf.py`."""
    assert claims_in(FENCE.sub("", read_page(page))) == []


def test_a_typed_number_would_be_seen() -> None:
    """The two tests above can fail."""
    assert claims_in("It has 28 states, and 9 of the rows are 7 exits.") == [
        ("states", 28),
        ("rows", 9),
        ("exits", 7),
    ]


# --- verbs and files ------------------------------------------------------------------------------


def test_every_verb_that_is_named_exists() -> None:
    """Each `make` verb in the README and in the pages is one of the Makefile's."""
    named = {verb for text in (README, *map(read_page, PAGES)) for verb in VERB.findall(text)}
    assert {"demo", "test"} <= named
    assert named <= set(TARGET.findall(read_page(PROJECT / "Makefile")))


def test_the_readme_names_every_verb_that_decides_green() -> None:
    """What `.ci/run` calls can be found in the README."""
    called = set(VERB.findall(read_page(PROJECT / ".ci" / "run")))
    assert called
    assert called <= set(VERB.findall(README))


def test_every_file_that_the_readme_shows_is_there() -> None:
    """Each relative link and picture of the README leads to a file of the project."""
    places = re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", README)
    files = [first or second for first, second in places if "://" not in first + second]
    assert len(files) > 1
    assert [file for file in files if not (PROJECT / file).is_file()] == []


def test_a_wrong_example_is_seen(tmp_path: Path) -> None:
    """Python that fails, output that differs and a change that does not fit all make red."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "conftest.py").write_text(read_page(DOCS / "conftest.py"), encoding="utf-8")
    (docs / "_ext").symlink_to(DOCS / "_ext")
    (tmp_path / "tests").symlink_to(PROJECT / "tests")
    (docs / "page.md").write_text(
        "```python\nassert False\n```\n\n"
        "```console\n$ echo one\ntwo\n```\n\n"
        "```{code-block} text\n:caption: file\n\none\n```\n\n"
        "```{code-block} diff\n:caption: file\n\n-two\n+three\n```\n",
        encoding="utf-8",
    )
    (tmp_path / "README.md").write_text("```python\nassert 0\n```\n", encoding="utf-8")
    options = ["-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--import-mode=importlib"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, f"--rootdir={tmp_path}", "docs", "README.md"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert "4 failed, 1 passed" in done.stdout, done.stdout
