"""What an Infisical of 2026 does otherwise than the observed one of June 2025, on both sides by side."""

from __future__ import annotations

from typing import Any, Final

import pytest
import requests

from pingconf.sandbox import ADMIN_EMAIL, ADMIN_PASSWORD, ORGANIZATION_ID, World
from pingconf.sandbox.switches import Switches
from tests.sandbox.callers import (
    NO_ID,
    Clock,
    Infisical,
    PingOne,
    error,
    follow_the_guide,
    payload,
)

TOKENS: Final = "/api/v1/scim/scim-tokens"
LISTED: Final = f"{TOKENS}?organizationId={ORGANIZATION_ID}"
OIDC: Final = "/api/v1/sso/oidc/config"
USERS, GROUPS = "/api/v1/scim/Users", "/api/v1/scim/Groups"
ROLES, OLDER_ROLES = "/api/v1/scim/group-org-role-mappings", "/api/v1/external-group-mappings"
ORGANIZATION: Final = f"/api/v1/organization/{ORGANIZATION_ID}"
ALICE: Final = "alice@acme.example"


@pytest.fixture
def world(clock: Clock) -> World:
    return World.seed(clock=clock, switches=Switches(infisical_release="2026"))


@pytest.fixture
def older(clock: Clock) -> World:
    return World.seed(clock=clock)


@pytest.fixture
def scim(infisical: Infisical) -> Infisical:
    infisical.enable_scim()
    return infisical.scim()


def person(email: str, user_name: str = "", **fields: Any) -> dict[str, Any]:
    """Without `schemas`, which nobody asks for any more."""
    mails = [{"primary": True, "value": email, "type": "work"}]
    names = {"givenName": "Alice", "familyName": "Ng"}
    return {"userName": user_name or email, "name": names, "emails": mails, "active": True, **fields}


def alice(scim: Infisical) -> str:
    return str(scim.post(USERS, person(ALICE, "alice.ng"))["id"])


# ---- the management API


def test_a_token_lives_for_two_years_at_most(infisical: Infisical) -> None:
    body = {"organizationId": ORGANIZATION_ID, "ttlDays": 731}
    refused = infisical.admin().refused("POST", TOKENS, body)
    issue = {"code": "too_big", "maximum": 730, "type": "number", "inclusive": True, "exact": False}
    text = "Number must be less than or equal to 730"
    assert refused == error(422, [{**issue, "message": text, "path": ["ttlDays"]}], "ValidationFailure")
    made = infisical.admin().post(TOKENS, {**body, "ttlDays": 730})["scimToken"]
    (row,) = infisical.admin().get(LISTED)["scimTokens"]
    assert (row["id"], row["expiryNotificationSent"]) == (payload(made)["scimTokenId"], False)
    gone = infisical.admin().ask("DELETE", f"{TOKENS}/{row['id']}").json()["scimToken"]
    assert gone == row


