"""What differs between two sets of attributes, by dotted path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pingconf.model.kind import Kind
from pingconf.model.resource import Observed
from pingconf.model.values import Attributes, Value

UNSENT: Final = frozenset({"manage"})
"""Attributes that are neither sent nor written down."""
_NOTHING: Final = object()


def unseen_of(kind: Kind[Any]) -> frozenset[str]:
    """Attributes that no service shows: they are compared in other ways, or not at all."""
    return kind.local | kind.write_only | UNSENT


def departures(
    kind: Kind[Any], attributes: Attributes, observed: Observed, *, ignore: Iterable[str] = ()
) -> tuple[str, ...]:
    """Dotted paths at which the living object departs from these attributes; what they do not name is free.

    The attributes of the file give the changes, the recorded ones the drift.
    """
    if attributes.items() <= observed.attributes.items():  # by far the most
        return ()
    # What is equal as it stands needs no spelling of its own.
    other = {name: value for name, value in attributes.items() if value != observed.attributes.get(name)}
    if not other:
        return ()
    meant = comparable(kind, other, ignore=ignore)
    named = {name: observed.attributes.get(name) for name in meant}
    living = comparable(kind, named, ignore=ignore)
    for path, spellings in observed.spellings.items():
        if meant.get(path) in spellings:
            living[path] = meant[path]
    return differing_paths(living, meant)


def departed_bindings(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Paths of write-only attributes that hold another secret now, where both are known."""
    return tuple(path for path in sorted(before) if after.get(path, before[path]) != before[path])


def comparable(kind: Kind[Any], attributes: Attributes, *, ignore: Iterable[str] = ()) -> dict[str, Value]:
    """Attributes in the one spelling that is compared, without those of `ignore` (dotted paths)."""
    left = {name: kind.canonical(name, value) for name, value in attributes.items()}
    for path in ignore:
        left = _without(left, path)
    return left


def differing_paths(before: Attributes, after: Attributes) -> tuple[str, ...]:
    """Dotted paths whose values differ, sorted; a list is one value whose order does not count.

    Plain values never reach the library that compares deeply.
    """
    changed = [
        name
        for name in before.keys() | after.keys()
        if before.get(name, _NOTHING) != after.get(name, _NOTHING)
    ]
    if not any(
        isinstance(one.get(name), (Mapping, list, tuple)) for one in (before, after) for name in changed
    ):
        return tuple(sorted(changed))
    from deepdiff import DeepDiff

    # Without the threshold, two mappings with little in common would be one difference instead of many.
    before, after = ({name: one[name] for name in changed if name in one} for one in (before, after))
    tree = DeepDiff(before, after, ignore_order=True, threshold_to_diff_deeper=0, view="tree")
    changes = (change for group in tree.values() for change in group)
    return tuple(sorted({_dotted(change.path(output_format="list")) for change in changes}))


def _dotted(path: list[Any]) -> str:
    """Up to the first index: within a list the whole list is what differs."""
    names: list[str] = []
    for name in path:
        if isinstance(name, int):
            break
        names.append(str(name))
    return ".".join(names)


def _without(attributes: Mapping[str, Value], path: str) -> dict[str, Value]:
    name, _, rest = path.partition(".")
    left = dict(attributes)
    if not rest:
        left.pop(name, None)
    elif isinstance(left.get(name), Mapping):
        left[name] = _without(left[name], rest)
    return left
