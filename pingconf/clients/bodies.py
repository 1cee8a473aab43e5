"""What of an object that was read may be sent back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

READ_ONLY: Final = frozenset(
    {"id", "environment", "createdAt", "updatedAt", "_links", "_embedded", "syncStatus", "displayName"}
    | {"directMemberCounts", "totalMemberCounts", "sourceId", "sourceType"}
)


def writable(body: Mapping[str, Any]) -> dict[str, Any]:
    """What of a read object a PUT may send back. Fields we do not know are kept, as PUT replaces."""
    return {name: value for name, value in body.items() if name not in READ_ONLY}
