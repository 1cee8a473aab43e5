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


def at_home(name: str, folder: Path) -> None:
    """The files of an example, with the secrets they name and their state, all in this folder."""
    for file in [GITOPS / name / "pingconf.yaml", *(GITOPS / name).glob("secrets.yaml")]:
        text = re.sub(r"\$\{file:.*/(\w+)\}", rf"${{file:{folder}/\1}}", file.read_text("utf-8"))
        (folder / file.name).write_text(re.sub(r"(?m)^state: .*$", "state: state.json", text))
    for secret in ("infisical_password", "pingone_client_secret"):
        (folder / secret).write_text("made up\n")


def drift(folder: Path) -> None:
    """Somebody changes a rule by hand."""
    world = folder / ".pingconf" / "sandbox.json"
    document = json.loads(world.read_text())
    next(iter(document["rules"].values()))["populationExpression"] = 'email sw "x"'
    world.write_text(json.dumps(document))
