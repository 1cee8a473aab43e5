"""How many people would lose access is counted, shown, and refused where it is more than may."""

from __future__ import annotations

from operator import itemgetter
from typing import Any, Final

import pytest

from tests.e2e.hands import RULE
from tests.e2e.makers import Json, Stage
from tests.e2e.witness import PEOPLE, assert_settled, with_access

FILTER: Final = f"{RULE}.user_filter"
ENGINEERS: Final = 'enabled eq true and title co "Engineer"'
SOME: Final = 10
LOST: Final = PEOPLE - SOME
APPLY: Final = ("apply", "--auto-approve")


STAYS: Final = 'enabled eq true and nickname eq "stays"'


def leave(stage: Stage, number: int) -> list[Json]:
    """Let so many of those in scope fall out of it."""
    people = sorted((one for one in stage.world.users.values() if one["enabled"]), key=itemgetter("username"))
    for one in people[number:]:
        one["nickname"] = "stays"
    stage.edit(FILTER, STAYS)
    return people[:number]


def test_too_many_at_once_are_refused(applied: Stage) -> None:
    applied.edit(FILTER, ENGINEERS)
    ran = applied.run(*APPLY, expect=5)
    assert f"Error: {LOST} people would lose access, more than may in one apply" in ran.err
    assert f"{PEOPLE} are in scope now; guardrails: max_removed_users 10, max_removed_percent 10." in ran.err
    assert f"If that is meant: --allow-removals {LOST}" in ran.err
    assert applied.wire.lines == []
    assert len(with_access(applied.world)) == PEOPLE


def test_the_exact_number_lets_them_go(applied: Stage) -> None:
    applied.edit(FILTER, ENGINEERS)
    for wrong in (LOST - 1, LOST + 1, 0):
        ran = applied.run(*APPLY, "--allow-removals", str(wrong), expect=5)
        assert f"--allow-removals {wrong} does not fit: {LOST} people would lose access" in ran.err
        assert applied.wire.lines == []
    applied.run(*APPLY, "--allow-removals", str(LOST))
    assert len(with_access(applied.world)) == SOME
    assert_settled(applied)


def test_the_plan_counts_them(applied: Stage) -> None:
    applied.edit(FILTER, ENGINEERS)
    ran = applied.run("plan")
    assert f"People in scope:\n\n  {RULE}   {PEOPLE} -> {SOME} (+0 -{LOST})" in ran.out
    assert f"{LOST} people of {PEOPLE} would lose access" in ran.out
    assert f"must be told: --allow-removals {LOST}" in ran.out
    assert "@acme.example" not in ran.out
    (people,) = applied.run("plan", "--json").document["people"]
    assert people == {"rule": RULE, "before": PEOPLE, "after": SOME, "gains": 0, "losses": LOST}


def test_the_plan_names_them_where_asked(applied: Stage) -> None:
    applied.edit(FILTER, ENGINEERS)
    named = [line for line in applied.run("plan", "--show-users").out.splitlines() if "@acme" in line]
    assert len(named) == LOST
    kept = {row["email"] for row in applied.world.users.values() if "Engineer" in row.get("title", "")}
    assert not kept & {line.strip(" -") for line in named}


@pytest.mark.parametrize(
    ("number", "guardrails", "refused"),
    [
        (3, {}, False),
        (4, {}, True),  # 10 % of 36 are 3.6
        (4, {"max_removed_percent": 12}, False),
        (4, {"max_removed_percent": 100, "max_removed_users": 3}, True),
        (4, {"max_removed_percent": 100, "max_removed_users": 4}, False),
        (1, {"max_removed_users": 0}, True),
        (1, {"max_removed_percent": 0}, True),
    ],
)
def test_the_smaller_bound_counts(
    applied: Stage, number: int, guardrails: dict[str, Any], refused: bool
) -> None:
    applied.edit("guardrails", guardrails)
    leave(applied, number)
    applied.run(*APPLY, expect=5 if refused else 0)
    assert len(with_access(applied.world)) == (PEOPLE if refused else PEOPLE - number)


def test_somebody_who_must_stay(applied: Stage) -> None:
    """Whatever number was agreed to."""
    (email,) = [one["email"] for one in leave(applied, 1)]
    applied.edit("guardrails", {"protected_users": [email.upper()]})
    for more in ((), ("--allow-removals", "1")):
        ran = applied.run(*APPLY, *more, expect=5)
        assert (
            f"Error: {email} would lose access, and guardrails.protected_users says they must not" in ran.err
        )
        assert applied.wire.lines == []


