"""How many people arrived, per rule and group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pingconf.view.style import escape


class Arrived(Protocol):
    """Of one rule: people in scope, and those who are members."""

    @property
    def address(self) -> str: ...
    @property
    def in_scope(self) -> int: ...
    @property
    def arrived(self) -> int: ...


def render_provisioned(rules: Sequence[Arrived], groups: Sequence[tuple[str, int]]) -> str:
    """A line per rule and per group, aligned."""
    rows = [(f"rule   {rule.address}", f"{rule.arrived} of {rule.in_scope} people") for rule in rules]
    rows += [(f"group  {name}", f"{members} people") for name, members in groups]
    width = max((len(escape(what)) for what, _ in rows), default=0)
    return "\n".join(f"  {escape(what):<{width}}   {number}" for what, number in rows)
