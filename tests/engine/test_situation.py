"""Which object is meant: by its record, by an intent, by its name; and which tokens are our orphans."""

from __future__ import annotations

import random
import string
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final

import pytest

from pingconf.engine.orphans import short_lineage
from pingconf.engine.situation import Situation, situations
from pingconf.kinds import KINDS
from pingconf.model.address import Address
from pingconf.model.errors import ConfigurationError, StateError
from pingconf.model.resource import Observed, Recorded
from pingconf.model.state import Intent, State
from tests.engine import (
    CONNECTION,
    GROUP,
    LINEAGE,
    OURS,
    PLACE,
    RULE,
    SCIM,
    TOKEN,
    Scene,
    empty_scene,
    group,
    observed,
    settled_scene,
    stray_token,
    switch,
    token,
)


def look(scene: Scene) -> dict[Address, Situation]:
    return situations(tuple(scene.desired.values()), scene.state, scene.snapshot, KINDS)


def refusal(scene: Scene) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        look(scene)
    return caught.value


# ---- which object is meant


def test_they_come_in_the_order_of_the_kinds() -> None:
    scene = settled_scene()
    scene.desired = dict(reversed(scene.desired.items()))
    assert [address.section for address in look(scene)] == [
        section for section in KINDS if "revision" not in section
    ]


def test_a_recorded_object_is_found_by_its_id_whatever_its_name() -> None:
    found = look(settled_scene().show(GROUP, name="renamed by hand"))[GROUP]
    assert found.observed is not None
    assert (found.observed.id, found.gone) == (f"id-{GROUP}", False)


def test_another_object_of_the_same_name_is_not_taken_for_a_recorded_one() -> None:
    scene = settled_scene().lose(GROUP)
    scene.others["pingone.groups"] = [Observed("other", {"name": "engineering"})]
    assert look(scene)[GROUP].gone


def test_what_is_there_already_and_not_ours_is_refused() -> None:
    scene = empty_scene(group())
    scene.observed[GROUP] = observed(group())
    (fault,) = refusal(scene).faults
    assert fault.headline.startswith(
        'A group called "engineering" exists already, and pingconf did not make it'
    )
    assert fault.place == PLACE
    assert any("manage: false" in detail for detail in fault.details)
    assert any(f"id-{GROUP}" in detail for detail in fault.details)


def test_only_a_group_can_be_used_as_it_is() -> None:
    scene = settled_scene()
    del scene.recorded[CONNECTION]
    (fault,) = refusal(scene).faults
    assert not any("manage" in detail for detail in fault.details)


def test_every_fault_is_told_at_once() -> None:
    scene = settled_scene()
    for address in (CONNECTION, GROUP, RULE):
        del scene.recorded[address]
    assert len(refusal(scene).faults) == 3


def test_what_there_can_be_one_of_only_is_adopted() -> None:
    scene = empty_scene(switch())
    scene.observed[SCIM] = Observed("org-1", {"enabled": False})
    found = look(scene)[SCIM]
    assert found.observed is not None
    assert (found.recorded, found.unfinished) == (None, False)


@pytest.mark.parametrize("wanted", [True, False])
def test_an_unfinished_creation_is_found_by_its_name(wanted: bool) -> None:
    scene = empty_scene(group(name="Engineering")) if wanted else Scene({})
    scene.pending[GROUP] = Intent("n1", "Engineering")
    scene.observed[GROUP] = Observed("id-1", {"name": "Engineering"})
    found = look(scene)[GROUP]
    assert found.observed is not None
    assert (found.observed.id, found.unfinished) == ("id-1", True)


def test_an_unfinished_creation_is_found_although_it_was_renamed_since() -> None:
    scene = empty_scene(group(name="New name"))
    scene.pending[GROUP] = Intent("n1", "Old name")
    scene.observed[GROUP] = Observed("id-1", {"name": "Old name"})
    assert look(scene)[GROUP].observed is not None


def test_a_record_goes_before_an_intent() -> None:
    scene = settled_scene()
    scene.pending[TOKEN] = Intent("n1", "pingone")
    assert not look(scene)[TOKEN].unfinished


@pytest.mark.parametrize("external", [True, False])
def test_several_that_could_be_meant_are_refused_until_the_file_says_which(external: bool) -> None:
    scene = empty_scene(group(name="Sales", external=external))
    if not external:
        scene.pending[GROUP] = Intent("n1", "Sales")
    populations = {"EMEA": "p-1", "APAC": "p-2"}
    scene.others["pingone.groups"] = [
        Observed(id, {"name": "Sales", "population": name}, {"population": (id,)})
        for name, id in populations.items()
    ]
    (fault,) = refusal(scene).faults
    assert fault.headline == f"2 objects could be {GROUP}"
    assert fault.details[:2] == (
        '"Sales" in the population "EMEA", id p-1',
        '"Sales" in the population "APAC", id p-2',
    )
    for spelling in ("APAC", "p-2"):
        chosen = look(replace_wanted(scene, group(name="Sales", external=external, population=spelling)))[
            GROUP
        ]
        assert chosen.observed is not None
        assert chosen.observed.id == "p-2"


