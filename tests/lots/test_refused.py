"""Random changes that pingconf refuses by design: it says so before it does anything."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from pingconf.sandbox import Switches
from tests.lots.configurations import Document, configurations
from tests.lots.stage import APPLY, Stage

Change: TypeAlias = Callable[[Document], bool]
"""Changes the `pingone` half of a document; False where there is nothing to change in that way."""


def _managed(half: Document) -> list[Document]:
    return [one for one in half["groups"].values() if one.get("manage") is not False]


def another_population(half: Document) -> bool:
    for one in _managed(half):
        if "population" in one:
            default = one["population"] == "Default" or one["population"].startswith("00000001")
            one["population"] = "Contractors" if default else "Default"
            return True
    return False


def another_user_identifier(half: Document) -> bool:
    for one in half["connections"].values():
        by_name = one.get("user_identifier", "workEmail") == "userName"
        one["user_identifier"] = "workEmail" if by_name else "userName"
        return True
    return False


def another_key(half: Document) -> bool:
    """Of a rule, which has its name still."""
    for key, one in list(half["rules"].items()):
        half["rules"]["another"] = {**half["rules"].pop(key), "name": one.get("name", key)}
        return True
    return False


def changed_names(half: Document) -> bool:
    """Two of a sort take each other's."""
    for section in ("connections", "groups", "rules"):
        resources = {key: one for key, one in half[section].items() if one.get("manage") is not False}
        if len(resources) > 1:
            (a, one), (b, other) = list(resources.items())[:2]
            one["name"], other["name"] = other.get("name", b), one.get("name", a)
            return True
    return False


def a_name_of_others(half: Document) -> bool:
    for one in _managed(half):
        if "population" not in one:
            one["name"] = "Finance"
            return True
    half["groups"]["new"] = {"name": "Finance"}
    return True


def a_group_that_nobody_made(half: Document) -> bool:
    half["groups"]["new"] = {"name": "Nobody's", "manage": False}
    return True


SAID: Final[dict[Change, str]] = {
    another_population: "cannot be changed",
    another_user_identifier: "cannot be changed",
    another_key: "exists already: it is pingone.rules.",
    changed_names: "cannot be called",
    a_name_of_others: "Finance",
    a_group_that_nobody_made: 'There is no group called "Nobody\'s"',
}


def refuse(change: Change, first: Document, folder: Path) -> bool:
    """Apply the first, then see the change refused, and that nothing came of it."""
    second = copy.deepcopy(first)
    if not change(second["pingone"]):
        return False
    stage = Stage.open(folder, Switches(), ascii=False)
    stage.write(first)
    assert stage.run(*APPLY).code == 0
    stage.write(second)
    for command in (("plan",), APPLY):
        ran = stage.run(*command)
        assert ran.code == 1, ran.said()
        assert SAID[change] in ran.err, ran.said()
        assert stage.line.writes == []
    stage.write(first)
    stage.settled(first)
    return True


def test_a_random_change_is_refused_before_anything_is_done(folders: Iterator[Path]) -> None:
    count = 0

    @settings(max_examples=15)
    @given(st.sampled_from(list(SAID)), configurations())
    def try_it(change: Change, first: Document) -> None:
        nonlocal count
        count += refuse(change, first, next(folders))

    try_it()
    sys.stdout.write(f"{count} random changes refused\n")
    assert count >= 7
