"""Infisical's SCIM server, as observed on a backend of June 2025."""

from __future__ import annotations

from typing import Any

import pytest

from pingconf.sandbox import ADMIN_EMAIL, ORGANIZATION_ID, World
from tests.sandbox.callers import NO_ID, USER_SCHEMA, Infisical

USERS, GROUPS = "/api/v1/scim/Users", "/api/v1/scim/Groups"
ALICE, BOB = "alice@example.test", "bob@example.test"
BROKEN = {"statusCode": 500, "message": "Something went wrong"}


def user(name: str, given: str, family: str, email: str) -> dict[str, Any]:
    emails = [{"primary": True, "value": email, "type": "work"}]
    person = {"givenName": given, "familyName": family}
    return {"schemas": [USER_SCHEMA], "userName": name, "name": person, "emails": emails, "active": True}


@pytest.fixture
def scim(infisical: Infisical) -> Infisical:
    """A SCIM client of an organisation with three members: the admin, Alice and Bob."""
    infisical.enable_scim()
    scim = infisical.scim()
    scim.post(USERS, user("Alice@Example.test", "Alice", "Ng", "Alice@Example.test"))
    scim.post(USERS, user("bob", "Bob", "Ray", BOB))
    return scim


def id_of(scim: Infisical, email: str) -> str:
    found = scim.get(f'{USERS}?filter=email.value eq "{email}"')["Resources"]
    return str(found[0]["id"])


def emails(answer: Any) -> list[str]:
    return [row["emails"][0]["value"] for row in answer["Resources"]]


EVERYBODY = ["admin", "alice", "bob"]


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ('email.value Eq "alice@example.test"', ["alice"]),
        ('email.value eq "alice@example.test"', ["alice"]),
        ('email.value EQ "ALICE@EXAMPLE.TEST"', ["alice"]),
        ('emails.value eq "alice@example.test"', EVERYBODY),
        ('emails[type eq "work"].value eq "alice@example.test"', EVERYBODY),
        ('emails[value eq "alice@example.test"]', EVERYBODY),
        ('email[value eq "alice@example.test"]', ["alice"]),
        ('emails[type eq "work" and value eq "alice@example.test"]', EVERYBODY),
        ('email[value eq "alice@example.test" and value pr]', EVERYBODY),
        ('userName eq "Alice@Example.test"', []),
        ('userName eq "alice-ng-ptcr"', []),
        ('username eq "Alice@Example.test"', EVERYBODY),
        ('userName Eq "admin@example.test"', []),
        ("active eq true", EVERYBODY),
        ("active eq false", []),
        ('name.givenName eq "Alice"', ["alice"]),
        ('name.givenName eq "alice"', []),
        ('name.familyName sw "n"', ["alice"]),
        ('email.value co "example"', EVERYBODY),
        ('email.value ne "alice@example.test"', ["admin", "bob"]),
        ("email.value pr", EVERYBODY),
        ('externalId eq "x"', EVERYBODY),
        (f'id eq "{NO_ID}"', EVERYBODY),
        ('not (email.value eq "alice@example.test")', ["admin", "bob"]),
        ('not (externalId eq "x")', EVERYBODY),
        ('email.value eq "alice@example.test" and active eq true', ["alice"]),
        ('email.value eq "alice@example.test" and externalId eq "x"', ["alice"]),
        ('email.value eq "alice@example.test" or email.value eq "bob@example.test"', ["alice", "bob"]),
        ("", EVERYBODY),
        ('email.value Eq "%s"', []),
        ("email.value", None),
        ("email.value eq alice@example.test", None),
        ("email.value eq 'alice@example.test'", None),
        ('email.value foo "x"', None),
        ("garbage filter here !!", None),
        ("active co true", None),
    ],
)
def test_user_filters(scim: Infisical, filter: str, found: list[str] | None) -> None:
    answer = scim.session.get(
        f"https://app.infisical.com{USERS}",
        params={"filter": filter},
        headers={"Authorization": f"Bearer {scim.bearer}"},
    )
    if found is None:
        assert answer.status_code == 500
        assert answer.json()["error"] == "Find one"
    else:
        assert answer.status_code == 200
        assert [email.partition("@")[0] for email in emails(answer.json())] == found


@pytest.mark.parametrize(
    ("query", "per_page", "start", "found"),
    [
        ("", 20, 1, EVERYBODY),
        ("startIndex=1&count=1", 1, 1, ["admin"]),
        ("startIndex=2&count=1", 1, 2, ["alice"]),
        ("startIndex=3&count=5", 5, 3, ["bob"]),
        ("startIndex=4&count=5", 5, 4, []),
        ("startIndex=0&count=2", 2, 0, ["admin", "alice"]),
        ("count=0", 0, 1, EVERYBODY),
        ("count=1000", 1000, 1, EVERYBODY),
    ],
)
def test_user_pages(scim: Infisical, query: str, per_page: int, start: int, found: list[str]) -> None:
    answer = scim.get(f"{USERS}?{query}")
    assert [email.partition("@")[0] for email in emails(answer)] == found
    assert answer["totalResults"] == len(found), "of this page, not of the whole"
    assert (answer["itemsPerPage"], answer["startIndex"]) == (per_page, start)


