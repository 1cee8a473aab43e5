"""An answer: read once, and every secret in it wrapped before anybody can see it."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingconf.clients.answer import SENSITIVE_CONFIGURATION, SENSITIVE_KEYS, is_sensitive, read_answer
from pingconf.model.values import Secret
from tests.canary import SCIM_TOKEN

CONFIGURATION_KEYS: Final = (
    "OAUTH_ACCESS_TOKEN",
    "OAUTH_CLIENT_SECRET",
    "BASIC_AUTH_PASSWORD",
    "API_TOKEN",
    "SECRET",
)


def texts(value: Any) -> list[str]:
    """Every text in a JSON value, keys included."""
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in texts(part)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("name", sorted(SENSITIVE_KEYS) + list(CONFIGURATION_KEYS))
@pytest.mark.parametrize(
    "nest", [lambda x: x, lambda x: {"_embedded": {"stores": [{"configuration": x}]}}, lambda x: [[x]]]
)
def test_a_secret_is_wrapped_wherever_it_stands(name: str, nest: Any) -> None:
    answer = read_answer(200, {}, json.dumps(nest({name: SCIM_TOKEN, "id": "1"})).encode())
    assert texts(answer.data).count(SCIM_TOKEN) == 0
    assert SCIM_TOKEN not in repr(answer)
    assert "(sensitive)" in repr(answer.data)


@pytest.mark.parametrize("name", ["SCIM_URL", "token_type", "tokens", "name", "AUTHORIZATION_TYPE"])
def test_what_is_no_secret_stays_readable(name: str) -> None:
    assert read_answer(200, {}, json.dumps({name: "text"}).encode()).fields[name] == "text"
    assert not is_sensitive(name)


@pytest.mark.parametrize("value", ["", None, 0, False])
def test_an_empty_secret_is_none(value: Any) -> None:
    assert read_answer(200, {}, json.dumps({"token": value}).encode()).fields["token"] == value


@pytest.mark.parametrize("value", [[SCIM_TOKEN], {"value": SCIM_TOKEN}])
def test_every_value_under_a_sensitive_key_is_wrapped(value: Any) -> None:
    assert SCIM_TOKEN not in texts(read_answer(200, {}, json.dumps({"clientSecret": value}).encode()).data)


@pytest.mark.parametrize("name", ["TOKEN", "OAUTH2_TOKEN", "OAUTH_ACCESS_TOKEN_2", "SECRET_KEY"])
def test_a_configuration_key_that_speaks_of_a_secret_is_one(name: str) -> None:
    assert is_sensitive(name)


ENCODINGS: Final = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "utf-32-le",
    "utf-32-be",
)
CLUELESS: Final = "hidden, and says nothing of itself"
SENSITIVE: Final = st.sampled_from(sorted(SENSITIVE_KEYS)) | st.from_regex(
    SENSITIVE_CONFIGURATION, fullmatch=True
)


@given(SENSITIVE, st.sampled_from(ENCODINGS), st.data())
def test_no_way_to_write_a_key_hides_its_secret(name: str, encoding: str, data: st.DataObject) -> None:
    """Not every body is searched for keys, so each way in which JSON may write one has to be noticed."""
    escaped = data.draw(st.sets(st.sampled_from(range(len(name)))))
    key = "".join(f"\\u{ord(one):04x}" if at in escaped else one for at, one in enumerate(name))
    body = f'{{"id": "1", "{key}": "{CLUELESS}"}}'.encode(encoding)
    answer = read_answer(200, {}, body)
    assert answer.readable
    assert isinstance(answer.fields[name], Secret)


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@given(JSON, st.sampled_from([*sorted(SENSITIVE_KEYS), *CONFIGURATION_KEYS]))
def test_all_else_comes_through_unchanged(value: Any, name: str) -> None:
    answer = read_answer(200, {}, json.dumps([value, {name: SCIM_TOKEN}]).encode())
    plain, secret = answer.data
    if not any(is_sensitive(text) for text in texts(value)):
        assert plain == value
    assert isinstance(secret[name], Secret)


# ---- bodies that are none


@pytest.mark.parametrize("body", [b"", b"  \r\n"])
def test_no_body_is_readable_and_nothing(body: bytes) -> None:
    answer = read_answer(204, {}, body)
    assert (answer.data, answer.readable, answer.success, dict(answer.fields)) == (None, True, True, {})


BROKEN: Final = [
    b"<html>sign in</html>",
    b'{"scimToken": "' + SCIM_TOKEN.encode(),
    b"\xff\xfe\xfa",
    b"[" * 100_000,
    b"1" * 10_000,
    b"{}{}",
]


@pytest.mark.parametrize("body", BROKEN)
def test_a_body_that_is_no_json_is_told_and_dropped(body: bytes) -> None:
    answer = read_answer(200, {}, body)
    assert (answer.data, answer.readable, answer.size) == (None, False, len(body))
    assert SCIM_TOKEN not in repr(answer)


@given(st.binary(max_size=60))
def test_no_body_breaks_it(body: bytes) -> None:
    assert read_answer(200, {}, body).size == len(body)


def test_headers_are_found_whatever_their_case() -> None:
    assert read_answer(200, {"Retry-After": "3", "CORRELATION-ID": "c"}, b"").headers == {
        "retry-after": "3",
        "correlation-id": "c",
    }


@pytest.mark.parametrize(
    ("status", "success"), [(199, False), (200, True), (204, True), (299, True), (300, False), (404, False)]
)
def test_what_counts_as_success(status: int, success: bool) -> None:
    assert read_answer(status, {}, b"").success is success


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"null", b"3"])
def test_an_answer_that_is_no_object_has_no_fields(body: bytes) -> None:
    assert dict(read_answer(200, {}, body).fields) == {}
