"""Steps as a graph: every one is there, and no arrow that a longer way says already."""

from __future__ import annotations

from typing import Final

from pingconf.model.address import Address
from pingconf.model.plan import Plan, Step, Verb
from pingconf.view.graph import render_dot, render_mermaid

RULE: Final = Address("pingone.rules", "staff")
PLAN: Final = Plan(
    "l",
    1,
    steps=(
        Step("make", Verb.CREATE, RULE),
        Step("mend", Verb.UPDATE, RULE, needs=("make",)),
        Step("publish", Verb.COMMIT, Address("pingone.revision"), needs=("make", "mend", "left out")),
    ),
)


def test_a_graph_for_graphviz() -> None:
    assert render_dot(PLAN).splitlines() == [
        "digraph pingconf {",
        "  rankdir=LR;",
        "  node [shape=box];",
        '  s0 [label="create pingone.rules.staff"];',
        '  s1 [label="update pingone.rules.staff"];',
        '  s2 [label="commit pingone.revision"];',
        "  s0 -> s1;",
        "  s1 -> s2;",
        "}",
    ]


def test_a_graph_for_markdown() -> None:
    assert render_mermaid(PLAN).splitlines() == [
        "flowchart LR",
        '  s0["create pingone.rules.staff"]',
        '  s1["update pingone.rules.staff"]',
        '  s2["commit pingone.revision"]',
        "  s0 --> s1",
        "  s1 --> s2",
    ]


def test_nothing_to_do_is_a_graph_too() -> None:
    assert render_dot(Plan("l", 1)).splitlines()[-1] == "}"
    assert render_mermaid(Plan("l", 1)) == "flowchart LR"


def test_no_name_ends_its_label() -> None:
    hostile = Plan("l", 1, steps=(Step("k", Verb.CREATE, Address("pingone.rules", 'a"];\nx[b')),))
    assert render_dot(hostile).splitlines()[3] == '  s0 [label="create pingone.rules.a\\"];\\\\nx[b"];'
    assert render_mermaid(hostile).splitlines()[1] == '  s0["create pingone.rules.a#quot;];\\nx[b"]'
