"""A run may die anywhere: die at every act on the network or the disk, run again, look."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pingconf.sandbox import World
from tests.crash.makers import Killed, Scene, command, mortal, write_file


def first_apply(folder: Path) -> list[str]:
    return ["apply", "--auto-approve"]


def change(folder: Path) -> list[str]:
    write_file(folder, connection="Renamed", filter="enabled eq true and population.id pr")
    return ["apply", "--auto-approve"]


def rotation(folder: Path) -> list[str]:
    write_file(folder, ttl=30)
    return ["apply", "--auto-approve"]


def removal(folder: Path) -> list[str]:
    text = (folder / "pingconf.yaml").read_text()
    (folder / "pingconf.yaml").write_text(text[: text.index("  rules:")])
    return ["apply", "--auto-approve"]


def removal_of_all_but_groups(folder: Path) -> list[str]:
    text = (folder / "pingconf.yaml").read_text()
    start, groups, rules = (text.index(f"  {name}:") for name in ("connections", "groups", "rules"))
    (folder / "pingconf.yaml").write_text(text[:start] + text[groups:rules])
    return ["apply", "--auto-approve"]


def destroy(folder: Path) -> list[str]:
    return ["destroy", "--auto-approve"]


Story = Callable[[Path], list[str]]
STORIES: list[Story] = [first_apply, change, rotation, removal, removal_of_all_but_groups, destroy]


EVERY_THIRD = 3


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_deaths_are_survived(story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    die_many_deaths(story, tmp_path, monkeypatch, STORIES.index(story) % EVERY_THIRD, EVERY_THIRD)


@pytest.mark.soak
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_every_death_is_survived(story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    die_many_deaths(story, tmp_path, monkeypatch, 0, 1)


def die_many_deaths(
    story: Story,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    first: int,
    stride: int,
) -> None:
    """Die at every point from the first on, some left out; each time the next run must converge."""
    folder = tmp_path / "work"
    write_file(folder)
    world = World.seed()
    if story is not first_apply:
        with mortal(monkeypatch, world, -1):
            assert command(folder, "apply", "--auto-approve") == 0
    words = story(folder)
    scene = Scene.keep(folder, world)
    point, tried, survived = first, 0, 0
    while True:
        world = scene.again()
        with mortal(monkeypatch, world, point) as reaper:
            try:
                command(folder, *words)
            except Killed:
                tried += 1
        gc.collect()  # a process that died holds no lock
        if not reaper.dead:
            break
        converges(folder, world, words, monkeypatch, f"{story.__name__} at point {point}: {reaper.log[-3:]}")
        survived += 1
        point += stride
    sys.stdout.write(f"{story.__name__}: {survived} of {tried} deaths survived\n")
    assert survived == tried > 60 // stride


def converges(
    folder: Path, world: World, words: list[str], monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """The next run ends well, nothing is left to do, doubled, orphaned or lost."""
    assert not world.published_on_revoked_token(), where
    with mortal(monkeypatch, world, -1):
        assert command(folder, *words) == 0, where
        again = ["plan", "--detailed-exitcode", *(["--destroy"] if words[0] == "destroy" else [])]
        assert command(folder, *again) == 0, where
    ours = [one for one in world.scim_tokens.values() if "pingconf:" in one["description"]]
    stores = [one for one in world.stores.values() if one["type"] == "scim"]
    destroyed = words[0] == "destroy"
    assert len(ours) == (0 if destroyed else 1), where
    assert len(stores) <= 1, where
    assert len(world.rules) <= 1, where
    assert len([one for one in world.groups.values() if one["name"] == "Engineering"]) <= 1, where
    assert not world.published_on_revoked_token(), where
    people = [one for one in world.members.values() if one["isActive"]]
    assert len(people) == 37, where
