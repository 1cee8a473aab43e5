"""Workflow commands and outputs: whatever a name holds, it stays inside the message it belongs to."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

import pytest

from pingconf.model.address import Address
from pingconf.model.errors import Fault, Place
from pingconf.model.event import Summary
from pingconf.model.plan import EXPIRES, UNPUBLISHED, Action, Change, Drift, Plan, Step, Verb
from pingconf.view.github import (
    MOST,
    annotation,
    apply_outputs,
    fault_annotations,
    output_lines,
    plan_annotations,
    plan_outputs,
)

RULE: Final = Address("pingone.rules", "employees")
HOSTILE: Final = (
    "a\n::error::forged",
    "a\r\n::add-mask::x",
    "100%\u2028::stop-commands::x",
    "::set-output name=changes::false",
    "a,line=1::b",
    "%0A::warning::x",
    "##[error]forged",
    "\x1b[2Jgone",
    "\u202egnp",
)


def read(command: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as the runner reads it: properties up to the first `::`, the rest is the message."""
    assert "\n" not in command and "\r" not in command
    found = re.fullmatch(r"::(\w+) (.*?)::(.*)", command)
    assert found is not None
    properties = dict(part.split("=", 1) for part in found[2].split(","))
    return found[1], {name: unquote(value) for name, value in properties.items()}, unquote(found[3])


@pytest.mark.parametrize("text", HOSTILE)
def test_no_message_ends_its_annotation_or_begins_another(text: str) -> None:
    level, properties, message = read(annotation("error", (text, text), Place("a.yaml", 3, 5)))
    assert level == "error"
    assert properties == {"file": "a.yaml", "line": "3", "col": "5", "title": "pingconf"}
    assert len(message.splitlines()) == 2, "a line of ours, and a line of ours"
    assert not any(line.startswith(("::", "##[")) for line in message.splitlines())
    assert all(character.isprintable() for line in message.splitlines() for character in line)


@pytest.mark.parametrize("name", ["a:1,line=9::x.yaml", "50%.yaml", "a\nb.yaml"])
def test_a_file_may_have_any_name(name: str) -> None:
    _, properties, message = read(annotation("warning", ("Look",), Place(name, 3, 5)))
    assert (properties["file"], properties["line"], message) == (name, "3", "Look")


def test_a_percent_sign_is_kept_as_it_is() -> None:
    assert read(annotation("error", ('It must hold "%s", not "%25"',)))[2] == 'It must hold "%s", not "%25"'


def test_each_fault_stands_at_its_line_as_far_as_github_shows_them() -> None:
    faults = [Fault(f"Fault {number}", Place("a.yaml", number, 1), ("Mend it.",)) for number in range(1, 30)]
    read_back = [read(line) for line in fault_annotations(faults)]
    assert [one[1]["line"] for one in read_back] == [str(number) for number in range(1, MOST + 1)]
    assert read_back[0][2] == "Fault 1\nMend it."


def test_drift_is_told_with_its_path_and_without_its_values() -> None:
    drift = (Drift(RULE, "user_filter", "all", "secret-looking"), Drift(RULE, "enabled", True, False))
    plan = Plan("l", 1, drift=drift, warnings=("Mind",))
    place = {(RULE, "user_filter"): Place("p.yaml", 7, 3)}
    lines = [*plan_annotations(plan, lambda address, path: place[address, path])]
    assert [read(line) for line in lines] == [
        (
            "warning",
            {"file": "p.yaml", "line": "7", "col": "3", "title": "pingconf"},
            "pingone.rules.employees was changed by hand: user_filter, enabled",
        ),
        ("warning", {"title": "pingconf"}, "Mind"),
    ]


def test_what_nobody_changed_is_not_said_to_be_changed_by_hand() -> None:
    token, revision = Address("infisical.scim_tokens", "pingone"), Address("pingone.revision")
    drift = (Drift(token, EXPIRES, "r", "o"), Drift(revision, UNPUBLISHED, "r", ("o",)))
    lines = plan_annotations(Plan("l", 1, drift=drift), lambda address, path: None)
    assert [read(line)[2] for line in lines] == [
        "infisical.scim_tokens.pingone must be renewed",
        "PingOne holds changes that are not published",
    ]


def test_a_replaced_resource_counts_as_added_and_deleted() -> None:
    changes = [
        Change(Address("pingone.groups", f"g{number}"), action, "why")
        for number, action in enumerate([Action.CREATE, Action.REPLACE, Action.UPDATE, Action.DELETE])
    ]
    plan = Plan("l", 1, changes=(*changes,), steps=(Step("a", Verb.CREATE, RULE),))
    expected = {"changes": "true", "adds": "2", "updates": "1", "deletes": "2", "drifted": "0"}
    assert plan_outputs(plan) == expected
    assert plan_outputs(Plan("l", 1)) == dict.fromkeys(expected, "0") | {"changes": "false"}


def test_an_apply_tells_what_it_did() -> None:
    assert apply_outputs(Summary(added=2, changed=1)) == {
        "changes": "true",
        "adds": "2",
        "updates": "1",
        "deletes": "0",
    }
    assert apply_outputs(Summary(failed=1))["changes"] == "false"


def test_no_value_sets_another_output() -> None:
    written = output_lines({"plan-file": "a\nEOF\nchanges=false\nx<<EOF", "changes": "true"}, "pingconf_1f")
    assert written == (
        "plan-file<<pingconf_1f\na\nEOF\nchanges=false\nx<<EOF\npingconf_1f\n"
        "changes<<pingconf_1f\ntrue\npingconf_1f\n"
    )
