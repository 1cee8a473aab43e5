"""The canary scan: secrets the tests use on purpose, and the search for them in all the suite ever wrote.

A canary is a made-up secret. The session ends with a scan of every file the tests left behind and of every
output they made; a canary found there means that pingconf wrote a secret down. What is found is named by its
file and the canary's number, never by its text.
"""

from __future__ import annotations

import base64
import html
import json
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote, quote_plus

SCIM_TOKEN: Final = "canary-scim-token/7Qd+2xVb9=="
PINGONE_CLIENT_SECRET: Final = "canary-pingone-client-secret~'4hT&z\"9"
PINGONE_ACCESS_TOKEN: Final = "canary-pingone-access-token.8Kw3_~+/="
INFISICAL_TOKEN: Final = (  # a JWT for the organisation org-1 that expires in 2100
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJhdXRoVG9rZW5UeXBlIjoiYWNjZXNzVG9rZW4iLCJvcmdhbml6YXRpb25JZCI6Im9yZy0xIiwiZXhwIjo0MTAyNDQ0ODAwfQ"
    ".canary-infisical-user-jwt_q5Rn1s"
)
INFISICAL_CLIENT_SECRET: Final = "canary-infisical-client-secret-M2p%6c"
INFISICAL_PASSWORD: Final = "canary infisical pässword 3y?J#\\"
ANY_SANDBOX_TOKEN: Final = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."  # the first part of each that it signs

CANARIES: Final = (
    ANY_SANDBOX_TOKEN,
    SCIM_TOKEN,
    PINGONE_CLIENT_SECRET,
    PINGONE_ACCESS_TOKEN,
    INFISICAL_TOKEN,
    INFISICAL_TOKEN.rpartition(".")[2],
    INFISICAL_CLIENT_SECRET,
    INFISICAL_PASSWORD,
)
"""Registered in every session. Give these to the code under test wherever it takes a secret."""

SHORTEST: Final = 12
"""Shorter secrets would be found by chance."""


def disguises(secret: str) -> dict[str, str]:
    """Every way the secret may be spelled in a file, by the text to look for."""
    raw = secret.encode()
    spelled = {
        "JSON": [json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]],
        "JSON with escaped slashes": [json.dumps(secret)[1:-1].replace("/", "\\/")],
        "Python's repr": [repr(secret)[1:-1]],
        "URL encoding": [f(secret, safe=s) for f in (quote, quote_plus) for s in ("", "/")],
        "HTML or XML": [html.escape(secret, quote=q) for q in (True, False)],
        "base64": [chars for offset in range(3) for chars in _base64_core(raw, offset)],
    }
    needles = {secret: "plain text"}
    for spelling, texts in spelled.items():
        for text in (*texts, *(_lower_escapes(t) for t in texts if spelling == "URL encoding")):
            needles.setdefault(text, spelling)
    return needles


def _base64_core(raw: bytes, offset: int) -> Iterator[str]:
    """The characters that stand in any base64 text which holds `raw` at this offset, modulo three."""
    padded = bytes(offset) + raw
    first, last = -(-offset * 8 // 6), len(padded) * 8 // 6
    yield base64.b64encode(padded)[first:last].decode()
    yield base64.urlsafe_b64encode(padded)[first:last].decode()


def _lower_escapes(text: str) -> str:
    """`%2f` instead of `%2F`; everything else as it was."""
    head, *tail = text.split("%")
    return "%".join([head, *(part[:2].lower() + part[2:] for part in tail)])


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A canary that got out: where, which one, in what spelling. Its text is not here."""

    where: str
    canary: int
    spelling: str

    def __str__(self) -> str:
        return f"{self.where}: canary {self.canary} as {self.spelling}"


@dataclass(frozen=True, slots=True)
class Figures:
    """How many secrets in how many spellings were looked for in how many files and outputs."""

    secrets: int
    spellings: int
    files: int
    outputs: int

    def __str__(self) -> str:
        where = f"{self.files} files and {self.outputs} outputs and logs"
        return f"{self.secrets} secrets in {self.spellings} spellings, looked for in {where}"


@dataclass
class Canaries:
    """The secrets that must not be written anywhere, and the outputs to look through besides the files."""

    numbers: dict[str, int] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    sources: set[Path] = field(default_factory=set)
    files: int = 0
    """How many were looked through."""

    def __post_init__(self) -> None:
        self._needles: list[tuple[bytes, int, str]] = []

    def add(self, secret: str) -> str:
        """Register a secret and hand it back; it counts for what was written before, too."""
        if len(secret) < SHORTEST:
            raise ValueError(f"a canary needs {SHORTEST} characters, or it is found by chance")
        if secret not in self.numbers:
            number = self.numbers[secret] = len(self.numbers) + 1
            self._needles += [(text.encode(), number, how) for text, how in disguises(secret).items()]
        return secret

    def watch_output(self, text: str, label: str = "watched output") -> None:
        """Look through this too, at the end: what a command printed."""
        if text:
            self.outputs.setdefault(text, label)

    def allow(self, path: Path) -> Path:
        """This file is where the test itself put the secret, as a user does for `${file:…}`; hand it back."""
        self.sources.add(path.resolve())
        return path

    @property
    def figures(self) -> Figures:
        """What was looked for, and where."""
        return Figures(len(self.numbers), len(self._needles), self.files, len(self.outputs))

    def scan(self, root: Path) -> list[Finding]:
        """Every canary in the files below `root`, in their names, and in the watched outputs."""
        found = {hit for text, label in self.outputs.items() for hit in self._search(text.encode(), label)}
        for path in _files(root):
            if path.resolve() in self.sources:
                continue
            self.files += 1
            in_names = list(self._search(str(path.relative_to(root)).encode(), f"a file's name below {root}"))
            found.update(in_names)
            found.update(self._search(_content(path), "that file" if in_names else str(path)))
        return sorted(found)

    def _search(self, data: bytes, where: str) -> Iterator[Finding]:
        for needle, number, how in self._needles:
            if needle in data:
                yield Finding(where, number, how)


def _files(root: Path) -> Iterable[Path]:
    for path in sorted(root.rglob("*")):
        if not path.is_symlink() and stat.S_ISREG(path.stat().st_mode):
            yield path


def _content(path: Path) -> bytes:
    """The bytes of a file, also of one that a test had locked up."""
    try:
        return path.read_bytes()
    except PermissionError:
        path.chmod(0o600)
        return path.read_bytes()


def report(findings: Iterable[Finding]) -> str:
    """What to tell the person whose change let a secret out."""
    lines = "\n".join(f"  {finding}" for finding in findings)
    return (
        f"Secrets were written down:\n{lines}\n"
        "Find what wrote the file or printed the text, and keep the secret out of it. "
        "Where the test itself had to write the secret as an input, say so: canaries.allow(path)."
    )


canaries = Canaries()
"""The registry of this session. Tests ask for the fixture of the same name."""

for _secret in CANARIES:
    canaries.add(_secret)

watch_output = canaries.watch_output
