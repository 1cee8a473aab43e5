"""Makers for the tests of the document: how faults read, and what a document holds."""

from __future__ import annotations

from pathlib import Path

from pingconf.config.document import Mapping, Node, Scalar, read_document
from pingconf.model.errors import Fault

MISTAKES = Path(__file__).parent / "mistakes"
ROOT = Path(__file__).parents[2]
JWT = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcnkifQ.Y2FuYXJ5Y2FuYXJ5"

VALID = """\
# a comment with "quotes", [brackets and {braces
version: 1
infisical:
  organization_id: ${ORGANIZATION}
  scim: {enabled: true}
pingone:
  connections:
    infisical:
      user_filter_expression: email.value Eq "%s"
      scim_version: "2.0"
  groups:
    engineering:
      description: |
        Everyone who ships:
        \twith a tab
  rules:
    employees:
      groups: [engineering, 'all staff']
      user_filter: "title co \\"Ingénieur 😀\\""
moved:
- from: pingone.rules.old
  to: pingone.rules.new
"""


def told(faults: tuple[Fault, ...]) -> str:
    lines = []
    for fault in faults:
        lines += [f"Error: {fault.headline}", f"  at {fault.place}", *(f"  {line}" for line in fault.details)]
    return "".join(f"{line}\n" for line in lines)


def plain_data(node: Node) -> object:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Mapping):
        return {entry.key.text: plain_data(entry.value) for entry in node.entries}
    return [plain_data(element) for element in node.elements]


def read(text: str) -> tuple[Mapping | None, tuple[Fault, ...]]:
    return read_document(text.encode(), "f.yaml")


def read_well(text: str) -> Mapping:
    mapping, faults = read(text)
    assert faults == ()
    assert mapping is not None
    return mapping


def value(text: str) -> Scalar:
    node = read_well(text).entries[0].value
    assert isinstance(node, Scalar)
    return node


def headlines(text: str) -> list[str]:
    return [fault.headline for fault in read(text)[1]]


def assert_well_behaved(data: bytes) -> None:
    mapping, faults = read_document(data, "f.yaml")
    assert mapping is not None or faults
    for fault in faults:
        assert fault.place is not None
        assert fault.place.line >= 1
        assert fault.place.column >= 1
        assert fault.headline[0].isupper()
        assert "\n" not in fault.headline
        assert "while parsing" not in told((fault,))
