"""verify: each way in which PingOne and Infisical can differ is named, and nothing else; it only looks."""

from __future__ import annotations

from typing import Any

import pytest

from pingconf.model.errors import ServiceError
from pingconf.sandbox import World
from pingconf.sandbox.switches import Switches
from tests.e2e.hands import CONNECTION, RULE
from tests.e2e.makers import Json, Stage
from tests.e2e.witness import PEOPLE

PRIYA = "priya.raman@acme.example"


def member(world: World, email: str) -> Json:
    account = next(id for id, row in world.accounts.items() if row["email"] == email)
    return next(row for row in world.members.values() if row["account"] == account)


def team(world: World, name: str) -> Json:
    return next(row for row in world.teams.values() if row["name"] == name)


def invite(world: World, email: str, role: str = "member") -> Json:
    """Somebody whom an administrator of Infisical invites by hand."""
    some = next(iter(world.accounts.values()))
    account = {**some, "id": world.new_id(), "username": email, "email": email}
    row = {**next(iter(world.members.values())), "id": world.new_id(), "account": account["id"]}
    world.accounts[account["id"]] = account
    world.members[row["id"]] = {**row, "role": role, "inviteEmail": email, "isActive": True, "alias": None}
    return world.members[row["id"]]


def remove(world: World, email: str) -> None:
    gone = member(world, email)["id"]
    del world.members[gone]
    for row in world.teams.values():
        row["members"].pop(gone, None)


def differences(stage: Stage, *more: str, expect: int = 8) -> list[tuple[str, str, str]]:
    """What it finds, each as kind, what and reason; nothing is written anywhere."""
    document = stage.run("verify", "--wait", "0", "--json", *more, expect=expect).document
    assert stage.wire.writes == []
    found = document["differences"]
    assert sum(document["summary"].values()) == len(found)
    return [(one["kind"], one["what"], one["reason"]) for one in found]


# ---- all is well


def test_everybody_arrived(applied: Stage) -> None:
    ran = applied.run("verify")
    assert applied.wire.writes == []
    assert ran.out.endswith(
        f"\nVerified. {PEOPLE} people in scope and 2 groups are at Infisical as they should be.\n"
    )
    assert "  1 administrator whom no rule brings: admin@acme.example\n" in ran.out
    assert ran.err == f"PingOne: {CONNECTION} is done\n"
    document = applied.run("verify", "--json").document
    assert (document["complete"], document["in_scope"], document["members"]) == (True, PEOPLE, PEOPLE + 1)
    assert (document["differences"], document["unverified"]) == ([], [])
    assert document["rules"] == {RULE: PEOPLE}
    (one,) = document["connections"]
    assert (one["address"], one["total"], one["failed"]) == (CONNECTION, PEOPLE, 0)


def test_on_the_sandbox(sandbox: Stage) -> None:
    sandbox.apply()
    sandbox.run("verify")


def test_nothing_was_applied_yet(services: Stage) -> None:
    ran = services.run("verify", expect=1)
    assert "Error: Nothing was applied yet, so there is nothing to verify" in ran.err


def test_a_file_without_a_rule(services: Stage) -> None:
    services.edit("pingone.rules", None)
    services.apply()
    ran = services.run("verify", expect=1)
    assert "Error: The file has no rule, so nobody is in scope and there is nothing to verify" in ran.err


# ---- people


def test_somebody_is_missing(applied: Stage) -> None:
    remove(applied.world, PRIYA)
    assert differences(applied) == [("missing", PRIYA, "PingOne says that it was done")]
    ran = applied.run("verify", expect=8)
    assert f"  missing           {PRIYA}   {RULE}; PingOne says that it was done\n" in ran.out
    assert "      -> For one of them, step by step: pingconf verify --user E-MAIL\n" in ran.out
    assert ran.out.endswith("1 difference: 1 missing.\n")


def test_somebody_was_deactivated_by_hand(applied: Stage) -> None:
    member(applied.world, PRIYA)["isActive"] = False
    assert [one[:2] for one in differences(applied)] == [("inactive", PRIYA)]


def test_somebody_was_invited_by_hand(applied: Stage) -> None:
    invite(applied.world, "guest@elsewhere.example")
    found = differences(applied)
    assert found == [("surplus", "guest@elsewhere.example", "in scope of no rule")]
    invite(applied.world, "second.admin@acme.example", "admin")
    assert differences(applied) == found, "an administrator is told of, and is no difference"
    told = applied.run("verify", "--json", expect=8).document["administrators"]
    assert told == ["admin@acme.example", "second.admin@acme.example"]


def test_somebody_invited_by_hand_who_was_deactivated_is_no_difference(applied: Stage) -> None:
    invite(applied.world, "guest@elsewhere.example")["isActive"] = False
    assert differences(applied, expect=0) == []


def test_capitals_do_not_count(applied: Stage) -> None:
    row = next(one for one in applied.world.users.values() if one["email"] == PRIYA)
    row["email"] = PRIYA.upper()
    assert differences(applied, expect=0) == []


def test_somebody_who_is_disabled_in_pingone_and_still_active(services: Stage) -> None:
    services.edit(f"{RULE}.user_filter", "all")
    services.apply()
    row = next(one for one in services.world.users.values() if one["email"] == PRIYA)
    row["enabled"] = False
    found = differences(services)
    assert ("surplus", PRIYA, "disabled in PingOne, and active at Infisical") in found


def test_people_of_a_rule_that_is_switched_off(applied: Stage) -> None:
    applied.edit(f"{RULE}.enabled", False)
    found = differences(applied)
    assert len(found) == PEOPLE
    assert {(kind, reason) for kind, _, reason in found} == {
        ("surplus", f"in scope of {RULE} alone, which is switched off")
    }


