"""The propagation plan: found or made, switched on, never deleted."""

from __future__ import annotations

from typing import Final

import pytest

from pingconf.kinds.pingone_plan import PingOnePlan
from pingconf.model.errors import ServiceError
from pingconf.model.resource import Observed
from tests.kinds import MARKER, NO_ID, Stage, attributes

KIND = PingOnePlan()
PLANS: Final = "/propagation/plans"


def test_what_is_sent_where_there_is_none(embedded: Stage) -> None:
    assert KIND.list(embedded.api) == []
    made = KIND.create(embedded.api, attributes(KIND.section), MARKER)
    assert embedded.sent == [("POST", PLANS, {"name": "Default Plan", "status": "ACTIVE"})]
    assert KIND.list(embedded.api) == [Observed(made.id, {"enabled": True})]


def test_one_that_is_off_is_switched_on_and_keeps_its_name(embedded: Stage) -> None:
    id = embedded.api.pingone.create(PLANS, {"name": "Somebody's"})["id"]
    assert KIND.list(embedded.api) == [Observed(id, {"enabled": False})]
    assert len(embedded.sent) == 1
    KIND.update(embedded.api, id, {"enabled": True})
    assert embedded.sent == [("PUT", f"{PLANS}/{id}", {"name": "Somebody's", "status": "ACTIVE"})]
    assert KIND.list(embedded.api) == [Observed(id, {"enabled": True})]


def test_it_is_never_deleted(embedded: Stage) -> None:
    with pytest.raises(ServiceError, match="never deleted"):
        KIND.delete(embedded.api, NO_ID)
    assert embedded.sent == []
    assert KIND.kept
