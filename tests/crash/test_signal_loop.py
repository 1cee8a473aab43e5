"""A signal at every act on the network or the disk: the run ends with 130, unlocked, and the next goes on."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pingconf.backends.local import LocalBackend
from pingconf.cli.signals import ENDING, end_at_once
from tests.crash.makers import always_the_same, command, mortal
from tests.crash.stories import STORIES, Stage, Story


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in ENDING}
    end_at_once()
    with always_the_same(monkeypatch):
        yield
    for number, handler in before.items():
        signal.signal(number, handler)


def send(number: signal.Signals, times: int = 1) -> Callable[[], None]:
    """What a terminal does on Ctrl-C, or whoever stops a job."""

    def strike() -> None:
        for _ in range(times):
            signal.raise_signal(number)

    return strike


def interrupt(stage: Stage, strike: Callable[[], None], points: range) -> Iterator[int]:
    """One run for each point; what is true of every one that was struck."""
    folder = stage.scene.folder
    for point in points:
        world = stage.scene.again()
        with mortal(stage.monkeypatch, world, point, strike) as reaper:
            code = command(folder, *stage.story.command)
        if not reaper.struck:
            return
        where = f"{stage.story} at point {point}: {reaper.log[-2:]}"
        assert code == 130, where
        with LocalBackend(folder / ".pingconf" / "state.json").lock("look"):
            pass
        stage.resume(folder, world, where)
        yield point


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("story", STORIES, ids=str)
def test_a_signal_anywhere(
    story: Story, number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage.set(story, tmp_path / "work", monkeypatch)
    first = 0 if number is signal.SIGINT else 5  # each fifth point by one of the two; all by both in the soak
    ended = sum(1 for _ in interrupt(stage, send(number), range(first, 10_000, 10)))
    sys.stdout.write(f"{story}: {ended} of {ended} times {number.name} survived\n")
    assert ended > 6


@pytest.mark.soak
@pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("story", STORIES, ids=str)
def test_any_signal_anywhere_once_or_twice(
    story: Story, times: int, number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage.set(story, tmp_path / "work", monkeypatch)
    ended = sum(1 for _ in interrupt(stage, send(number, times), range(10_000)))
    sys.stdout.write(f"{story}: {ended} of {ended} times {times} x {number.name} survived\n")
    assert ended > 60


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_a_second_signal_ends_it_at_once(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in the middle of what the first one let be finished."""
    stage = Stage.set(story, tmp_path / "work", monkeypatch)
    points = range(STORIES.index(story) % 7, 10_000, 7)
    ended = sum(1 for _ in interrupt(stage, send(signal.SIGINT, 2), points))
    sys.stdout.write(f"{story}: {ended} of {ended} times a second signal survived\n")
    assert ended > 5
