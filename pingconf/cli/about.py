"""Commands about pingconf itself: schema, version, completion."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from pingconf import __version__
from pingconf.cli.options import COMPLETE, Options
from pingconf.model.errors import UsageError

SHELLS: Final = ("bash", "zsh", "fish", "powershell")


def add_commands(app: typer.Typer) -> None:
    """In the order in which they are listed."""
    app.command()(schema)
    app.command()(version)
    app.command()(completion)


def schema(context: typer.Context) -> None:
    """Print the JSON Schema of the file.

    For editors; the same as schemas/pingconf.schema.json of this version.
    """
    from pingconf.operations.schemas import all_schemas

    options: Options = context.obj
    options.terminal.document(all_schemas()["pingconf.schema.json"])


def version(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="With Python, system and formats, as JSON.")] = False,
) -> None:
    """Print the version."""
    options: Options = context.obj
    if json:
        options.terminal.document(_versions())
    else:
        options.terminal.result(f"pingconf {__version__}")


def completion(
    context: typer.Context,
    shell: Annotated[str, typer.Argument(metavar="|".join(SHELLS), help="The shell to be taught.")],
) -> None:
    """Print what completes commands in a shell.

    Bash: put source <(pingconf completion bash) into ~/.bashrc. The others alike.
    """
    if shell not in SHELLS:
        raise UsageError(f'There is no completion for "{shell}"', f"There is for {', '.join(SHELLS)}.")
    from typer._completion_shared import get_completion_script

    options: Options = context.obj
    options.terminal.result(get_completion_script(prog_name="pingconf", complete_var=COMPLETE, shell=shell))


def answer_shells() -> None:
    """Let typer answer a shell that asks what may come next, instead of running a command."""
    from typer._completion_classes import completion_init

    completion_init()


def _versions() -> dict[str, Any]:
    """What a report of a fault should name."""
    import platform

    from pingconf.backends.codec import FORMAT_VERSION as STATE
    from pingconf.view.json import FORMAT_VERSION as PLAN

    return {
        "pingconf_version": __version__,
        "python_version": platform.python_version(),
        "platform": f"{platform.system()}_{platform.machine()}".lower(),
        "formats": {"configuration": "1", "plan": PLAN, "state": STATE},
    }
