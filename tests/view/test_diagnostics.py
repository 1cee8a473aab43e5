"""Faults as people read them, and the one way of text from outside into a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingconf.model.errors import ConfigurationError, Fault, LockedError, PingconfError, Place
from pingconf.view.diagnostics import render_error, render_warning
from pingconf.view.style import Style, escape, quote

PLAIN = Style()
TYPO = Fault(
    'Unknown attribute "user_filtr" in pingone.rules.employees',
    Place("pingconf.yaml", 41, 7),
    ("A rule has: name, connection, user_filter.", 'Did you mean "user_filter"?'),
)

# Every control character of C0 and C1, and DEL
CONTROLS = [chr(code) for code in [*range(0x20), *range(0x7F, 0xA0)]]
# What hides or reorders text, breaks lines, or is no text at all
INVISIBLE = [
    "\u200b",
    "\u200e",
    "\u200f",
    "\u061c",
    "\u2028",
    "\u2029",
    "\ufeff",
    "\U000e0041",
    "\ud800",
    "\u00ad",
]
BIDI = [chr(code) for code in [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]]


def test_one_fault() -> None:
    assert render_error(ConfigurationError([TYPO]), PLAIN) == (
        'Error: Unknown attribute "user_filtr" in pingone.rules.employees\n'
        "  at pingconf.yaml:41:7\n"
        "  A rule has: name, connection, user_filter.\n"
        '  Did you mean "user_filter"?'
    )


def test_several_faults() -> None:
    second = Fault("Wrong type", Place("a.yaml", 1, 2))
    assert render_error(ConfigurationError([TYPO, second, Fault("Third")]), PLAIN) == (
        'Error: Unknown attribute "user_filtr" in pingone.rules.employees\n'
        "  at pingconf.yaml:41:7\n"
        "  A rule has: name, connection, user_filter.\n"
        '  Did you mean "user_filter"?\n'
        "\n"
        "Error: Wrong type\n"
        "  at a.yaml:1:2\n"
        "\n"
        "Error: Third\n"
        "\n"
        "3 errors."
    )


def test_an_error_without_a_place() -> None:
    assert (
        render_error(LockedError("State x is locked", "Wait."), PLAIN) == "Error: State x is locked\n  Wait."
    )


def test_a_warning() -> None:
    assert render_warning("The token never expires.\r", PLAIN) == "Warning: The token never expires.\\r"


def test_colour_is_only_on_the_first_words() -> None:
    coloured = Style(colour=True)
    assert (
        render_error(PingconfError("No", "Why"), coloured) == "\x1b[31mError:\x1b[0m \x1b[1mNo\x1b[0m\n  Why"
    )
    assert render_warning("x", coloured) == "\x1b[33mWarning:\x1b[0m x"


@pytest.mark.parametrize("character", [*CONTROLS, *INVISIBLE, *BIDI], ids=lambda one: f"{ord(one):04x}")
def test_what_a_terminal_would_obey_becomes_visible(character: str) -> None:
    escaped = escape(f"a{character}b")
    assert escaped.isprintable()
    assert character not in escaped
    assert escaped[1] == "\\"
    for text in (
        render_error(ConfigurationError([Fault(character, Place(character, 1, 1), (character,))]), PLAIN),
        render_warning(character, PLAIN),
        quote(character),
    ):
        assert all(line.isprintable() for line in text.split("\n"))
    assert len(render_error(PingconfError(f"a{character}b", f"c{character}d"), PLAIN).splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("plain text, Zoë, 日本, 🙂", "plain text, Zoë, 日本, 🙂"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\x1b]52;c;aGk=\x07", "\\x1b]52;c;aGk=\\x07"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x9b1m", "\\x9b1m"),
        ("\u202eexe", "\\u202eexe"),
        ("\U000e0041", "\\U000e0041"),
        ("::set-output name=x::y", "\\x3a:set-output name=x::y"),
        ("  ::add-mask::", "  \\x3a:add-mask::"),
        ("a ##vso[task.setvariable]", "a \\x23#vso[task.setvariable]"),
        ("##[group]x", "\\x23#[group]x"),
        ("a::b and # c ## d", "a::b and # c ## d"),
    ],
)
def test_escapes(text: str, escaped: str) -> None:
    assert escape(text) == escaped


@given(st.text(st.characters()))
def test_no_text_escapes_the_escape(text: str) -> None:
    escaped = escape(text)
    assert not any(unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") for one in escaped)
    assert escape(escaped) == escaped
    assert not escaped.lstrip().startswith("::")
