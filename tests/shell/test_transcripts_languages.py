"""UTF8 and LANG on the wire (RFC 6856), before the login and after it, and across STLS.

Decides what a client sees of them. Refuses to test what each reply is in each language, which is
`test_languages`'s, and which names are the same, which is `test_names_in_utf8`'s.
"""

import pytest

from requite.generated.pop3 import State
from requite.pop3.accounts import SingleAccount
from requite.pop3.languages import Tag
from requite.pop3.names import AccountName, MailboxName
from requite.pop3.shell import Settings
from running import ALICE, PASSWORD, connected, fed, logged_in, memory, run, running_server
from shell.tls_client import Blocking, certificates, talked
from shell.words import FIRST, LOGIN, SETTINGS, both_loops, joined

LISTING = [b"en English", b"de Deutsch", "fr Français".encode()]
CHOSEN = {
    b"en": b"+OK en The language is chosen.",
    b"de": "+OK de Die Sprache ist gewählt.".encode(),
    b"fr": b"+OK fr La langue est choisie.",
}
UNKNOWN = {
    b"en": b"-ERR Unknown command.",
    b"de": b"-ERR Unbekannter Befehl.",
    b"fr": b"-ERR Commande inconnue.",
}
GERMAN = Settings(language=Tag.DE)


def noop(octets: int) -> bytes:
    """Write a NOOP that is no command, of a length that counts its end."""
    return b"NOOP " + b"x" * (octets - 7)


# --- LANG ----------------------------------------------------------------------------------------


@pytest.mark.rfc("6856-3.2-listing", "6856-3.1-states")
@both_loops
def test_lang_alone_lists_the_languages_in_both_states(loop: str) -> None:
    """The same listing comes before the login and after it."""

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            assert await peer.ask(b"LANG") == b"+OK Languages follow."
            assert await peer.listing() == LISTING
            for line in LOGIN:
                await peer.ask(line)
            assert await peer.ask_listing(b"lang ") == LISTING

    run(story(), loop=loop)


@pytest.mark.rfc("6856-3.2-answer", "6856-3.1-states", "6856-3.2-language")
@both_loops
@pytest.mark.parametrize("tag", CHOSEN)
def test_a_language_is_chosen_in_both_states(tag: bytes, loop: str) -> None:
    """The answer has the tag and is in the new language already, and so is all that follows."""

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            for before in ((), LOGIN):
                for line in before:
                    await peer.ask(line)
                assert await peer.ask(b"LANG fr") == CHOSEN[b"fr"]
                assert await peer.ask(b"LANG " + tag) == CHOSEN[tag]
                assert await peer.ask(b"XYZZY") == UNKNOWN[tag]

    run(story(), loop=loop)


@pytest.mark.rfc("6856-3.2-language")
@both_loops
def test_a_language_outlives_the_login(loop: str) -> None:
    """What was chosen before the login is spoken after it, to the last word."""

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            await peer.ask(b"LANG de")
            assert await peer.ask(b"USER alice") == b"+OK Bitte das Passwort."
            welcome = await peer.ask(b"PASS " + PASSWORD)
            assert welcome == b"+OK Angemeldet, 1 Nachrichten (108 Oktette)."
            assert await peer.ask(b"STAT") == b"+OK 1 108"
            assert await peer.ask(b"LIST") == b"+OK 1 Nachrichten (108 Oktette)"
            assert await peer.listing() == [b"1 108"]
            assert await peer.ask(b"RETR 9") == b"-ERR Diese Nachricht gibt es nicht."
            assert await peer.ask(b"QUIT") == b"+OK Auf Wiedersehen."

    run(story(), loop=loop)


@both_loops
def test_what_a_program_reads_is_never_translated(loop: str) -> None:
    """The codes of a refusal and the capabilities are what they are in English."""

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            english = await peer.ask_listing(b"CAPA")
            await peer.ask(b"LANG fr")
            assert await peer.ask_listing(b"CAPA") == english
            await peer.ask(b"USER alice")
            await peer.send(b"PASS wrong\r\n")
            await running.until_state(State.REFUSING)
            running.clock.advance(running.server.settings.refusal_s)
            assert await peer.line() == b"-ERR [AUTH] Nom ou mot de passe incorrect."

    run(story(), loop=loop)


