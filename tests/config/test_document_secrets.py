"""Characters and secrets that no file may hold: refused with a place, never repeated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingconf.config import leaks
from pingconf.config.document import read_document
from pingconf.config.leaks import looks_like_secret
from pingconf.config.prescan import shown
from tests.config.documents import (
    JWT,
    headlines,
    read,
    told,
)


@pytest.mark.parametrize(
    "code",
    [
        *(
            0,
            1,
            7,
            0x0B,
            0x0C,
            0x1B,
            0x1F,
            0x7F,
            0x80,
            0x85,
            0x9F,
            0xAD,
            0x61C,
            0x200B,
            0x200C,
            0x200D,
            0x200E,
        ),
        *(0x202A, 0x202E, 0x2028, 0x2029, 0x2060, 0x2066, 0x2069, 0xFEFF, 0xFFFE, 0xFFFF, 0xE0041),
    ],
)
def test_a_refused_character_is_named_with_its_place(code: int) -> None:
    mapping, faults = read(f"a: b\nc: d{chr(code)}e\n")
    assert mapping is None
    assert [(str(fault.place), f"U+{code:04X}" in fault.headline) for fault in faults] == [
        ("f.yaml:2:5", True)
    ]


@pytest.mark.parametrize(
    "escape", ["\\0", "\\a", "\\e", "\\r", "\\x7f", "\\N", "\\L", "\\P", "\\u202e", "\\ufeff"]
)
def test_an_escape_does_not_bring_in_what_is_refused(escape: str, either_parser: str) -> None:
    mapping, faults = read(f'a: "{escape}"')
    assert mapping is None
    assert [str(fault.place) for fault in faults] == ["f.yaml:1:4"]


def test_a_file_of_another_format_has_few_faults() -> None:
    assert len(read_document(bytes(range(128)) * 1000, "f.yaml")[1]) == 20


def test_messages_hold_nothing_a_terminal_obeys() -> None:
    assert shown("a\x1b]0;\u202e" + "x" * 100) == "a\\u001b]0;\\u202e" + "x" * 51 + "…"
    assert all("\x1b" not in line for line in headlines('"\\e": 1\n"\\e": 2'))


# --- secrets ---------------------------------------------------------------------------------------

ASCII = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
SECRETS = {
    JWT: "a JSON web token",
    f"Bearer {JWT}": "a JSON web token",
    f"${{TOKEN:-{JWT}}}": "a JSON web token",
    JWT.replace(".", ".\n "): "a JSON web token",
    "-----BEGIN " + "PRIVATE KEY-----": "a private key",
    "-----BEGIN " + "OPENSSH PRIVATE KEY-----": "a private key",
    "-----BEGIN PGP " + "PRIVATE KEY BLOCK-----": "a private key",
    "gh" + "p_" + "a1B2" * 9: "a GitHub token",
    "gl" + "pat-" + "a1B2" * 5: "a GitLab token",
    "xo" + "xb-" + "123456789012": "a Slack token",
    "AK" + "IA" + "ABCDEFGHIJKLMNOP": "an AWS access key",
    "AI" + "za" + "a" * 35: "a Google API key",
    "sk_" + "live_" + "a1B2" * 4: "a Stripe key",
    "hv" + "s." + "a1B2" * 6: "a Vault token",
    "st" + ".0123456789abcdef01234567.0123456789abcdef": "an Infisical service token",
    "https://me:canary@state.example": "a password in a URL",
    "https://${USER}:canary@state.example": "a password in a URL",
}


@pytest.mark.parametrize(("text", "kind"), SECRETS.items(), ids=range(len(SECRETS)))
def test_a_secret_is_recognised(text: str, kind: str) -> None:
    assert looks_like_secret(text) == kind
    assert looks_like_secret(f"{text} y") == kind
    assert looks_like_secret(f"x,{text}") == kind


@pytest.mark.parametrize(("kind", "markers", "pattern"), leaks._TOKENS, ids=range(len(leaks._TOKENS)))
@given(data=st.data())
def test_the_shortest_token_is_found_in_a_file(
    kind: str, markers: tuple[str, ...], pattern: str, data: st.DataObject
) -> None:
    """The file is searched for markers in its long words first; no token may be too short for that."""
    token = data.draw(st.from_regex(pattern.replace("\\b", ""), fullmatch=True, alphabet=ASCII))
    assert any(marker in token for marker in markers)
    for text in (f"a: b # x {token} y", f"a: 'x {token}'", f"a: x {token} y\nb: c", f"a:\n- x\n  {token}"):
        _, faults = read(text)
        assert f"A secret stands in the file: {kind}" in [fault.headline for fault in faults]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "${TOKEN}",
        "https://${USER}:${PASSWORD}@state.example",
        "https://state.example:8443/a@b",
        "https://app.infisical.com/api/v1/scim",
        "eyJ",
        "eyJ….….…",
        "-----BEGIN CERTIFICATE-----",
        "123e4567-e89b-12d3-a456-426614174000",
        'email.value Eq "%s"',
        "task-force_live_tests",
        "est.0123456789",
    ],
)
def test_an_ordinary_text_is_no_secret(text: str) -> None:
    assert looks_like_secret(text) is None


@pytest.mark.parametrize(
    "form",
    [
        "a: {}",
        "a: '{}'",
        "{}: a",
        "a: b # {}",
        "a: |\n  x\n  {}\n",
        "a: {}\nb: '",
        "{0}: 1\n{0}: 2",
        "a: *{}",
    ],
)
def test_a_secret_is_refused_wherever_it_stands_and_never_repeated(form: str, either_parser: str) -> None:
    mapping, faults = read(form.format(JWT))
    assert mapping is None
    assert "A secret stands in the file: a JSON web token" in [fault.headline for fault in faults]
    assert "Y2FuYXJ5" not in told(faults)
    assert "eyJ" not in told(faults)


@pytest.mark.parametrize("text", ['a: "\\x65' + JWT[1:] + '"', "a: >-\n  " + JWT.replace(".", ".\n  ")])
def test_a_secret_in_disguise_is_refused(text: str, either_parser: str) -> None:
    mapping, faults = read(text)
    assert mapping is None
    assert [fault.headline for fault in faults] == ["A secret stands in the file: a JSON web token"]


@pytest.mark.parametrize(
    "text", ["a: &Canary1", "a: *Canary1", "a: !Canary1", "a: @Canary1", "a: \"Canary1' x", "a: %Canary1"]
)
def test_a_password_that_is_no_yaml_is_not_repeated(text: str) -> None:
    assert "anary" not in told(read(text)[1])
    assert read(text)[1]


def test_many_beginnings_of_tokens_end_in_time() -> None:
    for piece in ("eyJ", "-eyJ", "eyJaaaaaaaa.", "://a:", "gh", "-----BEGIN A ", "://${a", "AKIA", "st.0"):
        text = piece * (900_000 // len(piece))
        assert read(f"a: '{text}'")[1] is not None
