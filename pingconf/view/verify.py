"""What `verify` found, as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from pingconf.model.check import Check, Status
from pingconf.model.plan import number_of_people
from pingconf.model.verification import Difference, Gap, Sync, Verification, Waiting
from pingconf.view.checks import SYMBOLS
from pingconf.view.json import FORMAT_VERSION
from pingconf.view.style import Style, count, escape

WORDS = {
    Gap.UNAPPLIED: "not applied",
    Gap.FAILED: "failed",
    Gap.MISSING: "missing",
    Gap.INACTIVE: "inactive",
    Gap.SURPLUS: "surplus",
    Gap.GROUP_MISSING: "group missing",
    Gap.GROUP_MEMBER_MISSING: "missing in group",
    Gap.GROUP_MEMBER_SURPLUS: "surplus in group",
}
MENDS = {
    Gap.UNAPPLIED: "Run pingconf apply.",
    Gap.FAILED: "See pingconf doctor; Full Resync in PingOne's console tries all of them again.",
    Gap.MISSING: "For one of them, step by step: pingconf verify --user E-MAIL",
    Gap.INACTIVE: "Somebody deactivated them in Infisical. Activate them there, or take them out of scope.",
    Gap.SURPLUS: "Remove them in Infisical, or bring them into scope of a rule.",
    Gap.GROUP_MISSING: "Full Resync in PingOne's console pushes it again.",
    Gap.GROUP_MEMBER_MISSING: "Full Resync in PingOne's console pushes the group again.",
    Gap.GROUP_MEMBER_SURPLUS: "Take them out of the group in Infisical, or put them into it in PingOne.",
}


def render_verification(found: Verification, style: Style) -> str:
    """The connections, every difference with its reason, what could not be told, and a line to grep for."""
    blocks = [
        [f"  {_sync(one, style)}" for one in found.syncs],
        list(_differences(found.differences, style)),
        [f"  {style.yellow('could not tell')}  {escape(one)}" for one in found.unread],
        list(_administrators(found, style)),
        [_last_line(found, style)],
    ]
    return "\n\n".join("\n".join(lines) for lines in blocks if lines)


def render_waiting(waiting: Waiting, style: Style) -> str:
    """How far PingOne is, in one line."""
    told = ", ".join(f"{escape(str(one.connection))} {_progress(one)}" for one in waiting.syncs)
    return style.dim(f"PingOne: {told or 'no connection is switched on'}")


def _progress(sync: Sync) -> str:
    if sync.settled:
        return "is done"
    total = "" if sync.total is None else f", {sync.succeeded} of {sync.total}"
    return f"is at it{total}"


def _sync(sync: Sync, style: Style) -> str:
    if sync.state == "gone":
        return f"{style.red('✗')} {escape(str(sync.connection))}   is not in PingOne any more"
    failed = sync.failed + sync.failed_deprovisions
    mark = style.yellow("…") if not sync.settled else style.red("✗") if failed else style.green("✓")
    word = "PingOne is done" if sync.settled else "PingOne has not settled"
    told = [f"{sync.succeeded} done", f"{failed} failed"]
    told += [] if sync.total is None else [f"{sync.total} in scope"]
    last = f"; last at {escape(sync.last)}" if sync.last else ""
    return f"{mark} {escape(str(sync.connection))}   {word}: {', '.join(told)}{last}"


def _differences(found: Sequence[Difference], style: Style) -> Iterator[str]:
    """By their kind; below each kind what to do about it."""
    width = max((len(_what(one)) for one in found), default=0)
    for gap in Gap:
        ours = [one for one in found if one.gap is gap]
        for one in ours:
            told = "; ".join(filter(None, (one.rule, one.reason)))
            line = f"{style.red(f'{WORDS[gap]:<16}')}  {_what(one):<{width}}   {escape(told)}"
            yield f"  {line}".rstrip()
        if ours:
            yield f"      -> {MENDS[gap]}"


def _what(one: Difference) -> str:
    return f"{escape(one.what)} ({escape(one.group)})" if one.group else escape(one.what)


def _administrators(found: Verification, style: Style) -> Iterator[str]:
    if found.administrators:
        number = count(len(found.administrators), "administrator")
        yield style.dim(f"  {number} whom no rule brings: {', '.join(map(escape, found.administrators))}")


def _last_line(found: Verification, style: Style) -> str:
    later = "" if found.settled else " PingOne has not settled, so that may change."
    if found.differences:
        number = Counter(one.gap for one in found.differences)
        told = ", ".join(f"{number[gap]} {WORDS[gap]}" for gap in Gap if number[gap])
        return style.red(f"{count(len(found.differences), 'difference')}: {told}.") + later
    if not found.complete:
        head = "Not all could be verified." if found.unread else "PingOne has not settled yet."
        return style.yellow(f"{head} What could be seen does not differ.")
    people, groups = number_of_people(found.in_scope), count(found.groups, "group")
    return style.green(f"Verified. {people} in scope and {groups} are at Infisical as they should be.")


def verification_document(found: Verification) -> dict[str, Any]:
    """The same as `verify --json` prints it."""
    number = Counter(one.gap for one in found.differences)
    return {
        "format_version": FORMAT_VERSION,
        "complete": found.complete,
        "settled": found.settled,
        "in_scope": found.in_scope,
        "members": found.members,
        "groups": found.groups,
        "connections": [sync_document(one) for one in found.syncs],
        "rules": dict(found.counts),
        "differences": [
            {
                "kind": one.gap.value,
                "what": one.what,
                "group": one.group,
                "rule": one.rule,
                "reason": one.reason,
            }
            for one in found.differences
        ],
        "administrators": list(found.administrators),
        "unverified": list(found.unread),
        "summary": {gap.value: number[gap] for gap in Gap},
    }


def sync_document(one: Sync) -> dict[str, Any]:
    return {
        "address": str(one.connection),
        "settled": one.settled,
        "state": one.state,
        "total": one.total,
        "succeeded": one.succeeded,
        "failed": one.failed,
        "failed_deprovisions": one.failed_deprovisions,
        "last_sync": one.last,
        "details": one.details,
    }


def render_stations(person: str, stations: Sequence[Check], style: Style) -> str:
    """The way of one person, a line per station, and where it ends."""
    paint = {Status.OK: style.green, Status.WARNING: style.yellow, Status.FAILED: style.red}
    width = max(len(one.name) for one in stations)
    lines = []
    for one in stations:
        symbol = paint.get(one.status, style.dim)(SYMBOLS[one.status])
        lines.append(f"  {symbol} {one.name:<{width}}   {escape(one.seen)}")
        lines += [f"      -> {escape(one.mend)}"] if one.mend else []
    broken = next((one.name for one in stations if one.status is Status.FAILED), "")
    unseen = any(one.status is Status.SKIPPED for one in stations)
    end = f"stops at: {broken}" if broken else "could not be followed to its end" if unseen else "is whole"
    return "\n".join([*lines, "", style.bold(f"The way of {escape(person)} {end}.")])


def stations_document(person: str, stations: Sequence[Check]) -> dict[str, Any]:
    """The same as `verify --user … --json` prints it."""
    broken = next((one.name for one in stations if one.status is Status.FAILED), None)
    return {
        "format_version": FORMAT_VERSION,
        "user": person,
        "broken_at": broken,
        "stations": [
            {"name": one.name, "status": one.status.value, "seen": one.seen, "mend": one.mend}
            for one in stations
        ],
    }
