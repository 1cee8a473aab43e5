"""The checklist of `doctor` as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from pingconf.model.check import Check, Status
from pingconf.view.json import FORMAT_VERSION
from pingconf.view.style import Style, count, escape

SYMBOLS = {Status.OK: "✓", Status.WARNING: "!", Status.FAILED: "✗", Status.SKIPPED: "-"}


def render_checks(checks: Sequence[Check], style: Style) -> str:
    """A line per check, below it how to mend it, and a line to grep for."""
    width = max((len(escape(one.name)) for one in checks), default=0)
    lines = [line for one in checks for line in _lines(one, width, style)]
    return "\n".join([*lines, "", style.bold(_last_line(checks))])


def _lines(check: Check, width: int, style: Style) -> Iterator[str]:
    paint = {Status.OK: style.green, Status.WARNING: style.yellow, Status.FAILED: style.red}
    symbol = paint.get(check.status, style.dim)(SYMBOLS[check.status])
    line = f"{escape(check.name):<{width}}   {escape(check.seen)}"
    yield f"  {symbol} {style.dim(line) if check.status is Status.SKIPPED else line}"
    if check.mend:
        yield f"      -> {escape(check.mend)}"


def _last_line(checks: Sequence[Check]) -> str:
    number = Counter(one.status for one in checks)
    head = "Something is wrong" if number[Status.FAILED] else "All is well"
    if not number[Status.FAILED] and number[Status.WARNING]:
        head = "Nothing is wrong"
    others = (f"{number[one]} {one}" for one in (Status.FAILED, Status.SKIPPED))
    numbers = [f"{number[Status.OK]} ok", count(number[Status.WARNING], "warning"), *others]
    return f"{head}: {', '.join(numbers)}."


def checks_document(checks: Sequence[Check]) -> dict[str, Any]:
    """The same as `doctor --json` prints it."""
    number = Counter(one.status for one in checks)
    return {
        "format_version": FORMAT_VERSION,
        "checks": [
            {"name": one.name, "status": one.status.value, "seen": one.seen, "mend": one.mend}
            for one in checks
        ],
        "summary": {status.value: number[status] for status in Status},
    }