def replace_wanted(scene: Scene, wanted: Any) -> Scene:
    return replace(scene, desired={wanted.address: wanted})


def test_an_object_of_another_address_is_told() -> None:
    scene = settled_scene(group(), group("second"))
    scene.want(group("third", name="second"))
    (fault,) = refusal(scene).faults
    assert fault.headline.endswith("it is pingone.groups.second, and not pingone.groups.third")


def test_an_external_object_may_be_one_that_we_made() -> None:
    scene = settled_scene(group())
    scene.want(group("same", name="engineering", external=True))
    found = look(scene)[Address("pingone.groups", "same")]
    assert found.observed is not None
    assert found.observed.id == f"id-{GROUP}"


def test_an_external_object_that_is_missing() -> None:
    (fault,) = refusal(empty_scene(group(name="Nobody", external=True))).faults
    assert (fault.headline, fault.place) == (f'There is no group called "Nobody" for {GROUP}', PLACE)


def test_what_nobody_may_look_at_is_taken_as_recorded() -> None:
    scene = settled_scene()
    scene.unread = {"infisical.scim", "infisical.scim_tokens"}
    found = look(scene)
    assert {one.address for one in found.values() if one.unverified} == {SCIM, TOKEN}
    assert found[TOKEN].observed == Observed(f"id-{TOKEN}", scene.recorded[TOKEN].attributes)
    assert not found[TOKEN].gone


def test_a_kind_of_a_newer_version() -> None:
    state = State(LINEAGE, resources={Address("pingone.moons", "io"): Recorded("1", {})})
    with pytest.raises(
        StateError, match=r"pingone\.moons\.io, a kind of resource this version does not know"
    ):
        situations((), state, Scene({}).snapshot, KINDS)


# ---- orphans


def test_our_own_tokens_that_nobody_wrote_down_are_orphans() -> None:
    scene = settled_scene()
    scene.others["infisical.scim_tokens"] = [
        stray_token("lost-1"),
        stray_token("lost-2"),
        stray_token("x", "other"),
    ]
    found = look(scene)
    assert found[TOKEN].orphans == ("lost-1", "lost-2")
    other = found[Address("infisical.scim_tokens", "other")]
    assert (other.orphans, other.desired, other.recorded) == (("x",), None, None)


def test_a_deposed_token_is_no_orphan_as_it_is_known() -> None:
    scene = settled_scene()
    scene.recorded[TOKEN] = replace(scene.recorded[TOKEN], deposed=("lost-1",))
    scene.others["infisical.scim_tokens"] = [stray_token("lost-1")]
    assert look(scene)[TOKEN].orphans == ()


def test_the_token_of_another_state_is_none_of_ours() -> None:
    scene = empty_scene(token())
    scene.others["infisical.scim_tokens"] = [
        stray_token("theirs", lineage="0badc0de"),
        stray_token("x", lineage=OURS.upper()),
    ]
    assert look(scene)[TOKEN].orphans == ()


ALMOST: Final = (
    f"PingOne [pingconf:{OURS}:pingone:n1] (old)",
    f"PingOne [pingconf:{OURS}:pingone:]",
    f"PingOne [pingconf:{OURS}::n1]",
    f"PingOne [pingconf::{OURS}:n1]",
    f"PingOne [pingconf:{OURS}:pingone:n1",
    f"PingOne pingconf:{OURS}:pingone:n1]",
    f"PingOne [Pingconf:{OURS}:pingone:n1]",
    f"PingOne [pingconf:{OURS}0:pingone:n1]",
    f"PingOne [pingconf:{OURS[:-1]}:pingone:n1]",
    f"PingOne [pingconf:{OURS}:pingone:n1:n2]",
    f"PingOne [pingconf:{LINEAGE}:pingone:n1]",
    "PingOne [pingconf]",
    "",
)


def descriptions(number: int) -> list[str]:
    """Look-alikes, and texts drawn by lot from what markers are made of; none is a marker of ours."""
    dice = random.Random(7)
    pieces = ("[", "]", ":", "pingconf", OURS, LINEAGE, " ", "pingone", "n0", "é", "\n", *string.hexdigits)
    drawn = ("".join(dice.choices(pieces, k=dice.randrange(1, 14))) for _ in range(number))
    return [*ALMOST, *(text for text in drawn if f"[pingconf:{OURS}:" not in text)]


def test_no_description_but_ours_makes_a_token_ours() -> None:
    texts = descriptions(1100)
    assert len(texts) > 1000
    rows = [{"id": str(number), "description": text, "ttlDays": 1} for number, text in enumerate(texts)]
    api: Any = SimpleNamespace(infisical=SimpleNamespace(scim_tokens=lambda: rows))
    scene = settled_scene()
    scene.others["infisical.scim_tokens"] = list(KINDS["infisical.scim_tokens"].list(api))
    assert [one.orphans for one in look(scene).values() if one.orphans] == []


def test_a_lineage_is_shortened_to_fit_a_marker() -> None:
    assert short_lineage(LINEAGE) == OURS
