"""A new token for an old one: made, tested, switched, published, verified; then the old one is revoked."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from pingconf.sandbox import World
from tests.e2e.hands import CONNECTION, GROUP
from tests.e2e.makers import Stage, example, furnish
from tests.e2e.witness import (
    PEOPLE,
    assert_settled,
    changes,
    never_on_a_dead_token,
    our_tokens,
    picture,
    unpublished,
    with_access,
)

TOKEN: Final = "infisical.scim_tokens.pingone"
ROTATION: Final = [
    "POST /api/v1/scim/scim-tokens",
    "POST /propagation/stores/connection/status",
    "PUT /propagation/stores/*",
    "POST /propagation/revisions",
    "POST /propagation/stores/connection/status",
    "DELETE /api/v1/scim/scim-tokens/*",
]


def rotate(stage: Stage, *options: str, expect: int = 0) -> Any:
    stage.wire.after_write = never_on_a_dead_token
    return stage.run("rotate", *options, "--auto-approve", expect=expect)


def grow_old(stage: Stage, days: int) -> None:
    """Our token was made so many days ago."""
    then = datetime.now(UTC) - timedelta(days=days)
    for id in our_tokens(stage.world):
        stage.world.scim_tokens[id]["createdAt"] = then.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_the_whole_of_it_in_order(applied: Stage) -> None:
    (old,) = our_tokens(applied.world)
    before = picture(applied.world)
    ran = rotate(applied)
    assert applied.wire.lines == ROTATION
    assert applied.wire.writes[-1].path.endswith(old)
    assert "Rotate complete! 1 added, 1 changed, 1 destroyed." in ran.out
    assert "asked for" in ran.out
    assert changes(before, picture(applied.world)) == {"-scim_tokens PingOne", "+scim_tokens PingOne"}
    assert len(with_access(applied.world)) == PEOPLE
    assert_settled(applied)


def test_the_new_token_is_tried_at_infisical_before_pingone_is_given_it(applied: Stage) -> None:
    rotate(applied)
    lines = [call.line for call in applied.wire.calls]
    assert lines.index("GET /api/v1/scim/Users") < lines.index("POST /propagation/stores/connection/status")


def test_two_tokens_live_only_from_the_first_step_to_the_last(applied: Stage) -> None:
    alive: list[int] = []
    applied.wire.after_write = lambda world: alive.append(len(our_tokens(world)))
    applied.run("rotate", "--auto-approve")
    assert alive == [2] * (len(ROTATION) - 1) + [1]


def test_nothing_but_the_rotation_is_done(applied: Stage) -> None:
    """What else the file has changed waits for an apply, and is said to."""
    applied.edit(f"{GROUP}.description", "new")
    ran = rotate(applied)
    assert applied.wire.lines == ROTATION
    assert f"Left out, as they were not asked for; they have changes too:\n  … {GROUP}" in ran.out
    applied.apply()
    assert_settled(applied)


def test_one_of_two(services: Stage) -> None:
    furnish(services.world)
    services.write(example("two-connections", services.url))
    services.apply()
    names = {row["description"].split(" ")[0] for row in services.world.scim_tokens.values()}
    before = dict(services.world.scim_tokens)
    rotate(services, "infisical.scim_tokens.sales")
    gone = [row["description"] for id, row in before.items() if id not in services.world.scim_tokens]
    assert [text.split(" ")[0] for text in gone] == ["sales"]
    assert names == {row["description"].split(" ")[0] for row in services.world.scim_tokens.values()}
    rotate(services)
    assert len(services.wire.writes) == 2 * len(ROTATION) - 1, "one revision for both"
    assert_settled(services, tokens=0)


@pytest.mark.parametrize(("age", "rotated"), [(0, False), (334, False), (336, True), (364, True)])
def test_only_if_it_is_expiring(applied: Stage, age: int, rotated: bool) -> None:
    """30 days before its end, as rotate_before_days says."""
    applied.edit(f"{GROUP}.description", "new")
    grow_old(applied, age)
    ran = rotate(applied, "--if-expiring")
    assert applied.wire.lines == (ROTATION if rotated else [])
    if rotated:
        assert "expire" in ran.out
    else:
        assert "No changes in what was asked for; 1 resource left out." in ran.out


def test_an_apply_does_it_too(applied: Stage) -> None:
    grow_old(applied, 340)
    assert "expires in 24 days" in applied.run("plan").out
    applied.wire.after_write = never_on_a_dead_token
    applied.apply()
    assert applied.wire.lines == ROTATION


def test_a_token_that_was_deleted_by_hand_is_due(applied: Stage) -> None:
    (old,) = our_tokens(applied.world)
    del applied.world.scim_tokens[old]
    applied.run("rotate", "--if-expiring", "--auto-approve")
    assert applied.wire.lines == ROTATION[:4], "there is none to revoke"
    assert_settled(applied)


def test_asked_for_by_its_name_in_an_apply(applied: Stage) -> None:
    ran = applied.run("apply", "--auto-approve", "--replace", TOKEN)
    assert applied.wire.lines == ROTATION
    assert f"± {TOKEN}   (asked for)" in ran.out


# ---- what goes wrong


def test_the_new_one_does_not_work_and_the_old_one_goes_on(applied: Stage) -> None:
    def spoil(world: World) -> None:
        if applied.wire.lines == ROTATION[:1]:
            world.scim_tokens.popitem()

    (old,) = our_tokens(applied.world)
    applied.wire.after_write = spoil
    ran = applied.run("rotate", "--auto-approve", expect=1)
    assert "Infisical's SCIM server does not answer to the new token" in ran.err
    assert our_tokens(applied.world) == [old]
    assert_settled(applied)


def test_it_does_not_work_once_it_is_published_and_the_old_one_is_kept(applied: Stage) -> None:
    """Nobody knows why; so the old one lives until somebody has looked, and applies again."""
    (old,) = our_tokens(applied.world)

    def spoil(world: World) -> None:
        if applied.wire.lines[-1] == "POST /propagation/revisions":
            world.organization["scimEnabled"] = False

    applied.wire.after_write = spoil
    ran = applied.run("rotate", "--auto-approve", expect=7)
    assert f"While verifying {CONNECTION}." in ran.err
    assert old in our_tokens(applied.world)
    assert unpublished(applied.world) == []
    applied.wire.after_write = lambda world: None
    applied.apply()
    assert old not in our_tokens(applied.world)
    assert_settled(applied)


@pytest.mark.parametrize("mishap", ["refused", "lost", "down"])
def test_it_goes_on_wherever_it_stopped(applied: Stage, mishap: Any) -> None:
    moment, good = applied.remember(), 0
    for number in range(1, len(ROTATION) + 1):
        applied.return_to(moment)
        applied.wire.after_write = never_on_a_dead_token
        applied.wire.break_write(number, mishap)
        applied.run("rotate", "--auto-approve", expect=None)
        assert applied.wire.mend()
        never_on_a_dead_token(applied.world)
        applied.apply()
        assert_settled(applied)
        good += 1
    sys.stdout.write(f"rotation, {mishap}: went on after {good} of {len(ROTATION)} writes\n")
    assert good == len(ROTATION)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (CONNECTION, f"rotate takes a SCIM token of the file, not {CONNECTION}"),
        ("infisical.scim_tokens.other", "It has: infisical.scim_tokens.pingone"),
        ("other", '"other" is no address'),
    ],
)
def test_what_cannot_be_rotated(applied: Stage, address: str, said: str) -> None:
    ran = applied.run("rotate", address, "--auto-approve", expect=64)
    assert said in ran.err
    assert applied.wire.writes == []


def test_it_is_asked_about(applied: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    monkeypatch.setattr(sys, "stdin", io.StringIO("no\n"))
    ran = applied.run("rotate", expect=1)
    assert 'Do you want to rotate this? Only "yes" will be accepted' in ran.err
    assert "Rotate cancelled; nothing was changed." in ran.err
    assert applied.wire.writes == []
