"""The state file reads back exactly as it was written, or is refused with a message that helps."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pingconf.backends.codec import (
    decode,
    encode,
    state_from_json,
    state_to_json,
)
from pingconf.backends.entries import entry_from_json, entry_to_json
from pingconf.backends.schema import state_schema
from pingconf.backends.shape import digest
from pingconf.model.address import Address
from pingconf.model.errors import StateError
from pingconf.model.resource import Recorded
from pingconf.model.state import (
    Aimed,
    CommitDue,
    Dropped,
    Entry,
    Intended,
    Intent,
    Noted,
    Resolved,
    State,
    new_state,
)
from pingconf.model.values import UNKNOWN, Reference, Secret
from tests.backends import LINEAGE, RULE, TOKEN, a_state, entries, figure

PATH = ".pingconf/state.json"

texts = st.text(max_size=12)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
keys = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
addresses = st.builds(Address, st.sampled_from(["pingone.rules", "pingone.groups"]), keys)
recorded = st.builds(
    Recorded,
    id=texts,
    attributes=st.dictionaries(texts, json_values, max_size=4),
    bindings=st.dictionaries(texts, texts, max_size=2),
    depends_on=st.lists(addresses, max_size=2).map(tuple),
    deposed=st.lists(texts, max_size=2).map(tuple),
    made=st.booleans(),
)
intents = st.builds(Intent, texts, texts)
states = st.builds(
    State,
    lineage=texts,
    serial=st.integers(0, 10**9),
    resources=st.dictionaries(addresses, recorded, max_size=3),
    pending=st.dictionaries(addresses, intents, max_size=2),
    uncommitted=st.booleans(),
    target=texts,
)
journal_entries: st.SearchStrategy[Entry] = st.one_of(
    st.builds(Intended, addresses, intents),
    st.builds(Resolved, addresses),
    st.builds(Noted, addresses, recorded),
    st.builds(Dropped, addresses),
    st.builds(CommitDue, st.booleans()),
    st.builds(Aimed, texts),
)


@given(states)
def test_any_state_reads_back_equal(state: State) -> None:
    assert decode(encode(state), PATH) == state


@given(journal_entries)
def test_any_entry_reads_back_equal(entry: Entry) -> None:
    assert entry_from_json(json.loads(json.dumps(entry_to_json(entry)))) == entry


def test_the_same_state_gives_the_same_bytes_whatever_its_order() -> None:
    state = a_state()
    turned = State(
        LINEAGE, 3, dict(reversed(list(state.resources.items()))), state.pending, True, state.target
    )
    assert encode(turned) == encode(state)
    assert encode(state).endswith(b"}\n")
    assert encode(state).isascii()


def test_the_document_has_the_promised_keys_and_fits_its_schema() -> None:
    document = json.loads(encode(a_state()))
    about = "format_version pingconf_version lineage serial target applied checksum"
    assert set(document) == {*about.split(), *"uncommitted released resources pending".split()}
    assert document["format_version"] == "1.0"
    assert list(document["resources"]) == sorted(map(str, a_state().resources))
    schema = state_schema()
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(document)
    assert not Draft202012Validator(schema).is_valid({**document, "secret": "x"})


def test_white_space_may_change_meaning_may_not() -> None:
    document = json.loads(encode(a_state()))
    assert decode(json.dumps(document).replace("\n", "\r\n").encode(), PATH) == a_state()
    document["serial"] = 4
    with pytest.raises(StateError, match="does not match its checksum"):
        decode(json.dumps(document).encode(), PATH)


def test_truncated_at_every_byte_is_refused() -> None:
    data = encode(a_state())
    refused = 0
    for length in range(len(data) - 1):  # without the last line break it is still whole
        with pytest.raises(StateError) as caught:
            decode(data[:length], PATH)
        text = " ".join([caught.value.headline, *caught.value.details])
        assert PATH in caught.value.headline
        assert f"{PATH}.backup" in text
        assert (f"is cut off after {length} bytes" if length else "is empty (0 bytes)") in text
        refused += 1
    figure(f"truncations refused: {refused} of {len(data) - 1}")


def test_1000_bit_flips_are_refused() -> None:
    data, chance, refused = encode(a_state()), random.Random(20240229), 0
    for _ in range(1000):
        flipped = bytearray(data)
        flipped[chance.randrange(len(data) - 1)] ^= 1 << chance.randrange(8)
        try:
            state = decode(bytes(flipped), PATH)
        except StateError as error:
            assert PATH in error.headline
            refused += 1
        else:  # the case of a digit in an escape: another spelling of the same state
            assert state == a_state()
    figure(f"bit flips refused: {refused} of 1000, {1000 - refused} without effect")
    assert refused >= 998


def _sealed(**changes: Any) -> bytes:
    """A document with a right checksum and wrong contents."""

    document = {**state_to_json(a_state()), **changes}
    document = {key: value for key, value in document.items() if value is not ...}
    return json.dumps({**document, "checksum": digest(document)}).encode()


@pytest.mark.parametrize(
    ("data", "headline"),
    [
        (b"", "State .pingconf/state.json is empty (0 bytes)"),
        (b" \n", "State .pingconf/state.json holds nothing but white space"),
        (b'{"format_version": "1', "State .pingconf/state.json is cut off after 21 bytes"),
        (b"\xff\xfe}", "State .pingconf/state.json is not JSON: 'utf-8' codec can't decode byte 0xff"),
        (b'{"a": NaN}', "State .pingconf/state.json is not JSON: NaN is no JSON number"),
        (
            b'{"a":' * 100_000 + b"}" * 100_000,
            "State .pingconf/state.json is not JSON: it is nested too deeply",
        ),
        (b"[{}, {}", "State .pingconf/state.json is cut off after 7 bytes"),
        (b"[]", "State .pingconf/state.json has the wrong shape: an object was expected"),
        (b"{}", "State .pingconf/state.json does not say which format it has"),
        (b'{"format_version": 1.0}', "State .pingconf/state.json does not say which format it has"),
        (
            _sealed(format_version="2.0", pingconf_version="9.1.0"),
            "State .pingconf/state.json has the newer format 2.0, written by pingconf 9.1.0; pingconf",
        ),
        (_sealed(format_version="0.9"), "State .pingconf/state.json has the format 0.9, written by"),
        (
            _sealed(serial="3"),
            "State .pingconf/state.json has the wrong shape: serial is a text, a whole number was expected",
        ),
        (
            _sealed(serial=True),
            "State .pingconf/state.json has the wrong shape: serial is true or false, a whole number",
        ),
        (_sealed(lineage=...), "State .pingconf/state.json has the wrong shape: the state lacks lineage"),
        (_sealed(extra=1), "State .pingconf/state.json has the wrong shape: the state has the unknown extra"),
        (_sealed(resources=[]), "State .pingconf/state.json has the wrong shape: resources is a list"),
        (_sealed(resources={"x": {}}), 'State .pingconf/state.json has the wrong shape: "x" is no address'),
        (
            _sealed(resources={"a.b": {}}),
            "State .pingconf/state.json has the wrong shape: a.b lacks attributes,",
        ),
        (
            _sealed(pending={"a.b": []}),
            "State .pingconf/state.json has the wrong shape: a.b is a list, an object was",
        ),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value[26:70],
)
def test_each_damage_has_its_own_message(data: bytes, headline: str) -> None:
    with pytest.raises(StateError) as caught:
        decode(data, PATH)
    assert caught.value.headline.startswith(headline)
    assert any(f"{PATH}.backup" in detail for detail in caught.value.details)


@pytest.mark.parametrize(
    "value",
    [
        Secret("CANARY"),
        Reference(TOKEN),
        UNKNOWN,
        float("nan"),
        float("inf"),
        {1: "x"},
        {"a"},
        b"x",
        object(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_plain_value_is_refused_loudly(value: Any) -> None:
    at_depth = Recorded("rule-1", {"groups": [{"x": value}]})
    with pytest.raises(TypeError, match=r"attributes\.groups\[0\]\.x holds a") as caught:
        encode(State(LINEAGE, 1, {RULE: at_depth}))
    assert "CANARY" not in str(caught.value)
    with pytest.raises(TypeError):
        entry_to_json(Noted(RULE, at_depth))


def test_tuples_are_kept_as_lists() -> None:
    state = State(LINEAGE, 1, {RULE: Recorded("rule-1", {"groups": ("a", "b")})})
    assert decode(encode(state), PATH).resources[RULE].attributes == {"groups": ["a", "b"]}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (None, "an entry is null, an object was expected"),
        ({"type": "guessed"}, "unknown type 'guessed'"),
        ({"type": "dropped"}, "dropped lacks address"),
        ({"type": "dropped", "address": "x"}, '"x" is no address'),
        ({"type": "commit_due", "due": 1}, "due is a whole number, true or false was expected"),
        ({"type": "noted", "address": "a.b", "recorded": {}}, "noted lacks attributes"),
        (
            {"type": "intended", "address": "a.b", "intent": {"nonce": 1, "identity": ""}},
            "nonce is a whole number",
        ),
    ],
)
def test_entries_out_of_shape_are_refused(document: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        entry_from_json(document)


def test_a_new_state_and_every_sort_of_entry_go_through() -> None:
    fresh = new_state()
    assert state_from_json(state_to_json(fresh)) == fresh
    assert [entry_from_json(entry_to_json(entry)) for entry in entries(10)] == entries(10)
