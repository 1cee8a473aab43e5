"""Infisical's "Enable SCIM provisioning" switch, one per organisation."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from pingconf.clients import Services
from pingconf.model.fields import Flag, Lifecycle, Spec
from pingconf.model.kind import Kind, Made
from pingconf.model.resource import Marker, Observed
from pingconf.model.values import Attributes


class ScimSpec(Spec):
    """The SCIM switch of the organisation."""

    enabled: Flag = Field(True, description='The "Enable SCIM provisioning" switch.')
    lifecycle: Lifecycle = None


class InfisicalScim(Kind[Services]):
    """Always there, so it is adopted; removing it switches SCIM off only where pingconf switched it on.

    Source: PATCH /api/v1/organization/{id} with `scimEnabled`, observed on a backend of June 2025.
    """

    section = "infisical.scim"
    noun = "SCIM switch"
    spec = ScimSpec
    single = True
    adopts = True
    user_only = True

    def list(self, api: Services) -> Sequence[Observed]:
        organization = api.infisical.organization()
        enabled = bool(organization.get("scimEnabled"))
        return [Observed(api.infisical.organization_id, {"enabled": enabled})]

    def create(self, api: Services, attributes: Attributes, marker: Marker) -> Made:
        self.update(api, api.infisical.organization_id, attributes)
        return Made(api.infisical.organization_id)

    def update(self, api: Services, id: str, attributes: Attributes) -> None:
        api.infisical.switch_scim(bool(attributes["enabled"]))

    def delete(self, api: Services, id: str) -> None:
        api.infisical.switch_scim(False)
