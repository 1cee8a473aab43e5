"""The order of steps: whatever changes at once, each finds done what it needs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingconf.engine.selection import Selection
from pingconf.engine.steps import PUBLISHED
from pingconf.kinds import KINDS
from pingconf.model.address import Address
from pingconf.model.plan import Plan, Step, Verb
from pingconf.model.resource import Desired
from pingconf.model.state import Intent
from tests.engine import (
    Scene,
    connection,
    directory,
    group,
    observed,
    recorded,
    rule,
    rule_container,
    stray_token,
    switch,
    token,
)

FLAGS: Final = st.booleans()
TWO: Final = st.sampled_from(["a", "b"])


@st.composite
def configurations(draw: st.DrawFn) -> dict[Address, Desired]:
    """A file without dangling names: up to two of each, bound to each other by lot."""
    tokens = [token(key, ttl_days=draw(st.sampled_from([300, 365]))) for key in draw(st.sets(TWO))]
    names = [one.address.key for one in tokens]
    connections = [
        connection(
            key,
            draw(st.sampled_from(names)),
            deprovision_on_rule_deletion=draw(FLAGS),
            description=draw(st.sampled_from(["x", "y"])),
        )
        for key in draw(st.sets(TWO))
        if names
    ]
    targets = [one.address.key for one in connections]
    groups = [
        group(key, external=draw(st.integers(0, 4)) == 0, description=draw(TWO)) for key in draw(st.sets(TWO))
    ]
    members = [one.address.key for one in groups]
    rules = [
        rule(
            key,
            draw(st.sampled_from(targets)),
            tuple(one for one in members if draw(FLAGS)),
            enabled=draw(FLAGS),
        )
        for key in draw(st.sets(TWO))
        if targets
    ]
    implied = [directory(), rule_container()] if rules else []
    everything = [switch(draw(FLAGS)), *tokens, *connections, *groups, *implied, *rules]
    return {one.address: one for one in everything}


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """A file, what an older one left behind, and what a hand or a death made of that."""
    wanted, before = draw(configurations()), draw(configurations())
    before = {address: replace(one, external=False) for address, one in before.items()}
    scene = Scene(wanted, uncommitted=draw(FLAGS))
    for address, one in before.items():
        scene.recorded[address], scene.observed[address] = recorded(one), observed(one)
        _spoil(scene, address, draw(st.integers(0, 9)))
    for one in wanted.values():
        if one.external and one.address not in scene.observed:
            scene.observed[one.address] = observed(one)
    if draw(FLAGS):
        scene.others["infisical.scim_tokens"] = [stray_token("lost-1", draw(TWO))]
    return scene


def _spoil(scene: Scene, address: Address, fate: int) -> None:
    secret = address.section == "infisical.scim_tokens"
    if fate == 0:
        scene.lose(address)
    elif fate == 1 and not secret and not KINDS[address.section].single:
        del scene.recorded[address]
        scene.pending[address] = Intent("n1", address.key)
    elif fate == 2 and secret:
        scene.recorded[address] = replace(scene.recorded[address], deposed=(f"old-{address.key}",))
    elif fate == 3:
        scene.recorded[address] = replace(scene.recorded[address], attributes={}, bindings={})
    elif fate == 4 and "enabled" in scene.observed[address].attributes:
        scene.show(address, enabled=not scene.observed[address].attributes["enabled"])


def steps_with(plan: Plan, *verbs: Verb) -> list[Step]:
    return [one for one in plan.steps if one.verb in verbs]


def befores(plan: Plan) -> dict[str, set[str]]:
    """By key, everything a step needs, and what that needs: what is promised, however steps are run."""
    found: dict[str, set[str]] = {}
    for one in plan.steps:
        found[one.key] = {*one.needs}.union(*(found[need] for need in one.needs))
    return found


def check_needs(plan: Plan) -> None:
    done: set[str] = set()
    for one in plan.steps:
        assert one.key not in done, "every key is there once"
        assert done.issuperset(one.needs), one
        done.add(one.key)


def check_commits(plan: Plan, scene: Scene) -> None:
    before = befores(plan)
    commits = [one.key for one in steps_with(plan, Verb.COMMIT)]
    published = [one.key for one in plan.steps if one.published]
    acting = [one.key for one in steps_with(plan, *PUBLISHED) if KINDS[one.address.section].committed]
    assert set(acting) <= set(published)
    assert len(commits) <= 2
    assert bool(commits) == bool(published or scene.uncommitted)
    assert before.get((commits or [""])[-1], set()).issuperset(published), (
        "everything is published at the end"
    )
    told = [
        one.key for one in steps_with(plan, Verb.CREATE, Verb.UPDATE) if KINDS[one.address.section].user_only
    ]
    for commit in commits[:1]:
        assert before[commit].issuperset(told), "Infisical knows what to do before anybody is provisioned"
    for one in steps_with(plan, Verb.REVOKE):
        if _would_act_on_people(one.address, scene):
            assert all(one.key in before[commit] for commit in commits), "first what could act on people"
        else:
            assert before[one.key].issuperset(commits), "the old token outlives the last revision"
    for one in steps_with(plan, Verb.RELEASE):
        gone = f"delete {one.address}"
        assert one.key in before[commits[0]], "released, published, then removed"
        assert commits[0] in before[gone]
        assert gone in before[commits[-1]]


def _would_act_on_people(token: Address, scene: Scene) -> bool:
    """Whether a connection that held it was deleted by hand, and would deprovision when that is published."""
    return any(
        address.section == "pingone.connections"
        and token in one.depends_on
        and address not in scene.observed
        and one.attributes.get("deprovision_on_rule_deletion") is True
        for address, one in scene.recorded.items()
    )


def check_test_first(plan: Plan) -> None:
    before = befores(plan)
    tests = [one.key for one in steps_with(plan, Verb.TEST)]
    for one in steps_with(plan, Verb.CREATE, Verb.UPDATE):
        if not KINDS[one.address.section].user_only:
            assert before[one.key].issuperset(tests), "nothing is made before the token is known to work"


def check_dependencies(plan: Plan, scene: Scene) -> None:
    before = befores(plan)
    makers = steps_with(plan, Verb.CREATE, Verb.UPDATE, Verb.ADOPT)
    for one in steps_with(plan, Verb.TEST, Verb.CREATE, Verb.UPDATE, Verb.RELEASE):
        for address in one.desired.depends_on if one.desired else ():
            assert before[one.key].issuperset(maker.key for maker in makers if maker.address == address), one
    for one in steps_with(plan, Verb.DELETE):
        for address, written in scene.recorded.items():
            if one.address in written.depends_on and not _would_act_on_people(one.address, scene):
                acts = {
                    each.key for each in plan.steps if each.address == address and each.verb != Verb.REVOKE
                }
                assert before[one.key] >= acts, f"{address} still holds {one.address}"
    for one in steps_with(plan, Verb.CREATE, Verb.FORGET):
        if one.address.section == "pingone.connections" and one.address not in scene.observed:
            held = scene.recorded[one.address].depends_on if one.address in scene.recorded else ()
            ended = [
                each.key
                for each in steps_with(plan, Verb.DELETE, Verb.REVOKE)
                if each.address in held and _would_act_on_people(each.address, scene)
            ]
            assert before[one.key].issuperset(ended), "once it is written down nobody knows what it held"


def check_tokens(plan: Plan, scene: Scene) -> None:
    revoked = {id for one in steps_with(plan, Verb.REVOKE) for id in one.ids}
    made = {one.address for one in steps_with(plan, Verb.CREATE)}
    for address, living in scene.observed.items():
        if address.section == "infisical.scim_tokens" and address not in made:
            assert living.id not in revoked, "a token that stays is not revoked"
    for one in steps_with(plan, Verb.TEST, Verb.UPDATE, Verb.CREATE):
        if one.address.section == "pingone.connections":
            assert one.desired is not None
            source: Any = one.desired.attributes["auth"]["token"]
            assert source.address in made, "whoever writes a connection has its secret at hand"


@settings(max_examples=400)
@given(scenes())
def test_the_order_is_safe_whatever_changes_at_once(scene: Scene) -> None:
    plan = scene.plan(recreate_all=True)
    check_needs(plan)
    check_commits(plan, scene)
    check_test_first(plan)
    check_dependencies(plan, scene)
    check_tokens(plan, scene)


def check_existence(plan: Plan) -> None:
    """Whatever is written refers only to what is there, or is made before."""
    before = befores(plan)
    for one in steps_with(plan, Verb.TEST, Verb.CREATE, Verb.UPDATE, Verb.RELEASE):
        for address in one.desired.depends_on if one.desired else ():
            assert address in plan.observed or f"create {address}" in before[one.key], one


@settings(max_examples=400)
@given(scenes(), st.data())
def test_any_part_of_it_is_safe_too(scene: Scene, data: st.DataObject) -> None:
    known = sorted({*scene.desired, *scene.recorded}, key=str)
    some = st.frozensets(st.sampled_from(known))
    selection = Selection(data.draw(some), data.draw(some), data.draw(FLAGS))
    plan = scene.plan(recreate_all=True, selection=selection)
    touched = {one.address for one in plan.steps if one.verb is not Verb.COMMIT}
    assert not touched & (selection.excluded | set(plan.left_out))
    check_needs(plan)
    check_test_first(plan)
    check_tokens(plan, scene)
    check_existence(plan)


@settings(max_examples=60)
@given(scenes())
def test_the_same_scene_gives_the_same_plan(scene: Scene) -> None:
    first = scene.plan(recreate_all=True)
    scene.desired = dict(reversed(scene.desired.items()))
    scene.observed = dict(reversed(scene.observed.items()))
    second = scene.plan(recreate_all=True)
    assert [one.key for one in first.steps] == [one.key for one in second.steps]
    assert first.changes == second.changes


@settings(max_examples=60)
@given(configurations())
def test_what_is_as_it_should_be_has_no_steps(wanted: dict[Address, Desired]) -> None:
    scene = Scene(wanted)
    for address, one in wanted.items():
        scene.observed[address] = observed(one)
        if not one.external:
            scene.recorded[address] = recorded(one)
    assert scene.plan(recreate_all=True).steps == ()


@pytest.mark.parametrize("verb", Verb)
def test_a_key_says_what_is_done_to_what(verb: Verb) -> None:
    assert f"{verb} pingone.plan" == f"{verb.value} pingone.plan"
