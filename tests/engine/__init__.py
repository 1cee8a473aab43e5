"""Makers for the tests of the engine: a set-up in which all is well, to be spoilt one thing at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pingconf.engine.planner import Request, plan
from pingconf.engine.snapshot import Snapshot
from pingconf.kinds import KINDS
from pingconf.model.address import Address
from pingconf.model.errors import Place
from pingconf.model.plan import Action, Plan, Step
from pingconf.model.resource import Desired, Marker, Observed, Recorded
from pingconf.model.state import Intent, State
from pingconf.model.values import Attributes, Reference, Value

LINEAGE: Final = "6f1c2a44-0000-4000-8000-000000000001"
OURS: Final = "6f1c2a44"
NOW: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PLACE: Final = Place("pingconf.yaml", 7, 3)

SCIM: Final = Address("infisical.scim")
TOKEN: Final = Address("infisical.scim_tokens", "pingone")
DIRECTORY: Final = Address("pingone.directory")
CONNECTION: Final = Address("pingone.connections", "infisical")
USER: Final = Address("pingone.users", "robin")
GROUP: Final = Address("pingone.groups", "engineering")
PLAN: Final = Address("pingone.plan")
RULE: Final = Address("pingone.rules", "employees")
REVISION: Final = Address("pingone.revision")


# ---- what a file says


def switch(enabled: bool = True) -> Desired:
    return Desired(SCIM, {"enabled": enabled}, PLACE)


def token(key: str = "pingone", **attributes: Value) -> Desired:
    given = {"description": key, "ttl_days": 365, "rotate_before_days": 30, **attributes}
    return Desired(Address("infisical.scim_tokens", key), given, PLACE, (SCIM,))


def connection(key: str = "infisical", token: str = "pingone", **attributes: Value) -> Desired:
    source = Address("infisical.scim_tokens", token)
    given = {
        "name": key,
        "base_url": "https://app.infisical.com/api/v1/scim",
        "users_resource": "/Users",
        "groups_resource": "/Groups",
        "scim_version": "2.0",
        "auth": {"method": "oauth2_bearer_token", "header": "Bearer", "token": Reference(source, "secret")},
        "user_filter_expression": 'email.value Eq "%s"',
        "user_identifier": "workEmail",
        "create_users": True,
        "update_users": True,
        "disable_users": True,
        "remove_action": "disable",
        "deprovision_on_rule_deletion": True,
        "enabled": True,
        **attributes,
    }
    return Desired(Address("pingone.connections", key), given, PLACE, (source,))


def user(key: str = "robin", **attributes: Value) -> Desired:
    given = {"username": key, "email": f"{key}@acme.example", "enabled": True, **attributes}
    return Desired(Address("pingone.users", key), given, PLACE)


def group(key: str = "engineering", *, external: bool = False, **attributes: Value) -> Desired:
    address = Address("pingone.groups", key)
    return Desired(address, {"name": key, **attributes}, PLACE, external=external)


def directory() -> Desired:
    return Desired(DIRECTORY, {})


def rule_container() -> Desired:
    return Desired(PLAN, {"enabled": True})


def rule(
    key: str = "employees", connection: str = "infisical", groups: tuple[str, ...] = (), **attributes: Value
) -> Desired:
    target = Address("pingone.connections", connection)
    members = tuple(Address("pingone.groups", one) for one in groups)
    given = {
        "name": key,
        "connection": Reference(target),
        "user_filter": "enabled eq true",
        "mappings": {"userName": "username", "workEmail": "email"},
        "groups": [Reference(one) for one in members],
        "enabled": True,
        **attributes,
    }
    return Desired(Address("pingone.rules", key), given, PLACE, (target, *members, PLAN, DIRECTORY))


def whole_setup() -> tuple[Desired, ...]:
    """One resource of each kind, in the order of the kinds."""
    return (
        switch(),
        token(),
        directory(),
        connection(),
        user(),
        group(),
        rule_container(),
        rule(groups=("engineering",)),
        Desired(REVISION, {}),
    )


# ---- the same, recorded and observed


def id_of(address: Address) -> str:
    return f"id-{address}"


def plainly(value: Value) -> Value:
    """As a service shows it: references are ids, secrets are not there."""
    if isinstance(value, Mapping):
        return {name: plainly(one) for name, one in value.items() if not _is_secret(one)}
    if isinstance(value, (list, tuple)):
        return [plainly(one) for one in value]
    return id_of(value.address) if isinstance(value, Reference) else value


def _is_secret(value: Value) -> bool:
    return isinstance(value, Reference) and value.attribute == "secret"


def recorded(desired: Desired, **changes: Any) -> Recorded:
    source = desired.attributes.get("auth", {}).get("token")
    made = Recorded(
        id=id_of(desired.address),
        attributes=plainly(desired.attributes),
        bindings={"auth.token": id_of(source.address)} if source else {},
        depends_on=desired.depends_on,
    )
    return replace(made, **changes)


def observed(desired: Desired, **changes: Value) -> Observed:
    kind, address = KINDS[desired.address.section], desired.address
    shown: Attributes = {
        name: value for name, value in plainly(desired.attributes).items() if name not in kind.local
    }
    found = Observed(id_of(address), {**shown, **changes})
    if address.section != TOKEN.section:
        return found
    created = {"created_at": (NOW - timedelta(days=1)).isoformat()}
    return replace(found, facts=created, marker=Marker(OURS, address.key, "n0"))


def stray_token(id: str, key: str = "pingone", lineage: str = OURS) -> Observed:
    """A token that nobody wrote down, with a marker."""
    return Observed(id, {"description": key, "ttl_days": 365}, marker=Marker(lineage, key, "n9"))


# ---- a scene


@dataclass
class Scene:
    """What the file wants, what is written down and what the services show, each by address.

    `others` are objects nobody speaks of; `unread` are sections nobody may look at.
    """

    desired: dict[Address, Desired]
    recorded: dict[Address, Recorded] = field(default_factory=dict)
    observed: dict[Address, Observed] = field(default_factory=dict)
    others: dict[str, list[Observed]] = field(default_factory=dict)
    pending: dict[Address, Intent] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    uncommitted: bool = False

    @property
    def state(self) -> State:
        return State(LINEAGE, 4, dict(self.recorded), dict(self.pending), self.uncommitted)

    @property
    def snapshot(self) -> Snapshot:
        sections: dict[str, tuple[Observed, ...] | None] = {
            section: (
                *(one for address, one in self.observed.items() if address.section == section),
                *self.others.get(section, ()),
            )
            for section in KINDS
        }
        return Snapshot(sections | dict.fromkeys(self.unread, None))

    def plan(self, *, now: datetime = NOW, **request: Any) -> Plan:
        asked = Request(tuple(self.desired.values()), warnings=("mind this",), **request)
        return plan(asked, self.state, self.snapshot, KINDS, now)

    def want(self, desired: Desired) -> Scene:
        """The file says this of the resource now."""
        self.desired[desired.address] = desired
        return self

    def show(self, address: Address, **changes: Value) -> Scene:
        """Somebody changed the living object by hand."""
        before = self.observed[address]
        self.observed[address] = replace(before, attributes={**before.attributes, **changes})
        return self

    def drop(self, address: Address) -> Scene:
        """The file does not name it any more."""
        del self.desired[address]
        return self

    def lose(self, address: Address) -> Scene:
        """The living object is gone."""
        del self.observed[address]
        return self


def empty_scene(*desired: Desired) -> Scene:
    """Everything is wanted, and nothing is there."""
    return Scene({one.address: one for one in desired or whole_setup()})


def settled_scene(*desired: Desired) -> Scene:
    """Everything is there as it is wanted."""
    wanted = desired or whole_setup()
    lasting = [one for one in wanted if one.address != REVISION]
    return Scene(
        {one.address: one for one in wanted},
        {one.address: recorded(one) for one in lasting},
        {one.address: observed(one) for one in lasting},
    )


# ---- what a plan says


def actions(plan: Plan) -> dict[Address, Action]:
    return {change.address: change.action for change in plan.changes}


def reasons(plan: Plan) -> dict[Address, str]:
    return {change.address: change.reason for change in plan.changes}


def differences(plan: Plan, address: Address) -> dict[str, tuple[Value, Value]]:
    """Before and after by path."""
    (change,) = (one for one in plan.changes if one.address == address)
    return {one.path: (one.before, one.after) for one in change.differences}


def keys(plan: Plan) -> list[str]:
    return [step.key for step in plan.steps]


def step(plan: Plan, key: str) -> Step:
    return next(one for one in plan.steps if one.key == key)
