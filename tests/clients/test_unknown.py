"""When nobody knows whether a write was done: an error that says less would have its secrets revoked."""

from __future__ import annotations

from typing import Any, Final

import pytest
import responses
from responses.registries import OrderedRegistry

from pingconf.clients.http import Session
from pingconf.clients.retry import ATTEMPTS
from pingconf.model.errors import ServiceError, UnknownOutcomeError
from tests.clients import ORIGIN, a_door
from tests.clients.test_retry import lost

URL: Final = f"{ORIGIN}/thing"
WRITES: Final = ("PUT", "PATCH", "DELETE")


def outcome(session: Session, method: str, *answers: dict[str, Any]) -> ServiceError:
    """What a write ends with that gets these answers, one for each attempt."""
    with responses.RequestsMock(registry=OrderedRegistry, assert_all_requests_are_fired=False) as wire:
        for answer in answers:
            wire.add(method, URL, **answer)
        with pytest.raises(ServiceError) as caught:
            a_door(session).call(method, "/thing", {})
    return caught.value


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_write_that_failed_within_the_service_is_unknown(
    session: Session, method: str, status: int
) -> None:
    error = outcome(session, method, *[{"status": status, "json": {"message": "sorry"}}] * ATTEMPTS)
    assert isinstance(error, UnknownOutcomeError)


@pytest.mark.parametrize("method", WRITES)
def test_a_write_with_an_unusable_answer_is_unknown(session: Session, method: str) -> None:
    answer = {"status": 200, "body": "<html>signed out</html>", "content_type": "text/html"}
    assert isinstance(outcome(session, method, answer), UnknownOutcomeError)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("then", [400, 401, 403, 404])
def test_a_lost_write_that_is_refused_when_sent_again_is_unknown(
    session: Session, method: str, then: int
) -> None:
    error = outcome(session, method, {"body": lost()}, {"status": then, "json": {"message": "no"}})
    assert isinstance(error, UnknownOutcomeError)


def test_a_lost_write_that_meets_the_rate_limit_when_sent_again_is_unknown(session: Session) -> None:
    limited = [{"status": 429, "json": {"message": "later"}}] * (ATTEMPTS - 1)
    assert isinstance(outcome(session, "PUT", {"body": lost()}, *limited), UnknownOutcomeError)


@pytest.mark.parametrize("method", [*WRITES, "POST"])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409])
def test_a_write_that_is_refused_was_not_done(session: Session, method: str, status: int) -> None:
    assert type(outcome(session, method, {"status": status, "json": {"message": "no"}})) is ServiceError
