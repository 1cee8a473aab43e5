"""One recorded resource as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pingconf.model.address import Address
from pingconf.model.values import leaves
from pingconf.view.style import Style, escape, show


def render_record(address: Address, document: Mapping[str, Any], style: Style) -> str:
    """The address, then every recorded value, aligned."""
    rows = leaves({**document.get("attributes", {}), **_rest(document)})
    width = max(map(len, rows), default=0)
    lines = [f"  {escape(path):<{width}}   {show(value)}" for path, value in rows.items()]
    return "\n".join([style.bold(escape(str(address))), *lines])


def _rest(document: Mapping[str, Any]) -> dict[str, Any]:
    """What belongs to the record rather than to the resource, where it says something."""
    names = ("id", "bindings", "depends_on", "deposed")
    return {name: document[name] for name in names if document.get(name)}
