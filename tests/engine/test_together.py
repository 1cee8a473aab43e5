"""Several steps and reads at a time: in an order that is safe, told in one that is stable."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingconf.engine.course import Course
from pingconf.engine.dues import Dues
from pingconf.engine.flight import Flight
from pingconf.engine.workers import Errand, Workers
from pingconf.model.address import Address
from pingconf.model.errors import ServiceError, UnknownOutcomeError
from pingconf.model.event import Begun, Done, Failed
from pingconf.model.plan import Step, Verb
from pingconf.model.resource import Desired
from pingconf.model.state import CommitDue, State
from tests.engine import LINEAGE
from tests.engine.fakes import House, Journal, setup

# ---- reads


def test_results_come_in_the_order_of_the_things_however_long_each_takes() -> None:
    def slow(number: int) -> int:
        time.sleep(random.random() / 200)
        return number * 2

    assert Workers(8).map(slow, range(40)) == [number * 2 for number in range(40)]


def test_no_more_than_so_many_are_at_it_and_several_are() -> None:
    busy, most, lock = 0, 0, threading.Lock()

    def work(_: int) -> None:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        time.sleep(0.01)
        with lock:
            busy -= 1

    Workers(3).map(work, range(12))
    assert most == 3


def test_an_errand_is_done_beside_and_waited_for_where_its_result_is_asked_for() -> None:
    go_on = threading.Event()

    def wait() -> str:
        assert go_on.wait(20)
        return "done"

    errand = Errand(wait)
    go_on.set()
    assert errand.result() == errand.result() == "done"


def test_what_goes_wrong_on_an_errand_is_raised_where_its_result_is_asked_for() -> None:
    def fail() -> None:
        raise ServiceError("no")

    errand = Errand(fail)
    for _ in range(2):
        with pytest.raises(ServiceError, match="no"):
            errand.result()


def test_the_error_of_the_first_in_order_is_raised_and_nothing_more_is_begun() -> None:
    begun: list[int] = []

    def fail(number: int) -> None:
        begun.append(number)
        time.sleep(0.02 if number == 0 else 0.001)
        raise ServiceError(f"number {number}")

    with pytest.raises(ServiceError, match="number 0"):
        Workers(4).map(fail, range(100))
    assert len(begun) <= 8


def test_one_worker_is_the_thread_that_asks() -> None:
    assert Workers().map(lambda _: threading.get_ident(), range(3)) == [threading.get_ident()] * 3


# ---- the course


def step(
    number: int, needs: Sequence[int] = (), *, published: bool = False, verb: Verb = Verb.CREATE
) -> Step:
    address = Address("fake.doors", f"d{number}")
    return Step(f"s{number}", verb, address, tuple(f"s{one}" for one in needs), published=published)


@st.composite
def courses(draw: st.DrawFn) -> tuple[list[Step], set[str]]:
    """Steps in an order that their needs allow, some of which go alone."""
    number = draw(st.integers(0, 12))
    steps = [
        step(one, draw(st.lists(st.integers(0, one - 1), max_size=3)) if one else ()) for one in range(number)
    ]
    return steps, set(
        draw(st.lists(st.sampled_from([one.key for one in steps]), max_size=3))
    ) if steps else set()


@given(courses(), st.randoms(use_true_random=False), st.integers(1, 5))
def test_every_way_through_a_course_is_a_safe_one(
    drawn: tuple[list[Step], set[str]], lot: random.Random, at_once: int
) -> None:
    steps, alone = drawn
    course = Course(steps, lambda one: one.key in alone)
    place = {one.key: number for number, one in enumerate(steps)}
    flying: list[Step] = []
    done: list[str] = []
    while course.left or flying:
        begun = course.begin() if len(flying) < at_once else None
        if begun is None:
            assert flying, "it waits for something that never comes"
            ended = flying.pop(lot.randrange(len(flying)))
            course.end(ended)
            done.append(ended.key)
            continue
        assert set(begun.needs) <= set(done)
        assert not alone & {one.key for one in flying}, "something was begun beside one that goes alone"
        if begun.key in alone:
            assert not flying
            assert {one.key for one in steps[: place[begun.key]]} == set(done)
        flying.append(begun)
    assert sorted(done) == sorted(place)


# ---- the flight


def test_what_ends_early_is_told_after_what_was_begun_before_it() -> None:
    gates = {one: threading.Event() for one in ("s0", "s1", "s2")}

    def do(one: Step) -> Done:
        assert gates[one.key].wait(10)
        return Done(one.address, one.verb, 0.0)

    steps = [step(one) for one in range(3)]
    flight = Flight(steps, do)
    for one in steps:
        flight.begin(one)
    assert list(flight.told()) == [Begun(steps[0].address, Verb.CREATE)]
    told: list[object] = []
    for number in (2, 1, 0):
        gates[f"s{number}"].set()
        assert flight.wait()[0].key == f"s{number}"
        told.append([*flight.told()])
    assert told[:2] == [[], []]
    kinds = [type(one) for one in told[2]]  # type: ignore[attr-defined]
    assert kinds == [Done, Begun, Done, Begun, Done]
    assert flight.size == 0


# ---- an apply


def many(number: int) -> tuple[Desired, ...]:
    """The usual things, and so many doors with the same lock."""
    doors = [
        Desired(Address("fake.doors", f"d{one:03}"), {"name": f"d{one:03}", "open": True})
        for one in range(number)
    ]
    return (*setup(), *doors)


def applied(house: House, desired: Sequence[Desired], at_once: int) -> House:
    house.at_once = at_once
    return house.apply(*desired)


@pytest.mark.parametrize("at_once", [2, 8, 64])
def test_many_at_a_time_come_to_the_same_and_are_told_in_the_same_order(at_once: int) -> None:
    one_by_one = applied(House(), many(30), 1)
    together = applied(House(), many(30), at_once)
    assert together.error is None
    assert [(one.address, one.verb) for one in together.events if isinstance(one, Done)] == [
        (one.address, one.verb) for one in one_by_one.events if isinstance(one, Done)
    ]
    assert sorted(map(str, together.state.resources)) == sorted(map(str, one_by_one.state.resources))
    assert not together.state.uncommitted
    assert not together.state.pending
    assert together.plan(*many(30)).idle


def test_after_a_failure_nothing_is_begun_and_what_was_done_is_written_down() -> None:
    house = House()
    house.table.faults["update fake.doors"] = ServiceError("refused")
    applied(house, many(40), 4)
    assert isinstance(house.error, ServiceError)
    made = {row["id"] for row in house.table.of("fake.doors")}
    recorded = {one.id for address, one in house.state.resources.items() if address.section == "fake.doors"}
    assert made == recorded
    assert 0 < len(made) < 41
    assert house.state.uncommitted, "what was made is not published yet"
    assert any(isinstance(one, Failed) for one in house.events)
    applied(house, many(40), 8)
    assert house.error is None
    assert len(house.table.of("fake.doors")) == 41
    assert house.plan(*many(40)).idle


# ---- what is due


def ended_with(do: Callable[[], None]) -> BaseException | None:
    try:
        do()
    except ServiceError as error:
        return error
    return None


def published(dues: Dues, one: Step, error: Exception | None = None) -> None:
    with dues.of(one):
        if error is not None:
            raise error


@pytest.mark.parametrize(
    ("outcomes", "due"),
    [
        ([ServiceError("refused")], False),
        ([None, ServiceError("refused")], True),
        ([ServiceError("refused"), None], True),
        ([UnknownOutcomeError("lost")], True),
        ([UnknownOutcomeError("lost"), ServiceError("refused")], True),
        ([ServiceError("refused"), ServiceError("refused")], False),
    ],
)
def test_a_revision_stays_due_as_long_as_anything_may_have_been_done(
    outcomes: list[Exception | None], due: bool
) -> None:
    journal = Journal(State(LINEAGE), [])
    dues = Dues(journal)
    for number, outcome in enumerate(outcomes):
        ended_with(lambda: published(dues, step(number, published=True), outcome))  # noqa: B023
    assert journal.state.uncommitted is due


def test_what_was_due_before_this_run_is_due_until_it_is_paid() -> None:
    journal = Journal(State(LINEAGE, uncommitted=True), [])
    dues = Dues(journal)
    ended_with(lambda: published(dues, step(1, published=True), ServiceError("refused")))
    assert journal.state.uncommitted
    dues.paid()
    assert journal.entries[-1] == CommitDue(False)


def test_a_refusal_beside_one_that_is_still_in_flight_forgives_nothing() -> None:
    journal = Journal(State(LINEAGE), [])
    dues = Dues(journal)
    with dues.of(step(1, published=True)):
        ended_with(lambda: published(dues, step(2, published=True), ServiceError("refused")))
        assert journal.state.uncommitted
    assert journal.state.uncommitted
