"""PingOne's propagation rules and their mappings.

Facts: developer.pingidentity.com … propagation-rules (create-rule.html, update-rule.html, delete-rule.html,
create-rule-mapping.html, update-mapping.html).
"""

from __future__ import annotations

from typing import Final

from pingconf.sandbox.http import Json, Request, Response, Routes, json_response
from pingconf.sandbox.pingone_directory import USER_ATTRIBUTES, read_filter
from pingconf.sandbox.pingone_wire import (
    Refused,
    check_unique,
    flag_of,
    given,
    id_of,
    invalid,
    not_found,
    read_body,
    required_id,
    show,
    show_list,
    text_of,
)
from pingconf.sandbox.world import World

ROUTES = Routes()

_FIXED: Final = ("sourceStore", "targetStore")


def method_not_allowed() -> Refused:
    """405; the literal of its code is not documented."""
    return Refused(405, "INVALID_REQUEST", "The request method is not supported for this resource.")


@ROUTES.on("GET", "/propagation/rules")
def list_rules(world: World, request: Request) -> Response:
    shown = [_show_rule(world, request, row) for row in world.rules.values()]
    return show_list(world, request, "rules", shown)


@ROUTES.on("GET", "/propagation/plans/{plan_id}/rules")
def list_rules_of_plan(world: World, request: Request, plan_id: str) -> Response:
    if plan_id not in world.plans:
        raise not_found("propagation plan", plan_id)
    rows = [row for row in world.rules.values() if row["plan"]["id"] == plan_id]
    return show_list(world, request, "rules", [_show_rule(world, request, row) for row in rows])


@ROUTES.on("GET", "/propagation/rules/{id}")
def read_rule(world: World, request: Request, id: str) -> Response:
    return json_response(200, _show_rule(world, request, _rule(world, id)))


@ROUTES.on("POST", "/propagation/plans/{plan_id}/rules")
def create_rule_of_plan(world: World, request: Request, plan_id: str) -> Response:
    if world.switches.rule_create_path == "rules":
        raise method_not_allowed()
    if plan_id not in world.plans:
        raise not_found("propagation plan", plan_id)
    return _create_rule(world, request)


@ROUTES.on("POST", "/propagation/rules")
def create_rule(world: World, request: Request) -> Response:
    """The path in the prose and in the SDK; the page create-rule.html has the plan's."""
    if world.switches.rule_create_path == "plan":
        raise method_not_allowed()
    return _create_rule(world, request)


def _create_rule(world: World, request: Request) -> Response:
    body = read_body(request)
    row: Json = {
        "id": world.new_id(),
        "plan": {"id": required_id(body, "plan", world.plans)},
        **{name: {"id": required_id(body, name, world.stores)} for name in _FIXED},
    }
    _check_ends(world, row)
    row |= _fields(world, body)
    check_unique(world.rules.values(), row["name"])
    _check_activation(world, row)
    world.rules[row["id"]] = {**row, "createdAt": world.stamp(), "updatedAt": world.stamp()}
    shown = _show_rule(world, request, world.rules[row["id"]])
    if not world.switches.create_answers_id:
        del shown["id"]
        del shown["_links"]
    return json_response(201, shown)


@ROUTES.on("PUT", "/propagation/rules/{id}")
def replace_rule(world: World, request: Request, id: str) -> Response:
    """PUT replaces: a filter, groups or a description that are not sent are cleared."""
    row = _rule(world, id)
    body = read_body(request)
    for name in _FIXED:
        if id_of(body, name, world.stores) not in (None, row[name]["id"]):
            raise invalid(f"{name}.id", f"The {name} of a rule cannot be changed")
    plan_id = id_of(body, "plan", world.plans) or row["plan"]["id"]
    ends = {name: row[name] for name in _FIXED}
    changed = {"id": id, "plan": {"id": plan_id}, **ends, **_fields(world, body)}
    check_unique(world.rules.values(), changed["name"], id)
    _check_activation(world, changed)
    world.rules[id] = {**changed, "createdAt": row["createdAt"], "updatedAt": world.stamp()}
    return json_response(200, _show_rule(world, request, world.rules[id]))


@ROUTES.on("DELETE", "/propagation/rules/{id}")
def delete_rule(world: World, request: Request, id: str) -> Response:
    """The people stay, unless `deprovision=true` is asked for and the store is `managed`."""
    row = _rule(world, id)
    store = world.stores.get(row["targetStore"]["id"], {})
    managed = store.get("managed") or row.get("deprovision")
    if request.parameters.get("deprovision") == "true" and managed:
        world.rules_to_deprovision.append(id)
    forget_rule(world, id)
    return Response(204)


def forget_rule(world: World, id: str) -> None:
    """Take a rule away, with its mappings."""
    del world.rules[id]
    world.mappings = {key: row for key, row in world.mappings.items() if row["rule"]["id"] != id}


def _fields(world: World, body: Json) -> Json:
    condition = text_of(body, "populationExpression")
    if condition:
        read_filter(condition, USER_ATTRIBUTES, "populationExpression")
    configuration = body.get("configuration")
    return given(
        name=text_of(body, "name", required=True),
        description=text_of(body, "description"),
        active=bool(flag_of(body, "active")),
        populationExpression=condition or None,
        groups=_groups(world, body),
        deprovision=flag_of(body, "deprovision"),
        configuration=configuration if isinstance(configuration, dict) else None,
    )


