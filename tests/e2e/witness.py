"""What can be seen in a world from outside: who has access, what there is, and whether all is well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from pingconf.sandbox import World
from pingconf.sandbox.seed import ADMIN_EMAIL
from tests.e2e.makers import MARKER, Json, Stage

Picture: TypeAlias = dict[str, dict[str, Json]]

PEOPLE: Final = 36
"""Enabled accounts at Acme."""
PASSING: Final = frozenset({"createdAt", "updatedAt", "syncStatus", "OAUTH_ACCESS_TOKEN"})
TABLES: Final = ("populations", "groups", "plans", "stores", "rules", "mappings", "scim_tokens")


def with_access(world: World) -> frozenset[str]:
    """The e-mails of active members, but for the admin."""
    members = (world.accounts[row["account"]] for row in world.members.values() if row["isActive"])
    return frozenset(str(row["email"]) for row in members) - {ADMIN_EMAIL}


def in_groups(world: World) -> dict[str, int]:
    """How many members each group of Infisical has."""
    return {row["name"]: len(row["members"]) for row in world.teams.values()}


def our_tokens(world: World) -> list[str]:
    """The ids of live tokens with our marker, but for those of another lineage."""
    rows = world.scim_tokens.values()
    ours = (row for row in rows if MARKER in row["description"] and ":pingone:" in row["description"])
    return [row["id"] for row in ours if "0badcafe" not in row["description"]]


def picture(world: World) -> Picture:
    """Every object by its id, without times, counts and secrets; mappings by what they map, not by id."""
    seen = {table: {id: _lasting(row) for id, row in getattr(world, table).items()} for table in TABLES}
    mappings = seen["mappings"].values()
    seen["mappings"] = {
        f"{row['rule']['id']} {row['targetAttribute']}": {**row, "id": None} for row in mappings
    }
    return seen


def _lasting(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _lasting(one) for name, one in value.items() if name not in PASSING}
    return [_lasting(one) for one in value] if isinstance(value, list) else value


def changes(before: Picture, after: Picture) -> set[str]:
    """What differs between two pictures: `+table name`, `-table name`, `~table name`."""
    found: set[str] = set()
    for table in TABLES:
        old, new = before[table], after[table]
        found |= {f"-{table} {_name(old[id])}" for id in old.keys() - new.keys()}
        found |= {f"+{table} {_name(new[id])}" for id in new.keys() - old.keys()}
        found |= {f"~{table} {_name(new[id])}" for id in old.keys() & new.keys() if old[id] != new[id]}
    return found


def inventory(world: World) -> list[str]:
    """Every object by its sort and name."""
    return sorted(f"{table} {_name(row)}" for table in TABLES for row in getattr(world, table).values())


def _name(row: Json) -> str:
    text = str(row.get("name") or row.get("targetAttribute") or row.get("description"))
    return text.partition(f" {MARKER}")[0]


def same(before: Picture, after: Picture) -> None:
    assert changes(before, after) == set()


def unpublished(world: World) -> list[str]:
    """Tables of PingOne that are not as they were published."""
    tables = ("plans", "stores", "rules", "mappings")
    return [
        name
        for name in tables
        if _lasting(list(getattr(world, name).values())) != _lasting(world.published.get(name, []))
    ]


def doubles(world: World) -> list[str]:
    """Names that several objects of one sort bear."""
    names: Iterable[tuple[str, str]] = (
        (table, str(row["name"]))
        for table in ("groups", "plans", "stores", "rules", "teams")
        for row in getattr(world, table).values()
    )
    targets = ((row["rule"]["id"], row["targetAttribute"]) for row in world.mappings.values())
    return [f"{where}: {name}" for (where, name), times in Counter([*names, *targets]).items() if times > 1]


def never_on_a_dead_token(world: World) -> None:
    """To be looked at after every single write."""
    assert world.published_on_revoked_token() == ()


def assert_settled(stage: Stage, *, tokens: int = 1) -> None:
    """The file is what there is: nothing to do, nothing drifted, nothing doubled, nothing unpublished."""
    world = stage.world
    assert len(our_tokens(world)) == tokens, world.scim_tokens
    assert doubles(world) == []
    assert unpublished(world) == []
    assert world.published_on_revoked_token() == ()
    planned = stage.run("plan", "--detailed-exitcode", "--json").document
    assert (planned["changes"], planned["drift"], planned["complete"]) == ([], [], True)
    assert stage.wire.writes == []
