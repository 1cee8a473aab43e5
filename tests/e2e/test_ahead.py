"""Lists are asked for while the file is still being checked: sooner, and no differently."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from pingconf.kinds.pingone_group import PingOneGroup
from pingconf.operations import session
from pingconf.sandbox.http import Request, json_response
from tests.e2e.hands import CONNECTION, GROUP, RULE
from tests.e2e.makers import Call, Json, Stage, Wire

PATIENT = 20.0
"""Seconds after which a test gives up; nothing waits for so long where all is well."""


@pytest.fixture(autouse=True)
def several_at_once(quick_and_quiet: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As a user has it; what was begun and is not needed ends before the next story."""
    monkeypatch.setattr(session, "AT_ONCE", 8)
    yield
    for thread in threading.enumerate():
        if thread.name == "pingconf: errand":
            thread.join(PATIENT)


def is_of_groups(request: Request) -> bool:
    return request.path.endswith("/groups")


def told(calls: list[Call]) -> list[str]:
    return sorted(f"{call.method} {call.path}" for call in calls)


@pytest.mark.parametrize("command", [("plan",), ("drift",), ("graph",)])
def test_the_groups_are_listed_before_the_last_resource_is_checked(
    command: tuple[str, ...], applied: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    came = threading.Event()
    applied.wire.on_read = lambda request: came.set() if is_of_groups(request) else None
    asked: list[bool] = []
    review = PingOneGroup.review

    def waiting(*arguments: Any) -> Any:
        asked.append(came.wait(PATIENT))
        return review(*arguments)

    monkeypatch.setattr(PingOneGroup, "review", waiting)
    applied.run(*command)
    assert asked
    assert all(asked)


@pytest.mark.parametrize("command", ["plan", "drift"])
@pytest.mark.parametrize(
    "edited",
    [
        {},
        {f"{GROUP}.description": "Another"},
        {RULE: None},
        {"pingone.users": {"ada": {"email": "ada@example.com"}}},
    ],
)
def test_it_is_no_other_plan_and_takes_no_other_requests(
    command: str, edited: Json, applied: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path, value in edited.items():
        applied.edit(path, value)
    ahead = applied.run(command, "--json")
    asked_ahead = told(applied.wire.calls)
    monkeypatch.setattr(session, "AT_ONCE", 1)
    in_a_row = applied.run(command, "--json")
    assert ahead == in_a_row
    assert asked_ahead == told(applied.wire.calls)


def test_of_people_nobody_is_asked_for_but_whom_the_file_names(applied: Stage) -> None:
    """There may be a hundred thousand."""
    applied.edit("pingone.users", {"ada": {"email": "ada@example.com"}})
    asked: list[Request] = []
    applied.wire.on_read = lambda request: asked.append(request) if request.path.endswith("/users") else None
    applied.run("plan")
    assert asked
    assert all("filter" in request.query for request in asked)


def test_a_fault_of_a_resource_is_told_as_without(applied: Stage) -> None:
    """What was asked for is of no use then; it was nothing but looks."""
    applied.edit(f"{GROUP}.membership_filter", "no filter")
    expected = applied.run("validate", expect=1)
    assert applied.wire.calls == []
    assert applied.run("plan", expect=1).err == expected.err
    assert applied.wire.writes == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("version", 2),
        ("nonsense", "x"),
        ("pingone.nonsense", "x"),
        ("pingone.api_url", "http://api.pingone.eu/v1"),
        ("infisical.token", "literal"),
        ("guardrails.max_removals", "many"),
        ("moved", [{"from": "pingone.groups.a", "to": "pingone.groups.b"}]),
        ("state", "ftp://somewhere"),
    ],
)
def test_nothing_is_sent_where_anything_but_a_resource_is_wrong(
    path: str, value: Any, applied: Stage
) -> None:
    applied.edit(path, value)
    applied.run("plan", expect=1)
    assert applied.wire.calls == []


@pytest.mark.parametrize("command", [("apply", "--auto-approve"), ("verify",), ("status",)])
def test_whoever_does_more_than_to_look_for_a_plan_waits_for_the_whole_file(
    command: tuple[str, ...], applied: Stage
) -> None:
    """What is listed before the lock is held may be older than the state."""
    applied.edit(f"{CONNECTION}.nonsense", "x")
    applied.run(*command, expect=1)
    assert applied.wire.calls == []


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_list_that_fails_is_told_once_and_not_asked_for_again(
    status: int, applied: Stage, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = json_response(status, {"code": "REFUSED", "message": "Not now."})
    wire.on_read = lambda request: refusal if is_of_groups(request) else None
    ahead = applied.run("plan", expect=None)
    asked_ahead = [one for one in told(wire.calls) if "/groups" in one]
    monkeypatch.setattr(session, "AT_ONCE", 1)
    in_a_row = applied.run("plan", expect=None)
    assert ahead == in_a_row
    assert ahead.code not in (0, 70)
    assert asked_ahead == [one for one in told(wire.calls) if "/groups" in one]
