"""Renamed keys: what is recorded goes along, and no service hears of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from pingconf.model.address import Address
from pingconf.model.errors import ConfigurationError
from pingconf.model.plan import Action
from pingconf.model.resource import Move
from pingconf.model.state import Intent, Moved
from tests.engine import (
    CONNECTION,
    GROUP,
    PLACE,
    RULE,
    TOKEN,
    Scene,
    actions,
    connection,
    group,
    rule,
    settled_scene,
    token,
)

STAFF: Final = Address("pingone.rules", "staff")
MAIN: Final = Address("infisical.scim_tokens", "main")


def renamed(before: Address, after: Address) -> Move:
    return Move(before, after, PLACE)


def rule_renamed() -> Scene:
    """The rule has another key in the file, and its old name."""
    return settled_scene().drop(RULE).want(rule("staff", groups=("engineering",), name="employees"))


def test_a_renamed_key_changes_nothing() -> None:
    plan = rule_renamed().plan(moves=(renamed(RULE, STAFF),))
    assert (plan.changes, plan.steps, plan.drift) == ((), (), ())
    assert plan.learnt == (Moved(RULE, STAFF),)
    assert not plan.idle, "it is still to be written down"


def test_without_it_the_name_is_taken() -> None:
    with pytest.raises(ConfigurationError) as caught:
        rule_renamed().plan()
    (fault,) = caught.value.faults
    assert "it is pingone.rules.employees, and not pingone.rules.staff" in fault.headline
    assert fault.details[0] == f"If the key was renamed: moved: [{{from: {RULE}, to: {STAFF}}}]"


def test_a_move_that_was_made_before_is_no_more() -> None:
    scene = rule_renamed()
    scene.recorded[STAFF] = scene.recorded.pop(RULE)
    scene.observed[STAFF] = scene.observed.pop(RULE)
    assert scene.plan(moves=(renamed(RULE, STAFF),)).idle
    assert settled_scene().plan(moves=(renamed(Address("pingone.rules", "x"), RULE),)).idle


def test_whoever_depends_on_it_follows() -> None:
    """A token of another key: its connection is neither written again nor left behind."""
    scene = (
        settled_scene().drop(TOKEN).want(token("main", description="pingone")).want(connection(token="main"))
    )
    scene.recorded[CONNECTION] = replace(
        scene.recorded[CONNECTION], bindings={"auth.token": scene.recorded[TOKEN].id}
    )
    plan = scene.plan(moves=(renamed(TOKEN, MAIN),))
    assert (plan.changes, plan.steps) == ((), ())
    scene.drop(MAIN).drop(CONNECTION).drop(RULE)
    removed = scene.plan(moves=(renamed(TOKEN, MAIN),))
    assert removed.steps[-1].address == MAIN, "it still goes last"


def test_both_cannot_be_there() -> None:
    scene = settled_scene().want(group("second"))
    second = Address("pingone.groups", "second")
    scene.recorded[second] = replace(scene.recorded[GROUP], id="g-2")
    with pytest.raises(ConfigurationError) as caught:
        scene.plan(moves=(renamed(GROUP, second),))
    (fault,) = caught.value.faults
    assert (fault.headline, fault.place) == (f"{GROUP} cannot move to {second}: both are in the state", PLACE)
    assert f"pingconf state rm {second}" in fault.details[0]


def test_what_was_begun_under_the_old_key_is_known_under_the_new_one() -> None:
    scene = rule_renamed()
    del scene.recorded[RULE]
    scene.pending[RULE] = Intent("n1", "employees")
    plan = scene.plan(moves=(renamed(RULE, STAFF),))
    assert actions(plan)[STAFF] is Action.ADOPT
