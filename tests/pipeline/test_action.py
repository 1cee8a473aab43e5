"""The action, gone through as GitHub does: a pull request is planned, its merge applies exactly that plan."""

from __future__ import annotations

import hashlib
import json
import re

import pytest

from tests.pipeline.runner import TOKEN, Job

HEAD = "beef01"
MERGE = "c0ffee"
MARKER = f"<!-- pingconf {hashlib.sha256(b'pingconf-plan').hexdigest()[:16]} -->"


def planned(job: Job) -> None:
    job.pull_request(HEAD)
    ran = job.use(comment="false")
    assert ran.code == 0, ran.log
    job.hub.merge(MERGE, HEAD)
    job.push(MERGE)


# ---- plan


def test_a_pull_request_is_planned(job: Job) -> None:
    job.pull_request(HEAD)
    ran = job.use(comment="false")
    assert ran.code == 0, ran.log
    assert ran.ran == ["Mask every secret", "Run pingconf", "Keep the plan for the merge"]
    plan_file = str(job.temp / "pingconf" / "plan.json")
    counts = {"changes": "true", "adds": "5", "updates": "1", "deletes": "0", "drifted": "0"}
    assert ran.outputs == {"exitcode": "2", "plan-file": plan_file, **counts}
    assert "Plan: 5 to add, 1 to change, 0 to destroy." in ran.log
    assert ran.summary.startswith("## pingconf plan\n")
    (artifact,) = job.hub.artifacts
    assert artifact["name"] == f"pingconf-plan-{HEAD}"
    assert "plan.json" in str(job.hub.contents[1])


def test_outside_a_pull_request_nothing_is_uploaded_or_said(job: Job) -> None:
    ran = job.use()
    assert (ran.code, ran.ran) == (0, ["Mask every secret", "Run pingconf"])
    assert (job.hub.artifacts, job.hub.calls) == ([], [])


def test_there_is_one_comment_however_often_it_is_planned(job: Job) -> None:
    job.pull_request(HEAD)
    assert job.use().code == 0
    (comment,) = job.hub.comments
    assert comment["body"].startswith(f"{MARKER}\n## pingconf plan\n")
    assert "**Plan: 5 to add, 1 to change, 0 to destroy.**" in comment["body"]
    file = job.folder / "pingconf.yaml"
    file.write_text(file.read_text().replace("enabled eq true", "all"))
    assert job.use().code == 0
    (comment,) = job.hub.comments
    assert re.search(r'user_filter +"all"', comment["body"])


def test_nobody_elses_comment_is_changed(job: Job) -> None:
    job.pull_request(HEAD)
    for number in range(120):
        job.hub.say(f"{MARKER}\nby a person" if number == 5 else f"Comment {number}", "User")
    assert job.use().code == 0
    assert [one["body"] for one in job.hub.comments[:120] if MARKER in one["body"]] == [
        f"{MARKER}\nby a person"
    ]
    assert len(job.hub.comments) == 121
    job.hub.calls.clear()
    assert job.use().code == 0
    assert job.hub.calls == ["GET issues/7/comments"] * 2, (
        "found on the second page, and left alone as it is the same"
    )


def test_a_comment_that_is_refused_fails_with_its_reason(job: Job) -> None:
    job.pull_request(HEAD)
    job.hub.fails = 403
    ran = job.use()
    assert ran.code == 1
    assert "::error title=pingconf::The comment could not be written: 403." in ran.log
    assert TOKEN not in ran.log.partition("Plan:")[2]


# ---- apply


def test_the_merge_applies_exactly_the_plan(job: Job) -> None:
    planned(job)
    ran = job.use(command="apply")
    assert ran.code == 0, ran.log
    assert "Apply complete! 5 added, 1 changed, 0 destroyed." in ran.log
    assert (ran.outputs["exitcode"], ran.outputs["changes"], ran.outputs["adds"]) == ("0", "true", "5")
    assert "**Apply complete!" in ran.summary
    again = job.use(command="apply")
    assert (again.code, again.outputs["exitcode"]) == (4, "4")
    assert "It was applied already" in again.log


