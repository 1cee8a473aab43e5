"""When to ask again, and how long to wait before.

Reads, PUT, PATCH and DELETE are repeated after a lost connection, 429 and 5xx; a POST only after 429 or
when nothing was sent, as neither service knows idempotency keys.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential_jitter,
)

ATTEMPTS: Final = 4
FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 60.0
"""Seconds; a service that asks for more is not waited for."""
RETRIED_STATUSES: Final = frozenset({408, 429, 500, 502, 503, 504})
BACK_OFF: Final = wait_exponential_jitter(multiplier=FIRST_WAIT, max=LONGEST_WAIT, jitter=0.25)
REPEATABLE: Final = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"})


class TryAgain(Exception):
    """This attempt failed in a way that a later one may not; `wait` are seconds the service asked for."""

    def __init__(self, error: Exception, wait: float | None = None) -> None:
        super().__init__(type(error).__name__)
        self.error = error
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Patience:
    """How waiting is done; tests hand in a sleep that does not."""

    sleep: Callable[[float], None]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


def may_repeat(method: str, status: int) -> bool:
    """Whether a request that got this status may be sent again."""
    return status == 429 or (method in REPEATABLE and status in RETRIED_STATUSES)


def retrying(patience: Patience) -> Retrying:
    """A tenacity loop over TryAgain that re-raises the last one."""
    return Retrying(
        retry=retry_if_exception_type(TryAgain),
        stop=stop_after_attempt(ATTEMPTS),
        wait=_wait,
        sleep=patience.sleep,
        reraise=True,
    )


def _wait(call: RetryCallState) -> float:
    """What the service asked for, else twice as long each time, with jitter."""
    error = call.outcome.exception() if call.outcome else None
    if isinstance(error, TryAgain) and error.wait is not None:
        return error.wait
    return BACK_OFF(call)


def asked_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds of a `Retry-After` header, which is a number or a date; None if absent or unusable."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - now).total_seconds())
    except (ValueError, OverflowError):
        return None
