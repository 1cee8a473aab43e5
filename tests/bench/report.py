"""What the benchmark tells: each figure beside its goal, and the circumstances it was taken in."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from tests.bench.measure import Taken

Verdict = Literal["ok", "over", "failed", "no goal"]
WIDTHS: Final = 2
"""Blanks between two columns."""


@dataclass(frozen=True, slots=True)
class Result:
    """One figure. `goal` is the largest that is well, or the smallest where `at_least`; None for no goal.

    `measured` is None where it could not be taken; `told` then says why, and otherwise what the figure is
    made of.
    """

    name: str
    what: str
    goal: float | None
    measured: float | None
    unit: str = "x"
    told: str = ""
    at_least: bool = False

    @property
    def verdict(self) -> Verdict:
        """Whether it is well. A count is exact, and a ratio is as it was measured: nothing is let through."""
        if self.measured is None:
            return "failed"
        if self.goal is None:
            return "no goal"
        return "ok" if _holds(self.measured, self.goal, self.at_least) else "over"

    @property
    def row(self) -> tuple[str, ...]:
        """The cells of its line."""
        sign = ">=" if self.at_least else "<="
        goal = "" if self.goal is None else f"{sign} {number(self.goal)} {self.unit}"
        measured = "" if self.measured is None else f"{number(self.measured)} {self.unit}"
        return self.name, self.what, goal, measured, self.verdict, self.told


def _holds(measured: float, goal: float, at_least: bool) -> bool:
    return measured >= goal if at_least else measured <= goal


def number(value: float) -> str:
    """Three digits that matter, and all of a whole number."""
    if float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def seconds(value: float) -> str:
    """A time as a person says it."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.3g} s"


def ratio(
    name: str, what: str, goal: float | None, mine: float, theirs: float, at_least: bool = False
) -> Result:
    """One time over another, both in seconds."""
    return Result(
        name, what, goal, mine / theirs, told=f"{seconds(mine)} / {seconds(theirs)}", at_least=at_least
    )


def beside(name: str, what: str, goal: float | None, mine: Taken, theirs: Taken) -> Result:
    """The wall of one process over that of another. The ratio of processor time is told, too: it says more
    where others use the machine."""
    figure = ratio(name, what, goal, mine.wall, theirs.wall)
    return dataclasses.replace(figure, told=f"{figure.told}; cpu {number(mine.cpu / theirs.cpu)} x")


HEADINGS: Final = ("name", "what", "goal", "measured", "", "")


def table(results: Iterable[Result]) -> str:
    """All figures, aligned, a line each."""
    rows = [HEADINGS, *(result.row for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    right = {2, 3}
    lines = [
        (" " * WIDTHS)
        .join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        .rstrip()
        for row in rows
    ]
    return "\n".join(lines)


def summary(results: Sequence[Result]) -> str:
    """The last line: how many figures are well."""
    verdicts: tuple[Verdict, ...] = ("ok", "over", "failed", "no goal")
    counts = {word: sum(one.verdict == word for one in results) for word in verdicts}
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "nothing was measured"


def circumstances(about: Mapping[str, Any]) -> str:
    """What the figures were taken with, a line each."""
    width = max(len(name) for name in about)
    return "\n".join(f"{name.ljust(width)}  {_shown(value)}" for name, value in about.items())


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_shown(inner)}" for name, inner in value.items())
    return str(value)


def document(results: Sequence[Result], about: Mapping[str, Any]) -> str:
    """All of it as JSON."""
    rows = [{**dataclasses.asdict(result), "verdict": result.verdict} for result in results]
    return json.dumps({"format_version": "1.0", "about": about, "results": rows}, indent=2) + "\n"
