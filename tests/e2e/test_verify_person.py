"""verify --user: the way of one person, and the station at which it is broken."""

from __future__ import annotations

import pytest

from tests.e2e.hands import CONNECTION, RULE, store
from tests.e2e.makers import Json, Stage
from tests.e2e.test_verify import PRIYA, invite, member, newer, remove, team
from tests.e2e.test_verify_waiting import as_machine

__all__ = ["newer"]
STATIONS = ["directory", "rule", "synchronization", "member", "groups"]


def person(stage: Stage, email: str = PRIYA) -> Json:
    return next(row for row in stage.world.users.values() if row.get("email") == email)


def way(stage: Stage, who: str = PRIYA, expect: int = 8) -> tuple[str | None, dict[str, Json]]:
    """Where it is broken, and every station by its name; nothing is written anywhere."""
    document = stage.run("verify", "--wait", "0", "--user", who, "--json", expect=expect).document
    assert stage.wire.writes == []
    assert document["user"] == who
    assert [one["name"] for one in document["stations"]] == STATIONS
    failed = [one["name"] for one in document["stations"] if one["status"] == "failed"]
    assert failed == ([document["broken_at"]] if document["broken_at"] else []), "the first one only"
    assert all(one["mend"] for one in document["stations"] if one["status"] == "failed")
    return document["broken_at"], {one["name"]: one for one in document["stations"]}


def test_the_way_is_whole(applied: Stage) -> None:
    ran = applied.run("verify", "--user", PRIYA)
    lines = ran.out.splitlines()
    assert [line.split()[:2] for line in lines[:5]] == [["✓", name] for name in STATIONS]
    assert lines[1].endswith(f"in scope of {RULE}: enabled eq true")
    assert lines[4].endswith("in Engineering, All Staff")
    assert lines[-1] == f"The way of {PRIYA} is whole."
    assert way(applied, "priya.raman", expect=0)[0] is None, "by the user name, too"


def test_an_unknown_person(applied: Stage) -> None:
    broken, stations = way(applied, "nobody@acme.example")
    assert broken == "directory"
    assert stations["directory"]["seen"] == "nobody in PingOne has nobody@acme.example as e-mail or user name"
    assert stations["member"]["seen"] == "nobody@acme.example is no member at Infisical"


def test_somebody_who_was_invited_by_hand(applied: Stage) -> None:
    invite(applied.world, "guest@elsewhere.example")
    broken, stations = way(applied, "guest@elsewhere.example")
    assert broken == "directory"
    assert stations["member"]["seen"] == "guest@elsewhere.example is an active member"


def test_an_email_that_two_have(applied: Stage) -> None:
    other = next(row for row in applied.world.users.values() if row["email"] != PRIYA)
    other["email"] = PRIYA
    broken, stations = way(applied)
    assert broken == "directory"
    assert stations["directory"]["seen"].startswith("2 people have it: ")


def test_somebody_who_is_disabled(applied: Stage) -> None:
    person(applied)["enabled"] = False
    broken, stations = way(applied)
    assert broken == "directory"
    assert stations["directory"]["seen"].endswith(", is disabled")


def test_somebody_in_scope_of_no_rule(services: Stage) -> None:
    services.edit(f"{RULE}.user_filter", 'enabled eq true and title co "Account"')
    services.apply()
    broken, stations = way(services)
    assert broken == "rule"
    assert stations["rule"]["seen"] == (
        f'in scope of no rule: {RULE} wants title co "Account" (it is "Software Engineer")'
    )
    assert stations["member"]["status"] == "skipped", "it follows from the first"
    assert stations["member"]["seen"] == f"{PRIYA} is no member at Infisical"


