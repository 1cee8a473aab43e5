"""Every file ends in nodes or in faults with places; mistakes are told in plain words."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pingconf.config import document
from pingconf.config.document import Mapping, Node, Scalar, read_document
from pingconf.model.errors import Place
from tests.config.documents import (
    JWT,
    MISTAKES,
    VALID,
    headlines,
    plain_data,
    read,
    read_well,
    told,
    value,
)


@pytest.mark.parametrize("path", sorted(MISTAKES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_mistake_has_its_exact_diagnostic(path: Path) -> None:
    _, faults = read_document(path.read_bytes(), path.name)
    assert told(faults) == path.with_suffix(".txt").read_text("utf-8")


def test_every_diagnostic_has_its_mistake() -> None:
    assert {p.stem for p in MISTAKES.glob("*.txt")} == {p.stem for p in MISTAKES.glob("*.yaml")}
    assert len(list(MISTAKES.glob("*.yaml"))) > 50


@pytest.mark.parametrize("path", sorted(MISTAKES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_mistake_is_found_without_libyaml_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    libyaml = [f.headline for f in read_document(path.read_bytes(), path.name)[1]]
    monkeypatch.setattr(document, "_LOADER", yaml.SafeLoader)
    _, faults = read_document(path.read_bytes(), path.name)
    if (
        path.stem == "lone_surrogate_escaped"
    ):  # PyYAML's own parser lets it through; the value is refused then
        assert [f.headline for f in faults] == ["Lone surrogate U+D800 in a text"]
    else:
        assert [f.headline for f in faults] == libyaml


# --- what a good file becomes ----------------------------------------------------------------------


def test_a_valid_file_becomes_nodes(either_parser: str) -> None:
    assert plain_data(read_well(VALID)) == {
        "version": "1",
        "infisical": {"organization_id": "${ORGANIZATION}", "scim": {"enabled": "true"}},
        "pingone": {
            "connections": {
                "infisical": {"user_filter_expression": 'email.value Eq "%s"', "scim_version": "2.0"}
            },
            "groups": {"engineering": {"description": "Everyone who ships:\n\twith a tab\n"}},
            "rules": {
                "employees": {
                    "groups": ["engineering", "all staff"],
                    "user_filter": 'title co "Ingénieur 😀"',
                }
            },
        },
        "moved": [{"from": "pingone.rules.old", "to": "pingone.rules.new"}],
    }


@pytest.mark.parametrize(
    "text",
    [
        *(
            "no",
            "on",
            "off",
            "yes",
            "true",
            "NULL",
            "~",
            "22:22",
            "0644",
            "0o644",
            "0x_",
            "0b_",
            "1_000",
            "1e3",
        ),
        *("1.e+3", ".nan", ".inf", "2026-13-45", "2026-01-01", "2001-12-14t21:59:43.10-05:00", "=", "-0"),
        "9" * 5000,
        "${A}",
    ],
)
def test_texts_stay_texts(text: str, either_parser: str) -> None:
    assert value(f"a: {text}\n") == Scalar(text, True, Place("f.yaml", 1, 4))


@pytest.mark.parametrize(
    ("text", "expected", "plain"),
    [
        ("a: true", "true", True),
        ('a: "true"', "true", False),
        ("a: 'it''s'", "it's", False),
        ("a: |\n  x\n  y\n", "x\ny\n", False),
        ("a: >-\n  x\n  y\n", "x y", False),
        ("a: x\n  y", "x y", True),
        ("a:", "", True),
        ("a: ''", "", False),
        ("a: # x", "", True),
    ],
)
def test_quotes_are_told_apart(text: str, expected: str, plain: bool, either_parser: str) -> None:
    scalar = value(text)
    assert (scalar.text, scalar.plain) == (expected, plain)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: x", 1, 4),
        ("\ufeffa: x", 1, 4),
        ("# ä😀\r\n\r\na:\r\n   x\r\n", 4, 4),
        ('"ä😀": x', 1, 7),
        ("a: 'x'", 1, 4),
        ("{a: x}", 1, 5),
    ],
)
def test_places_count_characters_from_one(text: str, line: int, column: int, either_parser: str) -> None:
    assert value(text).place == Place("f.yaml", line, column)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("a: x${A}${B}", [(1, 5), (1, 9)]),
        ("a: 'it''s ${A}'", [(1, 11)]),
        ('a: "\\"😀 ${A}"', [(1, 9)]),
        ("a: |\n  ${A}\n  b ${B}\n", [(2, 3), (3, 5)]),
        ("a: x\n   ${A}", [(2, 4)]),
        ('a: "\\x24{A} ${B}"', []),
    ],
)
def test_references_know_where_they_stand(
    text: str, places: list[tuple[int, int]], either_parser: str
) -> None:
    assert [(place.line, place.column) for place in value(text).references] == places


def scalars(node: Node) -> list[Scalar]:
    if isinstance(node, Scalar):
        return [node]
    if isinstance(node, Mapping):
        return [one for entry in node.entries for one in (entry.key, *scalars(entry.value))]
    return [one for element in node.elements for one in scalars(element)]


@pytest.mark.parametrize(
    "remark", ["# R&D", "# Hello!", "# https://me:canary@state.example", "# eyJ", "# <<: 1"]
)
def test_the_quick_way_and_the_careful_way_read_alike(remark: str, either_parser: str) -> None:
    """Each remark makes the reader look at every text."""
    quotes = 'quotes: {a: "b", c: \'d\', e: f, g: ~, h: "~", i: ""}\n'
    text = VALID + quotes + 'list: [a, "b", \'c\', "${E}", null, ""]\nmore:\n- ${D}\n- x ${F}\n'
    quick, careful = read_well(text), read_well(text + remark)
    assert scalars(quick) == scalars(careful)
    assert [one.references for one in scalars(quick)] == [one.references for one in scalars(careful)]
    flags = quick.get("quotes")
    assert flags is not None
    assert isinstance(flags.value, Mapping)
    for key, plain in {"a": False, "c": False, "e": True, "g": True, "h": False, "i": False}.items():
        entry = flags.value.get(key)
        assert entry is not None
        assert isinstance(entry.value, Scalar)
        assert entry.value.plain is plain
    assert flags.value.get("z") is None


def test_mappings_and_sequences_have_places() -> None:
    mapping = read_well("# x\na:\n  - b\n")
    assert (mapping.place.line, mapping.place.column) == (2, 1)
    assert mapping.entries[0].value.place == Place("f.yaml", 3, 3)


# --- what comes back with faults -------------------------------------------------------------------


def test_of_a_duplicate_key_the_first_one_stays() -> None:
    mapping, faults = read("a: 1\n'a': 2\na: 3\n")
    assert mapping is not None
    assert plain_data(mapping) == {"a": "1"}
    assert [(str(f.place), f.details[0]) for f in faults] == [
        ("f.yaml:2:1", "It was written before at f.yaml:1:1."),
        ("f.yaml:3:1", "It was written before at f.yaml:1:1."),
    ]


@pytest.mark.parametrize(
    "text", ["a: *x", "*x : a", "a: [*x]", "<<: {}", "[a]: b", "a: b: c", "a: '", 'a: "\\e"', f"a: {JWT}", ""]
)
def test_a_file_with_a_hole_is_no_document(text: str, either_parser: str) -> None:
    assert read(text)[0] is None
    assert read(text)[1]


def test_faults_come_in_the_order_of_the_file() -> None:
    _, faults = read(f"a: !x 1\nb: &y 2\n# {JWT}\na: 3\nc: *y\n")
    assert [fault.place.line for fault in faults if fault.place] == [1, 2, 3, 4, 5]


def test_a_quoted_merge_sign_is_a_key() -> None:
    assert plain_data(read_well("'<<': x")) == {"<<": "x"}


def test_an_alias_bomb_is_refused_unexpanded() -> None:
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12)]
    mapping, faults = read("l0: &l0 x\n" + "\n".join(levels))
    assert mapping is None
    assert len(faults) == 12 + 11 * 9


# --- tabs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["a: |\n  x\n  \ty\n", 'a: "x\n  \ty"', "a: |\n  x\n\n  \t\n", "a:\tb", "a: b\tc", "a: b\t# c"]
)
def test_tabs_that_indent_nothing_are_text(text: str) -> None:
    read_well(text)


@pytest.mark.parametrize(
    "text", ["a: [\n\tb]", "a:\n\t- b", "a: |\n  x\n\tb: 1", "\ta: b", "a: 1\n\t\nb: 2", "\t# x\na: b"]
)
def test_tabs_in_the_indentation_are_named(text: str, either_parser: str) -> None:
    assert headlines(text) == ["Tab in the indentation"]


def test_more_tabs_are_counted() -> None:
    _, faults = read("a: [\n" + "\tb,\n" * 6 + "]")
    assert faults[-1].details[0] == "Also at 3:1, 4:1, 5:1 and 2 more."


# --- limits ----------------------------------------------------------------------------------------
