"""One run: the configuration, the state it belongs to and the services it speaks to."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from pingconf.backends import Backend
from pingconf.clients import Services
from pingconf.clients.http import jwt_claims
from pingconf.clients.retry import Patience
from pingconf.config.loader import Configuration
from pingconf.engine.grace import confirm_absences
from pingconf.engine.guards import exceeds
from pingconf.engine.meaning import interpret
from pingconf.engine.planner import Request, look_for_drift, plan
from pingconf.engine.snapshot import Ahead, Snapshot, refresh
from pingconf.engine.workers import ALONE, Workers
from pingconf.kinds import KINDS
from pingconf.model.errors import ConfigurationError, StateError
from pingconf.model.plan import Plan
from pingconf.model.settings import Settings
from pingconf.model.state import State, new_state
from pingconf.operations.interruption import Interruption
from pingconf.operations.invocation import Invocation as Invocation
from pingconf.operations.invocation import read_configuration as read_configuration
from pingconf.operations.origin import Origin, origin_of
from pingconf.operations.scope import count_people
from pingconf.operations.services import HeadStart, connect
from pingconf.operations.store import open_backend
from pingconf.operations.wish import Wish, request

AS_WRITTEN: Final = Wish()
AT_ONCE: Final = 8
"""Requests in flight, unless somebody says otherwise."""
SOON: Final = 3600.0
"""Seconds before its end at which a user's token is warned of."""


@dataclass(frozen=True, slots=True)
class Session:
    """Everything an operation needs."""

    configuration: Configuration
    backend: Backend
    services: Services
    patience: Patience
    target: str
    """Which environment and organisation it acts on; a state is about one of them for ever."""
    interruption: Interruption
    origin: Origin
    workers: Workers = ALONE
    ahead: Ahead = field(default_factory=dict)
    """Lists that were begun already."""


def open_session(invocation: Invocation, *, only_looks: bool = False) -> Session:
    """Read the configuration and make the clients; sends nothing yet.

    For one that `only_looks` lists may be on their way already, at several requests at once: with the
    settings it is known whom to ask, and the checking of the resources takes its time.
    """
    interruption = Interruption()
    patience = patience_of(interruption)
    workers = Workers(invocation.at_once or (1 if invocation.sandbox else AT_ONCE))
    begun = HeadStart(patience, workers.at_once)
    at_a_time = invocation.sandbox or workers.at_once == 1
    configuration = read_configuration(invocation, begun.begin if only_looks and not at_a_time else None)
    settings = configuration.settings
    adapter = None
    if invocation.sandbox:
        from pingconf.operations.embedded import Embedded

        embedded = Embedded.open(invocation.folder, settings)
        settings, adapter = embedded.settings(settings), embedded.adapter
    services = begun.services or connect(settings, patience, workers.at_once, adapter)
    target = f"{settings.pingone.environment_id}/{settings.infisical.organization_id}"
    if invocation.sandbox:
        target = f"sandbox/{target}"
    return Session(
        configuration,
        open_backend(configuration.state, invocation.environ),
        services,
        patience,
        target,
        interruption,
        origin_of(invocation.environ),
        workers,
        begun.ahead,
    )


def patience_of(interruption: Interruption) -> Patience:
    """Waits before asking again, for as long as nobody wants to stop."""
    return Patience(interruption.sleep, over=lambda: interruption.asked)


def read_state(session: Session, lineage: str | None = None) -> State:
    """The state, or a new one where there never was any: of this lineage, else with one of its own.

    Raises StateError where it is about another environment or organisation: everything in it would look
    deleted.
    """
    state = session.backend.read() or (State(lineage) if lineage else new_state())
    if state.target not in ("", session.target):
        raise StateError(
            f"The state {session.backend.where} is about another environment or organisation",
            f"It is about {state.target}; this run is about {session.target}.",
            "Write another `state:` in the file, or check the ids and --sandbox.",
        )
    return state


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
