"""What can be wrong about Infisical, about its half of the file, and about the state."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from pingconf.sandbox import IDENTITY_CLIENT_ID, IDENTITY_CLIENT_SECRET, World
from tests.canary import INFISICAL_CLIENT_SECRET, INFISICAL_PASSWORD, SCIM_TOKEN
from tests.doctor.cases import (
    CLOSED,
    ELSEWHERE,
    Case,
    answers,
    both,
    delenv,
    edit,
    hand,
    setenv,
    switched,
    with_token,
)
from tests.e2e.makers import Stage, furnish
from tests.e2e.witness import our_tokens

MACHINE: Final = both(
    delenv("INFISICAL_TOKEN"),
    setenv(
        INFISICAL_UNIVERSAL_AUTH_CLIENT_ID=IDENTITY_CLIENT_ID,
        INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET=IDENTITY_CLIENT_SECRET,
    ),
)


def scim_token(world: World) -> Any:
    return world.scim_tokens[our_tokens(world)[0]]


def scim_token_in_the_wrong_place(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"scimTokenId": our_tokens(stage.world)[0], "authTokenType": "scimToken"}
    monkeypatch.setenv("INFISICAL_TOKEN", stage.world.sign(said))


def with_a_token_of_half_an_hour(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    with_token(exp=int(time.time()) + 1830)(stage, monkeypatch)


def days_ago(days: int) -> str:
    moment = datetime.now(UTC) - timedelta(days=days, hours=-1)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def admin(world: World) -> Any:
    return next(row for row in world.members.values() if row["role"] == "admin")


def leave_a_token_behind(world: World) -> None:
    ours = scim_token(world)
    text = ours["description"].rpartition(":")[0] + ":00000000]"
    world.scim_tokens[ELSEWHERE] = {**ours, "id": ELSEWHERE, "description": text}


def verify(*domains: str) -> Any:
    def act(world: World) -> None:
        rows = [{"id": domain, "domain": domain, "status": "verified"} for domain in domains]
        world.email_domains = {row["id"]: row for row in rows}

    return hand(act)


ACCESS: Final = {
    "nobody listens at Infisical": Case(edit("infisical.url", CLOSED), 1, first=True),
    "a web page answers": Case(answers("/api/status", 200, "<html>"), 1),
    "another API answers": Case(answers("/api/status", 200, {"status": "UP"}), 1),
    "no such path": Case(
        answers("/api/status", 404, {"message": "Route GET:/x not found", "error": "Not Found"}), 1
    ),
    "no mail": Case(switched(mail_configured=False), 0),
    "no credentials for Infisical": Case(delenv("INFISICAL_TOKEN"), 3),
    "a machine identity at first": Case(MACHINE, 3, first=True),
    "a machine identity later": Case(MACHINE, 0),
    "a wrong secret of a machine identity": Case(
        both(MACHINE, setenv(INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET=INFISICAL_CLIENT_SECRET)), 3
    ),
    "an unknown machine identity": Case(
        both(MACHINE, setenv(INFISICAL_UNIVERSAL_AUTH_CLIENT_ID=ELSEWHERE)), 3
    ),
    "a wrong password": Case(
        both(
            switched(infisical_release="2026"),
            delenv("INFISICAL_TOKEN"),
            setenv(INFISICAL_EMAIL="admin@acme.example", INFISICAL_PASSWORD=INFISICAL_PASSWORD),
        ),
        3,
    ),
    "a password for an older server": Case(
        both(
            delenv("INFISICAL_TOKEN"),
            setenv(INFISICAL_EMAIL="admin@acme.example", INFISICAL_PASSWORD=INFISICAL_PASSWORD),
        ),
        3,
    ),
    "a token that ended": Case(with_token(exp=1700000000), 3),
    "a token that ends soon": Case(with_a_token_of_half_an_hour, 0),
    "a token of another organisation": Case(with_token(organizationId=ELSEWHERE), 3),
    "a token of no organisation": Case(with_token(organizationId=None), 3),
    "a token that is none": Case(setenv(INFISICAL_TOKEN=SCIM_TOKEN), 3),
    "a SCIM token in the wrong place": Case(scim_token_in_the_wrong_place, 3),
    "a user who was deactivated": Case(hand(lambda world: admin(world).update(isActive=False)), 3),
    "a user who may not": Case(hand(lambda world: admin(world).update(role="member")), 3),
}
ORGANISATION: Final = {
    "a licence without SCIM": Case(hand(lambda world: world.licence.update(scim=False)), 1),
    "a licence without groups": Case(hand(lambda world: world.licence.update(groups=False)), 1),
    "no single sign-on": Case(hand(lambda world: world.oidc.update(isActive=False)), 1),
    "SCIM is switched off": Case(hand(lambda world: world.organization.update(scimEnabled=False)), 1),
    "an e-mail domain that is not verified": Case(
        both(switched(infisical_release="2026"), verify("acme.test")), 1
    ),
}
TOKENS: Final = {
    "a token that was revoked": Case(hand(lambda world: world.scim_tokens.pop(our_tokens(world)[0])), 1),
    "a token that expired": Case(
        hand(lambda world: scim_token(world).update(createdAt="2020-01-01T00:00:00.000Z")), 1
    ),
    "a token that is to be rotated": Case(
        hand(lambda world: scim_token(world).update(createdAt=days_ago(360))), 0
    ),
    "a token that was left behind": Case(hand(leave_a_token_behind), 0),
    "a state that was lost": Case(hand(furnish), 0, first=True),
}
INFISICAL: Final = ACCESS | ORGANISATION | TOKENS
