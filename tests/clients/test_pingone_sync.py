"""What PingOne tells of a synchronization: also in a form that nobody documents."""

from __future__ import annotations

from typing import Any

import pytest

from pingconf.clients.pingone_sync import SyncedRule, SyncStatus, read_synced_rule, sync_status
from tests.kinds import stage

REVISION = {"createdAt": "2026-03-02T09:00:00.000Z"}
AFTER, BEFORE = "2026-03-02T09:00:01.000Z", "2026-03-02T08:59:59.000Z"


@pytest.mark.parametrize(
    ("status", "settled"),
    [
        ({"lastSyncAt": AFTER}, True),
        ({"lastSyncAt": AFTER, "syncState": "FAILED"}, True),
        ({"lastSyncAt": AFTER, "syncState": "SOMETHING_NEW"}, True),
        ({"lastSyncAt": AFTER, "syncState": "SYNCING"}, False),
        ({"lastSyncAt": BEFORE}, False),
        ({"syncState": "FAILED"}, False),
        ({}, False),
        (None, False),
        ("odd", False),
    ],
)
def test_when_it_is_done(status: Any, settled: bool) -> None:
    assert sync_status({"syncStatus": status}, REVISION).settled is settled


def test_what_it_counts() -> None:
    told = {
        "userTotal": 36,
        "successCount": 34,
        "failedCount": 2,
        "failedDeprovisionCount": 1,
        "details": "why",
        "lastSyncAt": AFTER,
    }
    assert sync_status({"syncStatus": told}, REVISION) == SyncStatus(
        "", AFTER, REVISION["createdAt"], 36, 34, 2, 1, "why"
    )
    odd = sync_status({"syncStatus": {"userTotal": "36", "failedCount": None}}, None)
    assert (odd.total, odd.failed, odd.since) == (None, 0, "")


def test_somebody_whom_no_rule_brought() -> None:
    with stage() as here:
        user = next(iter(here.world.users))
        assert (
            read_synced_rule(here.api.pingone, "users", user, "00000000-0000-4000-8000-000000000000") is None
        )


@pytest.mark.parametrize(
    ("status", "well"), [("SUCCESS", True), ("success", True), ("FAILED", False), ("", False)]
)
def test_only_what_says_so_is_well(status: str, well: bool) -> None:
    assert SyncedRule(status, "", "").well is well
