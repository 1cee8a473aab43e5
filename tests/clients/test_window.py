"""How many may go, and when: drawn traffic against a service that counts, on a clock wound by hand."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingconf.clients.window import LEAST, Announcement, Window

Serve = Callable[[float], Announcement | None]
"""What a service says to a request that it gets at this moment; None where it announces nothing."""


def traffic(window: Window, threads: int, flights: list[tuple[float, float]], serve: Serve) -> list[float]:
    """Send one request for each flight, by so many threads; a flight is seconds there and seconds back.

    Returns the moments at which the service got them, in order.
    """
    got: list[float] = []
    order = count()  # what happens in one moment keeps its order
    events: list[tuple[float, int, Callable[[float], None]]] = []
    left = list(reversed(flights))

    def at(moment: float, act: Callable[[float], None]) -> None:
        heapq.heappush(events, (moment, next(order), act))

    def want(now: float) -> None:
        opens = window.opens(now)
        if left and opens > now:
            at(opens, want)
        elif left:
            window.leave()
            there, back = left.pop()
            at(now + there, lambda moment: arrive(moment, now, back))

    def arrive(moment: float, left_at: float, back: float) -> None:
        got.append(moment)
        said = serve(moment)
        at(moment + back, lambda now: land(now, left_at, said))

    def land(now: float, left_at: float, said: Announcement | None) -> None:
        window.land(now, said)
        if said is not None:
            window.heed(said, left_at, now)
        want(now)

    for _ in range(threads):
        at(0.0, want)
    while events:
        moment, _, act = heapq.heappop(events)
        act(moment)
    return got


@dataclass
class FixedWindows:
    """A service with fixed windows: one begins with the first request after the last has ended, or all are of
    one grid. Others took `used` of the first. Says what it allows as Infisical does, in whole seconds."""

    limit: int
    seconds: int
    used: int = 0
    grid: float | None = None
    ends: float = 0.0
    refused: list[float] = field(default_factory=list)

    def __call__(self, now: float) -> Announcement:
        if now >= self.ends:
            begun = now if self.grid is None else now - (now - self.grid) % self.seconds
            self.taken = self.used if not self.ends else 0
            self.ends = begun + self.seconds
        self.taken += 1
        if self.taken > self.limit:
            self.refused.append(now)
        return Announcement(self.limit, max(0, self.limit - self.taken), ceil(self.ends - now))


seconds = st.integers(0, 128).map(lambda parts: parts / 64)
"""Moments that sums and differences of binary fractions meet exactly."""
flights = st.lists(st.tuples(seconds, seconds), max_size=60)


@given(
    quota=st.integers(1, 12),
    width=st.integers(1, 1280).map(lambda parts: parts / 64),
    threads=st.integers(1, 8),
    drawn=flights,
)
def test_a_service_never_counts_more_than_the_quota_in_any_window(
    quota: int, width: float, threads: int, drawn: list[tuple[float, float]]
) -> None:
    got = traffic(Window(quota, width), threads, drawn, lambda _: None)
    assert len(got) == len(drawn)
    for first, one_too_many in zip(got, got[quota:], strict=False):
        assert one_too_many - first >= width


@given(
    limit=st.integers(8, 30),
    width=st.integers(1, 60),
    threads=st.integers(1, 8),
    share=st.floats(0, 1),
    grid=st.none() | st.integers(-3840, 0).map(lambda parts: parts / 64),
    drawn=flights,
)
def test_nothing_is_refused_where_the_limit_is_announced(
    limit: int,
    width: int,
    threads: int,
    share: float,
    grid: float | None,
    drawn: list[tuple[float, float]],
) -> None:
    used = int(share * (limit - threads))  # until the first answer comes, each thread has one under way
    service = FixedWindows(limit, width, used, grid)
    got = traffic(Window(), threads, drawn, service)
    assert len(got) == len(drawn)
    assert service.refused == []


@given(
    limit=st.integers(8, 30), width=st.integers(5, 60), threads=st.integers(1, 8), number=st.integers(1, 200)
)
def test_an_announced_limit_is_used_up(limit: int, width: int, threads: int, number: int) -> None:
    got = traffic(Window(), threads, [(1 / 64, 1 / 64)] * number, FixedWindows(limit, width))
    bound = width * (ceil(number / limit) - 1)
    burst = ceil(limit / threads) / 32 + 0.1  # to send one window's worth, and to look for the last answer
    assert bound <= got[-1] <= bound + (bound / width + 1) * burst


def test_the_quota_may_be_used_in_one_burst() -> None:
    got = traffic(Window(100, 10.0), 8, [(0.025, 0.025)] * 300, lambda _: None)
    assert 20.0 <= got[-1] <= 1.1 * 20.0


def test_without_a_quota_nothing_is_held_back() -> None:
    assert traffic(Window(), 4, [(1.0, 1.0)] * 8, lambda _: None) == [1.0] * 4 + [3.0] * 4


def test_one_that_was_refused_does_not_count() -> None:
    window = Window(1, 60.0)
    window.leave()
    assert window.opens(5.0) == 65.0
    window.land(5.0, refused=True)
    assert window.opens(5.0) == 5.0


# ---- the service's word


def after(window: Window, now: float, said: Announcement | None, left_at: float | None = None) -> Window:
    """A request whose answer came now."""
    window.leave()
    window.land(now, said)
    if said is not None:
        window.heed(said, now if left_at is None else left_at, now)
    return window


def test_what_others_used_up_is_waited_for() -> None:
    window = after(Window(), 100.0, Announcement(60, 0, 23.0))
    assert (window.opens(101.0), window.opens(123.0)) == (123.0, 123.0)


def test_what_is_under_way_is_taken_off_what_is_left() -> None:
    window = after(Window(), 0.0, Announcement(60, 2, 10.0))
    window.leave()
    assert window.opens(1.0) == 1.0
    window.leave()
    assert 1.0 < window.opens(1.0) < 1.1, "an answer may come soon, and tell"
    window.land(1.0, Announcement(60, 2, 10.0))
    assert window.opens(1.0) == 1.0


def test_an_answer_that_is_late_does_not_bring_back_what_is_gone() -> None:
    window = Window()
    window.leave()
    window.leave()
    for left in (0, 1):
        window.land(1.0, Announcement(60, left, 10.0))
        window.heed(Announcement(60, left, 10.0), 0.0, 1.0)
    assert window.opens(2.0) == 11.0


def test_an_answer_of_the_last_window_says_nothing_of_the_next() -> None:
    window = after(Window(), 0.0, Announcement(60, 0, 10.0))
    assert after(window, 10.5, Announcement(60, 0, 1.0), left_at=9.9).opens(10.5) == 10.5


def test_a_lost_answer_is_taken_for_one_that_was_counted() -> None:
    window = after(Window(), 0.0, Announcement(60, 1, 10.0))
    assert after(window, 1.0, None).opens(2.0) == 10.0


def test_the_tightest_limit_is_kept() -> None:
    window = after(Window(), 0.0, Announcement(60, 0, 10.0))
    assert after(window, 1.0, Announcement(600, 599, 60.0)).opens(2.0) == 10.0
    assert after(window, 12.0, Announcement(30, 0, 60.0)).opens(13.0) == 72.0
    assert window.quota == 30


def test_an_announcement_takes_the_place_of_what_is_documented() -> None:
    assert after(Window(90), 0.0, Announcement(200, 199, 60.0)).quota == 200


def test_a_limit_of_none_at_all_lets_one_through_at_its_reset() -> None:
    window = after(Window(), 0.0, Announcement(0, 0, 10.0))
    assert window.opens(1.0) == 10.0


# ---- refusals below a quota


def served(window: Window, number: int, now: float) -> Window:
    for _ in range(number):
        window.leave()
        window.land(now)
    return window


@pytest.mark.parametrize(
    ("number", "believed"), [(0, 240), (100, 240), (300, 300), (480, 480)], ids=lambda figure: str(figure)
)
def test_a_refusal_halves_what_is_believed_but_not_below_what_was_served(number: int, believed: int) -> None:
    window = served(Window(480), number, 10.0)
    window.shrink(11.0, 12.0)
    assert window.quota == believed


def test_refusals_of_one_moment_teach_once() -> None:
    window = Window(480)
    for _ in range(8):
        window.shrink(11.0, 12.0)
    assert window.quota == 240


def test_however_often_it_is_refused_it_stops_at_one_a_second() -> None:
    window = Window(480)
    for moment in range(20):
        window.shrink(moment, moment + 0.5)
    assert window.quota == LEAST


@pytest.mark.parametrize("window", [Window(), after(Window(), 0.0, Announcement(600, 9, 60.0))])
def test_a_refusal_teaches_nothing_where_nothing_was_believed_or_all_was_announced(window: Window) -> None:
    before = window.quota
    window.shrink(1.0, 2.0)
    assert window.quota == before


def test_a_share_that_nobody_told_of_is_found_and_kept() -> None:
    """PingOne gives one address 35 % of a licence's 600 a minute, if that holds for what is asked here."""
    window, now, refusals, served = Window(480), 0.0, 0, 0
    ends, taken = 60.0, 0
    while now < 600.0:
        opens = window.opens(now)
        if opens > now:
            now = opens
            continue
        if now >= ends:
            ends, taken = now + 60.0, 0
        window.leave()
        left_at, now = now, now + 0.05
        if taken >= 210:
            window.land(now, refused=True)
            window.shrink(left_at, now)
            refusals, now = refusals + 1, ends
        else:
            window.land(now)
            taken, served = taken + 1, served + 1
    assert refusals <= 3
    assert window.quota == 210
    assert served >= 9 * 210, "nothing is given away for it"
