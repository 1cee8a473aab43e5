"""Whatever the documents leave open, and however little a file holds, the story ends well."""

from __future__ import annotations

from typing import Any, Final

import pytest

from pingconf.sandbox import World
from pingconf.sandbox.switches import Switches
from tests.e2e.hands import RULE
from tests.e2e.makers import Stage
from tests.e2e.witness import PEOPLE, assert_settled, our_tokens, with_access

ANSWERS: Final[tuple[dict[str, Any], ...]] = (
    {"rule_create_path": "plan"},
    {"rule_create_path": "rules"},
    {"mapping_delete_path": "plural"},
    {"mapping_delete_path": "singular"},
    {"create_answers_id": False},
    {"directory_premade": True},
    {"list_counts": False},
    {"plan_status_kept": False},
    {"secrets_in_get": "masked"},
    {"secrets_in_get": "clear"},
    {"infisical_release": "2026"},
)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: "-".join(map(str, *answer.items())))
def test_an_answer_that_the_documents_leave_open(
    services: Stage, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]
) -> None:
    services.wire.world = World.seed(switches=Switches(**answer))
    monkeypatch.setenv("INFISICAL_TOKEN", services.world.admin_token())
    services.apply()
    assert_settled(services)
    assert len(with_access(services.world)) == PEOPLE
    services.edit(f"{RULE}.mappings", {"userName": "username", "workEmail": "email"})
    services.apply()
    assert_settled(services)
    services.run("destroy", "--auto-approve")
    assert our_tokens(services.world) == []
    assert len(with_access(services.world)) == PEOPLE


def test_a_file_that_holds_nothing(services: Stage) -> None:
    services.write({"version": 1})
    assert "0 resources" in services.run("validate").out
    for command in (["plan", "--detailed-exitcode"], ["apply", "--auto-approve"], ["drift"]):
        services.run(*command)
        assert services.wire.calls == []


@pytest.mark.parametrize("kept", ["infisical", "pingone"])
def test_a_file_for_one_service(services: Stage, kept: str) -> None:
    """The other is not even asked."""
    document = services.document()
    for section in ("connections", "rules"):
        del document["pingone"][section]
    services.write({name: document[name] for name in ("version", kept)})
    services.apply()
    assert services.wire.lines
    other = "/environments/" if kept == "infisical" else "/api/"
    assert not [call for call in services.wire.calls if other in call.path]
    assert_settled(services, tokens=1 if kept == "infisical" else 0)


def test_a_connection_without_rules(services: Stage) -> None:
    """No plan and no directory is made for it, and it is published all the same."""
    services.edit("pingone.rules", None)
    services.apply()
    assert services.wire.lines[2:] == [
        "POST /propagation/stores/connection/status",
        "POST /propagation/stores",
        "POST /groups",
        "POST /propagation/revisions",
    ]
    assert_settled(services)


def test_scim_was_on_before(services: Stage) -> None:
    """It was not pingconf that switched it on, so `destroy` does not switch it off."""
    services.world.organization["scimEnabled"] = True
    services.apply()
    assert "PATCH /api/v1/organization/*" not in services.wire.lines
    services.run("destroy", "--auto-approve")
    assert services.world.organization["scimEnabled"] is True


def test_a_group_is_no_longer_managed(applied: Stage) -> None:
    before = dict(applied.world.groups)
    applied.edit("pingone.groups.engineering", {"name": "Engineering", "manage": False})
    assert "manage: false; it stays as it is" in applied.run("plan").out
    applied.apply()
    assert applied.wire.writes == []
    assert applied.world.groups == before
    assert_settled(applied)


def test_two_connections_share_a_token(applied: Stage) -> None:
    """A token that one of them needs anew goes to both, and the old one is revoked when neither holds it."""
    applied.edit("pingone.connections.second", {"auth": {"token": "pingone"}})
    applied.apply()
    assert_settled(applied)
    applied.edit("pingone.connections.second", None)
    applied.apply()
    assert_settled(applied)
    assert len(with_access(applied.world)) == PEOPLE
