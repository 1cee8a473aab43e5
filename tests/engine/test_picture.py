"""What the plan saw is looked at once more, just before it is written over or removed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from pingconf.model.errors import ServiceError, StalePlanError, UnknownOutcomeError
from pingconf.model.event import Done
from pingconf.model.kind import Made
from pingconf.model.plan import Verb
from pingconf.model.resource import Desired
from tests.engine import REVISION
from tests.engine.fakes import DOOR, KEY, LOCK, House, Revision, setup, unknown
from tests.engine.test_applier import check_converged

HAND: Final = {"name": "d", "open": "by hand"}


def opened(**lock: Any) -> tuple[Desired, ...]:
    """The file wants the door shut."""
    key, lock_, door = setup(**lock)
    return key, lock_, Desired(DOOR, {**door.attributes, "open": False}, depends_on=door.depends_on)


def while_planned(house: House, act: Callable[[], Any], *desired: Desired, **request: Any) -> House:
    """Somebody is quicker: acts after the plan was made, and before its first step."""
    applier, journal = house.applier(*desired, **request)
    act()
    house.events, house.error = [], None
    try:
        house.events.extend(applier.run())
    except StalePlanError as error:
        house.error = error
    house.state, house.entries = journal.state, journal.entries
    return house


def test_what_somebody_changed_meanwhile_is_not_written_over() -> None:
    house = House().settled()
    (row,) = house.table.of("fake.doors")
    while_planned(house, lambda: row.update(shown={**row["shown"], **HAND}), *opened())
    assert isinstance(house.error, StalePlanError)
    assert house.error.exit_code == 4
    assert house.error.headline == f"{DOOR} was changed (open) since the plan was made"
    assert row["shown"]["open"] == "by hand"
    assert house.table.calls == []
    assert not house.state.uncommitted
    house.apply(*opened())
    assert house.error is None


@pytest.mark.parametrize("desired", [opened(armed=False), setup()[:1]], ids=["updated", "removed"])
def test_what_somebody_deleted_meanwhile(desired: tuple[Desired, ...]) -> None:
    """To be changed, it is missed; to be removed, it is not."""
    house = House().settled(armed=False)
    (row,) = house.table.of("fake.doors")
    while_planned(house, lambda: house.table.rows.pop(row["id"]), *desired)
    if len(desired) == 1:
        assert house.error is None
        assert DOOR not in house.state.resources
    else:
        assert house.error is not None
        assert house.error.args[0] == f"{DOOR} was deleted since the plan was made"


def test_nothing_is_removed_that_somebody_changed_meanwhile() -> None:
    house = House().settled(armed=False)
    (row,) = house.table.of("fake.locks")
    while_planned(house, lambda: row.update(shown={**row["shown"], "armed": True}), setup()[0])
    assert isinstance(house.error, StalePlanError)
    assert house.error.headline == f"{LOCK} was changed (armed) since the plan was made"
    assert row["id"] in house.table.rows
    assert [one.address for one in house.events if isinstance(one, Done)] == [DOOR], "the door went before"


def test_what_this_run_changed_itself_is_no_surprise() -> None:
    """A lock is released, then removed; a door is made, then made right."""
    house = House().settled()
    house.apply()
    assert house.error is None
    assert not house.table.of("fake.locks")


def test_a_rotation_looks_at_the_lock_before_it_gives_it_the_new_key() -> None:
    house = House().settled()
    (row,) = house.table.of("fake.locks")
    (key,) = house.table.of("fake.keys")

    def disarm() -> None:
        row["shown"] = {**row["shown"], "armed": False}

    while_planned(house, disarm, *setup(), replace={KEY: "asked for"})
    assert isinstance(house.error, StalePlanError)
    assert [one["id"] for one in house.table.of("fake.keys")] == [key["id"]], "the new key was revoked"
    assert f"The new secret of {KEY} was revoked; nothing holds it." in house.error.details
    house.apply(*setup(), replace={KEY: "asked for"})
    check_converged(house)


# ---- a revision whose answer was lost


@pytest.mark.parametrize("published", [True, False])
def test_a_revision_whose_answer_was_lost_is_looked_for(published: bool) -> None:
    house = House()
    faults = house.table.lost if published else house.table.faults
    faults["create pingone.revision"] = unknown()
    house.apply(*setup())
    assert (house.state.uncommitted, REVISION in house.state.pending) == (True, True)
    plan = house.plan(*setup())
    commits = [step for step in plan.steps if step.verb is Verb.COMMIT]
    assert len(commits) == (0 if published else 1), "a spare one would start a resync of everybody"
    house.apply(*setup())
    assert len(house.table.of("pingone.revision")) == 1
    check_converged(house)


def test_a_revision_that_was_refused_is_not_looked_for() -> None:
    house = House()
    house.table.faults["create pingone.revision"] = ServiceError("refused")
    house.apply(*setup())
    assert (house.state.uncommitted, REVISION in house.state.pending) == (True, False)


def test_a_revision_that_is_the_old_one_published_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A success that came from anywhere: what holds the old token is still published with it."""
    house = House().settled()
    (before,) = house.table.of("pingone.revision")
    monkeypatch.setattr(Revision, "create", lambda *_: Made(before["id"]))
    house.apply(*setup(), replace={KEY: "asked for"})
    assert isinstance(house.error, UnknownOutcomeError)
    assert house.error.headline == f"The revision was accepted, but the latest one is still {before['id']}"
    assert len(house.table.of("fake.keys")) == 2, "neither is revoked"
    monkeypatch.undo()
    house.apply(*setup())
    check_converged(house)


def test_a_second_change_is_published_though_the_first_one_was() -> None:
    house = House()
    house.table.lost["create pingone.revision"] = unknown()
    house.apply(*setup())
    house.apply(*opened())
    assert len(house.table.of("pingone.revision")) == 2
    assert not house.state.uncommitted
