"""Where a state is kept, as the file or the command line says it: a path, or an address without credentials.

No message repeats an address: it may hold a password.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from pingconf.config.urls import is_loopback
from pingconf.model.settings import RemoteState

STATE: Final = ".pingconf/state.json"
"""Where it is unless the file says otherwise, beside the first file."""
OBJECT_STORES: Final = ("s3", "gs", "az")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_HOST: Final = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})(?::[0-9]{1,5})?|\[[0-9A-Fa-f:]+\](?::[0-9]{1,5})?"
)
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}")
_PATH: Final = re.compile(r"(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+(?:/(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+)*")
_KEY: Final = re.compile(r"[A-Za-z0-9._~=+-]+(?:/[A-Za-z0-9._~=+-]+)*")
_KNOWN: Final = "It takes a path, or an address that starts with https://, s3://, gs:// or az://."
_PATH_EXAMPLE: Final = f"Write a path such as state: {STATE}"
_URL_EXAMPLE: Final = "For example: state: https://state.example/pingconf/production"
_KEY_EXAMPLE: Final = "For example: state: s3://bucket/pingconf/state.json"

Problem = tuple[str, ...]
"""A headline and details; empty where there is none."""


def state_problem(text: str) -> Problem:
    """What is wrong with a place for a state."""
    if not text.strip():
        return ("state must be the path of a file, or an address", _PATH_EXAMPLE)
    found = _SCHEME.match(text)
    if found is None:
        return _path_problem(text)
    scheme = found[1].lower()
    if scheme not in ("http", "https", *OBJECT_STORES):
        return (f"state cannot be kept at an address that starts with {found[1][:20]}://", _KNOWN)
    return _address_problem(scheme, text)


def state_place(text: str, base: Path) -> Path | RemoteState:
    """The place that a text without a problem names; a relative path starts at `base`."""
    if _SCHEME.match(text) is None:
        return base / text
    parts = urlsplit(text)
    host = parts.netloc.lower() if parts.scheme in ("http", "https") else parts.netloc
    return RemoteState(parts.scheme, host, parts.path.strip("/"))


def _path_problem(path: str) -> Problem:
    if path.startswith("~"):
        return ('state cannot start with "~"', "It is not filled in. Write ${HOME} instead.")
    if path.endswith("/") or Path(path).name in ("", ".."):
        return ("state names a folder", _PATH_EXAMPLE)
    if len(path.encode()) > 4000 or any(len(part.encode()) > 255 for part in Path(path).parts):
        return ("state is too long for a path", _PATH_EXAMPLE)
    if not path.isprintable():
        return ("state holds a character that no path should have", _PATH_EXAMPLE)
    return ()


def _address_problem(scheme: str, text: str) -> Problem:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return ("state names no valid host and port", _URL_EXAMPLE)
    if "@" in parts.netloc:
        advice = "The file holds no secret: give it in the environment."
        return ("state cannot hold a user name or password", advice, _credentials(scheme))
    if "?" in text or "#" in text:
        return ("state cannot hold ? or #", _URL_EXAMPLE if scheme.startswith("http") else _KEY_EXAMPLE)
    if len(text) > 900:
        return ("state is too long for an address",)
    return _url_problem(parts, port) if scheme.startswith("http") else _key_problem(parts)


def _url_problem(parts: SplitResult, port: int | None) -> Problem:
    if not _HOST.fullmatch(parts.netloc) or port == 0:
        return ("state names no valid host and port", _URL_EXAMPLE)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        return ("state must start with https://", "Plain http:// is for loopback addresses only.")
    if not _PATH.fullmatch(parts.path.strip("/")) or _climbs(parts.path):
        return ("state names no document: a path of letters, digits and -._~% is needed", _URL_EXAMPLE)
    return ()


def _key_problem(parts: SplitResult) -> Problem:
    what = "container" if parts.scheme == "az" else "bucket"
    if not _BUCKET.fullmatch(parts.netloc):
        return (f"state names no valid {what}", _KEY_EXAMPLE)
    key = parts.path.removeprefix("/")
    if not key or key.endswith("/"):
        return (f"state names no object in the {what}", _KEY_EXAMPLE)
    if not _KEY.fullmatch(key) or _climbs(key):
        return ("state names an object with odd characters: use letters, digits and ._~=+-", _KEY_EXAMPLE)
    return ()


def _climbs(path: str) -> bool:
    return bool({".", ".."} & set(path.split("/")))


def _credentials(scheme: str) -> str:
    return {
        "s3": "It is AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        "gs": "It is GOOGLE_APPLICATION_CREDENTIALS.",
        "az": "It is AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY, or the like.",
    }.get(scheme, "It is TF_HTTP_USERNAME and TF_HTTP_PASSWORD, or PINGCONF_HTTP_TOKEN.")
