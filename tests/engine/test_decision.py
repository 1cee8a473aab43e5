"""What happens to one resource: desired, recorded and observed to an action, a reason and its differences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from pingconf.model.address import Address
from pingconf.model.errors import ConfigurationError
from pingconf.model.plan import Action
from pingconf.model.resource import Observed
from pingconf.model.state import Intent
from pingconf.model.values import UNKNOWN
from tests.engine import (
    CONNECTION,
    DIRECTORY,
    GROUP,
    GROUP_ROLES,
    NOW,
    PLAN,
    RULE,
    SCIM,
    TOKEN,
    Scene,
    actions,
    connection,
    differences,
    empty_scene,
    group,
    group_roles,
    observed,
    reasons,
    rule,
    settled_scene,
    switch,
    token,
)

BY_HAND: Final = "changed by hand since the last apply"
IN_FILE: Final = "changed in the file"
GONE: Final = "deleted by hand since the last apply"
UNWANTED: Final = "not in the file any more"
KEPT: Final = f"{UNWANTED}; it stays, as others may need it"
EXTERNAL: Final = "manage: false; it stays as it is"
Spoil = Callable[[Scene], Any]

CASES: Final[list[tuple[str, Spoil, Address, Action | None, str]]] = [
    ("as it should be", lambda s: s, GROUP, None, ""),
    ("another name in the file", lambda s: s.want(group(name="N")), GROUP, Action.UPDATE, IN_FILE),
    ("another name by hand", lambda s: s.show(GROUP, name="N"), GROUP, Action.UPDATE, BY_HAND),
    (
        "file and hand",
        lambda s: s.want(group(name="N", description="D")).show(GROUP, name="O"),
        GROUP,
        Action.UPDATE,
        "changed in the file and by hand",
    ),
    (
        "the same by hand as in the file",
        lambda s: s.want(group(name="N")).show(GROUP, name="N"),
        GROUP,
        Action.UPDATE,
        "changed by hand to what the file allows",
    ),
    ("gone", lambda s: s.lose(GROUP), GROUP, Action.CREATE, GONE),
    ("not wanted", lambda s: s.drop(GROUP), GROUP, Action.DELETE, UNWANTED),
    (
        "not wanted and gone",
        lambda s: s.drop(GROUP).lose(GROUP),
        GROUP,
        Action.FORGET,
        f"{UNWANTED}; gone already",
    ),
    ("external now", lambda s: s.want(group(external=True)), GROUP, Action.FORGET, EXTERNAL),
    ("a field nobody names", lambda s: s.show(GROUP, description="by hand"), GROUP, None, ""),
    (
        "other connection of a rule",
        lambda s: s.want(connection("two")).want(rule(connection="two")),
        RULE,
        Action.REPLACE,
        IN_FILE,
    ),
    ("groups in another order", lambda s: s.show(RULE, groups=[f"id-{GROUP}"]), RULE, None, ""),
    (
        "a filter in another spelling",
        lambda s: s.show(RULE, user_filter="ENABLED eq TRUE".lower()),
        RULE,
        None,
        "",
    ),
    ("a rule off by hand", lambda s: s.show(RULE, enabled=False), RULE, Action.UPDATE, BY_HAND),
    ("a description of a token", lambda s: s.want(token(description="D")), TOKEN, Action.REPLACE, IN_FILE),
    (
        "days of a token",
        lambda s: s.want(token(ttl_days=30, rotate_before_days=3)),
        TOKEN,
        Action.REPLACE,
        IN_FILE,
    ),
    ("when to rotate", lambda s: s.want(token(rotate_before_days=9)), TOKEN, Action.UPDATE, IN_FILE),
    (
        "the switch off by hand",
        lambda s: s.show(SCIM, enabled=False),
        SCIM,
        Action.UPDATE,
        f"{BY_HAND}; any change of the OIDC or SAML set-up switches it off, too",
    ),
    ("the switch off in the file", lambda s: s.want(switch(False)), SCIM, Action.UPDATE, IN_FILE),
    (
        "roles that others gave",
        lambda s: s.show(GROUP_ROLES, roles={"Engineering": "member", "Ops": "admin", "Sales": "admin"}),
        GROUP_ROLES,
        Action.UPDATE,
        f"{BY_HAND}; the file is the whole list, which takes out Ops, Sales",
    ),
    (
        "another role in the file",
        lambda s: s.want(group_roles(Engineering="admin")),
        GROUP_ROLES,
        Action.UPDATE,
        IN_FILE,
    ),
    ("the plan is kept", lambda s: s.drop(PLAN), PLAN, Action.FORGET, KEPT),
    ("the directory is kept", lambda s: s.drop(DIRECTORY), DIRECTORY, Action.FORGET, KEPT),
]


@pytest.mark.parametrize(
    ("spoil", "address", "action", "reason"), [one[1:] for one in CASES], ids=[o[0] for o in CASES]
)
def test_the_table(spoil: Spoil, address: Address, action: Action | None, reason: str) -> None:
    scene = settled_scene()
    spoil(scene)
    plan = scene.plan()
    assert actions(plan).get(address) is action
    assert reasons(plan).get(address, "") == reason


# ---- differences


def test_a_creation_tells_every_attribute_but_no_secret() -> None:
    found = differences(empty_scene().plan(), CONNECTION)
    assert found["id"] == (None, UNKNOWN)
    assert found["auth.method"] == (None, "oauth2_bearer_token")
    assert found["auth.token"] == (None, None)
    plan = empty_scene().plan()
    (secret,) = (one for change in plan.changes for one in change.differences if one.sensitive)
    assert secret.path == "auth.token"
    assert differences(plan, RULE)["connection"] == (None, "infisical")
    assert differences(plan, RULE)["groups"] == (None, ["engineering"])


def test_references_are_told_by_their_name_in_the_file() -> None:
    scene = settled_scene(*settled_scene().desired.values(), group("sales"))
    scene.want(rule(groups=("sales", "engineering"))).show(RULE, groups=["id-of-somebody", f"id-{GROUP}"])
    assert differences(scene.plan(), RULE) == {
        "groups": (["engineering", "id-of-somebody"], ["engineering", "sales"])
    }


def test_a_mapping_is_told_by_its_target() -> None:
    scene = settled_scene().show(RULE, mappings={"userName": "email", "extra": "title", "workEmail": "email"})
    expected = {"mappings.extra": ("title", None), "mappings.userName": ("email", "username")}
    assert differences(scene.plan(), RULE) == expected


def test_a_target_may_have_a_dot_in_its_name() -> None:
    mappings = {"name.givenName": "name.given"}
    scene = settled_scene(*settled_scene().desired.values()).want(
        rule(groups=("engineering",), mappings=mappings)
    )
    scene.show(RULE, mappings={"name.givenName": "nickname"})
    assert differences(scene.plan(), RULE) == {"mappings.name.givenName": ("nickname", "name.given")}


def test_a_replacement_says_what_forces_it() -> None:
    (change,) = (
        one for one in settled_scene().want(token(ttl_days=30)).plan().changes if one.address == TOKEN
    )
    assert [(one.path, one.before, one.after, one.forces_replacement) for one in change.differences] == [
        ("ttl_days", 365, 30, True)
    ]


def test_another_spelling_of_the_same_value_is_no_difference() -> None:
    for spelling in ("Default", "p-1"):
        scene = settled_scene(group(population=spelling))
        scene.observed[GROUP] = Observed(
            f"id-{GROUP}", {"name": "engineering", "population": "Default"}, {"population": ("p-1",)}
        )
        assert (scene.plan().changes, scene.plan().drift) == ((), ())


# ---- what cannot be changed


@pytest.mark.parametrize(
    ("wanted", "path"),
    [(group(population="Other"), "population"), (connection(user_identifier="userName"), "user_identifier")],
)
def test_a_fixed_attribute_is_refused_with_advice(wanted: Any, path: str) -> None:
    scene = settled_scene(*settled_scene().desired.values(), group(population="Default"))
    with pytest.raises(ConfigurationError) as caught:
        scene.want(wanted).plan()
    (fault,) = caught.value.faults
    assert fault.headline == f"{path} of {wanted.address} cannot be changed"
    assert "under another key" in fault.details[2]


# ---- what was not made by us


@pytest.mark.parametrize(("living", "action"), [(True, Action.ADOPT), (False, Action.UPDATE)])
def test_what_is_there_already_is_taken(living: bool, action: Action) -> None:
    scene = empty_scene(switch())
    scene.observed[SCIM] = Observed("org-1", {"enabled": living})
    plan = scene.plan()
    assert (actions(plan)[SCIM], reasons(plan)[SCIM]) == (action, "there already, taken over")
    assert all(step.made is not living for step in plan.steps)


def test_what_we_did_not_switch_on_is_not_switched_off() -> None:
    scene = settled_scene(switch())
    scene.recorded[SCIM] = replace(scene.recorded[SCIM], made=False)
    plan = scene.drop(SCIM).plan()
    assert (actions(plan)[SCIM], reasons(plan)[SCIM]) == (
        Action.FORGET,
        f"{UNWANTED}; it stays, as pingconf did not make it",
    )


def test_what_an_unrecorded_run_made_is_ours() -> None:
    scene = empty_scene(group())
    scene.pending[GROUP] = Intent("n1", "engineering")
    scene.observed[GROUP] = observed(group())
    plan = scene.plan()
    assert reasons(plan)[GROUP] == "made by a run that could not record it"
    assert [step.made for step in plan.steps] == [True]
    assert actions(scene.drop(GROUP).plan())[GROUP] is Action.DELETE


# ---- tokens that grow old


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (334, None),
        (335.5, "expires in 29 days"),
        (364.5, "expires in 0 days"),
        (365, "expired on 2026-03-02"),
        (400, "expired on 2026-01-26"),
    ],
)
def test_a_token_is_replaced_in_time(age: float, reason: str | None) -> None:
    scene = settled_scene()
    created = (NOW - timedelta(days=age)).isoformat()
    scene.observed[TOKEN] = replace(scene.observed[TOKEN], facts={"created_at": created})
    plan = scene.plan()
    assert reasons(plan).get(TOKEN) == reason
    if reason:
        assert actions(plan)[TOKEN] is Action.REPLACE
        assert reasons(plan)[CONNECTION] == "it gets the new token"


@pytest.mark.parametrize("created", ["", "soon", "2026-03-01T00:00:00"])
def test_a_token_of_unknown_age_is_left_alone(created: str) -> None:
    scene = settled_scene()
    scene.observed[TOKEN] = replace(scene.observed[TOKEN], facts={"created_at": created})
    assert scene.plan().changes == ()


def test_a_replacement_by_name() -> None:
    plan = settled_scene().plan(replace={TOKEN: "asked for"})
    assert (actions(plan)[TOKEN], reasons(plan)[TOKEN]) == (Action.REPLACE, "asked for")


def test_what_the_file_names_for_the_first_time_is_no_work_of_a_hand() -> None:
    scene = settled_scene(group())
    scene.show(GROUP, description="")
    scene.want(group(description="Everyone who ships"))
    assert reasons(scene.plan())[GROUP] == "changed in the file"
