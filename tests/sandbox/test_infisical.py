"""Infisical's management API, as observed on a backend of June 2025."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from pingconf.sandbox import ADMIN_EMAIL, ADMIN_PASSWORD, IDENTITY_CLIENT_ID, ORGANIZATION_ID, World
from tests.sandbox.callers import NO_ID, USER_SCHEMA, Clock, Infisical, Setup, error, payload

TOKENS = "/api/v1/scim/scim-tokens"
LISTED = f"{TOKENS}?organizationId={ORGANIZATION_ID}"
ORGANIZATION = f"/api/v1/organization/{ORGANIZATION_ID}"
OIDC = "/api/v1/sso/oidc/config"
NOT_ALLOWED = "You are not allowed to access this resource"


def test_status_needs_no_login(infisical: Infisical) -> None:
    assert infisical.get("/api/status")["message"] == "Ok"
    assert infisical.get("/api/v1/admin/config")["config"]["initialized"] is True


def test_an_unknown_route_has_another_shape(infisical: Infisical) -> None:
    answer = infisical.admin().ask("PATCH", f"{TOKENS}/{NO_ID}?x=1")
    assert (answer.status_code, answer.json()) == (
        404,
        {
            "message": f"Route PATCH:{TOKENS}/{NO_ID}?x=1 not found",
            "error": "Not Found",
            "statusCode": 404,
        },
    )


def test_errors_have_a_request_id_in_the_body(infisical: Infisical) -> None:
    seen = {infisical.ask("GET", LISTED).json()["reqId"] for _ in range(3)}
    assert len(seen) == 3
    assert all(len(one) == 18 and one.startswith("req-") for one in seen)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, error(401, "Token missing", "UnauthorizedError")),
        ("Bearer", error(403, "jwt must be provided", "TokenError")),
        (
            "Bearer nonsense",
            error(
                403,
                "The provided access token is malformed. "
                "Please use a valid token or generate a new one and try again.",
                "TokenError",
            ),
        ),
        ("Bearer a.b.c", error(403, "invalid token", "TokenError")),
    ],
)
def test_bad_tokens(infisical: Infisical, header: str | None, expected: Any) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = infisical.ask("GET", LISTED, **headers).json()
    assert {name: answer[name] for name in expected} == expected


def test_only_the_length_of_the_scheme_counts(infisical: Infisical) -> None:
    token = infisical.world.admin_token()
    assert infisical.ask("GET", LISTED, Authorization=f"bearer {token}").status_code == 200
    assert infisical.ask("GET", LISTED, Authorization=f"Potato {token}").status_code == 200
    for text in (f"OAuth {token}", token):
        answer = infisical.ask("GET", LISTED, Authorization=text)
        assert (answer.status_code, answer.json()["message"]) == (403, "invalid token")
    answer = infisical.ask("GET", LISTED, Authorization=f"Bearer {token[:-3]}AAA")
    assert answer.json()["message"] == "invalid signature"


def test_an_expired_user_token_is_a_403(infisical: Infisical, clock: Clock) -> None:
    admin = infisical.admin()
    clock.wind(days=10)
    expected = error(403, "Your token has expired. Please re-authenticate.", "TokenError")
    assert admin.refused("GET", LISTED) == expected


def test_a_machine_identity_may_read_but_make_no_token(infisical: Infisical) -> None:
    identity = infisical.identity()
    for method, path in (
        ("GET", LISTED),
        ("POST", TOKENS),
        ("DELETE", f"{TOKENS}/{NO_ID}"),
        ("PATCH", ORGANIZATION),
        ("GET", ORGANIZATION),
        ("GET", "/api/v1/organization"),
        ("GET", f"{ORGANIZATION}/users"),
        ("GET", f"{OIDC}?orgSlug=acme"),
        ("GET", "/api/v1/external-group-mappings"),
        ("GET", "/api/v1/scim/Users"),
    ):
        assert identity.refused(method, path) == error(403, NOT_ALLOWED, f"Forbidden access to {path}")
    assert identity.get("/api/v1/groups") == []
    assert identity.get(f"/api/v1/organizations/{ORGANIZATION_ID}/plan")["plan"]["scim"] is True
    empty = identity.ask("GET", f"/api/v2/organizations/{ORGANIZATION_ID}/memberships")
    assert (empty.status_code, empty.content) == (200, b"")
    assert identity.get("/api/v1/organization/audit-logs") == {"auditLogs": []}


def test_the_login_of_a_machine_identity(infisical: Infisical) -> None:
    path = "/api/v1/auth/universal-auth/login"
    wrong = {"clientId": IDENTITY_CLIENT_ID, "clientSecret": "wrong"}
    assert infisical.refused("POST", path, wrong) == error(401, "Invalid credentials", "UnauthorizedError")
    unknown = {"clientId": NO_ID, "clientSecret": "x"}
    text = "No identity with specified client ID was found"
    assert infisical.refused("POST", path, unknown) == error(404, text, "NotFound")
    missing = infisical.refused("POST", path, {})
    assert [issue["path"] for issue in missing["message"]] == [["clientId"], ["clientSecret"]]

    identity = infisical.identity()
    renewed = infisical.post("/api/v1/auth/token/renew", {"accessToken": identity.bearer})
    assert (renewed["tokenType"], renewed["expiresIn"]) == ("Bearer", 2_592_000)
    revoked = infisical.post("/api/v1/auth/token/revoke", {"accessToken": identity.bearer})
    assert revoked == {"message": "Successfully revoked access token"}
    expected = error(401, "No identity access token found", "UnauthorizedError")
    assert identity.refused("GET", "/api/v1/groups") == expected


def test_a_person_without_an_organisation_may_choose_one(
    infisical: Infisical, world: World, session: requests.Session
) -> None:
    person = Infisical(session, world, world.user_token(ADMIN_EMAIL, in_organization=False))
    assert person.get("/api/v1/organization")["organizations"][0]["orgAuthMethod"] == "oidc"
    text = f"{LISTED} Unauthorized Access, no organization found in request"
    assert person.refused("GET", LISTED) == error(401, NOT_ALLOWED, text)
    chosen = person.post("/api/v3/auth/select-organization", {"organizationId": ORGANIZATION_ID})
    assert chosen["isMfaEnabled"] is False
    assert payload(chosen["token"])["organizationId"] == ORGANIZATION_ID
    assert Infisical(session, world, chosen["token"]).get(LISTED) == {"scimTokens": []}
    other = person.refused("POST", "/api/v3/auth/select-organization", {"organizationId": NO_ID})
    assert other["error"] == "ForbiddenError"
    body = {"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD}
    assert infisical.ask("POST", "/api/v3/auth/login", body).json()["error"] == "Not Found", "SRP only"


def test_the_scim_switch_needs_active_sso(infisical: Infisical) -> None:
    admin = infisical.admin()
    assert admin.ask("PATCH", OIDC, {"orgSlug": "acme", "isActive": False}).status_code == 200
    text = "Cannot enable SCIM when neither SAML or OIDC is configured."
    assert admin.refused("PATCH", ORGANIZATION, {"scimEnabled": True}) == error(400, text, "BadRequest")
    assert admin.get("/api/v1/organization")["organizations"][0]["orgAuthMethod"] == ""
    assert admin.ask("PATCH", OIDC, {"orgSlug": "acme", "isActive": True}).status_code == 200
    for _ in range(2):
        answer = admin.ask("PATCH", ORGANIZATION, {"scimEnabled": True}).json()
        assert answer["message"] == "Successfully updated organization"
        assert answer["organization"]["scimEnabled"] is True
    logged = admin.get("/api/v1/organization/audit-logs?eventType=update-org")["auditLogs"]
    assert [row["event"]["metadata"] for row in logged] == [{"scimEnabled": True}] * 2


def test_single_sign_on_in_full(infisical: Infisical, world: World) -> None:
    """As it was recorded: the secret in GET alone, and a PATCH that forgets the algorithm."""
    world.oidc, admin = {}, infisical.admin()
    text = "OIDC configuration for organization with slug 'acme' not found"
    assert admin.refused("GET", f"{OIDC}?orgSlug=acme") == error(404, text, "NotFound")
    issuer = "https://auth.pingone.eu/ENV/as"
    ends = {"authorizationEndpoint": "authorize", "jwksUri": "jwks", "tokenEndpoint": "token"}
    fields = {name: f"{issuer}/{end}" for name, end in {**ends, "userinfoEndpoint": "userinfo"}.items()}
    shown = {"configurationType": "custom", "issuer": issuer, **fields, "isActive": False}
    client = {"clientId": "cid", "clientSecret": "sandbox-oidc-secret"}
    made = admin.post(OIDC, {"orgSlug": "acme", **shown, **client})
    rest = {"discoveryURL": "", "allowedEmailDomains": "", "manageGroupMemberships": False}
    whole = {**shown, **rest, "id": made["id"], "orgId": ORGANIZATION_ID, "jwtSignatureAlgorithm": "RS256"}
    assert made == whole
    assert admin.get(f"{OIDC}?orgSlug=acme") == {**whole, **client}
    changed = admin.ask("PATCH", OIDC, {"orgSlug": "acme", "isActive": True}).json()
    assert changed == {**{k: v for k, v in whole.items() if k != "jwtSignatureAlgorithm"}, "isActive": True}


def test_any_change_of_oidc_switches_scim_off(infisical: Infisical) -> None:
    infisical.enable_scim()
    admin = infisical.admin()
    answer = admin.ask("PATCH", OIDC, {"orgSlug": "acme", "clientSecret": "new"}).json()
    assert answer["isActive"] is True
    assert "clientSecret" not in answer
    assert admin.get(f"{OIDC}?orgSlug=acme")["clientSecret"] == "new", "GET shows it in clear"
    assert admin.get(ORGANIZATION)["organization"]["scimEnabled"] is False
    assert admin.refused("POST", OIDC, {"orgSlug": "acme", "clientId": "x", "clientSecret": "y"}) == error(
        500, "Something went wrong", "Create"
    )


@pytest.mark.parametrize(
    ("body", "status", "name"),
    [
        ({}, 500, "Update organization"),
        ({"foo": 1}, 500, "Update organization"),
        ({"scimEnabled": "yes"}, 422, "ValidationFailure"),
    ],
)
def test_a_change_that_changes_nothing(infisical: Infisical, body: Any, status: int, name: str) -> None:
    refused = infisical.admin().refused("PATCH", ORGANIZATION, body)
    assert (refused["statusCode"], refused["error"]) == (status, name)


def test_without_a_licence_there_is_no_scim(infisical: Infisical, world: World) -> None:
    world.licence["scim"] = False
    admin = infisical.admin()
    begin = "due to plan restriction. Upgrade plan to"
    for method, path, body, failed, upgrade in (
        ("GET", LISTED, None, "get SCIM tokens", "get SCIM tokens"),
        ("POST", TOKENS, {"organizationId": ORGANIZATION_ID}, *["create a SCIM token"] * 2),
        ("PATCH", ORGANIZATION, {"scimEnabled": True}, *["enable/disable SCIM provisioning"] * 2),
    ):
        text = f"Failed to {failed} {begin} {upgrade}."
        assert admin.refused(str(method), str(path), body) == error(400, text, "BadRequest")


def test_a_member_lacks_the_permissions(setup: Setup, world: World, session: requests.Session) -> None:
    setup.publish()
    member = Infisical(session, world, world.user_token("priya.raman@acme.example"))
    for method, path, body, action, subject in (
        ("GET", LISTED, None, "read", "scim"),
        ("POST", TOKENS, {"organizationId": ORGANIZATION_ID}, "create", "scim"),
        ("PATCH", ORGANIZATION, {"scimEnabled": False}, "edit", "settings"),
    ):
        text = f"You are not allowed to {action} on {subject}"
        expected = error(403, text, "PermissionDenied", details=[])
        assert member.refused(method, path, body) == expected


def test_roles_mapped_to_groups_are_given_to_the_invited(infisical: Infisical) -> None:
    infisical.enable_scim()
    path = "/api/v1/external-group-mappings"
    admin, scim = infisical.admin(), infisical.scim()
    mappings = [{"groupName": "Leads", "roleSlug": "admin"}]
    assert admin.ask("PUT", path, {"mappings": mappings}).json() == admin.get(path)
    twice = admin.refused("PUT", path, {"mappings": mappings * 2})
    assert twice == error(500, "Something went wrong", "Create")
    custom = admin.refused("PUT", path, {"mappings": [{"groupName": "X", "roleSlug": "own"}]})
    assert custom["statusCode"] == 400
    bob = {"userName": "bob", "emails": [{"primary": True, "value": "bob@acme.example"}]}
    id = scim.post("/api/v1/scim/Users", {"schemas": [USER_SCHEMA], **bob})["id"]
    members = [{"value": id, "display": "Bob"}]
    team = scim.post("/api/v1/scim/Groups", {"schemas": [], "displayName": "Leads", "members": members})
    assert infisical.members()["bob@acme.example"]["role"] == "admin"
    scim.ask("DELETE", f"/api/v1/scim/Groups/{team['id']}")
    assert infisical.members()["bob@acme.example"]["role"] == "admin", "the role stays"
