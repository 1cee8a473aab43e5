"""Addresses of services as the file and the environment may hold them.

Each function returns the address in its one spelling or raises the error that says what was expected. No
message repeats the address: it may hold a password.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from pingconf.model.fields import fault

_VISIBLE: Final = re.compile(r"[!-~]+")
_HOST: Final = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?:\.(?!-)[A-Za-z0-9_-]{1,63})*")
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
_VERSION: Final = re.compile(r"v\d+")
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")


def service_url(text: str) -> str:
    """An `https://` address, perhaps with a path in front, without a slash at its end.

    Plain `http://` is for loopback addresses only.
    """
    if not _VISIBLE.fullmatch(text):
        raise fault("expected an address of visible ASCII characters")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise fault("expected an address with a valid host and port") from None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise fault("expected an address that starts with https://")
    _refuse_extras(parts, text)
    if not (_HOST.fullmatch(host) or _ip(host)) or port == 0 or parts.netloc.endswith(":"):
        raise fault("expected an address with a valid host and port")
    if parts.scheme == "http" and not is_loopback(host):
        raise fault("expected https://, as plain http:// is for loopback addresses only")
    path = parts.path.rstrip("/")
    if not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise fault("expected a path of letters, digits and -._~ behind the host")
    return f"{parts.scheme}://{parts.netloc.lower()}{path}"


def _refuse_extras(parts: SplitResult, text: str) -> None:
    if "@" in parts.netloc:
        raise fault("expected an address without a user name or password")
    if "?" in text or "#" in text:
        raise fault("expected an address without ? and #")


def infisical_url(text: str) -> str:
    """Where Infisical is; an `/api` at the end, as its own tools want it, is dropped."""
    url = service_url(text)
    return url.removesuffix("/api") if urlsplit(url).path.endswith("/api") else url


def pingone_api_url(text: str) -> str:
    """Where PingOne's management API is; `/v1` is added if no version is at the end."""
    url = service_url(text)
    return url if _VERSION.fullmatch(urlsplit(url).path.rpartition("/")[2]) else f"{url}/v1"


def identifier(text: str) -> str:
    """An id of a service, which goes into the paths of requests."""
    if not _IDENTIFIER.fullmatch(text):
        raise fault("expected an id: letters, digits, - and _")
    return text


def is_loopback(host: str) -> bool:
    """Whether nothing sent to this host leaves the machine."""
    address = _ip(host)
    if isinstance(address, IPv4Address):
        return address.is_loopback
    return host.lower() == "localhost" or address == IPv6Address("::1")


def _ip(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
