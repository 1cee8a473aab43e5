"""A bar on a terminal, lines elsewhere, nothing with --quiet, and never a bar in a CI."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable

import pytest

from pingconf.cli.progress import waiting
from pingconf.cli.terminal import Terminal
from pingconf.model.address import parse_address
from pingconf.model.verification import Sync, Waiting
from pingconf.sandbox.http import Request, Response
from tests.e2e.makers import Stage, run_apart

CONNECTION = parse_address("pingone.connections.infisical")


class Screen(io.StringIO):
    """A terminal that keeps what it is told."""

    def isatty(self) -> bool:
        return True


def look(waited: float, settled: bool, done: int) -> Waiting:
    return Waiting(waited, 120, (Sync(CONNECTION, settled, "", 36, done),))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[[io.StringIO, bool], str]:
    def show(stream: io.StringIO, quiet: bool) -> str:
        monkeypatch.setattr(sys, "stderr", stream)
        terminal = Terminal()
        terminal.quiet = quiet
        with waiting(terminal) as report:
            for one in (look(0, False, 1), look(5, False, 1), look(10, False, 9), look(15, True, 36)):
                report(one)
        return stream.getvalue()

    monkeypatch.setenv("TERM", "xterm")
    return show


LINES = (
    "PingOne: pingone.connections.infisical is at it, 1 of 36\n"
    "PingOne: pingone.connections.infisical is at it, 9 of 36\n"
    "PingOne: pingone.connections.infisical is done\n"
)


def test_a_line_per_change_elsewhere(shown: Callable[[io.StringIO, bool], str]) -> None:
    assert shown(io.StringIO(), False) == LINES


def test_a_bar_on_a_terminal(shown: Callable[[io.StringIO, bool], str]) -> None:
    text = shown(Screen(), False)
    assert "is at it, 9 of 36" in text or "is done" in text
    assert "\x1b[" in text and "━" in text


@pytest.mark.parametrize(("name", "value"), [("CI", "true"), ("CI", "1"), ("TERM", "dumb")])
def test_no_bar_where_nobody_looks(
    shown: Callable[[io.StringIO, bool], str], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    text = shown(Screen(), False)
    assert "━" not in text and text.count("\n") == 3


@pytest.mark.parametrize("stream", [io.StringIO, Screen])
def test_quiet(shown: Callable[[io.StringIO, bool], str], stream: type[io.StringIO]) -> None:
    assert shown(stream(), True) == ""


@pytest.mark.parametrize(
    ("options", "said"),
    [((), "PingOne limits how much it may be asked: waiting 3 s, maybe again\n"), (("-q",), "")],
    ids=["", "quiet"],
)
def test_a_pause_that_a_service_asks_for_is_told(options: tuple[str, ...], said: str, applied: Stage) -> None:
    """Of a run that stands still for a minute somebody might think that it hangs."""
    pauses = iter([Response(429, {"retry-after": "3"})])
    applied.wire.on_read = lambda request: next(pauses, None) if is_a_look(request) else None
    ran = run_apart(applied.folder, dict(os.environ), *options, "plan")
    assert (ran.code, ran.err) == (0, said)


def is_a_look(request: Request) -> bool:
    return request.method == "GET" and "/environments/" in request.path