def _groups(world: World, body: Json) -> list[Json]:
    """The whole set of groups stands in the rule's body; there is no resource below the rule for it."""
    groups = body.get("groups") or []
    if not isinstance(groups, list):
        raise invalid("groups", "groups must be an array")
    named = [str(id_of({"groups": group}, "groups", world.groups)) for group in groups]
    if any(world.groups[id].get("sourceId") for id in named):
        raise invalid("groups", "External groups cannot be provisioned")
    return [{"id": id} for id in named]


def _check_ends(world: World, row: Json) -> None:
    if world.stores[row["sourceStore"]["id"]]["type"] != "directory":
        raise invalid("sourceStore.id", "The source store of an outbound rule must be of type directory")
    if world.stores[row["targetStore"]["id"]]["type"] == "directory":
        raise invalid("targetStore.id", "The target store of an outbound rule must not be of type directory")


def _check_activation(world: World, row: Json) -> None:
    """A rule can be switched on with a user filter, a mapping and a connection that is on."""
    if not row["active"]:
        return
    if not row.get("populationExpression"):
        raise invalid("active", "An active rule needs a populationExpression")
    if not any(mapping["rule"]["id"] == row["id"] for mapping in world.mappings.values()):
        raise invalid("active", "An active rule needs at least one mapping")
    if world.stores[row["targetStore"]["id"]]["status"] != "ACTIVE":
        raise invalid("active", "An active rule needs an active target store")


def _show_rule(world: World, request: Request, row: Json) -> Json:
    return show(world, request, "propagation/rules", row)


def _rule(world: World, id: str) -> Json:
    if id not in world.rules:
        raise not_found("propagation rule", id)
    return world.rules[id]


@ROUTES.on("GET", "/propagation/rules/{rule_id}/mappings")
def list_mappings(world: World, request: Request, rule_id: str) -> Response:
    _rule(world, rule_id)
    rows = [row for row in world.mappings.values() if row["rule"]["id"] == rule_id]
    return show_list(world, request, "mappings", [_show_mapping(world, request, row) for row in rows])


@ROUTES.on("POST", "/propagation/rules/{rule_id}/mappings")
def create_mapping(world: World, request: Request, rule_id: str) -> Response:
    _rule(world, rule_id)
    row: Json = {"id": world.new_id(), "rule": {"id": rule_id}}
    row |= _mapping_fields(world, read_body(request), row)
    world.mappings[row["id"]] = {**row, "createdAt": world.stamp(), "updatedAt": world.stamp()}
    return json_response(201, _show_mapping(world, request, world.mappings[row["id"]]))


@ROUTES.on("GET", "/propagation/mappings/{id}")
def read_mapping(world: World, request: Request, id: str) -> Response:
    return json_response(200, _show_mapping(world, request, _mapping(world, id)))


@ROUTES.on("PUT", "/propagation/mappings/{id}")
def replace_mapping(world: World, request: Request, id: str) -> Response:
    row = _mapping(world, id)
    body = read_body(request)
    if required_id(body, "rule", world.rules) != row["rule"]["id"]:
        raise invalid("rule.id", "The rule of a mapping cannot be changed")
    fields = _mapping_fields(world, body, row)
    times = {"createdAt": row["createdAt"], "updatedAt": world.stamp()}
    world.mappings[id] = {"id": id, "rule": row["rule"], **fields, **times}
    return json_response(200, _show_mapping(world, request, world.mappings[id]))


@ROUTES.on("DELETE", "/propagation/mappings/{id}")
def delete_mapping(world: World, request: Request, id: str) -> Response:
    if world.switches.mapping_delete_path == "singular":
        raise method_not_allowed()
    del world.mappings[_mapping(world, id)["id"]]
    return Response(204)


@ROUTES.on("DELETE", "/propagation/mapping/{id}")
def delete_mapping_at_singular_path(world: World, request: Request, id: str) -> Response:
    """The path of the SDK and of an older Postman collection."""
    if world.switches.mapping_delete_path == "plural":
        raise method_not_allowed()
    del world.mappings[_mapping(world, id)["id"]]
    return Response(204)


def _mapping_fields(world: World, body: Json, row: Json) -> Json:
    target = text_of(body, "targetAttribute", required=True)
    source, expression = text_of(body, "sourceAttribute"), text_of(body, "expression")
    if bool(source) == bool(expression):
        raise invalid(
            "sourceAttribute", "Give exactly one of sourceAttribute and expression", "REQUIRED_VALUE"
        )
    for other in world.mappings.values():
        twice = other["rule"] == row["rule"] and other["targetAttribute"] == target
        if twice and other["id"] != row["id"] and world.switches.unique_mappings:
            raise invalid("targetAttribute", f"{target} is mapped already", "UNIQUENESS_VIOLATION")
    return given(
        name=text_of(body, "name"),
        targetAttribute=target,
        sourceAttribute=source or None,
        expression=expression or None,
        attributeMappingType=text_of(body, "attributeMappingType"),
    )


def _show_mapping(world: World, request: Request, row: Json) -> Json:
    return show(world, request, "propagation/mappings", row)


def _mapping(world: World, id: str) -> Json:
    if id not in world.mappings:
        raise not_found("propagation mapping", id)
    return world.mappings[id]
