"""PingOne's management API, as a client sees it: tokens, errors, the directory."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from pingconf.sandbox import CLIENT_ID, CLIENT_SECRET, ENVIRONMENT_ID, SandboxAdapter, Switches, World
from tests.sandbox.callers import API, AUTH, NO_ID, Clock, PingOne


def test_a_worker_gets_a_token_by_header_or_by_body(session: requests.Session) -> None:
    grant = {"grant_type": "client_credentials"}
    by_header = session.post(AUTH, data=grant, auth=(CLIENT_ID, CLIENT_SECRET))
    by_body = session.post(AUTH, data={**grant, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET})
    for answer in (by_header, by_body):
        assert answer.status_code == 200
        assert {**answer.json(), "access_token": "…"} == {
            "access_token": "…",
            "token_type": "Bearer",
            "expires_in": 3600,
        }


def test_a_wrong_secret_gets_the_body_of_oauth(session: requests.Session) -> None:
    grant = {"grant_type": "client_credentials"}
    for answer in (
        session.post(AUTH, data=grant, auth=(CLIENT_ID, "wrong")),
        session.post(AUTH, data=grant, headers={"Authorization": "Basic ???"}),
        session.post(AUTH, data=grant),
        session.post(AUTH.replace(ENVIRONMENT_ID, NO_ID), data=grant, auth=(CLIENT_ID, CLIENT_SECRET)),
    ):
        assert answer.status_code == 401
        assert answer.json()["error"] == "invalid_client"
        assert "Correlation ID" in answer.json()["error_description"]
    other = session.post(AUTH, data={"grant_type": "password"}, auth=(CLIENT_ID, CLIENT_SECRET))
    assert (other.status_code, other.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize(
    ("method", "taken"), [("basic", [200, 401]), ("post", [401, 200]), ("both", [200, 200])]
)
def test_the_secret_must_stand_where_the_application_wants_it(
    session: requests.Session, world: World, method: Any, taken: list[int]
) -> None:
    world.switches = Switches(token_method=method)
    grant = {"grant_type": "client_credentials"}
    form = {**grant, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    answers = [session.post(AUTH, data=grant, auth=(CLIENT_ID, CLIENT_SECRET)), session.post(AUTH, data=form)]
    assert [one.status_code for one in answers] == taken
    said = [one.json()["error_description"] for one in answers if one.status_code == 401]
    assert all("Unsupported authentication method" in text for text in said)


def test_a_bad_or_expired_bearer_is_access_failed(
    pingone: PingOne, session: requests.Session, clock: Clock
) -> None:
    old = pingone.token()
    clock.wind(hours=1)
    for value in (f"Bearer {old}", "Bearer x", f"Basic {pingone.token()}", ""):
        answer = session.get(f"{API}/groups", headers={"Authorization": value})
        assert (answer.status_code, answer.json()["code"]) == (401, "ACCESS_FAILED")
        assert answer.json()["details"][0]["code"] == "INVALID_TOKEN"


def test_a_wrong_path_is_refused_by_the_gateway_in_another_shape(pingone: PingOne) -> None:
    answer = pingone.ask("GET", "/propagation/nonsense")
    assert answer.status_code == 403
    assert answer.json() == {"message": "Invalid key=value pair (missing equal-sign) in Authorization header"}
    assert pingone.ask("GET", "/propagation/revisions").status_code == 405


def test_a_wrong_environment_is_not_found(pingone: PingOne, session: requests.Session) -> None:
    headers = {"Authorization": f"Bearer {pingone.token()}"}
    answer = session.get(API.replace(ENVIRONMENT_ID, NO_ID), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def test_the_environment(pingone: PingOne) -> None:
    assert pingone.get("")["id"] == ENVIRONMENT_ID


@pytest.mark.parametrize("body", [b"{bad", b"[]", b""])
def test_a_body_that_is_no_object_is_an_invalid_request(pingone: PingOne, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {pingone.token()}"}
    answer = pingone.session.post(f"{API}/groups", data=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")


def test_pages_are_followed_by_their_links(pingone: PingOne, session: requests.Session) -> None:
    seen: list[str] = []
    page = pingone.get("/users?filter=enabled eq true&limit=15")
    assert (page["count"], page["size"]) == (36, 15)
    while True:
        seen += [row["username"] for row in page["_embedded"]["users"]]
        if "next" not in page["_links"]:
            break
        href = page["_links"]["next"]["href"]
        assert href.startswith(API)
        page = session.get(href, headers={"Authorization": f"Bearer {pingone.token()}"}).json()
    assert len(seen) == len(set(seen)) == 36


def test_a_page_holds_a_thousand_groups_but_two_hundred_users(pingone: PingOne, world: World) -> None:
    """developer.pingidentity.com, paging: pages of users hold 200 at most, whatever `limit` says."""
    for table in (world.groups, world.users):
        (first,) = list(table.values())[:1]
        table |= {f"more-{number}": {**first, "id": f"more-{number}"} for number in range(1500)}
    assert pingone.get("/groups?limit=1000")["size"] == 1000
    assert pingone.get("/users?limit=1000")["size"] == 200


def test_a_full_last_page_has_no_next(pingone: PingOne) -> None:
    first = pingone.get("/users?limit=20")
    href = first["_links"]["next"]["href"].removeprefix(API)
    assert "next" not in pingone.get(href)["_links"]


def test_links_keep_the_prefix_of_a_proxy(pingone: PingOne, adapter: SandboxAdapter) -> None:
    behind = API.replace("https://api.pingone.eu", "https://proxy.example/ping")
    headers = {"Authorization": f"Bearer {pingone.token()}"}
    answer = pingone.session.get(f"{behind}/users", params={"limit": 1}, headers=headers).json()
    assert answer["_links"]["next"]["href"].startswith(f"{behind}/users?")


def test_a_page_holds_two_hundred_at_most(pingone: PingOne) -> None:
    for number in range(200):
        pingone.post("/users", {"username": f"robot{number}"})
    page = pingone.get("/users?limit=1000")
    assert (page["count"], page["size"]) == (240, 200)


@pytest.mark.parametrize(
    ("query", "target"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=x", "limit"),
        ("cursor=nonsense", "cursor"),
        ("filter=enabled", "filter"),
        ('filter=shoeSize eq "42"', "filter"),
        ('filter=username ne "x"', "filter"),
        ('filter=createdAt gt "2026"', "filter"),
    ],
)
def test_a_query_that_makes_no_sense_is_invalid_data(pingone: PingOne, query: str, target: str) -> None:
    assert pingone.refused("GET", f"/users?{query}")["target"] == target


@pytest.mark.parametrize(
    ("filter", "count"),
    [
        ("enabled eq false", 4),
        ('title co "engineer"', 11),
        ('name.family sw "m" and enabled eq true', 5),
        ('email eq "PRIYA.RAMAN@acme.example"', 1),
        ('not (population.id pr) or username eq "mei.tanaka"', 1),
    ],
)
def test_users_are_found_by_filter(pingone: PingOne, filter: str, count: int) -> None:
    assert len(pingone.embedded(f"/users?filter={filter}")) == count


def test_users_are_found_by_their_group(pingone: PingOne) -> None:
    groups = {row["name"]: row for row in pingone.embedded("/groups")}
    assert set(groups) == {"All Staff", "Finance", "Sales", "Leadership", "Contractors Group"}
    for row in groups.values():
        members = pingone.embedded(f'/users?filter=memberOfGroups[id eq "{row["id"]}"]')
        assert len(members) == row["totalMemberCounts"]["users"] > 3


def test_a_person_is_made_changed_and_deleted(pingone: PingOne) -> None:
    body = {"username": "new.one", "email": "new.one@acme.example", "name": {"given": "New"}}
    row = pingone.post("/users", body)
    assert row["enabled"] is True
    assert row["population"]["id"] == pingone.population("Default")
    contractors = {"population": {"id": pingone.population("Contractors")}}
    assert pingone.ask("PATCH", f"/users/{row['id']}", contractors).json()["population"] == {
        "id": pingone.population("Contractors")
    }
    assert pingone.refused("POST", "/users", body)["code"] == "UNIQUENESS_VIOLATION"
    pingone.delete(f"/users/{row['id']}")
    assert pingone.refused("GET", f"/users/{row['id']}", status=404)["code"] == "NOT_FOUND"


def test_a_group_is_replaced_whole(pingone: PingOne) -> None:
    body: dict[str, Any] = {
        "name": "Engineering",
        "description": "Everyone who ships",
        "userFilter": 'title co "Engineer"',
        "customData": {"owner": "pingconf"},
        "population": {"id": pingone.population("Default")},
    }
    row = pingone.post("/groups", body)
    assert {**row, **body} == row
    assert row["displayName"] == "Engineering"
    assert (row["totalMemberCounts"], row["directMemberCounts"]) == ({"users": 10}, {"users": 0})
    changed = pingone.put(f"/groups/{row['id']}", {"name": "Engineers"})
    assert changed["population"] == body["population"], "it stays, whatever is sent"
    assert {"description", "userFilter", "customData"}.isdisjoint(changed)
    other = {"name": "Engineers", "population": {"id": pingone.population("Contractors")}}
    assert pingone.refused("PUT", f"/groups/{row['id']}", other)["target"] == "population.id"
    pingone.delete(f"/groups/{row['id']}")
    pingone.refused("DELETE", f"/groups/{row['id']}", status=404)


def test_a_group_name_recurs_in_other_populations_only(pingone: PingOne) -> None:
    for name in ("Default", "Contractors"):
        pingone.post("/groups", {"name": "Twins", "population": {"id": pingone.population(name)}})
    assert len(pingone.embedded('/groups?filter=name eq "Twins"')) == 2
    assert pingone.refused("POST", "/groups", {"name": "Twins"})["code"] == "UNIQUENESS_VIOLATION"


@pytest.mark.parametrize(
    ("body", "target", "code"),
    [
        ({}, "name", "REQUIRED_VALUE"),
        ({"name": "  "}, "name", "INVALID_VALUE"),
        ({"name": 5}, "name", "INVALID_VALUE"),
        ({"name": "Sales"}, "name", "UNIQUENESS_VIOLATION"),
        ({"name": "X", "userFilter": "title co"}, "userFilter", "INVALID_VALUE"),
        ({"name": "X", "userFilter": 'memberOfGroups[id eq "x"]'}, "userFilter", "INVALID_VALUE"),
        ({"name": "X", "population": {"id": NO_ID}}, "population.id", "INVALID_VALUE"),
        ({"name": "X", "customData": "text"}, "customData", "INVALID_VALUE"),
    ],
)
def test_a_bad_group_is_refused(pingone: PingOne, body: Any, target: str, code: str) -> None:
    detail = pingone.refused("POST", "/groups", body)
    assert (detail["target"], detail["code"]) == (target, code)


def test_membership_by_hand(pingone: PingOne) -> None:
    user = pingone.person("priya.raman")["id"]
    group = pingone.post("/groups", {"name": "Pilots"})["id"]
    path = f"/users/{user}/memberOfGroups"
    joined = pingone.post(path, {"id": group})
    assert (joined["id"], joined["name"], joined["type"]) == (group, "Pilots", "DIRECT")
    assert joined["_links"]["self"]["href"].endswith(f"{path}/{group}")
    assert joined == pingone.get(f"{path}/{group}")
    assert pingone.refused("POST", path, {"id": group})["code"] == "UNIQUENESS_VIOLATION"
    assert {row["name"] for row in pingone.embedded(path)} == {"Pilots", "All Staff"}
    pingone.delete(f"{path}/{group}")
    pingone.refused("DELETE", f"{path}/{group}", status=404)
    dynamic = pingone.post("/groups", {"name": "Dynamic", "userFilter": "enabled eq true"})["id"]
    assert pingone.refused("POST", path, {"id": dynamic})["target"] == "id"
    foreign = {"name": "Foreign", "population": {"id": pingone.population("Contractors")}}
    assert pingone.refused("POST", path, {"id": pingone.post("/groups", foreign)["id"]})["target"] == "id"