def test_groups_in_a_filter_are_for_pingone_to_decide(services: Stage) -> None:
    sales = next(row for row in services.world.groups.values() if row["name"] == "Sales")
    services.edit(f"{RULE}.user_filter", f'enabled eq true and memberOfGroups[id eq "{sales["id"]}"]')
    services.apply()
    broken, stations = way(services)
    assert broken == "rule"
    assert f'wants memberOfGroups[id eq "{sales["id"]}"]' in stations["rule"]["seen"]
    services.world.group_members[sales["id"]].append(person(services)["id"])
    assert way(services)[0] in ("synchronization", "member"), "in scope now, and not brought yet"


def test_a_rule_that_is_switched_off(applied: Stage) -> None:
    applied.edit(f"{RULE}.enabled", False)
    broken, stations = way(applied)
    assert broken == "rule"
    assert stations["rule"]["seen"] == f"in scope of {RULE} alone, which is switched off"
    assert stations["rule"]["mend"] == f"Write enabled: true for {RULE} and {CONNECTION}, and apply."


def test_a_rule_that_was_not_applied_yet(applied: Stage) -> None:
    new = {"connection": "infisical", "user_filter": 'username eq "oskar.berg"'}
    applied.edit("pingone.rules.more", new)
    oskar = person(applied, "oskar.berg@acme.example")
    oskar["enabled"] = True
    applied.edit(f"{RULE}.user_filter", 'title co "Account"')
    broken, stations = way(applied, "oskar.berg@acme.example")
    assert broken == "rule"
    assert stations["rule"]["seen"] == "in scope of pingone.rules.more, which was not applied yet"


def test_somebody_without_an_email(applied: Stage) -> None:
    del person(applied)["email"]
    broken, stations = way(applied, "priya.raman")
    assert broken == "rule"
    assert stations["rule"]["seen"] == f"in scope of {RULE}, but has no email"


def test_infisical_refused_them(newer: Stage) -> None:
    newer.apply()
    broken, stations = way(newer, "priya.raman@elsewhere.example")
    assert broken == "synchronization"
    assert "is not a part of the accepted domains" in stations["synchronization"]["seen"]


def test_pingone_is_still_at_it(applied: Stage) -> None:
    applied.world.syncing[store(applied.world)["id"]] = 9
    broken, stations = way(applied, expect=0)
    assert (broken, stations["synchronization"]["status"]) == (None, "warning")


def test_somebody_who_was_removed_at_infisical(applied: Stage) -> None:
    remove(applied.world, PRIYA)
    broken, stations = way(applied)
    assert (broken, stations["member"]["seen"]) == ("member", f"{PRIYA} is no member at Infisical")
    ran = applied.run("verify", "--user", PRIYA, expect=8)
    assert ran.out.endswith(f"The way of {PRIYA} stops at: member.\n")


def test_somebody_who_was_deactivated(applied: Stage) -> None:
    member(applied.world, PRIYA)["isActive"] = False
    broken, stations = way(applied)
    assert (broken, stations["member"]["seen"]) == ("member", f"{PRIYA} is a member, but deactivated")


def test_somebody_who_is_missing_in_a_group(applied: Stage) -> None:
    del team(applied.world, "Engineering")["members"][member(applied.world, PRIYA)["id"]]
    broken, stations = way(applied)
    assert (broken, stations["groups"]["seen"]) == (
        "groups",
        "not in Engineering at Infisical, but in PingOne",
    )


def test_a_machine_identity_does_not_see_the_end(applied: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    as_machine(monkeypatch)
    broken, stations = way(applied, expect=1)
    assert (broken, stations["member"]["status"]) == (None, "skipped")
    ran = applied.run("verify", "--user", PRIYA, expect=1)
    assert ran.out.endswith(f"The way of {PRIYA} could not be followed to its end.\n")


def test_a_person_from_outside_is_shown_harmless(applied: Stage) -> None:
    ran = applied.run("verify", "--user", "\x1b[31m\n::error::x", expect=8)
    assert "\x1b" not in ran.out and "\n::error::" not in ran.out


def test_nobody_is_asked_for(applied: Stage) -> None:
    assert applied.run("verify", "--user", " ", expect=64).out == ""
    assert applied.wire.calls == []
