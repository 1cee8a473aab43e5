"""verify: the groups that rules push, and who is in them, at both ends."""

from __future__ import annotations

from tests.e2e.hands import CONNECTION, RULE
from tests.e2e.makers import Stage
from tests.e2e.test_verify import PRIYA, differences, invite, member, team


def test_a_group_is_missing(applied: Stage) -> None:
    del applied.world.teams[team(applied.world, "Engineering")["id"]]
    assert differences(applied) == [("group_missing", "Engineering", "PingOne says that it was done")]


def test_groups_that_infisical_refused(services: Stage) -> None:
    services.world.licence["groups"] = False
    services.apply()
    found = {(kind, what): reason for kind, what, reason in differences(services)}
    reason = found["group_missing", "Engineering"]
    assert reason.startswith("PingOne says: ") and "due to plan restriction" in reason
    assert ("failed", CONNECTION) in found


def test_a_group_that_was_deleted_in_pingone(applied: Stage) -> None:
    gone = next(row for row in applied.world.groups.values() if row["name"] == "All Staff")
    del applied.world.groups[gone["id"]]
    assert differences(applied) == [("group_missing", "All Staff", "there is no such group in PingOne")]


def test_somebody_is_missing_in_a_group(applied: Stage) -> None:
    joined = team(applied.world, "Engineering")["members"]
    del joined[member(applied.world, PRIYA)["id"]]
    ran = applied.run("verify", expect=8)
    assert f"  missing in group  {PRIYA} (Engineering)   {RULE}; PingOne says that it was done\n" in ran.out
    assert [one[:2] for one in differences(applied)] == [("group_member_missing", PRIYA)]


def test_somebody_is_too_many_in_a_group(applied: Stage) -> None:
    amara = member(applied.world, "amara.okafor@acme.example")
    team(applied.world, "Engineering")["members"][amara["id"]] = applied.world.stamp()
    ((kind, what, reason),) = differences(applied)
    assert (kind, what) == ("group_member_surplus", "amara.okafor@acme.example")
    assert reason == "not in the group at PingOne, or in scope of no rule that pushes it"


def test_a_group_of_more_than_a_page(applied: Stage) -> None:
    some = next(row for row in applied.world.users.values() if row["email"] == PRIYA)
    joined = team(applied.world, "Engineering")["members"]
    for number in range(150):
        email = f"engineer{number}@acme.example"
        user = {**some, "id": applied.world.new_id(), "username": f"engineer{number}", "email": email}
        applied.world.users[user["id"]] = user
        joined[invite(applied.world, email)["id"]] = applied.world.stamp()
    assert differences(applied, expect=0) == []
    pages = [
        one
        for one in applied.wire.calls
        if one.path.endswith(f"{team(applied.world, 'Engineering')['id']}/users")
    ]
    assert len(pages) == 2
