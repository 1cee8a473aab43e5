"""Options that every command takes, before or behind its name."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from pingconf.cli.terminal import Terminal
from pingconf.model.errors import UsageError

if TYPE_CHECKING:
    from pingconf.operations.invocation import Invocation

DEFAULT_FILE: Final = Path("pingconf.yaml")
COMPLETE: Final = "_PINGCONF_COMPLETE"
"""The variable through which a shell asks what may come next, as its script sets it."""
WITH_VALUE: Final = frozenset({"-f", "--file", "--var", "--chdir", "--log-format"})
WITHOUT_VALUE: Final = frozenset({"--sandbox", "--no-color", "-v", "--verbose", "-vv", "-q", "--quiet"})


@dataclass(frozen=True, slots=True)
class Options:
    """The global options, read."""

    files: tuple[Path, ...]
    variables: dict[str, str]
    sandbox: bool
    terminal: Terminal
    run: Callable[[Sequence[str]], int]
    """Runs another command line and returns its exit code."""

    @property
    def invocation(self) -> Invocation:
        """What operations need of them."""
        from pingconf.operations.invocation import Invocation

        return Invocation(self.files, self.variables, dict(os.environ), self.sandbox)


def hoist(arguments: Sequence[str]) -> list[str]:
    """Global options in front of the command, wherever they were typed."""
    front: list[str] = []
    rest: list[str] = []
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        if argument == "--":
            rest += [argument, *waiting]
            break
        if argument in WITH_VALUE:
            front += [argument, *waiting[:1]]
            del waiting[:1]
        elif argument in WITHOUT_VALUE or argument.partition("=")[0] in WITH_VALUE:
            front.append(argument)
        else:
            rest.append(argument)
    return front + rest


def show_help_if_alone(context: typer.Context) -> None:
    """A group of commands without one of them shows what there is."""
    show_help(context, None, context.invoked_subcommand is None)


def show_help(context: typer.Context, parameter: object, wanted: bool) -> None:
    """The help is a result as every other: where it cannot be written, that is told."""
    if wanted and not context.resilient_parsing:
        known: Terminal | Options | None = context.obj
        terminal = known.terminal if isinstance(known, Options) else known or Terminal()
        terminal.result(context.get_help())
        raise typer.Exit(0)


def group_of_commands(help: str) -> typer.Typer:
    """An empty group; alone it shows its help."""
    return typer.Typer(
        help=help, rich_markup_mode=None, invoke_without_command=True, callback=show_help_if_alone
    )


def read_variables(given: Sequence[str]) -> dict[str, str]:
    """`--var NAME=VALUE`, repeatable; the last of a name counts. Values are never echoed."""
    variables: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name.isidentifier():
            raise UsageError("--var takes NAME=VALUE", "For example: --var PINGONE_REGION_CODE=EU")
        variables[name] = value
    return variables
