"""JSON Web Tokens signed with HS256 (RFC 7515 and 7519), as much as two embedded services need."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from datetime import datetime

from pingconf.sandbox.http import Json


class TokenFault(Exception):
    """The token is no good; the text is the reason, in the words of the library that Infisical uses."""


def mint(payload: Json, secret: str) -> str:
    """Sign a payload; the same payload and secret always make the same token."""
    head = _encode(json.dumps({"alg": "HS256", "typ": "JWT"}, separators=(",", ":")).encode())
    body = _encode(json.dumps(payload, separators=(",", ":")).encode())
    return f"{head}.{body}.{_signature(f'{head}.{body}', secret)}"


def read(token: str, secret: str, now: datetime) -> Json:
    """The payload of a token that is whole, signed with this secret and not expired; else TokenFault."""
    if not token:
        raise TokenFault("jwt must be provided")
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenFault("jwt malformed")
    try:
        payload = [json.loads(_decode(part)) for part in parts[:2]][1]
    except ValueError as fault:  # also what base64 and UTF-8 raise
        raise TokenFault("invalid token") from fault
    signature = _signature(f"{parts[0]}.{parts[1]}", secret)
    if not isinstance(payload, dict) or not hmac.compare_digest(signature.encode(), parts[2].encode()):
        raise TokenFault("invalid signature")
    if "exp" in payload and payload["exp"] <= now.timestamp():
        raise TokenFault("jwt expired")
    return payload


def _signature(text: str, secret: str) -> str:
    return _encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as fault:
        raise ValueError(str(fault)) from fault
