"""The command line, its options, and the one door through which every error leaves."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer
from typer.exceptions import TyperException

from pingconf import __version__
from pingconf.cli.commands import LazyCommands
from pingconf.cli.options import COMPLETE, DEFAULT_FILE, Options, hoist, read_variables, show_help_if_alone
from pingconf.cli.parameters import HELP, without_pydantic
from pingconf.cli.signals import end_at_once
from pingconf.cli.terminal import Terminal, open_closed_streams
from pingconf.model.errors import Interrupted, PingconfError, UsageError
from pingconf.view.diagnostics import render_error

DONE: Final = (0, 2, 8)
"""Exit codes of a command that did what it was asked for; 2 and 8 say what it found."""

app = typer.Typer(
    name="pingconf",
    cls=LazyCommands,
    help="SCIM provisioning from PingOne to Infisical as code: plan, apply, and see what changed by hand.",
    add_completion=False,
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": list(HELP)},
)

Files = Annotated[
    list[Path] | None,
    typer.Option(
        "-f", "--file", metavar="PATH", help="File or folder to read, repeatable. [default: pingconf.yaml]"
    ),
]
Variables = Annotated[
    list[str] | None, typer.Option(metavar="NAME=VALUE", help="A variable for ${NAME}, repeatable.")
]
Sandbox = Annotated[
    bool, typer.Option("--sandbox", help="Use the embedded services: no account, no network.")
]
Folder = Annotated[Path | None, typer.Option(metavar="DIR", help="Work in this folder.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colours, as with NO_COLOR.")]
Verbosity = Annotated[
    int,
    typer.Option(
        "-v", "--verbose", count=True, show_default=False, help="Log requests to stderr, no bodies."
    ),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress; no plan where nobody is asked.")]
LogFormat = Annotated[str, typer.Option(metavar="text|json", help="Form of the log.")]


@app.callback()
def options(
    context: typer.Context,
    file: Files = None,
    var: Variables = None,
    sandbox: Sandbox = False,
    chdir: Folder = None,
    no_color: NoColor = False,
    verbose: Verbosity = 0,
    quiet: Quiet = False,
    log_format: LogFormat = "text",
) -> None:
    """Read the options that come before a command; alone, they get the help.

    `run` has seen `no_color` already, as an error may come before this.
    """
    show_help_if_alone(context)
    terminal: Terminal = context.obj
    terminal.quiet = quiet
    if chdir is not None:
        try:
            os.chdir(chdir)
        except OSError as error:
            raise UsageError(f"--chdir: cannot enter {chdir}: {error.strerror}") from None
    from pingconf.cli.log import set_up_logging  # a help needs none

    set_up_logging(verbose, log_format, quiet=quiet)
    wanted = sandbox or os.environ.get("PINGCONF_SANDBOX", "") in ("1", "true")
    context.obj = Options(tuple(file or [DEFAULT_FILE]), read_variables(var or []), wanted, terminal, run)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave with its exit code; no exception passes."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    gc.set_threshold(20_000, 20, 20)  # modules and models stay; to search them for garbage at once is a waste
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # they would see every value of the file
    open_closed_streams()
    if typed == ["--version"]:
        Terminal().result(f"pingconf {__version__}")
        sys.exit(0)
    if COMPLETE in os.environ:
        from pingconf.cli.about import answer_shells

        answer_shells()
    end_at_once()
    _leave(run(typed))


def _leave(code: int) -> NoReturn:
    """End the process at once: nothing is left to do, and to free every object first takes 40 ms and more."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # what could not be written was told by `run`
            stream.flush()
    os._exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code."""
    terminal = Terminal(colour="--no-color" not in arguments)
    code = _run(arguments, terminal)
    terminal.workflow.ended(code)
    for lost, where in (
        (terminal.lost, "the standard output"),
        (terminal.workflow.lost, "a file of the job"),
    ):
        if lost is not None and code in DONE:
            advice = "All was done but that: what is missing is the result."
            return _fail(terminal, PingconfError(f"Cannot write to {where}: {lost.strerror}", advice))
    return code


@cache
def _command_line() -> Callable[..., Any]:
    """Built once, however many commands a process runs."""
    command: Callable[..., Any] = without_pydantic(typer.main.get_command(app))
    return command


def _run(arguments: Sequence[str], terminal: Terminal) -> int:
    try:
        ended = _command_line()(hoist(arguments), prog_name="pingconf", standalone_mode=False, obj=terminal)
        if ended == Interrupted.exit_code:  # typer's word for KeyboardInterrupt
            raise KeyboardInterrupt
        return ended if isinstance(ended, int) else 0
    except PingconfError as error:
        return _fail(terminal, error)
    except typer.Exit as ended_early:
        return ended_early.exit_code
    except TyperException as error:
        return _fail(terminal, UsageError(error.format_message().rstrip("."), "See: pingconf --help"))
    except (typer.Abort, KeyboardInterrupt):
        advice = "What was done is recorded; the next run looks at what was in flight and goes on."
        return _fail(terminal, Interrupted("Interrupted", advice))
    except Exception as bug:  # the last door: whatever comes here is our fault, never the user's
        return _report_bug(terminal, bug)


def _fail(terminal: Terminal, error: PingconfError) -> int:
    terminal.fault(render_error(error, terminal.err_style))
    terminal.workflow.failed(error)
    return error.exit_code


def _report_bug(terminal: Terminal, bug: Exception) -> int:
    """Where it happened, without values: an exception's text may hold anything."""
    places: list[str] = []
    traceback = bug.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        places.append(f"{Path(code.co_filename).name}:{traceback.tb_lineno} in {code.co_name}")
        traceback = traceback.tb_next
    headline = f"This is a bug in pingconf {__version__}: {type(bug).__name__}"
    details = ("Please report it with the lines below; they hold no values of yours.", *places[-6:])
    _fail(terminal, PingconfError(headline, *details))
    return 70
