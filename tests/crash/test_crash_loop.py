"""A run may die anywhere: die at every act on the network or the disk, run again, look."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from tests.crash.makers import Killed, Scene, always_the_same, command, mortal
from tests.crash.stories import OTHER_PEOPLE, STORIES, Stage, Story

ALL: Final = (*STORIES, OTHER_PEOPLE)
"""Those about people are told here only; what signals do to a run has nothing to do with them."""


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with always_the_same(monkeypatch):
        yield


def deaths(
    stage: Stage, start: Scene, words: tuple[str, ...], points: range, at_once: int = 1
) -> Iterator[tuple[int, Scene]]:
    """Die at each of these points, from the same start, until a run ends before its point: the point, and
    what was left behind."""
    for point in points:
        world = start.again()
        with mortal(stage.monkeypatch, world, point, at_once=at_once) as reaper:
            with suppress(Killed):
                command(start.folder, *words)
            for thread in threads_of_the_dead():
                thread.join(10)
        if not reaper.struck:
            return
        gc.collect()  # a process that died holds no lock
        yield point, Scene.keep(start.folder, world)


def threads_of_the_dead() -> list[threading.Thread]:
    """What was in flight at the moment of a death: each ends at its next act, and must not act in the scene
    that follows."""
    return [one for one in threading.enumerate() if one.name.startswith("pingconf:")]


def all_points(first: int, stride: int) -> range:
    return range(first, 10_000, stride)


@pytest.mark.parametrize("stride", [5, pytest.param(1, marks=pytest.mark.soak)])
@pytest.mark.parametrize("story", ALL, ids=str)
def test_every_death_is_survived(
    story: Story, stride: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each fifth in CI, others for each story; all of them in the soak."""
    stage, offset = Stage.set(story, tmp_path / "work", monkeypatch), ALL.index(story) % stride
    survived = 0
    for point, left in deaths(stage, stage.scene, story.command, all_points(offset, stride)):
        stage.resume(left.folder, left.again(), f"{story} at point {point}")
        survived += 1
    sys.stdout.write(f"{story}: {survived} of {survived} deaths survived\n")
    assert survived > 60 // stride


@pytest.mark.parametrize("story", ALL, ids=str)
def test_deaths_with_much_in_flight_are_survived(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight reads or steps at a time; whichever act has the number then, the process dies there."""
    stage, offset = Stage.set(story, tmp_path / "work", monkeypatch), ALL.index(story)
    survived = 0
    for point, left in deaths(stage, stage.scene, story.command, all_points(offset, 17), at_once=8):
        stage.resume(left.folder, left.again(), f"{story} at point {point}, eight at a time")
        survived += 1
    sys.stdout.write(f"{story}: {survived} of {survived} deaths with much in flight survived\n")
    assert survived > 3


def die_twice(stage: Stage, first: range, second: Callable[[int], range]) -> tuple[int, int]:
    """Die, die again while going on, and go on; the pairs tried, and how many of them were looked at.

    Of pairs that leave the very same behind, world and files, one is looked at: all goes on in the same way.
    """
    story, seen = stage.story, set[str]()
    tried = 0
    for point, left in deaths(stage, stage.scene, story.command, first):
        if left.fingerprint in seen:
            continue
        seen.add(left.fingerprint)
        for again, twice in deaths(stage, left, story.resumed_by, second(point)):
            tried += 1
            if twice.fingerprint not in seen:
                seen.add(twice.fingerprint)
                stage.resume(twice.folder, twice.again(), f"{story} at points {point} and {again}")
    return tried, len(seen)


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_pairs_of_deaths_are_survived(story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample of all pairs, another for each story."""
    stage, offset = Stage.set(story, tmp_path / "work", monkeypatch), STORIES.index(story)
    first = all_points(offset, 31)
    tried, _ = die_twice(stage, first, lambda point: all_points((point + offset) % 29, 29))
    sys.stdout.write(f"{story}: {tried} of {tried} pairs of deaths survived\n")
    assert tried > 3


@pytest.mark.soak
@pytest.mark.parametrize("story", ALL, ids=str)
def test_every_pair_of_deaths_is_survived(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage.set(story, tmp_path / "work", monkeypatch)
    tried, differing = die_twice(stage, all_points(0, 1), lambda point: all_points(0, 1))
    sys.stdout.write(f"{story}: {tried} of {tried} pairs of deaths survived, {differing} of them differ\n")
    assert tried > 1000