def test_bad_pages(scim: Infisical) -> None:
    assert scim.refused("GET", f"{USERS}?startIndex=-3") == {**BROKEN, "error": "Find one"}
    issue = scim.refused("GET", f"{USERS}?startIndex=abc")["message"][0]
    assert (issue["received"], issue["path"]) == ("nan", ["startIndex"])


def test_paths_are_taken_to_the_letter(scim: Infisical) -> None:
    assert scim.ask("GET", f"{USERS}/").status_code == 200
    head = scim.ask("HEAD", USERS)
    assert (head.status_code, head.content) == (200, b"")
    for path in (
        "//Users?count=1",
        "/users",
        "/v2/Users",
        "/ServiceProviderConfig",
        "/Schemas",
        "/ResourceTypes",
    ):
        refused = scim.ask("GET", f"/api/v1/scim{path}")
        assert refused.status_code == 404
        assert refused.json()["message"] == f"Route GET:/api/v1/scim{path} not found"


def test_creating_is_idempotent_by_user_name_and_invites_every_time(scim: Infisical, world: World) -> None:
    world.invitations.clear()
    body = user("Alice@Example.test", "Alice", "Ng", "Alice@Example.test")
    first = scim.ask("POST", USERS, body, **{"Content-Type": "application/scim+json"})
    assert first.status_code == 200, "not 201"
    assert first.json() == scim.post(USERS, body)
    assert first.json()["id"] == id_of(scim, ALICE)
    assert first.json()["userName"] == "Alice@Example.test"
    assert first.json()["emails"][0]["value"] == ALICE
    assert world.invitations == [ALICE, ALICE]
    assert scim.get(f"{USERS}/{id_of(scim, ALICE)}")["userName"].startswith("alice-ng-"), "generated"


def test_a_known_email_under_another_name_makes_a_second_member(scim: Infisical) -> None:
    scim.post(USERS, user("admin2", "Admin", "Two", ADMIN_EMAIL))
    assert emails(scim.get(USERS)).count(ADMIN_EMAIL) == 2


def test_a_new_user_is_active_and_loses_what_is_unknown(scim: Infisical) -> None:
    body = {**user("carol", "Carol", "Fox", "carol@example.test"), "active": False, "title": "x"}
    answer = scim.post(USERS, body)
    assert answer["active"] is True
    assert set(answer) == {"schemas", "id", "userName", "name", "emails", "displayName", "active"}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"schemas": None}, ["schemas"]),
        ({"userName": 5}, ["userName"]),
        ({"emails": [{"value": BOB}]}, ["emails", 0, "primary"]),
        ({"emails": [{"primary": True}]}, ["emails", 0, "value"]),
    ],
)
def test_a_user_of_another_shape(scim: Infisical, change: Any, path: list[str | int]) -> None:
    body = {**user("carol", "Carol", "Fox", "carol@example.test"), **change}
    refused = scim.refused("POST", USERS, body)
    assert (refused["statusCode"], refused["error"]) == (422, "ValidationFailure")
    assert refused["message"][0]["path"] == path


@pytest.mark.parametrize("mails", [[], [{"primary": False, "value": BOB}]])
def test_a_user_needs_a_primary_email(scim: Infisical, mails: Any) -> None:
    refused = scim.refused("POST", USERS, {**user("carol", "Carol", "Fox", ""), "emails": mails})
    assert refused["detail"] == "Invalid request. Missing email."


def test_bodies_that_are_no_json(scim: Infisical) -> None:
    url = f"https://app.infisical.com{USERS}"
    headers = {"Authorization": f"Bearer {scim.bearer}", "Content-Type": "application/json"}
    broken = scim.session.post(url, data="{bad", headers=headers)
    assert (broken.status_code, broken.json()["error"]) == (500, "InternalServerError")
    plain = scim.session.post(url, data="x", headers={**headers, "Content-Type": "text/plain"})
    assert plain.json()["message"][0]["message"] == "Expected object, received string"


def test_nobody_is_found_by_a_wrong_id(scim: Infisical) -> None:
    for id in (NO_ID, "not-a-uuid"):
        assert scim.refused("GET", f"{USERS}/{id}")["detail"] == "User not found"
    assert scim.refused("DELETE", f"{USERS}/not-a-uuid") == {**BROKEN, "error": "Find one"}


