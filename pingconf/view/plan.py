"""A plan and its drift as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from pingconf.model.address import Address
from pingconf.model.plan import (
    EXPIRES,
    UNPUBLISHED,
    Action,
    Change,
    Difference,
    Drift,
    Plan,
    RulePeople,
    number_of_people,
)
from pingconf.model.state import Moved
from pingconf.model.values import SENSITIVE, Value
from pingconf.view.diagnostics import render_warning
from pingconf.view.style import Style, count, escape, show

SYMBOLS = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.REPLACE: "±",
    Action.DELETE: "-",
    Action.ADOPT: ">",
    Action.FORGET: ".",
    Action.COMMIT: "✓",
}
_LONG_LIST = 60  # characters; a longer one is shown by what comes and goes


def render_plan(plan: Plan, style: Style, *, show_users: bool = False) -> str:
    """The whole plan: drift, every change and why, who is in scope, what could not be read, and a line to
    grep for."""
    parts = [_legend(plan, style)] if plan.changes else []
    if moved := renamed_keys(plan):
        parts += [
            style.bold("Renamed keys; nothing changes at the services:"),
            "\n".join(f"  {one}" for one in moved),
        ]
    parts += _drift_parts(plan.drift, style)
    if plan.changes:
        parts += [style.bold("What will be done:"), *(render_change(one, style) for one in plan.changes)]
    if plan.people.rules or plan.people.removed:
        parts += [style.bold("People in scope:"), _people(plan, style, show_users)]
    return "\n\n".join([*parts, *caveats(plan, style), style.bold(last_line(plan))])


def render_drift(plan: Plan, style: Style) -> str:
    """Only what was changed by hand since the last apply, or cannot stay as it is, and a line to grep for."""
    parts = _drift_parts(plan.drift, style)
    return "\n\n".join([*parts, *caveats(plan, style), style.bold(last_line_of_drift(plan))])


def _drift_parts(drift: Sequence[Drift], style: Style) -> list[str]:
    return [
        part
        for heading, rows in drift_by_cause(drift)
        for part in (style.bold(f"{heading}:"), render_drifted(rows, style))
    ]


def drift_by_cause(drift: Sequence[Drift]) -> Iterator[tuple[str, list[Drift]]]:
    """What a hand did, and what is so without one, each under its heading."""
    groups = (("Changed by hand since the last apply", True), ("Not to stay as it is", False))
    for heading, by_hand in groups:
        if rows := [one for one in drift if one.by_hand is by_hand]:
            yield heading, rows


def last_line_of_drift(plan: Plan) -> str:
    """What the look came to, to be grepped for."""
    if plan.drift:
        return f"Drift: {', '.join(_kinds_of_drift(plan.drift))}."
    if plan.unverified:
        return f"No drift in what could be read; {_unverified(plan)}."
    return "No drift. PingOne and Infisical are as the last apply left them."


def _kinds_of_drift(drift: Sequence[Drift]) -> Iterator[str]:
    if drifted := len({one.address for one in drift if one.by_hand}):
        yield f"{count(drifted, 'resource')} changed by hand"
    if renewals := sum(one.path == EXPIRES for one in drift):
        yield f"{count(renewals, 'token')} to renew"
    if any(one.path == UNPUBLISHED for one in drift):
        yield "unpublished changes in PingOne"


def tally(plan: Plan) -> Counter[Action]:
    """How many resources each action is planned for."""
    return Counter(change.action for change in plan.changes)


def last_line(plan: Plan) -> str:
    """What the plan comes to, to be grepped for."""
    if not plan.changes and plan.left_out:
        return f"No changes in what was asked for; {count(len(plan.left_out), 'resource')} left out."
    if not plan.changes and plan.unverified:
        return f"No changes in what could be read; {_unverified(plan)}."
    if not plan.changes:
        return "No changes. PingOne and Infisical match the configuration."
    number = tally(plan)
    replaced = number[Action.REPLACE]
    line = f"Plan: {number[Action.CREATE] + replaced} to add, {number[Action.UPDATE]} to change"
    line += f", {number[Action.DELETE] + replaced} to destroy"
    line += "".join(f", {number[one]} to {one}" for one in (Action.ADOPT, Action.FORGET) if number[one])
    return f"{line}."


def _unverified(plan: Plan) -> str:
    number = len(plan.unverified)
    return f"{count(number, 'resource')} {'is' if number == 1 else 'are'} unverified"


def _legend(plan: Plan, style: Style) -> str:
    used = tally(plan)
    lines = [f"  {_symbol(action, style)} {action}" for action in SYMBOLS if used[action]]
    return "\n".join([style.bold("Symbols:"), *lines])


def _people(plan: Plan, style: Style, show_users: bool) -> str:
    people = plan.people
    width = max((len(str(one.rule)) for one in people.rules), default=0)
    lines = [f"  {escape(str(one.rule)):<{width}}   {people_of(one)}" for one in people.rules]
    if people.removed:
        lines.append(f"  {number_of_people(people.removed)} of {people.in_scope} would lose access")
        lines += [f"  {style.red('-')} {escape(one)}" for one in people.lost if show_users]
    return "\n".join(lines)


def people_of(people: RulePeople) -> str:
    """How many people a rule lets in before and after."""
    if people.before is None or people.after is None:
        return "could not be counted"
    return f"{people.before} -> {people.after} (+{people.gains} -{people.losses})"


def caveats(plan: Plan, style: Style) -> Iterator[str]:
    """What a reader must know before the last line."""
    if plan.unverified:
        lines = [f"  {style.yellow('?')} {escape(str(address))}" for address in plan.unverified]
        yield "\n".join([style.bold("Unverified, as they could not be read:"), *lines])
    if plan.left_out:
        lines = [f"  {style.yellow('…')} {escape(str(address))}" for address in plan.left_out]
        yield "\n".join([style.bold("Left out, as they were not asked for; they have changes too:"), *lines])
    if plan.warnings:
        yield "\n".join(render_warning(warning, style) for warning in plan.warnings)


def renamed_keys(plan: Plan) -> list[str]:
    """A line for each key that was renamed in the file."""
    moves = [one for one in plan.learnt if isinstance(one, Moved)]
    return [f"{escape(str(one.source))} -> {escape(str(one.target))}" for one in moves]


def render_drifted(drift: Iterable[Drift], style: Style) -> str:
    """A block per resource, a line per attribute."""
    drifts: dict[Address, list[Drift]] = {}
    for one in drift:
        drifts.setdefault(one.address, []).append(one)
    blocks = (
        [f"  {style.bold(escape(str(address)))}", *_aligned(rows, lambda row: _drifted(row, style))]
        for address, rows in drifts.items()
    )
    return "\n\n".join("\n".join(lines) for lines in blocks)


def _drifted(drift: Drift, style: Style) -> tuple[str, list[str]]:
    if drift.path == "id" and drift.observed is None:
        return style.red("-"), [f"{show(drift.recorded)} -> (none)   # it is gone"]
    if drift.path == EXPIRES:
        return style.yellow("!"), [escape(f"{drift.observed}; {drift.recorded}")]
    if drift.path == UNPUBLISHED:
        return style.yellow("!"), ["", *map(escape, drift.observed)]
    return style.yellow("~"), _values(drift.recorded, drift.observed, style)


def render_change(change: Change, style: Style) -> str:
    """One resource: what happens to it and why, and a line per attribute."""
    head = f"  {_symbol(change.action, style)} {style.bold(escape(str(change.address)))}"
    reason = f"   ({escape(change.reason)})" if change.reason else ""
    rows = _aligned(change.differences, lambda row: _differing(row, change.action, style))
    return "\n".join([head + reason, *rows])


def _differing(difference: Difference, action: Action, style: Style) -> tuple[str, list[str]]:
    before, after = difference.before, difference.after
    if difference.sensitive:
        mark = SYMBOLS[action] if action in (Action.CREATE, Action.DELETE) else "~"
        values = [SENSITIVE]
    elif before is None and after is not None:
        mark, values = "+", _values(None, after, style)
    else:
        mark, values = "-" if after is None else "~", _values(before, after, style)
    if difference.forces_replacement:
        values[0] = f"{values[0]}   # forces replacement".lstrip()
    return _coloured(mark, style), values


def _aligned(
    rows: Sequence[Difference] | Sequence[Drift], cells: Callable[..., tuple[str, list[str]]]
) -> Iterator[str]:
    """A line per row with the values below each other, and more lines for what does not fit into one."""
    width = max((len(escape(row.path)) for row in rows), default=0)
    for row in rows:
        mark, (first, *more) = cells(row)
        yield f"      {mark} {escape(row.path):<{width}}   {first}".rstrip()
        yield from (f"          {line}" for line in more)


def _values(before: Value, after: Value, style: Style) -> list[str]:
    """`before -> after`; of long lists, a line for each element that comes or goes."""
    if _is_long_list(before) or _is_long_list(after):
        had, has = Counter(map(show, before or ())), Counter(map(show, after or ()))
        lines = [f"{style.red('-')} {element}" for element in (had - has).elements()]
        lines += [f"{style.green('+')} {element}" for element in (has - had).elements()]
        kept = (had & has).total()
        if lines:
            return ["", *lines, *([style.dim(f"({kept} unchanged)")] if kept else [])]
    return [show(after) if before is None and after is not None else f"{show(before)} -> {show(after)}"]


def _is_long_list(value: Value) -> bool:
    return isinstance(value, list | tuple | set | frozenset) and len(show(value)) > _LONG_LIST


def _symbol(action: Action, style: Style) -> str:
    return _coloured(SYMBOLS[action], style)


def _coloured(symbol: str, style: Style) -> str:
    paint = {"+": style.green, "✓": style.green, "-": style.red, "~": style.yellow, "±": style.yellow}
    return paint.get(symbol, style.cyan)(symbol)
