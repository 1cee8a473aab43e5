"""Part of a plan: what is asked for comes with what it cannot be without, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pingconf.engine.selection import Selection
from pingconf.model.address import Address
from pingconf.model.errors import UsageError
from pingconf.model.plan import Action, Plan, Verb
from tests.engine import (
    CONNECTION,
    DIRECTORY,
    GROUP,
    NOW,
    PLAN,
    REVISION,
    RULE,
    SCIM,
    TOKEN,
    USER,
    Scene,
    actions,
    connection,
    empty_scene,
    group,
    keys,
    rule,
    settled_scene,
    token,
)


def only(*targets: Address, **more: Any) -> Selection:
    return Selection(frozenset(targets), **more)


def all_but(*excluded: Address) -> Selection:
    return Selection(excluded=frozenset(excluded))


def changed() -> Scene:
    """The file says something new of a connection, a group and a rule."""
    scene = settled_scene().want(connection(description="new")).want(group(description="new"))
    return scene.want(rule(groups=("engineering",), user_filter="all"))


def done(plan: Plan) -> set[Address]:
    return set(actions(plan)) - {REVISION}


def test_a_target_is_done_alone() -> None:
    plan = changed().plan(selection=only(GROUP))
    assert actions(plan) == {GROUP: Action.UPDATE, REVISION: Action.COMMIT}
    assert plan.left_out == (TOKEN, CONNECTION, RULE)


def test_a_target_brings_what_it_is_built_on() -> None:
    plan = empty_scene().plan(selection=only(RULE))
    assert done(plan) == {SCIM, TOKEN, DIRECTORY, CONNECTION, GROUP, PLAN, RULE}
    plan = empty_scene().plan(selection=only(CONNECTION))
    assert done(plan) == {SCIM, TOKEN, CONNECTION}
    assert set(plan.left_out) == {DIRECTORY, USER, GROUP, PLAN, RULE}


def test_a_token_brings_whoever_holds_it() -> None:
    plan = changed().plan(selection=only(TOKEN), replace={TOKEN: "asked for"})
    assert actions(plan) == {TOKEN: Action.REPLACE, CONNECTION: Action.UPDATE, REVISION: Action.COMMIT}
    assert plan.left_out == (GROUP, RULE)


def test_a_removal_brings_whoever_holds_on_to_it() -> None:
    """A rule's connection cannot go before the rule does."""
    plan = settled_scene().drop(CONNECTION).drop(RULE).plan(selection=only(CONNECTION))
    assert {CONNECTION, RULE} <= done(plan)


def test_what_is_left_out_is_not_touched() -> None:
    plan = changed().plan(selection=all_but(CONNECTION))
    assert actions(plan) == {GROUP: Action.UPDATE, RULE: Action.UPDATE, REVISION: Action.COMMIT}
    assert plan.left_out == (TOKEN, CONNECTION), "the token was wanted by the connection alone"
    assert not any(step.address == TOKEN for step in plan.steps)


def test_what_is_built_on_something_left_out_waits_for_it() -> None:
    plan = empty_scene().plan(selection=all_but(CONNECTION))
    assert done(plan) == {SCIM, TOKEN, DIRECTORY, USER, GROUP, PLAN}
    assert set(plan.left_out) == {CONNECTION, RULE}


def test_what_is_held_by_something_left_out_stays() -> None:
    plan = settled_scene().drop(CONNECTION).drop(RULE).drop(TOKEN).plan(selection=all_but(RULE))
    assert done(plan) == set()
    assert set(plan.left_out) == {TOKEN, CONNECTION, RULE}


def test_an_orphan_of_something_left_out_is_not_revoked() -> None:
    scene = settled_scene()
    scene.recorded[TOKEN] = replace(scene.recorded[TOKEN], deposed=("old",))
    assert keys(scene.plan()) == [f"revoke {TOKEN}"]
    plan = scene.plan(selection=all_but(TOKEN))
    assert (plan.steps, plan.idle) == ((), True)


def test_what_was_left_unpublished_is_published_whatever_is_asked_for() -> None:
    scene = settled_scene()
    scene.uncommitted = True
    assert [step.verb for step in scene.plan(selection=only(SCIM)).steps] == [Verb.COMMIT]


def test_only_what_is_due_is_rotated() -> None:
    young = settled_scene().plan(selection=only(TOKEN, only_due=True))
    assert young.idle
    scene = settled_scene().want(group(description="new"))
    old = scene.plan(selection=only(TOKEN, only_due=True), now=NOW + timedelta(days=340))
    assert actions(old) == {TOKEN: Action.REPLACE, CONNECTION: Action.UPDATE, REVISION: Action.COMMIT}
    assert old.left_out == (GROUP,)


def test_a_changed_token_is_not_due() -> None:
    plan = settled_scene().want(token(ttl_days=300)).plan(selection=only(TOKEN, only_due=True))
    assert plan.idle
    assert plan.left_out == (TOKEN, CONNECTION)


@pytest.mark.parametrize("selection", [only(Address("pingone.rules", "x")), all_but(REVISION)])
def test_an_address_that_nothing_has(selection: Selection) -> None:
    with pytest.raises(UsageError, match="Neither the file nor the state has pingone"):
        settled_scene().plan(selection=selection)


def test_a_fault_of_something_left_out_does_not_matter() -> None:
    scene = settled_scene().want(connection(user_identifier="userName")).want(group(description="new"))
    assert actions(scene.plan(selection=all_but(CONNECTION)))[GROUP] is Action.UPDATE
