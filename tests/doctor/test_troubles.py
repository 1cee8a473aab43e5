"""A service fails in the middle, or answers what nobody expected: one line says so, and the rest goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from pingconf.sandbox import World, doors
from pingconf.sandbox.http import Request, Response
from tests.doctor.cases import Line, answers, lines_of, switched, troubles
from tests.doctor.test_doctor import OLDER_SERVER
from tests.e2e.makers import Stage

SORRY: Final = {"id": "c-1", "code": "UNEXPECTED_ERROR", "message": "Sorry.", "error": "Sorry"}
LATER: Final = "Try again later; if it stays so, ask whoever runs the service."
FAILS: Final = {
    "/propagation/plans": ["pingone.roles.environment_admin"],
    "/populations": ["pingone.roles.identity_data_admin"],
    "/propagation/stores": ["pingone.connections.infisical"],
    "/propagation/rules": ["pingone.rules.employees"],
    "/mappings": ["pingone.rules.employees"],
    "/id%3Alatest": ["pingone.revision"],
    "/groups": ["pingone.roles.identity_data_admin"],
    "/users": ["pingone.groups.engineering.membership_filter", "pingone.rules.employees.user_filter"],
    "/api/v1/organization/5a4db0c5-0000-4000-8000-000000000002": ["infisical.credential"],
    "/scim-tokens": ["infisical.permission"],
}


@pytest.mark.parametrize("path", FAILS)
def test_a_path_that_fails(applied: Stage, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    answers(path, 503, SORRY)(applied, monkeypatch)
    found = troubles(applied.run("doctor", expect=1))
    assert [one.name for one in found] == FAILS[path]
    for one in found:
        assert one.symbol == "✗"
        assert one.seen.endswith("refuses: Sorry.")
        assert one.mend == LATER


def test_an_environment_that_fails(applied: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(f"/environments/{applied.world.environment_id}", 503, SORRY)(applied, monkeypatch)
    assert troubles(applied.run("doctor", expect=1)) == [
        Line("✗", "pingone.environment", "PingOne refuses: Sorry.", LATER)
    ]


UNREADABLE: Final = "could not be read: Infisical refuses: Sorry."
NOT_SHOWN: Final = "this Infisical does not show it"
WITHOUT_TIME: Final = "PingOne does not say when it was made"
UNSHOWN: Final[dict[str, tuple[str, int, Any, str, str]]] = {
    "mail": ("/api/status", 200, {"redisConfigured": True}, "infisical.mail", "the server does not say"),
    "licence": ("/plan", 503, SORRY, "infisical.licence", "could not be read: Infisical refuses: Sorry."),
    "sso": (
        "/api/v1/organization",
        200,
        {"organizations": []},
        "infisical.sso",
        "this Infisical does not show it",
    ),
    "domains": ("/email-domains", 503, SORRY, OLDER_SERVER, "could not be read: Infisical refuses: Sorry."),
    "revision": (
        "/id%3Alatest",
        200,
        {"id": "r"},
        "pingone.revision",
        "PingOne does not say when it was made",
    ),
}


@pytest.mark.parametrize("what", UNSHOWN)
def test_what_a_service_does_not_show_is_skipped(
    applied: Stage, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    path, status, content, name, seen = UNSHOWN[what]
    answers(path, status, content)(applied, monkeypatch)
    ran = applied.run("doctor")
    assert troubles(ran) == []
    assert Line("-", name, seen) in lines_of(ran)


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_a_service_that_tells_no_time(applied: Stage, monkeypatch: pytest.MonkeyPatch, date: str) -> None:
    def serve(world: World, request: Request) -> Response:
        answer = applied.wire(world, request)
        return replace(answer, headers={**answer.headers, "Date": date})

    monkeypatch.setattr(doors, "serve", serve)
    skipped = [one for one in lines_of(applied.run("doctor")) if one.seen == "it told no time"]
    assert [one.name for one in skipped] == ["pingone.clock", "infisical.clock"]


# ---- rarely seen, and nothing is wrong about it


def test_a_plan_whose_status_nobody_may_change(services: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    switched(plan_status_kept=False)(services, monkeypatch)
    services.apply()
    ran = services.run("doctor")
    assert troubles(ran) == []
    said = {one.name: one.seen for one in lines_of(ran)}
    assert said["pingone.plan"].startswith("inactive, which PingOne does not let anybody change")


def test_a_plan_that_somebody_made(services: Stage) -> None:
    services.world.plans["p"] = {"id": "p", "name": "Default Plan", "status": "INACTIVE"}
    said = {one.name: one.seen for one in lines_of(services.run("doctor"))}
    assert said["pingone.plan"] == "inactive; pingconf apply switches it on"


def test_provisioning_at_work(applied: Stage) -> None:
    applied.world.syncing = dict.fromkeys(applied.world.stores, 5)
    said = {one.name: one.seen for one in lines_of(applied.run("doctor"))}
    assert said["pingone.connections.infisical.provisioning"] == "at work"


def test_people_who_are_looked_up_by_what_is_computed(services: Stage) -> None:
    mappings = {"userName": "username", "workEmail": {"expression": "user.email"}}
    services.edit("pingone.rules.employees.mappings", mappings)
    said = {one.name: one.seen for one in lines_of(services.run("doctor"))}
    assert said["pingone.rules.employees.people"] == "what they are looked up by is computed"


def test_a_token_that_never_expires(services: Stage) -> None:
    services.edit("infisical.scim_tokens.pingone.ttl_days", 0)
    services.apply()
    ran = services.run("doctor")
    said = {one.name: one.seen for one in lines_of(ran)}
    assert said["infisical.scim_tokens.pingone"] == "never expires"
    assert [one.name for one in troubles(ran)] == ["file"], "of which the file warns"


def test_scim_that_somebody_switched_on(applied: Stage) -> None:
    applied.edit("infisical.scim.enabled", False)
    said = {one.name: one.seen for one in lines_of(applied.run("doctor"))}
    assert said["infisical.scim"] == "on; pingconf apply turns it off"
    applied.apply()
    said = {one.name: one.seen for one in lines_of(applied.run("doctor"))}
    assert said["infisical.scim"] == "off, as the file says"
    applied.world.organization["scimEnabled"] = True
    (found,) = troubles(applied.run("doctor"))
    assert (found.name, found.seen) == ("infisical.scim", "on; the file says off")


def test_a_connection_that_the_file_switches_off(applied: Stage) -> None:
    applied.edit("pingone.connections.infisical.enabled", False)
    applied.edit("pingone.rules.employees.enabled", False)
    found = {one.name: one.seen for one in troubles(applied.run("doctor"))}
    assert set(found.values()) == {"not as the file says: enabled"}
    applied.apply()
    said = {one.name: one.seen for one in lines_of(applied.run("doctor"))}
    assert said["pingone.connections.infisical"] == "off, as the file says"


def test_a_key_that_cannot_move(services: Stage) -> None:
    """Both are recorded, so that the state cannot be read as the file wants it."""
    services.edit("pingone.groups.second", {"name": "Second"})
    services.apply()
    document = services.document()
    del document["pingone"]["groups"]["engineering"]
    document["pingone"]["rules"]["employees"]["groups"] = ["second"]
    document["moved"] = [{"from": "pingone.groups.engineering", "to": "pingone.groups.second"}]
    services.write(document)
    (found,) = troubles(services.run("doctor", expect=1))
    assert (found.name, found.mend) == ("state", "See: pingconf plan")
    assert "pingone.groups.engineering cannot move to pingone.groups.second" in found.seen
