"""Whatever is done to a valid file, it ends in a valid configuration or in faults with places."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pingconf.config.loader import load
from pingconf.kinds import KINDS
from pingconf.model.errors import ConfigurationError
from tests.config.makers import told

FULL = Path(__file__).parents[2] / "examples/full/pingconf.yaml"
SECRET = "canary-5d0c81-canary"
ENVIRON = {"INFISICAL_ORGANIZATION_ID": "org-1", "PINGONE_TARGET_ENVIRONMENT_ID": "env-1", "SECRET": SECRET}
CREDENTIALS = {
    "infisical": {"token": "${SECRET}", "client_secret": "${SECRET}", "password": "${SECRET}"},
    "pingone": {"client_secret": "${SECRET}", "access_token": "${SECRET}"},
}
JUNK: list[Any] = [
    *(None, "", " ", "x", "no", "22:22", "0", "-1", "9" * 30, "${NOT_THERE}", "${", "$${X}", "${SECRET}"),
    *(
        "a.b.c",
        "../..",
        "\U0001f600",
        "x" * 2000,
        "%s",
        '"',
        "all",
        "https://[",
        "s3://x",
        "${SECRET} and ${SECRET}",
    ),
    *(
        [],
        {},
        [[]],
        [{}],
        [None],
        [""],
        {"": ""},
        {"x": None},
        {"name": ["x"]},
        {"expression": {}},
        ["x", "x"],
    ),
]
KEYS = [
    "",
    "x",
    "Name",
    "name",
    "enabled",
    "a" * 100,
    "${SECRET}",
    "__class__",
    "model_config",
    "0",
    "a.b",
    "\u0430",
]


@cache
def _full() -> dict[str, Any]:
    data: dict[str, Any] = yaml.BaseLoader(FULL.read_text(encoding="utf-8")).get_data()
    for half, credentials in CREDENTIALS.items():
        data[half].update(credentials)
    return data


def full() -> dict[str, Any]:
    """The full example with credentials, as nested dicts of texts."""
    return copy.deepcopy(_full())


def write(path: Path, data: Any) -> str:
    """Write it as YAML; the text is handed back."""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(data, Dumper=dumper, allow_unicode=True, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    return text


def spots(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything in it."""
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inside:
        yield (*path, key)
        yield from spots(value, (*path, key))


SPOTS = list(spots(full()))


def holder(data: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        data = data[key]
    return data


def mutated(path: tuple[Any, ...], change: str, junk: Any) -> dict[str, Any]:
    """The full example with one thing changed; a list has no keys to rename."""
    data = full()
    place = holder(data, path)
    if change == "value" or isinstance(place, list):
        place[path[-1]] = junk
    elif change == "delete":
        del place[path[-1]]
    else:
        place[junk] = place.pop(path[-1])
    return data


def check(data: Any) -> None:
    """Load it; whatever is wrong must be told with places inside the file, and without the secret."""
    path = Path("pingconf.yaml")
    lines = write(path, data).count("\n") + 1
    try:
        configuration = load([path], KINDS, variables={}, environ=ENVIRON)
    except ConfigurationError as error:
        assert error.faults
        for fault in error.faults:
            assert fault.place is not None
            assert fault.place.file == "pingconf.yaml"
            assert 1 <= fault.place.line <= lines
            assert fault.headline
        assert SECRET not in told(error.faults)
        assert SECRET not in repr(error)
        assert error.__cause__ is None
        assert error.__context__ is None
    else:
        assert not any(SECRET in warning for warning in configuration.warnings)


def test_the_file_that_is_changed_is_valid() -> None:
    path = Path("pingconf.yaml")
    write(path, full())
    assert load([path], KINDS, variables={}, environ=ENVIRON).desired
    assert len(SPOTS) > 60


@pytest.mark.parametrize("path", SPOTS, ids=lambda path: ".".join(map(str, path)))
def test_each_key_and_each_value_may_be_wrong(path: tuple[Any, ...]) -> None:
    check(mutated(path, "delete", None))
    for junk in JUNK:
        check(mutated(path, "value", junk))
    for key in KEYS:
        check(mutated(path, "rename", key))


def test_a_misspelt_key_is_always_found() -> None:
    for path in SPOTS:
        free = path[:-1] == ("pingone", "rules", "employees", "mappings") or path == ("state",)
        if isinstance(path[-1], str) and not free:
            with pytest.raises(ConfigurationError):
                write(Path("a.yaml"), mutated(path, "rename", f"{path[-1]}X"))
                load([Path("a.yaml")], KINDS, variables={}, environ=ENVIRON)


texts = st.one_of(st.text(max_size=30), st.sampled_from([one for one in JUNK if isinstance(one, str)]))
values = st.recursive(
    st.none() | texts,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(texts | st.sampled_from(KEYS), inner, max_size=3)
    ),
    max_leaves=8,
)
changes = st.tuples(st.sampled_from(SPOTS), st.sampled_from(["value", "delete", "rename"]), values, texts)


@given(st.lists(changes, min_size=1, max_size=4))
def test_several_random_changes(drawn: list[tuple[tuple[Any, ...], str, Any, str]]) -> None:
    data: Any = full()
    for path, change, value, key in drawn:
        try:
            place = holder(data, path)
            if change == "value":
                place[path[-1]] = value
            elif change == "delete":
                del place[path[-1]]
            else:
                place[key] = place.pop(path[-1])
        except (KeyError, IndexError, TypeError, AttributeError):
            continue  # an earlier change took the place away
    check(data)


@given(values)
def test_anything_at_all(value: Any) -> None:
    check(value)
    check({"version": "1", "infisical": value, "pingone": value, "state": value})
