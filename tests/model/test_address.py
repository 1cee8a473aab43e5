"""Addresses: the path in the file, written and read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingconf.kinds import KINDS
from pingconf.model.address import Address, parse_address


@pytest.mark.parametrize(
    ("text", "address", "label"),
    [
        ("pingone.rules.employees", Address("pingone.rules", "employees"), "employees"),
        ("infisical.scim", Address("infisical.scim"), "scim"),
        ("pingone.groups.all-staff_2", Address("pingone.groups", "all-staff_2"), "all-staff_2"),
    ],
)
def test_written_and_read(text: str, address: Address, label: str) -> None:
    assert (str(address), parse_address(text), address.label) == (text, address, label)


@pytest.mark.parametrize(
    "text", ["", ".", "pingone", "pingone.", ".rules", "pingone..x", "a.b.c.d", "a.b.", "a.b.c."]
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no address; one looks like pingone\.rules\.employees"):
        parse_address(text)


@given(st.sampled_from(list(KINDS)), st.from_regex(r"[a-z][a-z0-9_-]{0,62}", fullmatch=True) | st.just(""))
def test_there_and_back(section: str, key: str) -> None:
    address = Address(section, key)
    assert parse_address(str(address)) == address
    assert {address: 1}[parse_address(str(address))] == 1


def test_they_are_ordered_by_section_and_key() -> None:
    addresses = [Address("b", "a"), Address("a", "b"), Address("a"), Address("a", "a")]
    assert sorted(addresses) == [Address("a"), Address("a", "a"), Address("a", "b"), Address("b", "a")]
