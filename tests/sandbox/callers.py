"""The two clients of the stories: somebody who speaks to PingOne, and somebody who speaks to Infisical."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import requests

from pingconf.sandbox import (
    CLIENT_ID,
    CLIENT_SECRET,
    ENVIRONMENT_ID,
    IDENTITY_CLIENT_ID,
    IDENTITY_CLIENT_SECRET,
    ORGANIZATION_ID,
    World,
)

API: Final = f"https://api.pingone.eu/v1/environments/{ENVIRONMENT_ID}"
AUTH: Final = f"https://auth.pingone.eu/{ENVIRONMENT_ID}/as/token"
INFISICAL: Final = "https://app.infisical.com"
NO_ID: Final = "00000000-0000-4000-8000-000000000000"
CHECK: Final = {"Content-Type": "application/vnd.pingidentity.connection.check+json"}
MAPPINGS: Final = {
    "userName": "username",
    "workEmail": "email",
    "givenName": "name.given",
    "familyName": "name.family",
}
USER_SCHEMA: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_SCHEMA: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"


class Clock:
    """A clock that is wound by hand."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def wind(self, **by: float) -> None:
        self.time += timedelta(**by)


@dataclass(frozen=True)
class PingOne:
    """A worker application at work; every method asserts the status it expects."""

    session: requests.Session

    def token(self) -> str:
        form = {"grant_type": "client_credentials"}
        answer = self.session.post(AUTH, data=form, auth=(CLIENT_ID, CLIENT_SECRET))
        return str(answer.json()["access_token"])

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token()}", **headers}
        return self.session.request(method, f"{API}{path}", json=body, headers=headers)

    def get(self, path: str) -> Any:
        return _body(self.ask("GET", path), 200)

    def post(self, path: str, body: Any = None) -> Any:
        return _body(self.ask("POST", path, body), 201)

    def put(self, path: str, body: Any) -> Any:
        return _body(self.ask("PUT", path, body), 200)

    def delete(self, path: str) -> None:
        assert self.ask("DELETE", path).status_code == 204

    def refused(self, method: str, path: str, body: Any = None, status: int = 400) -> Any:
        """The details of a refusal, its first detail on top."""
        answer = self.ask(method, path, body)
        error = answer.json()
        assert answer.status_code == status, error
        assert error["id"] == answer.headers["Correlation-Id"]
        return error["details"][0] if error.get("details") else error

    def embedded(self, path: str) -> list[Any]:
        (rows,) = self.get(path)["_embedded"].values()
        return list(rows)

    def population(self, name: str) -> str:
        return str(next(row["id"] for row in self.embedded("/populations") if row["name"] == name))

    def person(self, username: str) -> Any:
        return self.embedded(f'/users?filter=username eq "{username}"')[0]


@dataclass(frozen=True)
class Infisical:
    """Somebody with a token; `admin`, `identity` and `scim` say whose."""

    session: requests.Session
    world: World
    bearer: str = ""

    def admin(self) -> Infisical:
        return Infisical(self.session, self.world, self.world.admin_token())

    def identity(self) -> Infisical:
        body = {"clientId": IDENTITY_CLIENT_ID, "clientSecret": IDENTITY_CLIENT_SECRET}
        token = self.session.post(f"{INFISICAL}/api/v1/auth/universal-auth/login", json=body).json()
        return Infisical(self.session, self.world, token["accessToken"])

    def scim(self) -> Infisical:
        return Infisical(self.session, self.world, self.new_token())

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        if self.bearer:
            headers = {"Authorization": f"Bearer {self.bearer}", **headers}
        return self.session.request(method, f"{INFISICAL}{path}", json=body, headers=headers)

    def get(self, path: str) -> Any:
        return _body(self.ask("GET", path), 200)

    def post(self, path: str, body: Any) -> Any:
        return _body(self.ask("POST", path, body), 200)

    def refused(self, method: str, path: str, body: Any = None) -> Any:
        """The body of a refusal, without its changing parts; `statusCode` agrees with the status."""
        answer = self.ask(method, path, body)
        error = answer.json()
        assert answer.status_code == error.get("statusCode", error.get("status")), error
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        return {name: value for name, value in error.items() if name != "reqId"}

    def new_token(self, **fields: Any) -> str:
        body = {"organizationId": ORGANIZATION_ID, **fields}
        return str(self.admin().post("/api/v1/scim/scim-tokens", body)["scimToken"])

    def enable_scim(self) -> None:
        path = f"/api/v1/organization/{ORGANIZATION_ID}"
        _body(self.admin().ask("PATCH", path, {"scimEnabled": True}), 200)

    def members(self) -> dict[str, Any]:
        """The organisation's members by e-mail."""
        rows = self.admin().get(f"/api/v1/organization/{ORGANIZATION_ID}/users")["users"]
        return {row["user"]["email"]: row for row in rows}

    def active_members(self) -> set[str]:
        return {email for email, row in self.members().items() if row["isActive"]}

    def group_members(self, name: str) -> set[str]:
        groups = {row["name"]: row["id"] for row in self.admin().get("/api/v1/groups")}
        path = f"/api/v1/groups/{groups[name]}/users?filter=existingMembers&limit=100"
        return {row["email"] for row in self.admin().get(path)["users"]}


