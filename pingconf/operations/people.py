"""Who arrived: people in scope of each rule, and how many of them Infisical knows."""

from __future__ import annotations

from dataclasses import dataclass

from pingconf.clients.pingone_people import people_in
from pingconf.kinds.pingone_rule import selection_of
from pingconf.model.resource import Desired
from pingconf.operations.session import Session
from pingconf.operations.verify_evidence import read_members


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Of one rule: people in scope at PingOne, and those of them who are active members at Infisical."""

    address: str
    in_scope: int
    arrived: int


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What provisioning came to."""

    rules: tuple[Arrivals, ...]
    groups: tuple[tuple[str, int], ...]


def count_provisioned(session: Session) -> Provisioned:
    """Ask both services; sends GETs only."""
    desired = session.configuration.desired
    known = read_members(session.services.infisical) or {}
    members = {email for email, one in known.items() if one.active}
    rules = [one for one in desired if one.address.section == "pingone.rules"]
    named = {str(one.attributes["name"]) for one in desired if one.address.section == "pingone.groups"}
    groups = [one for one in session.services.infisical.groups() if one.get("name") in named]
    return Provisioned(
        tuple(_arrivals(session, rule, members) for rule in rules),
        tuple((str(one["name"]), session.services.infisical.group_members(str(one["id"]))) for one in groups),
    )


def _arrivals(session: Session, rule: Desired, members: set[str]) -> Arrivals:
    people = people_in(session.services.pingone, selection_of(str(rule.attributes["user_filter"])))
    arrived = [one for one in people if one.email.lower() in members]
    return Arrivals(str(rule.address), len(people), len(arrived))
