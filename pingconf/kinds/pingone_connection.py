"""A SCIM Outbound connection: a PingOne propagation store of type `scim`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from pingconf.clients import Services
from pingconf.clients.bodies import writable
from pingconf.model.errors import ConnectionTestError, CredentialError, ServiceError
from pingconf.model.fields import Flag, Lifecycle, ResourcePath, Spec, Text
from pingconf.model.kind import Advice, Kind, Made, Objection, RefersTo
from pingconf.model.resource import Marker, Observed
from pingconf.model.settings import Settings
from pingconf.model.values import Attributes, Secret, Value, value_at, with_value
from pingconf.scim import attributes as attributes_of
from pingconf.scim import parse
from pingconf.scim.dialects import looking_for, review_lookup

STORES: Final = "/propagation/stores"
LATEST: Final = "/propagation/revisions/id%3Alatest"
NOBODY: Final = "nobody@pingconf.invalid"
"""An address that cannot exist (RFC 2606, section 2)."""
REFUSED: Final = "Infisical's SCIM server does not answer to the new token"
FAILED: Final = "PingOne could not connect to Infisical with the new token"
GOOD: Final = frozenset(
    {"OK", "SUCCESS", "SUCCESSFUL", "SUCCEEDED", "PASSED", "VALID", "CONNECTED", "TRUE", "200", "204"}
    | {"ACTIVE", "INACTIVE"}
)
"""What `status` may say in the undocumented answer of a connection test that went well; the last two are the
connection's own."""
METHODS: Final = {"oauth2_bearer_token": "OAuth 2 Bearer Token"}
REMOVE_ACTIONS: Final = {"disable": "Disable", "delete": "Delete"}
TEXTS: Final = {
    "base_url": "SCIM_URL",
    "scim_version": "SCIM_VERSION",
    "users_resource": "USERS_RESOURCE",
    "groups_resource": "GROUPS_RESOURCE",
    "auth.header": "AUTHORIZATION_TYPE",
    "user_identifier": "UNIQUE_USER_IDENTIFIER",
    "user_filter_expression": "USER_FILTER",
}
LITERALS: Final = {
    "auth.method": ("AUTHENTICATION_METHOD", METHODS),
    "remove_action": ("REMOVE_ACTION", REMOVE_ACTIONS),
}
FLAGS: Final = {
    "create_users": "CREATE_USERS",
    "update_users": "UPDATE_USERS",
    "disable_users": "DISABLE_USERS",
}
BOUND: Final = "auth.token"
BEARER_KEY: Final = "OAUTH_ACCESS_TOKEN"


class AuthSpec(Spec):
    """How PingOne authenticates at Infisical."""

    method: Literal["oauth2_bearer_token"] = Field(
        "oauth2_bearer_token", description='The console\'s "OAuth 2 Bearer Token".'
    )
    header: Literal["Bearer"] = Field("Bearer", description="What stands before the token in the header.")
    token: Text = Field(description="A name under infisical.scim_tokens.")


class ConnectionSpec(Spec):
    """A SCIM Outbound connection from PingOne to Infisical."""

    name: Text | None = Field(None, description="Defaults to the key.")
    description: str | None = None
    base_url: Text | None = Field(None, description="Default: <public_url>/api/v1/scim")
    users_resource: ResourcePath = "/Users"
    groups_resource: ResourcePath = "/Groups"
    scim_version: Literal["2.0", "1.1"] = "2.0"
    auth: AuthSpec
    user_filter_expression: Text = Field(
        'email.value Eq "%s"', description="How PingOne looks a person up at Infisical; has one %s."
    )
    user_identifier: Literal["workEmail", "userName"] = "workEmail"
    create_users: Flag = Field(True, description="May PingOne create people at Infisical?")
    update_users: Flag = Field(True, description="May it update them?")
    disable_users: Flag = Field(True, description="May it disable them?")
    remove_action: Literal["disable", "delete"] = Field(
        "disable", description="What happens at Infisical to people who leave scope."
    )
    deprovision_on_rule_deletion: Flag = Field(
        True, description="The console's switch of that name; destroy releases people first all the same."
    )
    enabled: Flag = Field(True, description="The toggle of the connection.")
    lifecycle: Lifecycle = None


