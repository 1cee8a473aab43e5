"""Did everybody arrive? The people in scope at PingOne against the members and groups at Infisical."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from pingconf.clients.pingone import PingOne
from pingconf.clients.pingone_sync import read_synced_rule
from pingconf.engine.moves import relocate
from pingconf.model.address import Address
from pingconf.model.errors import PingconfError
from pingconf.model.state import State
from pingconf.model.verification import Difference, Gap, Sync, Verification, Waiting
from pingconf.operations.session import Session, read_state
from pingconf.operations.verify_evidence import (
    CONNECTIONS,
    RULES,
    Expected,
    Member,
    PushedGroup,
    RuleScope,
    pushed_by,
    read_groups,
    read_members,
    read_scopes,
)
from pingconf.operations.verify_sync import settle

MOST_REASONS: Final = 25
"""People and groups whom PingOne is asked about one by one; the others have the same reason, as a rule."""
DIFFERENT: Final = 8
UNTOLD: Final = 1
UNREADABLE: Final = (
    "Infisical's members: the credential is a machine identity's, and Infisical shows them to people only"
)


@dataclass(frozen=True, slots=True)
class _Found:
    """A difference, and of whom to ask PingOne for a reason."""

    difference: Difference
    kind: Literal["users", "groups"] = "users"
    id: str = ""
    rule_id: str = ""


def verify(session: Session, wait: float, report: Callable[[Waiting], None]) -> Verification:
    """Wait for PingOne to settle, `wait` seconds at most, and compare both ends; sends GETs only.

    Raises PingconfError where there is nothing to verify, and what the services raise.
    """
    state = applied_state(session)
    if not any(one.address.section == RULES for one in session.configuration.desired):
        headline = "The file has no rule, so nobody is in scope and there is nothing to verify"
        raise PingconfError(headline, "A rule stands under pingone.rules.")
    syncs = settle(session, connections_of(session, state), wait, report)
    with session.services.pingone.remembering():
        return _compare(session, state, syncs)


def exit_code(verification: Verification) -> int:
    """8 where something differs, else 1 where something could not be told, else 0."""
    if verification.differences:
        return DIFFERENT
    return 0 if verification.complete else UNTOLD


def applied_state(session: Session) -> State:
    """The state; raises PingconfError where nothing was applied yet."""
    state = relocate(read_state(session), session.configuration.moves)[0]
    if not state.resources:
        raise PingconfError("Nothing was applied yet, so there is nothing to verify", "Run: pingconf apply")
    return state


def connections_of(session: Session, state: State) -> dict[Address, str]:
    """The connections of the file that are switched on and were applied, with their ids."""
    return {
        one.address: state.resources[one.address].id
        for one in session.configuration.desired
        if one.address.section == CONNECTIONS and one.attributes["enabled"] and one.address in state.resources
    }


def _compare(session: Session, state: State, syncs: tuple[Sync, ...]) -> Verification:
    pingone, infisical = session.services.pingone, session.services.infisical
    scopes = read_scopes(pingone, session.configuration, state)
    live = [one for one in scopes if one.on]
    members = read_members(infisical)
    wanted = [address for scope in live for address in pushed_by(scope)]
    groups = read_groups(pingone, infisical, session.configuration, state, wanted)
    found = [
        *_unapplied(session, state, syncs),
        *_failed(syncs),
        *(_people(scopes, members) if members is not None else ()),
        *_groups(live, groups, members),
    ]
    known = _in_scope(live)
    return Verification(
        differences=tuple(_with_reasons(pingone, found)),
        unread=tuple(_unread(live, members)),
        syncs=syncs,
        in_scope=len(known),
        members=None if members is None else sum(one.active for one in members.values()),
        groups=len(groups),
        administrators=tuple(_administrators(known, members or {})),
        counts={str(one.rule.address): len(one.people) for one in live},
    )


def _unread(live: Sequence[RuleScope], members: Mapping[str, Member] | None) -> Iterator[str]:
    if members is None:
        yield UNREADABLE
    for scope in live:
        if scope.source is None:
            yield f"{scope.rule.address}: an expression makes its e-mails, and only PingOne can compute it"


def _unapplied(session: Session, state: State, syncs: Sequence[Sync]) -> Iterator[_Found]:
    """What the file has and the state lacks, or PingOne does not have any more."""
    for one in session.configuration.desired:
        if one.address not in state.resources and not one.external:
            yield _Found(Difference(Gap.UNAPPLIED, str(one.address), reason="it was not applied yet"))
    if state.uncommitted:
        yield _Found(
            Difference(Gap.UNAPPLIED, "pingone.revision", reason="what was changed is not published yet")
        )
    for sync in syncs:
        if sync.state == "gone":
            reason = "it was deleted in PingOne"
            yield _Found(Difference(Gap.UNAPPLIED, str(sync.connection), reason=reason))


def _failed(syncs: Sequence[Sync]) -> Iterator[_Found]:
    """Also where everybody is there: an update that failed leaves old names behind."""
    for sync in syncs:
        counts = ((sync.failed, "failed"), (sync.failed_deprovisions, "failed to lose access"))
        told = [f"{number} {what}" for number, what in counts if number]
        if told:
            reason = f"{' and '.join(told)}: {sync.details or 'PingOne gives no reason'}"
            yield _Found(Difference(Gap.FAILED, str(sync.connection), reason=reason))


def _in_scope(live: Sequence[RuleScope]) -> dict[str, tuple[RuleScope, Expected]]:
    """Who must be a member, by e-mail, with the first rule that says so."""
    found: dict[str, tuple[RuleScope, Expected]] = {}
    for scope in live:
        for one in scope.people:
            if one.enabled and one.key:
                found.setdefault(one.key, (scope, one))
    return found


def _people(scopes: Sequence[RuleScope], members: Mapping[str, Member]) -> Iterator[_Found]:
    live = [one for one in scopes if one.on]
    known = _in_scope(live)
    for scope in live:
        yield from (
            _nameless(scope, one) for one in scope.people if one.enabled and not one.key and scope.source
        )
    for key, (scope, one) in known.items():
        member = members.get(key)
        if member is None or not member.active:
            gap = Gap.MISSING if member is None else Gap.INACTIVE
            difference = Difference(gap, one.label, rule=str(scope.rule.address))
            yield _Found(difference, id=one.id, rule_id=scope.id)
    if any(scope.source is None for scope in live):
        return  # nobody can tell who is too many
    for key, member in members.items():
        if member.active and key not in known and not member.administrator:
            yield _Found(Difference(Gap.SURPLUS, member.label, reason=_why_surplus(key, scopes)))


def _nameless(scope: RuleScope, one: Expected) -> _Found:
    reason = f"no {scope.source} in PingOne, which the rule maps to the e-mail"
    return _Found(Difference(Gap.MISSING, one.label, rule=str(scope.rule.address), reason=reason))


def _why_surplus(key: str, scopes: Sequence[RuleScope]) -> str:
    ours = [(scope, one) for scope in scopes for one in scope.people if one.key == key]
    if any(scope.on and not one.enabled for scope, one in ours):
        return "disabled in PingOne, and active at Infisical"
    if ours:
        return f"in scope of {ours[0][0].rule.address} alone, which is switched off"
    return "in scope of no rule"


def _administrators(known: Mapping[str, object], members: Mapping[str, Member]) -> Iterator[str]:
    for key, one in members.items():
        if one.active and one.administrator and key not in known:
            yield one.label


def _groups(
    live: Sequence[RuleScope], groups: Sequence[PushedGroup], members: Mapping[str, Member] | None
) -> Iterator[_Found]:
    for group in groups:
        pushing = [scope for scope in live if group.address in pushed_by(scope)]
        first = pushing[0]
        if group.id is None:
            reason = "there is no such group in PingOne"
            yield _Found(
                Difference(Gap.GROUP_MISSING, group.name, rule=str(first.rule.address), reason=reason)
            )
        elif group.arrived is None:
            difference = Difference(Gap.GROUP_MISSING, group.name, rule=str(first.rule.address))
            yield _Found(difference, "groups", group.id, first.id)
        elif all(scope.source for scope in pushing):
            yield from _group_people(group, group.arrived, pushing, members)


def _group_people(
    group: PushedGroup,
    arrived: frozenset[str],
    pushing: Sequence[RuleScope],
    members: Mapping[str, Member] | None,
) -> Iterator[_Found]:
    """Whoever is no active member is told of once, and not again for each group."""
    wanted = {key: found for key, found in _in_scope(pushing).items() if found[1].id in group.people}

    def active(key: str) -> bool:
        return members is None or (key in members and members[key].active)

    for key, (scope, one) in wanted.items():
        if key not in arrived and active(key):
            difference = Difference(Gap.GROUP_MEMBER_MISSING, one.label, group.name, str(scope.rule.address))
            yield _Found(difference, "groups", str(group.id), scope.id)
    for key in sorted(arrived - wanted.keys()):
        if active(key):
            label = members[key].label if members else key
            reason = "not in the group at PingOne, or in scope of no rule that pushes it"
            yield _Found(Difference(Gap.GROUP_MEMBER_SURPLUS, label, group.name, reason=reason))


def _with_reasons(pingone: PingOne, found: Sequence[_Found]) -> Iterator[Difference]:
    """The same with what PingOne says, as far as it is asked; a reason that cannot be had is no fault."""
    asked: dict[tuple[str, str, str], str] = {}
    for one in found:
        subject = (one.kind, one.id, one.rule_id)
        if not (one.id and one.rule_id) or (subject not in asked and len(asked) >= MOST_REASONS):
            yield one.difference
            continue
        if subject not in asked:
            asked[subject] = why_not(pingone, one.kind, one.id, one.rule_id)
        yield replace(one.difference, reason=asked[subject])


def why_not(pingone: PingOne, kind: Literal["users", "groups"], id: str, rule_id: str) -> str:
    """What PingOne says of somebody whom a rule should have brought, as a sentence says it."""
    try:
        synced = read_synced_rule(pingone, kind, id, rule_id)
    except PingconfError as failure:
        return f"PingOne does not say why: {failure.headline}"
    if synced is None:
        return "PingOne has not got to it, or does not tell"
    if synced.well:
        return "PingOne says that it was done"
    return f"PingOne says: {synced.details or synced.status or 'nothing'}"
