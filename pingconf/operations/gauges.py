"""Measures what a look for drift saw, and what only a few more requests show; sends GETs only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from pingconf.clients import Services
from pingconf.clients.pingone_people import people_in
from pingconf.engine.graph import REVISION
from pingconf.kinds import KINDS
from pingconf.kinds.pingone_connection import STORES
from pingconf.kinds.pingone_revision import LATEST
from pingconf.kinds.pingone_rule import selection_of
from pingconf.model.address import Address
from pingconf.model.plan import Plan
from pingconf.model.resource import Observed
from pingconf.model.values import moment_of
from pingconf.view.metrics import Gauges

CONNECTIONS: Final = "pingone.connections"
RULES: Final = "pingone.rules"
FAILURES: Final = ("failedCount", "failedDeprovisionCount")
"""Of a store's syncStatus (developer.pingidentity.com, propagation-stores)."""


def measure(services: Services, plan: Plan, now: datetime) -> Gauges:
    """All there is to measure. Raises what the services raise: a part would look like the whole."""
    with services.pingone.remembering():
        synced = dict(_synced(services, plan))
        return replace(
            what_was_seen(plan, now),
            people=dict(_people(services, plan)),
            last_sync=dict(_last_sync(synced)),
            sync_failures=dict(_sync_failures(synced)),
            revision_at=_revision_at(services, plan),
        )


def what_was_seen(plan: Plan, now: datetime) -> Gauges:
    """What the look itself saw, where no more could be asked."""
    return Gauges(
        looked_at=now.timestamp(),
        success=True,
        complete=plan.complete,
        drifted=_drifted(plan),
        token_seconds=dict(_token_seconds(plan, now)),
    )


def _drifted(plan: Plan) -> dict[str, float]:
    """Zero for what is as it should be, so that an alarm ends; nothing for what could not be read."""
    number = Counter(one.address for one in plan.drift)
    looked_at = [*plan.observed, *([REVISION] if plan.revision else [])]
    return {str(one): number[one] for one in dict.fromkeys([*looked_at, *number])}


def _token_seconds(plan: Plan, now: datetime) -> Iterator[tuple[str, float]]:
    for address, seen in plan.observed.items():
        renewal = KINDS[address.section].renewal({}, seen)
        if renewal is not None:
            yield str(address), (renewal.ends - now).total_seconds()


def _of(plan: Plan, section: str) -> Iterator[tuple[Address, Observed]]:
    return ((address, seen) for address, seen in plan.observed.items() if address.section == section)


def _people(services: Services, plan: Plan) -> Iterator[tuple[str, float]]:
    """Nobody is in scope of a rule that is off."""
    for address, seen in _of(plan, RULES):
        selection = seen.attributes.get("user_filter")
        if not seen.attributes.get("enabled"):
            yield str(address), 0
        elif isinstance(selection, str):
            yield str(address), len(people_in(services.pingone, selection_of(selection)))


def _synced(services: Services, plan: Plan) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What PingOne says of its last provisioning by each connection, where it ever did."""
    living = {seen.id: address for address, seen in _of(plan, CONNECTIONS)}
    if not living:
        return
    for row in services.pingone.list(STORES, "stores"):
        status = row.get("syncStatus")
        if row["id"] in living and isinstance(status, Mapping):
            yield str(living[row["id"]]), status


def _last_sync(synced: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, float]]:
    for address, status in synced.items():
        moment = moment_of(status.get("lastSyncAt"))
        if moment is not None:
            yield address, moment.timestamp()


def _sync_failures(synced: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, float]]:
    for address, status in synced.items():
        counted = [status[name] for name in FAILURES if isinstance(status.get(name), int)]
        if counted:
            yield address, sum(counted)


def _revision_at(services: Services, plan: Plan) -> float | None:
    latest = services.pingone.find(LATEST) if plan.revision else None
    moment = moment_of(latest.get("createdAt")) if latest else None
    return moment.timestamp() if moment else None
