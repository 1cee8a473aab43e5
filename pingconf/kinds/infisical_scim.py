"""Infisical's "Enable SCIM provisioning" switch, one per organisation."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final

from pydantic import Field

from pingconf.clients import Services
from pingconf.model.fields import Flag, Lifecycle, Spec
from pingconf.model.kind import Kind, Made
from pingconf.model.resource import Marker, Observed
from pingconf.model.values import Attributes

if TYPE_CHECKING:
    from pingconf.model.plan import Difference

_ENABLED: Final = (
    'The "Enable SCIM provisioning" switch. It needs active single sign-on; any change of the OIDC or SAML'
    " set-up switches it off."
)


class ScimSpec(Spec):
    """The SCIM switch of the organisation."""

    enabled: Flag = Field(True, description=_ENABLED)
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

    def remark(self, differences: Sequence[Difference], drifted: Collection[str]) -> str | None:
        """Nobody need have turned it: any change of the SSO set-up does (observed in June 2025)."""
        off = any(one.before is False for one in differences) and "enabled" in drifted
        return "any change of the OIDC or SAML set-up switches it off, too" if off else None

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
