"""What the file says about each resource, and what is added to it."""

from __future__ import annotations

import pytest

from pingconf.model.address import Address
from pingconf.model.errors import ConfigurationError, Place
from pingconf.model.resource import Desired
from pingconf.model.values import Reference
from tests.config.makers import COMPLETE, CONNECTION, ENVIRON, HEAD, RULE, faults, read, told

GROUPS = "  groups:\n    engineering: {name: Engineering}\n    all_staff: {name: All Staff, manage: false}\n"


def desired(text: str, address: str) -> Desired:
    return next(one for one in read(text).desired if str(one.address) == address)


def test_a_resource_has_its_attributes_its_defaults_and_its_place() -> None:
    rule = desired(COMPLETE, "pingone.rules.employees")
    assert rule.place == Place("1.yaml", 13, 5)
    assert rule.attributes == {
        "name": "employees",
        "connection": Reference(Address("pingone.connections", "infisical")),
        "user_filter": "enabled eq true",
        "mappings": {
            "userName": "username",
            "workEmail": "email",
            "givenName": "name.given",
            "familyName": "name.family",
        },
        "groups": [],
        "enabled": True,
    }
    connection = desired(COMPLETE, "pingone.connections.infisical").attributes
    assert connection["base_url"] == "https://app.infisical.com/api/v1/scim"
    assert connection["auth"]["token"] == Reference(Address("infisical.scim_tokens", "pingone"), "secret")


def test_what_is_not_written_and_has_no_default_is_absent() -> None:
    assert "description" not in desired(COMPLETE, "pingone.connections.infisical").attributes
    assert set(desired(HEAD + GROUPS, "pingone.groups.engineering").attributes) == {"name"}


@pytest.mark.parametrize("nothing", ["", " ~", " null", " Null", " NULL"])
def test_an_attribute_without_a_value_is_not_written(nothing: str) -> None:
    rule = COMPLETE + f"      name:{nothing}\n      enabled:{nothing}\n      groups:{nothing}\n"
    assert desired(rule, "pingone.rules.employees") == desired(COMPLETE, "pingone.rules.employees")
    below = COMPLETE.replace("{token: pingone}", f"\n        token: pingone\n        header:{nothing}")
    assert read(below).digest == read(COMPLETE).digest


def test_a_resource_without_attributes_has_its_defaults() -> None:
    assert read(COMPLETE.replace("pingone: {}", "pingone:")).digest == read(COMPLETE).digest
    assert read("version: 1\npingone:\n  groups:\ninfisical:\n").desired == ()


@pytest.mark.parametrize(
    "text",
    ["no", "on", "yes", "true", "22:22", "0644", "1_000", "1e3", "2026-01-01", ".nan", "0x1F", "=", "3.0"],
)
def test_what_other_readers_of_yaml_take_for_something_else_stays_text(text: str) -> None:
    group = desired(HEAD + f"  groups:\n    one:\n      name: {text}\n", "pingone.groups.one")
    assert group.attributes["name"] == text


@pytest.mark.parametrize("text", ['"null"', "'~'"])
def test_nothing_in_quotes_is_text(text: str) -> None:
    group = desired(HEAD + f"  groups:\n    one:\n      name: {text}\n", "pingone.groups.one")
    assert group.attributes["name"] == text[1:-1]


def test_numbers_and_flags_may_come_from_variables() -> None:
    text = HEAD.replace("pingone: {}", "pingone:\n      ttl_days: ${DAYS:-90}") + CONNECTION
    text += "      create_users: ${CREATE:-false}\n"
    assert desired(text, "infisical.scim_tokens.pingone").attributes["ttl_days"] == 90
    assert desired(text, "pingone.connections.infisical").attributes["create_users"] is False


def test_mappings_may_be_expressions() -> None:
    text = COMPLETE + "      mappings:\n        userName: username\n        title: {expression: user.title}\n"
    mappings = desired(text, "pingone.rules.employees").attributes["mappings"]
    assert mappings == {"userName": "username", "title": {"expression": "user.title"}}


# ---- references


def test_a_rule_depends_on_what_it_names_in_the_order_of_the_file() -> None:
    rule = (
        "  rules:\n    employees:\n      groups: [all_staff, engineering]\n"
        "      user_filter: all\n      connection: infisical\n"
    )
    one = desired(HEAD + GROUPS + CONNECTION + rule, "pingone.rules.employees")
    assert [str(address) for address in one.depends_on] == [
        "pingone.groups.all_staff",
        "pingone.groups.engineering",
        "pingone.connections.infisical",
        "pingone.plan",
        "pingone.directory",
    ]
    assert one.attributes["groups"] == [
        Reference(Address("pingone.groups", "all_staff")),
        Reference(Address("pingone.groups", "engineering")),
    ]


def test_a_token_depends_on_the_switch_where_there_is_one() -> None:
    with_switch = COMPLETE.replace("  scim_tokens", "  scim: {enabled: true}\n  scim_tokens")
    assert desired(with_switch, "infisical.scim_tokens.pingone").depends_on == (Address("infisical.scim"),)
    assert desired(COMPLETE, "infisical.scim_tokens.pingone").depends_on == ()


