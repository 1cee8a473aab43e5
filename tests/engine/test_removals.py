"""Removals: nobody loses access because a connection, a token or everything goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pingconf.model.errors import ConfigurationError, GuardrailError, UsageError
from pingconf.model.plan import Action, Plan, Verb
from pingconf.model.state import Intent
from pingconf.model.values import Reference
from tests.engine import (
    CONNECTION,
    GROUP,
    REVISION,
    RULE,
    TOKEN,
    USER,
    Scene,
    actions,
    connection,
    group,
    keys,
    observed,
    reasons,
    recorded,
    settled_scene,
    step,
    whole_setup,
)
from tests.engine.test_planner import verbs


def removed() -> Scene:
    return settled_scene().drop(CONNECTION).drop(RULE)


def test_a_connection_is_released_and_that_published_before_it_goes() -> None:
    plan = removed().plan()
    assert keys(plan)[-6:] == [
        f"delete {RULE}",
        f"release {CONNECTION}",
        f"commit {REVISION}",
        f"delete {CONNECTION}",
        f"commit {REVISION} (2)",
        f"revoke {TOKEN}",
    ]
    assert reasons(plan)[REVISION].startswith("publishes before and after")
    assert reasons(plan)[TOKEN] == f"its secret is needed to write {CONNECTION}"


def test_it_is_released_with_a_last_token_where_that_goes_too() -> None:
    plan = removed().drop(TOKEN).plan()
    assert verbs(plan, TOKEN) == [Verb.CREATE, Verb.REVOKE, Verb.DELETE]
    assert reasons(plan)[TOKEN] == (
        f"not in the file any more; a last one is made first, as its secret is needed to write {CONNECTION}"
    )
    released = step(plan, f"release {CONNECTION}").desired
    assert released is not None
    assert str(released.attributes["auth"]["token"]) == "pingone"


@pytest.mark.parametrize(("written", "living"), [(True, False), (False, True), (True, True)])
def test_whoever_says_that_it_would_harm_is_believed(written: bool, living: bool) -> None:
    flag = "deprovision_on_rule_deletion"
    scene = removed().show(CONNECTION, **{flag: living})
    before = scene.recorded[CONNECTION]
    scene.recorded[CONNECTION] = replace(before, attributes={**before.attributes, flag: written})
    assert Verb.RELEASE in verbs(scene.plan(), CONNECTION)


def test_a_harmless_connection_just_goes() -> None:
    harmless = connection(deprovision_on_rule_deletion=False)
    scene = settled_scene(*(one for one in whole_setup() if one.address != CONNECTION), harmless)
    plan = scene.drop(CONNECTION).drop(RULE).plan()
    assert keys(plan) == [f"delete {RULE}", f"delete {CONNECTION}", f"commit {REVISION}"]


def test_a_connection_whose_token_nobody_knows_is_not_removed() -> None:
    scene = removed().drop(TOKEN)
    scene.recorded[CONNECTION] = replace(scene.recorded[CONNECTION], bindings={}, depends_on=())
    with pytest.raises(ConfigurationError) as caught:
        scene.plan()
    assert "cannot be removed without acting on people" in caught.value.headline


def test_everything_goes_but_what_others_may_need() -> None:
    scene = settled_scene()
    scene.desired = {}
    plan = scene.plan()
    assert {str(address): action for address, action in actions(plan).items()} == {
        "infisical.scim": Action.DELETE,
        str(TOKEN): Action.DELETE,
        "pingone.directory": Action.FORGET,
        str(CONNECTION): Action.DELETE,
        str(USER): Action.FORGET,
        str(GROUP): Action.DELETE,
        "pingone.plan": Action.FORGET,
        str(RULE): Action.DELETE,
        str(REVISION): Action.COMMIT,
    }


def left_by_a_user(**request: Any) -> Plan:
    return settled_scene().drop(USER).plan(**request)


def test_a_user_who_leaves_the_file_is_disabled_and_forgotten() -> None:
    plan = left_by_a_user()
    assert actions(plan) == {USER: Action.FORGET, REVISION: Action.COMMIT}
    assert keys(plan) == [f"release {USER}", f"forget {USER}", f"commit {REVISION}"]
    assert reasons(plan)[USER] == (
        "not in the file any more; the account is disabled and stays, as users are deleted with"
        " --delete-users only"
    )


def test_a_user_who_is_disabled_already_is_only_forgotten() -> None:
    plan = settled_scene().drop(USER).show(USER, enabled=False).plan()
    assert keys(plan) == [f"forget {USER}"]


def test_a_user_is_deleted_where_that_is_asked_for() -> None:
    plan = left_by_a_user(unsparing=True)
    assert actions(plan) == {USER: Action.DELETE, REVISION: Action.COMMIT}
    assert keys(plan) == [f"delete {USER}", f"commit {REVISION}"]


@pytest.mark.parametrize("unsparing", [False, True])
def test_a_protected_user_is_neither_disabled_nor_deleted(unsparing: bool) -> None:
    scene = settled_scene().drop(USER)
    scene.recorded[USER] = replace(scene.recorded[USER], protected=True)
    with pytest.raises(GuardrailError, match="prevent_destroy"):
        scene.plan(unsparing=unsparing)


def test_a_user_whose_making_was_not_recorded_may_be_anothers_and_stays() -> None:
    scene = settled_scene().drop(USER)
    del scene.recorded[USER]
    scene.pending[USER] = Intent("n1", "robin")
    assert keys(scene.plan()) == [f"forget {USER}"]


def test_a_group_lets_go_of_a_user_before_they_are_disabled() -> None:
    scene = settled_scene()
    with_robin = replace(group(members=[Reference(USER)]), depends_on=(USER,))
    scene.recorded[GROUP] = recorded(with_robin)
    scene.observed[GROUP] = observed(with_robin)
    plan = scene.drop(USER).want(group(members=[])).plan()
    order = [key for key in keys(plan) if not key.startswith("commit")]
    assert order == [f"update {GROUP}", f"release {USER}", f"forget {USER}"]


def test_a_user_is_not_made_anew_in_place_of_the_one_there_is() -> None:
    with pytest.raises(UsageError, match="a new user in its place would take access away"):
        settled_scene().plan(replace={USER: "asked for"})
