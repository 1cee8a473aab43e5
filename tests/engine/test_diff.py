"""What differs, by dotted path."""

from __future__ import annotations

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingconf.engine.diff import comparable, differing_paths
from pingconf.kinds import KINDS
from pingconf.model.values import Attributes, leaves

CASES: Final[list[tuple[Attributes, Attributes, tuple[str, ...]]]] = [
    ({}, {}, ()),
    ({"a": 1}, {"a": 1}, ()),
    ({"a": 1}, {"a": 2}, ("a",)),
    ({"a": None}, {"a": "x"}, ("a",)),
    ({"a": True}, {"a": "true"}, ("a",)),
    ({"b": 1, "a": 1}, {"b": 2, "a": 2}, ("a", "b")),
    ({"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 2}}}, ("a.b.c",)),
    ({"a": {"b": 1, "c": 1}}, {"a": {"b": 1}}, ("a.c",)),
    ({"a": {"b": 1}}, {"a": {"b": 1, "c": 1}}, ("a.c",)),
    ({"a": {"b": 1}}, {"a": None}, ("a",)),
    ({"a": {"b": "x"}}, {"a": {"b": {"expression": "x"}}}, ("a.b",)),
    ({"g": ["x", "y"]}, {"g": ["y", "x"]}, ()),
    ({"g": ["x", "y"]}, {"g": ["x"]}, ("g",)),
    ({"g": ["x"]}, {"g": ["z"]}, ("g",)),
    ({"g": []}, {"g": ["z", "y"]}, ("g",)),
    ({"g": [{"x": 1}]}, {"g": [{"x": 2}]}, ("g",)),
]


@pytest.mark.parametrize(("before", "after", "paths"), CASES)
def test_the_table(before: Attributes, after: Attributes, paths: tuple[str, ...]) -> None:
    assert differing_paths(before, after) == paths
    assert differing_paths(after, before) == paths


NAMES: Final = st.sampled_from(["a", "b", "c"])
VALUES: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.sampled_from(["x", "y", ""])
    | st.lists(st.sampled_from("xyz"), max_size=3),
    lambda inner: st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
ATTRIBUTES: Final = st.dictionaries(NAMES, VALUES, max_size=3)


@given(ATTRIBUTES)
def test_nothing_differs_from_itself(attributes: Any) -> None:
    assert differing_paths(attributes, dict(reversed(attributes.items()))) == ()


@given(ATTRIBUTES, ATTRIBUTES)
def test_it_is_the_same_both_ways_and_in_order(before: Any, after: Any) -> None:
    paths = differing_paths(before, after)
    assert paths == tuple(sorted(set(paths))) == differing_paths(after, before)


@given(ATTRIBUTES, st.data())
def test_one_changed_leaf_is_the_one_that_differs(attributes: Any, data: st.DataObject) -> None:
    paths = sorted(leaves(attributes))
    if not paths:
        return
    path = data.draw(st.sampled_from(paths))
    changed = _with(attributes, path.split("."), "something else")
    assert differing_paths(attributes, changed) == (path,)


def _with(value: Any, path: list[str], new: Any) -> Any:
    return {**value, path[0]: _with(value[path[0]], path[1:], new)} if path else new


def test_what_is_compared_has_one_spelling_and_leaves_things_out() -> None:
    kind = KINDS["pingone.rules"]
    attributes = {"groups": ["b", "a"], "user_filter": "enabled EQ true", "mappings": {"x": 1, "y": {"z": 1}}}
    left = comparable(kind, attributes, ignore=["mappings.y.z", "mappings.x", "nothing", "groups.x"])
    assert left == {"groups": ["a", "b"], "user_filter": "enabled eq true", "mappings": {"y": {}}}
    assert attributes["mappings"] == {"x": 1, "y": {"z": 1}}, "the given attributes stay as they were"
