"""What each service makes of a filter: whoever types one letter wrong is told before anybody is harmed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingconf.sandbox import World
from pingconf.sandbox.infisical_scim_filter import select_members
from pingconf.scim import parse
from pingconf.scim.dialects import looking_for, review_lookup, review_selection

VALUE = "a value: a text in double quotes, a number, true, false or null"
OPERATOR = "an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr)"
LOOKUPS = {
    'email.value Eq "%s"': [],
    'EMAIL.value eq "%s"': ['Infisical does not know the attribute "EMAIL.value" in f'],
    'email[value eq "%s"]': [],
    'userName Eq "%s"': [],
    'email.value eq "%s" and active eq true': [],
    '(email.value EQ "%s")': [],
    'emails.value eq "%s"': ['Infisical does not know the attribute "emails.value" in f'],
    'externalId eq "%s"': ['Infisical does not know the attribute "externalId" in f'],
    'username eq "%s"': ['Infisical does not know the attribute "username" in f'],
    'email.value Eq "x"': ["f must hold exactly one %s"],
    'email.value Eq "%s" or userName Eq "%s"': ["f must hold exactly one %s"],
    "email.value Eq %s": [f"f is no SCIM filter: saw %s, expected {VALUE} (column 16)"],
    'email.value Eq "%s" or active eq true': ['f holds "or", and so finds other people, too'],
    'not (email.value eq "%s")': ['f holds "not", and so finds other people, too'],
    'email.value ne "%s"': ["f compares email.value by ne, and so finds other people, too"],
    'email.value Co "%s"': ["f compares email.value by co, and so finds other people, too"],
    'email.value sw "%s"': ["f compares email.value by sw, and so finds other people, too"],
    'email.value gt "%s"': ["f compares email.value by gt, and so finds other people, too"],
    'email[value eq "%s" and value pr]': ["f holds several conditions within email[…]"],
    'email.value eq "%s" and active co "t"': ["f compares active by co"],
}


@pytest.mark.parametrize("text", LOOKUPS)
def test_a_lookup_finds_one_person_or_nobody(text: str) -> None:
    assert [one.headline for one in review_lookup("f", text)] == LOOKUPS[text]
    assert all(one.wrong and one.details for one in review_lookup("f", text))


@pytest.mark.parametrize("text", [text for text, said in LOOKUPS.items() if "finds other" in str(said)])
def test_what_is_refused_would_find_others(text: str) -> None:
    """At the embedded Infisical, which reads filters as the observed one did."""
    world = World.seed()
    (sought, *_) = [account["email"] for account in world.accounts.values()]
    for id, email in {"a": f"0{sought}", "b": f"{sought}x", "c": "z"}.items():
        world.accounts[id] = {**next(iter(world.accounts.values())), "email": email}
        world.members[id] = {**next(iter(world.members.values())), "account": id}
    found = select_members(world, looking_for(text, sought))
    assert {world.accounts[row["account"]]["email"] for row in found} - {sought}


@pytest.mark.parametrize("text", [text for text, said in LOOKUPS.items() if not said])
def test_what_is_allowed_finds_nobody_for_an_address_that_nobody_has(text: str) -> None:
    assert select_members(World.seed(), looking_for(text, "nobody@pingconf.invalid")) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("enabled eq true", []),
        ('memberOfGroups[id eq "1"] or population.id eq "2"', []),
        ('custom sw "x" and email ew "@acme.example" and title co "Eng"', []),
        ("population.id pr", []),
        ('username ne "x"', ["PingOne does not know ne in f: username ne"]),
        ("level ge 3", ["PingOne does not know ge in f: level ge"]),
        ("enabled = true", [f"f is no SCIM filter: saw =, expected {OPERATOR} (column 9)"]),
    ],
)
def test_a_selection_that_pingone_would_refuse(text: str, said: list[str]) -> None:
    assert [one.headline for one in review_selection("f", text)] == said
    assert all(one.wrong for one in review_selection("f", text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("active eq true", "f names active, which PingOne calls enabled, unless it is an attribute of yours"),
        (
            'emails[type eq "work"].value eq "a@b.c"',
            "f names emails.value, which PingOne calls email, unless it is an attribute of yours",
        ),
        ('enabled eq "true"', "f compares enabled with a text; it is true or false"),
        ("not (enabled eq true)", 'f holds "not", which PingOne does not document'),
    ],
)
def test_a_selection_that_is_unwise(text: str, said: str) -> None:
    assert [(one.headline, one.wrong) for one in review_selection("f", text)] == [(said, False)]


@given(
    st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from([t for t in LOOKUPS if not LOOKUPS[t]])
)
def test_no_identifier_breaks_out_of_its_quotes(identifier: str, text: str) -> None:
    """Whatever it holds, it stays one value: the shape of the filter is the same."""
    before, after = parse(text), parse(looking_for(text, identifier))
    assert repr(after) == repr(before).replace("'%s'", repr(identifier))
