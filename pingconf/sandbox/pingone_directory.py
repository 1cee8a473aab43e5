"""PingOne's directory: populations, what a filter may name, and who is in which group.

Facts: developer.pingidentity.com … platform/users, platform/groups, platform/populations, and paging.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from pingconf.sandbox.http import Json, Request, Response, Routes, json_response
from pingconf.sandbox.pingone_wire import invalid, not_found, show, show_page
from pingconf.sandbox.world import Table, World
from pingconf.scim import Filter, FilterSyntaxError, attributes, match, parse
from pingconf.scim.dialects import KNOWN_TO_PINGONE, operators

ROUTES = Routes()

USER_ATTRIBUTES: Final = frozenset(
    {
        "id",
        "username",
        "email",
        "enabled",
        "population.id",
        "externalid",
        "name.given",
        "name.family",
        "name.formatted",
        "title",
        "nickname",
        "type",
        "locale",
        "createdat",
        "updatedat",
        "memberofgroups.id",
        "memberofgroups.type",
    }
)
"""What a filter over users may name, in lower case."""

GROUP_ATTRIBUTES: Final = frozenset({"id", "name", "displayname", "externalid", "population.id", "sourceid"})
POPULATION_ATTRIBUTES: Final = frozenset(("id", "name"))


def read_filter(text: str, allowed: Iterable[str], target: str = "filter") -> Filter:
    """A filter over known attributes by known operators, or 400 with the place of the fault."""
    try:
        parsed = parse(text)
    except FilterSyntaxError as fault:
        raise invalid(target, f"The filter is invalid: {fault}") from fault
    for attribute in attributes(parsed):
        if attribute.lower() not in allowed:
            raise invalid(target, f"The attribute '{attribute}' cannot be used in a filter")
    for operator in operators(parsed):
        if operator not in KNOWN_TO_PINGONE:
            raise invalid(target, f"The operator '{operator}' cannot be used in a filter")
    return parsed


def users_with_groups(world: World) -> list[Json]:
    """All users, each with `memberOfGroups`; membership of dynamic groups is worked out now."""
    memberships: dict[str, list[Json]] = {}
    for group in world.groups.values():
        for user_id, kind in memberships_in(world, group).items():
            memberships.setdefault(user_id, []).append({"id": group["id"], "type": kind})
    return [{**user, "memberOfGroups": memberships.get(user["id"], [])} for user in world.users.values()]


def members_of(world: World, group: Json) -> list[str]:
    """The ids of a group's users, those of nested groups among them."""
    return list(memberships_in(world, group))


def memberships_in(world: World, group: Json) -> dict[str, str]:
    """How each of a group's users belongs to it: directly where that is so, whatever else leads there.

    The literal DIRECT is documented, those of the other ways are not.
    """
    found = dict.fromkeys(own_members(world, group), "DYNAMIC" if group.get("userFilter") else "DIRECT")
    for nested in _nested_in(world, group["id"]):
        for user_id in own_members(world, nested):
            found.setdefault(user_id, "INDIRECT")
    return found


def own_members(world: World, group: Json) -> list[str]:
    """The ids of users without those of nested groups; one bound to a population holds only people of it."""
    chosen: Iterable[str] = world.group_members.get(group["id"], [])
    if group.get("userFilter"):
        condition = parse(group["userFilter"])
        chosen = (user["id"] for user in world.users.values() if match(condition, user))
    home = group.get("population")
    users = (world.users[id] for id in chosen if id in world.users)
    return [user["id"] for user in users if home is None or user["population"] == home]


def _nested_in(world: World, group_id: str) -> Iterator[Json]:
    """Every group below a group; a circle is gone through once."""
    waiting, seen = [group_id], {group_id}
    while waiting:
        for id in world.nested_groups.get(waiting.pop(), ()):
            if id not in seen and id in world.groups:
                seen.add(id)
                waiting.append(id)
                yield world.groups[id]


def select_rows(request: Request, rows: Iterable[Json], allowed: Iterable[str]) -> list[Json]:
    """The rows that meet the filter of a request, if it has one."""
    text = request.parameters.get("filter", "")
    condition = read_filter(text, allowed) if text else None
    return [row for row in rows if condition is None or match(condition, row)]


def row_of(table: Table, what: str, id: str) -> Json:
    """The row of this id, or 404."""
    if id not in table:
        raise not_found(what, id)
    return table[id]


def home_of(group: Json) -> str | None:
    """The id of the population that a group is bound to."""
    home: str | None = group.get("population", {}).get("id")
    return home


@ROUTES.on("GET", "/populations")
def list_populations(world: World, request: Request) -> Response:
    rows = select_rows(request, world.populations.values(), POPULATION_ATTRIBUTES)
    return show_page(world, request, "populations", [_show_population(world, request, row) for row in rows])


@ROUTES.on("GET", "/populations/{id}")
def read_population(world: World, request: Request, id: str) -> Response:
    return json_response(200, _show_population(world, request, row_of(world.populations, "population", id)))


def _show_population(world: World, request: Request, row: Json) -> Json:
    count = sum(user["population"]["id"] == row["id"] for user in world.users.values())
    return show(world, request, "populations", {**row, "userCount": count})
