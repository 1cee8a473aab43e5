"""The steps of a plan as a graph: DOT for Graphviz, Mermaid for Markdown.

An arrow points from a step to one that waits for it. Steps have numbers for names, as theirs may hold
anything; what they do stands in their labels.
"""

from __future__ import annotations

from collections.abc import Iterator

from pingconf.model.plan import Plan
from pingconf.view.style import escape


def render_dot(plan: Plan) -> str:
    """A directed graph in Graphviz's language, from left to right; empty where there is nothing to do."""
    nodes = (f'  {name} [label="{_dotted(label)}"];' for name, label in _labels(plan))
    arrows = (f"  {before} -> {after};" for before, after in _arrows(plan))
    return "\n".join(["digraph pingconf {", "  rankdir=LR;", "  node [shape=box];", *nodes, *arrows, "}"])


def render_mermaid(plan: Plan) -> str:
    """A flowchart in Mermaid's language, as GitHub and GitLab show it."""
    nodes = (f'  {name}["{_quoted(label)}"]' for name, label in _labels(plan))
    arrows = (f"  {before} --> {after}" for before, after in _arrows(plan))
    return "\n".join(["flowchart LR", *nodes, *arrows])


def _labels(plan: Plan) -> Iterator[tuple[str, str]]:
    for number, step in enumerate(plan.steps):
        yield f"s{number}", escape(f"{step.verb.value} {step.address}")


def _dotted(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"')


def _quoted(label: str) -> str:
    return label.replace('"', "#quot;")


def _arrows(plan: Plan) -> Iterator[tuple[str, str]]:
    """An arrow that a longer way says already is left out: steps come after all they need."""
    name_by_key = {step.key: f"s{number}" for number, step in enumerate(plan.steps)}
    before: dict[str, frozenset[str]] = {}
    for step in plan.steps:
        needs = [need for need in step.needs if need in name_by_key]
        indirect = frozenset().union(*(before[need] for need in needs))
        before[step.key] = indirect | frozenset(needs)
        yield from ((name_by_key[need], name_by_key[step.key]) for need in needs if need not in indirect)
