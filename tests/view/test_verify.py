"""What verify found, as people and programs read it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pingconf.model.address import parse_address
from pingconf.model.check import Check, Status
from pingconf.model.verification import Difference, Gap, Sync, Verification, Waiting
from pingconf.view.style import Style
from pingconf.view.verify import (
    MENDS,
    WORDS,
    render_stations,
    render_verification,
    render_waiting,
    stations_document,
    verification_document,
)

CONNECTION = parse_address("pingone.connections.infisical")
DONE = Sync(CONNECTION, True, "", 36, 36, 0, 0, "2026-03-02T09:00:01.000Z")
AT_IT = replace(DONE, settled=False, succeeded=12, total=None)
WELL = Verification((), (), (DONE,), 36, 37, 2, ("admin@acme.example",), {"pingone.rules.employees": 36})
MISSING = Difference(
    Gap.MISSING, "ann@acme.example", rule="pingone.rules.employees", reason="PingOne says: no"
)
IN_GROUP = Difference(Gap.GROUP_MEMBER_MISSING, "bob@acme.example", "Engineering", "pingone.rules.employees")


def test_every_gap_has_a_word_and_a_mend() -> None:
    assert set(WORDS) == set(MENDS) == set(Gap)


def test_all_is_well() -> None:
    assert render_verification(WELL, Style()) == (
        "  ✓ pingone.connections.infisical   PingOne is done: 36 done, 0 failed, 36 in scope; last at "
        "2026-03-02T09:00:01.000Z\n"
        "\n"
        "  1 administrator whom no rule brings: admin@acme.example\n"
        "\n"
        "Verified. 36 people in scope and 2 groups are at Infisical as they should be."
    )


def test_differences_are_told_by_their_kind_with_one_mend_each() -> None:
    found = replace(WELL, differences=(IN_GROUP, MISSING, replace(MISSING, what="cy")), administrators=())
    assert render_verification(found, Style()).splitlines()[2:] == [
        "  missing           ann@acme.example                 pingone.rules.employees; PingOne says: no",
        "  missing           cy                               pingone.rules.employees; PingOne says: no",
        "      -> For one of them, step by step: pingconf verify --user E-MAIL",
        "  missing in group  bob@acme.example (Engineering)   pingone.rules.employees",
        "      -> Full Resync in PingOne's console pushes the group again.",
        "",
        "3 differences: 2 missing, 1 missing in group.",
    ]


@pytest.mark.parametrize(
    ("found", "last"),
    [
        (
            replace(WELL, unread=("the members",)),
            "Not all could be verified. What could be seen does not differ.",
        ),
        (replace(WELL, syncs=(AT_IT,)), "PingOne has not settled yet. What could be seen does not differ."),
        (
            replace(WELL, syncs=(AT_IT,), differences=(MISSING,)),
            "1 difference: 1 missing. PingOne has not settled, so that may change.",
        ),
        (
            replace(WELL, in_scope=1, groups=1),
            "Verified. 1 person in scope and 1 group are at Infisical as they should be.",
        ),
    ],
)
def test_the_line_to_grep_for(found: Verification, last: str) -> None:
    assert render_verification(found, Style()).splitlines()[-1] == last


def test_how_far_pingone_is() -> None:
    assert (
        render_waiting(Waiting(0, 120, (DONE,)), Style()) == "PingOne: pingone.connections.infisical is done"
    )
    at_it = Waiting(5, 120, (replace(AT_IT, total=36), DONE))
    assert render_waiting(at_it, Style()).startswith(
        "PingOne: pingone.connections.infisical is at it, 12 of 36, "
    )
    assert at_it.settled == 1
    assert render_waiting(Waiting(0, 0, ()), Style()) == "PingOne: no connection is switched on"


def test_what_comes_from_outside_cannot_act_on_the_terminal() -> None:
    evil = "\x1b[2J\n::error::x"
    found = replace(
        WELL,
        differences=(Difference(Gap.SURPLUS, evil, evil, reason=evil),),
        unread=(evil,),
        administrators=(evil,),
        syncs=(replace(DONE, last=evil, details=evil),),
    )
    text = render_verification(found, Style())
    stations = render_stations(evil, [Check(Status.FAILED, evil, evil, name="directory")], Style())
    for line in (text + stations).splitlines():
        assert "\x1b" not in line and not line.startswith("::")


def test_as_a_document() -> None:
    found = replace(WELL, differences=(MISSING,), unread=("the members",), members=None)
    document = verification_document(found)
    assert document["format_version"] == "1.0"
    assert (document["complete"], document["settled"], document["members"]) == (False, True, None)
    assert document["differences"] == [
        {
            "kind": "missing",
            "what": "ann@acme.example",
            "group": "",
            "rule": "pingone.rules.employees",
            "reason": "PingOne says: no",
        }
    ]
    assert document["summary"]["missing"] == 1 and set(document["summary"]) == {gap.value for gap in Gap}


def test_stations_as_a_document() -> None:
    stations = [
        Check(Status.OK, "there", name="directory"),
        Check(Status.FAILED, "no", "mend it", name="rule"),
    ]
    assert stations_document("ann", stations) == {
        "format_version": "1.0",
        "user": "ann",
        "broken_at": "rule",
        "stations": [
            {"name": "directory", "status": "ok", "seen": "there", "mend": ""},
            {"name": "rule", "status": "failed", "seen": "no", "mend": "mend it"},
        ],
    }
