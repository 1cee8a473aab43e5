"""What looks for drift by the clock: a CronJob of Kubernetes, a timer of systemd, a line of cron."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.pipeline.at_home import BIN, GITOPS, at_home, bash, drift, environ
from tests.pipeline.runner import ROOT


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
    wanted = re.findall(r"\$\{file:(.*)/\w+\}", (GITOPS / "kubernetes" / "secrets.yaml").read_text())
    assert wanted and set(wanted) <= set(mounted)
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
    named = re.findall(r"\$\{file:(.*)\}", (GITOPS / "systemd" / "secrets.yaml").read_text("utf-8"))
    assert named and set(named) == handed
    assert "Environment=PING" not in text, "no secret is in the environment"
    file = (GITOPS / "systemd" / "pingconf.yaml").read_text("utf-8")
    assert "\nstate: /var/lib/pingconf/" in file and "\nStateDirectory=pingconf\n" in text


def test_cron_s_line_says_nothing_until_something_is_wrong(tmp_path: Path) -> None:
    lines = (GITOPS / "cron" / "pingconf").read_text("utf-8").splitlines()
    (line,) = [one for one in lines if one and one[0] in "0123456789*"]
    times, user, command = line.split(None, 5)[:5], *line.split(None, 6)[5:]
    assert all(re.fullmatch(r"\*|\d{1,2}", one) for one in times)
    assert user == "pingconf"
    assert "%" not in command, "cron would take it for the end of the line"
    command = command.replace("/opt/pingconf/bin/pingconf", str(BIN / "pingconf"))
    command = command.replace("/etc/pingconf/", f"{tmp_path}/")
    at_home("cron", tmp_path)

    def said() -> str:
        done = subprocess.run(
            ["sh", "-c", command], cwd=tmp_path, env=environ(), capture_output=True, text=True
        )
        return done.stdout + done.stderr

    assert bash("pingconf apply --auto-approve", tmp_path).returncode == 0
    assert said() == ""
    drift(tmp_path)
    assert "Drift: 1 resource changed by hand." in said()
    (tmp_path / "infisical_password").unlink()
    assert "cannot be read: No such file or directory" in said()
