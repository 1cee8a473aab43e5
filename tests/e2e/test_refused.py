"""What the file asks for and cannot have: it is refused in one clear message, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import pytest

from pingconf.sandbox.http import Request
from pingconf.sandbox.pingone_propagation import create_revision
from tests.e2e.hands import CONNECTION, GROUP, RULE
from tests.e2e.makers import Json, Ran, Stage
from tests.e2e.witness import assert_settled, changes, picture

Edit: TypeAlias = Callable[[Json], object]


def refused(stage: Stage, *said: str, code: int = 1) -> Ran:
    """Neither `plan` nor `apply` goes on, and both say so in the same words; nothing was written."""
    before = picture(stage.world)
    planned = stage.run("plan", expect=code)
    ran = stage.apply(expect=code)
    assert ran.err == planned.err
    for words in said:
        assert words in ran.err
    assert ran.err.startswith("Error: ")
    assert stage.wire.writes == []
    assert changes(before, picture(stage.world)) == set()
    return ran


@pytest.mark.parametrize(
    ("path", "value", "before"),
    [
        (f"{GROUP}.population", "Contractors", "Default"),
        (f"{CONNECTION}.user_identifier", "userName", "workEmail"),
    ],
    ids=["population", "user_identifier"],
)
def test_what_cannot_change(services: Stage, path: str, value: str, before: str) -> None:
    """Neither in place nor by a replacement, which would take access from people."""
    services.apply()
    services.edit(path, value)
    address, _, key = path.rpartition(".")
    ran = refused(services, f"{key} of {address} cannot be changed", before, value, "take access away")
    assert "pingconf.yaml:" in ran.err


def test_a_population_may_be_named_by_its_id(services: Stage) -> None:
    services.apply()
    default = next(row["id"] for row in services.world.populations.values() if row["default"])
    services.edit(f"{GROUP}.population", default)
    services.run("plan", "--detailed-exitcode")
    services.run("drift")


def test_a_population_that_there_is_not(services: Stage) -> None:
    services.edit(f"{GROUP}.population", "Robots")
    refused(services, 'PingOne has no population called "Robots"', "Contractors, Default")


def test_an_existing_group_that_there_is_not(services: Stage) -> None:
    services.edit("pingone.groups.all_staff.name", "All Staf")
    refused(services, 'There is no group called "All Staf" for pingone.groups.all_staff', "manage: false")


def test_a_group_of_that_name_is_there_already(services: Stage) -> None:
    services.edit(f"{GROUP}.name", "Sales")
    services.edit(f"{GROUP}.population", None)
    refused(services, 'A group called "Sales" exists already', GROUP, "manage: false")


def test_a_connection_of_that_name_is_there_already(services: Stage) -> None:
    world = services.world
    configuration: Json = {"SCIM_URL": "https://other.example", "AUTHENTICATION_METHOD": "None"}
    row: Json = {"id": world.new_id(), "type": "scim", "name": "Infisical", "configuration": configuration}
    times = {"createdAt": world.stamp(), "updatedAt": world.stamp()}
    world.stores[row["id"]] = {**row, "managed": False, "status": "ACTIVE", **times}
    refused(services, 'A connection called "Infisical" exists already', CONNECTION, row["id"])


def test_a_store_of_another_type_has_that_name(services: Stage) -> None:
    """Whether names are one for all stores is not documented, so it shows only when PingOne refuses."""
    world = services.world
    row: Json = {"id": world.new_id(), "type": "Slack", "name": "Infisical", "configuration": {}}
    times = {"createdAt": world.stamp(), "updatedAt": world.stamp()}
    world.stores[row["id"]] = {**row, "managed": False, "status": "ACTIVE", **times}
    create_revision(world, Request("POST", "/propagation/revisions"))
    ran = services.apply(expect=7)
    assert "name: The name 'Infisical' is already in use" in ran.err
    assert f"While creating {CONNECTION}." in ran.err
    services.edit(f"{CONNECTION}.name", "Infisical (SCIM)")
    services.apply()
    assert_settled(services)


def test_a_rule_of_that_name_is_there_already(services: Stage) -> None:
    services.apply()
    (services.folder / ".pingconf" / "state.json").unlink()
    ran = refused(services, 'A rule called "Employees to Infisical" exists already', RULE)
    assert 'A connection called "Infisical" exists already' in ran.err
    assert 'A group called "Engineering" exists already' in ran.err
    assert ran.err.rstrip().endswith("3 errors.")


KEYS: Final = {"rules": "employees", "connections": "infisical", "groups": "engineering"}


@pytest.mark.parametrize("section", KEYS)
def test_a_key_that_is_renamed(services: Stage, section: str) -> None:
    """The address is the identity: two objects of one name cannot be, and one cannot go before the other."""
    services.apply()
    document = services.document()
    place = document["pingone"][section]
    place["other"] = place.pop(KEYS[section])
    rule = next(iter(document["pingone"]["rules"].values()))
    if section == "connections":
        rule["connection"] = "other"
    if section == "groups":
        rule["groups"] = ["other", "all_staff"]
    services.write(document)
    refused(services, f"pingone.{section}.other", f"pingone.{section}.{KEYS[section]}")


@pytest.mark.parametrize("section", KEYS)
def test_two_of_one_name(services: Stage, section: str) -> None:
    document = services.document()
    place = document["pingone"][section]
    place["second"] = dict(place[KEYS[section]])
    services.write(document)
    services.run("validate", expect=1)
    refused(services, f"pingone.{section}.second")


def _set(path: str, value: Any) -> Edit:
    def edit(document: Json) -> None:
        *way, last = path.split(".")
        place = document
        for name in way:
            place = place[name]
        place[last] = value

    return edit


MISTAKES: Final[dict[str, tuple[Edit, str]]] = {
    "unknown key": (
        _set(f"{RULE}.user_filtr", "all"),
        'Unknown attribute "user_filtr" in pingone.rules.employees',
    ),
    "dangling connection": (_set(f"{RULE}.connection", "infisicle"), "infisicle"),
    "dangling group": (_set(f"{RULE}.groups", ["engineers"]), "engineers"),
    "dangling token": (_set(f"{CONNECTION}.auth.token", "pingtwo"), "pingtwo"),
    "another origin": (_set(f"{CONNECTION}.base_url", "https://evil.example/api/v1/scim"), "another origin"),
    "no filter": (_set(f"{RULE}.user_filter", "enabled = true"), "user_filter is no SCIM filter"),
    "everybody": (_set(f"{CONNECTION}.user_filter_expression", 'mail eq "%s"'), "Infisical does not know"),
    "no %s": (_set(f"{CONNECTION}.user_filter_expression", 'email.value eq "x"'), "exactly one %s"),
    "too long a life": (_set("infisical.scim_tokens.pingone.ttl_days", 731), "ttl_days"),
    "a literal secret": (_set("pingone.client_secret", "hunter2"), "A secret stands in the file"),
    "a guardrail of no kind": (_set("guardrails", {"max_removed": 1}), "guardrails has: max_removed_users, "),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_file(services: Stage, mistake: str) -> None:
    """Before anybody is asked for anything, with its place."""
    edit, said = MISTAKES[mistake]
    document = services.document()
    edit(document)
    services.write(document)
    ran = refused(services, said)
    assert "pingconf.yaml:" in ran.err
    assert services.wire.calls == []
    assert "hunter2" not in ran.err


def test_all_mistakes_at_once(services: Stage) -> None:
    document = services.document()
    for edit, _ in MISTAKES.values():
        edit(document)
    services.write(document)
    ran = services.run("validate", expect=1)
    assert ran.out == ""
    assert ran.err.count("Error: ") >= 8
