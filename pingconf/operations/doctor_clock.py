"""Whether the clocks agree: a token's age is reckoned from Infisical's clock, and compared with ours."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from pingconf.clients.answer import Answer
from pingconf.model.check import Finding, doubtful, unseen, well
from pingconf.operations.doctor_evidence import Seen

TOLERANCE: Final = 60
"""Seconds by which two clocks may differ."""


def judge_clock(answered: Seen[Answer], at: datetime) -> Finding:
    """The `Date` of an answer against our clock when it came."""
    told = _date(answered.headers.get("date", "")) if isinstance(answered, Answer) else None
    if told is None:
        return unseen("it told no time")
    ahead = round((told - at).total_seconds())
    if abs(ahead) <= TOLERANCE:
        return well("agrees with the clock of this machine")
    word = "ahead of" if ahead > 0 else "behind"
    return doubtful(
        f"{abs(ahead)} seconds {word} the clock of this machine; tokens look older or younger than they are",
        "Let the time be set by the network, on this machine first: timedatectl set-ntp true",
    )


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
