"""Every misconfiguration is named by one line of its own, with its mend and its exit code."""

from __future__ import annotations

import os
from collections import Counter
from typing import Final

import pytest

from tests.doctor.at_infisical import INFISICAL
from tests.doctor.at_pingone import PINGONE
from tests.doctor.cases import Case, expected, troubles
from tests.e2e.makers import Stage

CASES: Final[dict[str, Case]] = PINGONE | INFISICAL


@pytest.mark.parametrize("name", CASES)
def test_one_line_names_it(
    name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES[name]
    stage: Stage = request.getfixturevalue("services" if case.first else "applied")
    case.play(stage, monkeypatch)
    ran = stage.run("doctor", expect=case.code)
    assert [str(one) for one in troubles(ran)] == [expected(name)]
    assert stage.wire.writes == []
    assert ran.err == ""
    for variable, value in os.environ.items():
        if variable.startswith(("PINGONE_", "INFISICAL_")) and variable.endswith(("TOKEN", "SECRET", "WORD")):
            assert value not in ran.out, f"{variable} is printed"


def test_each_is_told_apart_from_all_others() -> None:
    times = Counter(expected(name).partition("\n")[0] for name in CASES)
    assert [line for line, number in times.items() if number > 1] == []
    assert all("      -> " in expected(name) for name in CASES)
    assert len(CASES) >= 60
