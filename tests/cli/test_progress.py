"""A line for each step that is done, and a bar below them only where somebody watches."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from pingconf.cli import progress
from pingconf.cli.progress import Steps
from pingconf.cli.terminal import Terminal

LINES = [
    "✓ create   pingone.groups.a  0.1s",
    "✓ create   pingone.groups.b  0.1s",
    "✓ commit   pingone.revision  0.1s",
]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What stderr got of three steps; `watched` by somebody at a terminal, for `moments` of no length."""

    def tell(*, watched: bool, moment: float = 0.0, quiet: bool = False) -> str:
        monkeypatch.setattr(progress, "_is_watched", lambda: watched)
        monkeypatch.setattr(progress, "A_MOMENT", moment)
        monkeypatch.setenv("FORCE_COLOR", "1")
        terminal = Terminal()
        terminal.quiet = quiet
        steps = Steps(terminal)
        steps.expect(len(LINES))
        with steps.going():
            for line in LINES:
                steps.tell(line)
        return capsys.readouterr().err

    return tell


def test_elsewhere_it_is_one_line_a_step(told: Callable[..., str]) -> None:
    assert told(watched=False) == "".join(f"{line}\n" for line in LINES)


def test_what_takes_no_moment_gets_no_bar(told: Callable[..., str]) -> None:
    assert told(watched=True, moment=60.0) == "".join(f"{line}\n" for line in LINES)


def test_a_bar_counts_below_the_lines_and_is_gone_at_the_end(told: Callable[..., str]) -> None:
    text = told(watched=True)
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    assert [line for line in LINES if line in shown] == LINES
    assert shown.count(LINES[0]) == 1
    assert "3/3" in shown
    assert text.rstrip().endswith("\x1b[2K"), "the last thing is that its line is wiped"


def test_quiet_is_quiet(told: Callable[..., str]) -> None:
    assert told(watched=True, quiet=True) == ""
    assert told(watched=False, quiet=True) == ""
