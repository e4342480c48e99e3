"""The file that keeps what one account has deleted for itself.

Decides that it is whole or not there, that no account has another's, and that a damaged one hides
nothing. Refuses to test what is done with it.
"""

import errno
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from maildrops.stores import ALICE, BOB, MaildirStore, deletions
from requite.pop3.maildrops import maildir as maildir_module
from requite.pop3.maildrops.columns import Listing
from requite.pop3.maildrops.listing import Budget, TooMuch, list_maildir
from requite.pop3.maildrops.unique_ids import UniqueIds
from requite.pop3.maildrops.views import VIEWS_NAME, View, view_name
from requite.pop3.names import AccountName

NAMES = st.text(max_size=300).map(AccountName)


@pytest.fixture
def view(tmp_path: Path) -> View:
    """Give alice's view of a Maildir of which nothing is hidden."""
    return View(str(tmp_path), ALICE)


def file_of(view: View) -> Path:
    """Say where a view is kept."""
    return Path(view.directory) / VIEWS_NAME / view_name(view.account)


# --- names ------------------------------------------------------------------------------------


@given(NAMES)
def test_a_file_name_is_one_part_of_a_path(account: AccountName) -> None:
    """Whatever an account is called, its file stands in the directory of the views."""
    name = view_name(account)

    assert "/" not in name
    assert "\0" not in name
    assert name not in {".", ".."}
    assert len(os.fsencode(name + ".damaged")) <= 255


@given(NAMES, NAMES)
def test_two_accounts_have_two_files(first: AccountName, second: AccountName) -> None:
    """Different names have different files, also where file names know no case."""
    assume(first != second)

    assert view_name(first).casefold() != view_name(second).casefold()


def test_capitals_have_another_file() -> None:
    """Alice and alice are two accounts."""
    assert view_name(AccountName("Alice")).casefold() != view_name(ALICE)


def test_every_sign_takes_as_much_room() -> None:
    """A sign of one digit is written with two, so that it is no other one with what follows."""
    assert view_name(AccountName("\x010")) != view_name(AccountName("\x10"))


@pytest.mark.parametrize("ending", ["", ".new", ".damaged", ".view", ".view.new"])
def test_no_account_is_called_like_anothers_file(ending: str) -> None:
    """What stands beside a file for a while is no other account's file."""
    assert view_name(AccountName(f"alice{ending}x")) != f"{view_name(ALICE)}{ending}"
    assert view_name(AccountName(f"alice.view{ending}")) != f"{view_name(ALICE)}{ending}.view"


# --- what is kept -----------------------------------------------------------------------------


def test_nothing_is_hidden_at_first(view: View) -> None:
    """Without a file an account sees everything, and looking makes no file."""
    assert view.hidden() == frozenset()
    assert not file_of(view).parent.exists()


@settings(deadline=None)  # The disk decides how long it takes.
@given(hides=st.lists(st.frozensets(st.sampled_from(["1.a", "2.b:x", "!", "~" * 70, "end"]))))
def test_what_is_hidden_adds_up(
    tmp_path_factory: pytest.TempPathFactory, hides: list[frozenset[str]]
) -> None:
    """Hiding several times hides all that was hidden once."""
    view = View(str(tmp_path_factory.mktemp("maildir")), ALICE)
    for uids in hides:
        view.hide(uids, gone=(), fsync=False)

    assert view.hidden() == frozenset().union(*hides)


def test_accounts_hide_for_themselves(view: View) -> None:
    """What alice hides, bob sees."""
    view.hide(["1.a"], gone=(), fsync=True)

    assert View(view.directory, BOB).hidden() == frozenset()


def test_what_is_gone_is_forgotten(view: View) -> None:
    """An entry of a message that is gone is dropped when the file is written again."""
    view.hide(["1.a", "2.b"], gone=(), fsync=True)
    view.hide(["3.c"], gone=["1.a"], fsync=True)

    assert view.hidden() == {"2.b", "3.c"}


def test_the_file_can_be_read_by_people(view: View) -> None:
    """It has one id a line, so that an administrator can show a message again."""
    view.hide(["2.b", "1.a"], gone=(), fsync=True)

    assert file_of(view).read_text().splitlines() == ["requite view 1", "1.a", "2.b", "end"]