def test_somebody_without_an_email(applied: Stage) -> None:
    row = next(one for one in applied.world.users.values() if one["email"] == PRIYA)
    del row["email"]
    reason = "no email in PingOne, which the rule maps to the e-mail"
    found = differences(applied)
    assert ("missing", "priya.raman", reason) in found
    assert ("surplus", PRIYA, "in scope of no rule") in found


def test_another_attribute_is_mapped(services: Stage) -> None:
    for row in services.world.users.values():
        row["nickname"] = f"{row['username']}@mail.acme.example"
    services.edit(f"{RULE}.mappings", {"userName": "username", "workEmail": "nickname"})
    services.apply()
    assert differences(services, expect=0) == []


def test_an_expression_makes_the_emails(services: Stage) -> None:
    """Nobody but PingOne can tell who is missing; that is said, and never called fine."""
    expression = {"expression": "user.email"}
    services.edit(f"{RULE}.mappings", {"userName": "username", "workEmail": expression})
    services.apply()
    document = services.run("verify", "--json", expect=1).document
    assert document["differences"] == []
    assert document["unverified"] == [
        f"{RULE}: an expression makes its e-mails, and only PingOne can compute it"
    ]


# ---- what PingOne says of failures


@pytest.fixture
def newer(services: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """An Infisical that takes people of verified domains only, and two people of another one."""
    services.wire.world = World.seed(switches=Switches(infisical_release="2026"))
    monkeypatch.setenv("INFISICAL_TOKEN", services.world.admin_token())
    for row in services.world.users.values():
        if row["username"] in ("priya.raman", "mei.tanaka"):
            row["email"] = f"{row['username']}@elsewhere.example"
    return services


REFUSED = (
    "POST /api/v1/scim/Users answered 403: The email you attempted to login in with is not a part of the "
    "accepted domains"
)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("reason", f"PingOne says: {REFUSED}"),
        ("bare", "PingOne says: FAILED"),
        ("absent", "PingOne has not got to it, or does not tell"),
    ],
)
def test_pingone_could_not_bring_them(newer: Stage, answer: Any, said: str) -> None:
    newer.world.switches = Switches(infisical_release="2026", failed_sync=answer)
    newer.apply()
    assert differences(newer) == [
        ("failed", CONNECTION, f"2 failed: {REFUSED}"),
        ("missing", "mei.tanaka@elsewhere.example", said),
        ("missing", "priya.raman@elsewhere.example", said),
    ]


def test_a_reason_that_cannot_be_had_is_no_fault(newer: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    newer.apply()
    monkeypatch.setattr("pingconf.operations.verify.read_synced_rule", fails)
    said = "PingOne does not say why: Out of order"
    assert [(kind, reason) for kind, _, reason in differences(newer)[1:]] == [("missing", said)] * 2


def test_pingone_is_asked_about_a_few_of_many(applied: Stage) -> None:
    for row in list(applied.world.members.values()):
        if row["role"] != "admin":
            del applied.world.members[row["id"]]
    found = differences(applied)
    assert [kind for kind, _, _ in found] == ["missing"] * PEOPLE
    asked = [one for one in applied.wire.calls if "/syncedRules/" in one.path]
    assert len(asked) == 25
    assert sum(bool(reason) for _, _, reason in found) == 25


# ---- the file and the state


def test_what_was_not_applied_yet(applied: Stage) -> None:
    applied.edit("pingone.groups.pilots", {"name": "Pilots"})
    assert differences(applied) == [("unapplied", "pingone.groups.pilots", "it was not applied yet")]


def test_what_is_not_published_yet(services: Stage) -> None:
    services.apply()
    services.edit(f"{RULE}.groups", [])
    services.wire.break_write(2, "refused")
    services.apply(expect=7)
    services.wire.mend()
    assert ("unapplied", "pingone.revision", "what was changed is not published yet") in differences(services)


def test_a_connection_that_was_deleted_by_hand(applied: Stage) -> None:
    from tests.e2e.hands import delete_connection

    delete_connection(applied.world)
    found = differences(applied)
    assert ("unapplied", CONNECTION, "it was deleted in PingOne") in found
    ran = applied.run("verify", expect=8)
    assert f"✗ {CONNECTION}   is not in PingOne any more\n" in ran.out


def fails(*_: object) -> None:
    raise ServiceError("Out of order")


# ---- names from outside


def test_names_from_outside_are_shown_harmless(applied: Stage) -> None:
    invite(applied.world, "\x1b[31mevil\n::error::x@elsewhere.example")
    ran = applied.run("verify", expect=8)
    assert "\x1b" not in ran.out and "\n::error::" not in ran.out
    assert "\\x1b[31mevil\\n" in ran.out


# ---- as part of an apply


def test_an_apply_that_verifies(services: Stage) -> None:
    ran = services.run("apply", "--auto-approve", "--verify")
    assert "Apply complete! 6 added, 1 changed, 0 destroyed.\n" in ran.out
    assert ran.out.rstrip().splitlines()[-1].startswith("Verified. ")
    remove(services.world, PRIYA)
    ran = services.run("apply", "--auto-approve", "--verify", expect=8)
    assert "Apply complete! 0 added, 0 changed, 0 destroyed.\n" in ran.out
    assert ran.out.endswith("1 difference: 1 missing.\n")


def test_an_apply_that_failed_does_not_verify(services: Stage) -> None:
    services.wire.break_write(5, "lost")
    assert "difference" not in services.run("apply", "--auto-approve", "--verify", expect=7).out
    services.wire.mend()
    services.run("apply", "--auto-approve", "--verify", "--json", expect=64)


def test_a_saved_plan_that_verifies(services: Stage) -> None:
    services.run("plan", "--out", "saved.plan")
    assert "\nVerified. " in services.run("apply", "saved.plan", "--verify").out
