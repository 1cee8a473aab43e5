"""The first apply: what the services receive, in which order, and that nothing is left to do afterwards."""

from __future__ import annotations

import os
import re
from typing import Any, Final

import requests

from pingconf.sandbox.seed import ADMIN_EMAIL
from tests.canary import Canaries
from tests.e2e.makers import Call, Stage, run_apart
from tests.e2e.witness import PEOPLE, assert_settled

CHECK: Final = "application/vnd.pingidentity.connection.check+json"
STORES: Final = "POST /propagation/stores"
IN_ORDER: Final = [
    "PATCH /api/v1/organization/*",
    "POST /api/v1/scim/scim-tokens",
    "POST /propagation/stores/connection/status",
    STORES,  # the directory
    STORES,  # the connection
    "POST /groups",
    "POST /propagation/plans",
    "POST /propagation/plans/*/rules",
    *["POST /propagation/rules/*/mappings"] * 4,
    "PUT /propagation/rules/*",
    "POST /propagation/revisions",
]


def first_apply(services: Stage) -> dict[str, list[Call]]:
    """The writes of the first apply, by their lines."""
    services.apply()
    received: dict[str, list[Call]] = {}
    for call in services.wire.writes:
        received.setdefault(call.line, []).append(call)
    return received


def body_of(received: dict[str, list[Call]], line: str, number: int = 0) -> dict[str, Any]:
    body: dict[str, Any] = received[line][number].body
    return body


def test_writes_arrive_in_the_documented_order(services: Stage) -> None:
    services.apply()
    assert services.wire.lines == IN_ORDER
    unread = [call.line for call in services.wire.calls if call.status not in (200, 201)]
    assert set(unread) == {"GET /propagation/revisions/id%3Alatest"}, "there was none yet"


def test_infisical_is_switched_on_and_asked_for_a_token(services: Stage) -> None:
    received = first_apply(services)
    assert body_of(received, IN_ORDER[0]) == {"scimEnabled": True}
    asked = body_of(received, IN_ORDER[1])
    assert asked["organizationId"] == services.world.organization_id
    assert asked["ttlDays"] == 365
    assert re.fullmatch(r"PingOne \[pingconf:[0-9a-f]{8}:pingone:[0-9a-f]{8}\]", asked["description"])


def test_the_connection_is_tested_before_anything_is_saved_in_pingone(services: Stage) -> None:
    received = first_apply(services)
    in_pingone = [call for call in services.wire.writes if "/environments/" in call.path]
    assert in_pingone[0].line == IN_ORDER[2]
    assert in_pingone[0].content_type == CHECK
    assert all(call.content_type == "application/json" for call in in_pingone[1:])
    assert body_of(received, IN_ORDER[2]) == body_of(received, STORES, 1), "what is saved is what was tested"


def test_the_source_is_the_directory(services: Stage) -> None:
    assert body_of(first_apply(services), STORES) == {"type": "directory", "name": "PingOne Directory"}


def test_the_connection_has_the_documented_keys_and_literals(services: Stage, canaries: Canaries) -> None:
    sent = body_of(first_apply(services), STORES, 1)
    token = canaries.add(sent["configuration"].pop("OAUTH_ACCESS_TOKEN"))
    assert services.world.token_is_live(token)
    assert sent == {
        "type": "scim",
        "name": "Infisical",
        "description": "SCIM provisioning into Infisical",
        "managed": True,
        "status": "ACTIVE",
        "configuration": {
            "SCIM_URL": f"{services.url}/api/v1/scim",
            "SCIM_VERSION": "2.0",
            "USERS_RESOURCE": "/Users",
            "GROUPS_RESOURCE": "/Groups",
            "AUTHENTICATION_METHOD": "OAuth 2 Bearer Token",
            "AUTHORIZATION_TYPE": "Bearer",
            "UNIQUE_USER_IDENTIFIER": "workEmail",
            "USER_FILTER": 'email.value Eq "%s"',
            "CREATE_USERS": True,
            "UPDATE_USERS": True,
            "DISABLE_USERS": True,
            "REMOVE_ACTION": "Disable",
        },
    }


