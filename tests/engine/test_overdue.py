"""What cannot stay as it is though nobody changed it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from pingconf.engine.overdue import OURS, due_renewals, unpublished
from pingconf.engine.situation import Situation
from pingconf.kinds import KINDS
from pingconf.model.address import parse_address
from pingconf.model.plan import EXPIRES, UNPUBLISHED, Drift
from pingconf.model.resource import Desired, Observed, Recorded

TOKEN: Final = parse_address("infisical.scim_tokens.pingone")
REVISION: Final = parse_address("pingone.revision")
MADE: Final = datetime(2026, 1, 1, tzinfo=UTC)
KIND: Final = KINDS["infisical.scim_tokens"]


def situation(
    recorded: int | None = 30, desired: int | None = None, ttl: int = 365, **more: Any
) -> Situation:
    attributes = {"description": "x", "ttl_days": ttl}
    written = {} if recorded is None else {"rotate_before_days": recorded}
    wanted = None if desired is None else Desired(TOKEN, {**attributes, "rotate_before_days": desired})
    seen = Observed("t1", attributes, facts={"created_at": MADE.isoformat()})
    return Situation(TOKEN, KIND, wanted, Recorded("t1", {**attributes, **written}), seen, **more)


def told(one: Situation, day: float) -> list[Drift]:
    return list(due_renewals([one], MADE + timedelta(days=day)))


def test_it_is_told_from_the_day_on_which_an_apply_would_renew_it() -> None:
    assert told(situation(), 335) == []
    (drift,) = told(situation(), 335.01)
    before, ends = "must be renewed before 2026-12-02", "expires on 2027-01-01"
    assert drift == Drift(TOKEN, EXPIRES, before, ends)
    assert told(situation(), 350) == [drift], "it is no other one on another day"
    assert told(situation(), 365)[0].observed == "expired on 2027-01-01"


def test_the_file_counts_before_what_was_recorded() -> None:
    assert told(situation(30, 60), 310)
    assert not told(situation(60, 30), 310)


@pytest.mark.parametrize(
    "one", [situation(ttl=0), situation(unverified=True), situation(None), Situation(TOKEN, KIND)]
)
def test_what_does_not_end_or_cannot_be_seen(one: Situation) -> None:
    assert told(one, 364) == []


def test_a_token_of_which_no_days_are_recorded_is_told_once_it_has_ended() -> None:
    assert told(situation(None), 365)


def test_what_is_not_published() -> None:
    assert list(unpublished(REVISION, False, ())) == []
    assert list(unpublished(REVISION, True, ['the rule "X"'])) == [
        Drift(REVISION, UNPUBLISHED, [], [OURS, 'somebody else\'s: the rule "X"'])
    ]
