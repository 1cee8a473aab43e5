"""Faults and warnings as text."""

from __future__ import annotations

from pingconf.model.errors import Fault, PingconfError
from pingconf.view.style import Style, count, escape


def render_error(error: PingconfError, style: Style) -> str:
    """All faults of an error, each with its place and what to do about it, and their number if several."""
    faults = error.faults
    blocks = [_fault(fault, style) for fault in faults]
    if len(faults) > 1:
        blocks.append(f"{count(len(faults), 'error')}.")
    return "\n\n".join(blocks)


def render_warning(text: str, style: Style) -> str:
    """One warning, in one line."""
    return f"{style.yellow('Warning:')} {escape(text)}"


def _fault(fault: Fault, style: Style) -> str:
    lines = [f"{style.red('Error:')} {style.bold(escape(fault.headline))}"]
    if fault.place:
        lines.append(f"  at {escape(str(fault.place))}")
    lines += [f"  {escape(detail)}" for detail in fault.details]
    return "\n".join(lines)
