"""`destroy --deprovision`: everybody who came by a rule loses access, and only then the rest goes."""

from __future__ import annotations

import sys
from typing import Any, Final

import pytest

from pingconf.sandbox import World
from pingconf.sandbox.switches import Switches
from tests.e2e.hands import CONNECTION, store
from tests.e2e.makers import Stage
from tests.e2e.witness import PEOPLE, never_on_a_dead_token, our_tokens, with_access

IN_ORDER: Final = [
    "DELETE /propagation/rules/*",
    "DELETE /groups/*",
    "POST /propagation/revisions",
    "DELETE /propagation/stores/*",
    "POST /propagation/revisions",
    "DELETE /api/v1/scim/scim-tokens/*",
    "PATCH /api/v1/organization/*",
]


DEPROVISION: Final = ("destroy", "--deprovision", "--auto-approve", "--allow-removals", str(PEOPLE))


def end(stage: Stage, expect: int | None = 0) -> Any:
    return stage.run(*DEPROVISION, expect=expect)


def nothing_is_left(world: World) -> None:
    assert our_tokens(world) == []
    assert world.rules == {}
    assert not any(row["type"] == "scim" for row in world.stores.values())
    assert world.published_on_revoked_token() == ()


def test_people_lose_access_and_the_token_goes_last(applied: Stage) -> None:
    assert len(with_access(applied.world)) == PEOPLE
    applied.wire.after_write = never_on_a_dead_token
    end(applied)
    assert applied.wire.lines == IN_ORDER
    assert with_access(applied.world) == frozenset()
    nothing_is_left(applied.world)


def test_without_it_everybody_stays(applied: Stage) -> None:
    applied.run("destroy", "--auto-approve")
    assert len(with_access(applied.world)) == PEOPLE
    nothing_is_left(applied.world)


def test_it_is_told_in_the_plan(applied: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    monkeypatch.setattr(sys, "stdin", io.StringIO("no\n"))
    ran = applied.run("destroy", "--deprovision", "--allow-removals", str(PEOPLE), expect=1)
    assert "everybody it brought loses access at Infisical" in ran.out
    assert applied.wire.writes == []


def test_it_is_waited_for(applied: Stage) -> None:
    """The connection stays for as long as PingOne is at work through it."""
    applied.world.switches = Switches(sync_takes=5)
    end(applied)
    lines = [call.line for call in applied.wire.calls]
    since = lines.index("POST /propagation/revisions")
    assert lines[since:].count("GET /propagation/stores/*") >= 6
    nothing_is_left(applied.world)


def test_it_is_not_waited_for_for_ever(applied: Stage) -> None:
    applied.world.switches = Switches(sync_takes=10_000)
    ran = end(applied, expect=7)
    assert f"{CONNECTION} still takes people's access away after 15 minutes" in ran.err
    assert len(our_tokens(applied.world)) == 1, "its token outlives what needs it"
    assert store(applied.world)["status"] == "ACTIVE"
    applied.world.syncing.clear()
    applied.world.switches = Switches()
    end(applied)
    nothing_is_left(applied.world)


def test_whoever_could_not_be_reached_is_told_and_the_connection_kept(applied: Stage) -> None:
    revision = "POST /propagation/revisions"

    def fail(world: World) -> None:
        if applied.wire.lines[-1] == revision:
            store(world)["syncStatus"] |= {"failedDeprovisionCount": 2, "details": "HTTP 500"}

    applied.wire.after_write = fail
    ran = end(applied, expect=7)
    assert "PingOne could not take the access of 2 people away" in ran.err
    assert "It says: HTTP 500" in ran.err
    assert len(our_tokens(applied.world)) == 1


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda row: row.update(managed=False), "deprovision_on_rule_deletion"),
        (lambda row: row.update(status="INACTIVE"), "enabled"),
        (lambda row: row["configuration"].update(DISABLE_USERS=False), "disable_users"),
    ],
)
def test_a_connection_that_can_take_nobody_along(applied: Stage, act: Any, said: str) -> None:
    act(store(applied.world))
    ran = end(applied, expect=1)
    assert f"Nobody's access can be taken away through {CONNECTION}" in ran.err
    assert f"It has {said}: false at PingOne" in ran.err
    assert applied.wire.writes == []


@pytest.mark.parametrize("mishap", ["refused", "lost", "down"])
def test_it_goes_on_wherever_it_stopped(applied: Stage, mishap: Any) -> None:
    moment, good = applied.remember(), 0
    for number in range(1, len(IN_ORDER) + 1):
        applied.return_to(moment)
        applied.wire.after_write = never_on_a_dead_token
        applied.wire.break_write(number, mishap)
        end(applied, expect=None)
        assert applied.wire.mend()
        end(applied)
        nothing_is_left(applied.world)
        assert with_access(applied.world) == frozenset()
        good += 1
    sys.stdout.write(f"deprovision, {mishap}: went on after {good} of {len(IN_ORDER)} writes\n")
    assert good == len(IN_ORDER)
