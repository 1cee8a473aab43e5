"""Who holds a lock, as it is written down, read back and told; and the page of its run, by the CI system."""

from __future__ import annotations

import json

import pytest

from pingconf.backends.holder import Holder, holder_of, locked, new_holder, parse_holder, run_url

URL = "https://gitlab.example/group/project/-/jobs/4711"
HOLDER = Holder("an-id", "jane@laptop, process 1", "2026-01-01T00:00:00Z", "pingconf state mv a.b c.d", URL)


def test_it_comes_back_as_it_was() -> None:
    assert parse_holder(HOLDER.to_bytes()) == HOLDER
    alone = Holder("an-id", "jane", "2026", "pingconf apply")
    assert parse_holder(alone.to_bytes()) == alone


def test_it_has_the_fields_of_terraform_as_texts() -> None:
    made = new_holder("pingconf apply", URL).to_json()
    assert list(made) == ["ID", "Operation", "Info", "Who", "Version", "Created", "Path"]
    assert all(isinstance(value, str) for value in made.values())
    assert made["Operation"] == "apply" and made["Info"] == f"pingconf apply [{URL}]"
    assert new_holder("x").id != new_holder("x").id


def test_a_holder_of_terraform_is_told() -> None:
    document = {"ID": "i", "Operation": "OperationTypeApply", "Info": "", "Who": "j@h", "Created": "c"}
    told = locked("place", holder_of(document))
    assert told.details[0] == "Held by j@h, since c: OperationTypeApply"
    assert "pingconf unlock i" in told.details[-1]


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"ID": 1}', b'{"ID": ""}', b"\xff", b"[" * 5000])
def test_what_is_none_names_nobody(data: bytes) -> None:
    assert parse_holder(data) is None
    assert locked("place", None).details[0] == "It does not say which one."


def test_what_is_too_long_is_cut() -> None:
    found = parse_holder(json.dumps({"ID": "i", "Who": "w" * 9999, "Info": ["x"], "Created": None}).encode())
    assert found is not None and len(found.who) == 301 and found.command == found.since == ""


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, ""),
        ({"CI_JOB_URL": URL}, URL),
        ({"BUILD_URL": "https://jenkins.example/job/x/1/"}, "https://jenkins.example/job/x/1/"),
        ({"CIRCLE_BUILD_URL": "https://circleci.example/1"}, "https://circleci.example/1"),
        ({"BUILDKITE_BUILD_URL": "https://buildkite.example/1"}, "https://buildkite.example/1"),
        (
            {
                "GITHUB_SERVER_URL": "https://github.example",
                "GITHUB_REPOSITORY": "a/b",
                "GITHUB_RUN_ID": "17",
            },
            "https://github.example/a/b/actions/runs/17",
        ),
        (
            {
                "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI": "https://dev.azure.example/a/",
                "SYSTEM_TEAMPROJECT": "p",
                "BUILD_BUILDID": "8",
            },
            "https://dev.azure.example/a/p/_build/results?buildId=8",
        ),
        ({"CI_JOB_URL": "https://user:canary@gitlab.example/1"}, ""),
        ({"CI_JOB_URL": "javascript:alert(1)"}, ""),
        ({"CI_JOB_URL": "https://gitlab.example/\x1b[2J"}, ""),
        ({"CI_JOB_URL": "https://gitlab.example/" + "a" * 400}, ""),
        ({"GITHUB_RUN_ID": "17"}, ""),
    ],
)
def test_the_page_of_a_run(environ: dict[str, str], expected: str) -> None:
    assert run_url(environ) == expected