def test_whoever_comes_in_by_another_rule_loses_nothing(applied: Stage) -> None:
    rule = applied.document()["pingone"]["rules"]["employees"]
    applied.edit("pingone.rules.everybody", {**rule, "name": "Everybody", "user_filter": "all", "groups": []})
    applied.apply()
    applied.edit(FILTER, ENGINEERS)
    assert "would lose access" not in applied.run("plan").out
    applied.apply()
    assert len(with_access(applied.world)) >= PEOPLE


@pytest.mark.parametrize("path", [f"{RULE}.enabled", "pingone.connections.infisical.enabled"])
def test_what_is_switched_off_takes_nobody_along(applied: Stage, path: str) -> None:
    applied.edit(path, False)
    applied.apply()
    assert len(with_access(applied.world)) == PEOPLE


def test_a_filter_that_says_the_same_in_other_words(applied: Stage) -> None:
    applied.edit(FILTER, "population.id pr and (enabled eq true)")
    assert applied.run("plan", "--json").document["people"] == []
    applied.apply()


def test_what_cannot_be_counted_is_refused(applied: Stage) -> None:
    """PingOne does not take this filter. The plan says so, and goes on."""
    applied.edit(FILTER, 'shoeSize eq "42"')
    (people,) = applied.run("plan", "--json").document["people"]
    assert (people["before"], people["after"]) == (None, None)
    assert "could not be counted" in applied.run("plan").out
    for more in ((), ("--allow-removals", str(LOST))):
        ran = applied.run(*APPLY, *more, expect=5)
        assert "Error: Nobody can say how many people this apply would take access from" in ran.err
        assert "shoeSize" in ran.err
        assert applied.wire.lines == []


def test_a_saved_plan_is_counted_once_more(applied: Stage) -> None:
    first, _ = leave(applied, 2)
    applied.run("plan", "--out", "saved")
    first["enabled"] = False  # so that only one is left to lose it by this plan
    ran = applied.run("apply", "saved", expect=4)
    assert "The number of people it takes access from was 2, and is 1 now." in ran.err
    assert applied.wire.lines == []


def test_a_saved_plan_is_refused_like_any_other(applied: Stage) -> None:
    applied.edit(FILTER, ENGINEERS)
    applied.run("plan", "--out", "saved")
    assert f"{PEOPLE} -> {SOME} (+0 -{LOST})" in applied.run("show", "saved").out
    assert b"@acme.example" not in (applied.folder / "saved").read_bytes()
    applied.run("apply", "saved", expect=5)
    applied.run("apply", "saved", "--allow-removals", str(LOST))
    assert len(with_access(applied.world)) == SOME


def test_a_destruction_that_takes_everybody_along(applied: Stage) -> None:
    ran = applied.run("destroy", "--auto-approve", "--deprovision", expect=5)
    assert f"--allow-removals {PEOPLE}" in ran.err
    assert applied.wire.lines == []
    applied.run("destroy", "--auto-approve", "--deprovision", "--allow-removals", str(PEOPLE))
    assert with_access(applied.world) == frozenset()


def test_a_destruction_that_leaves_people_alone_is_not_counted(applied: Stage) -> None:
    applied.run("destroy", "--auto-approve")
    assert len(with_access(applied.world)) == PEOPLE


@pytest.mark.parametrize("how", ["disabled", "taken out", "deleted"])
def test_a_person_of_the_file_counts_too(services: Stage, how: str) -> None:
    """Whoever is disabled leaves every rule."""
    person = {"email": "robin.test@acme.example"}
    services.edit("pingone.users", {"robin": person})
    services.edit("guardrails", {"max_removed_users": 0})
    services.apply()
    assert len(with_access(services.world)) == PEOPLE + 1
    services.edit("pingone.users", {"robin": {**person, "enabled": False}} if how == "disabled" else None)
    words = (*APPLY, *(["--delete-users"] if how == "deleted" else []))
    assert "--allow-removals 1" in services.run(*words, expect=5).err
    assert "- robin.test@acme.example" in services.run("plan", "--show-users").out
    services.run(*words, "--allow-removals", "1")
    assert len(with_access(services.world)) == PEOPLE
