"""What a token must say.

Decides which claims let an account in. Refuses to test who vouches for them.
"""

import pytest

from requite.pop3.oauth.claims import Demands
from requite.pop3.services import TokenFault, TokenRejected

NOW = 1_000.0
DEMANDS = Demands(
    account_claim="sub", scope="mail", issuer="me", audiences=("here", "there"), leeway_s=30.0
)
SAID: dict[str, object] = {"sub": "alice", "scope": "a mail b", "iss": "me", "aud": "here"}


@pytest.mark.rfc("7662-2.2-scope")
@pytest.mark.parametrize(
    "scope", [{"scope": "mail"}, {"scope": "a mail"}, {"scp": "mail b"}, {"scp": ["a", "mail"]}]
)
def test_the_scope_is_one_of_those_of_the_token(scope: dict[str, object]) -> None:
    """Scopes stand in one text, or in an array, under either name."""
    assert DEMANDS.account_of({"sub": "alice", **scope}) == "alice"


@pytest.mark.parametrize(
    "scope", [{}, {"scope": ""}, {"scope": "mailbox"}, {"scope": "Mail"}, {"scope": 7}]
)
def test_without_the_scope_nobody_gets_in(scope: dict[str, object]) -> None:
    """It has to be there as it is written, and the client is told that the scope is what lacks."""
    found = DEMANDS.account_of({"sub": "alice", **scope})

    assert isinstance(found, TokenRejected)
    assert found.fault is TokenFault.INSUFFICIENT


def test_no_scope_is_demanded_where_none_is_configured() -> None:
    """Then a token without any does."""
    assert Demands(account_claim="upn").account_of({"upn": "alice"}) == "alice"


@pytest.mark.parametrize("name", [None, "", 7, ["alice"], True, "\ud800", "a\nb"], ids=ascii)
def test_the_account_is_a_text(name: object) -> None:
    """A claim of another kind names nobody, and so does one that no accounts file could have."""
    assert isinstance(DEMANDS.account_of({**SAID, "sub": name}), TokenRejected)


@pytest.mark.rfc("7662-2.2-times", "7662-2.2-audience")
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"exp": NOW - 29.9},
        {"exp": int(NOW) + 1, "nbf": int(NOW)},
        {"nbf": NOW + 30},
        {"aud": ["elsewhere", "there"]},
    ],
)
def test_what_is_in_time_and_meant_for_us_has_no_fault(changes: dict[str, object]) -> None:
    """At the limits too, leeway among them."""
    assert DEMANDS.fault_at(NOW, {**SAID, **changes}) is None


@pytest.mark.rfc("7662-2.2-times", "7662-2.2-audience")
@pytest.mark.parametrize(
    "changes",
    [
        {"exp": NOW - 30},
        {"nbf": NOW + 30.1},
        {"exp": "2000"},
        {"nbf": True},
        {"iss": "you"},
        {"iss": None},
        {"aud": "elsewhere"},
        {"aud": None},
        {"aud": []},
        {"aud": {"here": 1}},
    ],
)
def test_what_is_out_of_time_or_not_for_us_has_a_fault(changes: dict[str, object]) -> None:
    """One past each limit, and of no kind that can be compared."""
    found = DEMANDS.fault_at(NOW, {**SAID, **changes})

    assert isinstance(found, TokenRejected)
    assert found.fault is TokenFault.INVALID
