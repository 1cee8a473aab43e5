"""The pace of a service: who shares it, what is known, how a pause holds everybody; on a clock of our own."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from typing import Final

import pytest
import responses

from pingconf.clients.answer import Answer
from pingconf.clients.http import Session, open_session
from pingconf.clients.pace import Lane, Pace, Paces, Windows, announced, known_limits, unlimited
from pingconf.clients.retry import JITTER, Patience
from pingconf.clients.window import Announcement, Window
from pingconf.model.errors import Interrupted, ServiceError
from pingconf.operations.interruption import Interruption
from pingconf.sandbox import SandboxAdapter, World
from tests.clients import NOW, ORIGIN, Waits, a_door

URL: Final = f"{ORIGIN}/thing"


def answer(status: int = 200, **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): text for name, text in headers.items()}, {}, True, 0)


def ask(
    pace: Pace, waits: Waits, said: Answer | None = None, lane: Lane = "write", pause: float | None = None
) -> None:
    """One request from its leave to its answer."""
    with pace.turn(lane, waits.patience) as turn:
        turn.answer, turn.pause = said or answer(), pause


# ---- what is known


def quotas(windows: Windows) -> list[list[tuple[int | None, float]]]:
    return [[(window.quota, window.seconds) for window in lane] for lane in windows.values()]


FREE: Final = [(None, 60.0)]
PINGONE: Final = [(480, 60.0), (80, 1.0)]
KNOWN: Final = [
    ("PingOne", "api.pingone.eu", [PINGONE, PINGONE, FREE]),
    ("PingOne", "api.pingone.com.au", [PINGONE, PINGONE, FREE]),
    ("PingOne", "127.0.0.1", [FREE] * 3),
    ("PingOne", "::1", [FREE] * 3),
    ("PingOne", "localhost", [FREE] * 3),
    ("Infisical", "app.infisical.com", [[(200, 60.0)], [(90, 60.0)], FREE]),
    ("Infisical", "eu.infisical.com", [[(200, 60.0)], [(90, 60.0)], FREE]),
    ("Infisical", "secrets.example", [FREE] * 3),
    ("Infisical", "notinfisical.com", [FREE] * 3),
    ("Infisical", "10.0.0.7", [FREE] * 3),
]


@pytest.mark.parametrize(("service", "host", "expected"), KNOWN)
def test_what_is_documented_for_a_host(
    service: str, host: str, expected: list[list[tuple[int, float]]]
) -> None:
    assert quotas(known_limits(service, host)) == expected


def test_pingone_counts_reads_and_writes_together_and_infisical_does_not() -> None:
    pingone, infisical = known_limits("PingOne", "api.pingone.eu"), known_limits("Infisical", "infisical.com")
    assert pingone["read"] is pingone["write"]
    assert infisical["read"][0] is not infisical["write"][0]


def test_all_doors_of_a_session_share_the_pace_of_a_service_and_services_do_not() -> None:
    paces = Paces()
    one = paces.of("Infisical", "one.example", None)
    assert paces.of("Infisical", "one.example", None) is one
    others = [("PingOne", "one.example", None), ("Infisical", "two.example", None)]
    assert all(paces.of(*other) is not one for other in (*others, ("Infisical", "one.example", 8443)))


def test_the_embedded_services_have_no_limits_whatever_their_names(waits: Waits) -> None:
    with open_session(SandboxAdapter(World.seed())) as session:
        pace = session.paces.of("PingOne", "api.pingone.eu", None)
        for _ in range(1000):
            ask(pace, waits)
    assert waits.seconds == []


def test_pingone_is_asked_less_than_four_fifths_of_what_it_allows(waits: Waits) -> None:
    pace = Paces().of("PingOne", "api.pingone.eu", None)
    for number in range(961):
        ask(pace, waits, lane="read" if number % 2 else "write")
    assert 120.0 <= sum(waits.seconds) < 121.0


ANNOUNCED: Final = [
    (("60", "59", "60"), Announcement(60, 59, 60.0)),
    ((" 60 ", "0", "0"), Announcement(60, 0, 0.0)),
    (("60", "59", "1767225600"), None),
    (("60", "59", "3601"), None),
    (("60", "-1", "5"), None),
    (("60", "59", "1.5"), None),
    (("60", "", "5"), None),
    (("٣", "1", "5"), None),
    (("9" * 400, "1", "5"), None),
]


@pytest.mark.parametrize(("texts", "expected"), ANNOUNCED)
def test_what_a_service_announces(texts: tuple[str, str, str], expected: Announcement | None) -> None:
    names = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
    assert announced(dict(zip(names, texts, strict=True))) == expected


def test_a_service_that_announces_nothing() -> None:
    assert announced({}) is None


# ---- waiting


def test_an_announced_limit_is_heeded_for_its_class_alone(waits: Waits) -> None:
    pace = Pace("Service", unlimited())
    said = answer(x_ratelimit_limit="60", x_ratelimit_remaining="0", x_ratelimit_reset="23")
    ask(pace, waits, said, "read")
    ask(pace, waits, lane="write")
    assert waits.seconds == []
    ask(pace, waits, lane="read")
    assert waits.seconds == [23.0]


@pytest.mark.parametrize("status", [429, 503])
def test_a_pause_holds_every_class(waits: Waits, status: int) -> None:
    pace = Pace("Service", unlimited())
    ask(pace, waits, answer(status), "write", pause=7.0)
    ask(pace, waits, lane="read")
    (waited,) = waits.seconds
    assert 7.0 <= waited <= 7.0 + JITTER


@pytest.mark.parametrize(("status", "pause"), [(429, 0.5), (503, 0.0), (500, 0.0), (200, 0.0)])
def test_a_refusal_without_a_wish_holds_everybody_for_a_moment(
    waits: Waits, status: int, pause: float
) -> None:
    pace = Pace("Service", unlimited())
    ask(pace, waits, answer(status))
    ask(pace, waits)
    assert pause <= sum(waits.seconds) <= pause + (JITTER if pause else 0.0)


def test_threads_that_were_held_do_not_all_start_in_one_moment(waits: Waits) -> None:
    patience = replace(waits.patience, clock=lambda: 0.0)
    pace = Pace("Service", unlimited())
    with pace.turn("read", patience) as turn:
        turn.answer, turn.pause = answer(429), 7.0
    for _ in range(8):
        with pace.turn("read", patience):
            pass
    assert len(set(waits.seconds)) == 8
    assert all(7.0 <= waited <= 7.0 + JITTER for waited in waits.seconds)


def test_a_shorter_pause_does_not_end_a_longer_one(waits: Waits) -> None:
    pace = Pace("Service", unlimited())
    with pace.turn("read", waits.patience) as first, pace.turn("read", waits.patience) as second:
        first.answer, first.pause = answer(429), 2.0
        second.answer, second.pause = answer(429), 30.0
    ask(pace, waits)
    assert 30.0 <= sum(waits.seconds) <= 30.0 + JITTER


def test_a_pause_of_more_than_a_minute_is_told_and_nothing_is_sent(
    session: Session, wire: responses.RequestsMock, waits: Waits
) -> None:
    wire.add("GET", URL, status=429, json={"message": "tomorrow"}, headers={"Retry-After": "3600"})
    door = a_door(session, waits=waits)
    for expected in ("refused: tomorrow", "Service asks for a pause that is not over"):
        with pytest.raises(ServiceError, match=expected) as caught:
            door.call("GET", "/thing")
        assert caught.value.details[-1] == "Try again after 2026-03-02 10:00:00 UTC."
    assert waits.seconds == []


def test_whoever_waits_is_woken_up_and_sends_nothing(session: Session) -> None:
    interruption = Interruption()
    patience = Patience(interruption.sleep, lambda: NOW, lambda: interruption.asked)
    pace = Pace("Service", unlimited())
    with pace.turn("write", patience) as turn:
        turn.answer, turn.pause = answer(429), 50.0
    failures: list[Interrupted] = []

    def wait() -> None:
        with (
            pytest.raises(Interrupted, match="Interrupted while waiting for Service") as caught,
            pace.turn("write", patience),
        ):
            pytest.fail("its turn had not come")
        failures.append(caught.value)

    threads = [threading.Thread(target=wait) for _ in range(8)]
    for thread in threads:
        thread.start()
    interruption.ask()
    for thread in threads:
        thread.join(10)
    assert [failure.exit_code for failure in failures] == [130] * 8


def test_what_need_not_wait_is_sent_although_the_run_shall_end() -> None:
    patience = Patience(lambda seconds: None, lambda: NOW, lambda: True)
    ask_all: list[str] = []
    pace = Pace("Service", unlimited())
    with pace.turn("write", patience):
        ask_all.append("sent")
    assert ask_all == ["sent"]


def test_a_turn_that_ends_in_an_error_is_given_back(waits: Waits) -> None:
    window = Window(1)
    pace = Pace("Service", {**unlimited(), "write": (window,)})
    with pytest.raises(ValueError, match="bad token"), pace.turn("write", waits.patience):
        raise ValueError("bad token")
    ask(pace, waits)
    assert waits.seconds == [60.0]


TWO_SHORT_AND_THREE_LONG: Final[tuple[Lane, ...]] = ("write", "write", "read", "read", "read")


def test_a_long_wait_is_told_once(waits: Waits, caplog: pytest.LogCaptureFixture) -> None:
    pace = Pace("Service", {**unlimited(), "write": (Window(1, 1.5),), "read": (Window(1, 9.0),)})
    with caplog.at_level(logging.WARNING):
        for lane in TWO_SHORT_AND_THREE_LONG:
            with pace.turn(lane, waits.patience):
                pass
    assert waits.seconds == [1.5, 9.0, 9.0]
    assert caplog.messages == ["Service limits how much it may be asked: waiting 9 s, maybe again"]


def test_many_threads_never_have_more_under_way_than_the_quota() -> None:
    """Real threads, real time; the window is as wide as the test is short."""
    pace = Pace("Service", {**unlimited(), "write": (Window(3, 0.05),)})
    patience = Patience(time.sleep)
    lock, under_way, most = threading.Lock(), [0], [0]

    def work() -> None:
        for _ in range(4):
            with pace.turn("write", patience):
                with lock:
                    under_way[0] += 1
                    most[0] = max(most[0], under_way[0])
                with lock:
                    under_way[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    assert 1 <= most[0] <= 3
    assert pace.served == 0, "nothing was answered"
