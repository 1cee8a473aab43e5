"""Whether an answer has the shape of a sample: the same keys, and values of the same types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.wire.samples import ANY


def misfits(sample: Any, answer: Any, where: str = "$") -> list[str]:
    """Every place where an answer is not like its sample, by its path; no value is told."""
    if isinstance(sample, dict) and ANY in sample:
        return _closest(sample[ANY], answer, where)
    if _type(sample) != _type(answer):
        return [f"{where} is {_type(answer)}, not {_type(sample)}"]
    if isinstance(sample, dict):
        return list(_in_object(sample, answer, where))
    if isinstance(sample, list):
        return [found for one in answer for found in _closest(sample, one, f"{where}[]")]
    return []


def _in_object(sample: dict[str, Any], answer: dict[str, Any], where: str) -> Iterator[str]:
    known = {name.removesuffix("?"): value for name, value in sample.items()}
    for name, value in answer.items():
        if name in known:
            yield from misfits(known[name], value, f"{where}.{name}")
        else:
            yield f"{where}.{name} is not documented"
    for name in sample:
        if not name.endswith("?") and name not in answer:
            yield f"{where}.{name} is missing"


def _closest(samples: list[Any], answer: Any, where: str) -> list[str]:
    """What is wrong by the sample that fits best."""
    return min((misfits(one, answer, where) for one in samples), key=len, default=[f"{where} has no sample"])


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "a boolean"
    names = {dict: "an object", list: "a list", str: "a text", int: "a number", float: "a number"}
    return names.get(type(value), "null")
