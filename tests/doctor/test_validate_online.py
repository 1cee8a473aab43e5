"""`validate --online`: the file against the services, and nothing about what was made of it."""

from __future__ import annotations

from typing import Final

import pytest

from tests.doctor.at_infisical import INFISICAL
from tests.doctor.at_pingone import PINGONE
from tests.doctor.cases import expected, lines_of, troubles
from tests.e2e.makers import Stage

CASES: Final = PINGONE | INFISICAL
ABOUT_THE_FILE: Final = (
    "a wrong secret",
    "no Environment Admin",
    "no Identity Data Admin",
    "an environment of another region",
    "an existing group that there is not",
    "a group from outside",
    "an unknown population",
    "a user_filter that is refused",
    "a user_filter that finds nobody",
    "a membership_filter that is refused",
    "a token that ended",
    "a user who may not",
    "a licence without SCIM",
)
ABOUT_WHAT_IS_THERE: Final = (
    "connection deleted",
    "plan switched off",
    "a token that was revoked",
    "no mail",
)


def test_a_file_that_is_well(services: Stage) -> None:
    ran = services.run("validate", "--online")
    head, blank, *rest = ran.out.splitlines()
    assert (head, blank) == ("The configuration is valid: 9 resources.", "")
    assert [one.name for one in lines_of(ran)] == [
        "pingone.reach",
        "pingone.worker",
        "pingone.environment",
        "pingone.roles.environment_admin",
        "pingone.roles.identity_data_admin",
        "pingone.groups.engineering.population",
        "pingone.groups.engineering.membership_filter",
        "pingone.groups.all_staff",
        "pingone.rules.employees.user_filter",
        "infisical.reach",
        "infisical.credential",
        "infisical.licence",
        "infisical.permission",
    ]
    assert {one.symbol for one in lines_of(ran)} == {"✓"}
    assert rest[-1] == "All is well: 13 ok, 0 warnings, 0 failed, 0 skipped."
    assert services.wire.writes == []


@pytest.mark.parametrize("name", ABOUT_THE_FILE)
def test_the_same_line_and_the_same_code_as_doctor(
    name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES[name]
    stage: Stage = request.getfixturevalue("services" if case.first else "applied")
    case.play(stage, monkeypatch)
    ran = stage.run("validate", "--online", expect=case.code)
    assert [str(one) for one in troubles(ran)] == [expected(name)]
    assert stage.wire.writes == []


@pytest.mark.parametrize("name", ABOUT_WHAT_IS_THERE)
def test_what_the_file_cannot_help(name: str, applied: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    CASES[name].play(applied, monkeypatch)
    assert troubles(applied.run("validate", "--online")) == []


def test_a_file_with_faults_asks_nobody(services: Stage) -> None:
    services.edit("pingone.rules.employees.user_filtr", "all")
    alone = services.run("validate", expect=1)
    online = services.run("validate", "--online", expect=1)
    assert (online.out, online.err) == (alone.out, alone.err)
    assert services.wire.calls == []


def test_without_online_nobody_is_asked(services: Stage) -> None:
    assert services.run("validate").out == "The configuration is valid: 9 resources.\n"
    assert services.wire.calls == []
