"""Who may act at Infisical: told apart before the first request, each with what to do about it."""

from __future__ import annotations

from typing import Final

import pytest
import requests

from pingconf.sandbox import (
    ADMIN_EMAIL,
    ADMIN_PASSWORD,
    IDENTITY_CLIENT_ID,
    IDENTITY_CLIENT_SECRET,
    ORGANIZATION_ID,
    World,
)
from pingconf.sandbox.switches import Switches
from tests.e2e.makers import Stage
from tests.e2e.witness import PEOPLE, assert_settled, with_access

LOGIN_HELP: Final = "export INFISICAL_TOKEN=$(infisical user get token --plain)"


def identity_token(services: Stage) -> str:
    body = {"clientId": IDENTITY_CLIENT_ID, "clientSecret": IDENTITY_CLIENT_SECRET}
    login = f"{services.url}/api/v1/auth/universal-auth/login"
    return str(requests.post(login, json=body, timeout=10).json()["accessToken"])


def scim_token(services: Stage) -> str:
    headers = {"Authorization": f"Bearer {services.world.admin_token()}"}
    made = requests.post(
        f"{services.url}/api/v1/scim/scim-tokens",
        json={"organizationId": ORGANIZATION_ID},
        headers=headers,
        timeout=10,
    )
    return str(made.json()["scimToken"])


def token_without_organisation(services: Stage) -> str:
    return services.world.user_token(ADMIN_EMAIL, in_organization=False)


UNFIT: Final = {
    "a machine identity's access token, not a user's": identity_token,
    "a SCIM token, not a user's": scim_token,
    "is for no organisation": token_without_organisation,
}


@pytest.mark.parametrize("said", UNFIT)
def test_another_token_in_the_place_of_a_users(
    services: Stage, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("INFISICAL_TOKEN", UNFIT[said](services))
    for command in (["plan"], ["drift"], ["apply", "--auto-approve"]):
        ran = services.run(*command, expect=3)
        assert said in ran.err
        assert LOGIN_HELP in ran.err
        assert services.wire.calls == []


@pytest.fixture
def by_password(services: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.delenv("INFISICAL_TOKEN")
    monkeypatch.setenv("INFISICAL_EMAIL", ADMIN_EMAIL)
    monkeypatch.setenv("INFISICAL_PASSWORD", ADMIN_PASSWORD)
    return services


def test_a_password_is_enough_for_a_newer_server(by_password: Stage) -> None:
    by_password.wire.world = World.seed(switches=Switches(infisical_release="2026"))
    by_password.apply()
    assert len(with_access(by_password.world)) == PEOPLE
    assert_settled(by_password)


def test_a_wrong_password(by_password: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    by_password.wire.world = World.seed(switches=Switches(infisical_release="2026"))
    monkeypatch.setenv("INFISICAL_PASSWORD", "wrong")
    ran = by_password.apply(expect=3)
    assert "Infisical refuses the login by e-mail and password" in ran.err
    assert by_password.wire.writes == []


def test_an_older_server_takes_no_password(by_password: Stage) -> None:
    ran = by_password.apply(expect=3)
    assert "This Infisical has no login by e-mail and password for programs" in ran.err
    assert LOGIN_HELP in ran.err
    assert by_password.wire.writes == []


def test_a_user_who_may_not(services: Stage) -> None:
    """What SCIM needs of a person's role is named; so is a membership that somebody has ended."""
    admin = next(iter(services.world.members.values()))
    admin["role"] = "member"
    ran = services.apply(expect=3)
    assert "Infisical forbids this: the permission read on scim is missing" in ran.err
    assert "Give the user the organisation role admin" in ran.err
    admin |= {"role": "admin", "isActive": False}
    ran = services.apply(expect=3)
    assert "The Infisical user is not active in the organisation any more" in ran.err
    assert services.wire.writes == []
