"""Ten times as many resources take ten times the work: counted in calls, as clocks depend on machines."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from tests.config.makers import CONNECTION, HEAD, read

GROUPS = '    g{n}:\n      name: Group {n}\n      membership_filter: title eq "Engineer {n}"\n'
MEMBERS = '    g{n}:\n      members: [u{n}@acme.example, "x{n}@acme.example"]\n'
USERS = "    u{n}:\n      email: u{n}@acme.example\n"
RULES = "    r{n}:\n      connection: infisical\n      user_filter: all\n      groups: [g{n}]\n"


def many(one: str, number: int) -> str:
    return "".join(one.format(n=n) for n in range(number))


def groups(number: int) -> str:
    return HEAD + "  groups:\n" + many(GROUPS, number)


def rules(number: int) -> str:
    return HEAD + CONNECTION + "  groups:\n" + many(GROUPS, number) + "  rules:\n" + many(RULES, number)


def members(number: int) -> str:
    return HEAD + "  users:\n" + many(USERS, number) + "  groups:\n" + many(MEMBERS, number)


def calls_to_load(text: str) -> int:
    count = 0

    def profile(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        read(text)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("configuration", [groups, rules, members])
def test_the_work_of_loading_grows_with_the_file(configuration: Callable[[int], str]) -> None:
    calls_to_load(configuration(1))  # builds the models
    small, large = (calls_to_load(configuration(number)) for number in (50, 500))
    assert large <= 11 * small
