"""The pre-commit hook and the image: what they say about this repository is so."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.pipeline.runner import ROOT

BIN: Final = Path(sys.executable).parent
PYPROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
INSTRUCTIONS: Final = frozenset("FROM LABEL COPY ENV WORKDIR USER ENTRYPOINT CMD RUN".split())


# ---- pre-commit


def hook() -> dict[str, Any]:
    (only,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert isinstance(only, dict)
    return only


@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("pingconf.yaml", True),
        ("access/pingconf.yml", True),
        ("pingconf.d/rules.yaml", True),
        ("my-pingconf.yaml", False),
        ("pingconf.yaml.orig", False),
        ("compose.yaml", False),
    ],
)
def test_the_hook_runs_for_files_of_ours(path: str, ours: bool) -> None:
    """pre-commit searches with `files` in the path from the root."""
    assert (re.search(hook()["files"], path) is not None) is ours


@pytest.mark.parametrize("name", ["minimal", "full"])
def test_the_hook_needs_neither_accounts_nor_ids(name: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "examples" / name / "pingconf.yaml", tmp_path)
    done = commit(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert [one.name for one in tmp_path.iterdir()] == ["pingconf.yaml"], (
        "it leaves nothing in the repository"
    )


def test_the_hook_stops_a_commit_with_every_fault(tmp_path: Path) -> None:
    text = (ROOT / "examples" / "minimal" / "pingconf.yaml").read_text("utf-8")
    (tmp_path / "pingconf.yaml").write_text(
        text.replace("user_filter:", "user_filtr:").replace("token:", "tokn:")
    )
    done = commit(tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("Error: ") >= 2
    assert 'Did you mean "user_filter"?' in done.stderr


def commit(folder: Path) -> subprocess.CompletedProcess[str]:
    """What pre-commit runs from the root of a repository."""
    assert hook()["language"] == "python"
    assert hook()["pass_filenames"] is False
    program, *arguments = shlex.split(hook()["entry"])
    assert program in PYPROJECT["project"]["scripts"]
    environ = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}
    command = [str(BIN / program), *arguments]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=60)


# ---- the image


def instructions() -> list[tuple[str, str]]:
    """Each instruction of the Dockerfile with its arguments on one line."""
    text = re.sub(r"(?m)^#.*\n", "", (ROOT / "Dockerfile").read_text("utf-8"))
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines if line)]


def of(name: str) -> list[str]:
    return [rest for one, rest in instructions() if one == name]


def test_the_dockerfile_has_only_instructions() -> None:
    assert {name for name, _ in instructions()} <= INSTRUCTIONS, instructions()
    assert instructions()[0][0] == "FROM"


def test_both_stages_are_the_same_pinned_base() -> None:
    build, last = of("FROM")
    assert build == f"{last} AS build"
    version = re.fullmatch(r"python:(3\.\d+)-slim-bookworm", last)
    assert version is not None, "a tag with a version and a distribution"
    assert f"Programming Language :: Python :: {version[1]}" in PYPROJECT["project"]["classifiers"]


def test_the_image_runs_as_nobody_and_ends_in_pingconf() -> None:
    last = [name for name, _ in instructions()].index("FROM", 1)
    named = dict(instructions()[last:])
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", named["USER"])
    assert named["ENTRYPOINT"] == '["pingconf"]'
    assert "RUN" not in named, "what only building needs stays in the first stage"
    assert not re.search(r"(?i)secret|token|password", " ".join(rest for _, rest in instructions()))


def test_it_installs_with_the_extras_what_is_pinned() -> None:
    (command,) = of("RUN")
    (extras,) = re.findall(r"'\.\[([\w,]+)\]'", command)
    assert set(extras.split(",")) == set(PYPROJECT["project"]["optional-dependencies"]) - {"dev"}
    assert "PIP_CONSTRAINT=/source/constraints.txt" in command
    assert "PIP_BUILD_CONSTRAINT=/source/constraints.txt" in command
    done = subprocess.run(["sh", "-n"], input=command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_copied_is_let_in_and_nothing_else() -> None:
    """The last line that matches decides, as with .gitignore."""
    rules = [
        line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line[:1] not in ("", "#")
    ]

    def let_in(path: str) -> bool:
        verdict = True
        for rule in rules:
            pattern = rule.removeprefix("!").removeprefix("**/")
            if (
                fnmatch(path, pattern)
                or fnmatch(path.split("/")[-1], pattern)
                or path.startswith(f"{pattern}/")
            ):
                verdict = rule.startswith("!")
        return verdict

    copied = [name for one in of("COPY") if not one.startswith("--from") for name in one.split()[:-1]]
    assert copied
    assert all((ROOT / name).exists() and let_in(name) for name in copied)
    for name in (".git", ".env", ".pingconf", ".venv", "pingconf.yaml", "tests", "pingconf/cli/__pycache__"):
        assert not let_in(name), name
    needed = [PYPROJECT["project"]["readme"], *PYPROJECT["project"]["license-files"]]
    assert set(needed) <= set(copied), "hatchling reads them"
