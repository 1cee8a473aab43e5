"""One run: the configuration, the state it belongs to and the services it speaks to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from pingconf.backends import Backend
from pingconf.clients import Services
from pingconf.clients.retry import Patience
from pingconf.config.loader import Configuration
from pingconf.engine.snapshot import Ahead
from pingconf.engine.workers import ALONE, Workers
from pingconf.model.errors import StateError
from pingconf.model.state import State, new_state
from pingconf.operations.interruption import Interruption
from pingconf.operations.invocation import Invocation as Invocation
from pingconf.operations.invocation import read_configuration as read_configuration
from pingconf.operations.origin import Origin, origin_of
from pingconf.operations.services import HeadStart, connect
from pingconf.operations.store import open_backend

AT_ONCE: Final = 8
"""Requests in flight, unless somebody says otherwise."""


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
    """Read the configuration and make the clients; sends nothing yet, unless it `only_looks`.

    Then lists may be on their way already, at several requests at once: with the settings it is known whom to
    ask, and the checking of the resources takes its time.
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
