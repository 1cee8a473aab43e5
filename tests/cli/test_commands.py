"""The table of commands says what their modules say, and a command comes without what it does not need."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from pingconf.cli.commands import COMMANDS, LazyCommands, build
from pingconf.cli.main import run
from pingconf.cli.parameters import without_pydantic

ROOT = Path(__file__).parents[2]
ENVIRON = {"INFISICAL_ORGANIZATION_ID": "org-1", "PINGONE_TARGET_ENVIRONMENT_ID": "env-1"}
HTTP = {"requests", "urllib3", "ssl", "http.client", "tenacity"}
HEAVY = {*HTTP, "deepdiff", "rich", "filelock", "obstore", "apprise", "asyncio", "importlib.metadata"}


def added(module: str) -> Any:
    """Everything that a module of commands adds, built by typer alone."""
    app = typer.Typer(rich_markup_mode=None)
    import_module(f"pingconf.cli.{module}").add_commands(app)
    return typer.main.get_group(app).commands


def test_every_module_of_commands_is_in_the_table_and_nothing_else() -> None:
    modules = [
        path.stem
        for path in sorted((ROOT / "pingconf/cli").glob("*.py"))
        if "def add_commands" in path.read_text()
    ]
    assert sorted({row.module for row in COMMANDS.values()}) == modules
    for module in modules:
        rows = {name: row.help for name, row in COMMANDS.items() if row.module == module}
        assert rows == {name: command.help.partition("\n")[0] for name, command in added(module).items()}


def test_the_list_of_commands_is_that_of_typer(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out.partition("Commands:\n")[2].splitlines()
    assert [line.split(None, 1)[0] for line in shown] == list(COMMANDS)
    assert [line.split(None, 1)[1] for line in shown] == [row.help for row in COMMANDS.values()]


def commands(group: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.items():
        yield f"{path}{name}", command
        yield from commands(getattr(command, "commands", {}), f"{path}{name} ")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_the_help_that_typer_gives_it(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for path, command in commands({name: added(COMMANDS[name].module)[name]}):
        assert run([*path.split(), "--help"]) == 0
        parents = LazyCommands(name="pingconf").make_context("pingconf", ["--help"], resilient_parsing=True)
        for part in path.split()[:-1]:
            parents = typer.Context(build(name), info_name=part, parent=parents)
        context = typer.Context(command, info_name=path.split()[-1], parent=parents)
        context.help_option_names = ["-h", "--help"]
        assert sorted(capsys.readouterr().out.split()) == sorted(command.get_help(context).split())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize("typed", ["--help", "plan --help", "state --help", "state", ""])
def test_a_help_that_cannot_be_written(typed: str) -> None:
    """It is told as of every other result, and the process does not pass for one that said something."""
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "pingconf", *typed.split()],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: Cannot write to the standard output: No space left on device\n")


def test_a_name_that_is_nearly_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["vaildate"]) == 64
    assert "No such command 'vaildate'. Did you mean 'validate'?" in capsys.readouterr().err


# ---- what is imported


def imported(*arguments: str, code: int = 0) -> set[str]:
    """The modules that a process has when a command has run in it."""
    program = "import sys; from pingconf.cli.main import run; code = run(sys.argv[1:]); "
    program += "print(*sys.modules, file=sys.stderr); sys.exit(code)"
    ended = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, env=ENVIRON, capture_output=True, text=True
    )
    assert ended.returncode == code, ended.stderr
    return set(ended.stderr.split())


@pytest.mark.parametrize(
    "arguments", ["--help", "", "plan --help", "apply --help", "state --help", "state mv -h"]
)
def test_a_help_needs_no_library_but_typer(arguments: str) -> None:
    modules = imported(*arguments.split())
    assert not modules & {*HEAVY, "pydantic", "pydantic_core", "yaml", "pingconf.config", "pingconf.kinds"}


def test_the_list_of_commands_imports_none_of_them() -> None:
    assert not imported("--help") & {f"pingconf.cli.{row.module}" for row in COMMANDS.values()}
    assert "pingconf.cli.change" not in imported("plan", "--help")


def test_show_needs_neither_pydantic_nor_yaml(tmp_path: Path) -> None:
    file, plan = tmp_path / "pingconf.yaml", tmp_path / "plan"
    file.write_text((ROOT / "examples/minimal/pingconf.yaml").read_text())
    assert run(["--sandbox", "-f", str(file), "plan", "--out", str(plan)]) == 0
    modules = imported("-f", "x.yaml", "--var", "A=b", "-q", "show", str(plan), "--format", "text")
    assert "pingconf.backends.plan_file" in modules
    assert not modules & {*HEAVY, "pydantic", "pydantic_core", "yaml", "pingconf.config", "pingconf.kinds"}


def test_validate_needs_no_http() -> None:
    modules = imported("-f", "examples/full/pingconf.yaml", "validate")
    assert {"pydantic", "yaml"} <= modules
    assert not modules & (HEAVY - {"importlib.metadata"})  # pydantic's own


# ---- what a value of the command line becomes


def given(arguments: str, light: bool) -> list[dict[str, Any]]:
    taken: list[dict[str, Any]] = []
    app = typer.Typer(rich_markup_mode=None)

    @app.command()
    def command(
        folder: Path,
        names: list[str],
        text: str = "a",
        maybe: str | None = None,
        path: Path | None = None,
        paths: list[Path] | None = None,
        number: int = 3,
        share: float = 0,
        flag: bool = False,
    ) -> None:
        taken.append(dict(locals()))
        taken[-1].pop("taken")

    built = typer.main.get_command(app)
    (without_pydantic(built) if light else built)(arguments.split(), standalone_mode=False)
    return taken


@pytest.mark.parametrize(
    "arguments",
    [
        "d x",
        "d x y --text b --maybe c --path p --paths p --paths q --number 4 --share 0.5 --flag",
        "/ - --text= --no-flag",
        "d x --number -1",
        "pyproject.toml x --path tests --paths tests",
    ],
)
def test_values_become_what_typer_makes_of_them(arguments: str) -> None:
    assert given(arguments, light=True) == given(arguments, light=False)


@pytest.mark.parametrize(
    "arguments", ["", "d", "d x --number y", "d x --share y", "d x --flag=y", "d x --what"]
)
def test_what_typer_refuses_is_refused(arguments: str) -> None:
    said = []
    for light in (True, False):
        with pytest.raises(typer.TyperException) as refused:
            given(arguments, light)
        said.append(refused.value.format_message())
    assert said[0] == said[1]
