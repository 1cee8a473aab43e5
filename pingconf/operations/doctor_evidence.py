"""What `doctor` judges by: both services as they are now, each thing read once; sends GETs only.

A read that is refused is evidence too: its error stands in place of what it would have shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, TypeAlias, TypeVar

from pingconf.clients.answer import Answer
from pingconf.clients.pingone import Page
from pingconf.clients.pingone_errors import MissingRoleError
from pingconf.clients.pingone_people import USERS, selecting
from pingconf.config.loader import Configuration
from pingconf.engine.snapshot import read_section
from pingconf.kinds import KINDS
from pingconf.kinds.pingone_connection import STORES
from pingconf.kinds.pingone_group import GROUPS, LARGEST_PAGE
from pingconf.kinds.pingone_plan import PLANS
from pingconf.kinds.pingone_revision import LATEST
from pingconf.kinds.pingone_rule import RULES, selection_of
from pingconf.model.address import Address
from pingconf.model.errors import PingconfError, UserNeededError
from pingconf.model.resource import Desired, Observed
from pingconf.model.state import State
from pingconf.operations.session import Session

T = TypeVar("T")
Seen: TypeAlias = T | PingconfError
"""What was read, or why it could not be."""
Row = Mapping[str, Any]
PROPAGATION: Final = ("pingone.plan", "pingone.connections", "pingone.rules")
"""Sections that only an Environment Admin may read."""


@dataclass(frozen=True, slots=True)
class PingOneEvidence:
    """What PingOne shows. `environment_at` is when it answered; `people` are those in scope of each rule,
    `members` those whom a group's filter finds, the first page of each."""

    sign_in: Seen[None]
    environment: Seen[Answer]
    environment_at: datetime
    plans: Seen[list[dict[str, Any]]]
    populations: Seen[list[dict[str, Any]]]
    groups: Seen[list[dict[str, Any]]]
    stores: Seen[list[dict[str, Any]]]
    rules: Seen[list[dict[str, Any]]]
    mappings: Mapping[str, Seen[list[dict[str, Any]]]]
    latest: Seen[Row]
    sections: Mapping[str, Seen[tuple[Observed, ...]]]
    people: Mapping[Address, Seen[Page]]
    members: Mapping[Address, Seen[Page]]


@dataclass(frozen=True, slots=True)
class InfisicalEvidence:
    """What Infisical shows; `status_at` is when it answered."""

    status: Seen[Answer]
    status_at: datetime
    organization: Seen[Row]
    listed: Seen[Row]
    licence: Seen[Row]
    tokens: Seen[tuple[Observed, ...]]
    email_domains: Seen[list[Row]]

    @property
    def machine(self) -> bool:
        """Whether a machine identity asks, to whom most of it is not shown."""
        return isinstance(self.organization, UserNeededError)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything there is to judge by. A service of which the file has nothing is None: it is not asked."""

    configuration: Configuration
    state: Seen[State]
    pingone: PingOneEvidence | None
    infisical: InfisicalEvidence | None

    def desired(self, section: str) -> list[Desired]:
        """What the file has in a section, in the order of the file."""
        return [one for one in self.configuration.desired if one.address.section == section]

    @property
    def known(self) -> State:
        """The state, an empty one where it could not be read."""
        return State("") if isinstance(self.state, PingconfError) else self.state


def attempt(read: Callable[[], T], *before: object) -> Seen[T]:
    """What a read gives or what it fails with; not even tried where something before it failed."""
    for one in before:
        if isinstance(one, PingconfError):
            return one
    try:
        return read()
    except PingconfError as failure:
        return failure


def gather(session: Session, state: Seen[State]) -> Evidence:
    """Ask both services for everything that is judged; no one fault is met twice if it can be helped."""
    empty = Evidence(session.configuration, state, None, None)
    known = [*(one.address for one in session.configuration.desired), *empty.known.resources]
    services = {address.section.partition(".")[0] for address in known}
    with session.services.pingone.remembering():
        return Evidence(
            session.configuration,
            state,
            _pingone(session, empty) if "pingone" in services else None,
            _infisical(session) if "infisical" in services else None,
        )


def _pingone(session: Session, evidence: Evidence) -> PingOneEvidence:
    api, desired = session.services.pingone, evidence.configuration.desired
    sign_in = attempt(api.sign_in)
    environment = attempt(api.environment, sign_in)
    now = datetime.now(UTC)
    reachable = True if isinstance(environment, MissingRoleError) else environment
    plans = attempt(lambda: api.list(PLANS, "plans"), reachable)
    populations = attempt(lambda: api.list("/populations", "populations"), reachable)
    groups = attempt(lambda: api.list(GROUPS, "groups", LARGEST_PAGE), reachable)

    def first_page(text: str) -> Seen[Page]:
        query = selecting(selection_of(text))
        return attempt(lambda: api.first_page(USERS, "users", query), populations)

    def filtered(section: str, path: str) -> dict[Address, Seen[Page]]:
        ours = (one for one in evidence.desired(section) if path in one.attributes)
        return {one.address: first_page(str(one.attributes[path])) for one in ours}

    def section(name: str, *before: object) -> Seen[tuple[Observed, ...]]:
        kind = KINDS[name]
        return attempt(lambda: read_section(kind, desired, evidence.known, session.services), *before)

    rules = attempt(lambda: api.list(RULES, "rules"), plans)
    return PingOneEvidence(
        sign_in,
        environment,
        now,
        plans,
        populations,
        groups,
        stores=attempt(lambda: api.list(STORES, "stores"), plans),
        rules=rules,
        mappings=_mappings(session, evidence, rules),
        latest=attempt(lambda: api.find(LATEST) or {}, plans),
        sections={name: section(name, plans) for name in PROPAGATION}
        | {"pingone.groups": section("pingone.groups", groups)},
        people=filtered("pingone.rules", "user_filter"),
        members=filtered("pingone.groups", "membership_filter"),
    )


def _mappings(session: Session, evidence: Evidence, rules: object) -> dict[str, Seen[list[dict[str, Any]]]]:
    """The mappings of the rules that are recorded, by the rule's id."""
    api, found = session.services.pingone, {}
    for address, one in evidence.known.resources.items():
        if address.section == "pingone.rules":
            path = f"{RULES}/{one.id}/mappings"
            found[one.id] = attempt(partial(api.list, path, "mappings"), rules)
    return found


def _infisical(session: Session) -> InfisicalEvidence:
    api = session.services.infisical
    status = attempt(api.status)
    now = datetime.now(UTC)
    organization = attempt(api.organization, status)
    acceptable = True if isinstance(organization, UserNeededError) else organization
    tokens = KINDS["infisical.scim_tokens"]
    return InfisicalEvidence(
        status,
        now,
        organization,
        listed=attempt(api.listed_organization, organization),
        licence=attempt(api.licence, acceptable),
        tokens=attempt(lambda: tuple(tokens.list(session.services)), organization),
        email_domains=attempt(api.email_domains, organization),
    )
