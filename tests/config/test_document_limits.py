"""Size, depth, and inputs that are meant to break a parser: none of them does."""

from __future__ import annotations

import subprocess
import sys

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pingconf.config import document
from pingconf.config.document import MAX_NODES
from pingconf.config.prescan import MAX_BYTES, refused_character
from tests.config.documents import (
    ROOT,
    VALID,
    assert_well_behaved,
    headlines,
    plain_data,
    read,
    read_well,
    value,
)


def test_size_is_limited() -> None:
    comment = "a: b\n#" + "x" * (MAX_BYTES - 6)
    read_well(comment)
    assert headlines(comment + "x") == ["The file is too large: 10,000,001 bytes"]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_depth_is_limited(opening: str, either_parser: str) -> None:
    closing = {"[": "]", "{a: ": "}"}.get(opening, "")
    read_well("a: \n " + opening * 49 + "x" + closing * 49) if opening != "? " else None
    assert headlines("a: \n " + opening * 50 + "x" + closing * 50)[-1] == "The file is nested too deeply"


def test_depth_by_indentation_is_limited(either_parser: str) -> None:
    lines = [" " * depth + "a:" for depth in range(51)]
    read_well("\n".join(lines[:50]))
    assert headlines("\n".join(lines)) == ["The file is nested too deeply"]


def test_brackets_that_nest_nothing_do_not_count() -> None:
    read_well("a: '" + "[" * 1000 + "'\n# " + "{" * 1000 + "\nb: |\n  " + "[" * 1000)


