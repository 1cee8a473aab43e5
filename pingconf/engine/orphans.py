"""Objects that bear our own mark and are in no record: a run that died left them behind, or a request was
delivered twice."""

from __future__ import annotations

from collections.abc import Iterable

from pingconf.model.address import Address
from pingconf.model.resource import Observed
from pingconf.model.state import State


def find_orphans(
    section: str, objects: Iterable[Observed], state: State, lineage: str
) -> dict[Address, tuple[str, ...]]:
    """Their ids by the address for which they were made."""
    found: dict[Address, tuple[str, ...]] = {}
    ours = short_lineage(lineage)
    marked = [(one.id, one.marker) for one in objects if one.marker and one.marker.lineage == ours]
    if not marked:  # most kinds bear no mark at all
        return found
    known = {id for one in state.resources.values() for id in (one.id, *one.deposed)} | {*state.released}
    for id, marker in marked:
        if id not in known:
            address = Address(section, marker.key)
            found[address] = (*found.get(address, ()), id)
    return found


def short_lineage(lineage: str) -> str:
    """The part of a lineage that fits into a marker."""
    return lineage.replace("-", "")[:8]
