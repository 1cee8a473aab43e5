"""The one door to the network, and the one file where a Secret is revealed.

No redirects, no netrc, a deadline and a size cap per request. Nothing of requests leaves this file: neither
its exceptions, which carry headers, nor bodies.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import requests
import urllib3
from requests.auth import AuthBase

from pingconf.clients.answer import Answer, read_answer
from pingconf.clients.line import Lines, Trouble, allowed, deadline, trouble_of
from pingconf.clients.pace import Lane, Paces
from pingconf.model.errors import CredentialError
from pingconf.model.values import SENSITIVE, Secret

T = TypeVar("T")
CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 30.0
DEADLINE_SECONDS: Final = 60.0
BODY_CAP: Final = 10 * 1024 * 1024
"""Bytes of an answer after decompression."""
ADDRESSES_LOGGED: Final = ("urllib3.connectionpool", "urllib3.util.retry", "apprise", "requests_oauthlib")
FORM: Final = "application/x-www-form-urlencoded"


AT_ONCE: Final = 8
"""Requests that may be under way at a time, of all threads together."""


class Session(requests.Session):
    """Follows no redirect, and does not so much as read where one leads. Any number of threads may share it.

    `paces` are those of the services that are reached by it.
    """

    def __init__(self, paces: Paces) -> None:
        super().__init__()
        self.paces = paces
        self._ways: dict[str, Mapping[str, Any]] = {}

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None

    def ways_to(self, origin: str) -> Mapping[str, Any]:
        """Proxies and certificates for an origin, as the environment named them when it was first asked for:
        reading it takes a sixth of the time of a request."""
        if origin not in self._ways:
            self._ways[origin] = self.merge_environment_settings(origin, {}, True, None, None)
        return self._ways[origin]


def open_session(adapter: requests.adapters.BaseAdapter | None = None, at_once: int = AT_ONCE) -> Session:
    """A session for all doors, with at most so many connections to each host, which are kept and used again.

    An adapter, where given, answers every request in place of the network; then no limits are known.
    """
    session = Session(Paces(limits_known=adapter is None))
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    lines = adapter or Lines(pool_maxsize=at_once, pool_block=True)
    session.mount("https://", lines)
    session.mount("http://", lines)
    return session


@dataclass(frozen=True, slots=True)
class Call:
    """One request before it is written down: its secrets are still Secrets, as an address may be, too."""

    service: str
    method: str
    url: str | Secret
    body: Any
    query: Mapping[str, str] | None
    content_type: str
    basic: tuple[str, Secret] | None
    bearer: Secret | None
    idempotent: bool
    exact: bool = False
    """Whether the body of a success is wanted byte by byte: a document of ours, not an answer of an API."""

    @property
    def what(self) -> str:
        return f"{self.method} {SENSITIVE if isinstance(self.url, Secret) else urlsplit(self.url).path}"

    @property
    def acts(self) -> bool:
        """Whether it may change something: not so for a look, nor for asking a token."""
        return self.method != "GET" and not (self.method == "POST" and self.idempotent)

    @property
    def lane(self) -> Lane:
        """How the services count it."""
        if self.method == "GET":
            return "read"
        return "write" if self.acts else "login"

    def secrets(self) -> Iterator[Secret]:
        """Every secret that goes out with it."""
        yield from _secrets_in(self.url)
        yield from (one for one in (self.bearer, self.basic[1] if self.basic else None) if one)
        yield from _secrets_in(self.body)


def send(session: Session, call: Call) -> Answer | Trouble:
    """Send one request and read the whole answer, or say how far it came.

    Raises CredentialError for a token that no header can hold, and for a secret that no request can.
    """
    try:
        with unlogged() if isinstance(call.url, Secret) else nullcontext():
            return _send(session, call)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as failure:
        return trouble_of(failure)


def _send(session: Session, call: Call) -> Answer:
    _must_be_text(call)
    headers = {"Accept": "application/json"}
    if call.body is not None or call.method in ("POST", "PUT", "PATCH"):
        headers["Content-Type"] = call.content_type
    prepared = session.prepare_request(
        requests.Request(
            call.method,
            _reveal(call.url),
            headers=headers,
            params=call.query,
            data=_encode(call.body, call.content_type),
            auth=_Credentials(call.service, call.bearer, call.basic),
        )
    )
    url = urlsplit(str(prepared.url))
    ways: dict[str, Any] = dict(
        session.ways_to(f"{url.scheme}://{url.netloc}/"),
        stream=True,
        timeout=(CONNECT_SECONDS, READ_SECONDS),
        allow_redirects=False,
    )
    with deadline(DEADLINE_SECONDS), session.send(prepared, **ways) as response:
        body = bytearray()
        while chunk := response.raw.read1(65536, decode_content=True):
            body += chunk
            if len(body) > BODY_CAP:
                raise requests.ConnectionError("the answer is too long")
            allowed()  # once more for what is no line of ours: through a proxy that speaks SOCKS
        secrets = _spellings(call)
        told = {name: _unquoted(value.encode(), secrets).decode() for name, value in response.headers.items()}
        if call.exact and 200 <= response.status_code < 300:
            return Answer(response.status_code, {}, bytes(body), True, len(body))
        return read_answer(response.status_code, told, _unquoted(bytes(body), secrets))


def _must_be_text(call: Call) -> None:
    """Looked at before anything is encoded: the error of a codec holds the text it stumbled over."""
    texts = [secret.reveal() for secret in call.secrets()] + [call.basic[0] if call.basic else ""]
    odd = "".join(text for text in texts if not text.isascii())
    if any("\ud800" <= letter <= "\udfff" for letter in odd):
        raise CredentialError(
            f"A credential for {call.service} holds bytes that are no UTF-8 text",
            "Was it put into the environment in another encoding, such as Latin-1?",
        )


class _Credentials(AuthBase):
    """Sets the Authorization header. Being given at all, it also keeps requests from reading .netrc."""

    def __init__(self, service: str, bearer: Secret | None, basic: tuple[str, Secret] | None) -> None:
        self._service = service
        self._bearer = bearer
        self._basic = basic

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._basic is not None:
            name, secret = self._basic
            pair = f"{name}:{secret.reveal()}".encode()
            request.headers["Authorization"] = "Basic " + base64.b64encode(pair).decode()
        elif self._bearer is not None:
            text = self._bearer.reveal()
            if not (text.isascii() and text.isprintable() and " " not in text):
                raise CredentialError(
                    f"The token for {self._service} holds a blank, a line break or the like",
                    "A token read from a file often ends in a line break; give the token alone.",
                )
            request.headers["Authorization"] = "Bearer " + text
        return request


def _encode(body: Any, content_type: str) -> Any:
    if body is None or isinstance(body, bytes):
        return body
    if content_type == FORM:
        return {name: _reveal(value) for name, value in body.items()}
    return json.dumps(body, default=_reveal).encode()


def _reveal(value: Any) -> Any:
    return value.reveal() if isinstance(value, Secret) else value


def _secrets_in(body: Any) -> Iterator[Secret]:
    if isinstance(body, Secret):
        yield body
    elif isinstance(body, Mapping | list | tuple):
        for one in body.values() if isinstance(body, Mapping) else body:
            yield from _secrets_in(one)


def _spellings(call: Call) -> list[bytes]:
    """The secrets of a request as its answer may quote them, in JSON or not; those that hold others first."""
    texts = [secret.reveal() for secret in call.secrets()]
    quoted = {
        spelled
        for text in texts
        for spelled in (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
    }
    return [one.encode() for one in sorted(quoted - {""}, key=len, reverse=True)]


def _unquoted(answer: bytes, secrets: list[bytes]) -> bytes:
    """The answer without the secrets of its own request, should the service quote them."""
    for secret in secrets:
        answer = answer.replace(secret, SENSITIVE.encode())
    return answer


@contextmanager
def unlogged() -> Iterator[None]:
    """The libraries log no address meanwhile: one that is a secret would be in it."""
    loggers = [logging.getLogger(name) for name in ADDRESSES_LOGGED]
    before = [one.disabled for one in loggers]
    for one in loggers:
        one.disabled = True
    try:
        yield
    finally:
        for one, was in zip(loggers, before, strict=True):
            one.disabled = was


def hand_over(secret: Secret, taker: Callable[[str], T]) -> T:
    """What another library makes of a secret that it must have itself."""
    return taker(secret.reveal())


def jwt_claims(token: Secret) -> Mapping[str, Any]:
    """The payload of a JWT, unverified; empty where the token is none. Claims are not secret."""
    parts = token.reveal().split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}