@pytest.mark.parametrize(("opening", "one", "closing"), [("a: [", "b,", "]"), ("a: {", "{n}: b,", "}")])
def test_the_number_of_values_is_limited(
    opening: str, one: str, closing: str, either_parser: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "MAX_NODES", 101)
    each = 2 if "n" in one else 1
    fitting = [one.format(n=number) for number in range(98 // each)]
    read_well(opening + "".join(fitting) + closing)
    _, faults = read(opening + "".join([*fitting, one.format(n="x")]) + closing)
    assert [fault.headline for fault in faults] == ["The file holds too many values"]
    assert faults[0].details[0].startswith("At most 101 keys and values are allowed.")


def test_half_a_million_values_are_the_limit() -> None:
    assert MAX_NODES == 500_000
    read_well("a: [" + "b," * (MAX_NODES - 3) + "]")
    assert headlines("a: [" + "b," * (MAX_NODES - 2) + "]") == ["The file holds too many values"]


DEADLY = {
    "brackets": "b'[' * 100_000",
    "braces": "b'{a: ' * 100_000",
    "mixed": "b'[{' * 50_000",
    "compact lists": "b'- ' * 100_000",
    "complex keys": "b'? ' * 100_000",
    "block indentation": "b'\\n'.join(b' ' * depth + b'a:' for depth in range(1_400))",
    "block indentation past the size": "b'\\n'.join(b' ' * (n % 3_000) + b'a:' for n in range(100_000))",
    "block of 100,000 levels": "b'a:\\n' + b'- ' * 100_000 + b'x'",
    "anchors": "b'&a ' * 100_000",
    "tags": "b'!a ' * 100_000",
    "tag directives": "b''.join(b'%%TAG !a%d! x\\n' % n for n in range(50_000)) + b'--- a'",
}


@pytest.mark.parametrize("name", DEADLY)
def test_depth_does_not_kill_the_process(name: str) -> None:
    program = (
        "from pingconf.config.document import read_document\n"
        f"mapping, faults = read_document({DEADLY[name]}, 'f.yaml')\n"
        "assert mapping is None and faults and all(fault.place for fault in faults)\n"
        "print(faults[-1].headline)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("\n") == 1


# --- inputs that make YAML libraries raise something else than their own errors --------------------

ESCAPING = [
    "2026-13-45",
    "2026-02-30t25:61:61",
    "9" * 5000,
    '!!int ""',
    "!!int x",
    "!!int 0x_",
    "!!float x",
    "!!timestamp x",
    "!!bool x",
    "!!null x",
    "!!binary \u00e4",
    "!!omap x",
    "!!set [a]",
    "!!python/object/apply:os.system [x]",
    "!!python/name:os.system",
    "0x_",
    "0b_",
    "-0x_",
    "1:60:99",
    "_",
    "+",
    '"\\U00110000"',
    '"\\UFFFFFFFF"',
    '"\\ud800"',
    '"\\x"',
    '"\\u12"',
    '"\\',
    "[" * 500,
    "{" * 500,
    "- " * 500,
    "? " * 500,
    "&a [*a]",
    "*unknown",
    "<<: 1",
    "{<<: [1, 2]}",
    "? {a: b} : c",
    "[[a]]: b",
    "%TAG ! x\n--- !y",
    "%YAML 99999999999999999999.1\n--- a",
    "|9999999999999999999999",
    "!<tag:yaml.org,2002:int>",
    "!%zz x",
    "!!%ff%ff x",
    "---\n...\n---",
    "\ufffe",
    "\u2028",
    "=",
    "&" + "a" * 100_000,
    "a" * 100_000 + ": b",
]


@pytest.mark.parametrize("text", ESCAPING, ids=range(len(ESCAPING)))
@pytest.mark.parametrize("form", ["{}", "a: {}", "a:\n  - {}\n", "? {}"])
def test_inputs_that_escape_yaml_errors_do_not_escape_here(text: str, form: str, either_parser: str) -> None:
    assert_well_behaved(form.format(text).encode())


@given(st.binary(max_size=300))
def test_random_bytes_never_raise(data: bytes) -> None:
    assert_well_behaved(data)


@given(st.text(max_size=300))
def test_random_text_never_raises(text: str) -> None:
    assert_well_behaved(text.encode("utf-8", "surrogatepass"))


PIECES = st.sampled_from(
    [
        *"[]{},:-?&*!|>%@`#'\"\\ \t\n~",
        "a",
        "b: ",
        "\n  ",
        "\n- ",
        "<<",
        "---\n",
        "...\n",
        "\r\n",
        '"\\x',
        "${",
        "é",
        "!!int ",
    ]
)


@given(st.lists(PIECES, max_size=60).map("".join))
def test_random_yaml_never_raises(text: str) -> None:
    assert_well_behaved(text.encode())


@given(st.lists(PIECES, max_size=60).map("".join))
def test_what_is_accepted_means_what_pyyaml_says(text: str) -> None:
    mapping, faults = read(text)
    if faults:
        return
    assert mapping is not None
    assert plain_data(mapping) == getattr(yaml, "CBaseLoader", yaml.BaseLoader)(text).get_single_data()


@given(st.integers(0, len(VALID)), st.integers(0, 8), st.one_of(PIECES, st.text(max_size=3)))
def test_a_mutated_file_never_raises(position: int, length: int, inserted: str) -> None:
    mutated = VALID[:position] + inserted + VALID[position + length :]
    assert_well_behaved(mutated.encode("utf-8", "surrogatepass"))


@given(st.integers(0, len(VALID.encode())), st.integers(0, 8), st.binary(max_size=4))
def test_a_file_mutated_in_its_bytes_never_raises(position: int, length: int, inserted: bytes) -> None:
    data = VALID.encode()
    assert_well_behaved(data[:position] + inserted + data[position + length :])


class Exploding:
    """A parser that fails at its third event with an exception that is none of YAML's."""

    def __init__(self, stream: object) -> None:
        self._events = iter([yaml.StreamStartEvent(*self.marks), yaml.DocumentStartEvent(*self.marks)])

    marks = (yaml.Mark("f.yaml", 0, 0, 0, None, 0), yaml.Mark("f.yaml", 2, 0, 2, None, 0))

    def get_event(self) -> object:
        return next(self._events, None) or [][1]


def test_odd_exceptions_of_the_parser_become_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "_LOADER", Exploding)
    _, faults = read("a: b")
    assert [(fault.headline, str(fault.place)) for fault in faults] == [("This is not YAML", "f.yaml:1:3")]


def test_a_fault_of_our_own_is_not_taken_for_one_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise IndexError("list index out of range")

    monkeypatch.setattr(document._Reader, "_mapping", broken)
    with pytest.raises(IndexError):
        read("a: b")


# --- characters ------------------------------------------------------------------------------------


def test_every_character_is_accepted_as_text_or_refused_with_a_place() -> None:
    for start in range(0, 0x110000, 0x400):
        good = "".join(c for c in map(chr, range(start, start + 0x400)) if refused_character(c) is None)
        good = good.replace("\n", "").replace("'", "")
        assert value(f"a: '.{good}.'").text == f".{good}."
