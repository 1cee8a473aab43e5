"""Checks what was written against a pydantic model, and tells what is wrong in our words and at its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ValidationError

from pingconf.config.document import Mapping, Scalar
from pingconf.config.prescan import shown
from pingconf.config.written import Path, Written, closest, unknown_key
from pingconf.model.errors import Fault, Place
from pingconf.model.fields import FAULT, FreeSpec

_EXPECTED: Final = {
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "less_than_equal": "{le} at most",
    "greater_than_equal": "{ge} at least",
    "too_short": "at least {min_length} entry",
    "string_too_long": "{max_length} characters at most",
    "too_long": "{max_length} characters at most",
}
_UNKNOWN: Final = "extra_forbidden"
_MISSING: Final = "missing"


class Subject(NamedTuple):
    """What is checked: its name in messages, how a sentence about its attributes begins, and its place."""

    name: str
    has: str
    place: Place


class _Problem(NamedTuple):
    type: str
    path: Path
    expected: str = ""


def check(model: type[BaseModel], written: Written, subject: Subject) -> tuple[Any, tuple[Fault, ...]]:
    """The model's instance, or None and everything that is wrong.

    What was broken before, such as a variable that is not set, is in `written.faults` and not told again.
    """
    if not isinstance(written.value, dict | None):
        has = f"{subject.has}: {', '.join(model.model_fields)}."
        details = (model.contents if issubclass(model, FreeSpec) else has,)
        return None, (
            Fault(f"{subject.name} must be a mapping, not {_kind_of(written)}", written.place(()), details),
        )
    try:
        checked = model.model_validate(_without_empties(written.value or {}, model))
    except ValidationError as error:
        problems = [_problem(one, written) for one in error.errors(include_url=False, include_input=False)]
        return None, tuple(_tell(problems, model, written, subject))
    return (None if written.broken else checked), ()


def _kind_of(written: Written) -> str:
    return "text" if isinstance(written.root, Scalar) else "a list"


def _without_empties(value: dict[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """Without the attributes that have a key and no value: they count as not written."""
    fields = model.model_fields
    kept: dict[str, Any] = {}
    for name, one in value.items():
        if isinstance(one, dict) and name in fields:
            inner = fields[name].annotation
            is_model = isinstance(inner, type) and issubclass(inner, BaseModel)
            kept[name] = _without_empties(one, inner) if is_model else one  # type: ignore[arg-type]
        elif one is not None or name not in fields:
            kept[name] = one
    return kept


def _problem(error: Any, written: Written) -> _Problem:
    """Without the labels that pydantic puts between the keys where several types are possible."""
    kind = str(error["type"])
    location = error["loc"][:-1] if kind == _MISSING else error["loc"]
    path: Path = ()
    for part in location:
        if written.node((*path, part)) is not None:
            path = (*path, part)
    context = error.get("ctx") or {}
    if kind == _MISSING:
        return _Problem(kind, (*path, str(error["loc"][-1])))
    if kind == FAULT:
        return _Problem(kind, path, str(context["message"]).removeprefix("expected "))
    if kind == "literal_error":
        return _Problem(kind, path, str(context["expected"]).replace("'", ""))
    return _Problem(kind, path, _EXPECTED.get(kind, "another value").format(**context))


def _tell(
    problems: Sequence[_Problem], model: type[BaseModel], written: Written, subject: Subject
) -> Iterator[Fault]:
    below: dict[Path, list[_Problem]] = {}
    for problem in problems:
        for length in range(len(problem.path) + 1):
            below.setdefault(problem.path[:length], []).append(problem)
    expected: dict[Path, list[str]] = {}
    for problem in problems:
        if written.is_broken(problem.path):
            continue
        if problem.type == _UNKNOWN:
            yield _unknown(problem, model, written, subject)
        elif problem.type == _MISSING:
            if not _is_misspelt(problem, below[problem.path[:-1]]):
                yield _missing(problem, model, written, subject)
        elif _fits(problem, below[problem.path], written) and problem.expected not in expected.setdefault(
            problem.path, []
        ):
            expected[problem.path].append(problem.expected)
    for path, wanted in expected.items():
        what = f"Expected {' or '.join(wanted)}; seen {written.seen(path)}."
        yield Fault(f'Wrong value for "{dotted(path)}" in {subject.name}', written.place(path), (what,))


def _fits(problem: _Problem, below: Sequence[_Problem], written: Written) -> bool:
    """Where text or a mapping is allowed, only the complaint about the one that was written helps."""
    node = written.node(problem.path)
    if isinstance(node, Scalar) and problem.type == "model_type":
        return not any(one.type in (FAULT, "too_long", "string_too_long") for one in below)
    return not (isinstance(node, Mapping) and problem.type == "string_type" and len(below) > 1)


def _is_misspelt(problem: _Problem, beside: Sequence[_Problem]) -> bool:
    """Whether an unknown attribute beside it is meant to be the missing one."""
    name, length = str(problem.path[-1]), len(problem.path)
    unknown = [str(one.path[-1]) for one in beside if one.type == _UNKNOWN and len(one.path) == length]
    return any(closest(one, (name,)) for one in unknown)


def _unknown(problem: _Problem, model: type[BaseModel], written: Written, subject: Subject) -> Fault:
    within = problem.path[:-1]
    owner = _model_at(model, within)
    name = f"{subject.name}.{dotted(within)}" if within else subject.name
    has = f"{within[-1]} has" if within else subject.has
    return unknown_key(
        f"Unknown attribute … in {name}",
        str(problem.path[-1]),
        written.key(problem.path) or subject.place,
        owner.model_fields,
        has,
    )


def _missing(problem: _Problem, model: type[BaseModel], written: Written, subject: Subject) -> Fault:
    within, name = problem.path[:-1], str(problem.path[-1])
    place = written.key(problem.path) or written.key(within) or subject.place
    field = _model_at(model, within).model_fields[name]
    inner = [f"{name} has: {', '.join(one.model_fields)}." for one in _models_in(field.annotation)]
    description = field.description or next(iter(inner), None)
    empty = ("It is written without a value.",) if written.key(problem.path) else ()
    owner = f"{subject.name}.{dotted(within)}" if within else subject.name
    return Fault(
        f'Missing attribute "{name}" in {owner}', place, (*empty, *((description,) if description else ()))
    )


def _model_at(model: type[BaseModel], path: Path) -> type[BaseModel]:
    """The model of the mapping at a path; below a free mapping, that of its values."""
    for name in path:
        if name in model.model_fields:
            model = next(iter(_models_in(model.model_fields[str(name)].annotation)), model)
    return model


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models_in(inner)


def dotted(path: Path) -> str:
    """The path as a message shows it: `groups[2]` is the third of the groups."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{shown(part)}"
    return text.removeprefix(".")
