"""Makers for the tests of the view: plans with something of everything."""

from __future__ import annotations

from pingconf.model.address import parse_address
from pingconf.model.plan import Action, Change, Difference, Drift, Plan
from pingconf.model.values import UNKNOWN

CANARY = "CANARY-secret"

CREATED = Change(
    parse_address("pingone.connections.infisical"),
    Action.CREATE,
    "new in the file",
    (
        Difference("name", None, "Infisical"),
        Difference("auth.token", None, None, sensitive=True),
        Difference("create_users", None, True),
        Difference("id", None, UNKNOWN),
    ),
)
REPLACED = Change(
    parse_address("infisical.scim_tokens.pingone"),
    Action.REPLACE,
    "26 days are left",
    (Difference("id", "t1", UNKNOWN), Difference("ttl_days", 365, 30, forces_replacement=True)),
)
UPDATED = Change(
    parse_address("pingone.rules.employees"),
    Action.UPDATE,
    "changed in the file",
    (
        Difference("user_filter", 'email eq "a"', "enabled eq false"),
        Difference("description", "x", None),
        Difference("groups", ["engineering", "all_staff"], ["engineering"]),
        Difference("roles", [f"role-{n}" for n in range(12)], [f"role-{n}" for n in range(2, 13)]),
        Difference("connection.secret", None, None, sensitive=True),
    ),
)
DELETED = Change(
    parse_address("pingone.groups.old"),
    Action.DELETE,
    "no longer in the file",
    (Difference("name", "Old", None), Difference("key", None, None, sensitive=True)),
)
ADOPTED = Change(parse_address("infisical.scim"), Action.ADOPT, "it is there already")
FORGOTTEN = Change(parse_address("pingone.directory"), Action.FORGET, "never deleted")
COMMITTED = Change(parse_address("pingone.revision"), Action.COMMIT, "PingOne changed")

DRIFT = (
    Drift(parse_address("pingone.rules.employees"), "enabled", True, False),
    Drift(parse_address("pingone.rules.employees"), "mappings.userName", "username", "email"),
    Drift(parse_address("pingone.groups.staff"), "id", "g-1", None),
)

EMPTY = Plan("lineage-1", 4)
FULL = Plan(
    "lineage-1",
    4,
    (REPLACED, CREATED, UPDATED, DELETED, ADOPTED, FORGOTTEN, COMMITTED),
    drift=DRIFT,
    unverified=(parse_address("infisical.scim_tokens.other"),),
    warnings=("The token never expires.",),
)
