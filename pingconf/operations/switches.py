"""The switches of the embedded services by their names, for whoever serves them."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any, get_args, get_type_hints

from pingconf.model.errors import UsageError
from pingconf.sandbox import Switches


@dataclass(frozen=True, slots=True)
class Switch:
    """One question that the documents leave open: its answers, the likeliest one, and what it is about."""

    name: str
    kind: Any
    values: tuple[str, ...]
    default: str
    about: str


def all_switches() -> Iterator[Switch]:
    """Every switch there is; what each is about stands below it in the source."""
    hints, said = get_type_hints(Switches), _docstrings()
    for field in fields(Switches):
        kind = hints[field.name]
        values = ("true", "false") if kind is bool else () if kind is int else get_args(kind)
        yield Switch(field.name, kind, values, _spelled(field.default), said[field.name])


def read_switches(given: Sequence[str]) -> Switches:
    """`NAME=VALUE`, repeatable; raises UsageError with what there is."""
    known = {one.name: one for one in all_switches()}
    chosen: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name not in known:
            raise UsageError(f"--switch takes NAME=VALUE, not {text}", f"Names: {', '.join(known)}")
        chosen[name] = _read(known[name], value)
    return Switches(**chosen)


def _read(switch: Switch, value: str) -> Any:
    if switch.kind is int and value.isdecimal() and len(value) < 10:
        return int(value)
    if value in switch.values:
        return value == "true" if switch.kind is bool else value
    expected = ", ".join(switch.values) or "a whole number"
    raise UsageError(f"--switch {switch.name} takes {expected}, not {value}")


def _spelled(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _docstrings() -> dict[str, str]:
    """The text below each attribute of the class; Python itself does not keep it."""
    body = ast.parse(textwrap.dedent(inspect.getsource(Switches))).body[0]
    said: dict[str, str] = {}
    statements = body.body if isinstance(body, ast.ClassDef) else []
    for one, following in pairwise(statements):
        text = ast.literal_eval(following.value) if isinstance(following, ast.Expr) else ""
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            said[one.target.id] = " ".join(text.split())
    return said
