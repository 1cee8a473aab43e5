"""Whole plans: who wants whose secret, what is released first, what is published, what was not looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from pingconf.engine import planner
from pingconf.model.address import Address
from pingconf.model.errors import ConfigurationError
from pingconf.model.plan import Action, Drift, Plan, Verb
from pingconf.model.state import Intent
from tests.engine import (
    CONNECTION,
    GROUP,
    REVISION,
    RULE,
    SCIM,
    TOKEN,
    USER,
    Scene,
    actions,
    connection,
    differences,
    empty_scene,
    group,
    id_of,
    keys,
    observed,
    reasons,
    rule,
    settled_scene,
    step,
    stray_token,
    token,
    whole_setup,
)

OLD: Final = id_of(TOKEN)
SECOND: Final = Address("infisical.scim_tokens", "second")


def verbs(plan: Plan, address: Address) -> list[Verb]:
    return [one.verb for one in plan.steps if one.address == address]


def test_a_plan_remembers_what_it_was_made_from() -> None:
    plan = settled_scene().plan()
    assert (plan.serial, plan.warnings, plan.complete) == (4, ("mind this",), True)
    assert plan.observed == settled_scene().observed


def test_nothing_to_do_is_nothing_at_all() -> None:
    plan = settled_scene().plan()
    assert (plan.changes, plan.steps, plan.drift, plan.unverified) == ((), (), (), ())


def test_a_first_plan_makes_everything_in_order() -> None:
    plan = empty_scene().plan()
    assert set(actions(plan).values()) == {Action.CREATE, Action.COMMIT}
    assert keys(plan) == [
        f"create {SCIM}",
        f"create {TOKEN}",
        f"test {CONNECTION}",
        "create pingone.directory",
        f"create {CONNECTION}",
        f"create {USER}",
        f"update {USER}",
        f"create {GROUP}",
        "create pingone.plan",
        f"create {RULE}",
        f"update {RULE}",
        f"commit {REVISION}",
    ]


# ---- who wants whose secret

WANTS: Final[dict[str, Callable[[Scene], Any]]] = {
    "a connection changed in the file": lambda scene: scene.want(connection(description="new")),
    "a connection changed by hand": lambda scene: scene.show(CONNECTION, enabled=False),
    "a connection deleted by hand": lambda scene: scene.lose(CONNECTION),
    "a connection bound to a token of before": lambda scene: scene.recorded.update(
        {CONNECTION: replace(scene.recorded[CONNECTION], bindings={"auth.token": "of before"})}
    ),
    "a connection that was never told": lambda scene: scene.recorded.update(
        {CONNECTION: replace(scene.recorded[CONNECTION], bindings={})}
    ),
}


@pytest.mark.parametrize("name", WANTS)
def test_a_change_of_a_connection_forces_its_token(name: str) -> None:
    scene = settled_scene()
    WANTS[name](scene)
    plan = scene.plan()
    assert actions(plan)[TOKEN] is Action.REPLACE
    assert reasons(plan)[TOKEN] == f"its secret is needed to write {CONNECTION}"
    assert (verbs(plan, TOKEN), step(plan, f"revoke {TOKEN}").ids) == ([Verb.CREATE, Verb.REVOKE], (OLD,))
    assert verbs(plan, CONNECTION)[0] is Verb.TEST
    assert differences(plan, CONNECTION)["auth.token"] == (None, None)


def test_a_token_deleted_by_hand_is_made_anew_and_told() -> None:
    plan = settled_scene().lose(TOKEN).plan()
    assert actions(plan) == {TOKEN: Action.CREATE, CONNECTION: Action.UPDATE, REVISION: Action.COMMIT}
    assert reasons(plan)[CONNECTION] == "it gets the new token"
    assert f"revoke {TOKEN}" not in keys(plan)


def test_a_token_is_wanted_by_all_its_connections_at_once() -> None:
    scene = settled_scene(*whole_setup(), connection("two"))
    plan = scene.show(CONNECTION, enabled=False).plan()
    assert actions(plan)[Address("pingone.connections", "two")] is Action.UPDATE
    assert keys(plan).count(f"create {TOKEN}") == 1
    assert keys(plan)[-1] == f"revoke {TOKEN}"


def test_another_token_is_not_touched() -> None:
    scene = settled_scene(*whole_setup(), token("second"))
    assert SECOND not in actions(scene.show(CONNECTION, enabled=False).plan())


def test_a_connection_that_changes_its_token() -> None:
    scene = settled_scene(*whole_setup(), token("second"))
    plan = scene.want(connection(token="second")).plan()
    assert actions(plan) == {SECOND: Action.REPLACE, CONNECTION: Action.UPDATE, REVISION: Action.COMMIT}


def test_a_rule_wants_no_secret() -> None:
    plan = settled_scene().show(RULE, enabled=False).plan()
    assert actions(plan) == {RULE: Action.UPDATE, REVISION: Action.COMMIT}


def test_an_unfinished_connection_is_adopted_and_told() -> None:
    """The run died between the creation of the connection and its record."""
    scene = settled_scene()
    del scene.recorded[CONNECTION]
    scene.pending[CONNECTION] = Intent("n1", "infisical")
    plan = scene.plan()
    assert (actions(plan)[CONNECTION], actions(plan)[TOKEN]) == (Action.UPDATE, Action.REPLACE)
    assert set(verbs(plan, CONNECTION)) == {Verb.ADOPT, Verb.TEST, Verb.UPDATE, Verb.VERIFY}


def test_a_secret_that_cannot_be_made_is_told_and_not_looked_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rounds: list[int] = []
    once = planner._decide_once

    def counted(*args: Any) -> Any:
        rounds.append(1)
        assert len(rounds) < 20, "it goes round and round"
        return once(*args)

    monkeypatch.setattr(planner, "_decide_once", counted)
    scene = settled_scene().drop(CONNECTION).drop(RULE).drop(TOKEN).lose(TOKEN)
    del scene.recorded[TOKEN]
    scene.others["infisical.scim_tokens"] = [stray_token("lost-1")]
    with pytest.raises(ConfigurationError):
        scene.plan()


# ---- orphans, deposed


def test_an_orphan_is_revoked_and_nothing_else_happens() -> None:
    scene = settled_scene()
    scene.others["infisical.scim_tokens"] = [stray_token("lost-1"), stray_token("theirs", lineage="0badc0de")]
    plan = scene.plan()
    assert (actions(plan), keys(plan)) == ({TOKEN: Action.UPDATE}, [f"revoke {TOKEN}"])
    assert plan.steps[0].ids == ("lost-1",)


def test_a_deposed_token_is_revoked_at_last() -> None:
    scene = settled_scene()
    scene.recorded[TOKEN] = replace(scene.recorded[TOKEN], deposed=("old-1",))
    scene.others["infisical.scim_tokens"] = [stray_token("old-1")]
    assert [(one.key, one.ids) for one in scene.plan().steps] == [(f"revoke {TOKEN}", ("old-1",))]


def test_everything_stale_is_revoked_once_and_the_new_one_never() -> None:
    scene = settled_scene()
    scene.recorded[TOKEN] = replace(scene.recorded[TOKEN], deposed=("old-1", "old-2"))
    scene.others["infisical.scim_tokens"] = [stray_token("old-1"), stray_token("lost-1")]
    plan = scene.plan(replace={TOKEN: "asked for"})
    assert step(plan, f"revoke {TOKEN}").ids == ("old-1", "old-2", "lost-1", OLD)


# ---- published exactly once, or not at all

COMMITS: Final[list[tuple[str, Callable[[Scene], Any], int]]] = [
    ("nothing", lambda scene: scene, 0),
    ("a group alone", lambda scene: scene.want(group(description="x")), 1),
    ("the switch alone", lambda scene: scene.show(SCIM, enabled=False), 0),
    ("when to rotate", lambda scene: scene.want(token(rotate_before_days=3)), 0),
    ("a rule", lambda scene: scene.show(RULE, enabled=False), 1),
    (
        "a rule and a connection",
        lambda scene: scene.show(RULE, enabled=False).show(CONNECTION, enabled=False),
        1,
    ),
    ("left unpublished", lambda scene: setattr(scene, "uncommitted", True), 1),
    ("a rule removed", lambda scene: scene.drop(RULE), 1),
    ("a connection removed", lambda scene: scene.drop(RULE).drop(CONNECTION), 2),
    ("a rule gone", lambda scene: scene.lose(RULE), 1),
]


@pytest.mark.parametrize(("spoil", "commits"), [one[1:] for one in COMMITS], ids=[one[0] for one in COMMITS])
def test_how_often_it_is_published(spoil: Callable[[Scene], Any], commits: int) -> None:
    scene = settled_scene()
    spoil(scene)
    plan = scene.plan()
    assert verbs(plan, REVISION) == [Verb.COMMIT] * commits
    assert (actions(plan).get(REVISION) is Action.COMMIT) == bool(commits)


def test_what_was_left_unpublished_is_said() -> None:
    scene = settled_scene()
    scene.uncommitted = True
    assert reasons(scene.plan())[REVISION] == "publishes what an earlier run left unpublished"


# ---- drift, and what was not looked at


def test_drift_is_told_by_attribute_and_apart_from_the_changes_of_the_file() -> None:
    scene = (
        settled_scene().show(RULE, enabled=False, groups=[]).lose(GROUP).want(connection(description="new"))
    )
    assert scene.plan().drift == (
        Drift(GROUP, "id", id_of(GROUP), None),
        Drift(RULE, "enabled", True, False),
        Drift(RULE, "groups", [id_of(GROUP)], []),
    )


def test_a_half_made_object_has_no_drift() -> None:
    scene = settled_scene()
    scene.recorded[RULE] = replace(scene.recorded[RULE], attributes={})
    assert scene.plan().drift == ()
    assert scene.plan().changes == ()


def test_what_could_not_be_read_is_neither_drift_nor_gone() -> None:
    scene = settled_scene()
    scene.unread = {SCIM.section, TOKEN.section}
    plan = scene.plan()
    assert (plan.changes, plan.steps, plan.drift) == ((), (), ())
    assert (plan.unverified, plan.complete) == ((SCIM, TOKEN), False)


def test_a_first_plan_without_a_look_makes_it() -> None:
    scene = empty_scene()
    scene.unread = {SCIM.section, TOKEN.section}
    plan = scene.plan()
    assert actions(plan)[TOKEN] is Action.CREATE
    assert set(plan.unverified) == {SCIM, TOKEN}


def test_a_rule_follows_a_connection_made_anew() -> None:
    scene = settled_scene(*whole_setup(), rule("second")).lose(CONNECTION)
    plan = scene.plan()
    assert actions(plan)[RULE] is Action.REPLACE
    assert differences(plan, RULE)["connection"] == (id_of(CONNECTION), "infisical")
    assert observed(rule()).attributes["connection"] == id_of(CONNECTION)
