"""In CI nobody answers, nobody watches, and every line may be read by a machine."""

from __future__ import annotations

import json
import logging
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from pingconf.cli.log import JsonLines, PlainLines
from pingconf.cli.terminal import Terminal
from pingconf.model.errors import UsageError
from tests.e2e.makers import Stage

ASKING: Final = ("apply", "destroy", "rotate")


class Stdin:
    """Answers, and notes that it was asked."""

    asked = False

    def readline(self) -> str:
        self.asked = True
        return "yes\n"


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Stdin:
    stdin = Stdin()
    monkeypatch.setattr(sys, "stdin", stdin)
    return stdin


# ---- nobody answers


@pytest.mark.parametrize("command", ASKING)
@pytest.mark.parametrize("ci", ["true", "1", "yes"])
def test_what_would_ask_ends_at_once(
    services: Stage, stdin: Stdin, monkeypatch: pytest.MonkeyPatch, command: str, ci: str
) -> None:
    monkeypatch.setenv("CI", ci)
    ran = services.run(command, expect=64)
    assert f"Error: pingconf {command} would ask, and in CI nobody answers" in ran.err
    assert "Add --auto-approve" in ran.err
    assert not stdin.asked
    assert services.wire.calls == [], "nothing was even read"


def test_an_apply_is_told_of_saved_plans(
    services: Stage, stdin: Stdin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    assert "plan --out FILE, then apply FILE" in services.run("apply", expect=64).err
    services.run("plan", "--out", "plan.json")
    assert "Apply complete!" in services.run("apply", "plan.json").out
    assert not stdin.asked


@pytest.mark.parametrize("ci", ["false", "0", "", "False"])
def test_ci_can_be_denied(services: Stage, stdin: Stdin, monkeypatch: pytest.MonkeyPatch, ci: str) -> None:
    monkeypatch.setenv("CI", ci)
    assert "Apply complete!" in services.run("apply").out
    assert stdin.asked


def test_whoever_asks_without_looking_first_does_not_wait_either(
    stdin: Stdin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(UsageError):
        Terminal().ask("Really? ")
    assert not stdin.asked


def test_progress_is_a_line_for_each_step(services: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    ran = services.apply()
    assert "\r" not in ran.err and "\x1b" not in ran.err
    assert sum(line.startswith("✓") for line in ran.err.splitlines()) == len(ran.err.splitlines()) > 5


# ---- colours


COLOURS: Final[tuple[tuple[dict[str, str], bool, bool, bool], ...]] = (
    # environment, a terminal, --no-color, coloured
    ({}, True, False, True),
    ({}, False, False, False),
    ({}, True, True, False),
    ({"NO_COLOR": "1"}, True, False, False),
    ({"NO_COLOR": "0"}, True, False, False),
    ({"NO_COLOR": ""}, True, False, True),
    ({"FORCE_COLOR": "1"}, False, False, True),
    ({"FORCE_COLOR": ""}, False, False, False),
    ({"FORCE_COLOR": "0"}, True, False, False),
    ({"FORCE_COLOR": "false"}, True, False, False),
    ({"TERM": "dumb"}, True, False, False),
    ({"TERM": "dumb", "FORCE_COLOR": "1"}, False, False, True),
    ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False, False),
    ({"FORCE_COLOR": "1"}, True, True, False),
    ({"CI": "true"}, False, False, False),
)


@pytest.mark.parametrize(("environ", "is_terminal", "no_color", "coloured"), COLOURS)
def test_who_decides_about_colours(
    environ: dict[str, str],
    is_terminal: bool,
    no_color: bool,
    coloured: bool,
    sandbox: Stage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TERM", raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: is_terminal)
    flags = ["--no-color"] if no_color else []
    ran = sandbox.run("plan", *flags)
    assert ("\x1b[" in ran.out) is coloured
    assert "Plan: " in ran.out
    assert ("\x1b[" in sandbox.run("plan", *flags, "--exclude", "x y", expect=64).err) is coloured


def test_on_a_real_terminal_there_are_colours(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "pingconf", "validate"]
    environ = {**os.environ, "TERM": "xterm"}
    done = subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=follower, stderr=follower)
    assert done.wait(timeout=60) == 1
    os.close(follower)
    shown = os.read(leader, 10_000).decode()
    os.close(leader)
    assert "\x1b[31mError:\x1b[0m" in shown


# ---- the log


def record(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("pingconf.http", logging.INFO, "http.py", 1, message, arguments, None)


@pytest.mark.parametrize(
    "text", ['a "quoted" name', "a\nb", "\\", "\x1b[2J", "::error::x", "ä\u2028", "%s", "##[error]x"]
)
def test_no_name_breaks_a_line_of_the_log(text: str) -> None:
    line = JsonLines().format(record("GET %s", text))
    assert line.isascii() and line.isprintable() and "##" not in line
    entry = json.loads(line)
    assert entry["message"] == f"GET {text}"
    assert (entry["level"], entry["logger"]) == ("INFO", "pingconf.http")
    assert entry["time"].endswith("+00:00")
    plain = PlainLines().format(record("%s", text))
    assert plain.isprintable() and not plain.startswith("::")


def test_of_an_exception_only_the_class_is_logged() -> None:
    try:
        raise ValueError("may hold anything")
    except ValueError:
        entry = record("Failed")
        entry.exc_info = sys.exc_info()
    assert json.loads(JsonLines().format(entry))["exception"] == "ValueError"
    assert "anything" not in JsonLines().format(entry)


def test_every_line_of_the_log_is_json(services: Stage) -> None:
    ran = services.run("-vv", "--log-format", "json", "plan")
    entries = [json.loads(line) for line in ran.err.splitlines()]
    assert len(entries) > 5
    assert all({"time", "level", "logger", "message"} <= entry.keys() for entry in entries)


@pytest.mark.parametrize("form", ["text", "json", "markdown", "junit", "sarif"])
@pytest.mark.parametrize("command", ["plan", "drift"])
def test_no_name_in_a_result_is_a_command(applied: Stage, command: str, form: str) -> None:
    hostile = "\u202e##[add-mask]\u009b2J ##vso[task.complete] \u2028::error::\x7f\U000e0001"
    next(iter(applied.world.rules.values()))["name"] = hostile
    ran = applied.run(command, "--format", form, expect=None)
    assert "add-mask" in ran.out
    assert not re.search(r"##(vso)?\[", ran.out)
    assert all(character.isprintable() or character == "\n" for character in ran.out)
    assert not any(line.lstrip().startswith("::") for line in ran.out.splitlines())
    if form == "json":
        assert [row["observed"] for row in ran.document["drift"] if row["path"] == "name"] == [hostile]
