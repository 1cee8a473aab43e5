"""Whether each SCIM token lives, for how long yet, and whether one was left behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from pingconf.engine.orphans import short_lineage
from pingconf.kinds import KINDS
from pingconf.kinds.infisical_scim_token import expiry
from pingconf.model.check import Finding, doubtful, unseen, well, wrong
from pingconf.model.errors import PingconfError
from pingconf.model.resource import Desired, Observed
from pingconf.model.state import State
from pingconf.operations.doctor_evidence import Evidence
from pingconf.operations.doctor_question import Question, some

SECTION = "infisical.scim_tokens"


def token_questions(evidence: Evidence, needs: tuple[str, ...]) -> Iterator[Question]:
    """One question per token of the file, and one about those that bear our mark and are in no record."""
    for desired in evidence.desired(SECTION):
        yield Question(str(desired.address), partial(_token, desired=desired), ("state", *needs))
    yield Question(f"{SECTION}.orphans", _orphans, ("state", *needs))


def _token(evidence: Evidence, desired: Desired) -> Finding:
    tokens = _tokens(evidence)
    if tokens is None:
        return unseen("only a person's token shows it")
    known = evidence.known.resources.get(desired.address)
    if known is None:
        return well("not there yet; pingconf apply makes it")
    living = next((one for one in tokens if one.id == known.id), None)
    if living is None:
        return wrong(
            "revoked since the last apply; Infisical refuses what PingOne sends",
            "Make a new one and hand it to the connection: pingconf apply",
        )
    return _age(desired, living)


def _age(desired: Desired, living: Observed) -> Finding:
    now, until = datetime.now(UTC), expiry(living)
    if until is None:
        return well("never expires")
    if until <= now:
        return wrong(
            f"expired on {until:%Y-%m-%d}; Infisical refuses what PingOne sends",
            f"Make a new one and hand it to the connection: pingconf rotate {desired.address}",
        )
    left = f"{(until - now).days} days left"
    if KINDS[SECTION].due(desired.attributes, living, now) is None:
        return well(f"{left}, until {until:%Y-%m-%d}")
    soon = f"{left}, fewer than rotate_before_days: {desired.attributes['rotate_before_days']}"
    return doubtful(soon, f"Make a new one: pingconf rotate {desired.address}")


def _orphans(evidence: Evidence) -> Finding:
    tokens, state = _tokens(evidence), evidence.known
    if tokens is None:
        return unseen("only a person's token shows it")
    lost = [one.id for one in tokens if _is_orphan(one, state)]
    if lost:
        return doubtful(
            f"made by a run that could not write it down: {some(lost)}",
            "Revoke what nobody holds: pingconf apply",
        )
    if not state.resources and (others := [one.id for one in tokens if one.marker is not None]):
        return doubtful(
            f"there is no state yet, but tokens of pingconf there are: {some(others)}",
            "If the state was lost, put it back from a backup; if another folder manages them, all is well.",
        )
    return well("no token was left behind")


def _is_orphan(token: Observed, state: State) -> bool:
    known = {id for one in state.resources.values() for id in (one.id, *one.deposed)} | {*state.released}
    ours = token.marker is not None and token.marker.lineage == short_lineage(state.lineage)
    return ours and token.id not in known


def _tokens(evidence: Evidence) -> tuple[Observed, ...] | None:
    tokens = evidence.infisical.tokens if evidence.infisical else None
    return None if isinstance(tokens, PingconfError) else tokens