def _body(answer: requests.Response, status: int) -> Any:
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    return answer.json() if answer.content else None


def configuration(token: str, **changes: Any) -> dict[str, Any]:
    """A connection's configuration as in Infisical's guide."""
    return {
        "SCIM_URL": f"{INFISICAL}/api/v1/scim",
        "SCIM_VERSION": "2.0",
        "USERS_RESOURCE": "/Users",
        "GROUPS_RESOURCE": "/Groups",
        "AUTHENTICATION_METHOD": "OAuth 2 Bearer Token",
        "AUTHORIZATION_TYPE": "Bearer",
        "OAUTH_ACCESS_TOKEN": token,
        "UNIQUE_USER_IDENTIFIER": "workEmail",
        "USER_FILTER": 'email.value Eq "%s"',
        "CREATE_USERS": True,
        "UPDATE_USERS": True,
        "DISABLE_USERS": True,
        "REMOVE_ACTION": "Disable",
        **changes,
    }


def store(token: str, **changes: Any) -> dict[str, Any]:
    """A whole connection; changes in capitals go to its configuration."""
    inner = {name: value for name, value in changes.items() if name.isupper()}
    outer = {name: value for name, value in changes.items() if not name.isupper()}
    whole = {"type": "scim", "name": "Infisical", "managed": True, "status": "ACTIVE"}
    return {**whole, "configuration": configuration(token, **inner), **outer}


@dataclass
class Setup:
    """The guide, done: a connection and a rule that is on; `publish` makes the revision."""

    pingone: PingOne
    infisical: Infisical
    token: str
    plan: str
    connection: str
    rule: str
    rule_body: dict[str, Any]

    def publish(self) -> Any:
        self.pingone.post("/propagation/revisions")
        return self.pingone.get(f"/propagation/stores/{self.connection}").get("syncStatus")

    def change_rule(self, **changes: Any) -> None:
        self.rule_body |= changes
        self.pingone.put(f"/propagation/rules/{self.rule}", self.rule_body)

    def change_connection(self, token: str | None = None, **changes: Any) -> None:
        body = store(token or self.token, **changes)
        self.pingone.put(f"/propagation/stores/{self.connection}", body)


def follow_the_guide(pingone: PingOne, infisical: Infisical, **changes: Any) -> Setup:
    """Infisical's page for PingOne, by the API: documentation/platform/scim/pingone."""
    infisical.enable_scim()
    token = infisical.new_token(description="PingOne", ttlDays=365)
    plan = pingone.post("/propagation/plans", {"name": "Default Plan", "status": "ACTIVE"})["id"]
    source = pingone.post("/propagation/stores", {"type": "directory", "name": "PingOne Directory"})["id"]
    connection = pingone.post("/propagation/stores", store(token, **changes))["id"]
    body: dict[str, Any] = {
        "name": "Employees",
        "plan": {"id": plan},
        "sourceStore": {"id": source},
        "targetStore": {"id": connection},
        "populationExpression": "enabled eq true",
        "groups": [],
        "active": True,
    }
    rule = pingone.post(f"/propagation/plans/{plan}/rules", {**body, "active": False})["id"]
    for target, attribute in MAPPINGS.items():
        mapping = {"targetAttribute": target, "sourceAttribute": attribute}
        pingone.post(f"/propagation/rules/{rule}/mappings", mapping)
    pingone.put(f"/propagation/rules/{rule}", body)
    return Setup(pingone, infisical, token, plan, connection, rule, body)


def in_scope(pingone: PingOne, filter: str) -> set[str]:
    return {row["email"] for row in pingone.embedded(f"/users?filter={filter}")}


def disable(pingone: PingOne, username: str, enabled: bool = False) -> None:
    path = f"/users/{pingone.person(username)['id']}"
    assert pingone.ask("PATCH", path, {"enabled": enabled}).status_code == 200


def revoke_all(infisical: Infisical) -> None:
    admin = infisical.admin()
    listed = admin.get(f"/api/v1/scim/scim-tokens?organizationId={ORGANIZATION_ID}")["scimTokens"]
    for row in listed:
        assert admin.ask("DELETE", f"/api/v1/scim/scim-tokens/{row['id']}").status_code == 200


def error(status: int, message: Any, name: str, **more: Any) -> dict[str, Any]:
    """Infisical's ordinary error body, but for its `reqId`."""
    return {"statusCode": status, "message": message, "error": name, **more}


def payload(token: str) -> Any:
    """What a JWT says."""
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
