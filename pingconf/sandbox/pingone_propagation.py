"""PingOne's propagation plan and its revisions.

Facts: developer.pingidentity.com … propagation-plans.html, propagation-revisions (create-revision-1.html).
"""

from __future__ import annotations

import copy

from pingconf.sandbox.http import Json, Request, Response, Routes, json_response
from pingconf.sandbox.pingone_rules import forget_rule
from pingconf.sandbox.pingone_stores import STATUSES
from pingconf.sandbox.pingone_wire import (
    choice_of,
    invalid,
    not_found,
    read_body,
    show,
    show_list,
    text_of,
)
from pingconf.sandbox.provisioning import provision
from pingconf.sandbox.world import World

ROUTES = Routes()


@ROUTES.on("GET", "/propagation/plans")
def list_plans(world: World, request: Request) -> Response:
    return show_list(
        world, request, "plans", [_show_plan(world, request, row) for row in world.plans.values()]
    )


@ROUTES.on("GET", "/propagation/plans/{id}")
def read_plan(world: World, request: Request, id: str) -> Response:
    return json_response(200, _show_plan(world, request, _plan(world, id)))


@ROUTES.on("POST", "/propagation/plans")
def create_plan(world: World, request: Request) -> Response:
    fields = _fields(world, read_body(request))
    if world.plans:  # the one plan of an environment; the target is what a client's tests record
        raise invalid("environment", "The environment contains an existing plan")
    row = {"id": world.new_id(), **fields, "createdAt": world.stamp(), "updatedAt": world.stamp()}
    world.plans[row["id"]] = row
    return json_response(201, _show_plan(world, request, row))


@ROUTES.on("PUT", "/propagation/plans/{id}")
def replace_plan(world: World, request: Request, id: str) -> Response:
    row = _plan(world, id)
    world.plans[id] = {**row, **_fields(world, read_body(request)), "updatedAt": world.stamp()}
    return json_response(200, _show_plan(world, request, world.plans[id]))


@ROUTES.on("DELETE", "/propagation/plans/{id}")
def delete_plan(world: World, request: Request, id: str) -> Response:
    """A plan takes its rules and their mappings with it (propagation-plans.html)."""
    del world.plans[_plan(world, id)["id"]]
    for rule in [row for row in world.rules.values() if row["plan"]["id"] == id]:
        forget_rule(world, rule["id"])
    return Response(204)


def _fields(world: World, body: Json) -> Json:
    name = text_of(body, "name", required=True)
    status = choice_of(body, "status", STATUSES) or "INACTIVE"
    return {"name": name, "status": status if world.switches.plan_status_kept else "INACTIVE"}


def _show_plan(world: World, request: Request, row: Json) -> Json:
    return show(world, request, "propagation/plans", row)


def _plan(world: World, id: str) -> Json:
    if id not in world.plans:
        raise not_found("propagation plan", id)
    return world.plans[id]


@ROUTES.on("POST", "/propagation/revisions")
def create_revision(world: World, request: Request) -> Response:
    """Publish everything as it is now, and provision at once; the real service takes its time for that."""
    before, previous = world.published, next(reversed(world.revisions), None)
    row: Json = {"id": world.new_id(), "createdAt": world.stamp(), "createdBy": {"type": "APPLICATION"}}
    if previous is not None:
        row["previousRevision"] = {"id": previous}
    world.revisions[row["id"]] = row
    world.published = copy.deepcopy(
        {
            "revision": row["id"],
            "plans": list(world.plans.values()),
            "stores": list(world.stores.values()),
            "rules": list(world.rules.values()),
            "mappings": list(world.mappings.values()),
        }
    )
    world.history.append({"revision": row["id"], "at": row["createdAt"], **provision(world, before)})
    unfinished = {
        rule
        for people in world.provisioned.values()
        for record in people.values()
        for rule in record["rules"]
    }
    world.rules_to_deprovision = [rule for rule in world.rules_to_deprovision if rule in unfinished]
    return json_response(201, _show_revision(world, request, row))


@ROUTES.on("GET", "/propagation/revisions/{id}")
def read_revision(world: World, request: Request, id: str) -> Response:
    """By id, or by the word `id:latest`, with its colon encoded or not."""
    shown = world.listed(world.revisions.values()) if id == "id:latest" else ()
    wanted = shown[-1]["id"] if shown else id
    if wanted not in world.revisions:
        raise not_found("propagation revision", id)
    return json_response(200, _show_revision(world, request, world.revisions[wanted]))


def _show_revision(world: World, request: Request, row: Json) -> Json:
    return show(world, request, "propagation/revisions", row)
