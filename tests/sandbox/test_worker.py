"""PingOne's worker application: how it may send its secret, and what its roles let it see and do."""

from __future__ import annotations

from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Final, Literal

import pytest
import requests

from pingconf.sandbox import CLIENT_ID, CLIENT_SECRET, ENVIRONMENT_ID, Switches, World, from_json, to_json
from tests.sandbox.callers import AUTH, INFISICAL, NO_ID, Clock, Infisical, PingOne

GRANT: Final = {"grant_type": "client_credentials"}
ADMIN: Final = "Environment Admin"
DATA_ADMIN: Final = "Identity Data Admin"
MAY: Final = {
    ("GET", "/propagation/plans"): {ADMIN},
    ("GET", "/propagation/stores"): {ADMIN},
    ("POST", "/propagation/revisions"): {ADMIN},
    ("GET", "/groups"): {ADMIN, DATA_ADMIN},
    ("POST", "/groups"): {DATA_ADMIN},
    ("GET", "/users"): {DATA_ADMIN},
    ("GET", "/populations"): {DATA_ADMIN},
    ("GET", ""): {ADMIN, DATA_ADMIN},
}


@pytest.mark.parametrize("role", [ADMIN, DATA_ADMIN])
@pytest.mark.parametrize("asked", MAY, ids=" ".join)
def test_what_a_role_allows(world: World, pingone: PingOne, asked: tuple[str, str], role: str) -> None:
    world.worker["roles"] = [role]
    answer = pingone.ask(*asked, {"name": "New"} if asked[0] == "POST" else None)
    if role in MAY[asked]:
        assert answer.status_code in (200, 201)
        return
    assert (answer.status_code, answer.json()["code"]) == (403, "ACCESS_FAILED")
    assert answer.json()["message"].startswith(
        "The actor attempting to perform the request is not authorized"
    )
    assert "details" not in answer.json()


def test_without_any_role_nothing_is_shown(world: World, pingone: PingOne) -> None:
    world.worker["roles"] = []
    assert {pingone.ask(*asked).status_code for asked in MAY} == {403}


def test_who_may_read_the_environment_itself(world: World, pingone: PingOne) -> None:
    world.switches = replace(world.switches, environment_readable_by="environment_admin")
    world.worker["roles"] = [DATA_ADMIN]
    assert pingone.ask("GET", "").status_code == 403
    world.worker["roles"] = [ADMIN]
    assert pingone.get("")["name"] == "Acme"


@pytest.mark.parametrize("allowed", ["basic", "post"])
def test_one_way_only_to_send_the_secret(
    world: World, session: requests.Session, allowed: Literal["basic", "post"]
) -> None:
    world.switches = Switches(token_method=allowed)
    form = {**GRANT, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    answers = {
        "basic": session.post(AUTH, data=GRANT, auth=(CLIENT_ID, CLIENT_SECRET)),
        "post": session.post(AUTH, data=form),
    }
    assert answers.pop(allowed).status_code == 200
    (other,) = answers.values()
    assert (other.status_code, other.json()["error"]) == (401, "invalid_client")
    assert "Unsupported authentication method" in other.json()["error_description"]


def test_an_environment_of_the_worker_that_there_is_not(world: World, session: requests.Session) -> None:
    world.switches = replace(world.switches, unknown_worker_status="404")
    url = AUTH.replace(ENVIRONMENT_ID, NO_ID)
    answer = session.post(url, data=GRANT, auth=(CLIENT_ID, CLIENT_SECRET))
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def test_a_worker_is_kept_with_its_world(world: World) -> None:
    world.worker["roles"] = [ADMIN]
    assert from_json(to_json(world)).worker == world.worker
    older = {name: value for name, value in to_json(world).items() if name not in ("worker", "email_domains")}
    assert from_json(older).worker["roles"] == [ADMIN, DATA_ADMIN]


# ---- what Infisical says of itself


def test_every_answer_has_the_date_of_its_world(session: requests.Session, clock: Clock) -> None:
    clock.wind(days=3)
    for answer in (session.get(f"{INFISICAL}/api/status"), session.get(f"{INFISICAL}/api/nowhere")):
        assert parsedate_to_datetime(answer.headers["Date"]) == clock.time


def test_a_server_without_mail_says_so(world: World, infisical: Infisical) -> None:
    assert infisical.get("/api/status")["emailConfigured"] is True
    world.switches = replace(world.switches, mail_configured=False)
    assert infisical.get("/api/status")["emailConfigured"] is False


def test_email_domains_came_later(world: World, infisical: Infisical) -> None:
    path = "/api/v1/email-domains"
    world.email_domains["d"] = {"id": "d", "domain": "acme.example", "status": "verified"}
    assert infisical.admin().refused("GET", path)["message"] == f"Route GET:{path} not found"
    world.switches = replace(world.switches, infisical_release="2026")
    assert infisical.admin().get(path)["emailDomains"] == list(world.email_domains.values())
    assert infisical.identity().refused("GET", path)["error"] == f"Forbidden access to {path}"
