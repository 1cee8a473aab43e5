"""The heart: what the file wants, what is recorded and what is observed become a plan. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pingconf.engine.comparison import refused_of, shown
from pingconf.engine.decision import Context, Decision, decide
from pingconf.engine.foreign import find_foreign
from pingconf.engine.graph import REVISION, taking_access
from pingconf.engine.guards import (
    refuse_if_all_is_gone,
    refuse_replacement,
    refuse_to_delete_named,
    refuse_to_destroy_protected,
)
from pingconf.engine.moves import relocate
from pingconf.engine.overdue import due_renewals, unpublished
from pingconf.engine.producers import missing_secrets, unknown_token, unsafe_secrets
from pingconf.engine.selection import EVERYTHING, Selection, refuse_unknown, select
from pingconf.engine.situation import Situation, situations
from pingconf.engine.snapshot import Snapshot
from pingconf.engine.steps import steps_of
from pingconf.model.address import Address
from pingconf.model.errors import ConfigurationError
from pingconf.model.kind import Kinds
from pingconf.model.plan import Action, Change, Drift, Plan, Step, Verb
from pingconf.model.resource import Desired, Move, Observed, Recorded
from pingconf.model.state import CommitDue, Entry, Noted, State, advance
from pingconf.model.values import UNKNOWN, Value, value_at

Decisions = dict[Address, Decision]


@dataclass(frozen=True, slots=True)
class Request:
    """What a plan is asked for: the wanted resources, renamed keys, and replacements that are wanted by name.

    `unwanted` says why whatever is recorded beyond that goes, and `deprovision` whether people lose their
    access with it; `unsparing`, that also what is spared otherwise is deleted. `recreate_all` takes a service
    that shows nothing of what is recorded by its word. `labels` are names to show for ids.
    """

    desired: tuple[Desired, ...]
    moves: tuple[Move, ...] = ()
    unwanted: str = "not in the file any more"
    deprovision: bool = False
    unsparing: bool = False
    replace: Mapping[Address, str] = field(default_factory=dict)
    selection: Selection = EVERYTHING
    recreate_all: bool = False
    warnings: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


def plan(request: Request, state: State, snapshot: Snapshot, kinds: Kinds[Any], now: datetime) -> Plan:
    """Compute the whole plan. Raises ConfigurationError with every fault that only a look can show,
    UsageError for an address that nothing has, GuardrailError where it would destroy what it must not."""
    known, moved = relocate(state, request.moves)
    settled = _settled_commit(known, snapshot)
    for entry in settled:
        known = advance(known, entry)
    found = situations(request.desired, known, snapshot, kinds)
    refuse_unknown(request.selection, found)
    for address in request.replace:
        refuse_replacement(address, found)
    if not request.recreate_all:
        refuse_if_all_is_gone(found)
    labels = labels_of(found, request.labels)
    decisions, left_out = select(_decide_all(found, labels, request, now), request.selection)
    faults = [one.fault for one in decisions.values() if one.fault is not None]
    if faults:
        raise ConfigurationError(faults)
    refuse_to_destroy_protected(decisions.values())
    refuse_to_delete_named(decisions.values())
    steps = steps_of(list(decisions.values()), kinds, uncommitted=known.uncommitted)
    foreign = _foreign(steps, found, known, snapshot)
    return Plan(
        lineage=state.lineage,
        serial=state.serial,
        changes=tuple(_changes(decisions, steps, known)),
        steps=steps,
        drift=tuple(_drift(found, labels)),
        unverified=tuple(one.address for one in found.values() if one.unverified),
        warnings=(*request.warnings, *_refusals(found.values()), *_cautions(decisions, foreign)),
        observed=_observed(found),
        learnt=(*moved, *settled),
        left_out=left_out,
        foreign=foreign,
        revision=_latest_revision(snapshot),
    )


def _latest_revision(snapshot: Snapshot) -> str:
    return next((one.id for one in snapshot.objects(REVISION.section)), "")


def _settled_commit(state: State, snapshot: Snapshot) -> tuple[Entry, ...]:
    """A revision whose answer was lost was made if there is a newer one than before: whoever made that
    published all there was."""
    intent, latest = state.pending.get(REVISION), _latest_revision(snapshot)
    if intent is None or latest in ("", intent.identity):
        return ()
    return Noted(REVISION, Recorded(latest, {})), CommitDue(False)


def _foreign(
    steps: Iterable[Step], found: Mapping[Address, Situation], state: State, snapshot: Snapshot
) -> tuple[str, ...]:
    """What others left unpublished, where this plan publishes."""
    if not any(step.verb is Verb.COMMIT for step in steps):
        return ()
    return find_foreign(snapshot.outstanding, _ours(found, state))


def _ours(found: Mapping[Address, Situation], state: State) -> set[str]:
    """The ids of all that the file means or the state knows."""
    living = {one.observed.id for one in found.values() if one.observed is not None}
    return living | {one.id for one in state.resources.values()}


def _changes(decisions: Decisions, steps: tuple[Step, ...], state: State) -> list[Change]:
    """What happens to each resource, and why, with what only the steps show."""
    commits = sum(step.verb is Verb.COMMIT for step in steps)
    changes = [
        Change(one.address, one.action, one.reason, one.differences)
        for one in decisions.values()
        if one.action is not None
    ]
    spoken_of = {one.address for one in changes}
    changes += [
        Change(step.address, Action.UPDATE, "an older secret lives on that nothing shall hold; it is revoked")
        for step in steps
        if step.verb is Verb.REVOKE and step.address not in spoken_of
    ]
    if commits:
        changes.append(Change(REVISION, Action.COMMIT, _why_commit(state, changes, commits)))
    return changes


def look_for_drift(
    request: Request, state: State, snapshot: Snapshot, kinds: Kinds[Any], now: datetime
) -> Plan:
    """A plan of nothing that tells what was changed by hand, also where the file asks for what cannot be, and
    what cannot stay as it is: tokens to renew, and what is not published."""
    known = relocate(state, request.moves)[0]
    try:
        found = situations(request.desired, known, snapshot, kinds)
    except ConfigurationError:
        known = state
        found = situations((), known, snapshot, kinds)
    for entry in _settled_commit(known, snapshot):
        known = advance(known, entry)
    foreign = find_foreign(snapshot.outstanding, _ours(found, known))
    return Plan(
        lineage=state.lineage,
        serial=state.serial,
        drift=(
            *_drift(found, labels_of(found, request.labels)),
            *due_renewals(found.values(), now),
            *unpublished(REVISION, known.uncommitted, foreign),
        ),
        unverified=tuple(one.address for one in found.values() if one.unverified),
        warnings=request.warnings,
        observed=_observed(found),
        revision=_latest_revision(snapshot),
    )


def _observed(found: Mapping[Address, Situation]) -> dict[Address, Observed]:
    """Everything that is there and was looked at."""
    return {one.address: one.observed for one in found.values() if one.observed and not one.unverified}


def _decide_all(
    found: Mapping[Address, Situation], labels: Mapping[str, str], request: Request, now: datetime
) -> Decisions:
    """Decide in the order of the kinds; again with one more secret to be made, as long as one is missing."""
    forced = dict(request.replace)
    while True:
        context = Context({}, labels, forced, now, request.unwanted, request.deprovision, request.unsparing)
        decisions = _decide_once(found, context)
        missing = unsafe_secrets(decisions) | missing_secrets(decisions)
        if not missing:
            return decisions
        if missing.keys() <= forced.keys():
            raise ConfigurationError([unknown_token(next(iter(missing)))])
        forced |= missing


def _decide_once(found: Mapping[Address, Situation], context: Context) -> Decisions:
    """One decision after the other, as each needs the ids of those before."""
    ids: dict[Address, Value] = {}
    decisions: Decisions = {}
    context = replace(context, ids=ids)
    for address, situation in found.items():
        decision = decide(situation, context)
        decisions[address] = decision
        stays = decision.action not in (Action.CREATE, Action.REPLACE)
        ids[address] = situation.observed.id if stays and situation.observed else UNKNOWN
    return decisions


def labels_of(found: Mapping[Address, Situation], looked_up: Mapping[str, str]) -> dict[str, str]:
    """What to show for an id or an address: mostly the key in the file; for what is not in it, what it is
    called at the service."""
    labels = dict(looked_up)
    for observed in (one.observed for one in found.values() if one.observed):
        labels |= {id: names[0] for id, names in observed.names.items()}
    for address, one in found.items():
        if known := one.desired or one.observed:
            labels[str(address)] = one.kind.label(address, known.attributes)
        if one.observed:
            labels[one.observed.id] = labels[str(address)]
    return labels


def _refusals(found: Iterable[Situation]) -> Iterable[str]:
    """What the service does not keep, for the reader to know."""
    for situation in found:
        if situation.desired is not None:
            for path in sorted(refused_of(situation)):
                wanted = situation.desired.attributes.get(path)
                if situation.recorded and wanted != situation.recorded.attributes.get(path):
                    yield f"{situation.address}: the service does not keep {path}; it is left as it is"


def _cautions(decisions: Decisions, foreign: Iterable[str]) -> Iterable[str]:
    """What is done out of the usual order, or for somebody else, for the reader to know."""
    for one in foreign:
        yield f"Somebody else left {one}, unpublished: an apply would publish it"
    taking = taking_access(decisions.values())
    for address in decisions:
        if address in taking:
            yield (
                f"{address}: what held it was deleted by hand; it is revoked before that is published,"
                " so that nobody loses access"
            )
            for other in decisions.values():
                known = other.situation.recorded
                if known and address in known.depends_on and other.situation.observed is not None:
                    yield f"{other.address} shares that token, and is without one until the revision"


def _why_commit(state: State, changes: list[Change], commits: int) -> str:
    if commits > 1:
        return "publishes before and after the connection is removed, so that nobody loses access"
    return "publishes these changes" if changes else "publishes what an earlier run left unpublished"


def _drift(found: Mapping[Address, Situation], labels: Mapping[str, str]) -> Iterable[Drift]:
    """Recorded against observed: what someone else changed since our last step."""
    for situation in found.values():
        recorded, observed = situation.recorded, situation.observed
        if recorded is None or situation.unverified:
            continue
        if observed is None:
            if situation.lost:
                yield Drift(situation.address, "id", recorded.id, None)
            continue
        for path in situation.drifted:
            before, after = value_at(recorded.attributes, path), value_at(observed.attributes, path)
            if path in situation.kind.write_only:
                before, after = recorded.bindings[path], observed.bindings[path]
            yield Drift(situation.address, path, shown(before, labels), shown(after, labels))