def test_what_moved_since_the_review_is_not_applied(job: Job) -> None:
    planned(job)
    file = job.folder / "pingconf.yaml"
    file.write_text(file.read_text().replace("enabled eq true", "all"))
    ran = job.use(command="apply")
    assert ran.code == 4
    assert "The configuration is not the one it was made from" in ran.log


@pytest.mark.soak
def test_of_two_plans_of_a_commit_the_newest_counts(job: Job) -> None:
    job.hub.upload(f"pingconf-plan-{HEAD}", HEAD, job.folder / "never fetched")
    planned(job)
    assert job.use(command="apply").code == 0


@pytest.mark.parametrize("how", ["fork", "expired", "other commit", "no pull request", "not merged"])
def test_no_other_plan_is_taken(job: Job, how: str) -> None:
    job.hub.upload(f"pingconf-plan-{HEAD}", HEAD, job.folder / "never fetched")
    job.hub.merge(MERGE, HEAD)
    job.push(MERGE)
    row = job.hub.artifacts[0]
    if how == "fork":
        row["workflow_run"]["head_repository_id"] = 2
    elif how == "expired":
        row["expired"] = True
    elif how == "other commit":
        row["workflow_run"]["head_sha"] = "0badbeef"
    elif how == "no pull request":
        job.hub.pulls.clear()
    else:
        job.hub.pulls[MERGE][0]["merged_at"] = None
    ran = job.use(command="apply")
    assert ran.code == 1
    assert "::error title=pingconf::" in ran.log and "artifact empty" in ran.log
    assert "Run pingconf" not in ran.ran


def test_a_github_that_does_not_answer_is_no_plan(job: Job) -> None:
    job.push(MERGE)
    job.hub.fails = 502
    ran = job.use(command="apply")
    assert ran.code == 1
    assert "GitHub did not answer: 502." in ran.log


@pytest.mark.soak
def test_a_plan_file_of_ones_own(job: Job) -> None:
    job.pull_request(HEAD)
    assert job.use(comment="false", plan_file="my.plan").code == 0
    assert (job.folder / "my.plan").exists()
    job.push(MERGE)
    assert "Apply complete!" in job.use(command="apply", plan_file="my.plan").log
    assert job.hub.calls == []


def test_without_plans_the_file_is_applied(job: Job) -> None:
    assert "Apply complete!" in job.use(command="apply", artifact="").log
    assert job.hub.calls == []


# ---- the other commands


def test_drift_does_not_fail_the_job_but_what_could_not_be_told_does(job: Job) -> None:
    job.use(command="apply", artifact="")
    world = job.folder / ".pingconf" / "sandbox.json"
    document = json.loads(world.read_text())
    next(iter(document["rules"].values()))["populationExpression"] = 'email sw "x"'
    world.write_text(json.dumps(document))
    ran = job.use(command="drift")
    assert (ran.code, ran.outputs) == (0, {"exitcode": "2", "drifted": "1"})
    assert "::warning file=pingconf.yaml,line=" in ran.log
    (job.folder / "pingconf.yaml").write_text("version: 2\n")
    ran = job.use(command="drift")
    assert (ran.code, ran.outputs) == (1, {"exitcode": "1"})
    assert "::error file=pingconf.yaml,line=1,col=" in ran.log


def test_the_file_is_validated(job: Job) -> None:
    assert "The configuration is valid" in job.use(command="validate").log


@pytest.mark.soak
def test_tokens_are_rotated(job: Job) -> None:
    job.use(command="apply", artifact="")
    assert "Rotate complete!" in job.use(command="rotate").log


def test_files_arguments_and_a_folder(job: Job) -> None:
    (job.folder / "in here").mkdir()
    (job.folder / "pingconf.yaml").rename(job.folder / "in here" / "a file.yaml")
    inputs = {"working_directory": "in here", "file": "a file.yaml\n"}
    ran = job.use(**inputs, args="--target\ninfisical.scim\n")
    assert ran.outputs["updates"] == "1" and ran.outputs["adds"] == "0"
    (job.folder / "in here" / "a file.yaml").write_text("version: 2\n")
    assert "::error file=in here/a file.yaml,line=1," in job.use(**inputs).log
