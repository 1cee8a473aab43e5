"""Users: what is sent to make and to change one, in which order, and what is told about them in the file."""

from __future__ import annotations

from typing import Any, Final

import pytest

from pingconf.kinds.pingone_user import PingOneUser
from pingconf.model.address import Address
from pingconf.model.errors import ServiceError
from pingconf.model.kind import Objection
from pingconf.model.resource import Observed
from pingconf.sandbox import Switches
from tests.kinds import MARKER, Stage, attributes, said, stage

KIND = PingOneUser()
USERS: Final = "/users"
ROBIN: Final = {"username": "robin", "email": "robin@acme.example", "enabled": True}


def population(embedded: Stage, name: str) -> str:
    return next(id for id, row in embedded.world.populations.items() if row["name"] == name)


def made(embedded: Stage, **more: Any) -> str:
    id = KIND.create(embedded.api, {**ROBIN, "given_name": "Robin", **more}, MARKER).id
    assert embedded.sent
    return id


def seen(embedded: Stage, id: str) -> Observed:
    found = KIND.read(embedded.api, id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("given", "body"),
    [
        ({}, {}),
        ({"given_name": "Robin"}, {"name": {"given": "Robin"}}),
        ({"given_name": "R", "family_name": "T"}, {"name": {"given": "R", "family": "T"}}),
        ({"enabled": False}, {"enabled": False}),
    ],
)
def test_what_is_sent_and_seen(embedded: Stage, given: dict[str, Any], body: dict[str, Any]) -> None:
    id = KIND.create(embedded.api, {**ROBIN, **given}, MARKER).id
    home = population(embedded, "Default")
    assert embedded.sent == [("POST", USERS, {**ROBIN, "population": {"id": home}, **body})]
    nothing = {"given_name": None, "family_name": None}
    assert seen(embedded, id).attributes == {**nothing, "population": "Default", **ROBIN, **given}
    assert seen(embedded, id).spellings == {"population": (home,)}


@pytest.mark.parametrize("by", ["name", "id"])
def test_a_population_by_its_name_or_its_id(embedded: Stage, by: str) -> None:
    home = population(embedded, "Contractors")
    id = made(embedded, population="Contractors" if by == "name" else home)
    assert embedded.world.users[id]["population"] == {"id": home}


def test_where_the_answer_has_no_id_the_new_user_is_looked_up(
    embedded: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = embedded.api.pingone.create
    monkeypatch.setattr(
        type(embedded.api.pingone),
        "create",
        lambda self, path, body: {**create(path, body), "id": None},
    )
    id = KIND.create(embedded.api, ROBIN, MARKER).id
    assert embedded.world.users[id]["username"] == "robin"


def test_a_change_sends_what_differs_and_a_name_whole(embedded: Stage) -> None:
    id = made(embedded)
    KIND.update(embedded.api, id, {**ROBIN, "family_name": "Test"})
    assert embedded.sent == [("PATCH", f"{USERS}/{id}", {"name": {"given": "Robin", "family": "Test"}})]
    KIND.update(embedded.api, id, {**ROBIN, "family_name": "Test"})
    assert embedded.sent == []


@pytest.mark.parametrize(("before", "after"), [(True, False), (False, True)])
def test_who_is_disabled_is_that_first_and_who_is_enabled_last(
    embedded: Stage, before: bool, after: bool
) -> None:
    id = made(embedded, enabled=before)
    changes = {**ROBIN, "email": "new@acme.example", "population": "Contractors", "enabled": after}
    KIND.update(embedded.api, id, changes)
    rest = [
        ("PUT", f"{USERS}/{id}/population", {"id": population(embedded, "Contractors")}),
        ("PATCH", f"{USERS}/{id}", {"email": "new@acme.example"}),
    ]
    turn = ("PUT", f"{USERS}/{id}/enabled", {"enabled": after})
    assert embedded.sent == ([*rest, turn] if after else [turn, *rest])
    assert seen(embedded, id).attributes["population"] == "Contractors"


def test_who_was_made_enabled_against_the_file_is_put_right() -> None:
    with stage(Switches(created_disabled=False)) as opened:
        id = made(opened, enabled=False)
        KIND.update(opened.api, id, {**ROBIN, "enabled": False})
        assert opened.sent == [("PUT", f"{USERS}/{id}/enabled", {"enabled": False})]


def test_who_is_released_is_disabled_and_nothing_else(embedded: Stage) -> None:
    id = made(embedded)
    left = KIND.release(embedded.api, id, ROBIN)
    assert embedded.sent == [("PUT", f"{USERS}/{id}/enabled", {"enabled": False})]
    assert left == {**ROBIN, "enabled": False}
    assert KIND.is_released(left)
    assert not KIND.is_released(ROBIN)


def test_one_is_removed_and_released_also_where_it_is_gone(embedded: Stage) -> None:
    id = made(embedded)
    for _ in range(2):
        KIND.delete(embedded.api, id)
    KIND.release(embedded.api, id, ROBIN)
    assert KIND.read(embedded.api, id) is None


def test_only_those_are_looked_for_who_concern_us(embedded: Stage) -> None:
    id = made(embedded)
    found = KIND.seek(embedded.api, [{"username": "priya.raman"}, {"username": "nobody"}], [id])
    assert {one.attributes["username"] for one in found} == {"robin", "priya.raman"}
    assert [path for method, path, _ in embedded.adapter.sent] == [USERS]  # populations are known already
    embedded.adapter.sent.clear()
    assert (KIND.seek(embedded.api, [], []), embedded.adapter.sent) == ([], [])


def test_all_are_read_over_their_pages(embedded: Stage) -> None:
    for n in range(400):
        embedded.world.users[f"u{n}"] = {**next(iter(embedded.world.users.values())), "id": f"u{n}"}
    listed = KIND.list(embedded.api)
    assert len(listed) == len({one.id for one in listed}) == 440


def test_capitals_do_not_make_another_user() -> None:
    assert KIND.recognises({"username": "Robin"}, Observed("u", {"username": "robin"}))
    assert not KIND.recognises({"username": "robi"}, Observed("u", {"username": "robin"}))
    assert KIND.canonical("email", "Robin@Acme.example") == "robin@acme.example"
    assert KIND.canonical("given_name", "Robin") == "Robin"


def test_a_user_of_a_name_that_is_taken_is_refused_by_the_service(embedded: Stage) -> None:
    made(embedded)
    with pytest.raises(ServiceError, match="PingOne refuses") as caught:
        KIND.create(embedded.api, {**ROBIN, "username": "Robin"}, MARKER)
    assert "username: The username is already in use" in caught.value.details


def test_the_review() -> None:
    assert attributes(KIND.section, email="a@b.example") == {
        "username": "key",
        "email": "a@b.example",
        "enabled": True,
    }
    assert said(KIND, attributes(KIND.section, email="a@b.example")) == []
    for text in ("nobody", "@b.example", "a@", "a b@c.example"):
        assert said(KIND, attributes(KIND.section, email=text)) == [("email", f'"{text}" is no e-mail')]


def test_two_users_of_one_name() -> None:
    others = {Address(KIND.section, "first"): {"username": "Robin"}, Address("pingone.groups", "robin"): {}}
    (objection,) = KIND.review_beside(ROBIN, others)
    assert isinstance(objection, Objection)
    assert objection.headline == "username is the same as that of pingone.users.first"
    assert KIND.review_beside({"username": "other"}, others) == []
