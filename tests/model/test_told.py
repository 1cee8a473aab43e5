"""What is news in a look for drift: first, repeated, changed, resolved; and what cannot be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from pingconf.model.address import parse_address
from pingconf.model.plan import Drift
from pingconf.model.told import News, Told, compare, compare_failure

RULE: Final = parse_address("pingone.rules.employees")
GROUP: Final = parse_address("pingone.groups.staff")
A: Final = Drift(RULE, "enabled", True, False)
B: Final = Drift(GROUP, "name", "Staff", "By hand")
START: Final = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def names(news: News) -> dict[str, list[str]]:
    """The paths of what is new, told already, kept and over."""
    return {
        "fresh": [one.drift.path for one in news.fresh],
        "told": [one.drift.path for one in news.standing if one.told],
        "kept": [one.drift.path for one in news.kept],
        "resolved": [one.drift.path for one in news.resolved],
    }


def found(**wanted: list[str]) -> dict[str, list[str]]:
    return {"fresh": [], "told": [], "kept": [], "resolved": []} | wanted


def test_first_repeated_and_resolved_are_told_apart() -> None:
    first = compare(Told(), [A], at(0))
    assert names(first) == found(fresh=["enabled"])
    assert first.worth_telling
    again = compare(first.as_told(delivered=True), [A, B], at(1))
    assert names(again) == found(fresh=["name"], told=["enabled"])
    assert [one.since for one in again.standing] == [at(0), at(1)]
    over = compare(again.as_told(delivered=True), [B], at(2))
    assert names(over) == found(told=["name"], resolved=["enabled"])
    assert over.worth_telling
    quiet = compare(over.as_told(delivered=True), [B], at(3))
    assert names(quiet) == found(told=["name"])
    assert not quiet.worth_telling


def test_what_changes_once_more_is_news_and_keeps_its_beginning() -> None:
    told = compare(Told(), [B], at(0)).as_told(delivered=True)
    other = compare(told, [replace(B, observed="Another")], at(1))
    (one,) = other.fresh
    assert (one.changed, one.since) == (True, at(0))
    assert not compare(other.as_told(delivered=True), [replace(B, observed="Another")], at(2)).worth_telling


def test_what_could_not_be_delivered_is_news_once_more() -> None:
    told = compare(Told(), [A], at(0)).as_told(delivered=False)
    again = compare(told, [A], at(1))
    assert names(again) == found(fresh=["enabled"])
    assert again.standing[0].since == at(0)
    delivered = again.as_told(delivered=True)
    undelivered = compare(delivered, [], at(2)).as_told(delivered=False)
    assert names(compare(undelivered, [], at(3))) == found(resolved=["enabled"])


def test_what_nobody_was_told_of_is_not_told_to_be_over() -> None:
    told = compare(Told(), [A], at(0)).as_told(delivered=False)
    assert not compare(told, [], at(1)).worth_telling


def test_what_was_told_otherwise_is_told_to_be_over() -> None:
    told = compare(Told(), [B], at(0)).as_told(delivered=True)
    changed = compare(told, [replace(B, observed="Another")], at(1)).as_told(delivered=False)
    assert names(compare(changed, [], at(2))) == found(resolved=["name"])


def test_what_could_not_be_looked_at_is_not_over() -> None:
    told = compare(Told(), [A, B], at(0)).as_told(delivered=True)
    blind = compare(told, [A], at(1), trouble="not all could be read", unread={GROUP})
    assert names(blind) == found(told=["enabled"], kept=["name"])
    assert blind.new_trouble
    seen = compare(blind.as_told(delivered=True), [A], at(2))
    assert names(seen) == found(told=["enabled"], resolved=["name"])


@pytest.mark.parametrize("delivered", [True, False])
def test_an_error_is_told_at_its_beginning_and_its_end(delivered: bool) -> None:
    told = compare(Told(), [A], at(0)).as_told(delivered=True)
    first = compare_failure(told, "the service is down", at(1))
    assert first.new_trouble
    assert names(first) == found(kept=["enabled"])
    second = compare_failure(first.as_told(delivered=delivered), "it is down still", at(2))
    assert second.worth_telling is not delivered
    assert second.trouble is not None
    assert (second.trouble.text, second.trouble.since) == ("it is down still", at(1))
    end = compare(second.as_told(delivered=True), [A], at(3))
    assert end.ended is not None
    assert end.worth_telling
    undelivered = compare(end.as_told(delivered=False), [A], at(4))
    assert undelivered.ended is not None
    assert compare(end.as_told(delivered=True), [A], at(4)).ended is None


def test_an_error_that_nobody_was_told_of_has_no_end_to_tell() -> None:
    told = compare_failure(Told(), "down", at(0)).as_told(delivered=False)
    assert not compare(told, [], at(1)).worth_telling


def test_without_a_memory_all_drift_is_told_each_time() -> None:
    for hour in range(3):
        assert compare(Told(), [A], at(hour)).worth_telling
        assert not compare(Told(), [], at(hour)).worth_telling
        assert compare_failure(Told(), "down", at(hour)).worth_telling
