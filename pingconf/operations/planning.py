"""A plan, and what drifted: looked at both services, compared, and told; all of it sends GETs only."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from pingconf.clients.http import jwt_claims
from pingconf.config.loader import Configuration
from pingconf.engine.grace import confirm_absences
from pingconf.engine.guards import exceeds
from pingconf.engine.meaning import interpret
from pingconf.engine.planner import Request, look_for_drift, plan
from pingconf.engine.selection import Selection
from pingconf.engine.snapshot import Snapshot, refresh
from pingconf.kinds import KINDS
from pingconf.model.errors import ConfigurationError
from pingconf.model.plan import Plan
from pingconf.model.settings import Settings
from pingconf.model.state import State
from pingconf.operations.scope import count_people
from pingconf.operations.session import Session
from pingconf.operations.wish import Wish

AS_WRITTEN: Final = Wish()
SOON: Final = 3600.0
"""Seconds before its end at which a user's token is warned of."""


def request(configuration: Configuration, wish: Wish) -> Request:
    """What the planner is asked."""
    asked = Request(
        configuration.desired,
        configuration.moves,
        deprovision=wish.deprovision,
        unsparing=wish.delete_users,
        replace=dict.fromkeys(wish.replace, "asked for"),
        selection=Selection(frozenset(wish.targets), frozenset(wish.excluded), wish.only_due),
        recreate_all=wish.recreate_all,
    )
    return replace(asked, desired=(), moves=(), unwanted="destroyed") if wish.destroy else asked


def make_plan(session: Session, state: State, wish: Wish = AS_WRITTEN) -> Plan:
    """Look at both services and compute what to do; sends GETs only."""
    warnings = (*session.configuration.warnings, *_expiring(session.configuration.settings))
    asked = replace(request(session.configuration, wish), warnings=warnings)
    with session.services.pingone.remembering():
        snapshot = look(session, asked, state)
        meant, faults = interpret(asked, snapshot, KINDS, session.services)
        if faults:
            raise ConfigurationError(faults)
        return _with_people(session, plan(meant, state, snapshot, KINDS, datetime.now(UTC)))


def _with_people(session: Session, planned: Plan) -> Plan:
    """The same, with whom it would take access from, and a warning where that takes a word more."""
    people = count_people(session.services, planned)
    if people.trouble:
        said = f"Nobody can say how many people this would take access from: {people.trouble}"
    elif exceeds(people, session.configuration.guardrails):
        said = f"An apply that takes access from so many must be told: --allow-removals {people.removed}"
    else:
        return replace(planned, people=people)
    return replace(planned, people=people, warnings=(*planned.warnings, said))


def make_drift(session: Session, state: State) -> Plan:
    """Look at both services and tell what was changed by hand since the last apply, which tokens must be
    renewed and what is not published; sends GETs only."""
    asked = replace(request(session.configuration, AS_WRITTEN), warnings=session.configuration.warnings)
    with session.services.pingone.remembering():
        snapshot = look(session, asked, state)
        meant, _ = interpret(asked, snapshot, KINDS, session.services)
    return look_for_drift(meant, state, snapshot, KINDS, datetime.now(UTC))


def look(session: Session, asked: Request, state: State) -> Snapshot:
    """Everything a plan is computed from; sends GETs only."""
    services = session.services

    def pause(seconds: float) -> None:
        session.patience.sleep(seconds)
        services.pingone.forget()

    with services.pingone.remembering():
        snapshot = refresh(asked.desired, state, KINDS, services, session.workers, session.ahead)
        return confirm_absences(snapshot, asked.desired, state, KINDS, services, pause)


def _expiring(settings: Settings) -> list[str]:
    """A person's token cannot be renewed unattended; one that ends soon may end in the middle of an apply."""
    token = settings.infisical.token
    ends = jwt_claims(token).get("exp") if token is not None else None
    left = ends - time.time() if isinstance(ends, int | float) else SOON
    if left >= SOON:
        return []
    minutes = max(0, int(left // 60))
    return [f"The Infisical user's token ends in {minutes} minutes; log in again before a long apply"]