def test_a_file_too_large_for_the_moment_is_left_for_a_thread(view: View) -> None:
    """A file over the bound that was given is not read."""
    view.hide(["1.a"], gone=(), fsync=True)
    octets = file_of(view).stat().st_size

    assert view.hidden(octets_max=octets) == {"1.a"}
    with pytest.raises(TooMuch):
        view.hidden(octets_max=octets - 1)


def test_many_writers_lose_nothing(view: View) -> None:
    """Sessions of one account that commit at the same time all keep their entries."""
    together = threading.Barrier(8)

    def hide(number: int) -> None:
        together.wait()
        for one in range(10):
            view.hide([f"{number}.{one}"], gone=(), fsync=False)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hide, range(8)))

    assert len(view.hidden()) == 80


def test_no_descriptor_is_left(view: View) -> None:
    """Hiding and looking give back what they opened."""
    before = set(os.listdir("/proc/self/fd"))  # noqa: PTH208  # Names are all that is wanted.
    view.hide(["1.a"], gone=(), fsync=True)
    view.hidden()

    assert set(os.listdir("/proc/self/fd")) == before  # noqa: PTH208  # As above.


# --- durable, and whole -------------------------------------------------------------------------


def test_the_disk_has_it_before_the_answer(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is synchronised before it takes its name, and both directories after that."""
    steps: list[tuple[str, str]] = []
    really = os.replace

    def sync(descriptor: int) -> None:
        steps.append(("sync", Path(f"/proc/self/fd/{descriptor}").readlink().name))

    def replace(source: str, target: str) -> None:
        steps.append(("replace", Path(target).name))
        really(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", sync)
        patched.setattr(os, "replace", replace)
        view.hide(["1.a"], gone=(), fsync=True)

    assert steps == [
        ("sync", "alice.view.new"),
        ("replace", "alice.view"),
        ("sync", VIEWS_NAME),
        ("sync", Path(view.directory).name),
    ]


def test_nothing_waits_for_the_disk_where_that_is_off(
    view: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without fsync no call waits for the disk, and the file is there all the same."""

    def refuse(_: int) -> None:
        pytest.fail("the disk was waited for")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refuse)
        view.hide(["1.a"], gone=(), fsync=False)

    assert view.hidden() == {"1.a"}


def fails(*_: object) -> None:
    """Have no room."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failure_leaves_the_file_of_before(
    view: View, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """When the disk is full, hiding raises, and what was hidden before is hidden."""
    view.hide(["1.a"], gone=(), fsync=True)
    with monkeypatch.context() as patched:
        patched.setattr(os, call, fails)
        with pytest.raises(OSError, match="No space left"):
            view.hide(["2.b"], gone=(), fsync=True)

    assert view.hidden() == {"1.a"}


def test_what_a_crash_left_is_written_over(view: View) -> None:
    """An unfinished file is never believed, and does not stand in the way."""
    view.hide(["1.a"], gone=(), fsync=True)
    unfinished = Path(f"{file_of(view)}.new")
    unfinished.write_text("requite view 1\n2.b\nend\n")
    assert view.hidden() == {"1.a"}

    view.hide(["3.c"], gone=(), fsync=True)

    assert view.hidden() == {"1.a", "3.c"}
    assert not unfinished.exists()


# --- damaged ------------------------------------------------------------------------------------

DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut": lambda whole: whole[:-2],
    "no end": lambda whole: whole.removesuffix(b"end\n"),
    "another version": lambda whole: whole.replace(b"view 1", b"view 2"),
    "zeroes": lambda whole: bytes(len(whole)),
    "a blank": lambda whole: whole.replace(b"1.a", b"1 a"),
    "no ASCII": lambda whole: whole.replace(b"1.a", b"1.\xff"),
    "a line too long": lambda whole: whole.replace(b"1.a", b"x" * 71),
    "the last line alone": lambda _: b"end\n",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_hides_nothing(
    view: View, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    """What is not whole is said as an error that names file and account; all messages are seen."""
    view.hide(["1.a", "2.b"], gone=(), fsync=True)
    path = file_of(view)
    path.write_bytes(DAMAGES[damage](path.read_bytes()))

    assert view.hidden() == frozenset()
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert f"{str(path)!r} is damaged, so 'alice' sees all" in record.getMessage()


@settings(deadline=None)  # As above.
@given(cut=st.integers(0, 30), flip=st.integers(0, 255))
def test_a_file_hides_only_what_it_names(
    tmp_path_factory: pytest.TempPathFactory, cut: int, flip: int
) -> None:
    """However a file is cut and spoilt, reading it ends, and hides no message that it lacks."""
    view = View(str(tmp_path_factory.mktemp("maildir")), ALICE)
    view.hide(["1.a", "2.b"], gone=(), fsync=False)
    path = file_of(view)
    whole = bytearray(path.read_bytes())
    whole[cut % len(whole)] ^= flip
    path.write_bytes(whole[: len(whole) - cut // 10])
    named = path.read_bytes().decode("latin-1").split("\n")

    assert view.hidden() <= set(named)


def test_a_damaged_file_is_put_aside(view: View, caplog: pytest.LogCaptureFixture) -> None:
    """When more is hidden, what could not be read is kept for whoever can mend it, and named."""
    view.hide(["1.a"], gone=(), fsync=True)
    file_of(view).write_text("what is this\n")
    view.hide(["2.b"], gone=(), fsync=True)

    assert view.hidden() == {"2.b"}
    assert Path(f"{file_of(view)}.damaged").read_text() == "what is this\n"
    assert "is put aside as" in caplog.text


def test_a_file_that_cannot_be_read_now_is_no_damage(
    view: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the disk is raised, so that nobody is shown what may be hidden."""
    view.hide(["1.a"], gone=(), fsync=True)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fstat", fails)
        with pytest.raises(OSError, match="No space left"):
            view.hidden()


