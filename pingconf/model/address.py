"""The name of a resource: its path in the file."""

from __future__ import annotations

from typing import NamedTuple


class Address(NamedTuple):
    """Where a resource is written: `pingone.rules` and `employees`, or `infisical.scim` alone.

    A section of which there is only one resource has no key.
    """

    section: str
    key: str = ""

    def __str__(self) -> str:
        return f"{self.section}.{self.key}" if self.key else self.section

    @property
    def label(self) -> str:
        """The short name to show where the section is clear: the key, or the last word."""
        return self.key or self.section.rpartition(".")[2]


def parse_address(text: str) -> Address:
    """Read an address as it is printed; raises ValueError for anything with another number of parts."""
    parts = text.split(".")
    if not all(parts) or len(parts) not in (2, 3):
        raise ValueError(f'"{text}" is no address; one looks like pingone.rules.employees')
    return Address(".".join(parts[:2]), parts[2] if len(parts) == 3 else "")
