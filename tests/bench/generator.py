"""Configurations of any size, and as many blocks for Terraform."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

Json = dict[str, Any]

HEAD: Final = """\
version: 1

infisical:
  url: ${INFISICAL_DOMAIN}
  organization_id: ${INFISICAL_ORGANIZATION_ID}
"""
TOKEN: Final = """\
  scim:
    enabled: true
  scim_tokens:
    pingone:
      description: PingOne
"""
PINGONE: Final = """\

pingone:
  api_url: ${PINGONE_API_URL}
  auth_url: ${PINGONE_AUTH_URL}
  environment_id: ${PINGONE_TARGET_ENVIRONMENT_ID}
"""
CONNECTION: Final = """\
  connections:
    infisical:
      name: Infisical
      auth:
        token: pingone
"""
RULE: Final = """\
    employees_{number}:
      connection: infisical
      user_filter: enabled eq true
"""
OTHERS: Final = "version: 1\n\npingone:\n"
GROUPS: Final = "  groups:\n"
GROUP: Final = """\
    # Made by the benchmark.
    {key}:
      name: {name}
      description: >-
        {description}
      population: Default
      membership_filter: {filter}
      manage: true
      lifecycle:
        prevent_destroy: false

"""
"""One group: 13 lines with the three of the description, some 300 bytes."""


OFFLINE: Final = {
    "INFISICAL_DOMAIN": "https://app.infisical.com",
    "INFISICAL_ORGANIZATION_ID": "5a4db0c5-0000-4000-8000-000000000002",
    "PINGONE_API_URL": "https://api.pingone.eu/v1",
    "PINGONE_AUTH_URL": "https://auth.pingone.eu",
    "PINGONE_TARGET_ENVIRONMENT_ID": "5a4db0c5-e000-4000-8000-000000000001",
}
"""What the configurations ask of the environment, for commands that speak to nobody."""


@dataclass(frozen=True, slots=True)
class Group:
    """One group of the benchmark, by its number."""

    number: int
    changed: bool = False
    """Whether its description is another one than usual."""

    @property
    def key(self) -> str:
        return f"group_{self.number:05}"

    @property
    def name(self) -> str:
        return f"Group {self.number:05}"

    @property
    def lines(self) -> tuple[str, ...]:
        who = "whom nobody has named" if self.changed else "chosen by the filter"
        return (f"The people of section {self.number:05}:", who, "below, as many as there are.")

    @property
    def description(self) -> str:
        return " ".join(self.lines)

    @property
    def filter(self) -> str:
        return f'title eq "Section {self.number:05}" and enabled eq true'

    def written(self) -> str:
        """Its lines in the file."""
        folded = "\n        ".join(self.lines)
        return GROUP.format(key=self.key, name=self.name, description=folded, filter=self.filter)

    def body(self) -> Json:
        """What PingOne keeps of it, but for its id, population and times."""
        return {"name": self.name, "description": self.description, "userFilter": self.filter}

    def recorded(self) -> Json:
        """What the state keeps of it."""
        return {
            "name": self.name,
            "description": self.description,
            "population": "Default",
            "membership_filter": self.filter,
        }

    def block(self) -> str:
        """The like of it for Terraform: a resource that has no service behind it."""
        inside = "\n".join(f"    {name} = {json.dumps(value)}" for name, value in self.recorded().items())
        return f'resource "terraform_data" "{self.key}" {{\n  input = {{\n{inside}\n  }}\n}}\n\n'


@dataclass(frozen=True, slots=True)
class Shape:
    """What a configuration holds: so many groups, so many rules, and a connection where there is a rule."""

    groups: int
    rules: int = 1
    changed: int = 0
    """How many of the groups are described in another way than usual."""

    def members(self) -> tuple[Group, ...]:
        """The groups, in the order of the file."""
        return tuple(Group(number, number <= self.changed) for number in range(1, self.groups + 1))


def write(folder: Path, shape: Shape, per_file: int = 0) -> None:
    """Write the configuration in place of the one before: a file, or more where there are many groups.

    A file has a limit of its own; a configuration may be a folder of files, with `per_file` groups in each.
    """
    for old in folder.glob("*.yaml"):
        old.unlink()
    groups = shape.members()
    size = per_file or len(groups) or 1
    (folder / "pingconf.yaml").write_text(_first(shape) + _section(groups[:size]), "utf-8")
    for start in range(size, len(groups), size):
        part = OTHERS + _section(groups[start : start + size])
        (folder / f"pingconf_{start:06}.yaml").write_text(part, "utf-8")


def _first(shape: Shape) -> str:
    rules = "".join(RULE.format(number=number + 1) for number in range(shape.rules))
    return f"{HEAD}{TOKEN}{PINGONE}{CONNECTION}  rules:\n{rules}" if rules else HEAD + PINGONE


def _section(groups: Sequence[Group]) -> str:
    return GROUPS + "".join(group.written() for group in groups) if groups else ""


def blocks(shape: Shape) -> Iterator[str]:
    """As many resources for Terraform."""
    return (group.block() for group in shape.members())
