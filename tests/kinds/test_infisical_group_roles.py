"""The roles that groups bring: one list, read and replaced whole, at the path that the server knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
import responses

from pingconf.clients import Services
from pingconf.kinds.infisical_group_roles import InfisicalGroupRoles
from pingconf.model.address import Address
from pingconf.model.errors import NotFoundError, ServiceError, UnknownOutcomeError
from pingconf.model.kind import Advice
from pingconf.model.resource import Observed
from pingconf.model.values import Attributes, Reference
from pingconf.sandbox import ORGANIZATION_ID, Switches
from tests.kinds import MARKER, SITE, Stage, attributes, said, stage

KIND = InfisicalGroupRoles()
NEWER, OLDER = "/api/v1/scim/group-org-role-mappings", "/api/v1/external-group-mappings"
ROLES: Final = {"roles": {"Leads": "admin", "Ops": "no-access"}}
SENT: Final = {
    "mappings": [
        {"groupName": "Leads", "roleSlug": "admin"},
        {"groupName": "Ops", "roleSlug": "no-access"},
    ]
}


@pytest.fixture(params=["2025-06", "2026"])
def released(request: pytest.FixtureRequest) -> Iterator[Stage]:
    with stage(Switches(infisical_release=request.param)) as opened:
        yield opened


def path_of(stage: Stage) -> str:
    return NEWER if stage.world.switches.infisical_release == "2026" else OLDER


def test_what_is_seen(released: Stage) -> None:
    assert KIND.list(released.api) == [Observed(ORGANIZATION_ID, {"roles": {}})]
    KIND.update(released.api, ORGANIZATION_ID, ROLES)
    assert KIND.list(released.api) == [Observed(ORGANIZATION_ID, ROLES)]


def test_what_is_sent_to_the_path_that_was_found(released: Stage) -> None:
    """The newer path is tried first; what the server knows is remembered."""
    KIND.list(released.api)
    tried = [(method, path) for method, path, _ in released.adapter.sent]
    assert tried == [("GET", NEWER), ("GET", OLDER)][: 1 if path_of(released) == NEWER else 2]
    assert KIND.create(released.api, ROLES, MARKER).id == ORGANIZATION_ID
    KIND.delete(released.api, ORGANIZATION_ID)
    path = path_of(released)
    assert released.sent == [("PUT", path, SENT), ("PUT", path, {"mappings": []})]
    assert released.world.role_mappings == []


def test_it_is_found_by_writing_too(released: Stage) -> None:
    KIND.update(released.api, ORGANIZATION_ID, ROLES)
    assert [path for method, path, _ in released.sent][-1] == path_of(released)
    assert len(released.world.role_mappings) == 2


def test_a_custom_role_is_known_by_its_slug(released: Stage) -> None:
    released.world.licence["rbac"] = True
    released.world.custom_roles["r-1"] = {"id": "r-1", "slug": "auditor", "name": "Auditor"}
    KIND.update(released.api, ORGANIZATION_ID, {"roles": {"Leads": "auditor", "Ops": "member"}})
    assert KIND.list(released.api)[0].attributes == {"roles": {"Leads": "auditor", "Ops": "member"}}
    released.world.custom_roles.clear()
    assert KIND.list(released.api)[0].attributes == {"roles": {"Leads": "r-1", "Ops": "member"}}


def test_a_custom_role_needs_a_licence_and_must_be_there(released: Stage) -> None:
    own = {"roles": {"Leads": "auditor"}}
    with pytest.raises(ServiceError, match="licence allows no custom roles") as caught:
        KIND.update(released.api, ORGANIZATION_ID, own)
    mend = "Built in are admin, member and no-access; others need a licence for custom roles."
    assert mend in caught.value.details
    released.world.licence["rbac"] = True
    with pytest.raises(ServiceError, match="has no role of this name"):
        KIND.update(released.api, ORGANIZATION_ID, own)
    assert released.world.role_mappings == []


def test_whose_it_is() -> None:
    assert KIND.becomes_ours(Observed("any", {"roles": {}}))
    assert not KIND.becomes_ours(Observed("any", {"roles": {"Ops": "admin"}}))
    assert KIND.recognises({}, Observed("any", {}))


# ---- answers

NO_ROUTE: Final = {"message": "Route GET:/… not found", "error": "Not Found", "statusCode": 404}
ROW: Final = {"id": "1", "groupName": "Leads", "role": "admin", "roleId": None}


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (404, {"reqId": "req-1", "message": "no", "error": "NotFound"}),
        (
            403,
            {"reqId": "req-1", "message": "You are not allowed to read on scim", "error": "PermissionDenied"},
        ),
        (400, {"reqId": "req-1", "message": "no", "error": "BadRequest"}),
    ],
)
def test_only_a_missing_route_leads_to_the_older_path(
    real: Services, wire: responses.RequestsMock, status: int, answer: Any
) -> None:
    wire.add("GET", f"{SITE}{NEWER}", status=status, json=answer)
    with pytest.raises(Exception, match=r"Infisical (does not find|forbids|refuses)"):
        KIND.list(real)


def test_a_server_that_knows_neither_path(real: Services, wire: responses.RequestsMock) -> None:
    for path in (NEWER, OLDER):
        wire.add("GET", f"{SITE}{path}", status=404, json=NO_ROUTE)
    with pytest.raises(ServiceError, match="knows no roles of groups") as caught:
        KIND.list(real)
    assert not isinstance(caught.value, NotFoundError)
    assert caught.value.details[-1] == f"Request: GET {NEWER} and {OLDER}"


@pytest.mark.parametrize("answer", [None, {}, [7], [{"groupName": "x"}], [{"role": "admin"}]])
def test_a_list_of_another_shape(real: Services, wire: responses.RequestsMock, answer: Any) -> None:
    wire.add("GET", f"{SITE}{NEWER}", **({"json": answer} if answer is not None else {}))
    with pytest.raises(ServiceError, match="in an unknown form"):
        KIND.list(real)


@pytest.mark.parametrize("answer", [None, {}, {"data": None}, {"data": {"roles": None}}])
def test_roles_of_another_shape(real: Services, wire: responses.RequestsMock, answer: Any) -> None:
    wire.add("GET", f"{SITE}{NEWER}", json=[{**ROW, "role": "custom", "roleId": "r-1"}])
    path = f"{SITE}/api/v1/organization/{ORGANIZATION_ID}/roles"
    wire.add("GET", path, **({"json": answer} if answer is not None else {}))
    with pytest.raises(ServiceError, match="without roles"):
        KIND.list(real)


@pytest.mark.parametrize("answer", [None, {}, [], [ROW, {**ROW, "groupName": "Ops"}], [{**ROW, "role": "x"}]])
def test_a_success_that_keeps_something_else_is_unknown(
    real: Services, wire: responses.RequestsMock, answer: Any
) -> None:
    wire.add("PUT", f"{SITE}{NEWER}", **({"json": answer} if answer is not None else {}))
    with pytest.raises(UnknownOutcomeError, match="without the roles of groups that it keeps"):
        KIND.update(real, ORGANIZATION_ID, {"roles": {"Leads": "admin"}})


# ---- the file

FIRST: Final = (
    "advice: a role is given to people as they are first provisioned in the group; who is a member already"
    " keeps theirs, and nobody loses one with the group"
)
ONE_LINE: Final = "the name of a group must be one line of text without blanks around it"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"Leads": "admin"}, [("", FIRST)]),
        ({}, [("", "advice: it is empty, so no group brings a role, whatever others have set up")]),
        ({" Leads": "admin", "Ops": "admin"}, [(" Leads", ONE_LINE)]),
        ({"": "admin"}, [("", ONE_LINE)]),
        ({"a\tb": "admin"}, [("a\tb", ONE_LINE)]),
    ],
)
def test_the_review(given: dict[str, str], expected: list[tuple[str, str]]) -> None:
    assert said(KIND, attributes("infisical.group_roles", **given)) == expected


@pytest.mark.parametrize("role", ["", "Admin", "custom", "a b", "-a", "a-", "x" * 65, 5, None, ["admin"]])
def test_what_is_no_slug(role: Any) -> None:
    with pytest.raises(ValueError, match="validation error"):
        attributes("infisical.group_roles", Leads=role)


@pytest.mark.parametrize("role", ["admin", "member", "no-access", "a", "team_lead-2", "x" * 64])
def test_what_is_a_slug(role: str) -> None:
    assert attributes("infisical.group_roles", Leads=role) == {"roles": {"Leads": role}}


def test_groups_that_no_rule_brings() -> None:
    groups = {key: Address("pingone.groups", key) for key in ("leads", "ops")}
    others: dict[Address, Attributes] = {
        groups["leads"]: {"name": "Leads"},
        groups["ops"]: {"name": "Ops"},
        Address("pingone.rules", "a"): {"groups": [Reference(groups["leads"])]},
        Address("pingone.rules", "b"): {"groups": [Reference(Address("pingone.groups", "dangling"))]},
        Address("pingone.rules", "c"): {},
    }
    given = {"roles": {"Leads": "admin", "Ops": "admin", "leads": "admin"}}
    assert KIND.review_beside(given, others) == [
        Advice("Ops", 'no rule of the file brings a group called "Ops"'),
        Advice("leads", 'no rule of the file brings a group called "leads"'),
    ]


def test_all_that_is_known_of_a_role_is_in_the_schema() -> None:
    schema = KIND.spec.model_json_schema()["additionalProperties"]
    assert re.fullmatch(schema["pattern"], "no-access")
    assert (re.fullmatch(schema["pattern"], "Admin"), schema["maxLength"]) == (None, 64)
