"""The SCIM switch: always there, so it is only turned."""

from __future__ import annotations

import pytest

from pingconf.kinds.infisical_scim import InfisicalScim
from pingconf.model.errors import CredentialError, ServiceError
from pingconf.model.resource import Observed
from pingconf.sandbox import ORGANIZATION_ID
from tests.kinds import MARKER, Stage, attributes

KIND = InfisicalScim()
PATH = f"/api/v1/organization/{ORGANIZATION_ID}"


@pytest.mark.parametrize("enabled", [True, False])
def test_what_is_seen(embedded: Stage, enabled: bool) -> None:
    embedded.world.organization["scimEnabled"] = enabled
    assert KIND.list(embedded.api) == [Observed(ORGANIZATION_ID, {"enabled": enabled})]


@pytest.mark.parametrize("enabled", [True, False])
def test_what_is_sent(embedded: Stage, enabled: bool) -> None:
    KIND.update(embedded.api, ORGANIZATION_ID, {"enabled": enabled})
    assert embedded.sent == [("PATCH", PATH, {"scimEnabled": enabled})]
    assert embedded.world.organization["scimEnabled"] is enabled


def test_made_and_removed(embedded: Stage) -> None:
    assert KIND.create(embedded.api, {"enabled": True}, MARKER).id == ORGANIZATION_ID
    KIND.delete(embedded.api, ORGANIZATION_ID)
    assert embedded.sent == [("PATCH", PATH, {"scimEnabled": True}), ("PATCH", PATH, {"scimEnabled": False})]


def test_it_needs_single_sign_on(embedded: Stage) -> None:
    embedded.world.oidc["isActive"] = False
    with pytest.raises(ServiceError, match="only where single sign-on is active"):
        KIND.update(embedded.api, ORGANIZATION_ID, {"enabled": True})


def test_it_needs_a_licence(embedded: Stage) -> None:
    embedded.world.licence["scim"] = False
    with pytest.raises(ServiceError, match="licence does not allow this"):
        KIND.update(embedded.api, ORGANIZATION_ID, {"enabled": True})


def test_it_needs_a_user_who_may_edit_the_settings(embedded: Stage) -> None:
    next(iter(embedded.world.members.values()))["role"] = "member"
    with pytest.raises(CredentialError, match="the permission edit on settings is missing"):
        KIND.update(embedded.api, ORGANIZATION_ID, {"enabled": True})


def test_single_sign_on_that_is_stored_only_says_so(embedded: Stage) -> None:
    embedded.world.oidc["isActive"] = False
    with pytest.raises(ServiceError) as caught:
        KIND.update(embedded.api, ORGANIZATION_ID, {"enabled": True})
    assert any("stored is not enough" in detail for detail in caught.value.details)
    assert any("switches SCIM off again" in detail for detail in caught.value.details)


def test_it_is_on_unless_the_file_says_otherwise() -> None:
    assert attributes("infisical.scim") == {"enabled": True}
    assert KIND.recognises({}, Observed("any", {}))
