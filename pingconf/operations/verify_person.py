"""Follows one person from the directory through rule, synchronization and membership into the groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pingconf.clients.pingone import PingOne
from pingconf.clients.pingone_people import USERS, person_of, rows_in, rows_with, selecting
from pingconf.clients.pingone_sync import read_synced_rule
from pingconf.kinds.pingone_rule import selection_of
from pingconf.model.check import Check, Finding, Status, doubtful, unseen, well, wrong
from pingconf.model.errors import PingconfError
from pingconf.model.resource import Desired
from pingconf.model.state import State
from pingconf.model.values import value_at
from pingconf.model.verification import Sync, Waiting
from pingconf.operations.session import Session
from pingconf.operations.verify import DIFFERENT, UNREADABLE, UNTOLD, applied_state, connections_of
from pingconf.operations.verify_evidence import (
    RULES,
    PushedGroup,
    RuleScope,
    pushed_by,
    read_groups,
    read_members,
    scope_of,
)
from pingconf.operations.verify_sync import settle
from pingconf.scim import And, Comparison, Filter, FilterSyntaxError, parse, print_filter
from pingconf.view.style import show

STATIONS = ("directory", "rule", "synchronization", "member", "groups")
AGAIN = "PingOne tries again when the person changes, or with Full Resync in its console."


@dataclass(frozen=True, slots=True)
class _Way:
    """What is known of somebody: their row in the directory, and the rules that have them in scope."""

    email: str
    row: Mapping[str, Any] | None
    scopes: tuple[RuleScope, ...] = ()
    groups: tuple[PushedGroup, ...] = ()
    syncs: tuple[Sync, ...] = ()

    @property
    def live(self) -> tuple[RuleScope, ...]:
        """The rules that are switched on."""
        return tuple(one for one in self.scopes if one.on)

    @property
    def key(self) -> str:
        """The e-mail at Infisical."""
        keys = (one.people[0].key for one in self.live)
        return next(
            (key for key in keys if key), str((self.row or {}).get("email") or self.email).strip().lower()
        )


def follow(session: Session, email: str, wait: float, report: Callable[[Waiting], None]) -> tuple[Check, ...]:
    """A station per line, in their order; only the first that is broken has failed. Sends GETs only.

    `email` may also be a user name. Waits for PingOne as `verify` does.
    """
    state = applied_state(session)
    syncs = settle(session, connections_of(session, state), wait, report)
    pingone, infisical = session.services.pingone, session.services.infisical
    rows = rows_with(pingone, [("email", email), ("username", email)])
    if len(rows) != 1:
        way = _Way(email, None)
    else:
        scopes = tuple(_scopes_of(session, state, rows[0]))
        wanted = [address for one in scopes if one.on for address in pushed_by(one)]
        groups = read_groups(pingone, infisical, session.configuration, state, wanted)
        way = _Way(email, rows[0], scopes, groups, syncs)
    findings = (
        _directory(email, rows),
        _rule(session, way),
        _synchronization(pingone, way),
        _member(session, way),
        _in_groups(way),
    )
    return tuple(_first_failed(findings))


def exit_code(stations: Sequence[Check]) -> int:
    """8 where the way is broken, 1 where nobody could see its end, else 0."""
    if any(one.status is Status.FAILED for one in stations):
        return DIFFERENT
    unknown = any(one.name == "member" and one.status is Status.SKIPPED for one in stations)
    return UNTOLD if unknown else 0


def _first_failed(findings: Sequence[Finding]) -> Iterator[Check]:
    """What follows from the first fault is told, and needs no mend of its own."""
    broken = False
    for name, one in zip(STATIONS, findings, strict=True):
        status = Status.SKIPPED if broken and one.status is Status.FAILED else one.status
        mend = "" if status is Status.SKIPPED else one.mend
        broken = broken or one.status is Status.FAILED
        yield Check(status, one.seen, mend, name=name)


def _directory(email: str, rows: Sequence[Mapping[str, Any]]) -> Finding:
    if not rows:
        mend = "Check the spelling, or make them in PingOne."
        return wrong(f"nobody in PingOne has {email} as e-mail or user name", mend)
    if len(rows) > 1:
        told = "; ".join(str(person_of(row)) for row in rows)
        return wrong(f"{len(rows)} people have it: {told}", "Ask for one of them by the user name.")
    if rows[0].get("enabled") is False:
        mend = "Enable them in PingOne: who is disabled there is brought nowhere."
        return wrong(f"{person_of(rows[0])}, is disabled", mend)
    return well(str(person_of(rows[0])))


def _scopes_of(session: Session, state: State, row: Mapping[str, Any]) -> Iterator[RuleScope]:
    """Every rule of the file whose filter lets them through, as PingOne sees it."""
    for rule in session.configuration.desired:
        if rule.address.section == RULES and _lets_through(session.services.pingone, rule, row):
            yield scope_of(rule, [row], session.configuration, state)


def _lets_through(pingone: PingOne, rule: Desired, row: Mapping[str, Any]) -> bool:
    selection = selection_of(str(rule.attributes["user_filter"]))
    if selection is None:
        return True
    try:
        return _meets(pingone, parse(selection), row)
    except FilterSyntaxError:  # PingOne may know what we do not
        return any(one["id"] == row["id"] for one in rows_in(pingone, selection))


def _meets(pingone: PingOne, condition: Filter, row: Mapping[str, Any]) -> bool:
    """Whether somebody meets a condition: PingOne decides, which knows their groups, too."""
    both = And((condition, Comparison("id", "eq", str(row["id"]))))
    return bool(pingone.list(USERS, "users", selecting(print_filter(both))))


def _rule(session: Session, way: _Way) -> Finding:
    if way.row is None:
        return unseen("there is nobody to look for")
    if not way.live:
        return _in_no_rule(session, way)
    first = way.live[0]
    names = ", ".join(str(one.rule.address) for one in way.live)
    if not first.id:
        return wrong(f"in scope of {names}, which was not applied yet", "Run: pingconf apply")
    if first.source and not first.people[0].key:
        mend = f"Give them one in PingOne, or map another attribute in {first.rule.address}."
        return wrong(f"in scope of {names}, but has no {first.source}", mend)
    return well(f"in scope of {names}: {first.rule.attributes['user_filter']}")


def _in_no_rule(session: Session, way: _Way) -> Finding:
    if way.scopes:
        address = way.scopes[0].rule.address
        mend = f"Write enabled: true for {address} and {way.scopes[0].connection.address}, and apply."
        return wrong(f"in scope of {address} alone, which is switched off", mend)
    rules = [one for one in session.configuration.desired if one.address.section == RULES]
    told = [f"{one.address} wants {_unmet(session.services.pingone, one, way.row or {})}" for one in rules]
    mend = "Change the person in PingOne, or the user_filter of a rule in the file."
    return wrong(f"in scope of no rule: {'; '.join(told) or 'the file has none'}", mend)


def _unmet(pingone: PingOne, rule: Desired, row: Mapping[str, Any]) -> str:
    """The parts of a filter that they do not meet, each with what they have instead."""
    text = str(rule.attributes["user_filter"])
    try:
        condition = parse(text)
    except FilterSyntaxError:
        return text
    terms = condition.terms if isinstance(condition, And) else (condition,)
    return " and ".join(_told(one, row) for one in terms if not _meets(pingone, one, row)) or text


def _told(term: Filter, row: Mapping[str, Any]) -> str:
    if not isinstance(term, Comparison) or term.attribute.lower().startswith("memberofgroups"):
        return print_filter(term)
    return f"{print_filter(term)} (it is {show(value_at(row, term.attribute))})"


def _synchronization(pingone: PingOne, way: _Way) -> Finding:
    if way.row is None or not way.live or not way.live[0].id:
        return unseen("no rule brings them")
    scope = way.live[0]
    sync = next((one for one in way.syncs if one.connection == scope.connection.address), None)
    if sync is not None and not sync.settled:
        return doubtful("PingOne is still at it", "Ask again later, or let this wait with --wait SECONDS.")
    try:
        synced = read_synced_rule(pingone, "users", str(way.row["id"]), scope.id)
    except PingconfError as failure:
        return unseen(f"PingOne does not tell: {failure.headline}")
    if synced is None:
        return unseen("PingOne tells nothing of them")
    at = f" at {synced.last}" if synced.last else ""
    if synced.well:
        return well(f"{synced.status}{at}")
    return wrong(f"{synced.status}{at}: {synced.details or 'PingOne gives no reason'}", AGAIN)


def _member(session: Session, way: _Way) -> Finding:
    members = read_members(session.services.infisical)
    if members is None:
        return unseen(UNREADABLE)
    found = members.get(way.key)
    if found is None:
        return wrong(f"{way.key} is no member at Infisical", AGAIN)
    if not found.active:
        mend = f"Somebody deactivated them in Infisical. Activate them there, or: {AGAIN}"
        return wrong(f"{found.label} is a member, but deactivated", mend)
    return well(f"{found.label} is an active member{', an administrator' if found.administrator else ''}")


def _in_groups(way: _Way) -> Finding:
    if way.row is None:
        return unseen("there is nobody to look for")
    person: str = str(way.row["id"])
    ours = [one for one in way.groups if person in one.people]
    if not ours:
        return well("in no group that the rules push") if way.live else unseen("no rule brings them")
    lacking = [one.name for one in ours if way.key not in (one.arrived or ())]
    if lacking:
        return wrong(f"not in {', '.join(lacking)} at Infisical, but in PingOne", AGAIN)
    return well(f"in {', '.join(one.name for one in ours)}")
