"""How many requests the real command line sends: exact, however much there is to plan.

The goals are those of the benchmark's part `calls`, which counts 10,000 groups, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.bench.counting import FIXED, first_writes, line, repeated, writes
from tests.bench.generator import Shape
from tests.bench.server import Call
from tests.bench.stage import Stage, staged

PER_FILE: Final = 500
Planned = Callable[[Shape], list[Call]]


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    """What a plan with nothing to do sends; each shape is planned once."""

    @cache
    def plan(shape: Shape) -> list[Call]:
        with staged(tmp_path_factory.mktemp("planned") / "work", PER_FILE) as stage:
            stage.settle_in(shape)
            stage.settle()
            stage.plan()()
            return stage.calls()

    return plan


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path / "work", PER_FILE) as stage:
        yield stage


def test_the_fixed_part_of_a_plan_is_small(planned: Planned) -> None:
    calls = planned(Shape(1))
    assert len(calls) - 1 <= FIXED, [line(call) for call in calls]
    assert {call.status for call in calls} == {200}


def test_a_plan_sends_nothing_but_gets_and_asks_for_one_token(planned: Planned) -> None:
    calls = planned(Shape(1))
    assert [line(call) for call in calls if call.method != "GET"] == ["POST /*/as/token"]


def test_a_thousand_groups_take_as_many_calls_as_one(planned: Planned) -> None:
    assert len(planned(Shape(1000))) == len(planned(Shape(1)))


def test_each_further_page_of_groups_is_one_call_more(planned: Planned) -> None:
    assert len(planned(Shape(3000))) == len(planned(Shape(1))) + 2


def test_each_rule_is_one_call_more(planned: Planned) -> None:
    assert len(planned(Shape(1, rules=3))) == len(planned(Shape(1))) + 2


@pytest.mark.parametrize("shape", [Shape(1), Shape(1, rules=3), Shape(1000)])
def test_nothing_is_read_twice(planned: Planned, shape: Shape) -> None:
    assert repeated(planned(shape)) == []


def test_a_first_apply_writes_what_it_must_and_nothing_else(stage: Stage) -> None:
    shape = Shape(20, rules=2)
    stage.write(shape)
    stage.apply()()
    assert writes(stage.calls()) == first_writes(shape)
    stage.settle()
    stage.plan()()
    assert not writes(stage.calls())


def test_what_needs_no_service_asks_none(stage: Stage) -> None:
    stage.write(Shape(3))
    stage.pingconf("plan", "--out", "saved.plan", says="to add")()
    stage.settle()
    stage.pingconf("show", "saved.plan", says="to add")()
    stage.pingconf("validate", says="valid")()
    stage.pingconf("--help", says="apply")()
    assert stage.calls() == []
