"""Renamed keys: `moved` at the top of the file says which address became which."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from pingconf.config.document import Entry, Node, Scalar, Sequence
from pingconf.config.document import Mapping as MappingNode
from pingconf.config.interpolation import Sources
from pingconf.config.prescan import shown
from pingconf.config.written import is_empty, unknown_key, written
from pingconf.model.address import Address, parse_address
from pingconf.model.errors import Fault
from pingconf.model.kind import Kinds
from pingconf.model.resource import Move

_ENDS: Final = ("from", "to")
_EXAMPLE: Final = "For example: moved: [{from: pingone.rules.old, to: pingone.rules.new}]"


def read_moves(
    entry: Entry | None,
    kinds: Kinds[Any],
    written_in_file: Collection[Address],
    sources: Mapping[str, Sources],
    faults: list[Fault],
) -> tuple[Move, ...]:
    """Every move, in the order of the file; what is wrong with one is added to `faults`."""
    if entry is None or is_empty(entry.value):
        return ()
    if not isinstance(entry.value, Sequence):
        faults.append(Fault("moved must be a list", entry.value.place, (_EXAMPLE,)))
        return ()
    found: list[Move] = []
    for node in entry.value.elements:
        ends = _ends(node, sources, faults)
        wrong = list(_problems(ends, node, kinds, written_in_file, found)) if ends else []
        faults += wrong
        if ends and not wrong:
            found.append(Move(*ends, node.place))
    return tuple(found)


def _ends(node: Node, sources: Mapping[str, Sources], faults: list[Fault]) -> tuple[Address, Address] | None:
    """Both addresses of one move, or None and what is wrong."""
    if not isinstance(node, MappingNode):
        faults.append(Fault("Each move is a mapping with from and to", node.place, (_EXAMPLE,)))
        return None
    before = len(faults)
    by_key = {one.key.text: one for one in node.entries}
    faults += [
        unknown_key("Unknown key … in a move", key, one.key.place, _ENDS, "A move has")
        for key, one in by_key.items()
        if key not in _ENDS
    ]
    faults += [Fault(f'A move lacks "{end}"', node.place, (_EXAMPLE,)) for end in _ENDS if end not in by_key]
    if len(faults) > before:
        return None
    ends = [_address(by_key[end], sources, faults) for end in _ENDS]
    return (ends[0], ends[1]) if ends[0] and ends[1] else None


def _address(entry: Entry, sources: Mapping[str, Sources], faults: list[Fault]) -> Address | None:
    text = written(entry.value, sources)
    faults += text.faults
    if text.broken:
        return None
    said = str(text.value or "") if isinstance(entry.value, Scalar) else "a list or a mapping"
    try:
        return parse_address(said)
    except ValueError:
        headline = f'{entry.key.text} of a move must be an address, not "{shown(said)}"'
        faults.append(Fault(headline, entry.value.place, (_EXAMPLE,)))
        return None


def _problems(
    ends: tuple[Address, Address],
    node: Node,
    kinds: Kinds[Any],
    written_in_file: Collection[Address],
    before: list[Move],
) -> Iterator[Fault]:
    source, target = ends
    kind = kinds.get(source.section)
    if kind is None or kind.single or source.section != target.section or not (source.key and target.key):
        advice = ("Only a key can be renamed, within its section.", _EXAMPLE)
        yield Fault(f"{shown(str(source))} cannot move to {shown(str(target))}", node.place, advice)
        return
    if source in written_in_file:
        advice = ("What moved away cannot be there as well.", "Remove the move, or the old key.")
        yield Fault(f"{source} has moved, but it is still in the file", node.place, advice)
    if target not in written_in_file:
        advice = ("Write the resource there under its new key.", _EXAMPLE)
        yield Fault(f"Nothing in the file has the address {target}", node.place, advice)
    if {source, target} & {end for move in before for end in (move.source, move.target)}:
        advice = ("An address moves once.", "Write the first and the last one of a chain.")
        yield Fault(f"{source} to {target}: another move names one of them", node.place, advice)
