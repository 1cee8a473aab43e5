"""Applies after the first: a new secret for an old one, removals, and a failure in each of their acts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from pingconf.model.errors import ServiceError, UnknownOutcomeError
from pingconf.model.state import CommitDue, Dropped, Intended, Noted
from tests.engine import REVISION
from tests.engine.fakes import DOOR, KEY, LOCK, House, setup, unknown
from tests.engine.test_applier import check_converged, check_entries, keys_alive

ROTATION: Final = [
    "create fake.keys",
    "test fake.locks",
    "update fake.locks",
    "create pingone.revision",
    "test fake.locks",
    "delete fake.keys",
]
REMOVAL: Final = [
    "create fake.keys",
    "delete fake.doors",
    "update fake.locks",
    "create pingone.revision",
    "delete fake.locks",
    "create pingone.revision",
    "delete fake.keys",
    "delete fake.keys",
]
FAULTS: Final[list[Callable[[], BaseException]]] = [
    lambda: ServiceError("refused"),
    unknown,
    KeyboardInterrupt,
]


def rotate(house: House) -> House:
    return house.apply(*setup(), replace={KEY: "asked for"})


def test_the_old_secret_lives_until_the_new_one_is_published() -> None:
    house = House().settled()
    (old,) = keys_alive(house.table)
    rotate(house)
    assert house.table.calls == ROTATION
    deposed = [one.recorded.deposed for one in house.entries if isinstance(one, Noted) and one.address == KEY]
    assert deposed == [(old,), ()], "the old one is written down until it is revoked"
    assert old not in keys_alive(house.table)
    check_converged(house)
    check_entries(house.entries)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", ROTATION)
@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("again", [None, *ROTATION])
def test_a_rotation_that_dies_leaves_the_lock_a_key_that_works(
    call: str, fault: Callable[[], BaseException], done: bool, again: str | None
) -> None:
    """Twice in a row, too; the next apply finds one key, and it is the one the lock holds."""
    house = House().settled()
    faults = house.table.lost if done else house.table.faults
    faults[call] = fault()
    rotate(house)
    check_published(house)
    if again is not None:
        house.table.faults[again] = fault()
        house.apply(*setup())
        check_published(house)
        house.table.faults.clear()
    faults.clear()
    check_converged(house.apply(*setup()))


def check_published(house: House) -> None:
    """Whatever happened: a lock that is there was told its key, and that key was not revoked behind it."""
    check_entries(house.entries)
    bound = house.state.resources[LOCK].bindings["key"]
    told = not any(call.startswith("update fake.locks") for call in house.table.calls)
    if told:
        assert bound in keys_alive(house.table)


def test_a_rotation_that_never_happened_is_given_up() -> None:
    house = House().settled()
    house.table.faults["create fake.keys"] = unknown()
    rotate(house)
    assert dict(house.apply(*setup()).state.pending) == {}


def test_an_intent_that_came_to_nothing_is_given_up_also_where_nobody_wants_it_any_more() -> None:
    """Else a door that somebody makes by this name next year would be taken for ours, and removed."""
    house = House()
    house.table.faults["create fake.doors"] = unknown()
    house.apply(*setup())
    assert DOOR in house.state.pending
    assert dict(house.apply(*setup()[:2]).state.pending) == {}


# ---- removals


def test_a_lock_is_released_published_removed_and_published_again() -> None:
    house = House().settled()
    house.apply()
    assert house.error is None
    assert house.table.calls == REMOVAL
    assert [row for row in house.table.rows.values() if row["section"] != "pingone.revision"] == []
    assert (dict(house.state.resources), dict(house.state.pending), house.state.uncommitted) == (
        {},
        {},
        False,
    )
    check_entries(house.entries)


def test_the_release_is_written_down_with_the_revision_that_publishes_it() -> None:
    house = House().settled()
    house.apply()
    kinds = [(type(one), getattr(one, "address", None)) for one in house.entries]
    noted = next(n for n, one in enumerate(house.entries) if isinstance(one, Noted) and one.address == LOCK)
    written = [one.recorded for one in house.entries if isinstance(one, Noted) and one.address == LOCK]
    assert [one.attributes for one in written] == [{"name": "l", "armed": False}] * 2
    assert [one.leaving for one in written] == [False, True], "then its removal is begun"
    assert kinds.index((Intended, REVISION)) < noted < kinds.index((Noted, REVISION))
    assert kinds.index((Noted, REVISION)) < kinds.index((Dropped, LOCK))
    commits = [one.due for one in house.entries if isinstance(one, CommitDue)]
    assert commits == [True, False, True, False]
    assert house.entries[-1] == Dropped(REVISION), "a revision of nothing is nothing to remember"


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", sorted(set(REMOVAL)))
@pytest.mark.parametrize("done", [False, True])
def test_a_removal_that_dies_is_finished_by_the_next(
    call: str, fault: Callable[[], BaseException], done: bool
) -> None:
    house = House().settled()
    (house.table.lost if done else house.table.faults)[call] = fault()
    house.apply()
    assert house.error is not None
    check_entries(house.entries)
    if not isinstance(house.error, ServiceError) or isinstance(house.error, UnknownOutcomeError):
        gone = [one for one in house.plan().drift if one.path == "id"]
        assert gone == [], "what we removed ourselves is not blamed on a hand"
    house.apply()
    assert house.error is None
    assert {row["section"] for row in house.table.rows.values()} <= {"pingone.revision"}
    assert (dict(house.state.pending), house.state.uncommitted) == ({}, False)
    assert house.plan().steps == ()


def test_a_harmless_lock_goes_at_once() -> None:
    house = House().settled()
    house.apply(*setup(armed=False))
    house.apply()
    assert house.table.calls == [
        "delete fake.doors",
        "delete fake.locks",
        "create pingone.revision",
        "delete fake.keys",
    ]


# ---- single acts


def test_a_change_of_the_door_alone_touches_no_secret() -> None:
    house = House().settled()
    door: Any = house.table.of("fake.doors")[0]
    door["shown"] = {**door["shown"], "open": False}
    house.apply(*setup())
    assert house.table.calls == ["update fake.doors", "create pingone.revision"]
    check_converged(house)


def test_nothing_to_do_writes_nothing() -> None:
    house = House().settled().apply(*setup())
    assert (house.entries, house.events, house.table.calls) == ([], [], [])


def test_what_a_dead_run_made_is_adopted_and_then_made_right() -> None:
    house = House()
    house.table.lost["create fake.doors"] = unknown()
    house.apply(*setup())
    house.apply(*setup())
    assert house.table.calls == ["update fake.doors", "create pingone.revision"]
    first = next(one for one in house.entries if isinstance(one, Noted))
    assert (first.address, first.recorded.attributes, first.recorded.made) == (DOOR, {}, True)
    check_converged(house)


def test_an_unpublished_change_is_published_by_the_next_apply() -> None:
    house = House()
    house.table.faults["create pingone.revision"] = ServiceError("refused")
    house.apply(*setup())
    assert house.state.uncommitted
    house.apply(*setup())
    assert house.table.calls == ["create pingone.revision"]
    check_converged(house)
