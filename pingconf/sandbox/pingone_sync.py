"""What PingOne tells of the people and groups it provisioned, rule by rule.

Facts: developer.pingidentity.com … propagation-rules/read-one-synced-rule.html,
read-one-synced-rule-for-a-group.html and read-all-synced-groups-for-a-rule.html. The fields are those of the
recorded example of an inbound rule; of `status` that shows SUCCESS alone, and of `type` INBOUND.
"""

from __future__ import annotations

from typing import Final

from pingconf.sandbox.http import Json, Request, Response, Routes, json_response
from pingconf.sandbox.pingone_wire import environment_url, not_found, show_page
from pingconf.sandbox.world import World

ROUTES = Routes()

FAILED: Final = "FAILED"
"""As the console calls it (docs.pingidentity.com … p1_view_sync_status.html)."""


@ROUTES.on("GET", "/propagation/rules/{id}/syncedGroups")
def list_synced_groups(world: World, request: Request, id: str) -> Response:
    if id not in world.rules:
        raise not_found("propagation rule", id)
    done = world.provisioned_groups.get(world.rules[id]["targetStore"]["id"], {})
    groups = [group["id"] for group in world.rules[id]["groups"] if group["id"] in done]
    shown = [{"id": group, "name": world.groups[group]["name"], "status": "SUCCESS"} for group in groups]
    return show_page(world, request, "syncedGroups", shown)


@ROUTES.on("GET", "/users/{id}/syncedRules")
def list_synced_rules(world: World, request: Request, id: str) -> Response:
    if id not in world.users:
        raise not_found("user", id)
    rules = _rules_of_user(world, id)
    shown = [{"rule": {"id": rule, "name": world.rules[rule]["name"]}, "status": "SUCCESS"} for rule in rules]
    return show_page(world, request, "syncedRules", shown)


@ROUTES.on("GET", "/users/{id}/syncedRules/{rule_id}")
def read_rule_of_user(world: World, request: Request, id: str, rule_id: str) -> Response:
    if id not in world.users:
        raise not_found("user", id)
    return _show_sync(world, request, f"users/{id}", rule_id, _rules_of_user(world, id))


@ROUTES.on("GET", "/groups/{id}/syncedRules/{rule_id}")
def read_rule_of_group(world: World, request: Request, id: str, rule_id: str) -> Response:
    if id not in world.groups:
        raise not_found("group", id)
    done = [
        rule["id"]
        for rule in world.rules.values()
        if id in world.provisioned_groups.get(rule["targetStore"]["id"], {})
        and any(group["id"] == id for group in rule["groups"])
    ]
    return _show_sync(world, request, f"groups/{id}", rule_id, done)


def _rules_of_user(world: World, id: str) -> list[str]:
    """The rules through which somebody was provisioned."""
    records = [people[id] for people in world.provisioned.values() if id in people]
    return [rule for record in records for rule in record["rules"] if rule in world.rules]


def _show_sync(world: World, request: Request, owner: str, rule_id: str, done: list[str]) -> Response:
    """How one rule went for a user or a group; 404 where it has not come to that, which is not documented."""
    failure = world.sync_failures.get(rule_id, {}).get(owner.partition("/")[2])
    if world.switches.failed_sync == "absent" and failure is not None:
        done, failure = [], None
    if rule_id not in world.rules or (failure is None and rule_id not in done):
        raise not_found("synced rule", rule_id)
    rule, here = world.rules[rule_id], environment_url(world, request)
    target = world.stores[rule["targetStore"]["id"]]
    told = failure if world.switches.failed_sync == "reason" else ""
    answer: Json = {
        "rule": {"id": rule_id, "name": rule["name"]},
        "targetStore": _store(target),
        "sourceStore": _store(world.stores[rule["sourceStore"]["id"]]),
        "environment": {"id": world.environment_id},
        "type": "OUTBOUND",
        "status": "SUCCESS" if failure is None else FAILED,
        "lastSyncAt": target.get("syncStatus", {}).get("lastSyncAt", ""),
        "details": told or "",
        "_links": {
            "environment": {"href": here},
            "self": {"href": f"{here}/{owner}/syncedRules/{rule_id}"},
        },
    }
    return json_response(200, answer)


def _store(row: Json) -> Json:
    return {name: row[name] for name in ("id", "name", "type")}
