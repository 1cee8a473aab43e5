"""The canary scan finds what it must, in every spelling, and never says the secret itself."""

from __future__ import annotations

import base64
import html
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from tests.apart import session_apart
from tests.canary import CANARIES, Canaries, report

# Not registered in this session: this file writes it down on purpose.
SECRET = "a-scratch/secret+with \"quotes\" & 'é'\\=?"


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A directory outside of what this session's own scan looks through."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def registry() -> Canaries:
    registry = Canaries()
    registry.add(SECRET)
    return registry


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "JSON": json.dumps,
    "JSON, not only ASCII": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON, slashes escaped": lambda text: json.dumps(text).replace("/", "\\/"),
    "repr": repr,
    "URL": lambda text: quote(text, safe=""),
    "URL path": quote,
    "form": quote_plus,
    "XML": html.escape,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "basic auth": lambda text: base64.b64encode(f"ab:{text}".encode()).decode(),
    "basic auth, one further": lambda text: base64.b64encode(f"abc:{text} and more".encode()).decode(),
    "basic auth, two further": lambda text: base64.b64encode(f"abcd:{text}".encode()).decode(),
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_a_planted_canary_is_found_in_every_spelling(
    registry: Canaries, scratch: Path, spell: Callable[[str], str]
) -> None:
    (scratch / "deep").mkdir()
    leak = scratch / "deep" / "state.json"
    leak.write_text(f"before {spell(SECRET)} after", encoding="utf-8")
    (scratch / "clean.json").write_text("{}")

    found = registry.scan(scratch)

    assert {finding.where for finding in found} == {str(leak)}
    assert SECRET not in report(found)
    assert spell(SECRET) not in report(found)


def test_lower_case_url_escapes_are_found(registry: Canaries, scratch: Path) -> None:
    (scratch / "log").write_text(quote("a-scratch/secret+with ", safe="").replace("%2F", "%2f"))
    assert registry.scan(scratch) == []
    other = Canaries()
    other.add("a-scratch/secret+with")
    (scratch / "log").write_text("a-scratch%2fsecret%2bwith")
    assert other.scan(scratch)


def test_a_canary_in_an_output_is_found(registry: Canaries, scratch: Path) -> None:
    registry.watch_output(f"token {SECRET} made", "apply")
    assert [finding.where for finding in registry.scan(scratch)] == ["apply"]


def test_a_canary_in_a_file_name_is_found_and_not_repeated(scratch: Path) -> None:
    registry = Canaries()
    registry.add("secret-in-a-file-name")
    (scratch / "secret-in-a-file-name.json").write_text("secret-in-a-file-name")
    found = registry.scan(scratch)
    assert len(found) == 2
    assert "secret-in-a-file-name" not in report(found)


def test_a_canary_in_binary_data_is_found(registry: Canaries, scratch: Path) -> None:
    (scratch / "blob").write_bytes(b"\x00\xff\xfe" + SECRET.encode() + b"\x80")
    assert registry.scan(scratch)


def test_clean_files_pipes_and_dangling_links_are_no_finding(registry: Canaries, scratch: Path) -> None:
    (scratch / "clean").write_text("nothing here")
    (scratch / "link").symlink_to(scratch / "nowhere")
    os.mkfifo(scratch / "pipe")
    assert registry.scan(scratch) == []


def test_a_file_that_the_test_wrote_as_an_input_is_allowed(registry: Canaries, scratch: Path) -> None:
    registry.allow(scratch / "run-secret").write_text(SECRET)
    assert registry.scan(scratch) == []
    (scratch / "state.json").write_text(SECRET)
    assert [finding.where for finding in registry.scan(scratch)] == [str(scratch / "state.json")]


def test_a_canary_too_short_to_mean_anything_is_refused(registry: Canaries) -> None:
    with pytest.raises(ValueError, match="by chance"):
        registry.add("short")


def test_every_session_starts_with_the_default_canaries(canaries: Canaries) -> None:
    assert set(CANARIES) <= set(canaries.numbers)


LEAKS = {
    "a file": "(tmp_path / 'state.json').write_text(SCIM_TOKEN)",
    "a print": "print(SCIM_TOKEN)",
    "a log": "import logging; logging.getLogger('x').warning(SCIM_TOKEN)",
    "a watched output": "watch_output(SCIM_TOKEN)",
    "a secret registered later": "(tmp_path / 'x').write_text('made-by-test'); canaries.add('made-by-test')",
}


@pytest.mark.parametrize(
    ("act", "leaks"), [*((act, True) for act in LEAKS.values()), ("pass", False)], ids=[*LEAKS, "nothing"]
)
def test_a_leak_fails_the_session(act: str, leaks: bool) -> None:
    run = session_apart(
        f"from tests.canary import SCIM_TOKEN, watch_output\ndef test_it(tmp_path, canaries):\n    {act}\n",
    )
    assert run.returncode == int(leaks), run.stdout + run.stderr
    assert ("Secrets were written down" in run.stdout) == leaks
    said = run.stdout.partition("- Captured ")[0]  # behind it pytest shows the leaking test's own output
    assert CANARIES[0] not in said + run.stderr