class PingOneConnection(Kind[Services]):
    """PUT whole, so every change of it needs the token's secret again.

    Source: developer.pingidentity.com, propagation-stores/create-store-scim.html. `managed` is the console's
    "Deprovision on Rule Deletion": deleting a managed store deprovisions its people at the next revision.
    """

    section = "pingone.connections"
    noun = "connection"
    spec = ConnectionSpec
    references: ClassVar[Mapping[str, RefersTo]] = {BOUND: RefersTo("infisical.scim_tokens", "secret")}
    fixed = frozenset({"user_identifier"})
    write_only = frozenset({BOUND})
    tested = True
    committed = True
    settles = True
    has_route = True

    def fill(self, key: str, attributes: Attributes, settings: Settings) -> Attributes:
        base_url = f"{settings.infisical.public_url}/api/v1/scim"
        return {"name": key, "base_url": base_url, **attributes}

    def review(self, attributes: Attributes, settings: Settings) -> Sequence[Objection | Advice]:
        return [*_review_url(attributes, settings), *_review_expression(attributes)]

    def harms(self, attributes: Attributes) -> bool:
        return attributes.get("deprovision_on_rule_deletion") is True

    def obstacle(self, attributes: Attributes) -> str | None:
        needed = ("deprovision_on_rule_deletion", "enabled", "disable_users")
        missing = next((name for name in needed if attributes.get(name) is not True), None)
        return f"It has {missing}: false at PingOne; set it to true and apply first." if missing else None

    def list(self, api: Services) -> Sequence[Observed]:
        stores = api.pingone.list(STORES, "stores")
        return [_observed(store) for store in stores if store.get("type") == "scim"]

    def read(self, api: Services, id: str) -> Observed | None:
        store = api.pingone.find(f"{STORES}/{id}")
        return _observed(store) if store else None

    def held(self, api: Services, id: str, path: str, source: str) -> Secret | None:
        store = api.pingone.find(f"{STORES}/{id}") or {}
        secret = (store.get("configuration") or {}).get(BEARER_KEY)
        return secret if isinstance(secret, Secret) and _token_id(secret) == source else None

    def create(self, api: Services, attributes: Attributes, marker: Marker) -> Made:
        return Made(api.pingone.make(STORES, _body(attributes), listed_at=STORES, collection="stores"))

    def update(self, api: Services, id: str, attributes: Attributes) -> None:
        path = f"{STORES}/{id}"
        api.pingone.replace(path, _over(writable(api.pingone.read(path)), _body(attributes)))

    def delete(self, api: Services, id: str) -> None:
        api.pingone.delete(f"{STORES}/{id}")

    def test(self, api: Services, attributes: Attributes) -> None:
        bearer, expression = value_at(attributes, BOUND), str(attributes["user_filter_expression"])
        try:
            found = api.infisical.look_up(bearer, looking_for(expression, NOBODY))
        except (ServiceError, CredentialError) as failure:
            raise ConnectionTestError(REFUSED, failure.headline, *failure.details) from None
        if found:
            raise ConnectionTestError(
                f"user_filter_expression finds {found} people where it must find nobody",
                f"Asked for {NOBODY}, an address that nobody has: {expression}",
                "PingOne would take one of them for each person in scope. Nothing was published.",
            )
        try:
            answer = api.pingone.check_connection(_body(attributes))
        except ServiceError as failure:
            raise ConnectionTestError(FAILED, failure.headline, *failure.details) from None
        complaint = _complaint(answer)
        if complaint:
            raise ConnectionTestError(FAILED, complaint)

    def release(self, api: Services, id: str, attributes: Attributes) -> Attributes:
        off = with_value(with_value(attributes, "deprovision_on_rule_deletion", False), "enabled", False)
        self.update(api, id, off)
        return off

    def is_settled(self, api: Services, id: str) -> bool:
        """PingOne documents no word for "done": it is, where the last sync is younger than the revision."""
        store = api.pingone.find(f"{STORES}/{id}") or {}
        status = store.get("syncStatus") or {}
        failed = int(status.get("failedDeprovisionCount") or 0)
        if failed:
            raise ServiceError(
                f"PingOne could not take the access of {failed} people away",
                f"It says: {status.get('details') or 'no reason'}",
                "Its connection and token are kept, so that it can be tried again.",
            )
        since = str((api.pingone.find(LATEST) or {}).get("createdAt", ""))
        return status.get("syncState") != "SYNCING" and str(status.get("lastSyncAt", "")) >= since


