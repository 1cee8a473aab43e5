"""Which role of Infisical's organisation a group brings to the people provisioned in it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Final

from pydantic import Field, WithJsonSchema

from pingconf.clients import Services
from pingconf.model.address import Address
from pingconf.model.fields import After, FreeSpec, Lifecycle, fault
from pingconf.model.kind import Advice, Kind, Made, Objection
from pingconf.model.resource import Marker, Observed
from pingconf.model.settings import Settings
from pingconf.model.values import Attributes, Reference

if TYPE_CHECKING:
    from pingconf.model.plan import Difference

BUILT_IN: Final = ("admin", "member", "no-access")
LONGEST_SLUG: Final = 64
"""Characters (API reference)."""
RULES: Final = "pingone.rules"
SLUG: Final = r"^[a-z0-9]([a-z0-9_-]*[a-z0-9])?$"


def _role(value: str) -> str:
    if not re.search(SLUG, value) or len(value) > LONGEST_SLUG:
        raise fault(f"expected the slug of a role: {', '.join(BUILT_IN)}, or one of your own")
    if value == "custom":  # Infisical takes it for built in, and maps the group to no role at all
        raise fault("expected the slug of the custom role itself")
    return value


Role = Annotated[
    str, After(_role), WithJsonSchema({"type": "string", "pattern": SLUG, "maxLength": LONGEST_SLUG})
]
"""The slug of a role of the organisation."""


class GroupRolesSpec(FreeSpec):
    """The role of the organisation by the name of the group, as Infisical shows it. This is the whole list:
    what others map to a role is shown by the plan, and taken out."""

    contents: ClassVar[str] = "Each key is the name of a group, with the slug of a role behind it."
    __pydantic_extra__: dict[str, Role] = Field(init=False)
    lifecycle: Lifecycle = None


class InfisicalGroupRoles(Kind[Services]):
    """Always there, maybe empty, so it is adopted. Where it was empty it becomes ours, and removing it
    empties it again; what others had made before is only let go of.

    Sources: API reference, scim/group-org-role-mappings; a backend of June 2025 as observed: a role is given
    to people who are invited, as they get into the group by SCIM, and stays when the group goes.
    """

    section = "infisical.group_roles"
    noun = "list of group roles"
    spec = GroupRolesSpec
    single = True
    adopts = True
    user_only = True

    def fill(self, key: str, attributes: Attributes, settings: Settings) -> Attributes:
        """One attribute that holds all of it, so that it is compared as a whole."""
        return {"roles": dict(attributes)}

    def review(self, attributes: Attributes, settings: Settings) -> Sequence[Objection | Advice]:
        odd = [name for name in attributes["roles"] if not name.isprintable() or name.strip() != name]
        odd += [name for name in attributes["roles"] if not name]
        if odd:
            headline = "the name of a group must be one line of text without blanks around it"
            return [Objection(name, headline) for name in odd]
        if not attributes["roles"]:
            return [Advice("", "it is empty, so no group brings a role, whatever others have set up")]
        text = (
            "a role is given to people as they are first provisioned in the group; who is a member already"
            " keeps theirs, and nobody loses one with the group"
        )
        return [Advice("", text)]

    def review_beside(
        self, attributes: Attributes, others: Mapping[Address, Attributes]
    ) -> Sequence[Objection | Advice]:
        brought = set(_brought(others))
        return [
            Advice(name, f'no rule of the file brings a group called "{name}"')
            for name in attributes["roles"]
            if name not in brought
        ]

    def becomes_ours(self, observed: Observed) -> bool:
        """Only where nobody had put anything into it."""
        return not observed.attributes["roles"]

    def remark(self, differences: Sequence[Difference], drifted: Collection[str]) -> str | None:
        others = [one.path.partition(".")[2] for one in differences if one.after is None]
        return f"the file is the whole list, which takes out {', '.join(others)}" if others else None

    def list(self, api: Services) -> Sequence[Observed]:
        return [Observed(api.infisical.organization_id, {"roles": api.infisical.group_roles.read()})]

    def create(self, api: Services, attributes: Attributes, marker: Marker) -> Made:
        self.update(api, api.infisical.organization_id, attributes)
        return Made(api.infisical.organization_id)

    def update(self, api: Services, id: str, attributes: Attributes) -> None:
        api.infisical.group_roles.replace(attributes["roles"])

    def delete(self, api: Services, id: str) -> None:
        api.infisical.group_roles.replace({})


def _brought(others: Mapping[Address, Attributes]) -> Iterator[str]:
    """The names of the groups that rules of the file bring."""
    for address, attributes in others.items():
        for group in attributes.get("groups", ()) if address.section == RULES else ():
            if isinstance(group, Reference) and group.address in others:
                yield str(others[group.address]["name"])
