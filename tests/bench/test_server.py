"""The services of the benchmark: they count, they delay, they limit, and they stay the services they are."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import requests

from pingconf.backends.local import LocalBackend
from pingconf.model.resource import Recorded
from tests.bench.counting import line
from tests.bench.generator import Shape
from tests.bench.limits import Window
from tests.bench.stage import Stage, staged
from tests.e2e.makers import Json


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path / "work") as stage:
        yield stage


def token(stage: Stage) -> str:
    given = stage.given
    address = f"{given['PINGONE_AUTH_URL']}/{given['PINGONE_ENVIRONMENT_ID']}/as/token"
    basic = (given["PINGONE_CLIENT_ID"], given["PINGONE_CLIENT_SECRET"])
    answer = requests.post(address, {"grant_type": "client_credentials"}, auth=basic, timeout=10)
    return str(answer.json()["access_token"])


def groups(stage: Stage, bearer: str, body: Json | None = None) -> requests.Response:
    address = f"{stage.given['PINGONE_API_URL']}/environments/{stage.given['PINGONE_ENVIRONMENT_ID']}/groups"
    method, headers = "POST" if body else "GET", {"Authorization": f"Bearer {bearer}"}
    return requests.request(method, address, json=body, headers=headers, timeout=10)


def names(answer: requests.Response) -> list[str]:
    return [group["name"] for group in answer.json()["_embedded"]["groups"]]


def test_every_request_is_counted_with_its_answer(stage: Stage) -> None:
    bearer = token(stage)
    groups(stage, bearer)
    groups(stage, "somebody's")
    calls = stage.calls()
    told = [(line(call), call.status) for call in calls]
    assert told == [("POST /*/as/token", 200), ("GET /groups", 200), ("GET /groups", 401)]
    assert all(before.left <= after.came for before, after in pairwise(calls))
    stage.settle()
    assert stage.calls() == []


def test_what_was_read_is_kept_until_the_next_write(stage: Stage) -> None:
    bearer = token(stage)
    assert names(groups(stage, bearer)) == []
    assert groups(stage, bearer, {"name": "New"}).status_code == 201
    first, second = groups(stage, bearer), groups(stage, bearer)
    assert names(first) == names(second) == ["New"]
    assert first.headers["Correlation-Id"] == second.headers["Correlation-Id"], (
        "the second was worked out anew"
    )


def test_each_request_takes_the_latency_and_all_of_them_at_once(stage: Stage) -> None:
    bearer = token(stage)
    stage.settle(latency=0.5)
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: groups(stage, bearer), range(8)))
    assert 0.5 <= time.monotonic() - began < 8 * 0.5
    assert all(call.left - call.came >= 0.5 for call in stage.calls())


@pytest.mark.parametrize("announced", [True, False])
def test_too_many_requests_are_refused(stage: Stage, announced: bool) -> None:
    bearer = token(stage)
    stage.settle(limit={"quota": 2, "seconds": 60, "announced": announced})
    answers = [groups(stage, bearer) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 58 <= int(answers[2].headers["Retry-After"]) <= 60
    assert answers[2].json()["code"] == "REQUEST_LIMITED"
    left = [answer.headers.get("x-ratelimit-remaining") for answer in answers]
    assert left == (["1", "0", "0"] if announced else [None] * 3)
    assert [call.retry_after > 0 for call in stage.calls()] == [False, False, True]


def test_a_window_ends_and_the_next_one_opens_with_a_request() -> None:
    window = Window(quota=2, seconds=10, announced=False)
    passed = [window.rule(now).passes for now in (100, 109, 109.5, 110, 119, 119.9, 125)]
    assert passed == [True, True, False, True, True, False, True]
    assert window.rule(126).passes
    assert window.rule(134.2).headers == {"Retry-After": "1"}


def recorded(stage: Stage) -> dict[str, Recorded]:
    """What the state holds of the groups, but for their ids."""
    state = LocalBackend(stage.folder / ".pingconf" / "state.json").read()
    assert state is not None
    return {
        address.key: replace(one, id="")
        for address, one in state.resources.items()
        if address.section == "pingone.groups"
    }


def test_what_is_put_into_a_world_is_as_if_it_had_been_applied(stage: Stage, tmp_path: Path) -> None:
    stage.write(Shape(3))
    stage.apply()()
    with staged(tmp_path / "seeded") as seeded:
        seeded.settle_in(Shape(3))
        seeded.plan()()
        assert recorded(seeded) == recorded(stage)
        assert sorted(seeded.names()) == sorted(stage.names())


def test_a_configuration_may_be_split_into_files(tmp_path: Path) -> None:
    with staged(tmp_path / "split", per_file=2) as stage:
        stage.settle_in(Shape(5))
        assert len(list(stage.folder.glob("*.yaml"))) == 3
        stage.plan()()
        stage.write(Shape(4, changed=3))
        stage.pingconf("plan", says="0 to add, 3 to change, 1 to destroy")()
