"""PingOne's propagation stores: connections, their test, and what a store type accepts.

Facts: developer.pingidentity.com … propagation-stores (create-store-scim.html, create-store-directory.html).
"""

from __future__ import annotations

from typing import Any, Final

from pingconf.sandbox.http import Json, Request, Response, Routes, json_response
from pingconf.sandbox.pingone_wire import (
    Refused,
    check_unique,
    choice_of,
    flag_of,
    given,
    invalid,
    not_found,
    read_body,
    show,
    show_list,
    text_of,
)
from pingconf.sandbox.scim_target import CallFailed, ScimTarget
from pingconf.sandbox.world import World

ROUTES = Routes()

SECRETS: Final = ("OAUTH_ACCESS_TOKEN", "OAUTH_CLIENT_SECRET", "BASIC_AUTH_PASSWORD")
MASK: Final = "******"
STATUSES: Final = ("ACTIVE", "INACTIVE")
TYPES: Final = (
    "Aquera",
    "AzureActiveDirectorySAML2",
    "directory",
    "GitHubEMU",
    "GoogleApps",
    "LdapGateway",
    "PingOne",
    "Salesforce",
    "SalesforceContacts",
    "scim",
    "ServiceNow",
    "Slack",
    "Workday",
    "Zoom",
)

_REQUIRED: Final = (
    "SCIM_URL",
    "SCIM_VERSION",
    "USERS_RESOURCE",
    "AUTHENTICATION_METHOD",
    "AUTHORIZATION_TYPE",
    "UNIQUE_USER_IDENTIFIER",
    "USER_FILTER",
)
_CHOICES: Final = {
    "SCIM_VERSION": ("1.1", "2.0"),
    "AUTHENTICATION_METHOD": (
        "OAuth 2 Bearer Token",
        "OAuth 2 Client Credentials",
        "Basic Authentication",
        "None",
    ),
    "UNIQUE_USER_IDENTIFIER": ("userName", "workEmail"),
    "REMOVE_ACTION": ("Disable", "Delete"),
    "GROUP_NAME_SOURCE": ("Common Name", "Distinguished Name"),
}
_FLAGS: Final = (
    "CREATE_USERS",
    "UPDATE_USERS",
    "DISABLE_USERS",
    "createNewUsers",
    "updateNewUsers",
    "disableNewUsers",
)
_REQUIRED_BY_METHOD: Final = {
    "OAuth 2 Bearer Token": ("OAUTH_ACCESS_TOKEN",),
    "OAuth 2 Client Credentials": ("OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_TOKEN_REQUEST"),
    "Basic Authentication": ("BASIC_AUTH_USER", "BASIC_AUTH_PASSWORD"),
    "None": (),
}
_CHECK_TYPE: Final = "application/vnd.pingidentity.connection.check+json"


@ROUTES.on("GET", "/propagation/stores")
def list_stores(world: World, request: Request) -> Response:
    return show_list(
        world, request, "stores", [_show_store(world, request, row) for row in world.stores.values()]
    )


@ROUTES.on("GET", "/propagation/stores/{id}")
def read_store(world: World, request: Request, id: str) -> Response:
    return json_response(200, _show_store(world, request, _store(world, id)))


@ROUTES.on("POST", "/propagation/stores")
def create_store(world: World, request: Request) -> Response:
    fields = _fields(read_body(request))
    check_unique(world.stores.values(), fields["name"])
    _check_credentials(fields)
    row = {"id": world.new_id(), **fields, "createdAt": world.stamp(), "updatedAt": world.stamp()}
    world.stores[row["id"]] = row
    return json_response(201, _show_store(world, request, row))


@ROUTES.on("PUT", "/propagation/stores/{id}")
def replace_store(world: World, request: Request, id: str) -> Response:
    """PUT replaces: what is not sent is cleared, and a secret that is not sent is blanked."""
    row = _store(world, id)
    fields = _fields(read_body(request))
    check_unique(world.stores.values(), fields["name"], id)
    if fields["type"] != row["type"]:
        raise invalid("type", "The type of a store cannot be changed")
    before = row.get("configuration", {}).get("UNIQUE_USER_IDENTIFIER")
    if fields.get("configuration", {}).get("UNIQUE_USER_IDENTIFIER") != before:
        raise invalid("configuration.UNIQUE_USER_IDENTIFIER", "UNIQUE_USER_IDENTIFIER cannot be changed")
    kept = given(createdAt=row["createdAt"], syncStatus=row.get("syncStatus"))
    world.stores[id] = {"id": id, **fields, **kept, "updatedAt": world.stamp()}
    return json_response(200, _show_store(world, request, world.stores[id]))