def test_a_person_logs_in_by_password(infisical: Infisical, world: World, session: requests.Session) -> None:
    path, body = "/api/v3/auth/login", {"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD}
    person = Infisical(session, world, infisical.post(path, body)["accessToken"])
    chosen = person.post("/api/v3/auth/select-organization", {"organizationId": ORGANIZATION_ID})
    assert Infisical(session, world, chosen["token"]).get(LISTED) == {"scimTokens": []}
    assert infisical.refused("POST", path, {**body, "password": "x"})["statusCode"] == 401
    assert infisical.ask("POST", path, body, **{"User-Agent": ""}).status_code == 400


def test_single_sign_on_is_named_by_the_id_and_open_to_machine_identities(infisical: Infisical) -> None:
    path = f"{OIDC}?organizationId={ORGANIZATION_ID}"
    assert infisical.identity().get(path) == infisical.admin().get(path)
    missing = infisical.admin().refused("GET", f"{OIDC}?orgSlug=acme")
    assert missing["message"][0]["path"] == ["organizationId"]
    other = infisical.admin().refused("PATCH", OIDC, {"organizationId": NO_ID, "isActive": True})
    assert other["statusCode"] == 403


def test_any_change_of_single_sign_on_still_switches_scim_off(infisical: Infisical) -> None:
    infisical.enable_scim()
    body = {"organizationId": ORGANIZATION_ID, "clientSecret": "new"}
    assert infisical.admin().ask("PATCH", OIDC, body).status_code == 200
    assert infisical.admin().get(ORGANIZATION)["organization"]["scimEnabled"] is False


def test_roles_of_groups_moved(infisical: Infisical, world: World) -> None:
    admin = infisical.admin()
    mappings = [{"groupName": "Leads", "roleSlug": "admin"}]
    row = admin.ask("PUT", ROLES, {"mappings": mappings}).json()[0]
    assert (row["groupName"], row["role"], row["roleId"]) == ("Leads", "admin", None)
    assert admin.get(ROLES) == [row]
    assert admin.refused("PUT", ROLES, {"mappings": mappings * 2})["statusCode"] == 400
    assert admin.get(ROLES) == [row], "the old list stays"
    gone = admin.ask("GET", OLDER_ROLES)
    assert (gone.status_code, gone.json()["error"]) == (404, "Not Found")
    assert infisical.identity().refused("GET", ROLES)["error"] == f"Forbidden access to {ROLES}"


def test_a_custom_role_needs_a_licence_and_is_shown_by_its_id(infisical: Infisical, world: World) -> None:
    admin = infisical.admin()
    body = {"mappings": [{"groupName": "Leads", "roleSlug": "auditor"}]}
    text = "Failed to set group organization role mapping due to plan RBAC restriction. "
    expected = error(400, f"{text}Upgrade plan to set custom role mapping.", "BadRequest")
    assert admin.refused("PUT", ROLES, body) == expected
    world.licence["rbac"] = True
    assert admin.refused("PUT", ROLES, body)["message"] == "Custom role auditor not found."
    world.custom_roles["r-1"] = {"id": "r-1", "slug": "auditor", "name": "Auditor"}
    (row,) = admin.ask("PUT", ROLES, body).json()
    assert (row["role"], row["roleId"]) == ("custom", "r-1")
    slugs = [one["slug"] for one in admin.get(f"{ORGANIZATION}/roles")["data"]["roles"]]
    assert slugs == ["admin", "member", "no-access", "auditor"]


# ---- e-mail domains


def test_people_of_other_domains_are_refused_until_theirs_is_verified(
    infisical: Infisical, scim: Infisical
) -> None:
    outside = person("zoe@other.example")
    refused = scim.refused("POST", USERS, outside)
    assert (refused["status"], refused["detail"]) == (
        403,
        "The email you attempted to login in with is not a part of the accepted domains",
    )
    assert scim.refused("POST", USERS, person("zoe@sub.acme.example"))["status"] == 403
    admin = infisical.admin()
    domain = admin.post("/api/v1/email-domains", {"domain": "other.example"})["emailDomain"]
    assert scim.refused("POST", USERS, outside)["status"] == 403, "not verified yet"
    admin.post(f"/api/v1/email-domains/{domain['id']}/verify", {})
    id = scim.post(USERS, outside)["id"]
    assert admin.ask("DELETE", f"/api/v1/email-domains/{domain['id']}").status_code == 200
    assert [one["domain"] for one in admin.get("/api/v1/email-domains")["emailDomains"]] == ["acme.example"]
    assert scim.refused("PUT", f"{USERS}/{id}", outside)["status"] == 403


def test_an_older_server_knows_no_domains(older: World, session: requests.Session) -> None:
    from pingconf.sandbox import SandboxAdapter

    session.mount("https://", SandboxAdapter(older))
    answer = Infisical(session, older).admin().ask("GET", "/api/v1/email-domains")
    assert (answer.status_code, answer.json()["error"]) == (404, "Not Found")


# ---- the SCIM server


def test_what_it_says_it_can(scim: Infisical, infisical: Infisical) -> None:
    said = scim.get("/api/v1/scim/ServiceProviderConfig")
    assert (said["patch"]["supported"], said["bulk"]["supported"]) == (True, False)
    assert (said["filter"], said["etag"]) == ({"supported": True, "maxResults": 100}, {"supported": False})
    assert infisical.ask("GET", "/api/v1/scim/ServiceProviderConfig").status_code == 401
    assert scim.ask("GET", "/api/v1/scim/Schemas").status_code == 404


def test_names_are_shown_and_found_as_they_were_sent(scim: Infisical) -> None:
    id = alice(scim)
    assert scim.get(f"{USERS}/{id}")["userName"] == "alice.ng"
    found = scim.get(f'{USERS}?filter=userName eq "alice.ng"')
    assert [row["id"] for row in found["Resources"]] == [id]
    assert scim.get(f'{USERS}?filter=userName eq "{ADMIN_EMAIL}"')["Resources"] == [], "has no alias"
    everybody = scim.get(f'{USERS}?filter=username eq "alice.ng"')["Resources"]
    assert len(everybody) == 2, "an unknown attribute restricts nothing, still"


def test_people_are_known_by_their_email(scim: Infisical, world: World) -> None:
    id = alice(scim)
    assert scim.post(USERS, person(ALICE, "alice.renamed"))["id"] == id
    before = world.members[id]["account"]
    for _ in range(2):
        assert scim.ask("DELETE", f"{USERS}/{id}").json() == {}, "also the second time"
    again = alice(scim)
    assert (again == id, world.members[again]["account"] == before) == (False, True)


def test_put_answers_as_it_is_now(scim: Infisical) -> None:
    id = alice(scim)
    changed = person(ALICE, "alice.ng", name={"givenName": "Al", "familyName": "Ng"}, active=False)
    answer = scim.ask("PUT", f"{USERS}/{id}", changed).json()
    assert (answer["name"]["givenName"], answer["active"]) == ("Al", False)


def test_an_email_is_fixed_unless_single_sign_on_is_enforced(scim: Infisical, world: World) -> None:
    id = alice(scim)
    other = {"op": "replace", "path": 'emails[type eq "work"].value', "value": "al@acme.example"}
    for method, body in (("PUT", person("al@acme.example")), ("PATCH", {"Operations": [other]})):
        refused = scim.refused(method, f"{USERS}/{id}", body)
        assert (refused["status"], refused["detail"]) == (400, "Email cannot be changed.")
    world.organization["authEnforced"] = True
    assert scim.refused("PUT", f"{USERS}/{id}", person(ADMIN_EMAIL))["status"] == 409
    changed = scim.ask("PUT", f"{USERS}/{id}", person("al@acme.example")).json()
    assert changed["emails"][0]["value"] == "al@acme.example"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_the_admin_made_by_hand_can_be_deleted_only(scim: Infisical, world: World, method: str) -> None:
    admin = next(iter(world.members))
    off = {"op": "replace", "path": "active", "value": False}
    body = person(ADMIN_EMAIL, active=False) if method == "PUT" else {"Operations": [off]}
    refused = scim.refused(method, f"{USERS}/{admin}", body)
    assert (refused["status"], refused["detail"]) == (404, "User alias not found")
    assert world.members[admin]["isActive"] is True
    assert scim.ask("DELETE", f"{USERS}/{admin}").status_code == 200
    assert world.members == {}


def test_a_flag_may_be_a_text(scim: Infisical) -> None:
    id = alice(scim)
    off = {"op": "Replace", "path": "active", "value": "False"}
    assert scim.ask("PATCH", f"{USERS}/{id}", {"Operations": [off]}).json()["active"] is False


def test_groups_ask_for_less(scim: Infisical) -> None:
    team = scim.post(GROUPS, {"displayName": "Pilots", "members": [{"value": alice(scim)}]})
    assert [one["display"] for one in team["members"]] == ["Alice Ng"]
    body = {"id": team["id"], "displayName": "Pilots", "members": []}
    assert scim.ask("PUT", f"{GROUPS}/{team['id']}", body).json()["members"] == []
    for _ in range(2):
        assert scim.ask("DELETE", f"{GROUPS}/{team['id']}").json() == {}


def test_the_guide_brings_everybody(pingone: PingOne, infisical: Infisical, world: World) -> None:
    """PingOne's own requests fit this release too; those who are unchanged are found by their e-mail."""
    setup = follow_the_guide(pingone, infisical)
    setup.publish()
    brought = infisical.active_members()
    assert len(brought) > 30
    setup.publish()
    assert infisical.active_members() == brought
    assert world.history[-1]["connections"][0]["failed"] == 0
    assert {row["alias"] for row in world.members.values()} - {None} == {
        row["username"] for row in world.users.values() if row["enabled"]
    }
