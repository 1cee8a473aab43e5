"""One command as a step of a GitHub workflow: its outputs, its annotations, its part of the summary."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pingconf.model.address import Address
from pingconf.model.errors import Fault, PingconfError, Place

if TYPE_CHECKING:
    from pingconf.model.plan import Plan
    from pingconf.operations.apply import Outcome
    from pingconf.view.sarif import Locate

LARGEST_SUMMARY: Final = 1_000_000
"""Bytes; GitHub shows nothing at all of a step's summary of more than 1 MiB."""


class Workflow:
    """Tells GitHub Actions what came of a command; anywhere else it does nothing.

    `say` prints one line. No secret of the file or the environment is masked here, as that would mean to
    print it: pingconf prints none.
    """

    def __init__(self, environ: Mapping[str, str], say: Callable[[str], None]) -> None:
        self._environ = environ
        self._say = say
        self._active = environ.get("GITHUB_ACTIONS") == "true"
        self._outputs: dict[str, str] = {}
        self.lost: OSError | None = None
        """Why something could not be handed on to the job."""

    def planned(
        self, plan: Plan, title: str, locate: Locate = lambda address, path: None, out: Path | None = None
    ) -> None:
        """A plan was made, and saved where `out` says. `locate` says where an attribute stands in a file."""
        if not self._active:
            return
        from pingconf.view.github import plan_outputs
        from pingconf.view.markdown import render_markdown

        self._outputs |= plan_outputs(plan)
        if out is not None:
            self._outputs["plan-file"] = str(out)
        self._annotate(plan, locate)
        self._summarise(lambda limit: render_markdown(plan, title=title, limit=limit))

    def looked_for_drift(self, plan: Plan, locate: Locate) -> None:
        """Both services were compared with what the last apply left."""
        if not self._active:
            return
        from pingconf.view.github import drift_outputs
        from pingconf.view.markdown import render_drift_markdown

        self._outputs |= drift_outputs(plan)
        self._annotate(plan, locate)
        self._summarise(lambda limit: render_drift_markdown(plan, limit=limit))

    def applied(self, outcome: Outcome, command: str) -> None:
        """An apply, a destroy or a rotation came to its end, or stopped part-way."""
        if not self._active or outcome.summary is None:
            return
        from pingconf.view.events import render_summary
        from pingconf.view.github import apply_outputs
        from pingconf.view.style import Style

        self._outputs |= apply_outputs(outcome.summary)
        said = render_summary(outcome.summary, Style(), command=command)
        self._summarise(lambda limit: f"\n**{said}**\n")

    def warned(self, warnings: Sequence[str]) -> None:
        """The file is valid, but deserves a look."""
        if not self._active:
            return
        from pingconf.view.github import MOST, annotation

        for warning in warnings[:MOST]:
            self._say(annotation("warning", (warning,)))

    def failed(self, error: PingconfError) -> None:
        """The command ended in an error."""
        if not self._active:
            return
        from pingconf.view.github import fault_annotations

        for line in fault_annotations([self._placed(fault) for fault in error.faults]):
            self._say(line)

    def ended(self, code: int) -> None:
        """The command is over: hand the outputs on to the steps that follow."""
        path = self._environ.get("GITHUB_OUTPUT")
        if not self._active or not path:
            return
        import secrets  # costs milliseconds that others need not pay

        from pingconf.view.github import output_lines

        delimiter = f"pingconf_{secrets.token_hex(16)}"
        self._append(path, output_lines({"exitcode": str(code), **self._outputs}, delimiter))

    def _annotate(self, plan: Plan, locate: Locate) -> None:
        from pingconf.view.github import plan_annotations

        def locate_in_repository(address: Address, path: str) -> Place | None:
            found = locate(address, path)
            return None if found is None else self._in_repository(found)

        for line in plan_annotations(plan, locate_in_repository):
            self._say(line)

    def _summarise(self, render: Callable[[int], str]) -> None:
        """What is rendered goes below what is there already, and so much of it as there is room for."""
        path = self._environ.get("GITHUB_STEP_SUMMARY")
        if not path:
            return
        from pingconf.view.markdown import LEAST

        file = Path(path)
        room = LARGEST_SUMMARY - (file.stat().st_size if file.exists() else 0)
        if room >= LEAST:
            self._append(path, render(room))

    def _append(self, path: str, text: str) -> None:
        try:
            with open(path, "a", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
                file.write(text)
        except OSError as error:
            self.lost = error

    def _placed(self, fault: Fault) -> Fault:
        from dataclasses import replace

        return fault if fault.place is None else replace(fault, place=self._in_repository(fault.place))

    def _in_repository(self, place: Place) -> Place:
        """The same place as GitHub names it: from the root of the repository, wherever the command ran."""
        from dataclasses import replace

        root = self._environ.get("GITHUB_WORKSPACE")
        file = os.path.realpath(place.file)
        if root and Path(file).is_relative_to(os.path.realpath(root)):
            file = Path(file).relative_to(os.path.realpath(root)).as_posix()
            return replace(place, file=file)
        return place
