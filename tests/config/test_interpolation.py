"""References take values from outside, put them in once, and never show them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingconf.config.document import Scalar, read_document
from pingconf.config.interpolation import MAX_FILE_BYTES, Sources, interpolate, is_reference
from pingconf.model.errors import Fault, Place

CANARY = "canary-7d1f"


def scalar(text: str) -> Scalar:
    return Scalar(text, True, Place("f.yaml", 3, 10))


def sources(base: Path = Path(), /, variables: dict[str, str] | None = None, **environ: str) -> Sources:
    return Sources(variables or {}, environ, base)


def fault_of(text: str, given: Sources) -> Fault:
    expanded, faults = interpolate(scalar(text), given)
    assert expanded is None
    assert len(faults) == 1
    return faults[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain $ text } {", "plain $ text } {"),
        ("$A $$A $5", "$A $$A $5"),
        ("${A}", "1"),
        ("<${A}${B}>", "<12>"),
        ("${A:-x}", "1"),
        ("${NONE:-x}", "x"),
        ("${NONE:-}", ""),
        ("${EMPTY:-x}", "x"),
        ("${NONE:-a:-b $c {}d", "a:-b $c {d"),
        ("${NONE:-two\nlines}", "two\nlines"),
        ("$${A}", "${A}"),
        ("$$${A}", "$${A}"),
        ("$${", "${"),
        ("${A}$${B}${B}", "1${B}2"),
        ("${_a1}", "under"),
    ],
)
def test_references_are_replaced(text: str, expected: str) -> None:
    assert interpolate(scalar(text), sources(A="1", B="2", EMPTY="", _a1="under")) == (expected, ())


def test_a_var_beats_the_environment() -> None:
    assert interpolate(scalar("${A}"), sources(variables={"A": "var"}, A="environment")) == ("var", ())
    assert fault_of("${A}", sources(variables={"A": ""}, A="x")).headline.startswith("Variable A is not set")


def test_what_comes_in_is_not_searched_again() -> None:
    given = sources(A="${B}", B="$${A}")
    assert interpolate(scalar("${A} ${B}"), given) == ("${B} $${A}", ())


# --- variables without a value ---------------------------------------------------------------------


def test_an_unset_variable_says_what_to_do() -> None:
    assert fault_of("x${TOKEN}", sources()) == Fault(
        "Variable TOKEN is not set", Place("f.yaml", 3, 11), ("Set it: export TOKEN=… or pass --var TOKEN=…",)
    )


def test_an_empty_variable_is_not_set() -> None:
    assert fault_of("${TOKEN}", sources(TOKEN="")).headline == "Variable TOKEN is not set: its value is empty"


def test_a_similar_name_is_offered() -> None:
    fault = fault_of("${INFISICAL_TOKNE}", sources(INFISICAL_TOKEN=CANARY))
    assert fault.details[-1] == "Did you mean INFISICAL_TOKEN?"
    assert CANARY not in str(fault)


def test_every_reference_without_a_value_is_told_at_its_column() -> None:
    document, faults = read_document(
        b'a:\n  b: "\\"${A} $${no} ${B:-x} ${C}"\n  c: |\n    x\n    ${D}\n', "f.yaml"
    )
    assert document is not None
    assert faults == ()
    inner = document.entries[0].value
    places = []
    for entry in inner.entries:  # type: ignore[union-attr]
        assert isinstance(entry.value, Scalar)
        expanded, faults = interpolate(entry.value, sources())
        assert expanded is None
        places += [(fault.headline, str(fault.place)) for fault in faults]
    assert places == [
        ("Variable A is not set", "f.yaml:2:9"),
        ("Variable C is not set", "f.yaml:2:29"),
        ("Variable D is not set", "f.yaml:5:5"),
    ]


def test_where_an_escape_hides_the_column_the_text_is_named() -> None:
    document, _ = read_document(b'a: "\\x24{A} ${B}"', "f.yaml")
    assert document is not None
    text = document.entries[0].value
    assert isinstance(text, Scalar)
    assert [str(f.place) for f in interpolate(text, sources())[1]] == ["f.yaml:1:4", "f.yaml:1:4"]


# --- references that are none ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "headline", "details"),
    [
        ("${", 'A "${" is not closed', 'Close it with "}"'),
        ("x ${A", 'A "${" is not closed', 'Close it with "}"'),
        ("${}", "A ${} names nothing", "Write ${NAME}"),
        ("${ }", "A ${} names nothing", "Write ${NAME}"),
        ("${1A}", '"1A" is not the name of a variable', "Write ${NAME}"),
        ("${a.b}", '"a.b" is not the name of a variable', "Write ${NAME}"),
        ("${a-b}", '"a-b" is not the name of a variable', "Did you mean ${a:-default}?"),
        ("${A:?x}", '"A:?x" is not the name of a variable', "Did you mean ${A}?"),
        ("${A:+x}", '"A:+x" is not the name of a variable', "Did you mean ${A:-default}?"),
        ("${ A }", '" A " is not the name of a variable', "Did you mean ${A}?"),
        ("${env:A}", '"env:A" is not the name of a variable', "Did you mean ${A}?"),
        ("${Ä}", '"Ä" is not the name of a variable', "Write ${NAME}"),
        ("${A\n}", '"A\\u000a" is not the name of a variable', "Did you mean ${A}?"),
        ("${A:-${B}}", "A ${…} stands inside of another one", "A default is plain text."),
        ("${A:-$${B}", "A ${…} stands inside of another one", "A default is plain text."),
        ("${file:}", "A ${file:} names no file", "Write ${file:/path/to/file}."),
        ("${file:/x:-y}", "A ${file:…} cannot have a default", "Write ${file:/path} alone."),
    ],
)
def test_a_wrong_reference_says_what_to_write(text: str, headline: str, details: str) -> None:
    _, faults = interpolate(scalar(text), sources(A="1", B="2"))
    assert faults[0].headline == headline
    assert faults[0].details[0].startswith(details)


@pytest.mark.parametrize("secret", ["c4n4ry~" * 9, "c4n4ry" + "0" * 58, "8c4n4ry" + "-" * 40])
def test_a_secret_between_the_brackets_is_not_repeated(secret: str) -> None:
    assert secret[:12] not in str(fault_of(f"${{{secret}}}", sources()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${A}", True),
        ("${file:/run/secrets/x}", True),
        ("${file:x y}", True),
        ("${A:-x}", False),
        ("${file:/x:-y}", False),
        ("${file:}", False),
        ("x${A}", False),
        ("${A}\n", False),
        ("${A}${B}", False),
        ("$${A}", False),
        ("${}", False),
        ("${a-b}", False),
        ("${file:${A}}", False),
        ("${A", False),
        ("", False),
    ],
)
def test_only_a_whole_reference_is_one(text: str, expected: bool) -> None:
    assert is_reference(text) is expected


# --- files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"x", "x"), (b"x\n", "x"), (b"x\r\n", "x"), (" ä ".encode(), " ä "), (b"${A}\n", "${A}")],
)
def test_a_file_loses_one_line_end(content: bytes, expected: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(content)
    assert interpolate(scalar("${file:secret}"), sources(tmp_path)) == (expected, ())
    assert interpolate(scalar(f"<${{file:{tmp_path}/secret}}>"), sources()) == (f"<{expected}>", ())


@pytest.mark.parametrize(
    ("content", "headline"),
    [
        (b"", "File secret is empty"),
        (b"\n", "File secret is empty"),
        (CANARY.encode() + b"\n\n", "File secret holds a line break"),
        (CANARY.encode() + b"\r", "File secret holds a line break"),
        (b"a\n" + CANARY.encode(), "File secret holds a line break"),
        (CANARY.encode() + b"\x1b", "File secret holds a control or invisible character"),
        (CANARY.encode() + b"\t", "File secret holds a control or invisible character"),
        ("\ufeff".encode() + CANARY.encode(), "File secret holds a control or invisible character"),
        (CANARY.encode() + b"\xff", "File secret is not UTF-8 text"),
        (CANARY.encode("utf-16"), "File secret is not UTF-8 text"),
        (CANARY.encode() * 6000, "File secret is larger than 64 KB"),
    ],
)
def test_a_file_with_a_bad_content_is_refused_unseen(content: bytes, headline: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(content)
    fault = fault_of("${file:secret}", sources(tmp_path))
    assert fault.headline == headline
    assert CANARY not in str(fault)


def test_a_file_may_hold_64_kb(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x" * MAX_FILE_BYTES)
    assert interpolate(scalar("${file:x}"), sources(tmp_path)) == ("x" * MAX_FILE_BYTES, ())


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("1\n")
    (tmp_path / "link").symlink_to("x")
    assert interpolate(scalar("${file:link}"), sources(tmp_path)) == ("1", ())


def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("folder", "pipe", "/dev/null"):
        fault = fault_of(f"${{file:{name}}}", sources(tmp_path))
        assert fault.headline == f"File {name} is not a regular file"


def test_a_missing_file_says_where_one_looked(tmp_path: Path) -> None:
    fault = fault_of("${file:none}", sources(tmp_path))
    assert fault.headline == "File none cannot be read: No such file or directory"
    assert fault.details[0].startswith("Looked at ")
    assert (
        fault_of("${file:a\0b}", sources(tmp_path)).headline
        == "File a\\u0000b cannot be read: this is not a path"
    )
    assert "too long" in fault_of(f"${{file:{'x' * 5000}}}", sources(tmp_path)).headline


def test_files_leave_no_descriptor_open(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("1")
    before = len(os.listdir("/proc/self/fd"))
    for name in ("x", ".", "none", "/dev/null"):
        interpolate(scalar(f"${{file:{name}}}"), sources(tmp_path))
    assert len(os.listdir("/proc/self/fd")) == before


# --- values ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r", "\x1b", "\u202e", "\u200b", "\udcff", "\t"])
def test_a_variable_with_a_stray_character_is_refused_unseen(end: str) -> None:
    fault = fault_of("${A}", sources(A=CANARY + end))
    assert fault.headline.startswith("Variable A holds a ")
    assert CANARY not in str(fault)


def test_a_short_text_does_not_become_a_huge_one() -> None:
    fault = fault_of("${A}" * 200_000, sources(A=CANARY * 100))
    assert fault.headline == "The text becomes too long"


PIECES = st.sampled_from(
    ["$", "{", "}", "${", "$${", "A", "NONE", ":-", ":", "file:", "/", "x", " ", "\n", "${A}", "é"]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_text_ends_in_a_value_or_in_faults_with_places(text: str) -> None:
    expanded, faults = interpolate(scalar(text), sources(A=CANARY))
    assert (expanded is None) == bool(faults)
    assert all(fault.place is not None and fault.place.line == 3 for fault in faults)
    assert CANARY not in str(faults)


@given(st.text(max_size=100))
def test_a_text_with_escaped_brackets_comes_back(text: str) -> None:
    # A dollar in front of the escape would make another one, as `$$${` is `$` and `$${`.
    assert interpolate(scalar(text.replace("${", "$${")), sources()) == (text, ())


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=100))
def test_a_value_arrives_as_it_is(value: str) -> None:
    assert interpolate(scalar("a ${A} ${A}"), sources(A=value)) == (f"a {value} {value}", ())
