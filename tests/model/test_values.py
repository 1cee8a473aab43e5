"""Secrets have no text; and values are found and changed by their dotted path."""

from __future__ import annotations

import ast
import copy
import json
import logging
import pickle
import pprint
from collections.abc import Callable
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pingconf
from pingconf.model.address import Address
from pingconf.model.kind import Made
from pingconf.model.values import (
    KNOWN_AFTER_APPLY,
    SENSITIVE,
    UNKNOWN,
    Reference,
    Secret,
    leaves,
    value_at,
    with_value,
)
from tests.canary import SCIM_TOKEN

PACKAGE: Final = Path(pingconf.__file__).parent


@dataclass(frozen=True)
class Holder:
    name: str
    secret: Secret


def a_secret() -> Secret:
    return Secret(SCIM_TOKEN)


# ---- a secret shows nothing

SHOWN: Final[dict[str, Callable[[Secret], str]]] = {
    "str": str,
    "repr": repr,
    "f-string": lambda secret: f"{secret}",
    "f-string with !r": lambda secret: f"{secret!r}",
    "f-string with !s": lambda secret: f"{secret!s}",
    "f-string with =": lambda secret: f"{secret=}",
    "padded": lambda secret: f"{secret:>40}",
    "percent": lambda secret: "%s %r" % (secret, secret),  # noqa: UP031
    "format": "{0} {0!r}".format,
    "in a list": lambda secret: str([secret]),
    "in a dict": lambda secret: repr({"token": secret}),
    "in a dataclass": lambda secret: repr(Holder("x", secret)),
    "in an exception": lambda secret: repr(ValueError("bad", secret)),
    "pprint": pprint.pformat,
    "what a creation answered": lambda secret: repr(Made("id", secret)),
    "json by str": lambda secret: json.dumps([secret], default=str),
    "ascii": ascii,
    "logging": lambda secret: logging.LogRecord("x", 1, "x", 1, "%s", (secret,), None).getMessage(),
}


@pytest.mark.parametrize("way", SHOWN)
def test_it_is_shown_as_sensitive(way: str) -> None:
    text = SHOWN[way](a_secret())
    assert SENSITIVE in text
    assert SCIM_TOKEN not in text


