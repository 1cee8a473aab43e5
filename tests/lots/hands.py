"""What others do between two runs: they change and delete what is ours, and keep things of their own."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st

from pingconf.sandbox import Request, World
from pingconf.sandbox.http import Json
from pingconf.sandbox.infisical_scim_tokens import scim_token_payload
from pingconf.sandbox.pingone_groups import delete_group
from pingconf.sandbox.pingone_propagation import create_revision
from pingconf.sandbox.pingone_rules import forget_rule
from tests.e2e.hands import FIELDS, Change
from tests.e2e.makers import MARKER

Others: TypeAlias = frozenset[str]
"""The ids of everything that is not ours."""
Stroke: TypeAlias = tuple[str, int]
"""What is done, and to which of ours, counted around."""
TABLES: Final = ("stores", "rules", "mappings", "groups", "scim_tokens")
PASSING: Final = frozenset({"createdAt", "updatedAt", "syncStatus"})


def ours(world: World, table: str, others: Others) -> list[Json]:
    """The rows of a table that pingconf made; of the stores, the connections."""
    rows = (row for row in getattr(world, table).values() if row["id"] not in others)
    return [row for row in rows if table != "stores" or row["type"] == "scim"]


def strokes(*, unfinished: bool = False) -> st.SearchStrategy[list[Stroke]]:
    """A few acts by hand, one after the other; fewer sorts of them while an apply is unfinished.

    What was made and is in no record is known by its name only, so it keeps that.
    """
    changes = [name for name in CHANGES if not (unfinished and name.endswith(" name"))]
    names = st.sampled_from(sorted(DELETIONS)) | st.sampled_from(sorted(changes))
    return st.lists(st.tuples(names, st.integers(0, 5)), max_size=4)


def play(world: World, stroke: Stroke, others: Others, kept: Collection[str]) -> None:
    """Do it where it can be done, sparing the groups of these names."""
    name, number = stroke
    (CHANGES | DELETIONS)[name](world, number, others, kept)


Act: TypeAlias = Callable[[World, int, Others, Collection[str]], None]


def _change(change: Change) -> Act:
    """One field of one object, as the other stories change it: they see a world with nothing else in it."""

    def act(world: World, number: int, others: Others, kept: Collection[str]) -> None:
        seen = replace(world)
        for table in ("stores", "rules", "groups"):
            rows = [row for row in ours(world, table, others) if row["name"] not in kept]
            chosen = rows[number % len(rows)] if rows else None
            setattr(seen, table, {chosen["id"]: chosen} if chosen else {})
        if change.path == "groups":
            seen.groups = {**_groups_of(world, "Sales"), **seen.groups}
        if change.path == "name" and _bears(world, "By hand"):
            return
        before = {id: row for id, row in world.mappings.items() if row["rule"]["id"] in seen.rules}
        seen.mappings = dict(before)
        try:
            change.act(seen)
        except (AssertionError, LookupError, StopIteration):  # there is no such object, or it is so already
            return
        for rule in seen.rules.values():  # each group once
            rule["groups"] = list({one["id"]: one for one in rule["groups"]}.values())
        world.last_number = seen.last_number
        untouched = {id: row for id, row in world.mappings.items() if id not in before}
        world.mappings = untouched | seen.mappings

    return act


def _groups_of(world: World, name: str) -> dict[str, Json]:
    return {id: row for id, row in world.groups.items() if row["name"] == name}


def _bears(world: World, name: str) -> bool:
    """Whether anything bears this name already, so that PingOne would refuse it."""
    tables = (world.stores, world.rules, world.groups)
    return any(row["name"] == name for table in tables for row in table.values())


def _delete_rule(world: World, number: int, others: Others, kept: Collection[str]) -> None:
    rows = ours(world, "rules", others)
    if rows:
        forget_rule(world, rows[number % len(rows)]["id"])


def _delete_connection(world: World, number: int, others: Others, kept: Collection[str]) -> None:
    """PingOne refuses this as long as a rule refers to it."""
    rows = ours(world, "stores", others)
    if rows:
        gone = rows[number % len(rows)]["id"]
        for rule in [row for row in world.rules.values() if row["targetStore"]["id"] == gone]:
            forget_rule(world, rule["id"])
        del world.stores[gone]


def _delete_group(world: World, number: int, others: Others, kept: Collection[str]) -> None:
    rows = [row for row in ours(world, "groups", others) if row["name"] not in kept]
    if rows:
        delete_group(world, Request("DELETE", ""), rows[number % len(rows)]["id"])


def _delete_plan(world: World, number: int, others: Others, kept: Collection[str]) -> None:
    """It takes all rules with it; nobody does that to others. For odd numbers there is another one then."""
    if world.plans and others.isdisjoint(world.rules):
        (row,) = world.plans.values()
        for id in list(world.rules):
            forget_rule(world, id)
        world.plans.clear()
        if number % 2:
            row = {**row, "id": world.new_id(), "name": "Another plan"}
            world.plans[row["id"]] = row


def _delete_directory(world: World, number: int, others: Others, kept: Collection[str]) -> None:
    """For odd numbers there is another one then."""
    gone = [row for row in world.stores.values() if row["type"] == "directory"]
    if gone and not world.rules:
        for row in gone:
            del world.stores[row["id"]]
        if number % 2:
            row = {**gone[0], "id": world.new_id()}
            world.stores[row["id"]] = row


def _revoke_token(world: World, number: int, others: Others, kept: Collection[str]) -> None:
    rows = ours(world, "scim_tokens", others)
    if rows:
        del world.scim_tokens[rows[number % len(rows)]["id"]]


def _let_a_token_age(world: World, number: int, others: Others, kept: Collection[str]) -> None:
    """Half a day is left of it; or it has ended, for odd numbers."""
    rows = [row for row in ours(world, "scim_tokens", others) if row["ttlDays"]]
    if rows:
        row = rows[number % len(rows)]
        age = timedelta(days=row["ttlDays"], hours=12 if number % 2 else -12)
        made = datetime.fromisoformat(world.stamp().replace("Z", "+00:00")) - age
        row["createdAt"] = made.isoformat()


def _double_a_token(world: World, number: int, others: Others, kept: Collection[str]) -> None:
    """What a run that died may leave behind: a second token with our mark, in no state."""
    rows = ours(world, "scim_tokens", others)
    if rows:
        row = rows[number % len(rows)]
        stray = {**row, "id": world.new_id(), "description": f"{row['description'][:-9]}deadbeef]"}
        world.scim_tokens[stray["id"]] = stray


def publish(world: World, number: int = 0, others: Others = frozenset(), kept: Collection[str] = ()) -> None:
    """What the console does when somebody saves there."""
    create_revision(world, Request("POST", "/propagation/revisions"))


CHANGES: Final[dict[str, Act]] = {
    f"change {number}: {change}": _change(change) for number, change in enumerate(FIELDS)
}
DELETIONS: Final[dict[str, Act]] = {
    "delete a rule": _delete_rule,
    "delete a connection": _delete_connection,
    "delete a group": _delete_group,
    "delete the plan": _delete_plan,
    "delete the directory": _delete_directory,
    "revoke a token": _revoke_token,
    "let a token age": _let_a_token_age,
    "double a token": _double_a_token,
    "publish": publish,
}


# ---- what others keep


def settle_strangers(world: World) -> set[str]:
    """Others set up something of their own, as far as there is a plan for it, and publish; its ids."""
    times = {"createdAt": world.stamp(), "updatedAt": world.stamp()}
    made: set[str] = set()
    strange = f"Strange {world.last_number}"

    def make(table: str, **fields: Any) -> str:
        id = world.new_id()
        getattr(world, table)[id] = {"id": id, **fields, **times}
        made.add(id)
        return id

    lost = f"{strange}, of another state {MARKER}0badcafe:pingone:1234abcd]"
    for text in (f"{strange}, by hand", lost):
        token = make("scim_tokens", ttlDays=0, description=text, orgId=world.organization_id)
    make("stores", type="Slack", name=f"{strange} Slack", status="ACTIVE", configuration={"TEAM": "x"})
    secret = world.sign(scim_token_payload(world.scim_tokens[token]))
    store = make("stores", name=f"{strange} SCIM", **_strange_connection(secret))
    group = make("groups", name=f"{strange} group", description="Not ours", userFilter='title co "Chief"')
    source = next((row["id"] for row in world.stores.values() if row["type"] == "directory"), None)
    if world.plans and source:
        ends = {
            "sourceStore": {"id": source},
            "targetStore": {"id": store},
            "plan": {"id": next(iter(world.plans))},
        }
        rule = make(
            "rules",
            **ends,
            name=f"{strange} rule",
            active=True,
            populationExpression='title co "Chief"',
            groups=[{"id": group}],
        )
        for target, found in (("userName", "username"), ("workEmail", "email")):
            make("mappings", rule={"id": rule}, targetAttribute=target, sourceAttribute=found)
    publish(world)
    return made


def _strange_connection(secret: str) -> Json:
    configuration = {
        "SCIM_URL": "https://app.infisical.com/api/v1/scim",
        "SCIM_VERSION": "2.0",
        "USERS_RESOURCE": "/Users",
        "GROUPS_RESOURCE": "/Groups",
        "AUTHENTICATION_METHOD": "OAuth 2 Bearer Token",
        "AUTHORIZATION_TYPE": "Bearer",
        "UNIQUE_USER_IDENTIFIER": "workEmail",
        "USER_FILTER": 'email.value Eq "%s"',
        "OAUTH_ACCESS_TOKEN": secret,
        "ODD_KEY": [1, {"x": None}],
    }
    fields = {"type": "scim", "status": "ACTIVE", "managed": True}
    return {**fields, "configuration": configuration}


def strange_things(world: World, others: Others) -> dict[str, Json]:
    """Everything that is not ours, by id, without times and counts."""
    return {
        f"{table} {id}": {name: value for name, value in row.items() if name not in PASSING}
        for table in TABLES
        for id, row in getattr(world, table).items()
        if id in others and row.get("type") != "directory"
    }
