"""Where an attribute stands in the user's files: an address is the path of a resource there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pingconf.config.document import Entry, Mapping
from pingconf.config.files import find_files, read_files
from pingconf.model.address import Address
from pingconf.model.errors import Place


@dataclass(frozen=True, slots=True)
class Places:
    """The files of one configuration, read once more for what stands where in them."""

    roots: tuple[Mapping, ...]
    start: Place | None = None
    """Where the first file begins: the place of what nobody wrote."""

    def find(self, address: Address, path: str) -> Place | None:
        """The place of an attribute's key, by its dotted path; where it is not written, that of the nearest
        key around it: its mapping, its resource, its section."""
        found = [self._deepest(root, address, path) for root in self.roots]
        return max(found, key=lambda one: one[0])[1] if found else self.start

    def _deepest(self, root: Mapping, address: Address, path: str) -> tuple[int, Place | None]:
        way = list(_walk(root, address, path))
        return len(way), way[-1].key.place if way else self.start


def read_places(paths: Sequence[Path]) -> Places:
    """Read files and folders that were found to be a configuration; what cannot be read has no places."""
    found, _ = find_files(paths)
    files, _ = read_files(found)
    start = Place(str(found[0]), 1, 1) if found else None
    return Places(tuple(one.root for one in files if one.root is not None), start)


def _walk(root: Mapping, address: Address, path: str) -> Iterator[Entry]:
    """The entries on the way to an attribute, as far as it is written."""
    node: object = root
    for name in (*address.section.split("."), *([address.key] if address.key else [])):
        entry = _entry(node, name)
        if entry is None:
            return
        yield entry
        node = entry.value
    while path and (found := _next(node, path)):
        yield found[0]
        node, path = found[0].value, found[1]


def _next(node: object, path: str) -> tuple[Entry, str] | None:
    """The entry that a dotted path goes through next, and what is left of the path; a name may hold dots."""
    names = path.split(".")
    for number in range(len(names), 0, -1):
        if entry := _entry(node, ".".join(names[:number])):
            return entry, ".".join(names[number:])
    return None


def _entry(node: object, name: str) -> Entry | None:
    entries = node.entries if isinstance(node, Mapping) else ()
    return next((one for one in entries if one.key.text == name), None)
