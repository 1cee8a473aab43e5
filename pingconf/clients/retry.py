"""When to ask again, and how long to wait before.

Reads, PUT, PATCH and DELETE are repeated after a lost connection, 429 and 5xx; a POST only after 429 or
when nothing was sent, as neither service knows idempotency keys.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, Final

from pingconf.clients.answer import Answer
from pingconf.model.errors import PingconfError

if TYPE_CHECKING:
    from tenacity import RetryCallState

ATTEMPTS: Final = 4
FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 60.0
"""Seconds; a service that asks for more is not waited for."""
JITTER: Final = 0.05
"""Seconds up to which threads, and other runs, start apart after a pause that they were all asked for."""
SKEW: Final = 5.0
"""Seconds that two clocks may differ before the service's own is gone by."""
RETRIED_STATUSES: Final = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of sending a request once: an answer, or the error to raise when nothing better comes.

    A value rather than an exception, so that nothing of the request hangs on what is raised in the end.
    `served` is how much the service had done for anybody in this run by then.
    """

    answer: Answer | None = None
    error: PingconfError | None = None
    again: bool = False
    wait: float | None = None
    served: int = 0


@dataclass(frozen=True, slots=True)
class Patience:
    """How waiting is done; tests hand in a sleep that does not. `over` is whether nobody wants to wait on.

    `clock` counts seconds and never goes back, as the time of day may.
    """

    sleep: Callable[[float], None]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    over: Callable[[], bool] = lambda: False
    clock: Callable[[], float] = time.monotonic


def may_repeat(idempotent: bool, status: int) -> bool:
    """Whether a request that got this status may be sent again; every method but POST is idempotent."""
    return status == 429 or (idempotent and status in RETRIED_STATUSES)


def fruitless(tries: Sequence[Attempt]) -> int:
    """How many tries count: not a 429 since whose predecessor the service did something for somebody else.

    Where threads compete for a tight limit, one may be unlucky often; that says nothing about the service.
    """
    return bool(tries) + sum(
        after.served == before.served or after.answer is None or after.answer.status != 429
        for before, after in pairwise(tries)
    )


def persist(once: Callable[[], Attempt], patience: Patience) -> list[Attempt]:
    """Try once, and again as long as an attempt says so and that is of use: every attempt, the last one last.

    The library that does so is loaded, and costs its time, only where once was not enough.
    """
    tries = [once()]
    if not tries[0].again or patience.over():
        return tries
    from tenacity import Retrying, retry_if_result

    first = [tries[0]]

    def attempt() -> Attempt:
        if not first:
            tries.append(once())
            return tries[-1]
        return first.pop()

    Retrying(
        retry=retry_if_result(lambda attempt: attempt.again and not patience.over()),
        stop=lambda _: fruitless(tries) >= ATTEMPTS,
        wait=_wait,
        sleep=patience.sleep,
        retry_error_callback=lambda call: call.outcome.result() if call.outcome else None,
    )(attempt)
    return tries


def _wait(call: RetryCallState) -> float:
    """What the service asked for, else twice as long each time, with jitter."""
    from tenacity import wait_exponential_jitter

    attempt = call.outcome.result() if call.outcome else None
    if isinstance(attempt, Attempt) and attempt.wait is not None:
        return attempt.wait + random.uniform(0, JITTER)  # noqa: S311
    return wait_exponential_jitter(multiplier=FIRST_WAIT, max=LONGEST_WAIT, jitter=0.25)(call)


def asked_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds of a `Retry-After` header, which is a number or a date; None if absent or unusable.

    A date is one of the service's clock: where ours is wrong, what counts is the `Date` of the answer.
    """
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return float(text[:12])
    moment = _moment(text)
    if moment is None:
        return None
    there = _moment(headers.get("date", "")) or now
    apart = abs((there - now).total_seconds())
    return max(0.0, (moment - (there if apart > SKEW else now)).total_seconds())


def _moment(text: str) -> datetime | None:
    """A date of a header; None if it is none, or one that cannot be."""
    try:
        moment = parsedate_to_datetime(text)
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def when_to_return(wait: float | None, now: datetime) -> str:
    """When a service that asks for this many seconds may be asked again, in words; empty for none."""
    if not wait:
        return ""
    if wait <= 2 * LONGEST_WAIT:
        return f"Try again in {ceil(wait)} seconds."
    try:
        moment = now + timedelta(seconds=wait)
    except OverflowError:
        return "It asks for a wait without an end."
    return f"Try again after {moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC."
