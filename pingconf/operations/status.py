"""How everything stands: what is recorded, how long tokens live, what is published, how the last run went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pingconf.backends import Run
from pingconf.clients import Services
from pingconf.engine.moves import relocate
from pingconf.engine.situation import in_tour_order
from pingconf.kinds import KINDS
from pingconf.kinds.infisical_scim_token import expiry
from pingconf.model.address import Address
from pingconf.model.errors import PingconfError, UserNeededError
from pingconf.model.kind import Kind
from pingconf.model.resource import Observed
from pingconf.model.standing import Published, Standing, TokenLife
from pingconf.model.state import State
from pingconf.operations.doctor_evidence import Seen, attempt
from pingconf.operations.session import Session, read_state
from pingconf.operations.verify_sync import read_syncs

TOKENS, CONNECTIONS, REVISION = "infisical.scim_tokens", "pingone.connections", "pingone.revision"


@dataclass(frozen=True, slots=True)
class Status:
    """All of it, and why what is missing could not be read."""

    standing: Standing
    failures: tuple[PingconfError, ...]

    @property
    def exit_code(self) -> int:
        """That of the first read that failed; what only a person's token may see is no failure."""
        failed = (one for one in self.failures if not isinstance(one, UserNeededError))
        return next((one.exit_code for one in failed), 0)


def look(session: Session) -> Status:
    """Read all that can be read; sends GETs only. Raises what reading the state raises."""
    state = relocate(read_state(session), session.configuration.moves)[0]
    services, ids = session.services, {address: one.id for address, one in state.resources.items()}
    with services.pingone.remembering():
        connections = {address: id for address, id in ids.items() if address.section == CONNECTIONS}
        tokens = attempt(lambda: tuple(_tokens(services, state)))
        syncs = attempt(lambda: read_syncs(services.pingone, connections))
        published = attempt(lambda: _published(services, state)) if connections else None
    runs = attempt(session.backend.runs)
    failures = [one for one in (tokens, syncs, published, runs) if isinstance(one, PingconfError)]
    standing = Standing(
        where=session.backend.where,
        lineage=state.lineage if state.resources or state.serial else "",
        serial=state.serial,
        resources=tuple((one, ids[one]) for one in in_tour_order(state.resources, KINDS)),
        pending=tuple(state.pending),
        uncommitted=state.uncommitted,
        tokens=_or_none(tokens),
        syncs=_or_none(syncs),
        published=_or_none(published),
        last_run=_last(runs),
        troubles=tuple(dict.fromkeys(" ".join((one.headline, *one.details)) for one in failures)),
    )
    return Status(standing, tuple(failures))


def _or_none(seen: Any) -> Any:
    return None if isinstance(seen, PingconfError) else seen


def _last(runs: Seen[tuple[Run, ...]]) -> Run | None:
    return None if isinstance(runs, PingconfError) or not runs else runs[-1]


def _tokens(services: Services, state: State) -> Iterator[TokenLife]:
    """Every token of the state; also one that was replaced, and is still to be revoked."""
    ours = {address: one for address, one in state.resources.items() if address.section == TOKENS}
    if not ours:
        return
    listed = {one.id: one for one in KINDS[TOKENS].list(services)}
    now = datetime.now(UTC)
    for address, recorded in ours.items():
        for id in (recorded.id, *recorded.deposed):
            yield _life(address, id, listed.get(id), now, deposed=id != recorded.id)


def _life(address: Address, id: str, seen: Observed | None, now: datetime, *, deposed: bool) -> TokenLife:
    until = expiry(seen) if seen else None
    left = None if until is None else (until - now).days
    return TokenLife(address, id, seen is not None, left, until.isoformat() if until else "", deposed)


def _published(services: Services, state: State) -> Published:
    kind: Kind[Services] = KINDS[REVISION]
    latest = next(iter(kind.list(services)), None)
    waiting = tuple(f"{one.noun} {one.name}" for one in kind.outstanding(services, latest))
    recorded = state.resources.get(Address(REVISION))
    ours = latest is not None and recorded is not None and recorded.id == latest.id
    return Published(
        latest.id if latest else "", str(latest.facts["created_at"]) if latest else "", ours, waiting
    )
