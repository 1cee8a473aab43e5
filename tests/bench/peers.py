"""Terraform beside us, with as many resources that have no service behind them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from tests.bench.generator import Group, Json, Shape, blocks
from tests.bench.machine import QUIET, terraform
from tests.bench.measure import Program

STATE: Final = "terraform.tfstate"


@dataclass(frozen=True, slots=True)
class Terraform:
    """A folder with a configuration of `terraform_data` resources. No plug-in is downloaded for those."""

    folder: Path
    path: str

    @classmethod
    def settle(cls, folder: Path, shape: Shape) -> Terraform | None:
        """Write the configuration and initialise it; None where there is no terraform on PATH."""
        path = terraform()
        if path is None:
            return None
        folder.mkdir(parents=True)
        (folder / "main.tf").write_text("".join(blocks(shape)), "utf-8")
        made = cls(folder, path)
        made._run("init", "-no-color")()
        return made

    def validate(self) -> Program:
        """Check the configuration."""
        return self._run("validate", "-no-color", says="Success!")

    def plan(self) -> Program:
        """A plan that must have nothing to do."""
        return self._run("plan", "-no-color", "-input=false", says="No changes.")

    def apply(self) -> Program:
        """Make everything."""
        return self._run("apply", "-no-color", "-input=false", "-auto-approve", says="Apply complete!")

    def forget(self) -> None:
        """As if nothing had been applied."""
        for path in self.folder.glob(f"{STATE}*"):
            path.unlink()

    def remember(self, shape: Shape) -> None:
        """Write the state as if all had been applied, which would take an hour for 10,000 resources.

        The shape of one is taken from a real apply; `plan` then looks whether nothing is to be done.
        """
        main = self.folder / "main.tf"
        written = main.read_text("utf-8")
        main.write_text(Group(1).block(), "utf-8")
        self.forget()
        self.apply()()
        main.write_text(written, "utf-8")
        state: Json = json.loads((self.folder / STATE).read_text("utf-8"))
        state["resources"] = list(_instances(state["resources"][0], shape.members()))
        (self.folder / STATE).write_text(json.dumps(state, indent=2), "utf-8")

    def _run(self, *words: str, says: str = "") -> Program:
        return Program((self.path, *words), self.folder, QUIET, says=says, patience=1200)


def _instances(example: Json, groups: Iterable[Group]) -> Iterable[Json]:
    for group in groups:
        one = copy.deepcopy(example)
        one["name"] = group.key
        attributes = one["instances"][0]["attributes"]
        attributes["id"] = str(UUID(int=group.number))
        for side in ("input", "output"):
            attributes[side]["value"] = group.recorded()
        yield one
