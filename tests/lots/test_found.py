"""What the lots found, each as its smallest story."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pingconf.sandbox import ENVIRONMENT_ID, ORGANIZATION_ID, Switches
from tests.lots.configurations import Document
from tests.lots.hands import ours, play
from tests.lots.stage import APPLY, Mishap, Stage
from tests.lots.trouble import Trouble


def document(
    tokens: tuple[str, ...], connections: dict[str, Any], rules: dict[str, Any] | None = None, **rest: Any
) -> Document:
    """A file: connections by key with their token, or with all that is said of them."""
    made = {
        key: one if isinstance(one, dict) else {"auth": {"token": one}} for key, one in connections.items()
    }
    sections = {"connections": made, "rules": rules or {}, "groups": rest}
    return {
        "version": 1,
        "infisical": {
            "organization_id": ORGANIZATION_ID,
            "scim": {"enabled": True},
            "scim_tokens": {key: {} for key in tokens},
        },
        "pingone": {"region": "EU", "environment_id": ENVIRONMENT_ID, **sections},
    }


def everybody(connection: str, **rest: Any) -> Document:
    return {"connection": connection, "user_filter": "all", **rest}


ONE = document(("t",), {"c": "t"}, {"r": everybody("c")})
REQUESTS = 45
"""More than any apply here takes."""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    yield Stage.open(tmp_path / "work", Switches(), ascii=False)


def apply(stage: Stage, wanted: Document, *mishaps: Mishap) -> None:
    stage.write(wanted)
    stage.bring_about(APPLY, mishaps, wanted)
    stage.settled(wanted)


def delete_connection(stage: Stage, name: str) -> None:
    """By hand, with the rules that refer to it, and not published."""
    world = stage.world
    (gone,) = (id for id, row in world.stores.items() if row["name"] == name)
    for rule in [id for id, row in world.rules.items() if row["targetStore"]["id"] == gone]:
        del world.rules[rule]
        world.mappings = {id: row for id, row in world.mappings.items() if row["rule"]["id"] != rule}
    del world.stores[gone]


@pytest.mark.parametrize("published", [False, True])
def test_a_hand_did_what_the_file_says_next(stage: Stage, published: bool) -> None:
    """It is written down, or it is drift for ever; and published, as the hand may not have done that."""
    apply(stage, ONE)
    ours(stage.world, "rules", stage.others)[0]["active"] = False
    if published:
        play(stage.world, ("publish", 0), stage.others, ())
    apply(stage, document(("t",), {"c": "t"}, {"r": everybody("c", enabled=False)}))


def test_a_field_that_left_the_file_is_no_drift(stage: Stage) -> None:
    apply(stage, document((), {}, g={"description": "Ours"}))
    wanted = document((), {}, g={})
    apply(stage, wanted)
    ours(stage.world, "groups", stage.others)[0]["description"] = "Theirs"
    stage.settled(wanted)


@pytest.mark.parametrize("how", ["502 after", "killed after"])
def test_something_goes_wrong_while_a_connection_is_made_a_second_time(stage: Stage, how: str) -> None:
    """What was made in place of what is recorded is in no record: it is looked for. And once it is recorded,
    nobody knows any more that the old one would take people along, so its token goes first of all."""
    apply(stage, ONE)
    for number in range(REQUESTS):
        delete_connection(stage, "c")
        stage.bring_about(APPLY, (Mishap(Trouble(how, number), []),), ONE)
        stage.settled(ONE)
    assert REQUESTS // 2 < stage.stumbles < REQUESTS


def test_of_the_connections_deleted_by_hand_only_some_would_take_people_along(stage: Stage) -> None:
    kept = {"auth": {"token": "t"}, "deprovision_on_rule_deletion": False}
    wanted = document(("t",), {"c": "t", "d": kept}, {"r": everybody("c")})
    apply(stage, wanted)
    delete_connection(stage, "c")
    delete_connection(stage, "d")
    apply(stage, wanted)


def test_a_token_outlives_the_connection_that_was_deleted_by_hand(stage: Stage) -> None:
    """It stays in the file, but not as it is: what the old secret lets in would take people along."""
    apply(stage, ONE)
    delete_connection(stage, "c")
    apply(stage, document(("t",), {}))


def test_there_is_another_plan_and_another_directory_now(stage: Stage) -> None:
    """There can be only one, so it is taken, and not made beside it."""
    apply(stage, ONE)
    for act in ("delete the plan", "delete the directory"):
        play(stage.world, (act, 1), stage.others, ())
        apply(stage, ONE)


@pytest.mark.parametrize(
    ("name", "others"),
    [("b", {"b": {}}), ("b", {"b": {"name": "c"}}), ("b", {}), ("Finance", {"b": {}})],
    ids=["it stays", "it is renamed later", "it goes", "it is not ours"],
)
def test_a_name_that_another_bears_still_is_refused_before_anything_is_done(
    stage: Stage, name: str, others: dict[str, Any]
) -> None:
    before = document(("t",), {}, a={}, b={})
    apply(stage, before)
    stage.write(document(("t",), {}, a={"name": name}, **others))
    if others == {"b": {}} and name == "b":
        stage.write(document(("t",), {}, a={"name": "b"}, b={"name": "a"}))
    ran = stage.run(*APPLY)
    assert ran.code == 1, ran.said()
    assert f'pingone.groups.a cannot be called "{name}"' in ran.err
    assert stage.line.writes == []
    stage.write(before)
    stage.settled(before)


def test_a_connection_deleted_by_hand_shares_its_token(stage: Stage) -> None:
    """Revoked before the revision, its token leaves the other one without until then; nobody loses access."""
    wanted = document(("t",), {"c": "t", "d": "t"}, {"r": everybody("c")})
    apply(stage, wanted)
    delete_connection(stage, "c")
    apply(stage, wanted)


def test_a_connection_is_deleted_by_hand_after_it_got_another_token(stage: Stage) -> None:
    """The run that gave it died before the revision, so it is still published with the first one."""
    first = document(("t", "u"), {"c": "t"}, {"r": everybody("c")})
    second = document(("t", "u"), {"c": "u"}, {"r": everybody("c")})
    for number in range(REQUESTS):
        apply(stage, first)
        stage.write(second)
        stage.run(*APPLY, trouble=Trouble("killed before", number))
        delete_connection(stage, "c")
        apply(stage, second)
