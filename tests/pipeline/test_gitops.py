"""examples/gitops: every file is what its reader takes it for, and its commands do what they say."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from pingconf.cli.main import run
from tests.pipeline.at_home import GITOPS, IDS, at_home, bash, drift
from tests.pipeline.runner import ACTION, ROOT

WORKFLOWS: Final = sorted((GITOPS / "github" / ".github" / "workflows").glob("*.yml"))
PIPELINE: Final[dict[str, Any]] = yaml.safe_load((GITOPS / "gitlab" / ".gitlab-ci.yml").read_text("utf-8"))


# ---- schemas


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-actions", [ROOT / "action.yml"]),
        ("vendor.github-workflows", WORKFLOWS),
        ("custom.github-workflows-require-timeout", WORKFLOWS),
        ("vendor.gitlab-ci", [GITOPS / "gitlab" / ".gitlab-ci.yml"]),
    ],
)
def test_files_fit_the_schemas_of_those_who_read_them(schema: str, files: list[Path]) -> None:
    transform = ["--data-transform", "gitlab-ci"] if "gitlab" in schema else []
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    command += [*transform, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert files
    assert done.returncode == 0, done.stdout


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, on the embedded services."""
    monkeypatch.chdir(tmp_path)
    for name, value in {**IDS, "PINGCONF_SANDBOX": "1"}.items():
        monkeypatch.setenv(name, value)
    return tmp_path


