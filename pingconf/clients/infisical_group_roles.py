"""Which role of Infisical's organisation a provisioned group brings to the people in it: one list, read and
replaced as a whole.

Sources: API reference, scim/group-org-role-mappings; a self-hosted backend of June 2025 as observed, where
the same list has an older path.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pingconf.clients.answer import Answer
from pingconf.clients.door import Door, unknown_outcome
from pingconf.clients.infisical_errors import NO_ROUTE, SERVICE
from pingconf.model.errors import ServiceError

PATHS: Final = ("/api/v1/scim/group-org-role-mappings", "/api/v1/external-group-mappings")
"""The documented path, then the one of June 2025."""
CUSTOM: Final = "custom"
"""The `role` of every mapping to a role that is not built in; its `roleId` says which."""


class GroupRoles:
    """The mappings of one organisation; the path that the server knows is found once."""

    def __init__(self, door: Door, organization_id: str) -> None:
        self._door = door
        self._organization_id = organization_id
        self._paths: tuple[str, ...] = PATHS

    def read(self) -> dict[str, str]:
        """The slug of the role by the name of the group; custom roles cost one more request."""
        rows = self._call("GET").data
        if not isinstance(rows, list) or not all(map(_is_mapping, rows)):
            raise ServiceError("Infisical answered its roles of groups in an unknown form")
        custom = self._custom_roles() if any(row["role"] == CUSTOM for row in rows) else {}
        return {row["groupName"]: _slug(row, custom) for row in rows}

    def replace(self, roles: Mapping[str, str]) -> None:
        """Make this the whole list. It takes effect where people are provisioned next, not before."""
        mappings = [{"groupName": name, "roleSlug": slug} for name, slug in roles.items()]
        rows = self._call("PUT", {"mappings": mappings}).data
        if not isinstance(rows, list) or not _keeps(rows, roles):
            why = "it answered without the roles of groups that it keeps"
            raise unknown_outcome(SERVICE, f"PUT {self._paths[0]}", why)

    def _call(self, method: str, body: Any = None) -> Answer:
        """Ask at the newer path; at the older one only where the server says that it has no such route."""
        for path in self._paths:
            try:
                answer = self._door.call(method, path, body)
            except ServiceError as error:
                if error.code != NO_ROUTE:
                    raise
            else:
                self._paths = (path,)
                return answer
        raise ServiceError(
            "Infisical knows no roles of groups",
            "Check infisical.url in the file; if it is right, this server is older than this feature.",
            f"Request: {method} {' and '.join(self._paths)}",
            status=404,
            code=NO_ROUTE,
        )

    def _custom_roles(self) -> dict[str, str]:
        """The slugs of all roles by their id."""
        path = f"/api/v1/organization/{self._organization_id}/roles"
        data = self._door.call("GET", path).fields.get("data")
        rows = data.get("roles") if isinstance(data, dict) else None
        if not isinstance(rows, list):
            raise ServiceError(f"Infisical answered {path} without roles")
        return {str(row.get("id")): str(row.get("slug")) for row in rows if isinstance(row, dict)}


def _is_mapping(row: Any) -> bool:
    return (
        isinstance(row, dict) and isinstance(row.get("groupName"), str) and isinstance(row.get("role"), str)
    )


def _keeps(rows: list[Any], roles: Mapping[str, str]) -> bool:
    """Whether these rows are the whole list; of a custom role they do not show the slug."""
    shown = {row["groupName"]: row["role"] for row in rows if _is_mapping(row)}
    return shown.keys() == roles.keys() and all(shown[one] in (roles[one], CUSTOM) for one in roles)


def _slug(row: Mapping[str, Any], custom: Mapping[str, str]) -> str:
    """A role that was deleted meanwhile is shown by its id, which no slug equals."""
    if row["role"] != CUSTOM:
        return str(row["role"])
    id = str(row.get("roleId"))
    return custom.get(id, id)
