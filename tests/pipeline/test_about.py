"""schema, version and completion: what pingconf says of itself, and how a shell asks it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from pingconf import __version__
from pingconf.cli.main import run

BIN: Final = Path(sys.executable).parent
ROOT: Final = Path(__file__).resolve().parents[2]
BROKEN: Final = "version: 1\npingone: [${UNSET}\n"


def ask(folder: Path, **variables: str) -> list[str]:
    """What a shell's script gets when it asks."""
    environ = {**os.environ, **variables}
    done = subprocess.run(
        [BIN / "pingconf"], cwd=folder, env=environ, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def bash(folder: Path, *words: str) -> list[str]:
    """What bash itself would offer for the last of the words, with the script that pingconf prints."""
    script = (
        'source <(pingconf completion bash) && COMP_WORDS=("$@") && COMP_CWORD=$(($# - 1))'
        ' && _pingconf_completion pingconf && printf "%s\\n" "${COMPREPLY[@]}"'
    )
    command = ["bash", "--norc", "-c", script, "bash", "pingconf", *words]
    environ = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["dr"], ["drift"]),
        (["un"], ["unlock"]),
        (["state", "sh"], ["show"]),
        (["plan", "--detailed"], ["--detailed-exitcode"]),
        (["-f", "x.yaml", "--sandbox", "rot"], ["rotate"]),
        (["--no-c"], ["--no-color"]),
        (["nothing like it", ""], []),
    ],
)
def test_bash_offers_what_may_come_next(tmp_path: Path, words: list[str], offered: list[str]) -> None:
    (tmp_path / "pingconf.yaml").write_text(BROKEN)
    assert bash(tmp_path, *words) == offered
    assert [one.name for one in tmp_path.iterdir()] == ["pingconf.yaml"], "nothing is left behind"


def test_every_command_is_offered(tmp_path: Path) -> None:
    assert {"plan", "apply", "drift", "schema", "graph", "version", "completion"} <= {*bash(tmp_path, "")}


def test_the_other_shells_are_answered_in_their_own_form(tmp_path: Path) -> None:
    zsh = ask(tmp_path, _PINGCONF_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS="pingconf dri")
    assert zsh[0].startswith('_arguments \'*: :(("drift":')
    fish = {"_TYPER_COMPLETE_ARGS": "pingconf dri", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    assert ask(tmp_path, _PINGCONF_COMPLETE="complete_fish", **fish)[0].split("\t")[0] == "drift"
    power = {"_TYPER_COMPLETE_ARGS": "pingconf dri", "_TYPER_COMPLETE_WORD_TO_COMPLETE": "dri"}
    assert ask(tmp_path, _PINGCONF_COMPLETE="complete_powershell", **power)[0].startswith("drift:::")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_there_is_a_script_for_each_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"_PINGCONF_COMPLETE{' = ' if shell == 'powershell' else '='}" in script
    if shutil.which(shell):
        done = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")


def test_an_unknown_shell_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", "tcsh"]) == 64
    assert "There is for bash, zsh, fish, powershell." in capsys.readouterr().err


def test_an_answer_comes_before_anybody_waits_for_it(tmp_path: Path) -> None:
    """The processor's time is counted, so that it does not matter how busy the machine is otherwise."""
    before = os.times()
    ask(tmp_path, _PINGCONF_COMPLETE="complete_bash", COMP_WORDS="pingconf pl", COMP_CWORD="1")
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    assert spent < 1.5, "seconds"


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["version"]) == 0
    assert capsys.readouterr().out == f"pingconf {__version__}\n"
    assert run(["version", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["pingconf_version"] == __version__
    assert document["python_version"] == ".".join(map(str, sys.version_info[:3]))
    plan = json.loads((ROOT / "schemas" / "plan.schema.json").read_text())
    state = json.loads((ROOT / "schemas" / "state.schema.json").read_text())
    formats = document["formats"]
    assert plan["properties"]["format_version"]["const"] == formats["plan"]
    assert state["properties"]["format_version"]["const"] == formats["state"]


def test_the_schema_is_that_of_the_repository(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((ROOT / "schemas" / "pingconf.schema.json").read_text("utf-8"))
