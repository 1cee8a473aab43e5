"""Whatever the documents leave open, and in any mixture, the whole life of all kinds ends well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Final, get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingconf.model.plan import Action
from pingconf.sandbox import Switches
from tests.engine import DIRECTORY, GROUP_ROLES, REVISION, SCIM
from tests.kinds.hands import BREAKS, CHANGES
from tests.kinds.test_life_cycle import break_and_mend, living

NUMBERS: Final = (0, 2)
"""Of a switch that counts."""
REFUSED: Final = ("jwt",)
"""Answers with which nothing can be done; `doctor` says so."""


def answers() -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Every switch there is, with all that it can be set to."""
    hints = get_type_hints(Switches)
    for field in fields(Switches):
        kind = hints[field.name]
        values = (False, True) if kind is bool else NUMBERS if kind is int else get_args(kind)
        yield field.name, tuple(value for value in values if value not in REFUSED)


ANSWERS: Final = dict(answers())
ALONE: Final = [
    {name: value}
    for name, values in ANSWERS.items()
    for value in values
    if value != getattr(Switches(), name)
]


def whole_life(switches: Switches) -> None:
    """Made; broken by hand, which is drift, and mended; changed; removed."""
    for life in living(switches):
        made = life.apply()
        taken = {DIRECTORY: Action.ADOPT} if switches.directory_premade else {}
        found = dict.fromkeys((SCIM, GROUP_ROLES), Action.UPDATE)
        expected = dict.fromkeys(life.wanted, Action.CREATE) | found | {REVISION: Action.COMMIT}
        assert made == {**expected, **taken}
        for address, act, path in BREAKS[:4] + BREAKS[5::5] + BREAKS[-3:]:
            break_and_mend(life, address, act, path)
        for desired, action in [*CHANGES[1:4], *CHANGES[5:-1]]:
            life.wanted[desired.address] = desired
            assert life.apply()[desired.address] is action
        life.wanted = {}
        life.apply()
        world = life.stage.world
        assert (world.scim_tokens, world.rules, world.mappings) == ({}, {}, {})
        assert (world.organization["scimEnabled"], world.role_mappings) == (False, [])
        assert [one["type"] for one in world.stores.values()] == ["directory"]
        assert (len(world.plans), dict(life.state.resources)) == (1, {})


def test_every_switch_can_be_set() -> None:
    assert all(len(values) > 1 and getattr(Switches(), name) in values for name, values in ANSWERS.items())


def test_the_likeliest_answers() -> None:
    whole_life(Switches())


@pytest.mark.parametrize("answer", ALONE, ids=lambda answer: " ".join(map(str, *answer.items())))
def test_one_other_answer(answer: dict[str, Any]) -> None:
    whole_life(Switches(**answer))


MIXTURES: Final = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in ANSWERS.items()})


@settings(max_examples=5, deadline=None)
@given(MIXTURES)
def test_any_mixture(mixture: dict[str, Any]) -> None:
    whole_life(Switches(**mixture))


@pytest.mark.soak
@settings(max_examples=500, deadline=None)
@given(MIXTURES)
def test_many_mixtures(mixture: dict[str, Any]) -> None:
    whole_life(Switches(**mixture))
