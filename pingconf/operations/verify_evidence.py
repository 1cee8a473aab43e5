"""What `verify` compares: the people whom PingOne is to bring, and those whom Infisical has; sends GETs only.

People are known by the e-mail that the rule maps to `workEmail`, without regard to capitals, as Infisical
knows them; where a rule maps none, by what it maps to `userName`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pingconf.clients.infisical import Infisical
from pingconf.clients.pingone import PingOne
from pingconf.clients.pingone_people import members_of, rows_in
from pingconf.config.loader import Configuration
from pingconf.kinds.pingone_group import GROUPS, LARGEST_PAGE
from pingconf.kinds.pingone_rule import selection_of
from pingconf.model.address import Address
from pingconf.model.errors import UserNeededError
from pingconf.model.resource import Desired
from pingconf.model.state import State
from pingconf.model.values import Reference, value_at

CONNECTIONS, RULES = "pingone.connections", "pingone.rules"


@dataclass(frozen=True, slots=True)
class Expected:
    """Somebody in scope of a rule. `key` is their e-mail at Infisical in small letters, None where they have
    none; `label` is what they are called."""

    id: str
    key: str | None
    label: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class RuleScope:
    """A rule with the people in its scope; `id` is empty where it was not applied yet. `on` is whether it and
    its connection are switched on. `source` is the attribute of the directory that is mapped, None where an
    expression computes it, which only PingOne can tell."""

    rule: Desired
    id: str
    connection: Desired
    on: bool
    source: str | None
    people: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody at Infisical; active, or an administrator, where any membership with the e-mail is."""

    label: str
    active: bool
    administrator: bool


@dataclass(frozen=True, slots=True)
class PushedGroup:
    """A group that rules push: its id at PingOne, None where it is not there, the ids of its people there,
    and the e-mails of those in the group of that name at Infisical, None where there is none."""

    address: Address
    name: str
    id: str | None
    people: frozenset[str]
    arrived: frozenset[str] | None


def read_scopes(pingone: PingOne, configuration: Configuration, state: State) -> tuple[RuleScope, ...]:
    """Every rule of the file with who is in its scope now."""
    return tuple(
        scope_of(
            rule, rows_in(pingone, selection_of(str(rule.attributes["user_filter"]))), configuration, state
        )
        for rule in configuration.desired
        if rule.address.section == RULES
    )


def scope_of(
    rule: Desired, people: Iterable[Mapping[str, Any]], configuration: Configuration, state: State
) -> RuleScope:
    """A rule with these rows of the directory as the people in its scope."""
    address = rule.attributes["connection"].address
    connection = next(one for one in configuration.desired if one.address == address)
    recorded, source = state.resources.get(rule.address), mapped_source(rule)
    return RuleScope(
        rule,
        recorded.id if recorded else "",
        connection,
        bool(rule.attributes["enabled"] and connection.attributes["enabled"]),
        source,
        tuple(expected(row, source) for row in people),
    )


def mapped_source(rule: Desired) -> str | None:
    """The attribute of the directory that becomes the e-mail at Infisical; None where it is computed."""
    mappings = rule.attributes["mappings"]
    source = mappings.get("workEmail", mappings.get("userName"))
    return source if isinstance(source, str) else None


def expected(row: Mapping[str, Any], source: str | None) -> Expected:
    """Somebody of the directory as a rule with this source brings them."""
    email = value_at(row, source) if source else None
    key = email.strip().lower() if isinstance(email, str) else ""
    label = str(row.get("email") or row.get("username") or row["id"])
    return Expected(str(row["id"]), key or None, label, row.get("enabled") is not False)


def read_members(infisical: Infisical) -> dict[str, Member] | None:
    """Everybody in the organisation by e-mail in small letters; None where only a person may see them."""
    try:
        rows = infisical.members()
    except UserNeededError:
        return None
    members: dict[str, Member] = {}
    for row in rows:
        label = email_of(row)
        active, admin = row.get("isActive") is not False, row.get("role") == "admin"
        known = members.get(label.lower(), Member(label, False, False))
        members[label.lower()] = Member(label, known.active or active, known.administrator or admin)
    return members


def email_of(row: Mapping[str, Any]) -> str:
    """What a member of Infisical is called: the e-mail, else the user name."""
    user = row.get("user")
    fields: Mapping[str, Any] = user if isinstance(user, Mapping) else row
    return str(fields.get("email") or row.get("inviteEmail") or fields.get("username") or "")


def pushed_by(scope: RuleScope) -> list[Address]:
    """The groups that a rule pushes."""
    return [one.address for one in scope.rule.attributes["groups"] if isinstance(one, Reference)]


def read_groups(
    pingone: PingOne,
    infisical: Infisical,
    configuration: Configuration,
    state: State,
    addresses: Iterable[Address],
) -> tuple[PushedGroup, ...]:
    """Groups of the file, each at both services; a machine identity may read them, too."""
    wanted = list(dict.fromkeys(addresses))
    if not wanted:
        return ()
    desired = {one.address: one for one in configuration.desired}
    there = {str(row.get("name")): str(row["id"]) for row in pingone.list(GROUPS, "groups", LARGEST_PAGE)}
    teams = {str(row.get("name")): str(row.get("id")) for row in infisical.groups()}

    def read(address: Address) -> PushedGroup:
        name, recorded = str(desired[address].attributes["name"]), state.resources.get(address)
        id = recorded.id if recorded and recorded.id in there.values() else there.get(name)
        people = members_of(pingone, id, direct=False) if id else ()
        rows = infisical.group_people(teams[name]) if name in teams else None
        arrived = None if rows is None else frozenset(email_of(row).lower() for row in rows)
        return PushedGroup(address, name, id, frozenset(one.id for one in people), arrived)

    return tuple(map(read, wanted))
