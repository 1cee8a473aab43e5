"""A real SIGKILL, sent by the service itself before or after any request: the next apply mends all."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from pingconf.sandbox import Request, Response, World
from tests.crash.makers import Scene
from tests.crash.served import Answer, Served, ended

EVERY_SEVENTH = 7
"""An odd number, so that deaths before and after a request take turns."""


def first_apply(served: Served) -> list[str]:
    return ["apply"]


def rotation(served: Served) -> list[str]:
    served.assert_goes_on()
    return ["rotate"]


def rename(served: Served) -> list[str]:
    served.assert_goes_on()
    served.write_file(connection="Renamed", filter='enabled eq true or title eq "None"')
    return ["apply"]


Story = Callable[[Served], list[str]]
STORIES: list[Story] = [first_apply, rotation, rename]
any_story = pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)


class ClientDied(Exception):
    """There is nobody to answer any more."""


@dataclass
class Reaper:
    """Kills the client at one point: 2k is before request k is carried out, 2k + 1 after it.

    Looks after every request whether a connection is published whose token is revoked.
    """

    point: int
    world: World
    victim: subprocess.Popen[str] | None = None
    asked: list[str] = field(default_factory=list)
    harm: list[str] = field(default_factory=list)

    def __call__(self, request: Request, answer: Answer) -> Response:
        what, number = f"{request.method} {request.path}", len(self.asked)
        self.asked.append(what)
        if self.point == 2 * number:
            self._kill()
            raise ClientDied
        answered = answer()
        if self.world.published_on_revoked_token():
            self.harm.append(what)
        if self.point == 2 * number + 1:
            self._kill()
        return answered

    def _kill(self) -> None:
        assert self.victim
        self.victim.kill()


def killed(served: Served, words: list[str], point: int) -> Reaper | None:
    """Start the command and kill it at a point; None if it ended before it came so far."""
    served.on_request = reaper = Reaper(point, served.world)
    with served.start(*words, "--auto-approve", "-q") as reaper.victim:
        code, _, told = ended(reaper.victim)
    if code == -signal.SIGKILL:
        return reaper
    assert code == 0, told
    return None


def die_many_deaths(story: Story, served: Served, first: int, stride: int) -> None:
    """Die at every point from the first on, some left out; each time the next run must converge."""
    words = story(served)
    scene = Scene.keep(served.folder, served.world)
    point, tried, survived = first, 0, 0
    while True:
        served.world = scene.again()
        reaper = killed(served, words, point)
        if reaper is None:
            break
        tried += 1
        where = f"{story.__name__} killed at point {point}, {reaper.asked[-1]}"
        served.assert_goes_on(where, *words)
        assert reaper.harm == [], where
        survived += 1
        point += stride
    sys.stdout.write(f"{story.__name__}: {survived} of {tried} real SIGKILLs survived\n")
    assert survived == tried > 30 // stride


def test_sampled_kills_are_survived(served: Served) -> None:
    die_many_deaths(first_apply, served, 0, EVERY_SEVENTH)


@pytest.mark.soak
@any_story
def test_every_kill_is_survived(story: Story, served: Served) -> None:
    die_many_deaths(story, served, 0, 1)
