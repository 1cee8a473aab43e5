"""Every kind of fault at every request: one clear end, and the next apply puts all right."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests import canary
from tests.crash.makers import always_the_same, command
from tests.crash.stories import STORIES, Stage, Story
from tests.faults.catalogue import FAULTS, going_wrong

ENDS: Final = (0, 1, 3, 5, 7)
"""Well, an error before the first write, a credential, people who cannot be counted, stopped part-way: what a
fault may end in."""
FIRST, CHANGE = STORIES[:2]


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with always_the_same(monkeypatch):
        yield


def test_there_are_enough_kinds() -> None:
    assert len(FAULTS) >= 25


def survive(
    story: Story,
    kind: str,
    requests: range,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> int:
    """One run for each of these requests, until there are no more; how many there were."""
    stage = Stage.set(story, folder, monkeypatch)
    survived = 0
    for number in requests:
        world = stage.scene.again()
        with going_wrong(monkeypatch, world, number, FAULTS[kind]) as mishap:
            code = command(folder, *story.command)
        if not mishap.struck:
            break
        where = f"{kind} at request {number}, {mishap.struck}"
        said = "".join(capsys.readouterr())
        canary.watch_output(said, where)
        assert code in ENDS, f"{where}\n{said}"
        assert code != 5 or "/users" in mishap.struck, f"{where}\n{said}"
        assert (code == 0) is ("Error: " not in said), f"{where}\n{said}"
        stage.resume(folder, world, where)
        survived += 1
    return survived


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize(
    ("story", "stride"),
    [(FIRST, 4), *(pytest.param(story, 1, marks=pytest.mark.soak) for story in STORIES)],
    ids=str,
)
def test_a_fault_at_every_request(
    story: Story,
    stride: int,
    kind: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each fourth of a first apply in the checks, others for each kind; all of all stories in the soak."""
    requests = range([*FAULTS].index(kind) % stride, 10_000, stride)
    survived = survive(story, kind, requests, tmp_path / "work", monkeypatch, capsys)
    sys.stdout.write(f"{story}, {kind}: {survived} of {survived} requests survived\n")
    assert survived > 10 // stride