def test_put_answers_as_it_was_before(scim: Infisical) -> None:
    id = id_of(scim, ALICE)
    body = user("Alice@Example.test", "Alice", "Put", "Alice.Put@example.test")
    answer = scim.ask("PUT", f"{USERS}/{id}", {**body, "active": False}).json()
    assert (answer["name"]["familyName"], answer["emails"][0]["value"]) == ("Ng", ALICE)
    assert (answer["userName"], answer["active"]) == ("Alice@Example.test", False)
    after = scim.get(f"{USERS}/{id}")
    assert (after["name"]["familyName"], after["emails"][0]["value"]) == ("Put", "alice.put@example.test")
    assert emails(scim.get(USERS))[-1] == "alice.put@example.test", "rows move when they are written"
    bare = scim.ask("PUT", f"{USERS}/{id}", {"schemas": [], "userName": "x", "active": True}).json()
    assert bare["name"]["familyName"] == "Put", "what is not sent is kept"
    missing = scim.refused("PUT", f"{USERS}/{id}", {"schemas": [], "userName": "x"})
    assert missing["message"][0]["path"] == ["active"]


def patch(scim: Infisical, id: str, *operations: Any) -> Any:
    return scim.ask("PATCH", f"{USERS}/{id}", {"schemas": [], "Operations": operations})


@pytest.mark.parametrize(
    ("operation", "part", "value"),
    [
        ({"op": "replace", "path": "active", "value": False}, "active", False),
        ({"op": "Replace", "value": {"active": False}}, "active", False),
        ({"op": "add", "path": "title", "value": "x"}, "active", True),
        ({"op": "remove", "path": "nosuch"}, "active", True),
        ({"op": "replace", "path": "name.familyName", "value": "Nguyen"}, "displayName", "Alice Ng"),
        (
            {"op": "replace", "value": {"name": {"givenName": "Al"}}},
            "name",
            {"familyName": "Ng", "givenName": "Al"},
        ),
        ({"op": "replace", "path": "userName", "value": "new"}, "userName", "new"),
    ],
)
def test_patch(scim: Infisical, operation: Any, part: str, value: Any) -> None:
    answer = patch(scim, id_of(scim, ALICE), operation)
    assert answer.status_code == 200
    assert answer.json()[part] == value
    assert scim.get(f"{USERS}/{id_of(scim, ALICE)}")["userName"] != "new", "echoed, not stored"


def test_patch_of_the_email(scim: Infisical) -> None:
    id = id_of(scim, ALICE)
    operation = {"op": "replace", "path": 'emails[type eq "work"].value', "value": "A.New@example.test"}
    assert patch(scim, id, operation).json()["emails"][0]["value"] == "a.new@example.test"
    without_primary = {"op": "replace", "path": "emails", "value": [{"value": "b@example.test"}]}
    assert patch(scim, id, without_primary).status_code == 500


def test_patch_with_a_text_for_a_flag_breaks_after_it_is_written(scim: Infisical) -> None:
    id = id_of(scim, ALICE)
    assert patch(scim, id, {"op": "replace", "path": "active", "value": "False"}).status_code == 500
    assert scim.get(f"{USERS}/{id}")["active"] is False
    assert patch(scim, id, {"op": "REPLACE", "path": "active", "value": True}).status_code == 422


def test_a_deleted_member_comes_back_as_another(scim: Infisical, infisical: Infisical) -> None:
    id = id_of(scim, BOB)
    assert scim.ask("DELETE", f"{USERS}/{id}").json() == {}
    assert scim.refused("DELETE", f"{USERS}/{id}")["status"] == 404
    assert BOB not in infisical.members()
    assert scim.post(USERS, user("bob", "Bob", "Ray", BOB))["id"] != id


def test_scim_can_lock_the_admin_out(scim: Infisical, infisical: Infisical) -> None:
    id = id_of(scim, ADMIN_EMAIL)
    patch(scim, id, {"op": "replace", "path": "active", "value": False})
    listed = f"/api/v1/scim/scim-tokens?organizationId={ORGANIZATION_ID}"
    refused = infisical.admin().refused("GET", listed)
    assert refused["message"] == "User organization membership is inactive"
    patch(scim, id, {"op": "replace", "path": "active", "value": True})
    assert infisical.admin().ask("GET", listed).status_code == 200


def test_scim_off_refuses_all(scim: Infisical, infisical: Infisical) -> None:
    path = f"/api/v1/organization/{ORGANIZATION_ID}"
    infisical.admin().ask("PATCH", path, {"scimEnabled": False})
    for method, route in (("GET", USERS), ("POST", USERS), ("GET", GROUPS)):
        refused = scim.refused(method, route)
        assert (refused["status"], refused["detail"]) == (403, "SCIM is disabled for the organization")


def test_one_member_is_read_back_by_a_machine_identity(scim: Infisical, infisical: Infisical) -> None:
    path = f"/api/v2/organizations/{ORGANIZATION_ID}/memberships"
    identity = infisical.identity()
    membership = identity.get(f"{path}/{id_of(scim, ALICE)}")["membership"]
    assert (membership["user"]["email"], membership["status"]) == (ALICE, "invited")
    assert identity.refused("GET", f"{path}/{NO_ID}")["error"] == "NotFound"
    assert infisical.admin().ask("GET", path).status_code == 500
