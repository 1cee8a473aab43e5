"""What a plan refuses: to destroy what is protected, to believe that all is gone, to take people's access."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from pingconf.model.address import Address
from pingconf.model.errors import GuardrailError, UsageError
from pingconf.model.plan import Action, Verb
from pingconf.model.resource import Desired
from tests.engine import (
    CONNECTION,
    DIRECTORY,
    GROUP,
    PLAN,
    RULE,
    SCIM,
    TOKEN,
    USER,
    Scene,
    actions,
    connection,
    differences,
    group,
    keys,
    rule,
    settled_scene,
    step,
    token,
    whole_setup,
)


def protect(scene: Scene, *addresses: Address) -> Scene:
    """They are written down as protected."""
    for address in addresses:
        scene.recorded[address] = replace(scene.recorded[address], protected=True)
    return scene


def protecting(desired: Desired, protected: bool = True) -> Desired:
    return replace(desired, protected=protected)


# ---- prevent_destroy


def test_what_is_protected_is_not_destroyed() -> None:
    scene = protect(settled_scene(), RULE).drop(RULE)
    with pytest.raises(GuardrailError) as caught:
        scene.plan()
    assert caught.value.exit_code == 5
    assert caught.value.headline == f"{RULE} would be destroyed, and prevent_destroy protects it"
    assert "leaving the lines out of the file does not lift it" in caught.value.details[0]
    assert f"pingconf state rm {RULE}" in caught.value.details[1]


def test_all_that_would_be_lost_is_named() -> None:
    scene = protect(settled_scene(), RULE, GROUP)
    scene.desired = {}
    with pytest.raises(GuardrailError, match=f"{GROUP}, {RULE} would be destroyed.* protects them"):
        scene.plan()


def test_the_file_protects_from_now_on() -> None:
    """Also from the very plan that would write it down: a rule moves to another connection."""
    scene = settled_scene(*whole_setup(), connection("second"))
    wanted = rule("employees", "second", ("engineering",))
    assert actions(scene.want(wanted).plan())[RULE] is Action.REPLACE
    with pytest.raises(GuardrailError):
        scene.want(protecting(wanted)).plan()


def test_only_the_word_false_lifts_it() -> None:
    scene = protect(settled_scene(), RULE)
    assert scene.plan().idle, "nothing is said of it any more"
    scene.want(protecting(rule(groups=("engineering",)), False))
    plan = scene.plan()
    assert differences(plan, RULE) == {"lifecycle.prevent_destroy": (True, False)}
    assert keys(plan) == [f"record {RULE}"], "no service hears of it, and nothing is published"
    assert step(plan, f"record {RULE}").verb is Verb.RECORD


def test_a_token_may_be_rotated_though_it_is_protected() -> None:
    plan = protect(settled_scene(), TOKEN).plan(replace={TOKEN: "asked for"})
    assert actions(plan)[TOKEN] is Action.REPLACE
    with pytest.raises(GuardrailError):
        protect(settled_scene(), TOKEN).drop(TOKEN).drop(CONNECTION).drop(RULE).plan()


def test_what_is_gone_already_is_not_protected() -> None:
    scene = protect(settled_scene(), GROUP).drop(GROUP).lose(GROUP)
    scene.want(rule(groups=()))
    assert actions(scene.plan())[GROUP] is Action.FORGET


# ---- all is gone

AT_PINGONE: Final = (DIRECTORY, CONNECTION, USER, GROUP, PLAN, RULE)


def lost(*addresses: Address) -> Scene:
    scene = settled_scene()
    for address in addresses:
        scene.lose(address)
    return scene


def test_that_everything_is_gone_is_not_believed() -> None:
    scene = lost(*AT_PINGONE)
    with pytest.raises(GuardrailError) as caught:
        scene.plan()
    assert caught.value.exit_code == 5
    assert str(RULE) in caught.value.headline
    assert caught.value.details[-1].endswith("--recreate-all")
    assert actions(scene.plan(recreate_all=True))[RULE] is Action.CREATE


def test_nor_is_it_forgotten() -> None:
    scene = lost(*AT_PINGONE)
    scene.desired = {}
    with pytest.raises(GuardrailError):
        scene.plan()


def test_the_other_service_does_not_vouch_for_this_one() -> None:
    with pytest.raises(GuardrailError):
        lost(SCIM, TOKEN).plan()


def test_one_that_is_still_there_shows_that_it_is_the_right_place() -> None:
    assert actions(lost(*AT_PINGONE[1:]).plan())[RULE] is Action.CREATE


def test_one_alone_may_be_gone() -> None:
    scene = Scene({GROUP: group()})
    scene.recorded[GROUP] = settled_scene().recorded[GROUP]
    assert actions(scene.plan())[GROUP] is Action.CREATE


def test_what_nobody_may_look_at_is_not_gone() -> None:
    scene = settled_scene()
    scene.unread = {SCIM.section, TOKEN.section}
    assert scene.plan().idle


# ---- replacements


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (CONNECTION, "a new connection in its place would take access away from people"),
        (GROUP, "a new group in its place would take access away from people"),
        (SCIM, "pingconf does not make a SCIM switch"),
        (PLAN, "pingconf does not make a propagation plan"),
        (Address("pingone.rules", "x"), "the file has no such resource"),
    ],
)
def test_what_cannot_be_replaced(address: Address, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        settled_scene().plan(replace={address: "asked for"})
    assert said in caught.value.headline


def test_a_rule_may_be_replaced_and_nobody_loses_access_in_between() -> None:
    plan = settled_scene().plan(replace={RULE: "asked for"})
    assert keys(plan) == [f"delete {RULE}", f"create {RULE}", f"update {RULE}", "commit pingone.revision"]


def test_what_is_not_there_yet_is_made_as_ever() -> None:
    scene = settled_scene().want(token("second"))
    second = Address("infisical.scim_tokens", "second")
    assert actions(scene.plan(replace={second: "asked for"}))[second] is Action.CREATE
