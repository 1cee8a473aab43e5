"""The steps of an apply as a graph, by looking only."""

from __future__ import annotations

import re

from tests.e2e.makers import Stage


def test_the_graph_has_the_steps_of_an_apply_in_their_order(services: Stage) -> None:
    graph = services.run("graph").out
    assert services.wire.writes == []
    drawn = re.findall(r'label="(\w+) (.*)"', graph)
    arrows = re.findall(r"s(\d+) -> s(\d+);", graph)
    assert all(int(before) < int(after) for before, after in arrows)
    done = [(line["verb"], line["address"]) for line in services.run(
        "apply", "--auto-approve", "--json").lines if line["type"] == "done"]  # fmt: skip
    assert sorted(drawn) == sorted(done)
    assert drawn[-1] == ("commit", "pingone.revision")
    assert services.run("graph").out == "digraph pingconf {\n  rankdir=LR;\n  node [shape=box];\n}\n"


def test_the_graph_of_a_destroy_as_mermaid(applied: Stage) -> None:
    graph = applied.run("graph", "--destroy", "--format", "mermaid").out.splitlines()
    assert graph[0] == "flowchart LR"
    assert sum("revoke" in line for line in graph) == 1


def test_another_form_is_refused(services: Stage) -> None:
    assert (
        '--format takes dot or mermaid, not "svg"' in services.run("graph", "--format", "svg", expect=64).err
    )