@pytest.mark.rfc("6856-3.2-failure")
@both_loops
@pytest.mark.parametrize("wanted", [b"sv", b"mul", b"den"])
def test_what_cannot_be_chosen_changes_nothing(wanted: bytes, loop: str) -> None:
    """The refusal is in the language spoken before, and what follows is too."""

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            assert (await peer.ask(b"LANG " + wanted)).startswith(b"-ERR That language")
            await peer.ask(b"LANG de")
            assert (await peer.ask(b"LANG " + wanted)).startswith(b"-ERR Diese Sprache")
            assert await peer.ask(b"XYZZY") == UNKNOWN[b"de"]

    run(story(), loop=loop)


@pytest.mark.rfc("6856-3.2-range")
@both_loops
def test_the_answer_names_the_language_that_was_found(loop: str) -> None:
    """Who asks for Austrian German is told that it is German."""

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            assert await peer.ask(b"LANG de-AT") == CHOSEN[b"de"]

    run(story(), loop=loop)


@pytest.mark.rfc("6856-3.2-star", "6856-3.2-ascii", "6856-7-star")
@both_loops
@pytest.mark.parametrize(("settings", "tag"), [(SETTINGS, b"en"), (GERMAN, b"de")])
def test_a_star_chooses_what_the_administrator_prefers(
    settings: Settings, tag: bytes, loop: str
) -> None:
    """Until then everything is in English; another star comes back from another language.

    Whose name has been sent makes no difference, and neither does whether it is an account's.
    """

    async def story() -> None:
        async with running_server(FIRST, settings=settings) as running, connected(running) as peer:
            assert await peer.ask(b"XYZZY") == UNKNOWN[b"en"]
            for said in (b"NOOP", b"USER alice", b"USER nobody"):
                await peer.ask(said)
                assert await peer.ask(b"LANG *") == CHOSEN[tag]
                assert await peer.ask(b"LANG fr") == CHOSEN[b"fr"]

    run(story(), loop=loop)


@both_loops
@pytest.mark.parametrize("wanted", [b"de fr", b"**", b"*-de", b"de-", b"-", b"d\xc3\xa9", b"a" * 9])
def test_what_is_no_range_is_malformed(wanted: bytes, loop: str) -> None:
    """RFC 4647 section 2.1 says what a range is; LANG takes nothing else."""

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            answer = await peer.ask(b"LANG " + wanted)
            assert answer == b"-ERR That command does not take these arguments."
            assert await peer.ask(b"XYZZY") == UNKNOWN[b"en"]

    run(story(), loop=loop)


@pytest.mark.rfc("6856-3.2-language")
@both_loops
def test_what_is_pipelined_after_lang_is_answered_in_the_new_language(loop: str) -> None:
    """Whole, byte by byte and cut at every place, each answer is in the language before it."""
    said = joined(b"XYZZY", b"LANG de", b"XYZZY", b"LANG", b"UTF8", noop(300), b"LANG fr", b"QUIT")
    answers = [
        UNKNOWN[b"en"],
        CHOSEN[b"de"],
        UNKNOWN[b"de"],
        *(b"+OK Die Sprachen folgen.", *LISTING, b"."),
        b"+OK UTF8 ist eingeschaltet.",
        b"-ERR Dieser Befehl passt nicht zu diesen Argumenten.",
        CHOSEN[b"fr"],
        b"+OK Au revoir.",
    ]

    async def story() -> None:
        async with running_server(FIRST) as running:
            for pieces in (
                [said],
                [said[n : n + 1] for n in range(len(said))],
                *([said[:n], said[n:]] for n in range(1, len(said))),
            ):
                with fed(running) as (feed, paper):
                    greeting = len(b"".join(paper.writes))
                    for piece in pieces:
                        feed(piece)
                    running.server.turn.end()
                    written = b"".join(paper.writes)[greeting:]
                    _, _, rest = written.partition(b"ready.\r\n")
                    assert (rest or written) == joined(*answers)

    run(story(), loop=loop)


# --- UTF8 ----------------------------------------------------------------------------------------