@pytest.mark.parametrize("name", ["github", "gitlab", "kubernetes", "systemd", "cron"])
def test_every_example_has_its_file_and_its_commands(
    here: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (GITOPS / name / "pingconf.yaml").read_text("utf-8")
    assert text.startswith("# yaml-language-server: $schema=../../../schemas/pingconf.schema.json")
    assert f"]({name})" in (GITOPS / "README.md").read_text("utf-8")
    assert (GITOPS / name / "README.md").exists()
    at_home(name, here)
    assert run(["--file", ".", "plan"]) == 0
    assert "Plan: 5 to add, 1 to change, 0 to destroy." in capsys.readouterr().out


@pytest.mark.parametrize("name", ["github", "gitlab"])
def test_a_file_with_its_state_at_an_address_is_valid_as_it_is(
    here: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--file", str(GITOPS / name / "pingconf.yaml"), "validate"]) == 0
    assert "The configuration is valid: 7 resources." in capsys.readouterr().out


# ---- GitHub


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_gives_away_no_more_than_it_must(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {}
    assert "concurrency" in workflow
    (job,) = workflow["jobs"].values()
    assert job["environment"] == ("pingconf-apply" if path.stem == "apply" else "pingconf-plan")
    for step in job["steps"]:
        assert "${{" not in step.get("run", "")
        uses = step.get("uses", "")
        assert (
            not uses
            or uses.startswith("acme/pingconf@")
            or re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", uses)
        )
        if uses.startswith("acme/"):
            assert set(step["with"]) <= set(ACTION["inputs"])
    assert True not in workflow or "pull_request_target" not in workflow[True]  # YAML 1.1 reads `on` so


def test_only_the_repository_s_own_pull_requests_meet_credentials() -> None:
    (job,) = yaml.safe_load(WORKFLOWS[-1].read_text("utf-8"))["jobs"].values()
    assert WORKFLOWS[-1].name == "plan.yml"
    assert job["if"] == "github.event.pull_request.head.repo.full_name == github.repository"


@pytest.fixture
def gh(tmp_path: Path) -> Path:
    """GitHub's own command line, as far as issues go; it keeps them in a file."""
    script = tmp_path / "bin" / "gh"
    script.parent.mkdir()
    script.write_text(
        f"#!{sys.executable}\n"
        "import json, pathlib, sys\n"
        "kept = pathlib.Path(__file__).with_name('issues.json')\n"
        "issues = json.loads(kept.read_text()) if kept.exists() else []\n"
        "noun, verb, *rest = sys.argv[1:]\n"
        "given = {k: v for k, v in zip(rest, rest[1:], strict=False) if k.startswith('--')}\n"
        "if verb == 'list':\n"
        "    print(*[n for n, one in enumerate(issues, 1) if one['open']][:1], sep='')\n"
        "elif (noun, verb) == ('issue', 'create'):\n"
        "    issues.append({'open': True, 'title': given['--title'], 'body': given['--body']})\n"
        "elif verb == 'edit':\n"
        "    issues[int(rest[0]) - 1] |= {'title': given['--title'], 'body': given['--body']}\n"
        "elif verb == 'close':\n"
        "    issues[int(rest[0]) - 1]['open'] = False\n"
        "kept.write_text(json.dumps(issues))\n"
    )
    script.chmod(0o755)
    return script


def test_drift_is_one_issue_from_its_first_morning_to_its_last(gh: Path, tmp_path: Path) -> None:
    workflow = yaml.safe_load((WORKFLOWS[0].parent / "drift.yml").read_text("utf-8"))
    step = workflow["jobs"]["drift"]["steps"][-1]
    assert step["if"] == "always()", "also where the look itself failed"
    path = f"{gh.parent}:{os.environ['PATH']}"

    def morning(exitcode: str, drifted: str = "") -> list[tuple[bool, str]]:
        given = {
            "PATH": path,
            "EXITCODE": exitcode,
            "DRIFTED": drifted,
            "RUN": "https://github.example/run/1",
        }
        done = bash(step["run"], tmp_path, **given)
        assert done.returncode == 0, done.stderr
        issues = gh.with_name("issues.json")
        return (
            [(one["open"], one["title"]) for one in json.loads(issues.read_text())] if issues.exists() else []
        )

    by_hand, unknown = (
        "Drift in PingOne or Infisical: ",
        "pingconf could not tell whether there is drift",
    )
    assert morning("0") == []
    assert morning("2", "1") == [(True, by_hand + "1")]
    assert morning("2", "3") == [(True, by_hand + "3")]
    assert morning("3") == [(True, unknown)]
    assert morning("") == [(True, unknown)]
    assert morning("0") == [(False, unknown)]
    assert morning("2", "1") == [(False, unknown), (True, by_hand + "1")]


# ---- GitLab


def script_of(job: str) -> str:
    return "\n".join(PIPELINE[job]["script"])


def test_a_merge_request_s_plan_is_applied_on_the_default_branch(tmp_path: Path) -> None:
    at_home("gitlab", tmp_path)
    done = bash(script_of("plan"), tmp_path)
    assert done.returncode == 0, done.stderr
    kept = PIPELINE["plan"]["artifacts"]
    assert all((tmp_path / name).exists() for name in (*kept["paths"], *kept["reports"].values()))
    assert json.loads((tmp_path / kept["reports"]["terraform"]).read_text()) == {
        "create": 5,
        "update": 1,
        "delete": 0,
    }
    assert "<testsuite" in (tmp_path / kept["reports"]["junit"]).read_text()
    done = bash(script_of("apply"), tmp_path)
    assert "Apply complete! 5 added, 1 changed, 0 destroyed." in done.stdout, done.stderr
    drift(tmp_path)
    assert bash(script_of("drift"), tmp_path).returncode == 2


def test_gitlab_keeps_one_apply_at_a_time_and_its_credentials_apart() -> None:
    assert PIPELINE["apply"]["resource_group"]
    assert PIPELINE["apply"]["rules"][0]["when"] == "manual"
    assert PIPELINE["apply"]["needs"] == ["plan"]
    assert (
        PIPELINE["plan"]["environment"]["name"] == PIPELINE["drift"]["environment"]["name"] == "pingconf/read"
    )
    assert PIPELINE["apply"]["environment"]["name"] == "pingconf/write"
    assert PIPELINE["variables"]["TF_HTTP_PASSWORD"] == "$CI_JOB_TOKEN"
    assert "CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID" in PIPELINE["plan"]["rules"][0]["if"]
