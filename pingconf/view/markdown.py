"""A plan and its drift as GitHub's Markdown: for a comment, a job's summary, an issue.

Everything from outside stands in code, in a span or in a block: GitHub looks for mentions, references to
issues and links in what is left when the Markdown is rendered, so only code keeps them from being found
(an entity such as `&#64;` does not). Lines never end within such a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pingconf.model.plan import Plan, RulePeople, number_of_people
from pingconf.view.plan import (
    drift_by_cause,
    last_line,
    last_line_of_drift,
    people_of,
    renamed_keys,
    render_change,
    render_drifted,
)
from pingconf.view.style import Style, count, escape

LIMIT: Final = 65_000
"""Bytes of UTF-8. GitHub refuses a comment of more than 65,536 characters: body is too long (422)."""
LEAST: Final = 1_000
"""Bytes without which not even the summary and the note about what was cut would fit."""
_LONGEST_LINE: Final = 1_000  # characters: one long value must not push all others out
_LONGEST_TITLE: Final = 200
_PLAIN: Final = Style()
_HARMLESS: Final = re.compile(r"[A-Za-z0-9 .,()-]*")
_MARKED: Final = re.compile(r"(?s)( +)([-+~±!]) (.*)")
_SIGNS: Final = {"+": "+", "-": "-", "~": "!", "±": "!", "!": "!"}
"""What GitHub colours in a block of `diff`: green, red, orange."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines below a heading; `fenced` ones are a block of code of their own."""

    heading: str
    lines: tuple[str, ...]
    fenced: bool = False


def render_markdown(
    plan: Plan, *, title: str = "pingconf plan", limit: int = LIMIT, show_users: bool = False
) -> str:
    """The plan under a heading, in at most `limit` bytes of UTF-8 (1,000 at least), with what is most
    important first. Where lines had to be left out, or a long one was cut, it says so and how much.

    `show_users` names who would lose access. Raises ValueError for a limit that is too small.
    """
    changes = (line for one in plan.changes for line in render_change(one, _PLAIN).splitlines())
    blocks = [
        *_caveats(plan),
        *_people(plan, show_users),
        _Block("Renamed keys; nothing changes at the services", (*_bullets(renamed_keys(plan)),)),
        _Block("What will be done", (*map(_as_diff, changes),), fenced=True),
        *_drifted(plan),
    ]
    return _fitted(title, last_line(plan), blocks, limit)


def render_drift_markdown(plan: Plan, *, title: str = "pingconf drift", limit: int = LIMIT) -> str:
    """What was changed by hand, likewise."""
    return _fitted(title, last_line_of_drift(plan), [*_caveats(plan), *_drifted(plan)], limit)


def code(text: str) -> str:
    """Any text as a span of code, in one line: nothing in it is obeyed, however many backticks it holds."""
    shown = escape(text)
    fence = "`" * (_longest_run(shown) + 1)
    blank = " " if shown[:1] in ("`", " ", "") or shown[-1:] in ("`", " ") else ""
    return f"{fence}{blank}{shown}{blank}{fence}"


def _drifted(plan: Plan) -> Iterator[_Block]:
    for heading, rows in drift_by_cause(plan.drift):
        lines = map(_as_diff, render_drifted(rows, _PLAIN).splitlines())
        yield _Block(heading, tuple(lines), fenced=True)


def _caveats(plan: Plan) -> Iterator[_Block]:
    """What a reader must know, before all that is long."""
    unread = tuple(map(str, plan.unverified))
    yield _Block("Unverified, as they could not be read", (*_bullets(unread),))
    yield _Block("Warnings", (*_bullets(plan.warnings),))
    left_out = tuple(map(str, plan.left_out))
    yield _Block("Left out, as they were not asked for; they have changes too", (*_bullets(left_out),))


def _people(plan: Plan, show_users: bool) -> Iterator[_Block]:
    people = plan.people
    lines = [_person_row(one) for one in people.rules]
    head = ["| Rule | People in scope |", "|---|---|"] if lines else []
    yield _Block("People in scope", (*head, *lines))
    if people.removed:
        told = f"{number_of_people(people.removed)} of {people.in_scope} would lose access"
        yield _Block(told, (*(_bullets(people.lost) if show_users else ("- see `plan --show-users`",)),))


def _person_row(people: RulePeople) -> str:
    """A bar would end the cell, also within code, and parsers disagree about one behind a backslash."""
    return f"| {code(str(people.rule).replace('|', '¦'))} | {people_of(people)} |"


def _bullets(texts: Iterable[str]) -> Iterator[str]:
    return (f"- {code(_shortened(escape(one)))}" for one in texts)


def _as_diff(line: str) -> str:
    """The line with its symbol in the first column, where GitHub colours by it."""
    line = _shortened(line)
    found = _MARKED.fullmatch(line)
    if found is None:
        return line
    kept = found[2] if found[2] == "±" else ""
    return f"{_SIGNS[found[2]]}{found[1][1:]}{kept or ' '} {found[3]}"


def _shortened(line: str) -> str:
    more = len(line) - _LONGEST_LINE
    return line if more <= 0 else f"{line[:_LONGEST_LINE]}… ({count(more, 'character')} more)"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _fitted(title: str, summary: str, blocks: Iterable[_Block], limit: int) -> str:
    """As much as there is room for, then how many lines are missing."""
    if limit < LEAST:
        raise ValueError(f"a comment of {limit} bytes holds nothing; at least {LEAST} are needed")
    title = title[:_LONGEST_TITLE]
    written = [f"## {title if _HARMLESS.fullmatch(title) else code(title)}", "", f"**{summary}**"]
    room = limit - _size(written) - 200  # for the note
    missing = 0
    for block in blocks:
        taken, left = _take(block, room) if block.lines and not missing else ((), len(block.lines))
        written += taken
        room -= _size(taken)
        missing += left
    if missing:
        written += [
            "",
            f"**{count(missing, 'line')} more did not fit** into {limit:,} bytes; see the whole of",
        ]
        written[-1] += " it in the output of the command."
    return "\n".join([*written, ""])


def _take(block: _Block, room: int) -> tuple[list[str], int]:
    """The lines of a block that fit, with all around them, and the number of those that do not."""
    fence = "`" * max(3, _longest_run("\n".join(block.lines)) + 1)
    head = ["", f"### {block.heading}", "", *([f"{fence}diff"] if block.fenced else [])]
    foot = [fence] if block.fenced else []
    room -= _size(head) + _size(foot)
    taken: list[str] = []
    for line in block.lines:
        room -= _size([line])
        if room < 0:
            break
        taken.append(line)
    return ([*head, *taken, *foot] if taken else []), len(block.lines) - len(taken)


def _size(lines: Iterable[str]) -> int:
    """Bytes, with the end of each line."""
    return sum(len(line.encode("utf-8", "backslashreplace")) + 1 for line in lines)
