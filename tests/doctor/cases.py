"""One misconfiguration each: how it comes about, and the line that must name it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from pingconf.sandbox import World, doors, tokens
from pingconf.sandbox.http import Request, Response, json_response
from tests.e2e.makers import Json, Ran, Stage

Play: TypeAlias = Callable[[Stage, pytest.MonkeyPatch], object]
ELSEWHERE: Final = "11111111-2222-4333-8444-555555555555"
"""An id that nothing has."""
CLOSED: Final = "http://127.0.0.1:1"
"""Where nobody listens."""
CHECK: Final = re.compile(r"^  ([✓!✗-]) (\S+) {3,}(\S.*)$")
VARIABLE: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}|5a4db0c5[0-9a-f-]+|127\.0\.0\.1:\d+"
    r"|\d{4}-\d\d-\d\d( \d\d:\d\d)?|[0-9a-f]{8}-5a4d-4b0c-8000-[0-9a-f]{12}"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One check as it is printed, with whatever changes from run to run left out."""

    symbol: str
    name: str
    seen: str
    mend: str = ""

    def __str__(self) -> str:
        mend = f"\n      -> {self.mend}" if self.mend else ""
        return f"  {self.symbol} {self.name}   {self.seen}{mend}"


@dataclass(frozen=True, slots=True)
class Case:
    """What goes wrong before a `doctor`, and the exit code; the line that says so stands in `lines.txt`.

    `first` cases are played before anything was applied.
    """

    play: Play
    code: int
    first: bool = False


def lines_of(ran: Ran) -> list[Line]:
    """The checklist of an output; an arrow belongs to the line above."""
    found: list[Line] = []
    for text in ran.out.splitlines():
        if told := CHECK.match(text):
            found.append(Line(told[1], told[2], VARIABLE.sub("*", told[3])))
        elif text.startswith("      -> "):
            found[-1] = replace(found[-1], mend=VARIABLE.sub("*", text.removeprefix("      -> ")))
    return found


def troubles(ran: Ran) -> list[Line]:
    """What is not well, but for what could not be looked at."""
    return [one for one in lines_of(ran) if one.symbol in "!✗"]


def expected(case: str) -> str:
    """What `lines.txt` has below the name of a case."""
    blocks = (Path(__file__).parent / "lines.txt").read_text("utf-8").strip().split("\n\n")
    return dict(block.split("\n", 1) for block in blocks)[case]


# ---- ways to go wrong


def setenv(**variables: str) -> Play:
    return both(*(partial(_setenv, name=name, value=value) for name, value in variables.items()))


def _setenv(stage: Stage, monkeypatch: pytest.MonkeyPatch, name: str, value: str | None) -> None:
    if value is None:
        monkeypatch.delenv(name)
    else:
        monkeypatch.setenv(name, value)


def delenv(*names: str) -> Play:
    return both(*(partial(_setenv, name=name, value=None) for name in names))


def edit(path: str, value: Any) -> Play:
    return lambda stage, monkeypatch: stage.edit(path, value)


def hand(act: Callable[[World], object]) -> Play:
    """Somebody changes a service."""
    return lambda stage, monkeypatch: act(stage.world)


def switched(**switches: Any) -> Play:
    """The service behaves in another way."""

    def play(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        stage.world.switches = replace(stage.world.switches, **switches)

    return play


def both(*plays: Play) -> Play:
    return lambda stage, monkeypatch: [play(stage, monkeypatch) for play in plays]


def answers(path: str, status: int, content: Json | str) -> Play:
    """Something else answers at one path."""

    def play(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        html = (
            Response(status, {"Content-Type": "text/html"}, content.encode())
            if isinstance(content, str)
            else None
        )

        def serve(world: World, request: Request) -> Response:
            if not request.path.endswith(path):
                return stage.wire(world, request)
            return html or json_response(status, content)

        monkeypatch.setattr(doors, "serve", serve)

    return play


def token(stage: Stage, **claims: Any) -> str:
    """A user's token of this world that says something else; a claim of None is left out."""
    said = tokens.read(stage.world.admin_token(), stage.world.signing_secret, stage.world.now())
    return stage.world.sign({name: value for name, value in (said | claims).items() if value is not None})


def with_token(**claims: Any) -> Play:
    def play(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("INFISICAL_TOKEN", token(stage, **claims))

    return play
