"""What is new in a look for drift, what is still so, and what is over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from pingconf.model.plan import Plan
from pingconf.model.told import News, StandingDrift
from pingconf.view.json import plain
from pingconf.view.plan import caveats, last_line_of_drift, render_drifted
from pingconf.view.style import Style, escape


def in_plain_values(plan: Plan) -> Plan:
    """The same plan with drift in the values of JSON, as it is compared with what was told."""
    drift = (replace(one, recorded=plain(one.recorded), observed=plain(one.observed)) for one in plan.drift)
    return replace(plan, drift=tuple(drift))


def render_drift_news(plan: Plan, news: News, style: Style) -> str:
    """What `drift` prints where it knows what was told before; ends with the line to grep for."""
    end = style.bold(last_line_of_drift(plan))
    return "\n\n".join([*_parts(news, style), *_ended(news), *caveats(plan, style), end])


def render_message(news: News, style: Style) -> str:
    """What a notification says below its headline: all that is there, with what is new first."""
    trouble = [f"Could not tell: {escape(news.trouble.text)}"] if news.trouble else []
    return "\n\n".join([*trouble, *_ended(news), *_parts(news, style)])


def _parts(news: News, style: Style) -> Iterator[str]:
    groups = (
        ("New:", [one for one in news.fresh if not one.changed]),
        ("Changed once more:", [one for one in news.fresh if one.changed]),
        ("Still there:", [one for one in news.standing if one.told]),
        ("Was there before, and could not be looked at:", news.kept),
        ("No longer there:", news.resolved),
    )
    for heading, rows in groups:
        if rows:
            yield style.bold(heading)
            yield _blocks(rows, style)


def _blocks(rows: Sequence[StandingDrift], style: Style) -> str:
    """By when each was seen first, the oldest last, as it is known best."""
    moments = sorted({one.since for one in rows}, reverse=True)
    blocks = []
    for moment in moments:
        drift = [one.drift for one in rows if one.since == moment]
        blocks.append(f"  {style.dim(f'since {stamp(moment)}')}\n{render_drifted(drift, style)}")
    return "\n\n".join(blocks)


def _ended(news: News) -> Iterator[str]:
    if news.ended:
        yield f"It can be told again. Since {stamp(news.ended.since)} it could not: {escape(news.ended.text)}"


def stamp(moment: datetime) -> str:
    """A moment to the minute, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