@pytest.mark.rfc("6856-2.1-command", "6856-2-states")
@both_loops
def test_utf8_is_given_before_the_login_and_refused_after_it(loop: str) -> None:
    """UTF8 has no argument, may be repeated, stands between USER and PASS, and not after them."""

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            assert (await peer.ask(b"UTF8 now")).startswith(b"-ERR")
            assert await peer.ask(b"UTF8") == b"+OK UTF8 is enabled."
            await peer.ask(b"USER alice")
            assert await peer.ask(b"utf8") == b"+OK UTF8 is enabled."
            assert (await peer.ask(b"PASS " + PASSWORD)).startswith(b"+OK")
            assert await peer.ask(b"UTF8") == b"-ERR You are logged in already."

    run(story(), loop=loop)


@both_loops
@pytest.mark.parametrize("login", [(), LOGIN], ids=["before the login", "after it"])
def test_utf8_makes_room_for_longer_lines(login: tuple[bytes, ...], loop: str) -> None:
    """A line of 255 octets is read before UTF8 and one of 512 after it; one more is skipped."""

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            too_long = b"-ERR The line is too long; it has been skipped."
            malformed = b"-ERR That command does not take these arguments."
            assert await peer.ask(noop(255)) == malformed
            assert await peer.ask(noop(256)) == too_long
            for line in (b"UTF8", *login):
                assert (await peer.ask(line)).startswith(b"+OK")
            assert await peer.ask(noop(512)) == malformed
            assert await peer.ask(noop(513)) == too_long

    run(story(), loop=loop)


@both_loops
@pytest.mark.parametrize("octets", [512, 600])
def test_a_limit_that_is_higher_stays(octets: int, loop: str) -> None:
    """UTF8 never makes a line shorter than the administrator allows."""

    async def story() -> None:
        settings = Settings(line_octets=octets, sasl_line_octets=255)
        async with running_server(FIRST, settings=settings) as running, connected(running) as peer:
            await peer.ask(b"UTF8")
            assert (
                await peer.ask(noop(octets)) == b"-ERR That command does not take these arguments."
            )
            assert (await peer.ask(noop(octets + 1))).startswith(b"-ERR The line is too long")

    run(story(), loop=loop)


@both_loops
def test_half_a_long_line_does_not_hide_the_end(loop: str) -> None:
    """Where SASL has shorter lines than UTF8, who leaves within a line is still seen to leave."""

    async def story() -> None:
        settings = Settings(sasl_line_octets=255)
        async with running_server(FIRST, settings=settings) as running, connected(running) as peer:
            await peer.ask(b"UTF8")
            await peer.send(b"x" * 300)
            peer.end_sending()
            assert await peer.rest() == b""

    run(story(), loop=loop)


@pytest.mark.rfc("6856-2-states", "6856-3.1-states")
@both_loops
def test_both_are_announced_in_both_states(loop: str) -> None:
    """CAPA lists UTF8 with USER, and LANG, before the login and after it."""

    async def story() -> None:
        async with running_server(FIRST) as running, connected(running) as peer:
            for before in ((), LOGIN):
                for line in before:
                    await peer.ask(line)
                assert {b"UTF8 USER", b"LANG"} <= {*await peer.ask_listing(b"CAPA")}

    run(story(), loop=loop)


@pytest.mark.rfc("6856-2.1-stls")
@both_loops
def test_both_are_forgotten_by_stls(loop: str) -> None:
    """STLS is answered in the language spoken; inside TLS it is English, and lines are short."""

    def talk(peer: Blocking) -> None:
        peer.line()
        assert peer.ask(b"UTF8").startswith(b"+OK")
        assert peer.ask(b"LANG de").startswith(b"+OK de")
        assert peer.ask(b"STLS") == b"+OK Beginnen Sie mit TLS."
        peer.begin_tls()
        assert peer.ask(b"XYZZY") == UNKNOWN[b"en"]
        assert peer.ask(noop(256)) == b"-ERR The line is too long; it has been skipped."
        assert peer.ask(b"UTF8") == b"+OK UTF8 is enabled."
        assert peer.ask(b"LANG fr") == CHOSEN[b"fr"]
        assert peer.ask(b"QUIT") == b"+OK Au revoir."

    async def story() -> None:
        server_side, _ = certificates()
        async with running_server(FIRST, tls=server_side) as running:
            await talked(running, talk)

    run(story(), loop=loop)


