"""The action under attack: what comes from outside is never run, and secrets are masked before all else."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.pipeline.runner import ACTION, ROOT, TOKEN, Job

STEPS: Final = ACTION["runs"]["steps"]
SCRIPTS: Final = {step["name"]: step["run"] for step in STEPS if "run" in step}
INSTALL: Final = SCRIPTS["Install pingconf"]
INPUTS: Final = ("command", "file", "args", "plan_file", "artifact")
HOSTILE: Final = (
    "; touch owned",
    "$(touch owned)",
    "`touch owned`",
    '"; touch owned; "',
    "'; touch owned; '",
    "a\ntouch owned",
    "| touch owned",
    "${IFS}x",
    "-o owned",
    "*",
)


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_holds_an_expression(name: str) -> None:
    """GitHub puts the text of an expression into the script before bash reads it."""
    assert "${{" not in SCRIPTS[name]


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_is_one(name: str) -> None:
    done = subprocess.run(["bash", "-n"], input=SCRIPTS[name], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    for source in re.findall(r"(?s)<<'PYTHON'\n(.*?)\nPYTHON\n", SCRIPTS[name]):
        compile(source, name, "exec")
    assert SCRIPTS[name].startswith(("set -euo pipefail\n", "set -uo pipefail\n", "exec "))


def test_other_actions_are_github_s_own_and_pinned_to_a_commit() -> None:
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert used
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", one) for one in used)


@pytest.mark.parametrize("name", INPUTS)
def test_no_input_is_run(job: Job, name: str) -> None:
    """All texts at once; `make soak` tries each alone."""
    (job.folder / "pingconf.yaml").write_text("version: 1\n")  # whatever came of it, it ends soon
    job.use(**{name: "\n".join(HOSTILE)})
    assert [*job.folder.rglob("owned*"), *job.temp.rglob("owned*")] == []


@pytest.mark.soak
@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", INPUTS)
def test_no_input_alone_is_run(job: Job, name: str, text: str) -> None:
    job.use(**{name: text})
    assert [*job.folder.rglob("owned*"), *job.temp.rglob("owned*")] == []


def test_an_unknown_command_is_refused_without_being_repeated(job: Job) -> None:
    ran = job.use(command="destroy\n::error::forged")
    assert ran.code == 64
    assert "::error title=pingconf::The input command takes plan, apply, drift, validate or rotate" in ran.log
    assert "forged" not in ran.log


def test_a_fork_s_file_does_not_meet_our_credentials(job: Job) -> None:
    job.pull_request("beef")
    job.event_name = "pull_request_target"
    ran = job.use()
    assert ran.code == 64
    assert "use pull_request" in ran.log


# ---- secrets


def test_every_secret_is_masked_before_anything_else(job: Job) -> None:
    secrets = {
        "PINGONE_CLIENT_SECRET": "of-the-worker%0A100%",
        "INFISICAL_TOKEN": "first line\nsecond line\r\nthird",
        "AWS_SECRET_ACCESS_KEY": "::stop-commands::x",
    }
    job.environ |= secrets
    ran = job.use()
    first = ran.log.splitlines()[: len(ran.masked)]
    assert all(line.startswith("::add-mask::") for line in first), "nothing was said before"
    expected = [TOKEN, secrets["PINGONE_CLIENT_SECRET"], "first line", "second line\r", "third"]
    assert ran.masked == [*expected, "::stop-commands::x"]
    rest = "\n".join(ran.log.splitlines()[len(first) :])
    assert not any(text in rest for text in ran.masked)


def test_every_credential_that_pingconf_reads_is_masked_and_kept_from_the_installation() -> None:
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "pingconf").rglob("*.py"))
    read = set(
        re.findall(r'"((?:PINGONE|INFISICAL|PINGCONF|TF)_[A-Z_]*(?:SECRET|TOKEN|PASSWORD|NOTIFY))"', sources)
    )
    assert {"PINGONE_CLIENT_SECRET", "INFISICAL_TOKEN", "INFISICAL_PASSWORD"} <= read
    for script in (SCRIPTS["Mask every secret"], INSTALL.partition("unset ")[2].partition("python3")[0]):
        assert read <= set(re.findall(r"[A-Z_]{5,}", script))


# ---- the installation


def install(folder: Path, version: str) -> tuple[int, str, list[str]]:
    """Run the step with a Python that only notes what it is asked for and what it is given."""
    fake = folder / "bin" / "python3"
    fake.parent.mkdir()
    fake.write_text(
        '#!/bin/bash\nprintf "%s " "$@" >>"$NOTES"; printf "[%s]\\n" "${PINGONE_CLIENT_SECRET-}" >>"$NOTES"\n'
        'if [[ $2 == venv ]]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; fi\n'
    )
    fake.chmod(0o755)
    environ = {
        "PATH": f"{fake.parent}:{os.environ['PATH']}",
        "NOTES": str(folder / "notes"),
        "RUNNER_TEMP": str(folder),
        "GITHUB_OUTPUT": str(folder / "output"),
        "ACTION_PATH": "/actions/pingconf",
        "INPUT_VERSION": version,
        "PINGONE_CLIENT_SECRET": "worker",
    }
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", INSTALL],
        env=environ,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    notes = (folder / "notes").read_text().splitlines()
    return done.returncode, done.stdout, [note for note in notes if "pip" in note]


def test_what_lies_beside_the_action_is_installed(tmp_path: Path) -> None:
    code, _, notes = install(tmp_path, "")
    assert code == 0
    assert notes == [
        "-m pip --disable-pip-version-check --quiet install --constraint /actions/pingconf/constraints.txt"
        " /actions/pingconf[remote,notify] []"
    ], "and it is not shown the worker's secret"
    assert (tmp_path / "output").read_text() == f"home={tmp_path}/pingconf-home\n"


def test_or_a_version(tmp_path: Path) -> None:
    code, _, notes = install(tmp_path, "1.2.3rc1")
    assert code == 0
    assert notes[0].endswith(" install pingconf[remote,notify]==1.2.3rc1 []")


@pytest.mark.parametrize(
    "version", [*HOSTILE, "1.0 --index-url=http://elsewhere.example", "1 @ file:///x", "1.0\n2"]
)
def test_but_nothing_else(tmp_path: Path, version: str) -> None:
    code, said, notes = install(tmp_path, version)
    assert (code, notes) == (64, [])
    assert said.startswith("::error title=pingconf::The input version is no version")
    assert not (tmp_path / "owned").exists()
