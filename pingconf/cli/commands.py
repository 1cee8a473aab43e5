"""Which commands there are. The module of a command is imported when it runs, or when its own help is shown.

To add one: its module gets it in `add_commands`, and the table below a row.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from pingconf.cli.parameters import without_pydantic


class Row(NamedTuple):
    """The module below `pingconf.cli` that adds a command, and what the list of commands says of it."""

    module: str
    help: str


COMMANDS: Final = {
    "validate": Row("inspect", "Check the file: every fault at once."),
    "plan": Row("inspect", "Show what apply would do."),
    "show": Row("inspect", "Show a saved plan."),
    "graph": Row("inspect", "Print the steps of an apply as a graph."),
    "apply": Row("change", "Make what the file says."),
    "destroy": Row("change", "Remove everything pingconf made."),
    "rotate": Row("change", "Give connections new SCIM tokens."),
    "drift": Row("drift", "Show what was changed by hand."),
    "verify": Row("verify", "See whether everybody arrived."),
    "status": Row("status", "Show how everything stands."),
    "history": Row("history", "Show the runs that changed something, the newest last."),
    "doctor": Row("doctor", "Say what is missing or wrong, and how to mend it."),
    "state": Row("state", "What pingconf wrote down."),
    "unlock": Row("state", "Take away what a dead run left of its lock."),
    "sandbox": Row("sandbox", "The embedded services."),
    "demo": Row("sandbox", "Take a tour on the embedded services."),
    "schema": Row("about", "Print the JSON Schema of the file."),
    "version": Row("about", "Print the version."),
    "completion": Row("about", "Print what completes commands in a shell."),
}
"""In the order in which they are listed; a test holds it against what the modules add."""


class Listed(TyperCommand):
    """A command as far as the list of commands needs it."""


class LazyCommands(TyperGroup):
    """All commands by their rows; one of them is built when it is asked for."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, row in COMMANDS.items():
            self.commands.setdefault(name, Listed(name=name, help=row.help))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The name, the command itself, and the arguments that are left for it."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None and isinstance(command, Listed):
            command = self.commands[name] = build(name)
        return name, command, rest


def build(name: str) -> Any:
    """One command with its parameters, or a group with all of its commands."""
    app = typer.Typer(rich_markup_mode=None)
    import_module(f"pingconf.cli.{COMMANDS[name].module}").add_commands(app)
    app.registered_commands = [one for one in app.registered_commands if _name(one) == name]
    app.registered_groups = [one for one in app.registered_groups if one.name == name]
    return without_pydantic(typer.main.get_group(app).commands[name])


def _name(command: Any) -> str:
    return command.name or typer.main.get_command_name(command.callback.__name__)