def test_the_group_and_the_plan(services: Stage) -> None:
    received, world = first_apply(services), services.world
    default = next(row["id"] for row in world.populations.values() if row["name"] == "Default")
    assert body_of(received, "POST /groups") == {
        "name": "Engineering",
        "description": "Everyone who ships",
        "population": {"id": default},
        "userFilter": 'title co "Engineer"',
    }
    assert body_of(received, "POST /propagation/plans") == {"name": "Default Plan", "status": "ACTIVE"}


def test_the_rule_is_made_inactive_and_switched_on_with_all_it_needs(services: Stage) -> None:
    received, world = first_apply(services), services.world
    stores = {row["type"]: row["id"] for row in world.stores.values()}
    made = {
        "name": "Employees to Infisical",
        "plan": {"id": next(iter(world.plans))},
        "sourceStore": {"id": stores["directory"]},
        "targetStore": {"id": stores["scim"]},
        "active": False,
    }
    assert body_of(received, "POST /propagation/plans/*/rules") == made
    groups = {row["name"]: row["id"] for row in world.groups.values()}
    switched_on = body_of(received, "PUT /propagation/rules/*")
    assert switched_on == {
        **made,
        "active": True,
        "populationExpression": "enabled eq true",
        "groups": [{"id": groups["Engineering"]}, {"id": groups["All Staff"]}],
    }


def test_the_four_mappings(services: Stage) -> None:
    sent = [call.body for call in first_apply(services)["POST /propagation/rules/*/mappings"]]
    assert {body["targetAttribute"]: body["sourceAttribute"] for body in sent} == {
        "userName": "username",
        "workEmail": "email",
        "givenName": "name.given",
        "familyName": "name.family",
    }
    assert all(body.keys() == {"targetAttribute", "sourceAttribute"} for body in sent)


def test_one_revision_comes_last_and_has_no_body(services: Stage) -> None:
    received = first_apply(services)
    assert [call.body for call in received["POST /propagation/revisions"]] == [None]
    assert services.wire.writes[-1].line == "POST /propagation/revisions"


def test_people_arrive_in_infisical(services: Stage) -> None:
    services.apply()
    asked = requests.Session()
    asked.headers["Authorization"] = f"Bearer {services.world.admin_token()}"
    organization = f"{services.url}/api/v1/organization/{services.world.organization_id}"
    with asked:
        members = asked.get(f"{organization}/users").json()["users"]
        groups = asked.get(f"{services.url}/api/v1/groups").json()
        sizes = {
            group["name"]: asked.get(
                f"{services.url}/api/v1/groups/{group['id']}/users", params={"filter": "existingMembers"}
            ).json()["totalCount"]
            for group in groups
        }
    people = [one for one in members if one["isActive"] and one["user"]["email"] != ADMIN_EMAIL]
    assert len(people) == PEOPLE
    assert sizes == {"Engineering": 9, "All Staff": 31}


def test_afterwards_there_is_nothing_to_do(services: Stage) -> None:
    services.apply()
    assert_settled(services)
    planned = services.run("plan", "--detailed-exitcode")
    assert planned.code == 0
    assert {call.method for call in services.wire.calls if not call.asks_for_token} == {"GET"}
    assert sum(call.asks_for_token for call in services.wire.calls) == 1
    again = services.apply()
    assert "Apply complete! 0 added, 0 changed, 0 destroyed." in again.out
    assert services.wire.writes == []


def test_the_same_in_a_process_of_its_own(services: Stage) -> None:
    """One request at a time, as in the other tests: a plan and a group know nothing of each other."""
    environ = dict(os.environ)
    applied = run_apart(services.folder, environ, "apply", "--auto-approve", "--parallelism", "1")
    assert applied.code == 0, applied.said()
    assert applied.out.endswith("Apply complete! 6 added, 1 changed, 0 destroyed.\n")
    assert services.wire.lines == IN_ORDER
    planned = run_apart(services.folder, environ, "plan", "--detailed-exitcode")
    assert (planned.code, planned.err) == (0, "")
