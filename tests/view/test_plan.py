"""Plans, drift and the events of an apply, as people read them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pingconf.model.address import Address, parse_address
from pingconf.model.errors import ServiceError
from pingconf.model.event import Begun, Done, Failed, Skipped, Summary
from pingconf.model.plan import Action, Change, Difference, Plan, Verb
from pingconf.model.values import UNKNOWN, Reference, Secret, Value
from pingconf.view.events import render_event, render_summary
from pingconf.view.plan import render_drift, render_plan
from pingconf.view.style import Style, show
from tests.view import ADOPTED, CANARY, COMMITTED, DRIFT, EMPTY, FORGOTTEN, FULL, UPDATED

PLAIN = Style()
CONNECTION = parse_address("pingone.connections.infisical")


FULL_TEXT = """\
Symbols:
  + create
  ~ update
  ± replace
  - delete
  > adopt
  . forget
  ✓ commit

Changed by hand since the last apply:

  pingone.rules.employees
      ~ enabled             true -> false
      ~ mappings.userName   "username" -> "email"

  pingone.groups.staff
      - id   "g-1" -> (none)   # it is gone

What will be done:

  ± infisical.scim_tokens.pingone   (26 days are left)
      ~ id         "t1" -> (known after apply)
      ~ ttl_days   365 -> 30   # forces replacement

  + pingone.connections.infisical   (new in the file)
      + name           "Infisical"
      + auth.token     (sensitive)
      + create_users   true
      + id             (known after apply)

  ~ pingone.rules.employees   (changed in the file)
      ~ user_filter         "email eq \\"a\\"" -> "enabled eq false"
      - description         "x" -> (none)
      ~ groups              ["engineering", "all_staff"] -> ["engineering"]
      ~ roles
          - "role-0"
          - "role-1"
          + "role-12"
          (10 unchanged)
      ~ connection.secret   (sensitive)

  - pingone.groups.old   (no longer in the file)
      - name   "Old" -> (none)
      - key    (sensitive)

  > infisical.scim   (it is there already)

  . pingone.directory   (never deleted)

  ✓ pingone.revision   (PingOne changed)

Unverified, as they could not be read:
  ? infisical.scim_tokens.other

Warning: The token never expires.

