"""A step of a GitHub workflow: what the steps behind it, the summary and the annotations are told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.e2e.makers import Stage

HOSTILE: Final = "Staff\n::error::forged @octocat #1\n# Heading `x` <b> ]"


@dataclass(frozen=True)
class Job:
    """The files that the runner hands to a step."""

    output: Path
    summary: Path

    @property
    def outputs(self) -> dict[str, str]:
        """As the runner reads them: the last of a name counts."""
        text = self.output.read_text("utf-8")
        return {name: value for name, _, value in re.findall(r"(?ms)^([\w-]+)<<(\w+)\n(.*?)\n\2$", text)}

    @property
    def told(self) -> str:
        return self.summary.read_text("utf-8")


def commands(text: str) -> list[str]:
    """Lines that the runner obeys."""
    return [line for line in text.splitlines() if line.lstrip().startswith("::") or "##[" in line]


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    for name, value in {
        "GITHUB_ACTIONS": "true",
        "CI": "true",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_WORKSPACE": str(tmp_path.parent),
    }.items():
        monkeypatch.setenv(name, value)
    return Job(tmp_path / "output", tmp_path / "summary.md")


def test_a_plan_is_told(services: Stage, job: Job) -> None:
    ran = services.run("plan", "--out", "plan.json", "--detailed-exitcode", expect=2)
    added = int(ran.out.rstrip().splitlines()[-1].split()[1])
    assert job.outputs == {
        "exitcode": "2",
        "changes": "true",
        "adds": str(added),
        "updates": "1",
        "deletes": "0",
        "drifted": "0",
        "plan-file": "plan.json",
    }
    assert job.told.startswith("## pingconf plan\n")
    assert f"Plan: {added} to add, 1 to change, 0 to destroy." in job.told


def test_nothing_to_do_is_told(applied: Stage, job: Job) -> None:
    applied.run("plan", "--detailed-exitcode")
    assert (job.outputs["exitcode"], job.outputs["changes"], job.outputs["adds"]) == ("0", "false", "0")
    assert "plan-file" not in job.outputs
    assert "No changes." in job.told


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_an_apply_is_told(services: Stage, job: Job, form: list[str]) -> None:
    ran = services.run("apply", "--auto-approve", *form)
    assert commands(ran.out) == []
    assert (job.outputs["exitcode"], job.outputs["changes"], job.outputs["updates"]) == ("0", "true", "1")
    assert int(job.outputs["adds"]) > 3
    assert job.told.startswith("## pingconf apply\n")
    assert job.told.rstrip().endswith(
        f"**Apply complete! {job.outputs['adds']} added, 1 changed, 0 destroyed.**"
    )


def test_an_apply_that_stops_is_told(services: Stage, job: Job) -> None:
    services.wire.break_write(4, "down")
    ran = services.run("apply", "--auto-approve", expect=7)
    assert job.outputs["exitcode"] == "7"
    assert "Apply stopped: " in job.told
    assert len(commands(ran.err)) == 1
    assert commands(ran.err)[0].startswith("::error title=pingconf::")


def test_drift_is_told_at_its_line(applied: Stage, job: Job) -> None:
    rule = next(iter(applied.world.rules.values()))
    rule["populationExpression"] = 'email sw "@octocat"'
    ran = applied.run("drift", expect=2)
    assert (job.outputs["exitcode"], job.outputs["drifted"]) == ("2", "1")
    assert job.told.startswith("## pingconf drift\n")
    written = applied.file.read_text().splitlines()
    line = next(number for number, text in enumerate(written, 1) if "user_filter:" in text)
    (command,) = commands(ran.err)
    assert command.startswith(f"::warning file={applied.folder.name}/pingconf.yaml,line={line},col=")
    assert command.endswith("::pingone.rules.employees was changed by hand: user_filter")
    assert "octocat" not in command


def test_no_drift_is_told(applied: Stage, job: Job) -> None:
    assert commands(applied.run("drift").err) == []
    assert (job.outputs["exitcode"], job.outputs["drifted"]) == ("0", "0")


def test_every_fault_of_the_file_stands_at_its_line(services: Stage, job: Job) -> None:
    services.edit("pingone.rules.employees.user_filtr", "x")
    services.edit("pingone.connections.infisical.nmae", "x")
    ran = services.run("plan", expect=1)
    places = [re.match(r"::error file=([^,]+),line=(\d+),col=(\d+),", line) for line in commands(ran.err)]
    assert len(places) == 2 and all(places)
    for place in places:
        assert place is not None
        assert place[1] == f"{services.folder.name}/pingconf.yaml"
        assert f"at pingconf.yaml:{place[2]}:{place[3]}" in ran.err
    assert job.outputs == {"exitcode": "1"}
    assert not job.summary.exists()


def test_warnings_of_the_file_are_annotations(services: Stage, job: Job) -> None:
    services.edit("infisical.scim_tokens.pingone.ttl_days", 0)
    (command,) = commands(services.run("validate").err)
    assert command.startswith("::warning title=pingconf::")
    assert job.outputs == {"exitcode": "0"}


def test_what_is_refused_is_told_with_the_plan(applied: Stage, job: Job) -> None:
    applied.edit("pingone.rules.employees.user_filter", 'email sw "nobody"')
    ran = applied.run("apply", "--auto-approve", expect=5)
    assert job.outputs["exitcode"] == "5"
    assert job.told.startswith("## pingconf apply\n")
    assert any(one.startswith("::error ") and "--allow-removals" in one for one in commands(ran.err))


def test_a_bug_is_an_annotation_without_values(
    services: Stage, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise KeyError("may hold anything")

    monkeypatch.setattr("pingconf.operations.planning.make_plan", break_down)
    ran = services.run("plan", expect=70)
    (command,) = commands(ran.err)
    assert command.startswith("::error title=pingconf::This is a bug in pingconf ")
    assert "anything" not in ran.err
    assert job.outputs == {"exitcode": "70"}


def test_elsewhere_nothing_is_written(services: Stage, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS")
    services.edit("pingone.rules.employees.user_filtr", "x")
    ran = services.run("plan", expect=1)
    assert commands(ran.err) == []
    assert not job.output.exists() and not job.summary.exists()


def test_without_its_files_a_step_does_its_work(
    services: Stage, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_OUTPUT")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    services.run("plan")
    assert not job.output.exists() and not job.summary.exists()


def test_a_job_that_cannot_be_told_is_not_told_that_all_is_well(
    services: Stage, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", str(services.folder))
    ran = services.run("plan", expect=1)
    assert "Error: Cannot write to a file of the job: Is a directory" in ran.err
    assert "Plan: " in ran.out


def test_a_summary_that_is_full_is_left_as_it_is(services: Stage, job: Job) -> None:
    job.summary.write_text("x" * 999_500)
    services.run("plan")
    assert job.told == "x" * 999_500
    job.summary.write_text("x" * 998_500)
    services.run("plan")
    assert len(job.summary.read_bytes()) <= 1_000_000
    assert "more did not fit" in job.told


def test_a_name_from_outside_is_only_a_name(services: Stage, job: Job) -> None:
    """In the log, the annotations, the outputs and the summary."""
    services.edit("pingone.rules.employees.name", HOSTILE)
    services.edit("pingone.connections.infisical.description", HOSTILE)
    services.edit("pingone.rules.employees.connection", HOSTILE)
    ran = services.run("plan", expect=1)
    faults = ran.err.count("Error: ")
    assert [line[:8] for line in commands(ran.out + ran.err)] == ["::error "] * faults, ran.said()
    services.edit("pingone.rules.employees.connection", "infisical")
    services.edit("pingone.rules.employees.name", "Staff ::error::forged @octocat #1 `x` <b>")
    for arguments in (["plan", "--out", "p.json"], ["apply", "--auto-approve"]):
        ran = services.run(*arguments, expect=None)
        assert commands(ran.out + ran.err) == [], ran.said()
    assert set(job.outputs) == {
        "exitcode", "changes", "adds", "updates", "deletes", "drifted", "plan-file"
    }  # fmt: skip
    outside_code = re.sub(r"(?s)```+diff.*?\n```+", "", job.told)
    assert "octocat" not in outside_code
    assert "forged" not in outside_code
    assert "octocat" in job.told
