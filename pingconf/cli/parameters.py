"""Texts and paths of the command line, taken as they are.

Typer hands every value to pydantic, even one that nobody typed, and importing pydantic takes longer than all
that `pingconf --help` or `pingconf show` do. Numbers, and whatever else can be wrong, still go that way.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import typer
from typer.core import TyperArgument, TyperGroup, TyperOption

from pingconf.cli.options import show_help

HELP: Final = ("-h", "--help")
"""What shows the help of a command."""


class _Option(TyperOption):
    def process_value(self, ctx: Any, value: Any) -> Any:
        return _processed(self, ctx, value, super().process_value)


class _Argument(TyperArgument):
    def process_value(self, ctx: Any, value: Any) -> Any:
        return _processed(self, ctx, value, super().process_value)


def without_pydantic(command: Any) -> Any:
    """The same command, or group of commands, whose texts and paths need no pydantic."""
    # Typer makes the option --help when it is first asked for it, and keeps it.
    for parameter in command.get_params(typer.Context(command, help_option_names=list(HELP))):
        if HELP[-1] in parameter.opts:
            parameter.callback = show_help
        if type(parameter) is TyperOption:
            parameter.__class__ = _Option
        elif type(parameter) is TyperArgument:
            parameter.__class__ = _Argument
    for inner in command.commands.values() if isinstance(command, TyperGroup) else ():
        without_pydantic(inner)
    return command


def _processed(parameter: Any, ctx: Any, value: Any, by_typer: Callable[[Any, Any], Any]) -> Any:
    if value is None and (parameter.multiple or parameter.nargs == -1):
        value = ()
    if parameter.required and parameter.value_is_missing(value):
        return by_typer(ctx, value)
    if value is not None and value != () and value is not parameter.default:
        value_by_itself = _converted(parameter.type_descriptor.annotation, value)
        if value_by_itself is None:
            return by_typer(ctx, value)
        value = value_by_itself
    return value if parameter.callback is None else parameter.callback(ctx, parameter, value)


def _converted(annotation: Any, value: Any) -> Any:
    """The value as its type; None where typer has to look at it."""
    if annotation in (bool, str) and type(value) is annotation:
        return value
    if annotation is Path and isinstance(value, str):
        return _path(value)
    if annotation in (list[str], list[Path]) and isinstance(value, list | tuple):
        inner = annotation.__args__[0]
        every = [_converted(inner, one) for one in value]
        return None if None in every else every
    return None


def _path(text: str) -> Path | None:
    """None for what is there and cannot be read: typer says so."""
    path = Path(text)
    return path if os.access(path, os.R_OK) or not path.exists() else None
