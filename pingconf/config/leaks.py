"""Secrets that stand in a file: they are found by what they look like, and never repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pingconf.config.source import Source
from pingconf.model.errors import Fault, Place

# Which secret it is, what it cannot do without, what it looks like. Looking for the markers first is much
# faster, and spares nearly every run the compiling of the patterns.
_TOKENS = tuple(
    (kind, tuple(markers.split()), pattern)
    for kind, markers, pattern in (
        # It may follow ":-" as a default; any other start in the middle of a word would cost quadratic time.
        ("a JSON web token", "eyJ", r"(?:(?<![\w-])|(?<=:-))eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
        ("a private key", "-----BEGIN", r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----"),
        ("a GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_", r"\bgh[pousr]_[A-Za-z0-9]{30}"),
        ("a GitHub token", "github_pat_", r"\bgithub_pat_[A-Za-z0-9]{20}"),
        ("a GitLab token", "gl", r"\bgl(?:pat|dt|rt|cbt|ptt|ft|soat)-[\w-]{20}"),
        ("a Slack token", "xox xapp-", r"\bxox[abeoprs]-[A-Za-z0-9-]{10}|\bxapp-\d-[A-Z0-9]{8}"),
        ("an AWS access key", "AKIA ASIA", r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
        ("a Google API key", "AIza", r"\bAIza[\w-]{35}"),
        ("a Stripe key", "k_live_ k_test_", r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16}"),
        ("a Vault token", "hvs. hvb. hvr.", r"\bhv[sbr]\.[\w-]{20}"),
        ("an npm token", "npm_", r"\bnpm_[A-Za-z0-9]{36}"),
        ("a PyPI token", "pypi-AgEI", r"\bpypi-AgEI[\w-]{20}"),
        ("a DigitalOcean token", "_v1_", r"\bdo[opr]_v1_[0-9a-f]{64}"),
        ("an Atlassian token", "ATATT3", r"\bATATT3[\w-]{20}"),
        ("a SendGrid key", "SG.", r"\bSG\.[\w-]{16,32}\.[\w-]{16}"),
        ("an OpenAI or Anthropic key", "sk-", r"\bsk-(?:proj|ant|svcacct)-[\w-]{20}"),
        ("an Infisical service token", "st.", r"\bst\.[0-9a-f-]{24,36}\.[0-9a-f]{16}"),
    )
)
# `https://user:password@host`; a password that is itself a `${…}` is what we ask for.
_CREDENTIALS_IN_URL = r"://(?:\$\{[^}\s/]*\}|[^\s/?#:@$])*:(?!\$\{)[^\s/?#@]+@"

# Blanks for all that cannot be part of a token, "x" for the rest. No token is shorter than the run, but for
# those with these markers.
_SHAPE = bytes(
    0x78 if code > 0x7F or chr(code).isalnum() or chr(code) in "_.-" else 0x20 for code in range(256)
)
_RUN = b"x" * 20
_KEY = "-----BEGIN"
_IN_SHORT_WORDS = (_KEY, "xox", "xapp-")


def looks_like_secret(text: str) -> str | None:
    """What kind of secret the text seems to hold, such as `a JSON web token`; else None."""
    for kind, _ in _tokens(text, text):
        return kind
    # A token that was wrapped over several lines comes back with blanks in it.
    joined = "".join(text.split()) if "eyJ" in text else ""
    for kind, _ in _tokens(joined, joined):
        return kind
    return "a password in a URL" if "://" in text and re.search(_CREDENTIALS_IN_URL, text) else None


def secret_fault(kind: str, place: Place) -> Fault:
    """The fault for a secret that stands in the file; it never shows the secret."""
    return Fault(
        f"A secret stands in the file: {kind}",
        place,
        (
            "Write ${NAME} to take it from an environment variable, or ${file:/path} to read it from a file.",
            "If others could read this file, revoke the secret where it was made.",
        ),
    )


def written_secrets(source: Source) -> tuple[Fault, ...]:
    """A fault for each secret in the raw text: in values, keys, defaults and comments alike."""
    clues = [*_long_words(source.text), *(marker for marker in _IN_SHORT_WORDS if marker in source.text)]
    found = _tokens(source.text, "\n".join(clues))
    return tuple(secret_fault(kind, source.place(offset)) for kind, offset in found)


def may_hide_secrets(text: str) -> bool:
    """Whether texts of this file could hold a secret that the scan of the file as it stands does not show:
    one that goes over several lines, or a password in a URL."""
    with_password = "@" in text and "://" in text and re.search(_CREDENTIALS_IN_URL, text) is not None
    return with_password or _KEY in text or ("J" in text and "eyJ" in text)


def _long_words(text: str) -> Iterator[str]:
    """What is long enough for a token: little of most files."""
    data = text.encode()
    shape = data.translate(_SHAPE)
    end = 0
    while (start := shape.find(_RUN, end)) >= 0:
        end = shape.find(b" ", start)
        end = len(data) if end < 0 else end
        yield data[start:end].decode()


def _tokens(text: str, clues: str) -> Iterator[tuple[str, int]]:
    """Every token of a text, looked for if the clues, the text or the long words of it, hold its marker."""
    for kind, markers, pattern in _TOKENS:
        if any(marker in clues for marker in markers):
            yield from ((kind, match.start()) for match in re.finditer(pattern, text))