def _observed(store: Mapping[str, Any]) -> Observed:
    configuration = store.get("configuration") or {}
    attributes: Attributes = {
        "name": store.get("name"),
        "description": store.get("description") or "",
        "enabled": store.get("status") == "ACTIVE",
        "deprovision_on_rule_deletion": _as_flag(store.get("managed", False)),
    }
    for path, value in _read_configuration(configuration):
        attributes = with_value(attributes, path, value)
    secret = configuration.get(BEARER_KEY)
    token = _token_id(secret) if isinstance(secret, Secret) else None
    return Observed(str(store["id"]), attributes, bindings={BOUND: token} if token else {})


def _token_id(secret: Secret) -> str | None:
    """Which SCIM token of Infisical this is; None where it is masked, or none at all.

    The documents do not say whether PingOne shows secrets; a recorded example of reading a store does.
    """
    # It takes all of HTTP along, which reading a file does not need.
    from pingconf.clients.http import jwt_claims

    token = jwt_claims(secret).get("scimTokenId")
    return token if isinstance(token, str) else None


def _read_configuration(configuration: Mapping[str, Any]) -> Iterator[tuple[str, Value]]:
    for path, key in TEXTS.items():
        yield path, configuration.get(key)
    for path, key in FLAGS.items():
        yield path, _as_flag(configuration.get(key))
    for path, (key, literals) in LITERALS.items():
        raw = configuration.get(key)
        yield path, next((ours for ours, theirs in literals.items() if theirs == raw), raw)


def _as_flag(value: Any) -> Any:
    """Some store types show booleans as text."""
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _body(attributes: Attributes) -> dict[str, Any]:
    configuration = {key: value_at(attributes, path) for path, key in (TEXTS | FLAGS).items()}
    for path, (key, literals) in LITERALS.items():
        configuration[key] = literals[value_at(attributes, path)]
    configuration[BEARER_KEY] = value_at(attributes, BOUND)
    body = {
        "type": "scim",
        "name": attributes["name"],
        "managed": attributes["deprovision_on_rule_deletion"],
        "status": "ACTIVE" if attributes["enabled"] else "INACTIVE",
        "configuration": configuration,
    }
    if "description" in attributes:
        body["description"] = attributes["description"]
    return body


def _over(living: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """Our fields over the living ones: configuration keys we do not know survive the PUT."""
    configuration = {**(living.get("configuration") or {}), **body["configuration"]}
    return {**living, **body, "configuration": configuration}


def _complaint(answer: Mapping[str, Any]) -> str | None:
    """A failed test inside a 200; a body of an unknown form is no failure."""
    status = str(answer.get("status", "OK")).upper()
    problem = answer.get("error") or answer.get("errors") or answer.get("code")
    if problem or status not in GOOD:
        said = answer.get("message") or answer.get("details") or problem or status
        return f"It says: {said}"
    return None


def _review_url(attributes: Attributes, settings: Settings) -> Sequence[Objection]:
    url, allowed = str(attributes["base_url"]), settings.infisical.public_url
    origin = "/".join(allowed.split("/")[:3])
    inside = re.fullmatch(re.escape(origin) + r"(?:/[A-Za-z0-9._~-]+)*", url)
    if inside and not {".", ".."} & set(url.split("/")):
        return []
    if url.endswith("/"):
        return [Objection("base_url", "base_url must not end in /", ("Infisical answers // with 404.",))]
    return [
        Objection(
            "base_url",
            f"base_url leads to another origin than Infisical: {url}",
            (
                f"The token would be sent there. Expected an address at {allowed}.",
                "If PingOne reaches Infisical at another address, set infisical.public_url.",
            ),
        )
    ]


def _review_expression(attributes: Attributes) -> Iterator[Objection | Advice]:
    path, text = "user_filter_expression", str(attributes["user_filter_expression"])
    findings = [Objection(path, one.headline, one.details) for one in review_lookup(path, text)]
    yield from findings
    if findings or attributes["user_identifier"] != "workEmail":
        return
    if attributes_of(parse(text)) != ("email.value",):
        yield Advice(path, f"{path} should look for email.value, as user_identifier is workEmail")
