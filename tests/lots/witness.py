"""What must hold after a run: the world is what the file says, by another reading of it than pingconf's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pingconf.sandbox import World
from pingconf.sandbox.http import Json
from pingconf.sandbox.pingone_directory import users_with_groups
from pingconf.sandbox.tokens import read
from pingconf.scim import match, parse
from pingconf.scim.canonical import canonical
from tests.e2e.makers import MARKER
from tests.e2e.witness import doubles, with_access
from tests.lots.configurations import Document
from tests.lots.hands import Others, ours

CONFIGURATION: Final = {
    "base_url": ("SCIM_URL", "https://app.infisical.com/api/v1/scim"),
    "users_resource": ("USERS_RESOURCE", "/Users"),
    "groups_resource": ("GROUPS_RESOURCE", "/Groups"),
    "scim_version": ("SCIM_VERSION", "2.0"),
    "user_filter_expression": ("USER_FILTER", 'email.value Eq "%s"'),
    "user_identifier": ("UNIQUE_USER_IDENTIFIER", "workEmail"),
    "create_users": ("CREATE_USERS", True),
    "update_users": ("UPDATE_USERS", True),
    "disable_users": ("DISABLE_USERS", True),
}
AUTH: Final = {"AUTHENTICATION_METHOD": "OAuth 2 Bearer Token", "AUTHORIZATION_TYPE": "Bearer"}
MAPPINGS: Final = {
    "userName": "username",
    "workEmail": "email",
    "givenName": "name.given",
    "familyName": "name.family",
}


def assert_fits(world: World, document: Document, others: Others) -> None:
    """Everything in the file is there as it says, live and published, and nothing of ours besides."""
    pingone = document["pingone"]
    assert doubles(world) == []
    _assert_tokens(world, document["infisical"]["scim_tokens"], others)
    groups = group_ids(world, pingone["groups"])
    assert _count(world, "groups", others) == sum(_is_managed(one) for one in pingone["groups"].values())
    for tables in (_live(world), world.published):
        stores = _by_name(tables, "stores", others)
        rules = _by_name(tables, "rules", others)
        assert {name for name, row in stores.items() if row["type"] == "scim"} == {
            one.get("name", key) for key, one in pingone["connections"].items()
        }
        assert rules.keys() == {one.get("name", key) for key, one in pingone["rules"].items()}
        for key, one in pingone["connections"].items():
            _assert_connection(world, stores[one.get("name", key)], one)
        for key, one in pingone["rules"].items():
            target = pingone["connections"][one["connection"]].get("name", one["connection"])
            row = rules[one.get("name", key)]
            assert row["targetStore"]["id"] == stores[target]["id"], key
            _assert_rule(row, one, groups, tables["mappings"])
    scim = document["infisical"].get("scim")
    assert scim is None or world.organization["scimEnabled"] is scim.get("enabled", True)


def _live(world: World) -> dict[str, list[Json]]:
    return {name: list(getattr(world, name).values()) for name in ("stores", "rules", "mappings")}


def _by_name(tables: Mapping[str, Any], table: str, others: Others) -> dict[str, Json]:
    rows: Iterable[Json] = tables.get(table, ())
    return {row["name"]: row for row in rows if row["id"] not in others}


def _count(world: World, table: str, others: Others) -> int:
    return len(ours(world, table, others))


def _is_managed(group: Document) -> bool:
    return group.get("manage") is not False


def _assert_tokens(world: World, wanted: Mapping[str, Document], others: Others) -> None:
    """One live token of ours for each in the file, as it says."""
    keys = []
    for row in ours(world, "scim_tokens", others):
        text, _, mark = row["description"].rpartition(f" {MARKER}")
        key = mark.split(":")[1]
        keys.append(key)
        assert text == wanted[key].get("description", key), row
        assert row["ttlDays"] == wanted[key].get("ttl_days", 365), row
        assert not world.is_expired(row), row
    assert sorted(keys) == sorted(wanted), world.scim_tokens


def _assert_connection(world: World, row: Json, one: Document) -> None:
    configuration = row["configuration"]
    for name, (theirs, default) in CONFIGURATION.items():
        assert configuration[theirs] == one.get(name, default), (row["name"], name)
    assert configuration.items() >= AUTH.items(), row["name"]
    assert configuration["REMOVE_ACTION"].lower() == one.get("remove_action", "disable"), row["name"]
    assert (row["status"] == "ACTIVE") is one.get("enabled", True), row["name"]
    assert row["managed"] is one.get("deprovision_on_rule_deletion", True), row["name"]
    assert "description" not in one or row.get("description", "") == one["description"], row["name"]
    bearer = read(configuration["OAUTH_ACCESS_TOKEN"], world.signing_secret, world.now())
    token = world.scim_tokens[bearer["scimTokenId"]]
    assert f":{one['auth']['token']}:" in token["description"], (row["name"], "is bound to another token")


def group_ids(world: World, wanted: Mapping[str, Document]) -> dict[str, str]:
    """The id of each group in the file, which is there as it says."""
    by_name = {row["name"]: row for row in world.groups.values()}
    for key, one in wanted.items():
        row = by_name[one.get("name", key)]
        if _is_managed(one):
            assert "description" not in one or row.get("description", "") == one["description"], key
            membership = one.get("membership_filter")
            assert membership is None or canonical(row["userFilter"]) == canonical(membership), key
            home = row.get("population", {}).get("id", "")
            assert one.get("population", home) in (home, world.populations.get(home, {}).get("name", home)), (
                key
            )
    return {key: by_name[one.get("name", key)]["id"] for key, one in wanted.items()}


def _assert_rule(row: Json, one: Document, groups: Mapping[str, str], mappings: Iterable[Json]) -> None:
    wanted = "population.id pr" if one["user_filter"] == "all" else one["user_filter"]
    assert canonical(row["populationExpression"]) == canonical(wanted), row["name"]
    assert row["active"] is one.get("enabled", True), row["name"]
    named = {groups[key] for key in one.get("groups", ())}
    assert {group["id"] for group in row["groups"]} == named, row["name"]
    found = {
        each["targetAttribute"]: {"expression": each["expression"]}
        if "expression" in each
        else each["sourceAttribute"]
        for each in mappings
        if each["rule"]["id"] == row["id"]
    }
    assert found == one.get("mappings", MAPPINGS), row["name"]


def assert_gone(world: World, others: Others) -> None:
    """Nothing of ours is left, neither live nor published, but what is never deleted."""
    for table in ("stores", "rules", "mappings", "groups", "scim_tokens"):
        assert ours(world, table, others) == [], table
    published = world.published
    left = [*published.get("stores", ()), *published.get("rules", ()), *published.get("mappings", ())]
    assert [row for row in left if row["id"] not in others and row.get("type") != "directory"] == []


# ---- while it runs


def on_dead_tokens(world: World) -> set[str]:
    """The ids of published connections whose token is revoked or has ended."""
    names = world.published_on_revoked_token()
    return {row["id"] for row in world.published.get("stores", ()) if row["name"] in names}


def held(world: World) -> dict[str, str]:
    """The token in each living connection."""
    return {id: _bearer(row) for id, row in world.stores.items() if row["type"] == "scim"}


def excused(world: World, before: Mapping[str, str]) -> set[str]:
    """Published connections that were harmed by hand: their token is dead, or they are deleted, or they share
    a token of one that is: the one it held when it was deleted, or the one it is published with.

    The tokens of one that was deleted by hand are revoked before that is published, so that nobody loses
    access (CONTRIBUTING).
    """
    published = [row for row in world.published.get("stores", ()) if row["type"] == "scim"]
    lost = {_bearer(row) for row in published if row["id"] not in world.stores}
    lost |= {token for id, token in before.items() if id not in world.stores}
    return on_dead_tokens(world) | {row["id"] for row in published if _bearer(row) in lost}


def _bearer(store: Json) -> str:
    return str(store["configuration"].get("OAUTH_ACCESS_TOKEN"))


def no_worse(world: World, harmed: set[str]) -> None:
    """No published connection is on a dead token, but for those that were harmed by hand."""
    assert on_dead_tokens(world) <= harmed, world.published_on_revoked_token()


def provisioned_by(world: World) -> dict[str, set[str]]:
    """By e-mail, the rules by which somebody has access."""
    found: dict[str, set[str]] = {}
    for people in world.provisioned.values():
        for id, record in people.items():
            found.setdefault(world.users[id]["email"], set()).update(record["rules"])
    return found


def assert_nobody_lost(world: World, before: frozenset[str], by: Mapping[str, set[str]]) -> None:
    """Whoever had access has it still, unless a rule by which it came is on and leaves the person out now."""
    rules = {row["id"]: row for row in world.published.get("rules", ()) if row["active"]}
    people = {row["email"]: row for row in users_with_groups(world)}
    for email in before - with_access(world):
        out = [
            id
            for id in by.get(email, set()) & rules.keys()
            if not match(parse(rules[id]["populationExpression"]), people[email])
        ]
        assert out, f"{email} lost access, and no rule leaves them out"
