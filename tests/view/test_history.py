"""Past runs, also from a log that others have written into."""

from __future__ import annotations

from typing import Any

import pytest

from pingconf.view.history import history_document, render_history, when
from pingconf.view.style import Style

RUN: dict[str, Any] = {
    "started": "2026-03-02T09:00:00.123Z",
    "who": "ann",
    "host": "ci-1",
    "command": "apply",
    "outcome": "done",
    "headline": "",
    "counts": {"added": 6, "changed": 0, "destroyed": 1, "failed": 0, "skipped": 0},
    "tokens_made": ["t1"],
    "tokens_revoked": [],
    "people_removed": 0,
    "run_url": "",
}


def test_nothing_yet() -> None:
    assert render_history([], Style()) == "No run has changed anything yet."


def test_lines_are_aligned_and_the_newest_is_last() -> None:
    failed = {
        **RUN,
        "who": "bartholomew",
        "command": "destroy",
        "outcome": "failed",
        "headline": "Out of order",
        "counts": {"failed": 1},
        "tokens_made": [],
        "people_removed": 1,
        "run_url": "https://ci.example/7",
    }
    assert render_history([RUN, failed], Style()).splitlines() == [
        "2026-03-02 09:00:00Z  ann on ci-1          apply    done    6 added, 1 destroyed",
        "    SCIM tokens: made t1",
        "2026-03-02 09:00:00Z  bartholomew on ci-1  destroy  failed  1 failed",
        "    Out of order",
        "    Took access from 1 person",
        "    https://ci.example/7",
    ]


@pytest.mark.parametrize(
    "run",
    [
        {},
        dict.fromkeys(RUN, None),
        dict.fromkeys(RUN, 7),
        {key: ["\x1b[2J"] for key in RUN},
        {key: {"added": "\x1b[2J"} for key in RUN},
        dict.fromkeys(RUN, "\x1b[2J\n::error::x"),
    ],
)
def test_nothing_in_the_log_is_taken_for_granted(run: dict[str, Any]) -> None:
    text = render_history([run], Style())
    assert "\x1b" not in text and "\n::" not in text
    assert text.splitlines()[0]


@pytest.mark.parametrize(
    ("stamp", "said"),
    [
        ("2026-03-02T09:00:00Z", "2026-03-02 09:00:00Z"),
        ("2026-03-02T10:00:00+01:00", "2026-03-02 09:00:00Z"),
        ("yesterday\n", "yesterday\\n"),
        (None, "None"),
    ],
)
def test_when(stamp: object, said: str) -> None:
    assert when(stamp) == said


def test_as_a_document() -> None:
    assert history_document([RUN]) == {"format_version": "1.0", "runs": [RUN]}