REFUSED: Final[dict[str, Callable[[Secret], Any]]] = {
    "json": json.dumps,
    "pickle": pickle.dumps,
    "pickle of a holder": lambda secret: pickle.dumps(Holder("x", secret)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "deepcopy of a dict": lambda secret: copy.deepcopy({"token": secret}),
    "asdict": lambda secret: asdict(Holder("x", secret)),
    "astuple": lambda secret: astuple(Holder("x", secret)),
    "vars": vars,
    "iter": lambda secret: iter(secret),  # type: ignore[call-overload]
    "bytes": lambda secret: bytes(secret),  # type: ignore[call-overload]
    "len": lambda secret: len(secret),  # type: ignore[arg-type]
    "plus": lambda secret: "Bearer " + secret,  # type: ignore[operator]
    "join": lambda secret: "".join([secret]),  # type: ignore[list-item]
    "sorted": lambda secret: sorted([secret, Secret("other secret")]),
}


@pytest.mark.parametrize("way", REFUSED)
def test_it_cannot_be_had_as_anything_else(way: str) -> None:
    with pytest.raises(TypeError) as caught:
        REFUSED[way](a_secret())
    assert SCIM_TOKEN not in str(caught.value)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_no_protocol_of_pickle_takes_it(protocol: int) -> None:
    with pytest.raises(TypeError):
        pickle.dumps(a_secret(), protocol)


def test_it_has_no_state_to_hand_out() -> None:
    with pytest.raises(TypeError):
        a_secret().__getstate__()


def test_it_has_no_attributes() -> None:
    secret: Any = a_secret()
    with pytest.raises(AttributeError):
        secret.note = "x"
    with pytest.raises(AttributeError):
        _ = secret.text


def test_it_is_equal_to_itself_only() -> None:
    secret = a_secret()
    assert secret == secret
    assert secret != a_secret()
    assert secret != SCIM_TOKEN
    assert len({secret, secret, a_secret()}) == 2
    assert bool(secret)
    assert bool(Secret("")), "whether it is empty is not shown either"


def test_a_holder_may_still_be_changed() -> None:
    secret = a_secret()
    assert replace(Holder("x", secret), name="y").secret is secret


def test_it_is_revealed_on_request() -> None:
    assert a_secret().reveal() == SCIM_TOKEN


# ---- one file reveals


def _reveals(node: ast.AST) -> bool:
    names = {getattr(node, field, None) for field in ("attr", "id", "value", "name")}
    return bool(names & {"reveal", "_Secret__text"})


def test_exactly_one_file_reveals_secrets() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if any(_reveals(node) for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    }
    assert found == {"clients/http.py", "model/values.py"}, "values.py defines it, http.py alone calls it"


# ---- references, and what is not known yet


def test_a_reference_shows_the_name_in_the_file() -> None:
    assert str(Reference(Address("infisical.scim_tokens", "pingone"), "secret")) == "pingone"
    assert str(Reference(Address("pingone.plan"))) == "plan"


def test_what_is_not_known_yet_is_one_and_says_so() -> None:
    assert repr(UNKNOWN) == KNOWN_AFTER_APPLY
    with pytest.raises(TypeError):
        json.dumps(UNKNOWN)


# ---- paths

NAMES: Final = st.sampled_from(["a", "b", "c"])
TREES: Final = st.dictionaries(
    NAMES,
    st.recursive(
        st.integers() | st.lists(st.integers(), max_size=2) | st.none(),
        lambda inner: st.dictionaries(NAMES, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=3,
)


def test_leaves_by_path() -> None:
    tree = {"a": 1, "b": {"c": {"d": [1, {"e": 2}]}, "f": None}, "g": {}}
    assert leaves(tree) == {"a": 1, "b.c.d": [1, {"e": 2}], "b.f": None}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a", {"b": {"c": 1}}),
        ("a.b.c", 1),
        ("a.x", None),
        ("x", None),
        ("a.b.c.d", None),
        ("", None),
        ("a..b", None),
    ],
)
def test_a_value_at_a_path(path: str, value: Any) -> None:
    assert value_at({"a": {"b": {"c": 1}}}, path) == value


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ({}, "a", {"a": 1}),
        ({}, "a.b", {"a": {"b": 1}}),
        ({"a": None}, "a.b", {"a": {"b": 1}}),
        ({"a": {"b": 0, "c": 2}, "d": 3}, "a.b", {"a": {"b": 1, "c": 2}, "d": 3}),
        ({"a": {"b": {"x": 0}}}, "a.b", {"a": {"b": 1}}),
    ],
)
def test_another_value_at_a_path(before: Any, path: str, after: Any) -> None:
    kept = copy.deepcopy(before)
    assert with_value(before, path, 1) == after
    assert before == kept, "the given attributes stay as they were"


@given(TREES)
def test_every_leaf_is_found_at_its_path(tree: Any) -> None:
    for path, value in leaves(tree).items():
        assert value_at(tree, path) == value


@given(TREES, st.lists(NAMES, min_size=1, max_size=3))
def test_what_was_put_at_a_path_is_there_and_nothing_else_changed(tree: Any, names: list[str]) -> None:
    path = ".".join(names)
    between = [value_at(tree, ".".join(names[:depth])) for depth in range(1, len(names))]
    if any(value is not None and not isinstance(value, dict) for value in between):
        return
    changed = with_value(tree, path, "new")
    assert value_at(changed, path) == "new"
    others = {name: value for name, value in leaves(tree).items() if not f"{name}.".startswith(f"{path}.")}
    kept = {name: value for name, value in leaves(changed).items() if name != path}
    assert kept == {name: value for name, value in others.items() if not f"{path}.".startswith(f"{name}.")}
