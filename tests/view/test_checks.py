"""A checklist, as people and programs read it."""

from __future__ import annotations

import pytest

from pingconf.model.check import Check, Status
from pingconf.view.checks import checks_document, render_checks
from pingconf.view.style import Style

GOOD = Check(Status.OK, "valid: 2 resources", name="file")
CARE = Check(Status.WARNING, "90 seconds behind", "Set the clock.", name="pingone.clock")
BAD = Check(Status.FAILED, "its secret is wrong", "Give it.", credential=True, name="pingone.worker")
LEFT = Check(Status.SKIPPED, "not looked at, as pingone.worker failed", name="pingone.plan")


def test_a_line_each_with_its_mend_below() -> None:
    assert render_checks([GOOD, CARE, BAD, LEFT], Style()) == (
        "  ✓ file             valid: 2 resources\n"
        "  ! pingone.clock    90 seconds behind\n"
        "      -> Set the clock.\n"
        "  ✗ pingone.worker   its secret is wrong\n"
        "      -> Give it.\n"
        "  - pingone.plan     not looked at, as pingone.worker failed\n"
        "\n"
        "Something is wrong: 1 ok, 1 warning, 1 failed, 1 skipped."
    )


@pytest.mark.parametrize(
    ("checks", "last"),
    [
        ([GOOD], "All is well: 1 ok, 0 warnings, 0 failed, 0 skipped."),
        ([GOOD, CARE, CARE], "Nothing is wrong: 1 ok, 2 warnings, 0 failed, 0 skipped."),
        ([BAD], "Something is wrong: 0 ok, 0 warnings, 1 failed, 0 skipped."),
        ([], "All is well: 0 ok, 0 warnings, 0 failed, 0 skipped."),
    ],
)
def test_the_line_to_grep_for(checks: list[Check], last: str) -> None:
    assert render_checks(checks, Style()).splitlines()[-1] == last


def test_colours_are_an_addition() -> None:
    coloured = render_checks([GOOD, CARE, BAD, LEFT], Style(colour=True))
    for symbol in ("\x1b[32m✓\x1b[0m", "\x1b[33m!\x1b[0m", "\x1b[31m✗\x1b[0m", "\x1b[2m-\x1b[0m"):
        assert symbol in coloured


def test_what_a_service_says_cannot_act_on_the_terminal() -> None:
    odd = Check(Status.FAILED, "it says: \x1b[2J\n::error::", "\u202eback", name="x")
    text = render_checks([odd], Style())
    assert text.splitlines()[0] == "  ✗ x   it says: \\x1b[2J\\n::error::"
    assert "\u202e" not in text


def test_as_a_document() -> None:
    assert checks_document([GOOD, BAD]) == {
        "format_version": "1.0",
        "checks": [
            {"name": "file", "status": "ok", "seen": "valid: 2 resources", "mend": ""},
            {
                "name": "pingone.worker",
                "status": "failed",
                "seen": "its secret is wrong",
                "mend": "Give it.",
            },
        ],
        "summary": {"ok": 1, "warning": 0, "failed": 1, "skipped": 0},
    }
