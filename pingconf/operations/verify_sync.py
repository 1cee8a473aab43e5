"""Waits for PingOne to be done with the latest revision, and tells how far it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pingconf.clients.pingone import PingOne
from pingconf.clients.pingone_sync import sync_status
from pingconf.kinds.pingone_connection import STORES
from pingconf.kinds.pingone_revision import LATEST
from pingconf.model.address import Address
from pingconf.model.errors import Interrupted
from pingconf.model.verification import Sync, Waiting
from pingconf.operations.session import Session

LOOK_EVERY: Final = 5.0
"""Seconds between two looks."""


def settle(
    session: Session, connections: Mapping[Address, str], wait: float, report: Callable[[Waiting], None]
) -> tuple[Sync, ...]:
    """Look until every connection, given with its id, is done, for `wait` seconds at most; 0 looks once.

    Sends GETs only. Raises Interrupted where somebody wants the end.
    """
    waited = 0.0
    while True:
        syncs = read_syncs(session.services.pingone, connections)
        report(Waiting(waited, wait, syncs))
        if waited >= wait or all(one.settled for one in syncs):
            return syncs
        pause = min(LOOK_EVERY, wait - waited)
        session.patience.sleep(pause)
        waited += pause
        if session.interruption.asked:
            raise Interrupted("Interrupted", "Nothing was changed; verify only looks.")


def read_syncs(pingone: PingOne, connections: Mapping[Address, str]) -> tuple[Sync, ...]:
    """What PingOne tells of each connection now; one that is gone is settled, and has the state `gone`."""
    revision = pingone.find(LATEST) if connections else None
    return tuple(
        _sync(address, pingone.find(f"{STORES}/{id}"), revision) for address, id in connections.items()
    )


def _sync(address: Address, store: dict[str, Any] | None, revision: dict[str, Any] | None) -> Sync:
    if store is None:
        return Sync(address, settled=True, state="gone")
    status = sync_status(store, revision)
    return Sync(
        address,
        settled=status.settled,
        state=status.state,
        total=status.total,
        succeeded=status.succeeded,
        failed=status.failed,
        failed_deprovisions=status.failed_deprovisions,
        last=status.last,
        details=status.details,
    )
