"""Creates by many threads, in real time, at a service on loopback that limits them, as its own log shows."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from pingconf.clients.door import Door
from pingconf.clients.http import open_session
from pingconf.clients.retry import Patience
from tests.clients import refused
from tests.clients.limited import LimitedService

THREADS: Final = 8
UNDER_WAY: Final = 0.4
"""Seconds after a refusal in which requests may still arrive that had left before it was heard of."""


def create(service: LimitedService, number: int) -> float:
    """Make so many things by eight threads that share one session; the seconds from first to last request."""
    with open_session(at_once=THREADS) as session, ThreadPoolExecutor(THREADS) as pool:
        door = Door("Service", service.url, session, refused, patience=Patience(time.sleep))
        names = [f"thing {one}" for one in range(number)]
        answers = pool.map(lambda name: door.call("POST", "/things", {"name": name}).fields["id"], names)
        assert list(answers) == names
    assert sorted(service.made) == sorted(names), "nothing lost, nothing made twice"
    return service.log[-1].at - service.log[0].at


def sent_in_a_pause(service: LimitedService) -> list[str]:
    """Requests that left although it was known that the service had asked for a pause."""
    found = []
    for window in {entry.window for entry in service.refusals}:
        first = next(entry for entry in service.refusals if entry.window == window)
        meanwhile = [entry.at for entry in service.log if entry.at > first.at and entry.window == window]
        found += [f"{at:.3f}, {at - first.at:.3f} s after" for at in meanwhile if at > first.at + UNDER_WAY]
    return found


def test_where_the_limit_is_announced_nothing_is_refused() -> None:
    with LimitedService(20, 1.0, announces=True) as service:
        took = create(service, 60)
    assert service.refusals == []
    assert 2.0 <= took <= 1.5 * 2.0
    assert service.lines <= THREADS


@pytest.mark.parametrize(("status", "pause"), [(429, "seconds"), (429, "date"), (503, "date")])
def test_where_it_is_not_all_threads_heed_the_pause_that_one_was_asked_for(status: int, pause: Any) -> None:
    """A 503 is repeated for what is idempotent only, so the service is asked by GET then."""
    with LimitedService(20, 1.0, pause=pause, status=status) as service:
        create(service, 60) if status == 429 else look(service, 60)
    assert sent_in_a_pause(service) == []
    assert service.refusals, "nobody told of the limit, so it is found by running into it"
    assert max(Counter(entry.window for entry in service.refusals).values()) <= THREADS
    assert service.lines <= THREADS


def look(service: LimitedService, number: int) -> None:
    with open_session(at_once=THREADS) as session, ThreadPoolExecutor(THREADS) as pool:
        door = Door("Service", service.url, session, refused, patience=Patience(time.sleep))
        assert len(list(pool.map(lambda one: door.call("GET", f"/things/{one}"), range(number)))) == number


def test_a_limit_tighter_than_the_threads_are_many_loses_nothing() -> None:
    """Each window serves three of eight: whoever is unlucky four times in a row must not give up."""
    with LimitedService(3, 0.2, pause="none") as service:
        create(service, 18)
    assert len(service.refusals) > 0


@pytest.mark.soak
@pytest.mark.parametrize(
    ("ways", "most"),
    [({"announces": True}, 0), ({"pause": "seconds"}, THREADS), ({"pause": "date"}, THREADS)],
    ids=["announced", "seconds", "date"],
)
def test_three_hundred_under_a_hundred_in_ten_seconds(
    ways: dict[str, Any], most: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with LimitedService(100, 10.0, **ways) as service:
        took = create(service, 300)
    figures = f"{took:.2f} s, {len(service.log)} requests, {len(service.refusals)} refused"
    with capsys.disabled():
        print(f"\n{ways}: {figures}, {service.lines} connections")  # noqa: T201
    assert 20.0 <= took <= 1.1 * 20.0
    assert all(number <= most for number in Counter(entry.window for entry in service.refusals).values())
    assert len(service.log) <= 1.12 * 300
    assert sent_in_a_pause(service) == []