# --- messages ------------------------------------------------------------------------------------

HEADERS_IN_UTF8 = "Subject: Grüße\r\nFrom: jürgen@bücher.example\r\n\r\nSchöne Grüße.\r\n".encode()


@pytest.mark.rfc("6856-2.1-as-is", "6856-2.1-size", "6856-2.1-downgrade")
@both_loops
@pytest.mark.parametrize("first", [b"NOOP", b"UTF8"], ids=["without UTF8", "with UTF8"])
def test_a_message_in_utf8_is_sent_as_it_is(first: bytes, loop: str) -> None:
    """LIST, TOP and RETR give what lies in the maildrop, octet by octet, whoever asks for it."""

    async def story() -> None:
        async with running_server(HEADERS_IN_UTF8) as running, connected(running) as peer:
            await peer.ask(first)
            for line in LOGIN:
                await peer.ask(line)
            assert await peer.ask(b"LIST 1") == b"+OK 1 %d" % len(HEADERS_IN_UTF8)
            assert joined(*await peer.ask_listing(b"RETR 1")) == HEADERS_IN_UTF8
            assert joined(*await peer.ask_listing(b"TOP 1 9")) == HEADERS_IN_UTF8

    run(story(), loop=loop)


# --- names ---------------------------------------------------------------------------------------


@pytest.mark.rfc("6856-2.2-user", "6856-2.2-saslprep")
@both_loops
@pytest.mark.parametrize("first", [b"NOOP", b"UTF8"], ids=["without UTF8", "with UTF8"])
@pytest.mark.parametrize("name", ["jürgen", "ju\u0308rgen"], ids=["composed", "decomposed"])
@pytest.mark.parametrize("password", ["geh\u00e9im", "gehe\u0301im"])
def test_a_name_and_a_password_in_utf8_log_in(
    name: str, password: str, first: bytes, loop: str
) -> None:
    """UTF8 USER says that they may be sent, with UTF8 or before it, in either form of Unicode."""

    async def story() -> None:
        accounts = SingleAccount(AccountName("jürgen"), "geh\u00e9im".encode())
        maildrops = memory()
        maildrops.add(MailboxName("jürgen"), FIRST)
        async with (
            running_server(maildrops=maildrops, accounts=accounts) as running,
            connected(running) as peer,
        ):
            await peer.ask(first)
            assert (await peer.ask(f"USER {name}".encode())).startswith(b"+OK")
            assert (await peer.ask(f"PASS {password}".encode())).startswith(b"+OK Logged in, 1")

    run(story(), loop=loop)


@pytest.mark.rfc("6856-2.2-prohibited", "6856-2.2-encoding")
@both_loops
@pytest.mark.parametrize(
    "text",
    [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"a\tb", b"a\0b", "\ufffd".encode(), b"\xc2\xad"],
)
def test_what_is_no_utf8_or_prohibited_is_refused(text: bytes, loop: str) -> None:
    """USER, PASS and APOP refuse broken UTF-8 and what RFC 4013 section 2.3 prohibits."""
    refused = b"-ERR That command does not take these arguments."

    async def story() -> None:
        apop = SingleAccount(ALICE, PASSWORD)
        async with running_server(FIRST, apop=apop) as running, connected(running) as peer:
            assert await peer.ask(b"USER " + text) == refused
            assert await peer.ask(b"APOP %s %s" % (text, b"0" * 32)) == refused
            await peer.ask(b"USER alice")
            assert await peer.ask(b"PASS " + text) == refused
            assert (await peer.ask(b"PASS " + PASSWORD)).startswith(b"+OK")

    run(story(), loop=loop)


@both_loops
def test_the_next_session_begins_in_english(loop: str) -> None:
    """A language is one session's, and no one else's."""

    async def story() -> None:
        async with (
            running_server(FIRST) as running,
            logged_in(running) as first,
            connected(running) as second,
        ):
            await first.ask(b"LANG de")
            assert await second.ask(b"XYZZY") == UNKNOWN[b"en"]
            assert await first.ask(b"XYZZY") == UNKNOWN[b"de"]

    run(story(), loop=loop)
