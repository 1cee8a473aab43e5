"""What GitHub Actions reads: annotations on lines of files, and the outputs of a step.

Source: GitHub's documents, "Workflow commands for GitHub Actions"; the escapes are those of its own toolkit,
`packages/core/src/command.ts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Literal

from pingconf.model.address import Address
from pingconf.model.errors import Fault, Place
from pingconf.model.event import Summary
from pingconf.model.plan import EXPIRES, UNPUBLISHED, Action, Plan
from pingconf.view.plan import tally
from pingconf.view.style import escape

Level = Literal["error", "warning"]
MOST: Final = 10
"""Annotations of one level that GitHub shows of one step; more of them only fill the log."""


def annotation(level: Level, lines: Sequence[str], place: Place | None = None) -> str:
    """The workflow command that puts a message beside a line of a file, or on the page of the run.

    It is one line, whatever the message holds; the place's file is taken as it is.
    """
    properties = {"title": "pingconf"}
    if place is not None:
        properties = {"file": place.file, "line": str(place.line), "col": str(place.column), **properties}
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {written}::{'%0A'.join(_data(escape(line)) for line in lines)}"


def fault_annotations(faults: Sequence[Fault]) -> Iterator[str]:
    """An error for each fault, as many as GitHub shows."""
    for fault in faults[:MOST]:
        yield annotation("error", (fault.headline, *fault.details), fault.place)


def plan_annotations(plan: Plan, locate: Callable[[Address, str], Place | None]) -> Iterator[str]:
    """A warning for each resource with drift, and for each warning of the plan; no values.

    It stands where the first of its attributes does.
    """
    paths: dict[Address, list[str]] = {}
    for drift in plan.drift:
        paths.setdefault(drift.address, []).append(drift.path)
    found = [annotation("warning", (_said(one, paths[one]),), locate(one, paths[one][0])) for one in paths]
    yield from [*found, *(annotation("warning", (warning,)) for warning in plan.warnings)][:MOST]


def _said(address: Address, paths: Sequence[str]) -> str:
    by_hand = [path for path in paths if path not in (EXPIRES, UNPUBLISHED)]
    said = [f"{address} was changed by hand: {', '.join(by_hand)}"] if by_hand else []
    said += [f"{address} must be renewed"] if EXPIRES in paths else []
    said += ["PingOne holds changes that are not published"] if UNPUBLISHED in paths else []
    return "; ".join(said)


def plan_outputs(plan: Plan) -> dict[str, str]:
    """What a later step may ask about a plan; a replaced resource is one added and one deleted."""
    number = tally(plan)
    replaced = number[Action.REPLACE]
    return {
        "changes": _truth(not plan.idle),
        "adds": str(number[Action.CREATE] + replaced),
        "updates": str(number[Action.UPDATE]),
        "deletes": str(number[Action.DELETE] + replaced),
        **drift_outputs(plan),
    }


def drift_outputs(plan: Plan) -> dict[str, str]:
    """What a later step may ask about drift: the number of resources that have any."""
    return {"drifted": str(len({drift.address for drift in plan.drift}))}


def apply_outputs(summary: Summary) -> dict[str, str]:
    """What a later step may ask about an apply: what was done, not what was planned."""
    done = {"adds": summary.added, "updates": summary.changed, "deletes": summary.destroyed}
    return {"changes": _truth(any(done.values())), **{name: str(number) for name, number in done.items()}}


def output_lines(outputs: Mapping[str, str], delimiter: str) -> str:
    """The outputs as the file GITHUB_OUTPUT takes them.

    The delimiter must be one that nobody can foresee: a value that held it could go on to set other outputs.
    """
    return "".join(f"{name}<<{delimiter}\n{value}\n{delimiter}\n" for name, value in outputs.items())


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
