"""A SCIM token of Infisical: its secret is shown once, when it is made."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from pingconf.clients import Services
from pingconf.model.errors import ServiceError
from pingconf.model.fields import Lifecycle, Spec, Text, Whole
from pingconf.model.kind import Advice, Kind, Made, Objection
from pingconf.model.resource import Marker, Observed, Renewal
from pingconf.model.settings import Settings
from pingconf.model.values import Attributes, moment_of

MARKER: Final = re.compile(r"^(?P<text>.*?) ?\[pingconf:(?P<lineage>\w+):(?P<key>[\w-]+):(?P<nonce>\w+)\]$")
LONGEST_TTL: Final = 730
"""Days; newer servers refuse more with a 422, older ones take it."""


class ScimTokenSpec(Spec):
    """A SCIM token. Its secret goes straight into the connections that name it and is kept nowhere."""

    description: Annotated[Text, Field(max_length=100)] | None = Field(
        None, description="Shown in Infisical; pingconf adds its own marker behind it. Defaults to the key."
    )
    ttl_days: Annotated[Whole, Field(ge=0, le=LONGEST_TTL)] = Field(
        365, description="Days until it expires, 1 to 730; 0 never expires, which is allowed with a warning."
    )
    rotate_before_days: Annotated[Whole, Field(ge=0, le=LONGEST_TTL)] | None = Field(
        None,
        description="Plan a rotation when fewer days are left. Default: a tenth of ttl_days, 30 at most.",
    )
    lifecycle: Lifecycle = None


class InfisicalScimToken(Kind[Services]):
    """Cannot be changed, only made and revoked: every change is a replacement.

    Source: /api/v1/scim/scim-tokens, observed on a backend of June 2025: no route to read or change one,
    descriptions are not unique, the answer to a creation holds the token alone.
    """

    section = "infisical.scim_tokens"
    noun = "SCIM token"
    spec = ScimTokenSpec
    needs: ClassVar[Mapping[str, str]] = {"organization": "infisical.scim"}
    replaces_on = frozenset({"description", "ttl_days"})
    local = frozenset({"rotate_before_days"})
    yields_secret = True
    user_only = True

    def recognises(self, attributes: Attributes, observed: Observed) -> bool:
        """Never: a token without its secret is of no use. Our own are known by their marker and revoked."""
        return False

    def fill(self, key: str, attributes: Attributes, settings: Settings) -> Attributes:
        ttl = int(attributes["ttl_days"])
        return {"description": key, "rotate_before_days": min(ttl // 10, 30), **attributes}

    def review(self, attributes: Attributes, settings: Settings) -> Sequence[Objection | Advice]:
        ttl, before = int(attributes["ttl_days"]), int(attributes["rotate_before_days"])
        if ttl == 0:
            return [Advice("ttl_days", "ttl_days: 0 makes a token that never expires")]
        if before >= ttl:
            return [
                Objection(
                    "rotate_before_days",
                    f"rotate_before_days ({before}) must be less than ttl_days ({ttl})",
                    ("Otherwise every apply would rotate the token.",),
                )
            ]
        return []

    def due(self, attributes: Attributes, observed: Observed, now: datetime) -> str | None:
        renewal = self.renewal(attributes, observed)
        if renewal is None:
            return None
        if renewal.ends <= now:
            return f"expired on {renewal.ends:%Y-%m-%d}"
        return f"expires in {(renewal.ends - now).days} days" if renewal.before < now else None

    def renewal(self, attributes: Attributes, observed: Observed) -> Renewal | None:
        ends = expiry(observed)
        if ends is None:
            return None
        return Renewal(ends - timedelta(days=int(attributes.get("rotate_before_days", 0))), ends)

    def list(self, api: Services) -> Sequence[Observed]:
        return [_observed(token) for token in api.infisical.scim_tokens()]

    def create(self, api: Services, attributes: Attributes, marker: Marker) -> Made:
        mark = f"[pingconf:{marker.lineage}:{marker.key}:{marker.nonce}]"
        description = f"{attributes['description']} {mark}"
        id, secret = api.infisical.create_scim_token(description, int(attributes["ttl_days"]))
        return Made(id, secret)

    def update(self, api: Services, id: str, attributes: Attributes) -> None:
        """Only `rotate_before_days` can have changed, and that is not sent."""

    def delete(self, api: Services, id: str) -> None:
        api.infisical.delete_scim_token(id)


def _observed(token: Mapping[str, Any]) -> Observed:
    text = str(token.get("description") or "")
    mark = MARKER.match(text)
    ttl = token.get("ttlDays", 0)
    if not isinstance(ttl, int):
        raise ServiceError("Infisical shows a SCIM token whose days are no number", f"Its id: {token['id']}")
    return Observed(
        id=str(token["id"]),
        attributes={"description": mark["text"] if mark else text, "ttl_days": ttl},
        facts={"created_at": str(token.get("createdAt", ""))},
        marker=Marker(mark["lineage"], mark["key"], mark["nonce"]) if mark else None,
    )


def expiry(observed: Observed) -> datetime | None:
    """When a token stops working: its creation plus its days, as the token itself holds no end."""
    ttl = int(observed.attributes["ttl_days"])
    if ttl == 0:
        return None
    created = moment_of(observed.facts.get("created_at"))
    return created + timedelta(days=ttl) if created else None
