"""What an apply does, a line per event, and its last sentence."""

from __future__ import annotations

from pingconf.model.event import Begun, Done, Event, Failed, Skipped, Summary
from pingconf.view.style import Style, escape


def render_event(event: Event, style: Style) -> str:
    """One line: a mark, the verb, the address, and how long it took or why it failed."""
    match event:
        case Begun():
            return style.dim(f"… {_step(event)}")
        case Done():
            return f"{style.green('✓')} {_step(event)}  {_seconds(event.seconds)}"
        case Failed():
            error = style.red(escape(event.error.headline))
            return f"{style.red('✗')} {_step(event)}  {_seconds(event.seconds)}  {error}"
        case Skipped():
            return style.yellow(f"- {_step(event)}  skipped")


def render_summary(summary: Summary, style: Style, *, command: str = "apply") -> str:
    """The last line of an apply, destroy or rotate: what was done, and what to do if it stopped."""
    done = f"{summary.added} added, {summary.changed} changed, {summary.destroyed} destroyed"
    if not summary.stopped:
        return style.green(f"{command.capitalize()} complete! {done}.")
    undone = f"{summary.failed} failed, {summary.skipped} skipped"
    advice = f"What was done is recorded; run {command} again to go on."
    return style.red(f"{command.capitalize()} stopped: {done}; {undone}.") + f" {advice}"


def _step(event: Event) -> str:
    return f"{event.verb.value:<11} {escape(str(event.address))}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f}s"
