"""Past runs as text and as JSON. All of it comes from outside, so nothing in it is taken for granted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any

from pingconf.model.plan import number_of_people
from pingconf.model.values import moment_of
from pingconf.view.json import FORMAT_VERSION
from pingconf.view.style import Style, escape

Run = Mapping[str, Any]
COUNTS = ("added", "changed", "destroyed", "failed", "skipped")


def render_history(runs: Sequence[Run], style: Style) -> str:
    """A line per run, the newest last, and below it what there is to know besides."""
    if not runs:
        return "No run has changed anything yet."
    rows = [_row(run) for run in runs]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    return "\n".join(
        line for run, row in zip(runs, rows, strict=True) for line in _lines(run, row, widths, style)
    )


def history_document(runs: Sequence[Run]) -> dict[str, Any]:
    """The same as `history --json` prints it: each run as it stands in the log."""
    return {"format_version": FORMAT_VERSION, "runs": [dict(run) for run in runs]}


def when(stamp: object) -> str:
    """A time stamp for people: to the second, in UTC; what is none, as it stands."""
    try:
        moment = moment_of(stamp)
        return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z" if moment else escape(str(stamp))
    except OverflowError:  # it lies before or behind all years
        return escape(str(stamp))


def _row(run: Run) -> tuple[str, ...]:
    host = _text(run, "host")
    who = _text(run, "who") or "somebody"
    return (
        when(run.get("started", "")),
        f"{who} on {host}" if host else who,
        _text(run, "command"),
        _text(run, "outcome"),
        counts_of(run),
    )


def counts_of(run: Run) -> str:
    """What it came to, as a sentence says it; nought is left out."""
    counts = run.get("counts")
    found = [(counts.get(name), name) for name in COUNTS] if isinstance(counts, Mapping) else []
    return ", ".join(f"{number} {name}" for number, name in found if isinstance(number, int) and number)


def _lines(run: Run, row: tuple[str, ...], widths: Sequence[int], style: Style) -> Iterator[str]:
    cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)]
    paint = {"done": style.green, "failed": style.red}.get(str(run.get("outcome")), style.yellow)
    cells[-1] = paint(cells[-1])
    yield "  ".join([*cells, row[-1]]).rstrip()
    for line in _besides(run):
        yield f"    {style.dim(line)}"


def _besides(run: Run) -> Iterator[str]:
    if headline := _text(run, "headline"):
        yield headline
    tokens = [(_texts(run, "tokens_made"), "made"), (_texts(run, "tokens_revoked"), "revoked")]
    if told := [f"{word} {', '.join(ids)}" for ids, word in tokens if ids]:
        yield f"SCIM tokens: {'; '.join(told)}"
    removed = run.get("people_removed")
    if isinstance(removed, int) and removed:
        yield f"Took access from {number_of_people(removed)}"
    if url := _text(run, "run_url"):
        yield url


def _text(run: Run, name: str) -> str:
    value = run.get(name)
    return escape(value) if isinstance(value, str) else ""


def _texts(run: Run, name: str) -> list[str]:
    value = run.get(name)
    return [escape(one) for one in value if isinstance(one, str)] if isinstance(value, list) else []
