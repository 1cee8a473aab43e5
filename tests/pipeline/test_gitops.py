"""examples/gitops: every file is what its reader takes it for, and its commands do what they say."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.pipeline.runner import ACTION, ROOT

GITOPS: Final = ROOT / "examples" / "gitops"
WORKFLOWS: Final = sorted((GITOPS / "github" / ".github" / "workflows").glob("*.yml"))
PIPELINE: Final[dict[str, Any]] = yaml.safe_load((GITOPS / "gitlab" / ".gitlab-ci.yml").read_text("utf-8"))
BIN: Final = Path(sys.executable).parent
IDS: Final = {"CI_API_V4_URL": "https://gitlab.example/api/v4", "CI_PROJECT_ID": "5"}


def environ(**more: str) -> dict[str, str]:
    """A shell in which the tested pingconf and its Python come first."""
    path = f"{BIN}:{os.environ['PATH']}"
    return {"PATH": path, "HOME": os.environ["HOME"], "PINGCONF_SANDBOX": "1", "CI": "true", **IDS, **more}


def bash(script: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(
        command, cwd=folder, env=environ(**more), capture_output=True, text=True, timeout=120
    )


def at_home(name: str, folder: Path) -> Path:
    """The file of an example with its secrets and its state in this folder."""
    text = (GITOPS / name / "pingconf.yaml").read_text("utf-8")
    for found in set(re.findall(r"\$\{file:(.*)/(?:\w+)\}", text)):
        text = text.replace(found, str(folder / "secrets"))
    (folder / "secrets").mkdir(exist_ok=True)
    for secret in ("infisical_password", "pingone_client_secret"):
        (folder / "secrets" / secret).write_text("made up\n")
    text = re.sub(r"(?m)^state: .*$", "state: state.json", text)
    (folder / "pingconf.yaml").write_text(text)
    return folder / "pingconf.yaml"


def drift(folder: Path) -> None:
    """Somebody changes a rule by hand."""
    world = folder / ".pingconf" / "sandbox.json"
    document = json.loads(world.read_text())
    next(iter(document["rules"].values()))["populationExpression"] = 'email sw "x"'
    world.write_text(json.dumps(document))


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


@pytest.mark.parametrize("name", ["github", "gitlab", "kubernetes", "systemd", "cron"])
def test_every_example_has_its_file_and_its_commands(name: str, tmp_path: Path) -> None:
    text = (GITOPS / name / "pingconf.yaml").read_text("utf-8")
    assert text.startswith("# yaml-language-server: $schema=../../../schemas/pingconf.schema.json")
    assert f"]({name})" in (GITOPS / "README.md").read_text("utf-8")
    assert (GITOPS / name / "README.md").exists()
    at_home(name, tmp_path)
    done = bash("pingconf plan", tmp_path)
    assert "Plan: 5 to add, 1 to change, 0 to destroy." in done.stdout, done.stderr


@pytest.mark.parametrize("name", ["github", "gitlab"])
def test_a_file_with_its_state_at_an_address_is_valid_as_it_is(name: str) -> None:
    done = bash("pingconf validate", GITOPS / name)
    assert "The configuration is valid" in done.stdout, done.stderr


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
        "Changed by hand in PingOne or Infisical: ",
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
    assert bash(script_of("drift"), tmp_path).returncode == 0
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


# ---- Kubernetes, systemd, cron


def test_the_cron_job_is_locked_down_and_finds_what_its_file_names() -> None:
    document = yaml.safe_load((GITOPS / "kubernetes" / "cronjob.yaml").read_text("utf-8"))
    assert (document["apiVersion"], document["kind"]) == ("batch/v1", "CronJob")
    assert document["spec"]["concurrencyPolicy"] == "Forbid"
    job = document["spec"]["jobTemplate"]["spec"]
    pod = job["template"]["spec"]
    assert (job["backoffLimit"], pod["restartPolicy"]) == (0, "Never")
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = pod["containers"]
    user = re.search(r"(?m)^USER (\d+):", (ROOT / "Dockerfile").read_text())
    assert user is not None and pod["securityContext"]["runAsUser"] == int(user[1])
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {one["name"] for one in container["volumeMounts"]} == {one["name"] for one in pod["volumes"]}
    mounted = [one["mountPath"] for one in container["volumeMounts"]]
    wanted = re.findall(r"\$\{file:(.*)/\w+\}", (GITOPS / "kubernetes" / "pingconf.yaml").read_text())
    assert set(wanted) <= set(mounted)
    assert not any("valueFrom" in one for one in container["env"]), "no secret is in the environment"


def unit_in(folder: Path) -> Path:
    """The service with the tested pingconf in place of the installed one."""
    for unit in (GITOPS / "systemd").glob("pingconf-drift.*"):
        text = unit.read_text("utf-8").replace("/opt/pingconf/bin/pingconf", str(BIN / "pingconf"))
        (folder / unit.name).write_text(text)
    return folder / "pingconf-drift.service"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")
def test_systemd_takes_the_units_and_finds_them_tight(tmp_path: Path) -> None:
    service = unit_in(tmp_path)
    units = [service, service.with_suffix(".timer")]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=15", str(service)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def test_the_service_is_handed_what_its_file_names() -> None:
    text = (GITOPS / "systemd" / "pingconf-drift.service").read_text("utf-8")
    handed = {
        f"/run/credentials/pingconf-drift.service/{one}" for one in re.findall(r"LoadCredential=(\w+):", text)
    }
    file = (GITOPS / "systemd" / "pingconf.yaml").read_text("utf-8")
    assert set(re.findall(r"\$\{file:(.*)\}", file)) == handed
    assert "Environment=PING" not in text, "no secret is in the environment"
    assert "\nstate: /var/lib/pingconf/" in file and "\nStateDirectory=pingconf\n" in text
    readme = (GITOPS / "systemd" / "README.md").read_text("utf-8")
    assert set(re.findall(r"LoadCredential=(\S+)", text)) == set(re.findall(r"LoadCredential=(\S+)", readme))


def test_cron_s_line_says_nothing_until_something_is_wrong(tmp_path: Path) -> None:
    lines = (GITOPS / "cron" / "pingconf").read_text("utf-8").splitlines()
    (line,) = [one for one in lines if one and one[0] in "0123456789*"]
    times, user, command = line.split(None, 5)[:5], *line.split(None, 6)[5:]
    assert all(re.fullmatch(r"\*|\d{1,2}", one) for one in times)
    assert user == "pingconf"
    assert "%" not in command, "cron would take it for the end of the line"
    command = command.replace("/opt/pingconf/bin/pingconf", str(BIN / "pingconf"))
    command = command.replace("/etc/pingconf/pingconf.yaml", str(at_home("cron", tmp_path)))

    def said() -> str:
        done = subprocess.run(
            ["sh", "-c", command], cwd=tmp_path, env=environ(), capture_output=True, text=True
        )
        return done.stdout + done.stderr

    assert bash("pingconf apply --auto-approve", tmp_path).returncode == 0
    assert said() == ""
    drift(tmp_path)
    assert "Drift: 1 resource changed by hand." in said()
    (tmp_path / "secrets" / "infisical_password").unlink()
    assert "cannot be read: No such file or directory" in said()
