"""Plans and drift as JUnit's XML, as junitparser reads it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from junitparser import Error, Failure, JUnitXml, TestCase

from pingconf.model.address import parse_address
from pingconf.model.plan import EXPIRES, Drift, Plan
from pingconf.model.resource import Observed
from pingconf.view.junit import render_drift_junit, render_junit
from tests.view import EMPTY, FULL
from tests.view.hostile import RULE, hostile_plan

TOKEN = parse_address("infisical.scim_tokens.pingone")
SCIM = parse_address("infisical.scim")


def cases(text: str) -> dict[str, TestCase]:
    (suite,) = JUnitXml.fromstring(text)
    found = {str(case.name): case for case in suite}
    assert len(found) == suite.tests
    assert suite.failures == sum(isinstance(one, Failure) for case in found.values() for one in case.result)
    assert suite.errors == sum(isinstance(one, Error) for case in found.values() for one in case.result)
    return found


def result_of(case: TestCase) -> tuple[str, str] | None:
    """The kind and the text of what is wrong; None where it passed."""
    if not case.result:
        return None
    (one,) = case.result
    return type(one).__name__, str(one.text)


def test_a_drifted_resource_has_failed_with_its_differences() -> None:
    plan = replace(FULL, observed={SCIM: Observed("scim", {}), RULE: Observed("1", {})})
    found = cases(render_drift_junit(plan))
    assert list(found) == [
        "infisical.scim",
        "pingone.rules.employees",
        "pingone.groups.staff",
        "infisical.scim_tokens.other",
    ]
    assert result_of(found["infisical.scim"]) is None
    kind, text = result_of(found["pingone.rules.employees"]) or ("", "")
    assert kind == "Failure"
    assert text.startswith("Changed by hand:")
    assert "~ enabled             true -> false" in text
    assert found["pingone.rules.employees"].classname == "pingone.rules"


def test_what_could_not_be_read_is_an_error_and_never_a_pass() -> None:
    kind, text = result_of(cases(render_drift_junit(FULL))["infisical.scim_tokens.other"]) or ("", "")
    assert kind == "Error"
    assert "nobody can say" in text
    both = replace(FULL, unverified=(RULE,))
    kind, text = result_of(cases(render_drift_junit(both))["pingone.rules.employees"]) or ("", "")
    assert kind == "Error"
    assert "true -> false" in text


def test_a_plan_fails_what_it_would_change() -> None:
    found = cases(render_junit(FULL))
    kind, text = result_of(found["pingone.rules.employees"]) or ("", "")
    assert kind == "Failure"
    assert "Changed by hand:" in text
    assert "To be done:" in text
    assert "pingone.revision" in found
    assert "Plan: 2 to add" in render_junit(FULL)
    assert "Warning: The token never expires." in render_junit(FULL)


def test_a_token_to_renew() -> None:
    drift = (Drift(TOKEN, EXPIRES, "must be renewed before 2026-11-01", "expires on 2026-12-01"),)
    _, text = result_of(cases(render_drift_junit(replace(EMPTY, drift=drift)))[str(TOKEN)]) or ("", "")
    assert text.startswith("Not to stay as it is:")
    assert "expires on 2026-12-01; must be renewed before 2026-11-01" in text


@pytest.mark.parametrize("plan", [EMPTY, FULL, hostile_plan()])
def test_any_plan_can_be_parsed(plan: Plan) -> None:
    odd = replace(plan, warnings=(*plan.warnings, "\ufffe\uffff\ufdd0"))
    for text in (render_junit(odd), render_drift_junit(odd)):
        cases(text)
        assert not any(line.strip().startswith(("::", "##[", "##vso")) for line in text.splitlines())
        assert "<script>" not in text
        assert all(line.isprintable() for line in text.split("\n"))