def test_a_resource_with_a_mistake_can_still_be_named() -> None:
    wrong = faults(COMPLETE.replace("pingone: {}", "pingone: {ttl_days: x}"))
    assert [fault.headline for fault in wrong] == [
        'Wrong value for "ttl_days" in infisical.scim_tokens.pingone'
    ]


def test_a_dangling_name_is_told_beside_other_mistakes_of_the_resource() -> None:
    wrong = faults(HEAD + CONNECTION + RULE.replace("infisical", "infsical") + "      enabled: on\n")
    assert [fault.headline for fault in wrong] == [
        'Unknown connection "infsical" in pingone.rules.employees',
        'Wrong value for "enabled" in pingone.rules.employees',
    ]


def test_many_names_are_not_all_told() -> None:
    groups = "  groups:\n" + "".join(f"    g{number}: {{}}\n" for number in range(300))
    (fault,) = faults(HEAD + groups + CONNECTION + RULE + "      groups: [g300]\n")
    assert fault.details[0].endswith("g18, g19 and 280 more.")
    assert len(fault.details) == 1


@pytest.mark.parametrize("key", ["user_filter", "name", "mappings", "connection", "enabled", "groups"])
def test_no_word_of_a_variable_is_told(key: str) -> None:
    text = COMPLETE.replace("      user_filter: enabled eq true\n", "")
    text += f"      {key}: ${{SECRET}}\n" + ("" if key == "user_filter" else "      user_filter: all\n")
    secret = 'p4ss+Word(9) = "q7zz" and s3cret.x'
    environ = {**ENVIRON, "SECRET": secret}
    try:
        read(
            text if key != "connection" else text.replace("connection: infisical\n      ", ""),
            environ=environ,
        )
    except ConfigurationError as error:
        assert not [word for word in ("p4ss", "Word", "q7zz", "s3cret") if word in told(error.faults)]
    else:
        assert key == "name"


# ---- order, and what nobody writes


def test_resources_come_in_the_order_of_the_kinds_and_then_of_the_file() -> None:
    text = HEAD + RULE + GROUPS + CONNECTION
    assert [str(one.address) for one in read(text).desired] == [
        "infisical.scim_tokens.pingone",
        "pingone.directory",
        "pingone.connections.infisical",
        "pingone.groups.engineering",
        "pingone.groups.all_staff",
        "pingone.plan",
        "pingone.rules.employees",
        "pingone.revision",
    ]


def test_groups_alone_imply_nothing() -> None:
    assert [one.address.section for one in read(HEAD + GROUPS).desired] == [
        "infisical.scim_tokens",
        "pingone.groups",
        "pingone.groups",
    ]


def test_what_is_implied_has_its_defaults_and_no_place() -> None:
    assert desired(COMPLETE, "pingone.plan") == Desired(Address("pingone.plan"), {"enabled": True})
    assert desired(COMPLETE, "pingone.revision") == Desired(Address("pingone.revision"), {})


# ---- groups


def test_a_group_that_is_not_managed_is_external() -> None:
    external = desired(HEAD + GROUPS, "pingone.groups.all_staff")
    assert (external.external, external.attributes) == (True, {"name": "All Staff"})
    assert not desired(HEAD + GROUPS, "pingone.groups.engineering").external


def test_names_may_repeat_where_they_can_be_told_apart() -> None:
    groups = (
        "  groups:\n    a: {name: Staff, population: One}\n    b: {name: Staff, population: Two}\n"
        "    c: {name: Staff, population: One, manage: false}\n"
    )
    assert len(read(HEAD + groups).desired) == 4


@pytest.mark.parametrize("url", ["https://[", "https://]x", "https://[x]"])
def test_a_base_url_nobody_can_parse_is_a_fault(url: str) -> None:
    (fault,) = faults(COMPLETE.replace("{token: pingone}", f"{{token: pingone}}\n      base_url: '{url}'"))
    assert fault.place == Place("1.yaml", 12, 17)


def test_a_warning_names_its_place() -> None:
    text = COMPLETE.replace("pingone: {}", "pingone: {ttl_days: 0}")
    assert read(text).warnings == (
        "1.yaml:5:25: infisical.scim_tokens.pingone: ttl_days: 0 makes a token that never expires",
    )


def test_an_enabled_rule_on_a_connection_that_is_off_is_a_warning() -> None:
    text = COMPLETE.replace("{token: pingone}", "{token: pingone}\n      enabled: false")
    (warning,) = read(text).warnings
    assert "pingone.connections.infisical is switched off; PingOne does not switch a rule on" in warning
    off = text.replace("connection: infisical", "connection: infisical\n      enabled: false")
    assert not read(off).warnings


def test_a_rule_without_the_mapping_its_connection_looks_for_is_a_warning() -> None:
    text = COMPLETE.replace(
        "connection: infisical", "connection: infisical\n      mappings: {userName: username}"
    )
    (warning,) = read(text).warnings
    assert "mappings lacks workEmail, by which pingone.connections.infisical looks people up" in warning
