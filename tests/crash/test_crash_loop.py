"""A run may die anywhere: die at every act on the network or the disk, run again, look."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.makers import Killed, Scene, always_the_same, command, mortal
from tests.crash.stories import STORIES, Stage, Story


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with always_the_same(monkeypatch):
        yield


def deaths(stage: Stage, start: Scene, words: tuple[str, ...], points: range) -> Iterator[tuple[int, Scene]]:
    """Die at each of these points, from the same start, until a run ends before its point: the point, and
    what was left behind."""
    for point in points:
        world = start.again()
        with mortal(stage.monkeypatch, world, point) as reaper:
            try:
                command(start.folder, *words)
            except Killed:
                pass
            else:
                assert not reaper.struck
                return
        gc.collect()  # a process that died holds no lock
        yield point, Scene.keep(start.folder, world)


def all_points(first: int, stride: int) -> range:
    return range(first, 10_000, stride)


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_every_death_is_survived(story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage.set(story, tmp_path / "work", monkeypatch)
    survived = 0
    for point, left in deaths(stage, stage.scene, story.command, all_points(0, 1)):
        stage.resume(left.folder, left.again(), f"{story} at point {point}")
        survived += 1
    sys.stdout.write(f"{story}: {survived} of {survived} deaths survived\n")
    assert survived > 60
