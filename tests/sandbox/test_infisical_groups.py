"""Groups at Infisical's SCIM server, as observed on a backend of June 2025."""

from __future__ import annotations

from typing import Any

import pytest

from pingconf.sandbox import World
from tests.sandbox.callers import GROUP_SCHEMA, NO_ID, USER_SCHEMA, Infisical

USERS, GROUPS = "/api/v1/scim/Users", "/api/v1/scim/Groups"


@pytest.fixture
def scim(infisical: Infisical) -> Infisical:
    """A SCIM client; there are the groups Engineers (with Alice) and "Equal eq Test"."""
    infisical.enable_scim()
    scim = infisical.scim()
    create(scim, "Engineers", add_user(scim, "alice", "Alice"))
    create(scim, "Equal eq Test")
    return scim


def add_user(scim: Infisical, name: str, given: str) -> str:
    mails = [{"primary": True, "value": f"{name}@example.test"}]
    body = {"schemas": [USER_SCHEMA], "userName": name, "name": {"givenName": given}, "emails": mails}
    return str(scim.post(USERS, body)["id"])


def create(scim: Infisical, name: str, *members: str) -> Any:
    listed = [{"value": id, "display": "as sent"} for id in members]
    return scim.post(GROUPS, {"schemas": [GROUP_SCHEMA], "displayName": name, "members": listed})


def engineers(scim: Infisical) -> Any:
    return scim.get(f'{GROUPS}?filter=displayName eq "Engineers"')["Resources"][0]


def patch(scim: Infisical, *operations: Any) -> Any:
    path = f"{GROUPS}/{engineers(scim)['id']}"
    return scim.ask("PATCH", path, {"schemas": [], "Operations": operations})


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ('displayName eq "Engineers"', ["Engineers"]),
        ('displayName eq "engineers"', []),
        ('displayName eq "Equal eq Test"', []),
        (f'orgId eq "{NO_ID}"', []),
        ("", ["Engineers", "Equal eq Test"]),
        ('displayName Eq "Engineers"', "InternalServerError"),
        ("garbage", "InternalServerError"),
        ('members eq "x"', "Find groups"),
        ('id eq "x"', "Find groups"),
    ],
)
def test_group_filters(scim: Infisical, filter: str, found: list[str] | str) -> None:
    answer = scim.ask("GET", f"{GROUPS}?filter={filter}")
    if isinstance(found, str):
        assert (answer.status_code, answer.json()["error"]) == (500, found)
    else:
        assert [row["displayName"] for row in answer.json()["Resources"]] == found


def test_start_index_limits_and_does_not_skip(scim: Infisical) -> None:
    page = scim.get(f"{GROUPS}?startIndex=2&count=5")["Resources"]
    assert [row["displayName"] for row in page] == ["Engineers"]
    assert scim.refused("GET", f"{GROUPS}?startIndex=0")["error"] == "Find groups"
    assert len(scim.get(f"{GROUPS}?count=1")["Resources"]) == 1


def test_members_are_named_anew(scim: Infisical) -> None:
    assert [member["display"] for member in engineers(scim)["members"]] == ["Alice"]
    hidden = scim.get(f"{GROUPS}?excludedAttributes=members")["Resources"]
    assert [row["members"] for row in hidden] == [[], []]


def test_a_taken_name_is_a_conflict_and_on_renaming_a_fault(scim: Infisical) -> None:
    body = {"schemas": [], "displayName": "Engineers"}
    detail = "Group with name 'Engineers' already exists in the organization"
    assert scim.refused("POST", GROUPS, body)["detail"] == detail
    answer = patch(scim, {"op": "replace", "path": "displayName", "value": "Equal eq Test"})
    assert (answer.status_code, answer.json()["error"]) == (500, "Update")


def test_display_is_required_on_creation(scim: Infisical) -> None:
    body = {"schemas": [], "displayName": "X", "members": [{"value": NO_ID}]}
    refused = scim.refused("POST", GROUPS, body)
    assert refused["message"][0]["path"] == ["members", 0, "display"]


def test_members_come_and_go_by_patch(scim: Infisical) -> None:
    bob = add_user(scim, "bob", "Bob")
    add = patch(scim, {"op": "add", "path": "members", "value": [{"value": bob}, {"value": NO_ID}]})
    assert [member["display"] for member in add.json()["members"]] == ["Alice", "Bob"]
    gone = patch(scim, {"op": "remove", "path": f'members[value eq "{bob}"]'})
    assert [member["display"] for member in gone.json()["members"]] == ["Alice"]
    replaced = patch(scim, {"op": "replace", "value": {"members": [{"value": bob}]}})
    assert [member["display"] for member in replaced.json()["members"]] == ["Bob"]
    assert patch(scim, {"op": "remove", "path": "members"}).json()["members"] == []
    assert patch(scim, {"op": "add", "path": "members", "value": [{"value": "x"}]}).status_code == 500


def test_a_deleted_member_leaves_the_group(scim: Infisical) -> None:
    alice = engineers(scim)["members"][0]["value"]
    assert scim.ask("DELETE", f"{USERS}/{alice}").status_code == 200
    assert engineers(scim)["members"] == []


def test_a_renamed_group_keeps_its_slug(scim: Infisical, infisical: Infisical) -> None:
    before = infisical.admin().get("/api/v1/groups")[0]
    assert patch(scim, {"op": "replace", "value": {"displayName": "Engineering"}}).status_code == 200
    after = infisical.identity().get(f"/api/v1/groups/{before['id']}")
    assert (after["name"], after["slug"]) == ("Engineering", before["slug"])


def test_put_replaces_and_echoes(scim: Infisical) -> None:
    id = engineers(scim)["id"]
    body = {"schemas": [], "displayName": "Engineers", "members": [{"value": NO_ID, "display": "Ghost"}]}
    assert scim.refused("PUT", f"{GROUPS}/{id}", body)["message"][0]["path"] == ["id"]
    answer = scim.ask("PUT", f"{GROUPS}/{id}", {**body, "id": id}).json()
    assert answer["members"] == body["members"], "also members who do not exist"
    assert scim.get(f"{GROUPS}/{id}")["members"] == []


def test_an_unknown_group(scim: Infisical, infisical: Infisical) -> None:
    assert scim.refused("DELETE", f"{GROUPS}/{NO_ID}")["detail"] == "Group Not Found"
    refused = infisical.admin().refused("GET", f"/api/v1/groups/{NO_ID}")
    assert refused["message"] == f"Cannot find group with ID {NO_ID}"


def test_without_the_licence_there_are_no_groups(scim: Infisical, world: World) -> None:
    world.licence["groups"] = False
    refused = scim.refused("GET", GROUPS)
    assert (refused["statusCode"], refused["error"]) == (400, "BadRequest")


def test_reading_back_lists_outsiders_too(scim: Infisical, infisical: Infisical) -> None:
    path = f"/api/v1/groups/{engineers(scim)['id']}/users"
    everybody = infisical.admin().get(path)
    assert [row["isPartOfGroup"] for row in everybody["users"]] == [False, True]
    assert infisical.admin().get(f"{path}?filter=existingMembers")["totalCount"] == 1
    assert infisical.admin().get(f"{path}?search=nobody")["users"] == []


def test_a_group_in_full(scim: Infisical) -> None:
    made = scim.post(GROUPS, {"schemas": [GROUP_SCHEMA], "displayName": "Pilots"})
    assert made == {
        "schemas": [GROUP_SCHEMA],
        "id": made["id"],
        "displayName": "Pilots",
        "members": [],
        "meta": {"resourceType": "Group"},
    }
