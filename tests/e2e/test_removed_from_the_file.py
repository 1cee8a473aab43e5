"""Something leaves the file, or moves within it: exactly that goes, and people keep their access."""

from __future__ import annotations

from tests.e2e.hands import CONNECTION, GROUP, RULE, rule
from tests.e2e.makers import Stage, example, furnish
from tests.e2e.witness import (
    PEOPLE,
    assert_settled,
    changes,
    never_on_a_dead_token,
    our_tokens,
    picture,
    unpublished,
    with_access,
)

REVISION = "POST /propagation/revisions"
SALES = {"-stores Infisical (sales)", "-rules Sales to Infisical", "-scim_tokens sales"}
DEFAULT_MAPPINGS = {f"-mappings {name}" for name in ("userName", "workEmail", "givenName", "familyName")}


def applied(services: Stage, name: str) -> Stage:
    """An example that is applied, beside what others have made; from now on nobody may lose access."""
    furnish(services.world)
    services.write(example(name, services.url))
    services.apply()
    there = with_access(services.world)

    def look(world: object) -> None:
        never_on_a_dead_token(services.world)
        assert with_access(services.world) >= there

    services.wire.after_write = look
    return services


def removed(stage: Stage, *paths: str, tokens: int = 1) -> set[str]:
    """Take these out of the file and apply; returns what changed."""
    before = picture(stage.world)
    for path in paths:
        stage.edit(path, None)
    stage.apply()
    assert_settled(stage, tokens=tokens)
    return changes(before, picture(stage.world))


def test_a_rule(services: Stage) -> None:
    stage = applied(services, "infisical")
    stage.edit("pingone.rules", {})
    before = picture(stage.world)
    stage.apply()
    assert stage.wire.lines == ["DELETE /propagation/rules/*", REVISION]
    assert changes(before, picture(stage.world)) == {"-rules Employees to Infisical", *DEFAULT_MAPPINGS}
    assert len(with_access(stage.world)) == PEOPLE
    assert_settled(stage)


def test_one_of_two_rules(services: Stage) -> None:
    stage = applied(services, "two-connections")
    seen = removed(stage, "pingone.rules.sales", tokens=0)
    assert seen == {"-rules Sales to Infisical", *DEFAULT_MAPPINGS}


def test_a_group(services: Stage) -> None:
    stage = applied(services, "infisical")
    stage.edit(f"{RULE}.groups", ["all_staff"])
    seen = removed(stage, GROUP)
    assert seen == {"-groups Engineering", "~rules Employees to Infisical"}
    assert "All Staff" in {row["name"] for row in stage.world.groups.values()}


def test_a_group_that_others_made_stays(services: Stage) -> None:
    stage = applied(services, "infisical")
    stage.edit(f"{RULE}.groups", ["engineering"])
    assert removed(stage, "pingone.groups.all_staff") == {"~rules Employees to Infisical"}


def test_a_rule_with_its_connection_and_token(services: Stage) -> None:
    stage = applied(services, "two-connections")
    gone = ("pingone.rules.sales", "pingone.connections.sales", "infisical.scim_tokens.sales")
    seen = removed(stage, *gone, "pingone.groups.sales", tokens=0)
    assert seen == SALES | DEFAULT_MAPPINGS
    assert {row["description"].partition(" [")[0] for row in stage.world.scim_tokens.values()} == {
        "By hand",
        "Elsewhere",
        "engineering",
    }


def test_a_connection_goes_in_two_revisions_and_its_token_last(services: Stage) -> None:
    """Deleting a `managed` connection acts on people; it is released first, and that is published."""
    stage = applied(services, "infisical")
    old = our_tokens(stage.world)
    for path in (RULE, CONNECTION, "infisical.scim_tokens.pingone"):
        stage.edit(path, None)
    stage.apply()
    end = [REVISION, "DELETE /propagation/stores/*", REVISION]
    assert stage.wire.lines[-len(end) - len(old) - 1 : -len(old) - 1] == end
    released = next(call for call in stage.wire.writes if call.line == "PUT /propagation/stores/*")
    assert (released.body["managed"], released.body["status"]) == (False, "INACTIVE")
    assert stage.wire.lines[-1] == "DELETE /api/v1/scim/scim-tokens/*"
    assert old[0] not in stage.world.scim_tokens
    assert len(with_access(stage.world)) == PEOPLE
    assert_settled(stage, tokens=0)


def test_a_connection_whose_token_stays(services: Stage) -> None:
    stage = applied(services, "infisical")
    seen = removed(stage, RULE, CONNECTION)
    assert "-stores Infisical" in seen
    assert seen >= {"-rules Employees to Infisical"}
    assert len(with_access(stage.world)) == PEOPLE


def test_a_connection_gets_another_token(services: Stage) -> None:
    stage = applied(services, "infisical")
    stage.edit("infisical.scim_tokens.second", {"description": "Second"})
    stage.edit(f"{CONNECTION}.auth.token", "second")
    seen = removed(stage, "infisical.scim_tokens.pingone", tokens=0)
    assert seen == {"-scim_tokens PingOne", "+scim_tokens Second"}


def test_a_rule_moves_to_another_connection(services: Stage) -> None:
    """The ends of a rule are fixed, so it is replaced; nobody loses access over it."""
    stage = applied(services, "infisical")
    old = rule(stage.world)["id"]
    stage.edit("infisical.scim_tokens.second", {})
    stage.edit("pingone.connections.second", {"auth": {"token": "second"}})
    stage.edit(f"{RULE}.connection", "second")
    planned = stage.run("plan").out
    assert "± pingone.rules.employees   (changed in the file)" in planned
    assert "# forces replacement" in planned
    stage.apply()
    second = next(row["id"] for row in stage.world.stores.values() if row["name"] == "second")
    assert [row["targetStore"]["id"] for row in stage.world.rules.values()] == [second]
    assert rule(stage.world)["id"] != old
    assert len(with_access(stage.world)) == PEOPLE
    assert_settled(stage)


def test_everything_at_once(services: Stage) -> None:
    """The halves are empty; what was found there before pingconf stays, and SCIM is switched off again."""
    stage = applied(services, "infisical")
    document = stage.document()
    for half in ("infisical", "pingone"):
        for key in ("scim", "scim_tokens", "connections", "groups", "rules"):
            document[half].pop(key, None)
    stage.write(document)
    stage.apply()
    assert stage.world.organization["scimEnabled"] is False
    assert stage.world.rules == {}
    assert {row["type"] for row in stage.world.stores.values()} == {"directory", "Slack"}
    assert unpublished(stage.world) == []
    assert len(with_access(stage.world)) == PEOPLE
    stage.run("plan", "--detailed-exitcode")
