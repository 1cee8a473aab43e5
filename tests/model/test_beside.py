"""What was read before is found by address and by name."""

from __future__ import annotations

from pingconf.model.address import Address
from pingconf.model.beside import Beside

USERS = "pingone.users"
ROBIN, PRIYA, LEADS = Address(USERS, "robin"), Address(USERS, "priya"), Address("pingone.groups", "leads")


def test_a_name_is_found_whatever_its_capitals_and_only_in_its_section() -> None:
    beside = Beside({ROBIN: {"username": "Robin", "email": "r@acme.example"}, LEADS: {"username": "robin"}})
    assert beside.called("ROBIN", USERS, "username", "email") == [ROBIN]
    assert beside.called("R@acme.example", USERS, "username", "email") == [ROBIN]
    assert beside.called("r@acme.example", USERS, "username") == []
    assert beside.called("robin", "pingone.rules", "name") == []


def test_what_is_added_after_a_look_is_found_in_its_order() -> None:
    beside = Beside({ROBIN: {"username": "x", "email": "X"}})
    assert beside.called("x", USERS, "username", "email") == [ROBIN]
    beside.add(PRIYA, {"email": "x"})
    assert beside.called("x", USERS, "username", "email") == [ROBIN, PRIYA]
    assert dict(beside) == {ROBIN: {"username": "x", "email": "X"}, PRIYA: {"email": "x"}}
    assert len(beside) == 2


def test_it_is_made_of_any_mapping_once() -> None:
    beside = Beside.of({ROBIN: {"username": "robin"}})
    assert Beside.of(beside) is beside
    assert beside.called("robin", USERS, "username") == [ROBIN]
