"""Examples at home: their files in a folder of the test, and a shell that finds the tested pingconf first."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.pipeline.runner import ROOT

GITOPS: Final = ROOT / "examples" / "gitops"
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
