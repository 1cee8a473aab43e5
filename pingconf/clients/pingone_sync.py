"""How far PingOne is with provisioning, and why it did not bring somebody: read, never guessed.

Sources: developer.pingidentity.com, propagation-stores.html for `syncStatus`, whose counts are of the time
since the last revision; propagation-rules/read-one-synced-rule.html and …-for-a-group.html for the rest. No
value is documented that says "done", nor what `status` may be besides SUCCESS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pingconf.clients.pingone import PingOne

SYNCING: Final = "SYNCING"
FAILED: Final = "FAILED"
SUCCESS: Final = "SUCCESS"


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """What a connection tells of its last synchronization. `since` is when the latest revision was made, both
    as PingOne writes times, and empty where there is none. `total` is None where nobody has counted yet."""

    state: str = ""
    last: str = ""
    since: str = ""
    total: int | None = None
    succeeded: int = 0
    failed: int = 0
    failed_deprovisions: int = 0
    details: str = ""

    @property
    def settled(self) -> bool:
        """Whether it is done with the latest revision, as far as can be told."""
        return self.state != SYNCING and bool(self.last) and self.last >= self.since


@dataclass(frozen=True, slots=True)
class SyncedRule:
    """What one rule came to for one person or group."""

    status: str
    details: str
    last: str

    @property
    def well(self) -> bool:
        """Whether it says in so many words that it was done."""
        return self.status.upper() == SUCCESS


def sync_status(store: Mapping[str, Any], revision: Mapping[str, Any] | None) -> SyncStatus:
    """What a store, as it was read, says of its synchronization after the latest revision."""
    status = store.get("syncStatus")
    told = status if isinstance(status, Mapping) else {}
    total = told.get("userTotal")
    return SyncStatus(
        state=str(told.get("syncState") or ""),
        last=str(told.get("lastSyncAt") or ""),
        since=str((revision or {}).get("createdAt") or ""),
        total=total if isinstance(total, int) else None,
        succeeded=_number(told, "successCount"),
        failed=_number(told, "failedCount"),
        failed_deprovisions=_number(told, "failedDeprovisionCount"),
        details=str(told.get("details") or ""),
    )


def read_synced_rule(
    pingone: PingOne, kind: Literal["users", "groups"], id: str, rule_id: str
) -> SyncedRule | None:
    """What a rule came to for one of them; None where PingOne says that there is nothing to tell."""
    found = pingone.find_without_id(f"/{kind}/{id}/syncedRules/{rule_id}")
    if found is None:
        return None
    texts = (str(found.get(name) or "") for name in ("status", "details", "lastSyncAt"))
    return SyncedRule(*texts)


def _number(told: Mapping[str, Any], name: str) -> int:
    value = told.get(name)
    return value if isinstance(value, int) else 0
