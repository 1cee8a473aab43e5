"""When a request that is refused, or held back, is given up, and what is said then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest
import responses

from pingconf.clients.answer import Answer
from pingconf.clients.door import Door
from pingconf.clients.http import Session
from pingconf.clients.retry import ATTEMPTS, Attempt, fruitless
from pingconf.model.errors import Interrupted, PingconfError, ServiceError, UnknownOutcomeError
from tests.clients import ORIGIN, Waits, refused

URL: Final = f"{ORIGIN}/thing"


def answer(status: int) -> Answer:
    return Answer(status, {}, {}, True, 0)


def refusals(*served: int, status: int = 429) -> list[Attempt]:
    return [Attempt(answer(status), again=True, served=number) for number in served]


COUNTED: Final[list[tuple[Callable[[], list[Attempt]], int]]] = [
    (list, 0),
    (lambda: refusals(0), 1),
    (lambda: refusals(0, 0, 0, 0), 4),
    (lambda: refusals(0, 3, 5, 5), 2),
    (lambda: refusals(0, 3, 5, 9, status=503), 4),
    (lambda: [Attempt(error=ServiceError("lost"), again=True, served=number) for number in range(4)], 4),
]


@pytest.mark.parametrize(("tries", "expected"), COUNTED)
def test_a_refusal_counts_unless_somebody_else_was_served_since(
    tries: Callable[[], list[Attempt]], expected: int
) -> None:
    assert fruitless(tries()) == expected


def test_one_that_is_unlucky_goes_on_while_others_are_served(
    session: Session, wire: responses.RequestsMock, waits: Waits
) -> None:
    pace = session.paces.of("Service", "api.pingone.eu", None)

    def sleep(seconds: float) -> None:
        waits.seconds.append(seconds)
        pace.served += 1  # that is when the others go

    door = Door("Service", ORIGIN, session, refused, patience=replace(waits.patience, sleep=sleep))
    for _ in range(2 * ATTEMPTS):
        wire.add("POST", URL, status=429, json={}, headers={"Retry-After": "1"})
    wire.add("POST", URL, json={"id": "1"})
    assert door.call("POST", "/thing", {}).data == {"id": "1"}


@pytest.mark.parametrize(("first", "error"), [(429, Interrupted), (500, UnknownOutcomeError)])
def test_a_write_that_is_held_back_may_have_been_done_at_an_earlier_try(
    session: Session, wire: responses.RequestsMock, waits: Waits, first: int, error: type[PingconfError]
) -> None:
    """Somebody else is asked for a pause before the second try, and the run shall end while it lasts."""
    pace = session.paces.of("Service", "api.pingone.eu", None)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        waits.seconds.append(seconds)
        if not slept:
            with pace.turn("write", waits.patience) as turn:
                turn.answer, turn.pause = answer(429), 30.0
        slept.append(seconds)

    patience = replace(waits.patience, sleep=sleep, over=lambda: len(slept) > 1)
    wire.add("PUT", URL, status=first, json={})
    with pytest.raises(error) as caught:
        Door("Service", ORIGIN, session, refused, patience=patience).call("PUT", "/thing", {})
    assert type(caught.value) is error
    assert len(slept) == 2
