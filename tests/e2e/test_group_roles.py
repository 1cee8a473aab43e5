"""The roles that groups bring to Infisical: given before anybody is provisioned, kept as one whole list."""

from __future__ import annotations

from typing import Any, Final

import pytest
import requests

from pingconf.sandbox import IDENTITY_CLIENT_ID, IDENTITY_CLIENT_SECRET, World
from pingconf.sandbox.switches import Switches
from tests.e2e.makers import Json, Stage
from tests.e2e.witness import assert_settled

ROLES: Final = "infisical.group_roles"
NEWER, OLDER = "PUT /api/v1/scim/group-org-role-mappings", "PUT /api/v1/external-group-mappings"
COMMIT: Final = "POST /propagation/revisions"


@pytest.fixture(params=["2025-06", "2026"])
def released(services: Stage, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Stage:
    """The guide's example, where engineers become admins, with an older and with a newer Infisical."""
    services.wire.world = World.seed(switches=Switches(infisical_release=request.param))
    monkeypatch.setenv("INFISICAL_TOKEN", services.world.admin_token())
    services.edit(ROLES, {"Engineering": "admin"})
    return services


def path_of(stage: Stage) -> str:
    return NEWER if stage.world.switches.infisical_release == "2026" else OLDER


def listed(world: World) -> dict[str, str]:
    return {row["groupName"]: row["role"] for row in world.role_mappings}


def others(world: World, **roles: str) -> None:
    """What somebody has set up in the console."""
    rows: list[Json] = [{"groupName": name, "role": role, "roleId": None} for name, role in roles.items()]
    world.role_mappings = rows


def roles_of_engineers(world: World) -> set[str]:
    team = next(row for row in world.teams.values() if row["name"] == "Engineering")
    return {world.members[id]["role"] for id in team["members"]}


def test_a_whole_life(released: Stage) -> None:
    released.apply()
    assert released.wire.lines.count(path_of(released)) == 1
    assert released.wire.lines.index(path_of(released)) < released.wire.lines.index(COMMIT)
    assert roles_of_engineers(released.world) == {"admin"}, "given as they were provisioned"
    assert_settled(released)

    others(released.world, Engineering="member", Ops="admin")
    told = released.run("drift", expect=2).out
    assert 'roles.Engineering   "admin" -> "member"' in told
    assert 'roles.Ops           "admin"' in told
    assert released.wire.writes == []
    planned = released.run("plan", "--detailed-exitcode", expect=2).out
    reason = "changed by hand since the last apply; the file is the whole list, which takes out Ops"
    assert f"~ {ROLES}   ({reason})" in planned
    released.apply()
    assert [call.line for call in released.wire.writes] == [path_of(released)]
    assert listed(released.world) == {"Engineering": "admin"}
    assert_settled(released)

    released.edit(ROLES, {"Engineering": "no-access", "All Staff": "member"})
    released.apply()
    sent = {"mappings": [{"groupName": "Engineering", "roleSlug": "no-access"}]}
    sent["mappings"].append({"groupName": "All Staff", "roleSlug": "member"})
    assert [call.body for call in released.wire.writes] == [sent]
    assert roles_of_engineers(released.world) == {"admin"}, "nobody's role changes later"
    assert_settled(released)

    released.edit(ROLES, None)
    assert f"- {ROLES}   (not in the file any more)" in released.run("plan").out
    released.apply()
    assert listed(released.world) == {}
    assert_settled(released)


def test_what_others_had_set_up_is_shown_and_never_removed_with_the_rest(released: Stage) -> None:
    """Taking the file's list for the whole is said; leaving the file lets go of it, as it was not ours."""
    others(released.world, Ops="admin")
    planned = released.run("plan").out
    assert (
        f"~ {ROLES}   (there already, taken over; the file is the whole list, which takes out Ops)" in planned
    )
    assert '- roles.Ops           "admin" -> (none)' in planned
    released.apply()
    assert listed(released.world) == {"Engineering": "admin"}
    released.edit(ROLES, None)
    planned = released.run("plan").out
    assert f". {ROLES}   (not in the file any more; it stays, as pingconf did not make it)" in planned
    released.apply()
    assert released.wire.writes == []
    assert listed(released.world) == {"Engineering": "admin"}
    assert_settled(released)


def test_a_list_that_is_there_as_it_is_wanted_is_taken_over(released: Stage) -> None:
    others(released.world, Engineering="admin")
    assert f"> {ROLES}" in released.run("plan").out
    released.apply()
    assert path_of(released) not in released.wire.lines
    released.run("destroy", "--auto-approve")
    assert listed(released.world) == {"Engineering": "admin"}


def test_destroy_empties_a_list_that_was_ours(released: Stage) -> None:
    released.apply()
    released.run("destroy", "--auto-approve")
    assert listed(released.world) == {}


def test_it_may_be_protected(released: Stage) -> None:
    released.edit(ROLES, {"Engineering": "admin", "lifecycle": {"prevent_destroy": True}})
    released.apply()
    released.edit(ROLES, None)
    assert ROLES in released.run("plan", expect=5).err


# ---- what is said of it


def test_what_is_warned_of(services: Stage) -> None:
    services.edit(ROLES, {"Engineering": "member", "Sales": "admin"})
    said = services.run("validate").err
    assert "a role is given to people as they are first provisioned in the group" in said
    assert 'infisical.group_roles: no rule of the file brings a group called "Sales"' in said
    assert '"Engineering"' not in said


def test_a_custom_role_without_the_licence(released: Stage) -> None:
    """Nobody is provisioned before the list is as the file says."""
    released.edit(ROLES, {"Engineering": "auditor"})
    ran = released.apply(expect=7)
    assert "Infisical's licence allows no custom roles" in ran.err
    assert f"While updating {ROLES}." in ran.err
    assert COMMIT not in released.wire.lines
    released.world.licence["rbac"] = True
    released.world.custom_roles["r-1"] = {"id": "r-1", "slug": "auditor", "name": "Auditor"}
    released.apply()
    assert roles_of_engineers(released.world) == {"custom"}
    assert_settled(released)


def test_a_machine_identity_sees_nothing_of_it(released: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INFISICAL_TOKEN")
    monkeypatch.setenv("INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", IDENTITY_CLIENT_ID)
    monkeypatch.setenv("INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET", IDENTITY_CLIENT_SECRET)
    document: Any = released.run("plan", "--json").document
    assert ROLES in document["unverified"]
    assert "lets only a person do that" in released.apply(expect=3).err
    assert released.wire.writes == []


def test_single_sign_on_was_changed_by_hand(released: Stage) -> None:
    """It switches SCIM off, and nobody who changed the one thinks of the other."""
    released.apply()
    newer = released.world.switches.infisical_release == "2026"
    key = {"organizationId": released.world.organization_id} if newer else {"orgSlug": "acme"}
    headers = {"Authorization": f"Bearer {released.world.admin_token()}"}
    changed = requests.patch(
        f"{released.url}/api/v1/sso/oidc/config",
        json={**key, "allowedEmailDomains": "acme.example"},
        headers=headers,
        timeout=10,
    )
    assert changed.status_code == 200
    assert "infisical.scim" in released.run("drift", expect=2).out
    planned = released.run("plan").out
    assert "any change of the OIDC or SAML set-up switches it off, too" in planned
    released.apply()
    assert_settled(released)
