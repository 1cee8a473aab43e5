"""When a request is sent again, and after how long: by method, by status, by what the service asks for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any, Final

import pytest
import requests
import responses
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from pingconf.clients.http import Session
from pingconf.clients.retry import ATTEMPTS, JITTER, RETRIED_STATUSES, asked_wait, may_repeat
from pingconf.model.errors import PingconfError, ServiceError, UnknownOutcomeError
from tests.clients import NOW, ORIGIN, Waits, a_door

REPEATABLE: Final = ("GET", "PUT", "DELETE", "PATCH")
URL: Final = f"{ORIGIN}/thing"


def lost() -> Exception:
    """The connection broke after the request was sent."""
    inner = urllib3.exceptions.ProtocolError("Connection aborted.", ConnectionResetError(104, "reset"))
    return requests.ConnectionError(inner)


def never_sent() -> Exception:
    """Nobody listens there."""
    pool = urllib3.HTTPSConnectionPool("api.pingone.eu")
    reason = urllib3.exceptions.NewConnectionError(urllib3.connection.HTTPSConnection("x"), "refused")
    return requests.ConnectionError(urllib3.exceptions.MaxRetryError(pool, "/thing", reason))


def call(session: Session, waits: Waits, method: str) -> Any:
    return a_door(session, waits=waits).call(method, "/thing", {} if method != "GET" else None).data


STATUSES: Final = "200 201 204 301 400 401 403 404 405 408 409 422 429 500 501 502 503 504 505".split()


@pytest.mark.parametrize("method", [*REPEATABLE, "HEAD", "POST"])
@pytest.mark.parametrize("status", [int(status) for status in STATUSES])
def test_the_table_of_methods_and_statuses(method: str, status: int) -> None:
    expected = status == 429 or (method != "POST" and status in (408, 500, 502, 503, 504))
    assert may_repeat(method != "POST", status) is expected


@pytest.mark.parametrize("method", REPEATABLE)
@pytest.mark.parametrize("status", sorted(RETRIED_STATUSES))
def test_a_repeatable_request_goes_on_until_it_is_answered(
    session: Session, wire: responses.RequestsMock, waits: Waits, method: str, status: int
) -> None:
    for _ in range(ATTEMPTS - 1):
        wire.add(method, URL, status=status, json={"message": "later"})
    wire.add(method, URL, json={"done": True})
    assert call(session, waits, method) == {"done": True}
    assert len(waits.seconds) == ATTEMPTS - 1


@pytest.mark.parametrize("method", [*REPEATABLE, "POST"])
def test_it_ends_after_four_attempts(
    session: Session, wire: responses.RequestsMock, waits: Waits, method: str
) -> None:
    for _ in range(ATTEMPTS):
        wire.add(method, URL, status=429, json={"message": "slow down"})
    with pytest.raises(ServiceError, match="slow down") as caught:
        call(session, waits, method)
    assert caught.value.status == 429
    assert not isinstance(caught.value, UnknownOutcomeError), "a 429 says that nothing was done"
    assert len(waits.seconds) == ATTEMPTS - 1, "after the last attempt there is nothing to wait for"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_post_that_failed_is_never_sent_twice(
    session: Session, wire: responses.RequestsMock, waits: Waits, status: int
) -> None:
    wire.add("POST", URL, status=status, json={"message": "broken"})
    with pytest.raises(UnknownOutcomeError, match=f"it answered {status}: refused: broken"):
        call(session, waits, "POST")
    assert waits.seconds == []


@pytest.mark.parametrize("method", REPEATABLE)
def test_a_lost_connection_is_tried_again(
    session: Session, wire: responses.RequestsMock, waits: Waits, method: str
) -> None:
    wire.add(method, URL, body=lost())
    wire.add(method, URL, json={})
    assert call(session, waits, method) == {}


@pytest.mark.parametrize(
    ("method", "attempts", "error"),
    [
        ("GET", ATTEMPTS, ServiceError),
        ("PUT", ATTEMPTS, UnknownOutcomeError),
        ("PATCH", ATTEMPTS, UnknownOutcomeError),
        ("DELETE", ATTEMPTS, UnknownOutcomeError),
        ("POST", 1, UnknownOutcomeError),
    ],
)
@pytest.mark.parametrize("fault", [lost, lambda: requests.ReadTimeout("slow"), lambda: OSError("odd")])
def test_what_is_said_of_a_connection_that_stays_lost(
    session: Session,
    waits: Waits,
    method: str,
    attempts: int,
    error: type[PingconfError],
    fault: Any,
) -> None:
    with responses.RequestsMock() as wire:
        wire.add(method, URL, body=fault())
        with pytest.raises(ServiceError) as caught:
            call(session, waits, method)
        assert type(caught.value) is error
        wire.assert_call_count(URL, attempts)


@pytest.mark.parametrize("method", [*REPEATABLE, "POST"])
@pytest.mark.parametrize("fault", [never_sent, lambda: requests.ConnectTimeout("slow")])
def test_what_was_never_sent_may_be_tried_again_whatever_it_is(
    session: Session, waits: Waits, method: str, fault: Any
) -> None:
    with responses.RequestsMock() as wire:
        wire.add(method, URL, body=fault())
        with pytest.raises(ServiceError, match=r"cannot be reached at api\.pingone\.eu") as caught:
            call(session, waits, method)
        assert type(caught.value) is ServiceError, "nothing was sent, so nothing is unknown"
        wire.assert_call_count(URL, ATTEMPTS)


# ---- how long


def headers(text: str) -> Mapping[str, str]:
    return {"retry-after": text}


ASKED: Final = [
    ("5", 5.0),
    (" 5 ", 5.0),
    ("0", 0.0),
    ("1000000000", 1e9),
    ("9" * 400, 999999999999.0),
    (format_datetime(NOW + timedelta(seconds=30), usegmt=True), 30.0),
    (format_datetime(NOW - timedelta(days=1), usegmt=True), 0.0),
    (format_datetime((NOW + timedelta(seconds=9)).astimezone(timezone(timedelta(hours=2)))), 9.0),
    ((NOW + timedelta(seconds=4)).strftime("%a, %d %b %Y %H:%M:%S -0000"), 4.0),
    ("", None),
    ("-5", None),
    ("1.5", None),
    ("soon", None),
    ("٣", None),
    ("Mon, 99 Foo 2026 99:99:99 GMT", None),
    ("Mon, 01 Jan 99999 00:00:00 GMT", None),
]


@pytest.mark.parametrize(("text", "seconds"), ASKED)
def test_what_a_service_asks_for(text: str, seconds: float | None) -> None:
    assert asked_wait(headers(text), NOW) == seconds


@pytest.mark.parametrize(("ours", "expected"), [(0, 30.0), (4, 26.0), (-4, 34.0), (60, 30.0), (-3600, 30.0)])
def test_where_our_clock_is_wrong_the_one_of_the_service_counts(ours: int, expected: float) -> None:
    """A clock a minute ahead would take each pause for over, and every try for the last."""
    asked = {
        "date": format_datetime(NOW, usegmt=True),
        "retry-after": format_datetime(NOW + timedelta(seconds=30), usegmt=True),
    }
    assert asked_wait(asked, NOW + timedelta(seconds=ours)) == expected


@pytest.mark.parametrize("date", ["", "now", "Mon, 01 Jan 99999 00:00:00 GMT"])
def test_a_date_that_is_none_leaves_our_own_clock(date: str) -> None:
    asked = {"date": date, "retry-after": format_datetime(NOW + timedelta(seconds=30), usegmt=True)}
    assert asked_wait(asked, NOW) == 30.0


def test_a_service_that_asks_for_nothing() -> None:
    assert asked_wait({}, NOW) is None


def test_a_date_in_a_zone_that_cannot_be() -> None:
    assert asked_wait(headers("Mon, 05 Jan 2026 00:00:00 +9999999999999999"), NOW) is None


@given(st.text(max_size=40) | st.datetimes().map(lambda moment: format_datetime(moment)))
def test_no_header_breaks_it(text: str) -> None:
    seconds = asked_wait(headers(text), NOW)
    assert seconds is None or seconds >= 0


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)))
def test_a_date_and_the_seconds_until_it_are_the_same(moment: datetime) -> None:
    aware = moment.replace(microsecond=0, tzinfo=NOW.tzinfo)
    expected = max(0.0, (aware - NOW).total_seconds())
    assert asked_wait(headers(format_datetime(aware, usegmt=True)), NOW) == expected


WAITED_FOR: Final = [
    ("7", 7.0),
    ("60", 60.0),
    ("0", 0.0),
    (format_datetime(NOW + timedelta(seconds=30), usegmt=True), 30.0),
    (format_datetime(NOW - timedelta(days=1), usegmt=True), 0.0),
]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("text", "seconds"), WAITED_FOR)
def test_a_short_wait_is_waited_for(
    session: Session,
    wire: responses.RequestsMock,
    waits: Waits,
    method: str,
    text: str,
    seconds: float,
) -> None:
    wire.add(method, URL, status=429, json={}, headers={"Retry-After": text})
    wire.add(method, URL, json={"id": "1"})
    assert call(session, waits, method) == {"id": "1"}
    (waited,) = waits.seconds
    assert seconds <= waited <= seconds + JITTER


@pytest.mark.parametrize("asked", [{}, *({"Retry-After": text} for text in ("-5", "1.5", "soon", ""))])
def test_a_wish_that_is_none_leaves_it_to_us(
    session: Session, wire: responses.RequestsMock, waits: Waits, asked: dict[str, str]
) -> None:
    for _ in range(ATTEMPTS):
        wire.add("GET", URL, status=429, json={"message": "slow down"}, headers=asked)
    with pytest.raises(ServiceError, match="slow down") as caught:
        call(session, waits, "GET")
    assert [seconds // 0.5 for seconds in waits.seconds] == [1, 2, 4]
    assert not any("Try again" in detail for detail in caught.value.details)


TOO_LONG: Final = [
    ("61", "Try again in 61 seconds."),
    ("120", "Try again in 120 seconds."),
    ("3600", "Try again after 2026-03-02 10:00:00 UTC."),
    ("1000000000", "Try again after 2057-11-08 10:46:40 UTC."),
    ("9" * 400, "It asks for a wait without an end."),
    (format_datetime(NOW + timedelta(seconds=90), usegmt=True), "Try again in 90 seconds."),
    ("Fri, 31 Dec 2027 23:59:59 GMT", "Try again after 2027-12-31 23:59:59 UTC."),
    ("Fri, 31 Dec 2027 23:59:59 +0200", "Try again after 2027-12-31 21:59:59 UTC."),
]


@pytest.mark.parametrize(("status", "method"), [(429, "GET"), (429, "POST"), (503, "GET")])
@pytest.mark.parametrize(("text", "when"), TOO_LONG)
def test_a_long_wait_is_told_and_not_waited_for(
    session: Session,
    wire: responses.RequestsMock,
    waits: Waits,
    method: str,
    status: int,
    text: str,
    when: str,
) -> None:
    wire.add(method, URL, status=status, json={"message": "tomorrow"}, headers={"Retry-After": text})
    with pytest.raises(ServiceError, match="tomorrow") as caught:
        call(session, waits, method)
    assert caught.value.details[-1] == when
    assert waits.seconds == []


def test_without_a_wish_it_waits_longer_each_time(
    session: Session, wire: responses.RequestsMock, waits: Waits
) -> None:
    for _ in range(ATTEMPTS):
        wire.add("GET", URL, status=503, json={})
    with pytest.raises(ServiceError):
        call(session, waits, "GET")
    assert [seconds // 0.5 for seconds in waits.seconds] == [1, 2, 4]
