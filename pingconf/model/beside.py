"""The resources that were read before another one, found by address or by what they are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pingconf.model.address import Address
from pingconf.model.values import Attributes


class Beside(Mapping[Address, Attributes]):
    """Attributes by address, in the order in which they were added.

    To look up a name takes the same time however many there are: each resource of a large file costs no more
    than one of a small file.
    """

    def __init__(self, known: Mapping[Address, Attributes] | None = None) -> None:
        self._attributes: dict[Address, Attributes] = {}
        self._of_section: dict[str, list[Address]] = {}
        self._called: dict[tuple[str, ...], dict[str, list[Address]]] = {}
        self._indexed: dict[tuple[str, ...], int] = {}
        for address, attributes in (known or {}).items():
            self.add(address, attributes)

    @classmethod
    def of(cls, known: Mapping[Address, Attributes]) -> Beside:
        """The same resources; as they are, if names can be looked up in them already."""
        return known if isinstance(known, Beside) else cls(known)

    def add(self, address: Address, attributes: Attributes) -> None:
        """One more; an address comes once."""
        self._attributes[address] = attributes
        self._of_section.setdefault(address.section, []).append(address)

    def called(self, name: str, section: str, *paths: str) -> Sequence[Address]:
        """Those of a section that have this name, whatever its capitals, in one of these attributes."""
        key = (section, *paths)
        index, addresses = self._called.setdefault(key, {}), self._of_section.get(section, [])
        for address in addresses[self._indexed.get(key, 0) :]:
            attributes = self._attributes[address]
            for one in {str(attributes[path]).casefold() for path in paths if path in attributes}:
                index.setdefault(one, []).append(address)
        self._indexed[key] = len(addresses)
        return index.get(name.casefold(), [])

    def __getitem__(self, address: Address) -> Attributes:
        return self._attributes[address]

    def __iter__(self) -> Iterator[Address]:
        return iter(self._attributes)

    def __len__(self) -> int:
        return len(self._attributes)