Plan: 2 to add, 1 to change, 2 to destroy, 1 to adopt, 1 to forget."""


def last_line(plan: Plan) -> str:
    return render_plan(plan, PLAIN).splitlines()[-1]


def test_a_full_plan() -> None:
    assert render_plan(FULL, PLAIN) == FULL_TEXT


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (EMPTY, "No changes. PingOne and Infisical match the configuration."),
        (replace(EMPTY, drift=DRIFT), "No changes. PingOne and Infisical match the configuration."),
        (
            replace(EMPTY, unverified=FULL.unverified),
            "No changes in what could be read; 1 resource is unverified.",
        ),
        (
            replace(EMPTY, unverified=FULL.unverified * 2),
            "No changes in what could be read; 2 resources are unverified.",
        ),
        (replace(EMPTY, changes=(UPDATED,)), "Plan: 0 to add, 1 to change, 0 to destroy."),
        (replace(EMPTY, changes=(COMMITTED,)), "Plan: 0 to add, 0 to change, 0 to destroy."),
        (replace(EMPTY, changes=(ADOPTED,)), "Plan: 0 to add, 0 to change, 0 to destroy, 1 to adopt."),
        (replace(EMPTY, changes=(FORGOTTEN,)), "Plan: 0 to add, 0 to change, 0 to destroy, 1 to forget."),
    ],
)
def test_the_last_line(plan: Plan, expected: str) -> None:
    assert last_line(plan) == expected


def test_an_unreadable_plan_never_says_that_all_is_well() -> None:
    plan = replace(EMPTY, unverified=FULL.unverified)
    assert "match" not in render_plan(plan, PLAIN)
    assert "No drift." not in render_drift(plan, PLAIN)


def test_only_used_symbols_are_explained() -> None:
    text = render_plan(replace(EMPTY, changes=(UPDATED,)), PLAIN)
    assert text.startswith("Symbols:\n  ~ update\n\nWhat will be done:\n\n  ~ pingone.rules.employees")


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (EMPTY, "No drift. PingOne and Infisical are as the last apply left them."),
        (
            replace(EMPTY, unverified=FULL.unverified),
            "Unverified, as they could not be read:\n  ? infisical.scim_tokens.other\n\n"
            "No drift in what could be read; 1 resource is unverified.",
        ),
        (
            replace(EMPTY, drift=DRIFT[2:]),
            "Changed by hand since the last apply:\n\n"
            '  pingone.groups.staff\n      - id   "g-1" -> (none)   # it is gone\n\n'
            "Drift: 1 resource changed by hand.",
        ),
    ],
)
def test_drift(plan: Plan, expected: str) -> None:
    assert render_drift(plan, PLAIN) == expected


def test_drift_counts_resources_and_shows_no_changes() -> None:
    text = render_drift(replace(FULL, drift=(DRIFT[0], DRIFT[2], DRIFT[1])), PLAIN)
    assert text.endswith("\n\nDrift: 2 resources changed by hand.")
    assert text.count("pingone.rules.employees") == 1
    assert "What will be done" not in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "(none)"),
        (True, "true"),
        (0, "0"),
        (2.5, "2.5"),
        ("", '""'),
        ('a "b" \\', '"a \\"b\\" \\\\"'),
        ("Zoë", '"Zoë"'),
        (["a", 1, None], '["a", 1, (none)]'),
        ({"b": 1, "a": ["x"]}, '{a: ["x"], b: 1}'),
        (frozenset({"b", "a"}), '["a", "b"]'),
        (UNKNOWN, "(known after apply)"),
        ([UNKNOWN], "[(known after apply)]"),
        (Secret(CANARY), "(sensitive)"),
        ({"x": Secret(CANARY)}, "{x: (sensitive)}"),
        (Reference(Address("pingone.groups", "staff")), '"staff"'),
    ],
)
def test_values(value: Value, text: str) -> None:
    assert show(value) == text


def test_a_long_list_whose_order_alone_changed_is_shown_whole() -> None:
    names = [f"a-rather-long-name-{n}" for n in range(5)]
    change = Change(CONNECTION, Action.UPDATE, "", (Difference("x", names, names[::-1]),))
    text = render_plan(replace(EMPTY, changes=(change,)), PLAIN)
    assert f"      ~ x   {show(names)} -> {show(names[::-1])}" in text


def test_a_long_list_that_comes_is_shown_line_by_line() -> None:
    names = [f"a-rather-long-name-{n}" for n in range(4)]
    change = Change(CONNECTION, Action.CREATE, "", (Difference("x", None, names, forces_replacement=True),))
    text = render_plan(replace(EMPTY, changes=(change,)), PLAIN)
    assert '      + x   # forces replacement\n          + "a-rather-long-name-0"\n' in text
    assert "unchanged" not in text


def test_nothing_from_outside_reaches_the_terminal() -> None:
    evil = "\x1b[2J\n::set-output name=x::\u202e"
    change = Change(
        CONNECTION, Action.UPDATE, evil, (Difference(evil, evil, [evil]), Difference("y", {evil: 1}, 2))
    )
    plan = replace(EMPTY, changes=(change,), drift=(replace(DRIFT[0], observed=evil),), warnings=(evil,))
    for text in (render_plan(plan, PLAIN), render_drift(plan, PLAIN)):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert not any(line.strip().startswith("::") for line in text.splitlines())


def test_colour_adds_nothing_but_colour() -> None:
    import re

    for render in (render_plan, render_drift):
        coloured = render(FULL, Style(colour=True))
        assert coloured != render(FULL, PLAIN)
        assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render(FULL, PLAIN)


def test_events() -> None:
    error = ServiceError("PingOne refused it\x07")
    assert [
        render_event(Begun(CONNECTION, Verb.CREATE), PLAIN),
        render_event(Done(CONNECTION, Verb.CREATE, 0.24), PLAIN),
        render_event(Done(CONNECTION, Verb.RELEASE, 12), PLAIN),
        render_event(Failed(CONNECTION, Verb.TEST, 1.06, error), PLAIN),
        render_event(Skipped(CONNECTION, Verb.COMMIT), PLAIN),
    ] == [
        "… create      pingone.connections.infisical",
        "✓ create      pingone.connections.infisical  0.2s",
        "✓ release     pingone.connections.infisical  12.0s",
        "✗ test        pingone.connections.infisical  1.1s  PingOne refused it\\x07",
        "- commit      pingone.connections.infisical  skipped",
    ]


@pytest.mark.parametrize(
    ("summary", "destroy", "expected"),
    [
        (Summary(3, 1, 0), False, "Apply complete! 3 added, 1 changed, 0 destroyed."),
        (Summary(0, 0, 5), True, "Destroy complete! 0 added, 0 changed, 5 destroyed."),
        (
            Summary(2, 0, 0, 1, 3),
            False,
            "Apply stopped: 2 added, 0 changed, 0 destroyed; 1 failed, 3 skipped."
            " What was done is recorded; run apply again to go on.",
        ),
        (
            Summary(skipped=3),
            True,
            "Destroy stopped: 0 added, 0 changed, 0 destroyed; 0 failed, 3 skipped."
            " What was done is recorded; run destroy again to go on.",
        ),
    ],
)
def test_the_end_of_an_apply(summary: Summary, destroy: bool, expected: str) -> None:
    assert render_summary(summary, PLAIN, command="destroy" if destroy else "apply") == expected
