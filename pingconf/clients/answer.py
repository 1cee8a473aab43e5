"""One answer of a service, read once and freed of everything that must not travel on."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from pingconf.model.values import Secret

SENSITIVE_KEYS: Final = frozenset(
    {"scimToken", "access_token", "accessToken", "token", "clientSecret", "client_secret", "password"}
)
SENSITIVE_CONFIGURATION: Final = re.compile(
    r"^(?!OAUTH_TOKEN_REQUEST$)[A-Z0-9_]*(TOKEN|SECRET|PASSWORD)[A-Z0-9_]*$"
)
"""Keys of a PingOne store's configuration that hold secrets, which may be shown in clear; the one left out
is an address."""
CLUES: Final = (b"oken", b"OKEN", b"ecret", b"ECRET", b"assword", b"ASSWORD", b"\\u", b"\0")
"""A body without any of these has no sensitive key: none written with escapes, nor in UTF-16."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers by lower-case name, and the JSON body with secrets already wrapped.

    `readable` is false where the body is not the JSON of an API: a proxy's page, or cut short.
    """

    status: int
    headers: Mapping[str, str]
    data: Any
    readable: bool
    size: int

    @property
    def success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def fields(self) -> Mapping[str, Any]:
        """The body where it is an object, else nothing."""
        return self.data if isinstance(self.data, dict) else {}


def read_answer(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """Parse a body; every value under a sensitive key becomes a Secret before anybody sees it."""
    lowered = {name.lower(): value for name, value in headers.items()}
    data, readable = _parse(body)
    return Answer(status, lowered, data, readable, len(body))


def _parse(body: bytes) -> tuple[Any, bool]:
    if not body.strip():
        return None, True
    wrap = _wrap if any(clue in body for clue in CLUES) else None  # long lists mostly have nothing to hide
    try:
        return json.loads(body, object_hook=wrap), True
    except (ValueError, RecursionError):  # ValueError holds the document; it goes no further than here
        return None, False


def _wrap(fields: dict[str, Any]) -> dict[str, Any]:
    for name, value in fields.items():
        if is_sensitive(name):
            fields[name] = _hidden(value)
    return fields


def _hidden(value: Any) -> Any:
    """The same with a Secret in place of every text, however deep."""
    if isinstance(value, str):
        return Secret(value) if value else value
    if isinstance(value, list):
        return [_hidden(one) for one in value]
    return {name: _hidden(one) for name, one in value.items()} if isinstance(value, dict) else value


@lru_cache(1024)
def is_sensitive(name: str) -> bool:
    """Whether a field of this name holds a secret."""
    return name in SENSITIVE_KEYS or SENSITIVE_CONFIGURATION.match(name) is not None