# --- what the owner of a Maildir may put there ------------------------------------------------


def test_a_pipe_is_not_waited_for(view: View) -> None:
    """A named pipe in the place of either file keeps no thread, and not the event loop either."""
    file_of(view).parent.mkdir()
    os.mkfifo(file_of(view))
    assert view.hidden(octets_max=1_000) == frozenset()

    os.mkfifo(f"{file_of(view)}.new")
    with pytest.raises(OSError, match="No such device or address"):
        view.hide(["1.a"], gone=(), fsync=False)


@pytest.mark.parametrize("ending", ["", ".new"])
def test_no_link_leads_out_of_the_maildir(view: View, tmp_path: Path, ending: str) -> None:
    """What a link in the place of either file points to is neither read nor written."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("requite view 1\n2.b\nend\n")
    file_of(view).parent.mkdir()
    Path(f"{file_of(view)}{ending}").symlink_to(elsewhere)

    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        view.hide(["1.a"], gone=(), fsync=False)
    assert elsewhere.read_text() == "requite view 1\n2.b\nend\n"


# --- entries of what is gone ----------------------------------------------------------------------


def hidden_after(store: MaildirStore, *, settled: bool) -> int:
    """Hide one message whose file then goes, hide another, and count the entries."""
    store.deliver("a")
    store.deliver("b")
    store.delete(ALICE, "a")
    store.remove("a")
    if settled:
        for folder in ("new", "cur"):
            os.utime(store.path / folder, (1_600_000_000, 1_600_000_000))
    store.delete(ALICE, "b")
    store.close()
    return len(View(str(store.path), ALICE).hidden())


def test_entries_go_with_their_messages(tmp_path: Path) -> None:
    """The entry of a message whose file is gone is dropped at the next commit."""
    assert hidden_after(MaildirStore(deletions("hide"), tmp_path), settled=True) == 1


def test_entries_stay_while_files_may_be_moving(tmp_path: Path) -> None:
    """In a folder that has just changed, a file that is not seen may be there: its entry stays."""
    assert hidden_after(MaildirStore(deletions("hide"), tmp_path), settled=False) == 2


def test_what_is_hidden_during_a_listing_stays_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that came after the folders were listed is not taken for one that is gone."""
    store = MaildirStore(deletions("hide"), tmp_path)
    for text in ("a", "b"):
        store.deliver(text)
    store.delete(ALICE, "b")
    for folder in ("new", "cur"):
        os.utime(tmp_path / folder, (1_600_000_000, 1_600_000_000))
    late = View(str(tmp_path), ALICE)

    def meanwhile(
        directory: str,
        known: Listing | None,
        budget: Budget | None,
        stopped: Callable[[], bool],
        unique_ids: UniqueIds,
    ) -> Listing:
        listing = list_maildir(directory, known, budget, stopped, unique_ids)
        late.hide(["late"], gone=(), fsync=False)
        return listing

    monkeypatch.setattr(maildir_module, "list_maildir", meanwhile)
    maildrop = store.opened(ALICE)
    store.commit(maildrop, "a")
    store.close()

    assert "late" in late.hidden()