@ROUTES.on("DELETE", "/propagation/stores/{id}")
def delete_store(world: World, request: Request, id: str) -> Response:
    _store(world, id)
    users = [
        rule for rule in world.rules.values() if id in (rule["sourceStore"]["id"], rule["targetStore"]["id"])
    ]
    if users:
        names = [rule["name"] for rule in users]
        raise invalid("id", f"The store is used by the rules {', '.join(names)}", referencedValues=names)
    del world.stores[id]
    return Response(204)


@ROUTES.on("POST", "/propagation/stores/connection/status")
def check_connection(world: World, request: Request) -> Response:
    """Test a proposed configuration by a real SCIM read; the answer to a failed test is not documented."""
    if not request.headers.get("content-type", "").startswith(_CHECK_TYPE):
        raise Refused(400, "INVALID_REQUEST", f"The content type must be {_CHECK_TYPE}")
    fields = _fields(read_body(request))
    try:
        ScimTarget(world, fields.get("configuration", {})).probe()
    except CallFailed as fault:
        if world.switches.test_failure == "400":
            raise invalid("configuration", f"Connection test failed: {fault}") from fault
        return json_response(200, {"status": "FAILED", "message": f"Connection test failed: {fault}"})
    return json_response(200, {})


@ROUTES.on("POST", "/propagation/storeMetadata/{type}")
def read_store_metadata(world: World, request: Request, type: str) -> Response:
    """What a store type accepts; only the keys at the top are documented, and the body must not be empty."""
    read_body(request)
    if type not in TYPES:
        raise not_found("store type", type)
    names = _REQUIRED if type == "scim" else []
    profile = {"connectionAttributes": [{"name": name, "required": True} for name in names]}
    answer = {
        "information": {"type": type},
        "connectionProfiles": [profile],
        "attributeMetadata": {"capabilities": [], "userAttributes": []},
    }
    return json_response(200, answer)


def _fields(body: Json) -> Json:
    """The writable fields of a store, checked."""
    type = choice_of(body, "type", TYPES)
    if type is None:
        raise invalid("type", "type is required", "REQUIRED_VALUE")
    image = body.get("image")
    return given(
        type=type,
        name=text_of(body, "name", required=True),
        description=text_of(body, "description"),
        image=image if isinstance(image, dict) else None,
        managed=bool(flag_of(body, "managed")),
        status=choice_of(body, "status", STATUSES) or "INACTIVE",
        configuration=_configuration(body, type),
    )


def _configuration(body: Json, type: str) -> Json | None:
    configuration: Any = body.get("configuration")
    if configuration is None and type == "directory":
        return None  # the model says required, yet the documented directory example has none
    if not isinstance(configuration, dict):
        raise invalid("configuration", "configuration is required", "REQUIRED_VALUE")
    if type == "scim":
        for name in _REQUIRED:
            text_of(configuration, name, required=True, within="configuration.")
        for name, allowed in _CHOICES.items():
            choice_of(configuration, name, allowed, within="configuration.")
        for name in _FLAGS:
            flag_of(configuration, name, within="configuration.")
        for name in (*SECRETS, "GROUPS_RESOURCE", "GROUP_MEMBERSHIP_HANDLING"):
            text_of(configuration, name, within="configuration.")
    return dict(configuration)


def _check_credentials(fields: Json) -> None:
    configuration = fields.get("configuration", {})
    method = configuration.get("AUTHENTICATION_METHOD") if fields["type"] == "scim" else None
    for name in _REQUIRED_BY_METHOD.get(str(method), ()):
        text_of(configuration, name, required=True, within="configuration.")


def _show_store(world: World, request: Request, row: Json) -> Json:
    """A store as the client sees it; what becomes of its secrets is a switch."""
    shown = show(world, request, "propagation/stores", row)
    if world.syncing.get(row["id"]):
        world.syncing[row["id"]] -= 1
        shown["syncStatus"] = {**row.get("syncStatus", {}), "syncState": "SYNCING"}
    if "configuration" in row:
        shown["configuration"] = {
            name: MASK if name in SECRETS and world.switches.secrets_in_get == "masked" else value
            for name, value in row["configuration"].items()
            if name not in SECRETS or world.switches.secrets_in_get != "absent"
        }
    return shown


def _store(world: World, id: str) -> Json:
    if id not in world.stores:
        raise not_found("propagation store", id)
    return world.stores[id]
